/** What keys do: commands over the state. No React here; no host either: reading again goes through the source. */
import type {FabricSource} from '../fabric/source.ts';
import type {Fabric} from '../model/fabric.ts';
import type {AnyResource, Ref, ResourceName, Tone} from '../rows/resource.ts';
import type {Layer} from '../rows/health.ts';
import type {Mesh} from '../components/matrix.ts';
import {atTop, move, resolve} from '../components/table/cursor.ts';
import {listOf, type List, type RowList} from '../components/table/row-list.ts';
import type {TableShape} from '../components/table/shape.ts';
import {createStore, type Store} from '../hooks/store.ts';
import type {Traced} from '../trace/trace.ts';
import type {Command, Scope} from '../keys/commands.ts';
import {commandFor, keymap, type Keymap} from '../keys/keymap.ts';
import {wrapValues} from './detail.ts';
import {detailItems, type DetailItem} from './detail-items.ts';
import type {Changes} from './action/flow.ts';
import {runItemsOf} from './lists/journal.ts';
import {roomItems} from './runbook/items.ts';
import {placedIn, type Judged, type Placed} from './judged.ts';
import {findingItems} from './finding-items.ts';
import {causePrefix, goneWords, type Gone} from './gone.ts';
import type {LocalList, Seen} from './lists/local.ts';
import {Made} from './made.ts';
import type {Probed, Probing} from './trace-answers.ts';
import {traceRows, type TraceRow} from './trace-rows.ts';
import {currentView, firstState, listHeight, noTable, viewKey, type ConsoleState, type ListName, type LocalName, type Mode, type Size, type TableState, type View} from './state.ts';

export interface ControlParts {
  readonly source: FabricSource;
  readonly resources: readonly AnyResource[];
  readonly lists: readonly LocalList[];
  readonly changes?: Changes | undefined; // undefined: nothing can be changed from this console
  readonly probing?: Probing | undefined; // undefined: no pings can be sent from this console
  /** Puts a text on the clipboard of the operator's terminal. */
  readonly copy?: ((text: string) => void) | undefined;
  readonly commands: readonly Command[];
  readonly now: () => number;
  readonly onQuit: () => void;
  readonly size: Size;
  readonly initial?: View | undefined;
  /** Carries out a command; says why when it cannot be done now. */
  readonly act: (control: Control, id: string) => string | undefined;
  /** A view is about to be shown: what it needs is made ready. */
  readonly entered?: (control: Control, view: View) => void;
  /** Takes a chord as text where text is typed; false: it was none. */
  readonly type: (control: Control, chord: string) => boolean;
  /** What a chord does that is neither a command here nor text; `elsewhere`: the command that it is on a screen. */
  readonly unbound: (control: Control, chord: string, elsewhere: string | undefined) => string | undefined;
}

export const scopeOf = (mode: Mode): Scope => {
  switch (mode.kind) {
    case 'main':
    case 'panel':
      return 'main';
    case 'filter':
    case 'palette':
    case 'prompt':
      return 'text';
    case 'sort':
    case 'form':
    case 'ask':
    case 'action':
    case 'leave':
      return mode.kind;
    case 'probe':
      return 'ask';
  }
};

/** A cause on Overview, beside the layers. */
export const causeId = (finding: string): string => `${causePrefix}${finding}`;

export class Control {
  readonly parts: ControlParts;
  readonly store: Store<ConsoleState>;
  reading: AbortController | undefined; // of the routes that are being read
  acting: AbortController | undefined; // of the change that is being prepared or run
  readonly written = new Set<string>(); // what was sent to change something, as the command log has it
  readonly columnPages = new Map<ListName, number>(); // as the frame last laid out the columns of a table
  private readonly keys: Keymap;
  private readonly made = new Made(() => this.change({}));

  constructor(parts: ControlParts) {
    this.parts = parts;
    this.keys = keymap(parts.commands);
    this.store = createStore(firstState(parts.size, parts.initial ?? {kind: 'overview'}));
  }

  get state(): ConsoleState {
    return this.store.get();
  }
  get view(): View {
    return currentView(this.state);
  }
  /** What is shown: the latest, unless the display is frozen. */
  get fabric(): Fabric {
    return this.state.frozen?.fabric ?? this.parts.source.current();
  }

