/** Virtual networks: OpenNebula's intent beside what the hosts have. */
import type {Fabric, Segment} from '../model/fabric.ts';
import {vnetStateName} from '../model/one-states.ts';
import {cell, none, orNone, orUnknown, readCell, section, tempered, unknown, worst} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';
import {vniTrouble} from './vnis.ts';

const stamps = (segment: Segment) => [...segment.stamps, ...segment.hosts.map((host) => host.stamp)];

/** One value for all hosts, or all of them where they differ: a difference is what breaks the overlay silently. */
function agreed<T extends string | number | boolean>(segment: Segment, of: (host: Segment['hosts'][number]) => T | undefined, format: (value: T) => string = String): Cell {
  const values = new Set(segment.hosts.map(of).filter((value) => value !== undefined));
  if (values.size === 0) return segment.hosts.length === 0 ? none : unknown;
  return values.size === 1 ? cell(format([...values][0] as T)) : cell([...values].map(format).join('≠'), 'bad');
}

const mtu = (segment: Segment): Cell => {
  const value = agreed(segment, (host) => host.device?.mtu);
  const guest = segment.vnet?.guestMtu;
  const smallest = Math.min(...segment.hosts.map((host) => host.device?.mtu ?? Infinity));
  return guest !== undefined && smallest < guest ? {...value, tone: 'bad'} : value;
};

function tone(segment: Segment): Tone {
  const hosts = segment.vni === undefined ? [] : segment.hosts.map((on): Tone => vniTrouble({segment, vni: segment.vni as number, on})?.tone ?? 'ok');
  const cells = segment.vni === undefined ? [] : [port(segment), mtu(segment), learning(segment)].map((c): Tone => c.tone ?? 'ok');
  const state: Tone = segment.vnet && segment.vnet.state !== 1 ? 'bad' : 'ok';
  return worst([state, ...hosts, ...cells.filter((t) => t === 'bad' || t === 'warn')]);
}

const port = (segment: Segment): Cell => agreed(segment, (host) => host.device?.vxlan?.port);
const learning = (segment: Segment): Cell => {
  const value = agreed(segment, (host) => host.device?.vxlan?.learning, (on) => (on ? 'on' : 'off'));
  return value.text.includes('on') ? {...value, tone: 'warn'} : value;
};

