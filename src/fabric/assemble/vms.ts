/** Virtual machines down to the wire: VM → NIC → tap on its host → MAC in its VNI. */
import type {HostSlice} from './slice.ts';
import type {Vm, VmPort} from '../../model/fabric.ts';
import type {OneVm, OneVnet} from '../../model/cloud.ts';
import {stamp, type Observation} from '../../model/reading.ts';
import {findHost} from './addresses.ts';

const active = 3;
const migrateStates = new Set([4, 7, 8, 35, 43, 45, 60]); // MIGRATE and the stages of a cold migration

export function linkVms(
  hosts: readonly HostSlice<'ip.links'>[],
  vms: Observation<readonly OneVm[]> | undefined,
  vnets: Observation<readonly OneVnet[]> | undefined,
  byAddress: ReadonlyMap<string, string>,
): readonly Vm[] {
  if (!vms?.value) return [];
  const origin = stamp(vms);
  const vnetById = new Map((vnets?.value ?? []).map((vnet) => [vnet.id, vnet]));
  const links = new Map(hosts.map(({spec, readings}) => [spec.name, new Map((readings['ip.links']?.value ?? []).map((link) => [link.name, link]))]));
  // oned answers newest first; people count upwards.
  return vms.value.toSorted((a, b) => a.id - b.id).map((vm): Vm => {
    const last = vm.history.at(-1);
    const host = findHost(last?.host, hosts, byAddress);
    return {
      id: vm.id,
      vm,
      oneHost: last?.host,
      host,
      migrating: vm.state === active && migrateStates.has(vm.lcmState),
      stamp: origin,
      ports: vm.nics.map((nic): VmPort => {
        const vnet = nic.networkId === undefined ? undefined : vnetById.get(nic.networkId);
        const vni = vnet?.vnMad === 'vxlan' ? vnet.vlanId : nic.vnMad === 'vxlan' ? nic.vlanId : undefined;
        return {
          nic,
          segment: vni !== undefined ? `vni ${vni}` : vnet ? `vnet ${vnet.id}` : undefined,
          tap: host !== undefined && nic.tap !== undefined ? links.get(host)?.get(nic.tap) : undefined,
          macId: vni !== undefined && nic.mac !== undefined && !nic.alias ? `${vni}/${nic.mac}` : undefined,
        };
      }),
    };
  });
}
