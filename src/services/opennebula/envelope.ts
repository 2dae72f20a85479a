/** XML-RPC calls and responses as oned speaks them: [true, value, 0] or [false, words, code, object id, i8], or a fault. */
import {setImmediate as turn} from 'node:timers/promises';
import Deserializer from 'xmlrpc/lib/deserializer.js';
import {serializeMethodCall} from 'xmlrpc/lib/serializer.js';
import type {Problem} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {problemOf, refusal, type OneRefusal} from './errors.ts';

/** Integers go as <int>, and oned wants real booleans: 0 or 1 for one is refused. */
export type OneArgument = string | number | boolean;

export type OneResult =
  | {readonly ok: true; readonly value: string | number | boolean}
  | {readonly ok: false; readonly problem: Problem; readonly refusal?: OneRefusal};

/** The body of a call. Throws TypeError, without the arguments in its words, when one cannot be said in XML. */
export function encodeCall(method: string, args: readonly OneArgument[]): string {
  for (const arg of args) {
    if (typeof arg === 'number' && !(Number.isInteger(arg) && Math.abs(arg) <= 0x7fffffff)) throw new TypeError(`${method}: an argument is not a 32-bit integer`);
    // "]]>" too: the serializer puts text with markup into CDATA.
    if (typeof arg === 'string' && (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(arg) || arg.includes(']]>'))) throw new TypeError(`${method}: an argument holds characters that XML cannot carry`);
  }
  return serializeMethodCall(method, args);
}

const sliceBytes = 32 * 1024; // about 2 ms of parsing
const known = /^(?:\ufeff|\s|<\?xml[^>]*\?>)*<methodResponse[\s>]/;

/** The body of an answer, in slices that let others have their turn. Never throws; resolves also at a lie in the body. */
export async function decodeResponse(body: Buffer): Promise<OneResult> {
  const head = body.subarray(0, 2048).toString('utf8');
  if (/<!DOCTYPE(?!\s+html)/i.test(head)) return garbled('it carries a DOCTYPE, which is refused');
  if (/<(?:!doctype\s+html|html|head|body)\b/i.test(head)) return garbled(`it is a web page${titled(head)}; is this oned's address?`);
  if (!known.test(head)) return garbled(body.length === 0 ? 'it is empty' : 'it does not begin as an XML-RPC response does');
  const plain = await plainSuccess(body);
  if (plain !== undefined) return {ok: true, value: plain};
  const decoded = await deserialize(body);
  if (decoded.fault) {
    const {code, message} = decoded.fault;
    return refused(refusal('fault', code, message, undefined));
  }
  if (decoded.error !== undefined) return garbled(decoded.error);
  return resultOf(decoded.value);
}

const opening = /^<\?xml [^<>]*\?>\s*<methodResponse>\s*<params>\s*<param>\s*<value>\s*<array>\s*<data>\s*<value>\s*<boolean>1<\/boolean>\s*<\/value>\s*<value>\s*<string>/;
const closing = /^<\/string>\s*<\/value>\s*<value>\s*<i4>0<\/i4>\s*<\/value>\s*<\/data>\s*<\/array>\s*<\/value>\s*<\/param>\s*<\/params>\s*<\/methodResponse>\s*$/;

/**
 * The text of a success exactly as oned writes it, at a third of the cost: pools are megabytes and nearly all that is
 * ever read. Undefined for everything else, which goes the long way.
 */
async function plainSuccess(body: Buffer): Promise<string | undefined> {
  const text = body.toString('utf8');
  const start = opening.exec(text.slice(0, 512))?.[0].length;
  if (start === undefined) return undefined;
  const end = text.indexOf('<', start);
  if (end < 0 || !closing.test(text.slice(end, end + 512)) || text.length - end > 512) return undefined;
  const parts: string[] = [];
  for (let at = start; at < end; ) {
    let to = Math.min(end, at + sliceCharacters);
    // Not in the middle of an entity.
    const ampersand = to < end ? text.lastIndexOf('&', to) : -1;
    if (ampersand > at && to - ampersand < 8) to = ampersand;
    const part = text.slice(at, to);
    if (/&(?!(?:lt|gt|amp|quot|apos);)|\ufffd|\r/.test(part)) return undefined;
    parts.push(part.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => named[name]!));
    at = to;
    if (at < end) await turn();
  }
  return parts.join('');
}
const named: Readonly<Record<string, string>> = {lt: '<', gt: '>', amp: '&', quot: '"', apos: "'"};
const sliceCharacters = 128 * 1024; // 2 to 3 ms

interface Decoded {
  readonly value?: unknown;
  readonly error?: string;
  readonly fault?: {readonly code: number; readonly message: string};
}

/**
 * Feeds the deserializer by hand instead of piping: it throws in the middle of an event at some malformed answers
 * (a <fault> without a value), which would end the whole console, and here that is caught.
 */
async function deserialize(body: Buffer): Promise<Decoded> {
  let result: Decoded | undefined;
  let parser: {write(chunk: Buffer): void; end(): void} | undefined;
  const feed = {setEncoding: () => undefined, on: () => undefined, pipe: (to: typeof parser) => void (parser = to)};
  try {
    new Deserializer('utf8').deserializeMethodResponse(feed, (error, value) => (result ??= error ? unsuccessful(error) : {value}));
    for (let at = 0; at < body.length && !result; at += sliceBytes) {
      parser?.write(body.subarray(at, at + sliceBytes));
      if (at + sliceBytes < body.length) await turn();
    }
    if (!result) parser?.end();
  } catch {
    result ??= {error: 'it is malformed'};
  }
  return result ?? {error: 'it has no end'};
}

function unsuccessful(error: Error & {readonly faultCode?: unknown; readonly faultString?: unknown}): Decoded {
  if (typeof error.faultCode === 'number') return {fault: {code: error.faultCode, message: typeof error.faultString === 'string' ? error.faultString : ''}};
  return {error: sanitizeLine(error.message.split('\n')[0]!, 120)};
}

/** The length of the array is not looked at: 3 for success, 5 for failure, and that has changed before. */
function resultOf(answer: unknown): OneResult {
  if (!Array.isArray(answer)) return garbled('it is not the array that oned answers with');
  const [success, value, code, objectId] = answer as readonly unknown[];
  if (success === true && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) return {ok: true, value};
  if (success === false && typeof value === 'string' && typeof code === 'number') {
    return refused(refusal('error', code, value, typeof objectId === 'number' && objectId >= 0 ? objectId : undefined));
  }
  return garbled('its array is not [success, value, code …]');
}

const refused = (because: OneRefusal): OneResult => ({ok: false, problem: problemOf(because), refusal: because});
const garbled = (why: string): OneResult => ({ok: false, problem: {kind: 'garbled', detail: `the answer is no XML-RPC response: ${why}`}});

/** `: "502 Bad Gateway"`, when a page says what it is. */
export function titled(html: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html)?.[1];
  const clean = title === undefined ? '' : sanitizeLine(title.replace(/\s+/g, ' '), 80).trim();
  return clean === '' ? '' : ` ("${clean}")`;
}
