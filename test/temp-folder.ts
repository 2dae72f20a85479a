/** Every test run has a temp folder of its own, which goes with it: what a test forgets is not left behind. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export default function setup(): () => void {
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'evt-'));
  process.env['TMPDIR'] = folder; // workers inherit it; os.tmpdir() and mktemp follow it
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, {recursive: true, force: true, maxRetries: 3});
  };
}
