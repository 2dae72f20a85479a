/** A table with borders for terminals, by ink-table. For tables that fit a person: it costs a millisecond a row. */
import {Text, renderToString} from 'ink';
import {Table} from 'ink-table';
import type {PropsWithChildren} from 'react';
import type {Cell, Tone} from '../../rows/resource.ts';

type Row = Record<string, string>;

export function boxedTable(header: readonly string[], rows: readonly (readonly Cell[])[], options: {readonly color: ((tone: Tone) => string | undefined) | undefined; readonly columns: number}): string {
  // ink-table takes the header from the keys of the data: titles must be unique and present.
  const keys = header.map((title, i) => (title === '' || header.indexOf(title) !== i ? `${title || ' '}${'\u00a0'.repeat(i)}` : title));
  const data: Row[] = rows.map((cells) => Object.fromEntries(keys.map((key, i) => [key, cells[i]?.text ?? ''])));
  const tones = new Map<string, Cell['tone']>();
  for (const cells of rows) for (const [i, cell] of cells.entries()) tones.set(`${i} ${cell.text}`, cell.tone);
  const Body = ({children, column}: PropsWithChildren<{column: number}>) => {
    const tone = tones.get(`${column} ${String(children).trim()}`);
    return <Text color={tone ? options.color?.(tone) : undefined}>{children}</Text>;
  };
  const Plain = ({children}: PropsWithChildren) => <Text>{children}</Text>;
  const Header = ({children}: PropsWithChildren) => <Text bold={options.color !== undefined}>{children}</Text>;
  return renderToString(<Table data={data} columns={keys} padding={1} header={Header} cell={Body} skeleton={Plain} />, {columns: options.columns});
}
