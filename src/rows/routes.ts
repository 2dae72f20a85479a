/** EVPN routes, as `show bgp l2vpn evpn` gives them. Read on demand: a fabric has no rows of its own for them. */
import type {EvpnRoute} from '../model/frr.ts';
import {cell, none, orNone, section} from './cells.ts';
import type {Resource} from './resource.ts';

const flags = (route: EvpnRoute): string => `${route.valid ? '*' : ' '}${route.best ? '>' : ' '}${route.local ? ' ' : 'i'}`;

export const routes: Resource<EvpnRoute> = {
  name: 'routes',
  title: 'EVPN routes',
  aliases: ['route', 'rib'],
  rows: () => [],
  id: (route) => `${route.rd} ${route.prefix} ${route.nextHop}`,
  tone: (route) => (route.valid ? (route.best ? 'plain' : 'muted') : 'warn'),
  stamps: () => [],
  columns: [
    {id: 'flags', title: '', cell: (route) => cell(flags(route)), min: 3, max: 3},
    {id: 'type', title: 'T', cell: (route) => cell(route.type), sortBy: (route) => route.type},
    {id: 'rd', title: 'RD', cell: (route) => cell(route.rd), min: 12, max: 26},
    {id: 'prefix', title: 'PREFIX', cell: (route) => cell(route.prefix), min: 24, max: 64, grow: true},
    {id: 'vni', title: 'VNI', align: 'right', cell: (route) => orNone(route.vni), sortBy: (route) => route.vni},
    {id: 'nexthop', title: 'NEXT HOP', cell: (route) => cell(route.nextHop), min: 11, max: 39},
    {id: 'mobility', title: 'MM', align: 'right', cell: (route) => (route.mobility === undefined ? none : cell(`${route.mobility}${route.sticky ? ' sticky' : ''}`)), sortBy: (route) => route.mobility},
    {id: 'localpref', title: 'LOCPRF', align: 'right', rank: 1, cell: (route) => orNone(route.localPref)},
    {id: 'weight', title: 'WEIGHT', align: 'right', rank: 1, cell: (route) => orNone(route.weight)},
    {id: 'path', title: 'PATH', rank: 1, cell: (route) => cell(`${route.asPath} ${route.origin}`.trim()), max: 24},
    {id: 'communities', title: 'COMMUNITIES', rank: 1, cell: (route) => orNone(route.communities, 'muted'), max: 60, grow: true},
  ],
  detail: (route) => [
    section('Route', [
      ['prefix', cell(route.prefix)],
      ['RD', cell(route.rd)],
      ['type', cell(route.type)],
      ['MAC', orNone(route.mac)],
      ['IP', orNone(route.ip)],
      ['next hop (VTEP)', cell(route.nextHop)],
      ['VNI', orNone(route.vni)],
      ['route targets', orNone(route.rts.join(' '))],
      ['mobility sequence', route.mobility === undefined ? none : cell(`${route.mobility}${route.sticky ? ', sticky' : ''}`)],
      ['flags', cell(`${route.valid ? 'valid' : 'not valid'}, ${route.best ? 'best' : 'not best'}, ${route.local ? 'originated here' : 'received'}`)],
      ['local preference / weight', cell(`${route.localPref ?? '-'} / ${route.weight ?? '-'}`)],
      ['AS path', cell(`${route.asPath} ${route.origin}`.trim())],
      ['extended communities', orNone(route.communities)],
    ]),
  ],
  relations: (route, fabric) => [
    ...(route.mac && route.vni !== undefined ? [{resource: 'macs' as const, id: `${route.vni}/${route.mac}`, label: `MAC ${route.mac} in VNI ${route.vni}`}] : []),
    ...[route.nextHop].flatMap((address) => { const host = fabric.hostByAddress.get(address); return host ? [{resource: 'hosts' as const, id: host, label: `VTEP ${host} ${address}`}] : []; }),
    ...fabric.segments.filter((segment) => segment.vni !== undefined && segment.vni === route.vni).map((segment) => ({resource: 'vnets' as const, id: segment.id, label: `Network ${segment.vnet?.name ?? segment.id}`})),
  ],
  toJson: (route) => ({...route}),
};