export const vnets: Resource<Segment> = {
  name: 'vnets',
  title: 'Virtual networks',
  aliases: ['vnet', 'networks', 'network', 'vn'],
  rows: (fabric: Fabric) => fabric.segments,
  id: (segment) => segment.id,
  tone: (segment, now) => tempered(tone(segment), stamps(segment), now),
  stamps,
  columns: [
    {id: 'vnet', title: 'NETWORK', cell: (s) => (s.vnet ? cell(s.vnet.name) : cell('not in OpenNebula', 'muted')), min: 14, max: 36, grow: true},
    {id: 'id', title: 'ID', align: 'right', rank: 1, cell: (s) => orNone(s.vnet?.id), sortBy: (s) => s.vnet?.id},
    {id: 'vni', title: 'VNI', align: 'right', cell: (s) => orNone(s.vni), sortBy: (s) => s.vni},
    {id: 'driver', title: 'DRIVER', rank: 1, cell: (s) => (s.vnet ? cell(`${s.vnet.vnMad}${s.vnet.vxlanMode ? ` ${s.vnet.vxlanMode}` : ''}`) : none), max: 16},
    {id: 'bridge', title: 'BRIDGE', rank: 1, cell: (s) => (s.vnet ? orNone(s.vnet.bridge) : agreed(s, (host) => host.device?.master)), max: 15},
    {id: 'phydev', title: 'PHYDEV', cell: (s) => orNone(s.vnet?.physicalDevice), max: 15, rank: 1},
    {id: 'guest-mtu', title: 'GUEST', align: 'right', cell: (s) => orNone(s.vnet?.guestMtu), sortBy: (s) => s.vnet?.guestMtu},
    {id: 'mtu', title: 'MTU', align: 'right', cell: (s) => (s.vni === undefined ? none : mtu(s)), min: 4},
    {id: 'port', title: 'PORT', align: 'right', cell: (s) => (s.vni === undefined ? none : port(s)), min: 4},
    {id: 'learning', title: 'LEARN', cell: (s) => (s.vni === undefined ? none : learning(s))},
    {id: 'local', title: 'LOCAL', rank: 2, cell: (s) => (s.vni === undefined ? none : cell(String(s.hosts.filter((host) => host.device?.vxlan?.local).length) + '/' + s.hosts.length))},
    {id: 'gateway', title: 'GATEWAY', rank: 1, cell: (s) => orNone(s.vnet?.gateway), max: 39},
    {id: 'leases', title: 'LEASES', align: 'right', cell: (s) => (s.vnet ? cell(`${s.vnet.usedLeases}/${s.vnet.size}`, s.vnet.usedLeases >= s.vnet.size && s.vnet.size > 0 ? 'warn' : 'plain') : none), sortBy: (s) => s.vnet?.usedLeases},
    {id: 'vms', title: 'VMS', align: 'right', cell: (s) => (s.vmIds.length === 0 ? none : cell(s.vmIds.length)), sortBy: (s) => s.vmIds.length},
    {id: 'hosts', title: 'HOSTS', cell: (s) => (s.hosts.length === 0 ? none : cell(s.hosts.map((host) => host.host).join(' '))), min: 8, max: 60, grow: true},
    {id: 'read', title: 'READ', align: 'right', cell: (s, now) => readCell(stamps(s), now)},
  ],
  detail: (s) => [
    section('Intent (OpenNebula)', s.vnet
      ? [
          ['network', cell(`${s.vnet.id} ${s.vnet.name}`), s.stamps[0]],
          ['state', cell(vnetStateName(s.vnet.state), s.vnet.state === 1 ? 'ok' : 'bad')],
          ['driver', cell(`${s.vnet.vnMad} ${s.vnet.vxlanMode ?? ''}`.trim())],
          ['VLAN_ID (VNI)', orNone(s.vnet.vlanId)],
          ['PHYDEV / bridge', cell(`${s.vnet.physicalDevice ?? '-'} / ${s.vnet.bridge ?? '-'}`)],
          ['IP_LINK_CONF', orNone(s.vnet.ipLinkConf)],
          ['VXLAN_TEP', orNone(s.vnet.vxlanTep)],
          ['MTU / GUEST_MTU', cell(`${s.vnet.mtu ?? '-'} / ${s.vnet.guestMtu ?? '-'}`)],
          ['gateway', orNone(s.vnet.gateway)],
          ['network', orNone(s.vnet.networkAddress && `${s.vnet.networkAddress} ${s.vnet.networkMask ?? ''}`)],
          ['leases', cell(`${s.vnet.usedLeases} of ${s.vnet.size}`)],
          ['clusters', orNone(s.vnet.clusterIds.join(' '))],
        ]
      : [['network', cell('OpenNebula has no network with this VNI', 'muted')]]),
    ...s.hosts.map((host) => section(`On ${host.host}`, [
      ['device', host.device ? cell(`${host.device.name} ${host.device.up ? 'up' : 'down'}, MTU ${host.device.mtu}`, host.device.up ? 'plain' : 'bad') : cell(s.vni === undefined ? '-' : 'missing', s.vni === undefined ? 'muted' : 'bad'), host.stamp],
      ['bridge', host.bridge ? cell(`${host.bridge.name} with ${host.ports.length === 0 ? 'no port' : host.ports.join(' ')}`) : none],
      host.device?.vxlan ? ['VXLAN', cell(`id ${host.device.vxlan.vni} port ${host.device.vxlan.port} learning ${host.device.vxlan.learning ? 'on' : 'off'} ${host.device.vxlan.local ? `local ${host.device.vxlan.local}` : `dev ${host.device.vxlan.device ?? '?'}, no local`}`)] : undefined,
      s.vni === undefined ? undefined : ['verdict', verdict(s, host)],
    ])),
    section('Leases', (s.vnet?.leases ?? []).slice(0, 500).map((lease) => [lease.ip ?? lease.mac ?? '?', orUnknown(lease.held ? 'held' : lease.vmId !== undefined ? `vm ${lease.vmId}` : lease.vrouterId !== undefined ? `virtual router ${lease.vrouterId}` : lease.vnetId !== undefined ? `reserved by vnet ${lease.vnetId}` : undefined)])),
  ],
  relations: (s, fabric) => [
    ...(s.vni === undefined ? [] : s.hosts.map((host) => ({resource: 'vnis' as const, id: `${host.host}/${s.vni}`, label: `VNI ${s.vni} on ${host.host}`}))),
    ...s.vmIds.map((id) => ({resource: 'vms' as const, id: String(id), label: `VM ${id} ${fabric.vms.find((vm) => vm.id === id)?.vm.name ?? ''}`})),
    ...fabric.macs.filter((mac) => mac.vni === s.vni).slice(0, 200).map((mac) => ({resource: 'macs' as const, id: mac.id, label: `MAC ${mac.mac}${mac.ip ? ` ${mac.ip}` : ''}`})),
  ],
  toJson: (s) => ({
    id: s.id, vni: s.vni ?? null, vnet: s.vnet ? {id: s.vnet.id, name: s.vnet.name, driver: s.vnet.vnMad, mode: s.vnet.vxlanMode ?? null, physicalDevice: s.vnet.physicalDevice ?? null, bridge: s.vnet.bridge ?? null, mtu: s.vnet.mtu ?? null, guestMtu: s.vnet.guestMtu ?? null, gateway: s.vnet.gateway ?? null, usedLeases: s.vnet.usedLeases, size: s.vnet.size} : null,
    vms: s.vmIds,
    hosts: s.hosts.map((host) => ({host: host.host, device: host.device?.name ?? null, bridge: host.device?.master ?? null, up: host.device?.up ?? null, mtu: host.device?.mtu ?? null, port: host.device?.vxlan?.port ?? null, learning: host.device?.vxlan?.learning ?? null, local: host.device?.vxlan?.local ?? null})),
  }),
};

function verdict(segment: Segment, on: Segment['hosts'][number]): Cell {
  const trouble = vniTrouble({segment, vni: segment.vni as number, on});
  return trouble ? cell(trouble.text, trouble.tone) : cell('ok', 'ok');
}
