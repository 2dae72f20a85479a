/**
 * Calls oned's XML-RPC API, within bounds: a deadline and a size cap per call, few calls at once, a new connection
 * each (oned serves 15 at a time and an idle one blocks a slot). The credentials never appear in what it returns.
 */
import http from 'node:http';
import net from 'node:net';
import type {Duplex} from 'node:stream';
import tls from 'node:tls';
import type {Problem} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {decodeResponse, encodeCall, titled, type OneArgument, type OneResult} from './envelope.ts';
import {Turnstile} from './turnstile.ts';

export interface OneClientOptions {
  readonly endpoint: string; // http://127.0.0.1:2633/RPC2 or https://…
  readonly session: string; // "user:password": secret
  readonly timeoutMs: number; // per call, connecting included, waiting for its turn not
  readonly maxBytes?: number; // of one answer; default 64 MiB
  readonly parallel?: number; // default 4
  readonly ca?: string | Buffer; // further certificate authorities, PEM
  /** Opens the stream to the endpoint's host and port in another way: through an ssh tunnel. */
  readonly connect?: (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;
}

export class OneClient {
  readonly endpoint: string; // as shown: without credentials
  private readonly options: OneClientOptions;
  private readonly turnstile: Turnstile;

  constructor(options: OneClientOptions) {
    this.options = options;
    this.endpoint = withoutCredentials(options.endpoint);
    this.turnstile = new Turnstile(options.parallel ?? 4);
  }

  /** Calls `method` with the session and `args`. Never rejects. `signal` gives it up. */
  async call(method: string, args: readonly OneArgument[] = [], signal?: AbortSignal): Promise<OneResult> {
    const leave = await this.turnstile.enter(signal);
    if (!leave) return failed({kind: 'failed', detail: `${method} was given up`});
    try {
      return this.redacted(await this.post(method, args, signal));
    } finally {
      leave();
    }
  }

  private async post(method: string, args: readonly OneArgument[], signal: AbortSignal | undefined): Promise<OneResult> {
    let body: string;
    let url: URL;
    try {
      body = encodeCall(method, [this.options.session, ...args]);
      url = new URL(this.options.endpoint);
      if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${this.endpoint}: neither http nor https`);
    } catch (error) {
      return failed({kind: 'failed', detail: error instanceof TypeError && !('code' in error) ? error.message : `${this.endpoint} is no URL`});
    }
    const deadline = AbortSignal.timeout(this.options.timeoutMs);
    const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const received = await receive(url, Buffer.from(body), this.options, ended);
    if (received.ok) return this.judge(received, url);
    if (signal?.aborted) return failed({kind: 'failed', detail: `${method} was given up`});
    if (deadline.aborted) return failed({kind: 'timeout', detail: `${this.endpoint} did not answer ${method} within ${seconds(this.options.timeoutMs)} s`});
    return failed({kind: received.problem.kind, detail: `${this.endpoint}: ${received.problem.detail}`});
  }

  private async judge({status, reason, body}: Answer, url: URL): Promise<OneResult> {
    if (status === 200) return decodeResponse(body);
    const kind = status === 401 || status === 403 ? 'auth' : 'failed';
    const hint = status === 404 ? `, no ${sanitizeLine(url.pathname, 80)} there` : '';
    return failed({kind, detail: `${this.endpoint} answered HTTP ${status} ${sanitizeLine(reason, 80)}${hint}${titled(body.subarray(0, 4096).toString('utf8'))}`.trimEnd()});
  }

  /** A server may repeat what it was sent. */
  private redacted(result: OneResult): OneResult {
    if (result.ok) return result;
    const {session} = this.options;
    const password = session.slice(session.indexOf(':') + 1);
    const secrets = [session, password].filter((secret) => secret.length >= 3);
    const hide = (words: string): string => secrets.reduce((left, secret) => left.replaceAll(secret, '***'), words);
    const {problem, refusal} = result;
    return {ok: false, problem: {kind: problem.kind, detail: hide(problem.detail)}, ...(refusal && {refusal: {...refusal, message: hide(refusal.message)}})};
  }
}

const failed = (problem: Problem): OneResult => ({ok: false, problem});
const seconds = (ms: number): string => String(Math.round(ms / 100) / 10);

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: Buffer;
}

function receive(url: URL, body: Buffer, options: OneClientOptions, signal: AbortSignal): Promise<({readonly ok: true} & Answer) | {readonly ok: false; readonly problem: Problem}> {
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  return new Promise((resolve) => {
    const fail = (problem: Problem): void => {
      resolve({ok: false, problem});
      request.destroy();
    };
    const tooBig = (): void => fail({kind: 'too-big', detail: `the answer is longer than ${Math.round(maxBytes / 1024 / 1024)} MiB`});
    const request = http.request({
      protocol: 'http:', method: 'POST', host: url.hostname, port: url.port || (url.protocol === 'https:' ? 443 : 80), path: url.pathname + url.search, signal,
      headers: {Host: url.host, 'Content-Type': 'text/xml', 'Content-Length': body.length, Connection: 'close', 'User-Agent': 'evpn-tui', 'Accept-Encoding': 'identity'},
      // Its own connection, never the global agent's: nothing is kept alive.
      createConnection: (_, done) => {
        open(url, options, signal).then((stream) => done(null, stream as net.Socket), (error: Error) => done(error, undefined as unknown as net.Socket));
        return undefined;
      },
    });
    request.on('error', (error) => fail({kind: 'unreachable', detail: wordsOf(error)}));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      if (Number(response.headers['content-length']) > maxBytes) return tooBig();
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) tooBig();
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail({kind: 'unreachable', detail: `the connection was lost in the middle of the answer (${wordsOf(error)})`}));
      response.on('end', () => resolve({ok: true, status: response.statusCode ?? 0, reason: response.statusMessage ?? '', body: Buffer.concat(chunks, length)}));
    });
    request.end(body);
  });
}

async function open(url: URL, options: OneClientOptions, signal: AbortSignal): Promise<Duplex> {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (secure ? 443 : 80);
  const socket = options.connect ? await options.connect(host, port, signal) : net.connect({host, port});
  if (signal.aborted) {
    socket.destroy();
    throw new Error('given up');
  }
  if (!secure) return socket;
  const ca = options.ca === undefined ? {} : {ca: [...tls.rootCertificates, options.ca]};
  // tls.connect verifies chain and name unless told otherwise.
  return tls.connect({socket: socket as net.Socket, ...(net.isIP(host) ? {} : {servername: host}), host, ...ca});
}

/** Node's words, without a stack: "connect ECONNREFUSED 192.0.2.1:2633". An error of several addresses has none of its own. */
function wordsOf(error: Error & {code?: string}): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return sanitizeLine(first?.message || error.message || error.code || 'no reason given', 200);
}

function withoutCredentials(endpoint: string): string {
  return sanitizeLine(endpoint.replace(/^(\w+:\/\/)[^/@]*@/, '$1'), 200);
}