  /** The diagnosis that is shown. */
  get judged(): Judged | undefined {
    return this.state.frozen ? this.state.frozen.judged : this.state.judged;
  }
  get seen(): Seen {
    return {state: this.state, fabric: this.fabric, judged: this.judged};
  }

  /** Only where there is a gate: who asks has looked. */
  get changes(): Changes {
    if (!this.parts.changes) throw new Error('this console has no gate');
    return this.parts.changes;
  }
  readRuns(): void {
    try {
      if (this.parts.changes) this.change({runs: this.parts.changes.runs()});
    } catch (error) {
      this.say(`the journal cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'bad');
    }
  }
  runDetail(id: string): readonly DetailItem[] | undefined {
    const run = this.state.runs.find((one) => one.run.id === id);
    return run && runItemsOf(run, this.state.size.columns);
  }

  /** The lines of a room of a runbook; none when it is no longer there. */
  bookItems({name, room}: Extract<View, {kind: 'book'}>): readonly DetailItem[] {
    const desk = this.state.books.desks[name];
    const {changes} = this.parts;
    if (!desk || !changes) return [];
    return roomItems(desk, room, changes.runs, this.fabric.name, {width: this.state.size.columns, height: listHeight(this.view, this.state.size), now: this.parts.now()});
  }

  change(part: Partial<ConsoleState>): void {
    this.store.set({...this.state, ...part});
  }
  say(text: string, tone: Tone = 'warn'): void {
    this.change({notice: {text, tone}});
  }

  /** One chord. Anything that was said about the last key goes; what cannot be done now says why. */
  press(chord: string): void {
    const {mode} = this.state;
    if (this.state.notice) this.change({notice: undefined});
    const id = (mode.kind === 'main' && this.view.kind === 'book' ? commandFor(this.keys, 'book', chord) : undefined) ?? commandFor(this.keys, scopeOf(mode), chord) ?? (chord === 'ctrl+c' ? 'quit.now' : undefined);
    if (id === undefined) {
      const why = this.parts.type(this, chord) ? undefined : this.parts.unbound(this, chord, commandFor(this.keys, 'main', chord));
      if (why) this.say(why, 'muted');
      return;
    }
    const reason = this.parts.act(this, id);
    if (reason) this.say(reason);
  }

  resource(name: ResourceName): AnyResource | undefined {
    return this.parts.resources.find((resource) => resource.name === name);
  }
  local(name: LocalName): LocalList | undefined {
    return this.parts.lists.find((list) => list.name === name);
  }
  /** The list that the current view is a table of. */
  get listName(): ListName | undefined {
    const {view} = this;
    return view.kind === 'table' ? view.resource : view.kind === 'list' ? view.list : undefined;
  }
  shape(name: ListName): TableShape | undefined {
    return this.parts.resources.find((resource) => resource.name === name) ?? this.parts.lists.find((list) => list.name === name)?.shape;
  }
  table(name: ListName): TableState {
    return this.state.tables[name] ?? noTable;
  }
  setTable(name: ListName, part: Partial<TableState>): void {
    this.change({tables: {...this.state.tables, [name]: {...this.table(name), ...part}}});
  }

  rows(resource: AnyResource): RowList {
    return this.made.rows(resource, this.fabric, this.table(resource.name), this.state.routes, this.parts.now());
  }
  localRows(list: LocalList): RowList {
    return this.made.localRows(list, this.seen, this.table(list.name), this.parts.now());
  }
  mesh(): Mesh {
    return this.made.mesh(this.fabric, this.parts.now());
  }
  health(): readonly Layer[] {
    return this.made.health(this.fabric, this.parts.now());
  }

  /** The trace of the current view, made anew as the fabric changes. */
  traced(): Traced | undefined {
    const {view} = this;
    return view.kind === 'trace' ? this.made.trace(this.fabric, this.parts.now(), view.from, view.to) : undefined;
  }
  /** The last pings, if they belong to the trace of the current view. */
  probed(): Probed | undefined {
    const {probed} = this.state;
    return probed?.trace === viewKey(this.view) ? probed : undefined;
  }
  traceRows(): readonly TraceRow[] {
    const traced = this.traced();
    return traced?.ok ? traceRows(traced.trace, this.parts.now(), this.state.size.columns - 1, this.state.trace.evidence, this.probed()) : [];
  }

  detail(ref: Ref): readonly DetailItem[] | undefined {
    const resource = this.resource(ref.resource);
    if (!resource) return undefined;
    const {fabric, judged, state: {routes, size: {columns}}} = this;
    const now = this.parts.now();
    return this.made.detail([ref.resource, ref.id, routes, columns], [fabric, judged], now, () => {
      const row = this.rowFor(resource, ref.id);
      return row === undefined ? undefined : wrapValues(detailItems(resource, row, fabric, judged, now), columns, now);
    });
  }

  /** The causes that Overview shows: as many as there is room for. */
  topCauses(): readonly Placed[] {
    const {judged} = this;
    const room = this.state.size.rows >= 45 ? 8 : this.state.size.rows >= 34 ? 5 : 3;
    return (judged?.diagnosis.causes ?? []).filter(({outcome, known}, i) => outcome !== 'unknown' || known || i === 0).slice(0, room).map((finding) => ({finding, path: []}));
  }

  /** Undefined: it is cleared. */
  findingDetail(id: string): readonly DetailItem[] | undefined {
    const placed = placedIn(this.judged, id);
    return placed && findingItems(placed, this.fabric, this.state.size.columns - 1, this.parts.now());
  }

  /** The row of that id whatever the filter is; undefined: it is gone. */
  rowFor(resource: AnyResource, id: string): unknown {
    return this.made.row(id, resource, this.fabric, this.table(resource.name), this.state.routes, this.parts.now());
  }

  /** What the cursor moves over in the current view. */
  list(): List {
    const {view} = this;
    switch (view.kind) {
      case 'overview':
        return listOf([...this.topCauses().map(({finding}) => causeId(finding.id)), ...this.health().map((layer) => layer.id)]);
      case 'matrix':
        return listOf(this.mesh().hosts);
      case 'detail':
        return listOf(this.detail(view.ref)?.map((item) => item.id) ?? []);
      case 'run':
        return listOf(this.runDetail(view.id)?.map((item) => item.id) ?? []);
      case 'book':
        return listOf(this.bookItems(view).map((item) => item.id));
      case 'trace':
        return listOf(this.traceRows().map((_, i) => String(i)));
      case 'finding':
        return listOf(this.findingDetail(view.id)?.map((item) => item.id) ?? []);
      case 'table':
      case 'list':
        return this.tableRows() ?? listOf([]);
    }
  }
  /** The rows of the current view, where it is a table. */
  tableRows(): RowList | undefined {
    const {view} = this;
    const resource = view.kind === 'table' ? this.resource(view.resource) : undefined;
    const list = view.kind === 'list' ? this.local(view.list) : undefined;
    return resource ? this.rows(resource) : list && this.localRows(list);
  }

  cursor(): {readonly index: number; readonly gone: string | undefined; readonly top: number; readonly id: string | undefined} {
    const list = this.list();
    const resolved = resolve(this.state.cursors[viewKey(this.view)] ?? atTop, list, listHeight(this.view, this.state.size));
    return {...resolved, id: resolved.index >= 0 ? list.idAt(resolved.index) : undefined};
  }

  /** What the cursor was on, when that is no more. */
  gone(): Gone | undefined {
    const {gone} = this.cursor();
    return gone === undefined ? undefined : goneWords(this.view, gone, {fabric: this.fabric, judged: this.judged, events: this.state.events, left: this.list().length});
  }

  moveCursor(by: number): void {
    const key = viewKey(this.view);
    const cursor = this.state.cursors[key] ?? atTop;
    this.change({cursors: {...this.state.cursors, [key]: move(cursor, this.list(), by, listHeight(this.view, this.state.size))}});
  }

  /** Remembers the object under the cursor by name, so that rows which move do not take it along. */
  pinCursor(): void {
    const {id, index, top} = this.cursor();
    if (id === undefined) return;
    this.change({cursors: {...this.state.cursors, [viewKey(this.view)]: {id, index, top}}});
  }

  go(view: View): void {
    this.parts.entered?.(this, view);
    if (viewKey(view) === viewKey(this.view)) return this.change({mode: {kind: 'main'}});
    this.pinCursor();
    const views = [...this.state.views.slice(0, this.state.at + 1), view].slice(-50);
    this.change({views, at: views.length - 1, mode: {kind: 'main'}});
  }

  quit(): void {
    this.reading?.abort();
    this.parts.onQuit();
  }
}
