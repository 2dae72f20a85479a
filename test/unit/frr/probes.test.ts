import {describe, expect, test} from 'vitest';
import type {HostProbeId} from '../../../src/model/fabric.ts';
import type {ZebraVni} from '../../../src/model/frr.ts';
import {good} from '../../../src/model/reading.ts';
import {frrProbes} from '../../../src/services/frr/probes.ts';
import type {ProbeContext, ProbeOutput} from '../../../src/services/probe.ts';
import {fixtures} from './captures.ts';

const nothing: ProbeContext = {spec: {} as never, readings: {}};
const output = (over: Partial<ProbeOutput>): ProbeOutput => ({exit: 0, stdout: '', stderr: '', truncated: false, ...over});
const probe = (id: HostProbeId) => {
  const found = frrProbes.find((p) => p.id === id);
  if (!found) throw new Error(`no probe ${id}`);
  return found;
};
const parse = (id: HostProbeId, over: Partial<ProbeOutput>, context = nothing) => probe(id).parse(output(over), context);
const captured = fixtures();
const out = (version: string, slug: string, state = 'healthy'): string => captured.find((c) => c.version === version && c.state === state && c.slug === slug && c.host === '')!.out;

const ids = ['frr.version', 'frr.daemons', 'frr.summary', 'frr.neighbors', 'frr.bgp-vnis', 'frr.vnis', 'frr.macs', 'frr.arp', 'frr.evpn', 'frr.running'] as const;
test('every FRR reading has its probe', () => expect(frrProbes.map((p) => p.id)).toEqual(ids));

describe.each(ids)('%s says why there is no value', (id) => {
  test.each([
    ['a daemon hangs', {exit: 124}, 'timeout'],
    ['no vtysh', {exit: 127, stderr: 'sh: 1: vtysh: not found\n'}, 'not-installed'],
    ['all daemons dead', {exit: 1, stderr: 'Exiting: failed to connect to any daemons.\n'}, 'not-running'],
    ['one daemon dead', {exit: 1, stderr: 'bgpd is not running\n'}, 'not-running'],
    ['one daemon dead, FRR 7.5', {exit: 0, stderr: 'bgpd is not running\n'}, 'not-running'],
    ['no rights', {exit: 1, stderr: "% Can't open configuration file /etc/frr/vtysh.conf due to 'Permission denied'.\nExiting: failed to connect to any daemons.\nHint: if this seems wrong, try running me as a privileged user!\n"}, 'denied'],
    ['sudo wants a password', {exit: 1, stderr: 'sudo: a password is required\n'}, 'denied'],
    ['unknown command, on stdout', {exit: 1, stdout: '% Unknown command: show nonsense\n'}, 'unsupported'],
    ['the answer was cut', {stdout: '{"a":', truncated: true}, 'too-big'],
    ['the daemon died while it answered', {stdout: '{"peers":{', stderr: 'vtysh: error reading from bgpd: Success (0)\n'}, 'garbled'],
    ['half an answer', {stdout: '{"peers":{"192.168.0.1":{'}, 'garbled'],
    ['nonsense', {stdout: 'Segmentation fault\n'}, 'garbled'],
    ['another failure', {exit: 2, stderr: 'something else\n'}, 'failed'],
  ] as const)('%s', (_, over, kind) => {
    expect(parse(id, over)).toMatchObject({ok: false, problem: {kind}});
  });
});

test('vtysh that grumbles and still answers is a value', () => {
  const grumble = 'vtysh_pam: Failed in account validation: Authentication failure(7)';
  expect(parse('frr.summary', {stdout: out('8.4.4', 'bgp-evpn-summary.json'), stderr: grumble})).toMatchObject({ok: true, value: {as: '65000'}});
});

describe('summary: no peers or no instance', () => {
  test.each(['{}\n% BGP instance not found\n', '{}\n', '% BGP instance not found\n'])('%j is not configured', (stdout) => {
    expect(parse('frr.summary', {stdout})).toMatchObject({ok: false, problem: {kind: 'not-configured'}});
  });
  test.each(['{}\n% No BGP neighbors found in VRF default\n', '{\n}\nNo L2VPN EVPN neighbor is configured\n', '{"failedPeers":0,"totalPeers":0,"dynamicPeers":0}\n'])('%j is a value without peers', (stdout) => {
    expect(parse('frr.summary', {stdout})).toMatchObject({ok: true, value: {peers: []}});
  });
  test('neighbours: the same words tell', () => {
    expect(parse('frr.neighbors', {stdout: '{}\n% BGP instance not found\n'})).toMatchObject({ok: false, problem: {kind: 'not-configured'}});
    expect(parse('frr.neighbors', {stdout: '{}\n% No BGP neighbors found in VRF default\n'})).toEqual({ok: true, value: []});
  });
});

