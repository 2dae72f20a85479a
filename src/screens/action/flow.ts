/** What the operator is about to change, from the menu to the result: plain state, shown by lines.ts, moved by steps.ts. */
import type {Action, Condition, Params, RunResult, RunStatus, Step, StepOutcome} from '../../model/action.ts';
import type {Gate, RunOptions} from '../../actions/gate.ts';
import type {RecordedRun} from '../../journal/records.ts';
import type {Books} from '../runbook/desk.ts';

/** What the gate and the journal give to the screens. */
export interface Changes {
  readonly gate: Gate;
  /** Every run of this context, oldest first. */
  readonly runs: () => readonly RecordedRun[];
  readonly books?: Books | undefined;
}

export interface MenuItem {
  readonly title: string;
  readonly what: string; // one sentence
  readonly impossible: string | undefined; // why not now: it is shown, and refused
  readonly choose: Choice;
}
export type Choice =
  | {readonly kind: 'action'; readonly action: Action; readonly given: Params}
  | {readonly kind: 'verify' | 'resume' | 'undo'; readonly run: RecordedRun};

/** Ready to be confirmed: what is shown, what stops it, what starts it. */
export interface Proposal {
  readonly title: string;
  readonly lines: readonly string[];
  readonly stops: readonly Condition[]; // preflight: fails, and unknowns that were not overridden
  readonly problem: string | undefined; // why there is nothing to run
  readonly refusal: string | undefined; // read-only: every try is refused by the gate, in these words
  readonly confirmName: string | undefined; // to be typed
  readonly takesOver?: boolean; // the lock of a console that has ended, knowingly
  readonly run: (options: RunOptions) => Promise<RunResult>;
}

export interface StepState {
  readonly step: Step;
  readonly state: 'started' | StepOutcome;
  readonly says: string;
  readonly at: number; // since when
}

export type Flow =
  | {readonly phase: 'menu'; readonly title: string; readonly items: readonly MenuItem[]; readonly chosen: number}
  | {readonly phase: 'params'; readonly action: Action; readonly given: Params; readonly field: number; readonly typed: string; readonly chosen: number} // chosen -1: none is marked
  | {readonly phase: 'preparing'; readonly title: string; readonly since: number}
  | {readonly phase: 'proposal'; readonly proposal: Proposal; readonly overridden: readonly string[]; readonly typed: string; readonly top: number}
  | {readonly phase: 'running'; readonly proposal: Proposal; readonly title: string; readonly since: number; readonly doing: string; readonly steps: readonly StepState[]; readonly tail: readonly string[]; readonly stopping: boolean}
  | {readonly phase: 'done'; readonly proposal: Proposal; readonly title: string; readonly result: RunResult; readonly steps: readonly StepState[]; readonly tookMs: number; readonly top: number};

/** Whether a stop takes effect at once: what is sent is awaited, a wait for the fabric is not. */
export const stopsAtOnce = ({steps}: Extract<Flow, {phase: 'running'}>): boolean => steps.every(({step, state}) => state !== 'started' || step.cancellable);

export const toneOfStatus = (status: RunStatus | 'refused'): 'ok' | 'warn' | 'bad' | 'unknown' =>
  status === 'done' ? 'ok' : status === 'uncertain' || status === 'unverified' ? 'unknown' : status === 'cancelled' || status === 'refused' ? 'warn' : 'bad';
