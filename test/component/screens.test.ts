import {afterEach, describe, expect, it} from 'vitest';
import type {CloudState, HostState} from '../../src/model/fabric.ts';
import {widthOf} from '../../src/text/width.ts';
import {failing, healthyHosts, t0, withReading} from '../unit/fabric/readings.ts';
import {FakeSource, manyHosts, without} from './fake-source.ts';
import {closeAll, colourful, openConsole} from './open.tsx';
import {keys} from './terminal.ts';

afterEach(closeAll);

const sizes = [[60, 15], [80, 24], [120, 40], [200, 50]] as const;
const screens = [
  ['overview', ['1'], 'Topology'], ['hosts', ['2'], 'ACCESS'], ['WireGuard', ['3'], 'HANDSHAKE'], ['mesh', ['3', 'x'], 'HEARS'], ['sessions', ['4'], 'NEIGHBOR'],
  ['VNIs', ['4', keys.right], 'VTEPS'], ['routes', ['4', keys.right, keys.right], 'read only when asked'], ['MACs', ['4', keys.left], '02:00:ac:11:02:0a'],
  ['networks', ['5'], 'NETWORK'], ['VMs', ['6'], 'alpine-1'], ['NAT', ['7'], 'EXTERNAL'], ['a host', ['2', keys.enter], 'Access'], ['help', ['?'], 'Overview: health by layer'], ['the log', ['l'], 'show bgp l2vpn evpn summary json'],
  ['the palette', [':'], 'overview'], ['the routes form', ['4', keys.right, keys.right, 'e'], 'route type'],
] as const;

const broken = (): FakeSource => {
  const long = 'x'.repeat(300);
  let hosts: ReadonlyMap<string, HostState> = withReading(manyHosts(60), 'kvm1', 'frr.summary', (o) => failing(o, {kind: 'not-running', detail: `bgpd is not running ${long} 日本語日本語日本語`}));
  hosts = without(hosts, 'ingress', 'frr.summary');
  return new FakeSource(hosts);
};
const empty = (): FakeSource => new FakeSource(new Map(), undefined as CloudState | undefined);

/** Every screen by its name from 80 columns on, below by its key; the present one always by its name. */
const titleOf = (columns: number): RegExp => (columns >= 80 ? /^ 1 ?Over(view)?\S* +(\S+ +)?2 ?Host.* 3 ?W.* 4 ?BGP.* 9 ?Trac/ : /^(?=.*\d[A-Z][A-Za-z]) 1(Over\S*)? +2(Host\S*)? /);

describe.each(sizes)('at %i × %i', (columns, rows) => {
  it.each(screens)('shows %s within the terminal', async (_name, path, expected) => {
    const {terminal} = await openConsole({columns, rows});
    await terminal.press(...path);
    expect(terminal.screen()).toContain(expected);
    expect(terminal.scrolled()).toBe(0);
    expect(terminal.lines()[0]).toMatch(titleOf(columns));
    expect(terminal.lines().at(-1)?.trim()).not.toBe('');
  });
  it.each([['60 hosts in trouble', broken], ['no host at all', empty]])('holds %s on every screen', async (_name, source) => {
    const {terminal} = await openConsole({columns, rows, source: source()});
    for (const [, path] of screens) {
      await terminal.press(...path);
      expect(terminal.scrolled()).toBe(0);
      expect(terminal.lines()[0]).toMatch(titleOf(columns));
      expect(terminal.lines().at(-1)?.trim()).not.toBe('');
      expect(Math.max(...terminal.lines().map(widthOf))).toBeLessThanOrEqual(columns);
      await terminal.esc();
    }
  });
});

describe('overview', () => {
  it('counts what is wrong by layer and says what could not be read', async () => {
    const {terminal} = await openConsole({source: broken()});
    expect(terminal.screen()).toMatch(/✗ BGP +bad +\d+ bad/);
    expect(terminal.screen()).toContain('bgpd is not running');
  });
  it('groups many hosts by region', async () => {
    const {terminal} = await openConsole({source: new FakeSource(manyHosts(60)), columns: 120, rows: 40});
    expect(terminal.screen()).toMatch(/paris +\d+ hosts/);
  });
  it('opens the table behind a layer', async () => {
    const {terminal} = await openConsole();
    await terminal.press('j', 'j', keys.enter);
    expect(terminal.screen()).toContain('NEIGHBOR');
  });
});

