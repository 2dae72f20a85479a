/** What a screen shows of a long text, and of the object under the cursor: nothing cut that cannot be read elsewhere. */
import {afterEach, describe, expect, it} from 'vitest';
import {wrapPlan} from '../../src/components/wrap.ts';
import {detailLines, wrapValues} from '../../src/screens/detail.ts';
import type {DetailItem} from '../../src/screens/detail-items.ts';
import {copyHere, valueHere} from '../../src/screens/copy.ts';
import type {Control} from '../../src/screens/control.ts';
import type {Finding} from '../../src/model/finding.ts';
import {findingItems} from '../../src/screens/finding-items.ts';
import {FakeSource, routeTable, start} from './fake-source.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys} from './terminal.ts';

afterEach(closeAll);

const plain = {colour: false, attributes: false, unicode: true};
const rule = '-A DNAT4 -d 203.0.113.201/32 -j DNAT --to-destination 172.17.2.2';
const items: readonly DetailItem[] = [
  {kind: 'line', id: 'a', name: 'rule', value: {text: rule}, stamp: {source: 'vr', probe: 'nf.firewall', at: start, staleAt: start + 60_000}},
  {kind: 'line', id: 'b', name: 'state', value: {text: 'ok'}, stamp: {source: 'kvm_ncalifornia', probe: 'host.identity', at: start, staleAt: start + 60_000}},
];

describe('a value', () => {
  it('that is longer than its line goes on below, whole, at every width', () => {
    for (let width = 60; width <= 200; width += 7) {
      const wrapped = wrapValues(items, width, start);
      const lines = detailLines(wrapped, 0, -1, width, wrapped.length, start, plain);
      expect(lines.every((line) => line.length === width)).toBe(true);
      expect(wrapped.map((item) => (item.kind === 'line' && item.value.text === rule ? (item.part ?? rule) : '')).join(' ').trim()).toBe(rule);
      for (const part of wrapped) if (part.kind === 'line' && part.part) expect(lines.join('\n')).toContain(part.part);
      expect(new Set(wrapped.map(({id}) => id)).size).toBe(wrapped.length);
    }
  });
  it('is copied whole from any of its lines', () => {
    const [, second] = wrapValues(items, 60, start);
    const control = {view: {kind: 'detail', ref: {}}, cursor: () => ({id: second?.id}), detail: () => wrapValues(items, 60, start)} as unknown as Control;
    expect(second?.id).toBe('a+1');
    expect(valueHere(control)).toBe(rule);
  });
  it('that is short leaves its origin the room that it needs', () => {
    expect(detailLines(items, 1, -1, 80, 1, start, plain)[0]).toContain('kvm_ncalifornia host.identity');
  });
});

describe('a remedy', () => {
  const script = `wg set wg0 peer ${'A'.repeat(43)}= remove\nwg set wg0 peer ${'q'.repeat(43)}= allowed-ips 192.168.0.3/32,fd00::3/128`;
  const says = `the peer of ingress on kvm2 has a key that no host of this fabric has: ${'its tunnel carries nothing, '.repeat(6)}whatever else is right`;
  const finding: Finding = {
    id: 'wireguard.key@kvm2', check: 'wireguard.key', family: 'wireguard', outcome: 'fail', says, since: start - 5000, evidence: [], missing: [], breaks: [], needs: [], symptoms: [],
    subject: {id: 'kvm2', label: 'kvm2', hosts: ['kvm2'], rows: []}, remedy: {text: 'Put the right key in its place.', command: {host: 'kvm2', script}, action: {id: 'link.up', params: {host: 'kvm2', device: 'wg0'}}},
  };
  it.each([60, 80, 120])('at %i columns is copied as it is typed from any of its lines, and a sentence whole', (columns) => {
    const lines = findingItems({finding, path: []}, new FakeSource().current(), columns - 1, start);
    const copied = (holds: (text: string) => boolean): ReadonlySet<string | undefined> => new Set(lines.filter((line) => line.kind === 'text' && holds(line.text)).map(({id}) => valueHere({view: {kind: 'finding', id: finding.id}, cursor: () => ({id}), findingDetail: () => lines} as unknown as Control)));
    expect(copied((text) => /kvm2#|AAA|qqq|allowed-ips/.test(text))).toEqual(new Set([script]));
    expect(copied((text) => text.includes('tunnel'))).toEqual(new Set([says]));
    expect(copied((text) => text.includes('link.up'))).toEqual(new Set(['link.up host=kvm2 device=wg0']));
  });
  it('of several lines is said to be of several lines, on one', () => {
    const said: string[] = [];
    copyHere({view: {kind: 'finding', id: 'x'}, cursor: () => ({id: '1'}), findingDetail: () => [{kind: 'text', id: '1', text: 'kvm2# wg', tone: 'accent', whole: script}], parts: {copy: () => undefined}, say: (text: string) => said.push(text)} as unknown as Control);
    expect(said).toEqual([expect.stringMatching(/^copied, 2 lines .*: wg set wg0 peer A+…$/)]);
  });
});

describe('a plan', () => {
  const sent = `       ip link set dev wg0 up; ${'x'.repeat(40)} ${'y'.repeat(40)}`;
  it.each([60, 77, 120])('at %i columns breaks prose between words and what is sent nowhere but at the edge', (width) => {
    const condition = '  ok   a system datastore is in the cluster: system, not shared: the disks are copied, which takes as long as they are large';
    const lines = wrapPlan(condition, width);
    expect(lines.every((line) => line.length <= width)).toBe(true);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(condition.trim());
    expect(lines.slice(1).every((line) => /^ {7}\S/.test(line))).toBe(true);
    expect(wrapPlan(sent, width).join('')).toBe(sent);
    expect(wrapPlan('Preflight', width)).toEqual(['Preflight']);
  });
});

describe('the routes of a MAC', () => {
  it('are read first, and then only its own are shown', async () => {
    const {terminal, source} = await openConsole({initial: {kind: 'table', resource: 'macs'}});
    source.cost = {paths: 4, heavy: false, sentence: '4 paths'};
    const table = routeTable(50);
    source.read = async () => ({ok: true, table, at: start, command: 'c', tookMs: 1});
    await terminal.press(keys.enter, 'G');
    while (!(terminal.lines().find((line) => line.startsWith('▸')) ?? '').includes('Type-2 routes')) await terminal.press('k');
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('Read EVPN routes');
    await terminal.press(keys.enter);
    await terminal.until((screen) => screen.includes('filter mac:'), 'the routes of that MAC');
    expect(terminal.screen()).not.toContain('is not known');
  });
});

describe('the lower half of Overview', () => {
  it('tells more of what the cursor is on: the rows of a layer', async () => {
    const {terminal} = await openConsole({columns: 120, rows: 50});
    await terminal.press('j', 'j');
    expect(terminal.screen()).toMatch(/── BGP ──+/);
    expect(terminal.screen()).toContain('NEIGHBOR');
    await terminal.press('k');
    expect(terminal.screen()).toMatch(/── WireGuard ──+/);
    expect(terminal.screen()).toContain('HANDSHAKE');
  });
  it('has no place at 24 lines', async () => {
    const {terminal} = await openConsole();
    expect(terminal.screen()).not.toContain('── ');
  });
});
