/** Which columns are shown and how wide they are. Pure. */
import type {Column} from '../../rows/resource.ts';
import {widthOf} from '../../text/width.ts';

export interface Layout {
  readonly columns: readonly number[]; // indices into the resource's columns, in order
  readonly widths: readonly number[];
  readonly gap: number;
  readonly hidden: number; // left out for want of room
  readonly more: number; // columns that are on no page up to this one
  readonly page: number; // this one
  readonly pages: number;
}

type Chosen = Omit<Layout, 'more' | 'page' | 'pages'>;

type Shape = Pick<Column<never>, 'title' | 'align' | 'min' | 'max' | 'grow' | 'rank'>;

/** `contents[i]` is the widest text of column i among the rows that will be seen. */
export function layoutColumns(columns: readonly Shape[], contents: readonly number[], width: number, wide: boolean, page = 0): Layout {
  const first = chosenColumns(columns, contents, width, wide);
  // The other columns, as many to a page as fit beside the one that names the row.
  const name = Math.max(0, columns.findIndex(({title}) => title !== ''));
  const pages: Chosen[] = [first];
  let left = columns.map((_, i) => i).filter((i) => !first.columns.includes(i) && i !== name);
  while (left.length > 0) {
    let take = left.length;
    let laid = laidOut(columns, contents, [name, ...left], width);
    while (!laid && take > 1) laid = laidOut(columns, contents, [name, ...left.slice(0, --take)], width);
    pages.push(laid ? {...laid, hidden: 0} : {columns: left.slice(0, 1), widths: [Math.max(0, width)], gap: 1, hidden: 0});
    left = left.slice(take);
  }
  const at = Math.max(0, Math.min(page, pages.length - 1));
  const shown = new Set(pages.slice(0, at + 1).flatMap((one) => one.columns));
  return {...(pages[at] ?? first), more: columns.length - shown.size, page: at, pages: pages.length};
}

/** Undefined: they do not fit. */
function laidOut(columns: readonly Shape[], contents: readonly number[], shown: readonly number[], width: number): Omit<Chosen, 'hidden'> | undefined {
  const wishes = shown.map((i) => shape(columns[i], contents[i] ?? 0));
  const natural = wishes.reduce((sum, wish) => sum + wish.natural, 0);
  // Whole words with narrow gaps are better than cut ones with wide gaps.
  const gap = natural + 2 * (shown.length - 1) <= width ? 2 : 1;
  const widths = fitWidths(wishes, width - gap * (shown.length - 1));
  return widths && {columns: shown, widths, gap};
}

/** Those that their rank puts before the others, without those for which there is no room, and with those for which there is. */
function chosenColumns(columns: readonly Shape[], contents: readonly number[], width: number, wide: boolean): Chosen {
  const chosen = ranked(columns, contents, width, wide);
  const naturalOf = (at: readonly number[]): number => at.reduce((sum, i) => sum + shape(columns[i], contents[i] ?? 0).natural, 0) + 2 * (at.length - 1);
  let shown = chosen.columns;
  if (chosen.hidden === 0 && naturalOf(shown) <= width) {
    // Columns of a later rank where nothing has to be cut for them.
    for (const [i] of [...columns.entries()].filter(([i]) => !shown.includes(i)).toSorted(([, a], [, b]) => (a.rank ?? 0) - (b.rank ?? 0))) {
      const more = [...shown, i].toSorted((a, b) => a - b);
      if (naturalOf(more) <= width) shown = more;
    }
  }
  const laid = shown === chosen.columns ? undefined : laidOut(columns, contents, shown, width);
  return laid ? {...laid, hidden: 0} : chosen;
}

function ranked(columns: readonly Shape[], contents: readonly number[], width: number, wide: boolean): Chosen {
  const rank = wide || width >= 180 ? 2 : width >= 120 ? 1 : 0;
  let shown = columns.map((_, i) => i).filter((i) => (columns[i]?.rank ?? 0) <= rank);
  const wanted = shown.length;
  for (;;) {
    const laid = laidOut(columns, contents, shown, width);
    if (laid) return {...laid, hidden: wanted - shown.length};
    if (shown.length <= 1) return {columns: shown, widths: [Math.max(0, width)], gap: 1, hidden: wanted - shown.length};
    const worst = Math.max(...shown.map((i) => columns[i]?.rank ?? 0));
    const victim = shown.findLastIndex((i) => (columns[i]?.rank ?? 0) === worst);
    shown = shown.filter((_, at) => at !== victim);
  }
}

interface Wish {
  readonly floor: number;
  readonly natural: number;
  readonly full: number;
  readonly grow: boolean;
}

function shape(column: Shape | undefined, content: number): Wish {
  const title = widthOf(column?.title ?? '');
  const full = Math.max(title, content, 1);
  const natural = Math.min(full, Math.max(column?.max ?? full, title));
  // Numbers and ages stand on the right: a number that is cut is another number.
  const floor = column?.align === 'right' ? natural : Math.min(natural, column?.min ?? Math.max(title, 4));
  return {natural, full, floor, grow: column?.grow ?? false};
}

function fitWidths(wishes: readonly Wish[], room: number): readonly number[] | undefined {
  if (wishes.reduce((sum, wish) => sum + wish.floor, 0) > room) return undefined;
  const widths = wishes.map((wish) => wish.natural);
  let over = widths.reduce((sum, width) => sum + width, 0) - room;
  while (over > 0) {
    // The column with most to spare gives first, so that none is starved.
    let widest = -1;
    for (const [i, wish] of wishes.entries()) {
      const spare = (widths[i] ?? 0) - wish.floor;
      if (spare > 0 && (widest < 0 || spare > (widths[widest] ?? 0) - (wishes[widest]?.floor ?? 0))) widest = i;
    }
    if (widest < 0) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
  let spare = -over;
  for (const [i, wish] of wishes.entries()) {
    if (!wish.grow) continue;
    const more = Math.min(spare, wish.full - (widths[i] ?? 0));
    widths[i] = (widths[i] ?? 0) + more;
    spare -= more;
  }
  return widths;
}
