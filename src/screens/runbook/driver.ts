/**
 * A session from its first step to its end, through the same engine as the command line: begun or taken up, step by step
 * or all at once, stopped, undone. It goes on whatever the operator looks at. What the gate refuses is told in its words.
 */
import {effectText} from '../../actions/execute.ts';
import {eventLine} from '../../actions/text.ts';
import type {RunEvent} from '../../model/action.ts';
import {doneText, leftToUndo, settled} from '../../runbooks/engine/records.ts';
import type {StepOptions, StepResult} from '../../runbooks/engine/session.ts';
import type {RunbookStep} from '../../runbooks/model.ts';
import {following} from '../../runbooks/procedure.ts';
import {resultLine} from '../../runbooks/text.ts';
import type {Control} from '../control.ts';
import {viewKey} from '../state.ts';
import {booksOf, deskOf, liveOf, readRecord, sentence, setDesk, setPhase, stillPlanning} from './desks.ts';
import {open, type Desk} from './desk.ts';
import {stepId} from './items.ts';

const tailLines = 200;

/** Why not; undefined: it is on its way. `all`: no question between the steps. */
export function begin(control: Control, name: string, all: boolean): string | undefined {
  const books = booksOf(control);
  const desk = deskOf(control, name);
  if (!books || !desk) return 'this console has no gate: nothing can be run from here';
  const other = open(control.state.books);
  if (other && other.runbook.name !== name) return `${other.runbook.name} is under way: one at a time; R and Enter lead to it`;
  const {missing, wrong} = desk.resolution;
  if (wrong.length > 0) return wrong.join('; ');
  if (missing.length > 0) return `${missing.map(({input}) => input.name).join(', ')} ${missing.length === 1 ? 'has' : 'have'} no value yet: Enter on it`;
  if (desk.planning !== undefined) return stillPlanning;
  const live = liveOf(control, name);
  setPhase(control, name, 'starting', {all, says: undefined, doing: 'opening a session'});
  void books.runbooks.start(desk.runbook, desk.resolution.values, {takeOver: live.takeOver ?? false}).then((session) => {
    if (typeof session === 'string') {
      setPhase(control, name, 'plan');
      control.say(withWay(session), 'bad');
      return quitIfWanted(control);
    }
    live.session = session;
    readRecord(control, name);
    if (control.view.kind === 'book' && control.view.name === name) control.go({kind: 'book', name, room: 'run'});
    advance(control, name);
  }).catch((error: unknown) => failed(control, name, error));
  return undefined;
}

/** The gate's words, with the key that takes a lock over which nobody holds any more; first, as a line may be cut at its end. */
const withWay = (says: string): string => (says.endsWith('take it over knowingly') ? `T takes it over, then y runs it: ${says}` : says);

/** A session that was stopped or cut off: it is taken up, then goes on. */
export function goOn(control: Control, name: string, all: boolean): string | undefined {
  const desk = deskOf(control, name);
  if (!desk) return 'there is nothing to go on with';
  const other = open(control.state.books);
  if (other && other.runbook.name !== name) return `${other.runbook.name} is under way: one at a time; R and Enter lead to it`;
  setDesk(control, name, {all});
  void taken(control, name).then((ready) => { if (ready) advance(control, name); });
  return undefined;
}

/** The live session of a desk; where there is none yet it is taken up from the journal. */
async function taken(control: Control, name: string): Promise<boolean> {
  const live = liveOf(control, name);
  const desk = deskOf(control, name);
  const books = booksOf(control);
  if (live.session) return true;
  if (!books || !desk?.record) return false;
  setPhase(control, name, 'starting', {doing: 'taking the session up', says: undefined});
  try {
    const session = await books.runbooks.resume(desk.runbook, desk.record.session);
    if (typeof session === 'string') {
      setPhase(control, name, 'stopped', {says: {text: session, bad: true}});
      control.say(session, 'bad');
      return false;
    }
    live.session = session;
    readRecord(control, name);
    return true;
  } catch (error) {
    failed(control, name, error);
    return false;
  }
}

function failed(control: Control, name: string, error: unknown): void {
  setPhase(control, name, liveOf(control, name).session || deskOf(control, name)?.record ? 'stopped' : 'plan', {says: {text: sentence(error), bad: true}, stopping: undefined, guards: []});
  control.say(sentence(error), 'bad');
  quitIfWanted(control);
}

/** To the next step: looked at and waited for, or run at once. `sure`: the operator has said yes to this one already. */
export function advance(control: Control, name: string, sure = false): void {
  void onwards(control, name, sure).catch((error: unknown) => failed(control, name, error));
}

