/** What is wrong with OpenNebula: each fault changes what it says of the fabric, before it is asked. */
import type {OnedNic, OnedWorld} from '../oned/world.ts';
import {guestOn} from './effects.ts';
import type {SimFault, SimWorld} from '../world.ts';

type Change = (cloud: OnedWorld, world: SimWorld, fault: SimFault) => OnedWorld;

const hostState = (state: number): Change => (cloud, _world, {host}) => ({...cloud, hosts: cloud.hosts.map((one) => (one.name === host ? {...one, state} : one))});

/** The private network: the first one. */
const privateNet = (cloud: OnedWorld): number => cloud.vnets.find(({vnMad}) => vnMad === 'vxlan')?.id ?? -1;
const otherRegion = 90; // id of the public network of a region that no router here serves

const changes: Readonly<Record<string, Change>> = {
  'one-host-error': hostState(3),
  'one-host-disabled': hostState(4),
  'one-host-offline': hostState(8),
  'one-vnet-not-in-cluster': (cloud) => ({...cloud, vnets: cloud.vnets.map((one) => (one.id === privateNet(cloud) ? {...one, clusterIds: []} : one))}),
  'one-datastore-not-in-cluster': (cloud) => ({...cloud, datastores: cloud.datastores.map((one) => (one.type === 1 ? {...one, clusterIds: []} : one))}),
  'one-leases-exhausted': (cloud) => {
    const id = privateNet(cloud);
    const used = cloud.vms.flatMap((vm) => vm.nics).filter(({networkId}) => networkId === id).length;
    return {...cloud, vnets: cloud.vnets.map((one) => (one.id === id ? {...one, ranges: one.ranges.map((range, at) => (at === 0 ? {...range, size: Math.max(used, ...cloud.vms.flatMap((vm) => vm.nics).filter((nic) => nic.networkId === id).map((nic) => offset(range.firstIp, nic.ip) + 1))} : range)), held: free(cloud, id)} : one))};
  },
  'one-duplicate-vlan-id': (cloud) => {
    const id = privateNet(cloud);
    const original = cloud.vnets.find((one) => one.id === id);
    return original ? {...cloud, vnets: [...cloud.vnets, {...original, id: 91, name: `${original.name}-copy`, ranges: [{id: 0, type: 'IP4', firstIp: '172.31.0.1', size: 10}]}]} : cloud;
  },
  'alias-other-region': (cloud, world, {host}) => {
    // done to the router that should serve it, it is had by a VM on a hypervisor
    const at = world.hosts.findLast(({name, roles}) => roles.includes('vtep') && (name === host || !world.hosts.some((one) => one.name === host && one.roles.includes('vtep'))));
    const vm = guestOn(world, at?.name ?? host);
    const alias: OnedNic = {id: 9, networkId: otherRegion, ip: '198.51.100.201', alias: {parentId: 0, external: true}};
    const model = cloud.vnets.find(({vnMad}) => vnMad === 'elastic');
    return {
      ...cloud,
      vnets: model ? [...cloud.vnets, {...model, id: otherRegion, name: 'public_other_region', ranges: [{id: 0, type: 'IP4', firstIp: '198.51.100.200', size: 5}]}] : cloud.vnets,
      vms: cloud.vms.map((one) => (one.id === vm.id ? {...one, nics: [...one.nics, alias]} : one)),
    };
  },
};

const number = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const offset = (from: string, to: string): number => number(to) - number(from);

/** Addresses of a network that nobody has, between those that somebody has: on hold. */
function free(cloud: OnedWorld, id: number): string[] {
  const taken = cloud.vms.flatMap((vm) => vm.nics).filter(({networkId}) => networkId === id).map(({ip}) => number(ip));
  const first = cloud.vnets.find((one) => one.id === id)?.ranges[0]?.firstIp;
  if (first === undefined || taken.length === 0) return [];
  const all = Array.from({length: Math.max(...taken) - number(first) + 1}, (_, at) => number(first) + at);
  return all.filter((one) => !taken.includes(one)).map((one) => [24, 16, 8, 0].map((shift) => Math.floor(one / 2 ** shift) % 256).join('.'));
}

/** The cloud as the faults in force have it. */
export const troubled = (cloud: OnedWorld, world: SimWorld): OnedWorld => (world.faults ?? []).reduce((sum, fault) => changes[fault.name]?.(sum, world, fault) ?? sum, cloud);

export const inForce = (world: SimWorld, name: string): boolean => world.faults?.some((fault) => fault.name === name) === true;
