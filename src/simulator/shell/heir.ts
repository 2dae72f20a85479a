/** What is left to do when a simulator was killed: nobody answers its stubs any more, and nobody takes its folder away. */
import {spawn} from 'node:child_process';

/**
 * Waits for its own input to end, which it does however the simulator ends. Stubs wait on FIFOs that they hold open
 * themselves: each is told that it was killed (137), and those that are just about to ask are let ask. More than
 * once: a shell goes on to its next command before it sees that it has no input any more.
 */
const script = `read -r _
cd "$1" 2>/dev/null || exit 0
exec 4<>ask
for turn in 1 2 3 4 5; do
  for stub in q/*.done; do [ -p "$stub" ] && echo 137 1<>"$stub"; done
  sleep 0.2
done
cd / && rm -rf "$1"
`;

/** For a desk in `root`; ends it where the desk is closed in order. */
export function appointHeir(root: string): () => void {
  // A session of its own: Ctrl-C at the terminal is for the simulator.
  const heir = spawn('/bin/sh', ['-c', script, 'heir', root], {stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {PATH: '/usr/bin:/bin'}});
  heir.on('error', () => {}); // then it is as it would be without
  heir.unref();
  const {stdin} = heir;
  if ('unref' in stdin && typeof stdin.unref === 'function') (stdin as {unref(): void}).unref();
  return () => void heir.kill('SIGKILL');
}
