import type {HostProbeId} from '../../../../src/model/fabric.ts';
import {access, fails, lost, reads, specOf, took, unread, type Edit} from '../recorded.ts';
import type {Case} from '../case.ts';

const all = ['access.reach', 'access.host-key', 'access.login', 'access.rights', 'access.responsive', 'access.clock'];
const each = (checks: readonly string[], name: string, edits: readonly Edit[], expect: Case['expect']): readonly Case[] => checks.map((check) => ({check, name, edits, expect}));

const refused = (kind: 'auth' | 'host-key', detail: string): readonly Edit[] => [lost('kvm2', kind, detail), access('kvm2', {phase: 'refused'})];
const dialling = access('kvm2', {phase: 'connecting', problem: undefined});
const clock = (host: string, by: number): Edit => reads(host, 'host.identity', (id) => ({...id, clockS: (id.clockS ?? 0) + by}));
const denied = (...probes: readonly HostProbeId[]): readonly Edit[] => probes.map((probe) => fails('kvm2', probe, 'denied', 'sudo: a password is required'));
/** The reflector has lost it too. */
const silent = reads('ingress', 'frr.summary', (s) => ({...s, peers: s.peers.filter(({hostname}) => hostname !== 'kvm2')}));

export const cases: readonly Case[] = [
  ...each(all, 'healthy', [], {outcome: 'pass'}),
  ...each(['access.host-key', 'access.login', 'access.rights', 'access.responsive', 'access.clock'], 'unreachable', [lost('kvm2')], {outcome: 'unknown', subject: 'kvm2', says: /kvm2 ssh: unreachable/, only: true}),
  ...each(['access.reach', 'access.host-key', 'access.login'], 'the first attempt is under way', [dialling], {outcome: 'unknown', subject: 'kvm2', only: true}),

  {check: 'access.reach', name: 'only ssh is gone', edits: [lost('kvm2', 'unreachable', 'connection refused')], expect: {outcome: 'fail', subject: 'kvm2', says: /connection refused; the host itself is alive[\s\S]*ingress has an established BGP session/, breaks: ['access kvm2'], only: true}},
  {check: 'access.reach', name: 'nobody hears from it', edits: [lost('kvm2'), silent, ...(['kvm1', 'kvm3'] as const).map((host) => unread(host, 'frr.summary'))], expect: {outcome: 'fail', subject: 'kvm2', says: /look at its power/, breaks: ['access kvm2', 'host kvm2'], only: true}},
  {check: 'access.reach', name: 'through a host of ours', edits: [lost('kvm2'), specOf('kvm2', {ssh: {host: '203.0.113.12', port: undefined, user: 'root', identityFiles: [], jumps: ['root@203.0.113.1:22'], knownHosts: undefined, strict: undefined, extra: {}}})], expect: {outcome: 'fail', subject: 'kvm2', needs: ['access ingress']}},
  {check: 'access.reach', name: 'refused is reached', edits: refused('auth', 'all keys refused'), expect: {outcome: 'pass'}},
  {check: 'access.host-key', name: 'changed', edits: refused('host-key', 'the key has changed'), expect: {outcome: 'fail', subject: 'kvm2', says: /the key has changed[\s\S]*ssh-keygen -R 203\.0\.113\.12/, breaks: ['access kvm2'], only: true}},
  {check: 'access.host-key', name: 'the login is refused after it', edits: refused('auth', 'all keys refused'), expect: {outcome: 'pass'}},
  {check: 'access.login', name: 'refused', edits: refused('auth', 'all keys refused'), expect: {outcome: 'fail', subject: 'kvm2', says: /all keys refused/, breaks: ['access kvm2'], only: true}},
  {check: 'access.login', name: 'the host key comes first', edits: refused('host-key', 'changed'), expect: {outcome: 'unknown', subject: 'kvm2', needs: ['access kvm2'], only: true}},
  {check: 'access.rights', name: 'no sudo', edits: denied('wg.interfaces', 'nf.firewall'), expect: {outcome: 'fail', subject: 'kvm2', says: /may not read WireGuard, the firewall on kvm2/, breaks: ['reading kvm2 wg.interfaces', 'reading kvm2 nf.firewall'], only: true}},
  {check: 'access.rights', name: 'no group of FRR', edits: denied('frr.summary', 'frr.daemons'), expect: {outcome: 'fail', subject: 'kvm2', says: /frrvty/, breaks: ['reading kvm2 frr.summary'], only: true}},
  {check: 'access.rights', name: 'nothing was read yet', edits: [unread('kvm2', 'host.identity')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'access.responsive', name: 'the kernel lane is late', edits: [fails('kvm2', 'ip.links', 'timeout', 'no answer in 5 s')], expect: {outcome: 'fail', subject: 'kvm2', says: /ip\.links/, breaks: ['reading kvm2 ip.links'], only: true}},
  {check: 'access.responsive', name: 'a daemon that hangs is another matter', edits: [fails('kvm2', 'frr.summary', 'timeout', 'bgpd hangs')], expect: {outcome: 'pass'}},
  {check: 'access.clock', name: 'one host is ahead', edits: [clock('kvm2', 300)], expect: {outcome: 'warn', subject: 'kvm2', says: /ahead of the others/, only: true}},
  {check: 'access.clock', name: 'one host is behind', edits: [clock('kvm2', -300)], expect: {outcome: 'warn', subject: 'kvm2', says: /behind the others/, only: true}},
  {check: 'access.clock', name: 'the console is wrong, not the hosts', edits: ['ingress', 'kvm1', 'kvm2', 'kvm3', 'vr'].map((host) => clock(host, 600)), expect: {outcome: 'warn', subject: 'console', says: /behind those of the hosts/, only: true}},
  {check: 'access.clock', name: 'some seconds are normal', edits: [clock('kvm2', 8)], expect: {outcome: 'pass'}},
  // The clock may have been read at the beginning of an answer that took long.
  {check: 'access.clock', name: 'behind by as much as the answer took', edits: [clock('kvm2', -45), took('kvm2', 'host.identity', 20_000)], expect: {outcome: 'pass'}},
  {check: 'access.clock', name: 'behind by more than the answer took', edits: [clock('kvm2', -65), took('kvm2', 'host.identity', 20_000)], expect: {outcome: 'warn', subject: 'kvm2', says: /behind the others/, only: true}},
  {check: 'access.clock', name: 'a slow answer explains no clock that is ahead', edits: [clock('kvm2', 45), took('kvm2', 'host.identity', 20_000)], expect: {outcome: 'warn', subject: 'kvm2', says: /ahead of the others/, only: true}},
  {check: 'access.clock', name: 'no clock', edits: [reads('kvm2', 'host.identity', ({clockS: _, ...id}) => ({...id, clockS: undefined}))], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
];
