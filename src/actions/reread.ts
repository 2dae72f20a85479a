/** Readings made anew on request, and waiting for the fabric to show something: by its readings, never by the clock. */
import type {SourceReads} from '../model/action.ts';
import type {Fabric} from '../model/fabric.ts';
import {began, type Observation, type Problem} from '../model/reading.ts';
import type {FabricSource} from '../fabric/source.ts';
import {isAccessProblem} from '../fabric/observe.ts';
import {openNebula} from './action.ts';

/** Between a reading that did not show it and the request for the next one. */
const paceMs = 500;
/** A request is repeated, should it have been lost: sooner while nothing is known. */
const againMs = (rounds: number): number => (rounds < 1 ? 600 : 2000);

/** Calls `onFresh` after each reading of all `reads` that began after this call, until it returns true or the deadline. */
function watch(source: FabricSource, reads: readonly SourceReads[], deadlineMs: number, signal: AbortSignal, onFresh: (fabric: Fabric) => boolean): Promise<'met' | 'late'> {
  return new Promise((resolve) => {
    const isAnew = newSince(Date.now());
    const seen = new Map(keysOf(reads).map((key) => [key, {last: observationOf(source.current(), key), count: 0}]));
    let round = 0; // readings of everything that are complete
    let pace: NodeJS.Timeout | undefined;
    const finish = (how: 'met' | 'late'): void => {
      clearTimeout(timer);
      clearTimeout(pace);
      unsubscribe();
      signal.removeEventListener('abort', abort);
      resolve(how);
    };
    const abort = (): void => finish('late');
    const ask = (): void => {
      clearTimeout(pace);
      pace = setTimeout(ask, againMs(round));
      for (const [name, probes] of Map.groupBy(keysOf(reads), ([one]) => one)) source.refresh(name === openNebula ? source.current().cloud?.endpoint : name, probes.map(([, probe]) => probe));
    };
    const look = (): void => {
      const fabric = source.current();
      for (const [key, state] of seen) {
        const observation = observationOf(fabric, key);
        if (observation === undefined || observation === state.last) continue;
        const anew = isAnew(observation, state.last);
        state.last = observation;
        if (anew) state.count += 1;
      }
      const complete = Math.min(...[...seen.values()].map(({count}) => count));
      if (complete <= round) return;
      round = complete;
      if (onFresh(fabric)) return finish('met');
      clearTimeout(pace);
      pace = setTimeout(ask, paceMs);
    };
    const timer = setTimeout(() => finish('late'), deadlineMs);
    const unsubscribe = source.subscribe(look);
    signal.addEventListener('abort', abort, {once: true});
    if (signal.aborted || seen.size === 0) return finish(seen.size === 0 && onFresh(source.current()) ? 'met' : 'late');
    ask();
  });
}

/** A host that is busy misses a deadline now and then: what came late is asked again, so often at most. */
const tries = 3;

/**
 * Whether an observation shows the outside world as it is after `since`: the reading began later (one that was under way
 * does not count), or it could not be made, the connection being lost meanwhile.
 */
const newSince = (since: number) => (is: Observation<unknown>, was: Observation<unknown> | undefined): boolean =>
  is !== was && (began(is) >= since || (is.problem !== undefined && is.since !== undefined && is.since >= since && isAccessProblem(is.problem)));

/** Waits for readings that began after the call. The problems of those that failed or did not come. */
export async function reread(source: FabricSource, reads: readonly SourceReads[], deadlineMs: number, signal: AbortSignal): Promise<readonly Problem[]> {
  const before = new Map(keysOf(reads).map((key) => [key, observationOf(source.current(), key)]));
  const isAnew = newSince(Date.now());
  const missing = reads.filter((one) => !sourceExists(source.current(), one.source)).map(({source: name}): Problem => ({kind: 'failed', detail: `there is no ${name} in this context`}));
  if (missing.length > 0) return missing;
  let tried = 0;
  const how = await watch(source, reads, deadlineMs, signal, (fabric) => ++tried >= tries || keysOf(reads).every((key) => observationOf(fabric, key)?.problem?.kind !== 'timeout'));
  const fabric = source.current();
  return [...before].flatMap(([key, was]): Problem[] => {
    const [name, probe] = key;
    const is = observationOf(fabric, key);
    if (is?.problem) return [{kind: is.problem.kind, detail: `${name}: ${probe}: ${is.problem.detail}`}];
    if (how === 'late' && is !== undefined && !isAnew(is, was)) return [{kind: 'timeout', detail: `${name}: ${probe} was not read again ${signal.aborted ? 'before that was given up' : `within ${Math.round(deadlineMs / 1000)} s`}`}];
    return is === undefined ? [{kind: 'timeout', detail: `${name}: ${probe} was never read`}] : [];
  });
}

/** What `test` returns for the first fabric, read after the call, for which it returns something. */
export async function until<T>(source: FabricSource, reads: readonly SourceReads[], test: (fabric: Fabric) => T | undefined, deadlineMs: number, signal: AbortSignal): Promise<T | undefined> {
  let found: T | undefined;
  await watch(source, reads, deadlineMs, signal, (fabric) => (found = test(fabric)) !== undefined);
  return found;
}

type Key = readonly [source: string, probe: string];
const keysOf = (reads: readonly SourceReads[]): readonly Key[] => {
  const keys = new Map<string, Key>();
  for (const {source, probes} of reads) for (const probe of probes) keys.set(`${source}\n${probe}`, [source, probe]);
  return [...keys.values()];
};

function observationOf(fabric: Fabric, [name, probe]: Key): Observation<unknown> | undefined {
  const readings = (name === openNebula ? fabric.cloud?.readings : fabric.hosts.get(name)?.readings) as Readonly<Record<string, Observation<unknown>>> | undefined;
  return readings?.[probe];
}

const sourceExists = (fabric: Fabric, name: string): boolean => (name === openNebula ? fabric.cloud !== undefined : fabric.hosts.has(name));
