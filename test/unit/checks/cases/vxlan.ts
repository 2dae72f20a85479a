/** VXLAN devices. The recording: kvm1-3 each with wg0.2 in onebr.2 and wg0.3 in onebr.3, UDP 4789, MTU 1370; VMs of both on each. */
import type {Link} from '../../../../src/model/network.ts';
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, fails, lost, noCloud, reads, type Edit} from '../recorded.ts';

const link = (host: string, name: string, change: (link: Link) => Partial<Link>): Edit => reads(host, 'ip.links', (links) => links.map((one) => (one.name === name ? {...one, ...change(one)} : one)));
const options = (host: string, name: string, change: Partial<NonNullable<Link['vxlan']>>): Edit => link(host, name, ({vxlan}) => ({vxlan: {...vxlan!, ...change}}));
const without = (host: string, ...names: readonly string[]): Edit => reads(host, 'ip.links', (links) => links.filter(({name}) => !names.includes(name)));
const plus = (host: string, like: string, change: Partial<Link>): Edit => reads(host, 'ip.links', (links) => [...links, ...links.filter(({name}) => name === like).map((one) => ({...one, ...change}))]);
const unread = fails('kvm2', 'ip.links', 'timeout');

const each = (check: string): readonly Case[] => [
  {check, name: 'healthy', edits: [], expect: {outcome: 'pass'}},
  {check, name: 'healthy without OpenNebula', edits: [noCloud], expect: {outcome: 'pass'}},
  {check, name: 'links not read', edits: [unread], expect: {outcome: 'unknown', subject: 'kvm2', says: /kvm2 ip\.links: timeout/, only: true}},
  {check, name: 'host lost', edits: [lost('kvm2')], expect: {outcome: 'unknown', subject: 'kvm2', says: /kvm2 ssh/, only: true}},
];

