/**
 * What has been seen for how long, from pass to pass. A finding is told when it has lasted as long as its check asks
 * for, or when it belongs with one that has: a fabric that converges shows much that is gone a moment later. It has not
 * lasted while it is the same reading that is looked at: what it rests on must have been read anew. Nor has it lasted
 * when it is now something else that is wrong of the same subject: then it begins anew.
 */
import type {Fabric} from '../model/fabric.ts';
import type {Finding, Result} from '../model/finding.ts';
import {began, type Observation, type ProblemKind, type Stamp} from '../model/reading.ts';
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
  readonly trouble: ReadonlyMap<string, number>; // each fact of fail or warn: its first sight, through times when it was not known
  readonly unknown: number | undefined;
}

/** Of a check that names none: that the subject does not pass. */
const oneFact: readonly string[] = [''];
const noTrouble: ReadonlyMap<string, number> = new Map();

export function createMemory(): Memory {
  let memory = new Map<string, Seen>();
  return {
    note: (results, now) => {
      const next = new Map<string, Seen>();
      for (const result of results) {
        const id = findingId(result);
        const before = memory.get(id);
        // What is no longer among the results has passed, or does not exist any more (standing.ts): forgotten at once.
        if (result.outcome === 'unknown') next.set(id, {trouble: before?.trouble ?? noTrouble, unknown: before?.unknown ?? now});
        else next.set(id, {trouble: new Map((result.facts ?? oneFact).map((fact) => [fact, before?.trouble.get(fact) ?? now])), unknown: undefined});
      }
      memory = next;
    },
    since: (id, {outcome}) => {
      const seen = memory.get(id);
      return outcome === 'unknown' ? (seen?.unknown ?? 0) : seen && seen.trouble.size > 0 ? Math.min(...seen.trouble.values()) : 0;
    },
  };
}

/** How long a finding must last before it is told, in seconds. */
export const holdOf = ({check, outcome}: Pick<Result, 'check' | 'outcome'>): number => (outcome === 'unknown' ? unknownHoldS : (findCheck(check)?.holdS ?? 0));

/** Whether a reading was made anew after a time. */
export type ReadAnew = (reading: Pick<Stamp, 'source' | 'probe'>, since: number) => boolean;

/** What is read more seldom is configuration, which is no transient, and is not waited for. */
const seldomMs = 60_000; // stale after: a period of 20 s
/** How long an answer may be late: one round trip brings several, each within a deadline of its own (3 to 10 s). */
const lateMs = 30_000;
/** What may go well the next time. A refusal is an answer. */
const mayPass: ReadonlySet<ProblemKind> = new Set<ProblemKind>(['timeout', 'garbled', 'failed']);

function readingOf(fabric: Fabric, {source, probe}: Pick<Stamp, 'source' | 'probe'>): Observation<unknown> | undefined {
  const state = fabric.hosts.get(source) ?? (source === fabric.cloud?.endpoint || source === 'OpenNebula' ? fabric.cloud : undefined);
  return state?.access.phase === 'ready' ? (state.readings as Readonly<Record<string, Observation<unknown> | undefined>>)[probe] : undefined;
}

/**
 * By the readings of a fabric: begun after that time, whether or not they had a value. Two tables of a host are read at
 * different moments; of two that contradict each other, one may only be older than what has happened. What cannot be
 * read, or has not been for three periods, is not waited for.
 */
export const readAnewIn = (fabric: Fabric, now: number): ReadAnew => (reading, since) => {
  const o = readingOf(fabric, reading);
  return !o || o.staleAfterMs > seldomMs || began(o) > since || now >= o.attemptAt + o.staleAfterMs;
};

/** Of what is missing: asked for again after that time, and missing still. What is refused, or of a host that is gone, is not waited for. */
export const missingStillIn = (fabric: Fabric, now: number): ReadAnew => (reading, since) => {
  const o = readingOf(fabric, reading);
  return !o || (o.problem !== undefined && !mayPass.has(o.problem.kind)) || began(o) > since || now - since >= lateMs;
};

const hasLasted = (finding: Finding, now: number, readAnew: ReadAnew, missingStill: ReadAnew): boolean => {
  if (finding.known) return true; // it was told: that it is not known now is not kept back
  const holdMs = holdOf(finding) * 1000;
  if (holdMs === 0) return true;
  if (now - finding.since < holdMs) return false;
  if (finding.outcome === 'unknown') return finding.missing.every((one) => missingStill(one, finding.since));
  return finding.evidence.every(({stamp}) => stamp === undefined || readAnew(stamp, finding.since));
};

/** Causes of which any part has lasted long enough, with all that belongs to them. */
export const matured = (causes: readonly Finding[], now: number, readAnew: ReadAnew = () => true, missingStill: ReadAnew = () => true): readonly Finding[] =>
  causes.filter((cause) => {
    for (const finding of flatten([cause])) if (hasLasted(finding, now, readAnew, missingStill)) return true;
    return false;
  });
