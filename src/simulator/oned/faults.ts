/** The faults of the catalogue that lie in OpenNebula itself, done to an emulated oned and undone. */
import {leasesOf, plus} from './derive.ts';
import type {Engine} from './engine.ts';
import {lease} from './leases.ts';
import {isRunning} from './states.ts';
import type {OnedHost, OnedVm, OnedVnet} from './world.ts';

export interface CloudTarget {
  readonly host?: string; // name; default: the last
  readonly vm?: string; // name; default: the last that runs and is no router's
}
type Undo = () => void | Promise<void>;
type Break = (engine: Engine, target: CloudTarget) => Undo | Promise<Undo>;

const needed = <T>(found: T | undefined, what: string): T => {
  if (found === undefined) throw new Error(`OpenNebula has no ${what}`);
  return found;
};
const hostFor = ({world}: Engine, {host}: CloudTarget): OnedHost => needed(host === undefined ? world.hosts.at(-1) : world.hosts.find(({name}) => name === host), host === undefined ? 'host' : `host ${host}`);
const vmFor = ({world}: Engine, {vm}: CloudTarget): OnedVm => {
  const able = world.vms.filter((one) => isRunning(one) && one.vrouterId === undefined);
  return needed(vm === undefined ? able.at(-1) : able.find(({name}) => name === vm), vm === undefined ? 'running VM' : `running VM ${vm}`);
};
const privateNet = ({world}: Engine): OnedVnet => needed(world.vnets.find(({vnMad}) => vnMad === 'vxlan'), 'private network');

const hostState = (state: number): Break => (engine, target) => {
  const host = hostFor(engine, target);
  const before = host.state;
  host.state = state;
  return () => {
    host.state = before;
  };
};

function outOfCluster(one: {clusterIds: number[]}, host: OnedHost): Undo {
  const before = one.clusterIds;
  one.clusterIds = before.filter((id) => id !== host.clusterId);
  return () => {
    one.clusterIds = before;
  };
}

const regionTwo = (id: number, clusterId: number): OnedVnet => ({
  id, name: 'public_other_region', clusterIds: [clusterId], vnMad: 'elastic', bridge: 'br0', phydev: '', template: {EXTERNAL: 'YES', NETWORK_MASK: '255.255.255.0'},
  ranges: [{id: 0, type: 'IP4', firstIp: '198.51.100.10', size: 8}],
});

const breaks: Readonly<Record<string, Break>> = {
  'one-host-error': hostState(3),
  'one-host-disabled': hostState(4),
  'one-host-offline': hostState(8),
  'one-vnet-not-in-cluster': (engine, target) => outOfCluster(privateNet(engine), hostFor(engine, target)),
  'one-datastore-not-in-cluster': (engine, target) => outOfCluster(needed(engine.world.datastores.find(({type}) => type === 1), 'system datastore'), hostFor(engine, target)),
  'one-leases-exhausted': (engine) => {
    const net = privateNet(engine);
    const before = net.held;
    const taken = new Set(leasesOf(engine.world, net).map(({ip}) => ip));
    const free = net.ranges.flatMap(({firstIp, size}) => Array.from({length: size}, (_, index) => plus(firstIp, index))).filter((ip) => !taken.has(ip));
    net.held = [...(before ?? []), ...free];
    return () => {
      if (before) net.held = before;
      else delete net.held;
    };
  },
  'one-duplicate-vlan-id': (engine) => {
    const {world} = engine;
    const net = privateNet(engine);
    const twin: OnedVnet = {...net, id: engine.newId('vnets'), name: `${net.name}_twin`, bridge: `${net.bridge}t`, held: [], ranges: [{id: 0, type: 'IP4', firstIp: '172.31.0.1', size: 8}]};
    world.vnets.push(twin);
    return () => {
      world.vnets = world.vnets.filter((one) => one !== twin);
    };
  },
  'one-unreachable': async ({door}) => {
    const listen = needed(door.listen, 'server');
    await listen(false);
    return () => listen(true);
  },
  'one-wrong-credentials': ({door}) => {
    door.password = 'changed by somebody else';
    return () => {
      door.password = undefined;
    };
  },
  'one-no-rights': ({door}) => {
    door.rights = false;
    return () => {
      door.rights = true;
    };
  },
  // Only what OpenNebula believes: the VM itself stays where it is.
  'vm-elsewhere': (engine, target) => {
    const record = needed(vmFor(engine, target).history.at(-1), 'place of the VM');
    const before = record.hostId;
    record.hostId = needed(engine.world.hosts.find(({id}) => id !== before), 'second host').id;
    return () => {
      record.hostId = before;
    };
  },
  'alias-other-region': (engine, target) => {
    const {world} = engine;
    const vm = vmFor(engine, target);
    const routed = new Set(world.vrouters.flatMap(({nics}) => nics.map(({networkId}) => networkId)));
    const cluster = world.hosts.find(({id}) => id === vm.history.at(-1)?.hostId)?.clusterId;
    let net = world.vnets.find(({id, vnMad}) => vnMad === 'elastic' && !routed.has(id));
    const made = net ? undefined : regionTwo(engine.newId('vnets'), world.clusters.find(({id}) => id !== cluster)?.id ?? 0);
    if (made) world.vnets.push(made);
    net ??= made!;
    const alias = {id: Math.max(...vm.nics.map(({id}) => id)) + 1, networkId: net.id, ip: lease(world, net, undefined, []), alias: {parentId: 0, external: true}};
    vm.nics = [...vm.nics, alias];
    return () => {
      vm.nics = vm.nics.filter((one) => one !== alias);
      if (made) world.vnets = world.vnets.filter((one) => one !== made);
    };
  },
};

export const cloudFaultNames: readonly string[] = Object.keys(breaks);

/** Throws where there is nothing to do it to. Twice is once. */
export async function breakCloud(engine: Engine, name: string, target: CloudTarget = {}): Promise<void> {
  const make = Object.hasOwn(breaks, name) ? breaks[name] : undefined;
  if (!make) throw new Error(`OpenNebula has no fault ${name}; there are ${cloudFaultNames.join(', ')}`);
  if (!engine.broken.has(name)) engine.broken.set(name, await make(engine, target));
}

export async function mendCloud(engine: Engine, name: string): Promise<void> {
  const undo = engine.broken.get(name);
  engine.broken.delete(name);
  await undo?.();
}
