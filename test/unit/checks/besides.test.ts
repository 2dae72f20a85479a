/** Hosts carry more than the overlay: other WireGuard interfaces, VXLAN devices of others, VRFs, second addresses. And not every inventory says what the underlay is. */
import {describe, expect, it} from 'vitest';
import {runChecks} from '../../../src/checks/run.ts';
import type {Result} from '../../../src/model/finding.ts';
import type {Link, WgInterface} from '../../../src/model/network.ts';
import {traceFabric} from '../../../src/trace/trace.ts';
import {fabricWith, healthy, reads, specOf, type Edit} from './recorded.ts';

const said = (...edits: readonly Edit[]): readonly Result[] => {
  const {fabric, now} = fabricWith(...edits);
  return runChecks(fabric, now).results;
};
const ids = (results: readonly Result[]): readonly string[] => results.map(({outcome, check, subject}) => `${outcome} ${check}@${subject.id}`);
const hypervisors = ['kvm1', 'kvm2', 'kvm3'];
const keyOn = (device: string, host: string): string => `${device}${host}`.padEnd(43, 'A') + '=';
const vxlanOf = (links: readonly Link[]): Link & {vxlan: NonNullable<Link['vxlan']>} => links.find((link) => link.vxlan !== undefined) as Link & {vxlan: NonNullable<Link['vxlan']>};

describe('a second WireGuard mesh between the same hosts', () => {
  const second = hypervisors.map((host): Edit => reads(host, 'wg.interfaces', ([wg0, ...others]): readonly WgInterface[] => [wg0!, ...others, {
    ...wg0!, name: 'wg1', publicKey: keyOn('wg1', host), listenPort: 51821,
    peers: hypervisors.filter((other) => other !== host).map((other, i) => ({...wg0!.peers[0]!, publicKey: keyOn('wg1', other), endpoint: `203.0.113.9${i}:51821`, allowedIps: [`10.77.0.${hypervisors.indexOf(other)}/32`], latestHandshake: wg0!.clockS! - 20, keepaliveS: 25})),
  }]));
  const dead = [['kvm1', 'kvm2'], ['kvm2', 'kvm1']].map(([host, other]): Edit => {
    const key = healthy.hosts.find(({spec}) => spec.name === other)!.readings['wg.interfaces']!.value![0]!.publicKey;
    return reads(host!, 'wg.interfaces', ([wg0, ...others]) => [{...wg0!, peers: wg0!.peers.map((peer) => (peer.publicKey === key ? {...peer, latestHandshake: wg0!.clockS! - 9000, keepaliveS: 25} : peer))}, ...others]);
  });
  it('is none of the overlay\'s', () => expect(ids(said(...second))).toEqual([]));
  it('does not hide that the tunnel of the overlay is dead', () => expect(ids(said(...dead, ...second))).toEqual(ids(said(...dead))));
  it('(which is told)', () => expect(ids(said(...dead))).toContain('fail wireguard.handshake@kvm1|kvm2'));
});

describe('an underlay that the inventory does not name', () => {
  const unnamed = healthy.hosts.map(({spec}) => specOf(spec.name, {underlay: ''}));
  it('is the only WireGuard interface that there is', () => expect(ids(said(...unnamed))).toEqual([]));
  it('carries traces', () => {
    const {fabric, now} = fabricWith(...unnamed);
    expect(traceFabric(fabric, now, 'vm1', 'vm2')).toMatchObject({ok: true, trace: {reaches: 'yes'}});
  });
  const onEthernet = healthy.hosts.flatMap(({spec}): readonly Edit[] => [specOf(spec.name, {underlay: ''}), reads(spec.name, 'wg.interfaces', () => [])]);
  it('is the device of the default route where there is no WireGuard', () => {
    const {fabric} = fabricWith(...onEthernet, reads('kvm1', 'ip.routes', (routes) => [{...routes[0]!, destination: 'default', gateway: '203.0.113.254', device: 'bond0'}, ...routes]));
    expect(fabric.hosts.get('kvm1')?.spec.underlay).toBe('bond0');
  });
});

describe('a second address of the underlay device', () => {
  const before = reads('kvm1', 'ip.addresses', (addresses) => [{...addresses.find(({device}) => device === 'wg0')!, ip: '10.200.0.2'}, ...addresses]);
  it('is not the one that is stated, nor the router-id', () => {
    expect(ids(said(before, specOf('kvm1', {underlayAddress: '192.168.0.2'})))).toEqual([]);
    expect(ids(said(before))).toEqual([]);
  });
  it('keeps its place among the AllowedIPs when another one is mended', () => {
    const key = healthy.hosts.find(({spec}) => spec.name === 'kvm1')!.readings['wg.interfaces']!.value![0]!.publicKey;
    const lacks = reads('kvm2', 'wg.interfaces', (all) => all.map((wg) => ({...wg, peers: wg.peers.map((peer) => (peer.publicKey === key ? {...peer, allowedIps: ['10.200.0.2/32', '10.50.0.0/16', '192.168.0.99/32']} : peer))})));
    const [found] = said(before, lacks).filter(({check}) => check === 'wireguard.allowed-ips');
    expect(found?.remedy?.command?.script).toMatch(/ allowed-ips 192\.168\.0\.2\/32,10\.200\.0\.2\/32,10\.50\.0\.0\/16$/);
  });
});

