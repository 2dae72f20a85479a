/** A real OpenSSH sshd on a loopback port, run as the current user, with its own keys in a private temporary folder. */
import type {ChildProcess} from 'node:child_process';
import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import type {HostSpec, SshTarget} from '../../../src/model/target.ts';

const program = '/usr/sbin/sshd';
export const haveSshd = existsSync(program) && existsSync('/usr/bin/ssh-keygen');

export interface Sshd {
  readonly folder: string;
  readonly port: number;
  readonly identity: string; // private key that is authorized
  readonly hostKey: string; // "ssh-ed25519 AAAA…"
  readonly log: () => string;
  stop(): Promise<void>;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export function makeKey(file: string, type = 'ed25519', passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

/** `path`: folders before the usual PATH of a session (for stubs); `hostKeys`: types beside ed25519. */
export async function startSshd(options: {readonly path?: string; readonly hostKeys?: readonly string[]; readonly config?: readonly string[]} = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-sshd-'));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', {recursive: true}); // sshd as root insists on it
  const hostKey = makeKey(join(folder, 'host_ed25519'));
  for (const type of options.hostKeys ?? []) makeKey(join(folder, `host_${type}`), type);
  const identity = join(folder, 'id');
  writeFileSync(join(folder, 'authorized_keys'), `${makeKey(identity)}\n`);
  const port = await freePort();
  writeFileSync(join(folder, 'sshd_config'), [
    ...(options.config ?? []), // first: sshd goes by the first value
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    ...['ed25519', ...(options.hostKeys ?? [])].map(type => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    // SHLVL keeps bash from reading ~/.bashrc for each ssh command, which may do anything and take seconds
    `SetEnv SHLVL=2${options.path === undefined ? '' : ` PATH=${options.path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`}`,
    '',
  ].join('\n'));
  const child = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], {stdio: ['ignore', 'ignore', 'pipe']});
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
      if (log.includes('Server listening')) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd did not start: ${log}`)));
  });
  return {folder, port, identity, hostKey: hostKey.split(' ').slice(0, 2).join(' '), log: () => log, stop: () => stop(child, folder)};
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, {recursive: true, force: true});
}

/** A known_hosts file with this sshd's key, beside it. */
export function knownHostsFor(sshd: Sshd, name = 'known_hosts', hosts = `[127.0.0.1]:${sshd.port}`): string {
  const file = join(sshd.folder, name);
  writeFileSync(file, `${hosts} ${sshd.hostKey}\n`);
  return file;
}

/** An ssh_config that reads nothing of this machine, so that tests do not depend on ~/.ssh. */
export function sshConfigFor(folder: string, lines: readonly string[] = []): string {
  const file = join(folder, 'ssh_config');
  writeFileSync(file, ['GlobalKnownHostsFile none', 'IdentityAgent none', ...lines, ''].join('\n'));
  return file;
}

export function specFor(sshd: Pick<Sshd, 'port' | 'identity'>, knownHosts: string, change: Partial<SshTarget> = {}, name = 'kvm1'): HostSpec {
  return {
    name,
    roles: ['vtep'],
    ssh: {
      host: '127.0.0.1', port: sshd.port, user: userInfo().username, identityFiles: [sshd.identity], jumps: [],
      knownHosts: [knownHosts], strict: 'yes', extra: {}, ...change,
    },
    underlay: 'wg0',
    underlayAddress: undefined,
    region: undefined,
    origin: 'test',
  };
}

/** An executable sh script in `folder`. */
export function stub(folder: string, name: string, script: string): void {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
