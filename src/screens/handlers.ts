/** Command id → what it does. A handler returns why it cannot be done now, for the status line. */
import type {commands} from '../keys/commands.ts';
import {acceptFlow, cancelFlow, eraseFlow, leaveFlow, moveFlow, openActions, overrideFlow, runRemedy} from './action/keys.ts';
import {stopsAtOnce} from './action/flow.ts';
import type {Control} from './control.ts';
import type {DetailItem} from './detail-items.ts';
import {closePanel, togglePanel} from './panel-keys.ts';
import {panelLength} from './panels.ts';
import {objectName} from './objects.ts';
import {nothingCalled, offers} from './palette.ts';
import {placeOf, screens} from './places.ts';
import {askRoutes, goToRoutesOf, readRoutes, stopReading} from './route-reading.ts';
import {formFields, scopeOfForm, turnField} from './routes-form.ts';
import {aboutFinding, folding, openFinding} from './finding-keys.ts';
import {askBeforeLeaving, bookHandlers, leaveHandlers, readAgain, toRunbooks} from './runbook/keys.ts';
import {choosePrompt, keepPrompt} from './runbook/prompt.ts';
import {chooseSide, openHop, traceFromHere, turnEvidence, turnTrace} from './trace-keys.ts';
import {bodyHeight, listHeight, type ListName, type View} from './state.ts';
import {copyHere} from './copy.ts';
import {scrollColumns, scrollMesh} from './scrolling.ts';
import {sortedUpTo, tooLongToSort} from './sorted-routes.ts';
import {askProbes, sendAsked} from './trace-probing.ts';
import {erase} from './typing.ts';

type Handler = (control: Control) => string | undefined | void;
type CommandId = (typeof commands)[number]['id'];

const toScreen = (at: number): Handler => (control) => {
  const place = screens[(at + screens.length) % screens.length];
  if (place?.views[0]) control.go(place.views[0].view);
};
const nextScreen = (by: number): Handler => (control) => toScreen(placeOf(control.view).screen + by)(control);

const nextView = (by: 1 | -1): Handler => (control) => {
  if (folding(control, by > 0) || chooseSide(control, by > 0 ? 'back' : 'there') || scrollMesh(control, by)) return undefined;
  const {screen, at} = placeOf(control.view);
  const views = screens[screen]?.views ?? [];
  if (views.length < 2) return 'this screen has one view; Tab goes to the next screen';
  const target = views[(at + by + views.length) % views.length];
  if (target) control.go(target.view);
};

const moving = (by: (control: Control) => number): Handler => (control) => {
  const {mode, size} = control.state;
  if (mode.kind !== 'panel') return control.moveCursor(by(control));
  const last = Math.max(0, panelLength(control, mode.panel) - bodyHeight(size));
  control.change({mode: {...mode, top: Math.max(0, Math.min(last, mode.top + by(control)))}});
};
const page = (control: Control): number => Math.max(1, listHeight(control.view, control.state.size) - 1);

const onTable = (act: (control: Control, resource: ListName) => string | undefined | void): Handler => (control) => {
  const resource = control.listName;
  return resource ? act(control, resource) : 'only tables can be filtered and sorted';
};

function open(control: Control): string | undefined {
  const {view, mode} = control.state.mode.kind === 'panel' ? {view: control.view, mode: 'panel'} : {view: control.view, mode: 'main'};
  if (mode === 'panel') return 'nothing to open here; Esc closes this panel';
  const {id} = control.cursor();
  const gone = control.gone();
  if (gone) return `${gone.what}: nothing was opened`;
  if (view.kind === 'table' && view.resource === 'routes' && control.state.routes.phase !== 'read') return openForm(control);
  if (id === undefined) return 'there is nothing here to open';
  control.pinCursor();
  switch (view.kind) {
    case 'overview': {
      if (openFinding(control, id)) return undefined;
      const layer = control.health().find((l) => l.id === id);
      if (layer) control.go({kind: 'table', resource: layer.resource});
      return undefined;
    }
    case 'matrix':
      control.go({kind: 'detail', ref: {resource: 'hosts', id, label: objectName('hosts', id, control.fabric)}});
      return undefined;
    case 'table':
      control.go({kind: 'detail', ref: {resource: view.resource, id, label: objectName(view.resource, id, control.fabric)}});
      return undefined;
    case 'detail': {
      return follow(control, control.detail(view.ref)?.find((i) => i.id === id));
    }
    case 'book':
      return 'Enter changes an input';
    case 'run':
      return 'a verifies, resumes or undoes this run';
    case 'trace': {
      const target = openHop(control, id);
      return typeof target === 'string' ? target : goTo(control, target);
    }
    case 'finding':
      return follow(control, control.findingDetail(view.id)?.find((i) => i.id === id));
    case 'list': {
      const list = control.local(view.list);
      const rows = list && control.localRows(list);
      const target = list && rows ? list.open(rows.at(rows.find(id)), control.seen) : 'there is nothing here to open';
      return typeof target === 'string' ? target : goTo(control, target);
    }
  }
}

