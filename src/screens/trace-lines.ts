/** Rows of a trace, painted. Pure. */
import {cut, widthOf} from '../text/width.ts';
import {inverse, paint, type Theme} from '../theme/theme.ts';
import type {TracePart, TraceRow} from './trace-rows.ts';

export function traceText(rows: readonly TraceRow[], top: number, cursor: number, side: 'there' | 'back', width: number, height: number, theme: Theme): readonly string[] {
  return rows.slice(top, top + height).map((row, i) => {
    const at = top + i === cursor;
    if (row.kind === 'whole') return marked(row.part, width, at, theme);
    const half = Math.floor((width - 1) / 2);
    return `${marked(row.there, half, at && side === 'there', theme)}${paint(theme, '│', 'muted')}${marked(row.back, width - half - 1, at && side === 'back', theme)}`;
  });
}

function marked({spans}: TracePart, width: number, at: boolean, theme: Theme): string {
  let room = width - 1;
  let text = '';
  for (const span of spans) {
    const shown = cut(span.text, room);
    room -= widthOf(shown);
    text += paint(theme, shown, span.tone);
  }
  const line = text + ' '.repeat(Math.max(0, room));
  return at ? inverse(theme, `▸${line}`) : ` ${line}`;
}
