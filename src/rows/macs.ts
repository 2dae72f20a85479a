/** MACs per VNI: where each host believes them to be. */
import type {Fabric, MacEntry, MacLocation} from '../model/fabric.ts';
import {cell, none, orNone, orUnknown, readCell, section, tempered, toneWeight} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

const stamps = (mac: MacEntry) => mac.locations.map((location) => location.stamp);

function tone(mac: MacEntry): Tone {
  if (mac.duplicate) return 'bad';
  if (mac.localAt.length > 1) return 'warn';
  return mac.localAt.length === 0 ? 'unknown' : 'ok';
}

function stateCell(mac: MacEntry): Cell {
  if (mac.duplicate) return cell('duplicate', 'bad');
  if (mac.localAt.length > 1) return cell('local on several hosts', 'warn');
  if (mac.localAt.length === 0) return cell('no host has it as local', 'unknown');
  return cell('ok', 'ok');
}

/**
 * The VTEPs that the other hosts send to for this MAC. Where it is local, an entry of the VXLAN device that FRR 8.4
 * leaves after a move is not used: the bridge has the MAC behind its own port.
 */
const remoteVteps = (mac: MacEntry): readonly string[] =>
  [...new Set(mac.locations.filter(({evpn}) => evpn === undefined || evpn.kind === 'remote').flatMap((location) => location.evpn?.remoteVtep ?? location.fdb.flatMap((entry) => entry.destination ?? [])))];

const sequence = (mac: MacEntry): number | undefined => {
  const all = mac.locations.flatMap(({evpn}) => (evpn ? [evpn.localSequence ?? 0, evpn.remoteSequence ?? 0] : []));
  return all.length > 0 ? Math.max(...all) : undefined;
};

export const macs: Resource<MacEntry> = {
  name: 'macs',
  title: 'MACs',
  aliases: ['mac', 'fdb'],
  rows: (fabric: Fabric) => fabric.macs,
  id: (mac) => mac.id,
  tone: (mac, now) => tempered(tone(mac), stamps(mac), now),
  stamps,
  columns: [
    {id: 'vni', title: 'VNI', align: 'right', cell: (mac) => cell(mac.vni), sortBy: (mac) => mac.vni},
    {id: 'mac', title: 'MAC', cell: (mac) => cell(mac.mac), min: 17},
    {id: 'ip', title: 'IP', cell: (mac) => orNone(mac.ip), min: 11, max: 39},
    {id: 'vm', title: 'VM', align: 'right', cell: (mac) => orNone(mac.vmId), sortBy: (mac) => mac.vmId},
    {id: 'local', title: 'LOCAL ON', cell: (mac) => orNone(mac.localAt.join(' ')), min: 8, max: 28, grow: true},
    {id: 'port', title: 'PORT', rank: 1, cell: (mac) => orNone(mac.locations.find((location) => location.evpn?.kind === 'local')?.evpn?.device), max: 15},
    {id: 'vtep', title: 'REMOTE VTEP', cell: (mac) => { const all = remoteVteps(mac); return all.length > 1 ? cell(all.join(' '), 'warn') : orNone(all[0]); }, max: 40},
    {id: 'seen', title: 'SEEN BY', align: 'right', rank: 1, cell: (mac) => cell(mac.locations.length), sortBy: (mac) => mac.locations.length},
    {id: 'seq', title: 'SEQ', align: 'right', rank: 1, cell: (mac) => orUnknown(sequence(mac)), sortBy: sequence},
    {id: 'state', title: 'STATE', cell: stateCell, sortBy: (mac) => toneWeight(tone(mac)), grow: true, min: 9},
    {id: 'read', title: 'READ', align: 'right', cell: (mac, now) => readCell(stamps(mac), now)},
  ],
  detail: (mac) => [
    section('MAC', [
      ['address', cell(mac.mac)],
      ['VNI', cell(mac.vni)],
      ['IP', mac.ip ? cell(`${mac.ip} (${mac.ipOrigin})`) : none],
      ['state', stateCell(mac)],
    ]),
    ...mac.locations.map((location) => section(`On ${location.host}`, [
      ['EVPN', evpnCell(location), location.stamp],
      ['sequence', location.evpn ? cell(`local ${location.evpn.localSequence ?? '?'}, remote ${location.evpn.remoteSequence ?? '?'}`) : none],
      location.evpn?.duplicate ? ['duplicate', cell('flagged by duplicate-address detection', 'bad')] : undefined,
      ...location.fdb.map((entry) => ['kernel FDB', cell(`${entry.device}${entry.destination ? ` → ${entry.destination}` : ''}${entry.externLearn ? ' extern_learn' : ''}${entry.state ? ` ${entry.state}` : ''}${entry.self ? ' self' : ''}`)] as const),
    ])),
  ],
  relations: (mac, fabric) => [
    ...(mac.vmId === undefined ? [] : [{resource: 'vms' as const, id: String(mac.vmId), label: `VM ${mac.vmId} ${fabric.vms.find((vm) => vm.id === mac.vmId)?.vm.name ?? ''}`}]),
    ...fabric.segments.filter((segment) => segment.vni === mac.vni).map((segment) => ({resource: 'vnets' as const, id: segment.id, label: `Network ${segment.vnet?.name ?? segment.id}`})),
    ...mac.locations.map((location) => ({resource: 'vnis' as const, id: `${location.host}/${mac.vni}`, label: `VNI ${mac.vni} on ${location.host}${location.evpn?.kind === 'local' ? ' (local)' : ''}`})),
    {resource: 'routes', id: `mac ${mac.mac}`, label: `Type-2 routes of ${mac.mac}`},
    ...remoteVteps(mac).flatMap((vtep) => { const host = fabric.hostByAddress.get(vtep); return host ? [{resource: 'hosts' as const, id: host, label: `VTEP ${host} ${vtep}`}] : []; }),
  ],
  toJson: (mac) => ({
    vni: mac.vni, mac: mac.mac, ip: mac.ip ?? null, ipOrigin: mac.ipOrigin ?? null, vm: mac.vmId ?? null, localAt: mac.localAt, remoteVteps: remoteVteps(mac), sequence: sequence(mac) ?? null, duplicate: mac.duplicate,
    locations: mac.locations.map((location) => ({host: location.host, evpn: location.evpn?.kind ?? null, device: location.evpn?.device ?? null, remoteVtep: location.evpn?.remoteVtep ?? null, fdb: location.fdb.map((entry) => ({device: entry.device, destination: entry.destination ?? null, externLearn: entry.externLearn}))})),
  }),
};

function evpnCell({evpn}: MacLocation): Cell {
  if (!evpn) return cell('not in zebra, only in the kernel', 'warn');
  return cell(evpn.kind === 'remote' ? `remote, VTEP ${evpn.remoteVtep ?? '?'}` : `${evpn.kind} on ${evpn.device ?? '?'}`);
}
