/** A resource's rows as text: with borders on a terminal, as plain columns in a pipe, under TERM=dumb, or when they are many. */
import type {Column} from '../../rows/resource.ts';
import type {Io} from '../io.ts';
import {fit} from './fit.ts';
import {plainTable} from './plain.ts';

const boxedRows = 200; // ink-table costs about 1.5 ms a row

export async function tableText<Row>(io: Io, columns: readonly Column<Row>[], rows: readonly Row[], now: number, options: {readonly plain?: boolean; readonly full?: boolean} = {}): Promise<string> {
  const width = (io.stdout as {columns?: number}).columns ?? 80;
  const terminal = Boolean((io.stdout as {isTTY?: boolean}).isTTY) && io.env['TERM'] !== 'dumb';
  if (!terminal || options.plain || rows.length > boxedRows) {
    // A pipe gets every character; only a terminal has an edge.
    const table = terminal && !options.full ? fit(columns, rows, now, width, 2) : {header: columns.map((c) => c.title), rows: rows.map((row) => columns.map((c) => c.cell(row, now)))};
    return `${plainTable(table.header, table.rows.map((cells) => cells.map((cell) => cell.text)))}\n`;
  }
  const table = fit(columns, rows, now, width, 3);
  const {boxedTable} = await import('./boxed.tsx');
  const {toneColor} = await import('../../theme/tones.ts');
  return `${boxedTable(table.header, table.rows, {color: colors(io) ? toneColor : undefined, columns: width})}\n`;
}

/** NO_COLOR (any non-empty value), FORCE_COLOR, TERM=dumb, then: is it a terminal? */
export function colors(io: Io): boolean {
  if (io.env['NO_COLOR']) return false;
  if (io.env['FORCE_COLOR'] && io.env['FORCE_COLOR'] !== '0') return true;
  return Boolean((io.stdout as {isTTY?: boolean}).isTTY) && io.env['TERM'] !== 'dumb';
}
