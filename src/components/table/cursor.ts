/** A cursor is on an object, not on a line: rows may move, it stays; its object may go, then it is on nothing. Pure. */
import type {List} from './row-list.ts';

export interface Cursor {
  readonly id: string | undefined; // undefined: not placed yet, or at the top whatever is there
  readonly index: number; // where it was last seen
  readonly top: number; // first line of the window
}
export const atTop: Cursor = {id: undefined, index: 0, top: 0};

export interface Resolved {
  readonly index: number; // -1: on nothing
  readonly gone: string | undefined; // the object that it was on
  readonly top: number;
}

/** Where the cursor and the window are, for this list as it is now. */
export function resolve(cursor: Cursor, list: List, height: number): Resolved {
  const found = cursor.id === undefined ? (list.length > 0 ? 0 : -1) : list.find(cursor.id);
  const gone = found < 0 ? cursor.id : undefined;
  const anchor = found >= 0 ? found : Math.min(cursor.index, Math.max(0, list.length - 1));
  return {index: found, gone, top: windowTop(cursor.top, anchor, height, list.length)};
}

function windowTop(top: number, index: number, height: number, length: number): number {
  const shown = Math.max(1, height);
  const near = index < top ? index : index >= top + shown ? index - shown + 1 : top;
  return Math.max(0, Math.min(near, length - shown));
}

/** The cursor moved by `by` lines (Infinity: to an end). From an object that went, the next row takes its place. */
export function move(cursor: Cursor, list: List, by: number, height: number): Cursor {
  if (list.length === 0) return atTop;
  const {index, gone, top} = resolve(cursor, list, height);
  const from = gone === undefined ? index : by > 0 ? cursor.index - 1 : cursor.index;
  const to = Math.max(0, Math.min(list.length - 1, by === Infinity ? list.length - 1 : by === -Infinity ? 0 : from + by));
  return {id: list.idAt(to), index: to, top: windowTop(top, to, height, list.length)};
}
