/** The MACs of a network as zebra of a host has them. */
import type {SimHost, SimWorld} from '../world.ts';
import {evpnOn, imported} from './fabric.ts';
import {keep} from './keep.ts';
import {localMacs} from './local-macs.ts';
import {networksOn} from './places.ts';

export interface MacEntry {
  readonly mac: string;
  readonly local: string | undefined; // port
  readonly remote: string | undefined; // VTEP
  readonly localSequence: number;
  readonly remoteSequence: number;
  readonly since: number;
  readonly duplicate: boolean;
  readonly detections: number;
}

/** `id`: the VNI on the wire. */
export const macsOf = (world: SimWorld, host: SimHost, id: number): readonly MacEntry[] => keep(world, `macs ${host.name} ${id}`, () => learn(world, host, id));

function learn(world: SimWorld, host: SimHost, id: number): readonly MacEntry[] {
  const network = networksOn(world, host).find((candidate) => candidate.id === id);
  if (!network?.live || !evpnOn(world, host)) return [];
  const local = localMacs(world, host, network).map(({mac, port, rival, sequence, remoteSequence, since, duplicate, detections}): MacEntry =>
    ({mac, local: port, remote: rival, localSequence: sequence, remoteSequence, since, duplicate, detections}));
  const own = new Set(local.map(({mac}) => mac));
  const remote = imported(world, host, id)
    .filter((route) => route.type === 2 && !own.has(route.mac!))
    .map((route): MacEntry => ({mac: route.mac!, local: undefined, remote: route.originator, localSequence: 0, remoteSequence: route.sequence, since: route.since, duplicate: false, detections: 0}));
  return [...local, ...remote];
}
