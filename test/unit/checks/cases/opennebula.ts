import type {OneDatastore, OneHost, OneVm, OneVnet} from '../../../../src/model/cloud.ts';
import type {Access} from '../../../../src/model/fabric.ts';
import type {Case} from '../case.ts';
import {cloudFails, cloudReads, lost, noCloud, reads, specOf, unread, type Edit} from '../recorded.ts';

const changed = <T extends {readonly id: number}>(id: number, change: Partial<T>) => (all: readonly T[]): readonly T[] => all.map((one) => (one.id === id ? {...one, ...change} : one));
const host = (id: number, change: Partial<OneHost>): Edit => cloudReads('one.hosts', changed(id, change));
const vnet = (id: number, change: Partial<OneVnet>): Edit => cloudReads('one.vnets', changed(id, change));
const vm = (id: number, change: Partial<OneVm>): Edit => cloudReads('one.vms', changed(id, change));
const datastore = (id: number, change: Partial<OneDatastore>): Edit => cloudReads('one.datastores', changed(id, change));
const cloudAccess = (change: Partial<Access>): Edit => (recorded) => ({...recorded, cloud: recorded.cloud && {...recorded.cloud, access: {...recorded.cloud.access, ...change}}});
const down: Edit = cloudAccess({phase: 'waiting', problem: {kind: 'unreachable', detail: 'connect ECONNREFUSED'}});
const refused: Edit = cloudAccess({phase: 'refused', problem: {kind: 'auth', detail: '[one.system.version] User couldn\'t be authenticated, aborting. (AUTHENTICATION)'}});
const dialling: Edit = (recorded) => ({...recorded, cloud: recorded.cloud && {...recorded.cloud, access: {...recorded.cloud.access, phase: 'connecting'}, readings: {}}});
const noRights: readonly Edit[] = [cloudReads('one.hosts', () => []), cloudReads('one.clusters', () => []), cloudReads('one.vms', () => []), cloudReads('one.vnets', () => []), cloudReads('one.datastores', () => []), cloudReads('one.vrouters', () => [])];
const twin = (more: Partial<OneVnet>): Edit => cloudReads('one.vnets', (all) => [...all, {...all.find(({id}) => id === 0)!, id: 91, name: 'copy', usedLeases: 0, leases: [], ranges: [{id: 0, type: 'IP4', firstIp: '172.31.0.1', firstMac: undefined, size: 10, used: 0}], ...more}]);
const reserved: Edit = cloudReads('one.vnets', changed<OneVnet>(0, {leases: [{ip: '172.17.2.50', mac: undefined, vmId: undefined, vrouterId: undefined, vnetId: 91, held: false}]}));
const learns: Edit = reads('kvm2', 'ip.links', (links) => links.map((link) => (link.vxlan?.vni === 2 ? {...link, vxlan: {...link.vxlan, learning: true}} : link)));
const migrating = (agoS: number): Edit => (recorded) => cloudReads('one.vms', (all) => all.map((one) => (one.id === 2 ? {...one, lcmState: 4, history: one.history.map((record) => ({...record, start: recorded.at / 1000 - agoS}))} : one)))(recorded);

