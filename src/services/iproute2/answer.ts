/** What the JSON of `ip -j` and `bridge -j` has in common: one array of objects per line of output. */
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {failure} from '../host/script.ts';
import type {ProbeOutput} from '../probe.ts';

export type Entry = Readonly<Record<string, unknown>>;

/**
 * Every entry of every array in the answer, each made by `make`; undefined from it means that a field which the
 * program always prints is missing or of the wrong kind. Such entries are left out and counted in a warning.
 */
export function readEntries<T>(program: 'ip' | 'bridge', output: ProbeOutput, what: string, make: (entry: Entry) => readonly T[] | undefined): Reading<readonly T[]> {
  const problem = withoutJson(program, output) ?? failure(program, output);
  if (problem) return {ok: false, problem};
  const values: T[] = [];
  let broken = 0;
  for (const line of output.stdout.split('\n')) {
    if (line.trim() === '') continue; // no entries: nothing at all, or "[]"
    let document: unknown;
    try {
      document = JSON.parse(line);
    } catch {
      return bad('garbled', `${program}: the answer is not JSON`);
    }
    if (!Array.isArray(document)) return bad('garbled', `${program}: the answer is not a list`);
    for (const entry of document as readonly unknown[]) {
      if (typeof entry === 'object' && entry !== null && Object.keys(entry).length === 0) continue; // filtered out by older versions
      const made = typeof entry === 'object' && entry !== null ? make(entry as Entry) : undefined;
      if (made === undefined) broken++;
      else for (const value of made) values.push(value);
    }
  }
  if (broken > 0 && values.length === 0) return bad('garbled', `${program}: none of ${broken} entries is ${what}`);
  return good(values, broken > 0 ? [`${broken} entries left out that are not ${what}`] : []);
}

/** busybox's ip, and iproute2 before 4.14, know no -j. */
function withoutJson(program: string, output: ProbeOutput) {
  const foreign = output.exit !== 0 && /busybox|option "?-j"? is unknown|(unrecognized|invalid|unknown) option/i.test(output.stderr);
  return foreign ? ({kind: 'unsupported', detail: `${program} on this host has no JSON output (busybox, or iproute2 before 4.14)`} as const) : undefined;
}

/** A non-empty string, fit for one line. */
export function text(value: unknown, max = 256): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = sanitizeLine(value, max);
  return line === '' ? undefined : line;
}

/** A whole number that is not negative. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.flatMap((item: unknown) => text(item) ?? []) : undefined;
}

export function object(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined;
}

/** A MAC address in lower case; undefined for the other kinds of link-layer address (none, IPv4 of a tunnel). */
export function mac(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value) ? value.toLowerCase() : undefined;
}
