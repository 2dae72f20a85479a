/** `vm.recover failure`: what it says beforehand, and when it has done what it is for. */
import {afterEach, expect, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {openBench, type Bench} from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const vm = () => bench.engine.world.vms.find(({id}) => id === 4)!;
const inState = async (state: number, lcmState: number): Promise<void> => {
  bench = await openBench({before: (_, engine) => void Object.assign(engine.world.vms.find(({id}) => id === 4)!, {state, lcmState}), reads: {OpenNebula: ['one.vms']}});
};

it('of a VM that is stuck when it boots: that it counts as failed then is what was wanted', async () => {
  await inState(1, 0);
  bench.engine.order({vm: 4, action: 'deploy', outcome: 'stuck'});
  await bench.reach.one!.call('one.vm.deploy', [4, 0, false]);
  await vi.waitFor(() => expect(vm()).toMatchObject({state: 3, lcmState: 2}));
  const {gate} = bench.console({actions});
  const result = await gate.run(await gate.prepare('vm.recover', {vm: '4', how: 'failure'}));
  expect(vm()).toMatchObject({state: 3, lcmState: 36});
  expect(result).toMatchObject({status: 'done', verified: [{outcome: 'pass', says: 'VM 4 sr4 is BOOT_FAILURE on kvm_london: evpn-tui vm recover 4 retry tries again'}]});
});

it.each([
  [4, 'OpenNebula has the VM on its source again'], [7, 'OpenNebula has the VM on its source again'],
  [8, 'OpenNebula waits with it for "retry"'], [35, 'OpenNebula waits with it for "retry"'], [43, 'OpenNebula waits with it for "retry"'],
])('of a migration in LCM_STATE %d says what becomes of the VM', async (lcmState, says) => {
  await inState(3, lcmState);
  const {preflight} = await bench.console({actions}).gate.prepare('vm.recover', {vm: '4', how: 'failure'});
  expect(preflight.find(({name}) => name === 'its state allows it')?.says).toBe(`the migration counts as failed: ${says}`);
});
