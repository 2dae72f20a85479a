/** A trace as lines of text with tones: one form for the command line and for the screen. Pure. */
import {stampFreshness, type Stamp} from '../model/reading.ts';
import type {Tone} from '../model/tone.ts';
import type {Hop, HopVerdict, Leg, Trace} from '../model/trace.ts';
import {age} from '../text/age.ts';

export interface TraceSpan {
  readonly text: string;
  readonly tone: Tone;
}
export interface TraceLine {
  readonly kind: 'title' | 'leg' | 'hop' | 'evidence' | 'missing' | 'note' | 'blank';
  readonly indent: number; // columns
  readonly spans: readonly TraceSpan[];
  /** Which hop the line belongs to, for a cursor: direction and index. */
  readonly hop?: {readonly leg: 'there' | 'back'; readonly index: number};
}

const marks: Readonly<Record<HopVerdict, string>> = {ok: '+', breaks: 'X', limits: '!', unknown: '?'};
const tones: Readonly<Record<HopVerdict, Tone>> = {ok: 'ok', breaks: 'bad', limits: 'warn', unknown: 'unknown'};
const words: Readonly<Record<HopVerdict, string>> = {ok: '', breaks: 'BREAKS: ', limits: 'LIMITS: ', unknown: 'UNKNOWN: '};

export interface LineOptions {
  /** `broken`: only of what is not ok; `all`; `none`. */
  readonly evidence?: 'broken' | 'all' | 'none';
}

export function traceLines(trace: Trace, now: number, {evidence = 'broken'}: LineOptions = {}): readonly TraceLine[] {
  const tone: Tone = trace.reaches === 'no' ? 'bad' : trace.reaches === 'unknown' ? 'unknown' : trace.there.full === 'no' || trace.back.full === 'no' ? 'warn' : 'ok';
  return [
    {kind: 'title', indent: 0, spans: [{text: trace.says, tone}]},
    {kind: 'note', indent: 0, spans: [{text: `VNI ${trace.vni}; small packets: ${trace.reaches}; full size: ${trace.reachesFull}; path MTU: ${trace.mtu === undefined ? 'not known' : `${trace.mtu} B`}`, tone: 'plain'}]},
    ...trace.notes.map((text): TraceLine => ({kind: 'note', indent: 0, spans: [{text, tone: 'muted'}]})),
    ...legLines(trace.there, 'there', now, evidence),
    ...legLines(trace.back, 'back', now, evidence),
    ...(trace.missing.length > 0 ? [blank, {kind: 'missing', indent: 0, spans: [{text: 'Not read:', tone: 'unknown'}]} satisfies TraceLine] : []),
    ...trace.missing.map(({source, probe, why}): TraceLine => ({kind: 'missing', indent: 2, spans: [{text: `${source} ${probe}: ${why}`, tone: 'unknown'}]})),
    ...(trace.blind.length > 0 ? [blank, {kind: 'note', indent: 0, spans: [{text: 'Not looked at:', tone: 'muted'}]} satisfies TraceLine] : []),
    ...trace.blind.map((text): TraceLine => ({kind: 'note', indent: 2, spans: [{text, tone: 'muted'}]})),
  ];
}

const blank: TraceLine = {kind: 'blank', indent: 0, spans: []};

function legLines(leg: Leg, name: 'there' | 'back', now: number, evidence: LineOptions['evidence']): readonly TraceLine[] {
  const tone: Tone = leg.passes === 'no' ? 'bad' : leg.passes === 'unknown' ? 'unknown' : leg.full === 'no' ? 'warn' : 'ok';
  const state = leg.passes === 'no' ? 'breaks' : leg.passes === 'unknown' ? 'not known' : `up to ${leg.mtu ?? '?'} B${leg.full === 'no' ? ` of ${leg.senderMtu} B` : ''}`;
  const width = Math.min(24, Math.max(0, ...leg.hops.map((hop) => whereOf(hop).length)));
  return [
    blank,
    {kind: 'leg', indent: 0, spans: [{text: `${leg.from} > ${leg.to}: `, tone: 'accent'}, {text: state, tone}]},
    ...leg.hops.flatMap((hop, index): readonly TraceLine[] => {
      const at = {leg: name, index} as const;
      const limit = leg.limitedBy === index;
      const verdict = hop.verdict === 'ok' && limit ? 'limits' : hop.verdict;
      const shown = evidence === 'all' || (evidence === 'broken' && verdict !== 'ok');
      const hopTone = hop.decides || verdict === 'ok' ? tones[verdict] : 'muted';
      return [
        {kind: 'hop', indent: 2, hop: at, spans: [{text: `${hop.decides ? marks[verdict] : '-'} `, tone: hopTone}, {text: `${hop.kind.padEnd(9)} `, tone: 'muted'}, {text: `${whereOf(hop).padEnd(width)}  `, tone: 'plain'}, {text: `${hop.decides ? words[verdict] : ''}${hop.says}${limit && hop.mtu !== undefined ? ` (limits to ${hop.mtu} B)` : ''}`, tone: hopTone === 'ok' ? 'plain' : hopTone}]},
        ...(shown ? hop.evidence : []).map((one): TraceLine => ({kind: 'evidence', indent: 14, hop: at, spans: [{text: `${one.text}${one.stamp ? ` (${stampText(one.stamp, now)})` : ''}`, tone: 'muted'}]})),
      ];
    }),
  ];
}

const whereOf = ({host, what}: Hop): string => (host === undefined || host === what ? what : `${host} ${what}`);

function stampText(stamp: Stamp, now: number): string {
  const state = stampFreshness(stamp, now);
  return `${stamp.source} ${stamp.probe}, ${stamp.at === undefined ? 'never read' : read(now - stamp.at)}${state === 'stale' ? ', stale' : ''}`;
}

const read = (ms: number): string => (ms < 1000 ? 'just read' : `read ${age(ms)} ago`);

/** Lines as plain text: what a pipe gets. */
export const plainLines = (lines: readonly TraceLine[]): string => `${lines.map(({indent, spans}) => `${' '.repeat(indent)}${spans.map(({text}) => text).join('')}`.trimEnd()).join('\n')}\n`;
