/** Overview as lines: health by layer, the map, and what is not known. Pure. */
import {topologyLines} from '../components/topology.ts';
import {fit} from '../components/table/lines.ts';
import type {Fabric} from '../model/fabric.ts';
import {stamp, stampFreshness, type Stamp} from '../model/reading.ts';
import {oldestStamp} from '../rows/cells.ts';
import {unread, type Layer} from '../rows/health.ts';
import {age, clock} from '../text/age.ts';
import {cut} from '../text/width.ts';
import {bold, glyph, inverse, paint, type Theme} from '../theme/theme.ts';

/** What does not move with the cursor: made once per fabric and second. */
export interface OverviewParts {
  readonly map: readonly string[];
  readonly readings: readonly string[];
}
const beside = (width: number): boolean => width >= 110; // the map beside the layers when there is room
const leftWidth = (width: number): number => (beside(width) ? 46 : width);

export function overviewParts(fabric: Fabric, width: number, now: number, theme: Theme): OverviewParts {
  const mapWidth = beside(width) ? width - leftWidth(width) - 1 : width;
  return {map: [bold(theme, ' Topology'), ...topologyLines(fabric, now, mapWidth, theme)], readings: freshnessLines(fabric, now, width, theme)};
}

export function overviewLines({map, readings}: OverviewParts, layers: readonly Layer[], cursor: number, width: number, height: number, theme: Theme): readonly string[] {
  const side = beside(width);
  const left = leftWidth(width);
  const health = layers.map((layer, i) => layerLine(layer, i === cursor, left, theme));
  const top = side
    ? Array.from({length: Math.max(health.length, Math.min(map.length, Math.max(health.length, height - 6)))}, (_, i) => `${health[i] ?? ' '.repeat(left)}${paint(theme, '│', 'muted')}${map[i] ?? ''}`)
    : [...health, '', ...map.slice(0, Math.max(3, height - health.length - 5))];
  return [...top, '', ...readings].slice(0, height);
}

function layerLine(layer: Layer, selected: boolean, width: number, theme: Theme): string {
  const text = `${paint(theme, glyph(theme, layer.tone), layer.tone)} ${fit(layer.title, 11)} ${paint(theme, fit(layer.tone, 8), layer.tone)} ${fit(layer.summary, Math.max(0, width - 25))} `;
  return selected ? inverse(theme, `▸${text}`) : ` ${text}`;
}

/** How old the oldest reading of each source is, what is stale, and what could not be read and why. */
function freshnessLines(fabric: Fabric, now: number, width: number, theme: Theme): readonly string[] {
  const trouble = unread(fabric).map(({source, what}) => ` ${paint(theme, glyph(theme, what.tone ?? 'unknown'), what.tone ?? 'unknown')} ${fit(source, 16)} ${cut(what.text, Math.max(0, width - 21))}`);
  const sources = [...fabric.hosts.values()].map(({spec, readings}) => ({name: spec.name, stamps: Object.values(readings).filter((o) => o.value !== undefined).map(stamp)}));
  if (fabric.cloud) sources.push({name: 'OpenNebula', stamps: Object.values(fabric.cloud.readings).filter((o) => o.value !== undefined).map(stamp)});
  const ages = sources.map(({name, stamps}) => `${name} ${oldest(stamps, now)}`);
  return [
    `${bold(theme, ' Oldest reading')} ${cut(ages.join(', ') || 'nothing was read yet', Math.max(0, width - 17))}`,
    trouble.length === 0 ? ` ${paint(theme, glyph(theme, 'ok'), 'ok')} everything that was asked for could be read` : bold(theme, ` Not known (${trouble.length})`),
    ...trouble,
  ];
}

function oldest(stamps: readonly Stamp[], now: number): string {
  const first = oldestStamp(stamps);
  if (first?.at === undefined) return 'never';
  return stampFreshness(first, now) === 'stale' ? `as of ${clock(first.at)}` : age(now - first.at);
}
