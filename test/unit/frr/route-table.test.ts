import {describe, expect, test} from 'vitest';
import type {EvpnRoute} from '../../../src/model/frr.ts';
import type {RouteTable} from '../../../src/model/route-table.ts';
import {narrowed, routeTable, tableOf} from '../../../src/services/frr/route-columns.ts';
import {RouteParser} from '../../../src/services/frr/route-parser.ts';
import {judged, parseRoutesText} from '../../../src/services/frr/routes-text.ts';
import {routesAsText, syntheticRoutes} from '../../../bench/synthetic-routes.ts';
import {fixtures} from './captures.ts';

const rows = (table: RouteTable): EvpnRoute[] => Array.from({length: table.length}, (_, i) => table.at(i));
function read(text: string, sizes: () => number = () => Infinity): {table: RouteTable; warnings: readonly string[]} {
  const parser = new RouteParser();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    const size = sizes();
    parser.feed(bytes.subarray(at, at + size));
    at += size;
  }
  const reading = judged(parser.finish(), bytes.length);
  if (!reading.ok) throw new Error(reading.problem.detail);
  return {table: routeTable(reading.value), warnings: reading.warnings ?? []};
}

const table = `BGP table version is 1, local router ID is 192.168.0.1

   Network          Next Hop            Metric LocPrf Weight Path
                    Extended Community
Route Distinguisher: 192.168.0.2:2
`;
const route = (status: string, prefix: string, attributes = '192.168.0.2                   100      0 i', communities = 'RT:65000:2 ET:8'): string =>
  `${status}${prefix}\n                    ${attributes}\n${communities && `                    ${communities}\n`}`;
const mac = '[2]:[0]:[48]:[02:00:ac:11:02:0a]';

test('real tables read alike in one piece, byte by byte, and in pieces of any size', () => {
  const texts = fixtures().filter((c) => / evpn route( type \d)?$/.test(c.command) && c.out.includes('Displayed')).map((c) => c.out);
  expect(texts.length).toBeGreaterThan(40);
  let seed = 1;
  for (const text of texts) {
    const whole = rows(read(text).table);
    expect(whole.length).toBeGreaterThan(0);
    expect(rows(read(text, () => 1).table)).toEqual(whole);
    expect(rows(read(text, () => 1 + ((seed = (seed * 48271) % 2147483647) % 97)).table)).toEqual(whole);
  }
});

test('lines that repeat are told from lines that lie where another one lay in the chunk before', () => {
  // Chunks of equal length, whole routes each: what stood at a place is gone, what stands there now looks the same.
  const parser = new RouteParser();
  parser.feed(Buffer.from(table));
  const hop = (chunk: number): string => `192.0.2.${10 + chunk}`;
  for (let chunk = 0; chunk < 20; chunk++) {
    parser.feed(Buffer.from(Array.from({length: 10}, (_, i) => route('*>i', mac.replace('0a]', `${chunk + 10}]`).replace('ac', `${i + 10}`), `${hop(chunk)}                    100      0 i`, `RT:65000:${10 + chunk} ET:8`)).join('')));
  }
  const {columns} = parser.finish();
  expect(rows(routeTable(columns)).map((r) => [r.nextHop, r.vni])).toEqual(Array.from({length: 200}, (_, i) => [hop(Math.floor(i / 10)), 10 + Math.floor(i / 10)]));
});

test('CR LF line ends change nothing', () => {
  const text = table + route('*>i', mac) + route('*> ', '[3]:[0]:[32]:[192.168.0.2]') + '\nDisplayed 2 prefixes (2 paths)\n';
  const strip = (items: EvpnRoute[]): EvpnRoute[] => items.map((item) => ({...item, communities: item.communities.trim()}));
  expect(strip(rows(read(text.replaceAll('\n', '\r\n')).table))).toEqual(rows(read(text).table));
});

