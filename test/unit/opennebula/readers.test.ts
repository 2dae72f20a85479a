import {describe, expect, it} from 'vitest';
import {readPool, type PoolReader} from '../../../src/services/opennebula/pool.ts';
import {clusterReader} from '../../../src/services/opennebula/readers/cluster.ts';
import {hostReader} from '../../../src/services/opennebula/readers/host.ts';
import {datastoreReader, imageReader, marketAppReader, templateReader} from '../../../src/services/opennebula/readers/storage.ts';
import {vmReader, vrouterReader} from '../../../src/services/opennebula/readers/vm.ts';
import {vnetReader} from '../../../src/services/opennebula/readers/vnet.ts';
import {inner} from './fixtures.ts';

function value<T>(reader: PoolReader<T>, xml: string, single = false): readonly T[] {
  const read = readPool(reader, xml, single);
  if (!read.ok) throw new Error(read.problem.detail);
  expect(read.warnings ?? []).toEqual([]);
  return read.value;
}
const pool = async <T>(reader: PoolReader<T>, name: string): Promise<readonly T[]> => value(reader, await inner(name));

describe('virtual machines', () => {
  it('newest first, where they are and what they are wired to', async () => {
    const vms = await pool(vmReader, '058-vmpool.infoextended');
    expect(vms.map(({id, name, state, lcmState}) => [id, name, state, lcmState])).toEqual([
      [9, 'alpine-held', 2, 0], [8, 'alpine-public', 3, 3], [7, 'alpine-ncalifornia', 3, 3], [6, 'alpine-london', 3, 3], [5, 'vr-multi-edge-0', 3, 3],
    ]);
    const vm = vms[3]!;
    expect(vm.history).toEqual([{seq: 0, hostId: 0, host: 'kvm_london', start: 1795241871, end: undefined, action: 0}]);
    expect(vm.nics).toEqual([{
      id: 0, name: 'NIC0', networkId: 0, network: 'private_evpn-vxlan', ip: '172.17.2.6', mac: '02:00:ac:11:02:06', bridge: 'onebr0', physicalDevice: 'wg0', vlanId: 2, vnMad: 'vxlan', tap: 'one-6-0',
      vrouterIp: undefined, alias: undefined,
    }]);
    expect(vm).toMatchObject({owner: 'oneadmin', vrouterId: undefined, error: undefined, cores: 0.5, memoryMiB: 256, deployId: 'kvm_london:alpine-london:dummy'});
    expect(vms[0]).toMatchObject({deployId: undefined, history: []});
  });

  it('tell an SDNAT address from a NIC', async () => {
    const [vm] = value(vmReader, await inner('068-vm.info.alias'), true);
    expect(vm!.nics.map(({name, ip, networkId, alias}) => ({name, ip, networkId, alias}))).toEqual([
      {name: 'NIC0', ip: '172.17.2.8', networkId: 0, alias: undefined},
      {name: 'NIC0_ALIAS1', ip: '203.0.113.14', networkId: 1, alias: {parent: 'NIC0', parentId: 0, external: true}},
    ]);
  });

  it('know the router they are, with its settings but without its secrets', async () => {
    const [vm] = value(vmReader, await inner('066-vm.info.vr'), true);
    expect(vm!.vrouterId).toBe(0);
    expect(vm!.context).toMatchObject({ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', ETH0_IP: '203.0.113.13', VROUTER_KEEPALIVED_ID: '1'});
    expect(Object.keys(vm!.context).filter((name) => /TOKEN/.test(name))).toEqual([]);
    const [floating] = value(vmReader, await inner('235-vm.info.vr-floating'), true);
    expect(floating!.nics.map(({ip, vrouterIp}) => [ip, vrouterIp])).toEqual([['198.51.100.12', undefined], ['172.17.2.11', '172.17.2.10']]);
  });

  it('keep the whole history in order, and only the last record is current', async () => {
    const [vm] = value(vmReader, await inner('113-vm.info.after-alias'), true);
    expect(vm!.history.map(({seq, host, end, action}) => [seq, host, end !== undefined, action])).toEqual([
      [0, 'kvm_london', true, 2], [1, 'kvm_ncalifornia', true, 2], [2, 'kvm_london', true, 0], [3, 'kvm_ncalifornia', true, 1], [4, 'kvm_london', true, 48], [5, 'kvm_ncalifornia', true, 46],
      [6, 'kvm_ncalifornia', false, 0],
    ]);
  });

  it('lose passwords, tokens, private keys and scripts of the context', () => {
    const secrets = ['TOKEN', 'ONEGATE_TOKEN', 'PASSWORD', 'CRYPTED_PASSWORD_BASE64', 'ONEAPP_VNF_KEEPALIVED_PASSWORD', 'ONEAPP_DB_PASSWD', 'SSH_PRIVATE_KEY', 'TLS_PRIVATE', 'ONEAPP_WG_KEY', 'API_KEY', 'START_SCRIPT', 'S3_SECRET', 'USER_DATA'];
    const kept = ['SSH_PUBLIC_KEY', 'ETH0_IP', 'VROUTER_KEEPALIVED_ID', 'ONEAPP_VNF_KEEPALIVED_INTERFACES', 'SSH_AUTHORIZED_KEYS'];
    const context = [...secrets, ...kept].map((name) => `<${name}><![CDATA[x]]></${name}>`).join('');
    const [vm] = value(vmReader, `<VM><ID>1</ID><NAME>a</NAME><STATE>3</STATE><LCM_STATE>3</LCM_STATE><TEMPLATE><CONTEXT>${context}</CONTEXT></TEMPLATE></VM>`, true);
    expect(Object.keys(vm!.context).toSorted()).toEqual(kept.toSorted());
  });

  it('with something missing are left out, and that is said', () => {
    const read = readPool(vmReader, '<VM_POOL><VM><ID>1</ID><NAME>a</NAME><STATE>3</STATE></VM><VM><ID>-1</ID><NAME>b</NAME><STATE>3</STATE><LCM_STATE>3</LCM_STATE></VM><VM><ID>2</ID><NAME>c</NAME><STATE>3</STATE><LCM_STATE>0</LCM_STATE><TEMPLATE><NIC_ALIAS><NIC_ID>1</NIC_ID></NIC_ALIAS></TEMPLATE></VM></VM_POOL>');
    expect(read).toMatchObject({ok: true, warnings: ['vm 2: a NIC_ALIAS is incomplete and left out', '2 VM entries are incomplete and left out']});
    expect(read.ok && read.value.map(({id}) => id)).toEqual([2]);
  });
});

describe('networks', () => {
  it('of the pool have ranges and no leases', async () => {
    const vnets = await pool(vnetReader, '053-vnpool.info');
    expect(vnets.map(({id, name, leases}) => [id, name, leases])).toEqual([[2, 'kvm2-elastic', undefined], [1, 'kvm1-elastic', undefined], [0, 'private_evpn-vxlan', undefined]]);
    expect(vnets[2]).toMatchObject({
      state: 1, clusterIds: [100], vnMad: 'vxlan', bridge: 'onebr0', physicalDevice: 'wg0', vlanId: 2, vxlanMode: 'evpn', vxlanTep: 'dev', ipLinkConf: 'nolearning=', mtu: 1370, guestMtu: 1370,
      gateway: '172.17.2.1', networkAddress: '172.17.2.0', networkMask: '255.255.255.0', vrouterIds: [0], usedLeases: 5, size: 20,
      ranges: [{id: 0, type: 'IP4', firstIp: '172.17.2.1', firstMac: '02:00:ac:11:02:01', size: 20, used: 5}],
    });
    expect(vnets[0]).toMatchObject({vlanId: undefined, mtu: undefined, vxlanMode: undefined, usedLeases: 0, ranges: [{used: 0, size: 8}]});
  });

  it('by themselves have leases: of VMs and on hold', async () => {
    const [vnet] = value(vnetReader, await inner('277-vn.info.held'), true);
    expect(vnet!.leases!.map(({ip, vmId, held}) => [ip, vmId, held])).toEqual([
      ['172.17.2.1', 12, false], ['172.17.2.6', 6, false], ['172.17.2.7', 7, false], ['172.17.2.8', 8, false], ['172.17.2.13', 13, false], ['172.17.2.20', undefined, true],
    ]);
    expect(vnet!.leases![1]!.mac).toBe('02:00:ac:11:02:06');
    expect(vnet!.ranges[0]!.used).toBe(6);
  });

  it('lease to virtual routers and reservations too', () => {
    const lease = (holder: string): string => `<LEASE><IP>192.0.2.1</IP><MAC>02:00:C0:00:02:01</MAC>${holder}</LEASE>`;
    const xml = `<VNET><ID>0</ID><NAME>n</NAME><STATE>1</STATE><USED_LEASES>2</USED_LEASES><AR_POOL><AR><AR_ID>0</AR_ID><TYPE>IP4</TYPE><SIZE>2</SIZE><LEASES>${lease('<VROUTER>3</VROUTER>')}${lease('<VNET>4</VNET>')}</LEASES></AR></AR_POOL></VNET>`;
    expect(value(vnetReader, xml, true)[0]!.leases).toEqual([
      {ip: '192.0.2.1', mac: '02:00:c0:00:02:01', vmId: undefined, vrouterId: 3, vnetId: undefined, held: false},
      {ip: '192.0.2.1', mac: '02:00:c0:00:02:01', vmId: undefined, vrouterId: undefined, vnetId: 4, held: false},
    ]);
  });
});

describe('the rest', () => {
  it('hosts', async () => {
    const hosts = await pool(hostReader, '048-hostpool.info');
    expect(hosts.map(({id, name, state, clusterId, cluster, vmIds}) => [id, name, state, clusterId, cluster, vmIds])).toEqual([
      [2, 'kvm_paris', 2, 101, 'edge-paris', []], [1, 'kvm_ncalifornia', 2, 100, 'multi-edge', [7]], [0, 'kvm_london', 2, 100, 'multi-edge', [5, 6, 8]],
    ]);
    expect(hosts[2]).toMatchObject({totalCpu: 800, usedCpu: 200, totalMemoryKiB: 16777216, usedMemoryKiB: 1048576});
    expect(hosts[2]!.attributes).toMatchObject({HYPERVISOR: 'dummy', ARCH: 'x86_64', HOSTNAME: 'kvm_london'});
    expect(await pool(hostReader, '003-hostpool.info.empty')).toEqual([]);
  });

  it('clusters', async () => {
    expect(await pool(clusterReader, '051-clusterpool.info')).toEqual([
      {id: 101, name: 'edge-paris', hostIds: [2], datastoreIds: [100], vnetIds: []},
      {id: 100, name: 'multi-edge', hostIds: [0, 1], datastoreIds: [100, 101], vnetIds: [0, 1, 2]},
      {id: 0, name: 'default', hostIds: [], datastoreIds: [0, 1, 2, 101], vnetIds: []},
    ]);
  });

  it('datastores, images, templates, apps', async () => {
    const stores = await pool(datastoreReader, '080-datastorepool.info');
    expect(stores[0]).toEqual({id: 101, name: 'edge-images', type: 0, state: 0, clusterIds: [0, 100], dsMad: 'dummy', tmMad: 'dummy', totalMiB: 20480, freeMiB: 20480});
    expect(stores.map(({type}) => type)).toEqual([0, 1, 2, 0, 1].slice(0, stores.length));
    expect(await pool(imageReader, '078-imagepool.info')).toEqual([
      {id: 1, name: 'service-virtual-router', state: 2, type: 0, datastoreId: 101, sizeMiB: 1024}, {id: 0, name: 'alpine-3.20', state: 2, type: 0, datastoreId: 101, sizeMiB: 1024},
    ]);
    expect(await pool(templateReader, '076-templatepool.info')).toEqual([{id: 1, name: 'service-vr', vrouter: true}, {id: 0, name: 'alpine', vrouter: false}]);
    expect((await pool(marketAppReader, '082-marketapppool.info'))[0]).toEqual({id: 2, name: 'Ubuntu 24.04', state: 1, type: 1, market: 'OpenNebula Public'});
  });

  it('virtual routers', async () => {
    const vrouters = await pool(vrouterReader, '234-vrouterpool.info.two');
    expect(vrouters.map(({id, name, vmIds}) => [id, name, vmIds])).toEqual([[1, 'vr-ha', [10, 11]], [0, 'vr-multi-edge', []]]);
    expect(vrouters[0]!.nics.map(({id, networkId, ip, vrouterIp}) => [id, networkId, ip, vrouterIp])).toEqual([[0, 2, undefined, undefined], [1, 0, undefined, '172.17.2.10']]);
  });
});
