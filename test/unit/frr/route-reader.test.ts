import {describe, expect, test} from 'vitest';
import type {HostReadings} from '../../../src/model/fabric.ts';
import type {ProblemKind} from '../../../src/model/reading.ts';
import {readRoutes} from '../../../src/services/frr/route-reader.ts';
import {parseRoutesJson} from '../../../src/services/frr/routes-json.ts';
import {parseRoutesText} from '../../../src/services/frr/routes-text.ts';
import type {ProbeOutput} from '../../../src/services/probe.ts';
import type {HostSession, Section, SectionResult} from '../../../src/services/session.ts';
import {routesAsText, syntheticRoutes} from '../../../bench/synthetic-routes.ts';
import {fixtures} from './captures.ts';

/** A session that streams a text in small slices of one shared buffer, as ssh2 does. */
function session(text: string, end: Partial<ProbeOutput> | {readonly kind: ProblemKind} = {}): HostSession & {asked: Section[]} {
  const asked: Section[] = [];
  return {
    asked,
    stream: async (section: Section, onChunk: (chunk: Buffer) => void): Promise<SectionResult> => {
      asked.push(section);
      const pool = Buffer.alloc(1000);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += pool.length) {
        const length = bytes.copy(pool, 0, at);
        onChunk(pool.subarray(0, length));
        await Promise.resolve();
      }
      if ('kind' in end) return {id: section.id, ok: false, problem: {kind: end.kind, detail: 'as told'}, tookMs: 1};
      return {id: section.id, ok: true, output: {exit: 0, stdout: '', stderr: '', truncated: false, ...end}, tookMs: 1};
    },
  } as unknown as HostSession & {asked: Section[]};
}
const host: {readings: HostReadings} = {readings: {}};
const captured = (slug: string, version = '8.4.4'): string => fixtures().find((c) => c.version === version && c.state === 'healthy' && c.slug === slug && c.host === '')!.out;

describe('routes through the thread', () => {
  test('a big table arrives whole, its chunks copied before they are reused', async () => {
    const synthetic = syntheticRoutes(3000);
    const read = await readRoutes(session(routesAsText(synthetic)), host, {});
    if (!read.ok) throw new Error(read.problem.detail);
    expect(read.command).toContain("'show bgp l2vpn evpn route'");
    expect(Array.from({length: read.table.length}, (_, i) => read.table.at(i).mac)).toEqual(synthetic.map((s) => s.mac));
  });

  test('a real table is what the parser makes of it', async () => {
    const text = captured('bgp-evpn-route');
    const read = await readRoutes(session(text), host, {});
    if (!read.ok) throw new Error(read.problem.detail);
    const expected = parseRoutesText(text);
    expect(expected.ok && expected.value).toEqual(Array.from({length: read.table.length}, (_, i) => read.table.at(i)));
  });

  test('a wider answer is narrowed to the scope', async () => {
    const read = await readRoutes(session(captured('bgp-evpn-route', '10.3')), host, {vni: 3});
    if (!read.ok) throw new Error(read.problem.detail);
    expect(read.table.length).toBe(9);
    for (let i = 0; i < read.table.length; i++) expect(read.table.at(i).vni).toBe(3);
  });

  test('one RD is asked for and read as JSON', async () => {
    const json = captured('bgp-evpn-route.json');
    const one = session(json);
    const read = await readRoutes(one, host, {rd: '192.168.0.2:2'});
    if (!read.ok) throw new Error(read.problem.detail);
    expect(one.asked[0]!.script).toContain("'show bgp l2vpn evpn route rd 192.168.0.2:2 json'");
    const expected = parseRoutesJson(json);
    expect(read.table.length).toBe(expected.ok && expected.value.length);
  });

  test.each([
    ['bgpd dead', '', {exit: 1, stderr: 'bgpd is not running\n'}, 'not-running'],
    ['hung', '', {exit: 124}, 'timeout'],
    ['no instance', '', {}, 'not-configured'],
    ['no vtysh', '', {exit: 127, stderr: 'vtysh: not found'}, 'not-installed'],
    ['unknown command', '% Unknown command: show bgp l2vpn evpn route\n', {exit: 1}, 'unsupported'],
    ['nonsense', 'Segmentation fault\n', {exit: 0}, 'garbled'],
    ['nonsense and a bad end', 'Segmentation fault\n', {exit: 139}, 'failed'],
    ['too much', 'x', {kind: 'too-big'}, 'too-big'],
    ['connection lost', '', {kind: 'unreachable'}, 'unreachable'],
  ] as const)('%s', async (_, text, end, kind) => {
    expect(await readRoutes(session(text, end), host, {})).toMatchObject({ok: false, problem: {kind}});
  });

  test('what may not be asked is not asked', async () => {
    const one = session('');
    expect(await readRoutes(one, host, {rd: 'all'})).toMatchObject({ok: false, problem: {kind: 'unsupported'}});
    expect(one.asked).toEqual([]);
  });
});
