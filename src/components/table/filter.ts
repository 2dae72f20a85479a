/** What an operator types after "/". Pure. */
import type {Column} from '../../rows/resource.ts';
import type {TableShape} from './shape.ts';

export interface RowFilter {
  readonly test: (row: unknown, now: number) => boolean;
  readonly note: string | undefined; // why it was not taken as it was typed
}

/** text or regular expression; "!x" inverse; "column:x" in one column; "tone:bad" by the row's state. Undefined: no filter. */
export function parseFilter(typed: string, resource: TableShape): RowFilter | undefined {
  const inverse = typed.startsWith('!');
  const body = inverse ? typed.slice(1) : typed;
  if (body === '') return undefined;
  const scoped = /^([a-z][a-z0-9 -]*):(.*)$/i.exec(body);
  const name = scoped?.[1]?.toLowerCase();
  const column = name === undefined ? undefined : resource.columns.find((c) => c.id === name || c.title.toLowerCase() === name);
  const tone = name === 'tone';
  const wanted = column || tone ? (scoped?.[2] ?? '') : body;
  if (wanted === '') return undefined;
  const {matches, note} = matcher(wanted);
  const textOf = tone ? (row: unknown, now: number) => resource.tone(row, now) : column ? cellText(column) : allText(resource);
  return {test: (row, now) => matches(textOf(row, now)) !== inverse, note};
}

const cellText = (column: Column<unknown>) => (row: unknown, now: number): string => column.cell(row, now).text;
const allText = (resource: TableShape) => (row: unknown, now: number): string => resource.columns.map((column) => column.cell(row, now).text).join(' ');

function matcher(wanted: string): {matches: (text: string) => boolean; note: string | undefined} {
  try {
    const pattern = new RegExp(wanted, 'i');
    return {matches: (text) => pattern.test(text), note: undefined};
  } catch {
    const plain = wanted.toLowerCase();
    return {matches: (text) => text.toLowerCase().includes(plain), note: `not a regular expression: looking for the text ${wanted}`};
  }
}
