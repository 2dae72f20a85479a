/** Rows, verdicts and traces of a fabric: each costs something to make, and is kept until what it is made of has changed. */
import type {Fabric} from '../model/fabric.ts';
import type {AnyResource, ResourceName} from '../rows/resource.ts';
import {health, type Layer} from '../rows/health.ts';
import {mesh, type Mesh} from '../components/matrix.ts';
import type {RowList} from '../components/table/row-list.ts';
import {traceFabric, type Traced} from '../trace/trace.ts';
import type {DetailItem} from './detail-items.ts';
import {Listing, LocalListing, RouteListing} from './listing.ts';
import type {LocalList, Seen} from './lists/local.ts';
import {Paced} from './paced.ts';
import type {ConsoleState, LocalName, TableState} from './state.ts';

/** Verdicts age by the second, not by the millisecond. */
const second = (now: number): number => Math.floor(now / 1000);

type Routes = ConsoleState['routes'];
const tableOf = (routes: Routes) => (routes.phase === 'read' ? routes.read.table : undefined);

export class Made {
  private readonly later: () => void;
  private readonly listings = new Map<ResourceName, Listing>();
  private readonly localListings = new Map<LocalName, LocalListing>();
  private readonly routeListing = new RouteListing();
  private readonly allRoutes = new RouteListing();
  private readonly meshes: Paced<Mesh>;
  private readonly traces: Paced<Traced>;
  private readonly layers: Paced<readonly Layer[]>;
  private readonly details: Paced<readonly DetailItem[] | undefined>;

  /** `later` is called once something that was kept back may be made. */
  constructor(later: () => void) {
    this.later = later;
    this.meshes = new Paced(later);
    this.traces = new Paced(later);
    this.layers = new Paced(later);
    this.details = new Paced(later);
  }

  /** Filtered and sorted as `table` says. */
  rows(resource: AnyResource, fabric: Fabric, table: TableState, routes: Routes, now: number): RowList {
    if (resource.name === 'routes') return this.routeListing.of(tableOf(routes), table.filter, table.order);
    let listing = this.listings.get(resource.name);
    if (!listing) this.listings.set(resource.name, (listing = new Listing(resource, this.later)));
    return listing.of(fabric, table, now);
  }

  localRows(list: LocalList, seen: Seen, table: TableState, now: number): RowList {
    let listing = this.localListings.get(list.name);
    if (!listing) this.localListings.set(list.name, (listing = new LocalListing(list)));
    return listing.of(seen, table, now);
  }

  /** The row of that id whatever the filter is; undefined: it is gone. */
  row(id: string, resource: AnyResource, fabric: Fabric, table: TableState, routes: Routes, now: number): unknown {
    const list = this.rows(resource, fabric, table, routes, now);
    const index = list.find(id);
    if (index >= 0) return list.at(index);
    if (resource.name === 'routes') {
      const all = this.allRoutes.of(tableOf(routes), '');
      const at = all.find(id);
      return at < 0 ? undefined : all.at(at);
    }
    if (list.length === list.total) return undefined;
    return resource.rows(fabric, now).find((row) => resource.id(row) === id);
  }

  mesh(fabric: Fabric, now: number): Mesh {
    return this.meshes.of([], [fabric, second(now)], () => mesh(fabric, now));
  }

  health(fabric: Fabric, now: number): readonly Layer[] {
    return this.layers.of([], [fabric, second(now)], () => health(fabric, now));
  }

  /** Of the object that is looked at: asked for several times a frame. */
  detail(key: readonly unknown[], pace: readonly unknown[], now: number, make: () => readonly DetailItem[] | undefined): readonly DetailItem[] | undefined {
    return this.details.of(key, [...pace, second(now)], make);
  }

  trace(fabric: Fabric, now: number, from: string, to: string): Traced {
    return this.traces.of([from, to], [fabric, second(now)], () => traceFabric(fabric, now, from, to));
  }
}
