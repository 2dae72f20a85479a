import type {Driver, Mapping} from '../../src/simulator/oned/driver.ts';
import type {OnedHost, OnedVm, OnedWorld} from '../../src/simulator/oned/world.ts';
import {macOf} from '../../src/simulator/oned/derive.ts';
import {execInside, mustInside} from '../host.ts';
import {namespacePrefix} from '../plan.ts';
import type {Machine, Plan, Vm} from '../plan.ts';
import {loadState, saveState} from '../state.ts';
import type {LabState} from '../state.ts';
import {translates} from '../router.ts';
import {startRouter, stopRouter} from './router-vm.ts';
import {createVm, destroyVm, migrateVm} from '../vm.ts';

const keyOf = (mappings: readonly Mapping[]): string => mappings.map(({external, internal}) => `${external} ${internal}`).toSorted().join('\n');

/** Takes the state of a lab from where it is kept, and puts it back, since others change it too. */
const stateOf = (lab: string): LabState => {
  const state = loadState(lab);
  if (!state?.complete) throw new Error(`lab ${lab} does not stand`);
  return state;
};

const machineAt = (plan: Plan, host: OnedHost): Machine => {
  const machine = plan.machines.find(({publicAddress}) => publicAddress === host.name);
  if (!machine) throw new Error(`${host.name} is no machine of the lab`);
  return machine;
};

/** A name under which it can be run in: OpenNebula's, where that may name a namespace and nobody has it yet. */
const nameFor = (plan: Plan, vm: OnedVm): string => {
  const taken = [...plan.machines, ...plan.vms].some(({name}) => name === vm.name) || ['ops', 'internet'].includes(vm.name);
  return !taken && /^[a-z][a-z0-9-]{0,30}$/.test(vm.name) ? vm.name : `one-${vm.id}`;
};

const planned = (plan: Plan, vm: OnedVm): Vm => {
  const found = plan.vms.find(({id}) => id === vm.id);
  if (!found) throw new Error(`VM ${vm.id} has no namespace in the lab`);
  return found;
};

/** The VM as the lab makes it: a namespace with the NIC of its first overlay network. */
const placed = (plan: Plan, world: OnedWorld, vm: OnedVm, host: OnedHost): Vm => {
  const nic = vm.nics.find(({alias, networkId}) => !alias && world.vnets.find(({id}) => id === networkId)?.vnMad === 'vxlan');
  const net = world.vnets.find(({id}) => id === nic?.networkId);
  if (!nic || net?.vlanId === undefined) throw new Error(`VM ${vm.id} has no NIC in an overlay network: the lab makes no other`);
  const name = nameFor(plan, vm);
  return {
    id: vm.id, name, namespace: namespacePrefix(plan.spec.name) + name, vni: net.vlanId, address: nic.ip, gateway: net.template['GATEWAY'] ?? '',
    mac: nic.mac ?? macOf(nic.ip), tap: `one-${vm.id}-${nic.id}`, host: machineAt(plan, host).name,
  };
};

/** Real namespaces, bridges and rules beneath the emulated oned, by the lab's own means. One thing at a time. */
export const labDriver = (lab: string): Driver => {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: (state: LabState) => Promise<LabState>): Promise<void> => {
    const done = turn.then(async () => saveState(await work(stateOf(lab))));
    turn = done.catch(() => undefined);
    return done;
  };
  const isRouter = (vm: OnedVm): boolean => vm.vrouterId !== undefined;
  const unable = (what: string): Promise<never> => Promise.reject(new Error(`the lab does not ${what}`));
  // What the router had on coming up.
  let translated: string | undefined = keyOf(stateOf(lab).plan.router.mappings);

  return {
    deploy: (world, vm, host) => isRouter(vm) ? inTurn(async state => {
      const next = await startRouter(state, world, vm, machineAt(state.plan, host).name);
      translated = '';
      return next;
    }) : inTurn(async state => {
      const wanted = placed(state.plan, world, vm, host);
      const next = {...state, plan: {...state.plan, vms: [...state.plan.vms, wanted]}};
      await createVm(next, wanted);
      return next;
    }),
    stop: (_, vm) => isRouter(vm) ? inTurn(state => stopRouter(state, vm)) : inTurn(state => destroyVm(state, planned(state.plan, vm).name)),
    migrate: (_, vm, __, to) => isRouter(vm) ? unable('move its router') : inTurn(state => migrateVm(state, planned(state.plan, vm).name, machineAt(state.plan, to).name)),
    attach: () => unable('plug further NICs into a VM'),
    detach: () => unable('unplug the NIC of a VM'),
    reboot: () => Promise.resolve(),
    // As the appliance: only a MASTER translates, and only a changed list of leases is applied.
    translate: async (_, __, mappings) => {
      const state = stateOf(lab);
      const {name, absent} = state.plan.router;
      if (absent || !translates(state.plan.router)) return;
      const failover = (await execInside(state, name, 'cat /run/one-failover.state')).stdout;
      const master = failover.includes('"MASTER"');
      if (!master && !failover.includes('"BACKUP"')) return;
      const wanted = master ? keyOf(mappings) : undefined;
      if (wanted === translated) return;
      await mustInside(state, name, sdnat4(master ? mappings : []));
      translated = wanted;
      await inTurn(latest => Promise.resolve({...latest, plan: {...latest.plan, router: {...latest.plan.router, mappings: master ? mappings : latest.plan.router.mappings}}}));
    },
  };
};

/** The chains are emptied and filled again, and the addresses on lo are set: what one-sdnat4 does at each change. */
const sdnat4 = (mappings: readonly Mapping[]): string => `set -e
iptables-restore --noflush <<'END'
*nat
:SNAT4 - [0:0]
:DNAT4 - [0:0]
${mappings.flatMap(({external, internal}) => [
    `-A SNAT4 -s ${internal}/32 -j SNAT --to-source ${external}`,
    `-A DNAT4 -d ${external}/32 -j DNAT --to-destination ${internal}`,
  ]).map(line => `${line}\n`).join('')}COMMIT
END
ip -o -4 address show dev lo label SDNAT4 | while read -r n d f address rest; do ip address del $address dev lo label SDNAT4; done
${mappings.map(({external}) => `ip address add ${external}/32 dev lo label SDNAT4`).join('\n')}
`;
