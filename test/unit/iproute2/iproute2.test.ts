import {expect, test} from 'vitest';
import type {ZebraVni} from '../../../src/model/frr.ts';
import {parseAddresses} from '../../../src/services/iproute2/addresses.ts';
import {parseFdb} from '../../../src/services/iproute2/fdb.ts';
import {parseLinks} from '../../../src/services/iproute2/links.ts';
import {parseNeighbours} from '../../../src/services/iproute2/neighbours.ts';
import {fdbCommand, iproute2Probes} from '../../../src/services/iproute2/probes.ts';
import {parseRoutes} from '../../../src/services/iproute2/routes.ts';
import {context, fixture, kind, output, value} from '../host/answers.ts';
import {fuzz} from '../fuzz.ts';

const versions = ['7.5.1', '8.4.4', '10.7.1'] as const; // iproute2 5.10, 6.1, 7.2
const read = (slug: string, version: string) => output(fixture(`iproute2/${slug}-frr${version}.json`));

test.each([
  ['7.5.1', '192.168.0.2', '4a:43:e1:8e:d8:80', 4160, 3948],
  ['8.4.4', '192.168.0.3', 'a6:84:95:af:69:13', 4192, 4284],
  ['10.7.1', '192.168.0.5', '2e:7f:77:b4:10:b5', 3780, 4032],
])('a VXLAN device of the host with FRR %s', (version, local, mac, rxBytes, txBytes) => {
  const links = value(parseLinks(read('ip-link-stats', version)));
  expect(links.find((link) => link.name === 'wg0.2')).toEqual({
    index: 5, name: 'wg0.2', flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'], up: true, lowerUp: true, operState: 'UNKNOWN', mtu: 1370, mac,
    master: 'onebr.2', kind: 'vxlan', parent: undefined, rxBytes, txBytes,
    vxlan: {vni: 2, local, device: undefined, group: undefined, port: 4789, learning: false, ttl: 16},
  });
  expect(links.find((link) => link.name === 'wg0')).toMatchObject({kind: 'tun', mac: undefined, mtu: 1420, vxlan: undefined});
  expect(links.find((link) => link.name === 'onebr.2')).toMatchObject({kind: 'bridge', master: undefined});
  expect(links).toHaveLength(9);
});

test('a VXLAN device made with `dev`, one with words for numbers, one without a VNI; a device that is down', () => {
  const vxlan = (data: object) => ({ifindex: 7, ifname: 'wg0.9', link: 'wg0', flags: ['BROADCAST'], mtu: 1370, operstate: 'DOWN', linkinfo: {info_kind: 'vxlan', info_data: data}});
  const [dev, words, external] = value(parseLinks(output(JSON.stringify([
    vxlan({id: 9, link: 'wg0', port: 8472, learning: true, ttl: 0}),
    vxlan({id: 9, group: '239.0.0.1', port: 8472, learning: true, ttl: 'inherit'}),
    vxlan({external: true, id: 0, port: 8472, learning: true}),
  ]))));
  expect(dev).toMatchObject({up: false, lowerUp: false, parent: 'wg0', rxBytes: undefined, vxlan: {vni: 9, local: undefined, device: 'wg0', group: undefined, port: 8472, learning: true, ttl: undefined}});
  expect(words!.vxlan).toMatchObject({group: '239.0.0.1', ttl: undefined});
  expect(external!.vxlan).toBeUndefined();
});