function follow(control: Control, item: DetailItem | undefined): string | undefined {
  if (item?.kind !== 'relation') return 'nothing behind this line; the related objects are at the end (G)';
  return goTo(control, item.view);
}

/** There, if what it names is known. */
function goTo(control: Control, view: View): string | undefined {
  if (view.kind === 'detail' && view.ref.resource === 'routes' && view.ref.id.startsWith('mac ')) return goToRoutesOf(control, view.ref.id.slice(4));
  if (view.kind === 'detail') {
    const resource = control.resource(view.ref.resource);
    if (!resource || control.rowFor(resource, view.ref.id) === undefined) return `${view.ref.label} is not known`;
  }
  control.go(view);
  return undefined;
}

function openForm(control: Control): string | undefined {
  control.change({mode: {kind: 'form', field: 0}});
  return undefined;
}

function back(control: Control): string | undefined {
  const {state} = control;
  if (state.mode.kind === 'panel') return void closePanel(control);
  if (stopReading(control)) return 'stopped reading routes';
  const {listName} = control;
  if (listName !== undefined && control.table(listName).filter !== '') return void control.setTable(listName, {filter: ''});
  return travel(-1)(control) as string | undefined;
}

const travel = (by: 1 | -1): Handler => (control) => {
  const at = control.state.at + by;
  if (at < 0) return 'nothing to go back to; q quits';
  if (at >= control.state.views.length) return 'this is the newest view';
  control.pinCursor();
  control.change({at, mode: {kind: 'main'}});
};

function refresh(control: Control): string | undefined {
  if (control.view.kind === 'list' && control.view.list === 'runbooks') return readAgain(control);
  const {view, state} = control;
  if (view.kind === 'table' && view.resource === 'routes') {
    if (state.routes.phase === 'idle') return 'no routes were asked for yet: e chooses which';
    if (state.routes.phase === 'reading') return 'already reading; Esc stops it';
    control.change({form: {host: state.routes.scope.host, type: state.routes.scope.type, vni: String(state.routes.scope.vni ?? ''), rd: state.routes.scope.rd ?? ''}});
    return askRoutes(control);
  }
  const source = sourceUnderCursor(control);
  control.parts.source.refresh(source);
  control.say(source ? `reading ${source} again` : 'reading everything again', 'accent');
  return undefined;
}

/** Where the row under the cursor was read; undefined when that is not one place. */
function sourceUnderCursor(control: Control): string | undefined {
  const {view} = control;
  const {id} = control.cursor();
  if (view.kind === 'matrix') return id;
  const [name, row] = view.kind === 'detail' ? [view.ref.resource, view.ref.id] : view.kind === 'table' ? [view.resource, id] : [undefined, undefined];
  const resource = name && control.resource(name);
  if (!resource || row === undefined) return undefined;
  if (name === 'hosts') return row;
  const found = control.rowFor(resource, row);
  return found === undefined ? undefined : resource.stamps(found)[0]?.source;
}

