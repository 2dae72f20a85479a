/** NICs that come to a VM and go: HOTPLUG_NIC, and one more history record for each change of a running one. */
import type {Engine} from './engine.ts';
import {enter} from './states.ts';
import type {OnedNic, OnedVm} from './world.ts';

const record = (engine: Engine, vm: OnedVm, action: number): void => {
  const last = vm.history.at(-1);
  if (!last) return;
  last.action = action;
  last.end = engine.clock.seconds();
  vm.history.push({hostId: last.hostId, start: last.end, end: 0, action: 0});
};

/** The NIC is in the VM already, as with oned, which takes it away again when the driver fails. */
export async function plugIn(engine: Engine, vm: OnedVm, nic: OnedNic): Promise<void> {
  record(engine, vm, nic.alias ? 46 : 23);
  nic.attaching = true;
  enter(vm, 3, 25);
  // The host knows nothing of an alias: it is a matter of the virtual router.
  if (!await engine.drive(vm, 'attach', () => (nic.alias ? Promise.resolve() : engine.driver.attach(engine.world, vm, nic)))) vm.nics = vm.nics.filter((one) => one !== nic);
  delete nic.attaching;
  enter(vm, 3, 3);
}

export async function plugOut(engine: Engine, vm: OnedVm, nic: OnedNic): Promise<void> {
  record(engine, vm, nic.alias ? 47 : 24);
  enter(vm, 3, 25);
  if (await engine.drive(vm, 'detach', () => (nic.alias ? Promise.resolve() : engine.driver.detach(engine.world, vm, nic)))) {
    vm.nics = vm.nics.filter((one) => one !== nic && one.alias?.parentId !== nic.id);
  }
  enter(vm, 3, 3);
}
