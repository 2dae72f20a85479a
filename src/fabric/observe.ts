/** How one attempt to read turns the last observation into the next. Pure. */
import type {Observation, Problem, Reading} from '../model/reading.ts';

export interface Attempt<T> {
  readonly source: string;
  readonly probe: string;
  readonly command: string;
  readonly at: number; // epoch ms when the answer was complete
  readonly begunAt?: number; // epoch ms when it was sent
  readonly tookMs: number;
  readonly staleAfterMs: number;
  readonly reading: Reading<T>;
}

export function observe<T>(previous: Observation<T> | undefined, attempt: Attempt<T>): Observation<T> {
  const {source, probe, command, at, begunAt, tookMs, staleAfterMs, reading} = attempt;
  const base = {source, probe, command, attemptAt: at, ...(begunAt !== undefined && {begunAt}), tookMs, staleAfterMs};
  if (reading.ok) {
    return {...base, value: reading.value, at, problem: undefined, since: undefined, warnings: reading.warnings ?? []};
  }
  return {
    ...base,
    value: previous?.value,
    at: previous?.at,
    problem: reading.problem,
    // "since" is when it began to fail in this way: a host that is first hung and then unreachable has two beginnings.
    since: previous?.problem?.kind === reading.problem.kind ? previous.since : at,
    warnings: previous?.warnings ?? [],
  };
}

/** The connection is gone: whatever was read before is from before. Values stay, the problem is added. */
export function lose<T>(previous: Observation<T>, problem: Problem, at: number): Observation<T> {
  if (previous.problem?.kind === problem.kind && previous.problem.detail === problem.detail) return previous;
  return {...previous, problem, since: previous.problem?.kind === problem.kind ? previous.since : at};
}

/** Problems of the way to the host, which every reading from it shares. */
export const isAccessProblem = (problem: Problem): boolean =>
  problem.kind === 'unreachable' || problem.kind === 'auth' || problem.kind === 'host-key';
