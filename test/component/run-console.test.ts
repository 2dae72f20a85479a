/** A real terminal is given back in every way out: quit, signals, errors. */
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {spawn} from '@lydell/node-pty';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {bundle} from './bundle.ts';

let folder = '';
let script = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
  script = join(folder, 'dev.mjs');
  await bundle(join(import.meta.dirname, 'dev.tsx'), script);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

interface End {
  readonly code: number;
  readonly output: string;
}

/** Runs the console in a pseudo-terminal; once `shown` is on it, `act`; resolves when it has ended. */
function run(way: string, shown: string, act: (pty: ReturnType<typeof spawn>) => void): Promise<End> {
  return new Promise((resolve) => {
    let output = '';
    let acted = false;
    const pty = spawn(process.execPath, [script, way], {cols: 80, rows: 24, env: {...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', CI: '', NO_COLOR: ''}});
    pty.onData((data) => {
      output += data;
      if (acted || !output.includes(shown)) return;
      acted = true;
      act(pty);
    });
    pty.onExit(({exitCode, signal}) => resolve({code: signal ? -signal : exitCode, output}));
  });
}

function expectRestored(output: string): void {
  expect(output.split('\x1b[?1049h').length).toBe(2);
  const left = output.lastIndexOf('\x1b[?1049l');
  expect(left).toBeGreaterThan(output.indexOf('\x1b[?1049h'));
  expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
}

describe('the terminal', () => {
  it.each([['q', 'q'], ['Ctrl-C', '\x03']])('is itself again after %s', async (_name, keys) => {
    const {code, output} = await run('', 'Topology', (pty) => pty.write(keys));
    expect(code).toBe(0);
    expectRestored(output);
    expect(output.indexOf('AFTER THE CONSOLE')).toBeGreaterThan(output.lastIndexOf('\x1b[?1049l'));
  });
  it.each([['SIGTERM', 143], ['SIGHUP', 129], ['SIGINT', 130]])('is itself again after %s, and the exit code is %i', async (signal, expected) => {
    const {code, output} = await run('', 'Topology', (pty) => process.kill(pty.pid, signal as NodeJS.Signals));
    expect(code).toBe(expected);
    expectRestored(output);
  });
  it.each([['throw', 'thrown on purpose', 1], ['reject', 'rejected on purpose', 1], ['source', 'CAUGHT no such context', 3]])('is itself again after an error (%s), which is told', async (way, message, expected) => {
    const {code, output} = await run(way, 'prod', () => undefined);
    expect(code).toBe(expected);
    expectRestored(output);
    expect(output.indexOf(message)).toBeGreaterThan(output.lastIndexOf('\x1b[?1049l'));
  });
  it('shows a first frame before there is a source, and can be left then', async () => {
    const {code, output} = await run('never', 'reading context prod', (pty) => pty.write('q'));
    expect(code).toBe(0);
    expectRestored(output);
  });
  it('loses no key that is typed while the fabric is being opened, and none as its screen takes over', async () => {
    const text = Array.from({length: 60}, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    const {code} = await run('late', 'reading context prod', (pty) => {
      for (const [i, character] of [...`2/${text}`].entries()) setTimeout(() => pty.write(character), 12 * i); // 0.74 s: the fabric is there after 0.5 s
      let seen = '';
      const whole = pty.onData((data) => {
        seen += data;
        if (!seen.includes(`/${text}`)) return;
        whole.dispose();
        pty.write('\x03');
      });
    });
    expect(code).toBe(0);
  });
  it('is itself again after a row that cannot be drawn', async () => {
    const {code, output} = await run('row', 'Topology', () => undefined);
    expect(code).toBeGreaterThan(0);
    expectRestored(output);
    expect(output.slice(output.lastIndexOf('\x1b[?1049l'))).toMatch(/CAUGHT|evpn-tui: /);
  });
  it('ends without a word when the terminal is gone', async () => {
    const [stderr, code] = [join(folder, 'gone.stderr'), join(folder, 'gone.code')];
    // A shell that outlives the terminal tells what came of it: as after a closed window, SIGHUP and EIO come in either order.
    const pty = spawn('/bin/sh', ['-c', 'trap "" HUP; "$0" "$1" "" 2>"$2"; echo $? >"$3.part"; mv "$3.part" "$3"', process.execPath, script, stderr, code], {cols: 80, rows: 24, env: {...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', CI: ''}});
    let output = '';
    await new Promise<void>((resolve) => pty.onData((data) => {
      output += data;
      if (output.includes('Topology')) resolve();
    }));
    (pty as unknown as {destroy(): void}).destroy();
    await vi.waitFor(() => expect(existsSync(code)).toBe(true), {timeout: 15_000, interval: 20});
    expect({code: readFileSync(code, 'utf8').trim(), stderr: readFileSync(stderr, 'utf8').replaceAll('\x1b[?25h', '')}).toEqual({code: '129', stderr: ''});
  });
});
