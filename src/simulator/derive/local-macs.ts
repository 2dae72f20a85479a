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

export const twinPort = 'one-900-0';
const roamMs = 2000; // how long a roaming MAC stays at one port

export const rivalries = (world: SimWorld): readonly Rivalry[] =>
  (world.faults ?? []).length === 0
    ? []
    : world.hosts.flatMap((twinHost) => (troubleOf(world, twinHost).twins ?? []).flatMap((twin): Rivalry[] => {
        const of = world.guests.find(({id}) => id === twin.guest);
        const host = of && world.hosts.find((candidate) => guestsOn(world, candidate).includes(of));
        const since = world.faults?.findLast((fault) => fault.host === twinHost.name)?.since ?? 0;
        return of && host ? [{...twin, of, host, twinHost, since}] : [];
      }));


export function localMacs(world: SimWorld, host: SimHost, network: LocalNetwork): readonly LocalMac[] {
  const own = stationsOn(world, host, network.vni).map(({guest, mac, port}): LocalMac => ({
    mac, port, rival: undefined, sequence: guest.sequence, remoteSequence: 0, since: guest.since, announced: true, duplicate: false, detections: 0,
  }));
  let macs = own;
  for (const found of rivalries(world)) {
    // Once its flag was cleared on a host, that one counts anew.
    const mac = found.of.nics.find((candidate) => candidate.network === network.vni)?.mac;
    const cleared = world.cleared?.some((one) => one.host === host.name && one.mac === mac && one.at >= found.since) === true;
    const {frozen, ...unfrozen} = found;
    const rivalry: Rivalry = cleared || !frozen ? unfrozen : found;
    const nic = rivalry.of.nics.find((candidate) => candidate.network === network.vni);
    if (!nic || (rivalry.host !== host && rivalry.twinHost !== host)) continue;
    const mine = rivalry.twinHost === host;
    const count = rivalry.frozen ? 6 : 17; // moves that were seen
    const announced = !rivalry.frozen;
    // Whoever spoke last has it. Once it is frozen, that stays whoever had it then, and nobody announces it.
    const holds = mine !== (rivalry.frozen === true);
    const entry: LocalMac = {
      mac: nic.mac, since: rivalry.since, announced: holds && announced,
      port: holds ? (mine ? twinPort : `${rivalry.of.tap}-${nic.id}`) : undefined,
      rival: holds ? undefined : (mine ? rivalry.host : rivalry.twinHost).underlay,
      sequence: holds ? count : Math.max(0, count - 3), remoteSequence: Math.max(0, count - (holds ? 1 : 2)),
      duplicate: !cleared, detections: cleared ? 0 : 5,
    };
    macs = [...macs.filter(({mac}) => mac !== nic.mac), ...(rivalry.frozen && mine ? [] : [entry])];
  }
  return [...macs, ...roaming(world, host, network)];
}

/** Moves in 180 s after which a MAC counts as a duplicate: FRR's default. */
const flagsAt = 5;

/** A MAC that moves to and fro, seen by the host that it is at. */
const roaming = (world: SimWorld, host: SimHost, {vni}: LocalNetwork): readonly LocalMac[] =>
  (troubleOf(world, host).roamers ?? []).flatMap((roamer): LocalMac[] => {
    const since = world.faults?.find(({name}) => name === 'mac-flapping')?.since ?? 0;
    const moves = flagsAt + Math.floor((world.now() - since) / roamMs); // in force once it is found out, as in the lab
    if (roamer.vni !== vni || moves % 2 !== roamer.turn) return [];
    return [{mac: roamer.mac, port: roamer.port, rival: undefined, sequence: moves, remoteSequence: Math.max(0, moves - 1), since, announced: true, duplicate: true, detections: flagsAt}];
  });
