/** The session against a real OpenSSH sshd on loopback. */
import {execFileSync, spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import type {HostSession, Section, SectionResult} from '../../../src/services/session.ts';
import {ConnectGate} from '../../../src/services/ssh/connect-gate.ts';
import type {SessionOptions} from '../../../src/services/ssh/session.ts';
import {openSession} from '../../../src/services/ssh/session.ts';
import {openTunnel} from '../../../src/services/ssh/tunnel.ts';
import type {HostSpec} from '../../../src/model/target.ts';
import type {Sshd} from './sshd.ts';
import {haveSshd, knownHostsFor, makeKey, specFor, sshConfigFor, startSshd, stub} from './sshd.ts';

const section = (id: string, script: string, deadlineS = 5, maxBytes = 1_000_000): Section => ({id, script, deadlineS, maxBytes});
const stdout = (result: SectionResult | undefined): string => result?.ok ? result.output.stdout : `${result?.problem.kind}: ${result?.problem.detail}`;

describe.skipIf(!haveSshd)('a real sshd (skipped where /usr/sbin/sshd is missing)', () => {
  let sshd: Sshd;
  let folder: string;
  let config: string;
  const sessions: HostSession[] = [];
  const open = (spec: HostSpec, options: SessionOptions = {}): HostSession => {
    const session = openSession(spec, {sshConfig: config, ...options});
    sessions.push(session);
    return session;
  };
  beforeAll(async () => {
    sshd = await startSshd({hostKeys: ['ecdsa']});
    config = sshConfigFor(sshd.folder);
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map(session => session.close()));
  });
  afterAll(() => sshd.stop());
  const known = () => knownHostsFor(sshd);
  const connections = () => sshd.log().split('\n').filter(line => line.includes(`Connection from`)).length;

  it('runs sections in one round trip and keeps them apart', async () => {
    const session = open(specFor(sshd, known()));
    const phases: string[] = [];
    session.onAccess(access => phases.push(access.phase));
    const results = await session.run([
      section('a', 'echo out; echo err >&2; exit 3'),
      section('big', 'head -c 100000000 /dev/zero'),
      section('slow', 'sleep 60', 1),
      section('controls', 'printf "\\033]0;x\\007\\000\\377"'),
      section('last', 'echo done'),
    ]);
    expect(results.map(each => each.id)).toEqual(['a', 'big', 'slow', 'controls', 'last']);
    expect(results[0]).toMatchObject({ok: true, output: {exit: 3, stdout: 'out\n', stderr: 'err\n', truncated: false}});
    expect(results[1]).toMatchObject({ok: true, output: {truncated: true}});
    expect(stdout(results[1])).toHaveLength(1_000_000);
    expect(results[2]).toMatchObject({ok: true, output: {exit: 124}});
    expect(stdout(results[3])).toBe('\x1b]0;x\x07\0�');
    expect(stdout(results[4])).toBe('done\n');
    expect([...new Set(phases)]).toEqual(['connecting', 'ready']);
    expect(session.access.rttMs).toBeGreaterThan(0);
  });

  it('queues rounds on one shell of one connection', async () => {
    const before = connections();
    const session = open(specFor(sshd, known()));
    const rounds = await Promise.all([1, 2, 3].map(i => session.run([section('pid', `ps -o sid= -p $$; echo ${i}`)])));
    expect(rounds.map(([result]) => stdout(result).split('\n')[1])).toEqual(['1', '2', '3']);
    expect(new Set(rounds.map(([result]) => stdout(result).split('\n')[0])).size).toBe(1);
    expect(connections() - before).toBe(1);
  });

  it('what hangs in one lane does not hold up the other, on the same connection', async () => {
    const before = connections();
    const session = open(specFor(sshd, known()));
    await session.run([section('first', 'echo')]);
    const hung = session.run([section('hung', 'sleep 60', 2)], undefined, 'daemons').then(() => 'hung');
    const quick = (async () => {
      for (let i = 0; i < 5; i++) await session.run([section('quick', `echo ${i}`)]);
      return 'quick';
    })();
    expect(await Promise.race([hung, quick])).toBe('quick');
    expect(await hung).toBe('hung');
    expect(connections() - before).toBe(1);
  });

  it('a section that kills the shell spoils only itself', async () => {
    const session = open(specFor(sshd, known()));
    const kill = 'p=$$; while [ "$(cat /proc/$p/comm)" != sshd ]; do l=$p; p=$(cut -d" " -f4 /proc/$p/stat); done; for k in $(ps -o pid= --ppid "$p"); do kill -9 "$k"; done; sleep 2';
    const results = await session.run([section('before', 'echo 1'), section('killer', kill), section('after', 'echo 2')]);
    expect(stdout(results[0])).toBe('1\n');
    expect(results[1]).toMatchObject({ok: false, problem: {kind: 'failed'}});
    expect(stdout(results[2])).toBe('2\n');
    expect(session.access.phase).toBe('ready');
  });

  it('streams a big table, and stops at the limit', async () => {
    const session = open(specFor(sshd, known()));
    let size = 0;
    const whole = await session.stream(section('seq', 'seq 1 200000; echo note >&2; exit 5', 10, 10_000_000), chunk => { size += chunk.length; });
    expect(whole).toMatchObject({ok: true, output: {exit: 5, stderr: 'note\n'}});
    expect(size).toBe(1_288_895);
    expect(await session.stream(section('yes', 'yes', 10, 1000), () => {})).toMatchObject({ok: false, problem: {kind: 'too-big'}});
    const giveUp = new AbortController();
    const aborted = session.stream(section('sleep', 'echo; sleep 60', 60), () => giveUp.abort(), giveUp.signal);
    expect(await aborted).toMatchObject({ok: false, problem: {detail: expect.stringContaining('given up') as string}});
    const eight = await Promise.all(Array.from({length: 8}, (_, i) => session.stream(section(`s${i}`, 'sleep 0.1; echo x'), () => {})));
    expect(eight.every(each => each.ok)).toBe(true);
  });

  it('leaves no shell on the host after close', async () => {
    const session = open(specFor(sshd, known()));
    const leader = Number(stdout((await session.run([section('sid', 'ps -o sid= -p $$')]))[0]));
    expect(leader).toBeGreaterThan(1);
    await Promise.all([session.close(), session.close()]);
    expect(session.access.phase).toBe('closed');
    await vi.waitFor(() => expect(() => process.kill(leader, 0)).toThrow(), {timeout: 5000});
    expect(stdout((await session.run([section('x', 'echo')]))[0])).toMatch(/closed/);
  });

  it('goes through two jump hosts and verifies each', async () => {
    const aliases = ['outer', 'inner', 'target'];
    const file = knownHostsFor(sshd, 'known_jumps', aliases.join(','));
    const path = sshConfigFor(mkdtempSync(join(sshd.folder, 'jumps-')), [
      ...aliases.flatMap(alias => [`Host ${alias}`, 'HostName 127.0.0.1', `Port ${sshd.port}`, `HostKeyAlias ${alias}`]),
      'Host *', `IdentityFile ${sshd.identity}`, `UserKnownHostsFile ${file}`,
    ]);
    const spec = specFor(sshd, file, {host: 'target', port: undefined, identityFiles: [], knownHosts: undefined, jumps: ['outer', 'inner']});
    const before = connections();
    expect(stdout((await open(spec, {sshConfig: path}).run([section('a', 'echo there')]))[0])).toBe('there\n');
    expect(connections() - before).toBe(3);
    writeFileSync(file, `outer,target ${sshd.hostKey}\n`);
    const refused = open(spec, {sshConfig: path});
    expect((await refused.run([section('a', 'echo there')]))[0]).toMatchObject({ok: false, problem: {kind: 'host-key', detail: expect.stringContaining('inner') as string}});
    expect(refused.access.phase).toBe('refused');
  });

  it('agrees with ssh itself about known_hosts', async () => {
    const other = makeKey(join(mkdtempSync(join(sshd.folder, 'other-')), 'key')).split(' ').slice(0, 2).join(' ');
    const here = `[127.0.0.1]:${sshd.port}`;
    const ecdsa = readFileSync(join(sshd.folder, 'host_ecdsa.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    const hashedFile = join(sshd.folder, 'hashed');
    writeFileSync(hashedFile, `${here} ${sshd.hostKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', hashedFile], {stdio: 'ignore'});
    const cases = {
      known: `${here} ${sshd.hostKey}`, hashed: readFileSync(hashedFile, 'utf8'), 'other type known': `${here} ${ecdsa}`, unknown: '', changed: `${here} ${other}`,
      revoked: `${here} ${sshd.hostKey}\n@revoked * ${sshd.hostKey}`, 'without port': `127.0.0.1 ${sshd.hostKey}`, 'without port, changed': `127.0.0.1 ${other}`,
      wildcard: `[127.0.0.*]:* ${sshd.hostKey}`, negated: `[127.0.0.*]:*,!${here} ${sshd.hostKey}`, authority: `@cert-authority ${here} ${sshd.hostKey}`,
      'one of two': `${here} ${other}\n${here} ${sshd.hostKey}`,
    };
    const verdicts: Record<string, {ssh: boolean; console: boolean}> = {};
    for (const [name, content] of Object.entries(cases)) {
      const file = join(sshd.folder, 'case');
      writeFileSync(file, `${content}\n`);
      const ssh = await new Promise<boolean>(resolve => {
        spawn('ssh', ['-F', config, '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${file}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes', '-i', sshd.identity, '-p', String(sshd.port), '127.0.0.1', 'true'], {stdio: 'ignore'})
          .once('exit', code => resolve(code === 0));
      });
      const [result] = await open(specFor(sshd, file)).run([section('a', 'true')]);
      verdicts[name] = {ssh, console: result?.ok === true};
      if (!result?.ok) expect(result?.problem.kind).toBe('host-key');
    }
    expect(Object.entries(verdicts).filter(([, verdict]) => verdict.ssh !== verdict.console)).toEqual([]);
    expect(Object.values(verdicts).filter(verdict => verdict.ssh)).toHaveLength(6);
  });

  it('accept-new records the key, and refuses when it changes', async () => {
    const file = join(sshd.folder, 'fresh', 'known_hosts');
    const [result] = await open(specFor(sshd, file, {strict: 'accept-new'})).run([section('a', 'echo ok')]);
    expect(stdout(result)).toBe('ok\n');
    expect(readFileSync(file, 'utf8')).toContain(sshd.hostKey);
    expect(stdout((await open(specFor(sshd, file)).run([section('a', 'echo ok')]))[0])).toBe('ok\n');
  });

  it('stops after a refusal until told to try again', async () => {
    const stranger = join(mkdtempSync(join(sshd.folder, 'stranger-')), 'id');
    makeKey(stranger);
    const before = connections();
    const session = open(specFor(sshd, known(), {identityFiles: [stranger]}), {backoff: {firstMs: 1, longestMs: 1}});
    const [refused] = await session.run([section('a', 'echo')]);
    expect(refused).toMatchObject({ok: false, problem: {kind: 'auth', detail: expect.stringContaining(stranger) as string}});
    expect(session.access).toMatchObject({phase: 'refused', retryAt: undefined});
    await session.run([section('a', 'echo')]);
    await open(specFor(sshd, known())).run([section('other', 'true')]); // a whole connection's time goes by
    expect(connections() - before).toBe(2);
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${stranger}.pub`));
    session.retry();
    expect(stdout((await session.run([section('a', 'echo in')]))[0])).toBe('in\n');
  });

  it('uses the agent for a key that is encrypted here, and says so when there is none', async () => {
    const place = mkdtempSync(join(tmpdir(), 'evpn-tui-agent-'));
    const key = join(place, 'id');
    appendFileSync(join(sshd.folder, 'authorized_keys'), `${makeKey(key)}\n`);
    const socket = join(place, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: ['ignore', 'pipe', 'ignore']});
    try {
      await new Promise(resolve => agent.stdout.once('data', resolve));
      execFileSync('ssh-add', ['-q', key], {env: {...process.env, SSH_AUTH_SOCK: socket}, stdio: 'ignore'});
      execFileSync('ssh-keygen', ['-q', '-p', '-N', 'open sesame', '-f', key], {stdio: 'ignore'});
      rmSync(`${key}.pub`); // the public half inside the encrypted file must do
      const spec = specFor(sshd, known(), {identityFiles: [key], extra: {identityagent: socket, identitiesonly: 'yes'}});
      expect(stdout((await open(spec).run([section('a', 'echo in')]))[0])).toBe('in\n');
      const [without] = await open({...spec, ssh: {...spec.ssh, extra: {}}}).run([section('a', 'echo in')]);
      expect(without).toMatchObject({ok: false, problem: {kind: 'auth', detail: expect.stringMatching(/id is encrypted and not in the agent/) as string}});
    } finally {
      const gone = new Promise(resolve => agent.once('exit', resolve));
      agent.kill();
      await gone;
      rmSync(place, {recursive: true});
    }
  });

  it('brings 60 hosts in at once, past MaxStartups', async () => {
    const gate = new ConnectGate();
    const before = sshd.log().length;
    const all = Array.from({length: 60}, (_, i) => open(specFor(sshd, known(), {}, `kvm${i}`), {gate}));
    let most = 0;
    const waited = new Set<string>();
    for (const session of all) session.onAccess(access => {
      most = Math.max(most, gate.open);
      if (access.phase === 'waiting') waited.add(session.name);
    });
    const results = await Promise.all(all.map((session, i) => session.run([section('i', `echo ${i}`)])));
    expect(results.map(([result]) => stdout(result))).toEqual(all.map((_, i) => `${i}\n`));
    expect(most).toBe(5); // half of what sshd allows through one door
    expect([...waited]).toEqual([]);
    expect(sshd.log().slice(before)).not.toMatch(/MaxStartups|drop connection/);
  }, 60_000);

  it('a tunnel carries streams to where the host can go', async () => {
    const tunnel = openTunnel(specFor(sshd, known()).ssh, {sshConfig: config});
    const stream = await tunnel.connect('127.0.0.1', sshd.port);
    const greeting = await new Promise<string>(resolve => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    expect(greeting).toMatch(/^SSH-2\.0-OpenSSH/);
    await expect(tunnel.connect('127.0.0.1', 1)).rejects.toThrow(/cannot reach 127.0.0.1:1/);
    await tunnel.close();
    expect(stream.destroyed || !stream.readable).toBe(true);
  });

  describe('as an ordinary user', () => {
    let user: Sshd;
    afterEach(async () => {
      await Promise.all(sessions.splice(0).map(session => session.close()));
      await user.stop();
    });
    const start = async (sudo: string) => {
      folder = mkdtempSync(join(tmpdir(), 'evpn-tui-stubs-'));
      stub(folder, 'id', 'echo 1000');
      stub(folder, 'sudo', sudo);
      user = await startSshd({path: folder});
      return open(specFor(user, knownHostsFor(user)));
    };
    afterEach(() => rmSync(folder, {recursive: true}));

    it('becomes root by sudo -n', async () => {
      const session = await start('[ "$1" = -n ] || exit 9; shift; BY_SUDO=yes; export BY_SUDO; exec "$@"');
      const results = await session.run([section('a', 'echo "$BY_SUDO"'), section('path', 'echo "$PATH"')]);
      expect(stdout(results[0])).toBe('yes\n');
      expect(stdout(results[1])).toContain(':/usr/sbin');
      expect(session.access).toMatchObject({phase: 'ready', problem: undefined});
      // A further lane knows the answer, and does not ask again.
      expect(stdout((await session.run([section('b', 'echo "$BY_SUDO"; id -u')], undefined, 'daemons'))[0])).toBe('yes\n1000\n');
      let streamed = '';
      await session.stream(section('s', 'echo "$BY_SUDO it\'s"'), chunk => { streamed += chunk.toString(); });
      expect(streamed).toBe("yes it's\n");
    });

    it('stays what it is when sudo refuses, and says so', async () => {
      const session = await start('echo "sudo: a password is required" >&2; exit 1');
      const results = await session.run([section('a', 'echo "[$BY_SUDO]"')]);
      expect(stdout(results[0])).toBe('[]\n');
      expect(session.access).toMatchObject({phase: 'ready', problem: {kind: 'denied', detail: expect.stringContaining('sudo -n') as string}});
    });
  });

  it('an account without a shell is denied in its own words', async () => {
    user0 = await startSshd({config: ['ForceCommand echo This account is currently not available.; exit 1']});
    const session = open(specFor(user0, knownHostsFor(user0)));
    expect((await session.run([section('a', 'echo')]))[0]).toMatchObject({ok: false, problem: {kind: 'denied', detail: expect.stringContaining('not available') as string}});
    await session.close();
    await user0.stop();
  });
  let user0: Sshd;
});
