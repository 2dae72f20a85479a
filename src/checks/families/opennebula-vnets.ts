/** Networks as OpenNebula has them: their state, their VNI, and the parameters that its driver makes devices from. */
import type {OneVnet} from '../../model/cloud.ts';
import type {Realisation} from '../../model/fabric.ts';
import {vnetStateName} from '../../model/one-states.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {cloudSubject, isFabricNet, listed, missingPools, pool, vnetSubject} from './opennebula-view.ts';

export const vnetState: Check = {
  id: 'opennebula.vnet-state', family: 'opennebula', holdS: 10,
  title: 'Each network is READY',
  explanation: 'ERROR and UPDATE_FAILURE stay until somebody recovers the network. Locked states (being made or removed) pass by themselves: a warning when they last.',
  remedy: 'onevnet show tells what went wrong; then onevnet recover (retry, success or failure).',
  origin: 'OpenNebula: virtual network states',
  run(view, out) {
    for (const vnet of pool(view, out, 'one.vnets') ?? []) {
      if (vnet.state === 1) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      const failed = vnet.state === 5 || vnet.state === 6;
      out[failed ? 'fail' : 'warn']({
        subject: vnetSubject(view, vnet), says: `network ${vnet.name} is in state ${vnetStateName(vnet.state)}`,
        evidence: [{text: `network ${vnet.id}: state ${vnet.state} (${vnetStateName(vnet.state)})`, stamp: view.cloudStamp('one.vnets')}],
        remedy: {text: failed ? `See onevnet show ${vnet.id}, repair, then onevnet recover ${vnet.id} --retry (after an update: --success or --failure).` : 'Wait; if it stays so, see oned.log for what holds it.'},
        breaks: failed ? [node.vnet(vnet.id)] : [], needs: [node.cloud()],
      });
    }
  },
};

export const vniUnique: Check = {
  id: 'opennebula.vni-unique', family: 'opennebula', holdS: 0,
  title: 'No two networks have one VLAN_ID',
  explanation: 'The VNI is the VLAN_ID: two networks with the same are one broadcast domain for EVPN, whatever their bridges and address ranges. A reservation (a network made of addresses of another) shares that of its parent and is normal.',
  remedy: 'Give one of them another VLAN_ID (or AUTOMATIC_VLAN_ID); VMs that have it must be given the NIC anew.',
  origin: 'NetQ check vxlan: VLAN consistency',
  run(view, out) {
    const vnets = pool(view, out, 'one.vnets');
    if (!vnets) return;
    const byVni = new Map<number, OneVnet[]>();
    for (const vnet of vnets) {
      if (!isFabricNet(vnet) || vnet.vlanId === undefined) continue;
      const its = byVni.get(vnet.vlanId);
      if (its) its.push(vnet);
      else byVni.set(vnet.vlanId, [vnet]);
    }
    for (const [vni, sharing] of byVni) {
      const reserved = new Set(sharing.flatMap(({leases}) => leases?.flatMap(({vnetId}) => vnetId ?? []) ?? []));
      const own = sharing.filter(({id}) => !reserved.has(id)).toSorted((a, b) => a.id - b.id);
      const rows = own.map((vnet) => vnetSubject(view, vnet).rows[0]!);
      const subject = {id: `vni ${vni}`, label: `VNI ${vni}`, hosts: [], rows};
      if (own.length < 2) out.pass(() => subject);
      else {
        out.fail({
          subject, says: `networks ${own.map(({name}) => name).join(' and ')} have one VLAN_ID, ${vni}: they are one network on the wire`,
          evidence: own.map(({id, name, bridge, networkAddress, ranges}) => ({text: `network ${id} ${name}: VLAN_ID ${vni}, bridge ${bridge ?? '-'}, addresses from ${ranges[0]?.firstIp ?? networkAddress ?? '-'}`, stamp: view.cloudStamp('one.vnets')})),
          remedy: {text: `Give network ${own.at(-1)!.id} ${own.at(-1)!.name} a VLAN_ID of its own, and its VMs the NIC anew.`},
          breaks: own.map(({id}) => node.vnet(id)), needs: [node.cloud()],
        });
      }
    }
  },
};

/** "nolearning=,dstport=4789" as the driver reads it: what has no "=" is dropped without a word. */
export function linkConf(text: string | undefined): {readonly options: ReadonlyMap<string, string>; readonly dropped: readonly string[]} {
  const options = new Map<string, string>();
  const dropped: string[] = [];
  for (const item of (text ?? '').split(',').map((one) => one.trim()).filter(Boolean)) {
    const at = item.indexOf('=');
    if (at === -1) dropped.push(item);
    else options.set(item.slice(0, at).trim(), item.slice(at + 1).trim());
  }
  return {options, dropped};
}

interface Complaint {
  readonly fails: boolean;
  readonly text: string;
  readonly hosts?: readonly string[]; // whose device is so because of this
}

