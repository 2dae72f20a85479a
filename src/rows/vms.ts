/** Virtual machines: OpenNebula's word beside the tap on the host. */
import type {Fabric, Vm} from '../model/fabric.ts';
import {vmStateName} from '../model/one-states.ts';
import {stampFreshness} from '../model/reading.ts';
import {ago} from '../text/age.ts';
import {cell, none, orNone, readCell, section, tempered, toneWeight, unknown} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

export interface VmRow {
  readonly vm: Vm;
  readonly region: string | undefined;
  readonly linksRead: boolean; // the links of its host were read: a tap that is not there is missing
}

const running = (vm: Vm): boolean => vm.vm.state === 3 && vm.vm.lcmState === 3;
const failed = (vm: Vm): boolean => /FAIL|UNKNOWN/.test(vmStateName(vm.vm.state, vm.vm.lcmState));
const wires = (vm: Vm) => vm.ports.filter((port) => !port.nic.alias);

function trouble({vm, linksRead}: VmRow): {tone: Tone; text: string} | undefined {
  if (failed(vm)) return {tone: 'bad', text: vm.vm.error ?? vmStateName(vm.vm.state, vm.vm.lcmState)};
  if (vm.migrating) return {tone: 'accent', text: 'migrating'};
  if (!running(vm)) return {tone: 'muted', text: 'not running'};
  if (vm.host === undefined) return {tone: 'unknown', text: `host ${vm.oneHost ?? '?'} is none of ours`};
  if (!linksRead) return {tone: 'unknown', text: `links of ${vm.host} not read`};
  const missing = wires(vm).filter((port) => port.nic.tap !== undefined && !port.tap);
  if (missing.length > 0) return {tone: 'bad', text: `no ${missing.map((port) => port.nic.tap).join(' ')} on ${vm.host}`};
  const down = wires(vm).filter((port) => port.tap && !port.tap.up);
  if (down.length > 0) return {tone: 'bad', text: `${down.map((port) => port.tap?.name).join(' ')} is down`};
  const loose = wires(vm).filter((port) => port.tap && port.nic.bridge && port.tap.master !== port.nic.bridge);
  if (loose.length > 0) return {tone: 'bad', text: `${loose[0]?.tap?.name} is in ${loose[0]?.tap?.master ?? 'no bridge'}, not ${loose[0]?.nic.bridge}`};
  return undefined;
}

const tone = (row: VmRow): Tone => trouble(row)?.tone ?? 'ok';

function rows(fabric: Fabric, now: number): readonly VmRow[] {
  return fabric.vms.map((vm) => {
    const host = vm.host === undefined ? undefined : fabric.hosts.get(vm.host);
    const links = host?.readings['ip.links'];
    return {vm, region: host?.spec.region, linksRead: links?.value !== undefined && links.at !== undefined && stampFreshness({source: '', probe: '', at: links.at, staleAt: links.at + links.staleAfterMs}, now) === 'fresh'};
  });
}

const stateCell = ({vm}: VmRow): Cell => {
  const name = vmStateName(vm.vm.state, vm.vm.lcmState);
  return cell(name, running(vm) ? 'ok' : failed(vm) ? 'bad' : vm.migrating ? 'accent' : 'muted');
};

