/** The MTU that a guest works with, as far as it can be known from outside. */
import type {Vm, VmPort} from '../../model/fabric.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {withoutTables} from './fdb-view.ts';
import {onVm, wires} from './mobility-placement.ts';
import {runs} from './vxlan-view.ts';

interface Told {
  readonly mtu: number;
  readonly where: string;
}

/** What the guest is told: its context (ETHn_MTU), made from GUEST_MTU of the network when the NIC was. */
function told(view: View, vm: Vm, {nic}: VmPort): Told | undefined {
  const inContext = Number(vm.vm.context[`ETH${nic.id}_MTU`]);
  if (Number.isInteger(inContext) && inContext > 0) return {mtu: inContext, where: `context of VM ${vm.id}: ETH${nic.id}_MTU`};
  const vnet = view.cloud('one.vnets')?.find(({id}) => id === nic.networkId);
  return vnet?.guestMtu === undefined ? undefined : {mtu: vnet.guestMtu, where: `network ${vnet.name}: GUEST_MTU`};
}

export const guest: Check = {
  id: 'mtu.guest',
  family: 'mtu',
  title: 'Guests are told an MTU that the network carries, and their taps carry it too',
  explanation: 'GUEST_MTU of a network becomes ETHn_MTU in the context of a VM; without it guests use 1500. It must be at most the MTU of the VXLAN device, and the tap must not be smaller. What a guest then really sets is not visible from outside: a guest with another MTU than it was told shows only in a probe with full frames (trace).',
  remedy: 'Set GUEST_MTU of the network to the MTU of the VXLAN device, update the VM\'s NIC, and set it in the guest.',
  origin: 'OpenNebula VNET/GUEST_MTU; one-apps context ETHx_MTU',
  holdS: 0,
  run(view, out) {
    if (!view.fabric.cloud) return;
    if (!view.cloud('one.vms')) return out.unknown({id: 'OpenNebula', label: 'context of the VMs', hosts: [], rows: []}, [view.missingCloud('one.vms')], [node.cloud()]);
    withoutTables(view, out, 'ip.links');
    for (const vm of view.fabric.vms) {
      const {host} = vm;
      if (!runs(vm) || host === undefined || !view.links(host)) continue;
      for (const port of wires(vm)) {
        const vni = port.macId === undefined ? undefined : Number(port.macId.slice(0, port.macId.indexOf('/')));
        const device = vni === undefined ? undefined : view.realisation(host, vni)?.device;
        if (vni === undefined || !device || !port.tap) continue; // vxlan.device, mobility.tap
        const subject = {...onVm(vm), id: `vm ${vm.id} ${port.nic.name}`, label: `${port.nic.name} of VM ${vm.id} ${vm.vm.name}`};
        const says = told(view, vm, port);
        const {tap} = port;
        const evidence = [{text: `${host}: ${device.name} mtu ${device.mtu}, ${tap.name} mtu ${tap.mtu}`, stamp: view.stamp(host, 'ip.links')}, ...(says ? [{text: `${says.where} ${says.mtu}`, stamp: view.cloudStamp('one.vms')}] : [])];
        const needs = [node.device(host, vni), node.mtu(host)];
        if (says && says.mtu > device.mtu) out.fail({
          subject, evidence, needs,
          says: `${vm.vm.name} is told MTU ${says.mtu}, ${device.name} of ${host} carries ${device.mtu}`,
          remedy: {text: `Set GUEST_MTU of the network to ${device.mtu} and the guest's ${port.nic.name} too, or the device to ${says.mtu} if the underlay has room`},
        });
        else if (says && tap.mtu < says.mtu) out.fail({
          subject, evidence, needs,
          says: `${vm.vm.name} is told MTU ${says.mtu}, its tap ${tap.name} on ${host} carries ${tap.mtu}`,
          remedy: {text: `Set the tap to ${device.mtu}`, command: {host, script: `ip link set ${tap.name} mtu ${device.mtu}`}},
        });
        else if (!says && device.mtu < 1500) out.warn({
          subject, evidence, needs,
          says: `${vm.vm.name} is told no MTU: it uses 1500, ${device.name} of ${host} carries ${device.mtu}`,
          remedy: {text: `Set GUEST_MTU=${device.mtu} in the network, and ${device.mtu} in the guest`},
        });
        else out.pass(() => subject);
      }
    }
  },
};
