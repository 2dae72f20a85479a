/** A row's detail as lines: each value with its age and origin, then what it is related to. Pure. */
import {fit} from '../components/table/lines.ts';
import {stampFreshness, type Stamp} from '../model/reading.ts';
import {age, clock} from '../text/age.ts';
import {bold, inverse, paint, type Theme} from '../theme/theme.ts';
import type {DetailItem} from './detail-items.ts';

export function detailLines(items: readonly DetailItem[], top: number, cursor: number, width: number, height: number, now: number, theme: Theme): readonly string[] {
  const names = Math.min(26, Math.floor(width / 3), Math.max(8, ...items.map((item) => (item.kind === 'line' ? item.name.length : 0))));
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
      const originWidth = origin ? Math.min(Math.max(origin.length, 12), Math.floor(width / 3)) : 0;
      const stale = item.stamp !== undefined && stampFreshness(item.stamp, now) !== 'fresh';
      const {text, tone = 'plain'} = item.value;
      const value = fit(text, Math.max(0, width - names - 4 - (origin ? originWidth + 1 : 0)));
      return `  ${paint(theme, fit(item.name, names), 'muted')}  ${paint(theme, value, stale && (tone === 'plain' || tone === 'ok') ? 'stale' : tone)}${origin ? ` ${paint(theme, fit(origin, originWidth, 'right'), stale ? 'stale' : 'muted')}` : ''}`;
    }
  }
}

function originOf(stamp: Stamp, now: number): string {
  if (stamp.at === undefined) return `never read, ${stamp.source} ${stamp.probe}`;
  const when = stampFreshness(stamp, now) === 'stale' ? `as of ${clock(stamp.at)}` : age(now - stamp.at);
  return `${when}, ${stamp.source} ${stamp.probe}`;
}
