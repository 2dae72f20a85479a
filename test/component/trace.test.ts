/** Traces on the screen: from a VM, to what is chosen, both directions, as the fabric is now. */
import {afterEach, describe, expect, it} from 'vitest';
import {traceFabric} from '../../src/trace/trace.ts';
import {FakeSource, start, without} from './fake-source.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const cursorLine = (terminal: Terminal): string => terminal.lines().find((line) => line.includes('▸')) ?? '';
const onVms = {initial: {kind: 'table', resource: 'vms'}} as const;

describe('a trace', () => {
  it('begins at a VM; the other end is chosen, and what cannot be it says why', async () => {
    const {terminal, source} = await openConsole({...onVms, columns: 120, rows: 40});
    await terminal.press('t');
    expect(terminal.lines()[1]).toContain('to where?');
    const [first] = source.current().vms;
    expect(terminal.lines()[1]).toContain(first?.vm.name);
    const target = /▸.\s+(\S+)/.exec(cursorLine(terminal))?.[1] ?? '';
    await terminal.press(keys.enter);
    const expected = traceFabric(source.current(), start, String(first?.id), target);
    expect(expected.ok).toBe(true);
    if (!expected.ok) return;
    expect(terminal.screen().replaceAll(/\s+/g, ' ')).toContain(expected.trace.says);
    expect(terminal.screen()).toContain(`${expected.trace.there.from} > ${expected.trace.there.to}`);
    expect(terminal.screen()).toContain('path MTU');
  });
  it('shows both directions side by side where there is room; arrows choose one, Enter goes to a hop', async () => {
    const {terminal} = await openConsole({...onVms, columns: 160, rows: 40});
    await terminal.press('t', keys.enter);
    expect(terminal.lines().some((line) => line.includes('│') && (line.match(/ > /g) ?? []).length === 2)).toBe(true);
    await terminal.press(...Array.from({length: 6}, () => 'j'));
    expect(cursorLine(terminal).indexOf('▸')).toBe(0);
    await terminal.press(keys.right);
    expect(cursorLine(terminal).indexOf('▸')).toBe(80);
    for (let i = 0; i < 12 && terminal.lines()[1]?.includes('Trace '); i++) await terminal.press('j', keys.enter);
    expect(terminal.lines()[1]).not.toContain('Trace ');
  });
  it('is made anew when the fabric is another, and turned round by a key', async () => {
    const source = new FakeSource();
    const {terminal} = await openConsole({...onVms, source, columns: 120, rows: 50});
    await terminal.press('t', keys.enter);
    const before = terminal.screen();
    source.put(without(without(source.hosts, 'kvm1', 'ip.links'), 'kvm2', 'ip.links'));
    await terminal.until((screen) => screen.includes('not everything was read') && screen !== before, 'what is no longer read');
    const [, from, to] = /Trace (.+) > (.+?) {2}/.exec(terminal.lines()[1] ?? '') ?? [];
    await terminal.press('o');
    expect(terminal.lines()[1]).toContain(`Trace ${to} > ${from}`);
  });
  it('says why a row is no end of one', async () => {
    const {terminal} = await openConsole({initial: {kind: 'table', resource: 'wg'}});
    await terminal.press('t');
    expect(terminal.lines().at(-2)).toContain('a trace begins at a VM');
    await terminal.press('v');
    expect(terminal.lines().at(-2)).toContain('evidence is shown by traces');
  });
});
