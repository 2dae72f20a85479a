/** The parts of the flight recorder that are pure: lines of hosts, stages of OpenNebula, the axis, and how it is shown. */
import {describe, expect, it, vi} from 'vitest';
import {createAxis} from '../../../src/actions/migration/axis.ts';
import {stageOf} from '../../../src/actions/migration/landing.ts';
import {parsePing} from '../../../src/actions/migration/observe.ts';
import {startRecorder} from '../../../src/actions/migration/recorder.ts';
import type {Way} from '../../../src/actions/migration/way.ts';
import type {ActionContext} from '../../../src/model/action.ts';
import type {OneHistory, OneVm} from '../../../src/model/cloud.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import type {Flight} from '../../../src/model/flight.ts';
import {flightLines, plainFlight} from '../../../src/rows/flight-lines.ts';
import {parseRouteSights, parseZebraSight} from '../../../src/services/frr/mac-watch.ts';
import {parseMonitorLine} from '../../../src/services/iproute2/monitor.ts';
import {widthOf} from '../../../src/text/width.ts';

const mac = '02:00:ac:11:02:0a';

describe('lines of `bridge monitor fdb` and `ip -o monitor link`, iproute2 6.1', () => {
  it.each([
    [`${mac} dev wg0.2 dst 192.168.0.3 self extern_learn `, {kind: 'fdb', gone: false, device: 'wg0.2', destination: '192.168.0.3', externLearn: true, permanent: false}],
    [`Deleted ${mac} dev wg0.2 dst 192.168.0.3 self extern_learn `, {kind: 'fdb', gone: true, destination: '192.168.0.3'}],
    [`${mac} dev one-1-0 master onebr.2 `, {kind: 'fdb', gone: false, device: 'one-1-0', destination: undefined, master: 'onebr.2'}],
    [`${mac} dev wg0.2 dst 192.168.0.3 self static`, {kind: 'fdb', permanent: true}],
    ['7: one-1-0@wg0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1370 master onebr.2 state UP \\    link/ether e2:86:c5:d2:87:55', {kind: 'link', gone: false, device: 'one-1-0', up: true, lowerUp: true, master: 'onebr.2'}],
    ['Deleted 10: one-1-0@NONE: <BROADCAST,MULTICAST> mtu 1370 qdisc noop state DOWN group default \\    link/ether 16:8e:82:d0:3b:7c brd ff:ff:ff:ff:ff:ff', {kind: 'link', gone: true, device: 'one-1-0', up: false, master: undefined}],
  ])('%s', (line, expected) => expect(parseMonitorLine(line)).toMatchObject(expected));
  it.each(['', 'Terminated', 'H', '16:8e dev x', 'RTNETLINK answers: Operation not supported'])('"%s" tells nothing', (line) => expect(parseMonitorLine(line)).toBeUndefined());
});

describe('one MAC in FRR 8.4.4', () => {
  it('zebra: local and remote, each with the sequence of its own side', () => {
    expect(parseZebraSight(`2 "${mac}":{"type":"remote","remoteVtep":"192.168.0.3","localSequence":0,"remoteSequence":1,"detectionCount":0,"isDuplicate":false}`)).toEqual({vni: 2, mac, kind: 'remote', device: undefined, vtep: '192.168.0.3', sequence: 1, duplicate: false});
    expect(parseZebraSight(`2 "${mac}":{"type":"local","intf":"one-1-0","localSequence":2,"remoteSequence":1,"isDuplicate":true}`)).toMatchObject({kind: 'local', device: 'one-1-0', sequence: 2, duplicate: true});
    expect(parseZebraSight(`2 "${mac}":{"type":`)).toBeUndefined();
  });
  it('bgpd: next hop and mobility of that MAC, not of the one beside it', () => {
    const text = `*>i[2]:[0]:[48]:[${mac}]\n                    192.168.0.3                   100      0 i\n                    RT:65000:2 ET:8 MM:4\n*>i[2]:[0]:[48]:[02:00:ac:11:02:0b]\n                    192.168.0.9                   100      0 i\n--\n *> [2]:[0]:[48]:[${mac}]:[32]:[172.17.2.10]\n                    192.168.0.4              0             0 i\n                    RT:65000:2 ET:8\n`;
    expect(parseRouteSights(text, [mac])).toEqual([{mac, nextHop: '192.168.0.3', sequence: 4, vni: 2}, {mac, nextHop: '192.168.0.4', sequence: 0, vni: 2}]);
  });
  it('pings, of iputils and of busybox', () => {
    expect(parsePing('[1795270000.123456] 64 bytes from 172.17.2.10: icmp_seq=7 ttl=64 time=0.5 ms')).toEqual({sequence: 7, atMs: 1795270000123});
    expect(parsePing('64 bytes from 172.17.2.10: seq=7 ttl=64 time=0.5 ms')).toEqual({sequence: 7, atMs: undefined});
    expect(parsePing('From 172.17.2.1 icmp_seq=8 Destination Host Unreachable')).toBeUndefined();
  });
});