function chooseSort(control: Control, resource: ListName): string | undefined {
  const target = control.shape(resource);
  if (!target) return 'only tables are sorted';
  if (resource === 'routes' && tooLongToSort(control.state.routes)) return `more than ${sortedUpTo.toLocaleString('en')} routes stay in the order in which bgpd has them; filter them with /, or read fewer`;
  if (!control.table(resource).order) control.setTable(resource, {order: {column: target.columns[0]?.id ?? '', descending: false}});
  control.change({mode: {kind: 'sort', resource}});
  return undefined;
}

const sortMode = (act: (control: Control, resource: ListName) => void): Handler => (control) => {
  const {mode} = control.state;
  if (mode.kind === 'sort') act(control, mode.resource);
};
const sortBy = (by: number): Handler => sortMode((control, name) => {
  const columns = control.shape(name)?.columns.filter((column) => column.title !== '') ?? [];
  const {order} = control.table(name);
  const at = columns.findIndex((column) => column.id === order?.column);
  const column = columns[(at + by + columns.length) % columns.length];
  if (column) control.setTable(name, {order: {column: column.id, descending: order?.descending ?? false}});
});

function reverse(control: Control, name: ListName): string | undefined {
  const {order} = control.table(name);
  if (!order) return 'nothing is sorted yet: s chooses a column';
  control.setTable(name, {order: {...order, descending: !order.descending}});
  return undefined;
}

const choose = (by: number): Handler => (control) => {
  const {mode} = control.state;
  if (mode.kind === 'prompt') return choosePrompt(control, mode, by);
  if (mode.kind !== 'palette') return by === 0 ? undefined : 'completions are for : only';
  const found = offers(control, mode.text).length;
  if (found > 0) control.change({mode: {...mode, chosen: (mode.chosen + by + found) % found}});
};

function keep(control: Control): string | undefined {
  const {mode} = control.state;
  if (mode.kind === 'filter') return void control.change({mode: {kind: 'main'}});
  if (mode.kind === 'prompt') return keepPrompt(control, mode);
  if (mode.kind !== 'palette') return undefined;
  const target = offers(control, mode.text)[mode.chosen];
  if (!target) return nothingCalled(control, mode.text);
  if ('command' in target) {
    control.change({mode: {kind: 'main'}});
    return act(control, target.command);
  }
  control.go(target.view);
  return undefined;
}

function giveUp(control: Control): void {
  const {mode} = control.state;
  if (mode.kind === 'filter') control.setTable(mode.resource, {filter: ''});
  control.change({mode: {kind: 'main'}});
}

const field = (by: number): Handler => (control) => {
  const {mode} = control.state;
  if (mode.kind === 'form') control.change({mode: {kind: 'form', field: (mode.field + by + formFields.length) % formFields.length}});
};

/** A change that is under way is stopped first: what is cut off has to be taken up again from the journal. */
function leave(control: Control): string | undefined {
  if (askBeforeLeaving(control)) return undefined;
  const {flow} = control.state;
  if (flow?.phase !== 'running' || flow.stopping) return void control.quit();
  control.acting?.abort();
  control.change({flow: {...flow, stopping: true}});
  return `a change is under way: it stops${stopsAtOnce(flow) ? '' : ' after the present step'}; once more quits at once, and the run is cut off`;
}

