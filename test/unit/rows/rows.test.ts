import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {describe, expect, it} from 'vitest';
import {createAssembler} from '../../../src/fabric/assemble/assemble.ts';
import {documentOf} from '../../../src/cli/output/document.ts';
import type {CloudState, Fabric, HostState} from '../../../src/model/fabric.ts';
import {findResource, resources} from '../../../src/rows/catalogue.ts';
import {health} from '../../../src/rows/health.ts';
import type {AnyResource, ResourceName} from '../../../src/rows/resource.ts';
import type { wireguard} from '../fabric/readings.ts';
import {fabricWith, pair} from '../checks/recorded.ts';
import {failing, fdb, healthyCloud, healthyHosts, macOf, mac, t0, underlay, withReading} from '../fabric/readings.ts';

const now = t0 + 1000;
const assemble = (hosts: ReadonlyMap<string, HostState> = healthyHosts(), cloud: CloudState | undefined = healthyCloud()): Fabric => createAssembler()({name: 'test', expectVteps: true, hosts, cloud}, now);
const resource = (name: ResourceName): AnyResource => findResource(name)!;
const rows = (name: ResourceName, fabric = assemble(), at = now) => resource(name).rows(fabric, at);
const row = (name: ResourceName, id: string, fabric = assemble()): unknown => {
  const found = rows(name, fabric).find((r) => resource(name).id(r) === id);
  if (!found) throw new Error(`no ${name} row ${id}; there are ${rows(name, fabric).map((r) => resource(name).id(r)).join(', ')}`);
  return found;
};
const text = (name: ResourceName, id: string, column: string, fabric = assemble(), at = now): string => resource(name).columns.find((c) => c.id === column)!.cell(row(name, id, fabric), at).text;
const tone = (name: ResourceName, id: string, fabric = assemble(), at = now): string => resource(name).tone(row(name, id, fabric), at);

describe('every resource', () => {
  const schema = JSON.parse(readFileSync('docs/schema/output.schema.json', 'utf8')) as object;
  const validate = new Ajv2020({strict: false, validateFormats: false}).compile(schema);

  it.each(resources.map((r) => [r.name, r] as const))('%s: ids are unique, columns too, JSON keeps its schema', (name, r) => {
    const fabric = assemble();
    const list = r.rows(fabric, now);
    expect(new Set(list.map((x) => r.id(x))).size).toBe(list.length);
    expect(new Set(r.columns.map((c) => c.id)).size).toBe(r.columns.length);
    const document = JSON.parse(JSON.stringify(documentOf(name, fabric, {items: list.map((x) => r.toJson(x, now))}))) as unknown;
    expect(validate(document), JSON.stringify(validate.errors?.slice(0, 4))).toBe(true);
  });
  it('relations lead to rows that exist', () => {
    const fabric = assemble();
    let followed = 0;
    for (const r of resources) {
      for (const x of r.rows(fabric, now)) {
        for (const ref of r.relations(x, fabric)) {
          if (ref.resource === 'routes') continue; // read on demand
          expect(rows(ref.resource, fabric).map((y) => resource(ref.resource).id(y)), `${r.name} ${r.id(x)} → ${ref.label}`).toContain(ref.id);
          followed++;
        }
      }
    }
    expect(followed).toBeGreaterThan(40);
  });
  it('no cell holds a line break, and details name where values come from', () => {
    const fabric = assemble();
    for (const r of resources) {
      for (const x of r.rows(fabric, now)) {
        for (const column of r.columns) expect(column.cell(x, now).text).not.toMatch(/[\n\r]/);
        expect(r.detail(x, fabric, now).some((s) => s.lines.some((line) => line.stamp !== undefined)), `${r.name} ${r.id(x)}`).toBe(true);
      }
    }
  });
  it('a name or an alias belongs to one resource', () => {
    const names = resources.flatMap((r) => [r.name, ...r.aliases]);
    expect(names.filter((n, i) => names.indexOf(n) !== i)).toEqual([]);
    expect(findResource('SDNAT')?.name).toBe('nat');
  });
});

