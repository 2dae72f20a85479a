/** A runbook on the operator's desk: its inputs, its plan, its session as it runs. Plain state; driver.ts moves it. */
import type {Step} from '../../model/action.ts';
import type {RecordedRun} from '../../journal/records.ts';
import type {Resolution} from '../../runbooks/engine/inputs.ts';
import type {PlannedStep} from '../../runbooks/engine/plan.ts';
import type {Runbooks} from '../../runbooks/engine/session.ts';
import type {Library} from '../../runbooks/library.ts';
import type {Runbook, SessionRecord} from '../../runbooks/model.ts';
import type {Report} from '../../runbooks/report.ts';

/** What the composition root gives to these screens: the same engine that the command line uses. */
export interface Books {
  readonly library: Library;
  readonly runbooks: Runbooks;
  readonly runs: () => readonly RecordedRun[]; // of the journal
  readonly context: string;
  /** Writes a report: .md, .json, .xml (JUnit). Resolves with where it is; rejects with a sentence. Overwrites nothing. */
  readonly write: (report: Report, file: string) => Promise<string>;
}

export type Room = 'plan' | 'run' | 'report';

/** A row of the list: a runbook, or a file that cannot be used. */
export type BookRow =
  | {readonly kind: 'book'; readonly runbook: Runbook; readonly last: SessionRecord | undefined}
  | {readonly kind: 'broken'; readonly file: string; readonly message: string}; // every problem with line and column, one a line

/**
 * plan: nothing was begun. starting: the session is opened, or taken up. looking: what the next step would change.
 * waiting: for a yes to the next step. running, undoing. stopped: a session that is not at its end. ended.
 */
export type Phase = 'plan' | 'starting' | 'looking' | 'waiting' | 'running' | 'undoing' | 'stopped' | 'ended';

export interface Desk {
  readonly runbook: Runbook;
  readonly given: Readonly<Record<string, string>>; // inputs as typed
  readonly resolution: Resolution;
  readonly planned: readonly PlannedStep[]; // as far as the plan has come
  readonly planning: number | undefined; // since when
  readonly skips: Readonly<Record<string, string>>; // step id → reason
  readonly folded: ReadonlySet<string>; // steps whose lines are not shown
  readonly phase: Phase;
  readonly since: number; // of the phase
  readonly record: SessionRecord | undefined;
  readonly all: boolean; // no question between steps
  readonly step: string | undefined; // the one that is looked at, waited for or run
  readonly next: PlannedStep | undefined; // what that step would change, or changes
  readonly doing: string;
  readonly stepStates: Readonly<Record<string, StepMark>>; // of the gate, by id: of the step that runs
  readonly tail: readonly string[]; // what it said so far
  readonly guards: readonly Guard[];
  readonly stopping: 'after the step' | 'at once' | undefined;
  readonly asks: string | undefined; // the name that a destructive action wants typed
  readonly says: {readonly text: string; readonly bad: boolean} | undefined; // how the last step or phase ended
}
export interface StepMark {
  readonly step: Step;
  readonly state: string;
}
/** commit-confirmed: the host takes the change back by itself, unless it is confirmed in time. */
export interface Guard {
  readonly id: string; // step of the gate
  readonly host: string;
  readonly until: number; // epoch ms
}

export interface BookState {
  readonly rows: readonly BookRow[];
  readonly readAt: number | undefined; // undefined: not read yet
  readonly desks: Readonly<Record<string, Desk>>; // by the name of the runbook
}
export const noBooks: BookState = {rows: [], readAt: undefined, desks: {}};

/** Lines below the rule of a room, the rule included: cursor and window do without them. */
export const footHeight = (room: Room): number => (room === 'report' ? 0 : 3);

export const busy = ({phase}: Desk): boolean => phase === 'starting' || phase === 'looking' || phase === 'running' || phase === 'undoing';
/** Something is being sent to hosts now: quitting asks first. */
export const underWay = (books: BookState): Desk | undefined => Object.values(books.desks).find(({phase}) => phase === 'running' || phase === 'undoing' || phase === 'starting');
/** Also one that waits for an answer. */
export const open = (books: BookState): Desk | undefined => underWay(books) ?? Object.values(books.desks).find(({phase}) => phase === 'looking' || phase === 'waiting');

/** How a session stands, in one word or two. */
export function sessionWord(record: SessionRecord): string {
  if (record.ended) return record.ended.how;
  const last = record.steps.at(-1);
  const wrong = record.steps.findLast(({state}) => state === 'uncertain' || state === 'failed' || state === 'unverified');
  return wrong ? wrong.state : last?.state === 'undone' ? 'partly undone' : 'not ended';
}
