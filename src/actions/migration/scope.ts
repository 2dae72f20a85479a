/** Who is observed during a migration, and what of them: from the fabric as it is. Pure. */
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric, HostState} from '../../model/fabric.ts';
import {hostNameOf, stateOf} from '../vm/vm.ts';
import {observeScript} from './observe.ts';
import {overlayNics} from './preflight.ts';
import type {Watched} from './sights.ts';
import type {Way} from './way.ts';

/** On a fabric of many hosts: source, target, and some of the others; the verification looks at all. */
const mostObservers = 14;
const [manyRoutes, tooManyRoutes] = [5000, 150_000];

export const underlayAddresses = (fabric: Fabric, host: string | undefined): readonly string[] => {
  const state = host === undefined ? undefined : fabric.hosts.get(host);
  if (!state) return [];
  const read = state.readings['ip.addresses']?.value?.filter(({device, scope}) => device === state.spec.underlay && scope === 'global').map(({ip}) => ip) ?? [];
  return read.length > 0 ? read : state.spec.underlayAddress === undefined ? [] : [state.spec.underlayAddress];
};

export function watchedOf(fabric: Fabric, way: Way, vm: OneVm | undefined): Watched {
  const nics = vm ? overlayNics(fabric, vm) : [];
  return {
    macs: nics.map(({vni, mac}) => ({vni, mac})),
    taps: nics.flatMap(({nic}) => nic.tap ?? []),
    bridges: nics.flatMap(({nic}) => nic.bridge ?? []),
    target: way.to?.name ?? '', targetVteps: underlayAddresses(fabric, way.to?.name),
  };
}

/** VTEPs that have a network of the VM, source and target before the others. */
export function vtepsOf(fabric: Fabric, way: Way, vnis: readonly number[]): readonly string[] {
  const members = fabric.segments.filter(({vni}) => vni !== undefined && vnis.includes(vni)).flatMap(({hosts}) => hosts.filter(({device}) => device !== undefined).map(({host}) => host));
  return [...new Set([way.from?.name, way.to?.name, ...members])].filter((host): host is string => host !== undefined && fabric.hosts.has(host));
}
export const reflectorsOf = (fabric: Fabric): readonly string[] => [...fabric.hosts.values()].filter(({spec}) => spec.roles.includes('reflector')).map(({spec}) => spec.name);

const runsFrr = ({readings}: HostState): boolean => readings['frr.version']?.value !== undefined;
const knownPaths = ({readings}: HostState): number => readings['frr.summary']?.value?.peers.reduce((sum, {prefixesReceived}) => sum + (prefixesReceived ?? 0), 0) ?? 0;

export function observersOf(fabric: Fabric, way: Way, {macs}: Watched): readonly {readonly host: string; readonly script: string}[] {
  const vteps = vtepsOf(fabric, way, macs.map(({vni}) => vni)).slice(0, mostObservers - 2);
  const reflectors = reflectorsOf(fabric).slice(0, 2);
  return [...new Set([...vteps, ...reflectors])].flatMap((host) => {
    const state = fabric.hosts.get(host)!;
    const paths = knownPaths(state);
    const [zebra, routes] = [vteps.includes(host) && runsFrr(state), reflectors.includes(host) && runsFrr(state) && paths <= tooManyRoutes];
    if (!zebra && !routes && !vteps.includes(host)) return [];
    return [{host, script: observeScript({macs, version: state.readings['frr.version']?.value, zebra, routes, routesEvery: paths > manyRoutes ? 25 : 2})}];
  });
}

/** Who can ping the VM: a virtual router of ours that is in its network. */
export function pingerOf(fabric: Fabric, vm: OneVm | undefined): {readonly host: string; readonly address: string} | {readonly problem: string} {
  if (!vm) return {problem: 'the VM is not known'};
  const nics = overlayNics(fabric, vm);
  const problems: string[] = [];
  for (const router of fabric.routers) {
    const its = (fabric.cloud?.readings['one.vms']?.value ?? []).filter(({id}) => router.vmIds.includes(id)).flatMap((one) => overlayNics(fabric, one).map(({vni}) => vni));
    const nic = nics.find(({vni, nic: {ip}}) => ip !== undefined && its.includes(vni));
    if (!nic) continue;
    if (router.host === undefined) problems.push(`virtual router ${router.vrouter?.name ?? router.id} is no host of this context`);
    else if (fabric.hosts.get(router.host)?.access.phase !== 'ready') problems.push(`virtual router ${router.host} is not reached`);
    else if (!router.vmIds.includes(vm.id)) return {host: router.host, address: nic.nic.ip!};
  }
  return {problem: problems[0] ?? 'no virtual router is in a network of this VM'};
}

/** "RUNNING on kvm1", with the record of its history: during a migration the last one is the target already. */
export function cloudWords(fabric: Fabric, vm: OneVm): string {
  const last = vm.history.at(-1);
  const open = vm.history.filter(({end}) => end === undefined);
  const name = (host: string): string => hostNameOf(fabric, host) ?? host;
  const place = !last ? 'on no host' : open.length > 1 ? `from ${name(open[0]!.host)} to ${name(last.host)}` : `on ${name(last.host)}`;
  return `${stateOf(vm)} ${place} (${vm.state}/${vm.lcmState}, record ${last?.seq ?? '-'})${vm.error === undefined ? '' : `, ERROR ${vm.error}`}`;
}
