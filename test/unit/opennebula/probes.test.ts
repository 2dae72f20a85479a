import {describe, expect, it} from 'vitest';
import type {OneArgument, OneResult} from '../../../src/services/opennebula/envelope.ts';
import type {OneCaller} from '../../../src/services/opennebula/cloud-probe.ts';
import {cloudProbes} from '../../../src/services/opennebula/probes.ts';
import {readPoolInTurns} from '../../../src/services/opennebula/pool.ts';
import {vmReader} from '../../../src/services/opennebula/readers/vm.ts';
import type {OneVm, OneVnet} from '../../../src/model/cloud.ts';
import {inner} from './fixtures.ts';

const probe = (id: string) => cloudProbes.find((one) => one.id === id)!;
const yes = (value: string): OneResult => ({ok: true, value});
const no: OneResult = {ok: false, problem: {kind: 'denied', detail: 'not you'}};
const vm = (id: number): string => `<VM><ID>${id}</ID><NAME>vm-${id}</NAME><STATE>3</STATE><LCM_STATE>3</LCM_STATE></VM>`;
const range = (from: number, to: number): number[] => Array.from({length: from - to + 1}, (_, at) => from - at);

/** A pool of VMs that pages as oned does; `between` changes it before each call. */
function cloud(ids: number[], between: (call: number, ids: number[]) => number[] = (_, same) => same): {caller: OneCaller; calls: (readonly OneArgument[])[]} {
  const calls: (readonly OneArgument[])[] = [];
  let now = ids;
  return {calls, caller: {call: async (method, args = []) => {
    if (method === 'one.clusterpool.info') return yes('<CLUSTER_POOL><CLUSTER><ID>0</ID><NAME>default</NAME></CLUSTER></CLUSTER_POOL>');
    now = between(calls.length, now);
    calls.push(args);
    const [, offset, size] = args as readonly number[];
    return yes(`<VM_POOL>${now.slice(offset!, offset! - size!).map(vm).join('')}</VM_POOL>`);
  }}};
}
async function idsOf(caller: OneCaller): Promise<number[]> {
  const read = await probe('one.vms').read(caller);
  if (!read.ok) throw new Error(read.problem.detail);
  return (read.value as readonly OneVm[]).map(({id}) => id);
}

describe('pages', () => {
  it.each([0, 1, 94, 95, 96, 99, 100, 101, 195, 200, 1000])('bring all of %d, each once', async (count) => {
    const {caller, calls} = cloud(range(count - 1, 0));
    expect(await idsOf(caller)).toEqual(range(count - 1, 0));
    expect(calls[0]).toEqual([-2, 0, -100, -1]);
    expect(calls.length).toBeLessThanOrEqual(Math.ceil(count / 95) + 3);
  });

  it('lose nothing when VMs go meanwhile, even many', async () => {
    for (const gone of [1, 5, 6, 40, 90]) {
      const {caller} = cloud(range(299, 0), (call, ids) => (call === 1 ? ids.slice(gone) : ids));
      const seen = await idsOf(caller);
      expect([gone, seen.filter((id) => id < 300 - gone).length]).toEqual([gone, 300 - gone]);
    }
  });

  it('say no VM twice when VMs come meanwhile', async () => {
    const {caller} = cloud(range(299, 0), (call, ids) => (call > 0 && call < 3 ? [...range(ids[0]! + 30, ids[0]! + 1), ...ids] : ids));
    const seen = await idsOf(caller);
    expect(new Set(seen).size).toBe(seen.length);
    expect(range(299, 0).every((id) => seen.includes(id))).toBe(true);
  });

  it('end, also when the server repeats itself for ever', async () => {
    let calls = 0;
    const stuck: OneCaller = {call: async () => (calls++, yes(`<VM_POOL>${range(99, 0).map(vm).join('')}</VM_POOL>`))};
    expect(await probe('one.vms').read(stuck)).toEqual({ok: false, problem: {kind: 'garbled', detail: 'one.vmpool.infoextended answers the same page again and again'}});
    expect(calls).toBeLessThan(10);
  });

  it('fail as a whole when one fails: half a list is no list', async () => {
    const {caller} = cloud(range(299, 0));
    let calls = 0;
    const failing: OneCaller = {call: (...args) => (calls++ === 2 ? Promise.resolve(no) : caller.call(...args))};
    expect(await probe('one.vms').read(failing)).toEqual({ok: false, problem: {kind: 'denied', detail: 'not you'}});
  });
});

describe('networks', () => {
  it('come with their leases; one whose leases cannot be read comes without, and says so', async () => {
    const [pool, evpn] = [await inner('053-vnpool.info'), await inner('054-vn.info.evpn')];
    const caller: OneCaller = {call: async (method, args = []) => (method === 'one.vnpool.info' ? yes(pool) : args[0] === 0 ? yes(evpn) : args[0] === 1 ? no : yes(evpn))};
    const read = await probe('one.vnets').read(caller);
    expect(read).toMatchObject({ok: true, warnings: ['the leases of vnet 2 could not be read: the answer is not about it', 'the leases of vnet 1 could not be read: not you']});
    expect(read.ok && (read.value as readonly OneVnet[]).map(({id, leases}) => [id, leases?.length])).toEqual([[2, undefined], [1, undefined], [0, 5]]);
  });
});

describe('an empty pool', () => {
  const empty = (clusters: string): OneCaller => ({call: async (method) => yes(method === 'one.clusterpool.info' ? clusters : method === 'one.hostpool.info' ? '<HOST_POOL></HOST_POOL>' : '<VM_POOL></VM_POOL>')});
  it('is doubted when the user sees no cluster either, and only then', async () => {
    for (const id of ['one.hosts', 'one.vms', 'one.clusters']) {
      const read = await probe(id).read(empty('<CLUSTER_POOL></CLUSTER_POOL>'));
      expect(read).toMatchObject({ok: true, value: [], warnings: [expect.stringMatching(/probably may not look/)]});
    }
    const sure = empty('<CLUSTER_POOL><CLUSTER><ID>0</ID><NAME>default</NAME></CLUSTER></CLUSTER_POOL>');
    for (const id of ['one.hosts', 'one.vms']) expect(await probe(id).read(sure)).toEqual({ok: true, value: []});
  });
});

it('one page of real VMs never holds the event loop for long', async () => {
  const page = await inner('058-vmpool.infoextended');
  const items = page.slice('<VM_POOL>'.length, -'</VM_POOL>'.length);
  const xml = `<VM_POOL>${items.repeat(20)}</VM_POOL>`; // 100 VMs, 0.6 MB
  await readPoolInTurns(vmReader, xml);
  const holds: number[] = [];
  let last = performance.now();
  let over = false;
  const tick = (): void => {
    holds.push(performance.now() - last);
    last = performance.now();
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  const read = await readPoolInTurns(vmReader, xml);
  over = true;
  expect(read.ok && read.value.length).toBe(100);
  // Other programs may take the processor once; the rule is what the median shows.
  const busy = holds.filter((ms) => ms > 1).toSorted((a, b) => a - b);
  expect(busy[Math.floor(busy.length / 2)]).toBeLessThan(16);
  expect(busy.length).toBeGreaterThan(1);
});

it('every probe says which call it is, and never with the credentials', () => {
  expect(cloudProbes.map(({id}) => id).toSorted()).toEqual(['one.apps', 'one.clusters', 'one.datastores', 'one.hosts', 'one.images', 'one.templates', 'one.version', 'one.vms', 'one.vnets', 'one.vrouters']);
  for (const {call} of cloudProbes) expect(call).toMatch(/^one\.\w+\.\w+\(/);
});
