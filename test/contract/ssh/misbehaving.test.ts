/** The session against a host that misbehaves: an ssh2 server in this process in front of a real `sh`. */
import {spawn} from 'node:child_process';
import {generateKeyPairSync} from 'node:crypto';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import type {AddressInfo, Server as NetServer, Socket} from 'node:net';
import {connect as connectTo, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Connection, ServerChannel} from 'ssh2';
import ssh2 from 'ssh2';
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {createExecutor} from '../../../src/actions/execute.ts';
import type {Step} from '../../../src/model/action.ts';
import type {Access} from '../../../src/model/fabric.ts';
import type {HostSpec} from '../../../src/model/target.ts';
import type {HostSession, Section, SectionResult} from '../../../src/services/session.ts';
import type {SessionOptions} from '../../../src/services/ssh/session.ts';
import {openSession} from '../../../src/services/ssh/session.ts';

/** What the host does once a section printed the word. */
interface Misdeeds {
  readonly [word: string]: (channel: ServerChannel, connection: Connection) => void;
}

let folder: string;
const undo: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evpn-tui-misbehaving-'));
});
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
  rmSync(folder, {recursive: true});
});

const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
const section = (id: string, script: string, deadlineS = 1, maxBytes = 1000): Section => ({id, script, deadlineS, maxBytes});
const brief = (result: SectionResult): string => result.ok ? `${result.id}: ${result.output.stdout.trim()}` : `${result.id}: ${result.problem.kind}`;

interface Host {
  readonly spec: HostSpec;
  readonly connections: () => number;
  readonly offers: string[]; // "publickey ssh-ed25519", "password" …
  readonly open: (options?: SessionOptions) => HostSession;
  readonly shut: () => void; // for those that come, not for those that are there
}