describe('how a migration stands in OpenNebula', () => {
  const way: Way = {vmId: 1, vmName: 'vm1', from: undefined, fromOne: 'a', to: undefined, toId: 1, record: 0, state: 'RUNNING', live: true};
  const record = (seq: number, hostId: number, ended: boolean): OneHistory => ({seq, hostId, host: ['a', 'b', 'c'][hostId]!, start: 100 + seq, end: ended ? 200 : undefined, action: 0});
  const vm = (state: number, lcmState: number, ...history: readonly OneHistory[]): OneVm => ({id: 1, name: 'vm1', owner: '', state, lcmState, deployId: undefined, nics: [], history, vrouterId: undefined, context: {}, error: undefined});
  it.each([
    ['nothing yet', vm(3, 3, record(0, 0, false)), 'not begun'],
    ['RUNNING with the target last, the record before it still open', vm(3, 3, record(0, 0, false), record(1, 1, false)), 'under way'],
    ['MIGRATE', vm(3, 4, record(0, 0, false), record(1, 1, false)), 'under way'],
    ['RUNNING on the target', vm(3, 3, record(0, 0, true), record(1, 1, false)), 'landed'],
    ['the driver failed: RUNNING on the source, one more record', vm(3, 3, record(0, 0, true), record(1, 1, true), record(2, 0, false)), 'returned'],
    ['on a host that nobody asked for', vm(3, 3, record(0, 0, true), record(1, 2, false)), 'elsewhere'],
    ['BOOT_MIGRATE_FAILURE', vm(3, 37, record(0, 0, true), record(1, 1, false)), 'failed'],
    ['POWEROFF of a VM that ran', vm(8, 0, record(0, 0, true), record(1, 1, false)), 'failed'],
  ])('%s', (_, now, stage) => expect(stageOf(way, now)).toBe(stage));
});

const vmWith = (id: number, nic: object): OneVm => ({id, name: `vm${id}`, owner: '', state: 3, lcmState: 3, deployId: undefined, nics: [nic], history: [], vrouterId: undefined, context: {}, error: undefined}) as unknown as OneVm;

