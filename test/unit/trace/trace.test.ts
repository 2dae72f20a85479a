/** Traces over a healthy recorded fabric, and over the same with one thing changed: what breaks, where, and for whom. */
import {describe, expect, it} from 'vitest';
import {traceFabric} from '../../../src/trace/trace.ts';
import type {Hop, Trace} from '../../../src/model/trace.ts';
import type {Firewall, WgPeer} from '../../../src/model/network.ts';
import {cloudReads, fabricWith, fails, lost, noCloud, pair, reads, unread, type Edit} from '../checks/recorded.ts';

function traced(from: string, to: string, ...edits: readonly Edit[]): Trace {
  const {fabric, now} = fabricWith(...edits);
  const result = traceFabric(fabric, now, from, to);
  if (!result.ok) throw new Error(`${result.says}: ${result.candidates.join('; ')}`);
  return result.trace;
}
const broken = ({there, back}: Trace): readonly string[] => [there, back].flatMap((leg) => (leg.breaksAt === undefined ? [] : [where(leg.hops[leg.breaksAt])]));
const where = (hop: Hop | undefined): string => `${hop?.kind} ${hop?.host} ${hop?.what}`;

const link = (host: string, name: string, change: object): Edit => reads(host, 'ip.links', (links) => links.map((one) => (one.name === name ? {...one, ...change} : one)));
const vxlan = (host: string, change: object): Edit => reads(host, 'ip.links', (links) => links.map((one) => (one.name === 'wg0.2' && one.vxlan ? {...one, vxlan: {...one.vxlan, ...change}} : one)));
/** Peers of wg0 of a host, told by the address that they allow. */
const peers = (host: string, change: (peer: WgPeer, allows: string) => WgPeer | undefined): Edit =>
  reads(host, 'wg.interfaces', (all) => all.map((wg) => ({...wg, peers: wg.peers.flatMap((peer) => change(peer, peer.allowedIps[0] ?? '') ?? [])})));
const drop = (host: string, rule: object): Edit =>
  reads(host, 'nf.firewall', (firewall) => ({...firewall, filter: [{backend: 'iptables-nft', chain: 'INPUT', position: 1, target: 'DROP', rejectWith: undefined, inDevice: undefined, protocol: 'udp', destinationPort: undefined, text: '', ...rule}]}));
const nftRule = (position: number, expr: readonly object[]) => ({backend: 'nft', chain: 'inet filter/input', position, target: 'ACCEPT', rejectWith: undefined, inDevice: undefined, protocol: undefined, destinationPort: undefined, text: JSON.stringify([...expr, {accept: null}])}) as const;
const nft: Firewall = {nat: [], backends: [], policies: {'inet filter/input': 'DROP'}, filter: [
  nftRule(1, [{match: {op: 'in', left: {ct: {key: 'state'}}, right: ['established', 'related']}}]),
  nftRule(2, [{match: {op: '==', left: {payload: {protocol: 'udp', field: 'dport'}}, right: 51820}}]),
]};
const withoutFdb = (host: string, ...macs: readonly string[]): Edit => reads(host, 'bridge.fdb', (fdb) => fdb.filter((entry) => !(macs.includes(entry.mac) && entry.destination !== undefined)));
const flood = '00:00:00:00:00:00';
const vm1 = '02:00:ac:11:02:0a';
const vm2 = '02:00:ac:11:02:0b';

