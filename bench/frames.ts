/** How long a key takes to be on the screen: with a small table at rest, and with 100,000 routes while every host changes. */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {bundle} from '../test/component/bundle.ts';
import type {Measured} from './measured.ts';

interface KeyTimes {
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds from key to written frame, in production mode; the last figure is a ratio. */
export async function framesBench(): Promise<readonly Measured[]> {
  // Inside the checkout: the bundle finds its packages from there.
  const parent = join(import.meta.dirname, '..', '.tmp');
  await mkdir(parent, {recursive: true});
  const folder = await mkdtemp(join(parent, 'frames-'));
  try {
    const script = join(folder, 'frames.mjs');
    await bundle(join(import.meta.dirname, 'frames-run.tsx'), script);
    const {stdout} = await promisify(execFile)(process.execPath, [script], {env: {...process.env, NODE_ENV: 'production', CI: ''}});
    const times = JSON.parse(stdout) as Record<'quiet' | 'large' | 'busy' | 'hosts250', KeyTimes>;
    const measured = (name: string, figure: number, limit: number): Measured => ({name, figure: Math.round(figure * 100) / 100, limit, ok: figure <= limit});
    return [
      measured('key to frame p50, 100 routes at rest, ms', times.quiet.p50, 16),
      measured('key to frame p99, 100 routes at rest, ms', times.quiet.p99, 33),
      measured('key to frame p50, 100,000 routes, ms', times.large.p50, 16),
      measured('key to frame p99, 100,000 routes, ms', times.large.p99, 33),
      measured('key to frame p99, 100,000 routes and 33 hosts changing, ms', times.busy.p99, 33),
      measured('key to frame p50, 250 hosts changing, ms', times.hosts250.p50, 16),
      measured('key to frame p99, 250 hosts changing, ms', times.hosts250.p99, 60),
      measured('key to frame p99, 100,000 routes and 33 hosts changing : 100 routes at rest', times.busy.p99 / times.quiet.p99, 2),
    ];
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

if (import.meta.main) console.table(await framesBench());
