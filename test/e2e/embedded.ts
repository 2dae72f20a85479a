/** The embedded fabric with an inventory and an ssh_config of its own, for running the command line against it from outside. */
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startSimulator, type Simulator} from '../../src/simulator/index.ts';

export interface Embedded {
  readonly simulator: Simulator;
  readonly folder: string; // HOME of what is run
  readonly args: readonly string[]; // --inventory … --ssh-config … --endpoint …
  run(args: readonly string[], more?: {readonly adHoc?: boolean; readonly env?: Readonly<Record<string, string>>; readonly input?: string}): Promise<{code: number; stdout: string; stderr: string}>;
  close(): Promise<void>;
}

const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');
const groups: Readonly<Record<string, string>> = {reflector: 'router', vtep: 'node', 'virtual-router': 'vrouter'};

export async function startEmbedded(options: Parameters<typeof startSimulator>[0] = {}): Promise<Embedded> {
  const simulator = await startSimulator(options);
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-cli-'));
  const inventory = join(folder, 'inventory.yml');
  const sshConfig = join(folder, 'ssh_config');
  const of = (group: string) => simulator.hosts.filter((host) => host.roles.some((role) => groups[role] === group));
  writeFileSync(inventory, [
    'all:', '  vars:', '    ansible_user: root', '    evpn_if: wg0',
    ...['router', 'node', 'vrouter'].flatMap((group) => [`${group}:`, '  hosts:', ...of(group).flatMap((host) => [`    ${host.name}:`, `      ansible_host: ${host.address}`, `      ansible_port: ${host.port}`])]),
  ].join('\n'));
  writeFileSync(sshConfig, `Host *\n  IdentityFile ${simulator.identity}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${simulator.knownHosts}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n`);
  const args = ['--inventory', inventory, '--ssh-config', sshConfig, '--endpoint', simulator.endpoint];
  return {
    simulator, folder, args,
    run: (given, {adHoc = true, env = {}, input} = {}) => new Promise((resolve) => {
      const child = execFile(process.execPath, [bin, ...(adHoc ? args : []), ...given], {
        env: {PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, ONE_AUTH: simulator.oneAuth, LANG: 'C.UTF-8', ...env}, maxBuffer: 64 << 20,
      }, (error, stdout, stderr) => resolve({code: error ? Number(error.code) : 0, stdout, stderr}));
      child.stdin?.end(input);
    }),
    async close() {
      await simulator.close();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
