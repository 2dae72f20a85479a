/** The example of docs/RUNBOOKS.md on the embedded fabric: planned, run, run again, cut off and resumed, undone. */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {startEmbedded, type Embedded} from './embedded.ts';

const example = join(import.meta.dirname, '../../docs/examples/greeting.yaml');
vi.setConfig({testTimeout: 180_000}); // a console is started for each run
let fabric: Embedded;
let folder: string;
const sessions: string[] = [];
const vteps = (): readonly string[] => fabric.simulator.hosts.filter(({roles}) => roles.includes('vtep')).map(({name}) => name);
const at = (host: string, name: string): string => join(folder, host, name);
const run = (...more: readonly string[]) => fabric.run(['run', example, '--input', `folder=${folder}`, ...more], {env: {XDG_STATE_HOME: join(fabric.folder, 'state')}});
interface ReportJson {
  readonly session: string;
  readonly ended: string | null;
  readonly steps: readonly {readonly step: string; readonly state: string; readonly says: string}[];
}
const states = (stdout: string): readonly string[] => {
  const {session, steps} = JSON.parse(stdout) as ReportJson;
  sessions.push(session);
  return steps.map(({step, state}) => `${step}: ${state}`);
};
const ended = (stdout: string): string | null => (JSON.parse(stdout) as ReportJson).ended;

beforeAll(async () => {
  fabric = await startEmbedded();
  folder = mkdtempSync(join(tmpdir(), 'evpn-tui-runbook-'));
});
afterAll(async () => {
  await fabric.close();
  rmSync(folder, {recursive: true, force: true});
  // What the hosts kept to go back: of these sessions only.
  const state = join(process.getuid?.() === 0 ? '/var/lib' : join(homedir(), '.local/state'), 'evpn-tui');
  for (const session of sessions) rmSync(join(state, session), {recursive: true, force: true});
});

test('the plan shows what would change and from where values come, and changes nothing', async () => {
  const {code, stdout, stderr} = await run('--plan');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/reflector = \w+ {2}\(fabric: role of \w+(, \w+)*, from inventory/);
  expect(stdout).toContain('a token on each hypervisor: to do');
  expect(stdout).toMatch(/a note on each hypervisor: later \(known when step "token" is done\)/);
  expect(code).toBe(0);
  expect(existsSync(at(vteps()[0]!, 'token'))).toBe(false);
});

test('run, run again, and undone: the state before it', async () => {
  const first = await run('--yes', '-o', 'json', '--report', `md:${join(folder, 'report.md')}`, '--report', `junit:${join(folder, 'report.xml')}`);
  expect(first.stderr).toContain('a note on each hypervisor: done');
  expect(states(first.stdout)).toEqual(['shell: already so', 'token: done', 'note: done', 'line: done', 'device: not needed']);
  expect(first.code).toBe(0);
  const [host] = vteps();
  const token = readFileSync(at(host!, 'token'), 'utf8');
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(at(host!, 'token')).mode & 0o777).toBe(0o600);
  const note = readFileSync(at(host!, 'note'), 'utf8');
  expect(note).toMatch(new RegExp(`^${host}: it is kept by a runbook\ntoken [0-9a-f]{12}\nreflector \\w+ [0-9.]+\n$`));
  expect(statSync(at(host!, 'note')).mode & 0o777).toBe(0o640);
  // The secret is nowhere but on its host.
  for (const text of [first.stdout, first.stderr, readFileSync(join(folder, 'report.md'), 'utf8'), readFileSync(join(folder, 'report.xml'), 'utf8'), (await fabric.run(['journal', 'export'], {env: {XDG_STATE_HOME: join(fabric.folder, 'state')}})).stdout]) {
    expect(text.length).toBeGreaterThan(100);
    expect(text).not.toContain(token);
  }
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(`+${host}: it is kept by a runbook`);
  expect(readFileSync(join(folder, 'report.xml'), 'utf8')).toContain('tests="5" failures="0" errors="0" skipped="0"');

  const before = vteps().map((name) => ['token', 'note', 'diary', 'log'].map((file) => readFileSync(at(name, file), 'utf8')));
  const second = await run('--yes', '-o', 'json');
  expect(states(second.stdout)).toEqual(['shell: already so', 'token: already so', 'note: already so', 'line: already so', 'device: not needed']);
  expect(vteps().map((name) => ['token', 'note', 'diary', 'log'].map((file) => readFileSync(at(name, file), 'utf8')))).toEqual(before);

  const session = (JSON.parse(first.stdout) as {session: string}).session;
  // What was done above the step stays done: the session can be gone on from.
  const back = await run('--resume', session, '--undo-to', 'line', '--yes', '-o', 'json');
  expect(states(back.stdout)).toEqual(['shell: already so', 'token: done', 'note: done', 'line: undone', 'device: not needed']);
  expect(ended(back.stdout)).toBeNull();
  expect(back).toMatchObject({code: 0, stderr: expect.stringMatching(/Undone down to line[^]*--resume \S+ goes on/) as string});
  const on = await run('--resume', session, '--yes', '-o', 'json');
  expect([ended(on.stdout), ...states(on.stdout)]).toEqual(['done', 'shell: already so', 'token: done', 'note: done', 'line: done', 'device: not needed']);
  const undone = await run('--resume', session, '--undo-to', 'token', '--yes', '-o', 'json');
  expect(ended(undone.stdout)).toBe('undone');
  expect(states(undone.stdout)).toEqual(['shell: already so', 'token: undone', 'note: undone', 'line: undone', 'device: not needed']);
  expect(undone.code).toBe(0);
  for (const name of vteps()) for (const file of ['token', 'note', 'diary']) expect(existsSync(at(name, file)), `${name} ${file}`).toBe(false);
});

