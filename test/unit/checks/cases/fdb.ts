/** Forwarding tables. The recording, VNI 2: vr and vm1 on kvm1 (192.168.0.2), vm2 on kvm2 (.3), vm3 on kvm3 (.4). */
import type {EvpnMac} from '../../../../src/model/frr.ts';
import type {FdbEntry} from '../../../../src/model/network.ts';
import type {Case} from '../case.ts';
import {fails, lost, noCloud, reads, type Edit} from '../recorded.ts';

const vm1 = '02:00:ac:11:02:0a';
const vm2 = '02:00:ac:11:02:0b';
const stranger = '02:00:ac:11:02:63';
const zebra = (host: string, change: (macs: readonly EvpnMac[]) => readonly EvpnMac[]): Edit => reads(host, 'frr.macs', change);
const kernel = (host: string, change: (entries: readonly FdbEntry[]) => readonly FdbEntry[]): Edit => reads(host, 'bridge.fdb', change);
const forgets = (host: string, mac: string): Edit => zebra(host, (macs) => macs.filter((one) => one.mac !== mac));
const entry = (mac: string, destination: string): FdbEntry => ({mac, device: 'wg0.2', destination, master: undefined, vlan: undefined, state: '', self: true, externLearn: true});
/** Another destination, or other properties, of the entry of a MAC towards a VTEP. */
const leads = (host: string, mac: string, change: Partial<FdbEntry>): Edit => kernel(host, (entries) => entries.map((one) => (one.mac === mac && one.destination !== undefined ? {...one, ...change} : one)));
const says = (host: string, mac: string, change: Partial<EvpnMac>): Edit => zebra(host, (macs) => macs.map((one) => (one.mac === mac ? {...one, ...change} : one)));
const cut = (host: string, mac: string): Edit => kernel(host, (entries) => entries.filter((one) => one.mac !== mac));

const keepsBridge = zebra('kvm2', (macs) => [...macs, {...macs.find(({kind}) => kind === 'local')!, vni: 2, mac: '22:ce:84:d8:f4:52', device: 'onebr.2'}]);