test('addresses with labels, of the three versions and of a virtual router', () => {
  const router = value(parseAddresses(output(fixture('iproute2/ip-addr-router.json'))));
  expect(router.filter((address) => address.family === 'inet')).toEqual([
    {device: 'lo', family: 'inet', ip: '127.0.0.1', prefixLength: 8, scope: 'host', label: 'lo'},
    {device: 'eth0', family: 'inet', ip: '203.0.113.200', prefixLength: 24, scope: 'global', label: 'eth0'},
    {device: 'eth0', family: 'inet', ip: '203.0.113.210', prefixLength: 32, scope: 'global', label: 'eth0'},
    {device: 'eth0', family: 'inet', ip: '203.0.113.211', prefixLength: 32, scope: 'global', label: 'eth0'},
    {device: 'eth1', family: 'inet', ip: '172.17.2.1', prefixLength: 24, scope: 'global', label: 'eth1'},
  ]);
  const own = versions.map((version) => value(parseAddresses(read('ip-addr', version))).find((address) => address.device === 'wg0' && address.family === 'inet')?.ip);
  expect(own).toEqual(['192.168.0.2', '192.168.0.3', '192.168.0.5']);
  const sdnat = value(parseAddresses(output('[{"ifname":"lo","addr_info":[{},{"family":"inet","local":"203.0.113.201","prefixlen":32,"scope":"global","label":"SDNAT4"},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]}]')));
  expect(sdnat).toEqual([
    {device: 'lo', family: 'inet', ip: '203.0.113.201', prefixLength: 32, scope: 'global', label: 'SDNAT4'},
    {device: 'lo', family: 'inet6', ip: '::1', prefixLength: 128, scope: 'host', label: undefined},
  ]);
});

test('routes: connected, default of both families, several next hops, next hop of the other family, none', () => {
  expect(value(parseRoutes(read('ip-route-kernel', '7.5.1')))).toEqual([
    {destination: '192.168.0.0/24', gateway: undefined, device: 'wg0', source: '192.168.0.2', protocol: 'kernel', scope: 'link', metric: undefined},
    {destination: '203.0.113.0/24', gateway: undefined, device: 'eth0', source: '203.0.113.11', protocol: 'kernel', scope: 'link', metric: undefined},
  ]);
  const four = [
    {dst: 'default', gateway: '203.0.113.254', dev: 'eth0', protocol: 'static', metric: 100, flags: []},
    {dst: '10.0.0.0/8', protocol: 'bgp', nexthops: [{gateway: '192.168.0.3', dev: 'wg0', weight: 1, flags: []}, {gateway: '192.168.0.4', dev: 'wg0', weight: 1, flags: []}]},
    {dst: '192.0.2.9', via: {family: 'inet6', host: 'fe80::9'}, dev: 'eth0', flags: ['onlink']},
    {type: 'blackhole', dst: '198.51.100.0/24', flags: []},
  ];
  const six = [{dst: 'fe80::/64', dev: 'eth0', protocol: 'kernel', metric: 256}, {dst: 'default', gateway: 'fe80::1', dev: 'eth0', protocol: 'ra'}];
  expect(value(parseRoutes(output(`${JSON.stringify(four)}\n${JSON.stringify(six)}\n`))).map((route) => [route.destination, route.gateway, route.device, route.protocol, route.metric])).toEqual([
    ['default', '203.0.113.254', 'eth0', 'static', 100],
    ['10.0.0.0/8', '192.168.0.3', 'wg0', 'bgp', undefined],
    ['10.0.0.0/8', '192.168.0.4', 'wg0', 'bgp', undefined],
    ['192.0.2.9', 'fe80::9', 'eth0', undefined, undefined],
    ['198.51.100.0/24', undefined, undefined, undefined, undefined],
    ['fe80::/64', undefined, 'eth0', 'kernel', 256],
    ['::/0', 'fe80::1', 'eth0', 'ra', undefined],
  ]);
  expect(value(parseRoutes(output('[ ]\n')))).toEqual([]);
  expect(value(parseRoutes(output('')))).toEqual([]);
});

test('neighbours', () => {
  expect(value(parseNeighbours(read('ip-neigh', '7.5.1')))).toHaveLength(5);
  expect(value(parseNeighbours(output('[{"dst":"172.17.2.11","dev":"onebr.2","lladdr":"02:00:AC:11:02:0B","extern_learn":null,"state":["NOARP"]},{"dst":"203.0.113.9","dev":"eth0","state":["FAILED"]}]')))).toEqual([
    {ip: '172.17.2.11', device: 'onebr.2', mac: '02:00:ac:11:02:0b', state: ['NOARP'], externLearn: true},
    {ip: '203.0.113.9', device: 'eth0', mac: undefined, state: ['FAILED'], externLearn: false},
  ]);
});

