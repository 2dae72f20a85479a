/** The VXLAN devices of the overlay as the checks of vxlan, mtu and fdb see them: one per host and VNI, read just now. */
import type {Realisation, Segment, Vm} from '../../model/fabric.ts';
import type {Subject} from '../../model/finding.ts';
import type {Link, VxlanOptions} from '../../model/network.ts';
import type {Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';

export interface Place {
  readonly host: string;
  readonly vni: number;
  readonly device: Link & {readonly vxlan: VxlanOptions};
  readonly on: Realisation;
  readonly segment: Segment;
}

export const onVni = (host: string, vni: number): Subject => ({id: `${host}/${vni}`, label: `VNI ${vni} on ${host}`, hosts: [host], rows: [{resource: 'vnis', id: `${host}/${vni}`}]});
export const onHost = (host: string, label = host): Subject => ({id: host, label, hosts: [host], rows: [{resource: 'hosts', id: host}]});

/** Two networks of one VLAN_ID are two segments with the same devices: the first one speaks for both. */
export const isSecond = (segment: Segment): boolean => segment.vni !== undefined && segment.id !== `vni ${segment.vni}`;

/** Multicast VXLAN learns by itself and has no EVPN: what holds for EVPN does not hold there. */
export const isEvpn = ({segment, device}: Pick<Place, 'segment' | 'device'>): boolean =>
  device.vxlan.group === undefined && (segment.vnet?.vxlanMode === undefined || segment.vnet.vxlanMode === 'evpn');

/** Addresses of the device that VXLAN runs over, of either family; undefined: not read. */
export function underlayAddresses(view: View, host: string, device: string): readonly string[] | undefined {
  return view.read(host, 'ip.addresses')?.filter((one) => one.device === device && one.scope !== 'link').map(({ip}) => ip);
}

export const underlayDevice = (view: View, {host, segment}: Pick<Place, 'host' | 'segment'>): string => segment.vnet?.physicalDevice ?? (view.host(host)?.spec.underlay || 'wg0');

const memo = new WeakMap<View, readonly Place[]>();

/** Every VXLAN device of the overlay whose links are fresh. What else uses VXLAN on a host (a container network) is not ours. */
export function places(view: View): readonly Place[] {
  const made = memo.get(view);
  if (made) return made;
  const all: Place[] = [];
  for (const segment of view.fabric.segments) {
    if (segment.vni === undefined || isSecond(segment)) continue;
    for (const on of segment.hosts) {
      const {host, device} = on;
      if (!device?.vxlan || !view.links(host)) continue;
      const place: Place = {host, vni: segment.vni, device: {...device, vxlan: device.vxlan}, on, segment};
      if (isOurs(view, place)) all.push(place);
    }
  }
  memo.set(view, all);
  return all;
}

function isOurs(view: View, place: Place): boolean {
  const {device, segment, on} = place;
  if (segment.vnet) return true;
  const under = underlayDevice(view, place);
  if (device.vxlan.device === under || device.name.startsWith(`${under}.`) || (on.zebra && device.master !== undefined)) return true;
  const {local} = device.vxlan;
  return local !== undefined && underlayAddresses(view, on.host, under)?.includes(local) === true;
}

/** "HOST/VNI" of those that are EVPN's and carry frames: the VNI of a VRF carries routed packets, to MACs of routers that no table of MACs lists. */
export const layer2 = (view: View): ReadonlySet<string> => new Set(places(view).filter((place) => isEvpn(place) && !isLayer3(place.on)).map(({host, vni}) => `${host}/${vni}`));
export const isLayer3 = ({zebra, bgp}: Realisation): boolean => zebra?.type === 'L3' || bgp?.type === 'L3';

/** For each VTEP whose links cannot be read now, one unknown. */
export function withoutLinks(view: View, out: Out): void {
  for (const host of view.hosts('vtep')) if (!view.links(host)) out.unknown(onHost(host, `devices of ${host}`), [view.missing(host, 'ip.links')]);
}

export const runs = (vm: Vm): boolean => vm.vm.state === 3 && vm.vm.lcmState === 3;

/** The value that more than half of them have; undefined: no such majority. */
export function majority<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const [value, count] of counts) if (count * 2 > values.length) return value;
  return undefined;
}

/** Frames of a VNI between a host and all others that have it, both ways. */
export const carriageOf = ({host, vni, segment}: Pick<Place, 'host' | 'vni' | 'segment'>): readonly string[] =>
  segment.hosts.flatMap((other) => (other.host === host ? [] : [node.carriage(host, other.host, vni), node.carriage(other.host, host, vni)]));
