/** One real SSH server per simulated host, on loopback: public-key login as root, commands run by the machine's own sh. */
import {spawn} from 'node:child_process';
import {timingSafeEqual} from 'node:crypto';
import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
import ssh2 from 'ssh2';
import type {ParsedKey, Server, ServerChannel, Session} from 'ssh2';
import type {SshTrouble} from '../faults/trouble.ts';
import type {HostShell} from './stubs.ts';

export interface SshHost {
  readonly port: number;
  /** To be called when what is wrong with the host may have changed. */
  look(): void;
  close(): Promise<void>;
}

export interface SshHostOptions {
  readonly hostKey: string; // private, OpenSSH form
  readonly otherHostKey: string; // shown while the host key has changed
  readonly clientKey: string; // public, OpenSSH form: the only one that is let in
  readonly shell: HostShell;
  readonly home: string; // private folder: working directory and HOME
  readonly reachable: (port: number) => boolean; // ports on loopback that may be forwarded to (jumps, tunnels)
  readonly trouble: () => SshTrouble | undefined;
}

/** Nothing comes back: as from a host that has no network, or whose sshd is stopped. */
const mute = (trouble: SshTrouble | undefined): boolean => trouble === 'silent' || trouble === 'hangs';

export function startSshHost(options: SshHostOptions): Promise<SshHost> {
  const allowed = ssh2.utils.parseKey(options.clientKey);
  if (allowed instanceof Error) throw allowed;
  const sockets = new Set<Socket>();
  const speakers = [options.hostKey, options.otherHostKey].map((hostKey) => speaker(hostKey, allowed, options));
  const door = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a peer that goes away; "close" follows
    socket.on('close', () => sockets.delete(socket));
    const trouble = options.trouble();
    if (mute(trouble)) return; // accepted by the kernel, greeted by nobody
    speakers[trouble === 'host-key' ? 1 : 0]!.injectSocket(socket);
  });
  let port = 0;
  let before: SshTrouble | undefined;
  const open = (): Promise<void> => new Promise((resolve, reject) => {
    door.once('error', reject);
    door.listen(port, '127.0.0.1', () => {
      door.off('error', reject);
      port = (door.address() as AddressInfo).port;
      resolve();
    });
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const look = (): void => {
    const now = options.trouble();
    if (now === before) return;
    const was = before;
    before = now;
    if (mute(now)) {
      for (const socket of sockets) {
        socket.pause(); // nothing is heard any more,
        socket.cork(); // and nothing is said
      }
      return;
    }
    cut(); // who came in before does not stay, and who was kept waiting must knock again
    if (now === 'refused') door.close();
    else if (was === 'refused') void open();
  };
  return open().then(() => ({
    port, look,
    close: () => new Promise((closed) => {
      if (door.listening) door.close(() => closed());
      else closed();
      cut();
    }),
  }));
}

/** What talks ssh, with one host key. It is given its connections. */
function speaker(hostKey: string, allowed: ParsedKey, options: SshHostOptions): Server {
  return new ssh2.Server({hostKeys: [hostKey], ident: 'OpenSSH_9.2p1'}, (client) => {
    client.on('error', () => {}); // a peer that goes away; "close" follows
    client.on('authentication', (context) => {
      if (context.method !== 'publickey') return context.reject(['publickey']);
      const key = allowed.getPublicSSH();
      const same = context.key.data.length === key.length && timingSafeEqual(context.key.data, key);
      // Without a signature the client only asks whether the key would do.
      const proven = context.signature === undefined || (context.blob !== undefined && allowed.verify(context.blob, context.signature, context.hashAlgo) === true);
      if (context.username === 'root' && same && proven && options.trouble() !== 'key') context.accept();
      else context.reject(['publickey']);
    });
    client.on('ready', () => {
      client.on('session', (accept) => serveSession(accept(), options));
      client.on('tcpip', (accept, reject, {destIP, destPort}) => {
        if (!['127.0.0.1', 'localhost', '::1'].includes(destIP) || !options.reachable(destPort)) return reject();
        const socket = connect(destPort, '127.0.0.1');
        socket.once('error', reject);
        socket.once('connect', () => {
          socket.off('error', reject);
          const channel = accept();
          socket.on('error', () => channel.destroy());
          channel.on('error', () => socket.destroy());
          channel.pipe(socket).pipe(channel);
        });
      });
    });
  });
}

function serveSession(session: Session, options: SshHostOptions): void {
  let channel: ServerChannel | undefined;
  session.on('exec', (accept, _reject, {command}) => {
    channel = accept();
    run(channel, command, options);
  });
  session.on('shell', (accept) => {
    channel = accept();
    run(channel, 'sh', options);
  });
  session.on('pty', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('env', (accept) => accept?.());
  session.on('signal', (accept) => {
    accept?.();
    channel?.close();
  });
}

/** As sshd does it: `sh -c COMMAND`, in a process group of its own that ends with the channel. */
function run(channel: ServerChannel, command: string, {shell, home}: SshHostOptions): void {
  const child = spawn('/bin/sh', ['-c', `. ${shell.prelude}\n${command}`], {
    cwd: home,
    env: {PATH: shell.path, HOME: home, USER: 'root', LOGNAME: 'root', SHELL: '/bin/sh'},
    detached: true,
  });
  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  };
  child.on('error', () => {
    channel.exit(127);
    channel.close();
  });
  child.stdin.on('error', () => {}); // a command that does not read its input
  channel.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, {end: false});
  child.stderr.pipe(channel.stderr, {end: false});
  child.on('close', (code) => {
    channel.exit(code ?? 137);
    channel.end();
    channel.close();
  });
  channel.on('close', end);
}
