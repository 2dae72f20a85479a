/** The taps of a VM on its host. */
import type {OneNic} from '../../model/cloud.ts';
import type {Vm} from '../../model/fabric.ts';
import type {Link} from '../../model/network.ts';
import type {Check, Said} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {onVm, strayed, wires} from './mobility-placement.ts';
import {runs} from './vxlan-view.ts';
import {withoutTables} from './fdb-view.ts';

export const tap: Check = {
  id: 'mobility.tap',
  family: 'mobility',
  title: 'Each NIC of a running VM has its tap on the VM\'s host, up and in the bridge of its network',
  explanation: 'libvirt makes the tap that OpenNebula names in the NIC (TARGET, one-<VM>-<NIC>) and puts it into the bridge of the network. Without it, or with it down or in another bridge, the guest is cut off whatever the overlay does. If the tap is on another host, mobility.placement says so. An external alias (SDNAT) has no tap of its own, and a NIC outside of the overlay counts only where its bridge is: normal.',
  remedy: 'ip link set TAP master BRIDGE; ip link set TAP up. A tap that is missing: detach and attach the NIC, or power-cycle the VM.',
  origin: 'OpenNebula NIC/TARGET and NIC/BRIDGE; suzieq interface assert',
  holdS: 20,
  run(view, out) {
    if (!view.fabric.cloud) return;
    if (!view.cloud('one.vms')) return out.unknown({id: 'OpenNebula', label: 'NICs of the VMs', hosts: [], rows: []}, [view.missingCloud('one.vms')], [node.cloud()]);
    withoutTables(view, out, 'ip.links');
    for (const vm of view.fabric.vms) {
      if (!runs(vm) || vm.host === undefined || !view.links(vm.host) || strayed(view, vm)) continue;
      const trouble = troubleOf(view, vm, vm.host);
      if (trouble) out.fail({...trouble, subject: onVm(vm), breaks: [node.vm(vm.id)], facts: [trouble.says]});
      else out.pass(() => onVm(vm));
    }
  },
};

/** The kernel has all ports of Open vSwitch under "ovs-system": which bridge one is in only ovs-vsctl tells. */
const inOpenVswitch = (view: View, {vnMad, bridge}: OneNic, {master}: Link, host: string): boolean =>
  vnMad?.startsWith('ovswitch') === true || (master === 'ovs-system' && view.links(host)?.get(bridge ?? '')?.kind !== 'bridge');

function troubleOf(view: View, vm: Vm, host: string): Omit<Said, 'subject'> | undefined {
  const stamp = view.stamp(host, 'ip.links');
  for (const {nic, tap: link, macId} of wires(vm)) {
    if (nic.tap === undefined || (macId === undefined && !link && view.links(host)?.has(nic.bridge ?? '') !== true)) continue;
    const name = `${nic.tap}, ${nic.name} of VM ${vm.id} ${vm.vm.name}`;
    if (!link) return {
      says: `${host} has no ${name}`,
      evidence: [{text: `no link ${nic.tap} on ${host}`, stamp}, {text: `OpenNebula has VM ${vm.id} RUNNING there`, stamp: view.cloudStamp('one.vms')}],
      remedy: {text: `See whether the domain runs (virsh domstate ${vm.vm.deployId ?? `one-${vm.id}`}); then detach and attach the NIC`},
      needs: [node.vm(vm.id), node.oneHost(host)],
    };
    if (!link.up) return {
      says: `${name}, is down on ${host}`,
      evidence: [{text: `${link.name} of ${host}: flags ${link.flags.join(',')}`, stamp}],
      remedy: {text: `Set ${link.name} up`, command: {host, script: `ip link set ${link.name} up`}, action: {id: 'link.up', params: {host, device: link.name}}},
    };
    if (nic.bridge !== undefined && link.master !== nic.bridge && !inOpenVswitch(view, nic, link, host)) return {
      says: `${name}, is in ${link.master ?? 'no bridge'} of ${host}, not in ${nic.bridge}`,
      evidence: [{text: `${link.name} of ${host}: master ${link.master ?? 'none'}; expected ${nic.bridge}`, stamp}],
      remedy: {text: `Put it into ${nic.bridge}`, command: {host, script: `ip link set ${link.name} master ${nic.bridge}`}, action: {id: 'link.enslave', params: {host, device: link.name, bridge: nic.bridge}}},
    };
  }
  return undefined;
}
