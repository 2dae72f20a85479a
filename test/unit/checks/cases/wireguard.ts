import type {HostState} from '../../../../src/model/fabric.ts';
import type {WgInterface, WgPeer} from '../../../../src/model/network.ts';
import {healthy, lost, reads, specOf, unread, type Edit} from '../recorded.ts';
import type {Case} from '../case.ts';

const key = {
  ingress: 'eRr/qCaJqXcmVnb3bNNxnorncNNeItHrAHc2lD+M0ic=', kvm1: 'ZmsqLbnQ561U8SibJf06Awasvcd6Zp4XlQXmSW6eJ2Q=', kvm2: 'mIKfzKZKMw99AwnXOHcZ0ea0kKb7LC910ttniaTZvh4=', kvm3: 'Hm6FU/NJjLfa+X1ofOL46BT2I5WnlSux9cnGbTOvq0c=',
} as const;
type Name = keyof typeof key;
const stray = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=';

const wg0 = (host: Name, change: (wg: WgInterface) => WgInterface): Edit => reads(host, 'wg.interfaces', (all) => all.map(change));
const peer = (host: Name, other: Name, change: Partial<{[K in keyof WgPeer]: WgPeer[K] | undefined}>): Edit =>
  wg0(host, (wg) => ({...wg, peers: wg.peers.map((one) => (one.publicKey === key[other] ? {...one, ...change} as WgPeer : one))}));
const noPeer = (host: Name, other: Name): Edit => wg0(host, (wg) => ({...wg, peers: wg.peers.filter(({publicKey}) => publicKey !== key[other])}));
const never: Partial<{[K in keyof WgPeer]: WgPeer[K] | undefined}> = {latestHandshake: undefined};
const longAgo = Math.floor(healthy.at / 1000) - 566; // each host was read within a few seconds before
const dead = (a: Name, b: Name): readonly Edit[] => [peer(a, b, {latestHandshake: longAgo}), peer(b, a, {latestHandshake: longAgo})];
const noKeepalive = (a: Name, b: Name): readonly Edit[] => [peer(a, b, {keepaliveS: undefined}), peer(b, a, {keepaliveS: undefined})];
const noWg = unread('kvm2', 'wg.interfaces');
const address = (host: Name, ip: string | undefined): Edit => reads(host, 'ip.addresses', (all) => all.flatMap((one) => (one.device !== 'wg0' || one.family !== 'inet' ? [one] : ip === undefined ? [] : [{...one, ip}])));
const withoutLinkLocal = reads('kvm2', 'ip.addresses', (all) => all.filter(({device}) => device !== 'wg0'));
const plainUnderlay: readonly Edit[] = (['ingress', 'kvm1', 'kvm2', 'kvm3'] as const).flatMap((host) => [specOf(host, {underlay: 'eth0'} as Partial<HostState['spec']>), reads(host, 'wg.interfaces', () => [])]);
const each = (checks: readonly string[], name: string, edits: readonly Edit[], expect: Case['expect']): readonly Case[] => checks.map((check) => ({check, name, edits, expect}));

const pairChecks = ['wireguard.peer', 'wireguard.key', 'wireguard.allowed-ips', 'wireguard.endpoint', 'wireguard.handshake'];
const wrongKey = wg0('kvm2', (wg) => ({...wg, peers: wg.peers.map((one) => (one.publicKey === key.kvm1 ? {...one, publicKey: stray, latestHandshake: undefined} as unknown as WgPeer : one))}));
const stolen: readonly Edit[] = [peer('kvm2', 'kvm1', {allowedIps: []}), peer('kvm2', 'ingress', {allowedIps: ['192.168.0.1/32', '192.168.0.2/32']})];
/** kvm1 and kvm2 reach each other through the reflector's range, and know nothing of each other. */
const hub: readonly Edit[] = [noPeer('kvm1', 'kvm2'), noPeer('kvm2', 'kvm1'), peer('kvm1', 'ingress', {allowedIps: ['192.168.0.0/24']}), peer('kvm2', 'ingress', {allowedIps: ['192.168.0.0/24']})];