describe('the axis', () => {
  const at = (): {now: number; axis: ReturnType<typeof createAxis>} => {
    const clock = {now: 0, axis: undefined as unknown as ReturnType<typeof createAxis>};
    clock.axis = createAxis(0, () => clock.now, 'kvm2', () => undefined);
    return clock;
  };
  it('by forwarding entries: from the first sight on the target to the last VTEP', () => {
    const clock = at();
    clock.now = 1000;
    clock.axis.arrived();
    clock.axis.leads('kvm1', true);
    clock.now = 1300;
    clock.axis.leads('kvm3', true);
    clock.now = 5000;
    clock.axis.leads('kvm3', true); // told again: not a move
    expect(clock.axis.downtime()).toMatchObject({by: 'fdb', ms: 300, atMs: 1000});
    expect(clock.axis.phases().find(({name}) => name === 'the overlay follows')).toMatchObject({fromMs: 1000, toMs: 1300});
  });
  it('by pings: the longest gap beyond the interval, by the clock of the host that pings', () => {
    const clock = at();
    for (const [sequence, host] of [[1, 0], [2, 100], [6, 700], [7, 800]] as const) {
      clock.now += 40; // what the way to the console takes does not count
      clock.axis.answered(sequence, host);
    }
    expect(clock.axis.downtime()).toMatchObject({by: 'ping', ms: 500, lost: 3});
  });
  it('by pings: a VM that answers no more is not reached', () => {
    const clock = at();
    for (let sequence = 1; sequence <= 4; sequence++) clock.axis.answered(sequence, (clock.now += 100));
    clock.now += 9000;
    expect(clock.axis.downtime()?.says).toContain('and still none');
  });
  it('by pings that ended before the migration: that nobody pings is no silence of the VM', () => {
    const lost = at();
    for (let sequence = 1; sequence <= 4; sequence++) lost.axis.answered(sequence, (lost.now += 100));
    lost.now += 30_000; // until it was known that the connection is gone
    lost.axis.pingsEnded(true);
    lost.now += 1_800_000;
    expect(lost.axis.downtime()).toMatchObject({by: 'ping', ms: 0, lost: 0, says: 'at most 0.00 s without an answer, 0 of 4 pings lost (ping every 0.1 s from inside the network); the pings ended 1830.0 s ago: what came later was not measured'});
    const silent = at();
    for (let sequence = 1; sequence <= 4; sequence++) silent.axis.answered(sequence, (silent.now += 100));
    silent.now += 9100;
    silent.axis.pingsEnded(false);
    silent.now += 60_000;
    expect(silent.axis.downtime()).toMatchObject({by: 'ping', ms: 9000, says: 'no answer for 9.0 s, and none before they ended (ping every 0.1 s); the pings ended 60.0 s ago: what came later was not measured'});
    expect([lost.axis.unpinged, at().axis.unpinged]).toEqual([true, false]);
  });
  it.each([
    ['the connection is lost', {ok: false, problem: {kind: 'unreachable', detail: 'the connection broke'}}],
    ['ping itself ends', {ok: true, exit: 0, stdout: '', stderr: ''}],
  ] as const)('of a recorder whose pings end: %s', async (_, end) => {
    const ended = new AbortController();
    const asked: (number | undefined)[] = [];
    const router = {vrouter: undefined, id: 'r', vmIds: [0], host: 'vr', mappings: []};
    const nic = {networkId: 0, vnMad: 'vxlan', vlanId: 2, mac, ip: '172.17.2.10'};
    const vms = [vmWith(1, nic), vmWith(0, {...nic, ip: '172.17.2.1'})];
    const fabric = {hosts: new Map([['vr', {spec: {name: 'vr', roles: []}, access: {phase: 'ready'}, readings: {}}]]), hostByAddress: new Map(), segments: [], routers: [router], cloud: {readings: {'one.vms': {value: vms}}}} as unknown as Fabric;
    const follow: ActionContext['ask']['follow'] = (_host, _script, onLine, _signal, deadlineS) => {
      asked.push(deadlineS);
      for (let sequence = 1; sequence <= 4; sequence++) onLine(`64 bytes from 172.17.2.10: seq=${sequence} ttl=64 time=0.5 ms`);
      return Promise.resolve(end);
    };
    const ctx = {fabric: () => fabric, now: Date.now, signal: ended.signal, ask: {follow, one: () => Promise.resolve({ok: false, refused: false, problem: {kind: 'timeout', detail: 'no'}})}, progress: () => undefined, note: () => undefined} as unknown as ActionContext;
    const way: Way = {vmId: 1, vmName: 'vm1', from: undefined, fromOne: 'a', to: undefined, toId: 1, record: 0, state: 'RUNNING', live: true};
    const {recorder, done} = startRecorder(ctx, way, vms[0], {startedAt: Date.now(), ping: true});
    await recorder.ready;
    await vi.waitFor(() => expect(recorder.axis.unpinged).toBe(true));
    ended.abort();
    await done;
    expect(asked).toContain(86_400);
  });
  it('not measured where nothing was seen', () => expect(at().axis.downtime()).toBeUndefined());
});

describe('a flight as text', () => {
  const flight: Flight = {
    v: 1, run: '20261121-143837-1f30', context: 'lab', vm: {id: 1, name: 'vm1'}, from: 'kvm2', to: 'kvm1', live: true, startedAt: 0, endedAt: 6900, status: 'unverified', says: 'its steps are done, but an entry on kvm3 still leads 02:00:ac:11:02:0a to kvm2', downtime: {by: 'fdb', ms: 170, atMs: 1960, says: '0.17 s'},
    verified: [{name: 'no stale entry is left', outcome: 'fail', says: 'an entry on kvm3 still leads 02:00:ac:11:02:0a to kvm2', evidence: []}],
    phases: [{name: 'getting ready', fromMs: 0, toMs: 1600}, {name: 'verifying', fromMs: 3700, toMs: 6800}],
    events: [{atMs: 2130, source: 'kvm3', kind: 'fdb', text: 'entry to kvm1 (192.168.0.2)'}, {atMs: 490, source: 'OpenNebula', kind: 'state', text: 'RUNNING on kvm2 (3/3, record 4)'}],
  };
  it.each([30, 60, 80, 200])('is never wider than %d columns, and loses no word', (width) => {
    const lines = plainFlight(flightLines(flight, width)).split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    const words = lines.join(' ').replaceAll(/\s+/g, ' ');
    for (const {text} of flight.events) for (const word of text.split(' ')) expect(words).toContain(word);
  });
  it('is in the order of time, with the failed condition marked in words', () => {
    const text = plainFlight(flightLines(flight, 100));
    expect(text.indexOf('RUNNING on kvm2')).toBeLessThan(text.indexOf('entry to kvm1'));
    expect(text).toMatch(/^ {2}FAIL no stale entry is left: /m);
  });
});
