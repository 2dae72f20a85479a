import {describe, expect, test} from 'vitest';
import {bgpdConfig} from '../../../lab/frr.ts';
import {gobgpConfig} from '../../../lab/gobgp.ts';
import {defaultSpec} from '../../../lab/lab.ts';
import {machineOf, planOf, reflectorsOf, specFault} from '../../../lab/plan.ts';
import type {LabSpec} from '../../../lab/plan.ts';
import {mirrorsInList, mirrorsInSources} from '../../../lab/roots/mirror.ts';

const plan = (spec: Partial<LabSpec>) => planOf(defaultSpec({name: 'unit', ...spec}));

describe('a plan', () => {
  test('says nothing of topologies that were not asked for, so that a lab from before is found standing', () => {
    expect(defaultSpec({name: 'a', reflectors: 'ingress', clusters: 1, gobgp: [], frr: []})).toEqual({name: 'a', hosts: 2, vnis: [2, 3], vms: 4});
    expect(machineOf(plan({}), 'kvm1')).toEqual({name: 'kvm1', role: 'hypervisor', namespace: 'evt-unit-kvm1', publicAddress: '203.0.113.11', underlayAddress: '192.168.0.2'});
  });

  test('has a hypervisor for each FRR version, and repeats them over more', () => {
    const versions = (spec: Partial<LabSpec>) => plan(spec).machines.filter((m) => m.role === 'hypervisor').map((m) => m.frr);
    expect(versions({frr: ['7.5.1', '10.3', '10.7.1']})).toEqual(['7.5.1', '10.3', '10.7.1']);
    expect(versions({hosts: 3, frr: ['7.5.1', '10.3']})).toEqual(['7.5.1', '10.3', '7.5.1']);
    expect(versions({hosts: 3, frr: ['7.5.1'], gobgp: ['kvm2']})).toEqual(['7.5.1', undefined, '7.5.1']);
  });

  test.each([
    [4, 2, ['edge1', 'edge1', 'edge2', 'edge2'], ['203.0.113.11', '203.0.113.12', '198.51.100.11', '198.51.100.12']],
    [5, 2, ['edge1', 'edge1', 'edge1', 'edge2', 'edge2'], ['203.0.113.11', '203.0.113.12', '203.0.113.13', '198.51.100.11', '198.51.100.12']],
    [3, 3, ['edge1', 'edge2', 'edge3'], ['203.0.113.11', '198.51.100.11', '192.0.2.11']],
    [7, 3, ['edge1', 'edge1', 'edge1', 'edge2', 'edge2', 'edge3', 'edge3'], ['203.0.113.11', '203.0.113.12', '203.0.113.13', '198.51.100.11', '198.51.100.12', '192.0.2.11', '192.0.2.12']],
  ])('deals %i hypervisors out to %i clusters in runs', (hosts, clusters, regions, addresses) => {
    const machines = plan({hosts, clusters}).machines.filter((m) => m.role === 'hypervisor');
    expect(machines.map((m) => m.region)).toEqual(regions);
    expect(machines.map((m) => m.publicAddress)).toEqual(addresses);
    expect(new Set(plan({hosts, clusters}).machines.map((m) => m.underlayAddress)).size).toBe(hosts + 2);
  });

  test.each<[Partial<LabSpec>, string]>([
    [{hosts: 1, reflectors: 'hypervisors'}, 'two hypervisors'],
    [{hosts: 3, reflectors: 'hypervisors', gobgp: ['kvm2']}, 'are the reflectors'],
    [{gobgp: ['kvm3']}, 'no hypervisor kvm3'],
    [{clusters: 4, hosts: 8}, '1 to 3'],
    [{clusters: 0}, '1 to 3'],
    [{frr: ['8.4.4; reboot']}, 'is no version'],
  ])('%j is refused', (spec, reason) => {
    expect(specFault(defaultSpec({name: 'unit', ...spec}))).toContain(reason);
  });
});

describe('BGP configurations', () => {
  test('reflectors on hypervisors dial each other, and share a cluster id', () => {
    const two = plan({hosts: 3, reflectors: 'hypervisors'});
    const of = (host: string) => bgpdConfig(machineOf(two, host), reflectorsOf(two), []);
    expect(of('kvm1')).toContain(' neighbor 192.168.0.3 peer-group fabric\n');
    expect(of('kvm1')).not.toContain('neighbor 192.168.0.2 ');
    for (const host of ['kvm1', 'kvm2']) expect(of(host)).toMatch(/cluster-id 192\.168\.0\.2\n[^]*route-reflector-client/);
    for (const host of ['kvm3', 'ingress']) expect(of(host)).toMatch(/neighbor 192\.168\.0\.2 peer-group fabric\n neighbor 192\.168\.0\.3 peer-group fabric\n(?![^]*route-reflector-client)/);
  });

  test('GoBGP and the reflector name each other\'s AS', () => {
    const mixed = plan({hosts: 3, gobgp: ['kvm3']});
    const kvm3 = machineOf(mixed, 'kvm3');
    expect(bgpdConfig(machineOf(mixed, 'ingress'), reflectorsOf(mixed), [kvm3])).toMatch(/no bgp ebgp-requires-policy[^]* neighbor 192\.168\.0\.4 remote-as 65001\n[^]*  neighbor 192\.168\.0\.4 activate\n/);
    expect(bgpdConfig(machineOf(mixed, 'kvm1'), reflectorsOf(mixed), [kvm3])).not.toMatch(/65001|ebgp/);
    expect(gobgpConfig(kvm3, reflectorsOf(mixed))).toMatch(/as = 65001\n[^]*neighbor-address = "192\.168\.0\.1"\n +peer-as = 65000\n/);
  });
});

describe('the mirror in apt\'s sources', () => {
  const stanza = 'Types: deb\n# as of today\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /usr/share/keyrings/a.gpg\n';

  test('deb822: the stanza of the very suite, with main, enabled', () => {
    expect(mirrorsInSources(`${stanza}\nTypes: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main\n`, 'bookworm')).toEqual(['http://mirror.example/debian']);
    expect(mirrorsInSources(stanza, 'trixie')).toEqual([]);
    expect(mirrorsInSources(`Enabled: no\n${stanza}`, 'bookworm')).toEqual([]);
    expect(mirrorsInSources(stanza.replace('Types: deb', 'Types: deb-src'), 'bookworm')).toEqual([]);
    expect(mirrorsInSources(stanza.replace('main contrib', 'contrib'), 'bookworm')).toEqual([]);
    expect(mirrorsInSources(stanza.replace('URIs: http://mirror.example/debian', 'URIs:\n http://one.example/debian\n http://two.example/debian'), 'bookworm')).toEqual(['http://one.example/debian', 'http://two.example/debian']);
  });

  test('one source a line', () => {
    const list = '# deb http://old.example/debian bookworm main\ndeb-src http://src.example/debian bookworm main\ndeb [arch=amd64 signed-by=/a b] http://mirror.example/debian bookworm main # ours\ndeb http://x.example/y bookworm-security main\ndeb http://x.example/z bookworm contrib # main\n';
    expect(mirrorsInList(list, 'bookworm')).toEqual(['http://mirror.example/debian']);
  });
});
