/**
 * The console's stack where the operator sits: `node facts-in-ops.ts FOLDER` inside the `ops` namespace. FOLDER has
 * plan.json, inventory.yml and ssh_config. For each line "read" or "afresh" of its standard input it prints the facts as
 * one line of JSON; it runs until its standard input ends.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {processIo} from '../../src/cli/io.ts';
import {resolveTarget} from '../../src/config/resolve.ts';
import {startOned} from '../../src/simulator/oned/server.ts';
import type {Plan} from '../../lab/plan.ts';
import {openConsole} from '../contract/faults/console.ts';
import {namesOf} from '../contract/faults/lab-world.ts';
import {auth, worldOf} from './oned-in-ops.ts';

const folder = process.argv[2] ?? '';
const plan = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as Plan;
const oned = await startOned(worldOf(plan), {host: '127.0.0.1', port: 0, auth});
writeFileSync(join(folder, 'one_auth'), `${auth}\n`, {mode: 0o600});
const io = {...processIo(), home: folder, env: {HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, ONE_AUTH: join(folder, 'one_auth')}};
const {target} = resolveTarget({inventory: join(folder, 'inventory.yml'), sshConfig: join(folder, 'ssh_config'), endpoint: oned.url}, io);
const console_ = openConsole(target, io, namesOf(plan));

for await (const line of createInterface({input: process.stdin})) {
  const answer = await console_.read(line === 'afresh').catch((error: Error) => ({error: error.message}));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await console_.close();
await oned.close();
