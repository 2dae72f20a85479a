/** What the runbooks of OpenNebula have in common: its readings, names that are looked up, calls that are told apart. */
import {openNebula} from '../../actions/action.ts';
import type {ActionContext, ActionRun, CallArgument, Condition, Done, Step} from '../../model/action.ts';
import type {CloudProbeId, CloudValues, Fabric} from '../../model/fabric.ts';
import type {Value} from '../model.ts';

export interface Call {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  readonly args: readonly CallArgument[];
}

/** Reads these pools anew. Throws a sentence when one cannot be read: nothing follows from an old list. */
export async function freshly(ctx: ActionContext, ...probes: readonly CloudProbeId[]): Promise<Fabric> {
  if (!ctx.fabric().cloud) throw new Error('there is no OpenNebula in this context');
  const problems = await ctx.reread([{source: openNebula, probes}]);
  if (problems[0]) throw new Error(`OpenNebula: ${problems[0].detail}`);
  return ctx.fabric();
}

export function pool<K extends CloudProbeId>(fabric: Fabric, probe: K): CloudValues[K] {
  const value = fabric.cloud?.readings[probe]?.value;
  if (value === undefined) throw new Error(`OpenNebula: ${probe} was not read`);
  return value;
}

/** By name, or by number. Throws with what there is. */
export function named<T extends {readonly id: number; readonly name: string}>(all: readonly T[], what: string, given: string): T {
  const found = all.find(({name}) => name === given) ?? all.find(({id}) => String(id) === given);
  if (!found) throw new Error(`OpenNebula has no ${what} "${given}"; there are: ${all.map(({name}) => name).slice(0, 20).join(', ') || 'none'}`);
  return found;
}

/** OpenNebula's hosts beside ours: oned goes by name or address. */
export const oneHostOf = (fabric: Fabric, host: string): CloudValues['one.hosts'][number] => {
  const spec = fabric.hosts.get(host)?.spec;
  const all = pool(fabric, 'one.hosts');
  const found = all.find(({name}) => name === host || name === spec?.ssh.host);
  if (!found) throw new Error(`OpenNebula has no host ${host}; there are: ${all.map(({name}) => name).join(', ')}`);
  return found;
};

/** A value in a template: no quote, no line break. */
export function attribute(name: string, value: string | number): string {
  if (/["\\\n\r]/.test(String(value))) throw new Error(`${name}: "${String(value)}" cannot be written in a template`);
  return `${name}="${value}"`;
}

/** For `done`: a call that makes something has had its effect when there is something of that name. */
export async function madeOf(ctx: ActionContext, probe: CloudProbeId, name: string): Promise<Done> {
  try {
    const all = pool(await freshly(ctx, probe), probe) as unknown as readonly {readonly id: number; readonly name: string}[];
    const found = all.find((one) => one.name === name);
    return found ? {done: true, value: found.id, says: `${name} is there, ${found.id}`} : {done: false, says: `there is no ${name}`};
  } catch (error) {
    return {done: undefined, says: (error as Error).message};
  }
}

/** The opposite: a call that deletes something has had its effect when there is nothing of that name. */
export async function deletedOf(ctx: ActionContext, probe: CloudProbeId, name: string): Promise<Done> {
  const made = await madeOf(ctx, probe, name);
  return made.done === undefined ? made : {done: !made.done, says: made.says};
}

export type DoneOf = (ctx: ActionContext, run: ActionRun, step: Step, data: Value | undefined) => Promise<Done>;

/** Waits until the pools show it. */
export async function shown(ctx: ActionContext, name: string, probes: readonly CloudProbeId[], says: string, test: (fabric: Fabric) => boolean, deadlineMs = 60_000): Promise<Condition> {
  const found = await ctx.until([{source: openNebula, probes}], (fabric) => test(fabric) || undefined, deadlineMs);
  return found ? {name, outcome: 'pass', says, evidence: []} : {name, outcome: 'fail', says: `OpenNebula does not show it: ${says}`, evidence: []};
}

export const dataOf = (data: Value | undefined): Readonly<Record<string, Value>> => (data !== null && typeof data === 'object' && !Array.isArray(data) ? (data as Readonly<Record<string, Value>>) : {});
