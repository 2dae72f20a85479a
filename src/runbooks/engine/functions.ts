/** The functions of expressions: lists, texts, IPv4 networks. Pure; each is named in docs/RUNBOOKS.md. */
import {dotted} from '../../actions/network/addresses.ts';
import type {Value} from '../model.ts';

interface Callables {
  member(of: Value, key: Value): Value;
  value(step: string, work: string): Value;
}
interface ExpressionFunction {
  readonly least: number;
  readonly most: number;
  readonly usage: string;
  run(args: readonly Value[], use: Callables): Value;
}

export const isMapping = (value: Value): value is {readonly [name: string]: Value} => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as text. A mapping has none. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((one) => textOf(one as Value)).join(' ');
  if (typeof value === 'object') throw new Error('a mapping is no text: name one of its members');
  return String(value as string | number | boolean);
}

function listOf(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new Error(`${value === null ? 'nothing' : isMapping(value) ? 'a mapping' : `"${textOf(value).slice(0, 40)}"`} is no list`);
  return value as readonly Value[];
}

/** "192.168.0.7/24" → its number, mask and length. */
function ipv4(value: Value): {readonly number: number; readonly length: number | undefined} {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(textOf(value));
  const bytes = match?.slice(1, 5).map(Number);
  if (!match || !bytes || bytes.some((one) => one > 255) || Number(match[5] ?? 0) > 32) throw new Error(`"${textOf(value).slice(0, 40)}" is no IPv4 address or network`);
  return {number: bytes.reduce((sum, one) => sum * 256 + one, 0), length: match[5] === undefined ? undefined : Number(match[5])};
}
function networkOf(value: Value): {readonly first: number; readonly length: number} {
  const {number, length} = ipv4(value);
  if (length === undefined) throw new Error(`"${textOf(value)}" has no prefix length: 192.168.0.0/24 was expected`);
  return {first: Math.floor(number / 2 ** (32 - length)) * 2 ** (32 - length), length};
}

const taking = (least: number, most: number, usage: string, run: ExpressionFunction['run']): ExpressionFunction => ({least, most, usage, run});
const own = (name: string, all: Readonly<Record<string, ExpressionFunction>>): ExpressionFunction | undefined => (Object.hasOwn(all, name) ? all[name] : undefined);

const table: Readonly<Record<string, ExpressionFunction>> = {
  default: taking(2, 2, 'a value, and what stands for it where there is none', () => null), // evaluated in expression.ts
  value: taking(2, 2, 'the id of a step, and of a host', ([step, work], {value}) => value(textOf(step!), textOf(work!))),
  secret: taking(1, 1, 'the path of a secret on the host', () => {
    throw new Error('secret() can stand in the content of a file only');
  }),
  map: taking(2, 2, 'a list and the name of a member', ([list, key], {member}) => listOf(list!).map((one) => member(one, key!))),
  where: taking(3, 3, 'a list, the name of a member and a value', ([list, key, value], {member}) => listOf(list!).filter((one) => member(one, key!) === value)),
  without: taking(3, 3, 'a list, the name of a member and a value', ([list, key, value], {member}) => listOf(list!).filter((one) => member(one, key!) !== value)),
  join: taking(2, 2, 'a list and a separator', ([list, separator]) => listOf(list!).map(textOf).join(textOf(separator!))),
  sort: taking(1, 1, 'a list', ([list]) => listOf(list!).toSorted((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0))),
  unique: taking(1, 1, 'a list', ([list]) => [...new Set(listOf(list!))]),
  length: taking(1, 1, 'a list or a text', ([of]) => (typeof of === 'string' ? of.length : listOf(of!).length)),
  first: taking(1, 1, 'a list', ([list]) => listOf(list!)[0] ?? null),
  last: taking(1, 1, 'a list', ([list]) => listOf(list!).at(-1) ?? null),
  contains: taking(2, 2, 'a list or text, and what it holds', ([of, one]) => (typeof of === 'string' ? of.includes(textOf(one!)) : listOf(of!).includes(one!))),
  split: taking(1, 2, 'a text and a separator', ([of, separator]) => textOf(of!).split(separator === undefined ? /\s+/ : textOf(separator)).filter((part) => part !== '')),
  replace: taking(3, 3, 'a text, what to replace, and by what', ([of, what, by]) => textOf(of!).replaceAll(textOf(what!), () => textOf(by!))),
  lower: taking(1, 1, 'a text', ([of]) => textOf(of!).toLowerCase()),
  upper: taking(1, 1, 'a text', ([of]) => textOf(of!).toUpperCase()),
  trim: taking(1, 1, 'a text', ([of]) => textOf(of!).trim()),
  text: taking(1, 1, 'a value', ([of]) => textOf(of!)),
  int: taking(1, 1, 'a text of digits', ([of]) => {
    const text = textOf(of!);
    if (!/^-?\d{1,15}$/.test(text)) throw new Error(`"${text.slice(0, 40)}" is no whole number`);
    return Number(text);
  }),
  network: taking(1, 1, 'an address with prefix length', ([of]) => `${dotted(networkOf(of!).first)}/${networkOf(of!).length}`),
  prefix: taking(1, 1, 'an address with prefix length', ([of]) => networkOf(of!).length),
  address: taking(1, 1, 'an address with or without prefix length', ([of]) => dotted(ipv4(of!).number)),
  nth: taking(2, 2, 'a network and a number', ([of, nth]) => {
    const {first, length} = networkOf(of!);
    if (typeof nth !== 'number' || nth < 0 || nth >= 2 ** (32 - length)) throw new Error(`${textOf(of!)} has no address ${textOf(nth!)}`);
    return dotted(first + nth);
  }),
};

/** By name; own names only. */
export const functions: Readonly<Record<string, ExpressionFunction | undefined>> = new Proxy(table, {get: (all, name) => (typeof name === 'string' ? own(name, all) : undefined)});
