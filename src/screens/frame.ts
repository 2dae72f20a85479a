/** The body of the frame, for the view and mode that are current. Pure but for the widths that it remembers. */
import {meshLines} from '../components/matrix.ts';
import {columnsText, fit, tableLines} from '../components/table/lines.ts';
import type {Layout} from '../components/table/columns.ts';
import type {RowList} from '../components/table/row-list.ts';
import {chordName} from '../keys/keymap.ts';
import type {AnyResource} from '../rows/resource.ts';
import {glyph, paint, type Theme} from '../theme/theme.ts';
import {paletteLines} from './bars.ts';
import {flowLines} from './action/lines.ts';
import {causeId, type Control} from './control.ts';
import {detailLines, wrapValues} from './detail.ts';
import {detailItems} from './detail-items.ts';
import {foundIn, overviewLines, overviewParts, type OverviewParts} from './overview.ts';
import {causeAbout, layerAbout} from './overview-about.ts';
import {Paced} from './paced.ts';
import {helpLines, logLines} from './panels.ts';
import {formLines, routesCrumb, waitingLines} from './routes.ts';
import {markOf} from './judged.ts';
import {objectName} from './objects.ts';
import {roomBody} from './runbook/body.ts';
import {askLines} from './trace-probing.ts';
import {traceText} from './trace-lines.ts';
import {bodyHeight, currentView, listHeight, paneFrom, type ListName, type LocalName} from './state.ts';

export interface Body {
  readonly lines: readonly string[];
  readonly label: string;
  readonly count: string;
  readonly note: string | undefined;
}

/** What is kept between frames: the costly parts, and the widest texts per resource until the terminal changes its size. */
export class FrameMemory {
  readonly overview: Paced<OverviewParts>;
  readonly about: Paced<readonly string[]>;
  private readonly seen = new Map<string, number[]>();
  private columns = 0;

  constructor(later: () => void) {
    this.overview = new Paced(later);
    this.about = new Paced(later);
  }

  widths(name: string, columns: number): number[] {
    if (columns !== this.columns) this.seen.clear();
    this.columns = columns;
    let widths = this.seen.get(name);
    if (!widths) this.seen.set(name, (widths = []));
    return widths;
  }
}

const paneWidth = 62;
/** The key of a command, whatever the operator has made it. */
const keyOf = (control: Control, command: string): string => chordName(control.parts.commands.find(({id}) => id === command)?.keys[0] ?? '');
/** "2 of 4 rows  filter kvm  3 more columns: >": what is shown before what is not. */
function countText(control: Control, name: ListName, rows: RowList, layout: Layout, ...more: readonly string[]): string {
  const {filter} = control.table(name);
  const total = `${rows.total.toLocaleString('en')} row${rows.total === 1 ? '' : 's'}`;
  return [rows.length === rows.total ? total : `${rows.length.toLocaleString('en')} of ${total}`, filter ? `filter ${filter}` : '', ...more, columnsText(layout, keyOf(control, 'scroll.right'))].filter(Boolean).join('  ');
}
const flowLabels = {menu: 'Actions', params: 'Parameters', preparing: 'Preflight', proposal: 'Plan', running: 'Running', done: 'Result'} as const;

