/**
 * A resource: one kind of row, its columns and its relations, defined once and shown by both the console's tables and
 * `evpn-tui get`. Pure: (fabric, now) → rows.
 */
import type {Fabric} from '../model/fabric.ts';
import type {Stamp} from '../model/reading.ts';
import type {Tone} from '../model/tone.ts';

export type {Tone};

export interface Cell {
  readonly text: string; // one line, sanitised where it entered
  readonly tone?: Tone;
}

export interface Column<Row> {
  readonly id: string; // lower-case, stable: sorting, filters, --columns
  readonly title: string; // header, short
  readonly cell: (row: Row, now: number) => Cell;
  /** What sorting compares; default: cell text, numbers as numbers. */
  readonly sortBy?: (row: Row, now: number) => number | string | undefined;
  readonly align?: 'left' | 'right';
  readonly min?: number; // narrowest useful width in columns
  readonly max?: number; // never wider than this
  readonly grow?: boolean; // takes spare room
  /** 0: shown wherever there is room; 1: from about 120 columns; 2: `wide` or very wide terminals; all of them where nothing has to be cut for it. Default 0. */
  readonly rank?: 0 | 1 | 2;
}

/** A reference to an object of the fabric; what Enter and the relations list follow. */
export interface Ref {
  readonly resource: ResourceName;
  readonly id: string; // the row id in that resource
  readonly label: string; // "VTEP kvm1 192.168.0.2"
}

export type ResourceName = 'hosts' | 'wg' | 'bgp' | 'vnis' | 'routes' | 'macs' | 'vnets' | 'vms' | 'nat';

/** A block of a row's detail view: a title and name/value lines, each with its age and origin where it has one. */
export interface DetailSection {
  readonly title: string;
  readonly lines: readonly {readonly name: string; readonly value: Cell; readonly stamp?: Stamp}[];
}

export interface Resource<Row> {
  readonly name: ResourceName;
  readonly title: string; // "WireGuard"
  readonly aliases: readonly string[]; // ":" and `get` accept them
  readonly columns: readonly Column<Row>[];
  readonly rows: (fabric: Fabric, now: number) => readonly Row[];
  readonly id: (row: Row) => string; // identity: the cursor stays on it while rows move
  readonly tone: (row: Row, now: number) => Tone; // of the row as a whole
  readonly stamps: (row: Row) => readonly Stamp[];
  readonly detail: (row: Row, fabric: Fabric, now: number) => readonly DetailSection[];
  readonly relations: (row: Row, fabric: Fabric) => readonly Ref[];
  /** The row as JSON for `get -o json`: plain data, documented by docs/schema/<name>.schema.json */
  readonly toJson: (row: Row, now: number) => Readonly<Record<string, unknown>>;
}

/** Lists hold resources of different rows; a row only ever goes back to the resource that made it. */
export type AnyResource = Resource<unknown>;
export const anyResource = <Row>(resource: Resource<Row>): AnyResource => resource as unknown as AnyResource;
