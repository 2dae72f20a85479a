/** Findings on the screens: the list, its pane, Overview, marks on rows, events. The doctor is told what to say. */
import {afterEach, describe, expect, it} from 'vitest';
import type {Diagnosis, Finding} from '../../src/model/finding.ts';
import {bounded, startDiagnosing} from '../../src/screens/diagnosing.ts';
import {doctorInThread} from '../../src/screens/doctor.ts';
import {createDiagnoser} from '../../src/checks/diagnose.ts';
import {healthyHosts} from '../unit/fabric/readings.ts';
import {FakeSource, start, without} from './fake-source.ts';
import {allPass, closeAll, openConsole, saying} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const finding = (id: string, outcome: Finding['outcome'], says: string, more: Partial<Finding> = {}): Finding => ({
  id, check: id.split('@')[0] ?? '', family: 'wireguard', outcome, says, since: start - 65_000, evidence: [], remedy: undefined, missing: [], breaks: [], needs: [], symptoms: [],
  subject: {id: 'kvm2', label: 'wg0 of kvm2', hosts: ['kvm2'], rows: [{resource: 'hosts', id: 'kvm2'}]}, ...more,
});
const session = finding('bgp.session@ingress|kvm2', 'fail', 'the session to kvm2 is not established', {family: 'bgp', subject: {id: 'x', label: 'session', hosts: ['kvm2'], rows: [{resource: 'bgp', id: 'ingress>192.168.0.3'}]}});
const cause = finding('wireguard.interface@kvm2', 'fail', 'wg0 of kvm2 is down', {
  symptoms: [session],
  evidence: [{text: 'flags POINTOPOINT,NOARP (not UP)', stamp: {source: 'kvm2', probe: 'ip.links', at: start - 3000, staleAt: start + 30_000}}],
  remedy: {text: 'Take wg0 up.', command: {host: 'kvm2', script: 'ip link set dev wg0 up'}, action: {id: 'link.up', params: {host: 'kvm2', device: 'wg0'}}},
});
const warning = finding('mtu.device@kvm1', 'warn', 'the MTU of wg0.2 is small', {family: 'mtu', subject: {id: 'kvm1', label: 'wg0.2 on kvm1', hosts: ['kvm1'], rows: [{resource: 'hosts', id: 'kvm1'}]}});
const unknowns = Array.from({length: 5}, (_, i) => finding(`fdb.location@${i}`, 'unknown', `lacks reading ${i}`, {family: 'fdb', missing: [{source: 'kvm1', probe: 'bridge.fdb', why: 'never read'}], subject: {id: `${i}`, label: `MAC ${i}`, hosts: [], rows: []}}));
const of = (...causes: readonly Finding[]): Diagnosis => ({...allPass, causes});

const open = async (diagnosis: Diagnosis, more: Partial<Parameters<typeof openConsole>[0]> = {}) => openConsole({doctor: saying(() => diagnosis), initial: {kind: 'list', list: 'findings'}, ...more});
const line = (terminal: Terminal, text: string): string | undefined => terminal.lines().find((one) => one.includes(text));

