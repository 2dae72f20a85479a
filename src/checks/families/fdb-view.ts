/** Which MAC tables are fresh, and what the FDB checks share: subjects, own MACs of hosts, where a VTEP is. */
import type {MacEntry} from '../../model/fabric.ts';
import type {Subject} from '../../model/finding.ts';
import type {Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {speaksGobgp} from './bgp-pairs.ts';
import {onHost} from './vxlan-view.ts';

export const onMac = (host: string, {id, vni, mac}: Pick<MacEntry, 'id' | 'vni' | 'mac'>): Subject => ({id: `${host}/${id}`, label: `MAC ${mac} in VNI ${vni} on ${host}`, hosts: [host], rows: [{resource: 'macs', id}, {resource: 'vnis', id: `${host}/${vni}`}]});

/** A MAC as people know it: with the VM that has it, when that is known. */
export function called(view: View, {mac, vmId, ip}: Pick<MacEntry, 'mac' | 'vmId' | 'ip'>): string {
  const vm = vmId === undefined ? undefined : view.fabric.vms.find(({id}) => id === vmId);
  const more = [vm?.vm.name, ip].filter((one) => one !== undefined);
  return more.length > 0 ? `${mac} (${more.join(', ')})` : mac;
}

/** "192.168.0.2 (kvm1)" */
export function vtep(view: View, address: string): string {
  const host = view.fabric.hostByAddress.get(address) ?? ownerOf(view, address);
  return `${address} (${host ?? 'no host of ours'})`;
}

const owners = new WeakMap<View, ReadonlyMap<string, string>>();
/** The host that has this address on any of its devices. */
export function ownerOf(view: View, address: string): string | undefined {
  let index = owners.get(view);
  if (!index) owners.set(view, (index = new Map(view.hosts('vtep', 'reflector').flatMap((host) => (view.read(host, 'ip.addresses') ?? []).filter(({scope}) => scope === 'global').map(({ip}) => [ip, host] as const)))));
  return index.get(address);
}

/** Hosts whose zebra MACs and whose kernel tables are fresh. */
export interface Fresh {
  readonly zebra: ReadonlySet<string>;
  readonly kernel: ReadonlySet<string>;
}
const freshness = new WeakMap<View, Fresh>();
export function fresh(view: View): Fresh {
  let made = freshness.get(view);
  if (!made) {
    const all = view.hosts();
    made = {zebra: new Set(all.filter((host) => view.read(host, 'frr.macs'))), kernel: new Set(all.filter((host) => view.read(host, 'bridge.fdb') && view.links(host)))};
    freshness.set(view, made);
  }
  return made;
}

/** For each VTEP one unknown if any of these tables cannot be read now. */
export function withoutTables(view: View, out: Out, ...probes: readonly ('frr.macs' | 'frr.vnis' | 'bridge.fdb' | 'ip.links')[]): void {
  for (const host of view.hosts('vtep')) {
    // GoBGP in FRR's place: there is no zebra to ask.
    if (speaksGobgp(view, host) && probes.some((probe) => probe.startsWith('frr.'))) continue;
    const missing = probes.filter((probe) => view.read(host, probe) === undefined);
    if (missing.length === 0) continue;
    // zebra says "not configured" of EVPN as a whole: that is bgpd's configuration.
    const unset = missing.some((probe) => view.problem(host, probe)?.kind === 'not-configured');
    out.unknown(onHost(host, `MAC tables of ${host}`), missing.map((probe) => view.missing(host, probe)), unset ? [node.evpnConfig(host), node.bgpd(host)] : []);
  }
}

/** MACs of a host's own devices: FRR 7.5 lists that of the VXLAN device as local. */
function ownMacs(view: View, host: string): ReadonlySet<string | undefined> {
  let byHost = own.get(view);
  if (!byHost) own.set(view, (byHost = new Map()));
  let macs = byHost.get(host);
  if (!macs) byHost.set(host, (macs = new Set([...(view.links(host)?.values() ?? [])].map(({mac}) => mac))));
  return macs;
}
const own = new WeakMap<View, Map<string, ReadonlySet<string | undefined>>>();

/**
 * That a MAC which zebra has as local is the host's own and no station's. FRR 7.5 also lists that of the bridge, by the
 * bridge's name, and keeps it when the bridge takes another one: it has that of its lowest port, and ports come and go.
 * A station is behind a port.
 */
function isOwn(view: View, host: string, mac: MacEntry): boolean {
  if (ownMacs(view, host).has(mac.mac)) return true;
  const device = mac.locations.find((location) => location.host === host)?.evpn?.device;
  return device !== undefined && view.links(host)?.get(device)?.kind === 'bridge';
}

/** Hosts that call a MAC local at this moment, by fresh tables; what is their own is left out. */
export function localNow(view: View, mac: MacEntry): readonly string[] {
  if (mac.localAt.length === 0) return mac.localAt;
  const {zebra} = fresh(view);
  if (mac.localAt.length === 1 && zebra.has(mac.localAt[0]!) && !isOwn(view, mac.localAt[0]!, mac)) return mac.localAt;
  return mac.localAt.filter((host) => zebra.has(host) && !isOwn(view, host, mac));
}
