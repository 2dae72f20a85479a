/** Overview as lines: the causes, health by layer, the map, what is not known, what has happened. Pure. */
import {flatten} from '../checks/fold.ts';
import {topologyLines} from '../components/topology.ts';
import {fit} from '../components/table/lines.ts';
import {wrapWords} from '../components/wrap.ts';
import type {Fabric} from '../model/fabric.ts';
import type {Finding} from '../model/finding.ts';
import {stamp, stampFreshness, type Stamp} from '../model/reading.ts';
import {oldestStamp, worst} from '../rows/cells.ts';
import {unread, type Layer} from '../rows/health.ts';
import {age, clock} from '../text/age.ts';
import {cut, widthOf} from '../text/width.ts';
import {bold, glyph, inverse, paint, type Theme} from '../theme/theme.ts';
import {eventTone, layerOf, toneOf, withoutCauses, wordOf, type FindingEvent, type Judged} from './judged.ts';

/** What does not move with the cursor: made once per fabric and second. */
export interface OverviewParts {
  readonly map: readonly string[];
  readonly readings: readonly string[];
}
const beside = (width: number): boolean => width >= 110; // the map beside the layers when there is room
const leftWidth = (width: number): number => (!beside(width) ? width : width >= 150 ? Math.floor(width * 0.45) : 52);

export function overviewParts(fabric: Fabric, width: number, now: number, theme: Theme): OverviewParts {
  const mapWidth = beside(width) ? width - leftWidth(width) - 1 : width;
  return {map: [bold(theme, ' Topology'), ...topologyLines(fabric, now, mapWidth, theme)], readings: freshnessLines(fabric, now, width, theme)};
}

export interface OverviewView {
  readonly parts: OverviewParts;
  readonly layers: readonly Layer[];
  readonly causes: readonly Finding[]; // the first few
  readonly judged: Judged | undefined;
  readonly failed: string | undefined; // why there is no diagnosis
  readonly events: readonly FindingEvent[];
  readonly cursor: number; // over causes, then layers
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly theme: Theme;
  /** More about what the cursor is on, in at most so many lines. */
  readonly about?: (height: number) => readonly string[];
}

export function overviewLines(view: OverviewView): readonly string[] {
  const {parts: {map, readings}, layers, causes, judged, cursor, width, height, theme} = view;
  const side = beside(width);
  const left = leftWidth(width);
  const told = causeLines(view);
  const badges = badgesOf(judged);
  const found = foundIn(judged);
  const health = layers.map((layer, i) => layerLine(layer, found.get(layer.id) ?? [], badges.get(layer.id), causes.length + i === cursor, left, theme));
  const room = height - told.length;
  const top = side
    ? Array.from({length: Math.max(health.length, Math.min(map.length, Math.max(health.length, room - 6)))}, (_, i) => `${health[i] ?? ' '.repeat(left)}${paint(theme, '│', 'muted')}${map[i] ?? ''}`)
    : [...health, ...(room > 20 ? [''] : []), ...map.slice(0, Math.max(3, room - health.length - 4))];
  const upper = [...told, ...top, ...(room > 16 ? [''] : []), ...readings];
  return [...upper, ...lowerLines(view, height - upper.length)].slice(0, height);
}

const someEvents = 5;
const aboutAtLeast = 5;

/** What is left of a tall terminal: more about what the cursor is on, and what has happened. */
function lowerLines(view: OverviewView, free: number): readonly string[] {
  const {about, events} = view;
  const room = free - 3 - Math.max(1, Math.min(events.length, someEvents));
  const more = about && room > aboutAtLeast ? about(room - 1) : [];
  const left = free - (more.length > 0 ? more.length + 1 : 0);
  return [...(more.length > 0 ? ['', ...more] : []), ...(left >= 5 ? ['', ...eventLines(view, left - 2)] : [])];
}

function causeLines({causes, judged, failed, cursor, width, now, theme}: OverviewView): readonly string[] {
  if (!judged) return [` ${paint(theme, glyph(theme, 'unknown'), 'unknown')} ${cut(failed === undefined ? 'not judged yet: the first reading is awaited' : `the diagnosis failed: ${failed}`, width - 4)}`];
  const {fail, warn, unknown} = judged.causes;
  if (fail + warn + unknown === 0) {
    const {text, tone} = withoutCauses(judged);
    return wrapWords(text, width - 4).map((line, i) => ` ${i === 0 ? paint(theme, glyph(theme, tone), tone) : ' '} ${line}`);
  }
  const counts = [fail > 0 ? `${fail} fail` : '', warn > 0 ? `${warn} warn` : '', unknown > 0 ? `${unknown} could not be checked` : ''].filter(Boolean).join(', ');
  const more = fail + warn + unknown - causes.length;
  const head = ` ${bold(theme, 'Causes')} ${cut(`${counts}${more > 0 ? '; Findings shows all' : ''}${failed === undefined ? '' : `; not renewed, the diagnosis failed: ${failed}`}`, width - 10)}`;
  return [head, ...causes.map((cause, i) => {
    const explains = countOf(cause);
    const since = cause.since > 0 ? age(now - cause.since) : '';
    const tail = `${explains > 0 ? ` explains ${explains}` : ''}  ${since}`;
    const line = `${paint(theme, glyph(theme, toneOf(cause)), toneOf(cause))} ${paint(theme, fit(wordOf(cause), 4), toneOf(cause))} ${fit(cause.says, Math.max(10, width - 10 - widthOf(tail)))}${paint(theme, tail, 'muted')} `;
    return i === cursor ? inverse(theme, `▸${line}`) : ` ${line}`;
  })];
}

