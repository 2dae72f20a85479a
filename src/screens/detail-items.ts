/** A row's detail as a list of lines with identities: findings, titles, values, and the relations that Enter follows. Pure. */
import type {Fabric} from '../model/fabric.ts';
import type {Stamp} from '../model/reading.ts';
import type {AnyResource, Cell, Tone} from '../rows/resource.ts';
import {rowKey, toneOf, wordOf, type Judged} from './judged.ts';
import type {View} from './state.ts';

export type DetailItem =
  | {readonly kind: 'title'; readonly id: string; readonly title: string}
  | {readonly kind: 'line'; readonly id: string; readonly name: string; readonly value: Cell; readonly stamp: Stamp | undefined; readonly part?: string} // part: of the value, on this line
  | {readonly kind: 'text'; readonly id: string; readonly text: string; readonly tone: Tone} // cut to the width already
  | {readonly kind: 'relation'; readonly id: string; readonly label: string; readonly tone: Tone; readonly view: View};

const shownFindings = 12;

export function detailItems(resource: AnyResource, row: unknown, fabric: Fabric, judged: Judged | undefined, now: number): readonly DetailItem[] {
  const sections = resource.detail(row, fabric, now).flatMap(({title, lines}): DetailItem[] => [
    {kind: 'title', id: `# ${title}`, title},
    ...lines.map((line, i): DetailItem => ({kind: 'line', id: `${title}/${line.name}/${i}`, name: line.name, value: line.value, stamp: line.stamp})),
  ]);
  const relations = resource.relations(row, fabric).map((ref, i): DetailItem => ({kind: 'relation', id: `→ ${ref.resource} ${ref.id} ${i}`, label: ref.label, tone: 'accent', view: {kind: 'detail', ref}}));
  const placed = judged?.byRow.get(rowKey(resource.name, resource.id(row))) ?? [];
  // What several checks lack is said once.
  const alike = [...Map.groupBy(placed, ({finding, path}) => `${wordOf(finding)} ${finding.says}${path.length > 0 ? ' (explained)' : ''}`).values()];
  const findings = alike.slice(0, shownFindings).map(([first, ...others]): DetailItem => {
    const {finding, path} = first!;
    return {kind: 'relation', id: `! ${finding.id}`, label: `${wordOf(finding)} ${others.length > 0 ? `(${others.length + 1} checks) ` : ''}${finding.says}${path.length > 0 ? ' (explained)' : ''}`, tone: toneOf(finding), view: {kind: 'finding', id: finding.id}};
  });
  return [
    ...(findings.length > 0 ? [{kind: 'title', id: '# !', title: `Findings (${placed.length})`} as const, ...findings, ...(alike.length > shownFindings ? [{kind: 'text', id: '! more', text: `  and ${alike.length - shownFindings} more; Findings has them all`, tone: 'muted'} as const] : [])] : []),
    ...sections,
    ...(relations.length === 0 ? [] : [{kind: 'title', id: '# →', title: `Related (${relations.length})`} as const, ...relations]),
  ];
}
