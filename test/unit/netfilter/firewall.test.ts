import {expect, test} from 'vitest';
import {firewallCommand, parseFirewall} from '../../../src/services/netfilter/firewall.ts';
import {splitWords} from '../../../src/services/netfilter/iptables.ts';
import {netfilterProbesFor} from '../../../src/services/netfilter/probes.ts';
import {context, fixture, kind, output, parts, value} from '../host/answers.ts';
import {fuzz} from '../fuzz.ts';

const rules = fixture('netfilter/rules-iptables-save.txt');
const native = fixture('netfilter/native-nft.json');
const emptyNft = '{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}]}';
const mixed = parts({
  'iptables-save': fixture('netfilter/mixed-iptables-save.txt'),
  'iptables-nft-save': fixture('netfilter/mixed-iptables-save.txt'),
  'iptables-legacy-save': fixture('netfilter/mixed-iptables-legacy-save.txt'),
  nft: fixture('netfilter/mixed-nft.json'),
});

test('rules in both iptables back ends at once, each once, with the addresses that nft does not show', () => {
  const firewall = value(parseFirewall(output(mixed, {stderr: '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n'})));
  expect(firewall.backends).toEqual(['iptables-nft', 'iptables-legacy', 'nft']);
  const none = {source: undefined, destination: undefined, inDevice: undefined, outDevice: undefined, protocol: undefined};
  const legacy = 'iptables-legacy';
  expect(firewall.nat).toEqual([
    {...none, backend: 'iptables-nft', chain: 'PREROUTING', position: 1, action: 'DNAT', target: '172.17.2.13', destination: '203.0.113.213', text: '-A PREROUTING -d 203.0.113.213/32 -j DNAT --to-destination 172.17.2.13'},
    {...none, backend: 'iptables-nft', chain: 'POSTROUTING', position: 1, action: 'SNAT', target: '203.0.113.213', source: '172.17.2.13', outDevice: 'eth0', text: '-A POSTROUTING -s 172.17.2.13/32 -o eth0 -j SNAT --to-source 203.0.113.213'},
    {...none, backend: legacy, chain: 'PREROUTING', position: 1, action: 'DNAT', target: '172.17.2.10', destination: '203.0.113.210', text: '-A PREROUTING -d 203.0.113.210/32 -j DNAT --to-destination 172.17.2.10'},
    {...none, backend: legacy, chain: 'PREROUTING', position: 2, action: 'DNAT', target: '172.17.2.11', destination: '203.0.113.211', text: '-A PREROUTING -d 203.0.113.211/32 -j DNAT --to-destination 172.17.2.11'},
    {...none, backend: legacy, chain: 'POSTROUTING', position: 1, action: 'SNAT', target: '203.0.113.210', source: '172.17.2.10', outDevice: 'eth0', text: '-A POSTROUTING -s 172.17.2.10/32 -o eth0 -j SNAT --to-source 203.0.113.210'},
    {...none, backend: legacy, chain: 'POSTROUTING', position: 2, action: 'SNAT', target: '203.0.113.211', source: '172.17.2.11', outDevice: 'eth0', text: '-A POSTROUTING -s 172.17.2.11/32 -o eth0 -j SNAT --to-source 203.0.113.211'},
    {...none, backend: legacy, chain: 'POSTROUTING', position: 3, action: 'MASQUERADE', target: 'MASQUERADE', source: '172.17.2.0/24', outDevice: 'eth0', text: '-A POSTROUTING -s 172.17.2.0/24 -o eth0 -j MASQUERADE'},
  ]);
});

