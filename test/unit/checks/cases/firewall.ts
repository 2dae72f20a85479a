/** Firewalls as `iptables-save` and `nft -j` print them, read by the console's own parsers. */
import {parseIptablesSave} from '../../../../src/services/netfilter/iptables.ts';
import {parseNft} from '../../../../src/services/netfilter/nft.ts';
import type {Firewall, NatBackend} from '../../../../src/model/network.ts';
import type {Case} from '../case.ts';
import {cloudReads, fails, reads, specOf, unread, type Edit} from '../recorded.ts';

/** The filter table of a host: policies, and its rules without "-A ". */
const filter = (host: string, rules: readonly string[], policies: Readonly<Record<string, string>> = {}, backend: NatBackend = 'iptables-nft'): Edit => {
  const all = {INPUT: 'ACCEPT', FORWARD: 'ACCEPT', OUTPUT: 'ACCEPT', ...policies};
  const lines = ['*filter', ...Object.entries(all).map(([chain, policy]) => `:${chain} ${policy} [0:0]`), ...rules.map((rule) => `-A ${rule}`), 'COMMIT'];
  const tables = parseIptablesSave(lines, backend);
  return reads(host, 'nf.firewall', (firewall): Firewall => ({...firewall, filter: [...firewall.filter, ...tables.filter], policies: {...firewall.policies, ...Object.fromEntries(tables.policies)}}));
};
const native = (host: string, policy: string, rules: readonly (readonly unknown[])[]): Edit => {
  const [family, table, chain] = ['inet', 'fw', 'input'];
  const text = JSON.stringify({nftables: [{chain: {family, table, name: chain, type: 'filter', hook: 'input', prio: 0, policy}}, ...rules.map((expr) => ({rule: {family, table, chain, expr}}))]});
  const tables = parseNft(text, new Set());
  if (!tables) throw new Error('nft did not print this');
  return reads(host, 'nf.firewall', (firewall) => ({...firewall, filter: tables.filter, policies: Object.fromEntries(tables.policies)}));
};
const meets = (left: unknown, right: unknown, op = '=='): unknown => ({match: {op, left, right}});
const port = (protocol: string, right: unknown): unknown => meets({payload: {protocol, field: 'dport'}}, right);
const states = meets({ct: {key: 'state'}}, ['established', 'related'], 'in');

/** What oneprovision leaves on an edge host. */
const oneprovision = (host: string, more: readonly string[] = []): Edit => filter(host, [
  'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', 'INPUT -p icmp -j ACCEPT', 'INPUT -i lo -j ACCEPT',
  ...['tcp 22', 'tcp 179', 'udp 8472'].map((one) => one.split(' ')).map(([protocol, number]) => `INPUT -i eth0 -p ${protocol} -m conntrack --ctstate NEW -m ${protocol} --dport ${number} -j ACCEPT`),
  ...more, 'INPUT -i eth0 -j REJECT --reject-with icmp-host-prohibited',
]);
const wireguardDropped = filter('kvm2', ['INPUT -p udp -m udp --dport 51820 -j DROP']);
const vxlanDropped = filter('kvm2', ['INPUT -i wg0 -p udp -m udp --dport 4789 -j DROP']);
const silent: Edit = reads('kvm2', 'wg.interfaces', (all) => all.map((wg) => ({...wg, peers: wg.peers.map((peer) => ({...peer, endpoint: undefined}))})));
const neverShook: Edit = reads('kvm2', 'wg.interfaces', (all) => all.map((wg) => ({...wg, peers: wg.peers.map((peer) => ({...peer, latestHandshake: undefined}))})));
const statefulDrop = 'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';

