/** Who the host is: name, kernel, distribution, uptime, clock, and as whom the probes run. */
import type {HostIdentity} from '../../model/network.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {ProbeOutput} from '../probe.ts';
import {environment, failure, partFunction, splitParts, type Part} from './script.ts';

const names = ['hostname', 'kernel', 'os', 'uptime', 'clock', 'user', 'uid'] as const;
type Name = (typeof names)[number];

export const identityCommand = [
  environment,
  partFunction,
  'part hostname hostname',
  'part kernel uname -r',
  'part os cat /etc/os-release',
  'part uptime cat /proc/uptime',
  'part clock date +%s',
  'part user id -un',
  'part uid id -u',
].join('\n');

export function parseIdentity(output: ProbeOutput): Reading<HostIdentity> {
  const {parts} = splitParts(output.stdout, names);
  const hostname = word(parts.get('hostname'));
  const kernel = word(parts.get('kernel'));
  const uid = word(parts.get('uid'));
  const problem = failure('sh', output);
  if (problem) return {ok: false, problem};
  if (hostname === undefined || kernel === undefined || uid === undefined || !/^\d{1,10}$/.test(uid)) return bad('garbled', 'no host name, kernel or user id in the answer');
  const warnings = names.filter((name) => parts.get(name)?.exit !== 0).map((name) => `${label[name]} could not be read`);
  return good(
    {
      hostname,
      kernel,
      os: prettyName(parts.get('os')),
      uptimeS: seconds(parts.get('uptime')),
      clockS: seconds(parts.get('clock')),
      user: word(parts.get('user')) ?? uid,
      root: Number(uid) === 0,
    },
    warnings,
  );
}

const label: Readonly<Record<Name, string>> = {
  hostname: 'the host name', kernel: 'the kernel version', os: '/etc/os-release', uptime: 'the uptime', clock: 'the clock', user: 'the user name', uid: 'the user id',
};

function word(part: Part | undefined): string | undefined {
  const text = sanitizeLine(part?.lines[0] ?? '', 256).trim();
  return text === '' ? undefined : text;
}

/** Whole seconds at the start of the line: "12345.67 8901.2" of /proc/uptime, or `date +%s`. */
function seconds(part: Part | undefined): number | undefined {
  const match = /^(\d{1,15})(?:\.\d+)?(?:\s|$)/.exec(part?.lines[0] ?? '');
  return match ? Number(match[1]) : undefined;
}

/** PRETTY_NAME, else NAME, of os-release(5): shell quoting without expansion. Empty when there is none. */
function prettyName(part: Part | undefined): string {
  for (const key of ['PRETTY_NAME=', 'NAME=']) {
    const line = part?.lines.find((candidate) => candidate.startsWith(key));
    if (line !== undefined) return sanitizeLine(unquote(line.slice(key.length).trim()), 256).trim();
  }
  return '';
}

/** Takes the quotes of a shell assignment off: "a \"b\"" or 'a b' or plain. */
export function unquote(value: string): string {
  const quote = value[0];
  if ((quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote)) {
    const inner = value.slice(1, -1);
    return quote === '"' ? inner.replace(/\\(["$`\\])/g, '$1') : inner;
  }
  return value;
}
