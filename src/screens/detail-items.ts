/** A row's detail as a list of lines with identities: titles, values, and the relations that Enter follows. Pure. */
import type {Fabric} from '../model/fabric.ts';
import type {Stamp} from '../model/reading.ts';
import type {AnyResource, Cell, Ref} from '../rows/resource.ts';

export type DetailItem =
  | {readonly kind: 'title'; readonly id: string; readonly title: string}
  | {readonly kind: 'line'; readonly id: string; readonly name: string; readonly value: Cell; readonly stamp: Stamp | undefined}
  | {readonly kind: 'relation'; readonly id: string; readonly ref: Ref};

export function detailItems(resource: AnyResource, row: unknown, fabric: Fabric, now: number): readonly DetailItem[] {
  const sections = resource.detail(row, fabric, now).flatMap(({title, lines}): DetailItem[] => [
    {kind: 'title', id: `# ${title}`, title},
    ...lines.map((line, i): DetailItem => ({kind: 'line', id: `${title}/${line.name}/${i}`, name: line.name, value: line.value, stamp: line.stamp})),
  ]);
  const relations = resource.relations(row, fabric).map((ref, i): DetailItem => ({kind: 'relation', id: `→ ${ref.resource} ${ref.id} ${i}`, ref}));
  return relations.length === 0 ? sections : [...sections, {kind: 'title', id: '# →', title: `Related (${relations.length})`}, ...relations];
}
