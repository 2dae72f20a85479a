/** A row's detail as lines: each value with its age and origin, then what it is related to. Pure. */
import {fit} from '../components/table/lines.ts';
import {stampFreshness, type Stamp} from '../model/reading.ts';
import {wrapWords} from '../components/wrap.ts';
import {age, clock} from '../text/age.ts';
import {widthOf} from '../text/width.ts';
import {bold, inverse, paint, type Theme} from '../theme/theme.ts';
import type {DetailItem} from './detail-items.ts';

const sides = 4; // before a name, and between it and its value

const namesWidth = (items: readonly DetailItem[], width: number): number => Math.min(26, Math.floor(width / 3), Math.max(8, ...items.map((item) => (item.kind === 'line' ? item.name.length : 0))));
/** So much of an origin is shown whatever the value: its age and where it is from stand first in it. */
const originAtLeast = (origin: string, width: number): number => Math.min(origin.length, Math.floor(width / 3));

/** Values that are longer than their line in as many lines as they take: what is cut cannot be read anywhere else. */
export function wrapValues(items: readonly DetailItem[], width: number, now: number): readonly DetailItem[] {
  const names = namesWidth(items, width);
  return items.flatMap((item): readonly DetailItem[] => {
    if (item.kind !== 'line') return [item];
    const origin = item.stamp ? originOf(item.stamp, now) : '';
    const room = width - 1 - names - sides - (origin ? originAtLeast(origin, width - 1) + 1 : 0);
    if (widthOf(item.value.text) <= room || room < 10) return [item];
    return wrapWords(item.value.text, room).map((part, i) => (i === 0 ? {...item, part} : {...item, part, id: `${item.id}+${i}`, name: '', stamp: undefined}));
  });
}

export function detailLines(items: readonly DetailItem[], top: number, cursor: number, width: number, height: number, now: number, theme: Theme): readonly string[] {
  const names = namesWidth(items, width);
  return items.slice(top, top + height).map((item, i) => {
    const line = itemLine(item, names, width - 1, now, theme);
    return top + i === cursor ? inverse(theme, `▸${line}`) : ` ${line}`;
  });
}

function itemLine(item: DetailItem, names: number, width: number, now: number, theme: Theme): string {
  switch (item.kind) {
    case 'title':
      return bold(theme, fit(item.title, width));
    case 'relation':
      return paint(theme, fit(`  → ${item.label}`, width), item.tone);
    case 'text':
      return paint(theme, fit(item.text, width), item.tone);
    case 'line': {
      const origin = item.stamp ? originOf(item.stamp, now) : '';
      const room = Math.max(0, width - names - sides);
      const own = item.part ?? item.value.text;
      const originWidth = origin ? Math.min(origin.length, Math.max(originAtLeast(origin, width), room - widthOf(own) - 1)) : 0;
      const stale = item.stamp !== undefined && stampFreshness(item.stamp, now) !== 'fresh';
      const {tone = 'plain'} = item.value;
      const value = fit(own, Math.max(0, room - (origin ? originWidth + 1 : 0)));
      return `  ${paint(theme, fit(item.name, names), 'muted')}  ${paint(theme, value, stale && (tone === 'plain' || tone === 'ok') ? 'stale' : tone)}${origin ? ` ${paint(theme, fit(origin, originWidth, 'right'), stale ? 'stale' : 'muted')}` : ''}`;
    }
  }
}

function originOf(stamp: Stamp, now: number): string {
  if (stamp.at === undefined) return `never read, ${stamp.source} ${stamp.probe}`;
  const when = stampFreshness(stamp, now) === 'stale' ? `as of ${clock(stamp.at)}` : age(now - stamp.at);
  return `${when}, ${stamp.source} ${stamp.probe}`;
}
