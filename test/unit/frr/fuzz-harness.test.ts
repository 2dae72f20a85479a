import {expect, test} from 'vitest';
import {bad, good} from '../../../src/model/reading.ts';
import {sanitizeLine} from '../../../src/text/sanitize.ts';
import {fuzz} from '../fuzz.ts';

const inputs = ['{"name":"kvm1","port":51820,"path":"a\\/b"}', 'kvm1  51820\nkvm2  7\n'];
const name = 'sample';

test('a parser that keeps its promises passes', () => {
  fuzz({
    name,
    inputs,
    runs: 2000,
    parse: (text) => {
      const word = /[a-z]+\d/.exec(sanitizeLine(text))?.[0];
      const port = /\d{2,9}/.exec(text)?.[0];
      return word ? good({word, port: port ? Number(port) : undefined, kind: 'fixed'}) : bad('garbled', 'own words 12345');
    },
    derived: ['kind'],
  });
});

test.each([
  ['throws', () => (text: string) => JSON.parse(text) as unknown, /it throws/],
  ['lets control characters through', () => (text: string) => [text.replace(/[\n\t]/g, '')], /control character/],
  ['lets newlines into a cell', () => (text: string) => [sanitizeLine(text).length > 1 ? 'a\nb' : ''], /control character/],
  ['invents a word', () => () => good({kind: 'local'}), /kind is invented: "local"/],
  ['invents a number', () => () => ({vteps: 3}), /vteps is invented: 3/],
  ['hands NaN on', () => () => ({port: Number('x')}), /port is NaN/],
  ['leaks control characters in a problem', () => (text: string) => bad('failed', text), /control character/],
  ['is slow', () => slow, /longer than 1 ms/],
] as const)('a parser that %s is caught, with its seed', (what, make, message) => {
  const run = (): void => fuzz({name, inputs, parse: make(), boundMs: /slow/.test(what) ? 1 : 200, runs: 2000});
  expect(run).toThrow(message);
  expect(run).toThrow(/FUZZ_SEED=\d+ run \d+, input/);
});

test('the same seed makes the same inputs', () => {
  const record = (): string[] => {
    const seen: string[] = [];
    fuzz({name, inputs, runs: 500, parse: (text) => void seen.push(text)});
    return seen;
  };
  const first = record();
  expect(record()).toEqual(first);
  expect(new Set(first).size).toBeGreaterThan(400);
});

test('derived exempts the field it names, not its neighbours', () => {
  const parse = (): unknown => ({kind: 'local', other: 'remote'});
  expect(() => fuzz({name, inputs, parse, derived: ['kind']})).toThrow(/other is invented/);
});

function slow(): string {
  const until = performance.now() + 3;
  while (performance.now() < until);
  return '';
}
