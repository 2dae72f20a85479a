/** The console of a standing lab, as it runs in `ops`: asked from outside. */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Lab} from '../../lab/lab.ts';
import type {Answers, Questions, Reply, Request, Setting} from './protocol.ts';

export interface ConsoleInOps {
  /** One round of reading, and what is asked of it. Requests follow one another. Throws with the console's words. */
  ask<Q extends Questions>(ask: Q, afresh?: boolean): Promise<Answers<Q>>;
  close(): Promise<void>;
}

/** Starts it. The lab must have its OpenNebula. */
export function consoleOfLab(lab: Lab): ConsoleInOps {
  const cloud = lab.cloud();
  if (!cloud) throw new Error(`lab ${lab.name} has no OpenNebula`);
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-ops-'));
  const {inventory, sshConfig} = lab.files;
  const setting: Setting = {lab: lab.name, inventory, sshConfig, oneAuth: cloud.oneAuth, endpoint: readFileSync(cloud.oneEndpoint, 'utf8').trim()};
  writeFileSync(join(folder, 'setting.json'), JSON.stringify({...setting, plan: lab.plan()}));
  const [command = '', ...prefix] = lab.prefix('ops');
  const child = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, 'facts-in-ops.ts'), folder], {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.on('error', () => undefined); // it has ended: who asks is told so
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    ask: async <Q extends Questions>(ask: Q, afresh = false) => {
      child.stdin.write(`${JSON.stringify({ask, afresh} satisfies Request)}\n`);
      const {value, done} = (await lines.next()) as IteratorResult<string>;
      if (done) throw new Error('the console in ops has ended');
      const reply = JSON.parse(value) as Reply;
      if ('error' in reply) throw new Error(reply.error);
      return reply.answers as Answers<Q>;
    },
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, {recursive: true});
    },
  };
}
