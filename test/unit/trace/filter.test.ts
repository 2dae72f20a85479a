/** Whether a packet is let in, by rules as iptables and nft print them. */
import {describe, expect, it} from 'vitest';
import {parseNft} from '../../../src/services/netfilter/nft.ts';
import {passage, type Packet} from '../../../src/trace/filter.ts';
import type {FilterRule, Firewall} from '../../../src/model/network.ts';
import {parsePrefix, PrefixTable} from '../../../src/trace/prefix.ts';

const packet: Packet = {protocol: 'udp', port: 51820, inDevice: 'eth0', source: '203.0.113.11'};
const empty = {rejectWith: undefined, inDevice: undefined, protocol: undefined, destinationPort: undefined};
const option = (name: string, value: string | undefined): string => (value === undefined ? '' : ` ${value.startsWith('!') ? '! ' : ''}${name} ${value.replace('!', '')}`);
/** With the text that iptables-save has for its fields. */
const rule = (target: string, more: Partial<FilterRule> = {}): Omit<FilterRule, 'position'> => {
  const text = `-A ${more.chain ?? 'INPUT'}${option('-i', more.inDevice)}${option('-p', more.protocol)}${more.destinationPort?.includes(',') ? ` -m multiport${option('--dports', more.destinationPort)}` : option('--dport', more.destinationPort)} -j ${target}`;
  return {backend: 'iptables-nft', chain: 'INPUT', target, text, ...empty, ...more};
};
const firewall = (rules: readonly Omit<FilterRule, 'position'>[], policies: Firewall['policies'] = {}): Firewall => ({nat: [], filter: rules.map((one, i) => ({...one, position: i + 1})), policies, backends: ['iptables-nft']});

const accept = {accept: null};
const is = (left: object, right: unknown, op = '==') => ({match: {op, left, right}});
/** As nft prints it: rules of the chain "input" with this policy, or of another chain whose name comes first. */
function native(policy: string, ...rules: readonly (readonly (object | string)[])[]): Firewall {
  const table = {family: 'inet', table: 'fw'};
  const chainOf = ([first]: readonly (object | string)[]): string => (typeof first === 'string' ? first : 'input');
  const read = parseNft(JSON.stringify({nftables: [
    {chain: {...table, name: 'input', type: 'filter', hook: 'input', prio: 0, policy: policy.toLowerCase()}},
    ...[...new Set(rules.map(chainOf))].filter((name) => name !== 'input').map((name) => ({chain: {...table, name}})),
    ...rules.map((one) => ({rule: {...table, chain: chainOf(one), expr: one.filter((part) => typeof part !== 'string')}})),
  ]}), new Set())!;
  return {nat: [], filter: read.filter, policies: Object.fromEntries(read.policies), backends: []};
}

