/** Changes by keys, on a terminal, over the embedded fabric: what stops them, what is left of one that was killed, and two at once. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {startEmbedded, type Embedded} from '../embedded.ts';
import {keys, openTerminal, type Terminal} from '../terminal.ts';

const root = join(import.meta.dirname, '../../..');
const bin = join(root, 'bin/evpn-tui.js');
const patience = 90_000; // of a machine that has much to do
const [host, device] = ['kvm_london', 'wg0.2'];
const script = `ip link set dev ${device} up`;
const pageUp = '\x1b[5~';

let embedded: Embedded;
let terminal: Terminal | undefined;
let home = 0;
const environment = () => ({HOME: embedded.folder, XDG_CONFIG_HOME: embedded.folder, XDG_CACHE_HOME: embedded.folder, XDG_STATE_HOME: join(embedded.folder, `state-${home}`), ONE_AUTH: embedded.simulator.oneAuth, LANG: 'C.UTF-8'});
const open = (args: readonly string[] = []): Terminal => (terminal = openTerminal(process.execPath, [bin, ...embedded.args, '--timeout', '60', ...args], {columns: 150, rows: 50, env: environment()}));
const run = (args: readonly string[]) => embedded.run(['--timeout', '60', ...args], {env: {XDG_STATE_HOME: environment().XDG_STATE_HOME}});
const until = (part: string | RegExp): Promise<void> => terminal!.until((text) => (typeof part === 'string' ? text.includes(part) : part.test(text)), String(part), patience);
const isDown = (): boolean => (embedded.simulator.world.faults ?? []).length > 0;

beforeAll(async () => {
  embedded = await startEmbedded();
}, patience);
afterAll(() => embedded.close());
beforeEach(() => {
  home++; // a journal of its own
  for (const {name} of embedded.simulator.world.faults ?? []) undo(embedded.simulator.world, name);
  apply(embedded.simulator.world, 'vxlan-down', host);
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
});

/** Through the list of every action to the plan of this one. */
async function planOf(id: string, ...params: readonly string[]): Promise<void> {
  const action = actions.find((one) => one.id === id)!;
  await until(/OpenNebula/);
  terminal!.type('a');
  await until('Every action');
  for (let at = actions.indexOf(action); at > 0; at--) terminal!.type(keys.down);
  await until(new RegExp(`▸ ${action.title}`));
  terminal!.type(keys.enter);
  for (const [at, value] of params.entries()) {
    await until(new RegExp(`▸ ${action.params[at]!.name} `));
    terminal!.type(value);
    await until(new RegExp(`^\\s+▸ ${value.replaceAll('.', '\\.')}(?!.*not possible)`, 'm')); // it is offered, and was read to be possible
    terminal!.type(keys.enter);
  }
}

describe('on the command line', () => {
  it('no is no, and yes is yes', async () => {
    for (const [answer, code] of [['n', 2], ['', 2], ['y', 0]] as const) {
      open(['act', 'link.up', `host=${host}`, `device=${device}`]);
      await until('Run it? [y/N]');
      terminal!.type(`${answer}${keys.enter}`);
      expect((await terminal!.exited).code, terminal!.text()).toBe(code);
      expect(isDown()).toBe(code !== 0);
      await terminal!.close();
    }
  }, 4 * patience);

  it('Ctrl-C gives up a wait that can be given up, and says how to go on', async () => {
    open(['drain', host, '--yes']);
    await until('… wait until OpenNebula has');
    terminal!.type(keys.ctrlC);
    expect((await terminal!.exited).code, terminal!.text()).toBe(4);
    expect(terminal!.text()).toMatch(/stopping after the present step[^]*Cancelled: [^]*journal show/);
    const {stdout} = await run(['journal', '-o', 'json']);
    expect((JSON.parse(stdout) as {readonly runs: readonly {readonly state: string}[]}).runs.map(({state}) => state)).toEqual(['cancelled']);
  }, 3 * patience);

  it('of two consoles at once one does it, and the other says why it does not', async () => {
    const both = await Promise.all([1, 2].map(() => run(['act', 'link.up', `host=${host}`, `device=${device}`, '--yes'])));
    const [first, second] = both.toSorted((a, b) => a.code - b.code);
    expect(first!.code, first!.stdout + first!.stderr).toBe(0);
    // By the lock, by the target that is not as it was, or because it is up already when it comes to look.
    expect([2, 3, 4], second!.stdout + second!.stderr).toContain(second!.code);
    expect(`${second!.stdout}${second!.stderr}`).toMatch(/is being changed by|the plan is stale|is up/);
    const {stdout} = await run(['journal', 'export']);
    expect(stdout.match(/"type":"intent"/g)).toHaveLength(1);
    expect(isDown()).toBe(false);
  }, 3 * patience);
});

