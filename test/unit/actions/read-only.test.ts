/**
 * Every way to change something from the command line, tried while nothing may be changed: by --read-only, and by a
 * context that is. The ways are those of the commander program, so that a new one has to be put in here.
 */
import {cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import type {Command} from 'commander';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {commands, main, programOf, register} from '../../../src/cli/main.ts';
import type {Io} from '../../../src/cli/io.ts';
import type {Opened} from '../../../src/cli/run-fabric.ts';
import type {FabricTarget} from '../../../src/model/target.ts';
import {openBench, type Bench} from './bench.ts';
import {digest} from './digest.ts';
import {device, host, other, trials, type Trial} from './trials.ts';

let bench: Bench;
/** The fabric that a subcommand opens: the one on the bench. */
vi.mock('../../../src/cli/run-fabric.ts', () => ({
  openTarget: (target: FabricTarget): Opened => ({source: bench.source, target, hostProbes: () => [], cloudProbes: [], deadlineMs: 1000, reach: bench.reach, close: () => Promise.resolve()}),
}));

const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-read-only-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
afterEach(() => bench.close());

const bookFile = join(folder, 'book.yaml');
const port = 20_000 + (process.pid % 40_000); // the lock of no other fabric
const hostsOf = (): string => bench.world.hosts.map(({name}) => `    ${name}: {ansible_host: 127.0.0.1, ansible_port: ${port}}`).join('\n');
const io = (stdout: PassThrough, stderr: PassThrough): Io => ({
  stdout, stderr, stdin: new PassThrough(), env: {XDG_STATE_HOME: join(folder, 'state'), XDG_CONFIG_HOME: join(folder, 'config'), ONE_AUTH: join(folder, 'one_auth')}, home: folder, cwd: folder, isTTY: false,
});

async function run(argv: readonly string[]): Promise<{readonly code: number; readonly out: string; readonly err: string}> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await main(argv, io(stdout, stderr));
  return {code, out: String((stdout.read() as Buffer | null) ?? ''), err: String((stderr.read() as Buffer | null) ?? '')};
}

/** What only looks, or writes but the console's own configuration. */
const looks = new Set(['status', 'check', 'explain', 'checks', 'get', 'trace', 'demo', 'init', 'info', 'completion', 'actions', 'runbooks', 'journal', 'journal list', 'journal show', 'journal export', 'journal verify', 'sdnat list']);
const lookIn = ['contexts', 'flight', 'runbook'];

interface Try {
  readonly argv: readonly string[];
  readonly trial?: Trial | undefined;
}
const pairs = (params: Readonly<Record<string, string>>): readonly string[] => Object.entries(params).map(([name, value]) => `${name}=${value}`);
const of = (id: string, ...argv: readonly string[]): Try => ({argv, trial: trials[id]});
/** Each subcommand that can change something, by its words. RUN, DRAIN and SESSION are of the journal below. */
const tries: Readonly<Record<string, readonly Try[]>> = {
  act: actions.map(({id}) => ({argv: ['act', id, ...pairs(trials[id]!.params), ...(trials[id]!.override ?? []).flatMap((one) => ['--override', one])], trial: trials[id]})),
  migrate: [of('vm.migrate', 'migrate', '4', other), of('vm.migrate-live', 'migrate', '4', other, '--live')],
  drain: [of('host.drain', 'drain', host)],
  undrain: [of('one.enable-host', 'undrain', host), of('host.drain', 'undrain', host, '--bring-back')],
  'sdnat map': [{argv: ['sdnat', 'map', '3', '--override', ...trials['sdnat.map']!.override!], trial: trials['sdnat.map']}],
  'sdnat unmap': [of('sdnat.unmap', 'sdnat', 'unmap', '203.0.113.201')],
  ...Object.fromEntries(['poweroff', 'resume', 'hold', 'release', 'terminate'].map((how) => [`vm ${how}`, [of(`vm.${how}`, 'vm', how, '4')]])),
  'vm recover': [of('vm.recover', 'vm', 'recover', '4', 'retry')],
  'vnet create': [of('vnet.create', 'vnet', 'create', 'extra', '172.20.0.0/24', '--cluster', 'multi-edge')],
  'cluster add': [of('one.add-to-cluster', 'cluster', 'add', 'datastore', '1', 'default')],
  run: [{argv: ['run', bookFile]}, {argv: ['run', bookFile, '--resume']}, {argv: ['run', bookFile, '--undo-to', 'note']}],
  'journal resume': [of('link.up', 'journal', 'resume', 'RUN')],
  'journal undo': [of('host.drain', 'journal', 'undo', 'DRAIN')],
};
const book = (path: string): string => `runbook: 1
name: book
title: Two notes
steps:
  - {id: note, title: a note, target: 'host:${host}', file: {path: '${path}/note', content: 'so it is'}}
  - {id: more, title: another, target: 'host:${host}', file: {path: '${path}/more', content: 'so it is'}}
`;

