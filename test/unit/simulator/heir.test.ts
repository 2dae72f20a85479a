/** A simulator that is killed while its hosts are being asked leaves no process and no folder behind. */
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it, vi} from 'vitest';

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, '../../../src/simulator', path));

it('killed in the middle of a command: the command ends, and the folder is gone', async () => {
  const root = join(mkdtempSync(join(tmpdir(), 'evpn-tui-heir-')), 'root');
  mkdirSync(root);
  const simulator = spawn(process.execPath, ['--input-type=module', '-e', `
    import {openDesk} from ${source('shell/desk.ts')};
    import {writeHidden, writeStubs} from ${source('shell/stubs.ts')};
    import {demoWorld} from ${source('scenes.ts')};
    const world = demoWorld(Date.now);
    openDesk(${JSON.stringify(root)}, world);
    writeHidden(${JSON.stringify(root)});
    console.log(writeStubs(${JSON.stringify(root)}, world.hosts[0], 0).path);
    process.stdin.resume();
  `], {stdio: ['pipe', 'pipe', 'inherit']});
  let command: ChildProcess | undefined;
  try {
    const [path] = (await once(simulator.stdout, 'data')) as [Buffer];
    simulator.kill('SIGSTOP'); // so that the command is still waiting when it is killed
    command = spawn('/bin/sh', ['-c', 'ip link; echo "ended with $?"'], {env: {PATH: String(path).trim()}, stdio: ['ignore', 'pipe', 'ignore']});
    const [ended, said] = [once(command, 'close'), once(command.stdout!, 'data')];
    await vi.waitFor(() => expect(readdirSync(join(root, 'q')).some((name) => name.endsWith('.ask'))).toBe(true), 5000);
    simulator.kill('SIGKILL');
    await once(simulator, 'close');
    expect(String((await said)[0])).toBe('ended with 137\n');
    await ended;
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), 10_000);
  } finally {
    simulator.kill('SIGKILL');
    command?.kill('SIGKILL');
  }
});
