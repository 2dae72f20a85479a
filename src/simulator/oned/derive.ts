/** What follows from the world: where VMs are, which addresses are taken, which MAC an address gives. */
import type {OnedHost, OnedNic, OnedVm, OnedVnet, OnedWorld} from './world.ts';

/** 02:00 and the address in hexadecimal, as oned makes them. */
export const macOf = (ip: string): string => `02:00:${ip.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0')).join(':')}`;
export const nicMac = (nic: OnedNic): string => nic.mac ?? macOf(nic.ip);
export const nicName = (nic: OnedNic): string => nic.name ?? (nic.alias ? `NIC${nic.alias.parentId}_ALIAS${nic.id}` : `NIC${nic.id}`);

const toNumber = (ip: string): number => ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
export const indexIn = (firstIp: string, ip: string): number => toNumber(ip) - toNumber(firstIp);
export function plus(ip: string, offset: number): string {
  const value = toNumber(ip) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

const done = 6;
const placed = new Set([3, 5, 8]); // ACTIVE, SUSPENDED, POWEROFF: its host keeps it

export function hostOf(world: OnedWorld, vm: OnedVm): OnedHost | undefined {
  const last = vm.history.at(-1);
  return last && last.end === 0 && placed.has(vm.state) ? world.hosts.find((host) => host.id === last.hostId) : undefined;
}
/** A VM that migrates counts on both hosts: the record of the first is still open. */
export const vmsOf = (world: OnedWorld, host: OnedHost): readonly OnedVm[] => world.vms.filter((vm) => placed.has(vm.state) && vm.history.some(({hostId, end}) => hostId === host.id && end === 0));
/** The system datastore that the VMs of a host are in. */
export const systemStoreOf = (world: OnedWorld, hostId: number): number => {
  const cluster = world.hosts.find(({id}) => id === hostId)?.clusterId ?? -1;
  const stores = world.datastores.filter(({type}) => type === 1);
  return (stores.find(({clusterIds}) => clusterIds.includes(cluster)) ?? stores[0])?.id ?? 0;
};
export const userName = (world: OnedWorld, uid: number): string => (uid === 0 ? 'oneadmin' : (world.users.find((user) => user.id === uid)?.name ?? String(uid)));

export interface Lease {
  readonly ip: string;
  readonly mac: string;
  readonly holder: 'VM' | 'VROUTER';
  readonly id: number; // -1: on hold
}

/** The addresses taken in a network, lowest first. */
export function leasesOf(world: OnedWorld, vnet: OnedVnet): readonly Lease[] {
  const leases: Lease[] = [];
  for (const vm of world.vms) {
    if (vm.state === done) continue;
    for (const nic of vm.nics) if (nic.networkId === vnet.id) leases.push({ip: nic.ip, mac: nicMac(nic), holder: 'VM', id: vm.id});
  }
  for (const vrouter of world.vrouters) {
    for (const nic of vrouter.nics) if (nic.networkId === vnet.id && nic.floatingIp !== undefined) leases.push({ip: nic.floatingIp, mac: macOf(nic.floatingIp), holder: 'VROUTER', id: vrouter.id});
  }
  for (const ip of vnet.held ?? []) leases.push({ip, mac: macOf(ip), holder: 'VM', id: -1});
  return leases.toSorted((a, b) => toNumber(a.ip) - toNumber(b.ip));
}
