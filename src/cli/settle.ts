/** Waits until a freshly opened fabric has been read once: every source has answered, or has said why not. */
import type {Fabric, HostState} from '../model/fabric.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {HostSpec} from '../model/target.ts';

export interface SettleOptions {
  readonly hostProbes: (spec: HostSpec) => readonly string[];
  readonly cloudProbes: readonly string[]; // empty: no cloud
  readonly deadlineMs: number;
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
  const hosts = [...fabric.hosts.values()].filter((state) => !settledHost(state, options.hostProbes(state.spec))).map((state) => state.spec.name);
  const cloud = fabric.cloud && options.cloudProbes.length > 0 && !settledCloud(fabric, options.cloudProbes) ? ['OpenNebula'] : [];
  return [...hosts, ...cloud];
}

const hopeless = new Set(['waiting', 'refused', 'closed']);

const settledHost = ({access, readings}: HostState, probes: readonly string[]): boolean => hopeless.has(access.phase) || probes.every((id) => id in readings);

function settledCloud(fabric: Fabric, probes: readonly string[]): boolean {
  const cloud = fabric.cloud;
  if (!cloud || hopeless.has(cloud.access.phase)) return true;
  return probes.every((id) => id in cloud.readings);
}