export const cases: readonly Case[] = [
  ...each(['wireguard.interface', 'wireguard.address', 'wireguard.duplicate-address', 'wireguard.own-key', ...pairChecks], 'healthy', [], {outcome: 'pass'}),
  ...each(['wireguard.own-key', ...pairChecks], 'an underlay without WireGuard has no tunnels', plainUnderlay, {outcome: 'not-applicable'}),
  ...each(pairChecks, 'one host was not read', [noWg], {outcome: 'unknown', subject: 'kvm2', says: /kvm2 wg\.interfaces: never read/, only: true}),

  {check: 'wireguard.interface', name: 'down', edits: [reads('kvm2', 'ip.links', (all) => all.map((link) => (link.name === 'wg0' ? {...link, up: false, flags: ['POINTOPOINT', 'NOARP']} : link)))], expect: {outcome: 'fail', subject: 'kvm2', says: /ip link set dev wg0 up/, breaks: ['underlay kvm2'], only: true}},
  {check: 'wireguard.interface', name: 'gone', edits: [reads('kvm2', 'ip.links', (all) => all.filter(({name}) => name !== 'wg0')), reads('kvm2', 'wg.interfaces', () => [])], expect: {outcome: 'fail', subject: 'kvm2', says: /no interface wg0/, only: true}},
  {check: 'wireguard.interface', name: 'links not read', edits: [unread('kvm2', 'ip.links')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  ...each(['wireguard.address', 'wireguard.own-key', ...pairChecks], 'a device that is gone is said by wireguard.interface alone', [reads('kvm2', 'ip.links', (all) => all.filter(({name}) => name !== 'wg0')), reads('kvm2', 'wg.interfaces', () => [])], {outcome: 'not-applicable', subject: 'kvm2'}),

  {check: 'wireguard.address', name: 'none', edits: [withoutLinkLocal], expect: {outcome: 'fail', subject: 'kvm2', says: /wg0 of kvm2 has no address/, only: true}},
  {check: 'wireguard.address', name: 'not the one of the inventory', edits: [specOf('kvm2', {underlayAddress: '192.168.0.33'})], expect: {outcome: 'fail', subject: 'kvm2', says: /192\.168\.0\.3\/24, not 192\.168\.0\.33/, only: true}},
  {check: 'wireguard.address', name: 'not read', edits: [unread('kvm2', 'ip.addresses')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'wireguard.duplicate-address', name: 'two hosts', edits: [address('kvm2', '192.168.0.2')], expect: {outcome: 'fail', subject: '192.168.0.2', says: /kvm1 and kvm2/, breaks: ['underlay kvm1', 'underlay kvm2'], only: true}},
  {check: 'wireguard.duplicate-address', name: 'not read', edits: [unread('kvm2', 'ip.addresses')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'wireguard.own-key', name: 'none', edits: [wg0('kvm2', (wg) => ({...wg, publicKey: undefined}))], expect: {outcome: 'fail', subject: 'kvm2', says: /\(none\)/, breaks: ['underlay kvm2'], only: true}},
  {check: 'wireguard.own-key', name: 'not read', edits: [noWg], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},

  {check: 'wireguard.peer', name: 'missing at one end', edits: [noPeer('kvm2', 'kvm1')], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /kvm2 has no peer for kvm1, while every BGP session is up[\s\S]*wg set wg0 peer ZmsqLbnQ\S+ endpoint 203\.0\.113\.11:51820 allowed-ips 192\.168\.0\.2\/32/, breaks: ['tunnel kvm1|kvm2'], only: true}},
  {check: 'wireguard.peer', name: 'missing at both ends, and nobody carries it', edits: [noPeer('kvm2', 'kvm1'), noPeer('kvm1', 'kvm2')], expect: {outcome: 'fail', subject: 'kvm1|kvm2', only: true}},
  {check: 'wireguard.peer', name: 'hub and spoke', edits: hub, expect: {outcome: 'pass'}},
  {check: 'wireguard.peer', name: 'a wrong key is no missing peer', edits: [wrongKey], expect: {outcome: 'pass'}},
  {check: 'wireguard.key', name: 'wrong', edits: [wrongKey], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /kvm2 expects key AQID\S+ for kvm1 \(192\.168\.0\.2\); kvm1's own key is ZmsqLbnQ/, breaks: ['tunnel kvm1|kvm2'], only: true}},
  {check: 'wireguard.key', name: 'a stranger that claims nobody\'s address', edits: [wg0('ingress', (wg) => ({...wg, peers: [...wg.peers, {...wg.peers[0]!, publicKey: stray, allowedIps: ['192.168.0.200/32']}]}))], expect: {outcome: 'pass'}},
  {check: 'wireguard.allowed-ips', name: 'wrong', edits: [peer('kvm2', 'kvm1', {allowedIps: ['192.168.0.99/32']})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /kvm2 does not allow 192\.168\.0\.2 to its peer kvm1[\s\S]*AllowedIPs on kvm2 for kvm1: 192\.168\.0\.99\/32[\s\S]*allowed-ips 192\.168\.0\.2\/32$/m, breaks: ['tunnel kvm1|kvm2'], only: true}},
  {check: 'wireguard.allowed-ips', name: 'taken by another peer', edits: stolen, expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /sends what is for kvm1 to ingress/, only: true}},
  {check: 'wireguard.allowed-ips', name: 'a range around it will do', edits: [peer('kvm2', 'kvm1', {allowedIps: ['192.168.0.0/24']})], expect: {outcome: 'pass'}},
  {check: 'wireguard.allowed-ips', name: 'the longest prefix wins', edits: [peer('kvm2', 'kvm1', {allowedIps: []}), peer('kvm2', 'ingress', {allowedIps: ['192.168.0.1/32', '192.168.0.0/24']}), peer('kvm2', 'kvm3', {allowedIps: ['192.168.0.0/28', '192.168.0.4/32']})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /does not allow/, only: true}},

  {check: 'wireguard.endpoint', name: 'one wrong, the other has none', edits: [peer('kvm2', 'kvm1', {...never, endpoint: '203.0.113.99:51820'}), peer('kvm1', 'kvm2', {...never, endpoint: undefined})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /kvm2 dials kvm1 at 203\.0\.113\.99:51820; its known addresses are 203\.0\.113\.11[\s\S]*endpoint 203\.0\.113\.11:51820/, breaks: ['tunnel kvm1|kvm2'], only: true}},
  {check: 'wireguard.endpoint', name: 'a wrong port, the other has none', edits: [peer('kvm2', 'kvm1', {...never, endpoint: '203.0.113.11:51999'}), peer('kvm1', 'kvm2', {...never, endpoint: undefined})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /at port 51999; it listens on 51820/, only: true}},
  {check: 'wireguard.endpoint', name: 'one end can dial', edits: [peer('kvm2', 'kvm1', never), peer('kvm1', 'kvm2', {...never, endpoint: undefined})], expect: {outcome: 'pass'}},
  {check: 'wireguard.endpoint', name: 'behind NAT, and alive', edits: [peer('kvm2', 'kvm1', {endpoint: '198.51.100.7:40001'}), peer('kvm1', 'kvm2', {endpoint: undefined})], expect: {outcome: 'pass'}},

  {check: 'wireguard.handshake', name: 'dead with keepalive', edits: dead('kvm1', 'kvm2'), expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /have not shaken hands for 56\d s, while every BGP session is up/, needs: ['filter kvm2', 'underlay kvm1', 'tunnel kvm1|kvm2'], only: true}},
  {check: 'wireguard.handshake', name: 'never', edits: [peer('kvm2', 'kvm1', never), peer('kvm1', 'kvm2', {...never, rxBytes: 0})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', says: /never shaken hands[\s\S]*kvm1 has sent and has never received/, only: true}},
  {check: 'wireguard.handshake', name: 'one end saw a fresh one', edits: [peer('kvm2', 'kvm1', never)], expect: {outcome: 'pass'}},
  {check: 'wireguard.handshake', name: 'idle without keepalive', edits: [...dead('kvm1', 'kvm2'), ...noKeepalive('kvm1', 'kvm2')], expect: {outcome: 'pass'}},
  {check: 'wireguard.handshake', name: 'old, but its BGP session is established', edits: [...dead('ingress', 'kvm2'), ...noKeepalive('ingress', 'kvm2')], expect: {outcome: 'pass'}},
  {check: 'wireguard.handshake', name: 'no keepalive, but BGP wants it', edits: [...dead('ingress', 'kvm2'), ...noKeepalive('ingress', 'kvm2'), reads('ingress', 'frr.summary', (s) => ({...s, peers: s.peers.filter(({address: at}) => at !== '192.168.0.3')})), reads('kvm2', 'frr.summary', (s) => ({...s, peers: s.peers.map((one) => ({...one, state: 'Active', established: false}))}))], expect: {outcome: 'fail', subject: 'ingress|kvm2', only: true}},
  {check: 'wireguard.handshake', name: 'the end that was read tells', edits: [lost('kvm2'), peer('kvm1', 'kvm2', {latestHandshake: longAgo})], expect: {outcome: 'fail', subject: 'kvm1|kvm2', needs: ['host kvm2'], only: true}},
];
