/**
 * The emulated oned over the lab's own plan, run inside the `ops` namespace: `node oned-in-ops.ts PLAN.json`.
 * Prints its endpoint as one line, and runs until its standard input ends.
 */
import {readFileSync} from 'node:fs';
import {emptyWorld, type OnedNic, type OnedWorld} from '../../src/simulator/oned/world.ts';
import {startOned} from '../../src/simulator/oned/server.ts';
import {bridgeOf, guestMtu, type Plan} from '../../lab/plan.ts';

export const auth = 'oneadmin:lab-secret';
const publicNetwork = 50;
const routerVm = 0; // its tap on the hypervisor is one-0-1

export function worldOf(plan: Plan): OnedWorld {
  const start = Math.floor(Date.now() / 1000) - 600;
  const hypervisors = plan.machines.filter((machine) => machine.role === 'hypervisor');
  const hostId = (name: string) => hypervisors.findIndex((machine) => machine.name === name);
  const vnetId = (vni: number) => plan.segments.findIndex((segment) => segment.vni === vni);
  const on = (name: string) => [{hostId: hostId(name), start, end: 0, action: 0}];
  const running = {state: 3, lcmState: 3, stime: start, cpu: 1, memoryMiB: 128};
  const alias = (vm: Plan['vms'][number]): OnedNic[] => plan.router.mappings.filter((m) => m.internal === vm.address).map((m, i) => ({id: i + 1, networkId: publicNetwork, ip: m.external, alias: {parentId: 0, external: true}}));
  return {
    ...emptyWorld(),
    clusters: [{id: 0, name: 'default'}, {id: 100, name: 'multi-edge'}],
    hosts: hypervisors.map((machine, id) => ({id, name: machine.publicAddress, state: 2, clusterId: 100, totalCpu: 400, totalMemoryKiB: 8 << 20, hypervisor: 'kvm'})),
    vnets: [
      ...plan.segments.map((segment, id) => ({
        id, name: `private_vni${segment.vni}`, clusterIds: [100], vnMad: 'vxlan', bridge: bridgeOf(segment.vni), phydev: 'wg0', vlanId: segment.vni,
        template: {VXLAN_MODE: 'evpn', VXLAN_TEP: 'local_ip', IP_LINK_CONF: 'nolearning=,dstport=4789', MTU: String(guestMtu), GUEST_MTU: String(guestMtu), GATEWAY: segment.gateway, NETWORK_ADDRESS: segment.network, NETWORK_MASK: '255.255.255.0'},
        ranges: [{id: 0, type: 'IP4', firstIp: segment.gateway, size: 250}],
      })),
      {id: publicNetwork, name: 'public', clusterIds: [100], vnMad: 'elastic', bridge: 'br0', phydev: '', template: {}, ranges: [{id: 0, type: 'IP4', firstIp: '203.0.113.200', size: 5}]},
    ],
    vms: [
      ...plan.vms.map((vm) => ({id: vm.id, name: vm.name, ...running, nics: [{id: 0, networkId: vnetId(vm.vni), ip: vm.address}, ...alias(vm)], history: on(vm.host)})),
      // In the lab its public interface is a cable to the internet, no tap on a hypervisor.
      {id: routerVm, name: plan.router.name, ...running, vrouterId: 0, nics: [{id: 1, networkId: vnetId(plan.router.vni), ip: plan.router.address}], history: on(plan.router.host)},
    ],
    vrouters: [{id: 0, name: 'vr', nics: [{id: 0, networkId: publicNetwork}, {id: 1, networkId: vnetId(plan.router.vni), ip: plan.router.address}]}],
  };
}

if (process.argv[1] === import.meta.filename) {
  const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Plan;
  const oned = await startOned(worldOf(plan), {host: '127.0.0.1', port: 0, auth});
  process.stdout.write(`${oned.url}\n`);
  process.stdin.resume().on('end', () => void oned.close());
}