describe('a healthy fabric', () => {
  it('is ok in every layer, and says what it counted', () => {
    expect(health(assemble(), now).filter((l) => l.id !== 'opennebula').map((l) => [l.id, l.tone])).toEqual([
      ['access', 'ok'], ['wireguard', 'ok'], ['bgp', 'ok'], ['evpn', 'ok'], ['networks', 'ok'], ['vms', expect.any(String)], ['nat', 'ok'],
    ]);
    expect(health(assemble(), now).find((l) => l.id === 'bgp')?.summary).toBe('4 sessions ok');
  });
  it('goes stale by itself when nothing is read any more: what was ok is no longer', () => {
    const later = t0 + 120_000;
    expect(tone('bgp', 'ingress>192.168.0.2')).toBe('ok');
    expect(tone('bgp', 'ingress>192.168.0.2', assemble(), later)).toBe('stale');
    expect(text('bgp', 'ingress>192.168.0.2', 'read', assemble(), later)).toMatch(/^as of \d\d:\d\d:\d\d$/);
    expect(health(assemble(), later).find((l) => l.id === 'bgp')?.tone).toBe('stale');
  });
  it('without OpenNebula, says what cannot be told without it, and no more', () => {
    const alone = createAssembler()({name: 'test', expectVteps: true, hosts: healthyHosts(), cloud: undefined}, now);
    expect(health(alone, now).map((l) => [l.id, l.tone])).toEqual([
      ['access', 'ok'], ['wireguard', 'ok'], ['bgp', 'ok'], ['evpn', 'ok'], ['networks', 'ok'], ['opennebula', 'muted'], ['vms', 'muted'], ['nat', 'muted'],
    ]);
    const unreadable = createAssembler()({name: 'test', expectVteps: true, hosts: withReading(healthyHosts(), 'vr', 'nf.firewall', () => undefined), cloud: healthyCloud()}, now);
    expect(health(unreadable, now).find((l) => l.id === 'nat')?.tone).toBe('unknown');
  });
  it('never calls a layer ok that was not read', () => {
    const blind = assemble(new Map([...healthyHosts()].map(([name, state]) => [name, {...state, readings: {}}])));
    for (const layer of health(blind, now).filter((l) => ['wireguard', 'bgp', 'evpn', 'networks'].includes(l.id))) expect(layer.tone, layer.id).not.toBe('ok');
  });
});

describe('while a host is not read', () => {
  it('nothing of it is called broken', () => {
    const hosts = healthyHosts();
    hosts.set('kvm2', {...hosts.get('kvm2')!, readings: {}});
    const fabric = assemble(hosts);
    expect([tone('vnis', 'kvm2/2', fabric), text('vnis', 'kvm2/2', 'state', fabric)]).toEqual(['unknown', 'links of kvm2 not read']);
    for (const layer of health(fabric, now)) expect(layer.tone, layer.summary).not.toBe('bad');
  });
  it('a VNI whose bgpd has died is not said to lack it', () => {
    const fabric = assemble(withReading(healthyHosts(), 'kvm1', 'frr.bgp-vnis', (o) => failing(o, {kind: 'not-running', detail: 'bgpd is not running'})));
    expect(tone('vnis', 'kvm1/2', fabric)).toBe('unknown');
  });
});

