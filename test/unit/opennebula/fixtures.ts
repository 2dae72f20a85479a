/** Captured exchanges with a real oned 7.4.0 (dummy drivers). */
import {existsSync, readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {decodeResponse} from '../../../src/services/opennebula/envelope.ts';

const folder = new URL('../../fixtures/opennebula/', import.meta.url);

export function fixture(name: string): Buffer {
  const plain = new URL(`${name}.xml`, folder);
  return existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(new URL(`${name}.xml.gz`, folder)));
}

/** The XML inside a captured success. */
export async function inner(name: string): Promise<string> {
  const result = await decodeResponse(fixture(`${name}.resp`));
  if (!result.ok || typeof result.value !== 'string') throw new Error(`${name} holds no text`);
  return result.value;
}
