import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import https from 'node:https';
import net, {createServer, type Server, type Socket} from 'node:net';
import {Duplex} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {afterEach, describe, expect, it} from 'vitest';
import {OneClient, type OneClientOptions} from '../../../src/services/opennebula/client.ts';
import {fixture} from './fixtures.ts';

const session = 'oneadmin:s3cret-pass';
const open: {server: Server; sockets: Set<Socket>}[] = [];

afterEach(async () => {
  for (const {server, sockets} of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that gets the whole request text once it is there, and does what it likes with the socket. */
async function serve(onRequest: (socket: Socket, request: string) => void): Promise<{port: number; sockets: Set<Socket>}> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('</methodCall>')) onRequest(socket, text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({server, sockets});
  return {port: (server.address() as net.AddressInfo).port, sockets};
}

const reply = (body: Buffer | string, head = 'HTTP/1.1 200 OK\r\nContent-Type: text/xml'): Buffer =>
  Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`), Buffer.from(body)]);
const client = (port: number, more: Partial<OneClientOptions> = {}): OneClient => new OneClient({endpoint: `http://127.0.0.1:${port}/RPC2`, session, timeoutMs: 5000, ...more});
const version = fixture('001-system.version.resp');

describe('a call', () => {
  it('goes out as oned wants it, on a connection of its own', async () => {
    const requests: string[] = [];
    const {port, sockets} = await serve((socket, request) => {
      requests.push(request);
      socket.write(reply(version)); // keeps its end open
    });
    const one = client(port);
    expect(await one.call('one.system.version')).toEqual({ok: true, value: '7.4.0'});
    expect(await one.call('one.vm.info', [5])).toEqual({ok: true, value: '7.4.0'});
    expect(requests[1]).toMatch(/^POST \/RPC2 HTTP\/1\.1\r\n/);
    expect(requests[1]).toMatch(/Connection: close/);
    expect(requests[1]).toContain(`<value><string>${session}</string></value>`);
    expect(requests[1]).toContain('<value><int>5</int></value>');
    for (const socket of sockets) await once(socket, 'close');
    expect(sockets.size).toBe(0);
  });

  it('waits its turn: four at a time, in order', async () => {
    const asked: string[] = [];
    const {port} = await serve((socket, request) => {
      asked.push(/<int>(\d+)<\/int>/.exec(request)![1]!);
      socket.end(reply(version));
    });
    let most = 0;
    let under = 0;
    const one = client(port, {connect: async () => {
      most = Math.max(most, ++under);
      return net.connect(port, '127.0.0.1').on('close', () => under--);
    }});
    const calls = Array.from({length: 20}, (_, id) => one.call('one.vm.info', [id]));
    // Whatever may start at once has started before the first answer.
    await new Promise(setImmediate);
    expect(most).toBe(4);
    await Promise.all(calls);
    expect(asked.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({length: 20}, (_, id) => id));
    expect(asked.slice(0, 4).map(Number).every((id) => id < 4)).toBe(true);
  });

  it('goes through the stream that it is given', async () => {
    const {port} = await serve((socket) => socket.end(reply(version)));
    const asked: unknown[] = [];
    const one = new OneClient({endpoint: 'http://one.example:2633/RPC2', session, timeoutMs: 5000, connect: async (host, to) => {
      asked.push(host, to);
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }});
    expect(await one.call('one.system.version')).toEqual({ok: true, value: '7.4.0'});
    expect(asked).toEqual(['one.example', 2633]);
    const broken = new OneClient({endpoint: 'http://one.example:2633/RPC2', session, timeoutMs: 5000, connect: () => Promise.reject(new Error('no route through the jump host'))});
    expect(await broken.call('one.system.version')).toEqual({ok: false, problem: {kind: 'unreachable', detail: 'http://one.example:2633/RPC2: no route through the jump host'}});
  });
});

describe('what can go wrong has a name', () => {
  const problem = async (onRequest: (socket: Socket) => void, more: Partial<OneClientOptions> = {}) => {
    const {port, sockets} = await serve(onRequest);
    const result = await client(port, more).call('one.vmpool.info', [-2]);
    // Whatever happened, the connection does not linger.
    for (const socket of sockets) if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    return result.ok ? result : {kind: result.problem.kind, detail: result.problem.detail.replaceAll(String(port), 'PORT')};
  };
  const endpoint = 'http://127.0.0.1:PORT/RPC2';

  it('no answer', async () => {
    expect(await problem(() => undefined, {timeoutMs: 100})).toEqual({kind: 'timeout', detail: `${endpoint} did not answer one.vmpool.info within 0.1 s`});
  });
  it('a slow drip', async () => {
    const drip = (socket: Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n<methodResponse>');
      const timer = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => clearInterval(timer));
    };
    expect(await problem(drip, {timeoutMs: 200})).toMatchObject({kind: 'timeout'});
  });
  it('too much, announced or not', async () => {
    const detail = `${endpoint}: the answer is longer than 1 MiB`;
    expect(await problem((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'), {maxBytes: 1 << 20})).toEqual({kind: 'too-big', detail});
    const flood = (socket: Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const chunk = Buffer.alloc(65_536, 'x');
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
        socket.once('drain', pour);
      };
      pour();
    };
    expect(await problem(flood, {maxBytes: 1 << 20})).toEqual({kind: 'too-big', detail});
  });
  it('an error page of a proxy', async () => {
    const page = '<html>\n<head><title>502 Bad\x1b[31m Gateway</title></head></html>';
    expect(await problem((socket) => socket.end(reply(page, 'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html')))).toEqual({kind: 'failed', detail: `${endpoint} answered HTTP 502 Bad Gateway ("502 Bad Gateway")`});
    expect(await problem((socket) => socket.end(reply(page)))).toMatchObject({kind: 'garbled', detail: expect.stringContaining('a web page ("502 Bad Gateway")') as string});
    expect(await problem((socket) => socket.end(reply('', 'HTTP/1.1 401 Unauthorized')))).toMatchObject({kind: 'auth'});
    expect(await problem((socket) => socket.end(reply('', 'HTTP/1.1 404 Not Found')))).toEqual({kind: 'failed', detail: `${endpoint} answered HTTP 404 Not Found, no /RPC2 there`});
    expect(await problem((socket) => socket.end(reply('', 'HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/')))).toMatchObject({kind: 'failed', detail: expect.stringContaining('HTTP 302') as string});
  });
  it('a connection that dies', async () => {
    expect(await problem((socket) => socket.destroy())).toEqual({kind: 'unreachable', detail: `${endpoint}: socket hang up`});
    const cut = reply(version);
    expect(await problem((socket) => socket.end(cut.subarray(0, cut.length - 50)))).toEqual({kind: 'unreachable', detail: `${endpoint}: the connection was lost in the middle of the answer (aborted)`});
  });
  it('an answer that ends too early, without a length to tell', async () => {
    expect(await problem((socket) => socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), version.subarray(0, -60)])))).toMatchObject({kind: 'garbled'});
  });
  it('no HTTP at all', async () => {
    expect(await problem((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))).toMatchObject({kind: 'unreachable', detail: expect.stringMatching(/Parse Error/) as string});
  });
  it('nobody there', async () => {
    const {port} = await serve(() => undefined);
    const {server} = open.pop()!;
    await new Promise((resolve) => server.close(resolve));
    expect(await client(port).call('one.system.version')).toEqual({ok: false, problem: {kind: 'unreachable', detail: `http://127.0.0.1:${port}/RPC2: connect ECONNREFUSED 127.0.0.1:${port}`}});
  });
  it('TLS that nobody vouches for, that is for another name, or that is none', async () => {
    const pem = (kind: string): Buffer => readFileSync(new URL(`../../fixtures/opennebula/loopback.${kind}.pem`, import.meta.url));
    const server = https.createServer({cert: pem('cert'), key: pem('key')}, (_, response) => response.end(version));
    server.on('tlsClientError', (_, socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as net.AddressInfo;
    const secure = (more: Partial<OneClientOptions>, host = '127.0.0.1') => new OneClient({endpoint: `https://${host}:${port}/RPC2`, session, timeoutMs: 5000, ...more}).call('one.system.version');
    expect(await secure({ca: pem('cert')})).toEqual({ok: true, value: '7.4.0'});
    expect(await secure({})).toMatchObject({ok: false, problem: {kind: 'unreachable', detail: expect.stringMatching(/self-signed certificate/) as string}});
    const through = async (): Promise<net.Socket> => net.connect(port, '127.0.0.1');
    expect(await secure({ca: pem('cert'), connect: through}, 'one.example')).toMatchObject({ok: false, problem: {kind: 'unreachable', detail: expect.stringMatching(/altnames/) as string}});
    expect(await secure({ca: pem('cert'), connect: through})).toEqual({ok: true, value: '7.4.0'});
    const wrapped = Duplex.from({readable: net.connect(port, '127.0.0.1'), writable: net.connect(port, '127.0.0.1')});
    const closed = new Promise((resolve) => wrapped.once('close', resolve));
    expect(await secure({connect: async () => wrapped, timeoutMs: 200})).toMatchObject({ok: false});
    await closed;
    await new Promise((resolve) => server.close(resolve));
    const plain = createServer((socket) => socket.on('error', () => socket.destroy()).resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const mistaken = await new OneClient({endpoint: `https://127.0.0.1:${(plain.address() as net.AddressInfo).port}/RPC2`, session, timeoutMs: 5000}).call('one.system.version');
    await new Promise((resolve) => plain.close(resolve));
    expect(mistaken).toMatchObject({ok: false, problem: {kind: 'unreachable'}});
  });
  it('an address that is none', async () => {
    expect(await new OneClient({endpoint: 'front-end', session, timeoutMs: 100}).call('one.system.version')).toEqual({ok: false, problem: {kind: 'failed', detail: 'front-end is no URL'}});
    expect(await new OneClient({endpoint: 'ftp://h/', session, timeoutMs: 100}).call('one.system.version')).toEqual({ok: false, problem: {kind: 'failed', detail: 'ftp://h/: neither http nor https'}});
  });
  it('being given up, under way and while waiting', async () => {
    const abort = new AbortController();
    const {port} = await serve(() => abort.abort());
    const one = client(port, {parallel: 1});
    const [first, second] = await Promise.all([one.call('one.a', [], abort.signal), one.call('one.b', [], abort.signal)]);
    expect([first, second]).toEqual([{ok: false, problem: {kind: 'failed', detail: 'one.a was given up'}}, {ok: false, problem: {kind: 'failed', detail: 'one.b was given up'}}]);
    expect(await one.call('one.c', [], abort.signal)).toMatchObject({ok: false});
  });
});

describe('the credentials', () => {
  it('stay out of every word, even when the server repeats them', async () => {
    const refusal = `<methodResponse><params><param><value><array><data><value><boolean>0</boolean></value><value><string>no user ${session}, not s3cret-pass</string></value><value><i4>256</i4></value></data></array></value></param></params></methodResponse>`;
    const {port} = await serve((socket) => socket.end(reply(refusal)));
    const result = await client(port).call('one.system.version');
    expect(result).toMatchObject({ok: false, problem: {kind: 'auth', detail: 'no user ***, not *** (AUTHENTICATION)'}, refusal: {message: 'no user ***, not ***'}});
    expect(JSON.stringify(result)).not.toContain('s3cret');
    const unsayable = new OneClient({endpoint: `http://127.0.0.1:${port}/`, session: 'a:s3cret\u0001', timeoutMs: 100});
    expect(JSON.stringify(await unsayable.call('one.system.version'))).not.toContain('s3cret');
    expect(new OneClient({endpoint: 'http://u:s3cret@h:1/RPC2', session, timeoutMs: 1}).endpoint).toBe('http://h:1/RPC2');
  });
});

it('prints nothing, whatever Node would deprecate', () => {
  const script = `
    import {OneClient} from './src/services/opennebula/client.ts';
    import {cloudProbes} from './src/services/opennebula/probes.ts';
    import {startOned} from './src/simulator/oned/server.ts';
    import {emptyWorld} from './src/simulator/oned/world.ts';
    const oned = await startOned(emptyWorld(), {port: 0, host: '127.0.0.1', auth: 'a:b'});
    const one = new OneClient({endpoint: oned.url, session: 'a:b', timeoutMs: 5000});
    const read = await Promise.all(cloudProbes.map((probe) => probe.read(one)));
    await one.call('one.nope');
    await oned.close();
    await one.call('one.system.version');
    process.exitCode = read.every(({ok}) => ok) ? 42 : 1;`;
  const run = spawnSync(process.execPath, ['--pending-deprecation', '--trace-deprecation', '--input-type=module', '--eval', script], {cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8', env: {PATH: process.env['PATH']}});
  expect({status: run.status, stdout: run.stdout, stderr: run.stderr}).toEqual({status: 42, stdout: '', stderr: ''});
});
