/** Waits until a freshly opened fabric has been read once: every source has answered, or has said why not. */
import type {Fabric, HostState} from '../model/fabric.ts';
import type {FabricSource} from '../fabric/source.ts';
import {began, type Observation} from '../model/reading.ts';
import type {HostSpec} from '../model/target.ts';

export interface SettleOptions {
  readonly hostProbes: (spec: HostSpec) => readonly string[];
  readonly cloudProbes: readonly string[]; // empty: no cloud
  readonly deadlineMs: number;
  /** Only what was asked after this time counts, epoch ms: for another round of a fabric that has been read before. */
  readonly since?: number;
  readonly signal?: AbortSignal;
}

/** Resolves with the fabric, and with the sources that had not answered when the deadline passed. */
export function settle(source: FabricSource, options: SettleOptions): Promise<{readonly fabric: Fabric; readonly late: readonly string[]}> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      options.signal?.removeEventListener('abort', finish);
      resolve({fabric: source.current(), late: unsettled(source.current(), options)});
    };
    const unsubscribe = source.subscribe(() => {
      if (unsettled(source.current(), options).length === 0) finish();
    });
    const timer = setTimeout(finish, options.deadlineMs);
    options.signal?.addEventListener('abort', finish);
    if (unsettled(source.current(), options).length === 0) finish();
  });
}

function unsettled(fabric: Fabric, options: SettleOptions): readonly string[] {
  const hosts = [...fabric.hosts.values()].filter((state) => !settledHost(state, options.hostProbes(state.spec), options.since ?? 0)).map((state) => state.spec.name);
  const cloud = fabric.cloud && options.cloudProbes.length > 0 && !settledCloud(fabric, options.cloudProbes, options.since ?? 0) ? ['OpenNebula'] : [];
  return [...hosts, ...cloud];
}

const hopeless = new Set(['waiting', 'refused', 'closed']);

const asked = (readings: object, probes: readonly string[], since: number): boolean => probes.every((id) => {
  const o = (readings as Readonly<Record<string, Observation<unknown> | undefined>>)[id];
  return o !== undefined && began(o) >= since;
});

const settledHost = ({access, readings}: HostState, probes: readonly string[], since: number): boolean => hopeless.has(access.phase) || asked(readings, probes, since);

function settledCloud(fabric: Fabric, probes: readonly string[], since: number): boolean {
  const cloud = fabric.cloud;
  if (!cloud || hopeless.has(cloud.access.phase)) return true;
  return asked(cloud.readings, probes, since);
}
