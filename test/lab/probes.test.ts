/**
 * The exact command texts of the probes, run by dash and by busybox ash in a network namespace of their own, against
 * devices and rules that this test makes. Needs root, and the lab's packages.
 */
import {execFileSync, spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {HostProbeId, HostValues} from '../../src/model/fabric.ts';
import type {Reading} from '../../src/model/reading.ts';
import {applianceProbes} from '../../src/services/appliance/probes.ts';
import {hostProbes} from '../../src/services/host/probes.ts';
import {iproute2Probes} from '../../src/services/iproute2/probes.ts';
import {netfilterProbes} from '../../src/services/netfilter/probes.ts';
import type {AnyProbe, ProbeOutput} from '../../src/services/probe.ts';
import {wireguardProbes} from '../../src/services/wireguard/probes.ts';
import {context} from '../unit/host/answers.ts';

const needed = ['/usr/bin/wireguard-go', '/usr/bin/wg', '/usr/sbin/iptables-legacy', '/usr/sbin/nft', '/usr/bin/busybox', '/dev/net/tun'];
const missing = process.getuid?.() !== 0 ? ['root'] : needed.filter((path) => !existsSync(path));
const space = `evt-net-${process.pid}`;
const device = `evw${process.pid}`.slice(0, 12);
const probes: readonly AnyProbe[] = [...hostProbes, ...wireguardProbes, ...iproute2Probes, ...netfilterProbes, ...applianceProbes];

const inside = (...argv: string[]): string => execFileSync('ip', ['netns', 'exec', space, ...argv], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
const shellInside = (script: string): string => inside('sh', '-ec', script);

let folder = '';
let go: ChildProcess | undefined;
let privateKey = '';
let publicKey = '';
let peerKey = '';

/** As the connection runs it: the text on stdin of a shell, in a subshell, with a PATH as sshd gives it to a plain user. */
function run<K extends HostProbeId>(id: K, shell: readonly string[]): {output: ProbeOutput; reading: Reading<HostValues[K]>} {
  const probe = probes.find((candidate) => candidate.id === id) as unknown as {command(c: unknown): string; parse(o: ProbeOutput, c: unknown): Reading<HostValues[K]>};
  const asked = context(['virtual-router']);
  const result = spawnSync('ip', ['netns', 'exec', space, ...shell], {
    input: `(\n${probe.command(asked)}\n)\n`, encoding: 'utf8', env: {PATH: `${shell[0] === 'busybox' ? `${folder}:` : ''}/usr/local/bin:/usr/bin:/bin:/usr/games`}, maxBuffer: 64 * 1024 * 1024,
  });
  const output = {exit: result.status ?? 255, stdout: result.stdout, stderr: result.stderr, truncated: false};
  return {output, reading: probe.parse(output, asked)};
}
function read<K extends HostProbeId>(id: K, shell: readonly string[]): HostValues[K] {
  const {reading, output} = run(id, shell);
  if (!reading.ok) throw new Error(`${id}: ${reading.problem.kind}: ${reading.problem.detail}\n${output.stderr}`);
  return reading.value;
}

describe.skipIf(missing.length > 0)(`probes on a real kernel${missing.length > 0 ? ` (not run: ${missing.join(', ')} missing)` : ''}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evt-net-'));
    // As on the appliance: everything but the network programs is busybox's
    for (const applet of ['cat', 'sed', 'grep', 'date', 'hostname', 'uname', 'id']) symlinkSync('/usr/bin/busybox', join(folder, applet));
    execFileSync('ip', ['netns', 'add', space]);
    inside('ip', 'link', 'set', 'lo', 'up');
    go = spawn('ip', ['netns', 'exec', space, 'wireguard-go', device], {env: {...process.env, WG_PROCESS_FOREGROUND: '1', LOG_LEVEL: 'silent'}, stdio: 'ignore'});
    const socket = `/run/wireguard/${device}.sock`;
    for (let tries = 0; tries < 500 && !existsSync(socket); tries++) await new Promise((done) => setTimeout(done, 10));
    privateKey = execFileSync('wg', ['genkey'], {encoding: 'utf8'}).trim();
    publicKey = execFileSync('wg', ['pubkey'], {input: privateKey, encoding: 'utf8'}).trim();
    peerKey = execFileSync('wg', ['pubkey'], {input: execFileSync('wg', ['genkey']), encoding: 'utf8'}).trim();
    writeFileSync(join(folder, 'wg.conf'), `[Interface]\nPrivateKey = ${privateKey}\nListenPort = 51999\n[Peer]\nPublicKey = ${peerKey}\nEndpoint = 203.0.113.12:51820\nAllowedIPs = 192.168.0.3/32, 10.9.0.0/16\nPersistentKeepalive = 25\n`);
    inside('wg', 'setconf', device, join(folder, 'wg.conf'));
    shellInside(`
      ip addr add 192.168.0.2/24 dev ${device}
      ip link set ${device} mtu 1420 up
      ip addr add 203.0.113.201/32 dev lo label SDNAT4
      ip link add evbr2 type bridge
      ip link add evx2 mtu 1370 type vxlan id 2 ttl 16 local 192.168.0.2 dstport 4789 nolearning
      ip link set evx2 master evbr2
      ip link set evbr2 up; ip link set evx2 up
      ip link add evx3 type vxlan id 3 dev ${device} dstport 0
      bridge fdb append 00:00:00:00:00:00 dev evx2 dst 192.168.0.3
      bridge fdb add 02:00:ac:11:02:0b dev evx2 dst 192.168.0.3 self extern_learn
      bridge fdb add 02:00:ac:11:02:0b dev evx2 master extern_learn
      ip neigh add 192.168.0.77 lladdr 02:00:00:00:00:77 dev evbr2 nud permanent
      ip route add 198.51.100.0/24 via 192.168.0.3 dev ${device} metric 7
      ip route add 198.51.101.0/24 nexthop via 192.168.0.3 dev ${device} nexthop via 192.168.0.4 dev ${device}
      iptables -t nat -N SNAT4; iptables -t nat -I POSTROUTING 1 -j SNAT4
      iptables -t nat -A SNAT4 -s 172.17.2.10 -j SNAT --to-source 203.0.113.201
      iptables -P FORWARD DROP
      iptables -A INPUT ! -i lo -p udp --dport 51820:51830 -m comment --comment 'a "b" -j DROP' -j REJECT
      iptables-legacy -t nat -A PREROUTING -d 203.0.113.210 -j DNAT --to-destination 172.17.2.11
      nft add table inet evfw
      nft 'add chain inet evfw input { type filter hook input priority 0; policy accept; }'
      nft add rule inet evfw input tcp dport 22 drop
    `);
  });
  afterAll(async () => {
    const over = go && go.exitCode === null ? new Promise((done) => go!.once('exit', done)) : undefined;
    go?.kill('SIGTERM');
    await over;
    if (existsSync(`/run/netns/${space}`)) execFileSync('ip', ['netns', 'del', space]);
    rmSync(folder, {recursive: true, force: true});
  });

  describe.each([['dash', ['sh']], ['busybox ash', ['busybox', 'sh']]] as const)('%s', (_name, shell) => {
    test('host.identity', () => {
      const identity = read('host.identity', shell);
      expect(identity).toMatchObject({hostname: execFileSync('hostname', {encoding: 'utf8'}).trim(), kernel: execFileSync('uname', ['-r'], {encoding: 'utf8'}).trim(), user: 'root', root: true});
      expect(Math.abs(identity.clockS! - Date.now() / 1000)).toBeLessThan(30);
      expect(identity.uptimeS).toBeGreaterThan(0);
      expect(identity.os).toMatch(/\S/);
    });

    test('wg.interfaces, without a secret in what is sent', () => {
      const {output} = run('wg.interfaces', shell);
      expect(output.stdout).not.toContain(privateKey);
      const found = read('wg.interfaces', shell);
      expect(found.map((wg) => ({...wg, clockS: undefined}))).toEqual([
        {name: device, publicKey, listenPort: 51999, clockS: undefined, peers: [
          {publicKey: peerKey, endpoint: '203.0.113.12:51820', allowedIps: expect.arrayContaining(['192.168.0.3/32', '10.9.0.0/16']) as unknown, latestHandshake: undefined, rxBytes: 0, txBytes: expect.any(Number) as unknown, keepaliveS: 25},
        ]},
      ]);
      expect(Math.abs(found[0]!.clockS! - Date.now() / 1000)).toBeLessThan(30);
    });

    test('ip.links', () => {
      const links = read('ip.links', shell);
      expect(links.map((link) => link.name).sort()).toEqual(['lo', device, 'evbr2', 'evx2', 'evx3'].sort());
      expect(links.find((link) => link.name === 'evx2')).toMatchObject({
        up: true, mtu: 1370, kind: 'vxlan', master: 'evbr2', vxlan: {vni: 2, local: '192.168.0.2', device: undefined, group: undefined, port: 4789, learning: false, ttl: 16},
      });
      expect(links.find((link) => link.name === 'evx3')).toMatchObject({up: false, vxlan: {vni: 3, local: undefined, device, port: 8472, learning: true}});
    });

    test('ip.addresses, ip.routes, ip.neighbours', () => {
      const addresses = read('ip.addresses', shell);
      expect(addresses).toContainEqual({device: 'lo', family: 'inet', ip: '203.0.113.201', prefixLength: 32, scope: 'global', label: 'SDNAT4'});
      expect(addresses).toContainEqual({device, family: 'inet', ip: '192.168.0.2', prefixLength: 24, scope: 'global', label: device});
      const routes = read('ip.routes', shell);
      expect(routes.filter((route) => !route.destination.includes(':')).map((route) => [route.destination, route.gateway, route.device, route.metric])).toEqual([
        ['192.168.0.0/24', undefined, device, undefined],
        ['198.51.100.0/24', '192.168.0.3', device, 7],
        ['198.51.101.0/24', '192.168.0.3', device, undefined],
        ['198.51.101.0/24', '192.168.0.4', device, undefined],
      ]);
      expect(routes.some((route) => route.destination === 'fe80::/64')).toBe(true);
      expect(read('ip.neighbours', shell)).toContainEqual({ip: '192.168.0.77', device: 'evbr2', mac: '02:00:00:00:00:77', state: ['PERMANENT'], externLearn: false});
    });

    test('bridge.fdb', () => {
      const remote = read('bridge.fdb', shell).filter((entry) => entry.mac === '02:00:ac:11:02:0b');
      expect(remote.map((entry) => [entry.mac, entry.destination, entry.master, entry.self, entry.externLearn])).toEqual([
        ['02:00:ac:11:02:0b', undefined, 'evbr2', false, true],
        ['02:00:ac:11:02:0b', '192.168.0.3', undefined, true, true],
      ]);
      expect(read('bridge.fdb', shell)).toContainEqual({mac: '00:00:00:00:00:00', device: 'evx2', destination: '192.168.0.3', master: undefined, vlan: undefined, state: 'permanent', self: true, externLearn: false});
    });

    test('nf.firewall, in every back end', () => {
      const firewall = read('nf.firewall', shell);
      expect(firewall.backends).toEqual(['iptables-nft', 'iptables-legacy', 'nft']);
      expect(firewall.nat.map((rule) => [rule.backend, rule.chain, rule.position, rule.action, rule.target, rule.source, rule.destination])).toEqual([
        ['iptables-nft', 'POSTROUTING', 1, 'jump', 'SNAT4', undefined, undefined],
        ['iptables-nft', 'SNAT4', 1, 'SNAT', '203.0.113.201', '172.17.2.10', undefined],
        ['iptables-legacy', 'PREROUTING', 1, 'DNAT', '172.17.2.11', undefined, '203.0.113.210'],
      ]);
      expect(firewall.filter.map((rule) => [rule.backend, rule.chain, rule.target, rule.rejectWith, rule.inDevice, rule.destinationPort])).toEqual([
        ['iptables-nft', 'INPUT', 'REJECT', 'icmp-port-unreachable', '!lo', '51820:51830'],
        ['nft', 'inet evfw/input', 'DROP', undefined, undefined, '22'],
      ]);
      expect(firewall.policies).toMatchObject({'filter/FORWARD': 'DROP', 'filter/INPUT': 'ACCEPT', 'inet evfw/input': 'ACCEPT'});
    });

    test('vr.state on a host that is no appliance says what is not there', () => {
      const {reading} = run('vr.state', shell);
      expect(reading).toMatchObject({ok: true, value: {failover: undefined, sdnatService: undefined, context: {}}});
      expect(reading.ok && reading.value.forwarding).toBe(inside('cat', '/proc/sys/net/ipv4/ip_forward').trim() === '1');
    });
  });

  test('busybox’s own ip, which has no JSON, is unsupported', () => {
    const only = join(folder, 'only');
    mkdirSync(only);
    symlinkSync('/usr/bin/busybox', join(only, 'ip'));
    for (const id of ['ip.links', 'ip.addresses', 'ip.routes', 'ip.neighbours'] as const) {
      const {reading} = run(id, ['env', `PATH=${only}:/usr/bin:/bin`, 'sh']);
      expect(reading, id).toMatchObject({ok: false, problem: {kind: 'unsupported'}});
    }
  });

  test('reading changes nothing: no table, no rule and no device appears or goes', () => {
    const bare = `${space}-b`;
    execFileSync('ip', ['netns', 'add', bare]);
    try {
      const state = () => execFileSync('ip', ['netns', 'exec', bare, 'sh', '-c', 'nft list ruleset; cat /proc/net/ip_tables_names; ip -o link; ip route show table all'], {encoding: 'utf8'});
      const before = state();
      for (const probe of probes) {
        const command = probe.command(context(['virtual-router']));
        execFileSync('ip', ['netns', 'exec', bare, 'sh'], {input: command as string, stdio: ['pipe', 'ignore', 'ignore']});
      }
      expect(state()).toBe(before);
    } finally {
      execFileSync('ip', ['netns', 'del', bare]);
    }
  });

  test('wireguard-go dead: an empty list, not a failure', async () => {
    const over = new Promise((done) => go!.once('exit', done));
    go!.kill('SIGTERM');
    await over;
    expect(run('wg.interfaces', ['sh']).reading).toEqual({ok: true, value: []});
  });
});
