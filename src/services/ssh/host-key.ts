/** The decision about a host's key: reads the known_hosts files of a hop, says in words what is wrong, records new keys. */
import {randomBytes} from 'node:crypto';
import {appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Problem} from '../../model/reading.ts';
import type {HostKeyAlgorithm, KnownHostLine} from './known-hosts.ts';
import {algorithmOrder, fingerprint, hashedHosts, judgeKey, keyType, lookupName, parseKnownHosts} from './known-hosts.ts';
import type {Hop} from './resolve.ts';

export interface HostKeyCheck {
  readonly algorithms: readonly HostKeyAlgorithm[];
  /** undefined: the key is good (and recorded, if it was new and accept-new). */
  verify(key: Buffer): Problem | undefined;
}

/** Reads the files of this hop now. A file that does not exist is empty; one that cannot be read makes every key unknown. */
export async function hostKeyCheck(hop: Hop): Promise<HostKeyCheck> {
  const files = await Promise.all([...hop.userKnownHosts, ...hop.globalKnownHosts].map(readKnownHosts));
  const lines = files.flatMap(file => file.lines);
  const unreadable = files.flatMap(file => file.problem ?? []);
  const revoked = await Promise.all(hop.revokedHostKeys.map(readRevoked));
  const name = lookupName(hop.hostname, hop.port, hop.hostKeyAlias);
  // OpenSSH falls back to the host without its port; a host with an alias has no other name
  const names = hop.hostKeyAlias === undefined && hop.port !== 22 ? [name, hop.hostname.toLowerCase()] : [name];
  return {
    algorithms: algorithmOrder(lines, names),
    verify: key => {
      const refused = revoked.flatMap(each => each.problem ?? (each.keys.some(bad => bad.equals(key)) ? `the host key ${fingerprint(key)} of ${name} is revoked (${each.file})` : []))[0];
      return refused === undefined ? decide(hop, name, names, lines, unreadable, key) : {kind: 'host-key', detail: refused};
    },
  };
}

function decide(hop: Hop, name: string, names: readonly string[], lines: readonly KnownHostLine[], unreadable: readonly string[], key: Buffer): Problem | undefined {
  const verdict = judgeKey(lines, names, key);
  const refuse = (detail: string): Problem => ({kind: 'host-key', detail});
  const shown = `${(keyType(key) ?? 'host key').replace(/^ssh-/, '')} key ${fingerprint(key)}`;
  const file = hop.userKnownHosts[0];
  switch (verdict.kind) {
    case 'known': return undefined;
    case 'revoked': return refuse(`${name} shows the ${shown}, which is revoked by ${place(verdict.line)}`);
    case 'changed': return refuse(`the host key of ${name} has CHANGED: it shows the ${shown}, but ${place(verdict.line)} has ${fingerprint(verdict.line.key)}. `
      + `If the host was reinstalled: ssh-keygen -R '${name}' -f ${verdict.line.file}; if not, somebody may be in between`);
    case 'unknown': {
      // a host whose other keys are known and that now shows only a new type is not new
      if (hop.strict === 'accept-new' && verdict.otherTypes.length === 0 && file !== undefined) return record(hop, name, key, file);
      const scan = `ssh-keyscan ${hop.port === 22 ? '' : `-p ${hop.port} `}${hop.hostname} >> ${file ?? 'FILE'}`;
      const others = verdict.otherTypes.map(line => `${line.type} at ${place(line)}`).join(', ');
      const authority = verdict.authorities[0];
      return refuse(`the host key of ${name} is unknown: it shows the ${shown}, which is not in ${[...hop.userKnownHosts, ...hop.globalKnownHosts].join(', ') || 'any known_hosts file'}`
        + (others ? ` (known: ${others})` : '')
        + (authority ? ` (${place(authority)} trusts a certificate authority: host certificates are not supported)` : '')
        + (unreadable.length > 0 ? ` (${unreadable.join('; ')})` : '')
        + `. Compare the fingerprint, then: ssh ${hop.alias}, or ${scan}`);
    }
  }
}

const place = (line: KnownHostLine): string => `${line.file}:${line.line}`;

/** Appends one line (never rewrites); a new file is private, as OpenSSH makes it. */
function record(hop: Hop, name: string, key: Buffer, file: string): Problem | undefined {
  const hosts = hop.hashKnownHosts ? hashedHosts(name, randomBytes(20)) : name;
  try {
    mkdirSync(dirname(file), {recursive: true, mode: 0o700});
    appendFileSync(file, `${endsInsideALine(file) ? '\n' : ''}${hosts} ${keyType(key)} ${key.toString('base64')}\n`, {mode: 0o600});
    return undefined;
  } catch (error) {
    return {kind: 'host-key', detail: `the new host key ${fingerprint(key)} of ${name} could not be recorded in ${file}: ${(error as Error).message}`};
  }
}

function endsInsideALine(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const {size} = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 10;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

async function readKnownHosts(file: string): Promise<{readonly lines: readonly KnownHostLine[]; readonly problem?: string}> {
  try {
    return {lines: parseKnownHosts(await readFile(file, 'utf8'), file)};
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {lines: []} : {lines: [], problem: `${file} cannot be read`};
  }
}

/** RevokedHostKeys: a list of public keys. Unreadable, or OpenSSH's binary list: no key may pass, as in OpenSSH. */
async function readRevoked(file: string): Promise<{readonly file: string; readonly keys: readonly Buffer[]; readonly problem?: string}> {
  try {
    const content = await readFile(file);
    if (content.toString('latin1', 0, 6) === 'SSHKRL') return {file, keys: [], problem: `RevokedHostKeys ${file} is a binary revocation list, which is not supported: no host key can be trusted`};
    const keys = content.toString('utf8').split('\n').flatMap(line => /(?:^|\s)(?:ssh|ecdsa|sk)-\S+\s+(\S+)/.exec(line)?.[1] ?? []);
    return {file, keys: keys.map(key => Buffer.from(key, 'base64'))};
  } catch {
    return {file, keys: [], problem: `RevokedHostKeys ${file} cannot be read: no host key can be trusted`};
  }
}
