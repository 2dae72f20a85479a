/** XML-RPC on the wire, written and read by hand: the console's own reader and writer take no part. */
import {escape} from './markup.ts';

export type Value =
  | {readonly type: 'string' | 'untyped'; readonly value: string}
  | {readonly type: 'int'; readonly value: number}
  | {readonly type: 'boolean'; readonly value: boolean}
  | {readonly type: 'other'; readonly value: undefined}; // i8, double, struct …: nothing that oned takes

export interface Call {
  readonly method: string;
  readonly params: readonly Value[];
}

/** XML-RPC's own refusal of a call. */
export class Fault extends Error {
  readonly code: number;
  constructor(code: number, words: string) {
    super(words);
    this.code = code;
  }
}
/** oned's refusal: the answer is an array that begins with false. */
export class Refusal extends Error {
  readonly code: number;
  readonly objectId: number;
  constructor(code: number, words: string, objectId = -1) {
    super(words);
    this.code = code;
    this.objectId = objectId;
  }
}

const unescape = (text: string): string =>
  text.replace(/<!\[CDATA\[([\s\S]*?)\]\]>|&(lt|gt|amp|quot|apos);/g, (_, literal: string | undefined, name: string) => literal ?? {lt: '<', gt: '>', amp: '&', quot: '"', apos: "'"}[name]!);

/** Throws Fault -503 for what is no call. */
export function readCall(body: string): Call {
  const invalid = (why: string): Fault => new Fault(-503, `Call XML not a proper XML-RPC call.  Call is not valid XML.  ${why}`);
  if (body.trim() === '') throw invalid('no element found');
  const call = /^\s*(?:<\?xml[^>]*\?>)?\s*<methodCall>\s*<methodName>([^<]*)<\/methodName>([\s\S]*)<\/methodCall>\s*$/.exec(body);
  if (!call) throw invalid(body.trimStart().startsWith('<') ? 'Invalid XML "content".  Problem with token at \'...\': no element found' : 'syntax error');
  return {method: call[1]!.trim(), params: [...call[2]!.matchAll(/<param>\s*<value\s*(?:\/>|>([\s\S]*?)<\/value>)\s*<\/param>/g)].map((match) => readValue(match[1] ?? ''))};
}

function readValue(inner: string): Value {
  const typed = /^\s*<(\w+)\s*(?:\/>|>([\s\S]*)<\/\1>)\s*$/.exec(inner);
  if (!typed || typed[1] === undefined) return {type: 'untyped', value: unescape(inner)};
  const text = typed[2] ?? '';
  if (typed[1] === 'string') return {type: 'string', value: unescape(text)};
  if ((typed[1] === 'int' || typed[1] === 'i4') && /^\s*[+-]?\d+\s*$/.test(text)) return {type: 'int', value: Number(text)};
  if (typed[1] === 'boolean' && /^\s*[01]\s*$/.test(text)) return {type: 'boolean', value: text.trim() === '1'};
  return {type: 'other', value: undefined};
}

const response = (inner: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>\n${inner}</methodResponse>\n`;
const answer = (values: readonly string[]): string => response(`<params>\n<param><value><array><data>\n${values.map((value) => `<value>${value}</value>\n`).join('')}</data></array></value></param>\n</params>\n`);

export const writeSuccess = (value: string | number): string => answer(['<boolean>1</boolean>', typeof value === 'number' ? `<i4>${value}</i4>` : `<string>${escape(value)}</string>`, '<i4>0</i4>']);

export const writeRefusal = (method: string, {message, code, objectId}: Refusal): string =>
  answer(['<boolean>0</boolean>', `<string>${escape(`[${method}] ${message}`)}</string>`, `<i4>${code}</i4>`, `<i4>${objectId}</i4>`, '<i8>-1</i8>']);

export const writeFault = ({code, message}: Fault): string =>
  response(`<fault>\n<value><struct>\n<member><name>faultCode</name>\n<value><i4>${code}</i4></value></member>\n<member><name>faultString</name>\n<value><string>${escape(message)}</string></value></member>\n</struct></value>\n</fault>\n`);
