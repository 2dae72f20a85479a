/**
 * Which keys to offer, in OpenSSH's order: agent keys that a configured identity file names, the agent's other keys
 * (unless IdentitiesOnly), then identity files that the agent does not hold. Never a password. No private key is kept
 * beyond the attempt, and none is ever put into a message.
 */
import {readFile} from 'node:fs/promises';
import type {AuthHandlerMiddleware, KnownPublicKeys, ParsedKey, SignCallback, SigningRequestOptions} from 'ssh2';
import ssh2 from 'ssh2';
import type {Hop} from './resolve.ts';

/** sshd counts every key that is offered and hangs up at six (MaxAuthTries). */
const mostTries = 6;

export interface Offer {
  readonly handler: AuthHandlerMiddleware;
  /** What was offered and what could not be, for the message when all were refused. */
  readonly describe: () => string;
}

interface Attempt {
  readonly label: string;
  readonly auth: {type: 'agent'; username: string; agent: InstanceType<typeof ssh2.BaseAgent>} | {type: 'publickey'; username: string; key: ParsedKey};
}

/** The agent, narrowed to one key: ssh2 would offer all of them in the agent's order. */
class AgentKey extends ssh2.BaseAgent {
  readonly #agent: InstanceType<typeof ssh2.BaseAgent>;
  readonly #key: ParsedKey;
  constructor(agent: InstanceType<typeof ssh2.BaseAgent>, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }
  getIdentities(callback: (error: Error | null | undefined, keys?: KnownPublicKeys) => void): void {
    callback(null, [this.#key]);
  }
  sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    // @types/ssh2 declares the forms apart; the agent takes (key, data, options, callback)
    (this.#agent.sign as (key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback) => void)
      .call(this.#agent, key, data, options, callback);
  }
}

/** Reads identity files and asks the agent; never rejects. */
export async function offerFor(hop: Hop): Promise<Offer> {
  const skipped: string[] = [];
  const files = (await Promise.all(hop.identityFiles.map(file => readIdentity(file)))).flatMap(identity => identity ?? []);
  const agent = hop.agent === undefined ? undefined : ssh2.createAgent(hop.agent);
  const held = agent === undefined ? [] : await agentKeys(agent, hop.agent ?? '', skipped);
  const inAgent = (blob: Buffer | undefined) => held.some(key => blob !== undefined && key.getPublicSSH().equals(blob));

  const attempts: Attempt[] = [];
  const fromAgent = (key: ParsedKey, label: string) => {
    if (agent) attempts.push({label, auth: {type: 'agent', username: hop.user, agent: new AgentKey(agent, key)}});
  };
  const named = (key: ParsedKey) => files.find(file => file.publicKey?.equals(key.getPublicSSH()));
  for (const key of held) {
    const file = named(key);
    if (file) fromAgent(key, `${file.file} (agent)`);
  }
  if (!hop.identitiesOnly) {
    for (const key of held) if (!named(key)) fromAgent(key, `agent key${key.comment ? ` ${key.comment}` : ''}`);
  }
  for (const file of files) {
    if (inAgent(file.publicKey)) continue;
    if (file.key) attempts.push({label: file.file, auth: {type: 'publickey', username: hop.user, key: file.key}});
    else if (file.problem !== undefined) skipped.push(`${file.file} ${file.problem}`);
  }
  if (attempts.length > mostTries) skipped.push(`${attempts.length - mostTries} more keys: sshd allows ${mostTries} tries (set IdentitiesOnly and IdentityFile)`);

  const offered: string[] = [];
  const queue = attempts.slice(0, mostTries);
  return {
    handler: (methods, _partial, next) => {
      const attempt = methods && !methods.includes('publickey') ? undefined : queue.shift();
      if (methods && !methods.includes('publickey')) skipped.push(`the host takes only ${methods.join(', ')}`);
      if (!attempt) return next(false as never);
      offered.push(attempt.label);
      next(attempt.auth);
    },
    describe: () => `${offered.length === 0 ? 'no key to offer' : `offered: ${offered.join(', ')}`}${skipped.length > 0 ? `; not offered: ${skipped.join('; ')}` : ''}`,
  };
}

function agentKeys(agent: InstanceType<typeof ssh2.BaseAgent>, socket: string, skipped: string[]): Promise<ParsedKey[]> {
  return new Promise(resolve => {
    const timer = setTimeout(() => finish(undefined), 3000);
    const finish = (keys: readonly unknown[] | undefined) => {
      clearTimeout(timer);
      if (keys === undefined) skipped.push(`the agent at ${socket} does not answer`);
      resolve((keys ?? []).flatMap(key => {
        const parsed = ssh2.utils.parseKey(key as ParsedKey);
        return parsed instanceof Error ? [] : [parsed];
      }));
    };
    agent.getIdentities((error, keys) => finish(error ? undefined : keys ?? []));
  });
}

interface Identity {
  readonly file: string;
  readonly key: ParsedKey | undefined;
  readonly publicKey: Buffer | undefined;
  readonly problem: string | undefined;
}

/** OpenSSH tries these without being told: that they do not exist is no news. */
const defaultName = /\/\.ssh\/id_[a-z0-9_]+$/;

/** undefined: nothing there, and nothing to say about it. */
async function readIdentity(file: string): Promise<Identity | undefined> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // a name may stand for a key that only the agent holds: then the public half is enough
    const publicKey = await readPublicHalf(`${file}.pub`);
    if (code === 'ENOENT' && publicKey === undefined && defaultName.test(file)) return undefined;
    const problem = code !== 'ENOENT' ? `cannot be read (${code ?? 'error'})` : publicKey ? 'has only its public half here, and the agent does not hold it' : 'does not exist';
    return {file, key: undefined, publicKey, problem};
  }
  const parsed = ssh2.utils.parseKey(content);
  if (!(parsed instanceof Error)) {
    const key = Array.isArray(parsed) ? parsed[0] as ParsedKey : parsed;
    return key.isPrivateKey()
      ? {file, key, publicKey: key.getPublicSSH(), problem: undefined}
      : {file, key: undefined, publicKey: key.getPublicSSH(), problem: 'is a public key that the agent does not hold'};
  }
  const publicKey = await readPublicHalf(`${file}.pub`) ?? publicHalfInside(content);
  const encrypted = /encrypted|passphrase/i.test(parsed.message);
  return {file, key: undefined, publicKey, problem: encrypted ? 'is encrypted and not in the agent (ssh-add it)' : 'is not a private key that can be read'};
}

async function readPublicHalf(file: string): Promise<Buffer | undefined> {
  try {
    const base64 = (await readFile(file, 'utf8')).split(/\s+/)[1];
    return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  } catch {
    return undefined;
  }
}

/** OpenSSH's own format keeps the public half in the clear, also when the private one is encrypted. */
function publicHalfInside(content: Buffer): Buffer | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(content.toString('latin1'))?.[1];
  if (base64 === undefined) return undefined;
  const blob = Buffer.from(base64, 'base64');
  const magic = 'openssh-key-v1\0';
  if (blob.toString('latin1', 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  const field = (): Buffer | undefined => {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    const value = blob.subarray(at + 4, end);
    at = end;
    return value;
  };
  if (!field() || !field() || !field()) return undefined; // cipher, KDF, its options
  at += 4; // number of keys: one
  return field();
}