const vnis = (macs: number, problem?: 'not-configured'): ProbeContext => ({
  spec: {} as never,
  readings: {'frr.vnis': {value: [{vni: 2, macs} as ZebraVni], problem: problem && {kind: problem, detail: ''}} as never},
});

describe('MACs', () => {
  test('are asked for up to 5000, counted on the host when nobody knows yet', () => {
    expect(probe('frr.macs').command(vnis(5000))).toMatch(/'show evpn mac vni all json'$/);
    expect(probe('frr.macs').command(vnis(5001))).toMatchObject({kind: 'too-big', detail: expect.stringContaining('5001') as string});
    expect(probe('frr.macs').command(nothing)).toMatch(/numMacs.*-gt 5000/);
    expect(parse('frr.macs', {stdout: 'MACs: 100000\n'})).toMatchObject({ok: false, problem: {kind: 'too-big'}});
  });
  test.each(['frr.macs', 'frr.arp'] as const)('%s: nothing is an empty list where EVPN is on, and "not configured" where it is off', (id) => {
    expect(parse(id, {stdout: '{}\n'}, vnis(0))).toEqual({ok: true, value: []});
    expect(parse(id, {stdout: '{}\n'}, vnis(0, 'not-configured'))).toMatchObject({ok: false, problem: {kind: 'not-configured'}});
    expect(parse(id, {stdout: ''}, nothing)).toMatchObject({ok: false, problem: {kind: 'not-configured'}});
  });
});

test('VNIs: with bgpd dead zebra answers nothing, or {}, and exit 0', () => {
  for (const stdout of ['', '{}\n', '\n== list ==\n', '{}\n\n== list ==\n{}\n']) expect(parse('frr.vnis', {stdout})).toMatchObject({ok: false, problem: {kind: 'not-configured'}});
  expect(parse('frr.vnis', {stdout: '[]\n\n== list ==\n{}\n'})).toEqual({ok: true, value: []});
});

test.each(['7.5.1', '8.4.4', '10.3', '10.7.1'])('VNIs of %s: details and list are joined', (version) => {
  const joined = parse('frr.vnis', {stdout: `${out(version, 'evpn-vni-detail.json')}\n== list ==\n${out(version, 'evpn-vni.json')}`});
  expect(joined).toMatchObject({ok: true, value: [{vni: 2, remoteVtepCount: 4, device: 'wg0.2', macs: version === '7.5.1' ? 6 : 5}, {vni: 3, remoteVtepCount: 4}]});
  // The list alone knows a VNI that the details lost, and fills what they lack.
  const partial = parse('frr.vnis', {stdout: `[{"vni":2,"type":"L2","vxlanInterface":"wg0.2"}]\n== list ==\n${out(version, 'evpn-vni.json')}`});
  expect(partial).toMatchObject({ok: true, value: [{vni: 2, macs: version === '7.5.1' ? 6 : 5, vrf: 'default'}, {vni: 3}]});
});

test('a daemon that was asked alone is named when it is dead or hangs', () => {
  const dead = {exit: 1, stderr: 'Exiting: failed to connect to any daemons.\n'};
  expect(parse('frr.summary', dead)).toMatchObject({problem: {detail: 'bgpd is not running'}});
  expect(parse('frr.vnis', dead)).toMatchObject({problem: {detail: 'zebra is not running'}});
  expect(parse('frr.daemons', dead)).toMatchObject({problem: {detail: expect.stringContaining('no FRR daemon answers') as string}});
  expect(parse('frr.vnis', {exit: 124})).toMatchObject({problem: {detail: expect.stringContaining('zebra did not answer') as string}});
});

test('daemons: hung is not dead', () => {
  expect(parse('frr.daemons', {stdout: '\nstate zebra 0\nstate bgpd 124\n'})).toEqual(good({running: ['zebra'], hung: ['bgpd']}));
});

test('running-config: a password that got past the host is replaced here', () => {
  const reading = parse('frr.running', {stdout: 'frr version 8.4.4\n!\nrouter bgp 65000\n neighbor 192.0.2.1 password hunter2\n!\n'});
  expect(JSON.stringify(reading)).not.toContain('hunter2');
  expect(reading).toMatchObject({ok: true, value: {as: '65000'}});
});

test('a control character in a hostname or description does not get through', () => {
  const evil = out('8.4.4', 'bgp-evpn-summary.json').replace('"ingress"', '"in\\u001b[31mgress\\u202e"').replace('"desc":"ingress"', '"desc":"x\\u001b]52;c;AAAA\\u0007y"');
  expect(parse('frr.summary', {stdout: evil})).toMatchObject({ok: true, value: {peers: [{hostname: 'ingress', description: 'xy'}]}});
});

