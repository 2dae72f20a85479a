import {afterEach, describe, expect, it} from 'vitest';
import type {HostState} from '../../src/model/fabric.ts';
import {commands} from '../../src/keys/commands.ts';
import {healthyHosts} from '../unit/fabric/readings.ts';
import {byDefault} from '../../src/screens/sorted-routes.ts';
import {FakeSource, manyHosts, routeTable, start} from './fake-source.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const onHosts = {initial: {kind: 'table', resource: 'hosts'}} as const;
const onRoutes = {initial: {kind: 'table', resource: 'routes'}} as const;
/** The line with the cursor, without its marks. */
const under = (terminal: Terminal): string | undefined => terminal.lines().find((line) => line.startsWith('▸'))?.slice(2).trim();
const names = (terminal: Terminal): readonly string[] => terminal.lines().slice(3, -2).map((line) => line.slice(3).trim().split(/ +/)[0] ?? '').filter(Boolean);
const status = (terminal: Terminal): string => terminal.lines().at(-2) ?? '';

describe('the cursor', () => {
  it('moves by line, page and end, with arrows and letters', async () => {
    const {terminal} = await openConsole({...onHosts, source: new FakeSource(manyHosts(60))});
    for (const [key, host] of [['j', 'kvm1'], [keys.down, 'kvm2'], ['k', 'kvm1'], ['G', 'kvm059'], ['g', 'ingress'], [keys.end, 'kvm059'], [keys.home, 'ingress'], [keys.pageDown, 'kvm018'], [keys.pageUp, 'ingress']] as const) {
      await terminal.press(key);
      expect([key, under(terminal)?.split(' ')[0]]).toEqual([key, host]);
    }
  });
  it('takes every key of a burst that arrives as one', async () => {
    const {terminal} = await openConsole({...onHosts, source: new FakeSource(manyHosts(60))});
    await terminal.press('jjjj');
    expect(under(terminal)).toMatch(/^kvm004/);
  });
  it.each([['as three'], ['Esc with the digit'], ['the digit with Enter'], ['as one']])('goes back, to another screen, and opens there, when the keys arrive %s', async (how) => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press(keys.enter);
    expect(terminal.lines()[1]).toContain('Host ingress');
    const [esc, rest] = how === 'as three' ? ['\x1b', ['9', keys.enter]] : how === 'Esc with the digit' ? ['\x1b9', [keys.enter]] : how === 'the digit with Enter' ? ['\x1b', [`9${keys.enter}`]] : [`\x1b9${keys.enter}`, []];
    if (esc === '\x1b') await terminal.esc();
    else await terminal.press(esc);
    await terminal.press(...rest);
    expect(terminal.lines()[1]).toContain('to where?');
    await terminal.press('[', '[');
    expect(terminal.screen()).toContain('ACCESS');
  });
  it('stays on its object while rows move', async () => {
    const {terminal, source} = await openConsole(onHosts);
    await terminal.press('j');
    expect(under(terminal)).toMatch(/^kvm1/);
    source.put(new Map([...healthyHosts()].reverse()));
    await terminal.settle();
    expect(names(terminal)[0]).toBe('vr');
    expect(under(terminal)).toMatch(/^kvm1/);
  });
  it('stays on the first object too, before it was ever moved', async () => {
    const {terminal, source} = await openConsole(onHosts);
    source.put(new Map([...healthyHosts()].reverse()));
    await terminal.settle();
    expect(under(terminal)).toMatch(/^ingress/);
  });
  it('is on nothing when its object goes: Enter opens no neighbour', async () => {
    const {terminal, source} = await openConsole(onHosts);
    await terminal.press('j');
    const hosts = healthyHosts();
    hosts.delete('kvm1');
    source.put(hosts);
    await terminal.settle();
    expect(under(terminal)).toBeUndefined();
    expect(status(terminal)).toContain('kvm1 is gone');
    await terminal.press(keys.enter);
    expect(status(terminal)).toContain('kvm1 is gone: nothing was opened');
    expect(terminal.screen()).toContain('ACCESS');
    await terminal.press('j');
    expect(under(terminal)).toMatch(/^kvm2/);
  });
  it('comes back with its object', async () => {
    const {terminal, source} = await openConsole(onHosts);
    await terminal.press('j');
    const hosts = healthyHosts();
    hosts.delete('kvm1');
    source.put(hosts);
    await terminal.settle();
    source.put(healthyHosts());
    await terminal.settle();
    expect(under(terminal)).toMatch(/^kvm1/);
  });
});

