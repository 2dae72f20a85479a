/** `:` and what is found by it. */
import {afterEach, describe, expect, it} from 'vitest';
import {closeAll, openConsole} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(closeAll);

const status = (terminal: Terminal): string => terminal.lines().at(-2) ?? '';

describe('palette', () => {
  it.each([['kvm1', 'Host kvm1'], ['sess', 'NEIGHBOR'], ['alpine-2', 'VM 2 alpine-2'], ['private', 'Network private'], ['mesh', 'HEARS'], ['nat', 'EXTERNAL']])('goes to %s', async (typed, expected) => {
    const {terminal} = await openConsole();
    await terminal.press(':', typed, keys.enter);
    expect(terminal.screen()).toContain(expected);
  });
  it.each([['172.17.2.11', 'VM 2 alpine-2'], ['203.0.113.201', 'VM 1 alpine-1'], ['192.168.0.3', 'Host kvm2'], ['172.17.2.1', 'VM 3 vr-0']])('goes to what has the address %s', async (typed, expected) => {
    const {terminal} = await openConsole();
    await terminal.press(':', ...typed, keys.enter);
    expect(terminal.lines()[1]).toContain(expected);
  });
  it('quits and helps by the words of other consoles', async () => {
    const {terminal, quits} = await openConsole();
    await terminal.press(':', ...'help', keys.enter);
    expect(terminal.screen()).toContain('Previous screen');
    await terminal.press('?', ':', ...'q', keys.enter);
    expect(quits()).toBe(1);
    await terminal.press(':', ...'quit', keys.enter);
    expect(quits()).toBe(2);
  });
  it('tells what was probably meant', async () => {
    const {terminal} = await openConsole();
    await terminal.press(':', ...'bpg');
    expect(terminal.screen()).toContain('nothing is called bpg; did you mean bgp?');
    await terminal.press(keys.enter);
    expect(status(terminal)).toContain('did you mean bgp?');
  });
  it('offers both what a name is an alias of and the host of that name', async () => {
    const {terminal} = await openConsole();
    await terminal.press(':', 'vr');
    expect(terminal.screen()).toMatch(/▸ vr +VR NAT.*\n +vr +host/);
  });
  it('lists completions, chooses among them, and says when there is none', async () => {
    const {terminal} = await openConsole();
    await terminal.press(':', 'kvm');
    expect(terminal.screen()).toMatch(/▸ kvm1.*\n +kvm2/);
    await terminal.press(keys.down, keys.enter);
    expect(terminal.lines()[1]).toContain('Host kvm2');
    await terminal.press(':', 'zzz', keys.enter);
    expect(status(terminal)).toContain('nothing is called zzz');
  });
});
