/** `show version [json]`, and comparisons of versions. Pure. */
import type {FrrVersion} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {isObject, readJson} from './json.ts';

const number = /(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?/;

/** "FRRouting 8.4.4 (kvm2) on Linux(…)", "FRRouting 10.5.1_git (x)", or the JSON of 10.7. */
export function parseVersion(stdout: string): Reading<FrrVersion> {
  const json = /^\s*\{/.test(stdout) ? readJson(stdout)?.documents[0] : undefined;
  const text = isObject(json) ? (typeof json['version'] === 'string' ? json['version'] : '') : /^(?:FRRouting|Quagga) (\S{1,60})/m.exec(stdout)?.[1];
  const match = text === undefined ? null : number.exec(text);
  if (!match || match.index !== 0) return bad('garbled', 'show version: no version in the answer');
  return good({text: match[0], major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0)});
}

/** Negative, 0, positive: as a sort wants it. */
export const compareVersion = (a: FrrVersion, major: number, minor: number, patch = 0): number => a.major - major || a.minor - minor || a.patch - patch;
export const atLeast = (a: FrrVersion, major: number, minor: number, patch = 0): boolean => compareVersion(a, major, minor, patch) >= 0;
