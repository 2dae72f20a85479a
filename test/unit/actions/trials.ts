/** For each action of the catalogue: how it is tried on the bench. An action without an entry makes a test fail. */
import type {Engine} from '../../../src/simulator/oned/engine.ts';
import {apply} from '../../../src/simulator/faults/apply.ts';
import type {SimWorld} from '../../../src/simulator/world.ts';

export interface Trial {
  readonly params: Readonly<Record<string, string>>;
  /** What has to be so beforehand; the readings named are then made again. */
  readonly before?: (world: SimWorld, engine: Engine) => void;
  readonly reads?: Readonly<Record<string, readonly string[]>>;
  readonly override?: readonly string[];
}

export const host = 'kvm_london';
export const other = 'kvm_ncalifornia';
export const device = 'wg0.2';
const vm = (id: number, state: number, lcmState = 0) => (_: SimWorld, engine: Engine): void => {
  Object.assign(engine.world.vms.find((one) => one.id === id)!, {state, lcmState});
};

const vms = {OpenNebula: ['one.vms']};

export const trials: Readonly<Record<string, Trial>> = {
  'link.up': {params: {host, device}, before: (world) => void apply(world, 'vxlan-down', host), reads: {[host]: ['ip.links']}},
  'bgp.clear': {params: {host, neighbor: '192.168.0.1'}},
  'one.enable-host': {params: {host}, before: (_, engine) => void (engine.world.hosts.find(({name}) => name === host)!.state = 4), reads: {OpenNebula: ['one.hosts']}},
  'one.disable-host': {params: {host}},
  'vm.poweroff': {params: {vm: '4'}},
  'vm.resume': {params: {vm: '4'}, before: vm(4, 8), reads: vms},
  'vm.hold': {params: {vm: '4'}, before: vm(4, 1), reads: vms},
  'vm.release': {params: {vm: '4'}, before: vm(4, 2), reads: vms},
  'vm.terminate': {params: {vm: '4'}},
  'evpn.clear-duplicate': {params: {host: other, vni: '2', mac: '02:00:ac:11:02:03'}, before: (world) => void apply(world, 'mac-frozen', host), reads: {[other]: ['frr.macs', 'bridge.fdb', 'ip.links'], [host]: ['frr.macs', 'bridge.fdb', 'ip.links']}},
  'link.enslave': {params: {host, device, bridge: 'onebr.2'}, before: (world) => void apply(world, 'vxlan-unenslaved', host), reads: {[host]: ['ip.links']}},
  'fdb.remove': {params: {host, device, mac: '02:00:ac:11:02:03', destination: '192.168.0.1'}, before: (world) => void apply(world, 'fdb-stale', host), reads: {[host]: ['bridge.fdb', 'frr.macs']}},
  'frr.restart': {params: {host, daemon: 'bgpd'}, before: (world) => void apply(world, 'bgpd-dead', host), reads: {[host]: ['frr.daemons', 'frr.summary']}},
  'bgp.no-shutdown': {params: {host, neighbor: '192.168.0.1'}, before: (world) => void apply(world, 'bgp-neighbor-shutdown', host), reads: {[host]: ['frr.summary', 'frr.running']}},
  'vm.migrate-live': {params: {vm: '4', host: other}},
  'vm.migrate': {params: {vm: '4', host: other}},
  'vm.recover': {params: {vm: '4', how: 'retry'}, before: vm(4, 3, 36), reads: vms},
  'one.add-to-cluster': {params: {kind: 'datastore', id: '1', cluster: 'default'}},
  'vnet.create': {params: {name: 'extra', subnet: '172.20.0.0/24', cluster: 'multi-edge'}},
  'sdnat.map': {params: {vm: '3'}, reads: {vr: ['nf.firewall', 'ip.addresses', 'vr.state']}, override: ['the address comes to the router']},
  'sdnat.unmap': {params: {address: '203.0.113.201'}, reads: {vr: ['nf.firewall', 'ip.addresses', 'vr.state']}},
  // Two of its four VMs run: what is between two migrations is passed, and what is between four is the same.
  'host.drain': {params: {host}, before: (_, engine) => [0, 5].forEach((id) => vm(id, 8)(_, engine)), reads: vms},
};
