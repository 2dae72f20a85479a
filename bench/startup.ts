/** What it costs to be there: the console's first frame against an empty Node, and how soon the first host's rows follow. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {openTerminal} from '../test/e2e/terminal.ts';
import type {Measured} from './measured.ts';

const runs = 9;
const bin = join(import.meta.dirname, '../bin/evpn-tui.js');
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** CPU of all threads so far, ms. Linux: the first figure of each thread's schedstat is its time on a processor, ns. */
const cpuOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e6;

/** CPU of a whole `node -e 0`, ms, from the shell that waited for it. */
async function emptyNode(): Promise<number> {
  const {stderr} = await promisify(execFile)('bash', ['-c', `TIMEFORMAT='%U %S'; time '${process.execPath}' -e 0`]);
  return stderr.trim().split(' ').reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
}

async function firstFrame(home: string): Promise<{cpu: number; frameMs: number; rowsMs: number}> {
  const started = performance.now();
  const terminal = openTerminal(process.execPath, [bin, 'demo'], {env: {HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home}});
  try {
    await terminal.until((text) => text.trim() !== '', 'a frame');
    const cpu = cpuOf(terminal.pid);
    const frameMs = performance.now() - started;
    await terminal.until((text) => /Access +\w+ +[1-4]\/4 hosts/.test(text), 'the first host');
    return {cpu, frameMs, rowsMs: performance.now() - started - frameMs};
  } finally {
    await terminal.close();
  }
}

export async function startupBench(): Promise<readonly Measured[]> {
  const home = mkdtempSync(join(tmpdir(), 'evpn-tui-bench-'));
  try {
    await firstFrame(home); // fills the compile cache, as the first start of an installation does
    const [nodes, frames] = [[] as number[], [] as {cpu: number; frameMs: number; rowsMs: number}[]];
    // In turns, so that a machine that slows down slows both.
    for (let i = 0; i < runs; i++) {
      nodes.push(await emptyNode());
      frames.push(await firstFrame(home));
    }
    const [node, cpu] = [median(nodes), median(frames.map((frame) => frame.cpu))];
    const ratio = Math.round((cpu / node) * 100) / 100;
    return [
      {name: `first frame: ${cpu.toFixed(0)} ms CPU, an empty Node ${node.toFixed(0)} ms; ratio`, figure: ratio, limit: 8, ok: ratio <= 8},
      {name: 'first frame, ms after the start (for information)', figure: Math.round(median(frames.map((frame) => frame.frameMs))), limit: Infinity, ok: true},
      {name: 'first host ready, ms after the first frame, embedded fabric started in between (for information)', figure: Math.round(median(frames.map((frame) => frame.rowsMs))), limit: Infinity, ok: true},
    ];
  } finally {
    rmSync(home, {recursive: true, force: true});
  }
}
