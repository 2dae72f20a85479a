import type {ApplianceState, NatBackend} from '../../../../src/model/network.ts';
import type {OneVm, OneVnet} from '../../../../src/model/cloud.ts';
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, lost, noCloud, pair, reads, specOf, unread, withoutHost, type Edit} from '../recorded.ts';

const state = (change: Partial<ApplianceState>): Edit => reads('vr', 'vr.state', (value) => ({...value, ...change}));
const context = (change: Readonly<Record<string, string | undefined>>): Edit =>
  reads('vr', 'vr.state', (value) => ({...value, context: Object.fromEntries(Object.entries({...value.context, ...change}).filter(([, each]) => each !== undefined)) as Record<string, string>}));
const vm = (id: number, change: Partial<OneVm>): Edit => cloudReads('one.vms', (all) => all.map((one) => (one.id === id ? {...one, ...change} : one)));
const vnet = (id: number, change: Partial<OneVnet>): Edit => cloudReads('one.vnets', (all) => all.map((one) => (one.id === id ? {...one, ...change} : one)));
const noRules: Edit = reads('vr', 'nf.firewall', (firewall) => ({...firewall, nat: firewall.nat.filter(({action}) => action === 'jump')}));
const noAddress: Edit = reads('vr', 'ip.addresses', (all) => all.filter(({label}) => label !== 'SDNAT4'));
const rulesIn = (backend: NatBackend, also = false): Edit => reads('vr', 'nf.firewall', (firewall) => ({...firewall, nat: [...(also ? firewall.nat : []), ...firewall.nat.map((rule) => ({...rule, backend}))]}));
const elsewhere: Edit = reads('vr', 'nf.firewall', (firewall) => ({...firewall, nat: firewall.nat.map((rule) => ({...rule, source: rule.source && '172.17.2.99', target: rule.action === 'DNAT' ? '172.17.2.99' : rule.target}))}));
const noAlias: Edit = cloudReads('one.vms', (all) => all.map((one) => ({...one, nics: one.nics.filter(({alias}) => !alias)})));
const aliasOf = (networkId: number): Edit => cloudReads('one.vms', (all) => all.map((one) => ({...one, nics: one.nics.map((nic) => (nic.alias ? {...nic, networkId} : nic))})));
/** Only its addresses tell that the host is the router. */
const byItsAddresses: readonly Edit[] = [vm(0, {name: 'router'}), context({VROUTER_ID: undefined}), specOf('vr', {ssh: {host: '198.51.100.7', port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}}})];
const secondRegion: Edit = cloudReads('one.vnets', (all) => [...all, {...all.find(({id}) => id === 50)!, id: 90, name: 'public_other'}]);

