/** `show bgp l2vpn evpn route …`, as FRR 8.4.4 prints it. */
import {compareRd, routerIdOf, table, targetOf, type Route} from '../../derive/fabric.ts';
import {keep} from '../../derive/keep.ts';
import {networksOn} from '../../derive/places.ts';
import {ctime} from '../../derive/time.ts';
import type {SimHost, SimWorld} from '../../world.ts';
import {pretty, type Value} from '../json.ts';

export interface RouteFilter {
  readonly type?: number | undefined;
  readonly rd?: string | undefined;
  readonly vni?: number | undefined; // the table of a VNI, not the global one
  readonly mac?: string | undefined;
}

const prefixOf = (route: Route): string => (route.type === 2 ? `[2]:[0]:[48]:[${route.mac}]` : `[3]:[0]:[32]:[${route.originator}]`);

interface Seen {
  readonly route: Route;
  readonly prefix: string;
  readonly own: boolean;
  readonly reflected: boolean; // it did not come from its originator
  readonly from: string; // address of the peer
  readonly fromName: string;
  readonly fromClient: boolean; // we are its reflector
  readonly communities: string;
}

function seen(world: SimWorld, host: SimHost): (route: Route) => Seen {
  const reflects = host.roles.includes('reflector');
  const reflector = world.hosts.find((candidate) => candidate.roles.includes('reflector'));
  return (route) => {
    const own = route.host === host;
    const direct = own || reflects || route.host.roles.includes('reflector');
    const sender = direct ? route.host : reflector;
    const target = `RT:${route.target}`;
    const mobility = route.sequence > 0 ? ` MM:${route.sequence}` : '';
    return {
      route, own, prefix: prefixOf(route), reflected: !direct, from: sender?.underlay ?? route.originator, fromName: sender?.hostname ?? '', fromClient: reflects && !own,
      communities: `${own ? `ET:8 ${target}` : `${target} ET:8`}${mobility}`,
    };
  };
}

const pathJson = (path: Seen): Value => ({
  valid: true,
  bestpath: true,
  selectionReason: 'First path received',
  pathFrom: path.own ? 'external' : 'internal',
  routeType: path.route.type,
  ethTag: 0,
  ...(path.route.type === 2 ? {macLen: 48, mac: path.route.mac!} : {ipLen: 32, ip: path.route.originator}),
  metric: path.reflected ? 0 : undefined,
  locPrf: path.own ? undefined : 100,
  weight: path.own ? 32_768 : 0,
  peerId: path.own ? '(unspec)' : path.from,
  path: '',
  origin: 'IGP',
  extendedCommunity: {string: path.communities},
  nexthops: [{ip: path.route.originator, hostname: path.fromName, afi: 'ipv4', used: true}],
});
const prefixJson = (path: Seen): readonly [string, Value] => [path.prefix, {prefix: path.prefix, prefixLen: 352, paths: [[pathJson(path)]]}];

const legend = [
  'Status codes: s suppressed, d damped, h history, * valid, > best, i - internal',
  'Origin codes: i - IGP, e - EGP, ? - incomplete',
  'EVPN type-1 prefix: [1]:[EthTag]:[ESI]:[IPlen]:[VTEP-IP]:[Frag-id]',
  'EVPN type-2 prefix: [2]:[EthTag]:[MAClen]:[MAC]:[IPlen]:[IP]',
  'EVPN type-3 prefix: [3]:[EthTag]:[IPlen]:[OrigIP]',
  'EVPN type-4 prefix: [4]:[ESI]:[IPlen]:[OrigIP]',
  'EVPN type-5 prefix: [5]:[EthTag]:[IPlen]:[IP]',
  '',
  '   Network          Next Hop            Metric LocPrf Weight Path',
];

function pathText(path: Seen): string {
  const number = (value: number | undefined, width: number): string => String(value ?? '').padStart(width);
  const numbers = `${number(path.reflected ? 0 : undefined, 10)}${number(path.own ? undefined : 100, 7)}${number(path.own ? 32_768 : 0, 7)}`;
  const indent = ' '.repeat(20);
  return `*>${path.own ? ' ' : 'i'}${path.prefix}\n${indent}${path.route.originator.padEnd(16)}${numbers} i\n${indent}${path.communities}\n`;
}

/** The table by RD. The lists of one RD stand together. */
function byRd(paths: readonly Seen[]): readonly (readonly [string, readonly Seen[]])[] {
  const groups = new Map<string, Seen[]>();
  for (const path of paths) {
    const group = groups.get(path.route.rd);
    if (group) group.push(path);
    else groups.set(path.route.rd, [path]);
  }
  return [...groups].sort(([a], [b]) => compareRd(a, b));
}

function globalTable(routerId: string, paths: readonly Seen[], filtered: boolean, json: boolean): string {
  if (json) {
    const groups = byRd(paths).map(([rd, group]): readonly [string, Value] => [rd, {rd, ...Object.fromEntries(group.map(prefixJson))}]);
    // not by plain(): with 100 000 routes it takes five times as long
    return `${JSON.stringify({...Object.fromEntries(groups), numPrefix: paths.length, numPaths: paths.length}).replaceAll('/', '\\/')}\n`;
  }
  const requested = filtered ? ' (of requested type)' : '';
  if (paths.length === 0) return `No EVPN prefixes${requested} exist\n`;
  const rows = byRd(paths).map(([rd, group]) => `Route Distinguisher: ${rd}\n${group.map(pathText).join('')}`);
  return `BGP table version is 2, local router ID is ${routerId}\n${legend.join('\n')}\n${' '.repeat(20)}Extended Community\n${rows.join('')}\nDisplayed ${paths.length} prefixes (${paths.length} paths)${requested}\n`;
}

