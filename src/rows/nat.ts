/** Virtual routers and their SDNAT mappings: intent beside live, in the four classes. */
import type {Fabric, NatMapping, VirtualRouter} from '../model/fabric.ts';
import {cell, none, orNone, readCell, section, tempered, toneWeight, unknown} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

/** A mapping, or a router that has none. */
export interface NatRow {
  readonly router: VirtualRouter;
  readonly mapping: NatMapping | undefined;
  readonly standsBy: boolean; // a BACKUP whose MASTER is there: nothing of it runs, and that is well
}

function rows(fabric: Fabric): readonly NatRow[] {
  return fabric.routers.flatMap((router): NatRow[] => {
    const standsBy = router.state?.failover === 'BACKUP' && fabric.routers.some(({host, state, appliances}) => host !== router.host && state?.failover === 'MASTER' && appliances.some((one) => one.host === router.host));
    return router.mappings.length === 0 ? [{router, mapping: undefined, standsBy}] : router.mappings.map((mapping) => ({router, mapping, standsBy}));
  });
}

const verdictTone: Readonly<Record<NatMapping['verdict'], Tone>> = {ok: 'ok', missing: 'bad', stale: 'warn', 'address-without-rule': 'bad', 'rule-without-address': 'bad', unknown: 'unknown'};

/** SDNAT runs on the MASTER only: a router in another state serves nothing, whatever its rules say. */
function tone({router, mapping, standsBy}: NatRow): Tone {
  if (standsBy && !mapping) return 'ok';
  if (router.unsure !== undefined) return 'unknown';
  if (router.state?.failover !== undefined && router.state.failover !== 'MASTER') return 'bad';
  if (mapping) return verdictTone[mapping.verdict];
  return router.state ? 'ok' : 'unknown';
}

const stamps = ({router, mapping}: NatRow) => mapping?.stamps ?? (router.stamp ? [router.stamp] : []);
const routerName = ({router}: NatRow): string => router.host ?? router.vrouter?.name ?? router.id;

const onOff = ({standsBy}: NatRow, on: boolean): Tone => (on ? 'ok' : standsBy ? 'muted' : 'bad');
function stateCell(row: NatRow): Cell {
  const state = row.router.state?.failover;
  return state ? cell(state, row.router.unsure === undefined ? onOff(row, state === 'MASTER') : 'unknown') : unknown;
}
const rule = (text: string | undefined): Cell => (text ? cell(text) : none);

