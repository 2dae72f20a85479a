/** What step functions share: parameters read from a runbook, words for a shell. Pure. */
import {dotted, number} from '../../actions/network/addresses.ts';
import type {Value} from '../model.ts';

export type Values = Readonly<Record<string, Value>>;

export const textOf = (values: Values, name: string, otherwise = ''): string => {
  const value = values[name];
  return value === undefined || value === null || value === '' ? otherwise : String(value);
};

export function numberOf(values: Values, name: string, otherwise: number): number {
  const value = values[name];
  if (value === undefined || value === null || value === '') return otherwise;
  const whole = Number(value);
  if (!Number.isInteger(whole)) throw new Error(`${name}: "${String(value)}" is no whole number`);
  return whole;
}

export const listOf = (values: Values, name: string): readonly string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? value.split(/[\s,]+/).filter((word) => word !== '') : [];
};

/** `["kvm1=192.168.0.2"]` → a map. Throws on what is not of that form. */
export function pairsOf(values: Values, name: string): ReadonlyMap<string, string> {
  return new Map(listOf(values, name).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw new Error(`${name}: "${pair}" is not of the form host=value`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  }));
}

/** A here-document whose text no shell touches. */
export function hereDocument(text: string): string {
  let mark = 'END';
  while (text.split('\n').includes(mark)) mark += '_';
  return `<<'${mark}'\n${text.endsWith('\n') ? text : `${text}\n`}${mark}\n`;
}

export const isIpv4 = (text: string): boolean => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text);

/** "192.168.0.0/24" → its first address as a number, and its length. Throws. */
export function networkOf(cidr: string): {readonly base: number; readonly length: number} {
  const [address = '', length = ''] = cidr.split('/');
  if (!isIpv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 30 || Number(length) < 8) throw new Error(`"${cidr}" is no IPv4 network with a length of 8 to 30`);
  const size = 2 ** (32 - Number(length));
  return {base: Math.floor(number(address) / size) * size, length: Number(length)};
}
export const textOfNetwork = ({base, length}: {readonly base: number; readonly length: number}): string => `${dotted(base)}/${length}`;
