/** Makes a table fit a terminal: less important columns go first, then the widest cells are cut. Pure. */
import {cut, widthOf} from '../../text/width.ts';
import type {Cell, Column} from '../../rows/resource.ts';

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** `frame`: what borders and padding cost per column. */
export function fit<Row>(columns: readonly Column<Row>[], rows: readonly Row[], now: number, width: number, frame: number): Table {
  let kept = columns.map((column) => ({column, cells: rows.map((row) => column.cell(row, now))}));
  const natural = (entry: (typeof kept)[number]): number =>
    Math.max(widthOf(entry.column.title), Math.min(entry.column.max ?? Infinity, Math.max(0, ...entry.cells.map((cell) => widthOf(cell.text)))));
  const total = (): number => kept.reduce((sum, entry) => sum + natural(entry) + frame, 1);
  for (const rank of [2, 1] as const) {
    while (total() > width) {
      const last = kept.findLastIndex((entry) => entry.column.rank === rank);
      if (last === -1) break;
      kept = kept.filter((_, i) => i !== last);
    }
  }
  const widths = kept.map(natural);
  let excess = widths.reduce((sum, w) => sum + w + frame, 1) - width;
  while (excess > 0) {
    // Cut where it hurts least: the widest column that is still above its minimum.
    let widest = -1;
    for (const [i, w] of widths.entries()) {
      const least = kept[i]?.column.min ?? 4;
      if (w > least && (widest === -1 || w > (widths[widest] ?? 0))) widest = i;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return {
    header: kept.map((entry, i) => cut(entry.column.title, widths[i] ?? 0)),
    rows: rows.map((_, r) => kept.map((entry, i) => ({...(entry.cells[r] as Cell), text: cut(entry.cells[r]?.text ?? '', widths[i] ?? 0)}))),
  };
}
