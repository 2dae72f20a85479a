/** The body of the frame, for the view and mode that are current. Pure but for the widths that it remembers. */
import {meshLines} from '../components/matrix.ts';
import {fit, tableLines} from '../components/table/lines.ts';
import type {AnyResource} from '../rows/resource.ts';
import {paint, type Theme} from '../theme/theme.ts';
import {paletteLines} from './bars.ts';
import type {Control} from './control.ts';
import {detailLines} from './detail.ts';
import {detailItems} from './detail-items.ts';
import {overviewLines, overviewParts, type OverviewParts} from './overview.ts';
import {Paced} from './paced.ts';
import {helpLines, logLines} from './panels.ts';
import {formLines, routesCrumb, waitingLines} from './routes.ts';
import {bodyHeight} from './state.ts';

export interface Body {
  readonly lines: readonly string[];
  readonly label: string;
  readonly count: string;
  readonly note: string | undefined;
}

/** What is kept between frames: the costly parts, and the widest texts per resource until the terminal changes its size. */
export class FrameMemory {
  readonly overview: Paced<OverviewParts>;
  private readonly seen = new Map<string, number[]>();
  private columns = 0;

  constructor(later: () => void) {
    this.overview = new Paced(later);
  }

  widths(name: string, columns: number): number[] {
    if (columns !== this.columns) this.seen.clear();
    this.columns = columns;
    let widths = this.seen.get(name);
    if (!widths) this.seen.set(name, (widths = []));
    return widths;
  }
}

const paneFrom = 160; // columns from which the detail stands beside the table
const paneWidth = 62;

export function body(control: Control, now: number, theme: Theme, memory: FrameMemory): Body {
  const {state, view} = control;
  const height = bodyHeight(state.size);
  const width = state.size.columns;
  const {mode} = state;
  if (mode.kind === 'panel') return panelBody(control, mode.panel, mode.top, theme);
  if (mode.kind === 'palette') return {lines: paletteLines(control, height, theme), label: 'Go to', count: '', note: undefined};
  const cursor = control.cursor();
  const gone = cursor.gone === undefined ? undefined : `${cursor.gone} is gone; move to another row`;
  switch (view.kind) {
    case 'overview': {
      const parts = memory.overview.of([width, theme], [control.fabric, Math.floor(now / 1000)], () => overviewParts(control.fabric, width, now, theme));
      return {lines: overviewLines(parts, control.health(), cursor.index, width, height, theme), label: 'Overview', count: '', note: gone};
    }
    case 'matrix': {
      const mesh = control.mesh();
      return {lines: meshLines(mesh, cursor.top, cursor.index, width, height - 1, theme), label: 'WireGuard mesh', count: `${mesh.hosts.length} hosts`, note: gone};
    }
    case 'detail': {
      const items = control.detail(view.ref);
      if (!items) return {lines: ['', paint(theme, fit(`  ${view.ref.label} is gone: it was there when you opened it`, width), 'warn')], label: view.ref.label, count: '', note: undefined};
      return {lines: detailLines(items, cursor.top, cursor.index, width, height, now, theme), label: view.ref.label, count: `${Math.min(items.length, cursor.top + height)}/${items.length}`, note: gone};
    }
    case 'table': {
      const resource = control.resource(view.resource);
      if (!resource) return {lines: [`  there is no table of ${view.resource}`], label: view.resource, count: '', note: undefined};
      return tableBody(control, resource, cursor, gone, now, theme, memory);
    }
  }
}

function panelBody(control: Control, panel: 'help' | 'log', top: number, theme: Theme): Body {
  const {size} = control.state;
  const height = bodyHeight(size);
  if (panel === 'help') {
    const lines = helpLines(control.parts.commands, size.columns, theme);
    return {lines: lines.slice(top, top + height), label: 'Keys', count: `${Math.min(top + height, lines.length)}/${lines.length}`, note: undefined};
  }
  const log = control.parts.source.commandLog();
  return {lines: logLines(log, size.columns, theme).slice(top, top + height), label: 'Commands sent', count: `${log.length} kept`, note: undefined};
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
  const {lines, hidden} = tableLines({
    resource, rows, theme, now, height, width, top: cursor.top, cursor: cursor.index, wide: state.wide, order: table.order, choosing: mode.kind === 'sort',
    seen: memory.widths(resource.name, size.columns),
  });
  const row = beside && cursor.index >= 0 && cursor.index < rows.length ? rows.at(cursor.index) : undefined;
  const pane = row === undefined ? [] : detailLines(detailItems(resource, row, control.fabric, now), 0, -1, paneWidth, height + 1, now, theme);
  const total = `${rows.total.toLocaleString('en')} row${rows.total === 1 ? '' : 's'}`;
  const shown = rows.length === rows.total ? total : `${rows.length.toLocaleString('en')} of ${total}`;
  const counts = [shown, hidden > 0 ? `${hidden} columns hidden` : '', table.filter ? `filter ${table.filter}` : '', crumb].filter(Boolean);
  const empty = rows.total === 0 ? ['', '  nothing to show: none were read'] : rows.length === 0 ? ['', '  no row matches the filter; Esc clears it'] : undefined;
  return {
    lines: empty ? [lines[0] ?? '', ...empty.map((line) => paint(theme, fit(line, width), 'muted'))] : beside ? lines.map((line, i) => `${line}${paint(theme, '│', 'muted')}${pane[i] ?? ''}`) : lines,
    label: resource.title,
    count: counts.join('  '),
    note: gone ?? rows.note,
  };
}
