/** Rounds of reading until nobody is surprised, with who was content when. */
import type {ConsoleInOps} from './facts.ts';
import {verdict} from './judges.ts';
import type {Case, Judge, questions, Reading} from './judges.ts';

export interface Heard {
  readonly surprises: readonly string[]; // of the last round, each with its judge; empty: all is as it should be
  /** Judge → the round (from 1) since which it was content, and when that round had been read: ms after `since`. */
  readonly content: Readonly<Partial<Record<Judge['name'], {readonly round: number; readonly ms: number}>>>;
  /** Causes that were named in earlier rounds and are not named in the last. */
  readonly passing: readonly string[];
  readonly last: Reading;
}

/**
 * `it` is awaited with the first round, so that what is measured and what is read are of one time. `afresh`: the first
 * round is over new connections. `since`: performance.now() of what is timed.
 */
export async function hear(terminal: ConsoleInOps, ask: ReturnType<typeof questions>, it: Promise<Case>, {afresh = false, since, limitMs}: {readonly afresh?: boolean; readonly since: number; readonly limitMs: number}): Promise<Heard> {
  const until = performance.now() + limitMs;
  const content: Partial<Record<Judge['name'], {round: number; ms: number}>> = {};
  const named = new Set<string>();
  for (let round = 1; ; round++) {
    const reading = await terminal.ask(ask, afresh && round === 1);
    const ms = Math.round(performance.now() - since);
    const verdicts = verdict(reading, await it);
    for (const {judge, surprises} of verdicts) {
      if (surprises.length > 0) delete content[judge];
      else content[judge] ??= {round, ms};
    }
    const surprises = verdicts.flatMap(({judge, surprises: words}) => words.map((word) => `${judge}: ${word}`));
    const now = new Set(reading.diagnosis.causes.map(({id}) => id));
    if (surprises.length === 0 || performance.now() > until) return {surprises, content, passing: [...named].filter((id) => !now.has(id)), last: reading};
    for (const id of now) named.add(id);
  }
}
