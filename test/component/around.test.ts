/** What stands around the tables: copies, more columns than fit, titles on narrow terminals, pings of a trace. */
import {afterEach, describe, expect, it} from 'vitest';
import {osc52} from '../../src/screens/copy.ts';
import type {Finding} from '../../src/model/finding.ts';
import type {Probe, ProbeResult} from '../../src/trace/probe.ts';
import {FakeSource, manyHosts, start} from './fake-source.ts';
import {closeAll, openConsole, saying} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const onHosts = {initial: {kind: 'table', resource: 'hosts'}} as const;
const status = (terminal: Terminal): string => terminal.lines().at(-2) ?? '';
const copies = (raw: string): readonly string[] => [...raw.matchAll(/\x1b\]52;c;([A-Za-z0-9+/=]*)\x07/g)].map(([, text]) => Buffer.from(text ?? '', 'base64').toString('utf8'));

describe('c', () => {
  it('copies the id of a row, and the value of a line of its detail; says what', async () => {
    const {terminal} = await openConsole(onHosts);
    await terminal.press('j', 'c');
    expect(copies(terminal.raw()).at(-1)).toBe('kvm1');
    expect(status(terminal)).toContain('copied (as far as the terminal takes it): kvm1');
    await terminal.press(keys.enter);
    for (let i = 0; i < 30 && !terminal.lines().some((line) => /▸\s+AS /.test(line)); i++) await terminal.press('j');
    await terminal.press('c');
    expect(copies(terminal.raw()).at(-1)).toBe('65000');
  });
  it('says that there is nothing to copy where there is nothing', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'routes'}});
    await terminal.press('c');
    expect(status(terminal)).toContain('nothing here to copy');
    expect(copies(terminal.raw())).toEqual([]);
  });
  it('goes through tmux in both ways that it may let', () => {
    expect(osc52('ü', {})).toBe('\x1b]52;c;w7w=\x07');
    expect(osc52('ü', {TMUX: '/x'})).toBe('\x1b]52;c;w7w=\x07\x1bPtmux;\x1b\x1b]52;c;w7w=\x07\x1b\\');
  });
});

describe('what does not fit', () => {
  it('of a table is behind >: every column is on a page, the name of the row on each', async () => {
    const {terminal} = await openConsole(onHosts);
    expect(terminal.lines()[1]).toMatch(/\d more columns: >/);
    const seen = new Set<string>();
    for (let page = 0; page < 9; page++) {
      const heads = (terminal.lines()[2] ?? '').trim().split(/ {1,}/);
      expect(heads[0]).toBe('HOST');
      expect(terminal.lines()[4]).toContain('kvm1');
      heads.forEach((head) => seen.add(head));
      await terminal.press('>');
      if (status(terminal).includes('last columns')) break;
    }
    expect(status(terminal)).toContain('last columns');
    for (const head of ['ROLE', 'ACCESS', 'REGION', 'KERNEL', 'OS', 'PROBLEM']) expect([...seen]).toContain(head);
    await terminal.press(...Array.from({length: 9}, () => '<'));
    expect(status(terminal)).toContain('first columns');
    expect(terminal.lines()[2]).toContain('ACCESS');
  });
  it('of the mesh comes with → and ←, the host of the line stays', async () => {
    const {terminal} = await openConsole({initial: {kind: 'matrix'}, source: new FakeSource(manyHosts(40))});
    const head = (): string => terminal.lines()[2] ?? '';
    await terminal.until((screen) => screen.includes('HEARS'), 'the mesh');
    const first = head();
    const hosts = Number(/(\d+) hosts/.exec(terminal.lines()[1] ?? '')?.[1]);
    if (hosts < 12) return expect(first).toContain('HEARS'); // made-up hosts without tunnels have no mesh
    expect(first).toMatch(/\+\d+ more/);
    await terminal.press(keys.right);
    expect(head()).toContain('< 1 more');
    expect(terminal.lines()[3]).toContain('ingress');
    await terminal.press(keys.left);
    expect(head()).toBe(first);
  });
});

const cause = (id: string, family: Finding['family'], outcome: Finding['outcome']): Finding => ({id, check: `${family}.x`, family, severity: 'major', outcome, subject: {key: id, label: id, rows: [], hosts: []}, says: id, evidence: [], missing: [], remedy: undefined, since: 0, symptoms: []} as unknown as Finding);

describe('the title', () => {
  it.each([[80, ' 3WG✗2 '], [120, ' 3WG✗2 '], [160, ' 3 WireGuard ✗2 ']])('of %i columns names every screen, and counts what is wrong on it', async (columns, expected) => {
    const causes = [cause('a', 'wireguard', 'fail'), cause('b', 'wireguard', 'fail'), cause('c', 'bgp', 'warn')];
    const {terminal} = await openConsole({...onHosts, columns, doctor: saying(() => ({at: start, causes, suspected: [], counts: {}}))});
    await terminal.until((screen) => screen.includes('✗2'), 'the counts');
    const title = terminal.lines()[0] ?? '';
    expect(title.length).toBeLessThanOrEqual(columns);
    if (columns === 120) expect(title).toMatch(/3 ?W.*✗2/);
    else expect(title).toContain(expected);
    for (const name of ['Over', 'Hosts', '4', 'BGP', '▲1', 'Net', 'VM', 'NAT', 'Find', 'Trac']) expect(title).toContain(name);
  });
});

describe('pings of a trace', () => {
  const onVms = {initial: {kind: 'table', resource: 'vms'}} as const;
  it('are shown and asked about; only after y they are sent, and answers stand in the trace', async () => {
    const sent: (readonly Probe[])[] = [];
    const answer = Promise.withResolvers<readonly ProbeResult[]>();
    const {terminal} = await openConsole({...onVms, columns: 120, rows: 50, probing: (probes) => { sent.push(probes); return answer.promise; }});
    await terminal.press('t', keys.enter, 'P');
    expect(terminal.screen()).toMatch(/Send (this ping|these \d+ pings)\?/);
    expect(terminal.screen()).toMatch(/kvm\d: ping -n -c 3/);
    await terminal.press('n');
    expect(status(terminal)).toContain('nothing was sent');
    expect(sent).toEqual([]);
    await terminal.press('P', 'y');
    expect(sent).toHaveLength(1);
    expect(terminal.screen()).toContain('ping under way');
    answer.resolve((sent[0] ?? []).map((probe, i) => ({...probe, sent: 3, received: i === 0 ? 0 : 3, verdict: i === 0 ? 'contradicts' : 'agrees', says: i === 0 ? '0 of 3 answered: contradicts the trace' : '3 of 3 answered: agrees with the trace'})));
    await terminal.until((screen) => screen.includes('contradict the trace'), 'the answers');
    expect(terminal.screen()).toContain('X ping: 0 of 3 answered: contradicts the trace');
    expect(terminal.lines()[1]).not.toContain('nothing was sent');
  });
  it('are not offered where none can be sent', async () => {
    const {terminal} = await openConsole({...onVms, columns: 120, rows: 50});
    await terminal.press('P');
    expect(status(terminal)).toContain('pings are held against a trace');
    await terminal.press('t', keys.enter, 'P');
    expect(status(terminal)).toContain('no pings can be sent from this console');
  });
});
