/** MACs per VNI: what zebra says and what the kernel has, on every host; leases give IPs to MAC-only routes. */
import type {HostSlice} from './slice.ts';
import type {MacEntry, MacLocation} from '../../model/fabric.ts';
import type {OneVm, OneVnet} from '../../model/cloud.ts';
import type {FdbEntry, Link} from '../../model/network.ts';
import type {EvpnMac} from '../../model/frr.ts';
import {stamp, type Observation, type Stamp} from '../../model/reading.ts';
import {floodMac} from './segments.ts';

type Slice = HostSlice<'ip.links' | 'frr.macs' | 'frr.arp' | 'bridge.fdb'>;
interface Owner {
  readonly ip: string | undefined;
  readonly origin: string;
  readonly vmId: number | undefined;
}

export function linkMacs(hosts: readonly Slice[], vms: Observation<readonly OneVm[]> | undefined, vnets: Observation<readonly OneVnet[]> | undefined): readonly MacEntry[] {
  const owners = leaseOwners(vms?.value ?? [], vnets?.value ?? []);
  const entries = new Map<string, {vni: number; mac: string; locations: Map<string, {evpn?: EvpnMac; fdb: FdbEntry[]; stamp: Stamp}>}>();
  const at = (vni: number, mac: string, host: string, origin: Stamp) => {
    const id = `${vni}/${mac}`;
    let entry = entries.get(id);
    if (!entry) entries.set(id, (entry = {vni, mac, locations: new Map()}));
    let location = entry.locations.get(host);
    if (!location) entry.locations.set(host, (location = {fdb: [], stamp: origin}));
    return location;
  };
  const arp = new Map<string, Owner>();
  for (const {spec, readings} of hosts) {
    const macs = readings['frr.macs'];
    if (macs?.value) {
      const origin = stamp(macs);
      for (const evpn of macs.value) at(evpn.vni, evpn.mac, spec.name, origin).evpn = evpn;
    }
    const fdb = readings['bridge.fdb'];
    if (fdb?.value) {
      const origin = stamp(fdb);
      const links = readings['ip.links']?.value ?? [];
      const vniOf = vniByDevice(links);
      const tunnels = new Set(links.filter((link) => link.vxlan).map((link) => link.name));
      for (const entry of fdb.value) {
        const vni = vniOf.get(entry.device);
        if (vni !== undefined && isStation(entry, tunnels.has(entry.device))) at(vni, entry.mac, spec.name, origin).fdb.push(entry);
      }
    }
    for (const entry of readings['frr.arp']?.value ?? []) {
      if (entry.mac) arp.set(`${entry.vni}/${entry.mac}`, {ip: entry.ip, origin: `arp-cache of ${spec.name}`, vmId: undefined});
    }
  }
  return [...entries].map(([id, {vni, mac, locations}]) => {
    const owner = owners.get(id);
    const known = owner?.ip ? owner : arp.get(id);
    const list = [...locations].map(([host, location]): MacLocation => ({host, evpn: location.evpn, fdb: location.fdb, stamp: location.stamp}));
    return {
      id,
      vni,
      mac,
      ip: known?.ip,
      ipOrigin: known?.origin,
      vmId: owner?.vmId,
      localAt: list.filter((location) => location.evpn?.kind === 'local').map((location) => location.host),
      locations: list,
      duplicate: list.some((location) => location.evpn?.duplicate === true),
    };
  });
}

/** "vni/mac" → who leased it: the NICs of the VMs, then leases of the vnets (floating addresses of virtual routers). */
function leaseOwners(vms: readonly OneVm[], vnets: readonly OneVnet[]): ReadonlyMap<string, Owner> {
  const vniOf = new Map(vnets.filter((vnet) => vnet.vnMad === 'vxlan' && vnet.vlanId !== undefined).map((vnet) => [vnet.id, vnet.vlanId]));
  const owners = new Map<string, Owner>();
  for (const vnet of vnets) {
    for (const lease of vnet.leases ?? []) {
      if (lease.mac && vniOf.has(vnet.id)) owners.set(`${vniOf.get(vnet.id)}/${lease.mac}`, {ip: lease.ip, origin: `lease in ${vnet.name}`, vmId: lease.vmId});
    }
  }
  for (const vm of vms) {
    for (const nic of vm.nics) {
      const vni = nic.networkId === undefined ? nic.vlanId : (vniOf.get(nic.networkId) ?? nic.vlanId);
      if (nic.mac && vni !== undefined && !nic.alias) owners.set(`${vni}/${nic.mac}`, {ip: nic.ip, origin: `lease of vm ${vm.id}`, vmId: vm.id});
    }
  }
  return owners;
}

/** VXLAN devices by their VNI, and the ports of their bridges. */
function vniByDevice(links: readonly Link[]): ReadonlyMap<string, number> {
  const byBridge = new Map<string, number>();
  const result = new Map<string, number>();
  for (const link of links) {
    if (!link.vxlan) continue;
    result.set(link.name, link.vxlan.vni);
    if (link.master) byBridge.set(link.master, link.vxlan.vni);
  }
  for (const link of links) {
    const vni = link.master === undefined ? undefined : byBridge.get(link.master);
    if (vni !== undefined) result.set(link.name, vni);
  }
  return result;
}

/**
 * A station's entry, not a flood entry, a group address or the device's own address. What a bridge has learned behind
 * its VXLAN port by itself (neither EVPN nor a VTEP behind it) are remote bridges' own addresses: they age away.
 */
function isStation(entry: FdbEntry, tunnel: boolean): boolean {
  if (entry.mac === floodMac || (Number.parseInt(entry.mac.slice(0, 2), 16) & 1) === 1) return false;
  return entry.destination !== undefined || entry.externLearn || (!tunnel && entry.state !== 'permanent');
}
