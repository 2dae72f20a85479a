/** The bar of keys: what it offers does something there, and what is the row's own stands first. */
import {afterEach, describe, expect, it} from 'vitest';
import type {View} from '../../src/screens/state.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const bar = (terminal: Terminal): string => terminal.lines().at(-1) ?? '';
const table = (resource: 'hosts' | 'wg' | 'vms' | 'routes'): {initial: View} => ({initial: {kind: 'table', resource}});

describe('the bar of keys', () => {
  it.each([
    ['Overview', {}, ['Enter open', ': go to', '? help', 'q quit'], ['Esc', '/ filter', 'w wide', 'i about', 'a act']],
    ['a table', {...table('hosts'), columns: 80}, ['Enter open', '/ filter', 's sort', '> more columns'], ['Esc', 'x mesh', 't trace', 'i about']],
    ['a table of VMs', table('vms'), ['t trace', '/ filter'], ['x mesh']],
    ['WireGuard', table('wg'), ['x mesh'], ['t trace']],
    ['routes before they are read', table('routes'), ['Enter open', 'e read routes'], ['/ filter', 's sort', 'w wide']],
    ['an empty list', {initial: {kind: 'list', list: 'journal'} as View}, [': go to'], ['Enter', '/ filter', 's sort', 'w wide', 'a act']],
  ] as const)('of %s', async (_name, props, offered, absent) => {
    const {terminal} = await openConsole({columns: 120, ...props});
    for (const words of offered) expect(bar(terminal)).toContain(words);
    for (const words of absent) expect(bar(terminal)).not.toContain(words);
  });
  it('offers the way back where there is one, and Enter on what it opens', async () => {
    const {terminal} = await openConsole(table('hosts'));
    await terminal.press(keys.enter);
    expect(bar(terminal)).toContain('Esc back');
    expect(bar(terminal)).not.toContain('Enter');
    await terminal.press('G');
    expect(bar(terminal)).toContain('Enter open');
  });
  it('tells of a panel how it is moved and closed, and nothing of the table behind it', async () => {
    const {terminal} = await openConsole(table('hosts'));
    await terminal.press('?');
    expect(bar(terminal)).toContain('↑↓ scroll');
    expect(bar(terminal)).toContain('Esc close');
    expect(bar(terminal)).not.toContain('filter');
  });
  it('has one word for keys that do the same', async () => {
    const {terminal} = await openConsole({...table('hosts'), columns: 120});
    await terminal.press('s');
    expect(bar(terminal)).toContain('←→ column');
    await terminal.press(keys.enter, ':');
    expect(bar(terminal)).toContain('Enter go there');
    expect(bar(terminal)).toContain('↑↓ choose');
  });
});

it('what goes by several names is listed once until one of them is typed', async () => {
  const {terminal} = await openConsole({columns: 100, rows: 40});
  await terminal.press(':');
  expect(terminal.lines().filter((line) => line.trim().endsWith(' WireGuard')).map((line) => line.trim().split(/ +/)[0])).toEqual(['wg']);
  await terminal.press('tun');
  expect(terminal.screen()).toContain('tunnels');
});

it('a filter that is kept stands before the columns that do not fit', async () => {
  const {terminal} = await openConsole(table('hosts'));
  await terminal.press('/', 'kvm', keys.enter);
  expect(terminal.lines()[1]).toMatch(/2 of 4 rows {2}filter kvm /);
});

it('the help is whole at 60 columns', async () => {
  const {terminal} = await openConsole({columns: 60, rows: 60});
  await terminal.press('?');
  expect(terminal.screen()).not.toContain('…');
  await terminal.press('G');
  expect(terminal.screen()).not.toContain('…');
  expect(terminal.screen()).toContain('Stay');
});