test.each([
  ['3 columns, up to 8.4', '*>i', true, true],
  ['3 columns, valid only', '*  ', true, false],
  ['4 columns, 8.5 to 10.0, RPKI', 'V*>i', true, true],
  ['4 columns, blank', ' *> ', true, true],
  ['5 columns, from 10.1', ' *>i ', true, true],
  ['5 columns, multipath', ' *= i', true, false],
  ['stale', 'S*>i', true, true],
  ['history', ' h  ', false, false],
] as const)('status: %s', (_, status, valid, best) => {
  const {table: read1, warnings} = read(table + route(status, mac) + '\nDisplayed 1 prefixes (1 paths)\n');
  expect(warnings).toEqual([]);
  expect(rows(read1)).toMatchObject([{prefix: mac, valid, best, rd: '192.168.0.2:2', vni: 2}]);
});

test('10.6 appends the RD to the prefix: read where nothing else names it', () => {
  const noHeading = table.replace(/Route Distinguisher.*\n/, '');
  expect(rows(read(noHeading + route(' *>i ', `${mac} RD 192.168.0.9:7`) + '\nDisplayed 1 prefixes (1 paths)\n').table)).toMatchObject([{rd: '192.168.0.9:7', prefix: mac}]);
  expect(rows(read(table + route(' *>i ', `${mac} RD 192.168.0.2:2`) + '\nDisplayed 1 prefixes (1 paths)\n').table)).toMatchObject([{rd: '192.168.0.2:2', prefix: mac}]);
});

test.each(['Route Distinguisher: ip 192.168.0.2:2', 'Route Distinguisher: as2 65000:2', 'Route Distinguisher: 65000:2'])('%s', (line) => {
  const text = table.replace(/Route Distinguisher.*/, line) + route('*> ', mac) + '\nDisplayed 1 prefixes (1 paths)\n';
  expect(rows(read(text).table)[0]!.rd).toBe(/(\S+)$/.exec(line)![1]);
});

test('several paths of one prefix, with and without the prefix repeated', () => {
  const second = '192.168.0.3                    90      0 i';
  const repeated = table + route('*>i', mac) + route('* i', mac, second) + '\nDisplayed 1 prefixes (2 paths)\n';
  const left = table + route('*>i', mac) + `* i                 ${second}\n                    RT:65000:2 ET:8\n` + '\nDisplayed 1 prefixes (2 paths)\n';
  for (const text of [repeated, left]) {
    const {table: t, warnings} = read(text);
    expect(warnings).toEqual([]);
    expect(t.prefixes).toBe(1);
    expect(rows(t).map((r) => [r.prefix, r.nextHop, r.best, r.localPref])).toEqual([[mac, '192.168.0.2', true, 100], [mac, '192.168.0.3', false, 90]]);
    expect(t.select({mac: '02:00:ac:11:02:0a'})).toEqual(Uint32Array.of(0, 1));
  }
});

test.each([
  ['all numbers', '192.168.0.2              5    100      0 65001 65002 i', {metric: 5, localPref: 100, weight: 0, asPath: '65001 65002', origin: 'i'}],
  ['own route', '192.168.0.2                        32768 i', {metric: undefined, localPref: undefined, weight: 32768, asPath: '', origin: 'i', local: true}],
  ['highest metric', '192.168.0.2     4294967295    100      0 ?', {metric: 4294967295, localPref: 100, weight: 0, origin: '?'}],
  ['a preference too wide for its column', '192.168.0.2              0 4294967295      0 i', {metric: undefined, localPref: undefined, weight: undefined, origin: 'i'}],
  ['confederation and set', '192.168.0.2                   100      0 (65010) 65001 {65002,65003} e', {asPath: '(65010) 65001 {65002,65003}', origin: 'e'}],
] as const)('second line: %s', (_, attributes, expected) => {
  expect(rows(read(table + route('*> ', mac, attributes) + '\nDisplayed 1 prefixes (1 paths)\n').table)).toMatchObject([expected]);
});

