/** Which pings a trace is put to the test with, and what is made of their answers. */
import {describe, expect, it} from 'vitest';
import {View} from '../../../src/checks/view.ts';
import {judge, probesOf, type Probe} from '../../../src/trace/probe.ts';
import {traceFabric} from '../../../src/trace/trace.ts';
import {fabricWith, reads, unread, type Edit} from '../checks/recorded.ts';

function probes(from: string, to: string, ...edits: readonly Edit[]): readonly Probe[] {
  const {fabric, now} = fabricWith(...edits);
  const traced = traceFabric(fabric, now, from, to);
  if (!traced.ok) throw new Error(traced.says);
  return probesOf(new View(fabric, now), traced.trace);
}
const said = (all: readonly Probe[]): readonly string[] => all.map(({host, command, expected}) => `${host}: ${command}: ${expected}`);

describe('planned', () => {
  it('the underlay each way at the path MTU, not to be fragmented, and each VM from the virtual router', () => {
    expect(said(probes('vm1', 'vm2'))).toEqual([
      'kvm1: ping -n -c 3 -i 1 -W 1 -M do -s 1392 192.168.0.3: yes', // 1370 + 50 of VXLAN - 28 of ping = 1392
      'kvm2: ping -n -c 3 -i 1 -W 1 -M do -s 1392 192.168.0.2: yes',
      'vr: ping -c 3 -W 1 172.17.2.10: yes',
      'vr: ping -c 3 -W 1 172.17.2.11: yes',
    ]);
  });
  it('where the path MTU is below the sender\'s, both sizes: one passes and one does not', () => {
    const short = reads('kvm1', 'ip.links', (links) => links.map((link) => (link.name === 'wg0' ? {...link, mtu: 1280} : link)));
    expect(said(probes('vm1', 'vm2', short)).slice(0, 3)).toEqual([
      'kvm1: ping -n -c 3 -i 1 -W 1 -M do -s 1252 192.168.0.3: yes',
      'kvm1: ping -n -c 3 -i 1 -W 1 -M do -s 1392 192.168.0.3: no',
      'kvm2: ping -n -c 3 -i 1 -W 1 -M do -s 1392 192.168.0.2: yes',
    ]);
  });
  it('what VXLAN alone meets is not expected of a ping', () => {
    const dropped = reads('kvm2', 'nf.firewall', (firewall) => ({...firewall, filter: [{backend: 'iptables-nft', chain: 'INPUT', position: 1, target: 'DROP', rejectWith: undefined, inDevice: undefined, protocol: 'udp', destinationPort: '4789', text: '-A INPUT -p udp --dport 4789 -j DROP'}]}));
    const planned = probes('vm1', 'vm2', dropped);
    expect(planned.filter(({tests}) => tests.startsWith('underlay')).map(({expected}) => expected)).toEqual(['yes', 'yes']);
    expect(planned.find(({tests}) => tests.startsWith('VM vm2'))?.expected).toBe('no');
  });
  it('a break of the underlay is expected both ways: the echo must come back', () => {
    const unallowed = reads('kvm2', 'wg.interfaces', (all) => all.map((wg) => ({...wg, peers: wg.peers.map((peer) => (peer.allowedIps.includes('192.168.0.2/32') ? {...peer, allowedIps: []} : peer))})));
    expect(probes('vm1', 'vm2', unallowed).filter(({tests}) => tests.startsWith('underlay')).map(({expected}) => expected)).toEqual(['no', 'no']);
  });
  it('what was not read is expected neither way', () => {
    expect(probes('vm1', 'vm2', unread('kvm2', 'wg.interfaces')).filter(({tests}) => tests.startsWith('underlay')).map(({expected}) => expected)).toEqual(['unknown', 'unknown']);
  });
});

describe('judged', () => {
  const probe = (expected: Probe['expected']): Probe => ({host: 'kvm1', command: 'ping', tests: 'underlay', expected});
  const answered = (received: number): string => `3 packets transmitted, ${received} received, 0% packet loss, time 2003ms`;
  it.each([
    ['yes', 3, 'agrees'], ['yes', 1, 'agrees'], ['yes', 0, 'contradicts'],
    ['no', 0, 'agrees'], ['no', 2, 'contradicts'],
    ['unknown', 3, 'unknown'], ['unknown', 0, 'unknown'],
  ] as const)('expected %s, %i answered: %s', (expected, received, verdict) => {
    expect(judge(probe(expected), {stdout: answered(received), stderr: ''})).toMatchObject({sent: 3, received, verdict});
  });
  it('BusyBox counts in other words', () => {
    expect(judge(probe('yes'), {stdout: '3 packets transmitted, 3 packets received, 0% packet loss', stderr: ''}).verdict).toBe('agrees');
  });
  it('says why long packets are not sent', () => {
    expect(judge(probe('no'), {stdout: answered(0), stderr: 'ping: local error: message too long, mtu=1280'}).says).toBe('0 of 3 answered (message too long, mtu=1280): agrees with the trace');
  });
  it('what cannot be sent tells nothing', () => {
    expect(judge(probe('yes'), {problem: 'unreachable: no route'})).toMatchObject({verdict: 'unknown', received: undefined});
    expect(judge(probe('yes'), {stdout: '', stderr: 'sh: ping: not found'})).toMatchObject({verdict: 'unknown', says: 'ping did not count: sh: ping: not found'});
  });
});
