/** From where to where a VM is to be moved: hosts as OpenNebula and as the console name them, and which targets are possible. Pure. */
import type {ActionRun, Candidate, Params, Target} from '../../model/action.ts';
import type {OneDatastore, OneHost, OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {openNebula} from '../action.ts';
import {hostStateName, isDisabled, isOn} from '../one-host.ts';
import {hostNameOf, stateOf, vmOf} from '../vm/vm.ts';

/** A host on both sides. `name`: the console's, where it has the host. */
export interface Place {
  readonly one: OneHost;
  readonly name: string | undefined;
}

const hostsOf = (fabric: Fabric): readonly OneHost[] | undefined => fabric.cloud?.readings['one.hosts']?.value;
export const placeOfOne = (fabric: Fabric, one: OneHost): Place => ({one, name: hostNameOf(fabric, one.name)});
export const labelOfPlace = ({one, name}: Place): string => name ?? one.name;

/** By the console's name, OpenNebula's, or the number in OpenNebula. */
export function placeNamed(fabric: Fabric, given: string | undefined): Place | undefined {
  const hosts = hostsOf(fabric) ?? [];
  const one = hosts.find(({name}) => name === given) ?? hosts.find((host) => given !== undefined && hostNameOf(fabric, host.name) === given) ?? hosts.find(({id}) => String(id) === given);
  return one && placeOfOne(fabric, one);
}
export function placeById(fabric: Fabric, id: number): Place | undefined {
  const one = hostsOf(fabric)?.find((host) => host.id === id);
  return one && placeOfOne(fabric, one);
}

/** Where OpenNebula has the VM. */
export function sourceOf(fabric: Fabric, vm: OneVm): Place | undefined {
  const last = vm.history.at(-1);
  return last && placeById(fabric, last.hostId);
}

export interface Room {
  readonly cpu: number | undefined; // percent; undefined: not known what the VM asks for
  readonly memoryKiB: number | undefined;
}

/** Why a VM cannot go there, a sentence; undefined: nothing that OpenNebula says is in the way. */
export function whyNot(fabric: Fabric, vm: OneVm, to: Place, room: Room = {cpu: undefined, memoryKiB: undefined}): string | undefined {
  const from = sourceOf(fabric, vm);
  const {one} = to;
  if (from?.one.id === one.id) return 'the VM is on it';
  if (isDisabled(one)) return 'it is disabled in OpenNebula';
  if (!isOn(one)) return `its state is ${hostStateName(one.state)}`;
  if (from && from.one.clusterId !== one.clusterId) return `it is in cluster ${one.cluster || one.clusterId}, the VM is in ${from.one.cluster || from.one.clusterId}`;
  return lacking(one, room);
}

export function lacking(one: OneHost, {cpu, memoryKiB}: Room): string | undefined {
  const [freeCpu, freeMemory] = [one.totalCpu - one.usedCpu, one.totalMemoryKiB - one.usedMemoryKiB];
  if (cpu !== undefined && cpu > freeCpu) return `the VM asks for ${cpu} % CPU, ${Math.max(0, freeCpu)} % are free`;
  if (memoryKiB !== undefined && memoryKiB > freeMemory) return `the VM asks for ${mib(memoryKiB)} of memory, ${mib(Math.max(0, freeMemory))} are free`;
  return undefined;
}
const mib = (kib: number): string => `${Math.round(kib / 1024)} MiB`;

/** Every host of OpenNebula, those that are not possible with the reason; for a dialog and for drains. */
export function targetCandidates(fabric: Fabric, given: Params): readonly Candidate[] {
  const vm = vmOf(fabric, given['vm']);
  return (hostsOf(fabric) ?? []).map((one) => {
    const place = placeOfOne(fabric, one);
    const free = `${Math.max(0, one.totalCpu - one.usedCpu)} % CPU and ${mib(Math.max(0, one.totalMemoryKiB - one.usedMemoryKiB))} free`;
    return {value: place.name ?? one.name, label: `${labelOfPlace(place)} (${one.cluster}, ${one.vmIds.length} VMs, ${free})`, impossible: vm && whyNot(fabric, vm, place)};
  });
}

export const systemStores = (fabric: Fabric, clusterId: number): readonly OneDatastore[] | undefined =>
  fabric.cloud?.readings['one.datastores']?.value?.filter(({type, state, clusterIds}) => type === 1 && state === 0 && clusterIds.includes(clusterId));

/** The target as it is: a VM that has moved, or a host that is in another state, makes a plan stale. */
export function targetsOf(fabric: Fabric, {vm: given, host}: Params): readonly Target[] {
  const vm = vmOf(fabric, given);
  const vmsRead = fabric.cloud?.readings['one.vms']?.value !== undefined;
  const last = vm?.history.at(-1);
  const none = vmsRead ? 'not there' : undefined;
  return [
    {what: `VM ${given}`, reads: [{source: openNebula, probes: ['one.vms']}], state: {id: vm ? String(vm.id) : none, name: vm?.name ?? none, state: vm ? stateOf(vm) : none, host: vm ? (last?.host ?? 'none') : none, record: vm ? String(last?.seq ?? 'none') : none}},
    hostTarget(fabric, host),
  ];
}
export function hostTarget(fabric: Fabric, host: string | undefined): Target {
  const place = placeNamed(fabric, host);
  const noHost = hostsOf(fabric) === undefined ? undefined : 'not there';
  return {what: `host ${host}`, reads: [{source: openNebula, probes: ['one.hosts']}], state: {id: place ? String(place.one.id) : noHost, state: place ? (isOn(place.one) ? 'MONITORED' : isDisabled(place.one) ? 'DISABLED' : hostStateName(place.one.state)) : noHost, cluster: place ? String(place.one.clusterId) : noHost}};
}
/** And of every host: to which of them an undoing goes is known from its plan. */
export const allTargets = (fabric: Fabric, params: Params): readonly Target[] => [...targetsOf(fabric, params), ...(hostsOf(fabric) ?? []).map(({name}) => hostTarget(fabric, name))];

/** What a run of a migration is about, from its plan alone: it is taken up again after a crash. */
export interface Way {
  readonly vmId: number;
  readonly vmName: string;
  readonly from: Place | undefined; // undefined: OpenNebula has the host no longer
  readonly fromOne: string; // its name in OpenNebula
  readonly to: Place | undefined;
  readonly toId: number;
  readonly record: number; // the last history record before it
  readonly state: string; // of the VM before it
  readonly live: boolean;
}
export function wayOf(fabric: Fabric, run: ActionRun): Way {
  const before = run.plan.targets[0]?.state ?? {};
  const call = run.plan.steps.find(({effect}) => effect.kind === 'one')?.effect;
  const args = call?.kind === 'one' ? call.args : [];
  const fromOne = before['host'] ?? '';
  return {
    vmId: Number(before['id']), vmName: before['name'] ?? '', fromOne, from: placeNamed(fabric, fromOne), toId: Number(args[1]), to: placeById(fabric, Number(args[1])),
    record: Number(before['record']), state: before['state'] ?? '', live: args[2] === true,
  };
}
export const fromLabel = (way: Way): string => (way.from ? labelOfPlace(way.from) : way.fromOne);
export const toLabel = (way: Way): string => (way.to ? labelOfPlace(way.to) : `host ${way.toId}`);
