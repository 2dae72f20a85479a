/** The lab's virtual router as a VM of OpenNebula: a machine that starts when it is deployed, and ends when it is terminated. */
import type {OnedVm, OnedWorld} from '../../src/simulator/oned/world.ts';
import {macOf} from '../../src/simulator/oned/derive.ts';
import {mustInside, startMachine, writeBoot} from '../host.ts';
import {machineOf} from '../plan.ts';
import type {Plan, VirtualRouter} from '../plan.ts';
import {endProcesses} from '../processes.ts';
import {plugPublicly} from '../public-bridge.ts';
import {ipBatch} from '../run.ts';
import type {LabState} from '../state.ts';
import {attachRouter} from '../vm.ts';
import {segmentClean} from '../vxlan.ts';

/** The router as the VM asks for it: eth0 in the public network, eth1 in the overlay. Throws when the lab cannot do so. */
const planned = (plan: Plan, world: OnedWorld, vm: OnedVm, host: string): Plan => {
  const netOf = (id: number) => world.vnets.find(net => net.id === id);
  const [first, second, ...more] = vm.nics.filter(({alias}) => !alias);
  const inside = second && netOf(second.networkId);
  if (!first || !second || more.length > 0 || netOf(first.networkId)?.vnMad !== 'elastic' || inside?.vnMad !== 'vxlan' || inside.vlanId === undefined) {
    throw new Error('the router of the lab has two NICs: the first in the public network, the second in an overlay network');
  }
  const router: VirtualRouter = {
    name: plan.router.name, host, vni: inside.vlanId, address: second.ip, mac: second.mac ?? macOf(second.ip), tap: `one-${vm.id}-${second.id}`,
    publicMac: first.mac ?? macOf(first.ip), publicTap: `one-${vm.id}-${first.id}`, mappings: [], instance: {vm: vm.id, vrouter: vm.vrouterId ?? 0, context: vm.context ?? {}},
  };
  return {...plan, router, machines: plan.machines.map(machine => machine.name === router.name ? {...machine, publicAddress: first.ip} : machine)};
};

export const startRouter = async (state: LabState, world: OnedWorld, vm: OnedVm, host: string): Promise<LabState> => {
  if (!state.plan.router.absent) throw new Error('the lab has one router, and it runs');
  const plan = planned(state.plan, world, vm, host);
  const machine = machineOf(plan, plan.router.name);
  writeBoot(plan, machine);
  await plugPublicly(plan, host);
  const boot = startMachine(plan, machine);
  await boot.wired;
  const next: LabState = {...state, plan, inits: {...state.inits, [machine.name]: await boot.finish()}};
  await attachRouter(next);
  return next;
};

export const stopRouter = async (state: LabState, vm: OnedVm): Promise<LabState> => {
  const {router} = state.plan;
  if (router.instance?.vm !== vm.id) throw new Error(`the router that runs is not VM ${vm.id}`);
  const {namespace} = machineOf(state.plan, router.name);
  await mustInside(state, router.host, `ip link del ${router.tap}\n${segmentClean(router.vni)}\nip link del ${router.publicTap}`);
  await endProcesses([namespace]);
  // What it had on its loopback, its rules: all of it goes with the namespace.
  await ipBatch([`netns del ${namespace}`, `netns add ${namespace}`]);
  const {[router.name]: _, ...inits} = state.inits;
  return {...state, inits, plan: {...state.plan, router: {...router, absent: true, mappings: []}}};
};
