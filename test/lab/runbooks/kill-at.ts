/**
 * Loaded before the console (`node --import`): ends it with SIGKILL at the point of its journal that KILL_AT says, from 0.
 * A point is: before a record is written (what came before it has had its effect and is not on record), and after an
 * intent is on disk (nothing was sent yet). KILL_LOG gets a line for each point that was passed.
 */
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

const killAt = Number(process.env['KILL_AT']);
const log = process.env['KILL_LOG']!;
const {writeSync, fsyncSync} = fs;
let passed = 0;
let intent = false;

function point(name: string): void {
  const fd = fs.openSync(log, 'a');
  writeSync(fd, `${name}\n`);
  fs.closeSync(fd);
  if (passed++ === killAt) process.kill(process.pid, 'SIGKILL');
}

/** What a record is, in a word or two; undefined: this is no record. */
function recordIn(data: unknown): string | undefined {
  const text = Buffer.isBuffer(data) ? data.toString('utf8').trim() : '';
  if (!text.startsWith('{"type":')) return undefined;
  const {type, step, kind, data: of} = JSON.parse(text) as {type: string; step?: string; kind?: string; data?: {step?: string; state?: string; how?: string}};
  return [type, step ?? kind ?? '', of?.step ?? '', of?.state ?? of?.how ?? ''].filter((one) => one !== '').join(' ');
}

fs.writeSync = ((fd: number, data: NodeJS.ArrayBufferView, ...more: number[]) => {
  const record = recordIn(data);
  intent = record?.startsWith('intent') === true;
  if (record !== undefined) point(`before ${record}`);
  return writeSync(fd, data, ...(more as [number, number]));
}) as typeof fs.writeSync;
fs.fsyncSync = (fd) => {
  fsyncSync(fd);
  if (intent) point('after it');
  intent = false;
};
syncBuiltinESMExports();