describe('a healthy fabric', () => {
  it.each([['vm1', 'vm2'], ['vm2', 'vm1'], ['vm2', 'vm3'], ['vm4', 'vm5'], ['vm1', 'vr'], ['vr', 'vm2'], ['vm1', 'outside'], ['outside', 'vm1']])('%s reaches %s, at full size', (from, to) => {
    const trace = traced(from, to);
    expect({reaches: trace.reaches, full: trace.reachesFull, mtu: trace.mtu}).toEqual({reaches: 'yes', full: 'yes', mtu: 1370});
    expect([...trace.there.hops, ...trace.back.hops].map(({verdict}) => verdict).filter((verdict) => verdict !== 'ok')).toEqual([]);
    expect(trace.missing).toEqual([]);
  });
  it('passes every layer, in the order of the way', () => {
    expect(traced('vm1', 'vm2').there.hops.map(({kind, host}) => `${kind} ${host ?? '-'}`)).toEqual([
      'guest -', 'tap kvm1', 'bridge kvm1', 'vxlan kvm1', 'flood kvm1', 'fdb kvm1', 'evpn kvm1', 'route kvm1', 'wireguard kvm1', 'filter kvm2', 'wireguard kvm2', 'filter kvm2', 'vxlan kvm2', 'bridge kvm2', 'tap kvm2', 'guest -',
    ]);
  });
  it('stays on one bridge where both ends are', () => {
    expect(traced('vm1', 'vr').there.hops.map(({kind}) => kind)).toEqual(['guest', 'tap', 'bridge', 'tap', 'router']);
  });
  it('each reading that is shown has its time', () => {
    for (const {evidence} of traced('vm1', 'vm2').there.hops) for (const {stamp} of evidence) expect(stamp?.at).toBeGreaterThan(0);
  });
  it('says what nobody outside can see', () => expect(traced('vm1', 'vm2').blind.join(' ')).toContain('inside vm1 and vm2'));
});