describe('filter', () => {
  it('is live; Enter keeps it, Esc clears it', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('/', 'k', 'v', 'm');
    expect(names(terminal)).toEqual(['kvm1', 'kvm2']);
    await terminal.press('1');
    expect(names(terminal)).toEqual(['kvm1']);
    await terminal.press(keys.backspace, keys.enter);
    expect(names(terminal)).toEqual(['kvm1', 'kvm2']);
    expect(terminal.screen()).toContain('2 of 4 rows');
    await terminal.esc();
    expect(names(terminal)).toHaveLength(4);
  });
  it.each([['!kvm', ['ingress', 'vr']], ['role:virtual', ['vr']], ['host:^k.*2$', ['kvm2']], ['tone:bad', []], ['!role:vtep', ['ingress', 'vr']], ['KVM1|VR', ['kvm1', 'vr']]])('%s', async (typed, expected) => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('/', typed, keys.enter);
    const shown = names(terminal).filter((name) => name !== 'no');
    // host names only: a message stands where there is no row
    expect(shown.filter((name) => healthyHosts().has(name))).toEqual(expected);
  });
  it('takes an invalid regular expression as text, and says so', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('/', 'kvm(');
    expect(status(terminal)).toContain('not a regular expression');
    expect(terminal.screen()).toContain('no row matches');
  });
  it('leaves the cursor on its object when that is still there', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('j', 'j', '/', 'kvm');
    expect(under(terminal)).toMatch(/^kvm2/);
  });
});

describe('sort', () => {
  it('chooses column and direction, and shows it in the header', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('s');
    expect(names(terminal)).toEqual(['ingress', 'kvm1', 'kvm2', 'vr']);
    await terminal.press('s', keys.enter);
    expect(names(terminal)).toEqual(['vr', 'kvm2', 'kvm1', 'ingress']);
    expect(terminal.lines()[2]).toContain('HOST ↓');
    await terminal.press('S');
    expect(terminal.lines()[2]).toContain('HOST ↑');
    await terminal.press('s', keys.right, keys.enter);
    expect(terminal.lines()[2]).toContain('ROLE ↑');
    expect(names(terminal)[0]).toBe('ingress');
  });
  it('puts numbers in the order of numbers, and what has no value last either way', async () => {
    const {terminal} = await openConsole({...onHosts, columns: 120});
    for (let i = 0; i < 9; i++) await terminal.press('s', keys.right, keys.enter);
    expect(terminal.lines()[2]).toContain('VMS ↑');
  });
});

describe('back stack and history', () => {
  it('goes from a host to its session to the other host, and all the way back', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('j', keys.enter, 'G');
    expect(terminal.lines()[1]).toContain('Host kvm1');
    await terminal.press('/');
    expect(status(terminal)).toContain('only tables');
    await terminal.press(keys.enter);
    const second = terminal.lines()[1];
    expect(second).not.toContain('Host kvm1');
    await terminal.esc();
    expect(terminal.lines()[1]).toContain('Host kvm1');
    expect(under(terminal)).toContain('→');
    await terminal.press(']');
    expect(terminal.lines()[1]).toBe(second);
    await terminal.press('[', '[');
    expect(under(terminal)).toMatch(/^kvm1/);
    await terminal.esc();
    expect(status(terminal)).toContain('nothing to go back to');
  });
  it('says that an opened object is gone, and opens nothing behind it', async () => {
    const {terminal, source} = await openConsole(onHosts);
    await terminal.press('j', keys.enter);
    const hosts = healthyHosts();
    hosts.delete('kvm1');
    source.put(hosts);
    await terminal.settle();
    expect(terminal.screen()).toContain('is gone');
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('is gone');
  });
});

