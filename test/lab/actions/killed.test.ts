/**
 * A console that is killed (SIGKILL) at every boundary of a run, one after the other, and what the next one makes of
 * it: nothing is done twice, nothing is lost.
 */
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {FabricTarget} from '../../../src/model/target.ts';
import {apply} from '../../../src/simulator/faults/apply.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import type {Order} from './child.ts';
import {openTestGate, targetOf, type TestGate} from './gate.ts';

const host = 'kvm_london';
const device = 'wg0.2';
const neighbor = '192.168.0.1';
let simulator: Simulator;
let target: FabricTarget;
let folder: string;
let mine: TestGate;
let resets = 0;

beforeAll(async () => {
  simulator = await startSimulator();
  target = targetOf(simulator, [host]);
  folder = mkdtempSync(join(tmpdir(), 'evpn-tui-killed-'));
  mine = await openTestGate(target, folder);
  let last = simulator.world.resets;
  simulator.world.watchers?.add(() => {
    if (simulator.world.resets !== last) resets++;
    last = simulator.world.resets;
  });
}, 60_000);
afterAll(async () => {
  next?.kill('SIGKILL');
  await mine?.opened.close();
  await simulator?.close();
  rmSync(folder, {recursive: true, force: true});
});

// The next child loads its modules while the present one works.
let next: ChildProcess | undefined;
const spawn = (): ChildProcess => fork(join(import.meta.dirname, 'child.ts'), {stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: []});

/** The boundaries that it passed; `killed`: it ended by the signal. */
async function attempt(order: Omit<Order, 'target' | 'folder'>): Promise<{readonly killed: boolean; readonly passed: readonly string[]; readonly output: string}> {
  const child = next ?? spawn();
  next = spawn();
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  child.send({...order, target, folder} satisfies Order);
  const [, signal] = await closed;
  return {killed: signal === 'SIGKILL', passed: output.split('\n').filter((line) => line !== '' && !line.startsWith('result ')), output};
}

const linkIsUp = (): boolean => !(simulator.world.faults ?? []).some(({name}) => name === 'vxlan-down' || name.endsWith('set down'));
/** As the last end of a run in the journal has it. */
const statusOf = (run: string): string | undefined => mine.journal.find(run)?.end?.status;

/** Kills at boundary 0, 1, 2 … until a run gets through; `recover` is told what is in the journal. Returns what was passed. */
async function everyBoundary(order: (trial: number) => Omit<Order, 'target' | 'folder' | 'killAt'>, before: () => void, recover: (trial: number, at: string) => Promise<void>): Promise<readonly string[]> {
  for (let killAt = 0; ; killAt++) {
    before();
    const known = new Set(mine.journal.runs().map(({run}) => run.id));
    const {killed, passed, output} = await attempt({...order(killAt), killAt});
    if (!killed) {
      expect(output).toContain('"status":"done"');
      return passed;
    }
    const at = passed.at(-1)!;
    const begun = mine.journal.runs().filter(({run}) => !known.has(run.id));
    expect(begun, `one run at most: ${at}`).toHaveLength(at === 'locked' || at === 'reread' ? 0 : 1);
    const open = mine.gate.interrupted();
    expect(open.map(({run}) => run.id), `what is offered after ${at}`).toEqual(at === 'ended' || at === 'released' ? [] : begun.map(({run}) => run.id));
    await recover(killAt, at);
    expect(mine.gate.interrupted(), `nothing is left open after ${at}`).toEqual([]);
  }
}

describe('a console that was killed at any boundary', () => {
  it('of five steps of every kind: the next one resumes it; nothing twice, nothing lost', async () => {
    let resetsBefore = 0;
    const params = (trial: number) => ({cluster: `edge-${trial}`, host, device, neighbor});
    const whole = (trial: number): void => {
      expect(simulator.world.faults?.filter(({name}) => name === 'vxlan-down')).toEqual([]);
      expect(resets - resetsBefore, 'the session was reset once').toBe(1);
      const made = mine.opened.source.current().cloud?.readings['one.clusters']?.value?.filter(({name}) => name === `edge-${trial}`);
      expect(made, 'one cluster was made').toHaveLength(1);
      expect(made?.[0]?.hostIds).toEqual([0]);
    };
    const passed = await everyBoundary((trial) => ({action: 'test.several', params: params(trial), typed: `edge-${trial}`}), () => {
      apply(simulator.world, 'vxlan-down', host);
      resetsBefore = resets;
    }, async (trial, at) => {
      const [open] = mine.gate.interrupted();
      if (open) {
        const result = await mine.gate.resume(open.run.id);
        expect(result, at).toMatchObject({status: 'done'});
        expect(mine.journal.find(open.run.id)?.steps.map(({state}) => state).every((state) => state === 'ok' || state === 'already'), at).toBe(true);
      } else if (at === 'locked' || at === 'reread') {
        // Nothing was begun, and the lock of the dead console is in the way until it is taken knowingly.
        const prepared = await mine.gate.prepare('test.several', params(trial));
        const confirmed = {...prepared, plan: {...prepared.plan!, targets: []}};
        expect(await mine.gate.run(confirmed, {typed: `edge-${trial}`})).toMatchObject({status: 'refused', because: 'lock'});
        expect(await mine.gate.run(confirmed, {typed: `edge-${trial}`, takeOver: true})).toMatchObject({status: 'done'});
      }
      whole(trial);
      if (at === 'ended') await freed();
    });
    expect(passed).toEqual(['locked', 'reread', 'begun', ...['make', 'join', 'clear', 'up', 'seen'].flatMap((step) => [`intent ${step}`, `sent ${step}`, `result ${step}`]), 'verified', 'ended', 'released']);
  }, 900_000);

  it('of bringing a device up: undone, or found done by looking, from wherever it was', async () => {
    const modes: string[] = [];
    await everyBoundary(() => ({action: 'link.up', params: {host, device}}), () => void apply(simulator.world, 'vxlan-down', host), async (trial, at) => {
      const [open] = mine.gate.interrupted();
      if (!open) {
        if (at !== 'released') await freed();
        return;
      }
      const wasUp = linkIsUp();
      expect(wasUp, at).toBe(at !== 'begun' && at !== 'intent up');
      const looked = trial % 2 === 0 && wasUp;
      if (looked) {
        expect(await mine.gate.verify(open.run.id), at).toMatchObject({status: 'done'});
        expect(statusOf(open.run.id)).toBe('done');
        modes.push('looked');
        return;
      }
      const undo = await mine.gate.prepareUndo(open.run.id);
      if (typeof undo === 'string') throw new Error(undo);
      // The lock is held for the run that is undone, not for its undoing: it has to be taken over knowingly.
      expect(await mine.gate.run(undo, {takeOver: true}), at).toMatchObject({status: 'done'});
      expect(linkIsUp(), at).toBe(false);
      expect(mine.journal.find(open.run.id)?.undoneBy, at).toBeDefined();
      modes.push('undone');
    });
    expect(new Set(modes)).toEqual(new Set(['looked', 'undone']));
  }, 600_000);
});

/** Takes the lock over from the console that was killed after its run had ended, and gives it back. */
async function freed(): Promise<void> {
  apply(simulator.world, 'vxlan-down', host);
  const prepared = await mine.gate.prepare('one.enable-host', {host});
  const other = prepared.wrong.length > 0 ? await mine.gate.prepare('one.disable-host', {host}) : prepared;
  expect(await mine.gate.run(other)).toMatchObject({status: 'refused', because: 'lock'});
  expect(await mine.gate.run(other, {takeOver: true})).toMatchObject({status: 'done'});
}
