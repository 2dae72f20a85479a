/** Findings as a tree: causes, under them what they explain, what could not be checked, and at the end what is only suspected so far. */
import {flatten} from '../../checks/fold.ts';
import {holdOf} from '../../checks/hold.ts';
import type {Finding} from '../../model/finding.ts';
import {cell, none} from '../../rows/cells.ts';
import {age} from '../../text/age.ts';
import {findingItems} from '../finding-items.ts';
import {placedIn, toneOf, withoutCauses, wordOf, type Judged} from '../judged.ts';
import type {View} from '../state.ts';
import {localList, type Seen} from './local.ts';

export type FindingRow =
  | {readonly kind: 'finding'; readonly finding: Finding; readonly depth: number; readonly folds: number; readonly open: boolean; readonly suspected?: true}
  | {readonly kind: 'group'; readonly count: number; readonly open: boolean};

export const unknownGroup = '# unknown';
const groupFrom = 4; // so many unknowns are one line until they are asked for

const idOf = (row: FindingRow): string => (row.kind === 'group' ? unknownGroup : row.finding.id);

function tree({judged, state: {unfolded}}: Seen): readonly FindingRow[] {
  const causes = judged?.diagnosis.causes ?? [];
  const visit = (finding: Finding, depth: number): readonly FindingRow[] => {
    const folds = finding.symptoms.length === 0 ? 0 : [...flatten(finding.symptoms)].length;
    const open = folds > 0 && unfolded.has(finding.id);
    return [{kind: 'finding', finding, depth, folds, open}, ...(open ? finding.symptoms.flatMap((symptom) => visit(symptom, depth + 1)) : [])];
  };
  // What was told as a failure, and cannot be read now, stays in sight: it is not one of the many that were never known.
  const known = causes.filter((cause) => cause.outcome !== 'unknown' || cause.known);
  const unknown = causes.filter((cause) => cause.outcome === 'unknown' && !cause.known);
  const count = (judged?.causes.unknown ?? 0) - causes.filter((cause) => cause.known).length;
  const open = unfolded.has(unknownGroup);
  return [
    ...known.flatMap((cause) => visit(cause, 0)),
    ...(count >= groupFrom ? [{kind: 'group', count, open} as const] : []),
    ...(count >= groupFrom && !open ? [] : unknown.flatMap((cause) => visit(cause, count >= groupFrom ? 1 : 0))),
    ...suspects(judged),
  ];
}

const suspects = (judged: Judged | undefined): readonly FindingRow[] => [...(judged?.suspects.values() ?? [])].map((finding) => ({kind: 'finding', finding, depth: 0, folds: 0, open: false, suspected: true}));
const flat = ({judged}: Seen): readonly FindingRow[] => [...[...(judged?.byId.values() ?? [])].map(({finding}): FindingRow => ({kind: 'finding', finding, depth: 0, folds: 0, open: false})), ...suspects(judged)];

const isSuspect = (row: FindingRow): boolean => row.kind === 'finding' && row.suspected === true;
/** "3s of 20s": how long it has been seen, of how long it must last before it is told. */
const lasting = (finding: Finding, now: number): string => `${age(now - finding.since)} of ${age(holdOf(finding) * 1000)}`;

const of = <T>(row: FindingRow, make: (finding: Finding) => T, group: T): T => (row.kind === 'finding' ? make(row.finding) : group);
const severity = {fail: 0, warn: 1, unknown: 2, pass: 3} as const;

export const findings = localList<FindingRow>({
  name: 'findings',
  title: 'Findings',
  inputs: ({judged, state}) => [judged, state.unfolded],
  rows: (seen, table) => (table.filter !== '' || table.order ? flat(seen) : tree(seen)),
  shape: {
    id: idOf,
    tone: (row) => (isSuspect(row) ? 'muted' : of(row, toneOf, 'unknown')),
    columns: [
      {id: 'outcome', title: 'WHAT', cell: (row) => (isSuspect(row) ? cell('wait', 'muted') : of(row, (f) => cell(wordOf(f), toneOf(f)), cell('?', 'unknown'))), sortBy: (row) => (isSuspect(row) ? 4 : of(row, (f) => severity[f.outcome], 2))},
      {id: 'explains', title: 'EXPL', align: 'right', cell: (row) => (row.kind === 'group' ? cell(`${row.open ? '-' : '+'}${row.count}`, 'accent') : row.folds > 0 ? cell(`${row.open ? '-' : '+'}${row.folds}`, 'accent') : {text: ''}), sortBy: (row) => (row.kind === 'group' ? row.count : row.folds)},
      {id: 'family', title: 'FAMILY', cell: (row) => of(row, ({family}) => cell(family), {text: ''}), max: 10, rank: 1},
      {id: 'says', title: 'SAYS', cell: (row) => (row.kind === 'group' ? cell(`${row.count} could not be checked: ${row.open ? '← folds them' : '→ shows them'}`, 'unknown') : cell(`${'  '.repeat(Math.max(0, row.depth - 1))}${row.depth > 0 ? '└ ' : ''}${row.finding.says}`, row.depth > 0 || isSuspect(row) ? 'muted' : 'plain')), min: 24, grow: true},
      {id: 'subject', title: 'SUBJECT', cell: (row) => of(row, ({subject}) => cell(subject.label), {text: ''}), min: 10, max: 28, rank: 1},
      {id: 'check', title: 'CHECK', cell: (row) => of(row, ({check}) => cell(check, 'muted'), {text: ''}), max: 28, rank: 2},
      {id: 'since', title: 'SINCE', align: 'right', cell: (row, now) => of(row, (finding) => (isSuspect(row) ? cell(lasting(finding, now), 'muted') : finding.since > 0 ? cell(age(now - finding.since), 'muted') : none), {text: ''}), sortBy: (row) => of(row, ({since}) => -since, 0)},
    ],
  },
  open: (row, {fabric}) => (row.kind === 'group' ? '→ shows them, ← folds them' : placeOfFinding(row.finding, fabric.hosts.has.bind(fabric.hosts))),
  pane: (row, {judged, fabric}, width, now) => {
    if (row.kind === 'group') return [{kind: 'text', id: 'group', text: 'Checks whose data is missing or stale: nobody knows whether they pass. → shows them.', tone: 'unknown'}];
    const placed = placedIn(judged, row.finding.id);
    if (!placed) return [];
    const items = findingItems(placed, fabric, width, now);
    return isSuspect(row) ? [{kind: 'text', id: 'suspected', text: ' Not told yet: it may be a transient, as while a VM moves or BGP converges.', tone: 'muted'}, ...items] : items;
  },
  whole: (row) => (row.kind === 'finding' ? 'about' : undefined),
  empty: ({judged, state}) => {
    if (state.judgeFailed !== undefined && !judged) return {text: `the diagnosis failed: ${state.judgeFailed}`, tone: 'unknown'};
    if (!judged) return {text: 'not judged yet: the first reading is awaited', tone: 'unknown'};
    return withoutCauses(judged);
  },
});

/** The first row that it is about; a host when it has no row of its own. */
export function placeOfFinding({subject}: Finding, isHost: (name: string) => boolean): View | string {
  const [first] = subject.rows;
  if (first) return {kind: 'detail', ref: {...first, label: subject.label}};
  const host = subject.hosts.find(isHost);
  return host === undefined ? `${subject.label} has no row of its own; i tells all about the finding` : {kind: 'detail', ref: {resource: 'hosts', id: host, label: `Host ${host}`}};
}
