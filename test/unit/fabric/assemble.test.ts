import {describe, expect, it} from 'vitest';
import {createAssembler} from '../../../src/fabric/assemble/assemble.ts';
import type {CloudState, Fabric, HostState} from '../../../src/model/fabric.ts';
import {address, failing, fdb, healthyCloud, healthyHosts, host, mac, macOf, natRules, seen, spec, t0, vm, wireguard, withReading} from './readings.ts';

const assemble = (hosts: ReadonlyMap<string, HostState> = healthyHosts(), cloud: CloudState | 'no cloud' = healthyCloud(), expectVteps = true): Fabric =>
  createAssembler()({name: 'test', expectVteps, hosts, cloud: cloud === 'no cloud' ? undefined : cloud}, t0 + 1000);

describe('addresses', () => {
  it('knows hosts by their underlay addresses, and by others that only one host has', () => {
    const fabric = assemble();
    expect(fabric.hostByAddress.get('192.168.0.2')).toBe('kvm1');
    expect(fabric.hostByAddress.get('203.0.113.12')).toBe('kvm2');
  });
  it('does not take two hosts with one private address for each other', () => {
    let hosts: ReadonlyMap<string, HostState> = healthyHosts();
    for (const name of ['kvm1', 'kvm2']) hosts = withReading(hosts, name, 'ip.addresses', (o) => ({...o, value: [...(o.value ?? []), address('eth0', '10.0.0.4')]}));
    expect(assemble(hosts).hostByAddress.has('10.0.0.4')).toBe(false);
  });
});

describe('tunnels', () => {
  it('finds the host behind a public key, and ages handshakes by the clock of the host', () => {
    const tunnel = assemble().tunnels.find((t) => t.host === 'kvm1' && t.peerHost === 'kvm2');
    expect(tunnel?.handshakeAgeS).toBe(40);
    expect(tunnel?.peer.endpoint).toBe('203.0.113.12:51820');
  });
  it('does not guess the host of a key that nobody showed', () => {
    const hosts = withReading(healthyHosts(), 'kvm2', 'wg.interfaces', () => undefined);
    const toKvm2 = assemble(hosts).tunnels.filter((t) => t.peer.publicKey === 'kvm2KEY=');
    expect(toKvm2.length).toBe(2);
    expect(toKvm2.every((t) => t.peerHost === undefined)).toBe(true);
  });
  it('says never for a peer without a handshake', () => {
    const hosts = withReading(healthyHosts(), 'kvm1', 'wg.interfaces', (o) => ({...o, value: [{...wireguard('kvm1'), peers: wireguard('kvm1').peers.map((p) => ({...p, latestHandshake: undefined}))}]}));
    expect(assemble(hosts).tunnels.filter((t) => t.host === 'kvm1').every((t) => t.handshakeAgeS === undefined)).toBe(true);
  });
});

