/** rows → filter → sort, done again only when an input changes. Used by the frame and by the key handler alike. */
import type {Fabric} from '../model/fabric.ts';
import type {RouteTable} from '../model/route-table.ts';
import type {AnyResource} from '../rows/resource.ts';
import {parseFilter} from '../components/table/filter.ts';
import {arrayRows, routeRows, type RowList} from '../components/table/row-list.ts';
import {sortRows, type Order} from '../components/table/sort.ts';
import {routeOrder} from './sorted-routes.ts';
import {Paced} from './paced.ts';
import type {LocalList, Seen} from './lists/local.ts';
import type {TableState} from './state.ts';

/** One memory per resource: only what is shown is ever computed. */
export class Listing {
  private readonly resource: AnyResource;
  private readonly rows: Paced<readonly unknown[]>;
  private readonly list: Paced<RowList>;

  constructor(resource: AnyResource, later: () => void) {
    this.resource = resource;
    this.rows = new Paced(later);
    this.list = new Paced(later);
  }

  of(fabric: Fabric, table: TableState, now: number): RowList {
    const {resource} = this;
    const rows = this.rows.of([], [fabric], () => resource.rows(fabric, now));
    return this.list.of([table], [rows], () => {
      const filter = parseFilter(table.filter, resource);
      const kept = filter ? rows.filter((row) => filter.test(row, now)) : rows;
      return arrayRows(resource, sortRows(resource, kept, table.order, now), rows.length, filter?.note);
    });
  }
}

/** The same for a list of the console's own: made again when what it is made of has changed. */
export class LocalListing {
  private readonly list: LocalList;
  private inputs: readonly unknown[] = [];
  private rows: RowList | undefined;

  constructor(list: LocalList) {
    this.list = list;
  }

  of(seen: Seen, table: TableState, now: number): RowList {
    const inputs = [...this.list.inputs(seen), table];
    if (this.rows && inputs.every((input, i) => Object.is(input, this.inputs[i]))) return this.rows;
    const {shape} = this.list;
    const rows = this.list.rows(seen, table);
    const filter = parseFilter(table.filter, shape);
    const kept = filter ? rows.filter((row) => filter.test(row, now)) : rows;
    this.inputs = inputs;
    return (this.rows = arrayRows(shape, sortRows(shape, kept, table.order, now), rows.length, filter?.note));
  }
}

const noRoutes: RowList = {length: 0, total: 0, note: undefined, at: () => undefined, idAt: () => '', find: () => -1};

/** The same for a route table, whose rows are never all made: the table itself finds what matches. */
export class RouteListing {
  private table: RouteTable | undefined;
  private filter = '';
  private order: Order | undefined;
  private list: RowList = noRoutes;

  of(table: RouteTable | undefined, filter: string, order?: Order): RowList {
    if (table === this.table && filter === this.filter && order === this.order) return this.list;
    this.table = table;
    this.filter = filter;
    this.order = order;
    this.list = table ? routeRows(table, routeOrder(table, filter === '' ? undefined : select(table, filter), order), undefined) : noRoutes;
    return this.list;
  }
}

/** "vni:2", "rd:…", "type:3", "mac:…" by the table's own index; anything else as text; "!" turns it round. */
function select(table: RouteTable, typed: string): Uint32Array {
  const inverse = typed.startsWith('!');
  const body = inverse ? typed.slice(1) : typed;
  if (body === '') return table.select({});
  const scoped = /^(vni|rd|type|mac):(.+)$/i.exec(body);
  const value = scoped?.[2] ?? '';
  const number = /^\d+$/.test(value) ? Number(value) : undefined;
  const name = scoped?.[1]?.toLowerCase();
  const chosen = name === 'rd' ? table.select({rd: value})
    : name === 'mac' ? table.select({mac: value.toLowerCase()})
    : (name === 'vni' || name === 'type') && number !== undefined ? table.select({[name]: number})
    : table.select({text: body});
  if (!inverse) return chosen;
  const out = new Uint8Array(table.length);
  for (const index of chosen) out[index] = 1;
  const rest = new Uint32Array(table.length - chosen.length);
  let next = 0;
  for (let index = 0; index < table.length; index++) if (!out[index]) rest[next++] = index;
  return rest;
}