describe('the list of findings', () => {
  it('folds symptoms under their cause, shows and folds them', async () => {
    const {terminal} = await open(of(cause, warning));
    await terminal.until((screen) => screen.includes('wg0 of kvm2 is down'), 'the cause');
    expect(line(terminal, '▸')).toMatch(/FAIL\s+\+1\s.*wg0 of kvm2 is down\s.*1m05s/);
    expect(terminal.lines().slice(0, 9).join('\n')).not.toContain('the session to kvm2');
    await terminal.press(keys.right);
    expect(terminal.lines().slice(0, 9).join('\n')).toMatch(/└ the session to kvm2/);
    await terminal.press('j', keys.left);
    expect(line(terminal, '▸')).toContain('wg0 of kvm2 is down');
    await terminal.press(keys.left);
    expect(terminal.lines().slice(0, 9).join('\n')).not.toContain('the session to kvm2');
  });
  it('shows evidence with its age and origin, the remedy verbatim, and what is explained', async () => {
    const {terminal} = await open(of(cause), {columns: 120, rows: 40});
    const screen = await terminal.until((text) => text.includes('What was read'), 'the pane');
    expect(screen).toContain('flags POINTOPOINT,NOARP (not UP)');
    expect(screen).toContain('3s ago, kvm2 ip.links');
    expect(screen).toContain('kvm2# ip link set dev wg0 up');
    expect(screen).toMatch(/Explains 1\s*\n.*the session to kvm2 is not established/);
  });
  it('groups what could not be checked at the end, folded', async () => {
    const {terminal} = await open(of(cause, ...unknowns));
    await terminal.until((screen) => screen.includes('5 could not be checked'), 'the group');
    expect(terminal.screen()).not.toContain('lacks reading');
    await terminal.press('G', keys.right);
    expect(terminal.screen()).toContain('lacks reading 0');
  });
  it('shows at its end what is only suspected so far, and for how long; it marks and counts nothing', async () => {
    const suspect = {...warning, check: 'mobility.placement', since: start - 3000};
    const {terminal} = await open({...of(cause), suspected: [suspect]});
    await terminal.until((screen) => screen.includes('wg0 of kvm2 is down'), 'the cause');
    await terminal.press('G');
    expect(line(terminal, '▸')).toMatch(/wait .*the MTU of wg0.2 is small .*3s of 20s/);
    expect(terminal.lines()[0]).not.toContain('▲');
    await terminal.press('i');
    expect(terminal.screen()).toContain('WARN mobility.placement');
    await terminal.press('2');
    expect(line(terminal, ' kvm1 ')).toMatch(/^..[ ●] kvm1/);
  });
  it('goes to the object with Enter and to all about it with i', async () => {
    const {terminal} = await open(of(cause));
    await terminal.until((screen) => screen.includes('wg0 of kvm2 is down'), 'the cause');
    await terminal.press(keys.enter);
    expect(terminal.lines()[1]).toContain('Host kvm2');
    expect(terminal.screen()).toMatch(/Findings \(1\)\s*\n.*FAIL wg0 of kvm2 is down/);
    await terminal.esc();
    await terminal.press('i', 'G');
    expect(terminal.lines()[1]).toContain('Finding');
  });
  it('filters symptoms too, and clears the filter', async () => {
    const {terminal} = await open(of(cause, warning));
    await terminal.until((screen) => screen.includes('MTU'), 'both');
    await terminal.press('/', ...'session');
    expect(line(terminal, '▸')).toContain('the session to kvm2');
    expect(terminal.lines().slice(0, 9).join('\n')).not.toContain('the MTU');
    await terminal.esc();
    expect(terminal.screen()).toContain('the MTU of wg0.2');
  });
  it('says that all passes only when something was checked', async () => {
    const {terminal} = await open({...allPass});
    await terminal.until((screen) => screen.includes('nothing but passes: 1 check, 2 subjects'), 'all passes');
    const {terminal: waiting} = await open({...allPass, counts: {'bgp.session': {pass: 1, warn: 0, fail: 0, unknown: 1}}});
    await waiting.until((screen) => screen.includes('1 of 2 subjects does not pass yet'), 'what is waited for');
    const {terminal: blind} = await open({...allPass, counts: {'bgp.session': {pass: 0, warn: 0, fail: 0, unknown: 0}}});
    await blind.until((screen) => screen.includes('could not check anything'), 'nothing was checked');
    const {terminal: early} = await openConsole({doctor: {judge: () => new Promise(() => undefined), close: () => undefined}, initial: {kind: 'list', list: 'findings'}});
    expect(early.screen()).toContain('not judged yet');
    const {terminal: failing} = await openConsole({doctor: {judge: async () => { throw new Error('out of order'); }, close: () => undefined}, initial: {kind: 'list', list: 'findings'}});
    await failing.until((screen) => screen.includes('the diagnosis failed: out of order'), 'why there is none');
  });
});

