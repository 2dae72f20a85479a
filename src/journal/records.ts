/**
 * What stands in the journal: one JSON object a line, appended only. A run is a `begin`, then for each step an `intent`
 * before it and a `result` after it, then what was verified, then an `end`. Times are epoch milliseconds.
 */
import type {ActionRun, Condition, RunStatus, StepOutcome} from '../model/action.ts';

/** Who did it: the user of the operating system, where, with which console. */
export interface Who {
  readonly user: string;
  readonly uid: number;
  readonly host: string; // of the console
  readonly pid: number;
  readonly tty: string | undefined;
  readonly by: 'console' | 'command line';
}

interface Common {
  readonly run: string;
  readonly at: number;
}
export type JournalRecord =
  | (Common & {readonly type: 'begin'; readonly v: 1; readonly who: Who; readonly context: string; readonly plan: ActionRun; readonly preflight: readonly Condition[]; readonly overridden: readonly string[]})
  | (Common & {readonly type: 'again'; readonly who: Who; readonly how: 'resume' | 'verify'})
  | (Common & {readonly type: 'intent'; readonly step: string})
  | (Common & {readonly type: 'result'; readonly step: string; readonly outcome: StepOutcome; readonly says: string; readonly value?: string | number | boolean; readonly tookMs: number})
  | (Common & {readonly type: 'note'; readonly kind: string; readonly data: unknown})
  | (Common & {readonly type: 'verify'; readonly conditions: readonly Condition[]})
  | (Common & {readonly type: 'end'; readonly status: RunStatus; readonly says: string});

/** One run as the journal tells it. */
export interface RecordedRun {
  readonly run: ActionRun;
  readonly who: Who;
  readonly context: string;
  readonly preflight: readonly Condition[];
  readonly overridden: readonly string[];
  readonly steps: readonly RecordedStep[]; // one for each step of the plan, in its order
  readonly notes: readonly {readonly at: number; readonly kind: string; readonly data: unknown}[];
  readonly verified: readonly Condition[] | undefined; // the last time
  readonly again: readonly {readonly at: number; readonly who: Who; readonly how: 'resume' | 'verify'}[];
  /** Undefined: in flight, or cut off. */
  readonly end: {readonly at: number; readonly status: RunStatus; readonly says: string} | undefined;
  /** The run that undoes this one, when there is one. */
  readonly undoneBy: string | undefined;
}
export interface RecordedStep {
  readonly id: string;
  /** `open`: it was begun, and nothing is known of its end. */
  readonly state: 'not begun' | 'open' | StepOutcome;
  readonly says: string;
  readonly intentAt: number | undefined;
  readonly resultAt: number | undefined;
  readonly value: string | number | boolean | undefined;
}
