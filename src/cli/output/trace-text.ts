/** A trace's lines for a terminal or a pipe: the same words; colours only where they are wanted. */
import type {Tone} from '../../model/tone.ts';
import {plainLines, type TraceLine} from '../../trace/lines.ts';

const codes: Readonly<Record<Tone, string>> = {ok: '32', warn: '33', bad: '31;1', unknown: '35', stale: '90', muted: '90', plain: '', accent: '36'};

export function traceText(lines: readonly TraceLine[], colored: boolean): string {
  if (!colored) return plainLines(lines);
  const paint = (text: string, tone: Tone): string => (codes[tone] === '' ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`);
  return `${lines.map(({indent, spans}) => `${' '.repeat(indent)}${spans.map(({text, tone}) => paint(text, tone)).join('')}`).join('\n')}\n`;
}
