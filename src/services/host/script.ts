/**
 * Scripts of several parts: how the parts are told apart on the wire, and what a failure means. POSIX sh only, so that
 * dash, bash and busybox ash all run them; files are read by `cat`, never by the shell itself.
 */
import type {Problem} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {ProbeOutput} from '../probe.ts';

/** A plain user's PATH lacks the sbin folders, where bridge, iptables and nft live. Appended: the host's own order wins. */
export const environment = 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL';

/**
 * `part NAME COMMAND…` prints each line of the command's stdout after "NAME:", then its exit status as "NAME=0". No
 * line of a part can pass for another part's or for a status, whatever the command prints.
 */
export const partFunction = `part() { n=$1; shift; o=$("$@"); r=$?; [ -z "$o" ] || printf '%s\\n' "$o" | sed "s/^/$n:/"; echo "$n=$r"; }`;

export interface Part {
  readonly lines: readonly string[]; // as they came: not sanitised
  readonly exit: number | undefined; // undefined: cut off before its end
}

/** The parts by name; a part that did not run is absent. `stray` counts the lines that belong to no part asked for. */
export function splitParts<Name extends string>(stdout: string, names: readonly Name[]): {readonly parts: ReadonlyMap<Name, Part>; readonly stray: number} {
  const parts = new Map<Name, {lines: string[]; exit: number | undefined}>(); // built here, read-only outside
  const known = new Map<string, Name>(names.map((name) => [name, name]));
  let stray = 0;
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const match = /^([a-z0-9-]{1,32})([:=])/.exec(line);
    const name = match ? known.get(match[1]!) : undefined;
    if (!match || name === undefined) {
      stray++;
      continue;
    }
    const part = parts.get(name) ?? {lines: [], exit: undefined};
    parts.set(name, part);
    const rest = line.slice(match[0].length);
    if (match[2] === ':') part.lines.push(rest);
    else if (/^\d{1,3}$/.test(rest)) part.exit = Number(rest);
    else stray++;
  }
  return {parts, stray};
}

/** The first line of stderr that says something, fit for a sentence. */
export function firstWords(stderr: string): string {
  return stderr.split('\n', 200).map((line) => sanitizeLine(line, 200).trim()).find((line) => line !== '') ?? '';
}

/** Why a command that did not exit 0 (or whose answer was cut) has no value; undefined when it did its work. */
export function failure(program: string, output: ProbeOutput): Problem | undefined {
  if (output.truncated) return {kind: 'too-big', detail: `${program}: the answer is bigger than what is kept of it`};
  if (output.exit === 0) return undefined;
  const words = firstWords(output.stderr);
  const said = words === '' ? `${program}: exit ${output.exit}` : words;
  // 124: timeout(1); 137 and 143: busybox's timeout shows the signal instead
  if (output.exit === 124 || output.exit === 137 || output.exit === 143) return {kind: 'timeout', detail: `${program} did not answer in time on the host`};
  if (/permission denied|operation not permitted|must be root/i.test(output.stderr)) return {kind: 'denied', detail: said};
  if (output.exit === 127) return {kind: 'not-installed', detail: `${program} is not installed`};
  return {kind: 'failed', detail: said};
}