test('an IPv6 next hop pushes the numbers to a line of their own', () => {
  const text = table + route('*> ', mac, '2001:db8:0:1::1001\n                                             0    100      0 i') + route('*> ', mac.replace('0a]', '0b]')) + '\nDisplayed 2 prefixes (2 paths)\n';
  const {table: t, warnings} = read(text);
  expect(warnings).toEqual([]);
  expect(rows(t)).toMatchObject([{nextHop: '2001:db8:0:1::1001', metric: 0, localPref: 100, weight: 0, rts: ['65000:2']}, {nextHop: '192.168.0.2', localPref: 100}]);
});

test.each([
  ['no communities', '', {rts: [], vni: undefined, mobility: undefined, communities: ''}],
  ['mobility', 'RT:65000:2 ET:8 MM:7', {rts: ['65000:2'], vni: 2, mobility: 7, sticky: false}],
  ['sticky', 'ET:8 RT:65000:2 MM:3, sticky MAC', {mobility: 3, sticky: true}],
  ['two RTs that disagree: no VNI', 'RT:65000:2 RT:65000:4000 ET:8', {rts: ['65000:2', '65000:4000'], vni: undefined}],
  ['two RTs that agree', 'RT:65000:2 RT:65001:2 ET:8', {vni: 2}],
] as const)('third line: %s', (_, communities, expected) => {
  const {table: t} = read(table + route('*> ', mac, undefined, communities) + route('*> ', mac.replace('0a]', '0b]')) + '\nDisplayed 2 prefixes (2 paths)\n');
  expect(rows(t)).toMatchObject([expected, {rts: ['65000:2']}]);
});

test.each([
  ['[2]:[0]:[48]:[02:00:ac:11:02:0a]:[128]:[2001:db8::a]', {type: 2, mac: '02:00:ac:11:02:0a', ip: '2001:db8::a'}],
  ['[2]:[100]:[48]:[02:00:ac:11:02:0a]:[32]:[172.17.2.10]', {type: 2, ethTag: 100, ip: '172.17.2.10'}],
  ['[3]:[0]:[128]:[2001:db8::1]', {type: 3, ip: '2001:db8::1', mac: undefined}],
  ['[5]:[0]:[24]:[172.17.9.0]', {type: 5, ip: '172.17.9.0/24'}],
  ['[1]:[200]:[01:aa:bb:cc:dd:ee:ff:00:64:00]:[32]:[0.0.0.0]:[0]', {type: 1, ethTag: 200}],
  ['[1]:[01:aa:bb:cc:dd:ee:ff:00:64:00]:[200]:[32]:[0.0.0.0]', {type: 1, ethTag: 200}],
  ['[4]:[01:aa:bb:cc:dd:ee:ff:00:64:00]:[32]:[192.168.0.4]', {type: 4, ip: '192.168.0.4'}],
] as const)('prefix %s', (prefix, expected) => {
  expect(rows(read(table + route('*> ', prefix) + '\nDisplayed 1 prefixes (1 paths)\n').table)).toMatchObject([{...expected, prefix}]);
});