describe('what breaks a way, and in which direction', () => {
  const cases: readonly (readonly [string, readonly Edit[], readonly string[], RegExp])[] = [
    ['the tap is down', [link('kvm2', 'one-2-0', {up: false})], ['tap kvm2 one-2-0', 'tap kvm2 one-2-0'], /one-2-0 of kvm2 is down/],
    ['the tap is in no bridge', [link('kvm2', 'one-2-0', {master: undefined})], ['tap kvm2 one-2-0', 'tap kvm2 one-2-0'], /in no bridge/],
    ['the guest has let go of its tap', [link('kvm2', 'one-2-0', {lowerUp: false})], ['tap kvm2 one-2-0', 'tap kvm2 one-2-0'], /no carrier/],
    ['the bridge is down', [link('kvm2', 'onebr.2', {up: false})], ['bridge kvm2 onebr.2', 'bridge kvm2 onebr.2'], /onebr.2 of kvm2 is down/],
    ['the VXLAN device is down', [link('kvm2', 'wg0.2', {up: false})], ['vxlan kvm2 wg0.2', 'vxlan kvm2 wg0.2'], /wg0.2 of kvm2 is down/],
    ['the VXLAN device is in no bridge', [link('kvm2', 'wg0.2', {master: undefined})], ['vxlan kvm2 VNI 2', 'vxlan kvm2 VNI 2'], /not in onebr.2/],
    ['another VNI', [vxlan('kvm2', {vni: 4002})], ['vxlan kvm2 wg0.2', 'vxlan kvm2 wg0.2'], /has VNI 4002, not 2/],
    ['another port', [vxlan('kvm2', {port: 8472})], ['vxlan kvm2 wg0.2', 'vxlan kvm1 wg0.2'], /listens on UDP 8472, the sender uses 4789/],
    ['another local address', [vxlan('kvm2', {local: '203.0.113.12'})], ['vxlan kvm2 wg0.2', 'wireguard kvm1 wg0'], /is at 203.0.113.12, not at 192.168.0.3/],
    ['neither entry nor flooding', [withoutFdb('kvm1', vm2, flood)], ['flood kvm1 wg0.2'], /floods VNI 2 to nobody/],
    ['an entry that leads elsewhere', [reads('kvm1', 'bridge.fdb', (fdb) => fdb.map((entry) => (entry.mac === vm2 && entry.destination ? {...entry, destination: '192.168.0.4'} : entry)))], [`fdb kvm1 ${vm2}`], /sends .* to 192.168.0.4 \(kvm3\), but vm2 is on kvm2/],
    ['the bridge has the MAC on a port of its own', [reads('kvm1', 'bridge.fdb', (fdb) => fdb.map((entry) => (entry.mac === vm2 && entry.master ? {...entry, device: 'one-0-1'} : entry)))], ['bridge kvm1 onebr.2'], /behind one-0-1, where vm2 is not/],
    ['no route', [reads('kvm2', 'ip.routes', (routes) => routes.filter(({device}) => device !== 'wg0'))], ['route kvm2 192.168.0.2'], /no route to 192.168.0.2/],
    ['a route outside the tunnel', [reads('kvm2', 'ip.routes', (routes) => [...routes, {destination: '192.168.0.2', gateway: undefined, device: 'eth0', source: undefined, protocol: 'static', scope: undefined, metric: undefined}])], ['route kvm2 192.168.0.2'], /leaves through eth0, outside wg0/],
    ['wg0 is down', [link('kvm2', 'wg0', {up: false})], ['wireguard kvm2 wg0', 'wireguard kvm2 wg0'], /wg0 of kvm2 is down/],
    ['no peer', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? undefined : peer))], ['wireguard kvm2 wg0', 'wireguard kvm2 wg0'], /no peer with the key of kvm1/],
    ['a wrong key', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? {...peer, publicKey: 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='} : peer))], ['wireguard kvm2 wg0', 'wireguard kvm2 wg0'], /no peer with the key of kvm1/],
    ['wrong AllowedIPs', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? {...peer, allowedIps: ['192.168.0.99/32']} : peer))], ['wireguard kvm2 wg0', 'wireguard kvm2 wg0'], /source 192.168.0.2: no peer may use it/],
    ['another peer has its address', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? {...peer, allowedIps: []} : allows.startsWith('192.168.0.1/') ? {...peer, allowedIps: [...peer.allowedIps, '192.168.0.2/32']} : peer))], ['wireguard kvm2 wg0', 'wireguard kvm2 wg0'], /they belong to ingress/],
    ['no handshake', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? {...peer, latestHandshake: undefined} : peer))], ['wireguard kvm2 wg0'], /no handshake yet/],
    ['an old handshake', [peers('kvm2', (peer, allows) => (allows.startsWith('192.168.0.2/') ? {...peer, latestHandshake: (peer.latestHandshake ?? 0) - 400} : peer))], ['wireguard kvm2 wg0'], /although there is a keepalive/],
    ['WireGuard is dropped', [drop('kvm2', {destinationPort: '51820', text: '-A INPUT -p udp -m udp --dport 51820 -j DROP'})], ['filter kvm2 UDP 51820'], /kvm2 drops UDP 51820/],
    ['nft lets answers in, and what is not VXLAN', [reads('kvm2', 'nf.firewall', () => nft)], ['filter kvm2 UDP 4789'], /lets only answers in/],
    ['VXLAN is dropped', [drop('kvm2', {destinationPort: '4789', inDevice: 'wg0', text: '-A INPUT -i wg0 -p udp -m udp --dport 4789 -j DROP'})], ['filter kvm2 UDP 4789'], /kvm2 drops UDP 4789 on wg0/],
  ];
  it.each(cases)('%s', (_, edits, hops, says) => {
    const trace = traced('vm1', 'vm2', ...edits);
    expect(broken(trace)).toEqual(hops);
    expect(trace.reaches).toBe('no');
    expect(trace.says).toMatch(says);
  });
  it('an idle tunnel without keepalive is no broken one', () => {
    const idle = (host: string): Edit => peers(host, (peer) => ({...peer, keepaliveS: undefined, latestHandshake: (peer.latestHandshake ?? 0) - 4000}));
    expect(traced('vm1', 'vm2', idle('kvm1'), idle('kvm2')).reaches).toBe('yes');
  });
  it('who cannot ask first can still be asked', () => {
    const edits = [withoutFdb('kvm2', flood)];
    expect(traced('vm2', 'vm1', ...edits).reaches).toBe('no');
    const asked = traced('vm1', 'vm2', ...edits);
    expect(asked.reaches).toBe('yes');
    expect(asked.back.hops.find(({kind}) => kind === 'flood')?.verdict).toBe('limits');
  });
  it('a MAC that is not known is flooded', () => {
    const trace = traced('vm1', 'vm2', reads('kvm1', 'bridge.fdb', (fdb) => fdb.filter(({mac}) => mac !== vm2)));
    expect(trace.reaches).toBe('yes');
    expect(trace.there.hops.find(({kind}) => kind === 'fdb')?.says).toMatch(/flooded to 2 VTEPs/);
  });
  it('a filter that lets answers in is a limit, no break', () => {
    const rule = {backend: 'iptables-nft' as const, chain: 'INPUT', rejectWith: undefined, inDevice: undefined, protocol: undefined, destinationPort: undefined};
    const trace = traced('vm1', 'vm2', reads('kvm2', 'nf.firewall', (firewall) => ({...firewall, filter: [
      {...rule, position: 1, target: 'ACCEPT', text: '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'},
      {...rule, position: 2, inDevice: 'eth0', target: 'REJECT', text: '-A INPUT -i eth0 -j REJECT --reject-with icmp-host-prohibited'},
    ]})));
    expect(trace.reaches).toBe('yes');
    expect(trace.there.hops.filter(({verdict}) => verdict === 'limits').map(where)).toEqual(['filter kvm2 UDP 51820']);
  });
});

