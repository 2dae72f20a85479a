/** How a VM lives: the states that it goes through after a call was accepted, with what the driver does in between. */
import type {Engine} from './engine.ts';
import {done, enter} from './states.ts';
import type {OnedHistory, OnedHost, OnedVm} from './world.ts';

/** oned's own work between two states of a transition, measured: 30 to 60 ms. */
export const breath = 40;

const last = (vm: OnedVm): OnedHistory | undefined => vm.history.at(-1);
const open = (engine: Engine, vm: OnedVm, hostId: number, action = 0): OnedHistory => {
  const record = {hostId, start: engine.clock.seconds(), end: 0, action};
  vm.history.push(record);
  return record;
};
const close = (engine: Engine, record: OnedHistory | undefined): void => {
  if (record && record.end === 0) record.end = engine.clock.seconds();
};
const hostOf = (engine: Engine, vm: OnedVm): OnedHost => engine.host(last(vm)!.hostId);

/** PENDING, STOPPED or UNDEPLOYED to RUNNING on a host. `by`: the states in between, of a first boot or of a return. */
export async function boot(engine: Engine, vm: OnedVm, host: OnedHost, [prolog, starting, failed]: readonly [number, number, number] = [1, 2, 36]): Promise<void> {
  open(engine, vm, host.id);
  enter(vm, 3, 0);
  await engine.clock.pause(breath);
  enter(vm, 3, prolog);
  await engine.clock.pause(breath);
  await start(engine, vm, starting, failed);
}

async function start(engine: Engine, vm: OnedVm, starting: number, failed: number): Promise<boolean> {
  enter(vm, 3, starting);
  const started = await engine.drive(vm, 'deploy', () => engine.driver.deploy(engine.world, vm, hostOf(engine, vm)));
  await engine.clock.pause(breath);
  enter(vm, 3, started ? 3 : failed);
  if (!started) vm.userTemplate = {...vm.userTemplate, ERROR: `${new Date(engine.clock.seconds() * 1000).toUTCString()}: DEPLOY: ERROR. Driver Error code: -1`};
  return started;
}
export const retryBoot = async (engine: Engine, vm: OnedVm): Promise<void> => void await start(engine, vm, 2, 36);

/** The driver stops it; where that fails, it runs on. */
async function stop(engine: Engine, vm: OnedVm, lcmState: number, action: number): Promise<boolean> {
  const record = last(vm)!;
  record.action = action;
  enter(vm, 3, lcmState);
  const stopped = await engine.drive(vm, 'stop', () => engine.driver.stop(engine.world, vm, hostOf(engine, vm)));
  if (stopped) return true;
  record.action = 0;
  enter(vm, 3, 3);
  return false;
}

export async function poweroff(engine: Engine, vm: OnedVm, hard: boolean): Promise<void> {
  if (await stop(engine, vm, 18, hard ? 20 : 19)) enter(vm, 8);
}
export async function suspend(engine: Engine, vm: OnedVm): Promise<void> {
  if (await stop(engine, vm, 6, 10)) enter(vm, 5);
}
/** Stop and undeploy: its host is free of it, and it comes back through the scheduler. */
export async function leave(engine: Engine, vm: OnedVm, kind: 'stop' | 'undeploy' | 'undeploy-hard'): Promise<void> {
  if (!await stop(engine, vm, kind === 'stop' ? 5 : 29, {stop: 9, undeploy: 5, 'undeploy-hard': 6}[kind])) return;
  enter(vm, 3, kind === 'stop' ? 10 : 30);
  await engine.clock.pause(breath);
  close(engine, last(vm));
  enter(vm, kind === 'stop' ? 4 : 9);
}

/** From POWEROFF or SUSPENDED, on the host where it is. */
export async function resume(engine: Engine, vm: OnedVm): Promise<void> {
  const off = vm.state === 8;
  close(engine, last(vm));
  const record = open(engine, vm, last(vm)!.hostId, off ? 11 : 0);
  await engine.clock.pause(breath);
  if (await start(engine, vm, off ? 20 : 21, 36)) record.action = 0;
  else enter(vm, off ? 8 : 5);
}

export async function reboot(engine: Engine, vm: OnedVm): Promise<void> {
  await engine.drive(vm, 'reboot', () => engine.driver.reboot(engine.world, vm));
}

export async function terminate(engine: Engine, vm: OnedVm, hard: boolean): Promise<void> {
  const action = hard ? 28 : 27;
  if (vm.state === 3 && !await stop(engine, vm, 12, action)) return;
  const record = last(vm);
  if (record) {
    if (record.end === 0) record.action = action;
    close(engine, record);
    enter(vm, 3, 11);
    await engine.clock.pause(breath);
  }
  end(engine, vm);
}

/** Recover with delete: whatever the driver is at, it is over. */
export async function erase(engine: Engine, vm: OnedVm): Promise<void> {
  const record = last(vm);
  enter(vm, 3, 23);
  if (record && record.end === 0) await engine.driver.stop(engine.world, vm, engine.host(record.hostId)).catch(() => undefined);
  close(engine, record);
  await engine.clock.pause(breath);
  end(engine, vm);
}

function end(engine: Engine, vm: OnedVm): void {
  enter(vm, done);
  vm.etime = engine.clock.seconds();
}

/** 3/3, 3/4, 3/3. The destination's record is there from the first moment; the one before stays open while it lasts. */
export async function migrateLive(engine: Engine, vm: OnedVm, to: OnedHost): Promise<void> {
  const source = last(vm)!;
  const from = engine.host(source.hostId);
  const target = open(engine, vm, to.id);
  await engine.clock.pause(breath);
  source.action = 2;
  await engine.clock.pause(breath);
  enter(vm, 3, 4);
  const moved = await engine.drive(vm, 'migrate', () => engine.driver.migrate(engine.world, vm, from, to));
  close(engine, source);
  if (moved) await engine.clock.pause(breath);
  else {
    close(engine, target);
    open(engine, vm, from.id);
  }
  enter(vm, 3, 3);
}

/** SAVE_MIGRATE, PROLOG_MIGRATE, BOOT_MIGRATE; with a poweroff instead of a save it boots as if for the first time. */
export async function migrateCold(engine: Engine, vm: OnedVm, to: OnedHost, kind: 'save' | 'poweroff' | 'poweroff-hard'): Promise<void> {
  const action = {save: 1, poweroff: 48, 'poweroff-hard': 49}[kind];
  const source = last(vm)!;
  const from = engine.host(source.hostId);
  const target = open(engine, vm, to.id);
  await engine.clock.pause(breath);
  [source.action, target.action] = [action, action];
  enter(vm, 3, 7);
  const saved = await engine.drive(vm, 'stop', () => engine.driver.stop(engine.world, vm, from));
  close(engine, source);
  if (!saved) {
    close(engine, target);
    open(engine, vm, from.id);
    enter(vm, 3, 3);
    return;
  }
  enter(vm, 3, 8);
  await engine.clock.pause(breath);
  if (await start(engine, vm, kind === 'save' ? 35 : 2, kind === 'save' ? 37 : 36)) target.action = 0;
}

/** Of a VM that does not run: only its disks go. */
export async function migrateDisks(engine: Engine, vm: OnedVm, to: OnedHost): Promise<void> {
  const {state} = vm;
  close(engine, last(vm));
  open(engine, vm, to.id, 1);
  enter(vm, 3, state === 8 ? 43 : 45);
  await engine.clock.pause(breath);
  enter(vm, state);
}
