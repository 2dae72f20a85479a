/** The order of routes: by VNI, type, prefix and next hop, or by a column; up to a size, since every path is made for it. Pure. */
import {sortRows, type Order} from '../components/table/sort.ts';
import type {EvpnRoute} from '../model/frr.ts';
import type {RouteTable} from '../model/route-table.ts';
import {anyResource} from '../rows/resource.ts';
import {routes} from '../rows/routes.ts';
import type {RouteState} from './state.ts';

/** Longer tables stay in bgpd's own order (by RD, then prefix): keys do not wait for a sort. */
export const sortedUpTo = 20_000;

export const tooLongToSort = (routes: RouteState): boolean => routes.phase === 'read' && routes.read.table.length > sortedUpTo;

const resource = anyResource(routes);

/** Indices into the table, in the order in which they are shown; undefined: in the table's own. */
export function routeOrder(table: RouteTable, chosen: Uint32Array | undefined, order: Order | undefined): Uint32Array | undefined {
  if (table.length > sortedUpTo) return chosen;
  const indices = chosen ?? Uint32Array.from({length: table.length}, (_, i) => i);
  const rows = Array.from(indices, (index) => ({index, route: table.at(index)}));
  rows.sort((a, b) => byDefault(a.route, b.route) || a.index - b.index);
  if (!order) return Uint32Array.from(rows, ({index}) => index);
  const places = new Map(rows.map(({index, route}) => [route as unknown, index]));
  return Uint32Array.from(sortRows(resource, rows.map(({route}) => route), order, 0), (route) => places.get(route) ?? 0);
}

const less = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What has no VNI comes last. */
export const byDefault = (a: EvpnRoute, b: EvpnRoute): number =>
  (a.vni ?? Infinity) - (b.vni ?? Infinity) || a.type - b.type || less(a.mac ?? '', b.mac ?? '') || addresses(a.prefix, b.prefix) || addresses(a.nextHop, b.nextHop) || less(a.rd, b.rd) || 0;

const collator = new Intl.Collator('en', {numeric: true});
const addresses = (a: string, b: string): number => (a === b ? 0 : collator.compare(a, b));