export const cases: readonly Case[] = [
  {check: 'opennebula.api', name: 'answers', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.api', name: 'does not', edits: [down], expect: {outcome: 'fail', subject: 'OpenNebula', says: /ECONNREFUSED/, breaks: ['cloud']}},
  {check: 'opennebula.api', name: 'refusing the user is an answer', edits: [refused], expect: {outcome: 'pass'}},
  {check: 'opennebula.api', name: 'being dialled', edits: [dialling], expect: {outcome: 'unknown'}},
  {check: 'opennebula.api', name: 'no OpenNebula', edits: [noCloud], expect: {outcome: 'not-applicable'}},

  {check: 'opennebula.credentials', name: 'accepted', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.credentials', name: 'refused', edits: [refused], expect: {outcome: 'fail', says: /authenticated/, breaks: ['cloud']}},
  {check: 'opennebula.credentials', name: 'nobody to ask', edits: [down], expect: {outcome: 'unknown', needs: ['cloud']}},

  {check: 'opennebula.rights', name: 'sees clusters', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.rights', name: 'sees nothing', edits: noRights, expect: {outcome: 'fail', says: /clusters 0, hosts 0, VMs 0/, breaks: ['cloud']}},
  {check: 'opennebula.rights', name: 'not read', edits: [cloudFails('one.clusters', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.pools', name: 'all read', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.pools', name: 'one is denied', edits: [cloudFails('one.vms', 'denied', 'Not authorized')], expect: {outcome: 'fail', subject: 'one.vms', only: true, breaks: ['reading OpenNebula one.vms']}},
  {check: 'opennebula.pools', name: 'not asked yet', edits: [(recorded) => ({...recorded, cloud: recorded.cloud && {...recorded.cloud, readings: {}}})], expect: {outcome: 'unknown', subject: 'one.hosts'}},
  {check: 'opennebula.pools', name: 'all at once is said elsewhere', edits: [down], expect: {outcome: 'not-applicable'}},

  {check: 'opennebula.visible', name: 'all that is named is there', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.visible', name: 'a VM that its host names is hidden', edits: [cloudReads('one.vms', (all) => all.filter(({id}) => id !== 5))], expect: {outcome: 'warn', says: /VMs 5/}},
  {check: 'opennebula.visible', name: 'a network that its cluster names is hidden', edits: [cloudReads('one.vnets', (all) => all.filter(({id}) => id !== 1))], expect: {outcome: 'warn', says: /networks 1/}},
  {check: 'opennebula.visible', name: 'nothing is visible: no conclusion', edits: noRights, expect: {outcome: 'unknown', needs: ['cloud']}},

  {check: 'opennebula.host-state', name: 'all on', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.host-state', name: 'ERROR', edits: [host(1, {state: 3})], expect: {outcome: 'fail', subject: 'kvm2', only: true, says: /onehost enable 1/, breaks: ['one-host kvm2'], needs: ['host kvm2']}},
  {check: 'opennebula.host-state', name: 'DISABLED is meant', edits: [host(1, {state: 4})], expect: {outcome: 'warn', subject: 'kvm2', only: true, says: /no VM is scheduled/}},
  {check: 'opennebula.host-state', name: 'OFFLINE with VMs', edits: [host(1, {state: 8})], expect: {outcome: 'fail', subject: 'kvm2', says: /does not look after its 2 VMs/}},
  {check: 'opennebula.host-state', name: 'OFFLINE and empty', edits: [host(1, {state: 8, vmIds: []})], expect: {outcome: 'warn', subject: 'kvm2'}},
  {check: 'opennebula.host-state', name: 'a host of another cluster is nobody\'s here', edits: [cloudReads('one.hosts', (all) => [...all, {...all[0]!, id: 9, name: 'far', clusterId: 7, state: 3}])], expect: {outcome: 'pass'}},
  {check: 'opennebula.host-state', name: 'not read', edits: [cloudFails('one.hosts', 'timeout')], expect: {outcome: 'unknown', subject: 'OpenNebula'}},

  {check: 'opennebula.host-known', name: 'all known', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.host-known', name: 'one is not', edits: [cloudReads('one.hosts', (all) => all.filter(({id}) => id !== 2))], expect: {outcome: 'warn', subject: 'kvm3', only: true, says: /203\.0\.113\.11/}},
  {check: 'opennebula.host-known', name: 'a member of the overlay without networks', edits: [specOf('ingress', {roles: ['vtep']})], expect: {outcome: 'not-applicable', subject: 'ingress'}},
  {check: 'opennebula.host-known', name: 'a user without rights proves nothing', edits: noRights, expect: {outcome: 'unknown', only: true, needs: ['cloud']}},
  {check: 'opennebula.host-known', name: 'known by its name', edits: [host(1, {name: 'kvm2'})], expect: {outcome: 'pass'}},

  {check: 'opennebula.host-listed', name: 'all listed', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.host-listed', name: 'one more, in the cluster of the networks', edits: [cloudReads('one.hosts', (all) => [...all, {...all[0]!, id: 9, name: '203.0.113.19'}])], expect: {outcome: 'warn', subject: '203.0.113.19', only: true}},
  {check: 'opennebula.host-listed', name: 'one more, elsewhere', edits: [cloudReads('one.hosts', (all) => [...all, {...all[0]!, id: 9, name: 'far', clusterId: 7}])], expect: {outcome: 'pass'}},
  {check: 'opennebula.host-listed', name: 'not read', edits: [cloudFails('one.hosts', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vnet-state', name: 'all READY', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-state', name: 'ERROR', edits: [vnet(1, {state: 5})], expect: {outcome: 'fail', subject: 'vnet 1', only: true, says: /recover 1/, breaks: ['vnet 1']}},
  {check: 'opennebula.vnet-state', name: 'locked', edits: [vnet(1, {state: 2})], expect: {outcome: 'warn', subject: 'vnet 1'}},
  {check: 'opennebula.vnet-state', name: 'not read', edits: [cloudFails('one.vnets', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vnet-cluster', name: 'all in the cluster', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-cluster', name: 'in none', edits: [vnet(0, {clusterIds: []})], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /onecluster addvnet 100 0/, breaks: ['vnet 0']}},
  {check: 'opennebula.vnet-cluster', name: 'not in the one where its VMs run', edits: [host(1, {clusterId: 101})], expect: {outcome: 'fail', subject: 'vnet 0', says: /addvnet 101 0/}},
  {check: 'opennebula.vnet-cluster', name: 'two clusters, and in both', edits: [host(1, {clusterId: 101}), vnet(0, {clusterIds: [100, 101]}), vnet(1, {clusterIds: [100, 101]})], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-cluster', name: 'in one without a host, without a VM', edits: [twin({vlanId: 9, clusterIds: [0]})], expect: {outcome: 'warn', subject: 'vnet 91', only: true}},
  {check: 'opennebula.vnet-cluster', name: 'not read', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown', says: /one\.vms/}},

  {check: 'opennebula.datastore-cluster', name: 'both kinds are there', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.datastore-cluster', name: 'the system datastore is in none', edits: [datastore(0, {clusterIds: []})], expect: {outcome: 'fail', subject: 'cluster 100', only: true, says: /adddatastore 100 0/}},
  {check: 'opennebula.datastore-cluster', name: 'the system datastore is disabled', edits: [datastore(0, {state: 1})], expect: {outcome: 'fail', subject: 'cluster 100', says: /disabled/}},
  {check: 'opennebula.datastore-cluster', name: 'the image datastore is elsewhere', edits: [datastore(1, {clusterIds: [0]})], expect: {outcome: 'fail', subject: 'cluster 100', says: /no image/}},
  {check: 'opennebula.datastore-cluster', name: 'not read', edits: [cloudFails('one.datastores', 'denied')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vni-unique', name: 'each its own', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vni-unique', name: 'two have one', edits: [twin({})], expect: {outcome: 'fail', subject: 'vni 2', only: true, says: /private_vni2 and copy/}},
  {check: 'opennebula.vni-unique', name: 'a reservation shares its parent\'s', edits: [twin({}), reserved], expect: {outcome: 'pass'}},
  {check: 'opennebula.vni-unique', name: 'not read', edits: [cloudFails('one.vnets', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.leases', name: 'enough', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.leases', name: 'none', edits: [vnet(0, {usedLeases: 250})], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /250 of 250/}},
  {check: 'opennebula.leases', name: 'few', edits: [vnet(0, {usedLeases: 240})], expect: {outcome: 'warn', subject: 'vnet 0', says: /10 of 250 addresses left/}},
  {check: 'opennebula.leases', name: 'a public network that is used up', edits: [vnet(50, {usedLeases: 8})], expect: {outcome: 'warn', subject: 'vnet 50'}},
  {check: 'opennebula.leases', name: 'not read', edits: [cloudFails('one.vnets', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vnet-driver', name: 'as EVPN takes it', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-driver', name: 'multicast', edits: [vnet(0, {vxlanMode: 'multicast'})], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /multicast/}},
  {check: 'opennebula.vnet-driver', name: 'another device', edits: [vnet(0, {physicalDevice: 'eth0'})], expect: {outcome: 'fail', subject: 'vnet 0', says: /goes past WireGuard/}},
  {check: 'opennebula.vnet-driver', name: 'a name too long', edits: [vnet(0, {physicalDevice: 'wg0', vlanId: 2}), vnet(1, {physicalDevice: 'enp125s0f1np12'}), ...['kvm1', 'kvm2', 'kvm3'].map((name) => specOf(name, {underlay: 'enp125s0f1np12'}))], expect: {outcome: 'fail', subject: 'vnet 1', says: /enp125s0f1np12\.3/}},
  {check: 'opennebula.vnet-driver', name: 'nolearning without "=", and devices learn', edits: [vnet(0, {ipLinkConf: 'nolearning,dstport=4789'}), learns], expect: {outcome: 'fail', subject: 'vnet 0', says: /without "="/, breaks: ['vnet 0', 'device kvm2/2']}},
  {check: 'opennebula.vnet-driver', name: 'nothing said, and the devices are well', edits: [vnet(0, {ipLinkConf: 'dstport=4789', vxlanMode: undefined})], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-driver', name: 'one host learns against its network\'s word: that host\'s matter', edits: [learns], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-driver', name: 'no dstport where 4789 is in use', edits: [vnet(0, {ipLinkConf: 'nolearning='})], expect: {outcome: 'warn', subject: 'vnet 0', says: /8472/}},
  {check: 'opennebula.vnet-driver', name: 'no bridge', edits: [vnet(0, {bridge: undefined})], expect: {outcome: 'warn', subject: 'vnet 0', says: /BRIDGE/}},
  {check: 'opennebula.vnet-driver', name: 'not read', edits: [cloudFails('one.vnets', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vnet-mtu', name: 'fits', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-mtu', name: 'one host with a smaller underlay is that host\'s matter', edits: [reads('kvm2', 'ip.links', (links) => links.map((link) => (link.name === 'wg0' ? {...link, mtu: 1280} : link)))], expect: {outcome: 'pass'}},
  {check: 'opennebula.vnet-mtu', name: 'too big for all', edits: [vnet(0, {mtu: 1400})], expect: {outcome: 'fail', subject: 'vnet 0', only: true, says: /1370 fit/}},
  {check: 'opennebula.vnet-mtu', name: 'guests have more than their device', edits: [vnet(0, {guestMtu: 1390})], expect: {outcome: 'fail', subject: 'vnet 0', says: /GUEST_MTU 1390/}},
  {check: 'opennebula.vnet-mtu', name: 'guests are not told', edits: [vnet(0, {guestMtu: undefined})], expect: {outcome: 'warn', subject: 'vnet 0', says: /1500/}},
  {check: 'opennebula.vnet-mtu', name: 'no link was read', edits: [unread('kvm1', 'ip.links'), unread('kvm2', 'ip.links'), unread('kvm3', 'ip.links')], expect: {outcome: 'unknown', subject: 'vnet 0', says: /ip\.links/}},

  {check: 'opennebula.vm-state', name: 'all well', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-state', name: 'BOOT_FAILURE', edits: [vm(2, {lcmState: 36, error: 'Error deploying virtual machine'})], expect: {outcome: 'fail', subject: 'vm 2', only: true, says: /Error deploying/, breaks: ['vm 2'], needs: ['one-host kvm2']}},
  {check: 'opennebula.vm-state', name: 'UNKNOWN', edits: [vm(2, {lcmState: 16})], expect: {outcome: 'fail', subject: 'vm 2', needs: ['host kvm2']}},
  {check: 'opennebula.vm-state', name: 'POWEROFF is wanted', edits: [vm(2, {state: 8, lcmState: 0})], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-state', name: 'not read', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vm-stuck', name: 'nobody', edits: [lost('kvm2')], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-stuck', name: 'a migration of ten seconds', edits: [migrating(10)], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-stuck', name: 'a migration of an hour', edits: [migrating(3600)], expect: {outcome: 'warn', subject: 'vm 2', only: true, says: /MIGRATE for 60 minutes/}},
  {check: 'opennebula.vm-stuck', name: 'PENDING', edits: [vm(2, {state: 1, lcmState: 0, history: []})], expect: {outcome: 'warn', subject: 'vm 2', says: /PENDING/}},
  {check: 'opennebula.vm-stuck', name: 'not read', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown'}},

  {check: 'opennebula.vm-error', name: 'none', edits: [], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-error', name: 'left from something', edits: [vm(3, {error: 'Error attaching new VM NIC'})], expect: {outcome: 'warn', subject: 'vm 3', only: true, says: /attaching/}},
  {check: 'opennebula.vm-error', name: 'of a failed VM it is told elsewhere', edits: [vm(3, {error: 'x', lcmState: 36})], expect: {outcome: 'pass'}},
  {check: 'opennebula.vm-error', name: 'not read', edits: [cloudFails('one.vms', 'timeout')], expect: {outcome: 'unknown'}},
];
