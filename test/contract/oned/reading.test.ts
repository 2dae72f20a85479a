/** The console's own reader against the emulator: what is in the world is what is read, and it may change at any time. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {OneVm, OneVnet} from '../../../src/model/cloud.ts';
import type {Reading} from '../../../src/model/reading.ts';
import {OneClient} from '../../../src/services/opennebula/client.ts';
import {cloudProbes} from '../../../src/services/opennebula/probes.ts';
import {startOned, type Oned} from '../../../src/simulator/oned/server.ts';
import type {OnedWorld} from '../../../src/simulator/oned/world.ts';
import {capturedWorld} from './world.ts';

const world: OnedWorld = capturedWorld();
let oned: Oned;
const client = (session = 'oneadmin:secret') => new OneClient({endpoint: oned.url, session, timeoutMs: 5000});
const read = <T>(id: string, one = client()) => cloudProbes.find((probe) => probe.id === id)!.read(one) as Promise<Reading<T>>;
async function value<T>(id: string): Promise<T> {
  const reading = await read<T>(id);
  if (!reading.ok) throw new Error(reading.problem.detail);
  expect(reading.warnings).toBeUndefined();
  return reading.value;
}

beforeAll(async () => {
  oned = await startOned(world, {port: 0, host: '127.0.0.1', auth: 'oneadmin:secret'});
});
afterAll(() => oned.close());

describe('what is in the world', () => {
  it('is read by every probe, without a warning', async () => {
    expect(await value('one.version')).toBe('7.4.0');
    const counts: Record<string, number> = {};
    for (const {id} of cloudProbes) if (id !== 'one.version') counts[id] = (await value<readonly unknown[]>(id)).length;
    expect(counts).toEqual({'one.hosts': 3, 'one.vms': 6, 'one.vrouters': 2, 'one.vnets': 3, 'one.clusters': 3, 'one.datastores': 3, 'one.templates': 2, 'one.images': 2, 'one.apps': 3});
  });

  it('is derived from where the VMs are', async () => {
    expect(await value<readonly {id: number; vmIds: readonly number[]}[]>('one.hosts').then((hosts) => hosts.map(({id, vmIds}) => [id, vmIds]))).toEqual([[2, []], [1, [6, 7, 10]], [0, [5, 8]]]);
    const [, , evpn] = await value<readonly OneVnet[]>('one.vnets');
    expect(evpn!.leases!.map(({ip, vmId, vrouterId, held}) => [ip, vmId, vrouterId, held])).toEqual([
      ['172.17.2.1', 5, undefined, false], ['172.17.2.6', 6, undefined, false], ['172.17.2.7', 7, undefined, false], ['172.17.2.8', 8, undefined, false], ['172.17.2.9', 9, undefined, false],
      ['172.17.2.10', undefined, 1, false], ['172.17.2.11', 10, undefined, false], ['172.17.2.20', undefined, undefined, true],
    ]);
    const vms = await value<readonly OneVm[]>('one.vms');
    const public8 = vms.find(({id}) => id === 8)!;
    expect(public8.nics.map(({name, mac, tap, vlanId, alias}) => ({name, mac, tap, vlanId, alias}))).toEqual([
      {name: 'NIC0', mac: '02:00:ac:11:02:08', tap: 'one-8-0', vlanId: 2, alias: undefined},
      {name: 'NIC0_ALIAS1', mac: '02:00:cb:00:71:0e', tap: 'one-8-1', vlanId: undefined, alias: {parent: 'NIC0', parentId: 0, external: true}},
    ]);
    expect(vms.find(({id}) => id === 6)!.history.map(({seq, host}) => [seq, host])).toEqual([[1, 'kvm_ncalifornia']]);
    expect(vms.find(({id}) => id === 5)!.context).toMatchObject({ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ETH1_IP: '172.17.2.1'});
  });

  it('may change: the next answer shows it', async () => {
    const vm = world.vms.find(({id}) => id === 7)!;
    vm.lcmState = 4;
    vm.history[0]!.end = 1_795_242_000;
    vm.history.push({hostId: 0, start: 1_795_242_000, end: 0, action: 0});
    const moved = (await value<readonly OneVm[]>('one.vms')).find(({id}) => id === 7)!;
    expect([moved.lcmState, moved.history[0]!.host, moved.history[0]!.seq]).toEqual([4, 'kvm_london', 1]);
  });

  it('in pages, when there is much of it', async () => {
    const big = capturedWorld();
    big.vms = Array.from({length: 333}, (_, id) => ({id, name: `vm-${id}`, state: id % 3 === 0 ? 6 : 3, lcmState: 3, stime: 1, cpu: 1, memoryMiB: 64, nics: [], history: []}));
    const other = await startOned(big, {port: 0, host: '127.0.0.1', auth: 'a:b'});
    const vms = await read<readonly OneVm[]>('one.vms', new OneClient({endpoint: other.url, session: 'a:b', timeoutMs: 5000}));
    await other.close();
    const expected = big.vms.filter(({state}) => state !== 6).map(({id}) => id).toReversed();
    expect(vms.ok && vms.value.map(({id}) => id)).toEqual(expected);
  });
});

describe('who asks', () => {
  it('must be known', async () => {
    expect(await read('one.vms', client('oneadmin:guess'))).toMatchObject({ok: false, problem: {kind: 'auth', detail: "[one.vmpool.infoextended] User couldn't be authenticated, aborting call. (AUTHENTICATION)"}});
  });
  it('without rights sees empty pools and success, and the reader doubts them', async () => {
    for (const id of ['one.hosts', 'one.vms', 'one.clusters']) expect(await read(id, client('edgeop:capture-password-2'))).toMatchObject({ok: true, value: [], warnings: [expect.stringMatching(/probably may not look/)]});
    expect(await read<readonly unknown[]>('one.vnets', client('edgeop:capture-password-2'))).toMatchObject({ok: true, value: {length: 3}});
  });
});

describe('the server', () => {
  it('is at /RPC2, and takes POST only', async () => {
    expect((await fetch(oned.url)).status).toBe(405);
    expect((await fetch(oned.url.replace('RPC2', 'elsewhere'), {method: 'POST'})).status).toBe(404);
    expect((await fetch(oned.url, {method: 'POST', body: 'x'.repeat(1_100_000)}).catch(() => ({status: 413}))).status).toBe(413);
  });
});
