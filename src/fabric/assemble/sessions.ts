/** BGP sessions against the expected ones: a dynamic neighbour that goes down vanishes from the reflector's summary. */
import type {Session} from '../../model/fabric.ts';
import type {BgpSummary} from '../../model/frr.ts';
import {stamp, type Observation, type Stamp} from '../../model/reading.ts';
import type {HostSlice} from './slice.ts';

type Slice = HostSlice<'frr.summary' | 'frr.neighbors' | 'ip.addresses' | 'gobgp.speaker'>;

export function linkSessions(hosts: readonly Slice[], byAddress: ReadonlyMap<string, string>, expectVteps: boolean): readonly Session[] {
  const addressOf = underlayAddresses(hosts, byAddress);
  return hosts.flatMap((host) => (speaksBgp(host) ? sessionsOf(host, hosts, addressOf, byAddress, expectVteps) : []));
}

const speaksBgp = ({spec, readings}: Slice): boolean =>
  spec.roles.includes('reflector') || spec.roles.includes('vtep') || readings['frr.summary']?.value !== undefined || summaryOf(readings) !== undefined;

/** Where GoBGP answers it is the one that speaks, and what FRR is not says nothing of the sessions. */
function summaryOf(readings: Slice['readings']): Observation<Pick<BgpSummary, 'routerId' | 'peers'>> | undefined {
  const gobgp = readings['gobgp.speaker'];
  return gobgp?.value && (!gobgp.problem || gobgp.problem.kind === 'not-running') ? gobgp : readings['frr.summary'];
}

/** host → the address that its sessions use: as stated, or its router-id where that is its own, or the underlay device's. */
function underlayAddresses(hosts: readonly Slice[], byAddress: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const {spec, readings} of hosts) {
    const routerId = summaryOf(readings)?.value?.routerId;
    const own = routerId && byAddress.get(routerId) === spec.name ? routerId : undefined;
    const onDevice = readings['ip.addresses']?.value?.find((address) => address.device === spec.underlay && address.family === 'inet')?.ip;
    const address = spec.underlayAddress ?? own ?? onDevice;
    if (address) result.set(spec.name, address);
  }
  return result;
}

function sessionsOf(host: Slice, hosts: readonly Slice[], addressOf: ReadonlyMap<string, string>, byAddress: ReadonlyMap<string, string>, expectVteps: boolean): readonly Session[] {
  const observation = summaryOf(host.readings);
  const neighbors = host.readings['frr.neighbors']?.value ?? [];
  const origin: Stamp = observation ? stamp(observation) : {source: host.spec.name, probe: 'frr.summary', at: undefined, staleAt: 0};
  const problem = observation?.problem;
  const expected = expectVteps ? hosts.filter((other) => isExpected(host, other)) : [];
  const expectedNames = new Set(expected.map(({spec}) => spec.name));
  // bgpd not running is knowledge: its sessions are down. A host that we cannot reach is none.
  const silent = problem?.kind === 'not-running' || problem?.kind === 'not-configured';
  // While an expected host has not shown its address, a neighbour of unknown address may be it.
  const anonymous = expected.some(({spec}) => !addressOf.has(spec.name));
  const sessions: Session[] = [];
  const seen = new Set<string>();
  for (const peer of observation?.value?.peers ?? []) {
    const peerHost = byAddress.get(peer.address);
    if (peerHost) seen.add(peerHost);
    sessions.push({
      id: `${host.spec.name}>${peer.address}`,
      host: host.spec.name,
      address: peer.address,
      peer,
      neighbor: neighbors.find((neighbor) => neighbor.address === peer.address),
      peerHost,
      expected: !expectVteps ? 'unknown' : peerHost && expectedNames.has(peerHost) ? 'expected' : peerHost === undefined && anonymous ? 'unknown' : 'unexpected',
      verdict: silent ? 'down' : problem ? 'unknown' : peer.established ? 'established' : 'down',
      problem,
      stamp: origin,
    });
  }
  for (const {spec} of expected) {
    if (seen.has(spec.name)) continue;
    const address = addressOf.get(spec.name) ?? '';
    sessions.push({
      id: `${host.spec.name}>${address || spec.name}`,
      host: host.spec.name,
      address,
      peer: undefined,
      neighbor: neighbors.find((neighbor) => neighbor.address === address),
      peerHost: spec.name,
      expected: 'expected',
      verdict: silent ? 'down' : observation?.value && !problem && address !== '' ? 'missing' : 'unknown',
      problem,
      stamp: origin,
    });
  }
  return sessions;
}

/** Reflectors expect every VTEP, VTEPs every reflector; two that are both (reflectors on the hypervisors) each other. */
function isExpected(from: Slice, to: Slice): boolean {
  if (from.spec.name === to.spec.name) return false;
  const reflects = (host: Slice) => host.spec.roles.includes('reflector');
  const tunnels = (host: Slice) => host.spec.roles.includes('vtep');
  return (reflects(from) && tunnels(to)) || (tunnels(from) && reflects(to));
}
