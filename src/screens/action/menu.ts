/** Which actions there are for an object: each with the reason why it is not possible now. Pure. */
import type {Action, Candidate, Param, ParamType, Params} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {RecordedRun} from '../../journal/records.ts';
import type {AnyResource, ResourceName} from '../../rows/resource.ts';
import {objectName} from '../objects.ts';
import type {MenuItem} from './flow.ts';

/** What a row is, in the terms of parameters. */
export interface ActionSubject {
  readonly label: string;
  readonly values: Partial<Readonly<Record<ParamType, string>>>;
}

const ownType: Partial<Readonly<Record<ResourceName, ParamType>>> = {vms: 'vm', hosts: 'host', vnets: 'vnet'};

/** A session, a peer or a VNI is of a host; a mapping is of a VM. */
export function subjectOf(resource: AnyResource, id: string, row: unknown, fabric: Fabric): ActionSubject {
  const label = objectName(resource.name, id, fabric);
  const own = ownType[resource.name];
  if (own) return {label, values: {[own]: own === 'vnet' ? (fabric.segments.find((one) => one.id === id)?.vnet?.name ?? id) : id}};
  const related = resource.relations(row, fabric);
  const first = (name: ResourceName): string | undefined => related.find((ref) => ref.resource === name)?.id;
  const vm = first('vms');
  const host = resource.stamps(row)[0]?.source;
  return {label, values: {...(vm === undefined ? {} : {vm}), ...(host !== undefined && fabric.hosts.has(host) ? {host} : {})}};
}

/** The actions whose first parameter the object can be; possible ones first. Without an object: all. */
export function actionItems(actions: readonly Action[], subject: ActionSubject | undefined, fabric: Fabric): readonly MenuItem[] {
  const items = actions.flatMap((action): readonly MenuItem[] => {
    const [first] = action.params;
    const value = subject && first && subject.values[first.type];
    if (subject && value === undefined) return [];
    const given: Params = first && value !== undefined ? {[first.name]: value} : {};
    return [{title: action.title, what: action.description, impossible: first && value !== undefined ? impossible(first, value, fabric) : undefined, choose: {kind: 'action', action, given}}];
  });
  return items.toSorted((a, b) => Number(a.impossible !== undefined) - Number(b.impossible !== undefined));
}

function impossible(param: Param, value: string, fabric: Fabric): string | undefined {
  const wrong = param.wrong?.(value);
  if (wrong !== undefined) return wrong;
  const all = param.candidates?.(fabric, {});
  const found = all?.find((candidate) => candidate.value === value);
  if (found) return found.impossible;
  return all && !param.open ? `it is none of ${all.slice(0, 4).map((candidate) => candidate.value).join(', ') || 'those that there are'}` : undefined;
}

/** What a parameter can be, narrowed by what is typed. */
export function candidatesOf(param: Param, fabric: Fabric, given: Params, typed: string): readonly Candidate[] {
  const wanted = typed.toLowerCase();
  const all = param.candidates?.(fabric, given) ?? [];
  return all.filter(({value, label}) => value.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted)).toSorted((a, b) => Number(a.impossible !== undefined) - Number(b.impossible !== undefined));
}

/** The choice that Enter takes: none while an optional parameter was left alone, for Enter leaves that one empty. */
export const firstMark = (param: Param | undefined, typed: string): number => (param?.required === false && typed === '' ? -1 : 0);

/** A run of the journal: look whether the fabric shows it, go on with it, undo it. `runs`: all of them. */
export function runItems(run: RecordedRun, runs: readonly RecordedRun[]): readonly MenuItem[] {
  const {end, undoneBy} = run;
  const undone = undoneBy === undefined ? undefined : `it was undone by ${undoneBy}`;
  // One that failed or was cut off can be planned anew, as on the command line.
  const whole = runs.find((one) => one.run.id === undoneBy)?.end?.status === 'done';
  return [
    {title: 'Verify', what: 'looks whether the fabric shows what the run was for', impossible: undefined, choose: {kind: 'verify', run}},
    {title: 'Resume', what: 'goes on where it was cut off: what is done is not done again', impossible: end?.status === 'done' ? 'it is done: there is nothing to resume' : undone, choose: {kind: 'resume', run}},
    {title: 'Undo', what: 'undoes it, as far as it went', impossible: (whole ? undone : undefined) ?? (run.run.undoes === undefined ? undefined : `it is itself the undoing of ${run.run.undoes}`), choose: {kind: 'undo', run}},
  ];
}
