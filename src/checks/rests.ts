/**
 * What each node of checks/node.ts rests on, from the fabric as it is: which reflectors two hosts share, which host has
 * a MAC. A finding that breaks something explains what rests on it. Made when asked for, and kept for one fabric.
 */
import type {Fabric, Session} from '../model/fabric.ts';
import {node} from './node.ts';

/** The direct ground of a node: the nodes that it rests on. */
export type Rests = (name: string) => readonly string[];

/** Layers, the deepest first: of two that explain each other, the deeper one is the cause. */
const layers = ['host', 'access', 'reading', 'filter', 'underlay', 'tunnel', 'zebra', 'bgpd', 'bgp-config', 'session', 'evpn-config', 'exchange', 'device', 'taken', 'vni', 'flood', 'home', 'mac', 'carriage', 'vm', 'router', 'mapping', 'cloud', 'one-host', 'vnet'];
const depth = new Map(layers.map((layer, i) => [layer, i]));
export const kindOf = (name: string): string => name.slice(0, name.indexOf(' ') === -1 ? name.length : name.indexOf(' '));
export const layerOf = (name: string): number => depth.get(kindOf(name)) ?? layers.length;

export function createRests(fabric: Fabric): Rests {
  const known = new Map<string, readonly string[]>();
  const world = worldOf(fabric);
  return (name) => {
    let ground = known.get(name);
    if (!ground) known.set(name, (ground = groundOf(name, world)));
    return ground;
  };
}

interface World {
  readonly reflectors: readonly string[];
  readonly isReflector: ReadonlySet<string>;
  /** The session is established, as all say that have a view of it. */
  carries(a: string, b: string): boolean;
  /** As far as was read, the reflector tells one what it learns of the other: one of them is its client, or in another AS. */
  reflects(reflector: string, a: string, b: string): boolean;
  /** Where a MAC is: hosts that call it local, and the host of its VM; with the VM's id. */
  mac(id: string): {readonly hosts: readonly string[]; readonly vmId: number | undefined} | undefined;
  hostOfVm(id: number): string | undefined;
  router(id: string): {readonly host: string | undefined; readonly vmIds: readonly number[]} | undefined;
  mapping(id: string): {readonly router: string; readonly vmId: number | undefined} | undefined;
  /** The VMs that a host is: virtual routers run as VMs. */
  guestOf(host: string): readonly number[];
  isHost(name: string): boolean;
}

function worldOf(fabric: Fabric): World {
  const reflectors = [...fabric.hosts.values()].filter(({spec}) => spec.roles.includes('reflector')).map(({spec}) => spec.name);
  const lazily = <V>(make: () => ReadonlyMap<string, V>): ((id: string) => V | undefined) => {
    let index: ReadonlyMap<string, V> | undefined;
    return (id) => (index ??= make()).get(id);
  };
  // "a>b" as a sees it. Of a host with two addresses the better session counts.
  const sessions = lazily(() => {
    const index = new Map<string, Session>();
    for (const session of fabric.sessions) {
      if (session.peerHost === undefined) continue;
      const id = `${session.host}>${session.peerHost}`;
      if (index.get(id)?.verdict !== 'established') index.set(id, session);
    }
    return index;
  });
  const vm = lazily(() => new Map(fabric.vms.map((each) => [String(each.id), each.host])));
  const mac = lazily(() => new Map(fabric.macs.map((each) => [each.id, each])));
  const guests = lazily(() => new Map(fabric.routers.flatMap(({appliances, vmIds}) => appliances.map(({host, vmId}) => [host, vmId === undefined ? vmIds : [vmId]] as const))));
  return {
    reflectors,
    isReflector: new Set(reflectors),
    carries: (a, b) => {
      const views = [sessions(`${a}>${b}`), sessions(`${b}>${a}`)].filter((session) => session !== undefined);
      return views.length > 0 && views.every(({verdict}) => verdict === 'established');
    },
    reflects: (reflector, ...ends) => ends.some((end) => {
      const neighbor = sessions(`${reflector}>${end}`)?.neighbor;
      return neighbor?.reflectorClient !== false || neighbor.remoteAs !== neighbor.localAs;
    }),
    mac: (id) => {
      const entry = mac(id);
      if (!entry) return undefined;
      const host = entry.vmId === undefined ? undefined : vm(String(entry.vmId));
      return {hosts: [...new Set([...entry.localAt, ...(host ? [host] : [])])], vmId: entry.vmId};
    },
    hostOfVm: (id) => vm(String(id)),
    router: lazily(() => new Map(fabric.routers.map((each) => [each.id, each]))),
    mapping: lazily(() => new Map(fabric.routers.flatMap((router) => router.mappings.map((each) => [each.id, {router: router.id, vmId: each.vmId}] as const)))),
    guestOf: (name) => guests(name) ?? [],
    isHost: (name) => fabric.hosts.has(name),
  };
}

