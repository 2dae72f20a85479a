/** The whole chain against the embedded fabric: real SSH, the machine's own sh, every probe of the console. */
import {existsSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import ssh2, {type ParsedKey} from 'ssh2';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {HostProbeId, HostValues} from '../../../src/model/fabric.ts';
import type {Reading} from '../../../src/model/reading.ts';
import type {HostSession} from '../../../src/services/session.ts';
import {OneClient} from '../../../src/services/opennebula/client.ts';
import {cloudProbes} from '../../../src/services/opennebula/probes.ts';
import {openSession} from '../../../src/services/ssh/session.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import {newKeyPair} from '../../../src/simulator/shell/keys.ts';
import {change, migrate} from '../../../src/simulator/world.ts';
import {probes, readAll, specOf} from './console.ts';

let simulator: Simulator;
const sessions = new Map<string, HostSession>();

beforeAll(async () => {
  simulator = await startSimulator();
  for (const host of simulator.hosts) sessions.set(host.name, openSession(specOf(simulator, host), {sshConfig: '/dev/null'}));
});
afterAll(async () => {
  await Promise.all([...sessions.values()].map((session) => session.close()));
  await simulator.close();
});

const read = (name: string) => readAll(sessions.get(name)!, specOf(simulator, simulator.hosts.find((host) => host.name === name)!));
function value<K extends HostProbeId>(all: ReadonlyMap<HostProbeId, Reading<unknown>>, id: K): HostValues[K] {
  const reading = all.get(id);
  if (!reading?.ok) throw new Error(`${id}: ${JSON.stringify(reading)}`);
  return reading.value as HostValues[K];
}
const failed = (all: ReadonlyMap<HostProbeId, Reading<unknown>>): readonly string[] => [...all].filter(([, reading]) => !reading.ok || (reading.warnings?.length ?? 0) > 0).map(([id, reading]) => `${id}: ${JSON.stringify(reading.ok ? reading.warnings : reading.problem)}`);

describe('every probe of the console', () => {
  it.each([
    ['ingress', ['frr.macs', 'frr.arp']], // a pure reflector has no VNI: zebra prints {}, as it does without EVPN: both readings are right
    ['kvm_london', []],
    ['kvm_ncalifornia', []],
  ])('reads %s without a warning', async (name, without) => {
    const all = await read(name);
    for (const id of without) {
      const reading = all.get(id as HostProbeId);
      expect(reading?.ok ? reading.value : reading?.problem.kind, id).toBeOneOf([[], 'not-configured']);
    }
    expect(failed(new Map([...all].filter(([id]) => !without.includes(id))))).toEqual([]);
    expect([...all.keys()].sort()).toEqual(probes.map(({id}) => id).filter((id) => id !== 'vr.state').sort());
    expect(value(all, 'host.identity')).toMatchObject({hostname: simulator.world.hosts.find((host) => host.name === name)?.hostname, root: true, user: 'root'});
    expect(value(all, 'frr.version')).toMatchObject({text: expect.stringContaining('8.4.4') as string});
    expect(value(all, 'wg.interfaces')[0]?.peers.length).toBe(2);
    for (const peer of value(all, 'wg.interfaces')[0]!.peers) {
      const age = value(all, 'wg.interfaces')[0]!.clockS! - peer.latestHandshake!;
      // The clock is read first: a handshake may come between it and the peers.
      expect(age).toBeGreaterThanOrEqual(-2);
      expect(age).toBeLessThanOrEqual(121);
    }
  });

  it('sees one fabric from all sides', async () => {
    const [ingress, london, california] = await Promise.all([read('ingress'), read('kvm_london'), read('kvm_ncalifornia')]);
    expect(value(ingress, 'frr.summary').peers.map(({address, state, dynamic}) => ({address, state, dynamic}))).toEqual([
      {address: '192.168.0.2', state: 'Established', dynamic: true}, {address: '192.168.0.3', state: 'Established', dynamic: true},
    ]);
    expect(value(ingress, 'frr.vnis')).toEqual([]);
    expect(value(london, 'frr.vnis').map(({vni, macs, remoteVteps}) => ({vni, macs, remoteVteps}))).toEqual(value(california, 'frr.vnis').map(({vni, macs}) => ({vni, macs, remoteVteps: ['192.168.0.3']})));
    const remote = value(california, 'frr.macs').filter((mac) => mac.kind === 'remote').map(({mac}) => mac).sort();
    expect(remote).toEqual(value(london, 'frr.macs').filter((mac) => mac.kind === 'local').map(({mac}) => mac).sort());
    // what zebra learned is what the kernel forwards by
    const forwarded = value(california, 'bridge.fdb').filter((entry) => entry.destination === '192.168.0.2' && entry.mac !== '00:00:00:00:00:00').map(({mac}) => mac).sort();
    expect(forwarded).toEqual(remote);
  });

  it('reads the router: its state, its translations, no secret of its context', async () => {
    const all = await read('vr');
    expect(value(all, 'vr.state')).toMatchObject({failover: 'MASTER', sdnatService: 'started', forwarding: true});
    expect(Object.keys(value(all, 'vr.state').context)).toContain('ONEAPP_VNF_SDNAT4_ENABLED');
    expect(JSON.stringify([...all])).not.toMatch(/not-a-secret|not-a-token/);
    const nat = value(all, 'nf.firewall').nat;
    for (const {external, internal} of simulator.world.translations) {
      expect(nat.find((rule) => rule.action === 'DNAT' && rule.destination === external)?.target).toBe(internal);
      expect(nat.find((rule) => rule.action === 'SNAT' && rule.source === internal)?.target).toBe(external);
    }
    expect(all.get('frr.version')).toMatchObject({ok: false, problem: {kind: 'not-installed'}});
    expect(all.get('wg.interfaces')).toMatchObject({ok: false, problem: {kind: 'not-installed'}});
  });

  it('reads OpenNebula, which has the machines where the fabric has them', async () => {
    const client = new OneClient({endpoint: simulator.endpoint, session: readFileSync(simulator.oneAuth, 'utf8').trim(), timeoutMs: 5000});
    for (const probe of cloudProbes) expect(await probe.read(client), probe.id).toMatchObject({ok: true});
    const vms = await cloudProbes.find((probe) => probe.id === 'one.vms')!.read(client);
    const hosts = await cloudProbes.find((probe) => probe.id === 'one.hosts')!.read(client);
    if (!vms.ok || !hosts.ok) throw new Error('not read');
    expect((vms.value as readonly unknown[]).length).toBe(simulator.world.guests.length);
    expect((hosts.value as readonly {name: string}[]).map(({name}) => name).sort()).toEqual(['kvm_london', 'kvm_ncalifornia']);
  });
});

describe('changes', () => {
  it('a live migration moves the MAC everywhere, with the next sequence', async () => {
    const guest = simulator.world.guests.find(({name}) => name === 'sr4')!;
    const mac = guest.nics[0]!.mac;
    migrate(simulator.world, guest.id, 'kvm_ncalifornia');
    const [london, california] = await Promise.all([read('kvm_london'), read('kvm_ncalifornia')]);
    expect(value(london, 'frr.macs').find((entry) => entry.mac === mac)).toMatchObject({kind: 'remote', remoteVtep: '192.168.0.3'});
    expect(value(california, 'frr.macs').find((entry) => entry.mac === mac)).toMatchObject({kind: 'local'});
    expect(value(california, 'ip.links').map(({name}) => name)).toContain('one-4-0');
    expect(value(london, 'ip.links').map(({name}) => name)).not.toContain('one-4-0');
    const routes = await sessions.get('ingress')!.run([{id: 'routes', script: "vtysh -d bgpd -c 'show bgp l2vpn evpn route type 2'", deadlineS: 5, maxBytes: 100_000}]);
    expect(routes[0]?.ok && routes[0].output.stdout).toMatch(new RegExp(`\\[${mac}\\]\\n +192\\.168\\.0\\.3 .*\\n +RT:65000:2 ET:8 MM:1\\n`));
  });

  it('a dead bgpd is dead for the host itself and gone for its reflector', async () => {
    const california = simulator.world.hosts.find(({name}) => name === 'kvm_ncalifornia')!;
    change(simulator.world, () => (california.daemons = ['zebra', 'staticd']));
    const [itself, ingress] = await Promise.all([read('kvm_ncalifornia'), read('ingress')]);
    change(simulator.world, () => (california.daemons = ['zebra', 'bgpd', 'staticd']));
    expect(itself.get('frr.summary')).toMatchObject({ok: false, problem: {kind: 'not-running'}});
    expect(value(ingress, 'frr.summary').peers.map(({address}) => address)).toEqual(['192.168.0.2']);
  });
});

describe('the machine that runs the demo', () => {
  const shell = async (script: string): Promise<{stdout: string; exit: number; stderr: string}> => {
    const [result] = await sessions.get('ingress')!.run([{id: 'x', script, deadlineS: 5, maxBytes: 10_000}]);
    if (!result?.ok) throw new Error(JSON.stringify(result));
    return result.output;
  };

  it('is not read through cat, whatever is asked', async () => {
    expect(await shell('cat /etc/passwd /proc/self/environ')).toMatchObject({exit: 1, stdout: ''});
  });

  it('does not lend its programs: what a host lacks is not found', async () => {
    expect(await shell('command -v rc-service chroot; command -v chroot || command -v tcpdump || echo none')).toMatchObject({stdout: 'none\n'});
    expect(await shell('PATH=$PATH:/usr/sbin; chroot --version')).toMatchObject({exit: 127});
  });

  it('lets nobody in without the key of the demo', async () => {
    const {identity: _unused, ...rest} = simulator;
    const stranger = await startSimulator();
    const host = simulator.hosts[0]!;
    const session = openSession(specOf({...rest, identity: stranger.identity}, host), {sshConfig: '/dev/null'});
    const [result] = await session.run([{id: 'x', script: 'hostname', deadlineS: 5, maxBytes: 1000}]);
    await session.close();
    await stranger.close();
    expect(result).toMatchObject({ok: false, problem: {kind: 'auth'}});
  });
});

describe('keys', () => {
  it('are all well formed', () => {
    for (let at = 0; at < 600; at++) {
      const pair = newKeyPair('x'.repeat(at % 9));
      const parsed = ssh2.utils.parseKey(pair.private);
      if (parsed instanceof Error) throw parsed;
      expect(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')} ${'x'.repeat(at % 9)}`).toBe(pair.public);
    }
  });

  it('must be held, not only known', async () => {
    const known = ssh2.utils.parseKey(readFileSync(simulator.identity));
    const other = ssh2.utils.parseKey(newKeyPair('other').private);
    if (known instanceof Error || other instanceof Error) throw new Error('no keys');
    class Impostor extends ssh2.BaseAgent {
      getIdentities(done: (error: Error | undefined, keys: ParsedKey[]) => void): void {
        done(undefined, [known as ParsedKey]);
      }
      override sign(_key: unknown, data: Buffer, ...rest: unknown[]): void {
        (rest.at(-1) as (error: Error | undefined, signature: Buffer) => void)(undefined, (other as ParsedKey).sign(data) as Buffer);
      }
    }
    const client = new ssh2.Client();
    const end = await new Promise<string>((resolve) => {
      client.on('ready', () => resolve('let in')).on('error', (error) => resolve(error.message));
      client.connect({host: '127.0.0.1', port: simulator.hosts[0]!.port, username: 'root', agent: new Impostor()});
    });
    client.end();
    expect(end).toMatch(/authentication methods failed/);
  });
});

describe('start and end', () => {
  it('is ready in a second and leaves nothing behind', async () => {
    const before = performance.now();
    const other = await startSimulator();
    expect(performance.now() - before).toBeLessThan(1000);
    const folder = dirname(other.identity);
    expect(existsSync(folder)).toBe(true);
    await other.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('makes a fabric of the size that is asked', async () => {
    const big = await startSimulator({hosts: 33, routes: 20_000});
    const session = openSession(specOf(big, big.hosts[0]!), {sshConfig: '/dev/null'});
    const chunks: Buffer[] = [];
    const result = await session.stream({id: 'routes', script: "vtysh -c 'show bgp l2vpn evpn route json'", deadlineS: 20, maxBytes: 64 * 1024 * 1024}, (chunk) => chunks.push(chunk));
    await session.close();
    await big.close();
    expect(result).toMatchObject({ok: true});
    expect(Buffer.concat(chunks).toString('utf8').slice(-40)).toContain('"numPrefix":20000,');
    expect(big.hosts.length).toBe(33);
  });
});
