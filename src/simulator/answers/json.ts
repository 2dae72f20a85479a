/** JSON as the programs print it: json-c's pretty and plain forms of FRR, and the plain form of iproute2. */

/** A number with its digits as printed ("0.00"), which a JavaScript number does not keep. */
export class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Json = string | number | boolean | Digits | readonly Json[] | {readonly [key: string]: Json | undefined};

/** An object whose keys keep their order even when they are numbers, which a JavaScript object would sort. */
export class Entries {
  readonly list: readonly (readonly [string, Value])[];
  constructor(list: readonly (readonly [string, Value])[]) {
    this.list = list;
  }
}
export type Value = Json | Entries | readonly Value[] | {readonly [key: string]: Value | undefined};

const entriesOf = (value: object): readonly (readonly [string, Value])[] =>
  value instanceof Entries ? value.list : (Object.entries(value) as [string, Value | undefined][]).filter((entry): entry is [string, Value] => entry[1] !== undefined);

/** Escapes "/" too, as json-c does. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('/', '\\/');

/** json-c, JSON_C_TO_STRING_PRETTY: two blanks, no blank after the colon. */
export function pretty(value: Value, indent = ''): string {
  if (value instanceof Digits) return value.text;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const items = isList ? (value as readonly Value[]).map((item) => deeper + pretty(item, deeper)) : entriesOf(value).map(([key, item]) => `${deeper}${quoted(key)}:${pretty(item, deeper)}`);
  return `${open}\n${items.join(',\n')}${items.length > 0 ? '\n' : ''}${indent}${close}`;
}

/** json-c's plain form; with `slashes` untouched: iproute2's. */
export function plain(value: Value, slashes: 'escaped' | 'as-is' = 'escaped'): string {
  if (value instanceof Digits) return value.text;
  if (typeof value === 'string') return slashes === 'escaped' ? quoted(value) : JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((item) => plain(item, slashes)).join(',')}]`;
  return `{${entriesOf(value).map(([key, item]) => `${JSON.stringify(key)}:${plain(item, slashes)}`).join(',')}}`;
}
