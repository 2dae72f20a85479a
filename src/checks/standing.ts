/**
 * What was told and can no longer be judged. A finding ends when a reading says so: its check has everything that it had
 * and does not say it any more, or what it was about is gone. While something is missing that was there when it was said,
 * it is not known, which is no clearing. Checks need not say it one by one: many say what a host lacks once, of another
 * subject than each of the pairs, MACs and networks that they cannot judge meanwhile. And many pass by what they have: of
 * two hosts with one router-id, either is well while the other is not read.
 */
import type {CloudProbeId, Fabric, HostProbeId} from '../model/fabric.ts';
import type {Finding, Known, Missing, Result} from '../model/finding.ts';
import {freshness, type Observation, type ProblemKind} from '../model/reading.ts';
import {findCheck} from './catalogue.ts';
import type {Check} from './check.ts';
import {flatten} from './fold.ts';
import {findingId, passesOf, readingOf} from './run.ts';
import {View} from './view.ts';

export interface Standing {
  /** The results of a pass, with what was told before and is not known now: as unknown, before all others. */
  through(results: readonly Result[], fabric: Fabric, now: number): readonly Result[];
  /** What is told of that pass. */
  told(causes: readonly Finding[], results: readonly Result[], fabric: Fabric, now: number): void;
}

/** As it was when it was last known. */
interface Told {
  readonly result: Result;
  readonly known: Known;
  readonly lacked: ReadonlySet<string>; // what was missing already then: not what it is waiting for
  readonly hosts: readonly string[]; // of those it concerns, what the inventory had
  readonly vms: readonly string[]; // and what OpenNebula had
}

export function createStanding(checks?: readonly Check[]): Standing {
  let memory = new Map<string, Told>();
  const checkOf = (id: string): Check | undefined => (checks ? checks.find((one) => one.id === id) : findCheck(id));
  return {
    through: (results, fabric, now) => {
      if (memory.size === 0) return results;
      const said = new Map(results.map((result) => [findingId(result), result]));
      const view = new View(fabric, now);
      const passed = new Map<string, ReadonlySet<string>>(); // by check: asked for only when it matters
      const passes = ({check, subject}: Result): boolean => {
        const found = checkOf(check);
        if (!passed.has(check)) passed.set(check, found ? passesOf(found, view) : new Set());
        return passed.get(check)!.has(subject.id);
      };
      const lacking = lacksIn(results, view);
      const vms = vmsOf(fabric);
      const isGone = (told: Told): boolean => told.hosts.some((host) => !fabric.hosts.has(host)) || told.vms.some((vm) => !vms.has(vm));
      const kept = new Map<string, Result>();
      for (const [id, told] of memory) {
        const now_ = said.get(id);
        if (now_?.outcome === 'unknown') kept.set(id, unsure(told, now_.missing, now_.needs));
        if (now_ || isGone(told)) continue;
        const {own, ofCheck} = lacking(told.result);
        const isNew = (one: Missing): boolean => !told.lacked.has(keyOf(one));
        const [mine, others] = [own.filter(isNew), ofCheck.filter(isNew)];
        const missing = distinct([...mine, ...others]);
        // What only its check lacks, of its hosts, may be of other subjects: a pass says so.
        if (mine.length > 0 || (others.length > 0 && !passes(told.result))) kept.set(id, unsure(told, missing, missing.map(readingOf)));
      }
      return kept.size === 0 ? results : [...kept.values(), ...results.filter((result) => !kept.has(findingId(result)))];
    },
    told: (causes, results, fabric, now) => {
      const next = new Map<string, Told>();
      if (causes.length === 0) return void (memory = next);
      const lacking = lacksIn(results, new View(fabric, now));
      const vms = vmsOf(fabric);
      for (const finding of flatten(causes)) {
        const before = memory.get(finding.id);
        const {outcome, says} = finding;
        if (outcome === 'unknown') {
          if (before) next.set(finding.id, before);
        } else if (outcome !== 'pass') {
          const {hosts, rows} = finding.subject;
          const {own, ofCheck} = lacking(finding);
          next.set(finding.id, {
            result: finding, known: {outcome, says}, lacked: new Set([...own, ...ofCheck].map(keyOf)),
            hosts: hosts.filter((host) => fabric.hosts.has(host)),
            vms: rows.flatMap(({resource, id}) => (resource === 'vms' && vms.has(id) ? [id] : [])),
          });
        }
      }
      memory = next;
    },
  };
}