test('jumps, negations, ranges, ports, quoted comments that look like options, order', () => {
  const firewall = value(parseFirewall(output(parts({'iptables-save': rules}))));
  expect(firewall.nat.map((rule) => [rule.chain, rule.position, rule.action, rule.target, rule.source, rule.destination, rule.inDevice, rule.outDevice, rule.protocol])).toEqual([
    ['PREROUTING', 1, 'jump', 'DNAT4', undefined, undefined, undefined, undefined, undefined],
    ['PREROUTING', 2, 'DNAT', '172.17.2.11-172.17.2.19:80', undefined, undefined, 'eth0', undefined, 'tcp'],
    ['PREROUTING', 3, 'other', 'REDIRECT', undefined, undefined, 'eth0', undefined, 'tcp'],
    ['POSTROUTING', 1, 'jump', 'SNAT4', undefined, undefined, undefined, undefined, undefined],
    ['POSTROUTING', 2, 'SNAT', '203.0.113.1-203.0.113.4:100-200', '!172.17.2.0/24', undefined, undefined, '!eth1', 'udp'],
    ['POSTROUTING', 3, 'MASQUERADE', 'MASQUERADE', undefined, undefined, undefined, 'eth0', undefined],
    ['DNAT4', 1, 'DNAT', '172.17.2.10', undefined, '203.0.113.201', undefined, undefined, undefined],
    ['SNAT4', 1, 'SNAT', '203.0.113.201', '172.17.2.10', undefined, undefined, undefined, undefined],
  ]);
  expect(firewall.filter.map((rule) => [rule.chain, rule.position, rule.target, rule.rejectWith, rule.inDevice, rule.protocol, rule.destinationPort])).toEqual([
    ['INPUT', 1, 'ACCEPT', undefined, 'eth0', 'udp', '51820'],
    ['INPUT', 2, 'DROP', undefined, 'eth0', 'udp', '49152:49215'],
    ['INPUT', 3, 'REJECT', 'tcp-reset', undefined, 'tcp', '!22,80:90'],
    ['FORWARD', 1, 'one-7-0-i', undefined, undefined, undefined, undefined],
    ['one-7-0-i', 1, 'RETURN', undefined, undefined, undefined, undefined],
  ]);
  expect(firewall.filter[2]!.text).toBe('-A INPUT -p tcp -m multiport ! --dports 22,80:90 -m comment --comment "two lines" -j REJECT --reject-with tcp-reset');
  expect(firewall.policies).toEqual({
    'filter/INPUT': 'ACCEPT', 'filter/FORWARD': 'DROP', 'filter/OUTPUT': 'ACCEPT',
    'nat/PREROUTING': 'ACCEPT', 'nat/INPUT': 'ACCEPT', 'nat/OUTPUT': 'ACCEPT', 'nat/POSTROUTING': 'ACCEPT',
  });
});

