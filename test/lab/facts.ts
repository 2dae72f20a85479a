/** Facts of a standing lab, as the console reads them from `ops`. */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Lab} from '../../lab/lab.ts';
import type {Facts} from '../contract/faults/facts.ts';

export interface FactsOfLab {
  read(afresh?: boolean): Promise<Facts>;
  close(): Promise<void>;
}

export function factsOfLab(lab: Lab): FactsOfLab {
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-contract-'));
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(lab.plan()));
  writeFileSync(join(folder, 'inventory.yml'), readFileSync(lab.files.inventory));
  // A host that is silent counts as unreachable after two seconds.
  writeFileSync(join(folder, 'ssh_config'), `ConnectTimeout 2\n${readFileSync(lab.files.sshConfig, 'utf8')}`);
  const [command = '', ...prefix] = lab.prefix('ops');
  const child = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, 'facts-in-ops.ts'), folder], {stdio: ['pipe', 'pipe', 'inherit']});
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    read: async (afresh = false) => {
      child.stdin.write(afresh ? 'afresh\n' : 'read\n');
      const {value, done} = (await lines.next()) as IteratorResult<string>;
      if (done) throw new Error('the console in ops has ended');
      const facts = JSON.parse(value) as Facts;
      if (facts['error'] !== undefined) throw new Error(facts['error']);
      return facts;
    },
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, {recursive: true});
    },
  };
}
