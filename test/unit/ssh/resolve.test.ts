import {existsSync} from 'node:fs';
import {userInfo} from 'node:os';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import type {SshTarget} from '../../../src/model/target.ts';
import {opensshArguments, parseOpensshOptions} from '../../../src/services/ssh/openssh-config.ts';
import {jumpOfProxyCommand, parseJump, resolveHops} from '../../../src/services/ssh/resolve.ts';

const sshConfig = fileURLToPath(new URL('../../fixtures/ssh/ssh_config', import.meta.url));
const target = (host: string, change: Partial<SshTarget> = {}): SshTarget =>
  ({host, port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}, ...change});
const haveSsh = existsSync('/usr/bin/ssh');

async function hops(host: string, change: Partial<SshTarget> = {}, options: {ssh?: string; agent?: string; sshConfig?: string | undefined} = {}) {
  const resolved = await resolveHops(target(host, change), {sshConfig, ...options});
  return resolved.ok ? resolved.value : expect.fail(resolved.problem.detail);
}
async function problem(host: string, change: Partial<SshTarget> = {}, options = {}) {
  const resolved = await resolveHops(target(host, change), {sshConfig, ...options});
  return resolved.ok ? expect.fail('it was resolved') : resolved.problem;
}

describe.skipIf(!haveSsh)('with OpenSSH (skipped where /usr/bin/ssh is missing)', () => {
  it('takes everything from the file given as -F', async () => {
    expect(await hops('kvm-london')).toEqual([{
      alias: 'kvm-london', hostname: '192.0.2.21', port: 2201, user: 'oper', identityFiles: ['/keys/london'], identitiesOnly: true, agent: undefined,
      userKnownHosts: ['/known/london', '/known/user'], globalKnownHosts: ['/known/global'], revokedHostKeys: [], hashKnownHosts: false,
      strict: 'accept-new', hostKeyAlias: 'london', connectTimeoutMs: 7000,
    }]);
  });

  it('lets what the target says win', async () => {
    const [hop] = await hops('kvm-london', {user: 'root', port: 22, knownHosts: ['/mine'], strict: 'yes', identityFiles: ['/keys/mine'], extra: {connecttimeout: '3', identityagent: '/run/agent'}});
    expect(hop).toMatchObject({hostname: '192.0.2.21', user: 'root', port: 22, userKnownHosts: ['/mine'], strict: 'yes', connectTimeoutMs: 3000, agent: '/run/agent'});
    expect(hop?.identityFiles[0]).toBe('/keys/mine');
  });

  it('follows jumps, and the jumps of the first jump', async () => {
    expect((await hops('behind')).map(hop => `${hop.user}@${hop.hostname}:${hop.port}`)).toEqual([
      'gate@198.51.100.6:22', 'oper@198.51.100.5:2200', `${userInfo().username}@192.0.2.22:22`,
    ]);
    expect((await hops('straight', {jumps: ['a@192.0.2.1', '[2001:db8::1]:2022']})).map(hop => `${hop.hostname}:${hop.port}`)).toEqual(['192.0.2.1:22', '2001:db8::1:2022', 'straight:22']);
    expect(await hops('straight')).toHaveLength(1);
    expect(await hops('behind', {jumps: ['none']})).toHaveLength(1);
    expect((await problem('circle')).detail).toMatch(/circle/);
  });

  it('reads "ssh -W" as a jump and refuses every other ProxyCommand', async () => {
    expect((await hops('through-command')).map(hop => `${hop.user}@${hop.hostname}:${hop.port}`)[0]).toBe('gate@198.51.100.6:2022');
    expect(await problem('through-nc')).toMatchObject({kind: 'unsupported', detail: expect.stringContaining('ProxyJump') as string});
  });

  it('does not offer to accept changed keys', async () => {
    expect((await hops('laxly'))[0]?.strict).toBe('accept-new');
    expect((await hops('unheard-of'))[0]?.strict).toBe('yes');
  });

  it('uses the agent of the environment, unless the configuration names one', async () => {
    expect((await hops('unheard-of', {}, {agent: '/run/mine'}))[0]?.agent).toBe('/run/mine');
    expect((await hops('kvm-london', {}, {agent: '/run/mine'}))[0]?.agent).toBeUndefined();
  });

  it('says what ssh says about a broken configuration', async () => {
    expect((await problem('any', {extra: {nosuchoption: 'x'}})).detail).toMatch(/ssh -G:.*nosuchoption/i);
  });
});

