/** What the gate lets through, and what it does not: on the bench, by the actions of the catalogue. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import {fails, passes, unknown} from '../../../src/actions/action.ts';
import {actions} from '../../../src/actions/catalogue.ts';
import {preparedLines} from '../../../src/actions/text.ts';
import type {Executed} from '../../../src/actions/execute.ts';
import type {Action, RunEvent, Step} from '../../../src/model/action.ts';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {openBench, type Bench} from './bench.ts';
import {digest} from './digest.ts';
import {device, host, trials} from './trials.ts';

let bench: Bench;
afterEach(() => bench.close());

const down = trials['link.up']!;
const linkUp = {host, device};
const confirmed = (prepared: {readonly plan: {readonly confirmName?: string | undefined} | undefined}) => ({typed: prepared.plan?.confirmName});

const sends = (id: string, script: string, more: Partial<Step> = {}): Step => ({id, title: id, effect: {kind: 'host', host, script}, deadlineS: 20, resume: 'ask', cancellable: false, ...more});
/** An action of these steps, with nothing to look at. */
const made = (steps: readonly Step[], more: Partial<Action> = {}): Action => ({
  id: 'test.made', title: 'Made up', description: 'for a test', params: [], destructive: false,
  preflight: () => Promise.resolve([passes('always', 'it can be done')]),
  plan: () => Promise.resolve({what: 'made up', steps, targets: [], notUndoable: []}),
  targets: () => [], verify: () => Promise.resolve([passes('it is there', 'it is')]), undo: () => Promise.resolve('it is a test'), ...more,
});

describe('read-only', () => {
  it.each(actions.map(({id}) => [id] as const))('%s is planned and refused, whatever is confirmed; nothing is sent, nothing written', async (id) => {
    const trial = trials[id]!;
    bench = await openBench(trial);
    const before = digest(bench);
    const {gate, journal} = bench.console({actions, readOnly: '--read-only'});
    const prepared = await gate.prepare(id, trial.params);
    expect(prepared.plan?.steps.length, preparedLines(prepared).join('\n')).toBeGreaterThan(0);
    expect(prepared.refusal).toContain('--read-only');
    expect(await gate.run(prepared, {...confirmed(prepared), override: trial.override ?? [], takeOver: true})).toMatchObject({status: 'refused', because: 'read-only'});
    // A refusal that somebody took out of the prepared change is no permission.
    expect(await gate.run({...prepared, refusal: undefined}, confirmed(prepared))).toMatchObject({status: 'refused', because: 'read-only'});
    expect(bench.sent).toEqual([]);
    expect(existsSync(journal.file)).toBe(false);
    expect(digest(bench)).toEqual(before);
  });

  it('refuses to resume and to undo, too', async () => {
    bench = await openBench(down);
    const writer = bench.console({actions});
    const done = await writer.gate.run(await writer.gate.prepare('link.up', linkUp));
    const {gate} = bench.console({actions, readOnly: 'context prod'});
    expect(await gate.resume(done.run!)).toMatchObject({status: 'refused', because: 'read-only'});
    const back = await gate.prepareUndo(done.run!);
    expect(typeof back === 'string' ? back : await gate.run(back)).toMatchObject({status: 'refused', because: 'read-only'});
    expect(bench.sent).toEqual(['up']);
  });
});

