/**
 * Observations → one immutable, cross-linked Fabric. Pure. Each family of links is made when somebody first looks at
 * it and made again only when the readings that it rests on are others: an open screen pays for what it shows.
 */
import type {CloudState, Fabric, HostState} from '../../model/fabric.ts';
import {foundUnderlay} from '../../model/underlay.ts';
import {addressIndex} from './addresses.ts';
import {linkMacs} from './macs.ts';
import {linkRouters} from './nat.ts';
import {linkSegments} from './segments.ts';
import {linkSessions} from './sessions.ts';
import {linkTunnels} from './tunnels.ts';
import type {HostSlice} from './slice.ts';
import {linkVms} from './vms.ts';
import {memoize} from './memoize.ts';

export interface AssembleInput {
  readonly name: string;
  /** The hosts are an inventory of the expected VTEPs and reflectors; false: nobody said what to expect. */
  readonly expectVteps: boolean;
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly cloud: CloudState | undefined;
}

export function createAssembler(): (input: AssembleInput, now: number) => Fabric {
  let revision = 0;
  const addresses = settled(memoize(addressIndex));
  const tunnels = memoize(linkTunnels);
  const sessions = memoize(linkSessions);
  const segments = memoize(linkSegments);
  const macs = memoize(linkMacs);
  const vms = memoize(linkVms);
  const routers = memoize(linkRouters);

  const named = withUnderlays();
  return (input, now) => {
    const {cloud} = input;
    const hosts = named(input.hosts);
    const list = [...hosts.values()];
    const byAddress = addresses(pick(list, ['ip.addresses', 'wg.interfaces']), list.map((host) => host.spec));
    const pool = {vms: cloud?.readings['one.vms'], vnets: cloud?.readings['one.vnets'], vrouters: cloud?.readings['one.vrouters']};
    const fabric: Fabric = {
      revision: ++revision,
      at: now,
      name: input.name,
      hosts,
      cloud,
      hostByAddress: byAddress,
      get tunnels() {
        return tunnels(pick(list, ['wg.interfaces', 'ip.links']));
      },
      get sessions() {
        return sessions(pick(list, ['frr.summary', 'frr.neighbors', 'ip.addresses', 'gobgp.speaker']), byAddress, input.expectVteps);
      },
      get vteps() {
        return vteps(fabric);
      },
      get segments() {
        return segments(pick(list, ['ip.links', 'frr.vnis', 'frr.bgp-vnis', 'bridge.fdb', 'gobgp.speaker']), pool.vnets, pool.vms, byAddress);
      },
      get macs() {
        return macs(pick(list, ['ip.links', 'frr.macs', 'frr.arp', 'bridge.fdb']), pool.vms, pool.vnets);
      },
      get vms() {
        return vms(pick(list, ['ip.links']), pool.vms, pool.vnets, byAddress);
      },
      get routers() {
        return routers(pick(list, ['nf.firewall', 'ip.addresses', 'vr.state']), pool.vms, pool.vrouters);
      },
    };
    return fabric;
  };
}

/** Hosts of which nobody has said what their underlay device is get the one that is found there. The same host stays the same object. */
function withUnderlays(): (hosts: ReadonlyMap<string, HostState>) => ReadonlyMap<string, HostState> {
  const found = new WeakMap<HostState, HostState>();
  const named = (host: HostState): HostState => {
    if (host.spec.underlay !== '' || !(host.spec.roles.includes('vtep') || host.spec.roles.includes('reflector'))) return host;
    let made = found.get(host);
    if (!made) {
      const underlay = foundUnderlay(host);
      found.set(host, (made = underlay === undefined ? host : {...host, spec: {...host.spec, underlay}}));
    }
    return made;
  };
  return (hosts) => ([...hosts.values()].some((host) => named(host) !== host) ? new Map([...hosts].map(([name, host]) => [name, named(host)])) : hosts);
}

function pick<K extends keyof HostState['readings']>(hosts: readonly HostState[], ids: readonly K[]): readonly HostSlice<K>[] {
  return hosts.map((host) => ({spec: host.spec, readings: Object.fromEntries(ids.map((id) => [id, host.readings[id]])) as Pick<HostState['readings'], K>}));
}

/** Addresses hardly ever change: the same index is the same object, so that what rests on it is not made again. */
function settled<A extends unknown[]>(make: (...args: A) => ReadonlyMap<string, string>): (...args: A) => ReadonlyMap<string, string> {
  let last: ReadonlyMap<string, string> = new Map();
  return (...args) => {
    const next = make(...args);
    const same = next.size === last.size && [...next].every(([address, host]) => last.get(address) === host);
    return same ? last : (last = next);
  };
}

/** Every VTEP address that anything points to: local ends of our hosts, flood lists, remote MACs. */
function vteps(fabric: Fabric): Fabric['vteps'] {
  const seen = new Set<string>();
  for (const segment of fabric.segments) {
    for (const host of segment.hosts) {
      const local = host.device?.vxlan?.local ?? host.zebra?.localVtep ?? host.bgp?.originator;
      if (local) seen.add(local);
      for (const address of host.zebra?.remoteVteps ?? []) seen.add(address);
      for (const address of host.floodTo ?? []) seen.add(address);
    }
  }
  return [...seen].sort().map((address) => ({address, host: fabric.hostByAddress.get(address)}));
}
