/**
 * oned's XML-RPC API over the world that it is given. The world may change at any time: each answer is made from it as
 * it then is. With an engine, the writing calls are served too.
 */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Engine} from './engine.ts';
import {Arguments, methods, type Asker} from './methods.ts';
import {Fault, readCall, Refusal, writeFault, writeRefusal, writeSuccess, type Value} from './wire.ts';
import type {OnedWorld} from './world.ts';
import {writes} from './writes/index.ts';

export interface OnedOptions {
  readonly port: number; // 0: any free one
  readonly host: string; // '127.0.0.1'
  readonly auth: string; // the administrator's "user:password"; other users are in the world
  readonly engine?: Engine; // of the same world: without it, only reading calls are known
}

export interface Oned {
  readonly url: string; // http://127.0.0.1:PORT/RPC2
  /** Ends the server and every connection. */
  close(): Promise<void>;
}

const maxBody = 1024 * 1024;

export async function startOned(world: OnedWorld, options: OnedOptions): Promise<Oned> {
  const server = createServer((request, response) => void serve(world, options, request, response));
  server.keepAliveTimeout = 1; // oned closes after each call
  const listen = (port: number): Promise<void> => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  await listen(options.port);
  const {port} = server.address() as AddressInfo;
  if (options.engine) options.engine.door.listen = async (open) => {
    if (open === server.listening) return;
    if (open) return listen(port);
    // Nobody can connect from here on; what becomes of the connections that there were need not be waited for.
    void close();
  };
  return {url: `http://${options.host}:${port}/RPC2`, close};
}

async function serve(world: OnedWorld, options: OnedOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fail = (status: number): void => void response.writeHead(status, {'Content-Type': 'text/html', Connection: 'close'}).end(`<html><head><title>Error ${status}</title></head><body></body></html>`);
  try {
    if (request.method !== 'POST') return fail(405);
    if (new URL(request.url ?? '/', 'http://oned').pathname !== '/RPC2') return fail(404);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > maxBody) return fail(413);
      chunks.push(chunk as Buffer);
    }
    const body = Buffer.from(answer(world, options, Buffer.concat(chunks).toString('utf8')));
    response.writeHead(200, {'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': body.length, Connection: 'close', Server: 'Xmlrpc-c_Abyss/1.40.0'}).end(body);
  } catch {
    // The caller went away: nobody is left to be told.
    response.destroy();
  }
}

/** The body of the answer to the body of a call. */
export function answer(world: OnedWorld, {auth, engine}: Pick<OnedOptions, 'auth' | 'engine'>, body: string): string {
  let method = '';
  try {
    const call = readCall(body);
    method = call.method;
    const read = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const write = engine && Object.hasOwn(writes, method) ? writes[method] : undefined;
    if (!read && !write) throw new Fault(-506, `Method '${method}' not defined`);
    const [session, ...rest] = call.params;
    if (!session) throw new Fault(-500, 'Unexpected error executing code for particular method, detected by Xmlrpc-c method registry code.  Method did not fail; rather, it did not complete at all.  Subscript of xmlrpc_c::paramList out of bounds');
    const asker = authenticate(world, auth, session, engine);
    const args = new Arguments(rest);
    return writeSuccess(read ? read(world, asker, args) : write!(engine!, asker, args));
  } catch (error) {
    if (error instanceof Fault) return writeFault(error);
    if (error instanceof Refusal) return writeRefusal(method, error);
    return writeFault(new Fault(-500, `Unexpected error executing code for particular method: ${String(error)}`));
  }
}

function authenticate(world: OnedWorld, auth: string, session: Value, engine: Engine | undefined): Asker {
  const given = session.type === 'string' || session.type === 'untyped' ? session.value : undefined;
  const [administrator = '', ...password] = auth.split(':');
  if (given === `${administrator}:${engine?.door.password ?? password.join(':')}`) return {uid: engine?.door.rights === false ? unprivileged : 0};
  const owner = given === undefined ? undefined : engine?.tokens.get(given);
  if (owner === administrator) return {uid: 0};
  const user = world.users.find(({name, password: secret}) => given === `${name}:${secret}` || name === owner);
  if (!user) throw new Refusal(0x100, "User couldn't be authenticated, aborting call.");
  return {uid: user.id};
}

/** A user that owns nothing. */
const unprivileged = 999;