export function body(control: Control, now: number, theme: Theme, memory: FrameMemory): Body {
  const {state, view} = control;
  const height = bodyHeight(state.size);
  const width = state.size.columns;
  const {mode} = state;
  if (mode.kind === 'panel') return panelBody(control, mode.panel, mode.top, theme);
  if (mode.kind === 'palette') return {lines: paletteLines(control, height, theme), label: 'Go to', count: '', note: undefined};
  if (mode.kind === 'action' && state.flow) return {lines: flowLines({flow: state.flow, fabric: control.fabric, width, height, now: control.parts.now(), theme}), label: flowLabels[state.flow.phase], count: '', note: undefined};
  const cursor = control.cursor();
  const gone = control.gone()?.note;
  switch (view.kind) {
    case 'overview': {
      const parts = memory.overview.of([width, theme], [control.fabric, Math.floor(now / 1000)], () => overviewParts(control.fabric, width, now, theme));
      return {lines: overviewLines({parts, layers: control.health(), causes: control.topCauses().map(({finding}) => finding), judged: control.judged, failed: state.judgeFailed, events: state.events, cursor: cursor.index, width, height, now, theme, about: (room) => overviewAbout(control, cursor.id, {width, height: room, now, theme}, memory)}), label: 'Overview', count: '', note: gone};
    }
    case 'matrix': {
      const mesh = control.mesh();
      return {lines: meshLines(mesh, cursor.top, cursor.index, width, height - 1, theme, state.firstHost), label: 'WireGuard mesh', count: `${mesh.hosts.length} hosts`, note: gone};
    }
    case 'detail': {
      const items = control.detail(view.ref);
      const label = objectName(view.ref.resource, view.ref.id, control.fabric);
      if (!items) return {lines: ['', paint(theme, fit(`  ${label} is gone: it was there when you opened it`, width), 'warn')], label, count: '', note: undefined};
      return {lines: detailLines(items, cursor.top, cursor.index, width, height, now, theme), label, count: `${Math.min(items.length, cursor.top + height)}/${items.length}`, note: gone};
    }
    case 'finding': {
      const items = control.findingDetail(view.id);
      if (!items) return {lines: ['', paint(theme, fit(`  ${clearedText(view.id, state.events)}`, width), 'ok')], label: 'Finding', count: '', note: undefined};
      return {lines: detailLines(items, cursor.top, cursor.index, width, height, now, theme), label: 'Finding', count: `${Math.min(items.length, cursor.top + height)}/${items.length}`, note: gone};
    }
    case 'run': {
      const items = control.runDetail(view.id) ?? [];
      return {lines: detailLines(items, cursor.top, cursor.index, width, height, now, theme), label: `Run ${view.id}`, count: `${Math.min(items.length, cursor.top + height)}/${items.length}`, note: gone};
    }
    case 'book':
      return roomBody({desk: state.books.desks[view.name], name: view.name, room: view.room, items: control.bookItems(view), top: cursor.top, cursor: cursor.index, width, height, now, theme});
    case 'trace': {
      const traced = control.traced();
      const label = `Trace ${view.label}`;
      if (mode.kind === 'probe') return {lines: askLines(mode.probes, width, theme), label, count: '', note: undefined};
      if (!traced?.ok) return {lines: ['', ...[traced?.says ?? '', ...(traced?.candidates ?? [])].map((text, i) => paint(theme, fit(`  ${text}`, width), i === 0 ? 'warn' : 'muted'))], label, count: '', note: undefined};
      const rows = control.traceRows();
      return {lines: traceText(rows, cursor.top, cursor.index, state.trace.side, width, height, theme), label, count: `${control.probed() ? '' : 'nothing was sent  '}${Math.min(rows.length, cursor.top + height)}/${rows.length}`, note: undefined};
    }
    case 'list':
      return listBody(control, view.list, cursor, gone, now, theme, memory);
    case 'table': {
      const resource = control.resource(view.resource);
      if (!resource) return {lines: [`  there is no table of ${view.resource}`], label: view.resource, count: '', note: undefined};
      return tableBody(control, resource, cursor, gone, now, theme, memory);
    }
  }
}

/** Of a finding that was looked at: as its event has it. */
function clearedText(id: string, events: Control['state']['events']): string {
  const last = events.find(({finding}) => finding.id === id);
  return last?.kind === 'cleared' ? `cleared: ${last.finding.says}` : 'this is no finding any more';
}

/** More about the cause or the layer under the cursor. */
function overviewAbout(control: Control, id: string | undefined, room: {width: number; height: number; now: number; theme: Theme}, memory: FrameMemory): readonly string[] {
  const {fabric, judged} = control;
  const cause = control.topCauses().find(({finding}) => causeId(finding.id) === id)?.finding;
  const layer = control.health().find((one) => one.id === id);
  const resource = layer && control.resource(layer.resource);
  if (!cause && !(layer && resource)) return [];
  return memory.about.of([id, room.width, room.height, room.theme], [fabric, judged, Math.floor(room.now / 1000)], () => (cause ? causeAbout(cause, fabric, room) : layer && resource ? layerAbout(layer, resource, foundIn(judged).get(layer.id) ?? [], judged, fabric, room) : []));
}

function panelBody(control: Control, panel: 'help' | 'log', top: number, theme: Theme): Body {
  const {size} = control.state;
  const height = bodyHeight(size);
  if (panel === 'help') {
    const lines = helpLines(control.parts.commands, size.columns, theme);
    return {lines: lines.slice(top, top + height), label: 'Keys', count: `${Math.min(top + height, lines.length)}/${lines.length}`, note: undefined};
  }
  const log = control.parts.source.commandLog();
  return {lines: logLines(log, size.columns, theme, control.written).slice(top, top + height), label: 'Commands sent', count: `${log.length} kept`, note: undefined};
}

