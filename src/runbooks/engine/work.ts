/** A step of a file into works: which hosts, which items, whether it is needed there, its expressions filled in. */
import type {ActionContext} from '../../model/action.ts';
import type {RunbookStep, StepFunction, Value, Work} from '../model.ts';
import {evaluate, truthy, type Scope} from './expression.ts';
import {factsOf, selected, together} from './facts.ts';
import {isMapping, textOf} from './functions.ts';
import {Later} from './later.ts';
import {secretMarker} from './scripts.ts';
import {fillScript, fillText, fillValue, loneExpression, parseScript, parseTemplate} from './template.ts';

/** What steps are made with: the inputs, and what the steps before have left. */
export interface Surroundings {
  readonly session: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>; // step id → work id → value
  readonly functions: ReadonlyMap<string, StepFunction>;
}

/** One place of a step: its host and item, and what expressions see there. */
interface Spot {
  readonly id: string;
  readonly host: string | undefined;
  readonly scope: Scope;
}

/** One call of an action of the gate. */
export interface UseOfAction {
  readonly id: string;
  readonly host: string | undefined;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly check: string | undefined;
}

export type Made =
  | {readonly kind: 'works'; readonly works: readonly Work[]; readonly origins: readonly string[]}
  | {readonly kind: 'uses'; readonly uses: readonly UseOfAction[]; readonly origins: readonly string[]};

/** What expressions see without a host. */
export function scopeOf(ctx: Pick<ActionContext, 'fabric'>, {inputs, values}: Pick<Surroundings, 'inputs' | 'values'>, origin?: (says: string) => void): Scope {
  return {
    names: {inputs, ...factsOf(ctx.fabric()).names},
    value: (step, work) => {
      const found = values.get(step)?.get(work);
      if (found === undefined) throw new Later(step);
      return found;
    },
    ...(origin && {origin}),
  };
}

/** Throws Later, Unread, or an Error with a sentence. No works: it is needed nowhere. */
export async function madeOf(ctx: ActionContext, step: RunbookStep, around: Surroundings): Promise<Made> {
  const origins = new Set<string>();
  const outer = scopeOf(ctx, around, (says) => origins.add(says));
  if (step.run !== undefined) {
    const hosts = hostsOf(ctx, step, outer);
    if (hosts.length === 0 && step.target.length > 0) return {kind: 'works', works: [], origins: []};
    const call = around.functions.get(step.run);
    if (!call) throw new Error(`there is no step function "${step.run}"`);
    if (step.when !== undefined && !truthy(evaluate(loneExpression(step.when), outer))) return {kind: 'works', works: [], origins: together([...origins])};
    const works = await call.work(ctx, {with: fillValue(step.with, outer) as Readonly<Record<string, Value>>, inputs: around.inputs, hosts, value: (of, work) => around.values.get(of)?.get(work), step, session: around.session});
    return {kind: 'works', works, origins: together([...origins])};
  }
  const places = spotsOf(ctx, step, outer);
  if (step.uses !== undefined) {
    const {uses} = step;
    return {kind: 'uses', origins: together([...origins]), uses: places.map(({id, host, scope}) => ({
      id, host, action: uses, check: script(step.check, scope),
      params: Object.fromEntries(Object.entries(step.with).map(([name, value]) => [name, textOf(fillValue(value, scope))])),
    }))};
  }
  return {kind: 'works', works: places.map((place) => workOf(step, place)), origins: together([...origins])};
}

function hostsOf(ctx: Pick<ActionContext, 'fabric'>, step: RunbookStep, scope: Scope): readonly string[] {
  const names = step.target.flatMap((one) => {
    if (!one.includes('{{')) return selected(ctx.fabric(), one);
    const value = evaluate(loneExpression(one), scope);
    return (Array.isArray(value) ? (value as readonly Value[]) : [value]).flatMap((host) => selected(ctx.fabric(), `host:${textOf(isMapping(host) ? host['name'] ?? null : host)}`));
  });
  return [...new Set(names)];
}

function spotsOf(ctx: Pick<ActionContext, 'fabric'>, step: RunbookStep, outer: Scope): readonly Spot[] {
  const facts = factsOf(ctx.fabric());
  const hosts: readonly (string | undefined)[] = step.target.length === 0 ? [undefined] : hostsOf(ctx, step, outer);
  return hosts.flatMap((host) => {
    const within: Scope = host === undefined ? outer : {...outer, names: {...outer.names, host: facts.host(host)!}};
    const items = step.each === undefined ? [undefined] : listOf(evaluate(loneExpression(step.each), within));
    return items.flatMap((item, at): Spot[] => {
      const scope: Scope = item === undefined ? within : {...within, names: {...within.names, item}};
      if (step.when !== undefined && !truthy(evaluate(loneExpression(step.when), scope))) return [];
      const name = item === undefined ? [] : [nameOf(item, at)];
      return [{id: [...(host === undefined ? [] : [host]), ...name].join('/') || 'once', host, scope}];
    });
  });
}

function listOf(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new Error('each: this is no list');
  return value as readonly Value[];
}

/** An item as part of an id: its name where it has one. */
function nameOf(item: Value, at: number): string {
  const text = isMapping(item) ? ('name' in item ? item['name'] : undefined) : item;
  const plain = typeof text === 'string' || typeof text === 'number' ? String(text).replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60) : '';
  return plain === '' ? `item${at + 1}` : plain;
}

const script = (text: string | undefined, scope: Scope): string | undefined => (text === undefined ? undefined : fillScript(parseScript(text), scope));
const plain = (text: string, scope: Scope): string => fillText(parseTemplate(text), scope);

function workOf(step: RunbookStep, {id, host, scope}: Spot): Work {
  const {file, secret} = step;
  return {
    id, host, title: plain(step.title, scope),
    check: script(step.check, scope), apply: script(step.apply, scope), verify: script(step.verify, scope), undo: script(step.undo, scope), value: script(step.value, scope),
    file: file && {path: plain(file.path, scope), content: fillText(parseTemplate(file.content, {blocks: true}), scope, secretMarker), mode: file.mode, owner: file.owner, after: script(file.after, scope)},
    secret: secret && {path: plain(secret.path, scope), make: script(secret.make, scope)!, public: script(secret.public, scope)},
    commitConfirmedS: step.commitConfirmedS, deadlineS: step.deadlineS, verifyWithinS: step.verifyWithinS, expect: step.expect === undefined ? undefined : plain(step.expect, scope),
  };
}
