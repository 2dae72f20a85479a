/** Traces as text and as JSON: marks, words, widths, and the schema. */
import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {describe, expect, it} from 'vitest';
import {exitOf} from '../../../src/cli/trace.ts';
import {exitCode} from '../../../src/cli/exit.ts';
import {documentOf} from '../../../src/cli/output/document.ts';
import {traceJson} from '../../../src/cli/output/trace-json.ts';
import {traceText} from '../../../src/cli/output/trace-text.ts';
import {probesJson} from '../../../src/cli/trace-probe.ts';
import type {Trace} from '../../../src/model/trace.ts';
import {plainLines, traceLines} from '../../../src/trace/lines.ts';
import {judge} from '../../../src/trace/probe.ts';
import {traceFabric} from '../../../src/trace/trace.ts';
import {fabricWith, reads, unread, type Edit} from '../checks/recorded.ts';

function traced(...edits: readonly Edit[]): {readonly trace: Trace; readonly now: number; readonly fabric: ReturnType<typeof fabricWith>['fabric']} {
  const {fabric, now} = fabricWith(...edits);
  const result = traceFabric(fabric, now, 'vm1', 'vm2');
  if (!result.ok) throw new Error(result.says);
  return {trace: result.trace, now, fabric};
}
const wg0 = (change: object): Edit => reads('kvm1', 'ip.links', (links) => links.map((link) => (link.name === 'wg0' ? {...link, ...change} : link)));
const states = {healthy: [], limited: [wg0({mtu: 1280})], broken: [wg0({up: false, flags: []})], dark: [unread('kvm2', 'wg.interfaces')]} as const;
const textOf = ({trace, now}: ReturnType<typeof traced>): string => plainLines(traceLines(trace, now));

describe('lines', () => {
  it('mark every hop, in words as well', () => {
    expect(textOf(traced(...states.healthy))).not.toMatch(/^ {2}[X!?] /m);
    expect(textOf(traced(...states.broken))).toMatch(/^ {2}X wireguard kvm1 wg0 +BREAKS: wg0 of kvm1 is down$/m);
    expect(textOf(traced(...states.limited))).toMatch(/^ {2}! wireguard kvm1 wg0 +LIMITS: .*\(limits to 1230 B\)$/m);
    expect(textOf(traced(...states.dark))).toMatch(/^ {2}\? wireguard kvm\d wg0 +UNKNOWN: /m);
    expect(textOf(traced(...states.dark))).toMatch(/Not read:\n {2}kvm2 wg\.interfaces: never read/);
  });
  it('show what was read where something is wrong, all of it when asked, none when not', () => {
    const {trace, now} = traced(...states.broken);
    const evidence = (which: 'all' | 'broken' | 'none'): number => traceLines(trace, now, {evidence: which}).filter(({kind}) => kind === 'evidence').length;
    expect(evidence('none')).toBe(0);
    expect(evidence('broken')).toBeGreaterThan(0);
    expect(evidence('all')).toBeGreaterThan(evidence('broken'));
  });
  it('name their hop, for a cursor', () => {
    const {trace, now} = traced();
    const hops = traceLines(trace, now).filter(({kind}) => kind === 'hop');
    expect(hops.map(({hop}) => `${hop?.leg} ${hop?.index}`)).toEqual([...trace.there.hops.map((_, i) => `there ${i}`), ...trace.back.hops.map((_, i) => `back ${i}`)]);
  });
  it.each([80, 120])('keep mark, kind and place within the first half of %i columns, so that a terminal may cut or wrap the rest', (columns) => {
    for (const line of traceLines(traced().trace, 0)) if (line.kind === 'hop') {
      const before = line.spans.slice(0, 3).map(({text}) => text).join('').trimEnd();
      expect(line.indent + before.length, before).toBeLessThan(columns / 2);
    }
  });
  it('are the same words with colours and without', () => {
    const {trace, now} = traced(...states.broken);
    const colored = traceText(traceLines(trace, now), true);
    expect(colored).toContain('\u001b[31;1m');
    expect(colored.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(textOf({trace, now, fabric: traced().fabric}));
  });
});

describe('exit codes', () => {
  it.each([['healthy', exitCode.ok], ['limited', exitCode.wrong], ['broken', exitCode.wrong], ['dark', exitCode.unread]] as const)('%s: %i', (state, code) => {
    expect(exitOf(traced(...states[state]).trace)).toBe(code);
  });
  it('what a ping contradicts is not known', () => {
    const contradicted = judge({host: 'kvm1', command: 'ping', tests: 'underlay', expected: 'yes'}, {stdout: '3 packets transmitted, 0 received', stderr: ''});
    expect(exitOf(traced().trace, [contradicted])).toBe(exitCode.unread);
    expect(exitOf(traced(...states.broken).trace, [contradicted])).toBe(exitCode.wrong);
  });
});

describe('JSON', () => {
  const validate = new Ajv2020({strict: false}).compile(JSON.parse(readFileSync(new URL('../../../docs/schema/trace.schema.json', import.meta.url), 'utf8')) as object);
  const result = judge({host: 'kvm1', command: 'ping', tests: 'underlay', expected: 'yes'}, {problem: 'unreachable: x'});
  it.each(Object.keys(states) as (keyof typeof states)[])('%s is as the schema says, with probes and without', (state) => {
    const {trace, fabric} = traced(...states[state]);
    for (const more of [{}, {probes: probesJson([result])}]) {
      const document: unknown = JSON.parse(JSON.stringify(documentOf('trace', fabric, {trace: traceJson(trace), ...more})));
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    }
  });
  it('and the schema refuses what is not', () => {
    const {trace, fabric} = traced();
    const document = JSON.parse(JSON.stringify(documentOf('trace', fabric, {trace: {...traceJson(trace), reaches: 'perhaps'}}))) as unknown;
    expect(validate(document)).toBe(false);
  });
});
