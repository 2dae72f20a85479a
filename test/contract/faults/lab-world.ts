/** The fabric of a lab with two hypervisors, two networks and four VMs, for the embedded one: same names, same addresses. */
import {planOf, type Plan} from '../../../lab/plan.ts';
import {madeKey} from '../../../src/simulator/answers/wg.ts';
import {network, nic} from '../../../src/simulator/scenes.ts';
import type {SimHost, SimWorld} from '../../../src/simulator/world.ts';
import type {Names} from './facts.ts';

export const spec = {hosts: 2, vnis: [2, 3], vms: 4} as const;
export const plan = (name: string): Plan => planOf({name, ...spec});

export function namesOf({vms, router, machines}: Plan): Names {
  return {
    macs: new Map([...vms.map(({mac, name}) => [mac, name] as const), [router.mac, router.name]]),
    addresses: new Map(machines.flatMap(({name, publicAddress, underlayAddress}) => [[publicAddress, `public ${name}`], ...(underlayAddress === undefined ? [] : [[underlayAddress, name]])] as [string, string][])),
    vteps: machines.filter(({role}) => role === 'hypervisor').map(({name}) => name),
  };
}

const roles = {reflector: ['reflector'], hypervisor: ['vtep'], router: ['virtual-router'], member: []} as const;

export function worldOf(made: Plan, now: () => number): SimWorld {
  const at = now() - 600_000;
  const [first] = made.segments;
  return {
    asn: 65000, publicSubnet: '203.0.113.0/24', machines: 'namespaces', kernel: '6.1.0-32-amd64', timersS: {keepalive: 3, hold: 9}, now, changes: 0,
    networks: made.segments.map(({vni, network: base}, id) => network(vni, id, `private_vni${vni}`, base.slice(0, -2))),
    hosts: made.machines.map((machine): SimHost => ({
      name: machine.name, hostname: machine.name, roles: roles[machine.role], region: undefined, publicAddress: machine.publicAddress, publicDevice: 'eth0', publicBridge: machine.name === made.router.host ? 'br0' : undefined,
      underlay: machine.underlayAddress, publicKey: machine.underlayAddress === undefined ? undefined : madeKey(machine.name), keeps: [], guestId: machine.role === 'router' ? 0 : undefined,
      bootedAt: at, daemons: machine.underlayAddress === undefined ? [] : ['zebra', 'bgpd', 'staticd'], frrSince: at,
    })),
    guests: [
      ...made.vms.map((vm) => ({id: vm.id, name: vm.name, tap: `one-${vm.id}`, nics: [nic(0, vm.vni, vm.address)], router: false, host: vm.host, since: at, sequence: 0, history: []})),
      {id: 0, name: made.router.name, tap: 'one-0', nics: [nic(0, 'public', '203.0.113.200'), nic(1, first!.vni, made.router.address)], router: true, host: made.router.host, since: at, sequence: 0, history: []},
    ],
    translations: [...made.router.mappings],
  };
}
