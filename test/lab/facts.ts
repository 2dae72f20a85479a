/** The console of a standing lab, as it runs in `ops`: asked from outside. */
import {createInterface} from 'node:readline';
import type {Lab} from '../../lab/lab.ts';
import {programInOps} from './program-in-ops.ts';
import type {Answers, Questions, Reply, Request} from './protocol.ts';

export interface ConsoleInOps {
  /** One round of reading, and what is asked of it. Requests follow one another. Throws with the console's words. */
  ask<Q extends Questions>(ask: Q, afresh?: boolean): Promise<Answers<Q>>;
  close(): Promise<void>;
}

/** Starts it. The lab must have its OpenNebula. */
export function consoleOfLab(lab: Lab): ConsoleInOps {
  const {child, close} = programInOps(lab, 'facts-in-ops.ts');
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    ask: async <Q extends Questions>(ask: Q, afresh = false) => {
      child.stdin.write(`${JSON.stringify({ask, afresh} satisfies Request)}\n`);
      const {value, done} = (await lines.next()) as IteratorResult<string>;
      if (done) throw new Error('the console in ops has ended');
      const reply = JSON.parse(value) as Reply;
      if ('error' in reply) throw new Error(reply.error);
      return reply.answers as Answers<Q>;
    },
    close,
  };
}
