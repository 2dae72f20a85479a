/** one.vm.migrate, with what oned checks and what it lets pass: a host in ERROR or DISABLED is taken. */
import {systemStoreOf} from '../derive.ts';
import {migrateCold, migrateDisks, migrateLive} from '../lifecycle.ts';
import {clustersOf, roomIn} from '../scheduler.ts';
import {isRunning, stateName} from '../states.ts';
import {existing, permitted, refuse, type Write, wrongState} from './write.ts';

const kinds = ['save', 'poweroff', 'poweroff-hard'] as const;

export const migrateVm: Write = (engine, asker, args) => {
  const vmId = args.int();
  const hostId = args.int();
  const live = args.boolean();
  const enforce = args.more ? args.boolean() : false;
  const storeId = args.more ? args.int() : -1;
  const kind = kinds[args.more ? args.int() : 0] ?? 'save';
  const vm = permitted(engine, asker, 'vms', vmId, 'ADMIN');
  const host = existing(engine, 'hosts', hostId);
  if (storeId !== -1) existing(engine, 'datastores', storeId);
  const moving = isRunning(vm) && engine.isBusy(vm);
  if (moving || !(isRunning(vm) || vm.state === 5 || vm.state === 8)) refuse(wrongState, `Migrate action is not available for state ${moving ? 'MIGRATE' : stateName(vm)}`);
  if (host.state === 8) refuse(wrongState, 'Host is offline, cannot use it to deploy VM');
  const system = systemStoreOf(engine.world, host.id);
  if (vm.history.at(-1)?.hostId === host.id) refuse(wrongState, `VM is already running on host [${host.id}] and datastore [${storeId === -1 ? system : storeId}]`);
  const clusters = clustersOf(engine.world, vm);
  if (!clusters.includes(host.clusterId)) refuse(wrongState, `Cannot migrate  VM [${vm.id}] to host [${host.id}]. Host is in cluster [${host.clusterId}], and VM requires to be placed on cluster [${clusters.join(',')}]`);
  if (enforce) {
    const room = roomIn(engine.world, host, vm);
    const needs = vm.cpu * 100;
    if (room < 0) refuse(wrongState, `virtual machine [${vm.id}] does not fit in host [${host.id}]. Not enough CPU: ${needs}/${room + needs}`);
  }
  engine.later(vm, () => (!isRunning(vm) ? migrateDisks(engine, vm, host) : live ? migrateLive(engine, vm, host) : migrateCold(engine, vm, host, kind)));
  return vm.id;
};