test.each([['7.5.1', ['192.168.0.1', '192.168.0.3', '192.168.0.4', '192.168.0.5']], ['10.7.1', ['192.168.0.1', '192.168.0.2', '192.168.0.3', '192.168.0.4']]])('FDB of the host with FRR %s: flood list and remote MACs', (version, flood) => {
  const entries = value(parseFdb(read('bridge-fdb', version)));
  expect(entries.filter((entry) => entry.device === 'wg0.2' && entry.mac === '00:00:00:00:00:00').map((entry) => entry.destination).sort()).toEqual(flood);
  expect(entries.filter((entry) => entry.device === 'wg0.2' && entry.mac === '02:00:ac:11:02:0b')).toEqual([
    {mac: '02:00:ac:11:02:0b', device: 'wg0.2', destination: undefined, master: 'onebr.2', vlan: undefined, state: '', self: false, externLearn: true},
    {mac: '02:00:ac:11:02:0b', device: 'wg0.2', destination: '192.168.0.3', master: undefined, vlan: undefined, state: '', self: true, externLearn: true},
  ]);
});

test('the FDB is not asked for when zebra counts too many MACs', () => {
  const vnis = (...macs: (number | undefined)[]) => context(['vtep'], {
    'frr.vnis': {source: 'h', probe: 'frr.vnis', command: '', at: 1, attemptAt: 1, tookMs: 1, problem: undefined, since: undefined, warnings: [], staleAfterMs: 1, value: macs.map((count) => ({macs: count}) as ZebraVni)},
  });
  expect(fdbCommand(vnis(2500, 2500, undefined))).toContain('bridge -j fdb show');
  expect(fdbCommand(vnis(2500, 2501))).toMatchObject({kind: 'too-big'});
  expect(fdbCommand(context())).toContain('bridge -j fdb show');
});

test('an ip without JSON, without right, missing, cut off, or answering something else', () => {
  const busybox = {exit: 1, stderr: 'ip: unrecognized option: j\nBusyBox v1.36.1 (2024-06-10) multi-call binary.\n'};
  const cases = [
    [output('', busybox), 'unsupported'],
    [output('', {exit: 255, stderr: 'Option "-j" is unknown, try "ip -help".\n'}), 'unsupported'],
    [output('', {exit: 127, stderr: 'sh: 3: ip: not found\n'}), 'not-installed'],
    [output('', {exit: 1, stderr: 'Cannot open netlink socket: Permission denied\n'}), 'denied'],
    [output('[{', {truncated: true}), 'too-big'],
    [output('', {exit: 124}), 'timeout'],
    [output('1: lo: <LOOPBACK>\n'), 'garbled'],
    [output('{"a":1}'), 'garbled'],
    [output('[{"a":1},7,null]'), 'garbled'],
    [output('', {exit: 2, stderr: 'Device "x" does not exist.\n'}), 'failed'],
  ] as const;
  for (const parse of [parseLinks, parseAddresses, parseRoutes, parseNeighbours, parseFdb]) for (const [answer, expected] of cases) expect(kind(parse(answer)), `${parse.name} ${expected}`).toBe(expected);
});

test('a broken entry is left out and counted; control characters never come through', () => {
  const good = '{"dst":"203.0.113.9","dev":"eth0\\u001b[2J","state":[]}';
  expect(parseNeighbours(output(`[${good},{"dst":7}]`))).toEqual({
    ok: true, value: [{ip: '203.0.113.9', device: 'eth0', mac: undefined, state: [], externLearn: false}], warnings: ['1 entries left out that are not a neighbour'],
  });
});

test('every command has the sbin folders in its PATH', () => {
  for (const probe of iproute2Probes) expect(probe.command(context())).toMatch(/^PATH=\$PATH:\/usr\/local\/sbin:\/usr\/sbin:\/sbin /);
});

test.each([
  ['links', 'ip-link-stats', parseLinks],
  ['addresses', 'ip-addr', parseAddresses],
  ['routes', 'ip-route-kernel', parseRoutes],
  ['neighbours', 'ip-neigh', parseNeighbours],
  ['fdb', 'bridge-fdb', parseFdb],
] as const)('fuzz %s', (name, slug, parse) => {
  fuzz({name, inputs: versions.map((version) => read(slug, version).stdout), parse: (text) => parse(output(text))});
}, 120_000);
