/** Every writing call that the emulated oned knows. */
import {infrastructure} from './infrastructure.ts';
import {deployVm, lockVm, recoverVm, unlockVm, updateVm, vmAction} from './vm-action.ts';
import {allocateVm, instantiateTemplate} from './vm-allocate.ts';
import {migrateVm} from './vm-migrate.ts';
import {attachNic, attachRouterNic, detachNic, detachRouterNic} from './vm-nic.ts';
import {allocateVrouter, deleteVrouter, instantiateVrouter, renameVrouter} from './vrouter.ts';
import type {Write} from './write.ts';

export const writes: Readonly<Record<string, Write>> = {
  ...infrastructure,
  'one.template.instantiate': instantiateTemplate,
  'one.vm.allocate': allocateVm, 'one.vm.deploy': deployVm, 'one.vm.action': vmAction, 'one.vm.migrate': migrateVm, 'one.vm.recover': recoverVm,
  'one.vm.attachnic': attachNic, 'one.vm.detachnic': detachNic, 'one.vm.lock': lockVm, 'one.vm.unlock': unlockVm, 'one.vm.update': updateVm,
  'one.vrouter.allocate': allocateVrouter, 'one.vrouter.instantiate': instantiateVrouter, 'one.vrouter.attachnic': attachRouterNic, 'one.vrouter.detachnic': detachRouterNic,
  'one.vrouter.delete': deleteVrouter, 'one.vrouter.rename': renameVrouter,
};