function groundOf(name: string, world: World): readonly string[] {
  const kind = kindOf(name);
  const rest = name.slice(kind.length + 1);
  switch (kind) {
    case 'host':
      return world.guestOf(rest).map(node.vm);
    case 'access':
    case 'filter':
    case 'underlay':
    case 'zebra':
    case 'bgpd':
      return [node.host(rest)];
    case 'bgp-config':
      return [node.bgpd(rest)];
    case 'evpn-config':
      return [node.bgpConfig(rest)];
    case 'reading':
      return readingGround(rest);
    case 'tunnel': {
      const [a = '', b = ''] = rest.split('|');
      return [node.underlay(a), node.underlay(b), node.filter(a), node.filter(b)];
    }
    case 'session': {
      const [a = '', b = ''] = rest.split('|');
      return [node.tunnel(a, b), ...[a, b].flatMap((host) => [node.bgpd(host), node.bgpConfig(host)])];
    }
    case 'exchange': {
      const [from = '', to = ''] = rest.split('>');
      return exchangeGround(from, to, world);
    }
    case 'device':
      return [node.underlay(rest.slice(0, rest.lastIndexOf('/')))];
    case 'vni': {
      const {host, vni} = placed(rest);
      return [node.device(host, vni), node.zebra(host), node.bgpd(host), node.evpnConfig(host)];
    }
    case 'flood': {
      const {from, to, vni} = directed(rest);
      return [node.vni(from, vni), node.vni(to, vni), node.exchange(to, from)];
    }
    case 'mac':
      return macGround(rest, world);
    case 'carriage': {
      const {from, to, vni} = directed(rest);
      return [node.tunnel(from, to), node.device(from, vni), node.device(to, vni), node.flood(from, to, vni)];
    }
    case 'vm': {
      const host = world.hostOfVm(Number(rest));
      return host === undefined ? [] : [node.host(host)];
    }
    case 'router': {
      const router = world.router(rest);
      return router ? [...(router.host === undefined ? [] : [node.host(router.host)]), ...router.vmIds.map(node.vm)] : [];
    }
    case 'mapping': {
      const mapping = world.mapping(rest);
      return mapping ? [node.router(mapping.router), ...(mapping.vmId === undefined ? [] : [node.vm(mapping.vmId)])] : [];
    }
    case 'one-host':
      return world.isHost(rest) ? [node.cloud(), node.host(rest)] : [node.cloud()];
    case 'vnet':
      return [node.cloud()];
    default:
      return [];
  }
}

const placed = (text: string): {readonly host: string; readonly vni: number} => {
  const at = text.lastIndexOf('/');
  return {host: text.slice(0, at), vni: Number(text.slice(at + 1))};
};
const directed = (text: string): {readonly from: string; readonly to: string; readonly vni: number} => {
  const {host, vni} = placed(text);
  const [from = '', to = ''] = host.split('>');
  return {from, to, vni};
};

/** vtysh's `show evpn` answers "not configured" while bgpd has not told zebra of EVPN; `show running-config` asks all. */
const ofBgpd = new Set(['frr.summary', 'frr.neighbors', 'frr.bgp-vnis']);
function readingGround(rest: string): readonly string[] {
  const at = rest.lastIndexOf(' ');
  const [source, probe] = [rest.slice(0, at), rest.slice(at + 1)];
  if (probe.startsWith('one.')) return [node.cloud()];
  if (!probe.startsWith('frr.')) return [node.access(source)];
  return [node.access(source), ...(ofBgpd.has(probe) ? [] : [node.zebra(source)]), node.bgpd(source), node.bgpConfig(source)];
}

/**
 * A host's routes reach another over a reflector that both have a session with, or over one of the two that reflects.
 * Of several ways one is enough: while one carries, what is broken of the others breaks nothing here.
 */
function exchangeGround(from: string, to: string, world: World): readonly string[] {
  const {reflectors, isReflector} = world;
  const ends = [from, to].flatMap((host) => [node.bgpd(host), node.evpnConfig(host), node.zebra(host)]);
  const ways: {readonly carries: boolean; readonly over: readonly string[]}[] = [];
  if (isReflector.has(from) || isReflector.has(to)) ways.push({carries: world.carries(from, to), over: [node.session(from, to)]});
  for (const reflector of reflectors) if (reflector !== from && reflector !== to) {
    ways.push({carries: world.carries(from, reflector) && world.carries(reflector, to) && world.reflects(reflector, from, to), over: [node.session(from, reflector), node.session(reflector, to), node.evpnConfig(reflector)]});
  }
  const carrying = ways.filter(({carries}) => carries);
  return [...ends, ...(carrying.length > 0 ? carrying : ways).flatMap(({over}) => over)];
}

/** "kvm2/2/02:00:…": the VNI there, and what its owner announces. */
function macGround(rest: string, world: World): readonly string[] {
  const {host, vni} = placed(rest.slice(0, rest.lastIndexOf('/')));
  const entry = world.mac(`${vni}/${rest.slice(rest.lastIndexOf('/') + 1)}`);
  const owners = (entry?.hosts ?? []).filter((owner) => owner !== host);
  return [node.vni(host, vni), ...owners.flatMap((owner) => [node.vni(owner, vni), node.exchange(owner, host)]), ...(entry?.vmId === undefined ? [] : [node.vm(entry.vmId)])];
}