async function startHost(misdeeds: Misdeeds = {}, welcome = true): Promise<Host> {
  let connections = 0;
  const offers: string[] = [];
  const children = new Set<ReturnType<typeof spawn>>();
  const server = new ssh2.Server({hostKeys: [hostKey.private]}, connection => {
    connections++;
    connection.on('error', () => {});
    connection.on('authentication', context => {
      offers.push(context.method);
      if (welcome && context.method === 'publickey') context.accept();
      else context.reject(['publickey', 'password']);
    });
    connection.on('session', accept => {
      accept().on('exec', (acceptExec, _reject, {command}) => {
        const channel = acceptExec();
        channel.on('error', () => {});
        const child = spawn('sh', ['-c', command]);
        children.add(child);
        child.once('exit', () => children.delete(child));
        child.stdin.on('error', () => {});
        channel.pipe(child.stdin);
        let silent = false;
        child.stdout.on('data', (chunk: Buffer) => {
          const word = Object.keys(misdeeds).find(each => chunk.includes(`${each}-now`));
          // Nothing of what comes after the word, though a busy machine hands it over with it.
          if (!silent) channel.write(word === undefined ? chunk : chunk.subarray(0, chunk.indexOf(`${word}-now`) + word.length + 5));
          if (word === undefined) return;
          silent = true;
          misdeeds[word]?.(channel, connection);
        });
        child.stderr.on('data', (chunk: Buffer) => void (silent || channel.stderr.write(chunk)));
        child.once('exit', code => {
          channel.exit(code ?? 1);
          channel.end();
        });
        channel.on('close', () => child.stdin.destroy());
      });
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  undo.push(() => {
    for (const child of children) child.kill('SIGKILL');
    return new Promise(resolve => server.close(resolve));
  });
  return {spec: specOf(port), connections: () => connections, offers, open: options => openTo(specOf(port), options), shut: () => void server.close()};
}

function specOf(port: number): HostSpec {
  const key = join(folder, 'id');
  writeFileSync(key, generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey.export({type: 'pkcs1', format: 'pem'}), {mode: 0o600});
  const known = join(folder, 'known_hosts');
  writeFileSync(known, `[127.0.0.1]:${port} ${hostKey.public}\n`);
  writeFileSync(join(folder, 'config'), 'GlobalKnownHostsFile none\nIdentityAgent none\n');
  return {
    name: 'kvm1', roles: ['vtep'], underlay: 'wg0', underlayAddress: undefined, region: undefined, origin: 'test',
    ssh: {host: '127.0.0.1', port, user: 'root', identityFiles: [key], jumps: [], knownHosts: [known], strict: 'yes', extra: {}},
  };
}

function openTo(spec: HostSpec, options: SessionOptions = {}): HostSession {
  const session = openSession(spec, {sshConfig: join(folder, 'config'), graceMs: 300, startMs: 3000, backoff: {firstMs: 20, longestMs: 100}, ...options});
  undo.push(() => session.close());
  return session;
}

const reaches = (session: HostSession, phase: Access['phase']): Promise<Access> => new Promise(resolve => {
  if (session.access.phase === phase) return resolve(session.access);
  const stop = session.onAccess(access => {
    if (access.phase !== phase) return;
    stop();
    resolve(access);
  });
});

it('is renewed: over a connection of its own, while what is under way over the old one comes to its end', async () => {
  const host = await startHost();
  const session = host.open();
  const phases: string[] = [];
  await session.run([section('first', 'echo 1')]);
  session.onAccess(({phase}) => phases.push(phase));
  const [long, table] = [session.run([section('long', 'sleep 0.5; echo 2')]), session.stream(section('table', 'sleep 0.6; echo 3'), () => undefined)];
  expect(await session.renew()).toBeUndefined();
  expect(host.connections()).toBe(2);
  expect((await session.run([section('next', 'echo 4')], undefined, 'daemons')).map(brief)).toEqual(['next: 4']);
  expect((await long).map(brief)).toEqual(['long: 2']);
  expect(await table).toMatchObject({ok: true, output: {exit: 0}});
  expect([...new Set(phases)]).toEqual(['ready']);
});

it('lets nobody in any more: that is known to who renews, and what stands goes on', async () => {
  const host = await startHost();
  const session = host.open();
  await session.run([section('first', 'echo 1')]);
  host.shut();
  expect(await session.renew()).toMatchObject({kind: 'unreachable'});
  expect(session.access.phase).toBe('ready');
  expect((await session.run([section('again', 'echo 2')])).map(brief)).toEqual(['again: 2']);
  // What is to go over a new connection is not sent over the old one.
  const executor = createExecutor({session: () => session, one: undefined, log: () => undefined});
  const mark = join(folder, 'mark');
  const step: Step = {id: 'confirm', title: 'confirm', effect: {kind: 'host', host: 'kvm1', script: `: >${mark}`, fresh: true}, deadlineS: 5, resume: 'idempotent', cancellable: false};
  expect(await executor.step(step, {}, undefined)).toMatchObject({outcome: 'failed', says: expect.stringMatching(/^no new connection to kvm1, so nothing is sent: unreachable: /) as string});
  expect(existsSync(mark)).toBe(false);
});

it('hangs in the middle of an answer: finished sections stay, the connection is made anew', async () => {
  const host = await startHost({hang: () => {}});
  const session = host.open();
  const results = await session.run([section('first', 'echo 1'), section('second', 'echo hang-now'), section('third', 'echo 3')]);
  expect(results.map(brief)).toEqual(['first: 1', 'second: timeout', 'third: timeout']);
  expect(results[1]).toMatchObject({problem: {detail: expect.stringContaining('second') as string}});
  await reaches(session, 'ready');
  expect(host.connections()).toBe(2);
  expect((await session.run([section('again', 'echo 4')])).map(brief)).toEqual(['again: 4']);
});

it('dies in the middle of an answer: finished sections stay, and it comes back by itself', async () => {
  const host = await startHost({die: (_, connection) => connection.end()});
  const session = host.open();
  const phases: string[] = [];
  session.onAccess(access => phases.push(access.phase));
  const results = await session.run([section('first', 'echo 1'), section('second', 'echo die-now; sleep 30'), section('third', 'echo 3')]);
  expect(results.map(brief)).toEqual(['first: 1', 'second: unreachable', 'third: unreachable']);
  expect(phases).toContain('waiting');
  expect(session.access.retryAt === undefined || session.access.retryAt > Date.now() - 1000).toBe(true);
  await reaches(session, 'ready');
  expect((await session.run([section('again', 'echo 4')])).map(brief)).toEqual(['again: 4']);
});

it('floods past every limit: cut off at once, bounded memory, and a new connection', async () => {
  const chunk = Buffer.alloc(1 << 20, 120);
  let sent = 0;
  const host = await startHost({flood: channel => {
    const more = () => {
      while (channel.writable && sent < 200) {
        sent++;
        if (!channel.write(chunk)) return void channel.once('drain', more);
      }
    };
    more();
  }});
  const session = host.open({graceMs: 4000});
  const results = await session.run([section('before', 'echo 1'), section('flood', 'echo flood-now', 1, 1000)]);
  expect(results.map(brief)).toEqual(['before: 1', 'flood: garbled']);
  expect(sent).toBeLessThan(20); // of 200 MB: flow control stopped it once nobody read any more
  await reaches(session, 'ready');
}, 30_000);

it('prints what looks like our frames: it stays in the section that printed it', async () => {
  const host = await startHost();
  const fake = '0123456789abcdef0123456789abcdef';
  const lines = [`${fake} 0 a 0`, `${fake} 0 z`, `${fake} 1 a 0`, '0 z', ' 0 a 0'];
  const results = await host.open().run([section('forger', `printf '%s\\n' ${lines.map(line => `'${line}'`).join(' ')}; exit 6`), section('next', 'echo mine')]);
  expect(results[0]).toMatchObject({ok: true, output: {exit: 6, stdout: `${lines.join('\n')}\n`}});
  expect(brief(results[1] ?? expect.fail())).toBe('next: mine');
});

it('offers at most six keys, never a password, and stops there', async () => {
  const host = await startHost({}, false);
  const files = Array.from({length: 8}, (_, i) => {
    const file = join(folder, `key${i}`);
    writeFileSync(file, ssh2.utils.generateKeyPairSync('ed25519').private, {mode: 0o600});
    return file;
  });
  const session = openTo({...host.spec, ssh: {...host.spec.ssh, identityFiles: files}});
  const [result] = await session.run([section('a', 'echo')]);
  expect(result).toMatchObject({ok: false, problem: {kind: 'auth', detail: expect.stringContaining('2 more keys') as string}});
  expect(host.offers).toEqual(Array.from({length: 6}, () => 'publickey'));
  expect(session.access.phase).toBe('refused');
  await session.run([section('a', 'echo')]);
  expect(host.connections()).toBe(1);
});

it('an aborted round is answered at once, and the next one gets its own answers', async () => {
  const host = await startHost();
  const session = host.open();
  await session.run([section('warm', 'true')]);
  const giveUp = new AbortController();
  const slow = session.run([section('slow', 'sleep 0.5; echo late')], giveUp.signal);
  giveUp.abort();
  expect((await slow).map(brief)).toEqual(['slow: failed']);
  expect((await session.run([section('next', 'echo mine')])).map(brief)).toEqual(['next: mine']);
  expect(host.connections()).toBe(1);
});

it('close ends a round that is under way', async () => {
  const host = await startHost();
  const session = host.open();
  await session.run([section('warm', 'true')]);
  const slow = session.run([section('slow', 'sleep 5', 10)]);
  await session.close();
  expect((await slow).map(brief)).toEqual(['slow: failed']);
  expect(session.access).toMatchObject({phase: 'closed', retryAt: undefined});
});

/** A plain TCP server; what it does with each connection is the test's. */
async function startTcp(handle: (socket: Socket) => void, options: {allowHalfOpen?: boolean} = {}): Promise<{spec: HostSpec; count: () => number}> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server: NetServer = createServer(options, socket => {
    count++;
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise(resolve => server.close(resolve));
  });
  return {spec: specOf((server.address() as AddressInfo).port), count: () => count};
}

it.each([
  ['never says a word', (): void => {}],
  ['hangs up at once', (socket: Socket): void => void socket.end()],
  ['speaks another protocol', (socket: Socket): void => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(50))],
  ['sends garbage', (socket: Socket): void => void socket.end(Buffer.alloc(100_000, 0xff))],
] as const)('a port that %s: unreachable, retried with back-off', async (_, handle) => {
  const tcp = await startTcp(handle);
  const session = openTo(tcp.spec, {connectTimeoutMs: 200});
  const [result] = await session.run([section('a', 'echo')]);
  expect(result).toMatchObject({ok: false, problem: {kind: 'unreachable'}});
  expect(session.access.phase).toBe('waiting');
  expect(session.access.retryAt).toBeGreaterThan(session.access.since);
  await vi.waitFor(() => expect(tcp.count()).toBeGreaterThan(2), {timeout: 5000});
  await session.close();
});

it('close while waiting for the next attempt: there is none', async () => {
  const [closed, clock] = [await startTcp(socket => void socket.end()), await startTcp(socket => void socket.end())];
  const session = openTo(closed.spec);
  await session.run([section('a', 'echo')]);
  expect(session.access.phase).toBe('waiting');
  await session.close();
  const attempts = closed.count();
  const other = openTo(clock.spec, {backoff: {firstMs: 100, longestMs: 100}}); // waits at least as long as the closed one would have
  await other.run([section('a', 'echo')]);
  await vi.waitFor(() => expect(clock.count()).toBeGreaterThan(3), {timeout: 5000});
  expect(closed.count()).toBe(attempts);
  expect(session.access).toMatchObject({phase: 'closed', retryAt: undefined});
});

it('nobody listens: says so', async () => {
  const tcp = await startTcp(() => {});
  await Promise.all(undo.splice(0).map(each => each()));
  const session = openTo(tcp.spec);
  expect((await session.run([section('a', 'echo')]))[0]).toMatchObject({problem: {kind: 'unreachable', detail: expect.stringContaining('refused') as string}});
});

it('close does not wait for a host that has gone silent', async () => {
  const host = await startHost();
  let silent = false;
  const way = await startTcp(socket => {
    const behind = connectTo(host.spec.ssh.port ?? 0, '127.0.0.1');
    undo.push(() => void behind.destroy());
    behind.on('error', () => {});
    // Neither a word nor an end gets through any more, as with an unplugged cable.
    socket.on('data', chunk => void (silent || behind.write(chunk)));
    behind.on('data', (chunk: Buffer) => void (silent || socket.write(chunk)));
  }, {allowHalfOpen: true}); // an end is not answered by one
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${way.spec.ssh.port} ${hostKey.public}\n`);
  const session = openTo(way.spec);
  expect((await session.run([section('warm', 'echo 1')])).map(brief)).toEqual(['warm: 1']);
  silent = true;
  const round = session.run([section('lost', 'echo 2')]);
  await session.close();
  expect((await round).map(brief)).toEqual(['lost: failed']);
}, 8000);
