/** `overlay.reach`: VMs answer the virtual router, frames as long as their network carries, not to be fragmented. */
import {labelOf} from '../../actions/vm/vm.ts';
import {word} from '../engine/shell.ts';
import type {StepFunction, Work} from '../model.ts';
import {Later} from '../engine/later.ts';
import {freshly, named, pool} from './cloud.ts';
import {inNetwork, vmNamed} from './cloud-vms.ts';
import {listOf, textOf} from './words.ts';

const headers = 28; // IPv4 and ICMP

/**
 * sh: pings until it is answered, at most a few times; then with `payload` bytes and DF. busybox's ping knows no DF, and
 * then fragments arrive that prove nothing: so it can only be told that long ones are answered.
 */
export const reachScript = (address: string, payload: number): string => `to=${word(address)}
ping -c 1 -W 1 $to >/dev/null 2>&1 || ping -c 3 -W 1 $to >/dev/null 2>&1 || { echo "$to does not answer" >&2; exit 1; }
if ping -V 2>/dev/null | grep -qi iputils; then df='-M do'; else df=; fi
ping -c 2 -W 1 $df -s ${payload} $to >/dev/null 2>&1 || { echo "$to does not answer frames of ${payload + headers} bytes\${df:+, not to be fragmented}" >&2; exit 1; }
`;

export const overlayReach: StepFunction = {
  name: 'overlay.reach',
  description: 'the VMs of one.vms answer each host of this step (a virtual router), with frames of the network\'s MTU',
  with: {hosts: {description: 'hosts that they were made for', required: true}, prefix: {description: 'a VM is called PREFIX-HOST', required: true}, vnet: {description: 'their network', required: true}},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vms', 'one.vnets');
    const vnet = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'vnet'));
    const mtu = vnet.guestMtu ?? vnet.mtu;
    if (mtu === undefined) throw new Error(`network ${vnet.name} says no MTU (GUEST_MTU)`);
    return call.hosts.flatMap((from) => {
      // A context may name a router that is yet to be made.
      if (!pool(fabric, 'one.vms').some((vm) => vm.vrouterId !== undefined && inNetwork(vm, vnet.id) !== undefined)) return [];
      return listOf(call.with, 'hosts').map((host): Work => {
        const name = `${textOf(call.with, 'prefix')}-${host}`;
        const vm = vmNamed(fabric, name);
        const address = vm && inNetwork(vm, vnet.id);
        if (vm === undefined) throw new Later('vms');
        if (address === undefined) throw new Error(`${labelOf(vm)} has no address in ${vnet.name}`);
        const script = reachScript(address, mtu - headers);
        return {id: `${from}/${name}`, host: from, title: `${from} reaches ${name} (${address}), frames of ${mtu} bytes`, check: script, apply: ':', undo: ':', verify: script, changes: `${address} is waited for`};
      });
    });
  },
};
