/** JSON as vtysh prints it: several documents back to back, known defects, and nothing about a value taken on trust. Pure. */
import {sanitizeLine} from '../../text/sanitize.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The documents of an answer, and the text after the last one (vtysh appends its warnings). undefined: not JSON. */
export interface JsonAnswer {
  readonly documents: readonly unknown[];
  readonly rest: string;
}

export function readJson(text: string): JsonAnswer | undefined {
  // FRR 10.3 and 10.4 print an empty table as `{`, newline, `,"numPrefix":0,…`.
  const repaired = text.replace(/^(\s*\{)\s*,/, '$1');
  try {
    return {documents: [JSON.parse(repaired)], rest: ''};
  } catch {
    // several documents, or one that is cut off: told apart below
  }
  const documents: unknown[] = [];
  let at = 0;
  for (;;) {
    while (at < repaired.length && /\s/.test(repaired[at]!)) at++;
    const end = documentEnd(repaired, at);
    if (end === undefined) break;
    try {
      documents.push(JSON.parse(repaired.slice(at, end)));
    } catch {
      return undefined;
    }
    at = end;
  }
  const rest = repaired.slice(at).trim();
  // A bracket in what is left is a document without an end.
  return documents.length === 0 || /^[[{]/.test(rest) ? undefined : {documents, rest};
}

/** Where the object or array that starts at `start` ends (exclusive); undefined when none starts there or it never ends. */
function documentEnd(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined;
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x7b || c === 0x5b) depth++;
    else if ((c === 0x7d || c === 0x5d) && --depth === 0) return i + 1;
  }
  return undefined;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** A one-line text; undefined when absent, empty, or FRR's "n/a". Numbers are accepted: FRR changes its mind between releases. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = sanitizeLine(value).trim();
  return text === '' || text.toLowerCase() === 'n/a' ? undefined : text;
}

/** A count: a whole number from 0 up, also when it was printed as a string. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number + 0 : undefined;
}

/** A VNI: 24 bits, not 0. */
export function vniOf(value: unknown): number | undefined {
  const vni = countOf(value);
  return vni !== undefined && vni > 0 && vni <= 0xffffff ? vni : undefined;
}

export const flagOf = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** Lower case, colons. */
export function macOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return mac.test(text) ? text : undefined;
}

const address = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]*(:\d{1,3}(\.\d{1,3}){3})?)$/;
/** An IPv4 or IPv6 address; undefined for anything else, "(null)" included. */
export const ipOf = (value: unknown): string | undefined => (typeof value === 'string' && value.length <= 45 && address.test(value) ? value : undefined);

/** Addresses of a VTEP: 0.0.0.0 says that there is none. */
export function vtepOf(value: unknown): string | undefined {
  const ip = ipOf(value);
  return ip === '0.0.0.0' || ip === '::' ? undefined : ip;
}
