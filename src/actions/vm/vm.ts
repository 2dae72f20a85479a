/** VMs as actions see them: found by id or name, asked from OpenNebula with their whole history, and waited for. */
import type {ActionContext, Candidate, Condition, SourceReads} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {vmStateName} from '../../model/one-states.ts';
import {stamp, type Problem} from '../../model/reading.ts';
import {readPool} from '../../services/opennebula/pool.ts';
import {vmReader} from '../../services/opennebula/readers/vm.ts';
import {fails, openNebula, passes, unknown} from '../action.ts';
import {pause} from '../wait.ts';

export const vmReads: readonly SourceReads[] = [{source: openNebula, probes: ['one.vms']}];
export const stateOf = ({state, lcmState}: Pick<OneVm, 'state' | 'lcmState'>): string => vmStateName(state, lcmState);

/** The VMs of the pool, which is without those that are DONE; undefined: not read. */
export const vmsOf = (fabric: Fabric): readonly OneVm[] | undefined => fabric.cloud?.readings['one.vms']?.value;

/** By id, or by a name that only one VM has. */
export function vmOf(fabric: Fabric, given: string | undefined): OneVm | undefined {
  const vms = vmsOf(fabric) ?? [];
  const byId = vms.find(({id}) => String(id) === given);
  if (byId) return byId;
  const named = vms.filter(({name}) => name === given);
  return named.length === 1 ? named[0] : undefined;
}

export const labelOf = ({id, name}: Pick<OneVm, 'id' | 'name'>): string => `VM ${id} ${name}`;

/** What it asks of a host, in the units in which hosts tell what they have. */
export const asksFor = ({cores, memoryMiB}: OneVm): Pick<VmInfo, 'cpu' | 'memoryKiB'> => ({cpu: cores === undefined ? undefined : Math.round(cores * 100), memoryKiB: memoryMiB === undefined ? undefined : memoryMiB * 1024});

/** Host names in OpenNebula are addresses: the console's own name where it knows the host. */
export const hostNameOf = (fabric: Fabric, oneName: string | undefined): string | undefined =>
  oneName === undefined ? undefined : ([...fabric.hosts.values()].find(({spec}) => spec.name === oneName || spec.ssh.host === oneName)?.spec.name ?? fabric.hostByAddress.get(oneName));

/** `impossible`: why not this one. A name is accepted in place of the id (`open`), and looked at by `vmKnown`. */
export const vmCandidates = (impossible: (vm: OneVm, fabric: Fabric) => string | undefined) => (fabric: Fabric): readonly Candidate[] =>
  (vmsOf(fabric) ?? []).map((vm) => {
    const last = vm.history.at(-1)?.host;
    return {value: String(vm.id), label: `${vm.name} (${vm.id}, ${stateOf(vm)}${last === undefined ? '' : ` on ${hostNameOf(fabric, last) ?? last}`})`, impossible: impossible(vm, fabric)};
  });

/** That OpenNebula was read and has the VM. */
export function vmKnown(fabric: Fabric, given: string | undefined): {readonly vm: OneVm; readonly condition: Condition} | {readonly vm: undefined; readonly condition: Condition} {
  const name = 'the VM is known';
  const observation = fabric.cloud?.readings['one.vms'];
  if (!fabric.cloud) return {vm: undefined, condition: fails(name, 'there is no OpenNebula in this context')};
  if (!observation?.value || observation.problem) return {vm: undefined, condition: unknown(name, `the VMs of OpenNebula were not read: ${observation?.problem?.detail ?? 'never'}`)};
  const vm = vmOf(fabric, given);
  if (vm) return {vm, condition: passes(name, `${labelOf(vm)} is ${stateOf(vm)}`, [{text: `VM ${vm.id}: STATE ${vm.state}, LCM_STATE ${vm.lcmState}`, stamp: stamp(observation)}])};
  const same = observation.value.filter((one) => one.name === given);
  return {vm: undefined, condition: fails(name, same.length > 1 ? `${same.length} VMs are named ${given}: say which by its id (${same.map(({id}) => id).join(', ')})` : `OpenNebula has no VM ${given}`)};
}

/** One VM with its whole history, and what its template asks of a host. `one.vm.info(ID)`. */
export interface VmInfo {
  readonly vm: OneVm;
  readonly cpu: number | undefined; // percent, 100 = one core
  readonly memoryKiB: number | undefined;
  readonly datastoreId: number | undefined; // system datastore it runs from
}
export type VmAsked = {readonly ok: true; readonly info: VmInfo} | {readonly ok: false; readonly problem: Problem};

export async function askVm(ctx: ActionContext, id: number): Promise<VmAsked> {
  const answer = await ctx.ask.one('one.vm.info', [id]);
  if (!answer.ok) return {ok: false, problem: answer.problem};
  const xml = String(answer.value);
  const read = readPool(vmReader, xml, true);
  const vm = read.ok ? read.value.find((one) => one.id === id) : undefined;
  if (!vm) return {ok: false, problem: read.ok ? {kind: 'garbled', detail: `the answer is not about VM ${id}`} : read.problem};
  const records = /<DS_ID>(-?\d{1,9})<\/DS_ID>/g;
  const stores = [...xml.matchAll(records)].map(([, store]) => Number(store)).filter((store) => store >= 0);
  return {ok: true, info: {vm, ...asksFor(vm), datastoreId: stores.at(-1)}};
}

/** Asks about a VM again and again until `test` returns something; undefined when the deadline passes or the signal is aborted. */
export async function untilVm<T>(ctx: ActionContext, id: number, test: (asked: VmAsked) => T | undefined, deadlineMs: number, everyMs = 400): Promise<T | undefined> {
  const end = ctx.now() + deadlineMs;
  for (;;) {
    const found = test(await askVm(ctx, id));
    if (found !== undefined) return found;
    if (ctx.signal.aborted || ctx.now() >= end) return undefined;
    await pause(everyMs, ctx.signal);
  }
}