describe('keys', () => {
  it('that mean nothing in a dialog show the help over it, at its own keys, and it goes on afterwards', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'hosts'}});
    await terminal.press('s', '?');
    expect(terminal.screen()).toMatch(/Choosing the order[^]*Column to the left/);
    expect(terminal.screen()).not.toContain('does nothing here');
    await terminal.esc();
    await terminal.press(keys.right);
    expect(terminal.lines().at(-1)).toContain('reverse');
    await terminal.press('x');
    expect(terminal.lines().at(-2)).toContain('x does nothing here; ? shows the keys');
  });
  it('that are typed do not send to a help that would be typed, too', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'hosts'}});
    await terminal.press('/', keys.left);
    expect(terminal.lines().at(-2)).toMatch(/← does nothing here\)/);
  });
  it('are all in the help', async () => {
    const {terminal} = await openConsole({columns: 120, rows: 160});
    await terminal.press('?');
    for (const command of commands) expect(terminal.screen()).toContain(command.title);
  });
  it('say why when they cannot be used', async () => {
    const {terminal} = await openConsole(onHosts);
    for (const [key, why] of [['x', 'belongs to WireGuard'], ['e', 'routes are read from'], ['S', 'nothing is sorted'], [keys.right, 'one view'], ['z', 'does nothing here'], [']', 'newest']] as const) {
      await terminal.press(key);
      expect(status(terminal)).toContain(why);
    }
    await terminal.press('j');
    expect(status(terminal)).toBe('');
  });
  it('quit from the top, from anywhere with Ctrl-C, and close what is open first', async () => {
    const {terminal, quits} = await openConsole(onHosts);
    await terminal.press('?', 'q', keys.enter, 'q');
    expect(quits()).toBe(0);
    expect(terminal.screen()).toContain('ACCESS');
    await terminal.press('q');
    expect(quits()).toBe(1);
    await terminal.press('/', 'x', keys.ctrlC);
    expect(quits()).toBe(2);
  });
  it('go round the screens with Tab, and to each by its number', async () => {
    const {terminal} = await openConsole();
    for (const expected of ['ACCESS', 'HANDSHAKE', 'NEIGHBOR', 'NETWORK', 'alpine-1', 'EXTERNAL', 'findings', 'from where', 'Journal', 'no runbooks', 'Topology']) {
      await terminal.press(keys.tab);
      expect(terminal.screen()).toContain(expected);
    }
    await terminal.press(keys.shiftTab);
    expect(terminal.screen()).toContain('no runbooks');
  });
  it('read again what the row came from, or everything', async () => {
    const {terminal, source} = await openConsole({initial: {kind: 'table', resource: 'wg'}});
    await terminal.press('G', 'r', '\x12');
    expect(source.refreshed).toEqual(['kvm2', undefined]);
  });
  it('freeze the display while reading goes on', async () => {
    const {terminal, source} = await openConsole(onHosts);
    await terminal.press('p');
    source.put(new Map<string, HostState>());
    await terminal.settle();
    expect(names(terminal)).toHaveLength(4);
    expect(terminal.lines()[0]).toContain('FROZEN');
    await terminal.press('p');
    expect(terminal.screen()).toContain('none were read');
  });
});

