/**
 * Loaded before a console (`node --import`): it ends itself with SIGKILL just before or just after it has written a
 * record of the journal, as $KILL_AT says: "before begin", "after intent". Nothing else of it is different.
 */
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

const [when, type] = (process.env['KILL_AT'] ?? '').split(' ');
const {writeSync, fsyncSync} = fs;
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // not one instruction of it more
};
let written = false;
fs.writeSync = ((fd: number, data: Buffer, ...rest: never[]) => {
  const hit = Buffer.isBuffer(data) && data.includes(`"type":"${type}"`);
  if (hit && when === 'before') die();
  written ||= hit;
  return writeSync(fd, data, ...rest);
}) as typeof fs.writeSync;
fs.fsyncSync = (fd) => {
  fsyncSync(fd);
  if (written) die();
};
syncBuiltinESMExports();