const countOf = ({symptoms}: Finding): number => symptoms.reduce((sum, symptom) => sum + 1 + countOf(symptom), 0);

interface Badge {
  readonly fail: number;
  readonly warn: number;
  readonly says: string; // of its first cause
}

function badgesOf(judged: Judged | undefined): ReadonlyMap<Layer['id'], Badge> {
  const badges = new Map<Layer['id'], Badge>();
  for (const cause of judged?.diagnosis.causes ?? []) {
    if (cause.outcome !== 'fail' && cause.outcome !== 'warn') continue;
    const layer = layerOf(cause);
    const before = badges.get(layer) ?? {fail: 0, warn: 0, says: cause.says};
    badges.set(layer, {...before, [cause.outcome]: before[cause.outcome] + 1});
  }
  return badges;
}

/** All that is found in each layer, symptoms too. */
export function foundIn(judged: Judged | undefined): ReadonlyMap<Layer['id'], readonly Finding[]> {
  const found = new Map<Layer['id'], Finding[]>();
  for (const finding of flatten(judged?.diagnosis.causes ?? [])) {
    const known = found.get(layerOf(finding));
    if (known) known.push(finding);
    else found.set(layerOf(finding), [finding]);
  }
  return found;
}

const badgeWidth = 6;

/** A layer is no better than the worst that was found in it, whatever its rows say each by itself. */
function layerLine(layer: Layer, found: readonly Finding[], badge: Badge | undefined, selected: boolean, width: number, theme: Theme): string {
  const fails = badge && badge.fail > 0 ? `${glyph(theme, 'bad')}${badge.fail}` : '';
  const warns = badge && badge.warn > 0 ? `${glyph(theme, 'warn')}${badge.warn}` : '';
  const blank = ' '.repeat(Math.max(0, badgeWidth - widthOf(fails) - widthOf(warns)));
  const room = Math.max(0, width - 19 - 6 - badgeWidth);
  const tones = found.map(toneOf);
  const tone = found.length === 0 ? layer.tone : worst(layer.tone === 'muted' ? tones : [layer.tone, ...tones]);
  // "6 peers ok" beside a finding would contradict it: what was found is said instead, the cause before symptoms.
  const summary = layer.tone === 'ok' && found[0] ? (badge ?? found.find((one) => toneOf(one) === tone) ?? found[0]).says : badge && room - widthOf(layer.summary) > 12 ? `${layer.summary}: ${badge.says}` : layer.summary;
  const text = `${paint(theme, glyph(theme, tone), tone)} ${fit(layer.title, 11)} ${paint(theme, fit(tone, 8), tone)} ${paint(theme, fails, 'bad')}${paint(theme, warns, 'warn')}${badge ? blank : ''}${fit(summary, badge ? room : room + badgeWidth)} `;
  return selected ? inverse(theme, `▸${text}`) : ` ${text}`;
}

function eventLines({events, width, theme}: OverviewView, room: number): readonly string[] {
  return [bold(theme, ' Events'), ...(events.length === 0 ? [paint(theme, ' nothing was raised or cleared yet', 'muted')] : events.slice(0, room).map((event, _, shown) => {
    const {at, kind, finding} = event;
    const tone = eventTone(event);
    const kinds = Math.max(7, ...shown.map((one) => one.kind.length));
    return ` ${paint(theme, clock(at), 'muted')} ${paint(theme, glyph(theme, tone), tone)} ${fit(kind, kinds)} ${cut(finding.says, width - 14 - kinds)}`;
  }))];
}

const mostAgeLines = 2; // of a fabric of many hosts

/** How old the oldest reading of each source is, the oldest first; what is stale, and what could not be read and why. */
function freshnessLines(fabric: Fabric, now: number, width: number, theme: Theme): readonly string[] {
  const trouble = unread(fabric).map(({source, what}) => ` ${paint(theme, glyph(theme, what.tone ?? 'unknown'), what.tone ?? 'unknown')} ${fit(source, 16)} ${cut(what.text, Math.max(0, width - 21))}`);
  const sources = [...fabric.hosts.values()].map(({spec, readings}) => ({name: spec.name, stamps: Object.values(readings).filter((o) => o.value !== undefined).map(stamp)}));
  if (fabric.cloud) sources.push({name: 'OpenNebula', stamps: Object.values(fabric.cloud.readings).filter((o) => o.value !== undefined).map(stamp)});
  const ages = sources.toSorted((a, b) => (oldestStamp(a.stamps)?.at ?? 0) - (oldestStamp(b.stamps)?.at ?? 0)).map(({name, stamps}) => `${name} ${oldest(stamps, now)}`);
  return [
    ...wrapWords(ages.join(', ') || 'nothing was read yet', Math.max(20, width - 17)).slice(0, trouble.length > 0 ? 1 : mostAgeLines).map((line, i) => `${bold(theme, i === 0 ? ' Oldest reading' : ' '.repeat(15))} ${line}`),
    trouble.length === 0 ? ` ${paint(theme, glyph(theme, 'ok'), 'ok')} everything that was asked for could be read` : bold(theme, ` Not known (${trouble.length})`),
    ...trouble,
  ];
}

function oldest(stamps: readonly Stamp[], now: number): string {
  const first = oldestStamp(stamps);
  if (first?.at === undefined) return 'never';
  return stampFreshness(first, now) === 'stale' ? `as of ${clock(first.at)}` : age(now - first.at);
}
