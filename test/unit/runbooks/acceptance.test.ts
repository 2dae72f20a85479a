import {tmpdir} from 'node:os';
import {expect, test} from 'vitest';
import {mayMoveAt} from '../../../src/runbooks/builtin/acceptance.ts';
import {bgpBlock, deltaOf, rolesOf, type Stage} from '../../../src/runbooks/builtin/bgp-render.ts';
import {appNamed} from '../../../src/runbooks/builtin/cloud-market.ts';
import {extraOf} from '../../../src/runbooks/builtin/cloud-router.ts';
import {embeddedRefusal} from '../../../src/runbooks/engine/embedded.ts';
import type {Fabric} from '../../../src/model/fabric.ts';

const record = (seq: number, hostId: number, start: number) => ({seq, hostId, host: `h${hostId}`, start, end: undefined, action: 2});
const member = (host: string, address: string, reflector = false) => ({host, address, reflector, vtep: !reflector});
const members = [member('ingress', '192.168.0.1', true), member('kvm1', '192.168.0.2'), member('kvm2', '192.168.0.3'), member('kvm3', '192.168.0.4')];
const settings = {as: 65_000, network: '192.168.0.0/24', clusterId: '', keepaliveS: undefined, holdS: undefined, connectS: 10};
const blockOf = (host: string, combination: 1 | 2, stage: Stage = '') => bgpBlock(rolesOf(members, combination, stage).find((one) => one.host === host)!, settings);

test('a VM that has just been moved waits 40 s, one that was moved three times waits for the window of 180 s', () => {
  expect(mayMoveAt([record(0, 0, 1000)])).toBe(0);
  expect(mayMoveAt([record(0, 0, 1000), record(1, 1, 2000)])).toBe(2040);
  // A record on the same host (a failed move, an alias) is no move of the MAC.
  expect(mayMoveAt([record(0, 0, 1000), record(1, 1, 2000), record(2, 1, 2030)])).toBe(2040);
  expect(mayMoveAt([record(0, 0, 1000), record(1, 1, 2000), record(2, 0, 2040), record(3, 1, 2080)])).toBe(2180);
});

test('from combination to combination no step touches all ways of a hypervisor', () => {
  const stages = [blockOf('kvm1', 1), blockOf('kvm1', 1, 'mesh'), blockOf('kvm1', 2, 'bridge'), blockOf('kvm1', 2, 'both'), blockOf('kvm1', 2)];
  const mesh = stages.map((block) => block.includes(' neighbor 192.168.0.3 remote-as 65000'));
  const ingress = stages.map((block) => block.includes(' neighbor 192.168.0.1 peer-group fabric'));
  expect(mesh).toEqual([false, true, true, false, false]);
  expect(ingress).toEqual([true, true, true, true, false]);
  // The group's role changes while the mesh stands, and the mesh goes while the group stands as it is.
  expect(deltaOf(stages[0]!, stages[1]!)).not.toContain('fabric');
  expect(deltaOf(stages[1]!, stages[2]!)).not.toMatch(/192\.168\.0\.[34]/);
  expect(deltaOf(stages[2]!, stages[3]!)).not.toMatch(/reflector-client|update-source|192\.168\.0\.1\b/);
  expect(deltaOf(stages[3]!, stages[4]!)).toBe('router bgp 65000\n no neighbor 192.168.0.1\nexit\n');
  // Setting a cluster-id resets all sessions of a host.
  expect(stages.some((block) => block.some((line) => line.includes('cluster-id')))).toBe(false);
  expect(blockOf('ingress', 1)).toContain(' bgp cluster-id 192.168.0.1');
  expect(['mesh', 'bridge', 'both'].map((stage) => deltaOf(blockOf('ingress', 1), blockOf('ingress', 2, stage as Stage)))).toEqual([undefined, undefined, undefined]);
});

test('a neighbour that goes into the group is made anew, with all its lines', () => {
  const forth = deltaOf(blockOf('kvm1', 2, 'bridge'), blockOf('kvm1', 2, 'both'))!.split('\n');
  expect(forth.indexOf(' no neighbor 192.168.0.3')).toBeGreaterThan(0);
  expect(forth.indexOf(' neighbor 192.168.0.3 peer-group fabric')).toBeGreaterThan(forth.indexOf(' no neighbor 192.168.0.3'));
  expect(forth.some((line) => line.includes('no neighbor 192.168.0.3 '))).toBe(false);
  expect(deltaOf(blockOf('kvm1', 2, 'both'), blockOf('kvm1', 2, 'bridge'))).toContain('  neighbor 192.168.0.3 activate\n');
});

test('of apps whose name begins as given, the newest; none is told with what there is', () => {
  const app = (id: number, name: string, state = 1) => ({id, name, state, type: 1, market: 'm'});
  expect(appNamed([app(1, 'Alpine Linux 3.19'), app(7, 'Alpine Linux 3.20'), app(9, 'Debian 12')], 'alpine linux').id).toBe(7);
  expect(() => appNamed([app(9, 'Debian 12')], 'Alpine')).toThrow('it has Debian 12');
  expect(() => appNamed([], 'Alpine')).toThrow('no apps');
  expect(() => appNamed([app(1, 'Alpine', 2)], 'Alpine')).toThrow('not READY');
});

test('the router keeps the context of its template, and gets SDNAT on both NICs', () => {
  const extra = extraOf({SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]', REPORT_READY: 'NO', ONEAPP_VNF_SDNAT4_ENABLED: '$ONEAPP_VNF_SDNAT4_ENABLED', BAD: 'a"b'}, 4, '');
  expect(extra).toContain('SCHED_REQUIREMENTS="ID=\\"4\\""');
  const context = /CONTEXT=\[(.*)\]$/.exec(extra)![1]!;
  expect(context).toContain('SSH_PUBLIC_KEY="$USER[SSH_PUBLIC_KEY]"');
  expect(context).toContain('ONEAPP_VNF_SDNAT4_ENABLED="YES"');
  expect(context).toContain('ONEAPP_VNF_SDNAT4_INTERFACES="eth0 eth1"');
  expect(context).not.toContain('BAD');
  expect(extraOf({}, 4, 'ssh-ed25519 AAAA me')).toContain('SSH_PUBLIC_KEY="ssh-ed25519 AAAA me"');
});

test('nothing is written on this machine for a host of the embedded fabric', () => {
  const fabricOf = (origin: string) => ({hosts: new Map([['kvm1', {spec: {origin}}]])}) as unknown as Fabric;
  const refused = (work: object, origin = 'embedded fabric') => embeddedRefusal(fabricOf(origin), {id: 'kvm1', host: 'kvm1', ...work});
  expect(refused({file: {path: '/etc/frr/frr.conf', content: ''}})).toContain('this machine');
  expect(refused({secret: {path: '/etc/wireguard/wg0.key', make: 'wg genkey', public: undefined}})).toContain('/etc/wireguard/wg0.key');
  expect(refused({file: {path: '/tmp/../etc/passwd', content: ''}})).toContain('this machine');
  expect(refused({apply: 'set -e\ncp -a /etc/frr "$work"'})).toContain('only for real hosts');
  expect(refused({apply: 'echo x >/var/lib/evpn-tui/x'})).toContain('only for real hosts');
  expect(refused({file: {path: `${tmpdir()}/a/note`, content: ''}, apply: 'vtysh -c "clear bgp *" >/dev/null'})).toBeUndefined();
  expect(refused({file: {path: '/etc/frr/frr.conf', content: ''}}, 'from inventory x')).toBeUndefined();
});
