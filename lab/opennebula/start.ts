import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {netPrefix} from '../host.ts';
import {livesIn} from '../namespaces.ts';
import {cleanEnvironment, poll} from '../run.ts';
import {labsFolder} from '../state.ts';
import type {LabState} from '../state.ts';
import {cloudFiles} from './files.ts';
import {controlSocket} from './control.ts';

const startLimitMs = 15_000;

/** True while its process lives in the ops namespace of that lab. */
export const runsOpennebula = ({plan}: LabState): boolean => {
  const {pid} = cloudFiles(plan.spec.name);
  return existsSync(pid) && livesIn(Number(readFileSync(pid, 'utf8')), plan.ops.namespace);
};

/** Starts the emulated oned in ops, and comes back when it answers. `pollMs`: how often the virtual router asks for its leases. */
export const startOpennebula = async (state: LabState, pollMs: number): Promise<void> => {
  const {name} = state.plan.spec;
  const files = cloudFiles(name);
  for (const file of [files.pid, files.oneEndpoint, controlSocket(name)]) rmSync(file, {force: true});
  writeFileSync(files.oneAuth, `oneadmin:${randomBytes(16).toString('hex')}\n`, {mode: 0o600});
  const log = openSync(files.log, 'w');
  const child = spawn('nsenter', [...netPrefix(state, 'ops').slice(1), process.execPath, join(import.meta.dirname, 'process.ts'), name, String(pollMs)], {
    detached: true, env: {...cleanEnvironment(), EVPN_TUI_LAB_DIR: labsFolder()}, stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  child.unref();
  const up = await poll(() => existsSync(files.pid) || ended || undefined, startLimitMs);
  if (!up || ended) throw new Error(`OpenNebula did not start: ${readFileSync(files.log, 'utf8').trim().slice(-2000)}`);
};
