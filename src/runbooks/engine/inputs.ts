/** The inputs of a runbook: what was given, what the file says, what the fabric offers; each with where it comes from. */
import {isIP} from 'node:net';
import type {Runbook, RunbookInput, Value} from '../model.ts';
import {evaluate, type Scope} from './expression.ts';
import {together} from './facts.ts';
import {textOf} from './functions.ts';
import {Unread} from './later.ts';
import {fillText, parseTemplate} from './template.ts';

export interface Resolved {
  readonly name: string;
  readonly title: string;
  readonly value: Value;
  readonly origin: string; // "given", "default of the runbook", "fabric: address of kvm1 (ip.addresses of kvm1, 14:03:22)"
}
export interface Resolution {
  readonly values: readonly Resolved[];
  /** Inputs that have no value: to be asked for. `why`: what stood in the way of the default. */
  readonly missing: readonly {readonly input: RunbookInput; readonly why: string | undefined}[];
  readonly wrong: readonly string[];
}

/** What the fabric knows, for inputs of type host and vnet. Undefined: not read. */
export interface Choices {
  readonly hosts: readonly string[] | undefined;
  readonly vnets: readonly string[] | undefined;
}

// A value may come to stand in a file or a command: one line of what can be seen.
const printable = /^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]{0,1000}$/u;

/** Why a value cannot be used; undefined: it can. */
export function wrongValue(input: Pick<RunbookInput, 'type' | 'of' | 'choices' | 'min' | 'max' | 'pattern'>, value: Value, choices?: Choices): string | undefined {
  if (input.type === 'list') {
    if (!Array.isArray(value)) return 'a list was expected';
    return (value as readonly Value[]).flatMap((one) => wrongValue({...input, type: input.of}, one, choices) ?? [])[0];
  }
  const shown = typeof value === 'object' ? 'that' : `"${String(value).slice(0, 60)}"`;
  if (input.type === 'bool') return typeof value === 'boolean' ? undefined : `${shown} is neither true nor false`;
  if (input.type === 'int') {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return `${shown} is no whole number`;
    return value < (input.min ?? -Infinity) || value > (input.max ?? Infinity) ? `${value} is not between ${input.min ?? 'anything'} and ${input.max ?? 'anything'}` : undefined;
  }
  if (typeof value !== 'string') return `${shown} is no text`;
  if (!printable.test(value)) return `${shown} holds characters that cannot be used`;
  if (input.pattern !== undefined && !new RegExp(`^(?:${input.pattern})$`, 'u').test(value)) return `${shown} does not match ${input.pattern}`;
  switch (input.type) {
    case 'ip': return isIP(value) ? undefined : `${shown} is no address`;
    case 'cidr': return cidr(value) ? undefined : `${shown} is no network such as 192.168.0.0/24`;
    case 'choice': return input.choices.includes(value) ? undefined : `${shown} is none of ${input.choices.join(', ')}`;
    case 'host': return choices?.hosts && !choices.hosts.includes(value) ? `there is no host ${shown}; there are: ${choices.hosts.join(', ')}` : undefined;
    case 'vnet': return choices?.vnets && !choices.vnets.includes(value) ? `there is no network ${shown}; there are: ${choices.vnets.join(', ') || 'none'}` : undefined;
    default: return undefined;
  }
}

function cidr(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  const family = isIP(address);
  return family !== 0 && more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

/** What was typed, as a value of the input's type. A list: elements separated by commas. */
export function typedValue(input: Pick<RunbookInput, 'type' | 'of'>, text: string): Value {
  switch (input.type) {
    case 'int': return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'bool': return /^(true|yes|on)$/i.test(text) ? true : /^(false|no|off)$/i.test(text) ? false : text;
    case 'list': return text.trim() === '' ? [] : text.split(',').map((one) => typedValue({type: input.of, of: input.of}, one.trim()));
    default: return text;
  }
}

/** `given`: as typed (text), or as a file has it. */
export function resolveInputs(runbook: Runbook, given: Readonly<Record<string, Value>>, scope: Omit<Scope, 'origin'>, choices: Choices): Resolution {
  const values: Resolved[] = [];
  const missing: {input: RunbookInput; why: string | undefined}[] = [];
  const wrong: string[] = Object.keys(given).filter((name) => !runbook.inputs.some((one) => one.name === name)).map((name) => `${runbook.name} has no input "${name}"; it has ${runbook.inputs.map((one) => one.name).join(', ') || 'none'}`);
  for (const input of runbook.inputs) {
    const {name, title} = input;
    const one = given[name];
    const found = one !== undefined ? {value: typeof one === 'string' ? typedValue(input, one) : one, origin: 'given'} : defaultOf(input, scope, values);
    if ('why' in found) {
      missing.push({input, why: found.why});
      continue;
    }
    const bad = found.value === null && input.optional ? undefined : wrongValue(input, found.value, choices);
    if (bad !== undefined) wrong.push(`${name}: ${bad}${one === undefined ? ` (${found.origin})` : ''}`);
    else values.push({name, title, ...found});
  }
  return {values, missing, wrong};
}

function defaultOf(input: RunbookInput, scope: Omit<Scope, 'origin'>, before: readonly Resolved[]): {readonly value: Value; readonly origin: string} | {readonly why: string | undefined} {
  const {default: given} = input;
  const nothing = (why: string | undefined) => (input.optional ? {value: null, origin: 'not given'} : {why});
  if (given === undefined || given === null) return nothing(undefined);
  if (typeof given !== 'string' || !given.includes('{{')) return {value: given, origin: 'default of the runbook'};
  const origins = new Set<string>();
  const inner: Scope = {...scope, names: {...scope.names, inputs: Object.fromEntries(before.map(({name, value}) => [name, value]))}, origin: (says) => origins.add(says)};
  try {
    const parts = parseTemplate(given);
    const value = parts.length === 1 && parts[0]?.kind === 'value' ? evaluate(parts[0].node, inner) : fillText(parts, inner);
    if (value === null) return nothing('the fabric does not tell');
    const from = together([...origins]);
    return {value: input.type === 'int' && typeof value === 'string' ? typedValue(input, textOf(value)) : value, origin: from.length === 0 ? 'computed by the runbook' : `fabric: ${from.slice(0, 4).join('; ')}${from.length > 4 ? ` and ${from.length - 4} more` : ''}`};
  } catch (error) {
    return nothing(error instanceof Unread ? `not read: ${error.message}` : (error as Error).message);
  }
}
