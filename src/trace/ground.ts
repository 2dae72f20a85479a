/** What traces look things up in: indexes over the readings of a fabric, each made when first asked for and once only. */
import type {View} from '../checks/view.ts';
import type {MacEntry} from '../model/fabric.ts';
import type {EvpnMac} from '../model/frr.ts';
import type {FdbEntry, KernelRoute, Link, WgInterface, WgPeer} from '../model/network.ts';
import type {Hop} from '../model/trace.ts';
import {PrefixTable} from './prefix.ts';

export const floodMac = '00:00:00:00:00:00';

/** A WireGuard device of a host, by what its crypto routing asks. */
export interface Crypto {
  readonly device: WgInterface;
  readonly byAddress: PrefixTable<WgPeer>;
  readonly byKey: ReadonlyMap<string, WgPeer>;
}

/** VTEP addresses that a device floods to. */
export class Flooding {
  readonly to: readonly string[];
  private set: ReadonlySet<string> | undefined;

  constructor(to: readonly string[]) {
    this.to = to;
  }

  has(address: string): boolean {
    return (this.set ??= new Set(this.to)).has(address);
  }
}
const nowhere = new Flooding([]);

/** An index is of one reading: while that stays the same, from view to view, so does what was made of it. */
function ofReading<R extends object, I>(make: (reading: R) => I): (reading: R | undefined) => I | undefined {
  const made = new WeakMap<R, I>();
  return (reading) => {
    if (!reading) return undefined;
    let index = made.get(reading);
    if (index === undefined) made.set(reading, (index = make(reading)));
    return index;
  };
}

const fdbIndex = ofReading((entries: readonly FdbEntry[]) => group(entries, ({mac}) => mac));
const floodIndex = ofReading((entries: readonly FdbEntry[]) => {
  const byDevice = new Map<string, string[]>();
  for (const {mac, device, destination} of entries) {
    if (destination === undefined || mac !== floodMac) continue;
    const to = byDevice.get(device);
    if (to) to.push(destination);
    else byDevice.set(device, [destination]);
  }
  return new Map([...byDevice].map(([device, to]) => [device, new Flooding(to)]));
});
const evpnIndex = ofReading((macs: readonly EvpnMac[]) => {
  const byVni = new Map<number, Map<string, EvpnMac>>();
  for (const entry of macs) {
    let byMac = byVni.get(entry.vni);
    if (!byMac) byVni.set(entry.vni, (byMac = new Map()));
    byMac.set(entry.mac, entry);
  }
  return byVni;
});
const routeIndex = ofReading((routes: readonly KernelRoute[]) => {
  const table = new PrefixTable<KernelRoute>();
  // Of equal prefixes the lowest metric wins.
  for (const route of routes.toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0))) table.add(route.destination === 'default' ? '0.0.0.0/0' : route.destination, route);
  return table;
});
const cryptoIndex = ofReading((devices: readonly WgInterface[]) => new Map(devices.map((device) => [device.name, cryptoOf(device)])));
const portIndex = ofReading((links: readonly Link[]) => group(links.filter((link) => link.master !== undefined), (link) => link.master as string));
const macIndex = ofReading((macs: readonly MacEntry[]) => group(macs, ({mac}) => mac));

export class Ground {
  readonly view: View;
  /** Ways through the underlay that were told: all VMs of two hosts share one each way. */
  readonly crossings = new Map<string, Map<string, readonly Hop[]>>();
  private tapIndex: ReadonlyMap<string, readonly string[]> | undefined;
  private keyIndex: ReadonlyMap<string, string> | undefined;

  constructor(view: View) {
    this.view = view;
  }

  /** MAC → entries of a host's FDB; undefined: not read. */
  fdb(host: string): ReadonlyMap<string, readonly FdbEntry[]> | undefined {
    return fdbIndex(this.view.read(host, 'bridge.fdb'));
  }

  /** Where a device of a host floods to by the kernel's FDB; undefined: not read. */
  flooding(host: string, device: string): Flooding | undefined {
    const lists = floodIndex(this.view.read(host, 'bridge.fdb'));
    return lists && (lists.get(device) ?? nowhere);
  }

  /** What zebra has of a MAC on a host. `read`: false when zebra was not read there. */
  evpn(host: string, vni: number, mac: string): {readonly read: boolean; readonly entry: EvpnMac | undefined} {
    const index = evpnIndex(this.view.read(host, 'frr.macs'));
    return {read: index !== undefined, entry: index?.get(vni)?.get(mac)};
  }

  /** The device of a host by its MAC: a NIC of an appliance, as the guest that it is sees it. */
  linkOf(host: string, wanted: string): Link | undefined {
    return this.view.read(host, 'ip.links')?.find(({mac}) => mac === wanted);
  }

  routes(host: string): PrefixTable<KernelRoute> | undefined {
    return routeIndex(this.view.read(host, 'ip.routes'));
  }

  /** WireGuard devices of a host by name; undefined: not read. */
  crypto(host: string): ReadonlyMap<string, Crypto> | undefined {
    return cryptoIndex(this.view.read(host, 'wg.interfaces'));
  }

  /** The ports of a bridge. */
  portsOf(host: string, bridge: string): readonly Link[] {
    return portIndex(this.view.read(host, 'ip.links'))?.get(bridge) ?? [];
  }

  /** Hosts that have a device of this name as a port of a bridge: where a tap is, whatever OpenNebula believes. */
  hostsWithTap(tap: string): readonly string[] {
    if (!this.tapIndex) {
      const index = new Map<string, string[]>();
      for (const host of this.view.fabric.hosts.keys()) {
        for (const link of this.view.links(host)?.values() ?? []) {
          if (!link.name.startsWith('one-')) continue;
          const hosts = index.get(link.name);
          if (hosts) hosts.push(host);
          else index.set(link.name, [host]);
        }
      }
      this.tapIndex = index;
    }
    return this.tapIndex.get(tap) ?? [];
  }

  /** The host on which this WireGuard public key was read. */
  ownerOfKey(key: string): string | undefined {
    if (!this.keyIndex) {
      const index = new Map<string, string>();
      for (const [host, {readings}] of this.view.fabric.hosts) for (const wg of readings['wg.interfaces']?.value ?? []) if (wg.publicKey) index.set(wg.publicKey, host);
      this.keyIndex = index;
    }
    return this.keyIndex.get(key);
  }

  /** MAC → what is known of it, in each VNI. */
  macs(mac: string): readonly MacEntry[] {
    return macIndex(this.view.fabric.macs)?.get(mac) ?? [];
  }
}

function cryptoOf(device: WgInterface): Crypto {
  const byAddress = new PrefixTable<WgPeer>();
  for (const peer of device.peers) for (const allowed of peer.allowedIps) byAddress.add(allowed, peer);
  return {device, byAddress, byKey: new Map(device.peers.map((peer) => [peer.publicKey, peer]))};
}

function group<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const values_ = groups.get(key);
    if (values_) values_.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

const grounds = new WeakMap<View, Ground>();
/** One ground for all traces of one view. */
export function groundOf(view: View): Ground {
  let ground = grounds.get(view);
  if (!ground) grounds.set(view, (ground = new Ground(view)));
  return ground;
}
