/** A judgement prepared for the screens: by row, by id, with what was raised and cleared since the last one. Pure. */
import {neverRead} from '../checks/view.ts';
import type {Finding, RowRef} from '../model/finding.ts';
import type {Tone} from '../model/tone.ts';
import type {Layer} from '../rows/health.ts';
import type {Judgement} from './diagnosing.ts';

export interface Placed {
  readonly finding: Finding;
  readonly path: readonly Finding[]; // what explains it, the cause first
}

export interface Judged extends Judgement {
  readonly byId: ReadonlyMap<string, Placed>;
  readonly suspects: ReadonlyMap<string, Finding>; // by id: not told yet, they may be transients
  readonly byRow: ReadonlyMap<string, readonly Placed[]>; // by rowKey, the worst first
  readonly checks: number;
  readonly subjects: number;
  readonly held: number; // results that do not pass, and are not told yet: missing data is waited for, a transient may go
}

/** What is said while there is no cause to tell. No data is never a pass. */
export function withoutCauses({checks, subjects, held, suspects}: Judged): {readonly text: string; readonly tone: 'ok' | 'unknown'} {
  if (subjects === 0) return {text: 'could not check anything: nothing was read', tone: 'unknown'};
  if (held > 0) return {text: `${held.toLocaleString('en')} of ${subjects.toLocaleString('en')} subjects ${held === 1 ? 'does' : 'do'} not pass yet: what is missing, or may be a transient, is waited for${suspects.size > 0 ? '; Findings shows it' : ''}`, tone: 'unknown'};
  return {text: `nothing but passes: ${checks} check${checks === 1 ? '' : 's'}, ${subjects.toLocaleString('en')} subject${subjects === 1 ? '' : 's'}`, tone: 'ok'};
}

/** Told, or only suspected so far. */
export function placedIn(state: Judged | undefined, id: string): Placed | undefined {
  const suspect = state?.suspects.get(id);
  return state?.byId.get(id) ?? (suspect && {finding: suspect, path: []});
}

/** What several checks lack is said once: findings by their words, with how many say so. */
export const alike = <T>(all: Iterable<T>, wordsOf: (one: T) => string): readonly {readonly one: T; readonly times: string}[] =>
  [...Map.groupBy(all, wordsOf).values()].map(([one, ...others]) => ({one: one!, times: others.length === 0 ? '' : `(${others.length + 1} checks) `}));

export const rowKey = (resource: string, id: string): string => `${resource} ${id}`;
const keyOf = ({resource, id}: RowRef): string => rowKey(resource, id);

const weight = {fail: 0, warn: 1, unknown: 2, pass: 3} as const;

export function judged(judgement: Judgement): Judged {
  const byId = new Map<string, Placed>();
  const byRow = new Map<string, Placed[]>();
  const visit = (finding: Finding, path: readonly Finding[]): void => {
    const placed: Placed = {finding, path};
    byId.set(finding.id, placed);
    for (const ref of finding.subject.rows) {
      const known = byRow.get(keyOf(ref));
      if (known) known.push(placed);
      else byRow.set(keyOf(ref), [placed]);
    }
    for (const symptom of finding.symptoms) visit(symptom, [...path, finding]);
  };
  for (const cause of judgement.diagnosis.causes) visit(cause, []);
  for (const list of byRow.values()) list.sort((a, b) => a.path.length - b.path.length || weight[a.finding.outcome] - weight[b.finding.outcome]);
  const counts = Object.values(judgement.diagnosis.counts);
  return {...judgement, byId, byRow, suspects: new Map(judgement.diagnosis.suspected.map((one) => [one.id, one])), checks: counts.length, held: judgement.diagnosis.causes.length > 0 ? 0 : counts.reduce((sum, {warn, fail, unknown}) => sum + warn + fail + unknown, 0), subjects: counts.reduce((sum, {pass, warn, fail, unknown}) => sum + pass + warn + fail + unknown, 0)};
}

export const toneOf = ({outcome}: Pick<Finding, 'outcome'>): Tone => (outcome === 'fail' ? 'bad' : outcome === 'warn' ? 'warn' : outcome === 'pass' ? 'ok' : 'unknown');
export const wordOf = ({outcome}: Pick<Finding, 'outcome'>): string => (outcome === 'fail' ? 'FAIL' : outcome === 'warn' ? 'WARN' : outcome === 'pass' ? 'ok' : '?');

/** The worst finding that concerns a row. */
export const markOf = (state: Judged | undefined, resource: string, id: string): Tone | undefined => {
  const placed = state?.byRow.get(rowKey(resource, id));
  if (!placed) return undefined;
  const [worst] = placed.toSorted((a, b) => weight[a.finding.outcome] - weight[b.finding.outcome]);
  return worst && toneOf(worst.finding);
};

/** A finding that began or ended, or of which nobody knows any more whether it goes on. */
export interface FindingEvent {
  readonly id: string; // unique in the list
  readonly at: number;
  readonly kind: 'raised' | 'cleared' | 'not known' | 'still so';
  readonly finding: Finding;
}
const mostEvents = 200;

/** What has just not been read yet, as in the first seconds, has not happened. */
const isAwaited = ({outcome, missing}: Finding): boolean => outcome === 'unknown' && missing.length > 0 && missing.every(({why}) => why === neverRead);

/** Of an event: nothing is well but what was read as such. */
export const eventTone = ({kind, finding}: FindingEvent): Tone => (kind === 'cleared' ? 'ok' : kind === 'not known' ? 'unknown' : toneOf(finding));

/**
 * Causes that are new, findings that are gone, and those that cannot be read any more or are known again; the newest
 * first. What is only folded elsewhere is none of them. An event of what is not known tells the finding as it was known.
 */
export function eventsAfter(before: Judged | undefined, after: Judged, events: readonly FindingEvent[], now: number): readonly FindingEvent[] {
  const all: FindingEvent[] = [];
  const add = (kind: FindingEvent['kind'], finding: Finding, at = now): void => void all.push({id: `${kind} ${finding.id} ${finding.outcome} ${kind === 'raised' ? finding.since : now}`, at, kind, finding});
  const old = before?.diagnosis.causes ?? [];
  // What was lost from sight while it was a cause; it may be folded under what hides it.
  const hidden = new Map<string, FindingEvent>();
  for (const event of events.toReversed()) if (event.kind === 'not known') hidden.set(event.finding.id, event);
  else hidden.delete(event.finding.id);
  for (const cause of old) if (!after.byId.has(cause.id) && !cause.known && !isAwaited(cause)) add('cleared', cause);
  for (const [id, {finding}] of hidden) if (!after.byId.has(id)) add('cleared', finding);
  for (const cause of old) if (!cause.known && after.byId.get(cause.id)?.finding.known) add('not known', cause);
  for (const cause of after.diagnosis.causes) {
    if (before?.byId.get(cause.id)?.finding.outcome === cause.outcome || cause.known || isAwaited(cause)) continue;
    add(hidden.has(cause.id) && cause.outcome === hidden.get(cause.id)?.finding.outcome ? 'still so' : 'raised', cause, before ? now : cause.since);
  }
  return all.length === 0 ? events : [...all, ...events].slice(0, mostEvents);
}

const layers: Readonly<Record<Finding['family'], Layer['id']>> = {
  access: 'access', firewall: 'access', versions: 'access', wireguard: 'wireguard', bgp: 'bgp', evpn: 'evpn', vxlan: 'networks', fdb: 'networks', mtu: 'networks', mobility: 'vms', opennebula: 'opennebula', nat: 'nat',
};
export const layerOf = ({family}: Pick<Finding, 'family'>): Layer['id'] => layers[family];