/** Where the network is realised, as devices: made from these parameters, or from the driver's defaults. */
export function devicesOf(view: View, vnet: OneVnet): readonly (Realisation & {readonly device: NonNullable<Realisation['device']>})[] {
  const segment = view.fabric.segments.find((one) => one.vnet?.id === vnet.id);
  return (segment?.hosts ?? []).filter((on): on is Realisation & {readonly device: NonNullable<Realisation['device']>} => on.device !== undefined && view.links(on.host) !== undefined);
}

function complaints(view: View, vnet: OneVnet): readonly Complaint[] {
  const all: Complaint[] = [];
  const say = (fails: boolean, text: string, hosts?: readonly string[]): void => void all.push({fails, text, ...(hosts ? {hosts} : {})});
  const {options, dropped} = linkConf(vnet.ipLinkConf);
  const devices = devicesOf(view, vnet);
  if (vnet.vlanId === undefined) say(true, 'it has no VLAN_ID, so no VNI');
  if (vnet.vxlanMode !== undefined && vnet.vxlanMode !== 'evpn') say(true, `VXLAN_MODE is ${vnet.vxlanMode}, not evpn: devices are made with a multicast group, and EVPN has no part in them`);
  else if (vnet.vxlanMode === undefined && devices.length === 0) say(false, 'VXLAN_MODE is not set: the driver\'s default decides, which is multicast');
  else if (vnet.vxlanMode === undefined && devices.some(({device}) => device.vxlan?.group)) say(true, 'VXLAN_MODE is not set, and devices are made with a multicast group', devices.filter(({device}) => device.vxlan?.group).map(({host}) => host));
  const underlays = new Set(view.hosts('vtep').map((host) => view.host(host)!.spec.underlay).filter(Boolean));
  if (vnet.physicalDevice === undefined) say(true, 'it has no PHYDEV: no VXLAN device can be made');
  else {
    if (underlays.size > 0 && !underlays.has(vnet.physicalDevice)) say(true, `PHYDEV is ${vnet.physicalDevice}, and the underlay is ${[...underlays].join(', ')}: VXLAN goes past WireGuard`);
    const device = `${vnet.physicalDevice}.${vnet.vlanId ?? ''}`;
    if (device.length > 15) say(true, `the device would be called ${device}: longer than the 15 characters that Linux takes`);
  }
  if (vnet.bridge === undefined) say(false, 'it has no BRIDGE');
  const learning = devices.filter(({device}) => device.vxlan?.learning);
  if (!options.has('nolearning')) {
    const hosts = learning.map(({host}) => host);
    if (dropped.includes('nolearning')) say(true, `IP_LINK_CONF has nolearning without "=": the driver drops it, and devices learn by themselves`, hosts);
    else if (learning.length > 0) say(true, `IP_LINK_CONF lacks nolearning=, and the devices on ${listed(hosts)} learn by themselves`, hosts);
    else if (devices.length === 0) say(false, 'IP_LINK_CONF lacks nolearning=: the driver\'s default decides');
  }
  const other = dropped.filter((item) => item !== 'nolearning');
  if (other.length > 0) say(false, `IP_LINK_CONF: the driver drops ${other.join(', ')}, which has no "="`);
  const port = options.get('dstport');
  const ports = [...new Set(devices.flatMap(({device}) => device.vxlan?.port ?? []))];
  if (port === undefined && ports.length > 0 && !ports.includes(8472)) say(false, `IP_LINK_CONF has no dstport: a device on another host would use UDP 8472, and those that are there use ${ports.join(', ')}`);
  if (port !== undefined && !/^\d{1,5}$/.test(port)) say(true, `IP_LINK_CONF: dstport=${port} is no port`);
  return all;
}