describe('what is broken is shown where it is', () => {
  it('a missing dynamic peer', () => {
    const fabric = assemble(withReading(healthyHosts(), 'ingress', 'frr.summary', (o) => ({...o, value: {...o.value!, peers: o.value!.peers.slice(0, 1)}})));
    expect(text('bgp', 'ingress>192.168.0.3', 'state', fabric)).toBe('MISSING');
    expect(tone('bgp', 'ingress>192.168.0.3', fabric)).toBe('bad');
    expect(tone('hosts', 'ingress', fabric)).toBe('bad');
  });
  it('a dead bgpd', () => {
    const fabric = assemble(withReading(healthyHosts(), 'kvm1', 'frr.summary', (o) => failing(o, {kind: 'not-running', detail: 'bgpd is not running'})));
    expect(text('bgp', 'kvm1>192.168.0.1', 'state', fabric)).toBe('not-running');
    expect(tone('hosts', 'kvm1', fabric)).toBe('bad');
  });
  it('a tunnel that one side does not hear, and one that was never up; but not one that is idle without keepalive', () => {
    const change = (of: (p: ReturnType<typeof wireguard>['peers'][number]) => object) => withReading(healthyHosts(), 'kvm1', 'wg.interfaces', (o) => ({...o, value: o.value!.map((wg) => ({...wg, peers: wg.peers.map((p) => (p.publicKey === 'kvm2KEY=' ? {...p, ...of(p)} : p))}))}));
    const id = 'kvm1>wg0>kvm2KEY=';
    const old = assemble(change(() => ({latestHandshake: t0 / 1000 - 500})));
    expect([tone('wg', id, old), text('wg', id, 'state', old)]).toEqual(['bad', 'kvm1 does not hear kvm2']);
    const never = assemble(change(() => ({latestHandshake: undefined})));
    expect([tone('wg', id, never), text('wg', id, 'handshake', never)]).toEqual(['bad', 'never']);
    const idle = assemble(change(() => ({latestHandshake: t0 / 1000 - 500, keepaliveS: undefined})));
    expect([tone('wg', id, idle), text('wg', id, 'state', idle)]).toEqual(['muted', 'idle, no keepalive']);
  });
  it('tunnels of an interface that is down, however young their handshakes are', () => {
    const fabric = assemble(withReading(healthyHosts(), 'kvm1', 'ip.links', (o) => ({...o, value: o.value!.map((one) => (one.name === 'wg0' ? {...one, up: false} : one))})));
    expect([tone('wg', 'kvm1>wg0>kvm2KEY=', fabric), text('wg', 'kvm1>wg0>kvm2KEY=', 'state', fabric)]).toEqual(['bad', 'wg0 of kvm1 is down']);
    expect([tone('wg', 'kvm2>wg0>kvm1KEY=', fabric), text('hosts', 'kvm1', 'wg', fabric), text('hosts', 'kvm2', 'wg', fabric)]).toEqual(['ok', '0/2', '2/2']);
  });
  it('a VXLAN device that is down, out of its bridge, learning, or on another port', () => {
    const change = (of: object, vx: object = {}) => assemble(withReading(healthyHosts(), 'kvm1', 'ip.links', (o) => ({...o, value: o.value!.map((l) => (l.vxlan ? {...l, ...of, vxlan: {...l.vxlan, ...vx}} : l))})));
    expect(text('vnis', 'kvm1/2', 'state', change({up: false}))).toBe('wg0.2 is down');
    expect(text('vnis', 'kvm1/2', 'state', change({master: undefined}))).toBe('wg0.2 is in no bridge');
    expect(tone('vnis', 'kvm1/2', change({}, {learning: true}))).toBe('warn');
    expect([text('vnets', 'vni 2', 'port', change({}, {port: 8472})), tone('vnets', 'vni 2', change({}, {port: 8472}))]).toEqual(['8472≠4789', 'bad']);
    expect(tone('vnets', 'vni 2', change({mtu: 1300}))).toBe('bad');
  });
  it('a duplicate MAC, and one that is local twice', () => {
    const local = (duplicate: boolean) => assemble(withReading(healthyHosts(), 'kvm1', 'frr.macs', (o) => ({...o, value: [...o.value!.filter((m) => m.mac !== macOf.vm2), mac(2, macOf.vm2, {duplicate})]})));
    expect(tone('macs', `2/${macOf.vm2}`, local(false))).toBe('warn');
    expect(tone('macs', `2/${macOf.vm2}`, local(true))).toBe('bad');
  });
  it('an entry that FRR leaves on the host that has the MAC is no way to it; one on another host is', () => {
    const left = (host: string) => assemble(withReading(healthyHosts(), host, 'bridge.fdb', (o) => ({...o, value: [...o.value!, fdb(macOf.vm2, 'wg0.2', underlay['ingress'])]})));
    expect(text('macs', `2/${macOf.vm2}`, 'vtep', left('kvm2'))).toBe(underlay['kvm2']);
    const unknown = withReading(healthyHosts(), 'kvm1', 'frr.macs', (o) => ({...o, value: o.value!.filter((m) => m.mac !== macOf.vm2)}));
    const astray = assemble(withReading(unknown, 'kvm1', 'bridge.fdb', (o) => ({...o, value: [...o.value!.filter((e) => e.mac !== macOf.vm2), fdb(macOf.vm2, 'wg0.2', underlay['ingress'])]})));
    expect(text('macs', `2/${macOf.vm2}`, 'vtep', astray)).toBe(underlay['ingress']);
  });
  it('a running VM whose tap is not on the host that OpenNebula names; not when the host was not read', () => {
    const gone = assemble(withReading(healthyHosts(), 'kvm2', 'ip.links', (o) => ({...o, value: o.value!.filter((l) => !l.name.startsWith('one-'))})));
    expect([tone('vms', '2', gone), text('vms', '2', 'note', gone)]).toEqual(['bad', 'no one-2-0 on kvm2']);
    const blind = assemble(withReading(healthyHosts(), 'kvm2', 'ip.links', () => undefined));
    expect(tone('vms', '2', blind)).toBe('unknown');
  });
  it('a virtual router that is not MASTER serves nothing, whatever its rules say', () => {
    const fabric = assemble(withReading(healthyHosts(), 'vr', 'vr.state', (o) => ({...o, value: {...o.value!, failover: 'BACKUP'}})));
    expect(tone('nat', 'vrouter 0/203.0.113.201', fabric)).toBe('bad');
    expect(tone('nat', 'vrouter 0/203.0.113.201')).toBe('ok');
  });
  it.each(['vr', 'vr-b'] as const)('of a pair of routers whose MASTER is %s, its row is the one with the mappings, and the BACKUP is well', (master) => {
    const {fabric, now: at} = fabricWith(pair(master));
    const {columns, tone: toneOf} = resource('nat');
    expect(rows('nat', fabric, at).map((one) => [...['router', 'failover', 'external', 'verdict'].map((id) => columns.find((column) => column.id === id)?.cell(one, at).text), toneOf(one, at)])).toEqual([
      [master, 'MASTER', '203.0.113.201', 'ok', 'ok'], [master === 'vr' ? 'vr-b' : 'vr', 'BACKUP', '-', 'no mapping', 'ok'],
    ]);
  });
});
