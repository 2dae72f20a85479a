/** What traces look things up in: indexes over the readings of a fabric, each made when first asked for and once only. */
import type {View} from '../checks/view.ts';
import type {MacEntry} from '../model/fabric.ts';
import type {EvpnMac} from '../model/frr.ts';
import type {FdbEntry, KernelRoute, Link, WgInterface, WgPeer} from '../model/network.ts';
import {PrefixTable} from './prefix.ts';

export const floodMac = '00:00:00:00:00:00';

/** A WireGuard device of a host, by what its crypto routing asks. */
export interface Crypto {
  readonly device: WgInterface;
  readonly byAddress: PrefixTable<WgPeer>;
  readonly byKey: ReadonlyMap<string, WgPeer>;
}

/** VTEP addresses, and by which of them a host is reached. */
export interface Flooding {
  readonly to: readonly string[];
  readonly at: ReadonlyMap<string, string>;
}

export class Ground {
  readonly view: View;
  private readonly fdbs = new Map<string, ReadonlyMap<string, readonly FdbEntry[]> | undefined>();
  private readonly evpnMacs = new Map<string, ReadonlyMap<string, EvpnMac> | undefined>();
  private readonly routeTables = new Map<string, PrefixTable<KernelRoute> | undefined>();
  private readonly cryptos = new Map<string, ReadonlyMap<string, Crypto> | undefined>();
  private readonly ports = new Map<string, ReadonlyMap<string, readonly Link[]>>();
  private readonly floods = new Map<string, ReadonlyMap<string, Flooding>>();
  private tapIndex: ReadonlyMap<string, readonly string[]> | undefined;
  private keyIndex: ReadonlyMap<string, string> | undefined;
  private macIndex: ReadonlyMap<string, readonly MacEntry[]> | undefined;

  constructor(view: View) {
    this.view = view;
  }

  /** MAC → entries of a host's FDB; undefined: not read. */
  fdb(host: string): ReadonlyMap<string, readonly FdbEntry[]> | undefined {
    return once(this.fdbs, host, () => group(this.view.read(host, 'bridge.fdb'), (entry) => entry.mac));
  }

  /** Where a device of a host floods to by the kernel's FDB; undefined: not read. */
  flooding(host: string, device: string): Flooding | undefined {
    const fdb = this.fdb(host);
    if (!fdb) return undefined;
    const byDevice = once(this.floods, host, () => {
      const index = new Map<string, {to: string[]; at: Map<string, string>}>();
      for (const entry of fdb.get(floodMac) ?? []) {
        if (entry.destination === undefined) continue;
        let flooding = index.get(entry.device);
        if (!flooding) index.set(entry.device, (flooding = {to: [], at: new Map()}));
        flooding.to.push(entry.destination);
        const owner = this.view.fabric.hostByAddress.get(entry.destination);
        if (owner !== undefined) flooding.at.set(owner, entry.destination);
      }
      return index;
    });
    return byDevice.get(device) ?? {to: [], at: new Map()};
  }

  /** What zebra has of a MAC on a host. `read`: false when zebra was not read there. */
  evpn(host: string, vni: number, mac: string): {readonly read: boolean; readonly entry: EvpnMac | undefined} {
    const index = once(this.evpnMacs, host, () => {
      const macs = this.view.read(host, 'frr.macs');
      return macs && new Map(macs.map((entry) => [`${entry.vni}/${entry.mac}`, entry]));
    });
    return {read: index !== undefined, entry: index?.get(`${vni}/${mac}`)};
  }

  routes(host: string): PrefixTable<KernelRoute> | undefined {
    return once(this.routeTables, host, () => {
      const routes = this.view.read(host, 'ip.routes');
      if (!routes) return undefined;
      const table = new PrefixTable<KernelRoute>();
      // Of equal prefixes the lowest metric wins.
      for (const route of routes.toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0))) table.add(route.destination === 'default' ? '0.0.0.0/0' : route.destination, route);
      return table;
    });
  }

  /** WireGuard devices of a host by name; undefined: not read. */
  crypto(host: string): ReadonlyMap<string, Crypto> | undefined {
    return once(this.cryptos, host, () => {
      const devices = this.view.read(host, 'wg.interfaces');
      return devices && new Map(devices.map((device) => [device.name, cryptoOf(device)]));
    });
  }

  /** The ports of a bridge. */
  portsOf(host: string, bridge: string): readonly Link[] {
    let byMaster = this.ports.get(host);
    if (!byMaster) {
      byMaster = group([...(this.view.links(host)?.values() ?? [])].filter((link) => link.master !== undefined), (link) => link.master as string) ?? new Map<string, readonly Link[]>();
      this.ports.set(host, byMaster);
    }
    return byMaster.get(bridge) ?? [];
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
    this.macIndex ??= group(this.view.fabric.macs, (entry) => entry.mac) ?? new Map<string, readonly MacEntry[]>();
    return this.macIndex.get(mac) ?? [];
  }
}

function cryptoOf(device: WgInterface): Crypto {
  const byAddress = new PrefixTable<WgPeer>();
  for (const peer of device.peers) for (const allowed of peer.allowedIps) byAddress.add(allowed, peer);
  return {device, byAddress, byKey: new Map(device.peers.map((peer) => [peer.publicKey, peer]))};
}

function group<T>(values: readonly T[] | undefined, keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> | undefined {
  if (!values) return undefined;
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const values_ = groups.get(key);
    if (values_) values_.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function once<T>(map: Map<string, T>, key: string, make: () => T): T {
  if (!map.has(key)) map.set(key, make());
  return map.get(key) as T;
}

const grounds = new WeakMap<View, Ground>();
/** One ground for all traces of one view. */
export function groundOf(view: View): Ground {
  let ground = grounds.get(view);
  if (!ground) grounds.set(view, (ground = new Ground(view)));
  return ground;
}
