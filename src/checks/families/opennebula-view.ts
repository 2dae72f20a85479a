/** What several checks of OpenNebula ask of the view: whose host it is, which clusters matter, what to say of an object. */
import type {OneHost, OneVm, OneVnet} from '../../model/cloud.ts';
import type {CloudProbeId} from '../../model/fabric.ts';
import type {Missing, Remedy, Subject} from '../../model/finding.ts';
import {findHost} from '../../fabric/assemble/addresses.ts';
import type {Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';

export const cloudSubject: Subject = {id: 'OpenNebula', label: 'OpenNebula', hosts: [], rows: []};
/** Segment.id of a network is its row; of a second network with the same VNI too. */
export const vnetSubject = (view: View, {id, name}: OneVnet): Subject => ({id: `vnet ${id}`, label: `network ${id} ${name}`, hosts: [], rows: [{resource: 'vnets', id: indexOf(view).segments.get(id) ?? `vnet ${id}`}]});
export const vmSubject = ({id, name}: OneVm, host?: string): Subject => ({id: `vm ${id}`, label: `VM ${id} ${name}`, hosts: host ? [host] : [], rows: [{resource: 'vms', id: String(id)}]});

interface Index {
  readonly segments: ReadonlyMap<number, string>; // network id → Segment.id
  readonly ours: ReadonlyMap<number, string>; // OpenNebula host id → our host
  readonly clusterOfHost: ReadonlyMap<number, number>;
  /** Clusters of the hosts that are ours; of all when none is. */
  readonly clusters: ReadonlyMap<number, readonly OneHost[]>;
}
const indexes = new WeakMap<View, Index>();

export function indexOf(view: View): Index {
  let index = indexes.get(view);
  if (!index) {
    const hosts = view.cloud('one.hosts') ?? [];
    const byName = new Map<string, string>();
    for (const [name, {spec}] of view.fabric.hosts) {
      byName.set(name, name);
      byName.set(spec.ssh.host, name);
    }
    const ours = new Map(hosts.flatMap(({id, name}) => {
      const host = byName.get(name) ?? findHost(name, [], view.fabric.hostByAddress);
      return host === undefined ? [] : [[id, host] as const];
    }));
    const clusters = new Map<number, OneHost[]>();
    for (const host of hosts) {
      if (ours.size > 0 && !ours.has(host.id)) continue;
      const its = clusters.get(host.clusterId);
      if (its) its.push(host);
      else clusters.set(host.clusterId, [host]);
    }
    index = {
      ours, clusters,
      segments: new Map(view.fabric.segments.flatMap(({id, vnet}) => (vnet ? [[vnet.id, id] as const] : []))),
      clusterOfHost: new Map(hosts.map(({id, clusterId}) => [id, clusterId])),
    };
    indexes.set(view, index);
  }
  return index;
}

/** A pool that may be believed. Says "unknown" of OpenNebula otherwise, and gives undefined; so it does without OpenNebula, saying nothing. */
export function pool<K extends CloudProbeId>(view: View, out: Out, probe: K): ReturnType<typeof view.cloud<K>> {
  if (!view.fabric.cloud) return undefined;
  const missing = missingPools(view, [probe]);
  if (missing.length === 0) return view.cloud(probe);
  out.unknown(cloudSubject, missing, [node.cloud()]);
  return undefined;
}

/** Pools that were not read, or that this user cannot see: who sees no cluster sees nothing, and gets empty lists. */
export function missingPools(view: View, probes: readonly CloudProbeId[]): readonly Missing[] {
  const blind = view.cloud('one.clusters')?.length === 0;
  return probes.flatMap((probe) => {
    const value = view.cloud(probe);
    if (value === undefined) return [view.missingCloud(probe)];
    return blind && Array.isArray(value) && value.length === 0 ? [{source: 'OpenNebula', probe, why: 'empty for a user who sees no cluster either: it means nothing'}] : [];
  });
}

/** OpenNebula's own command line, on the front-end when it is a host of ours. */
export function oneCommand(view: View, text: string, script: string): Remedy {
  const [frontend] = view.hosts('frontend');
  return frontend === undefined ? {text: `${text}: ${script}`} : {text: `${text}.`, command: {host: frontend, script}};
}

export const isFabricNet = ({vnMad}: OneVnet): boolean => vnMad === 'vxlan';
/** Host of the last history record: where the VM is, or is going to. */
export const placeOf = (vm: OneVm): {readonly id: number; readonly name: string} | undefined => {
  const last = vm.history.at(-1);
  return last && {id: last.hostId, name: last.host};
};
export const listed = (items: readonly (string | number)[], limit = 6): string => items.slice(0, limit).join(', ') + (items.length > limit ? ` and ${items.length - limit} more` : '');
