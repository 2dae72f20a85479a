import {expect, test} from 'vitest';
import {countOf, ipOf, macOf, readJson, textOf, vniOf, vtepOf} from '../../../src/services/frr/json.ts';
import {parseRoutesJson} from '../../../src/services/frr/routes-json.ts';

test('the empty table of 10.3 and 10.4, which is not JSON', () => {
  expect(readJson('{\n,"numPrefix":0,"numPaths":0}\n')).toEqual({documents: [{numPrefix: 0, numPaths: 0}], rest: ''});
  expect(parseRoutesJson('{\n,"numPrefix":0,"numPaths":0}\n')).toEqual({ok: true, value: []});
});

test.each([
  ['{}\n{}\n', {documents: [{}, {}], rest: ''}],
  ['{"a":"}"}{"b":"\\"{"}', {documents: [{a: '}'}, {b: '"{'}], rest: ''}],
  ['{}\n% BGP instance not found\n', {documents: [{}], rest: '% BGP instance not found'}],
  ['{"a":1}\n{"b":', undefined],
  ['{"a":1,}', undefined],
  ['', undefined],
  ['% Unknown command', undefined],
] as const)('%j', (text, expected) => expect(readJson(text)).toEqual(expected));

test('JSON as deep as memory allows is refused, not a crash', () => {
  expect(readJson('['.repeat(200_000))).toBeUndefined();
  expect(readJson('{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000))).toBeDefined();
});

test('fields are what they say, or undefined', () => {
  expect([countOf(5), countOf('5'), countOf(-1), countOf(1.5), countOf('5x'), countOf(1e300), countOf(null)]).toEqual([5, 5, undefined, undefined, undefined, undefined, undefined]);
  expect([vniOf('2'), vniOf(0), vniOf(16_777_215), vniOf(16_777_216)]).toEqual([2, undefined, 16_777_215, undefined]);
  expect([macOf('02:00:AC:11:02:0A'), macOf('02:00:ac:11:02'), macOf(7)]).toEqual(['02:00:ac:11:02:0a', undefined, undefined]);
  expect([ipOf('2001:db8::1'), ipOf('192.0.2.1'), ipOf('(null)'), ipOf('none'), ipOf('192.0.2.1; reboot')]).toEqual(['2001:db8::1', '192.0.2.1', undefined, undefined, undefined]);
  expect([vtepOf('0.0.0.0'), vtepOf('::'), vtepOf('192.0.2.1')]).toEqual([undefined, undefined, '192.0.2.1']);
  expect([textOf('n/a'), textOf(''), textOf(65000), textOf('1.10'), textOf('a\u001b[31mb\nc'), textOf({})]).toEqual([undefined, undefined, '65000', '1.10', 'ab c', undefined]);
});