describe('sizes', () => {
  it('says what it needs in a terminal that is too small, and comes back', async () => {
    const {terminal} = await openConsole({columns: 50, rows: 10});
    expect(terminal.screen().trim()).toBe('terminal too small: 60x15 needed, 50x10 here');
    await terminal.resize(80, 24);
    expect(terminal.screen()).toContain('Topology');
  });
  it('survives any sequence of sizes', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'wg'}});
    for (const [columns, rows] of [[200, 50], [60, 15], [20, 5], [120, 40], [59, 15], [81, 23]] as const) {
      await terminal.resize(columns, rows);
      const fits = columns >= 60 && rows >= 15;
      const shown = await terminal.until((screen) => (fits ? titleOf(columns).test(screen) : screen.includes('terminal too')), `${columns}x${rows}`);
      expect(shown.includes('HANDSHAKE')).toBe(fits);
    }
  });
  it('shows the detail beside the table from 160 columns', async () => {
    const wide = await openConsole({columns: 160, rows: 30, initial: {kind: 'table', resource: 'hosts'}});
    expect(wide.terminal.screen()).toContain('root@203.0.113.1');
    const narrow = await openConsole({columns: 159, rows: 30, initial: {kind: 'table', resource: 'hosts'}});
    expect(narrow.terminal.screen()).not.toContain('root@203.0.113.1');
  });
});

describe('age', () => {
  it('dims what is stale and says as of when', async () => {
    const {terminal} = await openConsole({now: () => t0 + 60_000, initial: {kind: 'table', resource: 'wg'}});
    expect(terminal.screen()).toMatch(/as of \d\d:\d\d:\d\d/);
    expect(terminal.raw()).toContain('\x1b[2mkvm1');
  });
  it('does not dim what is fresh', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'wg'}});
    expect(terminal.raw()).not.toContain('\x1b[2mkvm1');
  });
  it('shows what nobody knows as ?', async () => {
    const {terminal} = await openConsole({source: new FakeSource(without(healthyHosts(), 'kvm1', 'wg.interfaces')), initial: {kind: 'matrix'}});
    expect(terminal.lines().find((line) => line.startsWith(' ingress') || line.startsWith('▸ingress'))).toBeDefined();
    const {terminal: hosts} = await openConsole({source: new FakeSource(without(healthyHosts(), 'kvm1', 'wg.interfaces')), initial: {kind: 'table', resource: 'hosts'}});
    expect(hosts.lines().find((line) => line.includes('kvm1'))).toContain('?');
  });
  it('grows by itself, while nothing is read', async () => {
    let now = t0 + 1000;
    const {terminal} = await openConsole({now: () => now, initial: {kind: 'table', resource: 'bgp'}});
    now = t0 + 9000;
    await terminal.until((screen) => screen.includes('9s'), 'the age of 9 s');
  });
});

describe('without colour', () => {
  it('sends no colour, and still says every tone', async () => {
    const {terminal} = await openConsole({theme: {...colourful, colour: false}, source: broken()});
    expect(terminal.screen()).toContain('✗');
    await terminal.press('4');
    expect(terminal.raw()).not.toMatch(/\x1b\[(3[0-79]|9\d|4\d)m/);
    expect(terminal.screen()).toMatch(/^▸\?  ingress/m);
  });
  it('sends no attribute on a dumb terminal, and the cursor is still seen', async () => {
    const {terminal} = await openConsole({theme: {colour: false, attributes: false, unicode: false}, initial: {kind: 'table', resource: 'hosts'}});
    expect(terminal.raw()).not.toMatch(/\x1b\[\d*m/);
    expect(terminal.screen()).toMatch(/^>\+  ingress/m);
    expect(terminal.screen()).toContain('[2Hosts]');
  });
  it('keeps to ASCII when the locale is not UTF-8', async () => {
    const {terminal} = await openConsole({theme: {...colourful, unicode: false}, source: broken(), columns: 120, rows: 40});
    for (const [, path] of screens) {
      await terminal.press(...path);
      expect(terminal.screen()).toMatch(/^[\n\x20-\x7e]*$/);
      await terminal.esc();
    }
  });
});
