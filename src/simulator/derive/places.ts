/** What runs on a host, which networks it has, which guests: as the faults in force leave it. Pure functions of the world. */
import {troubleOf} from '../faults/trouble.ts';
import type {SimGuest, SimHost, SimNetwork, SimWorld} from '../world.ts';
import {keep} from './keep.ts';

export interface Station {
  readonly guest: SimGuest;
  readonly mac: string;
  readonly port: string; // tap
}

/** A network as a host has it. */
export interface LocalNetwork extends SimNetwork {
  readonly id: number; // the VNI of its VXLAN device, which may be a wrong one
  readonly device: string; // "wg0.2"
  readonly present: boolean; // the VXLAN device is there
  readonly live: boolean; // up, and in its bridge
  readonly vtep: string; // local address of the VXLAN device
}

export const daemonsOf = (world: SimWorld, host: SimHost): readonly string[] => {
  const {dead} = troubleOf(world, host);
  return dead ? host.daemons.filter((daemon) => !dead.includes(daemon)) : host.daemons;
};
export const runs = (world: SimWorld, host: SimHost, daemon: string): boolean => daemonsOf(world, host).includes(daemon);
export const hangs = (world: SimWorld, host: SimHost, daemon: string): boolean => troubleOf(world, host).hung?.includes(daemon) === true;

/** Where a guest really is: OpenNebula may think otherwise. */
const placeOf = (world: SimWorld, guest: SimGuest): string =>
  world.faults?.length ? (world.hosts.find((host) => troubleOf(world, host).elsewhere?.includes(guest.id))?.name ?? guest.host) : guest.host;

export const guestsOn = (world: SimWorld, host: SimHost): readonly SimGuest[] => world.guests.filter((guest) => placeOf(world, guest) === host.name);

/** The networks whose bridges are on a host, in the order in which they were made there. */
export function networksOn(world: SimWorld, host: SimHost): readonly LocalNetwork[] {
  if (!host.roles.includes('vtep')) return [];
  return keep(world, `networks ${host.name}`, () => {
    const used = new Set<number | 'public'>(host.keeps);
    for (const guest of guestsOn(world, host)) for (const nic of guest.nics) used.add(nic.network);
    const troubles = troubleOf(world, host).vxlan ?? {};
    return world.networks.filter(({vni}) => used.has(vni)).map((network): LocalNetwork => {
      const trouble = troubles[network.vni] ?? {};
      return {
        ...network, id: trouble.id ?? network.vni, device: `wg0.${network.vni}`, present: !trouble.gone, live: !trouble.gone && !trouble.down && !trouble.unenslaved, vtep: trouble.local ?? host.underlay!,
      };
    });
  });
}

/** The networks that a host's zebra lists: every VXLAN device that is there. */
export const devicesOfNetworks = (world: SimWorld, host: SimHost): readonly LocalNetwork[] => networksOn(world, host).filter(({present}) => present);

/** The MACs of a network behind the ports of a host. */
export function stationsOn(world: SimWorld, host: SimHost, network: number | 'public'): readonly Station[] {
  // A bridge that is down forgets what it has learned.
  if (network !== 'public' && troubleOf(world, host).vxlan?.[network]?.bridgeDown) return [];
  const stations: Station[] = [];
  for (const guest of guestsOn(world, host)) {
    for (const nic of guest.nics) {
      if (nic.network !== network) continue;
      const port = `${guest.tap}-${nic.id}`;
      stations.push({guest, mac: nic.mac, port});
      for (let number = 0; number < (nic.behind ?? 0); number++) stations.push({guest, mac: nestedMac(guest.id, number), port});
    }
  }
  return stations;
}

const nestedMac = (guest: number, number: number): string => {
  const digits = (0x0a * 2 ** 40 + guest * 2 ** 24 + number).toString(16).padStart(12, '0');
  return digits.replaceAll(/..(?=.)/g, '$&:');
};