const each = (check: string, probe: 'frr.macs' | 'frr.vnis' | 'bridge.fdb'): readonly Case[] => [
  {check, name: 'healthy', edits: [], expect: {outcome: 'pass'}},
  {check, name: 'healthy without OpenNebula', edits: [noCloud], expect: {outcome: 'pass'}},
  {check, name: `${probe} not read`, edits: [fails('kvm2', probe, 'not-running')], expect: {outcome: 'unknown', subject: 'kvm2', only: true, says: /not-running/}},
  {check, name: 'EVPN is not configured', edits: [fails('kvm2', probe, 'not-configured')], expect: {outcome: 'unknown', subject: 'kvm2', only: true, needs: ['evpn-config kvm2']}},
  {check, name: 'host lost', edits: [lost('kvm2')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
];

export const cases: readonly Case[] = [
  ...each('fdb.flood', 'frr.vnis'), ...each('fdb.remote', 'bridge.fdb'), ...each('fdb.local', 'frr.macs'), ...each('fdb.location', 'frr.macs'),

  {check: 'fdb.flood', name: 'an entry is missing in the kernel', edits: [kernel('kvm2', (entries) => entries.filter((one) => !(one.device === 'wg0.2' && one.mac === '00:00:00:00:00:00' && one.destination === '192.168.0.2')))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['flood kvm2>kvm1/2'], needs: ['vni kvm2/2'], says: /does not flood to 192\.168\.0\.2 \(kvm1\)[\s\S]*bridge fdb append 00:00:00:00:00:00 dev wg0\.2 dst 192\.168\.0\.2 self permanent/}},
  {check: 'fdb.flood', name: 'an entry too many', edits: [kernel('kvm2', (entries) => [...entries, {...entry('00:00:00:00:00:00', '192.168.0.1'), state: 'permanent', externLearn: false}])], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /floods to 192\.168\.0\.1 \(ingress\), unknown to zebra[\s\S]*bridge fdb del/}},
  {check: 'fdb.flood', name: 'what zebra itself does not know is not missing', edits: [reads('kvm2', 'frr.vnis', (vnis) => vnis.map((one) => ({...one, remoteVteps: []}))), kernel('kvm2', (entries) => entries.filter((one) => one.mac !== '00:00:00:00:00:00'))], expect: {outcome: 'pass'}},

  {check: 'fdb.remote', name: 'leads to another VTEP', edits: [leads('kvm2', vm1, {destination: '192.168.0.1'})], expect: {outcome: 'fail', subject: `kvm2/2/${vm1}`, only: true, breaks: [`mac kvm2/2/${vm1}`], needs: ['vni kvm2/2', `home 2/${vm1}`], says: /kvm2 sends to 02:00:ac:11:02:0a \(vm1, 172\.17\.2\.10\) at 192\.168\.0\.1 \(ingress\), zebra says 192\.168\.0\.2 \(kvm1\)[\s\S]*OpenNebula has vm1 on kvm1[\s\S]*bridge fdb replace 02:00:ac:11:02:0a dev wg0\.2 dst 192\.168\.0\.2 self extern_learn/}},
  {check: 'fdb.remote', name: 'an entry that zebra does not know', edits: [kernel('kvm2', (entries) => [...entries, entry(stranger, '192.168.0.4')])], expect: {outcome: 'fail', subject: `kvm2/2/${stranger}`, only: true, says: /left behind/}},
  {check: 'fdb.remote', name: 'left beside a MAC that is here now', edits: [kernel('kvm2', (entries) => [...entries, entry(vm2, '192.168.0.2')])], expect: {outcome: 'pass'}},
  {check: 'fdb.remote', name: 'left beside a MAC that zebra calls local and no port has', edits: [kernel('kvm2', (entries) => [...entries.filter(({mac}) => mac !== vm2), entry(vm2, '192.168.0.2')])], expect: {outcome: 'fail', subject: `kvm2/2/${vm2}`, only: true, says: /zebra has it local/}},
  {check: 'fdb.remote', name: 'local for zebra, and the kernel sends away', edits: [kernel('kvm2', (entries) => [...entries.filter((one) => one.mac !== vm2), entry(vm2, '192.168.0.2')])], expect: {outcome: 'fail', subject: `kvm2/2/${vm2}`, only: true, says: /zebra has it local/}},
  {check: 'fdb.remote', name: 'no entry', edits: [cut('kvm2', vm1)], expect: {outcome: 'fail', subject: `kvm2/2/${vm1}`, only: true, says: /has no entry[\s\S]*bridge fdb replace 02:00:ac:11:02:0a dev wg0\.2 dst 192\.168\.0\.2 self extern_learn/}},
  {check: 'fdb.remote', name: 'put by hand', edits: [leads('kvm2', vm1, {externLearn: false, state: 'static'})], expect: {outcome: 'warn', subject: `kvm2/2/${vm1}`, only: true, says: /not put by zebra/}},
  {check: 'fdb.remote', name: 'the public address of a host: its device is made with it', edits: [leads('kvm2', vm1, {destination: '203.0.113.11'})], expect: {outcome: 'fail', subject: `kvm2/2/${vm1}`, needs: ['device kvm1/2'], says: /203\.0\.113\.11 \(kvm1\)/}},
  {
    check: 'fdb.remote', name: 'what a learning device has learned is not zebra\'s',
    edits: [reads('kvm2', 'ip.links', (links) => links.map((one) => (one.name === 'wg0.2' ? {...one, vxlan: {...one.vxlan!, learning: true}} : one))), kernel('kvm2', (entries) => [...entries, {...entry(stranger, '192.168.0.4'), externLearn: false}])],
    expect: {outcome: 'pass'},
  },

  {check: 'fdb.local', name: 'zebra does not know what is behind a tap', edits: [forgets('kvm2', vm2)], expect: {outcome: 'fail', subject: `kvm2/2/${vm2}`, only: true, needs: ['vni kvm2/2', 'evpn-config kvm2'], says: /behind one-2-0 of kvm2, zebra does not know it/}},
  {check: 'fdb.local', name: 'zebra holds on to the old place', edits: [says('kvm2', vm2, {kind: 'remote', device: undefined, remoteVtep: '192.168.0.2'}), kernel('kvm2', (entries) => [...entries, entry(vm2, '192.168.0.2')])], expect: {outcome: 'fail', subject: `kvm2/2/${vm2}`, only: true, says: /zebra has it at 192\.168\.0\.2 \(kvm1\)[\s\S]*bridge fdb del 02:00:ac:11:02:0b/}},
  {check: 'fdb.local', name: 'a silent guest is in neither table', edits: [forgets('kvm2', vm2), cut('kvm2', vm2)], expect: {outcome: 'pass'}},

  {check: 'fdb.location', name: 'one host lacks a MAC of another', edits: [forgets('kvm1', vm2)], expect: {outcome: 'fail', subject: 'kvm2>kvm1/2', only: true, breaks: [`mac kvm1/2/${vm2}`], needs: ['exchange kvm2>kvm1', 'vni kvm1/2', 'vni kvm2/2'], says: /kvm1 does not know 02:00:ac:11:02:0b \(vm2, 172\.17\.2\.11\) of kvm2 in VNI 2/}},
  {check: 'fdb.location', name: 'one host has it elsewhere', edits: [says('kvm1', vm2, {remoteVtep: '192.168.0.4'})], expect: {outcome: 'fail', subject: 'kvm2>kvm1/2', only: true, says: /kvm1 has .* at 192\.168\.0\.4 \(kvm3\), local on kvm2/}},
  {check: 'fdb.location', name: 'a route that should have been withdrawn', edits: [forgets('kvm2', vm2)], expect: {outcome: 'fail', subject: 'kvm2>kvm1/2', says: /kvm1 still has 02:00:ac:11:02:0b .* at kvm2, where it is not/}},
  {check: 'fdb.location', name: 'a host without the VNI has none of its MACs', edits: [reads('kvm3', 'frr.vnis', (vnis) => vnis.filter(({vni}) => vni !== 2)), zebra('kvm3', (macs) => macs.filter(({vni}) => vni !== 2)), ...['kvm1', 'kvm2'].map((host) => forgets(host, '02:00:ac:11:02:0c'))], expect: {outcome: 'pass'}},
  {check: 'fdb.location', name: 'FRR 7.5 lists its own VXLAN device as local', edits: [reads('kvm2', 'frr.macs', (macs) => [...macs, {...macs.find(({kind}) => kind === 'local')!, vni: 2, mac: '9a:93:13:66:84:77', device: 'wg0.2'}])], expect: {outcome: 'pass'}},
  {check: 'fdb.location', name: 'FRR 7.5 keeps the MAC that the bridge had from a tap that is gone', edits: [keepsBridge], expect: {outcome: 'pass'}},
];
