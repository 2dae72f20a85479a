/**
 * OpenSSH's known_hosts, read as OpenSSH reads it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure: text in, verdict out.
 */
import {createHash, createHmac, timingSafeEqual} from 'node:crypto';

export interface KnownHostLine {
  readonly file: string;
  readonly line: number; // 1-based
  readonly marker: 'plain' | 'revoked' | 'cert-authority';
  readonly hosts: string; // the field as it stands
  readonly type: string; // "ssh-ed25519"
  readonly key: Buffer; // the public key blob
}

/** Lines that are not understood are left out, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHostLine[] {
  const lines: KnownHostLine[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const fields = raw.trim().split(/[ \t]+/);
    if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) continue;
    const marker = fields[0].startsWith('@') ? fields.shift() : undefined;
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') continue;
    const [hosts, type, base64] = fields;
    if (hosts === undefined || type === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) continue;
    const key = Buffer.from(base64, 'base64');
    if (keyType(key) !== type) continue;
    lines.push({file, line: i + 1, marker: marker === '@revoked' ? 'revoked' : marker ? 'cert-authority' : 'plain', hosts, type, key});
  }
  return lines;
}

/** The type that a public key blob names itself, or undefined if it is none. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length >= 4 + length ? key.toString('latin1', 4, 4 + length) : undefined;
}

export const fingerprint = (key: Buffer): string => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The name under which OpenSSH looks a host up: the alias as it is; else lower-case, with its port unless 22. */
export const lookupName = (host: string, port: number, alias?: string): string =>
  alias !== undefined ? alias.toLowerCase() : port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** Does the hosts field of a line mean this name? Hashed: equal; else a list of patterns with * ? and !. */
export function hostsMatch(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) {
    const [, version, salt, hash] = hosts.split('|');
    if (version !== '1' || salt === undefined || hash === undefined) return false;
    const expected = Buffer.from(hash, 'base64');
    const actual = hashName(name, Buffer.from(salt, 'base64'));
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (pattern === '' || !globMatch(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false; // one negated match rules the whole line out
    matched = true;
  }
  return matched;
}

/** Linear-time matching of * and ?: a hostile or careless pattern cannot stall. */
function globMatch(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t]) && pattern[p] !== '*') {
      p++;
      t++;
    } else if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (p < pattern.length && pattern[p] === '*') p++;
  return p === pattern.length;
}

const hashName = (name: string, salt: Buffer): Buffer => createHmac('sha1', salt).update(name).digest();

/** The hosts field of a new line, hashed with this salt (20 random bytes). */
export const hashedHosts = (name: string, salt: Buffer): string => `|1|${salt.toString('base64')}|${hashName(name, salt).toString('base64')}`;

export type KeyVerdict =
  | {readonly kind: 'known'; readonly line: KnownHostLine}
  | {readonly kind: 'revoked'; readonly line: KnownHostLine}
  | {readonly kind: 'changed'; readonly line: KnownHostLine} // another key of the same type is known
  | {readonly kind: 'unknown'; readonly otherTypes: readonly KnownHostLine[]; readonly authorities: readonly KnownHostLine[]};

/**
 * What OpenSSH would say about the key that a host shows. `names` are the names to look up, the first one being the
 * host's own; a further one (the host without its port, as OpenSSH falls back to) can make the key known or revoked,
 * never changed.
 */
export function judgeKey(lines: readonly KnownHostLine[], names: readonly string[], key: Buffer): KeyVerdict {
  const matching = names.map(name => lines.filter(line => hostsMatch(line.hosts, name)));
  const all = matching.flat();
  const revoked = all.find(line => line.marker === 'revoked' && line.key.equals(key));
  if (revoked) return {kind: 'revoked', line: revoked};
  const own = (matching[0] ?? []).filter(line => line.marker === 'plain');
  const known = own.find(line => line.key.equals(key));
  if (known) return {kind: 'known', line: known};
  const changed = own.find(line => line.type === keyType(key));
  if (changed) return {kind: 'changed', line: changed};
  const elsewhere = all.find(line => line.marker === 'plain' && line.key.equals(key));
  if (elsewhere) return {kind: 'known', line: elsewhere};
  return {kind: 'unknown', otherTypes: own, authorities: all.filter(line => line.marker === 'cert-authority')};
}

// by preference; ssh-rsa with SHA-1 signatures is not offered, as in OpenSSH since 8.8
const algorithms = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
] as const;
export type HostKeyAlgorithm = typeof algorithms[number][0];

/** Host key algorithms in the order to ask for: those of keys that are known first, so that the host shows one of them. */
export function algorithmOrder(lines: readonly KnownHostLine[], names: readonly string[]): HostKeyAlgorithm[] {
  const types = new Set(lines.filter(line => line.marker === 'plain' && names.some(name => hostsMatch(line.hosts, name))).map(line => line.type));
  const known = algorithms.filter(([, type]) => types.has(type));
  return [...known, ...algorithms.filter(each => !known.includes(each))].map(([algorithm]) => algorithm);
}