export const vnetDriver: Check = {
  id: 'opennebula.vnet-driver', family: 'opennebula', holdS: 0,
  title: 'Each VXLAN network has the parameters that EVPN takes',
  explanation: 'What OpenNebula\'s driver makes devices from: VXLAN_MODE=evpn, PHYDEV the underlay device, a device name of at most 15 characters, BRIDGE, IP_LINK_CONF with nolearning= (with the "=": without, the driver drops it without a word) and, where hosts use another port than 8472, dstport. What is not set is left to the driver\'s configuration, which is not read: then the devices on the hosts tell. An existing device with wrong options is kept when a VM starts; a change here takes effect when the last VM of the network has left the host.',
  remedy: 'onevnet update; then the devices must be made anew: migrate or stop the VMs of the network on each host in turn.',
  origin: 'OpenNebula: vxlan driver in evpn mode (vnm_mad/remotes/vxlan)',
  run(view, out) {
    for (const vnet of pool(view, out, 'one.vnets') ?? []) {
      if (!isFabricNet(vnet)) continue;
      const wrong = complaints(view, vnet);
      if (wrong.length === 0) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      const fails = wrong.some((one) => one.fails);
      const main = wrong.find((one) => one.fails === fails)!;
      out[fails ? 'fail' : 'warn']({
        subject: vnetSubject(view, vnet), says: `network ${vnet.name}: ${main.text}`,
        evidence: [
          {text: `network ${vnet.id}: VXLAN_MODE ${vnet.vxlanMode ?? '-'}, PHYDEV ${vnet.physicalDevice ?? '-'}, VLAN_ID ${vnet.vlanId ?? '-'}, BRIDGE ${vnet.bridge ?? '-'}, IP_LINK_CONF ${vnet.ipLinkConf ?? '-'}`, stamp: view.cloudStamp('one.vnets')},
          ...wrong.filter((one) => one !== main).map(({text}) => ({text})),
        ],
        remedy: {text: `Correct it with onevnet update ${vnet.id}. Devices that are there keep their options: they are made anew when the last VM of the network has left a host.`},
        breaks: [node.vnet(vnet.id), ...(vnet.vlanId === undefined ? [] : wrong.flatMap(({hosts = []}) => hosts.map((host) => node.device(host, vnet.vlanId!))))],
        needs: [node.cloud()],
      });
    }
  },
};

const vxlanOverhead = 50; // over IPv4
const ethernet = 1500;

export const vnetMtu: Check = {
  id: 'opennebula.vnet-mtu', family: 'opennebula', holdS: 0,
  title: 'MTU and GUEST_MTU of each VXLAN network fit the underlay',
  explanation: 'MTU is for the VXLAN device, GUEST_MTU for the guests, by their context; both must leave 50 bytes below the MTU of the underlay (WireGuard 1420: 1370). The largest underlay MTU of all hypervisors is taken: a single host with a smaller one is a matter of that host. Without MTU the driver makes the device with 1500 where it has a local address, and large frames vanish.',
  remedy: 'onevnet update: MTU and GUEST_MTU = MTU of the underlay device minus 50. Guests take the new one at their next start.',
  origin: 'NetQ check mtu; OpenNebula: vxlan driver',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.vnets']);
    const vteps = view.hosts('vtep');
    const underlays = vteps.flatMap((host) => view.links(host)?.get(view.host(host)!.spec.underlay)?.mtu ?? []);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const room = Math.max(...underlays) - vxlanOverhead;
    for (const vnet of view.cloud('one.vnets') ?? []) {
      if (!isFabricNet(vnet)) continue;
      if (underlays.length === 0) {
        const unread = vteps.filter((host) => !view.links(host));
        if (unread.length > 0) out.unknown(vnetSubject(view, vnet), unread.map((host) => view.missing(host, 'ip.links')));
        continue; // no host has the underlay device: said elsewhere
      }
      const {mtu, guestMtu} = vnet;
      const devices = devicesOf(view, vnet);
      const fit = `the underlay has ${room + vxlanOverhead}, so ${room} fit`;
      const fails = [
        ...(mtu !== undefined && mtu > room ? [`MTU ${mtu} does not fit: ${fit}`] : []),
        ...(guestMtu !== undefined && guestMtu > Math.min(mtu ?? room, room) ? [`GUEST_MTU ${guestMtu} is more than ${mtu !== undefined && mtu <= room ? `the MTU ${mtu} of its device` : `the ${room} that fit`}: large frames of guests vanish`] : []),
      ];
      const warns = [
        ...(mtu === undefined && vnet.vxlanTep === 'local_ip' && room < ethernet && (devices.length === 0 || devices.some(({device}) => device.mtu > room)) ? [`it has no MTU: the driver makes its device with ${ethernet}, and ${fit}`] : []),
        ...(guestMtu === undefined && (mtu ?? room) < ethernet ? [`it has no GUEST_MTU: guests take ${ethernet}, and ${fit}`] : []),
      ];
      const [first] = [...fails, ...warns];
      if (first === undefined) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      out[fails.length > 0 ? 'fail' : 'warn']({
        subject: vnetSubject(view, vnet), says: `network ${vnet.name}: ${first}`,
        evidence: [{text: `network ${vnet.id}: MTU ${mtu ?? '-'}, GUEST_MTU ${guestMtu ?? '-'}`, stamp: view.cloudStamp('one.vnets')}, ...[...fails, ...warns].slice(1).map((text) => ({text}))],
        remedy: {text: `onevnet update ${vnet.id}: MTU=${room}, GUEST_MTU=${room}. Devices and guests take it when they are started anew.`},
        breaks: [node.vnet(vnet.id), ...(mtu !== undefined && mtu > room && vnet.vlanId !== undefined ? devices.map(({host}) => node.device(host, vnet.vlanId!)) : [])],
        needs: [node.cloud()],
      });
    }
  },
};
