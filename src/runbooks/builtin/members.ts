/** Who is in the underlay, with which addresses: from the fabric where it shows them, else given out in order. Pure. */
import {dotted, number} from '../../actions/network/addresses.ts';
import type {Fabric, HostState} from '../../model/fabric.ts';
import {isIpv4, networkOf, pairsOf, textOf, type Values} from './words.ts';

export interface Member {
  readonly host: string;
  /** On the underlay device, without length. */
  readonly address: string;
  readonly length: number;
  /** Where the others reach it: an address or a name, without port. */
  readonly endpoint: string;
  readonly reflector: boolean;
  readonly vtep: boolean;
  readonly origin: string; // of the address
}

const takesPart = ({spec}: HostState): boolean => spec.roles.includes('reflector') || spec.roles.includes('vtep');

/**
 * All that take part, reflectors first, then in the order of the inventory; without those in `without`. An address that
 * was given, that the device has, or that the source knows stays; the others get the first free ones of `network`.
 * Throws when one cannot be told.
 */
export function membersOf(fabric: Fabric, values: Values): readonly Member[] {
  const network = networkOf(textOf(values, 'network', '192.168.0.0/24'));
  const device = textOf(values, 'device', 'wg0');
  const [addresses, endpoints] = [pairsOf(values, 'addresses'), pairsOf(values, 'endpoints')];
  const without = new Set(textOf(values, 'without').split(/[\s,]+/));
  const all = [...fabric.hosts.values()].filter(takesPart);
  const names = new Set(all.map(({spec}) => spec.name));
  for (const [what, map] of [['addresses', addresses], ['endpoints', endpoints]] as const) {
    for (const name of map.keys()) if (!names.has(name)) throw new Error(`${what}: there is no host ${name} in the underlay; there are ${[...names].join(', ')}`);
  }
  const ordered = [...all.filter(({spec}) => spec.roles.includes('reflector')), ...all.filter(({spec}) => !spec.roles.includes('reflector'))];
  const known = new Map(ordered.map((state) => [state.spec.name, knownAddress(state, device, addresses, network)] as const));
  const taken = new Set([...known.values()].flatMap((found) => found?.address ?? []));
  const free = function* (): Generator<string, undefined> {
    for (let at = network.base + 1; at < network.base + 2 ** (32 - network.length) - 1; at++) if (!taken.has(dotted(at))) yield dotted(at);
    return undefined;
  }();
  const members = ordered.map((state): Member => {
    const {spec} = state;
    const found = known.get(spec.name) ?? {address: free.next().value, origin: `the next free of ${textOf(values, 'network', '192.168.0.0/24')}`};
    if (found.address === undefined) throw new Error(`${textOf(values, 'network')} has too few addresses for ${ordered.length} hosts`);
    return {
      host: spec.name, address: found.address, length: network.length, endpoint: endpoints.get(spec.name) ?? endpointOf(state, network),
      reflector: spec.roles.includes('reflector'), vtep: spec.roles.includes('vtep'), origin: found.origin,
    };
  });
  const twice = members.find(({address}, i) => members.findIndex((other) => other.address === address) !== i);
  if (twice) throw new Error(`${twice.address} would be the address of two hosts: ${members.filter(({address}) => address === twice.address).map(({host}) => host).join(' and ')}`);
  return members.filter(({host}) => !without.has(host));
}

type Network = ReturnType<typeof networkOf>;
const within = (address: string, {base, length}: Network): boolean => isIpv4(address) && Math.floor((number(address) - base) / 2 ** (32 - length)) === 0;

function knownAddress(state: HostState, device: string, given: ReadonlyMap<string, string>, network: Network): {readonly address: string; readonly origin: string} | undefined {
  const {name, underlayAddress} = state.spec;
  const typed = given.get(name);
  if (typed !== undefined) {
    if (!within(typed, network)) throw new Error(`addresses: ${typed} of ${name} is not in the network of the underlay`);
    return {address: typed, origin: 'given'};
  }
  const there = state.readings['ip.addresses']?.value?.find((one) => one.device === device && within(one.ip, network));
  if (there) return {address: there.ip, origin: `${device} of ${name}`};
  return underlayAddress !== undefined && within(underlayAddress, network) ? {address: underlayAddress, origin: state.spec.origin} : undefined;
}

/** The address that ssh goes to; behind an alias, the first of the host's own that is not of the underlay. */
function endpointOf({spec, readings}: HostState, network: Network): string {
  if (isIpv4(spec.ssh.host) || /\./.test(spec.ssh.host)) return spec.ssh.host;
  const own = readings['ip.addresses']?.value?.find(({ip, device}) => isIpv4(ip) && !ip.startsWith('127.') && device !== 'lo' && !within(ip, network));
  if (own) return own.ip;
  throw new Error(`where the other hosts reach ${spec.name} is not known: give endpoints=${spec.name}=ADDRESS`);
}