describe('size', () => {
  it.each([
    ['wg0', 1280, 1230, 'wireguard kvm2 wg0'],
    ['wg0.2', 1280, 1280, 'vxlan kvm2 wg0.2'],
  ])('%s of the sender with MTU %i lets %i B through, in that direction', (device, mtu, passes, at) => {
    const trace = traced('vm2', 'vm1', link('kvm2', device, {mtu}));
    expect(trace.reaches).toBe('yes');
    expect(trace.reachesFull).toBe('no');
    expect([trace.there.mtu, trace.back.mtu, trace.mtu]).toEqual([passes, 1370, passes]);
    expect(where(trace.there.hops[trace.there.limitedBy ?? -1])).toBe(at);
    expect(trace.says).toContain(`${passes} B of 1370 B`);
    // Asked from the other end, the answer may be cut in pieces.
    expect(traced('vm1', 'vm2', link('kvm2', device, {mtu})).reachesFull).toBe('yes');
  });
});

describe('what was not read', () => {
  it('a host that is lost: not known, and says what is missing', () => {
    const trace = traced('vm1', 'vm2', lost('kvm2'));
    expect(trace.reaches).toBe('unknown');
    expect(trace.missing.map(({source}) => source)).toContain('kvm2');
    expect(trace.missing[0]?.why).toMatch(/unreachable/);
  });
  it('a host that was never read: its address is not known, which is no break', () => {
    const trace = traced('vm1', 'vm2', lost('kvm2'), ...(['ip.addresses', 'ip.links', 'wg.interfaces', 'bridge.fdb', 'frr.macs', 'frr.summary'] as const).map((probe) => unread('kvm2', probe)));
    expect(trace.reaches).toBe('unknown');
    expect(broken(trace)).toEqual([]);
  });
  it('what is certain to break is said all the same', () => expect(traced('vm1', 'vm2', lost('kvm2'), withoutFdb('kvm1', vm2, flood)).reaches).toBe('no'));
  it.each(['ip.links', 'ip.routes', 'wg.interfaces', 'nf.firewall'] as const)('without %s', (probe) => {
    const trace = traced('vm1', 'vm2', unread('kvm2', probe));
    expect(trace.reaches).toBe('unknown');
    expect(trace.missing.map(({source, probe: missing}) => `${source} ${missing}`)).toContain(`kvm2 ${probe}`);
  });
  it('a FDB that is too big to be read: what zebra knows stands in for it', () => {
    const trace = traced('vm1', 'vm2', fails('kvm1', 'bridge.fdb', 'too-big'));
    expect(trace.reaches).toBe('yes');
    expect(trace.there.hops.find(({kind}) => kind === 'fdb')?.evidence[0]?.stamp?.probe).toBe('frr.macs');
  });
  it('dead zebra: packets still pass, what it knew is not known', () => {
    const trace = traced('vm1', 'vm2', fails('kvm1', 'frr.macs', 'not-running'));
    expect(trace.reaches).toBe('yes');
    expect(trace.there.hops.find(({kind}) => kind === 'evpn')?.verdict).toBe('unknown');
  });
  it('a host without any packet filter needs none', () => expect(traced('vm1', 'vm2', fails('kvm2', 'nf.firewall', 'not-installed')).reaches).toBe('yes'));
});

