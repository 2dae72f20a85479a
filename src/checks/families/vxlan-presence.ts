/** That a network has its VXLAN device where it is used: there at all, once, with the VNI of the network. */
import type {Segment, Vm} from '../../model/fabric.ts';
import type {Link} from '../../model/network.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {making, remaking} from './vxlan-commands.ts';
import {isSecond, onVni, places, runs, underlayAddresses, underlayDevice, withoutLinks, type Place} from './vxlan-view.ts';

/** Why a host should have a VNI: VMs of the network that OpenNebula runs there, or taps in a bridge that is its bridge elsewhere. */
interface Wanted {
  readonly host: string;
  readonly segment: Segment;
  readonly vms: Vm[];
  readonly taps: Set<string>; // those of the VMs that are really there, or those in the bridge
}

function wanted(view: View): ReadonlyMap<string, Wanted> {
  const all = new Map<string, Wanted>();
  const segments = new Map(view.fabric.segments.map((segment) => [segment.id, segment]));
  const want = (host: string, segment: Segment): Wanted => {
    const key = `${host}/${segment.vni}`;
    let one = all.get(key);
    if (!one) all.set(key, (one = {host, segment, vms: [], taps: new Set()}));
    return one;
  };
  if (view.cloud('one.vms')) for (const vm of view.fabric.vms) {
    if (!runs(vm) || vm.host === undefined) continue;
    for (const {macId, segment: id, tap, nic} of vm.ports) {
      const segment = macId !== undefined && !nic.alias && id !== undefined ? segments.get(id) : undefined;
      if (!segment) continue;
      const one = want(vm.host, segment);
      one.vms.push(vm);
      if (tap) one.taps.add(tap.name);
    }
  }
  const byBridge = new Map<string, Segment>();
  for (const {device, segment} of places(view)) if (device.master !== undefined) byBridge.set(device.master, segment);
  for (const host of view.hosts('vtep')) {
    const links = [...(view.links(host)?.values() ?? [])];
    const overlaid = new Set(links.filter(({vxlan}) => vxlan).map(({master}) => master)); // with whatever VNI: vxlan.vni
    for (const link of links) {
      const segment = link.master !== undefined && !link.vxlan && link.kind !== 'bridge' && !overlaid.has(link.master) ? byBridge.get(link.master) : undefined;
      // A device that is in no bridge is for vxlan.bridge.
      if (segment) want(host, segment).taps.add(link.name);
    }
  }
  return all;
}

/** The device that is in the place of the network's, whatever its VNI. */
const inItsPlace = (links: ReadonlyMap<string, Link>, {segment, host}: Wanted, view: View): Link | undefined => {
  const named = links.get(`${underlayDevice(view, {host, segment})}.${segment.vni}`);
  if (named?.vxlan) return named;
  const bridge = segment.vnet?.bridge;
  return bridge === undefined ? undefined : [...links.values()].find((link) => link.vxlan && link.master === bridge);
};

/** The commands of OpenNebula's driver, with the options that the network has on another host. */
function creation(view: View, {host, segment}: Wanted, links: ReadonlyMap<string, Link>): string | undefined {
  const model = places(view).find((place) => place.vni === segment.vni && place.host !== host && place.device.master !== undefined)?.device;
  const under = underlayDevice(view, {host, segment});
  const bridge = segment.vnet?.bridge ?? model?.master;
  const address = underlayAddresses(view, host, under)?.find((ip) => !ip.includes(':'));
  if (!model || bridge === undefined || (model.vxlan.local !== undefined && address === undefined)) return undefined;
  return [
    ...(links.has(bridge) ? [] : [`ip link add ${bridge} type bridge && ip link set ${bridge} up`]),
    making({...model.vxlan, name: `${under}.${segment.vni}`, mtu: segment.vnet?.mtu ?? model.mtu, bridge, ...(model.vxlan.local === undefined ? {} : {local: address})}),
  ].join(' && ');
}