/** One RD: its prefixes at the top level. */
function oneRd(routerId: string, rd: string, paths: readonly Seen[], json: boolean): string {
  if (json) return `${pretty({...(paths.length > 0 ? {rd} : {}), ...Object.fromEntries(paths.map(prefixJson)), numPrefix: paths.length, numPaths: paths.length})}\n`;
  if (paths.length === 0) return 'No prefixes exist with this RD\n\n';
  return `BGP table version is 2, local router ID is ${routerId}\n${legend.join('\n')}\n${' '.repeat(20)}Extended Community\n${paths.map(pathText).join('')}\nDisplayed ${paths.length} prefixes (${paths.length} paths) with this RD\n\n`;
}

function vniTable(routerId: string, paths: readonly Seen[], json: boolean): string {
  if (json) return `${pretty({...Object.fromEntries(paths.map(prefixJson)), numPrefix: paths.length, numPaths: paths.length})}\n`;
  if (paths.length === 0) return 'No EVPN prefixes exist for this VNI\n';
  return `BGP table version is ${paths.length}, local router ID is ${routerId}\n${legend.join('\n')}\n${paths.map(pathText).join('')}\nDisplayed ${paths.length} prefixes (${paths.length} paths)\n\n`;
}

/** One MAC of a VNI, in detail. */
function oneMac(path: Seen | undefined, version: number, json: boolean): string {
  if (!path) return json ? '{\n}\n' : '% Network not in table\n';
  const {route} = path;
  const updated = `${ctime(route.since)}`;
  if (!json) {
    const origin = path.own ? `    ${route.originator} from 0.0.0.0 (${route.originator})\n      Origin IGP, weight 32768, valid, sourced, local, best (First path received)` :
      `    ${route.originator} from ${path.from} (${route.originator})\n      Origin IGP, ${path.reflected ? 'metric 0, ' : ''}localpref 100, valid, internal, best (First path received)`;
    return [
      `BGP routing table entry for ${path.prefix}`, 'Paths: (1 available, best #1)', '  Not advertised to any peer',
      `  Route ${path.prefix} VNI ${route.vni}${path.own ? '' : `  Imported from ${route.rd}:${path.prefix}, VNI ${route.vni}`}`, '',
      `  Local${path.fromClient ? ', (Received from a RR-client)' : ''}`, origin, `      Extended Community: ${path.communities}`,
      ...(path.reflected ? [`      Originator: ${route.originator}, Cluster list: ${path.from} `] : []),
      `      Last update: ${updated}`, '', 'Displayed 1 paths for requested prefix', '',
    ].join('\n');
  }
  const detail: Value = {
    VNI: String(route.vni),
    vni: String(route.vni),
    aspath: {string: 'Local', segments: [], length: 0},
    rxedFromRrClient: path.fromClient ? true : undefined,
    origin: 'IGP',
    metric: path.reflected ? 0 : undefined,
    locPrf: path.own ? undefined : 100,
    weight: path.own ? 32_768 : undefined,
    valid: true,
    version,
    sourced: path.own ? true : undefined,
    local: path.own ? true : undefined,
    bestpath: {overall: true, selectionReason: 'First path received'},
    extendedCommunity: {string: path.communities},
    originatorId: path.reflected ? route.originator : undefined,
    clusterList: path.reflected ? {list: [path.from]} : undefined,
    lastUpdate: {epoch: Math.floor(route.since / 1000), string: `${updated}\n`},
    nexthops: [{ip: route.originator, hostname: path.fromName, afi: 'ipv4', metric: 0, accessible: true, used: true}],
    peer: path.own ? {peerId: '0.0.0.0', routerId: route.originator} : {peerId: path.from, routerId: path.from, hostname: path.fromName, type: 'internal'},
  };
  return `${pretty({rd: '', routeType: 2, ethTag: 0, macLen: 48, mac: route.mac!, paths: [[detail]], numPaths: 1})}\n`;
}

export const routes = (world: SimWorld, host: SimHost, filter: RouteFilter, json: boolean): string =>
  keep(world, `routes ${host.name} ${JSON.stringify(filter)} ${json}`, () => render(world, host, filter, json));

function render(world: SimWorld, host: SimHost, filter: RouteFilter, json: boolean): string {
  const all = table(world, host);
  const see = seen(world, host);
  const routerId = routerIdOf(world, host);
  if (filter.vni !== undefined) {
    const network = networksOn(world, host).find(({id, live}) => live && id === filter.vni);
    if (!network) return json ? '{\n}\n' : `VNI not found\n`;
    const target = targetOf(world, host, network);
    const paths = all.filter((route) => route.target === target).sort((a, b) => a.type - b.type || (prefixOf(a) < prefixOf(b) ? -1 : 1)).map(see);
    return filter.mac === undefined ? vniTable(routerId, paths, json) : oneMac(paths.find(({route}) => route.mac === filter.mac), paths.length, json);
  }
  if (filter.rd !== undefined) return oneRd(routerId, filter.rd, all.filter(({rd}) => rd === filter.rd).map(see), json);
  return globalTable(routerId, all.filter(({type}) => filter.type === undefined || type === filter.type).map(see), filter.type !== undefined, json);
}
