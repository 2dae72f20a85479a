/** A console that stays open in `ops`, watched from outside. */
import {createInterface} from 'node:readline';
import type {Lab} from '../../lab/lab.ts';
import {programInOps} from './program-in-ops.ts';
import type {Look} from './watch-diagnosis-in-ops.ts';

export interface Watching {
  /** Each time that something else was told than before, so far. */
  readonly changes: readonly Look[];
  /** What it makes of the fabric now. */
  now(): Promise<Look>;
  close(): Promise<void>;
}

export function watchDiagnosis(lab: Lab): Watching {
  const {child, close} = programInOps(lab, 'watch-diagnosis-in-ops.ts');
  const changes: Look[] = [];
  const waiting: {readonly answered: (look: Look) => void; readonly gone: (error: Error) => void}[] = [];
  const lines = createInterface({input: child.stdout});
  lines.on('line', (line) => {
    const look = JSON.parse(line) as Look;
    if (look.asked) waiting.shift()?.answered(look);
    else changes.push(look);
  });
  lines.on('close', () => waiting.splice(0).forEach(({gone}) => gone(new Error('the console in ops has ended'))));
  return {
    changes,
    now: () => new Promise((answered, gone) => {
      waiting.push({answered, gone});
      child.stdin.write('now\n');
    }),
    close,
  };
}