describe('sessions', () => {
  const of = (fabric: Fabric, id: string) => fabric.sessions.find((session) => session.id === id);
  it('are all established and expected when all is well', () => {
    const {sessions} = assemble();
    expect(sessions.map((s) => [s.id, s.verdict, s.expected]).sort()).toEqual([
      ['ingress>192.168.0.2', 'established', 'expected'], ['ingress>192.168.0.3', 'established', 'expected'],
      ['kvm1>192.168.0.1', 'established', 'expected'], ['kvm2>192.168.0.1', 'established', 'expected'],
    ]);
  });
  it('shows a vanished dynamic peer as missing', () => {
    const hosts = withReading(healthyHosts(), 'ingress', 'frr.summary', (o) => ({...o, value: {...o.value!, peers: o.value!.peers.filter((p) => p.address !== '192.168.0.3')}}));
    expect(of(assemble(hosts), 'ingress>192.168.0.3')).toMatchObject({verdict: 'missing', peer: undefined, peerHost: 'kvm2'});
  });
  it('calls sessions down where bgpd does not run, unknown where the host cannot be read', () => {
    const dead = withReading(healthyHosts(), 'kvm1', 'frr.summary', (o) => failing(o, {kind: 'not-running', detail: 'bgpd is not running'}));
    expect(of(assemble(dead), 'kvm1>192.168.0.1')?.verdict).toBe('down');
    const gone = withReading(healthyHosts(), 'kvm1', 'frr.summary', (o) => failing(o, {kind: 'unreachable', detail: 'no route'}));
    expect(of(assemble(gone), 'kvm1>192.168.0.1')?.verdict).toBe('unknown');
    const never = withReading(healthyHosts(), 'kvm1', 'frr.summary', () => undefined);
    expect(of(assemble(never), 'kvm1>192.168.0.1')).toMatchObject({verdict: 'unknown', peer: undefined});
  });
  it('accuses nobody while addresses are not known yet', () => {
    const hosts = healthyHosts();
    hosts.set('ingress', {...hosts.get('ingress')!, readings: {}});
    hosts.set('kvm2', {...hosts.get('kvm2')!, readings: {}});
    const {sessions} = assemble(hosts);
    expect(sessions.map((s) => s.verdict).filter((v) => v === 'missing' || v === 'down')).toEqual([]);
    expect(of(assemble(hosts), 'kvm1>192.168.0.1')).toMatchObject({expected: 'unknown', verdict: 'established'});
  });
  it('marks a neighbour that is none of ours as unexpected, and expects nothing without an inventory', () => {
    const hosts = withReading(healthyHosts(), 'ingress', 'frr.summary', (o) => ({...o, value: {...o.value!, peers: [...o.value!.peers, {...o.value!.peers[0]!, address: '192.168.0.99'}]}}));
    expect(of(assemble(hosts), 'ingress>192.168.0.99')).toMatchObject({expected: 'unexpected', peerHost: undefined});
    expect(assemble(hosts, 'no cloud', false).sessions.every((s) => s.expected === 'unknown')).toBe(true);
  });
});

describe('segments', () => {
  it('put intent beside what each host has', () => {
    const segment = assemble().segments.find((s) => s.vni === 2);
    expect(segment?.vnet?.name).toBe('private');
    expect(segment?.hosts.map((h) => [h.host, h.device?.name, h.bridge?.name, h.ports, h.floodTo])).toEqual([
      ['kvm1', 'wg0.2', 'onebr.2', ['one-1-0'], ['192.168.0.3']], ['kvm2', 'wg0.2', 'onebr.2', ['one-2-0'], ['192.168.0.2']],
    ]);
    expect(segment?.vmIds).toEqual([1, 2, 3]);
  });
  it('show a host on which a VM of the network runs and the device is missing', () => {
    let hosts: ReadonlyMap<string, HostState> = withReading(healthyHosts(), 'kvm2', 'ip.links', (o) => ({...o, value: (o.value ?? []).filter((l) => !l.vxlan)}));
    hosts = withReading(hosts, 'kvm2', 'frr.vnis', (o) => ({...o, value: []}));
    hosts = withReading(hosts, 'kvm2', 'frr.bgp-vnis', (o) => ({...o, value: {...o.value!, vnis: []}}));
    expect(assemble(hosts).segments.find((s) => s.vni === 2)?.hosts.find((h) => h.host === 'kvm2')).toMatchObject({device: undefined, zebra: undefined, floodTo: undefined});
  });
  it('keep a VNI that OpenNebula does not know, and one that two networks claim', () => {
    expect(assemble(healthyHosts(), 'no cloud').segments.map((s) => [s.id, s.vnet])).toEqual([['vni 2', undefined]]);
    const cloud = healthyCloud();
    const vnets = cloud.readings['one.vnets']!.value!;
    const twice = {...cloud, readings: {...cloud.readings, 'one.vnets': seen('x', 'one.vnets', [...vnets, {...vnets[0]!, id: 9, name: 'twin'}])}};
    expect(assemble(healthyHosts(), twice).segments.map((s) => s.id)).toEqual(['vni 2', 'vnet 2', 'vni 2 vnet 9']);
  });
});

