/** What must hold before an address is mapped: the VM, the router that would translate, the region, a free address. Pure. */
import type {Condition} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import {selected} from '../../checks/families/nat-router.ts';
import {stamp} from '../../model/reading.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {hostNameOf, labelOf, stateOf, vmOf} from '../vm/vm.ts';
import {externalsOf, inRanges, type Wanted} from './view.ts';

export const routerName = ({host, vrouter, id}: Wanted['router']): string => host ?? vrouter?.name ?? id;

/** one-failover runs SDNAT on the MASTER only. */
function serving(fabric: Fabric, {router}: Wanted): readonly Condition[] {
  const name = routerName(router);
  const {state} = router;
  if (router.host === undefined || !state) return [unknown('the router translates', `virtual router ${name} ${router.host === undefined ? 'is no host of this context' : 'was not read'}: whether it is MASTER, and its rules, cannot be seen`, {mayOverride: true})];
  const evidence = [{text: `${name}: failover ${state.failover ?? '?'}`, ...(router.stamp && {stamp: router.stamp})}];
  const context = Object.keys(state.context).length > 0 ? state.context : (vmOf(fabric, String(router.vmIds[0]))?.context ?? {});
  const enabled = context['ONEAPP_VNF_SDNAT4_ENABLED']?.toUpperCase() === 'YES';
  return [
    state.failover === 'MASTER' ? passes('the router translates', `${name} is MASTER`, evidence) : fails('the router translates', `${name} is ${state.failover ?? 'in an unknown state'}: only a MASTER translates`, evidence),
    !enabled ? fails('SDNAT is switched on', `${name} has ONEAPP_VNF_SDNAT4_ENABLED=${context['ONEAPP_VNF_SDNAT4_ENABLED'] ?? 'unset'}`, evidence)
      : selected(context).length === 0 ? fails('SDNAT is switched on', `${name} has SDNAT on no interface: ONEAPP_VNF_SDNAT4_INTERFACES is ${context['ONEAPP_VNF_SDNAT4_INTERFACES'] === undefined ? 'unset' : `"${context['ONEAPP_VNF_SDNAT4_INTERFACES']}"`}`, evidence)
      : passes('SDNAT is switched on', `on ${selected(context).join(', ')}`, evidence),
  ];
}

/** Public addresses belong to a region: the provider brings them to a host of the network's cluster, and of elastic ones to the host that the VM is on. */
function region(fabric: Fabric, {vm, vnet, router}: Wanted): readonly Condition[] {
  const hosts = fabric.cloud?.readings['one.hosts']?.value;
  const placeOf = (id: number | undefined) => hosts?.find((host) => host.id === vmOf(fabric, String(id))?.history.at(-1)?.hostId);
  const its = router.vmIds.flatMap((id) => placeOf(id) ?? []);
  const name = 'the address comes to the router';
  if (!hosts || its.length === 0) return [unknown(name, 'where the router runs is not known', {mayOverride: true})];
  const clusters = its.map(({clusterId}) => clusterId);
  if (vnet.clusterIds.length > 0 && !clusters.some((id) => vnet.clusterIds.includes(id))) return [fails(name, `${vnet.name} is of cluster ${vnet.clusterIds.join(', ')}, and ${routerName(router)} runs in cluster ${clusters.join(', ')}: nobody can bring the address there`)];
  const regionOf = (one: string | undefined): string | undefined => fabric.hosts.get(hostNameOf(fabric, one) ?? '')?.spec.region;
  const [here, there] = [regionOf(its[0]?.name), regionOf(vm.history.at(-1)?.host)];
  if (vnet.vnMad === 'elastic' && here !== undefined && there !== undefined && here !== there) return [warns(name, `${vnet.name} is elastic: OpenNebula associates its address with the host of the VM, in ${there}, and the router runs in ${here}`)];
  return [passes(name, `${vnet.name} and ${routerName(router)} are in one cluster`)];
}

function free(fabric: Fabric, {vm, vnet, address}: Wanted): readonly Condition[] {
  const observation = fabric.cloud?.readings['one.vnets'];
  const evidence = observation ? [{text: `network ${vnet.id} ${vnet.name}: ${vnet.usedLeases} of ${vnet.size} addresses in use`, stamp: stamp(observation)}] : [];
  const lease = address === undefined ? undefined : vnet.leases?.find(({ip}) => ip === address);
  const already = externalsOf(vm).filter(({networkId}) => networkId === vnet.id);
  return [
    vnet.usedLeases >= vnet.size ? fails('an address is free', `all ${vnet.size} addresses of ${vnet.name} are in use`, evidence)
      : address === undefined ? passes('an address is free', `${vnet.size - vnet.usedLeases} of ${vnet.size} are; OpenNebula chooses`, evidence)
      : !inRanges(address, vnet) ? fails('an address is free', `${address} is not in ${vnet.name}`, evidence)
      : lease ? fails('an address is free', `${address} is ${lease.held ? 'on hold' : `in use by ${lease.vmId === undefined ? 'a virtual router' : `VM ${lease.vmId}`}`}`, evidence)
      : passes('an address is free', vnet.leases ? `nobody has ${address}` : `${address} is in the network; OpenNebula refuses it if somebody has it`, evidence),
    ...(already.length > 0 ? [warns('it has none yet', `${labelOf(vm)} has ${already.map(({ip}) => ip).join(', ')} of ${vnet.name} already: this is one more`)] : []),
  ];
}

export const mapConditions = (fabric: Fabric, wanted: Wanted): readonly Condition[] => [
  stateOf(wanted.vm) === 'RUNNING' ? passes('the VM runs', `${labelOf(wanted.vm)} is RUNNING`) : fails('the VM runs', `${labelOf(wanted.vm)} is ${stateOf(wanted.vm)}`),
  passes('a router serves it', `${routerName(wanted.router)} has ${wanted.vnet.name} and the network of ${wanted.parent.name} (${wanted.parent.ip ?? '?'})`),
  ...serving(fabric, wanted), ...region(fabric, wanted), ...free(fabric, wanted),
];
