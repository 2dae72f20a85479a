/** Who has which network, who talks BGP to whom, and which routes come of it. Pure functions of the world. */
import type {SimGuest, SimHost, SimNetwork, SimWorld} from '../world.ts';

export interface Route {
  readonly type: 2 | 3;
  readonly originator: string; // underlay address: next hop, and the first part of the RD
  readonly vni: number;
  readonly rd: string;
  readonly mac: string | undefined; // type 2
  readonly sequence: number; // MAC mobility, 0: none
  readonly since: number; // ms since 1970
}

export interface Station {
  readonly guest: SimGuest;
  readonly mac: string;
  readonly port: string; // tap
}

export const runs = (host: SimHost, daemon: string): boolean => host.daemons.includes(daemon);
export const hasFrr = (host: SimHost): boolean => host.underlay !== undefined && host.daemons.length > 0;

export const guestsOn = (world: SimWorld, host: SimHost): readonly SimGuest[] => world.guests.filter((guest) => guest.host === host.name);

/** The networks whose devices are on a host, in the order in which they were made there. */
export function networksOn(world: SimWorld, host: SimHost): readonly SimNetwork[] {
  if (!host.roles.includes('vtep')) return [];
  const used = new Set<number | 'public'>(host.keeps);
  for (const guest of world.guests) if (guest.host === host.name) for (const nic of guest.nics) used.add(nic.network);
  return world.networks.filter(({vni}) => used.has(vni));
}

/** The MACs of a network behind the ports of a host. */
export function stationsOn(world: SimWorld, host: SimHost, network: number | 'public'): readonly Station[] {
  const stations: Station[] = [];
  for (const guest of world.guests) {
    if (guest.host !== host.name) continue;
    for (const nic of guest.nics) {
      if (nic.network !== network) continue;
      const port = `${guest.tap}-${nic.id}`;
      stations.push({guest, mac: nic.mac, port});
      for (let number = 0; number < (nic.behind ?? 0); number++) stations.push({guest, mac: nestedMac(guest.id, number), port});
    }
  }
  return stations;
}

const nestedMac = (guest: number, number: number): string => {
  const digits = (0x0a * 2 ** 40 + guest * 2 ** 24 + number).toString(16).padStart(12, '0');
  return digits.replaceAll(/..(?=.)/g, '$&:');
};

/** The hosts that `host` dials, or that dial it. VTEPs dial every reflector; reflectors do not dial. */
export function bgpPeers(world: SimWorld, host: SimHost): readonly SimHost[] {
  const reflects = host.roles.includes('reflector');
  return world.hosts.filter((other) => other !== host && other.underlay !== undefined && other.roles.includes('reflector') !== reflects && hasFrr(other));
}

export const established = (a: SimHost, b: SimHost): boolean => runs(a, 'bgpd') && runs(b, 'bgpd');
export const establishedAt = (a: SimHost, b: SimHost): number => Math.max(a.frrSince, b.frrSince);

/** RD: the router's id and an index of its own, from 2 on, in the order of the networks on it. */
const rdOf = (host: SimHost, index: number): string => `${host.underlay}:${index + 2}`;
export const rdOn = (world: SimWorld, host: SimHost, vni: number): string => rdOf(host, networksOn(world, host).findIndex((network) => network.vni === vni));

interface Kept {
  readonly changes: number;
  readonly values: Map<string, unknown>;
}
const kept = new WeakMap<SimWorld, Kept>(); // what was derived since the last change of a world

/** `derive()`, once until the world changes. Only for what does not move with time. */
export function keep<T>(world: SimWorld, key: string, derive: () => T): T {
  let store = kept.get(world);
  if (store?.changes !== world.changes) {
    store = {changes: world.changes, values: new Map()};
    kept.set(world, store);
  }
  if (!store.values.has(key)) store.values.set(key, derive());
  return store.values.get(key) as T;
}

/** What a host originates: per VNI its MACs, then its multicast route. Nothing without bgpd. */
export const originated = (world: SimWorld, host: SimHost): readonly Route[] => keep(world, `originated ${host.name}`, () => originate(world, host));

function originate(world: SimWorld, host: SimHost): readonly Route[] {
  const originator = host.underlay;
  if (originator === undefined || !runs(host, 'bgpd') || !runs(host, 'zebra')) return [];
  return networksOn(world, host).flatMap(({vni}, index): Route[] => {
    const common = {originator, vni, rd: rdOf(host, index)};
    const macs = stationsOn(world, host, vni)
      .map(({guest, mac}): Route => ({...common, type: 2, mac, sequence: guest.sequence, since: Math.max(guest.since, host.frrSince)}))
      .sort((a, b) => (a.mac! < b.mac! ? -1 : 1));
    return [...macs, {...common, type: 3, mac: undefined, sequence: 0, since: host.frrSince}];
  });
}

/** The hosts whose routes a host has: itself, its peers, and through reflectors everybody else. */
export function heard(world: SimWorld, host: SimHost): readonly SimHost[] {
  const peers = bgpPeers(world, host).filter((peer) => established(host, peer));
  const all = new Set([host, ...peers]);
  if (!host.roles.includes('reflector')) for (const reflector of peers) for (const client of bgpPeers(world, reflector)) if (established(reflector, client)) all.add(client);
  return world.hosts.filter((candidate) => all.has(candidate));
}

/** The EVPN table of a host, by RD as FRR orders it. */
export const table = (world: SimWorld, host: SimHost): readonly Route[] =>
  keep(world, `table ${host.name}`, () =>
    heard(world, host)
      .flatMap((origin) => originated(world, origin)) // each in order, so whole RDs are sorted below
      .map((route, at) => ({route, at}))
      .sort((a, b) => compareRd(a.route.rd, b.route.rd) || a.at - b.at)
      .map(({route}) => route));

export function compareRd(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.split(/[.:]/);
  const right = b.split(/[.:]/);
  for (let at = 0; at < left.length; at++) {
    const difference = Number(left[at]) - Number(right[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The other VTEPs of a network, as a host learned them: the latest first. */
export function remoteVteps(world: SimWorld, host: SimHost, vni: number): readonly string[] {
  return heard(world, host)
    .filter((other) => other !== host && runs(other, 'bgpd') && networksOn(world, other).some((network) => network.vni === vni))
    .map((other) => other.underlay!)
    .reverse();
}

export interface MacEntry {
  readonly mac: string;
  readonly local: string | undefined; // port
  readonly remote: string | undefined; // VTEP
  readonly sequence: number;
  readonly since: number;
}

/** The MACs of a network as zebra of a host has them. */
export const macsOf = (world: SimWorld, host: SimHost, vni: number): readonly MacEntry[] => keep(world, `macs ${host.name} ${vni}`, () => learn(world, host, vni));

function learn(world: SimWorld, host: SimHost, vni: number): readonly MacEntry[] {
  const local = stationsOn(world, host, vni).map(({guest, mac, port}): MacEntry => ({mac, local: port, remote: undefined, sequence: guest.sequence, since: guest.since}));
  const remote = heard(world, host)
    .filter((other) => other !== host)
    .flatMap((other) => originated(world, other))
    .filter((route) => route.type === 2 && route.vni === vni)
    .map((route): MacEntry => ({mac: route.mac!, local: undefined, remote: route.originator, sequence: route.sequence, since: route.since}));
  return [...local, ...remote];
}