describe('routes', () => {
  it('tell the cost and ask before a heavy read; then only rows that are seen are made', async () => {
    const {terminal, source} = await openConsole(onRoutes);
    const table = routeTable(100_000);
    source.cost = {paths: 100_000, heavy: true, sentence: 'about 100,000 paths, 16 MB'};
    source.read = async () => ({ok: true, table, at: start, command: 'c', tookMs: 480});
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('about 100,000 paths, 16 MB');
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('Read it all the same?');
    await terminal.press('n');
    expect(source.asked).toEqual([]);
    await terminal.press(keys.enter, 'y');
    await terminal.until((screen) => screen.includes('100,000 rows'), 'the table');
    expect(source.asked).toEqual([{host: 'ingress', type: 2}]);
    await terminal.press('G', 'k', keys.pageUp);
    expect(terminal.screen()).toContain('[02:00:00:01:86');
    expect(table.made).toBeLessThan(1000);
  });
  it('read what the form says, at once when it is cheap', async () => {
    const {terminal, source} = await openConsole(onRoutes);
    await terminal.press('e', keys.right, keys.down, keys.right, keys.down, 'x7', keys.down, '192.168.0.2:7', keys.enter);
    expect(source.asked).toEqual([{host: 'kvm1', type: 3, vni: 7, rd: '192.168.0.2:7'}]);
  });
  it('filter by text and VNI, forwards and inverse', async () => {
    const {terminal, source} = await openConsole(onRoutes);
    source.read = async () => ({ok: true, table: routeTable(1000), at: start, command: 'c', tookMs: 1});
    await terminal.press('e', keys.enter);
    await terminal.until((screen) => screen.includes('1,000 rows'), 'the table');
    await terminal.press('/', 'vni:7');
    expect(terminal.lines()[1]).toContain('20 of 1,000');
    await terminal.press(keys.ctrlU, '!vni:7');
    expect(terminal.lines()[1]).toContain('980 of 1,000');
    await terminal.press(keys.ctrlU, '03:e7', keys.enter);
    expect(terminal.lines()[1]).toContain('1 of 1,000');
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('02:00:00:00:03:e7');
  });
  it('can be stopped, and a late answer changes nothing', async () => {
    const {terminal, source} = await openConsole(onRoutes);
    let answer: () => void = () => undefined;
    let aborted = false;
    source.read = (_scope, signal) => {
      signal?.addEventListener('abort', () => (aborted = true));
      return new Promise((resolve) => (answer = () => resolve({ok: true, table: routeTable(5), at: start, command: 'c', tookMs: 1})));
    };
    await terminal.press('e', keys.enter);
    expect(terminal.screen()).toContain('Esc stops it');
    await terminal.esc();
    expect(aborted).toBe(true);
    answer();
    await terminal.settle();
    expect(terminal.screen()).toContain('stopped before it was read');
  });
  it('say why they could not be read', async () => {
    const {terminal, source} = await openConsole(onRoutes);
    source.read = async () => ({ok: false, problem: {kind: 'not-running', detail: 'bgpd is not running'}});
    await terminal.press('e', keys.enter);
    await terminal.until((screen) => screen.includes('not-running: bgpd is not running'), 'the reason');
  });
  it('are sorted by VNI, type, prefix and next hop, or by a column; a long table stays as bgpd has it, and says so', async () => {
    const {terminal, source} = await openConsole({...onRoutes, columns: 120});
    const short = routeTable(60);
    let table = short;
    source.read = async () => ({ok: true, table, at: start, command: 'show bgp l2vpn evpn', tookMs: 1});
    await terminal.press('e', keys.enter);
    await terminal.until((screen) => screen.includes('60 rows'), 'the routes');
    const shown = (): readonly string[] => terminal.lines().filter((line) => line.includes('[2]:') || line.includes('[3]:')).map((line) => line.replace('▸', ' ').trim());
    const expected = Array.from({length: short.length}, (_, i) => short.at(i)).toSorted(byDefault);
    expect(shown()[0]).toContain(expected[0]?.prefix);
    expect(shown().length).toBeGreaterThan(10);
    shown().forEach((line, i) => expect(line).toContain(expected[i]?.prefix));
    await terminal.press('s', 's', keys.enter);
    expect(status(terminal)).not.toContain('routes stay');
    expect(terminal.lines()[2]).toContain('↓');
    table = routeTable(30_000);
    await terminal.press('r');
    await terminal.until((screen) => screen.includes('30,000 rows'), 'the long table');
    expect(shown()[0]).toContain(table.at(0).prefix);
    await terminal.press('s');
    expect(status(terminal)).toContain('20,000 routes stay in the order');
  });
});