describe('a plan', () => {
  it('is stale when the target changes between plan and run: nothing is sent', async () => {
    bench = await openBench(down);
    const {gate, journal} = bench.console({actions});
    const prepared = await gate.prepare('link.up', linkUp);
    undo(bench.world, 'vxlan-down');
    const result = await gate.run(prepared);
    expect(result).toMatchObject({status: 'stale', says: expect.stringContaining('its state is now up, it was down') as string});
    expect(bench.sent).toEqual([]);
    expect(journal.find(result.run!)?.end?.status).toBe('stale');
  });

  it('is not refused for what was so before: a reading from before is made anew first', async () => {
    bench = await openBench();
    const {gate} = bench.console({actions});
    expect((await gate.prepare('link.up', linkUp)).wrong).toEqual([expect.stringContaining('it is up already')]);
    apply(bench.world, 'vxlan-down', host);
    const prepared = await gate.prepare('link.up', linkUp);
    expect([prepared.wrong, prepared.plan?.targets[0]?.state['state']]).toEqual([[], 'down']);
  });

  it('is refused by the shape of its parameters without reading anything', async () => {
    bench = await openBench();
    const {gate} = bench.console({actions});
    const before = bench.source.current().hosts.get(host)!.readings;
    expect((await gate.prepare('link.up', {host, device: 'a/b'})).wrong).toEqual([expect.stringContaining('is no name of a device')]);
    expect(bench.source.current().hosts.get(host)!.readings).toBe(before);
  });

  it('of a destructive action wants the name typed, exactly', async () => {
    bench = await openBench();
    const {gate} = bench.console({actions});
    const prepared = await gate.prepare('vm.terminate', {vm: '4'});
    for (const typed of [undefined, '', 'sr', 'SR4', '4']) expect(await gate.run(prepared, {typed})).toMatchObject({status: 'refused', because: 'confirmation'});
    expect(bench.sent).toEqual([]);
  });

  it('goes on with an unknown only when it is named, and where that is allowed; never with a failure', async () => {
    const conditions = [unknown('may', 'not read', {mayOverride: true}), unknown('may not', 'not read'), fails('fails', 'wrong')];
    bench = await openBench();
    const run = async (kept: readonly string[], override: readonly string[]) => {
      const action = made([sends('one', 'true')], {preflight: () => Promise.resolve(conditions.filter(({name}) => kept.includes(name)))});
      const {gate, journal} = bench.console({actions: [action]});
      const {status, run: id} = await gate.run(await gate.prepare('test.made', {}), {override});
      return {status, overridden: id === undefined ? [] : journal.find(id)?.overridden};
    };
    expect(await run(['may'], [])).toMatchObject({status: 'refused'});
    expect(await run(['may'], ['another'])).toMatchObject({status: 'refused'});
    expect(await run(['may'], ['may'])).toEqual({status: 'done', overridden: ['may']});
    expect(await run(['may not'], ['may not'])).toMatchObject({status: 'refused'});
    expect(await run(['fails'], ['fails'])).toMatchObject({status: 'refused'});
  });
});

