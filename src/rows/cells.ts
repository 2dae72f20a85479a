/** The few ways in which a cell is written: a value, no value, an age, a state. */
import {age, clock} from '../text/age.ts';
import {stampFreshness, type Observation, type Stamp} from '../model/reading.ts';
import type {Cell, DetailSection, Tone} from './resource.ts';

export const cell = (text: string | number, tone?: Tone): Cell => (tone ? {text: String(text), tone} : {text: String(text)});

/** There is no value, and nobody knows: not a zero, not a dash for "none". */
export const unknown: Cell = {text: '?', tone: 'unknown'};
/** There is none, and that is known. */
export const none: Cell = {text: '-', tone: 'muted'};

export const orUnknown = (value: string | number | undefined, tone?: Tone): Cell => (value === undefined || value === '' ? unknown : cell(value, tone));
export const orNone = (value: string | number | undefined, tone?: Tone): Cell => (value === undefined || value === '' ? none : cell(value, tone));

/** How old the reading behind a row is: "3s", or "as of 14:03:22" once it is stale. */
export function readCell(stamps: readonly Stamp[], now: number): Cell {
  const oldest = oldestStamp(stamps);
  if (oldest?.at === undefined) return {text: 'never', tone: 'unknown'};
  return stampFreshness(oldest, now) === 'stale' ? {text: `as of ${clock(oldest.at)}`, tone: 'stale'} : {text: age(now - oldest.at), tone: 'muted'};
}

export function oldestStamp(stamps: readonly Stamp[]): Stamp | undefined {
  return stamps.reduce<Stamp | undefined>((oldest, stamp) => (!oldest || (stamp.at ?? 0) < (oldest.at ?? 0) ? stamp : oldest), undefined);
}

/** A row is no better than its readings: what was fine when last seen is now only stale; never read is unknown. */
export function tempered(tone: Tone, stamps: readonly Stamp[], now: number): Tone {
  if (stamps.some((stamp) => stampFreshness(stamp, now) === 'never')) return tone === 'bad' ? 'bad' : 'unknown';
  if (stamps.some((stamp) => stampFreshness(stamp, now) === 'stale')) return tone === 'bad' ? 'bad' : 'stale';
  return tone;
}

/** "never: bgpd is not running", for a reading that has no value or no fresh one. */
export function problemText(observation: Observation<unknown> | undefined): string | undefined {
  return observation?.problem ? `${observation.problem.kind}: ${observation.problem.detail}` : undefined;
}

/** Detail lines without the ones that have nothing to say. */
export function section(title: string, lines: readonly (readonly [name: string, value: Cell, stamp?: Stamp] | undefined)[]): DetailSection {
  return {
    title,
    lines: lines.flatMap((line) => (line ? [line[2] ? {name: line[0], value: line[1], stamp: line[2]} : {name: line[0], value: line[1]}] : [])),
  };
}

const weight: Readonly<Record<Tone, number>> = {bad: 0, warn: 1, unknown: 2, stale: 3, accent: 4, ok: 5, plain: 6, muted: 7};
/** For sorting by state: what needs a look first. */
export const toneWeight = (tone: Tone): number => weight[tone];
export const worst = (tones: readonly Tone[]): Tone => tones.reduce<Tone>((a, b) => (weight[b] < weight[a] ? b : a), 'muted');