const present: Check = {
  id: 'vxlan.device',
  family: 'vxlan',
  title: 'A host that runs a VM of a network has the VXLAN device of that network',
  explanation: 'OpenNebula makes <PHYDEV>.<VLAN_ID> and its bridge on a host with the first VM of the network, and removes them with the last one. So the device must exist where OpenNebula has a RUNNING VM of the network, and where taps are in a bridge that belongs to a VNI on other hosts. That a host without such VMs lacks the network is normal. A device with another VNI in that place is reported by vxlan.vni.',
  remedy: 'Make the device with the options that it has on the other hosts, or migrate the VM away and back: OpenNebula then makes it.',
  origin: 'OpenNebula vxlan driver, pre action; NetQ check vxlan: VLAN consistency',
  holdS: 10,
  run(view, out) {
    withoutLinks(view, out);
    if (view.fabric.cloud && !view.cloud('one.vms')) out.unknown({id: 'OpenNebula', label: 'networks that OpenNebula wants on the hosts', hosts: [], rows: [{resource: 'vms', id: ''}]}, [view.missingCloud('one.vms')], [node.cloud()]);
    for (const {host, vni} of places(view)) out.pass(() => onVni(host, vni));
    for (const one of wanted(view).values()) {
      const links = view.links(one.host);
      const vni = one.segment.vni;
      if (!links || vni === undefined || view.realisation(one.host, vni)?.device || inItsPlace(links, one, view)) continue;
      const script = one.taps.size > 0 ? creation(view, one, links) : undefined;
      const who = one.vms.length > 0 ? `OpenNebula runs ${one.vms.map(({vm}) => vm.name).join(', ')} there` : `${[...one.taps].join(', ')} are in its bridge`;
      out.fail({
        subject: onVni(one.host, vni),
        says: `${one.host} has no VXLAN device of VNI ${vni}, and ${who}`,
        evidence: [{text: `no VXLAN device with VNI ${vni} among the ${links.size} links of ${one.host}${one.taps.size > 0 ? `; taps there: ${[...one.taps].join(' ')}` : ''}`, stamp: view.stamp(one.host, 'ip.links')}, ...(one.vms.length > 0 ? [{text: `OpenNebula has ${one.vms.map(({id}) => `VM ${id}`).join(', ')} RUNNING on ${one.host}`, stamp: view.cloudStamp('one.vms')}] : [])],
        remedy: {text: 'Make the device again as OpenNebula does, or migrate a VM of the network away and back', ...(script === undefined ? {} : {command: {host: one.host, script}})},
        breaks: [node.device(one.host, vni)],
        // Without a single tap there, the question is whether these VMs are there at all.
        needs: [node.underlay(one.host), ...(one.taps.size > 0 ? [] : one.vms.map(({id}) => node.vm(id)))],
      });
    }
  },
};

/** The VNI that a device should have: OpenNebula's driver names it after it, and its bridge belongs to one network. */
function meant(view: View, {host, device}: Place, byBridge: ReadonlyMap<string, number>): {readonly vni: number; readonly why: string} | undefined {
  const [, under, id] = /^(.+)\.(\d+)$/.exec(device.name) ?? [];
  if (under !== undefined && (view.links(host)?.has(under) === true || under === view.host(host)?.spec.underlay)) return {vni: Number(id), why: `its name is ${device.name}`};
  const vni = device.master === undefined ? undefined : byBridge.get(device.master);
  // Beside the right device it is one too many: vxlan.single says that.
  return vni === undefined || view.realisation(host, vni)?.device ? undefined : {vni, why: `${device.master} is the bridge of the network with VLAN_ID ${vni}`};
}