describe('macs', () => {
  it('join zebra, kernel and leases: the lease gives the IP to a MAC-only entry', () => {
    const entry = assemble().macs.find((m) => m.mac === macOf.vm2);
    expect(entry).toMatchObject({vni: 2, ip: '172.17.2.11', ipOrigin: 'lease of vm 2', vmId: 2, localAt: ['kvm2'], duplicate: false});
    expect(entry?.locations.map((l) => [l.host, l.evpn?.kind, l.fdb.map((e) => e.destination)])).toEqual([['kvm1', 'remote', ['192.168.0.3']], ['kvm2', 'local', [undefined]]]);
  });
  it('leave out flood entries, group addresses and the devices\' own', () => {
    expect(assemble().macs.map((m) => m.mac).sort()).toEqual([macOf.vm1, macOf.vm2]);
  });
  it('leave out what a bridge learned behind its VXLAN port by itself', () => {
    const hosts = withReading(healthyHosts(), 'kvm1', 'bridge.fdb', (o) => ({...o, value: [...o.value!, fdb('da:a9:82:68:5e:44', 'wg0.2', undefined, {master: 'onebr.2'})]}));
    expect(assemble(hosts).macs.map((m) => m.mac)).not.toContain('da:a9:82:68:5e:44');
  });
  it('see a MAC that is local on two hosts, and a kernel entry that EVPN does not know', () => {
    let hosts: ReadonlyMap<string, HostState> = withReading(healthyHosts(), 'kvm1', 'frr.macs', (o) => ({...o, value: [...o.value!.filter((m) => m.mac !== macOf.vm2), mac(2, macOf.vm2, {device: 'one-9-0', duplicate: true})]}));
    hosts = withReading(hosts, 'kvm1', 'bridge.fdb', (o) => ({...o, value: [...o.value!, fdb('02:00:ac:11:02:63', 'wg0.2', '192.168.0.77')]}));
    const fabric = assemble(hosts);
    expect(fabric.macs.find((m) => m.mac === macOf.vm2)).toMatchObject({localAt: ['kvm1', 'kvm2'], duplicate: true});
    expect(fabric.macs.find((m) => m.mac === '02:00:ac:11:02:63')?.locations[0]).toMatchObject({host: 'kvm1', evpn: undefined});
    expect(fabric.macs.find((m) => m.mac === '02:00:ac:11:02:63')).toMatchObject({ip: undefined, vmId: undefined, localAt: []});
  });
});

describe('vms', () => {
  it('lead to their host by the address that OpenNebula uses, to their tap and their MAC', () => {
    const found = assemble().vms.find((v) => v.id === 1);
    expect(found?.host).toBe('kvm1');
    expect(found?.ports[0]).toMatchObject({segment: 'vni 2', macId: `2/${macOf.vm1}`, tap: {name: 'one-1-0', master: 'onebr.2'}});
    expect(found?.ports[1]).toMatchObject({macId: undefined, nic: {alias: {external: true}}});
  });
  it('do not invent a host or a tap', () => {
    const cloud = healthyCloud();
    const moved = {...cloud, readings: {...cloud.readings, 'one.vms': seen('x', 'one.vms', [vm(1, 'a', '198.51.100.9', cloud.readings['one.vms']!.value![0]!.nics)])}};
    expect(assemble(healthyHosts(), moved).vms[0]).toMatchObject({host: undefined, oneHost: '198.51.100.9'});
    expect(assemble(healthyHosts(), moved).vms[0]?.ports[0]?.tap).toBeUndefined();
  });
});

