/** one.vm.action, one.vm.deploy, one.vm.recover, one.vm.lock, one.vm.update: the life of a VM on demand. */
import type {Engine} from '../engine.ts';
import {boot, erase, leave, poweroff, reboot, resume, retryBoot, suspend, terminate} from '../lifecycle.ts';
import {schedule} from '../scheduler.ts';
import {isRunning, done, enter, stateName} from '../states.ts';
import {parseTemplate} from '../template-text.ts';
import type {OnedVm} from '../world.ts';
import {permitted, refuse, type Write, wrongState} from './write.ts';

interface Action {
  readonly from: (vm: OnedVm) => boolean;
  readonly run: (engine: Engine, vm: OnedVm) => Promise<void>;
}
const inState = (...states: readonly number[]) => (vm: OnedVm): boolean => states.includes(vm.state);
const atOnce = (what: (engine: Engine, vm: OnedVm) => void) => (engine: Engine, vm: OnedVm): Promise<void> => {
  what(engine, vm);
  return Promise.resolve();
};
const pend = atOnce((engine, vm) => {
  enter(vm, 1);
  schedule(engine, vm);
});
const none = atOnce(() => undefined);
// A VM that boots, migrates or hotplugs cannot be terminated; one that does not run or has failed can.
const mayEnd = (vm: OnedVm): boolean => vm.state !== 3 || vm.lcmState === 3 || vm.lcmState === 16 || vm.lcmState >= 36;

const actions: Readonly<Record<string, Action>> = {
  terminate: {from: mayEnd, run: (engine, vm) => terminate(engine, vm, false)},
  'terminate-hard': {from: mayEnd, run: (engine, vm) => terminate(engine, vm, true)},
  hold: {from: inState(1), run: atOnce((_, vm) => enter(vm, 2))},
  release: {from: inState(2), run: pend},
  stop: {from: isRunning, run: (engine, vm) => leave(engine, vm, 'stop')},
  suspend: {from: isRunning, run: suspend},
  resume: {from: inState(4, 5, 8, 9), run: (engine, vm) => (vm.state === 4 || vm.state === 9 ? pend(engine, vm) : resume(engine, vm))},
  reboot: {from: isRunning, run: reboot},
  'reboot-hard': {from: isRunning, run: reboot},
  poweroff: {from: isRunning, run: (engine, vm) => poweroff(engine, vm, false)},
  'poweroff-hard': {from: isRunning, run: (engine, vm) => poweroff(engine, vm, true)},
  undeploy: {from: isRunning, run: (engine, vm) => leave(engine, vm, 'undeploy')},
  'undeploy-hard': {from: isRunning, run: (engine, vm) => leave(engine, vm, 'undeploy-hard')},
  resched: {from: isRunning, run: none},
  unresched: {from: isRunning, run: none},
};

export const vmAction: Write = (engine, asker, args) => {
  const name = args.string();
  const vm = permitted(engine, asker, 'vms', args.int(), 'MANAGE');
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) return refuse(wrongState, `Action "${name}" is not supported`);
  // oned says yes to this one and does nothing.
  if (vm.state === done && name.startsWith('terminate')) return vm.id;
  // A migration begins a moment before the state says so.
  const moving = isRunning(vm) && engine.isBusy(vm);
  if (vm.state === done || moving || !action.from(vm)) refuse(wrongState, `Error performing action "${name}": This action is not available for state ${moving ? 'MIGRATE' : stateName(vm)}`);
  engine.later(vm, () => action.run(engine, vm));
  return vm.id;
};

export const deployVm: Write = (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'ADMIN');
  const host = permitted(engine, asker, 'hosts', args.int(), 'ADMIN');
  if (vm.state !== 1 && vm.state !== 2) refuse(wrongState, `Deploy action is not available for state ${stateName(vm)}`);
  if (host.state === 8) refuse(wrongState, 'Host is offline, cannot use it to deploy VM');
  enter(vm, 3);
  engine.later(vm, () => boot(engine, vm, host));
  return vm.id;
};

/** 0 failure, 1 success, 2 retry, 3 delete. */
export const recoverVm: Write = (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'ADMIN');
  const how = args.int();
  const unavailable = (): never => refuse(wrongState, `Recover action is not available for state ${stateName(vm)}`);
  if (vm.state === done) unavailable();
  if (how === 3) {
    engine.recover(vm, false);
    engine.later(vm, () => erase(engine, vm));
  } else if (how === 2 && vm.state === 3 && vm.lcmState === 36) engine.later(vm, () => retryBoot(engine, vm));
  else if (how > 1 || !engine.recover(vm, how === 1)) unavailable();
  return vm.id;
};

const setLock = (locked: boolean): Write => (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'USE');
  vm.locked = locked;
  return vm.id;
};
export const [lockVm, unlockVm] = [setLock(true), setLock(false)];

export const updateVm: Write = (engine, asker, args) => {
  const vm = permitted(engine, asker, 'vms', args.int(), 'MANAGE');
  const {values} = parseTemplate(args.string());
  const append = args.more && args.int() === 1;
  vm.userTemplate = {...(append ? vm.userTemplate : {}), ...values};
  return vm.id;
};
