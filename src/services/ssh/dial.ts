/** From a chain of hops to an authenticated connection: each hop verified, each reached through the one before. */
import type {Duplex} from 'node:stream';
import type {CipherAlgorithm, Client} from 'ssh2';
import ssh2 from 'ssh2';
import type {Problem, ProblemKind} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {offerFor} from './authenticate.ts';
import type {ConnectGate} from './connect-gate.ts';
import {hostKeyCheck} from './host-key.ts';
import type {Hop} from './resolve.ts';

/** Milliseconds between keepalives, and how many may stay unanswered. */
const keepaliveInterval = 5000;
const keepaliveCountMax = 3;
/** Milliseconds that a polite end may take before the socket is cut. */
const goodbyeMs = 500;

// GCM runs in OpenSSL with hardware AES: by far the least CPU for each byte here
const ciphers: CipherAlgorithm[] = [
  'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr',
];

/** An open connection with its jumps. */
export interface Line {
  readonly client: Client;
  /** Resolves when any part of it is gone, with the reason. Never rejects. */
  readonly lost: Promise<Problem>;
  /** Ends every part, last hop first; resolves when all sockets are closed. Idempotent. */
  hangUp(): Promise<void>;
}

export type Dialled = {readonly ok: true; readonly line: Line} | {readonly ok: false; readonly problem: Problem};

const failure = (kind: ProblemKind, detail: string) => ({ok: false, problem: {kind, detail}}) as const;

/** Never rejects. On failure nothing is left open. */
export async function dial(hops: readonly Hop[], gate: ConnectGate, signal: AbortSignal): Promise<Dialled> {
  const first = hops[0];
  if (!first) return failure('failed', 'no host to connect to');
  let leave: () => void;
  try {
    leave = await gate.enter(`${first.hostname}:${first.port}`, signal);
  } catch {
    return failure('unreachable', 'the connection was given up');
  }
  const legs: Leg[] = [];
  const giveUp = async (result: Dialled): Promise<Dialled> => {
    await hangUp(legs);
    return result;
  };
  try {
    for (const [i, hop] of hops.entries()) {
      const before = legs.at(-1);
      const through = before && await forward(before.client, hop, hops[i - 1]?.alias ?? '');
      if (through && !through.ok) return await giveUp(through);
      const leg = await connect(hop, through?.stream, i < hops.length - 1 ? 'jump host ' : '', signal);
      if (!leg.ok) return await giveUp(leg);
      legs.push(leg.leg);
    }
  } finally {
    leave();
  }
  const last = legs.at(-1);
  if (!last) return failure('failed', 'no host to connect to');
  let ending: Promise<void> | undefined;
  return {ok: true, line: {client: last.client, lost: Promise.race(legs.map(leg => leg.lost)), hangUp: () => (ending ??= hangUp(legs))}};
}

interface Leg {
  readonly client: Client;
  readonly lost: Promise<Problem>;
}

async function hangUp(legs: readonly Leg[]): Promise<void> {
  for (const leg of legs.toReversed()) {
    leg.client.end();
    // a peer that does not close its side, or is gone without a word, must not keep the socket
    const timer = setTimeout(() => cut(leg.client), goodbyeMs);
    await leg.lost;
    clearTimeout(timer);
  }
}

/** ssh2's own destroy() does nothing once end() was called: then the socket is not writable any more, and stays. */
function cut(client: Client): void {
  client.destroy();
  (client as unknown as {readonly _sock?: Duplex})._sock?.destroy();
}

type Forwarded = {readonly ok: true; readonly stream: Duplex} | ReturnType<typeof failure>;

function forward(jump: Client, hop: Hop, through: string): Promise<Forwarded> {
  return new Promise(resolve => {
    const timer = setTimeout(
      () => resolve(failure('unreachable', `${through} did not reach ${hop.hostname}:${hop.port} within ${hop.connectTimeoutMs / 1000} s`)),
      hop.connectTimeoutMs,
    );
    const finish = (result: Forwarded) => {
      clearTimeout(timer);
      resolve(result);
    };
    try {
      jump.forwardOut('127.0.0.1', 0, hop.hostname, hop.port, (error, stream) => {
        if (!error) finish({ok: true, stream});
        else if ((error as Error & {reason?: unknown}).reason === 1) finish(failure('denied', `${through} does not forward to ${hop.hostname}:${hop.port} (AllowTcpForwarding)`));
        else finish(failure('unreachable', `${through} cannot reach ${hop.hostname}:${hop.port}: ${sanitizeLine(error.message, 300)}`));
      });
    } catch (error) {
      finish(failure('unreachable', `${through} was lost: ${(error as Error).message}`));
    }
  });
}

