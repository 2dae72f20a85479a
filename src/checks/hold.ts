/**
 * What has been seen for how long, from pass to pass. A finding is told when it has lasted as long as its check asks
 * for, or when it belongs with one that has: a fabric that converges shows much that is gone a moment later.
 */
import type {Finding, Result} from '../model/finding.ts';
import {findCheck} from './catalogue.ts';
import {flatten} from './fold.ts';
import {findingId} from './run.ts';

/** Seconds that missing data is waited for: a fabric that is being opened has not been read yet. */
const unknownHoldS = 5;

export interface Memory {
  /** Takes in one pass; from then on `since` answers for what is in it. */
  note(results: readonly Result[], now: number): void;
  /** Since when, epoch ms, a result of the last pass has been so. */
  since(id: string, result: Result): number;
}

interface Seen {
  readonly trouble: number | undefined; // first sight of fail or warn, through times when it was not known
  readonly unknown: number | undefined;
}

export function createMemory(): Memory {
  let memory = new Map<string, Seen>();
  return {
    note: (results, now) => {
      const next = new Map<string, Seen>();
      for (const result of results) {
        const id = findingId(result);
        const before = memory.get(id);
        // What is no longer among the results has passed, or does not exist any more: forgotten at once.
        if (result.outcome === 'unknown') next.set(id, {trouble: before?.trouble, unknown: before?.unknown ?? now});
        else next.set(id, {trouble: before?.trouble ?? now, unknown: undefined});
      }
      memory = next;
    },
    since: (id, {outcome}) => {
      const seen = memory.get(id);
      return (outcome === 'unknown' ? seen?.unknown : seen?.trouble) ?? 0;
    },
  };
}

/** How long a finding must last before it is told, in seconds. */
export const holdOf = ({check, outcome}: Pick<Result, 'check' | 'outcome'>): number => (outcome === 'unknown' ? unknownHoldS : (findCheck(check)?.holdS ?? 0));

/** Causes of which any part has lasted long enough, with all that belongs to them. */
export const matured = (causes: readonly Finding[], now: number): readonly Finding[] =>
  causes.filter((cause) => {
    for (const finding of flatten([cause])) if (now - finding.since >= holdOf(finding) * 1000) return true;
    return false;
  });
