/** The scheduler and the monitoring of hosts: what oned does without being asked. */
import {vmsOf} from './derive.ts';
import {boot} from './lifecycle.ts';
import type {Engine} from './engine.ts';
import type {OnedHost, OnedVm, OnedWorld} from './world.ts';

/** Clusters that have all networks of the VM, and the datastore of its image. Empty: none. */
export function clustersOf(world: OnedWorld, vm: OnedVm): readonly number[] {
  const lists = vm.nics.map(({networkId}) => world.vnets.find(({id}) => id === networkId)?.clusterIds ?? []);
  const image = world.images.find(({id}) => id === vm.imageId);
  const store = world.datastores.find(({id}) => id === image?.datastoreId);
  if (store) lists.push(store.clusterIds);
  return world.clusters.map(({id}) => id).filter((id) => lists.every((list) => list.includes(id)));
}

/** `NAME=x`, `ID=1` or `HYPERVISOR=x`, joined by &: what the emulator understands of SCHED_REQUIREMENTS. The rest lets every host pass. */
function suits(host: OnedHost, requirements: string): boolean {
  return requirements.split('&').every((part) => {
    const [, key, value] = /^[\s(]*(NAME|ID|HYPERVISOR)\s*=\s*"?([^"\s)]+)"?[\s)]*$/.exec(part) ?? [];
    return key === undefined || String({NAME: host.name, ID: host.id, HYPERVISOR: host.hypervisor}[key]) === value;
  });
}

const hasSystemStore = (world: OnedWorld, clusterId: number): boolean => world.datastores.some((one) => one.type === 1 && one.clusterIds.includes(clusterId));

/** Enabled, monitored, in a cluster that has all it needs, not full; the one with the fewest VMs. */
export function placeFor(engine: Engine, vm: OnedVm): OnedHost | undefined {
  const {world} = engine;
  const clusters = clustersOf(world, vm);
  const fit = world.hosts.filter((host) => host.state === 2 && clusters.includes(host.clusterId) && hasSystemStore(world, host.clusterId) && suits(host, vm.userTemplate?.['SCHED_REQUIREMENTS'] ?? '') && roomIn(world, host, vm) >= 0);
  return fit.toSorted((a, b) => vmsOf(world, a).length - vmsOf(world, b).length)[0];
}

/** CPU percent left over with the VM on it; negative: it does not fit. */
export const roomIn = (world: OnedWorld, host: OnedHost, vm: OnedVm): number => (host.state === 2 || host.state === 4 ? host.totalCpu : 0) - vmsOf(world, host).reduce((sum, {cpu}) => sum + cpu * 100, 0) - vm.cpu * 100;

/** After a while, a pending VM is deployed; what finds no place is tried again and again. */
export function schedule(engine: Engine, vm: OnedVm): void {
  engine.later(vm, async () => {
    for (;;) {
      await engine.clock.pause(engine.schedulingMs);
      if (vm.state !== 1) return;
      const host = placeFor(engine, vm);
      const from = vm.history.at(-1)?.action;
      if (host) return boot(engine, vm, host, from === 9 ? [9, 22, 48] : from === 5 || from === 6 ? [31, 32, 47] : undefined);
      vm.userTemplate = {...vm.userTemplate, SCHED_MESSAGE: 'Cannot dispatch VM: No host meets requirements'};
    }
  });
}
const monitoringMs = 500;

/** INIT until the first monitoring. */
export function monitor(engine: Engine, host: OnedHost): void {
  host.state = 0;
  void engine.clock.pause(monitoringMs).then(() => {
    if (host.state !== 0) return;
    const fails = engine.unmonitored.has(host.name);
    host.state = fails ? 3 : 2;
    if (fails) host.attributes = {...host.attributes, ERROR: `Error monitoring Host ${host.name} (${host.id}): `};
  });
}
