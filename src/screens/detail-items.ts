/** A row's detail as a list of lines with identities: findings, titles, values, and the relations that Enter follows. Pure. */
import type {Fabric} from '../model/fabric.ts';
import type {Stamp} from '../model/reading.ts';
import type {AnyResource, Cell, Tone} from '../rows/resource.ts';
import {alike, rowKey, toneOf, wordOf, type Judged, type Placed} from './judged.ts';
import type {View} from './state.ts';

export type DetailItem =
  | {readonly kind: 'title'; readonly id: string; readonly title: string}
  | {readonly kind: 'line'; readonly id: string; readonly name: string; readonly value: Cell; readonly stamp: Stamp | undefined; readonly part?: string} // part: of the value, on this line
  | {readonly kind: 'text'; readonly id: string; readonly text: string; readonly tone: Tone; readonly whole?: string} // cut to the width already; whole: what it is a part of, as it is copied
  | {readonly kind: 'relation'; readonly id: string; readonly label: string; readonly tone: Tone; readonly view: View};

const shownFindings = 12;

export function detailItems(resource: AnyResource, row: unknown, fabric: Fabric, judged: Judged | undefined, now: number): readonly DetailItem[] {
  const sections = resource.detail(row, fabric, now).flatMap(({title, lines}): DetailItem[] => [
    {kind: 'title', id: `# ${title}`, title},
    ...lines.map((line, i): DetailItem => ({kind: 'line', id: `${title}/${line.name}/${i}`, name: line.name, value: line.value, stamp: line.stamp})),
  ]);
  const relations = resource.relations(row, fabric).map((ref, i): DetailItem => ({kind: 'relation', id: `→ ${ref.resource} ${ref.id} ${i}`, label: ref.label, tone: 'accent', view: {kind: 'detail', ref}}));
  const placed = judged?.byRow.get(rowKey(resource.name, resource.id(row))) ?? [];
  const said = ({finding, path}: Placed, times = ''): string => `${wordOf(finding)} ${times}${finding.says}${path.length > 0 ? ' (explained)' : ''}`;
  const told = alike(placed, (one) => said(one));
  const findings = told.slice(0, shownFindings).map(({one, times}): DetailItem => ({
    kind: 'relation', id: `! ${one.finding.id}`, label: said(one, times), tone: toneOf(one.finding), view: {kind: 'finding', id: one.finding.id},
  }));
  return [
    ...(findings.length > 0 ? [{kind: 'title', id: '# !', title: `Findings (${placed.length})`} as const, ...findings, ...(told.length > shownFindings ? [{kind: 'text', id: '! more', text: `  and ${told.length - shownFindings} more; Findings has them all`, tone: 'muted'} as const] : [])] : []),
    ...sections,
    ...(relations.length === 0 ? [] : [{kind: 'title', id: '# →', title: `Related (${relations.length})`} as const, ...relations]),
  ];
}
