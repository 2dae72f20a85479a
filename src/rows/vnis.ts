/** VNIs host by host: zebra's and bgpd's view, the devices, the flood list. */
import type {Fabric, Realisation, Segment} from '../model/fabric.ts';
import {cell, none, orNone, orUnknown, readCell, section, tempered, toneWeight, unknown} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

export interface VniRow {
  readonly segment: Segment;
  readonly vni: number;
  readonly on: Realisation;
}

function rows(fabric: Fabric): readonly VniRow[] {
  return fabric.segments.flatMap((segment) => (segment.vni === undefined ? [] : segment.hosts.map((on) => ({segment, vni: segment.vni as number, on}))));
}

/** First thing that is not as it must be for traffic to flow, in the order in which it would break. */
export function vniTrouble({on}: VniRow): {readonly tone: Tone; readonly text: string} | undefined {
  if (!on.device && on.stamp.at === undefined) return {tone: 'unknown', text: `links of ${on.host} not read`};
  if (!on.device) return {tone: 'bad', text: 'no VXLAN device'};
  if (!on.device.up) return {tone: 'bad', text: `${on.device.name} is down`};
  if (!on.device.master) return {tone: 'bad', text: `${on.device.name} is in no bridge`};
  if (on.bridge && !on.bridge.up) return {tone: 'bad', text: `${on.bridge.name} is down`};
  if (on.device.vxlan?.learning) return {tone: 'warn', text: 'learning is on'};
  // One of the two may simply not have been read yet, or not now: that is no verdict.
  if (on.speaker === 'gobgp') return undefined; // what it knows of a VNI is its agent's
  if (!on.zebraRead || !on.bgpRead) return {tone: 'unknown', text: `EVPN of ${on.host} not read`};
  if (!on.zebra && !on.bgp) return {tone: 'bad', text: 'neither zebra nor bgpd has it'};
  if (!on.bgp) return {tone: 'bad', text: 'zebra has it, bgpd does not'};
  if (!on.zebra) return {tone: 'bad', text: 'bgpd has it, zebra does not'};
  return undefined;
}

const stateCell = (row: VniRow): Cell => {
  const trouble = vniTrouble(row);
  return trouble ? cell(trouble.text, trouble.tone) : cell('ok', 'ok');
};
const rowTone = (row: VniRow): Tone => vniTrouble(row)?.tone ?? 'ok';

