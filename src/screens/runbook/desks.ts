/** Runbooks on the desk: the list read again, a desk for each that is looked at, and its plan. Nothing is changed here. */
import type {RunbookSession} from '../../runbooks/engine/session.ts';
import {nextOf} from '../../runbooks/engine/records.ts';
import type {Runbook, SessionRecord} from '../../runbooks/model.ts';
import {builtIn} from '../../runbooks/procedure.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Control} from '../control.ts';
import {viewKey, type View} from '../state.ts';
import {inputId} from './items.ts';
import {busy, type BookRow, type Books, type Desk, type Phase, type Room} from './desk.ts';

/** What belongs to a desk and is no state: what can be stopped, and who waits for an answer. */
export interface Live {
  planning?: AbortController | undefined;
  session?: RunbookSession | undefined;
  abort?: AbortController | undefined;
  typed?: ((name: string | undefined) => void) | undefined;
  takeOver?: boolean;
}
const lives = new WeakMap<Control, Map<string, Live>>();
export function liveOf(control: Control, name: string): Live {
  let all = lives.get(control);
  if (!all) lives.set(control, (all = new Map()));
  let live = all.get(name);
  if (!live) all.set(name, (live = {}));
  return live;
}

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
export const booksOf = (control: Control): Books | undefined => control.parts.changes?.books;
export const deskOf = (control: Control, name: string): Desk | undefined => control.state.books.desks[name];
export function setDesk(control: Control, name: string, part: Partial<Desk>): void {
  const desk = deskOf(control, name);
  if (desk) putDesk(control, {...desk, ...part});
}
const putDesk = (control: Control, desk: Desk): void => control.change({books: {...control.state.books, desks: {...control.state.books.desks, [desk.runbook.name]: desk}}});
export const setPhase = (control: Control, name: string, phase: Phase, part: Partial<Desk> = {}): void => setDesk(control, name, {phase, since: control.parts.now(), ...part});

/** The room that is shown. */
export function roomOf(control: Control): {readonly desk: Desk; readonly room: Room} | undefined {
  const {view} = control;
  const desk = view.kind === 'book' ? deskOf(control, view.name) : undefined;
  return desk && view.kind === 'book' ? {desk, room: view.room} : undefined;
}

/** The files and the sessions, read again. One's own stand first, and in place of a built-in one of that name. */
export function readBooks(control: Control): void {
  const books = booksOf(control);
  if (!books) return;
  try {
    const {runbooks, broken} = books.library.list();
    const sessions = books.runbooks.sessions();
    const rowOf = (runbook: Runbook): BookRow => ({kind: 'book', runbook, last: sessions.findLast((one) => one.runbook === runbook.name)});
    const listed = new Map(runbooks.map((runbook) => [runbook.name, runbook]));
    // One that was run by the path of its file is in no folder: as long as its session has not ended, it stands here.
    for (const {runbook, file} of unended(sessions)) {
      const found = file === undefined || listed.has(runbook) ? undefined : readable(books, file);
      if (found?.name === runbook) listed.set(runbook, found);
    }
    const all = [...listed.values()];
    const rows: readonly BookRow[] = [
      ...all.filter(({origin}) => origin !== builtIn).map(rowOf),
      ...broken.map(({problems, message}): BookRow => ({kind: 'broken', file: problems[0]?.file ?? '', message})),
      ...all.filter(({origin}) => origin === builtIn).map(rowOf),
    ];
    control.change({books: {...control.state.books, rows, readAt: control.parts.now()}});
  } catch (error) {
    control.say(`the runbooks cannot be read: ${sentence(error)}`, 'bad');
  }
}

const unended = (sessions: readonly SessionRecord[]): readonly SessionRecord[] => sessions.filter((one) => !one.ended && sessions.findLast(({runbook}) => runbook === one.runbook) === one);
function readable({library}: Books, file: string): Runbook | undefined {
  try {
    return library.find(file);
  } catch {
    return undefined; // gone, or broken since: its session cannot be gone on with from here
  }
}

/** A view of runbooks is about to be shown: what it shows is made ready. */
export function entered(control: Control, view: View): void {
  if (view.kind === 'list' && view.list === 'runbooks') return readBooks(control);
  if (view.kind !== 'book') return;
  const known = deskOf(control, view.name);
  if (known?.phase === 'plan' && view.room === 'plan') return known.planning === undefined ? planAgain(control, view.name) : undefined; // an old plan says nothing of now
  if (known && view.room === 'report') return;
  if (known && known.phase !== 'ended' && !known.record?.ended) return;
  if (control.state.books.readAt === undefined) readBooks(control);
  const row = control.state.books.rows.find((one) => one.kind === 'book' && one.runbook.name === view.name);
  if (row?.kind !== 'book') return;
  if (view.room === 'plan') return layOut(control, row.runbook);
  if (row.last) takeOut(control, row.runbook, row.last);
}

const emptyDesk = (control: Control, runbook: Runbook): Desk => ({
  runbook, given: {}, resolution: {values: [], missing: [], wrong: []}, planned: [], planning: undefined, skips: {}, folded: new Set(),
  phase: 'plan', since: control.parts.now(), record: undefined, all: false, step: undefined, next: undefined, doing: '', stepStates: {}, tail: [], guards: [], stopping: undefined, asks: undefined, says: undefined,
});

