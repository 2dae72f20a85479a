/** Rows in the order in which they are shown: an array, or a large route table that makes rows only when they are seen. */
import type {RouteTable} from '../../model/route-table.ts';
import type {TableShape} from './shape.ts';

/** What a cursor can be on. */
export interface List {
  readonly length: number;
  idAt(index: number): string;
  /** Where that object is now; -1: it is not (or no longer) here. */
  find(id: string): number;
}
export interface RowList extends List {
  readonly total: number; // before the filter
  at(index: number): unknown;
  readonly note: string | undefined; // of the filter
}

export function listOf(ids: readonly string[]): List {
  return {length: ids.length, idAt: (i) => ids[i] ?? '', find: (id) => ids.indexOf(id)};
}

export function arrayRows(resource: TableShape, rows: readonly unknown[], total: number, note: string | undefined): RowList {
  let places: Map<string, number> | undefined;
  return {
    length: rows.length,
    total,
    note,
    at: (index) => rows[index],
    idAt: (index) => resource.id(rows[index]),
    find: (id) => (places ??= new Map(rows.map((row, index) => [resource.id(row), index]))).get(id) ?? -1,
  };
}

/** `chosen`: indices into the table, ascending; undefined: all of it. */
export function routeRows(table: RouteTable, chosen: Uint32Array | undefined, note: string | undefined): RowList {
  const place = (index: number): number => (chosen ? (chosen[index] ?? 0) : index);
  const length = chosen?.length ?? table.length;
  const found = new Map<string, number>(); // the cursor asks for the same one at each frame
  return {
    length,
    total: table.length,
    note,
    at: (index) => table.at(place(index)),
    idAt: (index) => {
      const id = table.idAt(place(index));
      if (found.size > 10_000) found.clear();
      found.set(id, index);
      return id;
    },
    find: (id) => {
      const known = found.get(id);
      if (known !== undefined) return known;
      let at = -1;
      for (let index = 0; index < length && at < 0; index++) if (table.idAt(place(index)) === id) at = index;
      found.set(id, at);
      return at;
    },
  };
}
