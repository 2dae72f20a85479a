/** The emulator's world as it was at the captured oned: same ids and names, so that the captured calls find their objects. */
import {emptyWorld, type OnedVm, type OnedWorld} from '../../../src/simulator/oned/world.ts';

const at = 1_795_241_871;
const vm = (id: number, name: string, hostId: number | undefined, more: Partial<OnedVm> = {}): OnedVm => ({
  id, name, state: hostId === undefined ? 2 : 3, lcmState: hostId === undefined ? 0 : 3, stime: at, cpu: 0.5, memoryMiB: 256, imageId: 0, templateId: 0,
  nics: [{id: 0, networkId: 0, ip: `172.17.2.${id}`}], history: hostId === undefined ? [] : [{hostId, start: at, end: 0, action: 0}], ...more,
});
const sdnat = {ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_SDNAT4_REFRESH_RATE: '30', ONEAPP_VNF_ROUTER4_ENABLED: 'YES',
  ONEAPP_VNF_ROUTER4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_NAT4_ENABLED: 'YES', ONEAPP_VNF_NAT4_INTERFACES_OUT: 'eth0'};
const router = (id: number, name: string, vrouterId: number, nics: OnedVm['nics']): OnedVm => vm(id, name, vrouterId, {vrouterId, nics, cpu: 1, memoryMiB: 512, imageId: 1, templateId: 1, context: sdnat});
const elastic = (id: number, name: string, prefix: string) => ({
  id, name, clusterIds: [100], vnMad: 'elastic', bridge: 'br0', phydev: 'eth0',
  template: {DNS: '1.1.1.1', EXTERNAL: 'YES', GATEWAY: `${prefix}.1`, NETROLE: 'public', NETWORK_ADDRESS: `${prefix}.0`, NETWORK_MASK: '255.255.255.0'},
  ranges: [{id: 0, type: 'IP4', firstIp: `${prefix}.10`, size: 8}],
});

export const capturedWorld = (): OnedWorld => ({
  ...emptyWorld(),
  users: [{id: 2, name: 'edgeop', password: 'capture-password-2'}],
  clusters: [{id: 0, name: 'default'}, {id: 100, name: 'multi-edge'}, {id: 101, name: 'edge-paris'}],
  hosts: ['kvm_london', 'kvm_ncalifornia', 'kvm_paris'].map((name, id) => ({id, name, state: 2, clusterId: id === 2 ? 101 : 100, totalCpu: 800, totalMemoryKiB: 16_777_216, hypervisor: 'kvm'})),
  datastores: [
    {id: 1, name: 'default', type: 0, clusterIds: [0], dsMad: 'fs', tmMad: 'ssh', totalMiB: 20_480, freeMiB: 10_000},
    {id: 100, name: 'edge-system', type: 1, clusterIds: [100, 101], dsMad: '-', tmMad: 'ssh', totalMiB: 20_480, freeMiB: 10_000},
    {id: 101, name: 'edge-images', type: 0, clusterIds: [0, 100], dsMad: 'fs', tmMad: 'ssh', totalMiB: 20_480, freeMiB: 10_000},
  ],
  vnets: [
    {
      id: 0, name: 'private_evpn-vxlan', clusterIds: [100], vnMad: 'vxlan', bridge: 'onebr0', phydev: 'wg0', vlanId: 2, held: ['172.17.2.20'],
      template: {DNS: '1.1.1.1', GATEWAY: '172.17.2.1', GUEST_MTU: '1370', IP_LINK_CONF: 'nolearning=', MTU: '1370', NETWORK_ADDRESS: '172.17.2.0', NETWORK_MASK: '255.255.255.0', VXLAN_MODE: 'evpn', VXLAN_TEP: 'dev'},
      ranges: [{id: 0, type: 'IP4', firstIp: '172.17.2.1', size: 20}],
    },
    elastic(1, 'kvm1-elastic', '203.0.113'),
    elastic(2, 'kvm2-elastic', '198.51.100'),
  ],
  vms: [
    vm(1, 'alpine-gone', 0, {state: 6, lcmState: 0, history: [{hostId: 0, start: at, end: at + 9, action: 27}]}),
    router(5, 'vr-multi-edge-0', 0, [{id: 0, networkId: 1, ip: '203.0.113.13'}, {id: 1, networkId: 0, ip: '172.17.2.1'}]),
    vm(6, 'alpine-london', 1, {
      nics: [{id: 0, networkId: 0, ip: '172.17.2.6'}, {id: 1, networkId: 2, ip: '198.51.100.10', alias: {parentId: 0, external: true}}],
      history: [{hostId: 0, start: at, end: at + 60, action: 2}, {hostId: 1, start: at + 56, end: 0, action: 0}],
    }),
    vm(7, 'alpine-ncalifornia', 1),
    vm(8, 'alpine-public', 0, {nics: [{id: 0, networkId: 0, ip: '172.17.2.8'}, {id: 1, networkId: 1, ip: '203.0.113.14', alias: {parentId: 0, external: true}}]}),
    vm(9, 'alpine-held', undefined),
    router(10, 'vr-ha-0', 1, [{id: 0, networkId: 2, ip: '198.51.100.12'}, {id: 1, networkId: 0, ip: '172.17.2.11', vrouterIp: '172.17.2.10'}]),
  ],
  vrouters: [
    {id: 0, name: 'vr-multi-edge', templateId: 1, nics: [{id: 0, networkId: 1}, {id: 1, networkId: 0, ip: '172.17.2.1'}]},
    {id: 1, name: 'vr-ha', templateId: 1, nics: [{id: 0, networkId: 2}, {id: 1, networkId: 0, floatingIp: '172.17.2.10'}]},
  ],
  templates: [{id: 0, name: 'alpine'}, {id: 1, name: 'service-vr', vrouter: true}],
  images: [{id: 0, name: 'alpine-3.20', state: 2, type: 0, datastoreId: 101, sizeMiB: 1024}, {id: 1, name: 'service-virtual-router', state: 2, type: 0, datastoreId: 101, sizeMiB: 1024}],
  apps: [0, 1, 2].map((id) => ({id, name: `App ${id}`, state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 2048})),
});
