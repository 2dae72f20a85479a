/** Which columns and rows a command prints. Pure. */
import type {Column, Resource} from '../../rows/resource.ts';
import {CliError, exitCode} from '../exit.ts';

export function chooseColumns<Row>(resource: Resource<Row>, wide: boolean, names: string | undefined): readonly Column<Row>[] {
  if (names === undefined) return resource.columns.filter((column) => wide || (column.rank ?? 0) < 2);
  return names.split(',').map((name) => {
    const column = resource.columns.find((c) => c.id === name.trim());
    if (!column) throw new CliError(exitCode.usage, `${resource.name} has no column "${name.trim()}"`, `It has: ${resource.columns.map((c) => c.id).join(', ')}`);
    return column;
  });
}

/** Sort by a column's id; numbers as numbers. */
export function sortRows<Row>(rows: readonly Row[], resource: Resource<Row>, by: string | undefined, descending: boolean, now: number): readonly Row[] {
  if (by === undefined) return rows;
  const [column] = chooseColumns(resource, true, by);
  if (!column) return rows;
  const key = (row: Row): number | string | undefined => (column.sortBy ? column.sortBy(row, now) : column.cell(row, now).text);
  const collator = new Intl.Collator('en', {numeric: true});
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    // What has no value goes last, whichever way the rest is sorted.
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1;
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y));
    return descending ? -order : order;
  });
}
