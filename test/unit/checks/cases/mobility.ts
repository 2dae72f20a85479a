/** Where MACs, addresses, VMs and taps are. The recording: vr, vm1, vm4 on kvm1; vm2, vm5 on kvm2; vm3, vm6 on kvm3. */
import type {EvpnMac} from '../../../../src/model/frr.ts';
import type {Link} from '../../../../src/model/network.ts';
import type {OneVm} from '../../../../src/model/cloud.ts';
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, fails, lost, noCloud, reads, type Edit} from '../recorded.ts';

const vm2 = '02:00:ac:11:02:0b';
const mac = (host: string, change: Partial<EvpnMac>): Edit => reads(host, 'frr.macs', (macs) => macs.map((one) => (one.mac === vm2 ? {...one, ...change} : one)));
const link = (host: string, name: string, change: Partial<Link>): Edit => reads(host, 'ip.links', (links) => links.map((one) => (one.name === name ? {...one, ...change} : one)));
const unplug = (host: string, name: string): Edit => reads(host, 'ip.links', (links) => links.filter((one) => one.name !== name));
const plug = (host: string, name: string, bridge: string): Edit => reads(host, 'ip.links', (links) => [...links, {...links.find((one) => one.name.startsWith('one-'))!, name, master: bridge, index: 99}]);
const vm = (id: number, change: Partial<OneVm>): Edit => cloudReads('one.vms', (vms) => vms.map((one) => (one.id === id ? {...one, ...change} : one)));
const ovs = (vnMad: string): Edit => cloudReads('one.vms', (vms) => vms.map((one) => (one.id === 2 ? {...one, nics: [...one.nics, {...one.nics[0]!, id: 7, name: 'NIC7', networkId: 77, network: 'ovsnet', ip: '10.1.1.1', mac: '02:00:0a:01:01:01', bridge: 'ovsbr0', physicalDevice: undefined, vlanId: undefined, vnMad, tap: 'one-2-7'}]} : one)));
const behind = (host: string, device: string): Edit => reads(host, 'bridge.fdb', (entries) => [...entries, {mac: vm2, device, destination: undefined, master: 'onebr.2', vlan: undefined, state: '', self: false, externLearn: false}]);
const local: Partial<EvpnMac> = {kind: 'local', remoteVtep: undefined, device: 'one-900-0'};
const moved: readonly Edit[] = [unplug('kvm2', 'one-2-0'), plug('kvm1', 'one-2-0', 'onebr.2')];
const noCloudRead: Edit = cloudFails('one.vms', 'unreachable');

