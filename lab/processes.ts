import {processesIn} from './namespaces.ts';
import {poll} from './run.ts';

const endLimitMs = 10_000;

/** Kills everything inside the namespaces, again and again until nothing is left: what dies may just have started a child. */
export const endProcesses = async (namespaces: readonly string[]): Promise<void> => {
  let left: number[] = [];
  const ended = await poll(() => {
    left = processesIn(namespaces).filter(pid => pid !== process.pid);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it ended meanwhile
      }
    }
    return left.length === 0 || undefined;
  }, endLimitMs, 10);
  if (!ended) throw new Error(`processes of the lab that do not end: ${left.join(' ')}`);
};
