/** Keys in the rooms of a runbook. A handler returns why it cannot be done now. */
import type {Control} from '../control.ts';
import {busy, underWay, type Desk, type Room} from './desk.ts';
import {layOut, liveOf, openSessions, planAgain, readBooks, readRecord, roomOf, sentence, setDesk} from './desks.ts';
import {isSettled} from '../../runbooks/engine/records.ts';
import {membershipOf} from '../../runbooks/engine/step-action.ts';
import type {RecordedRun} from '../../journal/records.ts';
import {advance, begin, goOn, quitAfterStep, stop, undoable} from './driver.ts';
import {inputOfItem, stepOfItem} from './items.ts';
import {ask, presentValue} from './prompt.ts';

type Handler = (control: Control) => string | undefined;
const inRoom = (act: (control: Control, desk: Desk, room: Room) => string | undefined | void): Handler => (control) => {
  const here = roomOf(control);
  return here ? (act(control, here.desk, here.room) ?? undefined) : 'this runbook cannot be read any more; R lists those that there are';
};
const go = (control: Control, desk: Desk, room: Room): void => control.go({kind: 'book', name: desk.runbook.name, room});

/** The step that the cursor is on, else the one that is next. */
function stepHere(control: Control, desk: Desk) {
  const id = stepOfItem(control.cursor().id) ?? desk.step;
  return desk.runbook.steps.find((step) => step.id === id);
}

const run = (all: boolean): Handler => inRoom((control, desk, room) => {
  const {name} = desk.runbook;
  if (room === 'report') return 'y and a run it in its own room: Esc leads back';
  switch (desk.phase) {
    case 'plan':
      return begin(control, name, all);
    case 'ended':
      return room === 'plan' ? undefined : 'this session is at its end; n begins another';
    case 'waiting':
      setDesk(control, name, {all});
      return advance(control, name, true) as undefined;
    case 'stopped':
      if (room === 'plan') go(control, desk, 'run');
      return goOn(control, name, all);
    case 'looking':
    case 'running':
      if (desk.asks !== undefined) return ask(control, 'confirm', name, desk.asks) as undefined;
      if (!all) return 'it is under way; x stops it';
      setDesk(control, name, {all: true});
      return control.say('all steps that are left are run; x stops it', 'accent') as undefined;
    case 'starting':
    case 'undoing':
      return 'it is under way; x stops it';
  }
});

const fold = (open: boolean): Handler => inRoom((control, desk) => {
  const step = stepHere(control, desk)?.id;
  if (step === undefined) return 'the cursor is on no step';
  const folded = new Set(desk.folded);
  if (open) folded.delete(step);
  else folded.add(step);
  return setDesk(control, desk.runbook.name, {folded}) as undefined;
});

export const bookHandlers = {
  'book.run': run(false),
  'book.all': run(true),
  'book.edit': inRoom((control, desk, room) => {
    const input = inputOfItem(control.cursor().id);
    if (room === 'plan' && input !== undefined && desk.phase === 'plan') return ask(control, 'input', desk.runbook.name, input, presentValue(control, desk.runbook.name, input)) as undefined;
    if (room === 'plan' && input !== undefined) return 'the inputs of a session that was begun stay as they are; n begins another';
    const step = stepOfItem(control.cursor().id);
    if (room === 'plan' && step !== undefined) return fold(desk.folded.has(step))(control);
    if (room === 'run' && desk.asks !== undefined) return ask(control, 'confirm', desk.runbook.name, desk.asks) as undefined;
    if (room === 'run' && desk.phase === 'ended') return go(control, desk, 'report') as undefined;
    return room === 'plan' ? 'Enter changes an input, and folds a step' : 'y runs the next step, o shows the report so far';
  }),
  'book.skip': inRoom((control, desk, room) => {
    if (room === 'report') return 'nothing is skipped here';
    if (desk.phase === 'running' || desk.phase === 'undoing' || desk.phase === 'starting') return 'the step that runs cannot be skipped; x stops after it';
    if (desk.phase === 'ended') return 'this session is at its end';
    const step = stepHere(control, desk);
    if (!step) return 'the cursor is on no step';
    if (desk.skips[step.id] !== undefined) {
      const {[step.id]: _, ...skips} = desk.skips;
      setDesk(control, desk.runbook.name, {skips});
      return control.say(`${step.id} is not skipped any more`, 'accent') as undefined;
    }
    if (isSettled(desk.record, step.id)) return `${step.id} is behind us`;
    return ask(control, 'skip', desk.runbook.name, step.id) as undefined;
  }),
  'book.stop': inRoom((control, desk) => stop(control, desk.runbook.name)),
  'book.undo': inRoom((control, desk, room) => {
    if (room === 'plan') return 'nothing was done yet: there is nothing to undo';
    if (busy(desk)) return 'it is under way; x stops it first';
    const step = room === 'run' ? stepHere(control, desk) : desk.runbook.steps[0];
    if (!step) return 'the cursor is on no step';
    if (undoable(desk, step.id).length === 0) return `from ${step.id} on nothing was done that could be undone`;
    return ask(control, 'undo', desk.runbook.name, step.id) as undefined;
  }),
  'book.report': inRoom((control, desk, room) => {
    if (!desk.record) return 'there is no session yet: nothing to report';
    return room === 'report' ? (ask(control, 'report', desk.runbook.name, '', `${desk.runbook.name}-${desk.record.session}.md`) as undefined) : (go(control, desk, 'report') as undefined);
  }),
  'book.new': inRoom((control, desk) => {
    if (busy(desk)) return 'it is under way; x stops it first';
    layOut(control, desk.runbook);
    return go(control, desk, 'plan') as undefined;
  }),
  'book.close': inRoom((control, desk) => {
    if (!desk.record || desk.record.ended) return 'there is no open session';
    if (busy(desk)) return 'it is under way; x stops it first';
    const {name} = desk.runbook;
    control.changes.books?.runbooks.close(desk.record.session);
    setDesk(control, name, {phase: 'stopped', record: control.changes.books?.runbooks.sessions().find(({session}) => session === desk.record?.session)});
    readRecord(control, name);
    return control.say('it is left as it stands, and is not offered again', 'accent') as undefined;
  }),
  'book.again': inRoom((control, desk, room) => {
    if (room === 'plan' && desk.phase === 'plan') return planAgain(control, desk.runbook.name) as undefined;
    if (room === 'run' && desk.phase === 'stopped') return goOn(control, desk.runbook.name, false);
    if (room === 'run' && desk.phase === 'waiting') return advance(control, desk.runbook.name) as undefined;
    return room === 'report' ? (readRecord(control, desk.runbook.name) as undefined) : 'nothing to plan again while it is under way';
  }),
  'book.take-over': inRoom((control, desk) => {
    liveOf(control, desk.runbook.name).takeOver = true;
    return control.say('a lock that was left by a console which has ended is taken over when it is run', 'warn') as undefined;
  }),
  'book.fold': fold(false),
  'book.unfold': fold(true),
  'book.fold-all': inRoom((control, desk) => {
    const all = desk.runbook.steps.map(({id}) => id);
    setDesk(control, desk.runbook.name, {folded: new Set(desk.folded.size > 0 ? [] : all)});
  }),
} as const satisfies Readonly<Record<string, Handler>>;

