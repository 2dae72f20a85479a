/**
 * The embedded fabric: hosts behind real SSH servers and an OpenNebula behind a real XML-RPC server, all on loopback, in
 * this process. Commands are run by the machine's own `sh`, as the current user, in a private folder; every program that
 * could show or change the machine is replaced (shell/stubs.ts). Needs /bin/sh, mkfifo and coreutils: Linux or macOS.
 */
import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openCloud} from './cloud-door.ts';
import {demoWorld, largeWorld} from './scenes.ts';
import {troubleOf} from './faults/trouble.ts';
import {openDesk} from './shell/desk.ts';
import {newKeyPair} from './shell/keys.ts';
import {startSshHost, type SshHost} from './shell/ssh-server.ts';
import {writeHidden, writeStubs} from './shell/stubs.ts';
import type {SimRole, SimWorld} from './world.ts';

export interface SimulatorOptions {
  readonly now?: () => number; // ms since 1970; default: the machine's clock
  readonly hosts?: number; // with either of these, a big fabric instead of the demo
  readonly routes?: number;
  readonly world?: SimWorld; // or this one
}

export interface SimulatedHost {
  readonly name: string;
  readonly roles: readonly SimRole[];
  readonly region: string | undefined;
  readonly underlayAddress: string | undefined;
  readonly address: string; // 127.0.0.1
  readonly port: number;
  readonly user: string;
}

export interface Simulator {
  readonly hosts: readonly SimulatedHost[];
  readonly knownHosts: string; // path
  readonly identity: string; // path of the private key
  readonly endpoint: string; // URL of the XML-RPC server
  readonly oneAuth: string; // path of a file with user:password
  readonly world: SimWorld; // to change it: migrate() and change() of world.ts, apply() and undo() of faults/apply.ts
  readonly asked: ReadonlyMap<string, number>; // how often a program was run, by "HOST PROGRAM"
  /** Ends every server and removes the private folder. Idempotent. */
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const big = options.hosts !== undefined || options.routes !== undefined;
  const watchers = new Set<() => void>();
  const given = options.world ?? (big ? largeWorld(now, {hosts: options.hosts ?? 33, routes: options.routes ?? 1000}) : demoWorld(now));
  const world: SimWorld = Object.assign(given, {watchers});
  const root = mkdtempSync(join(tmpdir(), 'evpn-tui-demo-'));
  const remove = (): void => rmSync(root, {recursive: true, force: true, maxRetries: 3});
  process.once('exit', remove);
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all(closers.map((closer) => closer()));
      process.off('exit', remove);
      remove();
    })();
    return closing;
  };

  try {
    const client = newKeyPair('evpn-tui demo');
    const identity = join(root, 'id_ed25519');
    writeFileSync(identity, client.private, {mode: 0o600});
    const secret = `oneadmin:${randomBytes(16).toString('hex')}`;
    const oneAuth = join(root, 'one_auth');
    writeFileSync(oneAuth, `${secret}\n`, {mode: 0o600});
    const desk = openDesk(root, world);
    closers.push(() => Promise.resolve(desk.close()));
    const oned = await openCloud(world, secret);
    watchers.add(oned.look);
    closers.push(() => oned.close());
    writeHidden(root);
    const ports = new Set([Number(new URL(oned.url).port)]);
    const servers = await Promise.all(world.hosts.map(async (host, number): Promise<{ssh: SshHost; known: string}> => {
      const key = newKeyPair(host.name);
      const shell = writeStubs(root, host, number);
      const home = join(root, `h${number}`, 'root');
      mkdirSync(home);
      const ssh = await startSshHost({hostKey: key.private, clientKey: client.public, otherHostKey: newKeyPair(host.name).private, shell, home, reachable: (port) => ports.has(port), trouble: () => troubleOf(world, host).ssh});
      watchers.add(ssh.look);
      ssh.look();
      closers.push(() => ssh.close());
      ports.add(ssh.port);
      return {ssh, known: `[127.0.0.1]:${ssh.port} ${key.public.split(' ').slice(0, 2).join(' ')}\n`};
    }));
    const knownHosts = join(root, 'known_hosts');
    writeFileSync(knownHosts, servers.map(({known}) => known).join(''), {mode: 0o600});
    return {
      hosts: world.hosts.map(({name, roles, region, underlay}, at) => ({name, roles, region, underlayAddress: underlay, address: '127.0.0.1', port: servers[at]!.ssh.port, user: 'root'})),
      knownHosts, identity, endpoint: oned.url, oneAuth, world, asked: desk.asked, close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
