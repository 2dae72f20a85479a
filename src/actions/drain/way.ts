/** Which VMs leave a host, where each goes, and the part of a drain that is the migration of one. Pure. */
import type {ActionRun, Params, Plan, Step, Target} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {labelOfPlace, placeNamed, placeOfOne, targetsOf, whyNot, type Place} from '../migration/way.ts';
import {asksFor, labelOf, stateOf, vmsOf} from '../vm/vm.ts';

export interface Leaving {
  readonly vm: OneVm;
  /** Undefined: nowhere; `why` says of each host why not. */
  readonly to: Place | undefined;
  readonly why: string;
}

/** VMs that have their place on the host, in the order of their numbers. */
export const vmsOn = (fabric: Fabric, host: Place): readonly OneVm[] =>
  (vmsOf(fabric) ?? []).filter(({state, history}) => state !== 6 && history.at(-1)?.hostId === host.one.id && history.at(-1)?.end === undefined).sort((a, b) => a.id - b.id);

/** Each running VM to the host that has room for it beside those that are to go there, and has then the fewest VMs; of two, the one with more free memory. */
export function leaving(fabric: Fabric, params: Params): readonly Leaving[] {
  const from = placeNamed(fabric, params['host']);
  if (!from) return [];
  // As they will be: OpenNebula is to find room for the last VM, too.
  let places = (fabric.cloud?.readings['one.hosts']?.value ?? []).filter(({id}) => id !== from.one.id).map((one) => placeOfOne(fabric, one));
  const load = new Map(places.map(({one}) => [one.id, one.vmIds.length]));
  return vmsOn(fabric, from).filter((vm) => stateOf(vm) === 'RUNNING').map((vm): Leaving => {
    const {cpu, memoryKiB} = asksFor(vm);
    const not = (place: Place): string | undefined => whyNot(fabric, vm, place, {cpu, memoryKiB});
    const possible = places.filter((place) => not(place) === undefined).sort((a, b) => load.get(a.one.id)! - load.get(b.one.id)! || freeOf(b) - freeOf(a) || a.one.id - b.one.id);
    const [to] = possible;
    if (!to) return {vm, to: undefined, why: places.map((place) => `${labelOfPlace(place)}: ${not(place)}`).join('; ') || 'OpenNebula has no other host'};
    load.set(to.one.id, load.get(to.one.id)! + 1);
    places = places.map((place) => (place === to ? withUsed(place, cpu ?? 0, memoryKiB ?? 0) : place));
    return {vm, to, why: `of ${possible.length} that take it, the one with the fewest VMs (${load.get(to.one.id)! - 1})`};
  });
}
const freeOf = ({one}: Place): number => one.totalMemoryKiB - one.usedMemoryKiB;
const withUsed = ({one, name}: Place, cpu: number, memoryKiB: number): Place => ({name, one: {...one, usedCpu: one.usedCpu + cpu, usedMemoryKiB: one.usedMemoryKiB + memoryKiB}});

export const paramsOf = ({vm, to}: Leaving): Params => ({vm: String(vm.id), host: to ? to.one.name : ''});

/** The targets of every migration, each host once. */
export function vmTargets(fabric: Fabric, all: readonly Leaving[]): readonly Target[] {
  const targets = all.flatMap((one) => targetsOf(fabric, paramsOf(one)));
  return targets.filter((target, at) => targets.findIndex(({what}) => what === target.what) === at);
}

const prefix = (id: string): string => `vm${id}-`;
export const stepId = (vm: number, what: 'migrate' | 'landed'): string => `${prefix(String(vm))}${what}`;
export const vmIdOf = ({id}: Pick<Step, 'id'>): string | undefined => /^vm(\d+)-/.exec(id)?.[1];

/** The migration of one VM within a run of a drain, as its own action would have it. */
export function partOf(run: ActionRun, vm: string): ActionRun {
  const steps = run.plan.steps.filter(({id}) => id.startsWith(prefix(vm))).map((step) => ({...step, id: step.id.slice(prefix(vm).length)}));
  const targets = run.plan.targets.filter(({what}) => what === `VM ${vm}`);
  const plan: Plan = {what: `VM ${vm}`, steps, targets, notUndoable: []};
  return {...run, plan, params: {vm}, done: run.done.filter((id) => id.startsWith(prefix(vm))).map((id) => id.slice(prefix(vm).length))};
}

export const inWords = ({vm, to, why}: Leaving): string => `${labelOf(vm)} to ${to ? labelOfPlace(to) : 'nowhere'}: ${why}`;