/** The reading of a host that has no connection now is another thing than that of one that refuses the key. */
const keyOf = ({source, probe, why}: Missing): string => `${source} ${probe}${probe === 'ssh' ? ` ${why.split(':')[0]}` : ''}`;
const vmsOf = (fabric: Fabric): ReadonlySet<string> => new Set(fabric.vms.map(({id}) => String(id)));

/** No remedy: nobody knows whether it is needed still. */
function unsure({result, known}: Told, missing: readonly Missing[], needs: readonly string[]): Result {
  const {check, family, subject, evidence} = result;
  const [first] = missing;
  const lacks = first ? ` (lacks ${first.probe} of ${first.source})` : '';
  return {check, family, outcome: 'unknown', subject, says: `not known now, was ${known.outcome.toUpperCase()}: ${known.says}${lacks}`, evidence, remedy: undefined, missing, breaks: [], needs, known};
}

/** What a finding may be waiting for. */
interface Lacks {
  readonly own: readonly Missing[]; // what its evidence was read from, and those of its hosts that cannot be asked
  readonly ofCheck: readonly Missing[]; // what its check lacks, of its hosts
}
/** That a host has no such thing is an answer. */
const answers: ReadonlySet<string> = new Set<ProblemKind>(['not-installed', 'unsupported']);
const distinct = (all: readonly Missing[]): readonly Missing[] => [...new Map(all.map((one) => [keyOf(one), one])).values()];

function lacksIn(results: readonly Result[], view: View): (result: Result) => Lacks {
  const unknown = new Map<string, Map<string, Map<string, Missing>>>(); // check → host, or everywhere → by key
  for (const {check, outcome, subject, missing} of results) {
    if (outcome !== 'unknown') continue;
    let byPlace = unknown.get(check);
    if (!byPlace) unknown.set(check, (byPlace = new Map()));
    for (const place of subject.hosts.length === 0 ? [everywhere] : new Set([...subject.hosts, ...missing.map(({source}) => source)])) {
      let all = byPlace.get(place);
      if (!all) byPlace.set(place, (all = new Map()));
      for (const one of missing) all.set(keyOf(one), one);
    }
  }
  const {hosts, cloud} = view.fabric;
  return ({check, subject, evidence}) => {
    const stamps = evidence.flatMap(({stamp}) => stamp ?? []);
    const sources = new Set([...subject.hosts, ...stamps.map(({source}) => source)]);
    const ofCheck = [everywhere, ...sources].flatMap((place) => [...(unknown.get(check)?.get(place)?.values() ?? [])]);
    const unread = stamps.flatMap(({source, probe}): readonly Missing[] => {
      const state = hosts.get(source) ?? (source === cloud?.endpoint ? cloud : undefined);
      const o = (state?.readings as Readonly<Record<string, Observation<unknown> | undefined>> | undefined)?.[probe];
      if (!state || freshness(o, view.now) === 'fresh' || answers.has(o?.problem?.kind ?? '')) return [];
      return [state === cloud ? view.missingCloud(probe as CloudProbeId) : view.missing(source, probe as HostProbeId)];
    });
    const mute = [...sources].filter((source) => (hosts.get(source)?.access.phase ?? 'ready') !== 'ready').map((source) => view.missing(source, 'host.identity'));
    return {own: [...unread, ...mute], ofCheck};
  };
}
const everywhere = ''; // of what concerns no host: all that the check says
