/** Changes as a person makes them: questions on a real terminal, and their exit codes. */
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {startEmbedded, type Embedded} from '../embedded.ts';
import {keys, openTerminal, type Terminal} from '../terminal.ts';

const bin = join(import.meta.dirname, '../../../bin/evpn-tui.js');
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
}, 60_000);
afterAll(() => embedded.close());
const open = (args: readonly string[]): Terminal => openTerminal(process.execPath, [bin, ...embedded.args, ...args], {
  columns: 160, rows: 60, env: {HOME: embedded.folder, XDG_CONFIG_HOME: embedded.folder, XDG_CACHE_HOME: embedded.folder, XDG_STATE_HOME: join(embedded.folder, 'state'), ONE_AUTH: embedded.simulator.oneAuth},
});
const run = (args: readonly string[]) => embedded.run(args, {env: {XDG_STATE_HOME: join(embedded.folder, 'state')}});

async function asked(args: readonly string[], question: string, answer: string): Promise<{readonly code: number; readonly text: string}> {
  const terminal = open(args);
  try {
    await terminal.until((text) => text.includes(question), question, 40_000);
    terminal.type(answer);
    const {code} = await terminal.exited;
    return {code, text: terminal.text()};
  } finally {
    await terminal.close();
  }
}

describe('on a terminal', () => {
  it('what is destroyed has to be named', async () => {
    const vms = (): number => embedded.simulator.world.guests.length;
    const before = vms();
    const {code, text} = await asked(['act', 'vm.terminate', 'vm=6'], 'Type db2 to run it:', `y${keys.enter}`);
    expect(text).toContain('not confirmed');
    expect([code, vms()]).toEqual([2, before]);
    expect((await run(['act', 'vm.terminate', 'vm=6', '--yes'])).code).toBe(2);
    expect(vms()).toBe(before);
    expect((await asked(['act', 'vm.terminate', 'vm=6'], 'Type db2 to run it:', `db2${keys.enter}`)).code).toBe(0);
    expect(vms()).toBe(before - 1);
  }, 120_000);
});
