/** The console on the embedded fabric, in a real pseudo-terminal, as a newcomer sees it. */
import {join} from 'node:path';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import {keys, openTerminal, type Terminal} from './terminal.ts';

vi.setConfig({testTimeout: 120_000, hookTimeout: 120_000}); // each is a few seconds on a machine that has nothing else to do

const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'evpn-tui-e2e-'));
});
afterAll(() => rmSync(home, {recursive: true, force: true}));

const open: Terminal[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((terminal) => terminal.close()));
});

function start(options: Parameters<typeof openTerminal>[2] & {nodeArgs?: string[]} = {}): Terminal {
  const {nodeArgs = [], env = {}, ...rest} = options;
  const terminal = openTerminal(process.execPath, [...nodeArgs, bin, 'demo'], {...rest, env: {HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, ...env}});
  open.push(terminal);
  return terminal;
}
const wellRead = (text: string) => /VR NAT\s+ok\s+2 mappings/.test(text) && /BGP\s+ok\s+4 sessions/.test(text);
const restored = (terminal: Terminal) => {
  expect(terminal.alternate()).toBe(false);
  expect(terminal.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\x1b[?25l'));
};

describe('the console on the embedded fabric', () => {
  it.each([[80, 24], [120, 40], [200, 50]])('shows every screen at %ix%i, never wider or taller than it', async (columns, rows) => {
    const terminal = start({columns, rows});
    await terminal.until(wellRead, 'all layers read');
    expect(terminal.text()).toMatch(/ingress\s+reflector/);
    const screens: [string, RegExp][] = [['2', /kvm_ncalifornia\s+vtep/], ['3', /kvm_london\s+wg0/], ['4', /192\.168\.0\.2\s.*Established/], ['5', /private_ev/], ['6', /RUNNING/], ['7', /203\.0\.113\.201/]];
    for (const [key, shows] of screens) {
      terminal.type(key);
      // In a narrow terminal names are short, and stand at their digit.
      await terminal.until((text) => shows.test(text) && new RegExp(` 1 ?\\w+ .*${key} ?\\w+ .*demo`).test(text.split('\n')[0] ?? ''), `screen ${key}`);
      // The bar of keys is the last line: nothing was pushed off.
      expect(terminal.screen().at(-1)).toMatch(/q quit|\? help/);
    }
    terminal.type('q');
    expect((await terminal.exited).code).toBe(0);
    restored(terminal);
  });

  it('leads from a VM to its MAC, its routes, its VTEP, and back', async () => {
    const terminal = start();
    await terminal.until(wellRead, 'all layers read');
    terminal.type(':');
    await terminal.until((text) => text.includes('Go to'), 'the palette');
    terminal.type('sr2');
    await terminal.until((text) => /▸ .*sr2/.test(text), 'sr2 found');
    terminal.type(keys.enter);
    await terminal.until((text) => text.includes('172.17.2.3') && text.includes('Virtual machine'), 'the detail of sr2');
    const back = terminal.text();
    terminal.type(`${keys.end}`);
    await terminal.until((text) => text.includes('Related') || text.includes('→ MAC'), 'its relations');
    for (let i = 0; i < 12 && !/▸\s*→ MAC/.test(terminal.text()); i++) {
      const before = terminal.text();
      terminal.type(keys.up);
      await terminal.until((text) => text !== before, 'the cursor moved');
    }
    terminal.type(keys.enter);
    await terminal.until((text) => text.includes('lease of vm 2') && text.includes('On kvm_london'), 'the MAC as each host sees it');
    terminal.type(keys.escape);
    await terminal.until((text) => text.includes('Virtual machine') && text.includes('172.17.2.3'), 'back at the VM');
    expect(back).toContain('203.0.113.202');
  });

  it('filters, keeps and clears the filter; a key that does nothing says so', async () => {
    const terminal = start();
    await terminal.until(wellRead, 'all layers read');
    terminal.type('6');
    await terminal.until((text) => text.includes('7 rows'), 'the VMs');
    terminal.type('/');
    await terminal.until((text) => text.includes('keep'), 'the filter line');
    terminal.type('db');
    await terminal.until((text) => /db1/.test(text) && !/sr1\b/.test(text), 'only the databases');
    terminal.type(keys.enter);
    terminal.type('Z');
    await terminal.until((text) => /Z/.test(text) && /no command|does nothing|no key/i.test(text), 'what Z means here');
    terminal.type(keys.escape);
    await terminal.until((text) => text.includes('sr1'), 'all of them again');
  });

  it('reads routes on demand', async () => {
    const terminal = start({columns: 140});
    await terminal.until(wellRead, 'all layers read');
    terminal.type('4');
    await terminal.until((text) => text.includes('[sessions]'), 'sessions');
    terminal.type(keys.right);
    await terminal.until((text) => text.includes('[VNIs]'), 'VNIs');
    terminal.type(keys.right);
    await terminal.until((text) => text.includes('[routes]'), 'routes');
    terminal.type('e');
    await terminal.until((text) => text.includes('ask host'), 'what to read');
    terminal.type(keys.enter);
    await terminal.until((text) => text.includes('[2]:[0]:[48]:[02:00:ac:11:02:03]') && text.includes('192.168.0.3'), 'the type-2 routes');
  });

  it('survives any resizing, and says so when it is too small', async () => {
    const terminal = start({columns: 100, rows: 30});
    await terminal.until(wellRead, 'all layers read');
    terminal.resize(40, 10);
    await terminal.until((text) => text.includes('terminal too small') && text.includes('40x10'), 'too small');
    terminal.resize(200, 50);
    await terminal.until((text) => text.includes('Topology') && wellRead(text), 'large');
    terminal.resize(80, 24);
    await terminal.until((text) => text.split('\n').length === 24 && text.includes('q quit') && text.split('\n').every((line) => line.length <= 80), 'usable at 80x24, and nothing wider');
    expect(terminal.screen()).toHaveLength(24);
  });

  it('under NO_COLOR writes no colour, and the cursor is still seen', async () => {
    const terminal = start({env: {NO_COLOR: '1'}});
    await terminal.until(wellRead, 'all layers read');
    expect(terminal.raw()).not.toMatch(/\x1b\[[0-9;]*\b(3[0-7]|9[0-7]|38|48)(;|m)/);
    expect(terminal.text()).toContain('▸');
  });

  it.each([['SIGTERM', 143], ['SIGHUP', 129], ['SIGINT', 130]] as const)('gives the terminal back on %s', async (signal, code) => {
    const terminal = start();
    await terminal.until(wellRead, 'all layers read');
    expect(terminal.alternate()).toBe(true);
    terminal.signal(signal);
    expect((await terminal.exited).code).toBe(code);
    restored(terminal);
  });

  it.each([
    ['an uncaught rejection', 'Promise.reject(new Error("boom on purpose"))'],
    ['an exception', 'process.nextTick(() => { throw new Error("boom on purpose") })'],
  ])('gives the terminal back after %s, and says what it was', async (_what, code) => {
    // The fault comes from outside the product: a module that is loaded beside it and waits for a signal.
    const terminal = start({nodeArgs: ['--import', `data:text/javascript,process.once("SIGCONT", () => { ${encodeURIComponent(code)} })`]});
    await terminal.until(wellRead, 'all layers read');
    terminal.signal('SIGCONT');
    expect((await terminal.exited).code).toBe(1);
    restored(terminal);
    expect(terminal.text()).toContain('boom on purpose');
  });
});
