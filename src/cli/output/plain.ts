/** Columns as plain text: for pipes, files, TERM=dumb and big tables. One header line, two spaces between columns. */

import {widthOf} from '../../text/width.ts';

export function plainTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => rows.reduce((width, row) => Math.max(width, widthOf(row[i] ?? '')), widthOf(title)));
  const line = (cells: readonly string[]): string =>
    cells.map((text, i) => (i === cells.length - 1 ? text : text + ' '.repeat((widths[i] ?? 0) - widthOf(text) + 2))).join('').trimEnd();
  return [header, ...rows].map((cells) => line(cells)).join('\n');
}