/** A fresh plan of a runbook. */
export function layOut(control: Control, runbook: Runbook): void {
  const live = liveOf(control, runbook.name);
  live.session = undefined;
  live.takeOver = false;
  putDesk(control, emptyDesk(control, runbook));
  planAgain(control, runbook.name);
}

/** A session of the journal, as it stands: nothing is asked of hosts before somebody goes on with it. */
function takeOut(control: Control, runbook: Runbook, record: SessionRecord): void {
  const live = liveOf(control, runbook.name);
  // It may be that of another console, and not the one that was run here before.
  if (live.session?.id !== record.session) live.session = undefined;
  const values = record.inputs.map((one) => ({...one, title: runbook.inputs.find(({name}) => name === one.name)?.title ?? one.name}));
  putDesk(control, {...emptyDesk(control, runbook), resolution: {values, missing: [], wrong: []}, record, phase: record.ended && record.ended.how !== 'stopped' ? 'ended' : 'stopped', step: nextOf(runbook, record)?.id});
}

const settledBy = 10_000;
const lookedAt = (fabric: Fabric): boolean => [...fabric.hosts.values()].every(({access, readings}) => ['waiting', 'refused', 'closed'].includes(access.phase) || Object.values(readings).some((reading) => reading?.value !== undefined));

/** Just after the start, the fabric is still being read: a plan made then would only say so. */
async function read(control: Control, signal: AbortSignal): Promise<void> {
  const {source} = control.parts;
  if (lookedAt(source.current())) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const unsubscribe = source.subscribe(() => { if (lookedAt(source.current())) end(); });
    const timer = setTimeout(end, settledBy);
    signal.addEventListener('abort', end);
  });
}

/** The cursor goes to the first input that has to be given, unless it was moved. */
function toMissing(control: Control, name: string): void {
  const key = viewKey({kind: 'book', name, room: 'plan'});
  const first = deskOf(control, name)?.resolution.missing[0];
  if (first && control.state.cursors[key]?.id === undefined) control.change({cursors: {...control.state.cursors, [key]: {id: inputId(first.input.name), index: 0, top: 0}}});
}

/** Why it is not begun yet; gone when that is no longer so. */
export const stillPlanning = 'it is still being planned: read the plan before you run it';

/** The inputs resolved and every step looked at, anew. */
export function planAgain(control: Control, name: string): void {
  const books = booksOf(control);
  const desk = deskOf(control, name);
  if (!books || !desk) return;
  const live = liveOf(control, name);
  live.planning?.abort();
  const abort = (live.planning = new AbortController());
  const mine = (): boolean => live.planning === abort && deskOf(control, name)?.runbook === desk.runbook;
  setDesk(control, name, {planning: control.parts.now(), planned: []});
  const over = (): void => {
    setDesk(control, name, {planning: undefined});
    if (control.state.notice?.text === stillPlanning) control.change({notice: undefined});
  };
  void (async () => {
    const resolved = (): boolean => {
      const resolution = books.runbooks.resolve(desk.runbook, deskOf(control, name)?.given ?? {});
      setDesk(control, name, {resolution});
      return resolution.missing.length === 0 && resolution.wrong.length === 0;
    };
    if (!resolved()) toMissing(control, name);
    await read(control, abort.signal);
    if (!mine()) return;
    if (!resolved()) return over();
    await books.runbooks.plan(desk.runbook, deskOf(control, name)?.resolution.values ?? [], abort.signal, (one) => {
      const before = deskOf(control, name);
      if (mine() && before) setDesk(control, name, {planned: [...before.planned, one]});
    });
    if (mine()) over();
  })().catch((error: unknown) => {
    if (!mine()) return;
    over();
    control.say(`it could not be planned: ${sentence(error)}`, 'bad');
  });
}

/** What the journal says of the session of this desk now; the list shows it too. */
export function readRecord(control: Control, name: string): void {
  const session = liveOf(control, name).session;
  if (session) setDesk(control, name, {record: session.record()});
  const last = deskOf(control, name)?.record;
  const {books} = control.state;
  control.change({books: {...books, rows: books.rows.map((row) => (row.kind === 'book' && row.runbook.name === name && last ? {...row, last} : row))}});
  control.readRuns();
}

/** Sessions that have not ended, of the runbooks that are listed: the others cannot be gone on with from here. */
export function openSessions(control: Control): readonly SessionRecord[] {
  const books = booksOf(control);
  if (!books) return [];
  const sessions = unended(books.runbooks.sessions());
  // Asked for at the start: nothing is read for it where no session is open.
  if (sessions.length > 0 && control.state.books.readAt === undefined) readBooks(control);
  const listed = new Set(control.state.books.rows.map((row) => (row.kind === 'book' ? row.runbook.name : '')));
  return sessions.filter(({runbook}) => listed.has(runbook));
}

export const isBusy = (control: Control, name: string): boolean => {
  const desk = deskOf(control, name);
  return desk !== undefined && busy(desk);
};