describe('on the screen', () => {
  it('a target that changes between plan and yes stops it; what is sent stands in the command log, verbatim', async () => {
    open();
    await planOf('link.up', host, device);
    await until('y runs it');
    expect(terminal!.text()).toContain(script);
    undo(embedded.simulator.world, 'vxlan-down');
    terminal!.type('y');
    await until(/stale: the plan is stale: .*its state is now up, it was down/);
    terminal!.type(keys.escape);
    apply(embedded.simulator.world, 'vxlan-down', host);
    await terminal!.until((text) => !text.includes('stale'), 'the dialog is closed', patience);
    terminal!.type('\x12'); // Ctrl-R: everything is read again
    await planOf('link.up', host, device);
    await until('y runs it');
    terminal!.type('y');
    await until('done: ');
    expect(isDown()).toBe(false);
    terminal!.type(keys.escape);
    await terminal!.until((text) => !text.includes('done: '), 'the result is closed', patience); // together they would be Alt-L
    terminal!.type('l');
    await until('Commands sent');
    // Readings have been sent since: page by page up to it.
    const change = new RegExp(`${host} +CHANGE exit 0.*\\n.* ${script.replaceAll('.', '\\.')} *\\n`);
    for (let page = terminal!.text(); !change.test(page); page = terminal!.text()) {
      terminal!.type(page.includes(script) ? keys.up : pageUp);
      await terminal!.until((text) => text !== page, 'the page before', patience);
    }
    expect(terminal!.text()).toMatch(change);
  }, 4 * patience);

  it('what is destroyed has to be named: a wrong name is refused', async () => {
    const vms = embedded.simulator.world.guests.length;
    open();
    await planOf('vm.terminate', '6');
    await until('Type db2 and Enter');
    terminal!.type('db1');
    await until('db1█');
    terminal!.type(keys.enter);
    await until('refused: to confirm, "db2" has to be typed');
    expect(embedded.simulator.world.guests).toHaveLength(vms);
  }, 2 * patience);

  it('a run whose console was killed is offered at the next start; its lock is taken over when that was seen and confirmed', async () => {
    const killed = spawn(process.execPath, ['--import', join(root, 'test/lab/actions/killing.ts'), join(root, 'src/cli/entry.ts'), ...embedded.args, '--timeout', '60', 'act', 'link.up', `host=${host}`, `device=${device}`, '--yes'],
      {env: {...process.env, ...environment(), KILL_AT: 'before result'}, stdio: 'ignore'});
    expect(await once(killed, 'close')).toEqual([null, 'SIGKILL']);
    expect(isDown()).toBe(false);
    open();
    await until('1 run was cut off: a offers to verify, resume or undo');
    terminal!.type('a');
    await until(/Verify[^]*Resume[^]*Undo/);
    terminal!.type(keys.down);
    terminal!.type(keys.down);
    await until('▸ Undo');
    terminal!.type(keys.enter);
    await until('y runs it');
    terminal!.type('y');
    await until('t takes that lock over');
    expect(terminal!.text()).toMatch(/refused: the lock of this fabric was left by .*process \d+, run .* which has ended/);
    terminal!.type('t');
    await until('y takes the lock over and runs it');
    expect(terminal!.text()).toMatch(/Take over the lock of this fabric[^]*it was cut off, or goes on/);
    terminal!.type('y');
    await until('done: ');
    expect(isDown()).toBe(true);
    const {stdout} = await run(['journal', '-o', 'json']);
    expect((JSON.parse(stdout) as {readonly runs: readonly {readonly state: string; readonly undoneBy: string | null}[]}).runs).toMatchObject([{state: 'cut off', undoneBy: expect.any(String) as string}, {state: 'done'}]);
  }, 4 * patience);
});
