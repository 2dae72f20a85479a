/** A list of the console's own (findings, events, …): rows from its state, in the table that resources have too. */
import type {TableShape} from '../../components/table/shape.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Resource} from '../../rows/resource.ts';
import type {DetailItem} from '../detail-items.ts';
import type {Judged} from '../judged.ts';
import type {ConsoleState, LocalName, TableState, View} from '../state.ts';

/** What a list may look at. */
export interface Seen {
  readonly state: ConsoleState;
  readonly fabric: Fabric;
  readonly judged: Judged | undefined;
}

export interface LocalList {
  readonly name: LocalName;
  readonly title: string;
  readonly shape: TableShape;
  /** In their natural order; `table`: a filter or an order of the operator's own makes a tree flat. */
  readonly rows: (seen: Seen, table: TableState) => readonly unknown[];
  /** What rows are made of: they are made again when one of these is another. */
  readonly inputs: (seen: Seen) => readonly unknown[];
  /** Where Enter goes, or why nowhere. */
  readonly open: (row: unknown, seen: Seen) => View | string;
  /** Detail of a row, beside or below; undefined: the list has the whole body. */
  readonly pane?: (row: unknown, seen: Seen, width: number, now: number) => readonly DetailItem[];
  /** The command that shows all of a pane for which there is no room; undefined: none does. */
  readonly whole?: (row: unknown, seen: Seen) => 'about' | 'open' | undefined;
  /** Instead of rows, when there are none. */
  readonly empty: (seen: Seen) => {readonly text: string; readonly tone: 'ok' | 'unknown' | 'muted'};
}

type Typed<Row> = Omit<LocalList, 'shape' | 'open' | 'pane' | 'whole'> & {
  readonly shape: Pick<Resource<Row>, 'columns' | 'id' | 'tone'>;
  readonly open: (row: Row, seen: Seen) => View | string;
  readonly pane?: (row: Row, seen: Seen, width: number, now: number) => readonly DetailItem[];
  readonly whole?: (row: Row, seen: Seen) => 'about' | 'open' | undefined;
};
/** A row only ever goes back to the list that made it. */
export const localList = <Row>(list: Typed<Row>): LocalList => ({...list, shape: {...list.shape, stamps: () => []}} as unknown as LocalList);
