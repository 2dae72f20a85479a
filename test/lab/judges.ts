/**
 * Who is heard while a fault of the lab is in force. Each judge says what surprises it in one round of the console's
 * reading; the round is repeated until nobody is surprised, or time is up. A new judge is an entry here, and what it must
 * be told a question in protocol.ts.
 */
import type {Stage} from '../../lab/faults/index.ts';
import {expectations, surprises} from '../contract/faults/expectations.ts';
import type {Facts} from '../contract/faults/facts.ts';
import type {Answers} from './protocol.ts';

/** Asked of the console in each round. */
export const questions = {facts: true} as const;
export type Reading = Answers<typeof questions>;

export interface Judge {
  readonly name: string;
  /** `healthy`: the facts before any fault. Gives what is not as it should be, in words; empty: nothing surprises. */
  readonly surprises: (fault: string, stage: Stage, reading: Reading, healthy: Facts) => readonly string[];
}

export const judges: readonly Judge[] = [
  {
    name: 'facts',
    surprises: (fault, _stage, {facts}, healthy) => {
      const expectation = expectations[fault];
      return expectation ? surprises(healthy, facts, expectation) : [`what ${fault} looks like is not said in expectations.ts`];
    },
  },
];

/** All that surprises anybody, each with who says so. */
export const verdict = (fault: string, stage: Stage, reading: Reading, healthy: Facts): readonly string[] =>
  judges.flatMap(({name, surprises: judge}) => judge(fault, stage, reading, healthy).map((surprise) => `${name}: ${surprise}`));
