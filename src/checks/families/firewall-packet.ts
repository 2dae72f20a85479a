/**
 * A packet as a firewall's rules look at it, and answers that know what they do not know: a rule may match, may not, or
 * test something that cannot be told from outside (a set, a mark, a rate).
 */
import type {FilterRule} from '../../model/network.ts';

/** Fields that are undefined are not known: a rule that tests one of them may match. */
export interface Packet {
  readonly inDevice: string | undefined;
  readonly outDevice?: string | undefined; // of a forwarded packet
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly protocol: 'tcp' | 'udp' | undefined; // undefined: any, as a bridged frame of a guest
  readonly sourcePort: number | undefined; // undefined: an ephemeral one
  readonly port: number | undefined; // destination port; undefined: an ephemeral one
  readonly state: 'NEW' | 'ESTABLISHED';
  readonly bridged?: boolean; // between two ports of one bridge, seen through br_netfilter
}

export type Match = 'yes' | 'no' | 'maybe';

export interface CompiledRule {
  readonly rule: FilterRule;
  readonly matches: (packet: Packet) => Match;
  readonly testsSource: boolean;
  /** Names no protocol, port or state: it says what happens to all the rest (of a device). */
  readonly general: boolean;
  /** What a verdict map says of a state ("established" → "accept"); undefined: no map. */
  readonly byState?: ReadonlyMap<string, string> | undefined;
  readonly goto: boolean;
}

export const not = (match: Match): Match => (match === 'yes' ? 'no' : match === 'no' ? 'yes' : 'maybe');
export const known = (truth: boolean): Match => (truth ? 'yes' : 'no');

/** All of them: one "no" decides, else one "maybe" does. */
export function every(tests: readonly ((packet: Packet) => Match)[], packet: Packet): Match {
  let sum: Match = 'yes';
  for (const test of tests) {
    const match = test(packet);
    if (match === 'no') return 'no';
    if (match === 'maybe') sum = 'maybe';
  }
  return sum;
}
export function some(matches: readonly Match[]): Match {
  return matches.includes('yes') ? 'yes' : matches.includes('maybe') ? 'maybe' : 'no';
}

/** "wg0", "wg+" (iptables) or "wg*" (nft). What comes from another host comes by some device that is not the loopback. */
export function deviceIs(pattern: string): (device: string | undefined) => Match {
  const prefix = /[+*]$/.test(pattern) ? pattern.slice(0, -1) : undefined;
  const unknown: Match = pattern === 'lo' ? 'no' : 'maybe';
  return (device) => (device === undefined ? unknown : known(prefix === undefined ? device === pattern : device.startsWith(prefix)));
}

const number = (ip: string): number | undefined => {
  const octets = ip.split('.');
  if (octets.length !== 4 || octets.some((octet) => !/^\d{1,3}$/.test(octet) || Number(octet) > 255)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
};

/** "203.0.113.0/24", "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.9" or an address. What is not IPv4 cannot be told. */
export function addressIn(pattern: string): (address: string | undefined) => Match {
  const [from, to] = pattern.split('-');
  const valueOf = (address: string | undefined): number | undefined => (address === undefined ? undefined : number(address));
  if (to !== undefined) {
    const [low, high] = [number(from ?? ''), number(to)];
    if (low === undefined || high === undefined) return () => 'maybe';
    return (address) => {
      const value = valueOf(address);
      return value === undefined ? 'maybe' : known(value >= low && value <= high);
    };
  }
  const [network, length] = pattern.split('/');
  const base = number(network ?? '');
  const mask = length === undefined ? 2 ** 32 - 1 : length.includes('.') ? number(length) : 2 ** 32 - 2 ** (32 - Number(length));
  if (mask === 0) return () => 'yes'; // 0.0.0.0/0
  if (base === undefined || mask === undefined || Number.isNaN(mask)) return () => 'maybe';
  return (address) => {
    const value = valueOf(address);
    return value === undefined ? 'maybe' : known((value & mask) >>> 0 === (base & mask) >>> 0);
  };
}

/** "179", "49152:49215", "49152-49215". An ephemeral port is in a range only when that is all of them. */
export function portIn(pattern: string): (port: number | undefined) => Match {
  const [low, high] = pattern.split(/[:-]/);
  const from = low === '' ? 0 : Number(low);
  const to = high === undefined ? from : high === '' ? 65_535 : Number(high);
  if (Number.isNaN(from) || Number.isNaN(to)) return () => 'maybe'; // a service name
  const ephemeral: Match = from <= 32_768 && to >= 60_999 ? 'yes' : to < 32_768 || from > 60_999 ? 'no' : 'maybe';
  return (port) => (port === undefined ? ephemeral : known(port >= from && port <= to));
}

export function protocolIs(name: string): (packet: Packet) => Match {
  const wanted = name === '6' ? 'tcp' : name === '17' ? 'udp' : name;
  if (wanted === 'all' || wanted === '0') return () => 'yes';
  return ({protocol}) => (protocol === undefined ? 'maybe' : known(protocol === wanted));
}

export function stateIs(names: readonly string[]): (packet: Packet) => Match {
  const states = names.map((name) => name.toUpperCase());
  return ({state}) => known(states.includes(state));
}
