/** What only the acceptance runbook asks: where to move a VM and when, the router's two addresses, SDNAT seen from outside. */
import {fails, passes} from '../../actions/action.ts';
import {askVm, labelOf, stateOf} from '../../actions/vm/vm.ts';
import type {OneHistory, OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {Later} from '../engine/later.ts';
import {word} from '../engine/shell.ts';
import type {StepFunction, Work} from '../model.ts';
import {freshly, named, pool} from './cloud.ts';
import {hostOfVm, inNetwork, vmNamed} from './cloud-vms.ts';
import {listOf, textOf} from './words.ts';

/** FRR calls a MAC a duplicate that moves 5 times in 180 s, and then holds on to it. */
const [windowS, mostMoves, betweenS] = [180, 3, 40];

/** When a VM may be moved next, epoch s, so that duplicate detection stays far off. Pure. */
export function mayMoveAt(history: readonly OneHistory[]): number {
  const moves = history.slice(1).filter((one, at) => one.hostId !== history[at]!.hostId).map(({start}) => start).toSorted((a, b) => b - a);
  return Math.max(0, (moves[0] ?? -betweenS) + betweenS, (moves[mostMoves - 1] ?? -windowS) + windowS);
}

const running = (fabric: Fabric, name: string): OneVm => {
  const vm = vmNamed(fabric, name);
  if (!vm) throw new Error(`OpenNebula has no VM ${name}: run test-vms first`);
  if (stateOf(vm) !== 'RUNNING') throw new Error(`${labelOf(vm)} is ${stateOf(vm)}`);
  return vm;
};

export const vmPace: StepFunction = {
  name: 'vm.pace',
  description: 'waits until a VM may be moved again, far from duplicate detection; its value "to" is the host to move it to',
  with: {vm: {description: 'the VM, by name', required: true}, hosts: {description: 'hosts that it may be on: the first where it is not is the next', required: true}},
  work: async (ctx, call) => {
    const vm = running(await freshly(ctx, 'one.vms', 'one.hosts'), textOf(call.with, 'vm'));
    const asked = await askVm(ctx, vm.id);
    if (!asked.ok) throw new Error(`OpenNebula: ${asked.problem.detail}`);
    const on = hostOfVm(ctx.fabric(), asked.info.vm);
    const to = listOf(call.with, 'hosts').find((host) => host !== on);
    if (to === undefined) throw new Error('there is no other host to move it to');
    const at = mayMoveAt(asked.info.vm.history);
    const waits = `left=$(( ${at} - $(date +%s) )); [ $left -le 0 ] || { echo "$left s more" >&2; exit 1; }`;
    return [{id: 'to', host: to, title: `${labelOf(vm)} may be moved from ${on ?? 'where it is'} to ${to}`, check: waits, apply: ':', undo: ':', verify: waits, verifyWithinS: windowS + 30, value: `echo ${word(to)}`, changes: `it is waited until ${new Date(at * 1000).toISOString().slice(11, 19)} UTC: ${mostMoves} moves in ${windowS} s at most, ${betweenS} s between two`}];
  },
};

export const routerAddresses: StepFunction = {
  name: 'router.addresses',
  description: 'the virtual router has a public address and the gateway\'s, in OpenNebula and on its devices',
  with: {vnet: {description: 'the overlay network', required: true}},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vms', 'one.vnets', 'one.vrouters');
    const vnet = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'vnet'));
    const vm = pool(fabric, 'one.vms').find((one) => one.vrouterId !== undefined && inNetwork(one, vnet.id) !== undefined);
    if (!vm) throw new Error(`no virtual router has a NIC in ${vnet.name}: run virtual-router first`);
    const inside = inNetwork(vm, vnet.id);
    const outside = vm.nics.find(({networkId, alias}) => networkId !== vnet.id && alias === undefined)?.ip;
    const conditions = [
      stateOf(vm) === 'RUNNING' ? passes('it runs', `${labelOf(vm)} is RUNNING on ${hostOfVm(fabric, vm) ?? 'some host'}`) : fails('it runs', `${labelOf(vm)} is ${stateOf(vm)}`),
      outside === undefined ? fails('public address', `${labelOf(vm)} has none`) : passes('public address', `${labelOf(vm)} has ${outside}`),
      inside !== undefined && inside === vnet.gateway ? passes('gateway address', `${labelOf(vm)} has ${inside}, the gateway of ${vnet.name}`) : fails('gateway address', `${labelOf(vm)} has ${inside ?? 'none'}, and the gateway of ${vnet.name} is ${vnet.gateway ?? 'not set'}`),
    ];
    const script = [outside, inside].filter((one) => one !== undefined).map((ip) => `ip -o -4 address show | grep -qF ' ${ip}/' || { echo "${ip} is on no device" >&2; exit 1; }`).join('\n');
    // In a context with several routers it is the one that has these addresses.
    const host = call.hosts.find((name) => fabric.hosts.get(name)?.spec.ssh.host === outside) ?? call.hosts[0];
    return [{id: host ?? 'router', host, conditions, check: script}];
  },
};