test('native nft tables: translations, maps, ranges, sets, jumps, verdicts, policies', () => {
  const firewall = value(parseFirewall(output(parts({'iptables-save': '', nft: native}))));
  expect(firewall.backends).toEqual(['iptables-nft', 'nft']);
  expect(firewall.nat.map((rule) => [rule.chain, rule.position, rule.action, rule.target, rule.source, rule.destination, rule.inDevice, rule.outDevice, rule.protocol])).toEqual([
    ['ip x/pre', 1, 'DNAT', '10.0.0.1:8080', undefined, '203.0.113.9', 'eth0', undefined, 'tcp'],
    ['ip x/pre', 2, 'DNAT', '10.0.0.2', undefined, '203.0.113.8', undefined, undefined, undefined],
    ['ip x/pre', 3, 'DNAT', '{"map":{"key":{"payload":{"protocol":"ip","field":"daddr"}},"data":"@m"}}', undefined, undefined, undefined, undefined, undefined],
    ['ip x/pre', 4, 'DNAT', '10.0.0.3-10.0.0.9', undefined, '203.0.113.20-203.0.113.30', undefined, undefined, undefined],
    ['ip x/pre', 5, 'jump', 'sub', undefined, undefined, '{eth0,eth1}', undefined, undefined],
    ['ip x/pre', 6, 'other', 'REDIRECT', undefined, undefined, undefined, undefined, '{tcp,udp}'],
    ['ip x/sub', 1, 'other', 'RETURN', undefined, undefined, undefined, undefined, undefined],
    ['ip x/post', 1, 'MASQUERADE', 'MASQUERADE', '!10.0.0.0/8', undefined, undefined, 'eth0', undefined],
    ['ip x/post', 2, 'SNAT', '203.0.113.8', '10.0.0.2', undefined, undefined, undefined, undefined],
    ['ip x/post', 3, 'SNAT', '203.0.113.8:1000-2000', '@allowed', undefined, undefined, '!eth1', 'udp'],
  ]);
  expect(firewall.filter.map((rule) => [rule.chain, rule.position, rule.target, rule.rejectWith, rule.inDevice, rule.protocol, rule.destinationPort])).toEqual([
    ['inet fw/input', 1, 'ACCEPT', undefined, undefined, undefined, undefined],
    ['inet fw/input', 2, 'ACCEPT', undefined, 'lo', undefined, undefined],
    ['inet fw/input', 3, 'ACCEPT', undefined, undefined, 'tcp', '22'],
    ['inet fw/input', 4, 'REJECT', 'admin-prohibited', 'eth0', 'udp', '51820-51830'],
    ['inet fw/input', 5, 'DROP', undefined, undefined, 'udp', '{4789,8472}'],
    ['inet fw/input', 6, 'other', undefined, undefined, undefined, undefined],
    ['inet fw/other', 1, 'REJECT', 'tcp reset', undefined, 'tcp', '80'],
    ['inet fw/other', 2, '', undefined, undefined, undefined, undefined],
    ['inet fw/other', 3, 'third', undefined, undefined, undefined, undefined],
  ]);
  expect(firewall.policies).toEqual({'ip x/pre': 'ACCEPT', 'ip x/post': 'ACCEPT', 'inet fw/input': 'DROP'});
});

test('a table that iptables-nft cannot read is nft’s, rules of iptables extensions seen through nft alone are said to be incomplete', () => {
  const alone = parseFirewall(output(parts({nft: fixture('netfilter/mixed-nft.json')})));
  expect(value(alone).nat.map((rule) => [rule.chain, rule.action, rule.target])).toEqual([['ip nat/PREROUTING', 'other', 'DNAT'], ['ip nat/POSTROUTING', 'other', 'SNAT']]);
  expect(alone.ok && alone.warnings).toEqual(['nft: 2 rules of iptables extensions whose details nft does not show']);
  // iptables shows what it can of a table with base chains of nft's own: the rest is nft's, and nothing is counted twice
  const shared = "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n# Generated by iptables-save v1.8.9 (nf_tables) on x\n*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 203.0.113.213/32 -j DNAT --to-destination 172.17.2.13\nCOMMIT\n";
  expect(value(parseFirewall(output(parts({'iptables-save': shared, nft: fixture('netfilter/mixed-nft.json')})))).nat.map((rule) => [rule.backend, rule.chain])).toEqual([['iptables-nft', 'PREROUTING'], ['nft', 'ip nat/POSTROUTING']]);
});

test('the plain program of the legacy back end is called what it is, and not counted twice', () => {
  const legacy = fixture('netfilter/mixed-iptables-legacy-save.txt');
  const plainOnly = value(parseFirewall(output(parts({'iptables-save': legacy}))));
  expect(plainOnly.backends).toEqual(['iptables-legacy']);
  expect(plainOnly.nat).toHaveLength(5);
  const both = value(parseFirewall(output(parts({'iptables-save': legacy, 'iptables-nft-save': '', 'iptables-legacy-save': legacy}))));
  expect(both.backends).toEqual(['iptables-nft', 'iptables-legacy']);
  expect(both.nat.map((rule) => rule.backend)).toEqual(Array(5).fill('iptables-legacy'));
  const counted = legacy.replaceAll('-A POSTROUTING', '[1:84] -A POSTROUTING');
  expect(value(parseFirewall(output(parts({'iptables-save': counted})))).nat).toEqual(plainOnly.nat);
});

