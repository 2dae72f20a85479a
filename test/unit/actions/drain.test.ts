/** Where the VMs of a host go when it is emptied: there has to be room for all of them, and where it was looked; and how they come back. */
import {afterEach, describe, expect, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {leaving} from '../../../src/actions/drain/way.ts';
import type {Engine} from '../../../src/simulator/oned/engine.ts';
import {openBench, type Bench} from './bench.ts';
import {host, other} from './trials.ts';

let bench: Bench;
afterEach(() => bench.close());

/** An empty one beside the two that there are: the one with the fewest VMs. */
const small = (engine: Engine, memoryMiB: number, cpu = 1600): void => {
  const [first] = engine.world.hosts;
  engine.world.hosts.push({...first!, id: 2, name: 'kvm_small', totalCpu: cpu, totalMemoryKiB: memoryMiB * 1024});
};
const opened = async (memoryMiB: number, cpu?: number): Promise<void> => void (bench = await openBench({before: (_, engine) => small(engine, memoryMiB, cpu), reads: {OpenNebula: ['one.hosts']}}));
const places = () => leaving(bench.source.current(), {host}).map(({vm, to}) => [vm.id, to?.one.name]);

describe('a VM that leaves', () => {
  it.each([['memory', 2560, undefined], ['processors', 65_536, 300]] as const)('goes where there is room for it beside those that were sent there: %s', async (_, memoryMiB, cpu) => {
    await opened(memoryMiB, cpu);
    // The router asks for 512 MiB and one core, the others for 2048 MiB and two.
    expect(places()).toEqual([[0, 'kvm_small'], [1, 'kvm_small'], [4, other], [5, other]]);
  });

  it('passes over the host with the fewest VMs that is too small', async () => {
    await opened(256);
    expect(places().map(([, to]) => to)).toEqual([other, other, other, other]);
  });

  it('goes nowhere when no host has room, and each says what it lacks', async () => {
    bench = await openBench({before: (_, engine) => void (engine.world.hosts[1]!.totalMemoryKiB = 6 * 2 ** 20 + 1024 * 512), reads: {OpenNebula: ['one.hosts']}});
    const all = leaving(bench.source.current(), {host});
    expect(all.map(({to}) => to?.one.name)).toEqual([other, undefined, undefined, undefined]);
    expect(all[1]?.why).toBe(`${other}: the VM asks for 2048 MiB of memory, 0 MiB are free`);
  });
});

it('a drain sends VMs where its preflight looked, whatever is read later', async () => {
  bench = await openBench();
  let asked = 0;
  const {gate} = bench.console({actions, executor: (executor) => ({...executor, one: (method, args, more) => {
    if (method === 'one.vm.info' && asked++ === 0) small(bench.engine, 65_536);
    return executor.one(method, args, more);
  }})});
  const prepared = await gate.prepare('host.drain', {host});
  expect(bench.source.current().cloud?.readings['one.hosts']?.value).toHaveLength(3);
  const calls = prepared.plan?.steps.flatMap(({effect}) => (effect.kind === 'one' && effect.method === 'one.vm.migrate' ? [effect.args[1]] : []));
  expect(calls).toEqual([1, 1, 1, 1]);
});

describe('going back', () => {
  const london = () => bench.engine.world.hosts[0]!;
  const ended = () => vi.waitFor(() => expect(bench.engine.world.vms.every(({state, lcmState}) => state !== 3 || lcmState === 3)).toBe(true), {timeout: 10_000});

  it('is refused where the host that a VM came from does not take it, and stale when that changes', async () => {
    bench = await openBench();
    const {gate} = bench.console({actions});
    const there = await gate.run(await gate.prepare('vm.migrate-live', {vm: '4', host: other}));
    expect(there.status).toBe('done');
    await ended();
    for (const [state, says] of [[4, 'is disabled in OpenNebula'], [3, 'is ERROR in OpenNebula']] as const) {
      london().state = state;
      expect(await gate.prepareUndo(there.run!)).toContain(`VM 4 sr4 cannot go back: the target takes it: ${host} ${says}`);
    }
    london().state = 2;
    const back = await gate.prepareUndo(there.run!);
    if (typeof back === 'string') throw new Error(back);
    london().state = 4;
    expect(await gate.run(back)).toMatchObject({status: 'stale', says: `the plan is stale: host ${host}: its state is now DISABLED, it was MONITORED`});
    london().state = 2;
    expect(await gate.run(back)).toMatchObject({status: 'done'});
  }, 60_000);

  it('of a drain is refused where a VM does not fit any more; that the host is disabled still is in order', async () => {
    bench = await openBench({before: (_, engine) => [0, 1, 5].forEach((id) => Object.assign(engine.world.vms.find((one) => one.id === id)!, {state: 8, lcmState: 0})), reads: {OpenNebula: ['one.vms']}});
    const {gate} = bench.console({actions});
    const drained = await gate.run(await gate.prepare('host.drain', {host}));
    expect(drained.status).toBe('done');
    await ended();
    const {totalCpu} = london();
    london().totalCpu = 100;
    expect(await gate.prepareUndo(drained.run!)).toContain('VM 4 sr4: the target has room');
    london().totalCpu = totalCpu;
    expect(await gate.prepareUndo(drained.run!)).toMatchObject({plan: {what: expect.stringContaining('migrate 1 VMs back') as string}});
  }, 60_000);
});
