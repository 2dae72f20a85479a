/** SDNAT as actions see it: which virtual router serves a VM, which public networks it has, what it translates. Pure. */
import type {Params} from '../../model/action.ts';
import type {OneNic, OneVm, OneVnet} from '../../model/cloud.ts';
import type {Fabric, NatMapping, VirtualRouter} from '../../model/fabric.ts';
import {openNebula} from '../action.ts';
import {vmOf} from '../vm/vm.ts';

export const cloudReads = [{source: openNebula, probes: ['one.vms', 'one.vrouters', 'one.vnets']}] as const;
export const routerReads = (router: VirtualRouter | undefined) => (router?.host === undefined ? [] : [{source: router.host, probes: ['nf.firewall', 'ip.addresses', 'vr.state']}]);

export const vnetsOf = (fabric: Fabric): readonly OneVnet[] => fabric.cloud?.readings['one.vnets']?.value ?? [];
export const externalsOf = (vm: OneVm): readonly OneNic[] => vm.nics.filter(({alias}) => alias?.external);
const has = ({vrouter}: VirtualRouter, network: number | undefined): boolean => vrouter?.nics.some(({networkId}) => networkId === network) === true;

/** What a mapping will be made of. `address` undefined: OpenNebula chooses. */
export interface Wanted {
  readonly vm: OneVm;
  readonly parent: OneNic;
  readonly vnet: OneVnet;
  readonly router: VirtualRouter;
  readonly address: string | undefined;
}

const number = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
export const inRanges = (ip: string, {ranges}: OneVnet): boolean => ranges.some(({firstIp, size}) => firstIp !== undefined && number(ip) >= number(firstIp) && number(ip) < number(firstIp) + size);

/** The public networks of routers that are in a network of the VM: those that can be translated to it. */
export function servedNets(fabric: Fabric, vm: OneVm): readonly Omit<Wanted, 'address'>[] {
  const vnets = new Map(vnetsOf(fabric).map((vnet) => [vnet.id, vnet]));
  return fabric.routers.flatMap((router) => {
    const parent = vm.nics.find((nic) => !nic.alias && has(router, nic.networkId));
    return parent === undefined ? [] : (router.vrouter?.nics ?? []).flatMap(({networkId}) => {
      const vnet = networkId === undefined || networkId === parent.networkId ? undefined : vnets.get(networkId);
      return vnet && vnet.vnMad !== 'vxlan' ? [{vm, parent, vnet, router}] : [];
    });
  });
}

export function wantedOf(fabric: Fabric, {vm: given, network, address}: Params): Wanted | string {
  const vm = vmOf(fabric, given);
  if (!vm) return `OpenNebula has no VM ${given}, or several of that name`;
  const served = servedNets(fabric, vm);
  const asked = network === undefined ? undefined : vnetsOf(fabric).find(({id, name}) => String(id) === network || name === network);
  if (network !== undefined && !asked) return `OpenNebula has no network ${network}`;
  if (served.length === 0) return `no virtual router is in a network of VM ${vm.id} ${vm.name} and in a public one: nobody would translate`;
  const found = served.filter(({vnet}) => (asked === undefined || vnet.id === asked.id) && (address === undefined || inRanges(address, vnet)));
  const chosen = found.find(({vnet}) => vnet.usedLeases < vnet.size) ?? found[0];
  if (chosen) return {...chosen, address};
  const names = served.map(({vnet, router}) => `${vnet.name} (${router.host ?? router.vrouter?.name ?? router.id})`).join(', ');
  return asked ? `no virtual router of the VM's network is in ${asked.name}: an alias of it would not be translated; there is ${names}` : `${address} is in no network that a virtual router of the VM has; there is ${names}`;
}

export const mappingOf = (fabric: Fabric, external: string | undefined): {readonly router: VirtualRouter; readonly mapping: NatMapping} | undefined => {
  for (const router of fabric.routers) {
    const mapping = router.mappings.find((one) => one.external === external);
    if (mapping) return {router, mapping};
  }
  return undefined;
};

/** The VM and the alias that has an external address. */
export function aliasOf(fabric: Fabric, address: string | undefined): {readonly vm: OneVm; readonly nic: OneNic} | undefined {
  for (const vm of fabric.cloud?.readings['one.vms']?.value ?? []) {
    const nic = externalsOf(vm).find(({ip}) => ip === address);
    if (nic) return {vm, nic};
  }
  return undefined;
}

/** How often the appliance asks OneGate: 30 s unless its context says otherwise. */
export const refreshS = (router: VirtualRouter | undefined): number => {
  const said = Number(router?.state?.context['ONEAPP_VNF_SDNAT4_REFRESH_RATE']);
  return said > 0 && said <= 600 ? said : 30;
};