/** The words of every subcommand that does something. */
async function subcommands(): Promise<readonly string[]> {
  const silent = io(new PassThrough(), new PassThrough());
  const program = programOf(silent);
  await register(program, commands, silent, () => undefined);
  const wordsOf = (command: Command, words: string): readonly string[] => [
    ...('_actionHandler' in command && command._actionHandler !== null && words !== '' ? [words] : []),
    ...command.commands.flatMap((one) => wordsOf(one, `${words} ${one.name()}`.trim())),
  ];
  return wordsOf(program, '');
}

/** Runs that were cut off, and a session of a runbook, as an earlier console has left them. */
const ids: Record<string, string> = {};
beforeAll(async () => {
  writeFileSync(join(folder, 'one_auth'), 'oneadmin:secret\n', {mode: 0o600});
  bench = await openBench();
  mkdirSync(join(folder, 'config', 'evpn-tui'), {recursive: true});
  writeFileSync(join(folder, 'inventory.yml'), `all:\n  vars: {ansible_user: root, evpn_if: wg0}\nnode:\n  hosts:\n${hostsOf()}\n`);
  const context = (more: string): string => `{inventory: ${join(folder, 'inventory.yml')}, opennebula: {endpoint: 'http://127.0.0.1:${port}/RPC2', auth-file: ${join(folder, 'one_auth')}}${more}}`;
  writeFileSync(join(folder, 'config', 'evpn-tui', 'config.yaml'), `contexts:\n  lab: ${context('')}\n  prod: ${context(', read-only: true')}\n`);
  writeFileSync(bookFile, book(join(folder, 'notes')));
  const began = async (words: readonly string[]): Promise<string> => {
    const said = await run([...words, '-c', 'lab', '--yes', '-o', 'json']);
    if (said.code !== 0) throw new Error(`${words.join(' ')}: ${said.out}${said.err}`);
    return said.out;
  };
  const runIn = (out: string): string => (JSON.parse(out) as {readonly result: {readonly run: string}}).result.run;
  bench.close();
  bench = await openBench(trials['host.drain']);
  ids['DRAIN'] = runIn(await began(['drain', host]));
  bench.close();
  bench = await openBench(trials['link.up']);
  ids['RUN'] = runIn(await began(['act', 'link.up', `host=${host}`, `device=${device}`]));
  await began(['run', bookFile]);
  bench.close();
  // What came after the intent never got there; of the runbook its end.
  const file = join(folder, 'state', 'evpn-tui', 'journal', 'lab.jsonl');
  const records = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as {readonly run: string; readonly type: string; readonly kind?: string});
  const left = records.filter(({run: id, type, kind}) => !(id === ids['RUN'] && !['begin', 'intent'].includes(type)) && !(type === 'note' && kind === 'runbook end'));
  expect(left.length).toBeLessThan(records.length);
  writeFileSync(file, left.map((one) => `${JSON.stringify(one)}\n`).join(''));
  cpSync(file, join(folder, 'state', 'evpn-tui', 'journal', 'prod.jsonl'));
  rmSync(join(folder, 'notes'), {recursive: true, force: true});
}, 120_000);

it('every subcommand either only looks or is tried here', async () => {
  bench = await openBench();
  const all = await subcommands();
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter((words) => !looks.has(words) && !lookIn.includes(words.split(' ')[0]!) && !tries[words])).toEqual([]);
  expect(Object.keys(tries).filter((words) => !all.includes(words))).toEqual([]);
});

const modes = [['--read-only', ['-c', 'lab', '--read-only'], /read-only \(--read-only\)/], ['a context that is read-only', ['-c', 'prod'], /read-only \(context prod/]] as const;
describe.each(modes)('with %s nothing is changed by', (_, flags, reason) => {
  it.each(Object.values(tries).flat().map((one) => [one.argv.join(' '), one] as const))('%s', async (_words, {argv, trial}) => {
    bench = await openBench(trial);
    const journal = join(folder, 'state', 'evpn-tui', 'journal', `${flags[1]}.jsonl`);
    const before = [digest(bench), bench.world.changes, readFileSync(journal, 'utf8')];
    const words = argv.map((word) => ids[word] ?? word);
    const {code, out, err} = await run([...words, ...flags, '--yes', '--take-over', '--confirm', trial ? nameOf(argv) : 'x']);
    expect(`${out}${err}`).toMatch(reason);
    expect(code, `${out}${err}`).toBe(2);
    expect([digest(bench), bench.world.changes, readFileSync(journal, 'utf8')]).toEqual(before);
    expect(bench.calls.filter((method) => !/info$|monitoring$|\.version$/.test(method))).toEqual([]);
    expect(existsSync(join(folder, 'notes'))).toBe(false);
  }, 60_000);
});

/** What would be typed to confirm it: then only read-only is left to refuse it. */
const nameOf = (argv: readonly string[]): string => (argv.includes('terminate') || argv.includes('vm.terminate') ? 'sr4' : 'x');