const all: Readonly<Record<CommandId, Handler>> = {
  'screen.overview': toScreen(0), 'screen.hosts': toScreen(1), 'screen.wireguard': toScreen(2), 'screen.bgp': toScreen(3), 'screen.vnets': toScreen(4), 'screen.vms': toScreen(5), 'screen.nat': toScreen(6), 'screen.findings': toScreen(7), 'screen.trace': toScreen(8), 'screen.journal': (control) => { control.readRuns(); return toScreen(9)(control); },
  'screen.runbooks': toRunbooks, ...bookHandlers, ...leaveHandlers,
  'screen.next': nextScreen(1), 'screen.previous': nextScreen(-1), 'view.left': nextView(-1), 'view.right': nextView(1),
  'cursor.up': moving(() => -1), 'cursor.down': moving(() => 1), 'page.up': moving((c) => -page(c)), 'page.down': moving(page), 'cursor.first': moving(() => -Infinity), 'cursor.last': moving(() => Infinity),
  act: openActions, remedy: runRemedy,
  'action.up': moveFlow(-1), 'action.down': moveFlow(1), 'action.page-up': (control) => moveFlow(-page(control))(control), 'action.page-down': (control) => moveFlow(page(control))(control),
  'action.accept': acceptFlow, 'action.cancel': cancelFlow, 'action.erase': eraseFlow, 'action.override': overrideFlow, 'action.leave': leaveFlow,
  trace: traceFromHere, 'trace.turn': turnTrace, 'trace.evidence': turnEvidence, 'trace.probe': askProbes,
  copy: copyHere, 'scroll.left': (control) => scrollColumns(control, -1), 'scroll.right': (control) => scrollColumns(control, 1),
  open, about: aboutFinding, back, 'history.back': travel(-1), 'history.forward': travel(1),
  palette: (control) => control.change({mode: {kind: 'palette', text: '', chosen: 0}}),
  filter: onTable((control, resource) => control.change({mode: {kind: 'filter', resource, before: control.table(resource).filter}})),
  sort: onTable(chooseSort), 'sort.reverse': onTable(reverse),
  wide: (control) => { control.change({wide: !control.state.wide}); control.say(control.state.wide ? 'all columns, as far as they fit' : 'the columns that fit', 'muted'); },
  matrix: (control) => {
    if (control.view.kind === 'matrix') return control.go({kind: 'table', resource: 'wg'});
    if (control.view.kind === 'table' && control.view.resource === 'wg') return control.go({kind: 'matrix'});
    return 'the mesh belongs to WireGuard: 3, then x';
  },
  'routes.ask': (control) => (control.view.kind === 'table' && control.view.resource === 'routes' ? openForm(control) : 'routes are read from BGP, routes: 4, then → twice'),
  refresh,
  'refresh.all': (control) => { control.parts.source.refresh(); control.say('reading everything again', 'accent'); },
  freeze: (control) => {
    const {frozen} = control.state;
    control.change({frozen: frozen ? undefined : {fabric: control.parts.source.current(), at: control.parts.now(), judged: control.state.judged}});
    control.say(frozen ? 'the display goes on' : 'the display is frozen; reading goes on; p lets it go', 'accent');
  },
  log: (control) => togglePanel(control, 'log'), help: (control) => togglePanel(control, 'help'),
  quit: (control) => {
    if (control.state.mode.kind === 'panel') return closePanel(control);
    if (control.view.kind === 'detail' || control.view.kind === 'finding' || control.view.kind === 'trace' || control.view.kind === 'run' || control.view.kind === 'book') return travel(-1)(control) === undefined ? undefined : control.quit();
    return leave(control);
  },
  'quit.now': leave,
  'text.keep': keep, 'text.clear': giveUp, 'text.erase': (control) => erase(control, false), 'text.erase-all': (control) => erase(control, true), 'text.up': choose(-1), 'text.down': choose(1),
  'sort.left': sortBy(-1), 'sort.right': sortBy(1), 'sort.turn': sortMode(reverse),
  'sort.none': sortMode((control, name) => { control.setTable(name, {order: undefined}); control.change({mode: {kind: 'main'}}); }),
  'sort.done': (control) => control.change({mode: {kind: 'main'}}),
  'form.up': field(-1), 'form.down': field(1), 'form.left': (control) => turnField(control, -1), 'form.right': (control) => turnField(control, 1),
  'form.erase': (control) => erase(control, false), 'form.read': askRoutes, 'form.close': (control) => control.change({mode: {kind: 'main'}}),
  'ask.yes': (control) => { if (control.state.mode.kind === 'probe') return sendAsked(control); const scope = scopeOfForm(control); if (scope) readRoutes(control, scope); },
  'ask.no': (control) => {
    if (control.state.mode.kind === 'probe') { control.change({mode: {kind: 'main'}}); return control.say('nothing was sent', 'muted'); }
    control.change({mode: {kind: 'form', field: 0}}); control.say('nothing was read', 'muted');
  },
};

/** Why it cannot be done now; undefined: done. */
export function act(control: Control, id: string): string | undefined {
  return (all as Readonly<Record<string, Handler | undefined>>)[id]?.(control) ?? undefined;
}
