/** The console where the operator sits: its command line run in `ops`, and a gate that is held open there (gate-in-ops.ts). */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Lab} from '../../lab/lab.ts';
import type {Result} from '../../lab/run.ts';
import type {RunResult} from '../../src/model/action.ts';
import type {Answer, Found, Order} from './gate-in-ops.ts';

const entry = new URL('../../src/cli/entry.ts', import.meta.url).pathname;

/** What a change on the command line prints with `-o json`. */
export interface Change {
  readonly code: number;
  readonly stderr: string;
  readonly preflight: readonly {readonly name: string; readonly outcome: string; readonly says: string}[];
  readonly wrong: readonly string[];
  readonly plan: {readonly what: string; readonly steps: readonly {readonly id: string; readonly title: string}[]} | null;
  readonly result: RunResult | null;
}

export interface Console {
  /** evpn-tui with these words, as a shell reads them. */
  cli(words: string): Promise<Result>;
  /** A change, with --yes and as JSON. */
  change(words: string): Promise<Change>;
  /** One line to the gate that stays open; it is started by the first. */
  ask(order: Order): Promise<Answer>;
  /** What that gate's fabric has wrong now, everything read anew. */
  findings(): Promise<readonly Found[]>;
  /** As a machine that loses its power does it: the gate's process gets no word in. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** `lab` has its OpenNebula. Its home is a folder of its own, gone with `close`. */
export function consoleInOps(lab: Lab): Console {
  const cloud = lab.cloud();
  if (!cloud) throw new Error(`lab ${lab.name} has no OpenNebula`);
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-console-'));
  const endpoint = readFileSync(cloud.oneEndpoint, 'utf8').trim();
  const {inventory, sshConfig} = lab.files;
  const environment = `ONE_AUTH='${cloud.oneAuth}' ONE_XMLRPC=${endpoint} HOME='${folder}' XDG_CONFIG_HOME='${folder}' XDG_STATE_HOME='${folder}' XDG_CACHE_HOME='${folder}'`;
  const run = (program: string): string => `exec env ${environment} '${process.execPath}' ${program}`;
  const cli = (words: string): Promise<Result> => lab.exec('ops', run(`'${entry}' --inventory '${inventory}' --ssh-config '${sshConfig}' ${words}`));

  let gate: {readonly say: (line: string) => Promise<unknown>; readonly kill: () => Promise<void>; readonly close: () => Promise<void>} | undefined;
  async function held() {
    const [command = '', ...prefix] = lab.prefix('ops');
    const child = spawn(command, [...prefix, 'sh', '-c', run(`'${join(import.meta.dirname, 'gate-in-ops.ts')}' '${inventory}' '${sshConfig}' ${endpoint}`)], {stdio: ['pipe', 'pipe', 'inherit']});
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
    const next = async (): Promise<string> => {
      const {value, done} = await lines.next();
      if (done) throw new Error('the gate in ops has ended');
      return value;
    };
    child.stdin.on('error', () => undefined); // it has ended: who asks is told so
    await next(); // ready
    return {
      say: async (line: string): Promise<unknown> => {
        child.stdin.write(`${line}\n`);
        return JSON.parse(await next());
      },
      kill: () => {
        child.kill('SIGKILL');
        return ended;
      },
      close: () => {
        child.stdin.end();
        return ended;
      },
    };
  }
  return {
    cli,
    change: async (words) => {
      const {code, stdout, stderr} = await cli(`${words} --yes -o json`);
      if (!stdout.startsWith('{')) throw new Error(`${words}: exit ${code}: ${stderr}${stdout}`);
      return {...(JSON.parse(stdout) as Omit<Change, 'code' | 'stderr'>), code, stderr};
    },
    ask: async (order) => (gate ??= await held()).say(JSON.stringify(order)) as Promise<Answer>,
    findings: async () => (gate ??= await held()).say('findings') as Promise<readonly Found[]>,
    kill: async () => {
      await gate?.kill();
      gate = undefined;
    },
    close: async () => {
      await gate?.close();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
