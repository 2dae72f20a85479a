/** The MACs behind the ports of a host, and what becomes of one that two machines have. */
import {troubleOf, type Twin} from '../faults/trouble.ts';
import type {SimGuest, SimHost, SimWorld} from '../world.ts';
import {guestsOn, stationsOn, type LocalNetwork} from './places.ts';

export interface LocalMac {
  readonly mac: string;
  readonly port: string | undefined; // undefined: zebra takes it for remote, at `rival`
  readonly rival: string | undefined; // VTEP
  readonly sequence: number;
  readonly remoteSequence: number;
  readonly since: number;
  readonly announced: boolean;
  readonly duplicate: boolean;
  readonly detections: number;
}

/** Two machines with one MAC: `host` has the guest itself, `twinHost` the other one. */
export interface Rivalry extends Twin {
  readonly of: SimGuest;
  readonly host: SimHost;
  readonly twinHost: SimHost;
  readonly since: number;
}

export const twinPort = 'one-99-0';
const flapMs = 2000;
const movesUntilDuplicate = 5; // in 180 s: FRR's default

export const rivalries = (world: SimWorld): readonly Rivalry[] =>
  (world.faults ?? []).length === 0
    ? []
    : world.hosts.flatMap((twinHost) => (troubleOf(world, twinHost).twins ?? []).flatMap((twin): Rivalry[] => {
        const of = world.guests.find(({id}) => id === twin.guest);
        const host = of && world.hosts.find((candidate) => guestsOn(world, candidate).includes(of));
        const since = world.faults?.findLast((fault) => fault.host === twinHost.name)?.since ?? 0;
        return of && host ? [{...twin, of, host, twinHost, since}] : [];
      }));

const moves = (world: SimWorld, {flapping, frozen, since}: Rivalry): number => (flapping ? Math.floor((world.now() - since) / flapMs) : frozen ? 6 : 17);

export function localMacs(world: SimWorld, host: SimHost, network: LocalNetwork): readonly LocalMac[] {
  const own = stationsOn(world, host, network.vni).map(({guest, mac, port}): LocalMac => ({
    mac, port, rival: undefined, sequence: guest.sequence, remoteSequence: 0, since: guest.since, announced: true, duplicate: false, detections: 0,
  }));
  let macs = own;
  for (const rivalry of rivalries(world)) {
    const nic = rivalry.of.nics.find((candidate) => candidate.network === network.vni);
    if (!nic || (rivalry.host !== host && rivalry.twinHost !== host)) continue;
    const mine = rivalry.twinHost === host;
    const count = moves(world, rivalry);
    // Whoever has spoken last has it; once it is frozen, that is whoever had it then, and nobody announces it.
    const holds = rivalry.frozen ? !mine : mine === (count % 2 === 1);
    const entry: LocalMac = {
      mac: nic.mac, since: rivalry.since, announced: holds && !rivalry.frozen,
      port: holds ? (mine ? twinPort : `${rivalry.of.tap}-${nic.id}`) : undefined,
      rival: holds ? undefined : (mine ? rivalry.host : rivalry.twinHost).underlay,
      sequence: holds ? count : Math.max(0, count - 3), remoteSequence: Math.max(0, count - (holds ? 1 : 2)),
      duplicate: rivalry.frozen ? holds : count >= movesUntilDuplicate, detections: rivalry.frozen ? 3 : Math.min(count, movesUntilDuplicate),
    };
    macs = [...macs.filter(({mac}) => mac !== nic.mac), ...(rivalry.frozen && mine ? [] : [entry])];
  }
  return macs;
}