export const cases: readonly Case[] = [
  ...['mobility.duplicate', 'mobility.address', 'mobility.placement', 'mobility.tap'].map((check): Case => ({check, name: 'healthy', edits: [], expect: {outcome: 'pass'}})),
  ...['mobility.address', 'mobility.placement', 'mobility.tap'].map((check): Case => ({check, name: 'VMs not read', edits: [noCloudRead], expect: {outcome: 'unknown', subject: 'OpenNebula', only: true, needs: ['cloud']}})),
  ...['mobility.placement', 'mobility.tap'].flatMap((check): readonly Case[] => [
    {check, name: 'without OpenNebula', edits: [noCloud], expect: {outcome: 'not-applicable'}},
    {check, name: 'links not read', edits: [fails('kvm2', 'ip.links', 'timeout')], expect: {outcome: 'unknown', subject: 'kvm2', only: true, says: /ip\.links/}},
    {check, name: 'a VM that is being migrated', edits: [...moved, vm(2, {lcmState: 4})], expect: {outcome: 'pass'}},
  ]),

  {check: 'mobility.duplicate', name: 'local on two hosts', edits: [mac('kvm1', local)], expect: {outcome: 'fail', subject: `2/${vm2}`, only: true, breaks: [`home 2/${vm2}`, `mac kvm1/2/${vm2}`, `mac kvm3/2/${vm2}`], says: /vm2, 172\.17\.2\.11\) is local on kvm1 and kvm2[\s\S]*behind one-900-0 of kvm1/}},
  {check: 'mobility.duplicate', name: 'flagged by one host', edits: [mac('kvm1', {duplicate: true, detectionCount: 5})], expect: {outcome: 'fail', subject: `2/${vm2}`, only: true, says: /flagged as a duplicate by kvm1, after 5 moves[\s\S]*vtysh -c 'clear evpn dup-addr vni 2 mac 02:00:ac:11:02:0b'/}},
  {check: 'mobility.duplicate', name: 'frozen', edits: [mac('kvm1', {duplicate: true, detectionCount: 5}), reads('kvm1', 'frr.evpn', (evpn) => ({...evpn, freezeTimeS: 300}))], expect: {outcome: 'fail', subject: `2/${vm2}`, says: /frozen there/}},
  {check: 'mobility.duplicate', name: 'behind a port that is not the VM\'s', edits: [plug('kvm1', 'one-900-0', 'onebr.2'), behind('kvm1', 'one-900-0')], expect: {outcome: 'fail', subject: `2/${vm2}`, only: true, says: /is behind one-900-0 of kvm1, which is no port of that VM: its own is one-2-0 on kvm2/}},
  {check: 'mobility.duplicate', name: 'behind the VM\'s port of the same name on two hosts: it moves', edits: [plug('kvm1', 'one-2-0', 'onebr.2'), behind('kvm1', 'one-2-0')], expect: {outcome: 'pass'}},
  {check: 'mobility.duplicate', name: 'migrated four times within 180 s, or the count of that is left', edits: [mac('kvm1', {detectionCount: 4, localSequence: 7}), mac('kvm2', {detectionCount: 3})], expect: {outcome: 'pass'}},
  {check: 'mobility.duplicate', name: 'one migration', edits: [mac('kvm1', {detectionCount: 1, localSequence: 1}), mac('kvm2', {localSequence: 1})], expect: {outcome: 'pass'}},
  {check: 'mobility.duplicate', name: 'MACs not read', edits: [fails('kvm2', 'frr.macs', 'not-running')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'mobility.duplicate', name: 'a stale table accuses nobody', edits: [mac('kvm1', local), lost('kvm1')], expect: {outcome: 'pass', subject: `2/${vm2}`}},

  {check: 'mobility.address', name: 'two VMs with one address', edits: [cloudReads('one.vms', (vms) => vms.map((one) => (one.id === 3 ? {...one, nics: one.nics.map((nic) => ({...nic, ip: '172.17.2.11'}))} : one)))], expect: {outcome: 'fail', subject: '2/172.17.2.11', only: true, says: /VM 2 vm2[\s\S]*VM 3 vm3/}},
  {check: 'mobility.address', name: 'the ARP cache of a host has another MAC', edits: [reads('kvm1', 'frr.arp', () => [{vni: 2, ip: '172.17.2.11', kind: 'remote', active: true, mac: '02:00:ac:11:02:63', remoteVtep: '192.168.0.4', duplicate: false}])], expect: {outcome: 'fail', subject: '2/172.17.2.11', only: true, says: /ARP cache of kvm1/}},

  {check: 'mobility.placement', name: 'its tap is on another host', edits: moved, expect: {outcome: 'fail', subject: 'vm 2', only: true, breaks: ['vm 2'], says: /VM 2 vm2 is on kvm1, OpenNebula has it on kvm2/}},
  {check: 'mobility.placement', name: 'its MAC is local on another host only', edits: [mac('kvm1', local), mac('kvm2', {kind: 'remote', device: undefined, remoteVtep: '192.168.0.2'}), reads('kvm2', 'bridge.fdb', (entries) => entries.filter((one) => one.mac !== vm2))], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /zebra of kvm1 has/}},
  {check: 'mobility.placement', name: 'a silent guest', edits: [reads('kvm2', 'frr.macs', (macs) => macs.filter((one) => one.mac !== vm2))], expect: {outcome: 'pass', subject: 'vm 2'}},

  {check: 'mobility.tap', name: 'the tap is gone', edits: [unplug('kvm2', 'one-2-0')], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /kvm2 has no one-2-0, NIC0 of VM 2 vm2/}},
  {check: 'mobility.tap', name: 'the tap is down', edits: [link('kvm2', 'one-2-0', {up: false})], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /ip link set one-2-0 up/}},
  {check: 'mobility.tap', name: 'the tap is in another bridge', edits: [link('kvm2', 'one-2-0', {master: 'onebr.3'})], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /is in onebr\.3 of kvm2, not in onebr\.2[\s\S]*ip link set one-2-0 master onebr\.2/}},
  ...['ovswitch', 'ovswitch_vxlan', 'dummy'].map((vnMad): Case => ({check: 'mobility.tap', name: `a port of Open vSwitch, by ${vnMad}`, edits: [ovs(vnMad), plug('kvm2', 'one-2-7', 'ovs-system')], expect: {outcome: 'pass'}})),
  {check: 'mobility.tap', name: 'a port of Open vSwitch, and its network has a Linux bridge', edits: [link('kvm2', 'one-2-0', {master: 'ovs-system'})], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /is in ovs-system of kvm2, not in onebr\.2/}},
  {check: 'mobility.tap', name: 'on another host: mobility.placement says it', edits: moved, expect: {outcome: 'pass'}},
];