export const toRunbooks = (control: Control): string | undefined => {
  if (!control.parts.changes?.books) return 'this console has no gate: nothing can be run from here';
  readBooks(control);
  control.go({kind: 'list', list: 'runbooks'});
  return undefined;
};

/** The files, as they are now. */
export function readAgain(control: Control): undefined {
  readBooks(control);
  control.say('the files of the runbooks are read again', 'accent');
}

/** Something is being sent: the question before the console is left. True: it was asked. */
export function askBeforeLeaving(control: Control): boolean {
  if (control.state.mode.kind === 'leave' || !underWay(control.state.books)) return false;
  control.change({mode: {kind: 'leave'}});
  return true;
}
export const leaveHandlers = {
  'leave.after': (control) => {
    const desk = underWay(control.state.books);
    control.change({mode: {kind: 'main'}});
    if (!desk) return control.quit() as undefined;
    quitAfterStep(control);
    if (desk.stopping === undefined) stop(control, desk.runbook.name);
    return `${desk.runbook.name}: the console quits after the present step; x there stops it earlier`;
  },
  'leave.now': (control) => control.quit() as undefined,
  'leave.no': (control) => control.change({mode: {kind: 'main'}}) as undefined,
} as const satisfies Readonly<Record<string, Handler>>;

/** At the start: sessions that have not ended are offered. Whether a run belongs to one of them: then it is not offered by itself. */
export function offerOpenSessions(control: Control): (run: RecordedRun) => boolean {
  try {
    const sessions = openSessions(control);
    const [first] = sessions;
    if (first) {
      control.go({kind: 'list', list: 'runbooks'});
      control.change({cursors: {...control.state.cursors, 'list runbooks': {id: first.runbook, index: 0, top: 0}}});
      control.say(`${sessions.length === 1 ? `a session of ${first.runbook} has` : `sessions of ${sessions.map(({runbook}) => runbook).join(', ')} have`} not ended: Enter goes on with it, reports or undoes it`, 'warn');
    }
    return ({run}) => sessions.some(({session}) => session === membershipOf(run)?.session);
  } catch (error) {
    control.say(`the sessions of runbooks cannot be read: ${sentence(error)}`, 'bad');
    return () => false;
  }
}

/** For the bar of keys: what a key of a room would do something now. */
export function usableInRoom(id: string, desk: Desk | undefined, room: Room): boolean {
  if (!desk) return false;
  switch (id) {
    case 'book.run': return room !== 'report' && (desk.phase === 'plan' || desk.phase === 'waiting' || desk.phase === 'stopped' || desk.asks !== undefined);
    case 'book.all': return room !== 'report' && (desk.phase === 'plan' || desk.phase === 'waiting' || desk.phase === 'stopped');
    case 'book.edit': return room === 'plan' && desk.phase === 'plan';
    case 'book.skip': return room !== 'report' && (desk.phase === 'plan' || desk.phase === 'waiting' || desk.phase === 'stopped');
    case 'book.stop': return room === 'run' && (busy(desk) || desk.phase === 'waiting');
    case 'book.undo': return room === 'run' && !busy(desk);
    case 'book.report': return desk.record !== undefined;
    case 'book.again': return room === 'plan' && desk.phase === 'plan';
    case 'book.fold-all': return room === 'plan';
    default: return true;
  }
}
