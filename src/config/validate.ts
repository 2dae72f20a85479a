/**
 * A small interpreter of configSchema, so that the console starts without loading ajv (which costs as much start-up as
 * the whole of our own code) and so that errors speak to people. ajv checks the same schema before each write, and a
 * test holds the two to the same verdict.
 */
import {didYouMean} from '../text/did-you-mean.ts';
import {show} from './problem.ts';
import type {Schema} from './schema.ts';

export interface Violation {
  readonly path: readonly (string | number)[];
  /** The fault is in the key itself (unknown or misnamed), not in its value. */
  readonly atKey: boolean;
  readonly message: string; // without the path
}

export function violations(value: unknown, schema: Schema, path: readonly (string | number)[] = []): Violation[] {
  const expected = (): Violation[] => [{path, atKey: false, message: `expected ${schema.description ?? 'something else'}, found ${show(value)}`}];
  if (schema.enum) return schema.enum.some((allowed) => allowed === value) ? [] : expected();
  if (schema.type && ![schema.type].flat().some((type) => hasType(value, type))) return expected();
  if (typeof value === 'string') {
    const short = schema.minLength !== undefined && value.length < schema.minLength;
    return short || (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) ? expected() : [];
  }
  if (typeof value === 'number') {
    return value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity) ? expected() : [];
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) return expected();
    return schema.items ? value.flatMap((item, i) => violations(item, schema.items!, [...path, i])) : [];
  }
  return value !== null && typeof value === 'object' ? inObject(value as Record<string, unknown>, schema, path) : [];
}

function inObject(value: Record<string, unknown>, schema: Schema, path: readonly (string | number)[]): Violation[] {
  const found: Violation[] = [];
  const known = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) found.push({path, atKey: false, message: `"${name}" is missing: ${known[name]?.description ?? 'it is required'}`});
  }
  for (const [key, item] of Object.entries(value)) {
    const at = [...path, key];
    if (schema.propertyNames && violations(key, schema.propertyNames).length > 0) {
      found.push({path: at, atKey: true, message: `this name cannot be used: expected ${schema.propertyNames.description ?? 'another name'}`});
    }
    if (Object.hasOwn(known, key)) {
      found.push(...violations(item, known[key]!, at));
    } else if (schema.additionalProperties === false) {
      const meant = didYouMean(key, Object.keys(known));
      found.push({path: at, atKey: true, message: `unknown key; ${meant ? `did you mean "${meant}"?` : `known here: ${Object.keys(known).join(', ')}`}`});
    } else if (schema.additionalProperties) {
      found.push(...violations(item, schema.additionalProperties, at));
    }
  }
  return found;
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return value !== null && typeof value === 'object' && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}