type Connected = {readonly ok: true; readonly leg: Leg} | ReturnType<typeof failure>;

async function connect(hop: Hop, through: Duplex | undefined, what: string, signal: AbortSignal): Promise<Connected> {
  const [offer, hostKey] = await Promise.all([offerFor(hop), hostKeyCheck(hop)]);
  if (signal.aborted) {
    through?.destroy();
    return failure('unreachable', 'the connection was given up');
  }
  const client = new ssh2.Client();
  let refused: Problem | undefined; // by us, because of its key
  let reason: Problem | undefined;
  let ready = false;
  const note = (error: Error & {level?: string; code?: unknown}) => {
    if (error.level === 'agent') return; // this key could not be used; the next one is tried
    reason ??= ready ? {kind: 'unreachable', detail: `the connection was lost: ${sanitizeLine(error.message, 300)}`}
      : refused ?? handshakeProblem(error, hop, what, offer.describe());
  };
  client.on('error', note);
  client.once('connect', () => client.setNoDelay(true)); // rounds are small: Nagle would add 40 ms to each
  const lost = new Promise<Problem>(resolve => {
    client.once('close', () => resolve(reason ?? {kind: 'unreachable', detail: ready ? 'the host closed the connection' : `${what}${hop.hostname}:${hop.port} closed the connection during the handshake`}));
  });
  const abort = () => client.destroy();
  signal.addEventListener('abort', abort, {once: true});
  const up = new Promise<'up'>(resolve => {
    client.once('ready', () => {
      ready = true;
      resolve('up');
    });
  });
  try {
    client.connect({
      host: hop.hostname,
      port: hop.port,
      ...(through ? {sock: through} : {}),
      username: hop.user,
      authHandler: offer.handler,
      hostVerifier: (key: Buffer) => {
        refused = hostKey.verify(key);
        return refused === undefined;
      },
      algorithms: {serverHostKey: [...hostKey.algorithms], cipher: ciphers, compress: ['none']},
      readyTimeout: hop.connectTimeoutMs,
      keepaliveInterval,
      keepaliveCountMax,
    });
  } catch (error) {
    signal.removeEventListener('abort', abort);
    through?.destroy();
    return failure('failed', `${what}${hop.alias}: ${sanitizeLine((error as Error).message, 300)}`);
  }
  const result = await Promise.race([up, lost]);
  signal.removeEventListener('abort', abort);
  if (result !== 'up') return {ok: false, problem: result};
  return {ok: true, leg: {client, lost}};
}

function handshakeProblem(error: Error & {level?: string; code?: unknown}, hop: Hop, what: string, offered: string): Problem {
  const where = `${what}${hop.hostname}:${hop.port}`;
  if (error.level === 'client-authentication' || /too many authentication failures/i.test(error.message)) {
    return {kind: 'auth', detail: `${where} let nobody in as ${hop.user} (${offered})`};
  }
  if (error.level === 'client-timeout') return {kind: 'unreachable', detail: `${where} did not answer within ${hop.connectTimeoutMs / 1000} s`};
  switch (error.code) {
    case 'ECONNREFUSED': return {kind: 'unreachable', detail: `${where}: connection refused (no sshd there?)`};
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return {kind: 'unreachable', detail: `the name ${hop.hostname} cannot be resolved`};
    case 'EHOSTUNREACH':
    case 'ENETUNREACH': return {kind: 'unreachable', detail: `${where}: no route to it`};
    default: return {kind: /no matching|algorithm/i.test(error.message) ? 'unsupported' : 'unreachable', detail: `${where}: ${sanitizeLine(error.message, 300)}`};
  }
}
