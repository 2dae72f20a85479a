/** Answers as a host gives them, made of fixtures: what the scripts of src/services/host/script.ts put on the wire. */
import {existsSync, readFileSync} from 'node:fs';
import type {ProbeContext, ProbeOutput} from '../../../src/services/probe.ts';
import type {Role} from '../../../src/model/target.ts';
import type {HostReadings} from '../../../src/model/fabric.ts';
import type {Reading} from '../../../src/model/reading.ts';

export const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');

export const output = (stdout: string, rest: Partial<ProbeOutput> = {}): ProbeOutput => ({exit: 0, stdout, stderr: '', truncated: false, ...rest});

/** Each part's lines behind its name, then its exit status (0 unless the text is a number: a part that failed silently). */
export function parts(all: Readonly<Record<string, string | number>>): string {
  return Object.entries(all)
    .map(([name, text]) => (typeof text === 'number' ? `${name}=${text}\n` : text.replace(/\n$/, '').split('\n').filter((_, __, lines) => lines.join('') !== '').map((line) => `${name}:${line}\n`).join('') + `${name}=0\n`))
    .join('');
}

export function context(roles: readonly Role[] = ['vtep'], readings: HostReadings = {}): ProbeContext {
  return {
    spec: {
      name: 'h', roles, underlay: 'wg0', underlayAddress: undefined, region: undefined, origin: 'test',
      ssh: {host: 'h', port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}},
    },
    readings,
  };
}

export function value<T>(reading: Reading<T>): T {
  if (!reading.ok) throw new Error(`${reading.problem.kind}: ${reading.problem.detail}`);
  return reading.value;
}
export const kind = (reading: Reading<unknown>): string => (reading.ok ? 'ok' : reading.problem.kind);

const capturesUrl = new URL('../../../../shared/captures/', import.meta.url);
/** The whole set of captures of real systems; undefined where only the repository is. */
export const captures: string | undefined = existsSync(capturesUrl) ? capturesUrl.pathname : undefined;