describe('what is not a whole table', () => {
  test('cut off: the rows that are there, and a warning', () => {
    const text = table + route('*>i', mac) + route('*>i', mac.replace('0a]', '0b]'));
    const {table: t, warnings} = read(text);
    expect(t.length).toBe(2);
    expect(warnings).toEqual(['the table ended before its footer: it is not complete']);
    expect(read(text.slice(0, -90)).warnings).toHaveLength(2);
  });
  test('rows that cannot be read are counted, not guessed', () => {
    const {table: t, warnings} = read(table + route('*>i', '[2]:[0]:[48]:[02:00:ac:\x1b[31m1:02:0a]') + route('*>i', '[9]:[0]:[32]:[192.0.2.1]') + route('*>i', mac) + '\nDisplayed 1 prefixes (1 paths)\n');
    expect(rows(t).map((r) => r.prefix)).toEqual([mac]);
    expect(warnings).toEqual(['2 lines of the table could not be read']);
  });
  test('a line without end neither grows memory nor hides what follows', () => {
    const parser = new RouteParser();
    parser.feed(Buffer.from(table));
    for (let i = 0; i < 300; i++) parser.feed(Buffer.alloc(65536, 'x'));
    parser.feed(Buffer.from('\n' + route('*>i', mac) + '\nDisplayed 1 prefixes (1 paths)\n'));
    const {columns} = parser.finish();
    expect([columns.length, columns.skipped, columns.complete]).toEqual([1, 1, true]);
  });
  test.each([
    ['', 'not-configured'], ['% BGP instance not found\n', 'not-configured'], ['VNI not found\n', 'not-configured'],
    ['% Unknown command: show bgp l2vpn evpn route type 9\n', 'unsupported'], ['Segmentation fault\n', 'garbled'], ['{"a":1}', 'garbled'],
  ])('%j: %s', (text, kind) => expect(parseRoutesText(text)).toMatchObject({ok: false, problem: {kind}}));
  test('an empty table is a value', () => expect(parseRoutesText('No EVPN prefixes (of requested type) exist\n')).toEqual({ok: true, value: []}));
});

describe('select', () => {
  const synthetic = syntheticRoutes(5000);
  const big = read(routesAsText(synthetic)).table;
  const all = rows(big);

  test('the table is the routes that were printed', () => {
    expect([big.length, big.prefixes]).toEqual([5000, 5000]);
    expect(all.map((r) => [r.rd, r.mac, r.ip, r.nextHop, r.vni])).toEqual(synthetic.map((s) => [s.rd, s.mac, s.ip, s.vtep, s.vni]));
    expect(big.idAt(7)).toBe(`${all[7]!.rd} ${all[7]!.prefix} ${all[7]!.nextHop}`);
    expect(new Set(all.map((_, i) => big.idAt(i))).size).toBe(5000);
    for (const outside of [-1, 5000, 0.5, NaN]) expect(() => big.at(outside)).toThrow(RangeError);
  });

  const one = all[2345]!;
  const has = (r: EvpnRoute, text: string): boolean => [r.rd, r.prefix, r.nextHop, r.communities].some((field) => field.toLowerCase().includes(text.toLowerCase()));
  test.each([
    ['all', {}, () => true],
    ['type', {type: 2}, (r: EvpnRoute) => r.type === 2],
    ['no such type', {type: 3}, () => false],
    ['VNI', {vni: 3}, (r: EvpnRoute) => r.vni === 3],
    ['RD', {rd: one.rd}, (r: EvpnRoute) => r.rd === one.rd],
    ['MAC, upper case', {mac: one.mac!.toUpperCase()}, (r: EvpnRoute) => r.mac === one.mac],
    ['text in the prefix', {text: ':0a]'}, (r: EvpnRoute) => has(r, ':0a]')],
    ['text in the next hop', {text: one.nextHop}, (r: EvpnRoute) => has(r, one.nextHop)],
    ['text in the communities', {text: 'rt:65000:3'}, (r: EvpnRoute) => has(r, 'rt:65000:3')],
    ['text across two prefixes', {text: ']\n['}, () => false],
    ['all at once', {type: 2, vni: one.vni!, rd: one.rd, mac: one.mac!, text: 'ET:8'}, (r: EvpnRoute) => r.mac === one.mac],
  ] as const)('by %s finds what a plain search finds', (_, filter, test1) => {
    const expected = all.flatMap((r, i) => (test1(r) ? [i] : []));
    expect([...big.select(filter)]).toEqual(expected);
    expect([...tableOf(all).select(filter)]).toEqual(expected);
  });

  test('a narrowed table is a table of its own', () => {
    const some = narrowed(big, big.select({rd: one.rd}));
    expect(rows(some)).toEqual(all.filter((r) => r.rd === one.rd));
    expect(some.prefixes).toBe(some.length);
    expect([...some.select({mac: one.mac!})].map((i) => some.at(i))).toEqual([one]);
    expect(() => some.at(some.length)).toThrow(RangeError);
  });
});
