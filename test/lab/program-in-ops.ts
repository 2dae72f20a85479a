/** Starts a program of the tests in the `ops` namespace of a lab that has its OpenNebula, with setting.json in its folder. */
import {spawn} from 'node:child_process';
import type {ChildProcessByStdio} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import type {Lab} from '../../lab/lab.ts';
import type {Told} from './setting.ts';

export interface Program {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Ends its standard input, and waits for it to go. */
  close(): Promise<void>;
}

/** `file`: its name in this folder. */
export function programInOps(lab: Lab, file: string): Program {
  const cloud = lab.cloud();
  if (!cloud) throw new Error(`lab ${lab.name} has no OpenNebula`);
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-ops-'));
  const {inventory, sshConfig} = lab.files;
  const setting: Told = {lab: lab.name, inventory, sshConfig, oneAuth: cloud.oneAuth, endpoint: readFileSync(cloud.oneEndpoint, 'utf8').trim(), plan: lab.plan()};
  writeFileSync(join(folder, 'setting.json'), JSON.stringify(setting));
  const [command = '', ...prefix] = lab.prefix('ops');
  const child = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, file), folder], {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.on('error', () => undefined); // it has ended: who asks is told so
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, {recursive: true});
    },
  };
}
