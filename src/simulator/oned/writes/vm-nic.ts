/** one.vm.attachnic and one.vm.detachnic, and the same for virtual routers. */
import {plugIn, plugOut} from '../hotplug.ts';
import {nicName} from '../derive.ts';
import {isRunning, stateName} from '../states.ts';
import {parseTemplate} from '../template-text.ts';
import {networkOf, nicOf} from './vm-allocate.ts';
import {permitted, refuse, type Write, wrongState} from './write.ts';

export const attachNic: Write = (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'MANAGE');
  const text = parseTemplate(args.string());
  if (vm.vrouterId !== undefined) refuse(wrongState, 'Action is not supported for virtual router VMs');
  const wanted = text.vectors.find(({name}) => name === 'NIC' || name === 'NIC_ALIAS');
  if (!wanted) return refuse(wrongState, 'Wrong format or missing NIC/NIC_ALIAS/PCI attribute');
  const isAlias = wanted.name === 'NIC_ALIAS';
  const moving = isRunning(vm) && engine.isBusy(vm);
  if (moving || (!isRunning(vm) && vm.state !== 8)) refuse(wrongState, `Could not add a new NIC to VM ${vm.id}, wrong state ${moving ? 'MIGRATE' : stateName(vm)}.`);
  if (isAlias && !vm.nics.some((nic) => !nic.alias && nicName(nic) === wanted.value['PARENT'])) refuse(wrongState, 'Alias not found.');
  const nic = nicOf(engine, asker.uid, wanted.value, isAlias, vm.nics);
  vm.nics = [...vm.nics, nic];
  if (vm.state === 3) engine.later(vm, () => plugIn(engine, vm, nic));
  return vm.id;
};

export const detachNic: Write = (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'MANAGE');
  const nicId = args.int();
  if (vm.vrouterId !== undefined) refuse(wrongState, 'Action is not supported for virtual router VMs');
  const moving = isRunning(vm) && engine.isBusy(vm);
  if (moving || (!isRunning(vm) && vm.state !== 8)) refuse(wrongState, `Could not detach NIC from VM ${vm.id}, wrong state ${moving ? 'MIGRATE' : stateName(vm)}.`);
  const nic = vm.nics.find(({id}) => id === nicId);
  if (!nic) return refuse(wrongState, `Could not detach NIC with NIC_ID ${nicId}, it does not exist.`);
  if (vm.state === 8) vm.nics = vm.nics.filter((one) => one !== nic && one.alias?.parentId !== nic.id);
  else engine.later(vm, () => plugOut(engine, vm, nic));
  return vm.id;
};

/** A virtual router's NIC is one of all its VMs. */
export const attachRouterNic: Write = (engine, asker, args) => {
  const router = permitted(engine, asker, 'vrouters', args.int(), 'MANAGE');
  const [wanted] = parseTemplate(args.string()).vectors;
  if (wanted?.name !== 'NIC') return refuse(wrongState, 'Wrong format or missing NIC attribute');
  const net = networkOf(engine, asker.uid, wanted.value);
  router.nics = [...router.nics, {id: Math.max(-1, ...router.nics.map(({id}) => id)) + 1, networkId: net.id, ...(wanted.value['IP'] !== undefined && {ip: wanted.value['IP']})}];
  for (const vm of engine.world.vms.filter((one) => one.vrouterId === router.id && isRunning(one))) {
    const nic = nicOf(engine, asker.uid, wanted.value, false, vm.nics);
    vm.nics = [...vm.nics, nic];
    engine.later(vm, () => plugIn(engine, vm, nic));
  }
  return router.id;
};

export const detachRouterNic: Write = (engine, asker, args) => {
  const router = permitted(engine, asker, 'vrouters', args.int(), 'MANAGE');
  const nicId = args.int();
  if (!router.nics.some(({id}) => id === nicId)) refuse(wrongState, `NIC with NIC_ID ${nicId} does not exist.`);
  router.nics = router.nics.filter(({id}) => id !== nicId);
  for (const vm of engine.world.vms.filter((one) => one.vrouterId === router.id && isRunning(one))) {
    const nic = vm.nics.find(({id}) => id === nicId);
    if (nic) engine.later(vm, () => plugOut(engine, vm, nic));
  }
  return router.id;
};