export const cases: readonly Case[] = [
  {check: 'nat.router-vm', name: 'runs', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.router-vm', name: 'is switched off', edits: [vm(0, {state: 8, lcmState: 0})], expect: {outcome: 'fail', subject: 'vrouter 0', says: /POWEROFF/, breaks: ['router vrouter 0', 'host vr', 'access vr']}},
  {check: 'nat.router-vm', name: 'was terminated', edits: [cloudReads('one.vrouters', (all) => all.map((one) => ({...one, vmIds: []}))), cloudReads('one.vms', (all) => all.filter(({id}) => id !== 0))], expect: {outcome: 'fail', says: /has no VM/}},
  {check: 'nat.router-vm', name: 'not read', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown', subject: 'vrouter 0'}},

  {check: 'nat.failover', name: 'MASTER', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.failover', name: 'BACKUP, alone', edits: [state({failover: 'BACKUP'})], expect: {outcome: 'fail', subject: 'vrouter 0', says: /no MASTER/, breaks: ['router vrouter 0']}},
  {check: 'nat.failover', name: 'FAULT', edits: [state({failover: 'FAULT'})], expect: {outcome: 'fail', says: /vr is FAULT/}},
  {check: 'nat.failover', name: 'BACKUP of a pair whose other is MASTER', edits: [(recorded) => ({...recorded, hosts: recorded.hosts.flatMap((host) => (host.spec.name === 'vr' ? [host, {...host, spec: {...host.spec, name: 'vr-2', ssh: {...host.spec.ssh, host: '203.0.113.207'}}, readings: {...host.readings, 'ip.addresses': {...host.readings['ip.addresses']!, value: []}}}] : [host]))}), state({failover: 'BACKUP'})], expect: {outcome: 'pass'}},
  {check: 'nat.failover', name: 'both of a pair are BACKUP', edits: [pair('vr'), state({failover: 'BACKUP'})], expect: {outcome: 'fail', subject: 'vrouter 0', says: /vr is BACKUP, vr-b is BACKUP/}},
  {check: 'nat.failover', name: 'BACKUP of a pair whose other was not read', edits: [pair('vr-b'), unread('vr-b', 'vr.state')], expect: {outcome: 'unknown', subject: 'vrouter 0', only: true, says: /^vr-b vr\.state/}},
  {check: 'nat.failover', name: 'BACKUP of a pair whose other is no host of ours', edits: [pair('vr-b'), withoutHost('vr-b')], expect: {outcome: 'unknown', subject: 'vrouter 0', says: /one of its VMs is no host of this context/}},
  {check: 'nat.failover', name: 'BACKUP of a pair whose other, no host of ours, is switched off', edits: [pair('vr-b'), withoutHost('vr-b'), vm(50, {state: 8, lcmState: 0})], expect: {outcome: 'fail', says: /no MASTER/}},
  {check: 'nat.failover', name: 'not read', edits: [lost('vr')], expect: {outcome: 'unknown', subject: 'vrouter 0', says: /ssh/}},
  {check: 'nat.failover', name: 'the state file cannot be read', edits: [state({failover: undefined})], expect: {outcome: 'unknown', says: /one-failover\.state/}},

  {check: 'nat.service', name: 'runs', edits: [state({sdnatService: 'started'})], expect: {outcome: 'pass'}},
  {check: 'nat.service', name: 'has crashed', edits: [state({sdnatService: 'crashed'})], expect: {outcome: 'fail', subject: 'vrouter 0/vr', says: /crashed/, breaks: ['sdnat vrouter 0']}},
  {check: 'nat.service', name: 'stopped on a BACKUP', edits: [state({sdnatService: 'stopped', failover: 'BACKUP'})], expect: {outcome: 'not-applicable'}},
  {check: 'nat.service', name: 'SDNAT is not switched on', edits: [state({sdnatService: 'stopped'}), context({ONEAPP_VNF_SDNAT4_ENABLED: 'NO'})], expect: {outcome: 'not-applicable'}},
  {check: 'nat.service', name: 'not read', edits: [lost('vr')], expect: {outcome: 'unknown'}},

  {check: 'nat.forwarding', name: 'on', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.forwarding', name: 'off', edits: [state({forwarding: false})], expect: {outcome: 'fail', subject: 'vrouter 0/vr', says: /ip_forward=1/, breaks: ['router vrouter 0']}},
  {check: 'nat.forwarding', name: 'off on a BACKUP', edits: [state({forwarding: false, failover: 'BACKUP'})], expect: {outcome: 'not-applicable'}},
  {check: 'nat.forwarding', name: 'not read', edits: [lost('vr')], expect: {outcome: 'unknown'}},

  {check: 'nat.enabled', name: 'on both interfaces', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.enabled', name: 'empty means all', edits: [context({ONEAPP_VNF_SDNAT4_INTERFACES: ''})], expect: {outcome: 'pass'}},
  {check: 'nat.enabled', name: 'not set means none', edits: [context({ONEAPP_VNF_SDNAT4_INTERFACES: undefined})], expect: {outcome: 'fail', subject: 'vrouter 0', says: /means no interface/, breaks: ['sdnat vrouter 0']}},
  {check: 'nat.enabled', name: 'without the private one', edits: [context({ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0, !eth1'})], expect: {outcome: 'fail', says: /172\.17\.2\.10/}},
  {check: 'nat.enabled', name: 'switched off', edits: [context({ONEAPP_VNF_SDNAT4_ENABLED: undefined})], expect: {outcome: 'fail', says: /ENABLED is not set/}},
  {check: 'nat.enabled', name: 'nobody wants it', edits: [context({ONEAPP_VNF_SDNAT4_ENABLED: undefined}), noAlias], expect: {outcome: 'not-applicable'}},
  {check: 'nat.enabled', name: 'not known', edits: [lost('vr'), cloudReads('one.vms', (all) => all.filter(({id}) => id !== 0))], expect: {outcome: 'unknown', subject: 'vrouter 0', says: /ssh/}},

  {check: 'nat.mapping', name: 'as wanted', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.mapping', name: 'missing', edits: [noRules, noAddress], expect: {outcome: 'fail', subject: 'vrouter 0/203.0.113.201', only: true, says: /172\.17\.2\.10 \(VM 1\)/, breaks: ['mapping vrouter 0/203.0.113.201'], needs: ['router vrouter 0', 'sdnat vrouter 0']}},
  {check: 'nat.mapping', name: 'an address without rules', edits: [noRules], expect: {outcome: 'fail', says: /no SNAT4 or DNAT4 rule/}},
  {check: 'nat.mapping', name: 'rules without an address', edits: [noAddress], expect: {outcome: 'fail', says: /is not on lo/}},
  {check: 'nat.mapping', name: 'rules that lead elsewhere', edits: [elsewhere], expect: {outcome: 'fail', says: /172\.17\.2\.99/}},
  {check: 'nat.mapping', name: 'nobody wants it any more', edits: [noAlias], expect: {outcome: 'warn', says: /no VM has that alias/}},
  {check: 'nat.mapping', name: 'a host that may be the router was not read yet', edits: [...byItsAddresses, unread('vr', 'ip.addresses')], expect: {outcome: 'unknown', subject: 'vrouter 0/203.0.113.201', says: /^vr ip\.addresses: never read/}},
  {check: 'nat.mapping', name: 'no host is the router', edits: [...byItsAddresses, reads('vr', 'ip.addresses', () => [])], expect: {outcome: 'unknown', subject: 'vrouter 0/203.0.113.201', says: /no host of this context is this router/}},
  {check: 'nat.mapping', name: 'the router cannot be read', edits: [lost('vr')], expect: {outcome: 'unknown', subject: 'vrouter 0/203.0.113.201', says: /ssh/}},
  {check: 'nat.mapping', name: 'what is wanted is not known', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown', says: /one\.vms/, needs: ['cloud']}},
  ...(['vr', 'vr-b'] as const).flatMap((master) => (['vr', 'vr-b'] as const).map((first): Case => ({check: 'nat.mapping', name: `of a pair whose MASTER is ${master}, ${first} first`, edits: [pair(master, first)], expect: {outcome: 'pass'}}))),
  {check: 'nat.mapping', name: 'no MASTER', edits: [state({failover: 'BACKUP'}), noRules, noAddress], expect: {outcome: 'fail', says: /see why vr is BACKUP/}},
  {check: 'nat.mapping', name: 'missing on the MASTER of a pair', edits: [pair('vr', 'vr-b'), noRules, noAddress], expect: {outcome: 'fail', subject: 'vrouter 0/203.0.113.201', only: true, says: /vr: SNAT4 no rule/}},
  {check: 'nat.mapping', name: 'a MASTER that is lost, and its BACKUP has taken over', edits: [pair('vr-b'), state({failover: 'MASTER'}), lost('vr')], expect: {outcome: 'pass'}},
  {check: 'nat.mapping', name: 'a MASTER that is lost', edits: [pair('vr', 'vr-b'), lost('vr')], expect: {outcome: 'unknown', only: true, says: /^vr ssh/}},
  {check: 'nat.mapping', name: 'of a pair of which no state was read', edits: [pair('vr', 'vr-b'), unread('vr', 'vr.state'), unread('vr-b', 'vr.state')], expect: {outcome: 'unknown', subject: 'vrouter 0/203.0.113.201', only: true, says: /the failover state of vr-b, vr was not read/}},
  {check: 'nat.mapping', name: 'of a pair, a BACKUP, and the state of the other was not read', edits: [pair('vr-b'), unread('vr-b', 'vr.state')], expect: {outcome: 'unknown', only: true, says: /the failover state of vr-b was not read/}},
  {check: 'nat.mapping', name: 'of a pair whose MASTER is no host of ours', edits: [pair('vr-b'), withoutHost('vr-b')], expect: {outcome: 'unknown', only: true, says: /no host of this context/}},
  {check: 'nat.mapping', name: 'no OpenNebula', edits: [noCloud], expect: {outcome: 'unknown'}},

  {check: 'nat.backend', name: 'nf_tables', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.backend', name: 'legacy', edits: [rulesIn('iptables-legacy')], expect: {outcome: 'warn', subject: 'vrouter 0/vr', says: /neither sees nor removes/}},
  {check: 'nat.backend', name: 'both', edits: [rulesIn('iptables-legacy', true)], expect: {outcome: 'warn', says: /in both/}},
  {check: 'nat.backend', name: 'legacy is all there is', edits: [rulesIn('iptables-legacy'), reads('vr', 'nf.firewall', (firewall) => ({...firewall, backends: ['iptables-legacy']}))], expect: {outcome: 'pass'}},
  {check: 'nat.backend', name: 'not read', edits: [lost('vr')], expect: {outcome: 'unknown'}},

  {check: 'nat.alias-region', name: 'the router has both networks', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.alias-region', name: 'of a network that no router has', edits: [secondRegion, aliasOf(90)], expect: {outcome: 'fail', subject: 'vm 1/203.0.113.201', only: true, says: /public_other[\s\S]*virtual router vr: networks public, private_vni2/}},
  {check: 'nat.alias-region', name: 'of another cluster than the router runs in', edits: [vnet(50, {clusterIds: [101]})], expect: {outcome: 'fail', says: /another cluster/}},
  {check: 'nat.alias-region', name: 'not read', edits: [cloudFails('one.vrouters', 'timeout')], expect: {outcome: 'unknown', subject: 'vm 1/203.0.113.201'}},

  {check: 'nat.gateway', name: 'the router has it', edits: [], expect: {outcome: 'pass'}},
  {check: 'nat.gateway', name: 'the router has another', edits: [vnet(0, {gateway: '172.17.2.10'})], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /VM 1 has the gateway's address/, breaks: ['router vrouter 0']}},
  {check: 'nat.gateway', name: 'not read', edits: [cloudFails('one.vrouters', 'timeout')], expect: {outcome: 'unknown'}},
];
