/** Names of VM states, as oned's refusals use them, and the change from one to the next. */
import type {OnedVm} from './world.ts';

export const done = 6;
const states = ['INIT', 'PENDING', 'HOLD', 'ACTIVE', 'STOPPED', 'SUSPENDED', 'DONE', 'FAILED', 'POWEROFF', 'UNDEPLOYED', 'CLONING', 'CLONING_FAILURE'];
const lcmStates: Readonly<Record<number, string>> = {
  0: 'LCM_INIT', 1: 'PROLOG', 2: 'BOOT', 3: 'RUNNING', 4: 'MIGRATE', 5: 'SAVE_STOP', 6: 'SAVE_SUSPEND', 7: 'SAVE_MIGRATE', 8: 'PROLOG_MIGRATE', 9: 'PROLOG_RESUME', 10: 'EPILOG_STOP', 11: 'EPILOG',
  12: 'SHUTDOWN', 16: 'UNKNOWN', 17: 'HOTPLUG', 18: 'SHUTDOWN_POWEROFF', 20: 'BOOT_POWEROFF', 21: 'BOOT_SUSPENDED', 22: 'BOOT_STOPPED', 23: 'CLEANUP_DELETE', 25: 'HOTPLUG_NIC', 29: 'SHUTDOWN_UNDEPLOY',
  30: 'EPILOG_UNDEPLOY', 31: 'PROLOG_UNDEPLOY', 32: 'BOOT_UNDEPLOY', 35: 'BOOT_MIGRATE', 36: 'BOOT_FAILURE', 37: 'BOOT_MIGRATE_FAILURE', 43: 'PROLOG_MIGRATE_POWEROFF', 45: 'PROLOG_MIGRATE_SUSPEND',
};

export const stateName = ({state, lcmState}: OnedVm): string => (state === 3 ? lcmStates[lcmState] : states[state]) ?? `${state}/${lcmState}`;

export function enter(vm: OnedVm, state: number, lcmState = 0): void {
  vm.state = state;
  vm.lcmState = lcmState;
}
export const isRunning = (vm: OnedVm): boolean => vm.state === 3 && vm.lcmState === 3;
