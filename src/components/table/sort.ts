/** Sorting rows by a column. Pure; what has no value comes last, whichever the direction. */
import type {TableShape} from './shape.ts';

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

const collator = new Intl.Collator('en', {numeric: true});

export function sortRows(resource: TableShape, rows: readonly unknown[], order: Order | undefined, now: number): readonly unknown[] {
  const column = order && resource.columns.find((c) => c.id === order.column);
  if (!column) return rows;
  const value = column.sortBy ?? ((row: unknown): string => column.cell(row, now).text);
  const keyed = rows.map((row) => ({row, key: value(row, now)}));
  const sign = order.descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) return a.key === b.key ? 0 : a.key === undefined ? 1 : -1;
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key || 0);
    return sign * collator.compare(String(a.key), String(b.key));
  });
  return keyed.map(({row}) => row);
}
