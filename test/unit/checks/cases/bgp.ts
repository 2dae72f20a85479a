import type {HostProbeId, HostReadings} from '../../../../src/model/fabric.ts';
import type {BgpPeer} from '../../../../src/model/frr.ts';
import type {GobgpSpeaker} from '../../../../src/model/gobgp.ts';
import {parseRunning} from '../../../../src/services/frr/running.ts';
import {fails, gobgp, healthy, lost, reads, unread, type Edit} from '../recorded.ts';
import type {Case} from '../case.ts';

const each = (checks: readonly string[], name: string, edits: readonly Edit[], expect: Case['expect']): readonly Case[] => checks.map((check) => ({check, name, edits, expect}));
const daemons = (running: readonly string[], hung: readonly string[] = []): Edit => reads('kvm2', 'frr.daemons', () => ({running, hung}));
/** The running configuration with other text, parsed anew. */
const config = (host: string, from: string | RegExp, to: string): Edit => reads(host, 'frr.running', ({text}) => {
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${String(from)} is not in the configuration of ${host}`);
  const reading = parseRunning(edited);
  if (!reading.ok) throw new Error(reading.problem.detail);
  return reading.value;
});
const peer = (host: string, address: string, change: Partial<BgpPeer>): Edit => reads(host, 'frr.summary', (s) => ({...s, peers: s.peers.map((one) => (one.address === address ? {...one, ...change} : one))}));
const vanished = reads('ingress', 'frr.summary', (s) => ({...s, peers: s.peers.filter(({address}) => address !== '192.168.0.3')}));
const down: readonly Edit[] = [vanished, peer('kvm2', '192.168.0.1', {state: 'Active', established: false})];
/** Read so long ago that it is stale by age alone. */
const aged = (host: string, probe: HostProbeId): Edit => (recorded) => ({
  ...recorded,
  hosts: recorded.hosts.map((state) => (state.spec.name === host ? {...state, readings: {...state.readings, [probe]: {...state.readings[probe], at: recorded.at - 3_600_000}} as HostReadings} : state)),
});
const healthyPeers: readonly BgpPeer[] = healthy.hosts.find(({spec}) => spec.name === 'kvm2')?.readings['frr.summary']?.value?.peers ?? [];
const speaker = (established: boolean): GobgpSpeaker => ({as: '65001', routerId: '192.168.0.3', peers: healthyPeers.map((one) => (established ? one : {...one, state: 'Active', established: false}))});
const withoutFrr: readonly Edit[] = (['frr.daemons', 'frr.summary', 'frr.neighbors', 'frr.running', 'frr.vnis', 'frr.macs', 'frr.bgp-vnis', 'frr.evpn'] as const).map((probe) => fails('kvm2', probe, 'not-running', 'no FRR daemon answers', false));
const group = ' neighbor fabric remote-as 65000\n';
const settings = ['bgp.neighbor', 'bgp.as', 'bgp.password', 'bgp.shutdown', 'bgp.address-family'];
const session = 'ingress|kvm2';
const breaks = ['session ingress|kvm2'];

/** A second reflector, which ingress peers with; kvm1 alone has VNIs. */
const onlyKvm1: readonly Edit[] = [
  (recorded) => ({...recorded, hosts: recorded.hosts.flatMap((host) => (host.spec.name === 'ingress' ? [host, {...host, spec: {...host.spec, name: 'rr2', underlayAddress: '192.168.0.9', ssh: {...host.spec.ssh, host: '203.0.113.2'}}}] : [host]))}),
  reads('rr2', 'ip.addresses', (all) => all.map((one) => (one.device === 'wg0' && one.family === 'inet' ? {...one, ip: '192.168.0.9'} : one)).filter(({device}) => device === 'wg0')),
  reads('rr2', 'frr.summary', (s) => ({...s, routerId: '192.168.0.9'})),
  reads('ingress', 'frr.summary', (s) => ({...s, peers: [...s.peers.map((one) => (one.address === '192.168.0.2' ? one : {...one, prefixesReceived: 0})), {...s.peers[0]!, address: '192.168.0.9', prefixesReceived: 5}]})),
  ...['kvm2', 'kvm3'].map((host) => reads(host, 'frr.bgp-vnis', (all) => ({...all, vnis: []}))),
];
const withVnis: Edit = reads('kvm2', 'frr.bgp-vnis', (all) => ({...all, vnis: [{vni: 2, type: 'L2', inKernel: true, rd: '192.168.0.3:2', originator: '192.168.0.3', importRts: ['65000:2'], exportRts: ['65000:2'], truncatedRts: false}]}));
const atSecond: Edit = reads('kvm2', 'frr.summary', (s) => ({...s, peers: s.peers.map((one) => ({...one, address: '192.168.0.9'}))}));

export const cases: readonly Case[] = [
  ...each(['bgp.daemon', 'bgp.configured', ...settings, 'bgp.session', 'bgp.reflector-client', 'bgp.router-id', 'bgp.policy', 'bgp.announcements', 'bgp.flapping', 'bgp.unexpected'], 'healthy', [], {outcome: 'pass'}),
  ...each(settings, 'down, and its configuration was not read', [...down, unread('kvm2', 'frr.running')], {outcome: 'unknown', subject: session, says: /kvm2 frr\.running/, needs: ['bgpd kvm2'], only: true}),
  ...each(settings, 'down for no reason in the configuration', down, {outcome: 'pass'}),
  ...each(settings, 'established: no configuration is needed', [unread('kvm2', 'frr.running'), unread('ingress', 'frr.running')], {outcome: 'pass'}),

  {check: 'bgp.daemon', name: 'bgpd dead', edits: [daemons(['zebra', 'staticd'])], expect: {outcome: 'fail', subject: 'kvm2', says: /bgpd on kvm2 does not run/, breaks: ['bgpd kvm2', 'reading kvm2 frr.vnis'], only: true}},
  {check: 'bgp.daemon', name: 'zebra hung', edits: [daemons(['bgpd'], ['zebra'])], expect: {outcome: 'fail', subject: 'kvm2', says: /zebra on kvm2 hangs/, breaks: ['zebra kvm2'], only: true}},
  {check: 'bgp.daemon', name: 'all dead', edits: [fails('kvm2', 'frr.daemons', 'not-running', 'no FRR daemon answers')], expect: {outcome: 'fail', subject: 'kvm2', says: /FRR on kvm2 does not run/, breaks: ['bgpd kvm2', 'zebra kvm2'], only: true}},
  {check: 'bgp.daemon', name: 'vtysh hangs as a whole', edits: [fails('kvm2', 'frr.daemons', 'timeout', 'no answer')], expect: {outcome: 'fail', subject: 'kvm2', says: /does not answer/, only: true}},
  {check: 'bgp.daemon', name: 'the host hangs as a whole', edits: [fails('kvm2', 'frr.daemons', 'timeout'), fails('kvm2', 'ip.links', 'timeout')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  // GoBGP in FRR's place: FRR need not run, and the session is judged all the same.
  {check: 'bgp.daemon', name: 'GoBGP speaks there', edits: [gobgp('kvm2', speaker(true)), ...withoutFrr], expect: {outcome: 'pass'}},
  {check: 'bgp.daemon', name: 'neither FRR nor GoBGP', edits: [gobgp('kvm2', undefined), ...withoutFrr], expect: {outcome: 'fail', subject: 'kvm2', says: /FRR on kvm2 does not run/, only: true}},
  {check: 'bgp.session', name: 'of GoBGP, established', edits: [gobgp('kvm2', speaker(true)), ...withoutFrr], expect: {outcome: 'pass'}},
  {check: 'bgp.session', name: 'of GoBGP, down', edits: [gobgp('kvm2', speaker(false)), vanished, ...withoutFrr], expect: {outcome: 'fail', subject: session, breaks, only: true}},
  {check: 'bgp.session', name: 'GoBGP is not read, nor the reflector', edits: [gobgp('kvm2', undefined), unread('kvm2', 'frr.summary'), unread('ingress', 'frr.summary')], expect: {outcome: 'unknown', subject: session}},
  {check: 'bgp.daemon', name: 'no rights', edits: [fails('kvm2', 'frr.daemons', 'denied')], expect: {outcome: 'unknown', subject: 'kvm2', says: /denied/, only: true}},
  {check: 'bgp.configured', name: 'started without configuration', edits: [fails('kvm2', 'frr.summary', 'not-configured', 'BGP instance not found'), config('kvm2', /router bgp[\s\S]*?exit\n!\n/, '')], expect: {outcome: 'fail', subject: 'kvm2', says: /bgpd on kvm2 has no configuration[\s\S]*no "router bgp"/, breaks: ['bgp-config kvm2'], only: true}},
  {check: 'bgp.configured', name: 'bgpd dead', edits: [fails('kvm2', 'frr.summary', 'not-running')], expect: {outcome: 'unknown', subject: 'kvm2', needs: ['bgpd kvm2'], only: true}},

  {check: 'bgp.neighbor', name: 'not configured', edits: [...down, config('kvm2', ' neighbor 192.168.0.1 peer-group fabric\n', '')], expect: {outcome: 'fail', subject: session, says: /kvm2 has no neighbour 192\.168\.0\.1 \(ingress\)/, breaks, only: true}},
  {check: 'bgp.neighbor', name: 'both listen', edits: [...down, config('kvm2', ' neighbor 192.168.0.1 peer-group fabric\n', ' bgp listen range 192.168.0.0/24 peer-group fabric\n')], expect: {outcome: 'fail', subject: session, says: /both listen and neither dials/, breaks, only: true}},
  {check: 'bgp.as', name: 'a wrong one, through the group', edits: [...down, config('kvm2', group, ' neighbor fabric remote-as 65001\n')], expect: {outcome: 'fail', subject: session, says: /kvm2 expects ingress in AS 65001; ingress is in AS 65000[\s\S]*neighbor fabric remote-as 65000/, breaks, only: true}},
  {check: 'bgp.as', name: 'internal', edits: [...down, config('kvm2', group, ' neighbor fabric remote-as internal\n')], expect: {outcome: 'pass'}},
  {check: 'bgp.as', name: 'its own is wrong', edits: [...down, config('kvm2', 'router bgp 65000', 'router bgp 65001')], expect: {outcome: 'fail', subject: session, says: /ingress expects kvm2 in AS 65000; kvm2 is in AS 65001/, breaks, only: true}},
  {check: 'bgp.password', name: 'on one side', edits: [...down, config('kvm2', group, `${group} neighbor fabric password secret\n`)], expect: {outcome: 'fail', subject: session, says: /kvm2 has a password for ingress, ingress has none/, breaks, only: true}},
  {check: 'bgp.password', name: 'on both', edits: [...down, config('kvm2', group, `${group} neighbor 192.168.0.1 password secret\n`), config('ingress', group, `${group} neighbor fabric password secret\n`)], expect: {outcome: 'pass'}},
  {check: 'bgp.shutdown', name: 'by configuration', edits: [...down, config('kvm2', group, `${group} neighbor fabric shutdown\n`)], expect: {outcome: 'fail', subject: session, says: /ingress is shut down as a neighbour on kvm2/, breaks, only: true}},
  {check: 'bgp.shutdown', name: 'by what it says', edits: [vanished, peer('kvm2', '192.168.0.1', {state: 'Idle (Admin)', established: false})], expect: {outcome: 'fail', subject: session, says: /Idle \(Admin\)/, breaks, only: true}},
  {check: 'bgp.address-family', name: 'not activated', edits: [vanished, reads('kvm2', 'frr.summary', (s) => ({...s, peers: []})), config('kvm2', '  neighbor fabric activate\n', '')], expect: {outcome: 'fail', subject: session, says: /not activated for ingress on kvm2/, breaks, only: true}},
  {check: 'bgp.address-family', name: 'taken back for one neighbour', edits: [...down, config('kvm2', '  neighbor fabric activate\n', '  neighbor fabric activate\n  no neighbor 192.168.0.1 activate\n')], expect: {outcome: 'fail', subject: session, breaks, only: true}},
  {check: 'bgp.address-family', name: 'active by default', edits: [...down, config('kvm2', '  neighbor fabric activate\n', ''), config('kvm2', ' no bgp default ipv4-unicast\n', ' bgp default l2vpn-evpn\n')], expect: {outcome: 'pass'}},

  {check: 'bgp.session', name: 'down', edits: down, expect: {outcome: 'fail', subject: session, says: /no neighbour 192\.168\.0\.3 in the summary[\s\S]*192\.168\.0\.1 is Active/, breaks, needs: ['tunnel ingress|kvm2', 'bgpd kvm2', 'bgp-config ingress'], only: true}},
  {check: 'bgp.session', name: 'one side was not read', edits: [lost('kvm2')], expect: {outcome: 'pass'}},
  {check: 'bgp.session', name: 'neither side was read', edits: [unread('kvm2', 'frr.summary'), unread('ingress', 'frr.summary')], expect: {outcome: 'unknown', subject: session}},

  {check: 'bgp.reflector-client', name: 'no clients', edits: [reads('ingress', 'frr.neighbors', (all) => all.map((one) => ({...one, reflectorClient: false})))], expect: {outcome: 'fail', subject: 'ingress', says: /kvm1, kvm2, kvm3 are no route-reflector client of ingress[\s\S]*neighbor fabric route-reflector-client/, breaks: ['evpn-config ingress'], only: true}},
  {check: 'bgp.reflector-client', name: 'another AS needs none', edits: [reads('ingress', 'frr.neighbors', (all) => all.map((one) => (one.address === '192.168.0.3' ? {...one, remoteAs: '65002', reflectorClient: false} : one)))], expect: {outcome: 'pass'}},
  {check: 'bgp.reflector-client', name: 'not read', edits: [unread('ingress', 'frr.neighbors')], expect: {outcome: 'unknown', subject: 'ingress', only: true}},
  {check: 'bgp.router-id', name: 'two hosts', edits: [reads('kvm2', 'frr.summary', (s) => ({...s, routerId: '192.168.0.2'}))], expect: {outcome: 'fail', subject: '192.168.0.2', says: /kvm1 and kvm2 have the same router-id 192\.168\.0\.2: it is wrong on kvm2[\s\S]*bgp router-id 192\.168\.0\.3/, breaks: ['evpn-config kvm1', 'evpn-config kvm2', 'session kvm1|kvm2'], only: true}},
  {check: 'bgp.router-id', name: 'an empty summary of two hosts', edits: ['kvm1', 'kvm2'].flatMap((host) => [reads(host, 'frr.summary', (s) => ({...s, routerId: '', as: '', vrf: '', peers: []})), reads(host, 'frr.running', (running) => ({...running, routerId: undefined}))]), expect: {outcome: 'unknown', subject: 'kvm1', says: /no neighbour for EVPN/}},
  {check: 'bgp.router-id', name: 'an empty summary, and two router-ids that are configured', edits: (['kvm1', 'kvm2'] as const).flatMap((host) => [reads(host, 'frr.summary', (s) => ({...s, routerId: '', peers: []})), reads(host, 'frr.running', (running) => ({...running, routerId: host === 'kvm1' ? '192.168.0.2' : '192.168.0.3'}))]), expect: {outcome: 'pass'}},
  {check: 'bgp.router-id', name: 'not read', edits: [unread('kvm2', 'frr.summary'), unread('kvm2', 'frr.running')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'bgp.policy', name: 'a map that denies all', edits: [config('kvm2', '  neighbor fabric activate\n', '  neighbor fabric activate\n  neighbor fabric route-map NOTHING out\n'), config('kvm2', /end\n$/, 'route-map NOTHING deny 10\nexit\n!\nend\n')], expect: {outcome: 'fail', subject: 'kvm2>ingress', says: /route-map NOTHING on kvm2 denies every route to ingress/, breaks: ['exchange kvm2>kvm1'], only: true}},
  {check: 'bgp.policy', name: 'a map that does not exist, inward', edits: [config('kvm2', '  neighbor fabric activate\n', '  neighbor fabric activate\n  neighbor fabric route-map NOTHING in\n')], expect: {outcome: 'fail', subject: 'kvm2>ingress', breaks: ['exchange kvm1>kvm2'], only: true}},
  {check: 'bgp.policy', name: 'a map that permits something', edits: [config('kvm2', '  neighbor fabric activate\n', '  neighbor fabric activate\n  neighbor fabric route-map SOME in\n'), config('kvm2', /end\n$/, 'route-map SOME deny 10\nexit\nroute-map SOME permit 20\nexit\n!\nend\n')], expect: {outcome: 'pass'}},
  {check: 'bgp.policy', name: 'not read', edits: [unread('kvm2', 'frr.running')], expect: {outcome: 'unknown', subject: 'kvm2>ingress', only: true}},
  {check: 'bgp.announcements', name: 'sends nothing', edits: [peer('kvm2', '192.168.0.1', {prefixesSent: 0})], expect: {outcome: 'fail', subject: 'kvm2>ingress', says: /kvm2 announces nothing to ingress/, needs: ['exchange kvm2>kvm1'], only: true}},
  {check: 'bgp.announcements', name: 'learns nothing', edits: [peer('kvm2', '192.168.0.1', {prefixesReceived: 0})], expect: {outcome: 'fail', subject: 'kvm2>ingress', says: /kvm2 learns nothing from ingress[\s\S]*ingress has routes of kvm1, kvm3/, needs: ['exchange kvm1>kvm2'], only: true}},
  {check: 'bgp.announcements', name: 'another reflector gives back what is the only hypervisor\'s own', edits: [...onlyKvm1, peer('kvm1', '192.168.0.1', {prefixesReceived: 0})], expect: {outcome: 'pass', subject: 'kvm1>ingress'}},
  {check: 'bgp.announcements', name: 'learns nothing of what another reflector has of others', edits: [...onlyKvm1, peer('kvm1', '192.168.0.1', {prefixesReceived: 0}), withVnis, atSecond], expect: {outcome: 'fail', subject: 'kvm1>ingress', says: /kvm1 learns nothing from ingress[\s\S]*ingress has routes of rr2/}},
  {check: 'bgp.announcements', name: 'nothing to say', edits: [peer('kvm2', '192.168.0.1', {prefixesSent: 0}), reads('kvm2', 'frr.bgp-vnis', (all) => ({...all, vnis: []}))], expect: {outcome: 'pass'}},
  {check: 'bgp.announcements', name: 'the VNIs were not read', edits: [unread('kvm2', 'frr.bgp-vnis')], expect: {outcome: 'unknown', subject: 'kvm2>ingress', only: true}},
  {check: 'bgp.flapping', name: 'comes and goes', edits: [peer('kvm2', '192.168.0.1', {timesDropped: 14, uptimeMs: 9000})], expect: {outcome: 'warn', subject: 'kvm2>192.168.0.1', says: /lost 14 times, up for 9 s/, only: true}},
  {check: 'bgp.flapping', name: 'history', edits: [peer('kvm2', '192.168.0.1', {timesDropped: 14, uptimeMs: 900_000})], expect: {outcome: 'pass'}},
  {check: 'bgp.flapping', name: 'read too long ago', edits: [aged('kvm2', 'frr.summary')], expect: {outcome: 'unknown', subject: 'kvm2>192.168.0.1', only: true}},
  {check: 'bgp.unexpected', name: 'a stranger', edits: [reads('ingress', 'frr.summary', (s) => ({...s, peers: [...s.peers, {...s.peers[0]!, address: '192.168.0.77', hostname: 'who'}]}))], expect: {outcome: 'warn', subject: 'ingress', says: /192\.168\.0\.77/, only: true}},
  {check: 'bgp.unexpected', name: 'not read', edits: [unread('ingress', 'frr.summary')], expect: {outcome: 'unknown', subject: 'ingress', only: true}},
];
