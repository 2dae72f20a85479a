import type {OneVnet} from '../../../../src/model/cloud.ts';
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, fails, reads, unread, type Edit} from '../recorded.ts';

const frr = (host: string, text: string): Edit => reads(host, 'frr.version', () => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return {text, major, minor, patch};
});
const noLocal = (host: string, vni: number): Edit => reads(host, 'ip.links', (links) => links.map((link) => (link.vxlan?.vni === vni ? {...link, vxlan: {...link.vxlan, local: undefined, device: 'wg0'}} : link)));
const vnet = (id: number, change: Partial<OneVnet>): Edit => cloudReads('one.vnets', (all) => all.map((one) => (one.id === id ? {...one, ...change} : one)));

export const cases: readonly Case[] = [
  {check: 'versions.frr-vxlan-local', name: 'FRR 8.4 takes both kinds', edits: [noLocal('kvm2', 2)], expect: {outcome: 'pass'}},
  {check: 'versions.frr-vxlan-local', name: 'FRR 10.7 with local addresses', edits: [frr('kvm2', '10.7.1')], expect: {outcome: 'pass'}},
  {check: 'versions.frr-vxlan-local', name: 'FRR 10.7 without: the device is not as its network wants it', edits: [frr('kvm2', '10.7.1'), noLocal('kvm2', 2)], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /10\.7\.1[\s\S]*VNI 2 is not announced/, breaks: ['taken kvm2/2', 'vni kvm2/2'], needs: ['device kvm2/2']}},
  {check: 'versions.frr-vxlan-local', name: 'FRR 10.6 without: the network wants it so', edits: [frr('kvm2', '10.6.0'), noLocal('kvm2', 2), vnet(0, {vxlanTep: 'dev'})], expect: {outcome: 'fail', subject: 'kvm2', needs: ['vxlan-tep 0']}},
  {check: 'versions.frr-vxlan-local', name: 'FRR 10.8 takes both again', edits: [frr('kvm2', '10.8.0'), noLocal('kvm2', 2)], expect: {outcome: 'pass'}},
  {check: 'versions.frr-vxlan-local', name: 'the version is not known', edits: [fails('kvm2', 'frr.version', 'not-running')], expect: {outcome: 'unknown', subject: 'kvm2', says: /frr\.version/}},
  {check: 'versions.frr-vxlan-local', name: 'the devices are not known', edits: [frr('kvm2', '10.7.1'), unread('kvm2', 'ip.links')], expect: {outcome: 'unknown', subject: 'kvm2', says: /ip\.links/}},
  {check: 'versions.frr-vxlan-local', name: 'no FRR on the host', edits: [fails('kvm2', 'frr.version', 'not-installed', 'no vtysh', false)], expect: {outcome: 'not-applicable', subject: 'kvm2'}},

  {check: 'versions.vxlan-tep', name: 'local_ip suits all', edits: [frr('kvm2', '10.7.1')], expect: {outcome: 'pass'}},
  {check: 'versions.vxlan-tep', name: 'dev, and no host minds', edits: [vnet(0, {vxlanTep: 'dev'})], expect: {outcome: 'pass'}},
  {check: 'versions.vxlan-tep', name: 'dev, and a host of the cluster minds', edits: [vnet(0, {vxlanTep: 'dev'}), frr('kvm3', '10.6.2')], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /kvm3/, breaks: ['vxlan-tep 0']}},
  {check: 'versions.vxlan-tep', name: 'not set, and every device has a local address', edits: [vnet(0, {vxlanTep: undefined}), frr('kvm3', '10.6.2')], expect: {outcome: 'pass'}},
  {check: 'versions.vxlan-tep', name: 'dev, and a version is not known', edits: [vnet(0, {vxlanTep: 'dev'}), unread('kvm1', 'frr.version')], expect: {outcome: 'unknown', subject: 'vnet 0'}},

  {check: 'versions.frr', name: 'different versions side by side', edits: [frr('kvm1', '7.5.1'), frr('kvm2', '10.7.1')], expect: {outcome: 'pass'}},
  {check: 'versions.frr', name: 'too old', edits: [frr('kvm1', '7.4.0')], expect: {outcome: 'warn', subject: 'kvm1', says: /older/}},
  {check: 'versions.frr', name: 'newer than tried', edits: [frr('ingress', '11.0.0')], expect: {outcome: 'warn', subject: 'ingress', says: /newer/}},
  {check: 'versions.frr', name: 'not read', edits: [unread('kvm1', 'frr.version')], expect: {outcome: 'unknown', subject: 'kvm1'}},

  {check: 'versions.kernel', name: 'as recorded', edits: [], expect: {outcome: 'pass'}},
  {check: 'versions.kernel', name: 'too old', edits: [reads('kvm2', 'host.identity', (one) => ({...one, kernel: '3.10.0-1160.el7'}))], expect: {outcome: 'warn', subject: 'kvm2', only: true, says: /3\.10/}},
  {check: 'versions.kernel', name: 'not read', edits: [fails('kvm2', 'host.identity', 'timeout')], expect: {outcome: 'unknown', subject: 'kvm2'}},

  {check: 'versions.opennebula', name: 'as recorded', edits: [], expect: {outcome: 'pass'}},
  {check: 'versions.opennebula', name: 'the oldest that was tried', edits: [cloudReads('one.version', () => '6.8.3')], expect: {outcome: 'pass'}},
  {check: 'versions.opennebula', name: 'too old', edits: [cloudReads('one.version', () => '6.6.1')], expect: {outcome: 'warn', says: /6\.6\.1/}},
  {check: 'versions.opennebula', name: 'too new', edits: [cloudReads('one.version', () => '7.10.0')], expect: {outcome: 'warn'}},
  {check: 'versions.opennebula', name: 'not read', edits: [cloudFails('one.version', 'timeout')], expect: {outcome: 'unknown'}},
];