export const vms: Resource<VmRow> = {
  name: 'vms',
  title: 'Virtual machines',
  aliases: ['vm', 'machines'],
  rows,
  id: (row) => String(row.vm.id),
  tone: (row, now) => tempered(tone(row), [row.vm.stamp], now),
  stamps: (row) => [row.vm.stamp],
  columns: [
    {id: 'id', title: 'ID', align: 'right', cell: (row) => cell(row.vm.id), sortBy: (row) => row.vm.id},
    {id: 'name', title: 'NAME', cell: (row) => cell(row.vm.vm.name), min: 8, max: 36, grow: true},
    {id: 'state', title: 'STATE', cell: stateCell, sortBy: (row) => toneWeight(tone(row)), min: 8, max: 24},
    {id: 'host', title: 'HOST', cell: (row) => (row.vm.host ? cell(row.vm.host) : orNone(row.vm.oneHost, 'warn')), min: 8, max: 28, grow: true},
    {id: 'region', title: 'REGION', rank: 1, cell: (row) => orNone(row.region), max: 18},
    {id: 'ip', title: 'IP', cell: (row) => orNone(wires(row.vm).flatMap((port) => port.nic.ip ?? []).join(' ')), min: 11, max: 40},
    {id: 'public', title: 'EXTERNAL', rank: 1, cell: (row) => orNone(row.vm.ports.flatMap((port) => (port.nic.alias?.external && port.nic.ip ? [port.nic.ip] : [])).join(' ')), max: 32},
    {id: 'network', title: 'NETWORK', rank: 1, cell: (row) => orNone(wires(row.vm).map((port) => port.nic.network).join(' ')), max: 32},
    {id: 'mac', title: 'MAC', rank: 2, cell: (row) => orNone(wires(row.vm).flatMap((port) => port.nic.mac ?? []).join(' ')), max: 36},
    {id: 'tap', title: 'TAP', rank: 1, cell: (row) => tapCell(row), max: 24},
    {id: 'owner', title: 'OWNER', rank: 2, cell: (row) => orNone(row.vm.vm.owner), max: 16},
    {id: 'note', title: 'NOTE', cell: (row) => { const t = trouble(row); return t && t.tone !== 'muted' ? cell(t.text, t.tone) : none; }, min: 4, grow: true},
    {id: 'read', title: 'READ', align: 'right', cell: (row, now) => readCell([row.vm.stamp], now)},
  ],
  detail: (row, _fabric, now) => [
    section('Virtual machine', [
      ['name', cell(`${row.vm.id} ${row.vm.vm.name}`), row.vm.stamp],
      ['state', stateCell(row)],
      ['host', row.vm.host ? cell(row.vm.host) : orNone(row.vm.oneHost, 'warn')],
      ['owner', orNone(row.vm.vm.owner)],
      row.vm.vm.vrouterId !== undefined ? ['virtual router', cell(row.vm.vm.vrouterId)] : undefined,
      row.vm.vm.error ? ['error', cell(row.vm.vm.error, 'bad')] : undefined,
      ['wire', (() => { const t = trouble(row); return t ? cell(t.text, t.tone) : cell('tap found on its host', 'ok'); })()],
    ]),
    ...row.vm.ports.map((port) => section(port.nic.alias ? `${port.nic.name} (alias of ${port.nic.alias.parent}${port.nic.alias.external ? ', external: SDNAT' : ''})` : port.nic.name, [
      ['network', orNone(port.nic.network)],
      ['IP / MAC', cell(`${port.nic.ip ?? '-'} / ${port.nic.mac ?? '-'}`)],
      port.nic.alias ? undefined : ['tap', port.tap ? cell(`${port.tap.name} ${port.tap.up ? 'up' : 'down'} in ${port.tap.master ?? 'no bridge'}, MTU ${port.tap.mtu}`) : port.nic.tap ? cell(`${port.nic.tap}: not found`, row.linksRead ? 'bad' : 'unknown') : unknown],
      port.nic.bridge ? ['bridge', cell(port.nic.bridge)] : undefined,
      port.nic.vlanId === undefined ? undefined : ['VNI', cell(port.nic.vlanId)],
    ])),
    section('History', row.vm.vm.history.map((record) => [`#${record.seq}`, cell(`${record.host} from ${ago(now - record.start * 1000)}${record.end === undefined ? ', current' : ` to ${ago(now - record.end * 1000)}`}`)])),
  ],
  relations: (row, fabric) => [
    ...(row.vm.host ? [{resource: 'hosts' as const, id: row.vm.host, label: `Host ${row.vm.host}`}] : []),
    ...row.vm.ports.flatMap((port) => (port.macId ? [{resource: 'macs' as const, id: port.macId, label: `MAC ${port.nic.mac} in VNI ${port.macId.split('/')[0]}`}, {resource: 'routes' as const, id: `mac ${port.nic.mac}`, label: `Type-2 routes of ${port.nic.mac}`}] : [])),
    ...row.vm.ports.flatMap((port) => (port.segment && !port.nic.alias ? [{resource: 'vnets' as const, id: port.segment, label: `Network ${port.nic.network}`}] : [])),
    ...fabric.routers.flatMap((router) => router.mappings.filter((mapping) => mapping.vmId === row.vm.id).map((mapping) => ({resource: 'nat' as const, id: mapping.id, label: `SDNAT ${mapping.external} → ${mapping.internal ?? '?'}: ${mapping.verdict}`}))),
  ],
  toJson: (row) => ({
    id: row.vm.id, name: row.vm.vm.name, state: vmStateName(row.vm.vm.state, row.vm.vm.lcmState), host: row.vm.host ?? null, opennebulaHost: row.vm.oneHost ?? null, region: row.region ?? null, owner: row.vm.vm.owner, virtualRouter: row.vm.vm.vrouterId ?? null,
    trouble: trouble(row)?.text ?? null,
    nics: row.vm.ports.map((port) => ({name: port.nic.name, network: port.nic.network, ip: port.nic.ip ?? null, mac: port.nic.mac ?? null, tap: port.nic.tap ?? null, tapFound: port.nic.alias ? null : row.linksRead ? port.tap !== undefined : null, external: port.nic.alias?.external ?? false, parent: port.nic.alias?.parent ?? null})),
  }),
};

function tapCell(row: VmRow): Cell {
  const named = wires(row.vm).filter((port) => port.nic.tap !== undefined);
  if (named.length === 0) return none;
  const found = named.filter((port) => port.tap).length;
  const text = named.map((port) => port.nic.tap).join(' ');
  if (!row.linksRead) return cell(text, 'unknown');
  return cell(text, found === named.length ? 'ok' : running(row.vm) ? 'bad' : 'muted');
}