export const vnis: Resource<VniRow> = {
  name: 'vnis',
  title: 'VNIs',
  aliases: ['vni', 'vxlan'],
  rows,
  id: (row) => `${row.on.host}/${row.vni}`,
  tone: (row, now) => tempered(rowTone(row), [row.on.stamp], now),
  stamps: (row) => [row.on.stamp],
  columns: [
    {id: 'vni', title: 'VNI', align: 'right', cell: (row) => cell(row.vni), sortBy: (row) => row.vni},
    {id: 'vnet', title: 'VNET', cell: (row) => orNone(row.segment.vnet?.name), max: 28, rank: 1},
    {id: 'host', title: 'HOST', cell: (row) => cell(row.on.host), min: 8, max: 28, grow: true},
    {id: 'device', title: 'DEVICE', cell: (row) => orUnknown(row.on.device?.name), max: 15},
    {id: 'bridge', title: 'BRIDGE', rank: 1, cell: (row) => (row.on.device ? orNone(row.on.device.master) : unknown), max: 15},
    {id: 'local', title: 'LOCAL', cell: (row) => localCell(row), min: 11, max: 39},
    {id: 'port', title: 'PORT', align: 'right', cell: (row) => orUnknown(row.on.device?.vxlan?.port), sortBy: (row) => row.on.device?.vxlan?.port},
    {id: 'mtu', title: 'MTU', align: 'right', cell: (row) => orUnknown(row.on.device?.mtu), sortBy: (row) => row.on.device?.mtu},
    {id: 'macs', title: 'MACS', align: 'right', cell: (row) => orUnknown(row.on.zebra?.macs), sortBy: (row) => row.on.zebra?.macs},
    {id: 'vteps', title: 'VTEPS', align: 'right', cell: (row) => orUnknown(row.on.zebra?.remoteVtepCount ?? row.on.zebra?.remoteVteps?.length), sortBy: (row) => row.on.zebra?.remoteVtepCount},
    {id: 'flood', title: 'FLOOD', align: 'right', rank: 1, cell: (row) => orUnknown(row.on.floodTo?.length), sortBy: (row) => row.on.floodTo?.length},
    {id: 'ports', title: 'PORTS', align: 'right', rank: 1, cell: (row) => cell(row.on.ports.length), sortBy: (row) => row.on.ports.length},
    {id: 'rd', title: 'RD', rank: 1, cell: (row) => orNone(row.on.bgp?.rd), max: 24},
    {id: 'import', title: 'IMPORT RT', rank: 2, cell: (row) => orNone(row.on.bgp?.importRts.join(' ')), max: 30},
    {id: 'export', title: 'EXPORT RT', rank: 2, cell: (row) => orNone(row.on.bgp?.exportRts.join(' ')), max: 30},
    {id: 'state', title: 'STATE', cell: stateCell, sortBy: (row) => toneWeight(rowTone(row)), min: 4, grow: true},
    {id: 'read', title: 'READ', align: 'right', cell: (row, now) => readCell([row.on.stamp], now), sortBy: (row) => row.on.stamp.at},
  ],
  detail: (row, fabric) => [
    section('Kernel', [
      ['device', orUnknown(row.on.device?.name), row.on.stamp],
      ['state', row.on.device ? cell(`${row.on.device.up ? 'up' : 'down'}, ${row.on.device.operState}`, row.on.device.up ? 'ok' : 'bad') : unknown],
      ['bridge', row.on.device ? orNone(row.on.device.master) : unknown],
      ['bridge ports', orNone(row.on.ports.join(' '))],
      ['local address', localCell(row)],
      ['UDP port', orUnknown(row.on.device?.vxlan?.port)],
      ['learning', row.on.device?.vxlan ? cell(row.on.device.vxlan.learning ? 'on' : 'off', row.on.device.vxlan.learning ? 'warn' : 'ok') : unknown],
      ['MTU', orUnknown(row.on.device?.mtu)],
      ['floods to', row.on.floodTo ? orNone(row.on.floodTo.map((ip) => named(ip, fabric)).join(' ')) : unknown],
    ]),
    section('EVPN', [
      ['zebra', row.on.zebra ? cell(`${row.on.zebra.macs ?? '?'} MACs, ${row.on.zebra.remoteVtepCount ?? '?'} remote VTEPs`) : row.on.zebraRead ? cell('does not have it', 'warn') : unknown],
      ['remote VTEPs', row.on.zebra?.remoteVteps ? orNone(row.on.zebra.remoteVteps.map((ip) => named(ip, fabric)).join(' ')) : unknown],
      ['local VTEP', orNone(row.on.zebra?.localVtep)],
      ['bgpd RD', orNone(row.on.bgp?.rd)],
      ['originator', orNone(row.on.bgp?.originator)],
      ['import / export RT', row.on.bgp ? cell(`${row.on.bgp.importRts.join(' ')} / ${row.on.bgp.exportRts.join(' ')}`) : none],
      ['verdict', stateCell(row)],
    ]),
  ],
  relations: (row, fabric) => [
    {resource: 'vnets', id: row.segment.id, label: `Network ${row.segment.vnet?.name ?? row.segment.id}`},
    {resource: 'hosts', id: row.on.host, label: `Host ${row.on.host}`},
    ...fabric.macs.filter((mac) => mac.vni === row.vni && mac.locations.some((location) => location.host === row.on.host)).slice(0, 200).map((mac) => ({resource: 'macs' as const, id: mac.id, label: `MAC ${mac.mac}${mac.ip ? ` ${mac.ip}` : ''}${mac.localAt.includes(row.on.host) ? ', local' : ''}`})),
  ],
  toJson: (row) => ({
    vni: row.vni, vnet: row.segment.vnet?.name ?? null, host: row.on.host, device: row.on.device?.name ?? null, bridge: row.on.device?.master ?? null, up: row.on.device?.up ?? null,
    local: row.on.device?.vxlan?.local ?? null, port: row.on.device?.vxlan?.port ?? null, learning: row.on.device?.vxlan?.learning ?? null, mtu: row.on.device?.mtu ?? null,
    macs: row.on.zebra?.macs ?? null, remoteVteps: row.on.zebra?.remoteVteps ?? null, floodTo: row.on.floodTo ?? null, ports: row.on.ports, rd: row.on.bgp?.rd ?? null,
    importRts: row.on.bgp?.importRts ?? null, exportRts: row.on.bgp?.exportRts ?? null, trouble: vniTrouble(row)?.text ?? null,
  }),
};

const named = (ip: string, fabric: Fabric): string => {
  const host = fabric.hostByAddress.get(ip);
  return host ? `${ip} (${host})` : ip;
};

function localCell({on}: VniRow): Cell {
  if (!on.device) return unknown;
  return on.device.vxlan?.local ? cell(on.device.vxlan.local) : cell(on.device.vxlan?.device ? `dev ${on.device.vxlan.device}` : '-', 'muted');
}
