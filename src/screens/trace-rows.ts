/** A trace as rows of the screen: both directions side by side where there is room, else one above the other. Pure. */
import type {RowRef} from '../model/finding.ts';
import type {Tone} from '../model/tone.ts';
import type {Trace} from '../model/trace.ts';
import {widthOf} from '../text/width.ts';
import {traceLines, type TraceLine, type TraceSpan} from '../trace/lines.ts';
import {wrapHard} from '../components/wrap.ts';
import {withResults, type Probed} from './trace-answers.ts';

export interface TracePart {
  readonly spans: readonly TraceSpan[];
  readonly row: RowRef | undefined; // of the hop
}
/** One line of the terminal: over its whole width, or a half for each direction. */
export type TraceRow =
  | {readonly kind: 'whole'; readonly part: TracePart}
  | {readonly kind: 'halves'; readonly there: TracePart; readonly back: TracePart};

export const traceColumnsFrom = 140;
const nothing: TracePart = {spans: [], row: undefined};

export function traceRows(trace: Trace, now: number, width: number, evidence: 'broken' | 'all', probed?: Probed): readonly TraceRow[] {
  const told = traceLines(trace, now, {evidence});
  const lines = probed ? withResults(told, trace, probed, now) : told;
  const whole = (some: readonly TraceLine[], room: number): readonly TracePart[] => some.flatMap((line) => wrapped(line, trace, room));
  if (width < traceColumnsFrom) return whole(lines, width).map((part) => ({kind: 'whole', part}));
  const [first = 0, second = 0] = lines.flatMap(({kind}, i) => (kind === 'leg' ? [i] : []));
  const end = lines.findIndex(({kind}, i) => i > second && kind !== 'hop' && kind !== 'evidence');
  const after = end < 0 ? lines.length : end;
  const half = Math.floor((width - 1) / 2);
  const there = whole(lines.slice(first, second - 1), half);
  const back = whole(lines.slice(second, after), half);
  return [
    ...whole(lines.slice(0, first), width).map((part): TraceRow => ({kind: 'whole', part})),
    ...Array.from({length: Math.max(there.length, back.length)}, (_, i): TraceRow => ({kind: 'halves', there: there[i] ?? nothing, back: back[i] ?? nothing})),
    ...whole(lines.slice(after), width).map((part): TraceRow => ({kind: 'whole', part})),
  ];
}

/** One line in as many as it takes, with its tones; what goes on is set in under the text of its hop. */
function wrapped({kind, indent, spans, hop}: TraceLine, trace: Trace, width: number): readonly TracePart[] {
  const row = hop && trace[hop.leg].hops[hop.index]?.row;
  const hang = Math.min(kind === 'hop' ? 14 : indent + 2, Math.floor(width / 3));
  const lines: TraceSpan[][] = [[{text: ' '.repeat(indent), tone: 'plain'}]];
  let used = indent;
  const put = (text: string, tone: Tone): void => {
    lines.at(-1)?.push({text, tone});
    used += widthOf(text);
  };
  for (const {text, tone} of spans) {
    for (const word of text.split(/(?<= )/)) {
      if (used + widthOf(word.trimEnd()) <= width) {
        put(word, tone);
        continue;
      }
      for (const piece of wrapHard(word, Math.max(1, width - hang))) {
        lines.push([{text: ' '.repeat(hang), tone: 'plain'}]);
        used = hang;
        put(piece, tone);
      }
    }
  }
  return lines.map((line) => ({spans: withoutEnd(line), row}));
}

/** The space after the last word of a line has no room: with it the word would be cut. */
const withoutEnd = (line: readonly TraceSpan[]): readonly TraceSpan[] => line.map((span, i) => (i === line.length - 1 ? {...span, text: span.text.trimEnd()} : span));