describe('the virtual router', () => {
  const state = (change: object): Edit => reads('vr', 'vr.state', (value) => ({...value, ...change}));
  const nat = (change: (rule: {readonly chain: string}) => boolean): Edit => reads('vr', 'nf.firewall', (firewall) => ({...firewall, nat: firewall.nat.filter(change)}));
  const cases: readonly (readonly [string, readonly Edit[], readonly string[]])[] = [
    ['forwarding is off', [state({forwarding: false})], ['router vr forwarding', 'router vr forwarding']],
    ['no rules', [nat(() => false)], ['nat vr SNAT', 'nat vr DNAT']],
    ['nothing leads to the rules', [nat(({chain}) => chain !== 'PREROUTING')], ['nat vr DNAT']],
    ['the address is on no device', [reads('vr', 'ip.addresses', (all) => all.filter(({label}) => label !== 'SDNAT4'))], ['nat vr 203.0.113.201']],
    ['its public NIC is down', [link('vr', 'eth0', {up: false})], ['router vr eth0', 'router vr eth0']],
    ['its NIC in the network is down', [link('vr', 'eth1', {up: false})], ['router vr ', 'router vr ']],
    ['the guest was told another gateway', [cloudReads('one.vms', (vms) => vms.map((vm) => (vm.id === 1 ? {...vm, context: {...vm.context, ETH0_GATEWAY: '172.17.2.254'}} : vm)))], ['router vr 172.17.2.254']],
  ];
  it.each(cases)('%s', (_, edits, hops) => {
    const trace = traced('vm1', 'outside', ...edits);
    expect(broken(trace).map((one) => (one.startsWith('router vr vr') ? 'router vr ' : one))).toEqual(hops);
    expect(trace.reaches).toBe('no');
  });
  const route: Edit = reads('vr', 'ip.routes', (routes) => [...routes, {destination: 'default', gateway: '203.0.113.254', device: 'eth0', source: undefined, protocol: 'static', scope: undefined, metric: undefined}]);
  const masquerade: Edit = reads('vr', 'nf.firewall', (firewall) => ({...firewall, nat: [...firewall.nat, {backend: 'iptables-nft', chain: 'POSTROUTING', position: 2, action: 'MASQUERADE', target: '', source: undefined, destination: undefined, inDevice: undefined, outDevice: 'eth0', protocol: undefined, text: '-A POSTROUTING -o eth0 -j MASQUERADE'}]}));
  it('a VM without a mapping does not get out, unless the router lends its address', () => {
    expect(broken(traced('vm2', 'outside'))).toEqual(['nat vr SNAT', 'router vr public']);
    expect(broken(traced('vm2', 'outside', route))).toEqual(['nat vr SNAT']);
    expect(traced('vm2', 'outside', route, masquerade).reaches).toBe('yes');
  });
  it.each([['vr', 'vr'], ['vr', 'vr-b'], ['vr-b', 'vr'], ['vr-b', 'vr-b']] as const)('a pair: through the MASTER %s, %s first in the inventory', (master, first) => {
    for (const trace of [traced('vm1', 'outside', pair(master, first)), traced('outside', 'vm1', pair(master, first))]) {
      expect([trace.reaches, trace.reachesFull, trace.mtu]).toEqual(['yes', 'yes', 1370]);
      const routed = [...trace.there.hops, ...trace.back.hops].filter(({kind}) => kind === 'router' || kind === 'nat');
      expect([...new Set(routed.map(({host}) => host))]).toEqual([master]);
    }
  });
  it.each([['vr-b', 'vr'], ['gw-1', 'vr'], ['172.17.2.3', 'vr'], ['vr-b', 'vr-b']] as const)('a pair: %s is an end of its own, with %s as MASTER', (end, master) => {
    const trace = traced(end, 'vm2', pair(master));
    expect([trace.from.label, trace.from.ip, trace.reaches]).toEqual(['gw-1', '172.17.2.3', 'yes']);
    expect(trace.there.hops[0]).toMatchObject({kind: 'router', host: 'vr-b', verdict: 'ok'});
  });
  it('a pair of which no MASTER is known: not known, and none of its rules is missing', () => {
    const trace = traced('vm1', 'outside', pair('vr', 'vr-b'), unread('vr', 'vr.state'), unread('vr-b', 'vr.state'));
    expect([trace.reaches, broken(trace)]).toEqual(['unknown', []]);
    expect(trace.missing.map(({why}) => why).join()).toContain('the failover state of vr-b, vr was not read');
  });
  it('a pair that is no host of ours: not known', () => {
    const trace = traced('vm1', 'outside', pair('vr'), (recorded) => ({...recorded, hosts: recorded.hosts.filter(({spec}) => !spec.name.startsWith('vr'))}));
    expect([trace.reaches, broken(trace)]).toEqual(['unknown', []]);
  });
  it('a pair of which both are BACKUP lets nobody out', () => {
    const trace = traced('vm1', 'outside', pair('vr'), state({failover: 'BACKUP', forwarding: false}));
    expect([trace.reaches, broken(trace)]).toEqual(['no', ['router vr forwarding', 'router vr forwarding']]);
  });
  it.each([
    ['from inside out, and answers', '-i eth1 -o eth0 -j ACCEPT', 'yes'],
    ['nothing', '', 'no'],
  ])('its FORWARD lets through %s', (_, text, reaches) => {
    const accept = (position: number, words: string) => ({backend: 'iptables-nft', chain: 'FORWARD', position, target: 'ACCEPT', rejectWith: undefined, inDevice: undefined, protocol: undefined, destinationPort: undefined, text: `-A FORWARD ${words}`}) as const;
    const trace = traced('vm1', 'outside', reads('vr', 'nf.firewall', (firewall) => ({...firewall, policies: {'filter/FORWARD': 'DROP'}, filter: text === '' ? [] : [accept(1, text), accept(2, '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')]})));
    const filters = [...trace.there.hops, ...trace.back.hops].filter(({kind, host}) => kind === 'filter' && host === 'vr').map(({verdict}) => verdict);
    expect([trace.reaches, filters]).toEqual([reaches, text === '' ? ['breaks', 'breaks'] : ['limits']]);
  });
  it('a router that is not read: not known', () => expect(traced('vm1', 'outside', lost('vr')).reaches).toBe('unknown'));
});

