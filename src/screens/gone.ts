/** What the cursor was on and is on no more, in words: what a person saw there, never the name that the console keeps it by. Pure. */
import type {Fabric} from '../model/fabric.ts';
import {placedIn, type FindingEvent, type Judged} from './judged.ts';
import {unknownGroup} from './lists/findings.ts';
import {objectName} from './objects.ts';
import type {View} from './state.ts';

export interface Gone {
  readonly what: string; // of a sentence that goes on: "is gone"
  readonly note: string; // for the status line: which key leads on comes first, the line may be cut
}
interface Around {
  readonly fabric: Fabric;
  readonly judged: Judged | undefined;
  readonly events: readonly FindingEvent[]; // newest first
  readonly left: number; // rows that are there
}

/** Of a row of Overview that is a cause, before the id of the finding. */
export const causePrefix = 'cause ';
const theRow = 'the row that the cursor was on';
/** `id`: of the row, as the list has it. */
export function goneWords(view: View, id: string, around: Around): Gone {
  const name = view.kind === 'table' ? nameOf(view.resource, id, around.fabric) : view.kind === 'matrix' ? nameOf('hosts', id, around.fabric) : undefined;
  const on = around.left > 0 ? '; ↑ ↓ goes to another' : '';
  if (name !== undefined) return {what: `${name} is gone`, note: `${name} is gone${on}`};
  const finding = view.kind === 'list' && view.list === 'findings' ? id : view.kind === 'overview' && id.startsWith(causePrefix) ? id.slice(causePrefix.length) : undefined;
  return finding === undefined ? plain(on) : findingGone(finding, on, around);
}
const plain = (on: string): Gone => ({what: `${theRow} is gone`, note: `${theRow} is gone${on}`});

function findingGone(id: string, on: string, {judged, events, left}: Around): Gone {
  const next = left > 0 ? ': ↓ goes to the next' : '';
  if (id === unknownGroup) return {what: 'the group that the cursor was on is no more', note: `what could not be checked is no group any more${next}`};
  const placed = placedIn(judged, id);
  // Folded, filtered away, or on Overview no longer among the first.
  if (placed) return {what: 'what the cursor was on is not shown now', note: `what the cursor was on is not shown now${on} (${placed.finding.says})`};
  const last = events.find(({finding}) => finding.id === id);
  if (last?.kind !== 'cleared') return plain(on);
  const {says} = last.finding;
  return {what: `what the cursor was on is cleared (${says})`, note: `what the cursor was on is cleared${next} (${says})`};
}

/** Where the id alone says to a person what it was. */
function nameOf(resource: Parameters<typeof objectName>[0], id: string, fabric: Fabric): string | undefined {
  return resource === 'hosts' || resource === 'vnis' || resource === 'macs' || resource === 'vms' ? objectName(resource, id, fabric) : undefined;
}
