/** Bare hosts of the lab, and the console's command line on them, as the operator would use it: from ops, in a home of its own. */
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseDocument} from 'yaml';
import {up, type Lab} from '../../../lab/lab.ts';
import type {LabSpec} from '../../../lab/plan.ts';
import {sh} from '../independent.ts';

export interface Ran {
  readonly args: readonly string[];
  readonly code: number; // 137: killed
  readonly stdout: string;
  readonly stderr: string;
  readonly text: string; // both, as a terminal would have shown them
}
export interface RunOptions {
  readonly killAt?: number; // at which point of the journal the console is killed, from 0: kill-at.ts
}
export interface Site {
  readonly lab: Lab;
  /** Everything that the console keeps, reports and has printed is below it. */
  readonly folder: string;
  readonly killLog: string;
  /** `evpn-tui ARGS`, from the sources, in ops. Does not throw on an exit status. */
  console(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** From now on the console's inventory is without these hosts; with none: the whole of it. */
  without(hosts: readonly string[]): void;
  /** `evpn-tui run …`, which has to end with `code`. */
  run(args: readonly string[], code?: number): Promise<Ran>;
  close(): Promise<void>;
}

const compiled = join(tmpdir(), 'evpn-tui-compiled');
const entry = new URL('../../../src/cli/entry.ts', import.meta.url).pathname;
const killer = new URL('kill-at.ts', import.meta.url).pathname;

/** What stands in configurations of the hosts before anything begins, and must never be seen. */
export const vtyPassword = 'vty-Yb3qk-of-the-host';
export const frontend = 'ingress';
/** Where oneprovision leaves its key. */
const provisionKey = '/var/lib/one/.ssh-oneprovision/id_rsa';

export async function openSite(name: string, spec: Pick<LabSpec, 'hosts' | 'clusters'> = {hosts: 2}): Promise<Site> {
  const lab = await up({name, ...spec, bare: true, opennebula: {routerPollMs: 1000}});
  await leftByOneprovision(lab);
  return siteOn(lab, mkdtempSync(join(tmpdir(), 'evpn-tui-site-')));
}

/** One key on the front-end opens the hosts. Ingress stands for the front-end. */
async function leftByOneprovision(lab: Lab): Promise<void> {
  const hypervisors = lab.plan().machines.filter(({role}) => role === 'hypervisor');
  await sh(lab, frontend, `mkdir -p -m 700 $(dirname ${provisionKey}) && { [ -e ${provisionKey} ] || ssh-keygen -q -t ed25519 -N '' -f ${provisionKey}; } && mkdir -p -m 700 /root/.ssh`);
  const key = (await sh(lab, frontend, `cat ${provisionKey}.pub`)).trim();
  await Promise.all(hypervisors.map((host) => sh(lab, host.name, `echo '${key}' >>/root/.ssh/authorized_keys; echo 'password ${vtyPassword}' >>/etc/frr/frr.conf`)));
  await sh(lab, frontend, `ssh-keyscan ${hypervisors.map(({publicAddress}) => publicAddress).join(' ')} >/root/.ssh/known_hosts 2>/dev/null`);
}

/** A lab that stands, with a home for the console. */
export function siteOn(lab: Lab, folder: string): Site {
  const killLog = join(folder, 'killed');
  for (const one of ['state', 'config/evpn-tui', 'shown']) mkdirSync(join(folder, one), {recursive: true});
  // Runbooks read what they need when they need it; what is read beside that is only load here.
  const inventory = join(folder, 'inventory.yml');
  const without = (hosts: readonly string[]): void => {
    const all = parseDocument(readFileSync(lab.files.inventory, 'utf8'));
    for (const host of hosts) all.deleteIn(['node', 'hosts', host]);
    writeFileSync(inventory, String(all));
  };
  without([]);
  writeFileSync(join(folder, 'config/evpn-tui/config.yaml'), `current-context: lab
contexts:
  lab:
    inventory: ${inventory}
    ssh: {config: ${lab.files.sshConfig}}
    refresh: {fast: 10, medium: 30, slow: 300}
`, {mode: 0o600});
  let shown = 0;
  const launch = (args: readonly string[], {killAt}: RunOptions = {}): Promise<Ran> => new Promise((resolve, reject) => {
    const {oneAuth, oneEndpoint} = lab.cloud()!;
    const [command = '', ...prefix] = lab.prefix('ops');
    const env = [`HOME=${folder}`, `XDG_STATE_HOME=${folder}/state`, `XDG_CONFIG_HOME=${folder}/config`, `XDG_CACHE_HOME=${folder}/cache`, `NODE_COMPILE_CACHE=${compiled}`, `ONE_AUTH=${oneAuth}`, `ONE_XMLRPC=${readFileSync(oneEndpoint, 'utf8').trim()}`, ...(killAt === undefined ? [] : [`KILL_AT=${killAt}`, `KILL_LOG=${killLog}`])];
    const child = spawn(command, [...prefix, 'env', ...env, process.execPath, ...(killAt === undefined ? [] : ['--import', killer]), entry, '--timeout', '60', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
    const said = {stdout: '', stderr: '', text: ''};
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk;
      said.text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      writeFileSync(join(folder, 'shown', `${++shown}.txt`), `${args.join(' ')}\n${said.text}`);
      resolve({args, code: code ?? (signal === 'SIGKILL' ? 137 : 1), ...said});
    });
  });
  return {
    lab, folder, killLog, console: launch, without,
    run: async (args, code = 0) => {
      const ran = await launch(['run', ...args]);
      if (ran.code !== code) throw new Error(`run ${args.join(' ')}: exit ${ran.code} and not ${code}:\n${ran.text.slice(-6000)}`);
      return ran;
    },
    close: async () => {
      await lab.down();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