function tableBody(control: Control, resource: AnyResource, cursor: {index: number; top: number}, gone: string | undefined, now: number, theme: Theme, memory: FrameMemory): Body {
  const {state} = control;
  const {mode, size, routes} = state;
  if (mode.kind === 'form' || mode.kind === 'ask') return {lines: formLines(control, theme), label: resource.title, count: '', note: undefined};
  const crumb = resource.name === 'routes' ? routesCrumb(control) : '';
  if (resource.name === 'routes' && routes.phase !== 'read') return {lines: waitingLines(control, now, theme), label: resource.title, count: '', note: undefined};
  const height = bodyHeight(size) - 1;
  const rows = control.rows(resource);
  const table = control.table(resource.name);
  const beside = size.columns >= paneFrom && resource.name !== 'routes';
  const width = beside ? size.columns - paneWidth - 1 : size.columns;
  const {lines, layout} = tableLines({
    resource, rows, theme, now, height, width, top: cursor.top, cursor: cursor.index, wide: state.wide, page: table.page, order: table.order, choosing: mode.kind === 'sort',
    marker: (row) => markOf(control.judged, resource.name, resource.id(row)),
    seen: memory.widths(resource.name, size.columns),
  });
  control.columnPages.set(resource.name, layout.pages);
  const row = beside && cursor.index >= 0 && cursor.index < rows.length ? rows.at(cursor.index) : undefined;
  const pane = row === undefined ? [] : detailLines(wrapValues(detailItems(resource, row, control.fabric, control.judged, now), paneWidth, now), 0, -1, paneWidth, height + 1, now, theme);
  const empty = rows.total === 0 ? ['', '  nothing to show: none were read'] : rows.length === 0 ? ['', '  no row matches the filter; Esc clears it'] : undefined;
  return {
    lines: empty ? [lines[0] ?? '', ...empty.map((line) => paint(theme, fit(line, width), 'muted'))] : beside ? lines.map((line, i) => `${line}${paint(theme, '│', 'muted')}${pane[i] ?? ''}`) : lines,
    label: resource.title,
    count: countText(control, resource.name, rows, layout, crumb),
    note: gone ?? rows.note,
  };
}

/** A list of the console's own: the detail of its row beside it, or below it where the terminal is narrow. */
function listBody(control: Control, name: LocalName, cursor: {index: number; top: number}, gone: string | undefined, now: number, theme: Theme, memory: FrameMemory): Body {
  const {state, seen} = control;
  const {size, mode} = state;
  const list = control.local(name);
  if (!list) return {lines: [`  there is no list of ${name}`], label: name, count: '', note: undefined};
  const rows = control.localRows(list);
  const table = control.table(name);
  if (rows.total === 0) {
    const {text, tone} = list.empty(seen);
    return {lines: ['', `  ${paint(theme, fit(`${glyph(theme, tone)} ${text}`, size.columns - 2), tone)}`], label: list.title, count: '', note: gone};
  }
  const view = currentView(state);
  const height = listHeight(view, size);
  const beside = size.columns >= paneFrom && list.pane !== undefined;
  const paneColumns = beside ? Math.floor(size.columns * 0.42) : size.columns;
  const width = beside ? size.columns - paneColumns - 1 : size.columns;
  const {lines, layout} = tableLines({resource: list.shape, rows, theme, now, height, width, top: cursor.top, cursor: cursor.index, wide: state.wide, page: table.page, order: table.order, choosing: mode.kind === 'sort', seen: memory.widths(name, size.columns)});
  const row = cursor.index >= 0 && cursor.index < rows.length ? rows.at(cursor.index) : undefined;
  control.columnPages.set(name, layout.pages);
  const paneHeight = beside ? height + 1 : bodyHeight(size) - height - 2;
  const items = row === undefined || !list.pane ? [] : list.pane(row, seen, paneColumns - 1, now);
  const pane = detailLines(items, 0, -1, paneColumns, paneHeight, now, theme);
  const whole = items.length > paneHeight ? list.whole?.(row, seen) : undefined;
  const more = whole ? ` ${keyOf(control, whole)} shows all (${items.length} lines) ` : '';
  const rule = paint(theme, `${'─'.repeat(Math.max(0, size.columns - more.length - 1))}${more}`, 'muted');
  const empty = rows.length === 0 ? ['', paint(theme, fit('  no row matches the filter; Esc clears it', width), 'muted')] : undefined;
  const above = empty ? [lines[0] ?? '', ...empty, ...lines.slice(3)] : lines;
  return {
    lines: !list.pane ? above : beside ? above.map((line, i) => `${line}${paint(theme, '│', 'muted')}${pane[i] ?? ''}`) : [...above, rule, ...pane],
    label: view.kind === 'list' && view.from ? `Trace from ${view.from.label}: to where?` : name === 'ends' ? 'Trace: from where?' : list.title,
    count: countText(control, name, rows, layout, state.judgeFailed ? `diagnosis failed: ${state.judgeFailed}` : ''),
    note: gone ?? rows.note,
  };
}
