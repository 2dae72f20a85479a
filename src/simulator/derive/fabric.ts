/** Who talks BGP to whom, and which routes come of it. Pure functions of the world. */
import {troubleOf} from '../faults/trouble.ts';
import {sessionName, type SimHost, type SimWorld} from '../world.ts';
import {keep} from './keep.ts';
import {localMacs} from './local-macs.ts';
import {hangs, networksOn, runs, type LocalNetwork} from './places.ts';
import {reaches} from './underlay.ts';

export interface Route {
  readonly type: 2 | 3;
  readonly host: SimHost; // it comes from
  readonly originator: string; // VTEP address: next hop
  readonly vni: number;
  readonly target: string; // route target, "65000:2"
  readonly rd: string;
  readonly mac: string | undefined; // type 2
  readonly sequence: number; // MAC mobility, 0: none
  readonly since: number; // ms since 1970
}

const hasFrr = (host: SimHost): boolean => host.underlay !== undefined && host.daemons.length > 0;

/** The hosts that `host` dials, or that dial it. VTEPs dial every reflector; reflectors do not dial. */
export function bgpPeers(world: SimWorld, host: SimHost): readonly SimHost[] {
  const reflects = host.roles.includes('reflector');
  return world.hosts.filter((other) => other !== host && other.underlay !== undefined && other.roles.includes('reflector') !== reflects && hasFrr(other));
}

/** bgpd runs and would open a session with anybody who agrees with it. */
function speaks(world: SimWorld, host: SimHost): boolean {
  const {bgp, unconfigured} = troubleOf(world, host);
  return runs(world, host, 'bgpd') && !unconfigured && !(bgp?.shutdown || bgp?.remoteAs !== undefined || bgp?.password || bgp?.inactive);
}
export const established = (world: SimWorld, a: SimHost, b: SimHost): boolean =>
  speaks(world, a) && speaks(world, b) && !hangs(world, a, 'bgpd') && !hangs(world, b, 'bgpd') && reaches(world, a, b);
/** A bgpd that was stopped has forgotten nothing: it does not know that its peers have given it up. */
const holds = (world: SimWorld, host: SimHost, peer: SimHost): boolean =>
  hangs(world, host, 'bgpd') ? speaks(world, host) && speaks(world, peer) && !hangs(world, peer, 'bgpd') && reaches(world, host, peer) : established(world, host, peer);
export const establishedAt = (world: SimWorld, a: SimHost, b: SimHost): number => Math.max(a.frrSince, b.frrSince, world.resets?.[sessionName(a, b)]?.at ?? 0);

export const routerIdOf = (world: SimWorld, host: SimHost): string => troubleOf(world, host).bgp?.routerId ?? host.underlay!;

/** RD: the router's id and an index of its own, from 2 on, in the order of the networks on it. */
const rdOf = (world: SimWorld, host: SimHost, index: number): string => `${routerIdOf(world, host)}:${index + 2}`;
export const rdOn = (world: SimWorld, host: SimHost, id: number): string => rdOf(world, host, networksOn(world, host).findIndex((network) => network.id === id));

/** The route target that a network of a host imports and exports. */
export const targetOf = (world: SimWorld, host: SimHost, network: LocalNetwork): string => troubleOf(world, host).bgp?.targets?.[network.vni] ?? `${world.asn & 0xffff}:${network.id}`;

/** bgpd has told zebra that it wants the VNIs: without that, zebra has no EVPN. */
export const evpnOn = (world: SimWorld, host: SimHost): boolean => {
  const {unconfigured, bgp} = troubleOf(world, host);
  return runs(world, host, 'bgpd') && !unconfigured && !bgp?.silent;
};

/** What a host originates: per VNI its MACs, then its multicast route. Nothing without bgpd. */
export const originated = (world: SimWorld, host: SimHost): readonly Route[] => keep(world, `originated ${host.name}`, () => originate(world, host));

function originate(world: SimWorld, host: SimHost): readonly Route[] {
  if (host.underlay === undefined || !evpnOn(world, host)) return [];
  return networksOn(world, host).flatMap((network, index): Route[] => {
    if (!network.live) return [];
    const common = {host, originator: network.vtep, vni: network.id, target: targetOf(world, host, network), rd: rdOf(world, host, index)};
    const macs = localMacs(world, host, network)
      .filter(({announced}) => announced)
      .map(({mac, sequence, since}): Route => ({...common, type: 2, mac, sequence, since: Math.max(since, host.frrSince)}))
      .sort((a, b) => (a.mac! < b.mac! ? -1 : 1));
    return [...macs, {...common, type: 3, mac: undefined, sequence: 0, since: host.frrSince}];
  });
}

/** What a host tells its peers. */
export const advertised = (world: SimWorld, host: SimHost): readonly Route[] => (troubleOf(world, host).bgp?.denies ? [] : originated(world, host));

/** The hosts whose routes a host has: itself, its peers, and through reflectors everybody else. */
export function heard(world: SimWorld, host: SimHost): readonly SimHost[] {
  const peers = bgpPeers(world, host).filter((peer) => holds(world, host, peer));
  const all = new Set(peers);
  if (!host.roles.includes('reflector')) {
    for (const reflector of peers) {
      if (troubleOf(world, reflector).bgp?.noClients) continue;
      // What carries one's own router-id as its originator has gone in a circle.
      for (const client of bgpPeers(world, reflector)) if (established(world, reflector, client) && routerIdOf(world, client) !== routerIdOf(world, host)) all.add(client);
    }
  }
  return world.hosts.filter((candidate) => candidate === host || all.has(candidate));
}

/** The routes of a host: its own, and what it hears and lets in. */
function known(world: SimWorld, host: SimHost): readonly Route[] {
  const {deafTo} = troubleOf(world, host).bgp ?? {};
  return heard(world, host).flatMap((origin) => (origin === host ? originated(world, origin) : advertised(world, origin).filter((route) => deafTo === undefined || route.type !== 3 || route.originator !== deafTo)));
}

/** The EVPN table of a host, by RD as FRR orders it. */
export const table = (world: SimWorld, host: SimHost): readonly Route[] =>
  keep(world, `table ${host.name}`, () =>
    known(world, host) // each host's in order, so whole RDs are sorted below
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

/** What a VNI of a host imports: the routes of others with its target. */
export const imported = (world: SimWorld, host: SimHost, id: number): readonly Route[] => {
  const network = networksOn(world, host).find((candidate) => candidate.id === id);
  if (!network?.live || !evpnOn(world, host)) return [];
  const target = targetOf(world, host, network);
  return known(world, host).filter((route) => route.host !== host && route.target === target);
};

/** The other VTEPs of a network, as a host learned them: the latest first. */
export const remoteVteps = (world: SimWorld, host: SimHost, id: number): readonly string[] =>
  keep(world, `vteps ${host.name} ${id}`, () => imported(world, host, id).filter(({type}) => type === 3).map(({originator}) => originator).reverse());
