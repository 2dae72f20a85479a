/** The lower half of a tall Overview: more about the cause or the layer that the cursor is on. Pure. */
import {fit, tableLines} from '../components/table/lines.ts';
import {arrayRows} from '../components/table/row-list.ts';
import type {Fabric} from '../model/fabric.ts';
import type {Finding} from '../model/finding.ts';
import {toneWeight} from '../rows/cells.ts';
import type {Layer} from '../rows/health.ts';
import type {AnyResource} from '../rows/resource.ts';
import {cut, widthOf} from '../text/width.ts';
import {glyph, paint, type Theme} from '../theme/theme.ts';
import {detailLines} from './detail.ts';
import {findingItems} from './finding-items.ts';
import {markOf, toneOf, type Judged} from './judged.ts';

interface Room {
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly theme: Theme;
}

export function causeAbout(cause: Finding, fabric: Fabric, {width, height, now, theme}: Room): readonly string[] {
  const items = findingItems({finding: cause, path: []}, fabric, width - 1, now);
  return [rule(items.length > height - 1 ? 'i shows all' : '', width, theme), ...detailLines(items, 0, -1, width, height - 1, now, theme)];
}

const mostFound = 6;

/** What was found in the layer, then its rows, those that need a look first. */
export function layerAbout(layer: Layer, resource: AnyResource, found: readonly Finding[], judged: Judged | undefined, fabric: Fabric, {width, height, now, theme}: Room): readonly string[] {
  const told = found.slice(0, Math.min(mostFound, height - 4)).map((finding) => ` ${paint(theme, glyph(theme, toneOf(finding)), toneOf(finding))} ${cut(finding.says, width - 4)}`);
  const rows = resource.rows(fabric, now);
  const worstFirst = rows.map((row) => ({row, weight: toneWeight(markOf(judged, resource.name, resource.id(row)) ?? resource.tone(row, now))})).toSorted((a, b) => a.weight - b.weight).map(({row}) => row);
  const room = height - 1 - told.length;
  const {lines} = tableLines({
    resource, rows: arrayRows(resource, worstFirst, rows.length, undefined), top: 0, cursor: -1, height: Math.max(0, Math.min(room - 1, rows.length)), width, wide: false, order: undefined, choosing: false, now, theme,
    marker: (row) => markOf(judged, resource.name, resource.id(row)), seen: [],
  });
  const left = rows.length - (room - 1);
  return [rule(`${layer.title}${left > 0 ? `: Enter shows ${left} more` : ''}`, width, theme), ...told, ...(rows.length === 0 ? [paint(theme, fit('  no rows were read', width), 'muted')] : lines)];
}

const rule = (text: string, width: number, theme: Theme): string => paint(theme, text === '' ? '─'.repeat(width - 1) : `── ${text} ${'─'.repeat(Math.max(0, width - widthOf(text) - 5))}`, 'muted');