export const cases: readonly Case[] = [
  ...['vxlan.device', 'vxlan.vni', 'vxlan.single', 'vxlan.up', 'vxlan.bridge', 'vxlan.local', 'vxlan.port', 'vxlan.learning'].flatMap(each),

  {
    check: 'vxlan.device', name: 'the device is gone', edits: [without('kvm2', 'wg0.2')],
    expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['device kvm2/2'], needs: ['underlay kvm2'], says: /ip link add wg0\.2 mtu 1370 type vxlan id 2 local 192\.168\.0\.3 dstport 4789 nolearning ttl 16 && ip link set wg0\.2 master onebr\.2 && ip link set wg0\.2 up$/m},
  },
  {check: 'vxlan.device', name: 'device and bridge are gone: they are made again', edits: [without('kvm2', 'wg0.2', 'onebr.2')], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /ip link add onebr\.2 type bridge && ip link set onebr\.2 up && ip link add wg0\.2/}},
  {check: 'vxlan.device', name: 'no VM of the network is there any more: whether the VM is there is the question', edits: [without('kvm2', 'wg0.2', 'onebr.2', 'one-2-0')], expect: {outcome: 'fail', subject: 'kvm2/2', needs: ['vm 2'], says: /OpenNebula runs vm2 there/}},
  {check: 'vxlan.device', name: 'without OpenNebula the taps in its bridge tell', edits: [noCloud, without('kvm2', 'wg0.2')], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /one-2-0/}},
  {check: 'vxlan.device', name: 'no VM runs there: none is wanted', edits: [without('kvm2', 'wg0.2', 'onebr.2', 'one-2-0'), cloudReads('one.vms', (vms) => vms.map((vm) => (vm.id === 2 ? {...vm, state: 8, lcmState: 0} : vm)))], expect: {outcome: 'pass'}},
  {check: 'vxlan.device', name: 'another VNI in its place is for vxlan.vni', edits: [options('kvm2', 'wg0.2', {vni: 4002})], expect: {outcome: 'pass'}},
  {check: 'vxlan.device', name: 'VMs not read', edits: [cloudFails('one.vms', 'unreachable')], expect: {outcome: 'unknown', subject: 'OpenNebula', needs: ['cloud'], only: true}},

  {check: 'vxlan.vni', name: 'another VNI', edits: [options('kvm2', 'wg0.2', {vni: 4002})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['device kvm2/2', 'device kvm2/4002'], says: /wg0\.2 of kvm2 has VNI 4002, not 2[\s\S]*ip link del wg0\.2 && ip link add wg0\.2 mtu 1370 type vxlan id 2 /}},
  {check: 'vxlan.vni', name: 'another VNI, without OpenNebula', edits: [noCloud, options('kvm2', 'wg0.2', {vni: 4002})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true}},
  {check: 'vxlan.vni', name: 'another name and VNI in the bridge of the network', edits: [link('kvm2', 'wg0.2', ({vxlan}) => ({name: 'vx7', vxlan: {...vxlan!, vni: 7}}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /onebr\.2 is the bridge of the network with VLAN_ID 2/}},

  {check: 'vxlan.single', name: 'two devices of one VNI', edits: [plus('kvm2', 'wg0.2', {name: 'old2', index: 99, master: undefined})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /2 VXLAN devices of VNI 2: wg0\.2, old2/}},
  {check: 'vxlan.single', name: 'two networks joined in one bridge', edits: [link('kvm2', 'wg0.3', () => ({master: 'onebr.2'}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /joins VNI 2 with VNI 3/}},

  {check: 'vxlan.up', name: 'down', edits: [link('kvm2', 'wg0.2', ({flags}) => ({up: false, flags: flags.filter((flag) => flag !== 'UP')}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['device kvm2/2'], says: /flags BROADCAST,MULTICAST,LOWER_UP[\s\S]*ip link set wg0\.2 up/}},
  {check: 'vxlan.up', name: 'its lower device does not exist', edits: [options('kvm2', 'wg0.2', {device: 'eth9', local: undefined})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /eth9, which does not exist/}},

  {check: 'vxlan.bridge', name: 'in no bridge', edits: [link('kvm2', 'wg0.2', () => ({master: undefined}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /ip link set wg0\.2 master onebr\.2/}},
  {check: 'vxlan.bridge', name: 'in no bridge, without OpenNebula', edits: [noCloud, link('kvm2', 'wg0.2', () => ({master: undefined}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /ip link set wg0\.2 master onebr\.2/}},
  {check: 'vxlan.bridge', name: 'in the bridge of another network', edits: [link('kvm2', 'wg0.2', () => ({master: 'onebr.3'}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /is in onebr\.3, the bridge of network private_vni2 is onebr\.2/}},
  {check: 'vxlan.bridge', name: 'the bridge is down', edits: [link('kvm2', 'onebr.2', () => ({up: false}))], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /ip link set onebr\.2 up/}},

  {check: 'vxlan.local', name: 'the public address', edits: [options('kvm2', 'wg0.2', {local: '203.0.113.12'})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['device kvm2/2', 'flood kvm1>kvm2/2'], says: /sends from 203\.0\.113\.12, wg0 has 192\.168\.0\.3/}},
  {check: 'vxlan.local', name: 'made with dev, the network says local_ip', edits: [options('kvm2', 'wg0.2', {local: undefined, device: 'wg0'})], expect: {outcome: 'warn', subject: 'kvm2/2', only: true, needs: ['taken kvm2/2'], says: /VXLAN_TEP=local_ip/}},
  {check: 'vxlan.local', name: 'made with dev, unlike the others, without OpenNebula', edits: [noCloud, options('kvm2', 'wg0.2', {local: undefined, device: 'wg0'})], expect: {outcome: 'warn', subject: 'kvm2/2', only: true, says: /those of the other hosts have/}},
  {check: 'vxlan.local', name: 'made with dev on all hosts', edits: [noCloud, ...['kvm1', 'kvm2', 'kvm3'].map((host) => options(host, 'wg0.2', {local: undefined, device: 'wg0'}))], expect: {outcome: 'pass'}},
  {check: 'vxlan.local', name: 'made with dev, as the network says', edits: [options('kvm2', 'wg0.2', {local: undefined, device: 'wg0'}), cloudReads('one.vnets', (vnets) => vnets.map((vnet) => ({...vnet, vxlanTep: 'dev'})))], expect: {outcome: 'pass'}},
  {check: 'vxlan.local', name: 'wg0 has no address: what is right is not known', edits: [reads('kvm2', 'ip.addresses', (all) => all.filter(({device}) => device !== 'wg0'))], expect: {outcome: 'unknown', subject: 'kvm2/2', needs: ['underlay kvm2'], says: /wg0 has no address/}},
  {check: 'vxlan.local', name: 'addresses not read', edits: [fails('kvm2', 'ip.addresses', 'timeout')], expect: {outcome: 'unknown', subject: 'kvm2/2', says: /kvm2 ip\.addresses/}},

  {check: 'vxlan.port', name: '8472 on one host', edits: [options('kvm2', 'wg0.2', {port: 8472})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, breaks: ['carriage kvm2>kvm1/2', 'carriage kvm1>kvm2/2'], says: /UDP 8472, the others 4789[\s\S]*IP_LINK_CONF[\s\S]*dstport 4789/}},
  {check: 'vxlan.port', name: '8472 on one host, without OpenNebula', edits: [noCloud, options('kvm2', 'wg0.2', {port: 8472})], expect: {outcome: 'fail', subject: 'kvm2/2', only: true, says: /as most have/}},
  {check: 'vxlan.port', name: 'the same other port on all', edits: ['kvm1', 'kvm2', 'kvm3'].map((host) => options(host, 'wg0.2', {port: 8472})), expect: {outcome: 'pass'}},
  {check: 'vxlan.port', name: 'three ports on three hosts, and no word of which is right', edits: [noCloud, ...['wg0.2', 'wg0.3'].flatMap((name) => [options('kvm1', name, {port: 1}), options('kvm2', name, {port: 2})])], expect: {outcome: 'fail', subject: 'vni 2', says: /UDP 1 and 2 and 4789/}},

  {check: 'vxlan.learning', name: 'learning', edits: [options('kvm2', 'wg0.2', {learning: true})], expect: {outcome: 'warn', subject: 'kvm2/2', only: true, says: /ip link set wg0\.2 type vxlan nolearning/}},
  {check: 'vxlan.learning', name: 'multicast networks learn', edits: [options('kvm2', 'wg0.2', {learning: true, group: '239.0.0.2'})], expect: {outcome: 'pass'}},
];
