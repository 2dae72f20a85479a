/** MTUs. The recording: public devices 1500, wg0 1420, VXLAN devices, bridges, taps and contexts 1370. */
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, fails, noCloud, reads, type Edit} from '../recorded.ts';

const mtu = (host: string, name: string, value: number): Edit => reads(host, 'ip.links', (links) => links.map((one) => (one.name === name ? {...one, mtu: value} : one)));
const untold: Edit = (recorded) => cloudReads('one.vnets', (vnets) => vnets.map((vnet) => ({...vnet, guestMtu: undefined})))(cloudReads('one.vms', (vms) => vms.map((vm) => ({...vm, context: {}})))(recorded));
const on = (subject: string) => ({subject, only: true}) as const;

const each = (check: string): readonly Case[] => [
  {check, name: 'healthy', edits: [], expect: {outcome: 'pass'}},
  {check, name: 'links not read', edits: [fails('kvm2', 'ip.links', 'timeout')], expect: {outcome: 'unknown', ...on('kvm2'), says: /kvm2 ip\.links/}},
];

export const cases: readonly Case[] = [
  ...['mtu.outer', 'mtu.underlay', 'mtu.vxlan', 'mtu.segment', 'mtu.bridge', 'mtu.guest'].flatMap(each),

  {check: 'mtu.outer', name: 'wg0 fills the public device', edits: [mtu('kvm2', 'wg0', 1441)], expect: {outcome: 'fail', ...on('kvm2'), breaks: ['mtu kvm2', 'carriage kvm2>kvm1/2'], says: /1441, over eth0 \(1500\) at most 1440 fit/}},
  {check: 'mtu.outer', name: 'over IPv6 it adds 80', edits: [mtu('kvm2', 'wg0', 1421), reads('kvm2', 'wg.interfaces', (all) => all.map((one) => ({...one, peers: one.peers.map((peer) => ({...peer, endpoint: '[2001:db8::1]:51820'}))}))), reads('kvm2', 'ip.routes', (routes) => [...routes, {destination: 'default', gateway: '203.0.113.254', device: 'eth0', source: undefined, protocol: undefined, scope: undefined, metric: undefined}])], expect: {outcome: 'fail', ...on('kvm2'), says: /at most 1420/}},
  {check: 'mtu.outer', name: 'WireGuard not read', edits: [fails('kvm2', 'wg.interfaces', 'denied')], expect: {outcome: 'unknown', ...on('kvm2'), says: /wg\.interfaces: denied/}},

  {check: 'mtu.underlay', name: '1280 on one host', edits: [mtu('kvm2', 'wg0', 1280)], expect: {outcome: 'fail', ...on('kvm2'), breaks: ['mtu kvm2', 'carriage kvm2>kvm1/2', 'carriage kvm2>kvm3/3'], says: /MTU 1280, the others 1420[\s\S]*ip link set wg0 mtu 1420/}},
  {check: 'mtu.underlay', name: 'more than the others', edits: [mtu('kvm2', 'wg0', 1440)], expect: {outcome: 'warn', ...on('kvm2')}},
  {check: 'mtu.underlay', name: 'no majority: the smaller ones', edits: [mtu('kvm2', 'wg0', 1280), mtu('kvm3', 'wg0', 1280)], expect: {outcome: 'fail', subject: 'kvm3', says: /the others 1420/}},

  {check: 'mtu.vxlan', name: 'the underlay shrank', edits: [mtu('kvm2', 'wg0', 1280)], expect: {outcome: 'fail', subject: 'kvm2/2', needs: ['mtu kvm2'], says: /over wg0 \(1280\) at most 1230 fit/}},
  {check: 'mtu.vxlan', name: 'OpenNebula\'s default of 1500', edits: [noCloud, mtu('kvm2', 'wg0.2', 1500)], expect: {outcome: 'fail', ...on('kvm2/2'), says: /ip link set wg0\.2 mtu 1370/}},

  {check: 'mtu.segment', name: '1280 on one host', edits: [mtu('kvm2', 'wg0.2', 1280)], expect: {outcome: 'fail', ...on('kvm2/2'), breaks: ['device kvm2/2', 'carriage kvm2>kvm1/2'], says: /ip link set wg0\.2 mtu 1370/}},
  {check: 'mtu.segment', name: '1280 on one host, without OpenNebula', edits: [noCloud, mtu('kvm2', 'wg0.2', 1280)], expect: {outcome: 'fail', ...on('kvm2/2')}},
  {check: 'mtu.segment', name: 'the one that is as the network says is right', edits: [mtu('kvm1', 'wg0.2', 1300), mtu('kvm3', 'wg0.2', 1300)], expect: {outcome: 'fail', subject: 'kvm1/2', says: /network: MTU 1370/}},
  {check: 'mtu.segment', name: 'all alike', edits: ['kvm1', 'kvm2', 'kvm3'].map((host) => mtu(host, 'wg0.2', 1300)), expect: {outcome: 'pass'}},

  {check: 'mtu.bridge', name: 'below its ports', edits: [mtu('kvm2', 'onebr.2', 1280)], expect: {outcome: 'warn', ...on('kvm2/2'), says: /ip link set onebr\.2 mtu 1370/}},
  {check: 'mtu.bridge', name: 'as its smallest port', edits: [mtu('kvm2', 'onebr.2', 1280), mtu('kvm2', 'wg0.2', 1280)], expect: {outcome: 'pass'}},

  {check: 'mtu.guest', name: 'told more than the device carries', edits: [mtu('kvm2', 'wg0.2', 1280)], expect: {outcome: 'fail', ...on('vm 2 NIC0'), needs: ['device kvm2/2'], says: /told MTU 1370, wg0\.2 of kvm2 carries 1280/}},
  {check: 'mtu.guest', name: 'the tap is smaller', edits: [mtu('kvm2', 'one-2-0', 1280)], expect: {outcome: 'fail', ...on('vm 2 NIC0'), says: /its tap one-2-0 on kvm2 carries 1280/}},
  {check: 'mtu.guest', name: 'told nothing', edits: [untold], expect: {outcome: 'warn', subject: 'vm 2 NIC0', says: /uses 1500/}},
  {check: 'mtu.guest', name: 'without OpenNebula nothing is known', edits: [noCloud], expect: {outcome: 'not-applicable'}},
  {check: 'mtu.guest', name: 'VMs not read', edits: [cloudFails('one.vms', 'unreachable')], expect: {outcome: 'unknown', ...on('OpenNebula'), needs: ['cloud']}},
];