describe('VXLAN devices that are not the overlay\'s', () => {
  const besides = (host: string, name: string, vni: number): Edit => reads(host, 'ip.links', (links) => [...links, {...vxlanOf(healthy.hosts.find(({spec}) => spec.name === 'kvm1')!.readings['ip.links']!.value!), name, index: 800, master: undefined, vxlan: {vni, local: '10.0.0.9', device: 'eth0', group: undefined, port: 8472, learning: false, ttl: undefined}}]);
  it('of a container network on the ingress', () => expect(ids(said(besides('ingress', 'flannel.1', 1)))).toEqual([]));
  it('of one on a hypervisor, which FRR lists as a VNI', () => {
    const entry = reads('kvm1', 'bridge.fdb', (fdb) => [...fdb, {...fdb[0]!, mac: '0a:aa:bb:cc:dd:01', device: 'flannel.1', destination: '10.0.0.7', master: undefined, state: 'permanent', externLearn: false}]);
    const listed = reads('kvm1', 'frr.vnis', (vnis) => [...vnis, {...vnis[0]!, vni: 1, device: 'flannel.1', remoteVteps: [], remoteVtepCount: 0, localVtep: '10.0.0.9'}]);
    expect(ids(said(besides('kvm1', 'flannel.1', 1), entry, listed))).toEqual([]);
  });
});

describe('the VNI of a VRF (symmetric routing)', () => {
  const routed = ['kvm1', 'kvm2'].flatMap((host, i): readonly Edit[] => {
    const local = `192.168.0.${i + 2}`;
    return [
      reads(host, 'ip.links', (links) => [...links, {...vxlanOf(links), name: 'vxlan5000', index: 900, master: 'br5000', vxlan: {...vxlanOf(links).vxlan, vni: 5000, local}}, {...links.find(({kind}) => kind === 'bridge')!, name: 'br5000', index: 901}]),
      reads(host, 'frr.vnis', (vnis) => [...vnis, {...vnis[0]!, vni: 5000, type: 'L3', device: 'vxlan5000', remoteVteps: undefined, remoteVtepCount: undefined, localVtep: local, vrf: 'red', svi: 'br5000', state: 'Up'}]),
      reads(host, 'frr.bgp-vnis', (bgp) => ({...bgp, vnis: [...bgp.vnis, {...bgp.vnis[0]!, vni: 5000, type: 'L3', rd: `${local}:9`, originator: local, importRts: ['65000:5000'], exportRts: ['65000:5000']}]})),
      reads(host, 'bridge.fdb', (fdb) => [...fdb, {...fdb[0]!, mac: `02:aa:bb:cc:dd:0${i}`, device: 'vxlan5000', destination: `192.168.0.${3 - i}`, master: undefined, state: '', externLearn: true}]),
    ];
  });
  it('has MACs of routers in its FDB that no table of MACs lists, and no flood list', () => expect(ids(said(...routed))).toEqual([]));
  it('does not keep a flood list that lacks somebody from being told', () => {
    const lacks = reads('kvm1', 'frr.vnis', (vnis) => vnis.map((one) => (one.type === 'L3' ? one : {...one, remoteVteps: one.remoteVteps?.filter((address) => address !== '192.168.0.3')})));
    expect(ids(said(...routed, lacks))).toContain('fail evpn.flood@kvm1>kvm2');
  });
});

describe('of two tables that contradict each other both are told, so that both are asked again before it is', () => {
  const probes = (check: string, id: string, ...edits: readonly Edit[]): unknown => said(...edits).find((one) => one.check === check && one.subject.id === id)?.evidence.flatMap(({stamp}) => (stamp ? [`${stamp.source} ${stamp.probe}`] : []));
  it.each<[string, string, readonly string[], Edit]>([
    ['evpn.flood', 'kvm1>kvm2', ['kvm1 frr.vnis', 'kvm2 ip.links'], reads('kvm1', 'frr.vnis', (vnis) => vnis.map((one) => ({...one, remoteVteps: one.remoteVteps?.filter((address) => address !== '192.168.0.3')})))],
    ['evpn.vni', 'kvm1/2', ['kvm1 ip.links', 'kvm1 frr.bgp-vnis', 'kvm1 frr.vnis'], reads('kvm1', 'frr.vnis', (vnis) => vnis.filter((one) => one.vni !== 2))],
    ['bgp.announcements', 'kvm1>ingress', ['kvm1 frr.summary', 'kvm1 frr.bgp-vnis'], reads('kvm1', 'frr.summary', (summary) => ({...summary, peers: summary.peers.map((peer) => ({...peer, prefixesSent: 0}))}))],
  ])('%s@%s', (check, id, expected, edit) => expect(probes(check, id, edit)).toEqual(expected));
});

it('a VNI that zebra does not have, and a VTEP that it does not know there, are two facts of one finding', () => {
  const facts = (edit: Edit): unknown => said(edit).find(({check, subject}) => check === 'evpn.flood' && subject.id === 'kvm1>kvm2')?.facts;
  const lacks = facts(reads('kvm1', 'frr.vnis', (vnis) => vnis.map((one) => ({...one, remoteVteps: one.remoteVteps?.filter((address) => address !== '192.168.0.3')}))));
  const gone = facts(reads('kvm1', 'frr.vnis', () => []));
  expect(lacks).toBeDefined();
  expect(gone).toBeDefined();
  expect(gone).not.toEqual(lacks);
});
