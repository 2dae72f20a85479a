import {findFault, faults as catalogue} from '../../src/simulator/faults/catalogue.ts';
import type {Fault} from '../../src/simulator/faults/catalogue.ts';
import type {Lab} from '../lab.ts';
import type {Plan} from '../plan.ts';
import {cloudFaults} from '../opennebula/faults.ts';
import {access} from './access.ts';
import {bgp} from './bgp.ts';
import {daemons} from './daemons.ts';
import {breaksNothing} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {fdb} from './fdb.ts';
import {firewall} from './firewall.ts';
import {hypervisors} from './inside.ts';
import {enter, inForce, strikeOut} from './journal.ts';
import type {Entry} from './journal.ts';
import {router4} from './router.ts';
import {settle} from './settle.ts';
import {underlay} from './underlay.ts';
import {vxlan} from './vxlan.ts';
import {workload} from './workload.ts';

export {inForce} from './journal.ts';
export type {LabFault, Stage} from './fault.ts';

/** Done through the lab's OpenNebula, which knows its own defaults; packets do not notice. */
const opennebula: readonly LabFault[] = cloudFaults.map(({name, apply, undo}) => ({
  name,
  apply: ({lab}) => apply(lab.name),
  undo: ({lab}) => undo(lab.name),
  expects: breaksNothing,
}));

/** Another family is added here. Of two that can do the same fault, the later does it. */
const families: readonly (readonly LabFault[])[] = [opennebula, daemons, underlay, bgp, vxlan, fdb, workload, router4, access, firewall];

const built = new Map(families.flat().map(fault => [fault.name, fault]));

/** A fault of the catalogue as the lab does it; undefined where it cannot. */
export const labFault = (name: string): LabFault | undefined => built.get(name);
/** Those of the catalogue that the lab can do, in its order. */
export const labFaults = (): Fault[] => catalogue.filter(({name}) => built.has(name));

const found = (name: string): {fault: LabFault; described: Fault} => {
  const described = findFault(name);
  if (!described) throw new Error(`no fault ${name} (npm run lab -- faults lists them)`);
  const fault = built.get(name);
  if (!fault) throw new Error(`${name} cannot be done in the lab yet${described.needs ? `: it needs ${described.needs}` : ''}`);
  return {fault, described};
};

/** What a fault is done to when nothing is named. */
export const defaultTarget = (plan: Plan, {name, on}: Fault): string => {
  const place = built.get(name)?.place?.(plan);
  if (place) return place;
  const last = hypervisors(plan).at(-1)?.name;
  const target = {
    vtep: last,
    reflector: plan.machines.find(machine => machine.role === 'reflector')?.name,
    vm: plan.vms.find(vm => vm.host === last)?.name,
    router: plan.router.name,
    opennebula: 'ops',
  }[on];
  if (target === undefined) throw new Error(`this lab has nothing that ${name} could be done to`);
  return target;
};

const targetFault = (plan: Plan, {name, on}: Fault, target: string): string | undefined => {
  const fits = {
    vtep: hypervisors(plan).map(machine => machine.name),
    reflector: plan.machines.filter(machine => machine.role === 'reflector').map(machine => machine.name),
    vm: plan.vms.map(vm => vm.name),
    router: [plan.router.name],
    opennebula: ['ops'],
  }[on];
  return fits.includes(target) ? undefined : `${name} is done to ${fits.length === 0 ? 'nothing that is here' : `one of: ${fits.join(', ')}`}; not to ${target}`;
};

export const stageOf = (lab: Lab, entry: Entry): Stage => {
  let {note} = entry;
  return {
    lab,
    target: entry.target,
    get plan() {
      return lab.plan();
    },
    get note() {
      return note;
    },
    remember: text => {
      note = text;
      enter(lab.name, {...entry, note: text});
    },
  };
};

/** Brings a fault about; comes back with its stage when the effect is in place. It is noted first, so that it can be undone whatever happens. */
export const applyFault = async (lab: Lab, name: string, where?: string): Promise<Stage> => {
  const {fault, described} = found(name);
  const already = inForce(lab.name).find(entry => entry.name === name);
  if (already) throw new Error(`${name} is in force already, on ${already.target}`);
  const target = where ?? defaultTarget(lab.plan(), described);
  const wrong = targetFault(lab.plan(), described, target);
  if (wrong) throw new Error(wrong);
  const entry = {name, target};
  enter(lab.name, entry);
  const stage = stageOf(lab, entry);
  await fault.apply(stage);
  return stage;
};

/** Undoes a fault, also one of another process; with the last one, waits until the lab has converged again. */
export const undoFault = async (lab: Lab, name: string): Promise<void> => {
  const {fault} = found(name);
  const entry = inForce(lab.name).find(candidate => candidate.name === name);
  if (!entry) throw new Error(`${name} is not in force`);
  await fault.undo(stageOf(lab, entry));
  strikeOut(lab.name, name);
  if (inForce(lab.name).length === 0) await settle(lab);
};

/** The last one first. Gives their names. */
export const undoAll = async (lab: Lab): Promise<string[]> => {
  const names = inForce(lab.name).map(entry => entry.name).reverse();
  for (const name of names) await undoFault(lab, name);
  return names;
};