export const cases: readonly Case[] = [
  {check: 'firewall.wireguard', name: 'no rule, no trouble', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'the port is dropped', edits: [wireguardDropped], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /iptables -w -D INPUT -p udp -m udp --dport 51820 -j DROP/, breaks: ['filter kvm2', 'tunnel ingress|kvm2', 'tunnel kvm1|kvm2']}},
  {check: 'firewall.wireguard', name: 'dropped in the legacy back end', edits: [filter('kvm2', ['INPUT -p udp -m udp --dport 51820 -j DROP'], {}, 'iptables-legacy')], expect: {outcome: 'fail', subject: 'kvm2', says: /iptables-legacy -w -D/}},
  {check: 'firewall.wireguard', name: 'accepted before it is dropped', edits: [filter('kvm2', ['INPUT -p udp -m udp --dport 51820 -j ACCEPT', 'INPUT -p udp -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'dropped before it is accepted', edits: [filter('kvm2', ['INPUT -p udp -j DROP', 'INPUT -p udp -m udp --dport 51820 -j ACCEPT'])], expect: {outcome: 'fail', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'another port, another protocol, another device, another sender', edits: [filter('kvm2', ['INPUT -p tcp -m tcp --dport 25 -j DROP', 'INPUT -p udp -m udp --dport 51821 -j DROP', 'INPUT -i eth7 -j DROP', 'INPUT -s 198.51.100.0/24 -j DROP', 'INPUT -p udp -m multiport --dports 53,123 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'one peer only is refused', edits: [filter('kvm2', ['INPUT -s 203.0.113.11/32 -p udp -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2', says: /from kvm1 comes up/, breaks: ['tunnel kvm1|kvm2']}},
  {check: 'firewall.wireguard', name: 'all but one sender is refused', edits: [filter('kvm2', ['INPUT ! -s 203.0.113.1/32 -p udp -m udp --dport 51820 -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2', says: /kvm1/}},
  {check: 'firewall.wireguard', name: 'answers only are let in, and the host dials', edits: [filter('kvm2', [statefulDrop, 'INPUT -p udp -j DROP'])], expect: {outcome: 'warn', subject: 'kvm2', says: /keeps dialling/}},
  {check: 'firewall.wireguard', name: 'answers only are let in, and the host dials nobody', edits: [filter('kvm2', [statefulDrop, 'INPUT -p udp -j DROP']), silent], expect: {outcome: 'fail', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'through a chain of its own, which returns', edits: [filter('kvm2', ['INPUT -j FENCE', 'FENCE -i eth0 -j RETURN', 'FENCE -p udp -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'through a chain of its own, which drops', edits: [filter('kvm2', ['INPUT -i eth0 -j FENCE', 'INPUT -p udp -j ACCEPT', 'FENCE -p udp -m comment --comment "no -j ACCEPT here" -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'a limited drop is no drop of all', edits: [filter('kvm2', ['INPUT -p udp -m limit --limit 1/sec -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'a set decides, and nobody has shaken hands', edits: [filter('kvm2', ['INPUT -m set --match-set trusted src -j ACCEPT', 'INPUT -p udp -j DROP']), neverShook], expect: {outcome: 'unknown', subject: 'kvm2', says: /match-set trusted/}},
  {check: 'firewall.wireguard', name: 'a set decides, and hands are shaken', edits: [filter('kvm2', ['INPUT -m set --match-set trusted src -j ACCEPT', 'INPUT -p udp -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'the policy drops: folds under default-deny', edits: [filter('kvm2', [], {INPUT: 'DROP'})], expect: {outcome: 'fail', subject: 'kvm2', needs: ['filter-rest kvm2']}},
  {check: 'firewall.wireguard', name: 'native nft: dropped by policy', edits: [native('kvm2', 'drop', [[states, {accept: null}], [port('tcp', {set: [22, 179]}), {accept: null}]])], expect: {outcome: 'warn', subject: 'kvm2', says: /policy DROP of inet fw\/input/}},
  {check: 'firewall.wireguard', name: 'native nft: accepted by a range and a prefix', edits: [native('kvm2', 'drop', [[meets({payload: {protocol: 'ip', field: 'saddr'}}, {prefix: {addr: '203.0.113.0', len: 24}}), port('udp', {range: [51_800, 51_900]}), {counter: {packets: 1, bytes: 2}}, {accept: null}]])], expect: {outcome: 'pass', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'native nft: states by a map, the port dropped', edits: [native('kvm2', 'accept', [[{vmap: {key: {ct: {key: 'state'}}, data: {set: [['established', {accept: null}], ['invalid', {drop: null}]]}}}], [port('udp', 51_820), {drop: null}]])], expect: {outcome: 'warn', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'the firewall cannot be read', edits: [fails('kvm2', 'nf.firewall', 'denied')], expect: {outcome: 'unknown', subject: 'kvm2', says: /nf\.firewall/}},
  {check: 'firewall.wireguard', name: 'no firewall program, no firewall', edits: [fails('kvm2', 'nf.firewall', 'not-installed', 'no iptables', false)], expect: {outcome: 'pass'}},
  {check: 'firewall.wireguard', name: 'which port is not known', edits: [filter('kvm2', ['INPUT -p udp -j DROP']), unread('kvm2', 'wg.interfaces')], expect: {outcome: 'unknown', subject: 'kvm2', says: /wg\.interfaces/}},

  {check: 'firewall.bgp', name: 'no rule', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.bgp', name: 'the reflector, which only listens, lets nobody in', edits: [filter('ingress', ['INPUT -i wg0 -p tcp -m tcp --dport 179 -j DROP'])], expect: {outcome: 'fail', subject: 'ingress', breaks: ['session ingress|kvm1', 'session ingress|kvm2']}},
  {check: 'firewall.bgp', name: 'a hypervisor lets nobody in, but dials itself', edits: [filter('kvm2', ['INPUT -i wg0 -p tcp -m tcp --dport 179 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.bgp', name: 'a hypervisor lets no answer in either', edits: [filter('kvm2', ['INPUT -i wg0 -p tcp -j REJECT --reject-with tcp-reset'])], expect: {outcome: 'fail', subject: 'kvm2', only: true, breaks: ['session ingress|kvm2']}},
  {check: 'firewall.bgp', name: 'on the public device only', edits: [filter('ingress', ['INPUT -i eth0 -p tcp -m tcp --dport 179 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.bgp', name: 'not read', edits: [unread('ingress', 'nf.firewall')], expect: {outcome: 'unknown', subject: 'ingress'}},

  {check: 'firewall.vxlan', name: 'no rule', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.vxlan', name: 'dropped on the underlay', edits: [vxlanDropped], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /-D INPUT -i wg0 -p udp/, breaks: ['carriage kvm1>kvm2/2', 'carriage kvm3>kvm2/3']}},
  {check: 'firewall.vxlan', name: 'dropped on the public device: it does not come that way', edits: [filter('kvm2', ['INPUT -i eth0 -p udp -m udp --dport 4789 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.vxlan', name: 'the other port of VXLAN', edits: [filter('kvm2', ['INPUT -p udp -m udp --dport 8472 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.vxlan', name: 'answers alone do not do: each flow has its own source port', edits: [filter('kvm2', [statefulDrop, 'INPUT -i wg+ -p udp -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2'}},
  {check: 'firewall.vxlan', name: 'not read', edits: [unread('kvm1', 'nf.firewall')], expect: {outcome: 'unknown', subject: 'kvm1'}},

  {check: 'firewall.migration', name: 'no rule', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.migration', name: 'part of QEMU\'s ports is refused', edits: [filter('kvm2', ['INPUT -p tcp -m tcp --dport 49160:49170 -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /TCP 49152:49215/}},
  {check: 'firewall.migration', name: 'ssh is refused to one other hypervisor', edits: [filter('kvm2', ['INPUT -s 203.0.113.13/32 -p tcp -m tcp --dport 22 -j DROP'])], expect: {outcome: 'fail', subject: 'kvm2', says: /TCP 22 /}},
  {check: 'firewall.migration', name: 'a rule for mail is nobody\'s trouble', edits: [filter('kvm2', ['INPUT -p tcp -m tcp --dport 25 -j DROP'])], expect: {outcome: 'pass'}},
  {check: 'firewall.migration', name: 'not read', edits: [fails('kvm2', 'nf.firewall', 'denied')], expect: {outcome: 'unknown', subject: 'kvm2'}},

  {check: 'firewall.default-deny', name: 'no rule', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.default-deny', name: 'as oneprovision leaves it', edits: [oneprovision('kvm2')], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /REJECT icmp-host-prohibited[\s\S]*UDP 51820[\s\S]*TCP 49152:49215/, breaks: ['filter-rest kvm2']}},
  {check: 'firewall.default-deny', name: 'as oneprovision leaves it, with what is needed before it', edits: [oneprovision('kvm2', ['INPUT -p udp -m udp --dport 51820 -j ACCEPT', 'INPUT -p tcp -m multiport --dports 22,49152:49215 -j ACCEPT'])], expect: {outcome: 'pass'}},
  {check: 'firewall.default-deny', name: 'as oneprovision leaves it, on a host reached through a forwarded port', edits: [oneprovision('kvm2'), specOf('kvm2', {ssh: {host: '127.0.0.1', port: 2222, user: 'root', identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}}}), cloudReads('one.hosts', (all) => all.map((one) => (one.id === 1 ? {...one, name: 'kvm2'} : one)))], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /UDP 51820[\s\S]*TCP 49152:49215/}},
  {check: 'firewall.default-deny', name: 'on a reflector: no VM comes to it', edits: [oneprovision('ingress')], expect: {outcome: 'warn', subject: 'ingress', only: true, says: /keeps dialling/}},
  {check: 'firewall.default-deny', name: 'the policy drops', edits: [filter('kvm2', [], {INPUT: 'DROP'})], expect: {outcome: 'fail', subject: 'kvm2', says: /policy DROP/, breaks: ['filter kvm2', 'session ingress|kvm2']}},
  {check: 'firewall.default-deny', name: 'a rule about one port is not of this kind', edits: [wireguardDropped], expect: {outcome: 'pass'}},
  {check: 'firewall.default-deny', name: 'not read', edits: [unread('kvm2', 'nf.firewall')], expect: {outcome: 'unknown', subject: 'kvm2'}},

  {check: 'firewall.forward', name: 'no rule', edits: [], expect: {outcome: 'pass'}},
  {check: 'firewall.forward', name: 'as Docker leaves it', edits: [filter('kvm2', [], {FORWARD: 'DROP'})], expect: {outcome: 'warn', subject: 'kvm2', only: true, says: /bridge-nf-call-iptables/}},
  {check: 'firewall.forward', name: 'bridged frames are let through', edits: [filter('kvm2', ['FORWARD -m physdev --physdev-is-bridged -j ACCEPT'], {FORWARD: 'DROP'})], expect: {outcome: 'pass'}},
  {check: 'firewall.forward', name: 'a router that refuses', edits: [filter('vr', [], {FORWARD: 'DROP'})], expect: {outcome: 'fail', subject: 'vr', breaks: ['router vrouter 0']}},
  {check: 'firewall.forward', name: 'the links are not known', edits: [filter('kvm2', [], {FORWARD: 'DROP'}), unread('kvm2', 'ip.links')], expect: {outcome: 'unknown', subject: 'kvm2'}},
  {check: 'firewall.wireguard', name: 'a reflector on a hypervisor is one subject', edits: [specOf('kvm2', {roles: ['reflector', 'vtep']}), wireguardDropped], expect: {outcome: 'fail', subject: 'kvm2', only: true}},
];
