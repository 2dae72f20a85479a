import {emptyWorld} from '../../src/simulator/oned/world.ts';
import type {OnedNic, OnedVm, OnedWorld} from '../../src/simulator/oned/world.ts';
import {bridgeOf, guestMtu} from '../plan.ts';
import type {Plan} from '../plan.ts';

/** Of the first edge; those of the others follow. */
export const publicNetwork = 50;
/** The virtual router's VM: its tap on the hypervisor is one-0-1. */
export const routerVm = 0;
const clusters = [100];
const cluster = 100;

/** What OpenNebula knows of a lab that has just come up. Hosts go by their public addresses, as oneprovision names them. */
export const worldOf = (plan: Plan, now: number): OnedWorld => {
  if (plan.spec.bare) return bareWorldOf(plan);
  const hypervisors = plan.machines.filter(machine => machine.role === 'hypervisor');
  const hostId = (name: string): number => hypervisors.findIndex(machine => machine.name === name);
  const networkId = (vni: number): number => plan.segments.findIndex(segment => segment.vni === vni);
  const on = (name: string): OnedVm['history'] => [{hostId: hostId(name), start: now, end: 0, action: 0}];
  const running = {state: 3, lcmState: 3, stime: now, cpu: 0.5, memoryMiB: 128};
  const aliases = (address: string): OnedNic[] => plan.router.mappings.filter(mapping => mapping.internal === address)
    .map((mapping, i) => ({id: i + 1, networkId: publicNetwork, ip: mapping.external, alias: {parentId: 0, external: true}}));
  const routerAddress = plan.machines.find(machine => machine.name === plan.router.name)?.publicAddress ?? '';
  return {
    ...emptyWorld(),
    clusters: [{id: 0, name: 'default'}, {id: cluster, name: 'multi-edge'}],
    hosts: hypervisors.map((machine, id) => ({id, name: machine.publicAddress, state: 2, clusterId: cluster, totalCpu: 800, totalMemoryKiB: 16 << 20, hypervisor: 'kvm', ...(machine.region === undefined ? {} : {attributes: {REGION: machine.region}})})),
    datastores: [
      {id: 0, name: 'system', type: 1, clusterIds: clusters.slice(), dsMad: '-', tmMad: 'ssh', totalMiB: 0, freeMiB: 0},
      {id: 1, name: 'default', type: 0, clusterIds: clusters.slice(), dsMad: 'fs', tmMad: 'ssh', totalMiB: 102_400, freeMiB: 80_000},
    ],
    vnets: [
      ...plan.segments.map((segment, id) => ({
        id, name: `private_vni${segment.vni}`, clusterIds: clusters.slice(), vnMad: 'vxlan', bridge: bridgeOf(segment.vni), phydev: 'wg0', vlanId: segment.vni,
        template: {
          VXLAN_MODE: 'evpn', VXLAN_TEP: 'local_ip', IP_LINK_CONF: 'nolearning=,dstport=4789', MTU: String(guestMtu), GUEST_MTU: String(guestMtu),
          GATEWAY: segment.gateway, NETWORK_ADDRESS: segment.network, NETWORK_MASK: '255.255.255.0',
        },
        ranges: [{id: 0, type: 'IP4', firstIp: segment.gateway, size: 250}],
      })),
      // Of each edge, its own; the first one is the router's, whose address is the first of them.
      ...plan.publicNetworks.map(({region, gateway}, i) => publicNetworkOf(i, region, gateway, clusters.slice())),
    ],
    vms: [
      ...plan.vms.map(vm => ({id: vm.id, name: vm.name, ...running, imageId: 1, templateId: 1, nics: [{id: 0, networkId: networkId(vm.vni), ip: vm.address}, ...aliases(vm.address)], history: on(vm.host)})),
      {
        id: routerVm, name: plan.router.name, ...running, imageId: 0, templateId: 0, vrouterId: 0, history: on(plan.router.host),
        nics: [{id: 0, networkId: publicNetwork, ip: routerAddress}, {id: 1, networkId: networkId(plan.router.vni), ip: plan.router.address}],
        context: {ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1'},
      },
    ],
    vrouters: [{id: 0, name: plan.router.name, templateId: 0, nics: [{id: 0, networkId: publicNetwork}, {id: 1, networkId: networkId(plan.router.vni), ip: plan.router.address}]}],
    templates: [{id: 0, name: 'Service Virtual Router', vrouter: true, imageId: 0}, {id: 1, name: 'alpine', cpu: 0.5, memoryMiB: 128, imageId: 1}],
    images: [
      {id: 0, name: 'Service Virtual Router', state: 2, type: 0, datastoreId: 1, sizeMiB: 2048},
      {id: 1, name: 'alpine', state: 2, type: 0, datastoreId: 1, sizeMiB: 256},
    ],
  };
};

/** The appliances of the marketplace as far as the procedure needs them, with templates in the form that theirs have. */
const apps: OnedWorld['apps'] = [
  {
    id: 0, name: 'Alpine Linux 3.20', state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 256, imageTemplate: 'DEV_PREFIX="vd"\nTYPE="OS"\n',
    vmTemplate: 'CONTEXT = [ NETWORK = "YES", SSH_PUBLIC_KEY = "$USER[SSH_PUBLIC_KEY]" ]\nCPU = "1"\nMEMORY = "128"\nGRAPHICS = [ LISTEN = "0.0.0.0", TYPE = "vnc" ]\nSCHED_REQUIREMENTS = "HYPERVISOR=kvm"\nHYPERVISOR = "kvm"',
  },
  {
    id: 1, name: 'Service Virtual Router', state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 2048, imageTemplate: 'DEV_PREFIX="vd"\nTYPE="OS"\n',
    vmTemplate: ['CPU = "1"', 'MEMORY = "512"', 'VROUTER = "YES"',
      `CONTEXT = [ NETWORK = "YES", SSH_PUBLIC_KEY = "$USER[SSH_PUBLIC_KEY]", TOKEN = "YES", REPORT_READY = "NO", ${['SDNAT4_ENABLED', 'SDNAT4_INTERFACES', 'SDNAT4_REFRESH_RATE', 'ROUTER4_ENABLED', 'ROUTER4_INTERFACES', 'NAT4_ENABLED', 'NAT4_INTERFACES_OUT']
        .map(name => `ONEAPP_VNF_${name} = "$ONEAPP_VNF_${name}"`).join(', ')} ]`,
      'GRAPHICS = [ LISTEN = "0.0.0.0", TYPE = "vnc" ]', 'NIC_DEFAULT = [ MODEL = "virtio" ]', 'SCHED_REQUIREMENTS = "HYPERVISOR=kvm"', 'HYPERVISOR = "kvm"'].join('\n'),
  },
  {id: 2, name: 'Ubuntu 24.04', state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 3584},
];

/** As `oneprovision create` leaves it: an OpenNebula cluster and a public network for each edge, a datastore of each kind, and nothing else. */
const bareWorldOf = (plan: Plan): OnedWorld => {
  const clusterOf = (region: string | undefined): number => 100 + Math.max(0, plan.publicNetworks.findIndex(network => network.region === region));
  const edges = plan.publicNetworks.map(({region}, i) => ({id: 100 + i, name: region}));
  const everywhere = [0, ...edges.map(({id}) => id)];
  return {
    ...emptyWorld(),
    clusters: [{id: 0, name: 'default'}, ...edges],
    hosts: plan.machines.filter(machine => machine.role === 'hypervisor').map((machine, id) => ({
      id, name: machine.publicAddress, state: 2, clusterId: clusterOf(machine.region), totalCpu: 800, totalMemoryKiB: 16 << 20, hypervisor: 'kvm', ...(machine.region === undefined ? {} : {attributes: {REGION: machine.region}}),
    })),
    datastores: [
      {id: 0, name: 'system', type: 1, clusterIds: everywhere.slice(), dsMad: '-', tmMad: 'ssh', totalMiB: 0, freeMiB: 0},
      {id: 1, name: 'default', type: 0, clusterIds: everywhere.slice(), dsMad: 'fs', tmMad: 'ssh', totalMiB: 102_400, freeMiB: 80_000},
    ],
    vnets: plan.publicNetworks.map(({region, gateway}, i) => publicNetworkOf(i, region, gateway, [100 + i])),
    apps: apps.map(app => ({...app})),
  };
};

const publicNetworkOf = (i: number, region: string, gateway: string, clusterIds: number[]): OnedWorld['vnets'][number] => ({
  id: publicNetwork + i, name: i === 0 ? 'public' : `public_${region}`, clusterIds, vnMad: 'elastic', bridge: 'br0', phydev: '',
  template: {EXTERNAL: 'YES', NETWORK_MASK: '255.255.255.0', GATEWAY: gateway}, ranges: [{id: 0, type: 'IP4', firstIp: gateway.replace(/\d+$/, '200'), size: 8}],
});