describe('ends', () => {
  const ask = (from: string, to: string, vni?: number, ...edits: readonly Edit[]) => {
    const {fabric, now} = fabricWith(...edits);
    return traceFabric(fabric, now, from, to, {vni});
  };
  it.each(['vm1', 'VM1', '1', '172.17.2.10', vm1, '203.0.113.201'])('%s is VM 1', (name) => {
    const result = ask(name, 'vm2');
    expect(result.ok && result.trace.from).toMatchObject({vmId: 1, label: 'vm1', host: 'kvm1'});
  });
  it('an ambiguous name lists the candidates', () => {
    const result = ask('vm1', 'vm3', undefined, cloudReads('one.vms', (vms) => vms.map((vm) => (vm.id === 2 ? {...vm, name: 'vm1'} : vm))));
    expect(result).toMatchObject({ok: false, says: '"vm1" is ambiguous: 2 ends go by it'});
    expect(!result.ok && result.candidates).toEqual(['VM 1 vm1 (172.17.2.10 in VNI 2)', 'VM 2 vm1 (172.17.2.11 in VNI 2)']);
  });
  it.each([['vm9', 'vm1', /there is no VM/], ['vm1', 'vm4', /no network in common/], ['vm1', '172.17.2.10', /both ends/], ['outside', 'internet', /one end must be inside/], ['vm4', 'outside', /no virtual router is in a network of vm4/]])('%s and %s: %s', (from, to, says) => {
    const result = ask(from, to);
    expect(!result.ok && result.says).toMatch(says);
  });
  it('a network that they do not share', () => expect(ask('vm1', 'vm2', 3)).toMatchObject({ok: false, says: 'vm1 and vm2 are not both in VNI 3'}));
  it('without OpenNebula: by MAC, and to the virtual router', () => {
    for (const to of [vm2, 'vr']) expect(ask(vm1, to, undefined, noCloud)).toMatchObject({ok: true, trace: {reaches: 'yes', from: {kind: 'station', host: 'kvm1'}}});
  });
  it('a VM that is elsewhere than OpenNebula believes is traced where it is', () => {
    const result = ask('vm2', 'vm3', undefined, cloudReads('one.vms', (vms) => vms.map((vm) => (vm.id === 2 ? {...vm, history: vm.history.map((one) => ({...one, host: '203.0.113.13'}))} : vm))));
    expect(result).toMatchObject({ok: true, trace: {reaches: 'yes', from: {host: 'kvm2'}, notes: ['vm2: OpenNebula believes it on kvm3']}});
  });
});