describe('SDNAT', () => {
  const mapping = (fabric: Fabric, external = '203.0.113.201') => fabric.routers[0]?.mappings.find((m) => m.external === external);
  const rules = (nat: readonly (typeof natRules.snat)[]) => withReading(healthyHosts(), 'vr', 'nf.firewall', (o) => ({...o, value: {...o.value!, nat}}));
  const addresses = (more: readonly ReturnType<typeof address>[]) => (hosts: ReadonlyMap<string, HostState>) => withReading(hosts, 'vr', 'ip.addresses', (o) => ({...o, value: [address('eth0', '203.0.113.200'), address('eth1', '172.17.2.1'), ...more]}));

  it('is ok when alias, both rules and the address agree', () => {
    expect(mapping(assemble())).toMatchObject({verdict: 'ok', internal: '172.17.2.10', vmId: 1, router: 'vr', intended: true});
  });
  it('is missing without rules and address, or with only one rule', () => {
    expect(mapping(assemble(addresses([])(rules([]))))?.verdict).toBe('missing');
    expect(mapping(assemble(rules([natRules.dnat])))).toMatchObject({verdict: 'missing', note: 'only the DNAT4 rule is there'});
  });
  it('tells an address without rule from a rule without address', () => {
    expect(mapping(assemble(rules([])))?.verdict).toBe('address-without-rule');
    expect(mapping(assemble(addresses([])(healthyHosts())))?.verdict).toBe('rule-without-address');
  });
  it('is stale when no VM has the alias, or the rules lead elsewhere', () => {
    const cloud = healthyCloud();
    const without = {...cloud, readings: {...cloud.readings, 'one.vms': seen('x', 'one.vms', cloud.readings['one.vms']!.value!.map((v) => ({...v, nics: v.nics.filter((n) => !n.alias)})))}};
    expect(mapping(assemble(healthyHosts(), without))).toMatchObject({verdict: 'stale', intended: false});
    expect(mapping(assemble(rules([{...natRules.snat, source: '172.17.2.99/32'}, {...natRules.dnat, target: '172.17.2.99'}])))?.verdict).toBe('stale');
  });
  it('is unknown where the router or OpenNebula was not read: never ok without data', () => {
    expect(mapping(assemble(withReading(healthyHosts(), 'vr', 'nf.firewall', () => undefined)))?.verdict).toBe('unknown');
    const blind = assemble(healthyHosts(), 'no cloud');
    expect(blind.routers[0]?.mappings[0]).toMatchObject({verdict: 'unknown', intended: undefined});
  });

  /** Two tenants, each with a router at 172.17.2.1 in a network of its own. */
  const tenants = (context: (id: string) => Readonly<Record<string, string>>): Fabric => {
    const cloud = healthyCloud();
    const [first] = cloud.readings['one.vrouters']!.value!;
    const second = vm(5, 'vr-1', '203.0.113.12', first!.nics.map((nic) => (nic.networkId === 2 ? {...nic, ip: '203.0.113.220'} : {...nic, networkId: 9})), {vrouterId: 1});
    const readings = {...cloud.readings, 'one.vms': seen('x', 'one.vms', [...cloud.readings['one.vms']!.value!, second]), 'one.vrouters': seen('x', 'one.vrouters', [first!, {...first!, id: 1, name: 'vr-b', vmIds: [5], nics: second.nics}])};
    const state = {failover: 'MASTER', sdnatService: 'started', forwarding: true} as const;
    const hosts = withReading(healthyHosts(), 'vr', 'vr.state', (o) => ({...o, value: {...state, context: context('0')}}));
    const other = host(spec('router-b', ['virtual-router']), {'ip.addresses': [address('eth0', '203.0.113.220'), address('eth1', '172.17.2.1')], 'nf.firewall': {nat: [], filter: [], policies: {}, backends: []}, 'vr.state': {...state, context: context('1')}});
    return assemble(hosts.set(other.spec.name, other), {...cloud, readings});
  };
  it.each([['as their contexts say', (id: string) => ({VROUTER_ID: id})], ['by what only one of them has, where the context does not say', () => ({})]])('tells routers with one private address apart: %s', (_, context) => {
    expect(tenants(context).routers.map(({id, host: at, mappings}) => [id, at, mappings.map(({verdict}) => verdict)])).toEqual([['vrouter 0', 'vr', ['ok']], ['vrouter 1', 'router-b', []]]);
  });
});

describe('sharing', () => {
  it('makes only that again which rests on a changed reading', () => {
    const run = createAssembler();
    const hosts = healthyHosts();
    const cloud = healthyCloud();
    const first = run({name: 't', expectVteps: true, hosts, cloud}, t0);
    const before = {segments: first.segments, macs: first.macs, tunnels: first.tunnels, vms: first.vms};
    const next = run({name: 't', expectVteps: true, hosts: withReading(hosts, 'kvm1', 'wg.interfaces', (o) => ({...o, at: t0 + 2000})), cloud}, t0 + 2000);
    expect(next.tunnels).not.toBe(before.tunnels);
    expect(next.segments).toBe(before.segments);
    expect(next.macs).toBe(before.macs);
    expect(next.vms).toBe(before.vms);
  });
});