const rightVni: Check = {
  id: 'vxlan.vni',
  family: 'vxlan',
  title: 'A VXLAN device has the VNI of its network',
  explanation: 'OpenNebula names the device <PHYDEV>.<VLAN_ID> and puts it into the bridge of the network. If a device of that name exists already, it is kept silently whatever its options are: with another VNI the VMs of the host are in a network of their own.',
  remedy: 'Delete the device and make it again with the right VNI.',
  origin: 'OpenNebula vxlan driver: exit status 2 ("exists") is tolerated; ANTA VerifyVxlanVniBinding',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    const bridges = new Map<string, number>();
    for (const segment of view.fabric.segments) if (segment.vni !== undefined && segment.vnet?.bridge !== undefined && !isSecond(segment)) bridges.set(segment.vnet.bridge, segment.vni);
    for (const place of places(view)) {
      const {host, vni, device, on} = place;
      const expected = meant(view, place, bridges);
      if (!expected || expected.vni === vni) {
        out.pass(() => onVni(host, vni));
        continue;
      }
      out.fail({
        subject: onVni(host, expected.vni),
        says: `${device.name} of ${host} has VNI ${vni}, not ${expected.vni}`,
        evidence: [{text: `${device.name} of ${host}: vxlan id ${vni}, in ${device.master ?? 'no bridge'}; expected ${expected.vni}: ${expected.why}`, stamp: on.stamp}],
        remedy: {text: `Delete ${device.name} and make it again with VNI ${expected.vni}`, command: {host, script: remaking(device, {vni: expected.vni})}},
        breaks: [node.device(host, expected.vni), node.device(host, vni)],
      });
    }
  },
};

const single: Check = {
  id: 'vxlan.single',
  family: 'vxlan',
  title: 'A host has one VXLAN device per VNI, and a bridge has one VXLAN device',
  explanation: 'Two devices of one VNI on a host (one left from another UDP port, say) share what arrives by chance, and zebra takes only one of them. Two VXLAN devices in one bridge join two networks.',
  remedy: 'Delete the device that is not <PHYDEV>.<VLAN_ID>.',
  origin: 'FRR zebra: one VXLAN interface per L2 VNI; Apstra: VNI to VLAN one to one',
  holdS: 10,
  run(view, out) {
    withoutLinks(view, out);
    for (const host of new Set(places(view).map((place) => place.host))) twins(view, host, out);
  },
};

function twins(view: View, host: string, out: Out): void {
  const byVni = new Map<number, Link[]>();
  const byBridge = new Map<string, Link[]>();
  for (const link of view.links(host)?.values() ?? []) {
    if (!link.vxlan) continue;
    append(byVni, link.vxlan.vni, link);
    if (link.master !== undefined) append(byBridge, link.master, link);
  }
  for (const [vni, links] of byVni) {
    const [first] = links as [Link];
    const mates = first.master === undefined ? [] : (byBridge.get(first.master) ?? []).filter((link) => link.vxlan?.vni !== vni);
    if (links.length === 1 && mates.length === 0) out.pass(() => onVni(host, vni));
    else if (mates.every((link) => link.vxlan!.vni > vni)) out.fail({ // of a bridge with two, the lower VNI tells it
      subject: onVni(host, vni),
      says: links.length > 1 ? `${host} has ${links.length} VXLAN devices of VNI ${vni}: ${links.map(({name}) => name).join(', ')}` : `${first.master} of ${host} joins VNI ${vni} with ${mates.map((link) => `VNI ${link.vxlan?.vni}`).join(', ')}`,
      evidence: [...links, ...mates].map((link) => ({text: `${link.name} of ${host}: VNI ${link.vxlan?.vni}, UDP ${link.vxlan?.port}, in ${link.master ?? 'no bridge'}, ${link.up ? 'up' : 'down'}`, stamp: view.stamp(host, 'ip.links')})),
      remedy: {text: 'Delete the device that OpenNebula did not make: its own is named <PHYDEV>.<VLAN_ID>'},
      breaks: [node.device(host, vni)],
    });
  }
}

function append<K>(map: Map<K, Link[]>, key: K, link: Link): void {
  const list = map.get(key);
  if (list) list.push(link);
  else map.set(key, [link]);
}

export const presence: readonly Check[] = [present, rightVni, single];
