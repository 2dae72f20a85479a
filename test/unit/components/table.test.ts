import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {layoutColumns} from '../../../src/components/table/columns.ts';
import {atTop, move, resolve} from '../../../src/components/table/cursor.ts';
import {fit} from '../../../src/components/table/lines.ts';
import {listOf} from '../../../src/components/table/row-list.ts';
import {sortRows} from '../../../src/components/table/sort.ts';
import type {AnyResource} from '../../../src/rows/resource.ts';
import {widthOf} from '../../../src/text/width.ts';
import {Paced} from '../../../src/screens/paced.ts';

const numbers = {columns: [{id: 'n', title: 'N', cell: (row: {n: number | undefined}) => ({text: String(row.n ?? '?')}), sortBy: (row: {n: number | undefined}) => row.n}, {id: 't', title: 'T', cell: (row: {t: string}) => ({text: row.t})}]} as unknown as AnyResource;

describe('sortRows', () => {
  const rows = [{n: 10, t: 'kvm10'}, {n: undefined, t: 'kvm2'}, {n: 9, t: 'kvm9'}, {n: -1, t: 'KVM1'}];
  const values = (descending: boolean): unknown[] => sortRows(numbers, rows, {column: 'n', descending}, 0).map((row) => (row as {n: unknown}).n);
  it('sorts numbers as numbers, and what has no value last either way', () => {
    expect(values(false)).toEqual([-1, 9, 10, undefined]);
    expect(values(true)).toEqual([10, 9, -1, undefined]);
  });
  it('sorts names with numbers as a person would', () => {
    expect(sortRows(numbers, rows, {column: 't', descending: false}, 0).map((row) => (row as {t: string}).t)).toEqual(['KVM1', 'kvm2', 'kvm9', 'kvm10']);
  });
  it('leaves the order alone without a column, and with one that is not there', () => {
    expect(sortRows(numbers, rows, undefined, 0)).toBe(rows);
    expect(sortRows(numbers, rows, {column: 'x', descending: false}, 0)).toBe(rows);
  });
});

describe('layoutColumns', () => {
  const column = fc.record({title: fc.string({maxLength: 12, unit: 'grapheme-ascii'}), rank: fc.constantFrom(0, 1, 2) as fc.Arbitrary<0 | 1 | 2>, grow: fc.boolean(), min: fc.option(fc.nat({max: 20}), {nil: undefined}), max: fc.option(fc.integer({min: 1, max: 40}), {nil: undefined})});
  it('never takes more than there is, and never shows nothing', () => {
    fc.assert(fc.property(fc.array(column, {minLength: 1, maxLength: 15}), fc.array(fc.nat({max: 80}), {minLength: 15, maxLength: 15}), fc.integer({min: 20, max: 250}), fc.boolean(), (columns, contents, width, wide) => {
      const {columns: shown, widths, gap, hidden} = layoutColumns([{title: 'FIRST'}, ...columns], contents, width, wide);
      expect(widths.reduce((sum, w) => sum + w, 0) + gap * (shown.length - 1)).toBeLessThanOrEqual(width);
      expect(shown[0]).toBe(0);
      expect(hidden).toBeGreaterThanOrEqual(0);
    }));
  });
  it('never cuts a number: it leaves the column out', () => {
    const {columns, widths, hidden} = layoutColumns([{title: 'A', min: 10}, {title: 'N', align: 'right'}], [10, 12], 15, false);
    expect([columns, widths, hidden]).toEqual([[0], [10], 1]);
  });
  it('shows more where there is room, and all with wide', () => {
    const columns = [{title: 'A'}, {title: 'B', rank: 1}, {title: 'C', rank: 2}] as const;
    expect([80, 120, 180].map((width) => layoutColumns(columns, [60, 50, 60], width, false).columns.length)).toEqual([1, 2, 3]);
    expect(layoutColumns(columns, [60, 50, 60], 80, true).columns.length).toBe(3);
  });
  it('leaves no room empty that another column could have, and cuts nothing for it', () => {
    const columns = [{title: 'A', max: 40}, {title: 'B', rank: 2}, {title: 'C', rank: 1}] as const;
    expect(layoutColumns(columns, [20, 20, 20], 80, false).columns).toEqual([0, 1, 2]);
    expect(layoutColumns(columns, [20, 40, 30], 80, false)).toMatchObject({columns: [0, 2], widths: [20, 30]});
    expect(layoutColumns(columns, [90, 4, 30], 44, false).columns).toEqual([0]);
  });
});

describe('fit', () => {
  it('is exactly as wide as asked, whatever the text', () => {
    fc.assert(fc.property(fc.string({unit: 'grapheme', maxLength: 30}).filter((s) => !/[\x00-\x1f\x7f-\x9f]/.test(s)), fc.integer({min: 1, max: 40}), fc.constantFrom('left' as const, 'right' as const), (text, width, align) => {
      expect(widthOf(fit(text, width, align))).toBe(width);
    }));
  });
});

describe('a cursor', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), {minLength: 1, maxLength: 40});
  it('is always within the window, on its own object or on none', () => {
    fc.assert(fc.property(ids, ids, fc.array(fc.constantFrom(1, -1, 7, -7, Infinity, -Infinity), {maxLength: 20}), fc.integer({min: 1, max: 12}), (before, after, moves, height) => {
      const cursor = moves.reduce((c, by) => move(c, listOf(before), by, height), atTop);
      const {index, gone, top} = resolve(cursor, listOf(after), height);
      if (cursor.id !== undefined) {
        if (after.includes(cursor.id)) expect(after[index]).toBe(cursor.id);
        else expect([index, gone]).toEqual([-1, cursor.id]);
      }
      if (index >= 0) {
        expect(index).toBeGreaterThanOrEqual(top);
        expect(index).toBeLessThan(top + height);
      }
      expect(top).toBeGreaterThanOrEqual(0);
    }));
  });
});

describe('Paced', () => {
  const slowly = (value: number) => (): number => {
    const end = performance.now() + 8;
    while (performance.now() < end);
    return value;
  };
  it('keeps a costly value back while only the fabric changes, and makes it at last', async () => {
    let later: () => void = () => undefined;
    const made = new Promise<void>((resolve) => (later = resolve));
    const paced = new Paced<number>(() => later());
    expect(paced.of(['a'], [1], slowly(1))).toBe(1);
    expect(paced.of(['a'], [2], slowly(2))).toBe(1);
    await made;
    expect(paced.of(['a'], [2], slowly(2))).toBe(2);
  });
  it('never keeps back what was typed for', () => {
    const paced = new Paced<number>(() => undefined);
    expect(paced.of(['a'], [1], slowly(1))).toBe(1);
    expect(paced.of(['b'], [1], slowly(2))).toBe(2);
  });
});