describe('without OpenSSH', () => {
  const none = {ssh: '/nonexistent/ssh', sshConfig: undefined};
  it('goes by OpenSSH’s defaults and the target', async () => {
    const [hop] = await hops('kvm1', {extra: {hostkeyalias: 'one', userknownhostsfile: '~/a /b'}}, none);
    expect(hop).toMatchObject({hostname: 'kvm1', port: 22, user: userInfo().username, strict: 'yes', hostKeyAlias: 'one'});
    expect(hop?.userKnownHosts).toEqual([`${userInfo().homedir}/a`, '/b']);
    expect(hop?.globalKnownHosts).toContain('/etc/ssh/ssh_known_hosts');
    expect(hop?.identityFiles).toContain(`${userInfo().homedir}/.ssh/id_ed25519`);
  });
  it('does not pretend to have read an ssh configuration', async () => {
    expect(await problem('kvm1', {}, {ssh: '/nonexistent/ssh'})).toMatchObject({kind: 'not-installed'});
  });
});

describe('what is handed to ssh', () => {
  it.each(['-oProxyCommand=touch /x', '', 'a b', 'a;b', 'a$(b)', 'a\nb'])('never a host %j', async host => {
    expect(opensshArguments(target(host), undefined).ok).toBe(false);
    expect((await problem(host)).kind).toBe('failed');
  });
  it('never an option as user, jump or -o', () => {
    expect(opensshArguments(target('h', {user: '-x'}), undefined).ok).toBe(false);
    expect(opensshArguments(target('h', {extra: {'bad key': 'x'}}), undefined).ok).toBe(false);
    expect(opensshArguments(target('h', {extra: {port: '1\nProxyCommand x'}}), undefined).ok).toBe(false);
    expect(parseJump('-oProxyCommand=x').ok).toBe(false);
    expect(parseJump('user@').ok).toBe(false);
  });
  it('is an argument array that ends in the host', () => {
    expect(opensshArguments(target('kvm1', {user: 'root', port: 2200, extra: {compression: 'no'}}), '/f')).toEqual({ok: true, value: ['-G', '-F', '/f', '-o', 'compression=no', '-p', '2200', '-l', 'root', '--', 'kvm1']});
  });
});

describe('ProxyCommand', () => {
  it.each([
    ['ssh -W %h:%p edge', 'edge', undefined, undefined],
    ['exec /usr/bin/ssh -q -o BatchMode=yes -W [%h]:%p oper@edge:2022', 'edge', 'oper', 2022],
    ['ssh -p2022 -l oper edge -W %h:%p', 'edge', 'oper', 2022],
  ])('%s', (command, host, user, port) => {
    expect(jumpOfProxyCommand(command)).toMatchObject({ok: true, value: {host, user, port}});
  });
  it.each(['nc %h %p', 'ssh edge nc %h %p', 'ssh -W other:22 edge', 'ssh -W %h:%p', 'ssh -D 1 -W %h:%p edge', 'sh -c "ssh -W %h:%p edge"', 'ssh -W %h:%p -oevil'])('refuses %s', command => {
    expect(jumpOfProxyCommand(command)).toMatchObject({ok: false, problem: {kind: 'unsupported'}});
  });
});

it('keeps repeated options of ssh -G in order', () => {
  expect(parseOpensshOptions('identityfile ~/a\nport 22\nidentityfile ~/b\n\n').get('identityfile')).toEqual(['~/a', '~/b']);
});
