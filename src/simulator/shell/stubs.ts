/**
 * The folder of programs that a simulated host has: tiny sh scripts that hand their arguments to the simulator and print
 * what it answers. The shell itself, and coreutils, are those of the machine that runs the demo; everything that could
 * show or change that machine is covered by a stub.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {hidden, programsOf} from '../answers/programs.ts';
import type {SimHost} from '../world.ts';

/** Names that may stand in a path of the scripts below without quotes going wrong. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Asks at the desk: the arguments go into a file, the process id down the common FIFO, the exit status comes back by a
 * FIFO of the stub's own, which it holds open itself so that no answer is lost.
 */
const ask = (root: string, host: string, program: string): string => `q=${quote(join(root, 'q'))}/p$$
PATH=/usr/bin:/bin
mkfifo "$q.done" 2>/dev/null || { rm -f "$q".*; mkfifo "$q.done" || exit 126; }
exec 3<>"$q.done"
printf '%s\\0' ${quote(host)} ${quote(program)} "$@" >"$q.ask"
echo "$$" >${quote(join(root, 'ask'))}
read -r code <&3
exec 3>&-
[ -s "$q.err" ] && cat "$q.err" >&2
[ -s "$q.out" ] && cat "$q.out"
rm -f "$q.done" "$q.ask" "$q.out" "$q.err"
exit "$code"
`;

/** Files by absolute path are the simulated host's; without one it is a filter in a pipe, and the machine's own will do. */
const fileReader = (root: string, host: string, program: string): string => `for a in "$@"; do case $a in /*) f=1 ;; esac; done
[ -z "$f" ] && PATH=/usr/bin:/bin exec ${program} "$@"
${ask(root, host, program)}`;

/** Whoever may, is root already: then it only runs what it is given. */
const sudo = (root: string, host: string): string => `( ${ask(root, host, 'sudo').trimEnd()} ) || exit 1\nwhile :; do case $1 in -*) shift ;; *) break ;; esac; done\nexec "$@"\n`;

/** A shell within the shell. What \`command -v\` must not find is hidden there too. */
const innerShell = (prelude: string): string => `if [ "$1" = -c ] && [ $# -ge 2 ]; then
t=$2
shift 2
exec /bin/sh -c ". ${prelude}
$t" "\${@:-sh}"
fi
exec /bin/sh "$@"
`;

export interface HostShell {
  readonly path: string; // PATH: the host's programs, those that are hidden, the machine's
  readonly prelude: string; // file that every shell reads first
}

function putInto(folder: string): (name: string, text: string) => void {
  mkdirSync(folder, {recursive: true});
  return (name, text) => writeFileSync(join(folder, name), `#!/bin/sh\n${text}`, {mode: 0o700});
}

/** What every host shares: programs that are not there. `root` is a private folder whose path has no blanks or quotes. */
export function writeHidden(root: string): void {
  const put = putInto(join(root, 'hidden'));
  for (const name of hidden) put(name, `echo "sh: 1: ${name}: not found" >&2\nexit 127\n`);
}

/** Writes the programs of a host into `root`. */
export function writeStubs(root: string, host: SimHost, number: number): HostShell {
  const folder = join(root, `h${number}`);
  const bin = join(folder, 'bin');
  const put = putInto(bin);
  const prelude = join(folder, 'prelude');
  const own = Object.keys(programsOf(host));
  for (const name of own) put(name, name === 'cat' || name === 'tail' ? fileReader(root, host.name, name) : ask(root, host.name, name));
  put('sudo', sudo(root, host.name));
  put('sh', innerShell(prelude));
  const absent = hidden.filter((name) => !own.includes(name));
  writeFileSync(prelude, `command() { case "$1 $2" in ${absent.map((name) => `"-v ${name}"`).join('|')}) return 127 ;; esac; (unset -f command; command "$@"); }\n`);
  return {path: `${bin}:${join(root, 'hidden')}:/usr/bin:/bin`, prelude};
}
