/** What oned refuses with: its numbers, their names, and what they mean to us. */
import type {Problem, ProblemKind} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';

/** What oned said no with. `error`: the array of a failed call; `fault`: XML-RPC's own refusal of the call as such. */
export interface OneRefusal {
  readonly form: 'error' | 'fault';
  readonly code: number;
  readonly codeName: string; // "AUTHENTICATION", "UNKNOWN_METHOD" …
  readonly message: string; // oned's own words, sanitised
  readonly objectId: number | undefined;
}

// include/Request.h
const errorNames: Readonly<Record<number, string>> = {
  0x0100: 'AUTHENTICATION', 0x0200: 'AUTHORIZATION', 0x0400: 'NO_EXISTS', 0x0800: 'ACTION', 0x1000: 'XML_RPC_API', 0x2000: 'INTERNAL',
  0x4000: 'ALLOCATE', 0x8000: 'LOCKED', 0x10000: 'REPLICATION',
};
// xmlrpc-c, xmlrpc-c/base.h
const faultNames: Readonly<Record<number, string>> = {
  [-500]: 'INTERNAL', [-501]: 'TYPE', [-502]: 'INDEX', [-503]: 'PARSE', [-504]: 'NETWORK', [-505]: 'TIMEOUT', [-506]: 'UNKNOWN_METHOD',
  [-507]: 'REQUEST_REFUSED', [-509]: 'LIMIT_EXCEEDED', [-510]: 'INVALID_UTF8',
};
const kinds: Readonly<Record<number, ProblemKind>> = {0x0100: 'auth', 0x0200: 'denied', [-506]: 'unsupported'};

export function refusal(form: 'error' | 'fault', code: number, message: string, objectId: number | undefined): OneRefusal {
  const names = form === 'error' ? errorNames : faultNames;
  return {form, code, codeName: names[code] ?? String(code), message: sanitizeLine(message, 500), objectId};
}

export function problemOf({form, code, codeName, message}: OneRefusal): Problem {
  const words = message === '' ? 'no reason given' : message;
  return {kind: kinds[code] ?? 'failed', detail: form === 'error' ? `${words} (${codeName})` : `${words} (fault ${code} ${codeName})`};
}