describe('a run', () => {
  const steps = [sends('first', 'echo 1'), sends('second', 'echo 2')];

  it('stops between two steps when it is cancelled; what is done is done', async () => {
    bench = await openBench();
    const {gate, journal} = bench.console({actions: [made(steps)]});
    const abort = new AbortController();
    const onEvent = (event: RunEvent): void => void (event.kind === 'step' && event.state === 'started' && abort.abort());
    const result = await gate.run(await gate.prepare('test.made', {}), {signal: abort.signal, onEvent});
    expect(result).toMatchObject({status: 'cancelled', says: expect.stringContaining('before step 2 of 2') as string});
    expect(journal.find(result.run!)?.steps.map(({state}) => state)).toEqual(['ok', 'not begun']);
    expect(bench.sent).toEqual(['first']);
  });

  it('gives up a step that can be given up, in its midst', async () => {
    bench = await openBench();
    const {gate, journal} = bench.console({actions: [made([sends('waits', 'exec sleep 20', {cancellable: true}), ...steps])]});
    const abort = new AbortController();
    const result = await gate.run(await gate.prepare('test.made', {}), {signal: abort.signal, onEvent: (event) => void (event.kind === 'step' && abort.abort())});
    expect(result.status).toBe('cancelled');
    expect(journal.find(result.run!)?.steps.map(({state}) => state)).toEqual(['cancelled', 'not begun', 'not begun']);
  });

  it('that is cancelled during its last step is not said to have failed: nothing was read since', async () => {
    bench = await openBench(down);
    const {gate, journal} = bench.console({actions});
    const abort = new AbortController();
    const onEvent = (event: RunEvent): void => void (event.kind === 'step' && event.state === 'started' && abort.abort());
    const result = await gate.run(await gate.prepare('link.up', linkUp), {signal: abort.signal, onEvent});
    expect(bench.world.faults?.some(({name}) => name.includes('down'))).toBe(false);
    expect(result).toMatchObject({status: 'unverified', verified: [{outcome: 'unknown', says: `given up before it was read again: ${device} on ${host} is down`}]});
    expect(journal.find(result.run!)?.verified).toMatchObject([{outcome: 'unknown'}]);
    expect(await gate.verify(result.run!)).toMatchObject({status: 'done'});
  });

  it.each([
    [true, 'done', 'already'], [false, 'failed', 'failed'], [undefined, 'uncertain', 'uncertain'],
  ] as const)('whose answer was lost asks the fabric: done %s → %s', async (done, status, state) => {
    bench = await openBench();
    const lost: Executed = {outcome: 'uncertain', says: 'unreachable: the connection broke'};
    const action = made([sends('first', 'true')], {done: () => Promise.resolve({done, says: 'looked'})});
    const {gate, journal} = bench.console({actions: [action], executor: (executor) => ({...executor, step: () => Promise.resolve(lost)})});
    const result = await gate.run(await gate.prepare('test.made', {}));
    expect(result.status).toBe(status);
    expect(journal.find(result.run!)?.steps[0]).toMatchObject({state, says: expect.stringContaining('looked') as string});
    // What nobody can tell stays open.
    expect(gate.interrupted().map(({run}) => run.id)).toEqual(done === undefined ? [result.run] : []);
  });

  it.each([[fails('it is there', 'it is not there')], [unknown('it is there', 'it could not be read')]])('is unverified when the fabric does not show it, though each step exits 0', async (condition) => {
    bench = await openBench();
    const {gate} = bench.console({actions: [made(steps, {verify: () => Promise.resolve([condition])})]});
    expect(await gate.run(await gate.prepare('test.made', {}))).toMatchObject({status: 'unverified', says: expect.stringContaining(condition.says) as string});
    expect(bench.sent).toEqual(['first', 'second']);
  });

  it('is undone once, and the fabric is as before', async () => {
    bench = await openBench(down);
    const {gate, journal} = bench.console({actions});
    const isDown = () => bench.world.faults?.some(({name}) => name.includes('down'));
    const done = await gate.run(await gate.prepare('link.up', linkUp));
    expect([done.status, isDown()]).toEqual(['done', false]);
    const back = await gate.prepareUndo(done.run!);
    if (typeof back === 'string') throw new Error(back);
    expect(await gate.run(back)).toMatchObject({status: 'done'});
    expect(isDown()).toBe(true);
    expect(journal.find(done.run!)?.undoneBy).toBeDefined();
    expect(await gate.prepareUndo(done.run!)).toContain('undone already');
    expect(await gate.resume(done.run!)).toMatchObject({status: 'refused'});
  });

  it('that came to none of its steps is not undone: what is there is somebody else\'s', async () => {
    bench = await openBench(down);
    const {gate, journal} = bench.console({actions});
    const prepared = await gate.prepare('link.up', linkUp);
    undo(bench.world, 'vxlan-down');
    const stale = await gate.run(prepared);
    const abort = new AbortController();
    const cancelled = await gate.run(await gate.prepare('one.disable-host', {host}), {signal: abort.signal, onEvent: (event) => void (event.kind === 'phase' && event.phase === 'steps' && abort.abort())});
    expect([stale.status, cancelled.status]).toEqual(['stale', 'cancelled']);
    for (const {run: id} of [stale, cancelled]) expect(await gate.prepareUndo(id!)).toBe('it has done nothing yet');
    expect([bench.sent, journal.runs().length]).toEqual([[], 2]);
  });

  it('that was cut off can still be resumed after an undoing that sent nothing', async () => {
    bench = await openBench(down);
    const {gate, journal} = bench.console({actions: [...actions, made(steps, {done: () => Promise.resolve({done: undefined, says: 'nobody knows'}), undo: () => Promise.resolve({what: 'taken back', steps: [sends('back', 'true')], targets: [], notUndoable: []})})], executor: (executor) => ({...executor, step: (step, values, signal) => (step.id === 'second' ? Promise.resolve({outcome: 'uncertain', says: 'no answer'}) : executor.step(step, values, signal))})});
    const cut = await gate.run(await gate.prepare('test.made', {}));
    expect(cut.status).toBe('uncertain');
    const back = await gate.prepareUndo(cut.run!);
    if (typeof back === 'string') throw new Error(back);
    const abort = new AbortController();
    abort.abort();
    expect(await gate.run(back, {signal: abort.signal})).toMatchObject({status: 'cancelled'});
    expect([gate.interrupted().map(({run}) => run.id), journal.find(cut.run!)?.undoneBy]).toEqual([[cut.run], undefined]);
    expect((await gate.resume(cut.run!)).says).not.toContain('was undone');
  });

  it('that made a network deletes that one, and none that has its name by now', async () => {
    bench = await openBench();
    const {gate} = bench.console({actions});
    const made = await gate.run(await gate.prepare('vnet.create', trials['vnet.create']!.params));
    const net = bench.engine.world.vnets.find(({name}) => name === 'extra')!;
    bench.engine.world.vnets.push({...net, id: net.id + 1});
    net.name = 'renamed';
    const back = await gate.prepareUndo(made.run!);
    if (typeof back === 'string') throw new Error(back);
    expect(back.plan?.steps[0]?.effect).toMatchObject({method: 'one.vn.delete', args: [net.id]});
    expect(await gate.run(back, confirmed(back))).toMatchObject({status: 'done'});
    expect(bench.engine.world.vnets.map(({id}) => id).filter((id) => id >= net.id)).toEqual([net.id + 1]);
  });

  it('does nothing when the journal cannot be written', async () => {
    bench = await openBench(down);
    const {gate} = bench.console({actions});
    const prepared = await gate.prepare('link.up', linkUp);
    appendFileSync(join(bench.folder, 'journal'), 'a file where the folder should be');
    const result = await gate.run(prepared);
    expect(result.status).not.toBe('done');
    expect(bench.sent).toEqual([]);
  });
});

