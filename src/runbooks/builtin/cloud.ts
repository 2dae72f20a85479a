/** What the runbooks of OpenNebula have in common: its readings, names that are looked up, calls that are told apart. */
import {fails, openNebula, passes} from '../../actions/action.ts';
import type {ActionContext, ActionRun, CallArgument, Condition, Done} from '../../model/action.ts';
import type {OneVnet} from '../../model/cloud.ts';
import type {CloudProbeId, CloudValues, Fabric} from '../../model/fabric.ts';
import type {Value, Work} from '../model.ts';

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
  return opposite(made);
}

/** For `done`: whether a lease of a network is on hold; what is to be released or held is told by the network's own leases. */
export async function heldOf(ctx: ActionContext, which: (net: OneVnet) => boolean, ip: string): Promise<Done> {
  try {
    const net = pool(await freshly(ctx, 'one.vnets'), 'one.vnets').find(which);
    if (net?.leases === undefined) return {done: undefined, says: `the leases of ${net?.name ?? 'the network'} could not be read`};
    return net.leases.some((lease) => lease.held && lease.ip === ip) ? {done: true, says: `${ip} is on hold`} : {done: false, says: `${ip} is not on hold`};
  } catch (error) {
    return {done: undefined, says: (error as Error).message};
  }
}
/** Of a call that undoes what another does. */
export const opposite = (of: Done): Done => (of.done === undefined ? of : {done: !of.done, says: of.says});

/** What a run has made by its call NAME.make: the number that OpenNebula gave it; undefined: nothing. */
export function madeBy(run: ActionRun, name: Value | undefined): number | undefined {
  const id = run.values[`${String(name)}.make`];
  return id === undefined ? undefined : Number(id);
}

/** For `undo`: of each name of which this run has made something, a work with the calls that take it back. */
export const takingBack = (run: ActionRun, datas: readonly (Value | undefined)[], callsOf: (id: number, name: string, data: Data) => readonly Call[]): readonly Work[] => datas.flatMap((data) => {
  const {name} = dataOf(data);
  const id = madeBy(run, name);
  return typeof name !== 'string' || id === undefined ? [] : [{id: `back-${name}`, data: data ?? null, calls: callsOf(id, name, dataOf(data))}];
});

/** Waits until the pools show it. */
export async function shown(ctx: ActionContext, name: string, probes: readonly CloudProbeId[], says: string, test: (fabric: Fabric) => boolean, deadlineMs = 60_000): Promise<Condition> {
  const found = await ctx.until([{source: openNebula, probes}], (fabric) => test(fabric) || undefined, deadlineMs);
  return found ? passes(name, says) : fails(name, `OpenNebula does not show it: ${says}`);
}

export type Data = Readonly<Record<string, Value>>;
export const dataOf = (data: Value | undefined): Data => (data !== null && typeof data === 'object' && !Array.isArray(data) ? (data as Data) : {});