async function onwards(control: Control, name: string, sure: boolean): Promise<void> {
  const {session} = liveOf(control, name);
  if (!session) return;
  for (let yes = sure; ; yes = false) {
    const desk = deskOf(control, name);
    const step = session.next();
    if (!desk) return;
    if (!step) return finish(control, name);
    if (desk.stopping !== undefined) return stopped(control, name, undefined);
    const skip = desk.skips[step.id];
    if (skip !== undefined) {
      session.skip(step, skip);
      readRecord(control, name);
      continue;
    }
    if (!desk.all && !yes) {
      enter(control, name, step, 'looking');
      const abort = (liveOf(control, name).abort = new AbortController());
      const planned = await session.plan(step, abort.signal).catch((error: unknown) => { if (!abort.signal.aborted) throw error; });
      if (!planned) return stopped(control, name, undefined);
      const after = deskOf(control, name);
      if (!after || after.phase !== 'looking' || after.step !== step.id) return;
      setDesk(control, name, {next: planned});
      // What changes nothing is not asked for; what has been told meanwhile to go on goes on.
      if (!after.all && after.stopping === undefined && (planned.state === 'to do' || planned.state === 'blocked' || planned.state === 'later')) return setPhase(control, name, 'waiting');
      if (after.stopping !== undefined) continue;
    }
    const result = await runStep(control, name, step);
    if (!settled.has(result.state)) return stopped(control, name, result);
  }
}

function enter(control: Control, name: string, step: RunbookStep, phase: 'looking' | 'running'): void {
  setPhase(control, name, phase, {step: step.id, next: phase === 'looking' ? undefined : (deskOf(control, name)?.next ?? undefined), doing: '', stepStates: {}, tail: [], guards: [], says: undefined});
  const key = viewKey({kind: 'book', name, room: 'run'});
  const before = control.state.cursors[key];
  control.change({cursors: {...control.state.cursors, [key]: {id: stepId(step.id), index: before?.index ?? 0, top: before?.top ?? 0}}});
}

async function runStep(control: Control, name: string, step: RunbookStep): Promise<StepResult> {
  const {session} = liveOf(control, name);
  if (!session) throw new Error('there is no session');
  enter(control, name, step, 'running');
  const result = await session.run(step, options(control, name));
  const number = (deskOf(control, name)?.runbook.steps.indexOf(step) ?? 0) + 1;
  setDesk(control, name, {guards: [], asks: undefined, says: {text: resultLine(result, step, number).trim(), bad: !settled.has(result.state)}});
  readRecord(control, name);
  return result;
}

function options(control: Control, name: string): StepOptions {
  const live = liveOf(control, name);
  const abort = (live.abort = new AbortController());
  return {
    signal: abort.signal, takeOver: live.takeOver ?? false,
    onEvent: (event) => {
      const desk = deskOf(control, name);
      if (desk) setDesk(control, name, after(desk, event, control));
    },
    onPlanned: (planned) => setDesk(control, name, {next: planned}),
    typed: (wanted) => new Promise((resolve) => {
      live.typed = (typed) => {
        live.typed = undefined;
        setDesk(control, name, {asks: undefined});
        resolve(typed);
      };
      setDesk(control, name, {asks: wanted, doing: `waits until ${wanted} is typed`});
      control.say(`${name}: to run it, ${wanted} has to be typed: y there`, 'warn');
    }),
  };
}

const phases = {lock: 'waiting for the lock of this fabric', reread: 'reading the target again', steps: 'running', verify: 'verifying on the fabric', end: 'ending'} as const;

function after(desk: Desk, event: RunEvent, control: Control): Partial<Desk> {
  const line = eventLine(event);
  // A step of the gate has a line of its own with its state: here only what it had to say.
  const said = event.kind !== 'step' || (event.state !== 'started' && !['', 'ok', 'exit 0'].includes(event.says));
  const tail = line === undefined || !said ? desk.tail : [...desk.tail, ...line.trim().split('\n')].slice(-tailLines);
  if (event.kind === 'phase') return {tail, doing: phases[event.phase]};
  if (event.kind !== 'step') return {tail};
  const {step, state} = event;
  if (state === 'started') control.written.add(effectText(step));
  const stepStates = {...desk.stepStates, [step.id]: {step, state: state === 'started' ? 'running' : state}};
  return {tail, doing: state === 'started' ? step.title : desk.doing, stepStates, guards: guardsAfter(desk, event, control.parts.now())};
}

/** A host that would take the change back: from its apply until its confirmation. */
function guardsAfter(desk: Desk, {step, state}: Extract<RunEvent, {kind: 'step'}>, now: number): Desk['guards'] {
  const work = step.id.slice(0, step.id.lastIndexOf('.'));
  if (step.id.endsWith('.confirm') && state !== 'started') return desk.guards.filter(({id}) => id !== work);
  if (!step.id.endsWith('.apply')) return desk.guards;
  if (state === 'failed') return desk.guards.filter(({id}) => id !== work);
  const planned = desk.next?.works.find(({id}) => id === work);
  if (state !== 'started' || planned?.confirmWithinS === undefined) return desk.guards;
  return [...desk.guards, {id: work, host: planned.host ?? work, until: now + planned.confirmWithinS * 1000}];
}

