/** Sessions as the journal tells them: a run that begins each, notes about its steps, and a run for each of them. Pure. */
import type {RecordedRun} from '../../journal/records.ts';
import type {Runbook, RunbookStep, SessionRecord, SessionStep, StepState, Value} from '../model.ts';
import {membershipOf, sessionActionId} from './step-action.ts';

/** What the run that begins a session has in its plan. */
export interface SessionOpening {
  readonly session: string;
  readonly runbook: string;
  readonly step: '';
  readonly digest: string;
  readonly file?: string; // where it lies, unless it is built in
  readonly inputs: readonly {readonly name: string; readonly value: Value; readonly origin: string}[];
}
/** What is noted of a step. */
export interface StepNote {
  readonly step: string;
  readonly state: StepState;
  readonly says: string;
  readonly values?: Readonly<Record<string, string>>; // what it left for later steps, work id → value
}
export const stepNote = 'runbook step';
export const endNote = 'runbook end';

/** States of a step that needs no more doing. */
export const settled: ReadonlySet<StepState> = new Set<StepState>(['done', 'already so', 'skipped', 'not needed']);
const stateOf = (record: SessionRecord | undefined, step: string): StepState => record?.steps.find((one) => one.step === step)?.state ?? 'to do';
export const isSettled = (record: SessionRecord | undefined, step: string): boolean => settled.has(stateOf(record, step));
/** The first step that needs doing. */
export const nextOf = ({steps}: Runbook, record: SessionRecord | undefined): RunbookStep | undefined => steps.find(({id}) => !isSettled(record, id));

/** What is said of a session that is done: "every step is so", or which were left out. */
export function doneText(record: SessionRecord): string {
  const skipped = record.steps.filter(({state}) => state === 'skipped').map(({step}) => step);
  return skipped.length === 0 ? 'every step is so' : `every step is so but ${skipped.length}, skipped: ${skipped.join(', ')}`;
}

/** The steps that have done something which is not taken back, the last first; down to and with `to`, where it is given. */
export function leftToUndo({steps}: Runbook, record: SessionRecord | undefined, to?: string): readonly string[] {
  const done = new Set(record?.steps.filter(({state, runs}) => state !== 'undone' && runs.some(({undone, status}) => !undone && status !== 'stale')).map(({step}) => step));
  return steps.slice(Math.max(0, steps.findIndex(({id}) => id === to))).map(({id}) => id).filter((id) => done.has(id)).toReversed();
}

/** Of each step what was noted last, in the order in which that was. */
export function notedSteps({notes}: Pick<RecordedRun, 'notes'>): readonly (StepNote & {readonly at: number})[] {
  const last = new Map<string, StepNote & {readonly at: number}>();
  for (const {kind, data, at} of notes) {
    if (kind !== stepNote) continue;
    const noted = data as StepNote;
    last.delete(noted.step);
    last.set(noted.step, {...noted, at});
  }
  return [...last.values()];
}

export function sessionsOf(runs: readonly RecordedRun[]): readonly (SessionRecord & {readonly run: string})[] {
  return runs.filter(({run}) => run.action === sessionActionId).map((opened) => {
    const opening = membershipOf(opened.run) as unknown as SessionOpening;
    const members = runs.filter((one) => one !== opened && one.run.undoes === undefined && membershipOf(one.run)?.session === opening.session);
    const steps = new Map<string, SessionStep>();
    const runsOf = (step: string): SessionStep['runs'] => members.filter(({run}) => membershipOf(run)?.step === step).map(({run, end, undoneBy}) => ({run: run.id, status: end?.status ?? 'cut off', undone: undoneBy !== undefined && runs.find((one) => one.run.id === undoneBy)?.end?.status === 'done'}));
    for (const noted of notedSteps(opened)) steps.set(noted.step, {...noted, runs: runsOf(noted.step)});
    // A run that was cut off has left no note; nor has one whose end was the last thing that was written.
    for (const {run, end} of members) {
      const {step} = membershipOf(run)!;
      if (end !== undefined && (steps.get(step)?.at ?? 0) < run.startedAt) steps.set(step, {step, state: 'uncertain', says: 'the console ended before it was noted', at: end.at, runs: runsOf(step)});
      if (end === undefined) steps.set(step, {step, state: 'uncertain', says: 'it was cut off', at: run.startedAt, runs: runsOf(step)});
    }
    const last = opened.notes.findLast(({kind}) => kind === endNote);
    const again = opened.notes.findLast(({kind}) => kind === stepNote);
    const ended = last && (!again || opened.notes.indexOf(last) > opened.notes.indexOf(again)) ? {at: last.at, how: (last.data as {readonly how: 'done' | 'stopped' | 'undone'}).how} : undefined;
    return {run: opened.run.id, session: opening.session, runbook: opening.runbook, digest: opening.digest, ...(opening.file !== undefined && {file: opening.file}), inputs: opening.inputs, startedAt: opened.run.startedAt, by: `${opened.who.user}@${opened.who.host}`, steps: [...steps.values()], ended};
  });
}
