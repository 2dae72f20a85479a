import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {hostKeyCheck} from '../../../src/services/ssh/host-key.ts';
import {algorithmOrder, fingerprint, hashedHosts, hostsMatch, judgeKey, lookupName, parseKnownHosts} from '../../../src/services/ssh/known-hosts.ts';
import type {Hop} from '../../../src/services/ssh/resolve.ts';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/ssh/${name}`, import.meta.url), 'utf8');
const keys = new Map(fixture('keys').trim().split('\n').map(line => {
  const [name, , base64] = line.split(' ');
  return [name ?? '', Buffer.from(base64 ?? '', 'base64')];
}));
const key = (name: string): Buffer => keys.get(name) ?? expect.fail(`no key ${name}`);
const plain = parseKnownHosts(fixture('known_hosts'), 'known_hosts');
const hashed = parseKnownHosts(fixture('known_hosts.hashed'), 'hashed');
const judge = (lines: typeof plain, host: string, port: number, name: string) => {
  const own = lookupName(host, port);
  return judgeKey(lines, port === 22 ? [own] : [own, host], key(name));
};

describe('known_hosts lines', () => {
  it('keeps what OpenSSH understands, with its line number, and leaves out the rest', () => {
    expect(plain.map(line => `${line.line} ${line.marker} ${line.type}`)).toEqual([
      '2 plain ssh-ed25519', '3 plain ssh-ed25519', '4 plain ecdsa-sha2-nistp256', '6 plain ssh-rsa', '7 plain ecdsa-sha2-nistp256',
      '8 revoked ssh-ed25519', '9 cert-authority ssh-ed25519',
    ]);
  });

  it.each([['plain', plain], ['hashed by ssh-keygen -H', hashed]] as const)('knows hosts by name, address and port: %s', (_, lines) => {
    expect(judge(lines, 'kvm1.example', 22, 'ed25519').kind).toBe('known');
    expect(judge(lines, 'KVM1.example', 22, 'ed25519').kind).toBe('known');
    expect(judge(lines, '192.0.2.11', 22, 'ed25519').kind).toBe('known');
    expect(judge(lines, 'kvm2.example', 2222, 'ed25519').kind).toBe('known');
    expect(judge(lines, '192.0.2.12', 2222, 'ed25519').kind).toBe('known');
    expect(judge(lines, 'kvm2.example', 22, 'ed25519').kind).toBe('unknown');
    expect(judge(lines, 'kvm2.example', 2223, 'ed25519').kind).toBe('unknown');
    expect(judge(lines, 'kvm9.example', 22, 'ed25519').kind).toBe('unknown');
    expect(judge(lines, 'three.example', 22, 'ecdsa').kind).toBe('known');
    expect(judge(lines, 'three.example', 22, 'rsa').kind).toBe('known');
  });

  it('calls another key of a known type changed, and names the line', () => {
    expect(judge(plain, 'kvm1.example', 22, 'ca')).toMatchObject({kind: 'changed', line: {line: 2, file: 'known_hosts'}});
    expect(judge(hashed, 'kvm1.example', 22, 'ca').kind).toBe('changed');
    expect(judge(plain, 'kvm1.example', 22, 'ecdsa')).toMatchObject({kind: 'unknown', otherTypes: [{line: 2}]});
  });

  it('follows OpenSSH to the host without its port: that may make a key known, never changed', () => {
    expect(judge(plain, 'kvm1.example', 2200, 'ed25519').kind).toBe('known');
    expect(judge(plain, 'kvm1.example', 2200, 'ca').kind).toBe('unknown');
  });

  it('honours wildcards and their negation', () => {
    expect(judge(plain, 'a.edge.example', 22, 'ecdsa').kind).toBe('known');
    expect(judge(plain, 'bad.edge.example', 22, 'ecdsa').kind).toBe('unknown');
    expect(hostsMatch('192.0.2.?', '192.0.2.1')).toBe(true);
    expect(hostsMatch('192.0.2.?', '192.0.2.11')).toBe(false);
    expect(hostsMatch('[*]:22??', '[kvm]:2222')).toBe(true);
    expect(hostsMatch('!kvm', 'other')).toBe(false);
    expect(hostsMatch('*a*a*a*a*a*a*a*a*b', 'a'.repeat(5000))).toBe(false);
  });

  it('always refuses a revoked key, also where it is known', () => {
    expect(judge(plain, 'anything.example', 22, 'other')).toMatchObject({kind: 'revoked', line: {line: 8}});
    const both = parseKnownHosts(`h ssh-ed25519 ${key('other').toString('base64')}\n@revoked h ssh-ed25519 ${key('other').toString('base64')}\n`, 'f');
    expect(judge(both, 'h', 22, 'other').kind).toBe('revoked');
  });

  it('does not take an authority for a host key', () => {
    expect(judge(plain, 'x.ca.example', 22, 'ca')).toMatchObject({kind: 'unknown', authorities: [{line: 9}]});
  });

  it('asks first for the types that are known', () => {
    expect(algorithmOrder(plain, ['x.edge.example'])[0]).toBe('ecdsa-sha2-nistp256');
    expect(algorithmOrder(plain, ['three.example']).slice(0, 3)).toEqual(['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']);
    expect(algorithmOrder(plain, ['new.example'])[0]).toBe('ssh-ed25519');
  });

  it('prints fingerprints as ssh-keygen does', () => {
    for (const line of fixture('fingerprints').trim().split('\n')) {
      const [name, expected] = line.split(' ');
      expect(fingerprint(key(name ?? ''))).toBe(expected);
    }
  });

  it('hashes names so that they are found again, and only they', () => {
    const hosts = hashedHosts('[kvm1]:2222', Buffer.alloc(20, 7));
    expect(hostsMatch(hosts, '[kvm1]:2222')).toBe(true);
    expect(hostsMatch(hosts, 'kvm1')).toBe(false);
  });
});

describe('the decision about a key', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evpn-tui-known-'));
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  const hop = (change: Partial<Hop> = {}): Hop => ({
    alias: 'kvm1', hostname: 'kvm1.example', port: 22, user: 'root', identityFiles: [], identitiesOnly: false, agent: undefined,
    userKnownHosts: [join(folder, 'user')], globalKnownHosts: [join(folder, 'global')], revokedHostKeys: [], hashKnownHosts: false,
    strict: 'yes', hostKeyAlias: undefined, connectTimeoutMs: 1000, ...change,
  });
  const verify = async (change: Partial<Hop>, name: string) => (await hostKeyCheck(hop(change))).verify(key(name));

  it('refuses an unknown host with fingerprint, file and remedy', async () => {
    const problem = await verify({port: 2222}, 'ed25519');
    expect(problem?.kind).toBe('host-key');
    expect(problem?.detail).toContain(fingerprint(key('ed25519')));
    expect(problem?.detail).toContain(`ssh-keyscan -p 2222 kvm1.example >> ${join(folder, 'user')}`);
  });

  it('reads several files, also the global one, and goes by the alias alone', async () => {
    writeFileSync(join(folder, 'global'), fixture('known_hosts'));
    expect(await verify({}, 'ed25519')).toBeUndefined();
    expect((await verify({}, 'ca'))?.detail).toMatch(/CHANGED.*global:2/);
    expect(await verify({hostname: '203.0.113.9', port: 99, hostKeyAlias: 'kvm1.example'}, 'ed25519')).toBeUndefined();
    expect((await verify({hostKeyAlias: 'another'}, 'ed25519'))?.kind).toBe('host-key');
  });

  it('accept-new appends one line to a private file and rewrites nothing', async () => {
    expect(await verify({strict: 'accept-new'}, 'ed25519')).toBeUndefined();
    const file = join(folder, 'user');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await verify({}, 'ed25519')).toBeUndefined();
    expect((await verify({strict: 'accept-new'}, 'ca'))?.detail).toContain('CHANGED');
    writeFileSync(file, '# no newline at the end');
    expect(await verify({strict: 'accept-new', hashKnownHosts: true}, 'ed25519')).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toMatch(/^# no newline at the end\n\|1\|\S+ ssh-ed25519 \S+\n$/);
    expect(await verify({}, 'ed25519')).toBeUndefined();
  });

  it('accept-new does not accept a new type from a host that is known by another', async () => {
    writeFileSync(join(folder, 'user'), `kvm1.example ssh-ed25519 ${key('ed25519').toString('base64')}\n`);
    expect((await verify({strict: 'accept-new'}, 'rsa'))?.detail).toMatch(/known: ssh-ed25519 at .*user:1/);
  });

  it('RevokedHostKeys wins over known_hosts, and an unreadable one stops everything', async () => {
    writeFileSync(join(folder, 'user'), fixture('known_hosts'));
    writeFileSync(join(folder, 'revoked'), `ssh-ed25519 ${key('ed25519').toString('base64')} gone\n`);
    expect((await verify({revokedHostKeys: [join(folder, 'revoked')]}, 'ed25519'))?.detail).toContain('revoked');
    expect((await verify({revokedHostKeys: [join(folder, 'absent')]}, 'ed25519'))?.detail).toContain('cannot be read');
  });

  it('says when only a certificate authority is known', async () => {
    writeFileSync(join(folder, 'user'), fixture('known_hosts'));
    expect((await verify({hostname: 'x.ca.example'}, 'ca'))?.detail).toContain('certificates are not supported');
  });
});
