import {spawn} from 'node:child_process';
import {execInside, insidePrefix, mustInside} from './host.ts';
import {bridgeOf, guestMtu, machineOf, vmNamed, vxlanOf} from './plan.ts';
import type {Plan, Vm} from './plan.ts';
import {endProcesses} from './processes.ts';
import {cleanEnvironment, ipBatch, poll} from './run.ts';
import type {LabState} from './state.ts';
import {segmentClean, segmentUp} from './vxlan.ts';

/** How long a migration waits for the overlay to follow before it goes on regardless, as a hypervisor would. */
const overlayWaitMs = 5000;
/** A guest that never speaks is forgotten by its bridge after 300 s, and its type-2 route goes. */
const speakEverySeconds = 20;

const namespaceOf = (plan: Plan, machine: string): string => machineOf(plan, machine).namespace;

const plug = (plan: Plan, host: string, tap: string, guest: {device: string; namespace: string; mac: string}): string =>
  `link add name ${tap} netns ${namespaceOf(plan, host)} mtu ${guestMtu} type veth ` +
  `peer name ${guest.device} netns ${guest.namespace} address ${guest.mac} mtu ${guestMtu}`;

export const enslave = (plan: Plan, host: string, vni: number, tap: string): string =>
  `set -e\n${segmentUp(machineOf(plan, host), vni)}\nip link set ${tap} master ${bridgeOf(vni)}\nip link set ${tap} up`;

/** A namespace with one NIC in the bridge of its hypervisor, which pings its gateway now and then. */
export const createVm = async (state: LabState, vm: Vm): Promise<void> => {
  await ipBatch([`netns add ${vm.namespace}`, plug(state.plan, vm.host, vm.tap, {device: 'eth0', namespace: vm.namespace, mac: vm.mac})]);
  await mustInside(state, vm.host, enslave(state.plan, vm.host, vm.vni, vm.tap));
  // arp_ignore and no IPv6: during a migration the guest has two NICs with one MAC, and only the right one may speak.
  const guest = spawn('nsenter', [...insidePrefix(state, vm.name).slice(1), 'sh', '-c', `set -e
    for key in ipv4/conf/all/arp_ignore ipv6/conf/all/disable_ipv6 ipv6/conf/default/disable_ipv6; do
      [ ! -e /proc/sys/net/$key ] || echo 1 >/proc/sys/net/$key
    done
    ip -batch - <<END
link set lo up
link set eth0 up
address add ${vm.address}/24 dev eth0
route add default via ${vm.gateway}
END
    exec ping -q -n -i ${speakEverySeconds} ${vm.gateway}`], {detached: true, env: cleanEnvironment(), stdio: 'ignore'});
  guest.unref();
  const up = await poll(async () => (await execInside(state, vm.name, 'ip route show default')).stdout.trim() || undefined, overlayWaitMs);
  if (up === undefined) throw new Error(`${vm.name} did not configure its NIC`);
};

/** The virtual router's overlay interface: the same plug as a VM's, but into a whole machine. */
export const attachRouter = async (state: LabState): Promise<void> => {
  const {router} = state.plan;
  const namespace = namespaceOf(state.plan, router.name);
  await ipBatch([plug(state.plan, router.host, router.tap, {device: 'eth1', namespace, mac: router.mac})]);
  await mustInside(state, router.host, enslave(state.plan, router.host, router.vni, router.tap));
  await ipBatch([`address add ${router.address}/24 dev eth1`, 'link set eth1 up'], namespace);
};

interface FdbEntry {
  readonly mac: string;
  readonly flags: readonly string[];
}

/** MACs that FRR put on the VXLAN device of a network, so: learnt by EVPN from elsewhere. All zeros stands for flooding. */
export const remoteMacs = async (state: LabState, host: string, vni: number): Promise<ReadonlySet<string>> => {
  const answer = await execInside(state, host, `bridge -j fdb show dev ${vxlanOf(vni)}`);
  if (answer.code !== 0) return new Set();
  const entries = JSON.parse(answer.stdout || '[]') as FdbEntry[];
  return new Set(entries.filter(e => e.flags.includes('extern_learn') || e.mac === floodMac).map(e => e.mac));
};

const floodMac = '00:00:00:00:00:00';

const withHost = (state: LabState, name: string, host: string): LabState =>
  ({...state, plan: {...state.plan, vms: state.plan.vms.map(vm => vm.name === name ? {...vm, host} : vm)}});

/** True when another machine than `host` has the network too. */
const spans = (plan: Plan, vni: number, host: string): boolean =>
  plan.vms.some(vm => vm.vni === vni && vm.host !== host) || (!plan.router.absent && plan.router.vni === vni && plan.router.host !== host);

/**
 * Live migration, make before break: a second NIC with the same MAC on the destination's bridge, the address moves to it,
 * gratuitous ARP, and the source's port goes once the source has learnt the MAC from the destination.
 * Gives the state with the VM at its new place; the caller keeps it.
 */
export const migrateVm = async (state: LabState, name: string, destination: string): Promise<LabState> => {
  const {plan} = state;
  const vm = vmNamed(plan, name);
  const source = vm.host;
  if (machineOf(plan, destination).role !== 'hypervisor') throw new Error(`${destination} is no hypervisor`);
  if (source === destination) throw new Error(`${name} is already on ${destination}`);

  const prepared = await mustInside(state, destination, `set -e\n${segmentUp(machineOf(plan, destination), vm.vni)}`);
  if (prepared.includes('created') && spans(plan, vm.vni, destination)) {
    await poll(async () => (await remoteMacs(state, destination, vm.vni)).has(floodMac) || undefined, overlayWaitMs);
  }
  await ipBatch([plug(plan, destination, vm.tap, {device: 'incoming', namespace: vm.namespace, mac: vm.mac})]);
  await mustInside(state, destination, `ip link set ${vm.tap} master ${bridgeOf(vm.vni)} && ip link set ${vm.tap} up`);
  await ipBatch([
    'link set incoming up',
    `address del ${vm.address}/24 dev eth0`,
    `address add ${vm.address}/24 dev incoming`,
    `route replace default via ${vm.gateway} dev incoming`,
  ], vm.namespace);
  await Promise.all([
    mustInside(state, name, `arping -q -U -c 1 -w 1 -I incoming ${vm.address}`),
    poll(async () => (await remoteMacs(state, source, vm.vni)).has(vm.mac) || undefined, overlayWaitMs),
  ]);
  await mustInside(state, source, `ip link del ${vm.tap}\n${segmentClean(vm.vni)}`);
  // Kernels before 6.2 rename a device only while it is down.
  await mustInside(state, name, `ip link set incoming name eth0 2>/dev/null || {
    ip link set incoming down && ip link set incoming name eth0 && ip link set eth0 up && ip route replace default via ${vm.gateway}; }`);
  return withHost(state, name, destination);
};

/** Takes a VM away: its processes, its NIC, its namespace, and the network of its hypervisor if it was the last there. */
export const destroyVm = async (state: LabState, name: string): Promise<LabState> => {
  const vm = vmNamed(state.plan, name);
  await mustInside(state, vm.host, `ip link del ${vm.tap}\n${segmentClean(vm.vni)}`);
  await endProcesses([vm.namespace]);
  await ipBatch([`netns del ${vm.namespace}`]);
  return {...state, plan: {...state.plan, vms: state.plan.vms.filter(v => v.name !== name)}};
};
