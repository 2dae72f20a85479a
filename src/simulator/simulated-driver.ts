/** Beneath the embedded OpenNebula: its VMs are guests of the simulated fabric, and everything else follows from where they are. */
import type {Cloud} from './cloud.ts';
import {inForce} from './faults/cloud-faults.ts';
import {nicMac} from './oned/derive.ts';
import type {Driver, Mapping} from './oned/driver.ts';
import {mappingsOf} from './oned/sdnat.ts';
import type {OnedNic, OnedVm, OnedWorld} from './oned/world.ts';
import {change, hostNamed, migrate, type SimGuest, type SimNic, type SimWorld} from './world.ts';

const keyOf = ({external, internal}: Mapping): string => `${external} ${internal}`;

export function simulatedDriver(fabric: SimWorld, {base, ours}: Cloud): Driver {
  const changed = (what: () => void): Promise<void> => {
    ours(() => change(fabric, what));
    return Promise.resolve();
  };
  const unable = (what: string): Promise<never> => Promise.reject(new Error(`the simulated fabric does not ${what}`));
  const asGuest = (cloud: OnedWorld, nic: OnedNic): SimNic => {
    const net = cloud.vnets.find(({id}) => id === nic.networkId);
    return {id: nic.id, network: net?.vnMad === 'vxlan' && net.vlanId !== undefined ? net.vlanId : 'public', ip: nic.ip, mac: nicMac(nic)};
  };
  const index = (vm: OnedVm): number => fabric.guests.findIndex(({id}) => id === vm.id);
  const replug = (vm: OnedVm, nics: (guest: SimGuest) => readonly SimNic[]): Promise<void> => changed(() => {
    const at = index(vm);
    const guest = fabric.guests[at];
    if (guest) fabric.guests[at] = {...guest, nics: nics(guest)};
  });
  // What the router translates on coming up is what it was told before.
  let told: readonly Mapping[] = base.vrouters.flatMap((router) => mappingsOf(base, router));

  return {
    deploy: (cloud, vm, host) => {
      if (vm.vrouterId !== undefined) return unable('start another router');
      const nics = vm.nics.filter(({alias}) => !alias).map((nic) => asGuest(cloud, nic));
      if (nics.some(({network}) => network !== 'public' && !fabric.networks.some(({vni}) => vni === network))) return unable('have that network');
      hostNamed(fabric, host.name);
      return changed(() => void fabric.guests.push({id: vm.id, name: vm.name, tap: `one-${vm.id}`, nics, router: false, host: host.name, since: fabric.now(), sequence: 0, history: []}));
    },
    stop: (_, vm) => (vm.vrouterId !== undefined ? unable('stop its router') : changed(() => {
      const at = index(vm);
      if (at >= 0) fabric.guests.splice(at, 1);
    })),
    migrate: (_, vm, __, to) => {
      ours(() => migrate(fabric, vm.id, to.name));
      return Promise.resolve();
    },
    attach: (cloud, vm, nic) => replug(vm, ({nics}) => [...nics, asGuest(cloud, nic)]),
    detach: (_, vm, nic) => replug(vm, ({nics}) => nics.filter(({id}) => id !== nic.id)),
    reboot: () => Promise.resolve(),
    // Only a MASTER that hears OneGate translates; what did not come from a lease is left alone.
    translate: (_, __, mappings) => {
      if (inForce(fabric, 'router-backup') || inForce(fabric, 'router-down')) return Promise.resolve();
      const [old, wanted] = [new Set(told.map(keyOf)), new Set(mappings.map(keyOf))];
      if (old.size === wanted.size && [...old].every((one) => wanted.has(one))) return Promise.resolve();
      told = mappings;
      return changed(() => {
        const kept = fabric.translations.filter((one) => wanted.has(keyOf(one)) || !old.has(keyOf(one)));
        const added = mappings.filter((one) => !kept.some((other) => keyOf(other) === keyOf(one)));
        fabric.translations.splice(0, fabric.translations.length, ...kept, ...added);
      });
    },
  };
}
