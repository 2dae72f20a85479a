/** What the console is showing: plain data, changed only by the control. */
import type {RouteCost, RouteRead, RouteScope} from '../fabric/source.ts';
import type {Fabric} from '../model/fabric.ts';
import type {Ref, ResourceName, Tone} from '../rows/resource.ts';
import type {Cursor} from '../components/table/cursor.ts';
import type {Order} from '../components/table/sort.ts';
import type {RecordedRun} from '../journal/records.ts';
import type {Flow} from './action/flow.ts';
import {footHeight, noBooks, type BookState, type Room} from './runbook/desk.ts';
import type {Probe} from '../trace/probe.ts';
import type {Probed} from './trace-answers.ts';
import type {FindingEvent, Judged} from './judged.ts';

/** Lists of the console's own, beside the tables of resources. */
export type LocalName = 'findings' | 'events' | 'ends' | 'journal' | 'runbooks';
export type ListName = ResourceName | LocalName;

export type View =
  | {readonly kind: 'overview'}
  | {readonly kind: 'table'; readonly resource: ResourceName}
  | {readonly kind: 'matrix'}
  | {readonly kind: 'detail'; readonly ref: Ref}
  | {readonly kind: 'list'; readonly list: LocalName; readonly from?: {readonly term: string; readonly label: string}} // from: the first end of a trace
  | {readonly kind: 'run'; readonly id: string}
  | {readonly kind: 'book'; readonly name: string; readonly room: Room}
  | {readonly kind: 'trace'; readonly from: string; readonly to: string; readonly label: string}
  | {readonly kind: 'finding'; readonly id: string};

export type Mode =
  | {readonly kind: 'main'}
  | {readonly kind: 'filter'; readonly resource: ListName; readonly before: string}
  | {readonly kind: 'palette'; readonly text: string; readonly chosen: number}
  | {readonly kind: 'sort'; readonly resource: ListName}
  | {readonly kind: 'form'; readonly field: number}
  | {readonly kind: 'ask'; readonly cost: RouteCost}
  | {readonly kind: 'action'}
  | {readonly kind: 'prompt'; readonly purpose: 'input' | 'skip' | 'undo' | 'confirm' | 'report'; readonly name: string; readonly subject: string; readonly text: string} // of a runbook
  | {readonly kind: 'leave'}
  | {readonly kind: 'probe'; readonly probes: readonly Probe[]} // asked about, before they are sent
  | {readonly kind: 'panel'; readonly panel: 'help' | 'log'; readonly top: number; readonly under?: Mode}; // under: the dialog that it came over

export interface TableState {
  readonly filter: string;
  readonly order: Order | undefined;
  readonly page?: number; // of columns, where not all fit; 0 has the chosen ones
}

export interface RouteForm {
  readonly host: string;
  readonly type: RouteScope['type'];
  readonly vni: string; // as typed
  readonly rd: string;
}
export type RouteState =
  | {readonly phase: 'idle'}
  | {readonly phase: 'reading'; readonly scope: RouteScope; readonly since: number}
  | {readonly phase: 'read'; readonly scope: RouteScope; readonly read: Extract<RouteRead, {ok: true}>}
  | {readonly phase: 'failed'; readonly scope: RouteScope; readonly why: string};

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface ConsoleState {
  readonly size: Size;
  readonly views: readonly View[]; // history, oldest first
  readonly at: number; // index of the one that is shown
  readonly mode: Mode;
  readonly cursors: Readonly<Record<string, Cursor>>; // by viewKey
  readonly tables: Readonly<Record<string, TableState>>; // by list
  readonly wide: boolean;
  readonly frozen: {readonly fabric: Fabric; readonly at: number; readonly judged: Judged | undefined} | undefined;
  readonly notice: {readonly text: string; readonly tone: Tone} | undefined;
  readonly form: RouteForm;
  readonly routes: RouteState;
  readonly judged: Judged | undefined; // undefined: no pass has ended yet
  readonly judgeFailed: string | undefined; // why there is none, or why this one is old
  readonly events: readonly FindingEvent[]; // newest first
  readonly flow: Flow | undefined; // what is being changed; it goes on while something else is looked at
  readonly books: BookState;
  readonly runs: readonly RecordedRun[]; // of the journal, oldest first
  readonly trace: {readonly side: 'there' | 'back'; readonly evidence: 'broken' | 'all'};
  readonly probed: Probed | undefined; // the last pings of a trace
  readonly firstHost: number; // of the mesh, from the left
  readonly unfolded: ReadonlySet<string>; // findings, and groups, whose members are shown
}

export const viewKey = (view: View): string => {
  switch (view.kind) {
    case 'overview':
    case 'matrix':
      return view.kind;
    case 'table':
      return `table ${view.resource}`;
    case 'detail':
      return `detail ${view.ref.resource} ${view.ref.id}`;
    case 'list':
      return `list ${view.list}${view.from ? ` from ${view.from.term}` : ''}`;
    case 'run':
      return `run ${view.id}`;
    case 'book':
      return `book ${view.name} ${view.room}`;
    case 'trace':
      return `trace ${view.from} > ${view.to}`;
    case 'finding':
      return `finding ${view.id}`;
  }
};

export const smallest: Size = {columns: 60, rows: 15};
export const tooSmall = (size: Size): boolean => size.columns < smallest.columns || size.rows < smallest.rows;

const chrome = 4; // title, crumb, status, keys
/** Lines between the top and the bottom bars. */
export const bodyHeight = (size: Size): number => Math.max(1, size.rows - chrome);
export const paneFrom = 160; // columns from which the detail stands beside the table
/** Lines of a list that has its detail below: what remains under a rule is the detail's. */
export const listAbove = (size: Size): number => Math.max(4, Math.floor((bodyHeight(size) - 2) * 0.42));

/** Lines that a cursor can be on at one time. */
export function listHeight(view: View, size: Size): number {
  if (view.kind === 'book') return Math.max(1, bodyHeight(size) - footHeight(view.room));
  if (view.kind === 'list' && view.list !== 'ends') return size.columns >= paneFrom ? bodyHeight(size) - 1 : listAbove(size);
  return view.kind === 'table' || view.kind === 'matrix' || view.kind === 'list' ? bodyHeight(size) - 1 : bodyHeight(size);
}

export const noTable: TableState = {filter: '', order: undefined};
export const currentView = (state: ConsoleState): View => state.views[state.at] ?? {kind: 'overview'};

export function firstState(size: Size, view: View): ConsoleState {
  return {
    size, views: [view], at: 0, mode: {kind: 'main'}, cursors: {}, tables: {}, wide: false, frozen: undefined, notice: undefined,
    form: {host: '', type: 2, vni: '', rd: ''}, routes: {phase: 'idle'},
    judged: undefined, judgeFailed: undefined, events: [], flow: undefined, books: noBooks, runs: [], trace: {side: 'there', evidence: 'broken'}, unfolded: new Set(), probed: undefined, firstHost: 0,
  };
}
