/** A table as painted lines of exactly the given width: the one place where rows become text. Pure. */
import type {Cell, Tone} from '../../rows/resource.ts';
import {stampFreshness} from '../../model/reading.ts';
import {cut, widthOf} from '../../text/width.ts';
import {bold, glyph, inverse, paint, type Theme} from '../../theme/theme.ts';
import {layoutColumns, type Layout} from './columns.ts';
import type {RowList} from './row-list.ts';
import type {TableShape} from './shape.ts';
import type {Order} from './sort.ts';

export const fit = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const short = cut(text, width);
  const room = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'right' ? room + short : short + room;
};

export interface TableView {
  readonly resource: TableShape;
  readonly rows: RowList;
  readonly top: number;
  readonly cursor: number; // index, -1: none
  readonly height: number; // lines for rows, the header not counted
  readonly width: number;
  readonly wide: boolean;
  readonly page?: number | undefined; // of columns
  readonly order: Order | undefined;
  readonly choosing: boolean; // the sort column is being chosen
  readonly now: number;
  readonly theme: Theme;
  /** The worst finding that concerns a row, as a tone; undefined: none does. */
  readonly marker?: (row: unknown) => Tone | undefined;
  /** Widest texts seen so far per column, so that columns do not jump while scrolling; updated here. */
  readonly seen: number[];
}

const margin = 5; // cursor, tone, finding, a space, and one on the right

/** Header and `height` lines. */
export function tableLines(view: TableView): {lines: readonly string[]; layout: Layout} {
  const {resource, rows, now} = view;
  const visible: {cells: readonly Cell[]; row: unknown; index: number}[] = [];
  for (let index = view.top; index < Math.min(rows.length, view.top + view.height); index++) {
    const row = rows.at(index);
    visible.push({row, index, cells: resource.columns.map((column) => column.cell(row, now))});
  }
  resource.columns.forEach((column, i) => {
    const sorted = view.order?.column === column.id ? widthOf(column.title) + 2 : 0;
    view.seen[i] = visible.reduce((widest, {cells}) => Math.max(widest, widthOf(cells[i]?.text ?? '')), Math.max(view.seen[i] ?? 0, sorted));
  });
  const layout = layoutColumns(resource.columns, view.seen, view.width - margin, view.wide, view.page);
  const lines = [headerLine(view, layout)];
  for (const {row, cells, index} of visible) lines.push(rowLine(view, layout, row, cells, index === view.cursor));
  while (lines.length < view.height + 1) lines.push(' '.repeat(view.width));
  return {lines, layout};
}

function headerLine({resource, order, choosing, theme, width}: TableView, layout: Layout): string {
  let used = margin - 1;
  const parts = layout.columns.map((at, i) => {
    const column = resource.columns[at];
    const sorted = order !== undefined && order.column === column?.id;
    const text = fit(`${column?.title ?? ''}${sorted ? (order.descending ? ' ↓' : ' ↑') : ''}`, layout.widths[i] ?? 0, column?.align);
    used += (layout.widths[i] ?? 0) + (i > 0 ? layout.gap : 0);
    return sorted && choosing ? inverse(theme, text) : sorted ? paint(theme, text, 'accent') : text;
  });
  return bold(theme, `    ${parts.join(' '.repeat(layout.gap))}${' '.repeat(Math.max(0, width - used))}`);
}

function rowLine({resource, theme, now, width, marker}: TableView, layout: Layout, row: unknown, cells: readonly Cell[], selected: boolean): string {
  const tone = resource.tone(row, now);
  const old = resource.stamps(row).some((stamp) => stampFreshness(stamp, now) !== 'fresh');
  let used = margin - 1;
  const parts = layout.columns.map((at, i) => {
    const {text, tone: own = 'plain'} = cells[at] ?? {text: ''};
    const cellWidth = layout.widths[i] ?? 0;
    used += cellWidth + (i > 0 ? layout.gap : 0);
    return paint(theme, fit(text, cellWidth, resource.columns[at]?.align), old && (own === 'plain' || own === 'ok') ? 'stale' : own);
  });
  const mark = marker?.(row);
  const body = `${paint(theme, glyph(theme, tone), tone)}${mark ? paint(theme, glyph(theme, mark), mark) : ' '} ${parts.join(' '.repeat(layout.gap))}${' '.repeat(Math.max(0, width - used))}`;
  return selected ? inverse(theme, `▸${body}`) : ` ${body}`;
}

/** "3 more columns: >", or which page of them this is. Empty: all are shown. */
export const columnsText = ({more, page, pages}: Layout, key: string): string => (page > 0 ? `columns ${page + 1} of ${pages}` : more > 0 ? `${more} more column${more === 1 ? '' : 's'}: ${key}` : '');