export const nat: Resource<NatRow> = {
  name: 'nat',
  title: 'VR NAT',
  aliases: ['sdnat', 'vr', 'routers', 'router', 'floating'],
  rows,
  id: (row) => row.mapping?.id ?? row.router.id,
  tone: (row, now) => tempered(tone(row), stamps(row), now),
  stamps,
  columns: [
    {id: 'router', title: 'ROUTER', cell: (row) => cell(routerName(row)), min: 8, max: 28, grow: true},
    {id: 'failover', title: 'FAILOVER', cell: stateCell},
    {id: 'external', title: 'EXTERNAL', cell: (row) => orNone(row.mapping?.external), min: 12, max: 39},
    {id: 'internal', title: 'INTERNAL', cell: (row) => orNone(row.mapping?.internal), min: 12, max: 39},
    {id: 'vm', title: 'VM', align: 'right', cell: (row) => orNone(row.mapping?.vmId), sortBy: (row) => row.mapping?.vmId},
    {id: 'intent', title: 'INTENT', rank: 1, cell: (row) => (row.mapping ? (row.mapping.intended === undefined ? unknown : cell(row.mapping.intended ? 'yes' : 'no')) : none)},
    {id: 'dnat', title: 'DNAT4', rank: 1, cell: (row) => present(row.mapping?.dnat, row)},
    {id: 'snat', title: 'SNAT4', rank: 1, cell: (row) => present(row.mapping?.snat, row)},
    {id: 'address', title: 'LO', rank: 1, cell: (row) => present(row.mapping?.address, row)},
    {id: 'verdict', title: 'VERDICT', cell: (row) => (row.mapping ? cell(row.mapping.verdict, verdictTone[row.mapping.verdict]) : cell('no mapping', 'muted')), sortBy: (row) => toneWeight(tone(row)), min: 8},
    {id: 'note', title: 'NOTE', cell: (row) => orNone(row.mapping?.note), min: 4, grow: true},
    {id: 'read', title: 'READ', align: 'right', cell: (row, now) => readCell(stamps(row), now)},
  ],
  detail: (row) => [
    section('Virtual router', [
      ['router', cell(`${row.router.id}${row.router.vrouter ? ` ${row.router.vrouter.name}` : ''}`), row.router.stamp],
      ['host (ssh)', row.router.host ? cell(row.router.host) : cell('none configured: its live rules cannot be read', 'unknown')],
      ['failover', stateCell(row)],
      ['one-sdnat4', row.router.state?.sdnatService ? cell(row.router.state.sdnatService, onOff(row, row.router.state.sdnatService === 'started')) : unknown],
      ['IPv4 forwarding', row.router.state?.forwarding === undefined ? unknown : cell(row.router.state.forwarding ? 'on' : 'off', onOff(row, row.router.state.forwarding))],
      ['addresses', orNone((row.router.vrouter?.nics ?? []).map((nic) => `${nic.network} ${nic.vrouterIp ?? nic.ip ?? ''}`.trim()).join(', '))],
    ]),
    ...(row.mapping
      ? [section('Mapping', [
          ['external', cell(row.mapping.external)],
          ['internal', orNone(row.mapping.internal)],
          ['intended', row.mapping.intended === undefined ? unknown : cell(row.mapping.intended ? `yes, by the external alias of vm ${row.mapping.vmId}` : 'no: no VM has this alias')],
          ['DNAT4 rule', rule(row.mapping.dnat?.text)],
          ['SNAT4 rule', rule(row.mapping.snat?.text)],
          ['address on lo', row.mapping.address ? cell(`${row.mapping.address.ip}/${row.mapping.address.prefixLength} label ${row.mapping.address.label}`) : none],
          ['verdict', cell(row.mapping.verdict, verdictTone[row.mapping.verdict])],
          row.mapping.note ? ['why', cell(row.mapping.note)] : undefined,
        ])]
      : []),
    section('Context', Object.entries(row.router.state?.context ?? {}).map(([name, value]) => [name, cell(value)])),
  ],
  relations: (row, fabric) => [
    ...(row.mapping?.vmId === undefined ? [] : [{resource: 'vms' as const, id: String(row.mapping.vmId), label: `VM ${row.mapping.vmId} ${fabric.vms.find((vm) => vm.id === row.mapping?.vmId)?.vm.name ?? ''}`}]),
    ...(row.router.host ? [{resource: 'hosts' as const, id: row.router.host, label: `Host ${row.router.host}`}] : []),
    ...row.router.vmIds.map((id) => ({resource: 'vms' as const, id: String(id), label: `The router's VM ${id}`})),
  ],
  toJson: (row) => ({
    router: routerName(row), id: row.router.id, failover: row.router.state?.failover ?? null,
    external: row.mapping?.external ?? null, internal: row.mapping?.internal ?? null, vm: row.mapping?.vmId ?? null, intended: row.mapping?.intended ?? null,
    dnat: row.mapping?.dnat?.text ?? null, snat: row.mapping?.snat?.text ?? null, address: row.mapping?.address?.ip ?? null, verdict: row.mapping?.verdict ?? null, note: row.mapping?.note ?? null,
  }),
};

function present(value: unknown, row: NatRow): Cell {
  if (!row.mapping) return none;
  if (row.mapping.verdict === 'unknown' && value === undefined) return unknown;
  return value === undefined ? cell('no', row.mapping.intended ? 'bad' : 'muted') : cell('yes', 'ok');
}