test('a step that fails stops; resumed, it goes on where it stopped', async () => {
  const [host] = vteps();
  // A folder where the diary should be: the command fails.
  rmSync(at(host!, 'diary'), {force: true});
  mkdirSync(at(host!, 'diary'), {recursive: true});
  const stopped = await run('--yes', '-o', 'json');
  expect(states(stopped.stdout)).toEqual(['shell: already so', 'token: done', 'note: done', 'line: failed', 'device: not reached']);
  expect(stopped.code).toBe(4);
  rmSync(at(host!, 'diary'), {recursive: true});
  // The folder is the one that it was begun with: given once more it is no other input.
  expect(await fabric.run(['run', example, '--resume', '--yes', '--input', 'folder=/elsewhere'], {env: {XDG_STATE_HOME: join(fabric.folder, 'state')}})).toMatchObject({code: 2, stderr: expect.stringContaining('folder=/elsewhere: session ') as string});
  const resumed = await run('--resume', '--yes', '-o', 'json');
  expect(states(resumed.stdout)).toEqual(['shell: already so', 'token: done', 'note: done', 'line: done', 'device: not needed']);
  expect(resumed.code).toBe(0);
});

test('nothing runs read-only, nor with an input that is not known or missing', async () => {
  expect(await run('--read-only', '--yes')).toMatchObject({code: 2, stderr: expect.stringContaining('nothing is changed from here') as string});
  expect(await run('--yes', '--input', 'colour=red')).toMatchObject({code: 2, stderr: expect.stringContaining('greeting has no input "colour"') as string});
  // Before there is a session, which would be offered at each start.
  const begun = async (): Promise<number> => (await fabric.run(['journal', 'export'], {env: {XDG_STATE_HOME: join(fabric.folder, 'state')}})).stdout.split('"runbook.session"').length;
  const before = await begun();
  for (const more of [['--yes'], ['--plan']]) expect(await run(...more, '--skip', 'nope=x')).toMatchObject({code: 2, stderr: expect.stringContaining('greeting has no step "nope"') as string});
  expect(await run('--step')).toMatchObject({code: 2, stderr: expect.stringContaining('--step asks: it needs a terminal') as string});
  expect(await begun()).toBe(before);
  expect(await fabric.run(['run', example, '--yes'])).toMatchObject({code: 2, stderr: expect.stringContaining('the input folder has no value') as string});
});
