/** The screens, their views, and the names by which they are reached. */
import type {AnyResource, ResourceName} from '../rows/resource.ts';
import type {Fabric} from '../model/fabric.ts';
import type {LocalName, View} from './state.ts';

export interface Screen {
  readonly key: string;
  readonly title: string;
  readonly command: string;
  readonly views: readonly {readonly title: string; readonly view: View}[];
}

const table = (title: string, resource: ResourceName): {title: string; view: View} => ({title, view: {kind: 'table', resource}});

const list = (title: string, name: LocalName): {title: string; view: View} => ({title, view: {kind: 'list', list: name}});

export const screens: readonly Screen[] = [
  {key: '1', title: 'Overview', command: 'screen.overview', views: [{title: 'Overview', view: {kind: 'overview'}}]},
  {key: '2', title: 'Hosts', command: 'screen.hosts', views: [table('Hosts', 'hosts')]},
  {key: '3', title: 'WireGuard', command: 'screen.wireguard', views: [table('peers', 'wg'), {title: 'mesh', view: {kind: 'matrix'}}]},
  {key: '4', title: 'BGP', command: 'screen.bgp', views: [table('sessions', 'bgp'), table('VNIs', 'vnis'), table('routes', 'routes'), table('MACs', 'macs')]},
  {key: '5', title: 'VNets', command: 'screen.vnets', views: [table('VNets', 'vnets')]},
  {key: '6', title: 'VMs', command: 'screen.vms', views: [table('VMs', 'vms')]},
  {key: '7', title: 'NAT', command: 'screen.nat', views: [table('VR NAT', 'nat')]},
  {key: '8', title: 'Findings', command: 'screen.findings', views: [list('findings', 'findings'), list('events', 'events')]},
  {key: '9', title: 'Trace', command: 'screen.trace', views: [list('Trace', 'ends')]},
  {key: '0', title: 'Journal', command: 'screen.journal', views: [list('Journal', 'journal')]},
  {key: 'R', title: 'Runbooks', command: 'screen.runbooks', views: [list('Runbooks', 'runbooks')]},
];

/** Where a view belongs; a detail belongs where its table does. */
export function placeOf(view: View): {readonly screen: number; readonly at: number} {
  if (view.kind === 'trace') return placeOf({kind: 'list', list: 'ends'});
  if (view.kind === 'book') return placeOf({kind: 'list', list: 'runbooks'});
  if (view.kind === 'run') return placeOf({kind: 'list', list: 'journal'});
  if (view.kind === 'finding') return placeOf({kind: 'list', list: 'findings'});
  const kind = view.kind === 'detail' ? 'table' : view.kind;
  const resource = view.kind === 'detail' ? view.ref.resource : view.kind === 'table' ? view.resource : undefined;
  for (const [screen, {views}] of screens.entries()) {
    const at = views.findIndex(({view: v}) => v.kind === kind && (v.kind !== 'table' || v.resource === resource) && (v.kind !== 'list' || view.kind !== 'list' || v.list === view.list));
    if (at >= 0) return {screen, at};
  }
  return {screen: 0, at: 0};
}

/** Titles for narrow terminals; what is not here is cut. */
const shortTitles: Readonly<Record<string, string>> = {Overview: 'Over', Hosts: 'Host', WireGuard: 'WG', BGP: 'BGP', VNets: 'Net', VMs: 'VM', NAT: 'NAT', Findings: 'Find', Trace: 'Trac', Journal: 'Jrnl', Runbooks: 'Runb'};
export const shortTitle = (title: string): string => shortTitles[title] ?? title.slice(0, 4);

export interface Destination {
  readonly name: string; // what is typed
  readonly what: string; // what it is
  readonly alias?: true; // another name of what is listed already
  readonly view: View;
}
/** What the palette carries out instead. */
export interface Word {
  readonly name: string;
  readonly what: string;
  readonly alias?: true;
  readonly command: 'quit.now' | 'help';
}

/** Everything that the palette can go to: screens and resources by name and alias, hosts, networks and machines by name. */
export function destinations(resources: readonly AnyResource[], fabric: Fabric): readonly Destination[] {
  const detail = (resource: ResourceName, id: string, label: string): View => ({kind: 'detail', ref: {resource, id, label}});
  return [
    {name: 'overview', what: 'screen', view: {kind: 'overview'}},
    {name: 'findings', what: 'what is wrong and why', view: {kind: 'list', list: 'findings'}},
    {name: 'events', what: 'findings raised and cleared', view: {kind: 'list', list: 'events'}},
    {name: 'trace', what: 'the way between two ends', view: {kind: 'list', list: 'ends'}},
    {name: 'journal', what: 'what was changed from here', view: {kind: 'list', list: 'journal'}},
    {name: 'runbooks', what: 'set up, extend, back up step by step', view: {kind: 'list', list: 'runbooks'}},
    {name: 'mesh', what: 'WireGuard mesh', view: {kind: 'matrix'}},
    ...resources.flatMap((resource) => [resource.name, ...resource.aliases].map((name): Destination => ({name, what: resource.title, view: {kind: 'table', resource: resource.name}, ...(name === resource.name ? {} : {alias: true})}))),
    ...[...fabric.hosts.keys()].map((name): Destination => ({name, what: 'host', view: detail('hosts', name, `Host ${name}`)})),
    ...fabric.segments.flatMap((segment): Destination[] => (segment.vnet ? [{name: segment.vnet.name, what: `network, ${segment.id}`, view: detail('vnets', segment.id, `Network ${segment.vnet.name}`)}] : [])),
    ...fabric.vms.map((vm): Destination => ({name: vm.vm.name, what: `VM ${vm.id}`, view: detail('vms', String(vm.id), `VM ${vm.id} ${vm.vm.name}`)})),
  ];
}

/** Best first: what begins with the text, then what contains it. Without a text: everything by its first name. */
export function complete<T extends Destination | Word>(all: readonly T[], text: string): readonly T[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return all.filter(({alias}) => !alias);
  const rank = (name: string): number => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3);
  return all.map((d) => ({d, rank: rank(d.name.toLowerCase())})).filter((x) => x.rank < 3).sort((a, b) => a.rank - b.rank).map((x) => x.d);
}