function finish(control: Control, name: string): void {
  liveOf(control, name).session?.end('done');
  readRecord(control, name);
  const desk = deskOf(control, name);
  const after = desk && following(control.state.books.rows.flatMap((row) => (row.kind === 'book' ? [row.runbook] : [])), desk.runbook);
  setPhase(control, name, 'ended', {step: undefined, next: undefined, stopping: undefined, says: {text: `${desk?.record ? doneText(desk.record) : 'every step is so'}${after ? `; next is ${after.name}: ${after.title}` : ''}`, bad: false}});
  control.say(`${name} is done: Enter shows the report`, 'accent');
  quitIfWanted(control);
}

function stopped(control: Control, name: string, result: StepResult | undefined): void {
  setPhase(control, name, 'stopped', {stopping: undefined, all: false, ...(result ? {step: result.step} : {step: liveOf(control, name).session?.next()?.id})});
  if (result) control.say(withWay(`${name} stopped at ${result.step}: ${result.says}`), 'bad');
  else control.say(`${name} stopped; y goes on`, 'warn');
  quitIfWanted(control);
}

/** Who asked to quit after the present step quits now. */
function quitIfWanted(control: Control): void {
  if (wantsOut.has(control)) control.quit();
}
const wantsOut = new WeakSet<Control>();
export const quitAfterStep = (control: Control): void => void wantsOut.add(control);

/** Undoes down to and with this step. */
export function undo(control: Control, name: string, step: RunbookStep): void {
  void (async () => {
    if (!(await taken(control, name))) return;
    const {session} = liveOf(control, name);
    if (!session) return;
    setPhase(control, name, 'undoing', {step: step.id, next: undefined, doing: 'undoing', stepStates: {}, tail: [], guards: [], says: undefined, stopping: undefined, all: false});
    const results = await session.undoTo(step, options(control, name));
    const last = results.at(-1);
    const whole = last === undefined || last.state === 'undone';
    readRecord(control, name);
    const record = deskOf(control, name)?.record;
    // All that was done is undone: the session is at its end, and another begins with a new plan.
    const nothingLeft = whole && leftToUndo(session.runbook, record).length === 0;
    if (nothingLeft) session.end('undone');
    readRecord(control, name);
    setPhase(control, name, nothingLeft ? 'ended' : 'stopped', {step: nothingLeft ? undefined : session.next()?.id, doing: '', says: {text: whole ? `undone: ${results.map(({step: one}) => one).join(', ') || 'there was nothing to undo'}` : `undoing stopped at ${last.step}: ${last.says}`, bad: !whole}});
    control.say(whole ? `${name}: undone down to ${step.id}` : `${name}: undoing stopped at ${last.step}: ${last.says}`, whole ? 'accent' : 'bad');
    quitIfWanted(control);
  })().catch((error: unknown) => failed(control, name, error));
}

/** The steps whose doing an undo down to `step` takes back, the last first. */
export const undoable = (desk: Desk, step: string): readonly string[] => leftToUndo(desk.runbook, desk.record, step);

/** Leaves a step out: of the plan when it is reached, of a session now. */
export function skip(control: Control, name: string, step: RunbookStep, reason: string): void {
  const desk = deskOf(control, name);
  if (!desk) return;
  const live = liveOf(control, name);
  const put = (): void => setDesk(control, name, {skips: {...desk.skips, [step.id]: reason}});
  if (!live.session || desk.step !== step.id || (desk.phase !== 'waiting' && desk.phase !== 'stopped')) return put();
  live.session.skip(step, reason);
  readRecord(control, name);
  advance(control, name);
}

/** After the present step; a second time: after the present command of it. */
export function stop(control: Control, name: string): string | undefined {
  const desk = deskOf(control, name);
  const live = liveOf(control, name);
  if (!desk) return undefined;
  switch (desk.phase) {
    case 'waiting':
      return void stopped(control, name, undefined);
    case 'looking':
    case 'running':
    case 'undoing':
    case 'starting':
      if (desk.stopping === undefined) {
        setDesk(control, name, {stopping: 'after the step'});
        if (desk.phase === 'looking') live.abort?.abort();
        return desk.phase === 'undoing' ? 'it stops once this is undone; x again stops after the present command' : 'it stops after the present step; x again stops after the present command';
      }
      setDesk(control, name, {stopping: 'at once'});
      live.typed?.(undefined);
      live.abort?.abort();
      return 'it stops after the present command';
    case 'plan':
    case 'stopped':
    case 'ended':
      return 'nothing runs';
  }
}