describe('findings elsewhere', () => {
  it('Overview begins with the causes; its layers count them; Enter opens them in the list', async () => {
    const {terminal} = await openConsole({doctor: saying(() => of(cause, warning)), columns: 120, rows: 40});
    await terminal.until((screen) => screen.includes('1 fail, 1 warn'), 'the causes');
    expect(terminal.lines()[3]).toMatch(/✗ FAIL wg0 of kvm2 is down .*explains 1/);
    expect(line(terminal, ' WireGuard ')).toContain('✗1');
    expect(line(terminal, ' Networks ')).toContain('▲1');
    await terminal.press('g', 'j', keys.enter);
    expect(terminal.lines()[1]).toContain('[findings]');
    expect(line(terminal, '▸')).toContain('the MTU of wg0.2');
  });
  it('counts causes on every screen and marks the rows concerned', async () => {
    const {terminal} = await openConsole({doctor: saying(() => of(cause, warning)), initial: {kind: 'table', resource: 'hosts'}});
    await terminal.until((screen) => screen.includes('✗1 ▲1'), 'the count');
    expect(line(terminal, ' kvm2 ')).toMatch(/^ .✗ kvm2/);
    expect(line(terminal, ' kvm1 ')).toMatch(/^ .▲ kvm1/);
    expect(line(terminal, ' ingress ')).toMatch(/^▸.  ingress/);
    await terminal.press('G', 'k', 'i');
    expect(terminal.screen()).toContain('ip link set dev wg0 up');
  });
  it('what several checks lack is said once, on the row and under its cause', async () => {
    const lacking = ['fdb.remote', 'fdb.local', 'fdb.flood'].map((check) => finding(`${check}@kvm2`, 'unknown', 'MAC tables of kvm2: not known', {family: 'fdb', missing: [{source: 'kvm2', probe: 'frr.macs', why: 'never read'}]}));
    const {terminal} = await openConsole({doctor: saying(() => of({...cause, symptoms: lacking})), initial: {kind: 'detail', ref: {resource: 'hosts', id: 'kvm2', label: 'kvm2'}}});
    const once = (screen: string) => expect(screen.match(/.*MAC tables of kvm2: not known/g)).toEqual([expect.stringContaining('? (3 checks) MAC')]);
    once(await terminal.until((screen) => screen.includes('Findings (4)'), 'what was found'));
    await terminal.press('i');
    once(await terminal.until((screen) => screen.includes('Explains 3'), 'all about the cause'));
  });
  it('the cursor stays where it is while the finding grows older', async () => {
    let now = start;
    const source = new FakeSource();
    const {terminal} = await openConsole({source, now: () => now, doctor: saying(() => of(cause)), initial: {kind: 'finding', id: cause.id}});
    await terminal.until((screen) => screen.includes('since') && screen.includes('1m05s'), 'the finding');
    await terminal.press('k');
    now += 10_000;
    source.put(healthyHosts());
    expect(await terminal.until((screen) => screen.includes('1m15s'), 'ten seconds later')).not.toContain('is gone');
  });
  it('tells what was raised and cleared, with times', async () => {
    let diagnosis = of(cause);
    const source = new FakeSource();
    const {terminal} = await openConsole({source, doctor: saying(() => diagnosis), initial: {kind: 'list', list: 'events'}});
    await terminal.until((screen) => screen.includes('raised'), 'what was raised');
    diagnosis = of(warning);
    source.put(healthyHosts());
    await terminal.until((screen) => screen.includes('cleared'), 'what was cleared');
    expect(line(terminal, 'cleared')).toMatch(/\d\d:\d\d:\d\d\s+cleared\s+FAIL\s+wg0 of kvm2 is down/);
    expect(line(terminal, 'the MTU')).toContain('raised');
  });
  it('the cursor on a finding that goes is on nothing: it says which, and never an internal name; ↓ goes to the next', async () => {
    let diagnosis = of(cause, warning);
    const {terminal, source} = await open(diagnosis, {doctor: saying(() => diagnosis), columns: 120});
    await terminal.until((screen) => screen.includes('wg0 of kvm2 is down'), 'the cause');
    await terminal.press('g');
    diagnosis = of(warning);
    source.put(healthyHosts());
    const screen = await terminal.until((text) => text.includes('what the cursor was on'), 'that it is gone');
    expect(screen).toContain('what the cursor was on is cleared: ↓ goes to the next (wg0 of kvm2 is down)');
    expect(screen).not.toContain(cause.id);
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('what the cursor was on is cleared (wg0 of kvm2 is down): nothing was opened');
    await terminal.press('f');
    expect(terminal.screen()).toContain('↓ goes to the next (wg0 of kvm2 is down)');
    await terminal.press(keys.down);
    expect(line(terminal, '▸')).toContain('the MTU of wg0.2');
  });
  it('the cursor on the group of what could not be checked says so when there is none any more', async () => {
    let diagnosis = of(...unknowns);
    const {terminal, source} = await open(diagnosis, {doctor: saying(() => diagnosis)});
    await terminal.until((screen) => screen.includes('5 could not be checked'), 'the group');
    await terminal.press('g');
    diagnosis = of(warning);
    source.put(healthyHosts());
    const screen = await terminal.until((text) => text.includes('no group any more'), 'that there is none');
    expect(screen).toContain('what could not be checked is no group any more: ↓ goes to the next');
    expect(screen).not.toContain('# unknown');
  });
  it('what was told and cannot be read now stays in sight as ?, beside the group; Events says "not known", and nothing green', async () => {
    let diagnosis = of(cause);
    const {terminal, source} = await open(diagnosis, {doctor: saying(() => diagnosis)});
    await terminal.until((screen) => screen.includes('wg0 of kvm2 is down'), 'the cause');
    diagnosis = of({...cause, outcome: 'unknown', says: 'not known now, was FAIL: wg0 of kvm2 is down', known: {outcome: 'fail', says: cause.says}, symptoms: []}, ...unknowns);
    source.put(healthyHosts());
    const screen = await terminal.until((text) => text.includes('was FAIL'), 'that it is not known');
    expect(screen).toContain('5 could not be checked');
    await terminal.press(':', ...'events', keys.enter);
    expect(await terminal.until((text) => text.includes('not known'), 'the event')).not.toContain('cleared');
    expect(line(terminal, ' not known ')).toMatch(/\? .*not known\s+FAIL\s+wg0 of kvm2 is down/);
  });
  it('stands still while the display is frozen', async () => {
    let diagnosis = of(cause);
    const source = new FakeSource();
    const {terminal} = await openConsole({source, doctor: saying(() => diagnosis), initial: {kind: 'table', resource: 'hosts'}});
    await terminal.until((screen) => screen.includes('✗1'), 'the count');
    await terminal.press('p');
    diagnosis = of(warning);
    let passes = 0;
    const stop = startDiagnosing({source, doctor: {judge: async () => bounded(diagnosis), close: () => undefined}, now: () => start, told: () => passes++, failed: () => undefined});
    await terminal.until(() => passes > 0, 'a pass while frozen');
    stop();
    expect(terminal.lines()[0]).toContain('✗1');
    await terminal.press('p');
    source.put(healthyHosts());
    await terminal.until((screen) => screen.includes('▲1'), 'the newer count');
  });
});

describe('the doctor', () => {
  it('in a thread says what the checks say here, from only what changed', async () => {
    const source = new FakeSource();
    const doctor = doctorInThread({expectVteps: true});
    try {
      for (const hosts of [source.hosts, without(source.hosts, 'kvm1', 'wg.interfaces'), healthyHosts()]) {
        source.put(hosts);
        const now = start + 1000;
        const ids = createDiagnoser()(source.current(), now).causes.map(({id}) => id);
        const there = (await doctor.judge(source.current(), now)).diagnosis.causes.map(({id}) => id);
        expect(there).toEqual(expect.arrayContaining(ids));
      }
    } finally {
      doctor.close();
    }
    await expect(doctor.judge(source.current(), start)).rejects.toThrow('closed');
  });
  it('is bounded: the worst are kept, the others counted', () => {
    const many = of(...Array.from({length: 30}, (_, i) => finding(`wireguard.peer@${i}`, 'fail', `${i}`, {symptoms: [session]})));
    const {diagnosis, causes, left} = bounded(many, 11);
    expect(diagnosis.causes).toHaveLength(6);
    expect(diagnosis.causes.at(-1)?.symptoms).toHaveLength(1);
    expect(causes.fail).toBe(30);
    expect(left).toBe(24);
  });
});
