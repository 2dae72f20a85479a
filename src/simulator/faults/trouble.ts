/**
 * What is wrong with a simulated host: the sum of the faults in force. A fault is never written into what it breaks; it
 * is a pure function from the world to troubles, so that its undoing is its absence.
 */
import {keep} from '../derive/keep.ts';
import type {SimHost, SimWorld} from '../world.ts';
import {effects} from './effects.ts';
import type {Trouble} from './trouble-shape.ts';

export type * from './trouble-shape.ts';

const none: Trouble = {};

/** The troubles of one host, of all faults in force together. */
export const troubleOf = (world: SimWorld, host: SimHost): Trouble => {
  if (!world.faults || world.faults.length === 0) return none;
  return keep(world, 'troubles', () => troubles(world)).get(host.name) ?? none;
};

function troubles(world: SimWorld): ReadonlyMap<string, Trouble> {
  const all = new Map<string, Trouble>();
  for (const fault of world.faults ?? []) {
    for (const [host, trouble] of fault.byHand ? [[fault.host, fault.byHand] as const] : (effects[fault.name]?.(world, fault) ?? [])) all.set(host, join(all.get(host) ?? none, trouble) as Trouble);
  }
  return all;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Records are joined key by key, lists one after the other; of two single values the later fault's counts. */
function join(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return [...(a as unknown[]), ...(b as unknown[])];
  if (!isRecord(a) || !isRecord(b)) return b;
  const result: Record<string, unknown> = {...a};
  for (const [key, value] of Object.entries(b)) result[key] = key in a ? join(a[key], value) : value;
  return result;
}

/** When a fault of this name came to the host, in ms since 1970; undefined: it is not in force. */
export const faultySince = (world: SimWorld, host: SimHost): number | undefined => world.faults?.findLast((fault) => fault.host === host.name)?.since;
