/** The ends that a trace can have: VMs, virtual routers, the outside. First the one, then the other. */
import type {Fabric} from '../../model/fabric.ts';
import {cell, orNone} from '../../rows/cells.ts';
import {currentView, type View} from '../state.ts';
import {localList, type Seen} from './local.ts';

export interface EndRow {
  readonly term: string; // what `trace` understands
  readonly kind: 'VM' | 'router' | 'outside';
  readonly label: string;
  readonly host: string | undefined;
  readonly ips: readonly string[];
  readonly networks: readonly string[];
  readonly impossible: string | undefined; // why it cannot be the other end
}

export const fromOf = ({state}: Pick<Seen, 'state'>): string | undefined => {
  const view = currentView(state);
  return view.kind === 'list' ? view.from?.term : undefined;
};

function endsOf(fabric: Fabric, from: string | undefined): readonly EndRow[] {
  const vms = fabric.vms.map((vm): EndRow => ({
    term: String(vm.id), kind: vm.vm.vrouterId === undefined ? 'VM' : 'router', label: `${vm.id} ${vm.vm.name}`, host: vm.host ?? vm.oneHost,
    ips: vm.ports.flatMap(({nic}) => (nic.alias || nic.ip === undefined ? [] : [nic.ip])), networks: [...new Set(vm.ports.flatMap(({nic}) => (nic.alias ? [] : [nic.network])))], impossible: undefined,
  }));
  const routers = fabric.vms.length > 0 ? [] : fabric.routers.map((router): EndRow => ({term: router.id, kind: 'router', label: router.id, host: router.host, ips: [], networks: [], impossible: undefined}));
  const stations = fabric.vms.length > 0 ? [] : fabric.macs.filter(({ip}) => ip !== undefined).map((entry): EndRow => ({term: entry.ip ?? entry.mac, kind: 'VM', label: entry.mac, host: undefined, ips: [entry.ip ?? ''], networks: [`VNI ${entry.vni}`], impossible: undefined}));
  const outside: EndRow = {term: 'outside', kind: 'outside', label: 'outside', host: undefined, ips: [], networks: [], impossible: undefined};
  const all = [...vms, ...routers, ...stations, outside];
  const first = from === undefined ? undefined : all.find(({term}) => term === from);
  return all.filter(({term}) => term !== from).map((end) => ({...end, impossible: first && why(first, end)}));
}

function why(first: EndRow, other: EndRow): string | undefined {
  const pair = [first.kind, other.kind];
  if (pair.includes('outside')) return pair.includes('router') ? 'the way to the outside begins at a VM' : undefined;
  return first.networks.length > 0 && other.networks.length > 0 && !first.networks.some((network) => other.networks.includes(network)) ? 'no network in common' : undefined;
}

export const ends = localList<EndRow>({
  name: 'ends',
  title: 'Trace',
  inputs: (seen) => [seen.fabric, fromOf(seen)],
  rows: (seen) => endsOf(seen.fabric, fromOf(seen)).toSorted((a, b) => Number(a.impossible !== undefined) - Number(b.impossible !== undefined)),
  shape: {
    id: ({term}) => term,
    tone: ({impossible}) => (impossible === undefined ? 'plain' : 'muted'),
    columns: [
      {id: 'end', title: 'END', cell: ({label, impossible}) => cell(label, impossible === undefined ? 'plain' : 'muted'), min: 8, max: 40, grow: true},
      {id: 'kind', title: 'KIND', cell: ({kind}) => cell(kind), rank: 1}, // the name and the address tell a router and the outside, too
      {id: 'ip', title: 'IP', cell: ({ips}) => orNone(ips.join(' ')), min: 15, max: 36}, // an address is told whole
      {id: 'host', title: 'HOST', cell: ({host}) => orNone(host), min: 8, max: 28},
      // Either why it cannot be the other end, or what it could be reached over.
      {id: 'network', title: 'NETWORK', cell: ({networks, impossible}) => (impossible === undefined ? orNone(networks.join(' ')) : cell(impossible, 'muted')), min: 20, max: 40, grow: true},
    ],
  },
  open: ({term, label, impossible}, {state}): View | string => {
    const view = currentView(state);
    const from = view.kind === 'list' ? view.from : undefined;
    if (!from) return {kind: 'list', list: 'ends', from: {term, label}};
    return impossible ?? {kind: 'trace', from: from.term, to: term, label: `${from.label} > ${label}`};
  },
  empty: () => ({text: 'no VM is known yet', tone: 'unknown'}),
});
