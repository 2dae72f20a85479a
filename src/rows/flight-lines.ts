/** A flight as lines of text with tones: one form for the command line and for a screen, for any width. Pure. */
import type {Flight, FlightEvent, FlightKind} from '../model/flight.ts';
import type {Tone} from '../model/tone.ts';
import {cut, widthOf} from '../text/width.ts';

export interface FlightSpan {
  readonly text: string;
  readonly tone: Tone;
}
export interface FlightLine {
  readonly kind: 'title' | 'head' | 'phase' | 'event' | 'condition' | 'blank';
  readonly indent: number; // columns
  readonly spans: readonly FlightSpan[];
  readonly event?: number; // index into the flight's events, of its first line
}

const blank: FlightLine = {kind: 'blank', indent: 0, spans: []};
const plain = (kind: FlightLine['kind'], indent: number, text: string, tone: Tone = 'plain'): FlightLine => ({kind, indent, spans: [{text, tone}]});
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const statusTone = (flight: Flight): Tone => (flight.status === 'done' ? 'ok' : flight.status === undefined || flight.status === 'uncertain' ? 'unknown' : flight.status === 'unverified' && !flight.verified.some(({outcome}) => outcome === 'fail') ? 'unknown' : 'bad');
export const statusWord = ({status}: Flight): string => status ?? 'cut off';

/** What is told of it in one line: for lists. */
export const flightTitle = ({vm, from, to, live}: Flight): string => `VM ${vm.id} ${vm.name}: ${from} > ${to}${live ? ', live' : ''}`;

const kindTone: Readonly<Record<FlightKind, Tone>> = {state: 'accent', step: 'muted', route: 'plain', fdb: 'plain', link: 'muted', ping: 'plain', watch: 'muted'};
const toneOf = ({kind, text}: FlightEvent): Tone => (/does not answer|not heard any more|no answer/.test(text) ? 'bad' : /again after|a duplicate|ERROR/.test(text) ? 'warn' : kindTone[kind]);
const conditionTone: Readonly<Record<'pass' | 'fail' | 'warn' | 'unknown', Tone>> = {pass: 'ok', fail: 'bad', warn: 'warn', unknown: 'unknown'};
const conditionWord = {pass: 'ok', fail: 'FAIL', warn: 'WARN', unknown: '?'} as const;

/** `width`: columns of the terminal; text that is longer goes on in the next line, under itself. */
export function flightLines(flight: Flight, width: number): readonly FlightLine[] {
  const {startedAt, endedAt, says, downtime, verified, events} = flight;
  const at = new Date(startedAt).toISOString().slice(0, 19).replace('T', ' ');
  return [
    ...wrapped(`${flightTitle(flight)}: ${statusWord(flight)}`, width).map((text) => plain('title', 0, text, statusTone(flight))),
    ...wrapped(`run ${flight.run}, began ${at} UTC${endedAt === undefined ? '' : `, took ${seconds(endedAt - startedAt)}`}`, width - 2).map((text) => plain('head', 2, text, 'muted')),
    ...wrapped(says, width - 2).map((text) => plain('head', 2, text, statusTone(flight))),
    ...wrapped(`not reached: ${downtime ? downtime.says : 'not measured'}`, width - 2).map((text) => plain('head', 2, text, downtime ? 'plain' : 'unknown')),
    ...phaseLines(flight, width),
    ...(events.length > 0 ? [blank, ...eventLines(events, width)] : []),
    ...(verified.length > 0 ? [blank, plain('head', 0, 'Verified', 'accent')] : []),
    ...verified.flatMap(({outcome, name, says: words}) => wrapped(`${name}: ${words}`, width - 7).map((text, line): FlightLine => ({kind: 'condition', indent: 2, spans: [{text: (line === 0 ? conditionWord[outcome] : '').padEnd(5), tone: conditionTone[outcome]}, {text, tone: outcome === 'pass' ? 'plain' : conditionTone[outcome]}]}))),
  ];
}

/** One bar for each phase, all on the axis of the flight. */
function phaseLines({phases}: Flight, width: number): readonly FlightLine[] {
  const end = Math.max(...phases.map(({toMs}) => toMs), 0);
  if (end === 0) return [];
  const name = Math.max(...phases.map((phase) => widthOf(phase.name)));
  const bar = Math.min(60, width - 2 - name - 2 - 18);
  if (width < 2 + name + 2 + 16) return [blank, ...phases.flatMap(({name: called, fromMs, toMs}) => wrapped(`${called}: ${seconds(fromMs)} to ${seconds(toMs)}`, width - 2).map((text) => plain('phase', 2, text)))];
  return [blank, ...phases.map(({name: called, fromMs, toMs}): FlightLine => {
    const from = Math.min(bar - 1, Math.floor((fromMs / end) * bar));
    const length = Math.max(1, Math.min(bar - from, Math.round(((toMs - fromMs) / end) * bar)));
    const drawn: readonly FlightSpan[] = bar < 10 ? [] : [{text: `${' '.repeat(from)}${'='.repeat(length)}${' '.repeat(Math.max(0, bar - from - length))}  `, tone: 'accent'}];
    return {kind: 'phase', indent: 2, spans: [{text: `${called.padEnd(name)}  `, tone: 'plain'}, ...drawn, {text: `${seconds(fromMs).padStart(7)} to ${seconds(toMs)}`, tone: 'muted'}]};
  })];
}

function eventLines(events: readonly FlightEvent[], width: number): readonly FlightLine[] {
  const source = Math.min(20, Math.max(...events.map((event) => widthOf(event.source))));
  const kind = 5;
  const before = 2 + 9 + 2 + source + 2 + kind + 2;
  const narrow = width - before < 24;
  const ordered = events.map((event, index) => ({event, index})).sort((a, b) => a.event.atMs - b.event.atMs);
  return ordered.flatMap(({event, index}) => {
    const {atMs, source: from, kind: what, text} = event;
    const tone = toneOf(event);
    const time = `${(atMs / 1000).toFixed(2)} s`.padStart(9);
    // Where there is no room for columns the text has a line of its own.
    if (narrow) return [{kind: 'event' as const, indent: 0, event: index, spans: [{text: `${time}  `, tone: 'muted' as const}, {text: cut(from, Math.max(4, width - 11)), tone: 'plain' as const}]}, ...wrapped(text, width - 4).map((part) => plain('event', 4, part, tone))];
    return wrapped(text, width - before).map((part, line): FlightLine => line === 0
      ? {kind: 'event', indent: 2, event: index, spans: [{text: `${time}  `, tone: 'muted'}, {text: `${cut(from, source).padEnd(source)}  `, tone: 'plain'}, {text: `${what.padEnd(kind)}  `, tone: 'muted'}, {text: part, tone}]}
      : plain('event', before, part, tone));
  });
}

/** At blanks; a word that is longer than the line is cut into pieces. Always one line at least. */
function wrapped(text: string, width: number): readonly string[] {
  const room = Math.max(8, width);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (widthOf(next) <= room) {
      line = next;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = word;
    while (widthOf(rest) > room) {
      const piece = cut(rest, room + 1).slice(0, -1) || rest.slice(0, 1);
      lines.push(piece);
      rest = rest.slice(piece.length);
    }
    line = rest;
  }
  return [...lines, line];
}

export const plainFlight = (lines: readonly FlightLine[]): string => `${lines.map(({indent, spans}) => `${' '.repeat(indent)}${spans.map(({text}) => text).join('')}`.trimEnd()).join('\n')}\n`;
