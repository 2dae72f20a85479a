/** That a VM is where OpenNebula has it. */
import type {MacEntry, Vm, VmPort} from '../../model/fabric.ts';
import type {Link} from '../../model/network.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {localNow, withoutTables} from './fdb-view.ts';
import {runs} from './vxlan-view.ts';

export const onVm = ({id, vm, host}: Vm) => ({id: `vm ${id}`, label: `VM ${id} ${vm.name}`, hosts: host === undefined ? [] : [host], rows: [{resource: 'vms' as const, id: String(id)}]});

/** NICs that have a tap of their own. */
export const wires = (vm: Vm): readonly VmPort[] => vm.ports.filter(({nic}) => !nic.alias);

const taps = new WeakMap<View, ReadonlyMap<string, readonly {readonly host: string; readonly link: Link}[]>>();

/** Where taps named by OpenNebula (one-<vm>-<nic>) are: name → hosts whose links are fresh. */
export function tapsByName(view: View): ReadonlyMap<string, readonly {readonly host: string; readonly link: Link}[]> {
  let made = taps.get(view);
  if (!made) {
    const index = new Map<string, {host: string; link: Link}[]>();
    for (const host of view.hosts('vtep')) for (const link of view.links(host)?.values() ?? []) {
      if (!link.name.startsWith('one-')) continue;
      const list = index.get(link.name);
      if (list) list.push({host, link});
      else index.set(link.name, [{host, link}]);
    }
    taps.set(view, (made = index));
  }
  return made;
}

/** The other host that has the VM's tap, while its own has not. */
export function strayed(view: View, vm: Vm): {readonly host: string; readonly tap: string} | undefined {
  for (const {nic, tap} of wires(vm)) {
    if (nic.tap === undefined || tap) continue;
    const other = tapsByName(view).get(nic.tap)?.find(({host}) => host !== vm.host);
    if (other) return {host: other.host, tap: nic.tap};
  }
  return undefined;
}

const macs = new WeakMap<View, ReadonlyMap<string, MacEntry>>();
function macOf(view: View, id: string): MacEntry | undefined {
  let index = macs.get(view);
  if (!index) macs.set(view, (index = new Map(view.fabric.macs.map((mac) => [mac.id, mac]))));
  return index.get(id);
}

export const placement: Check = {
  id: 'mobility.placement',
  family: 'mobility',
  title: 'A running VM is on the host that OpenNebula has it on',
  explanation: 'The tap one-<VM>-<NIC> and the VM\'s MAC as a local one are on the host of the last history record. If they are on another, the VM was moved behind OpenNebula\'s back, or a migration failed half way: networks are then torn down and set up on the wrong host. A VM that is being migrated, and a guest that has not spoken yet (its tap is there, its MAC in no table), are normal.',
  remedy: 'Migrate the VM with libvirt to where OpenNebula has it, or have OpenNebula recover it; then check its networks.',
  origin: 'OpenNebula HISTORY_RECORDS; FRR show evpn mac vni all',
  holdS: 20,
  run(view, out) {
    if (!view.fabric.cloud) return;
    if (!view.cloud('one.vms')) return out.unknown({id: 'OpenNebula', label: 'hosts of the VMs', hosts: [], rows: []}, [view.missingCloud('one.vms')], [node.cloud()]);
    withoutTables(view, out, 'ip.links');
    for (const vm of view.fabric.vms) {
      if (!runs(vm) || vm.host === undefined || !view.links(vm.host)) continue;
      const away = strayed(view, vm);
      const learned = away ? undefined : macElsewhere(view, vm);
      const there = away?.host ?? learned?.host;
      if (there === undefined) {
        if (wires(vm).some(({tap}) => tap)) out.pass(() => onVm(vm));
        continue;
      }
      out.fail({
        subject: {...onVm(vm), hosts: [vm.host, there]},
        says: `VM ${vm.id} ${vm.vm.name} is on ${there}, OpenNebula has it on ${vm.host}`,
        evidence: [
          {text: `OpenNebula: last history record of VM ${vm.id} is host ${vm.oneHost ?? '?'}${vm.host === vm.oneHost ? '' : ` (${vm.host})`}`, stamp: view.cloudStamp('one.vms')},
          ...(away ? [{text: `tap ${away.tap} is on ${away.host}, not on ${vm.host}`, stamp: view.stamp(away.host, 'ip.links')}] : []),
          ...(learned ? [{text: `zebra of ${learned.host} has ${learned.mac} as local, ${vm.host} has not`, stamp: view.stamp(learned.host, 'frr.macs')}] : []),
        ],
        remedy: {text: `Move it back: virsh migrate --live ${vm.vm.deployId ?? `one-${vm.id}`} to ${vm.host}; or let OpenNebula know where it is (onevm recover)`},
        breaks: [node.vm(vm.id), ...wires(vm).flatMap(({macId}) => (macId === undefined ? [] : view.hosts('vtep').map((host) => `mac ${host}/${macId}`)))],
        facts: [`on ${there}, wanted on ${vm.host}`],
      });
    }
  },
};

/** The VM's MAC is local on one host, and that is another one, while its own host has been asked. */
function macElsewhere(view: View, vm: Vm): {readonly host: string; readonly mac: string} | undefined {
  if (view.read(vm.host!, 'frr.macs') === undefined) return undefined;
  for (const {macId} of wires(vm)) {
    const mac = macId === undefined ? undefined : macOf(view, macId);
    if (!mac) continue;
    const [only, ...more] = localNow(view, mac);
    // What the kernel of its own host has on a tap is there, whatever zebra says (fdb.local).
    const here = mac.locations.find(({host}) => host === vm.host)?.fdb.some((entry) => entry.destination === undefined && !entry.externLearn);
    if (only !== undefined && more.length === 0 && only !== vm.host && here !== true) return {host: only, mac: mac.mac};
  }
  return undefined;
}