it('a secret is in no journal, no log, no event, no plan', async () => {
  const secret = 'hunter2-of-the-fabric';
  bench = await openBench();
  const action = made([sends('tells', `echo ${secret}; echo ${secret} >&2`, {secrets: [secret]})], {
    accompany: (ctx) => {
      ctx.note('seen', {deep: [secret]});
      return Promise.resolve();
    },
    verify: () => Promise.resolve([passes('it is there', `it says ${secret}`)]),
  });
  const {gate, journal} = bench.console({actions: [action]});
  const prepared = await gate.prepare('test.made', {});
  const events: RunEvent[] = [];
  const result = await gate.run(prepared, {onEvent: (event) => void events.push(event)});
  expect(result.status).toBe('done');
  const said = events.map((event) => (event.kind === 'step' ? event.says : event.kind === 'note' ? JSON.stringify(event.data) : '')).join('\n');
  expect(said).toContain('***');
  for (const text of [readFileSync(journal.file, 'utf8'), JSON.stringify(bench.log), said, preparedLines(prepared).join('\n')]) expect(text).not.toContain(secret);
  expect(readFileSync(journal.file, 'utf8')).toContain('***');
});

it('of two consoles in two processes one wins, and the other says who holds it', async () => {
  bench = await openBench(down);
  const lock = join(import.meta.dirname, '../../../src/actions/lock.ts');
  const holder = spawn(process.execPath, ['--input-type=module', '-e', `
    import {takeLock} from ${JSON.stringify(lock)};
    const taken = takeLock({folder: ${JSON.stringify(join(bench.folder, 'lock'))}, fabric: ['bench']}, {user: 'carol', uid: 1, host: 'there', pid: process.pid, tty: 'pts/7', by: 'console'}, 'r-carol', 'bench', {takeOver: false, ownRun: undefined});
    console.log(taken.ok);
    process.stdin.resume();
  `], {stdio: ['pipe', 'pipe', 'inherit']});
  try {
    expect(String((await once(holder.stdout, 'data'))[0])).toBe('true\n');
    const {gate} = bench.console({actions});
    const prepared = await gate.prepare('link.up', linkUp);
    const result = await gate.run(prepared, {takeOver: true});
    expect(result).toMatchObject({status: 'refused', because: 'lock'});
    expect(result.says).toMatch(new RegExp(`carol@there on pts/7 \\(process ${holder.pid}, run r-carol, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\)`));
    expect(bench.sent).toEqual([]);
    const ended = once(holder, 'close');
    holder.kill('SIGKILL');
    await ended;
    expect(await gate.run(prepared)).toMatchObject({status: 'refused', because: 'lock', says: expect.stringContaining('has ended') as string});
    expect(await gate.run(prepared, {takeOver: true})).toMatchObject({status: 'done'});
  } finally {
    holder.kill('SIGKILL');
  }
});