/** What a VM is called inside: for steps that look for it in rules. */
export const vmAddresses: StepFunction = {
  name: 'vm.addresses',
  description: 'the address of each VM in a network, as values: VM name → address',
  with: {vms: {description: 'names of VMs', required: true}, vnet: {description: 'the overlay network', required: true}},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vms', 'one.vnets');
    const vnet = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'vnet'));
    return listOf(call.with, 'vms').map((name): Work => {
      const vm = running(fabric, name);
      const ip = inNetwork(vm, vnet.id);
      if (ip === undefined) throw new Error(`${labelOf(vm)} has no address in ${vnet.name}`);
      return {id: name, host: call.hosts[0], title: `${name} has ${ip}`, check: ':', value: `echo ${word(ip)}`};
    });
  },
};

/**
 * The router holds the public addresses itself and would answer for them: the VM's answers come with one hop less than
 * the router's own. A TCP port that is closed answers, too; none at all is what must not be.
 */
const outsideScript = (external: string, router: string): string => `ttl() { ping -n -c 3 -i 0.3 -W 2 $1 | sed -n 's/.* ttl=\\([0-9]*\\).*/\\1/p' | tail -n 1; }
vm=$(ttl ${external}) router=$(ttl ${router})
[ -n "$vm" ] || { echo "${external} does not answer pings" >&2; exit 1; }
[ -n "$router" ] || { echo "the router, ${router}, does not answer pings" >&2; exit 75; }
[ "$vm" -eq $((router - 1)) ] || { echo "${external}: the router answers for it (ttl $vm, its own $router), not the VM" >&2; exit 1; }
timeout 3 bash -c ': </dev/tcp/${external}/22' 2>/dev/null
[ $? -ne 124 ] || { echo "${external} does not answer on TCP port 22, not even that it is closed" >&2; exit 1; }
`;

export const sdnatOutside: StepFunction = {
  name: 'sdnat.outside',
  description: 'each VM answers at its public address, from the hosts of this step',
  with: {vms: {description: 'names of VMs', required: true}},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vms', 'one.vrouters');
    return listOf(call.with, 'vms').flatMap((name) => {
      const vm = running(fabric, name);
      const alias = vm.nics.find((nic) => nic.alias?.external === true && nic.ip !== undefined);
      if (!alias) throw new Later('map');
      const router = pool(fabric, 'one.vms').flatMap((one) => (one.vrouterId === undefined ? [] : one.nics)).find((nic) => nic.networkId === alias.networkId && nic.alias === undefined)?.ip;
      if (router === undefined) throw new Error(`no virtual router has a NIC in the network of ${alias.ip}`);
      return call.hosts.map((host): Work => {
        const script = outsideScript(alias.ip!, router);
        return {id: `${host}/${name}`, host, title: `${name} answers ${host} at ${alias.ip}`, check: script, apply: ':', undo: ':', verify: script, changes: `${alias.ip} is waited for`};
      });
    });
  },
};
