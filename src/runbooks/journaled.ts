/** How the journal tells of a run: one that began a session of a runbook is as that session stands, not as its opening. Pure. */
import {runLines, runState} from '../actions/text.ts';
import type {RecordedRun} from '../journal/records.ts';
import type {Tone} from '../model/tone.ts';
import {endNote, notedSteps, settled, stepNote, type SessionOpening, type StepNote} from './engine/records.ts';
import {membershipOf, sessionActionId} from './engine/step-action.ts';

const openingOf = ({run}: RecordedRun): SessionOpening | undefined => (run.action === sessionActionId ? (membershipOf(run) as unknown as SessionOpening | undefined) : undefined);
/** "done", "stopped", "undone"; while it has not ended: the state of the step that it stopped at, or "not ended". */
function sessionState(run: RecordedRun): string {
  const last = run.notes.findLast(({kind}) => kind === endNote || kind === stepNote);
  if (last?.kind === endNote) return (last.data as {readonly how: string}).how;
  const {step, state} = (last?.data ?? {}) as Partial<StepNote>;
  return state === undefined || settled.has(state) ? 'not ended' : state === 'undone' ? 'partly undone' : `${state} at ${step}`;
}

/** In one word or three, as `runState`. */
export const stateOfRun = (run: RecordedRun): string => (openingOf(run) ? sessionState(run) : runState(run));

/** Of the words for how a session stands. */
export const toneOfState = (state: string): Tone =>
  state === 'done' ? 'ok' : state === 'stopped' || state === 'undone' ? 'muted' : /^(failed|blocked)/.test(state) ? 'bad' : /^(uncertain|unverified)/.test(state) ? 'unknown' : 'warn';

/** Of a session that began here; undefined: of any other run, whose status says it. */
export const toneOfSession = (run: RecordedRun): Tone | undefined => (openingOf(run) ? toneOfState(sessionState(run)) : undefined);

/** Everything that the journal knows of it, as `runLines`; of a session its steps. */
export function linesOfRun(recorded: RecordedRun): readonly string[] {
  const opening = openingOf(recorded);
  if (!opening) return runLines(recorded);
  const steps = notedSteps(recorded);
  return [
    ...runLines(recorded).filter((line) => line.startsWith('Run ') || /^ {2}(by|context|began) /.test(line)),
    `  session    ${opening.session}: ${sessionState(recorded)}`,
    ...opening.inputs.map(({name, value}) => `  input      ${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`),
    'Steps', ...(steps.length === 0 ? ['  none was begun'] : steps.map(({step, state, says}) => `  ${step}: ${state}${says === '' || says === state ? '' : ` (${says})`}`)),
  ];
}

/** The run that began a session, by the session's name or its beginning. */
export const runOfSession = (runs: readonly RecordedRun[], session: string): RecordedRun | undefined => (session === '' ? undefined : runs.findLast((one) => openingOf(one)?.session.startsWith(session)));