test('a back end that drops is enough; one that did not answer is not in the list', () => {
  const dropping = '# Generated by iptables-save v1.8.9 on x\n*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';
  const reading = parseFirewall(output(parts({'iptables-save': rules, 'iptables-legacy-save': dropping, nft: 1}), {stderr: 'netlink: Error: cache initialization failed\n'}));
  expect(value(reading).policies).toMatchObject({'filter/INPUT': 'DROP', 'filter/FORWARD': 'DROP', 'filter/OUTPUT': 'ACCEPT'});
  expect(value(reading).backends).toEqual(['iptables-nft', 'iptables-legacy']);
  expect(reading.ok && reading.warnings).toEqual(['nft: exit 1: netlink: Error: cache initialization failed']);
});

test('nothing installed, no right, cut off, nonsense', () => {
  expect(kind(parseFirewall(output('')))).toBe('not-installed');
  const denied = 'iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n';
  expect(parseFirewall(output('iptables-save=1\niptables-legacy-save=1\nnft=1\n', {stderr: denied}))).toMatchObject({ok: false, problem: {kind: 'denied'}});
  expect(kind(parseFirewall(output('iptables-save=4\n', {stderr: 'what?'})))).toBe('failed');
  expect(kind(parseFirewall(output('hello\n')))).toBe('garbled');
  expect(kind(parseFirewall(output('', {exit: 124})))).toBe('timeout');
  const cut = parseFirewall(output(parts({'iptables-save': rules}) + 'nft:{"nfta', {truncated: true}));
  expect(value(cut).backends).toEqual(['iptables-nft']);
  expect(cut.ok && cut.warnings).toEqual(['nft: the answer was cut off']);
  expect(kind(parseFirewall(output('iptables-save:*nat', {truncated: true})))).toBe('too-big');
});

test('words as iptables-save quotes them', () => {
  expect(splitWords('-A X --comment "a \\"b\\" \\\\ c" -j Y')).toEqual(['-A', 'X', '--comment', 'a "b" \\ c', '-j', 'Y']);
  expect(splitWords('-A X --comment "open')).toBeUndefined();
  expect(splitWords('')).toEqual([]);
});

test('only listings are sent, and none that names a table; a virtual router is read more often', () => {
  expect(firewallCommand).not.toMatch(/-t |(?<!-)\b(add|delete|flush|insert|restore)\b|-[AIDFXNPZ] |iptables(-nft|-legacy)? /);
  expect(netfilterProbesFor(context(['virtual-router']).spec).map((probe) => [probe.id, probe.tier])).toEqual([['nf.firewall', 'medium']]);
  expect(netfilterProbesFor(context(['vtep']).spec).map((probe) => probe.tier)).toEqual(['slow']);
});

test('fuzz', () => {
  const inputs = [mixed, parts({'iptables-save': rules, nft: emptyNft}), parts({'iptables-save': '', nft: native})];
  fuzz({name: 'nf.firewall', inputs, parse: (text) => parseFirewall(output(text)), derived: ['backend', 'backends', 'action', 'position', 'text', 'target', 'chain', 'policies', 'source', 'destination', 'inDevice', 'outDevice', 'protocol', 'destinationPort']});
  // What is put together of several words of native rules ("inet fw/input", "{4789,8472}") is exempt above: held here for iptables.
  // A "!" is put before what is negated: taken off again here.
  const plain = (reading: unknown): unknown => JSON.parse(JSON.stringify(reading).replaceAll('":"!', '":"'));
  fuzz({name: 'nf.firewall, iptables only', inputs: [parts({'iptables-save': rules}), parts({'iptables-legacy-save': fixture('netfilter/mixed-iptables-legacy-save.txt')})], parse: (text) => plain(parseFirewall(output(text))), derived: ['backend', 'backends', 'action', 'position', 'text']});
}, 120_000);