const cases: readonly (readonly [string, Firewall, string])[] = [
  ['nothing', firewall([]), 'accept'],
  ['the policy drops', firewall([], {'filter/INPUT': 'DROP'}), 'drop'],
  ['accepted before the policy', firewall([rule('ACCEPT', {protocol: 'udp', destinationPort: '51820'})], {'filter/INPUT': 'DROP'}), 'accept'],
  ['the first that matches decides', firewall([rule('ACCEPT'), rule('DROP')]), 'accept'],
  ['another protocol', firewall([rule('DROP', {protocol: 'tcp'})]), 'accept'],
  ['not that protocol', firewall([rule('DROP', {protocol: '!udp'})]), 'accept'],
  ['a range of ports', firewall([rule('DROP', {destinationPort: '51000:52000'})]), 'drop'],
  ['a list of ports', firewall([rule('DROP', {destinationPort: '53,4789'})]), 'accept'],
  ['a set that is not read', firewall([rule('DROP', {text: '-A INPUT -p udp -m set --match-set ports dst -j DROP'})]), 'maybe'],
  ['another device', firewall([rule('DROP', {inDevice: 'wg0'})]), 'accept'],
  ['all devices but one', firewall([rule('DROP', {inDevice: '!eth0'})]), 'accept'],
  ['devices of a kind', firewall([rule('DROP', {inDevice: 'eth+'})]), 'drop'],
  ['from others', firewall([rule('DROP', {text: '-A INPUT -s 198.51.100.0/24 -j DROP'})]), 'accept'],
  ['from its network', firewall([rule('DROP', {text: '-A INPUT -s 203.0.113.0/24 -j DROP'})]), 'drop'],
  ['what is established', firewall([rule('ACCEPT', {text: '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'}), rule('DROP')]), 'established'],
  ['what is invalid', firewall([rule('DROP', {text: '-A INPUT -m conntrack --ctstate INVALID -j DROP'})]), 'accept'],
  ['a match that is not known here', firewall([rule('DROP', {text: '-A INPUT -m recent --rcheck --name bad --rsource -j DROP'})]), 'maybe'],
  ['a comment is no match', firewall([rule('DROP', {text: '-A INPUT -m comment --comment "no -m here" -j DROP'})]), 'drop'],
  ['a chain that drops', firewall([rule('WALL'), rule('DROP', {chain: 'WALL'})]), 'drop'],
  ['a chain that returns', firewall([rule('WALL'), rule('RETURN', {chain: 'WALL'}), rule('DROP', {chain: 'WALL'})]), 'accept'],
  ['a chain that leads to itself', firewall([rule('INPUT')]), 'accept'],
  ['a native chain', native('accept', [{jump: {target: 'in'}}], ['in', is({payload: {protocol: 'udp', field: 'dport'}}, 51820), {drop: null}]), 'drop'],
  ['native: what is established, and the policy', native('drop', [is({ct: {key: 'state'}}, ['established', 'related'], 'in'), accept]), 'established'],
  ['native: what another has sent, and the policy', native('drop', [is({payload: {protocol: 'ip', field: 'saddr'}}, '10.9.9.9'), accept]), 'drop'],
  ['native: to another address, which is not known', native('drop', [is({payload: {protocol: 'ip', field: 'daddr'}}, '10.9.9.9'), accept]), 'maybe'],
  ['native: its source, and the policy', native('drop', [is({payload: {protocol: 'ip', field: 'saddr'}}, {prefix: {addr: '203.0.113.0', len: 24}}), accept]), 'accept'],
  ['native: by the state', native('drop', [{vmap: {key: {ct: {key: 'state'}}, data: {set: [['established', accept], ['invalid', {drop: null}]]}}}]), 'established'],
  ['native: dropped from a named set', native('accept', [is({payload: {protocol: 'ip', field: 'saddr'}}, '@bad'), {drop: null}]), 'maybe'],
  ['native: another port', native('drop', [is({payload: {protocol: 'tcp', field: 'dport'}}, 22), accept]), 'drop'],
  ['one back end accepts, the other drops', firewall([rule('ACCEPT'), rule('DROP', {backend: 'iptables-legacy'})]), 'drop'],
];

describe('a packet filter', () => {
  it.each(cases)('%s', (_, rules, verdict) => expect(passage(rules, 'INPUT', packet).verdict).toBe(verdict));
  it('a device that is not known is a doubt', () => expect(passage(firewall([rule('DROP', {inDevice: 'eth0'})]), 'INPUT', {...packet, inDevice: undefined}).verdict).toBe('maybe'));
  it('rules of FORWARD are not those of INPUT', () => expect(passage(firewall([rule('DROP')]), 'FORWARD', packet).verdict).toBe('accept'));
});

describe('longest prefix', () => {
  const table = new PrefixTable<string>();
  for (const prefix of ['0.0.0.0/0', '192.168.0.0/16', '192.168.0.0/24', '192.168.0.3', 'fd00::/64', 'fd00::7/128', 'nonsense', '10.0.0.0/33']) table.add(prefix, prefix);
  it.each([['192.168.0.3', '192.168.0.3'], ['192.168.0.4', '192.168.0.0/24'], ['192.168.9.4', '192.168.0.0/16'], ['8.8.8.8', '0.0.0.0/0'], ['fd00::1', 'fd00::/64'], ['fd00:0:0:0::7', 'fd00::7/128'], ['fd01::1', undefined], ['no address', undefined]])('%s', (address, prefix) => expect(table.find(address)).toBe(prefix));
  it.each(['1.2.3', '1.2.3.256', '1::2::3', 'fd00::/129', '1.2.3.4/-1', ''])('%s is no prefix', (text) => expect(parsePrefix(text)).toBeUndefined());
});
