/** What the console and the command line show, held against what the hosts say themselves at that moment. */
import {spawn, type ChildProcess} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {up, type Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {keys, openTerminal} from '../e2e/terminal.ts';
import {bgpSummary, evpnMacs, evpnRoutes, evpnVnis, floodList, sdnat, sh, vxlanDevice, wireguardPeers} from './independent.ts';
import {auth} from './oned-in-ops.ts';

const why = whyNoLab();
const node = process.execPath;
const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');

interface Envelope<T> {
  readonly sources: readonly {readonly name: string; readonly phase: string}[];
  readonly items: readonly T[];
}

describe.skipIf(why)(`the console on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let lab: Lab;
  let oned: ChildProcess;
  let endpoint: string;
  let folder: string;
  const hosts = ['ingress', 'kvm1', 'kvm2'];
  const vteps = ['kvm1', 'kvm2'];

  beforeAll(async () => {
    lab = await up({name: 'console', hosts: 2});
    await lab.converge();
    folder = mkdtempSync(join(tmpdir(), 'evpn-tui-lab-'));
    writeFileSync(join(folder, 'one_auth'), `${auth}\n`, {mode: 0o600});
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(lab.plan()));
    const [command = '', ...prefix] = lab.prefix('ops');
    oned = spawn(command, [...prefix, node, join(import.meta.dirname, 'oned-in-ops.ts'), join(folder, 'plan.json')], {stdio: ['pipe', 'pipe', 'inherit']});
    endpoint = await new Promise((resolve) => createInterface({input: oned.stdout!}).once('line', resolve));
  });
  afterAll(async () => {
    oned?.stdin?.end();
    await lab?.down();
    if (folder) rmSync(folder, {recursive: true});
  });

  const args = () => ['--inventory', lab.files.inventory, '--ssh-config', lab.files.sshConfig, '--endpoint', endpoint];
  async function run(...more: string[]): Promise<{code: number; stdout: string; stderr: string}> {
    const quoted = [node, bin, ...args(), ...more].map((word) => `'${word}'`).join(' ');
    return lab.exec('ops', `cd '${folder}' && env ONE_AUTH='${folder}/one_auth' XDG_CONFIG_HOME='${folder}' XDG_CACHE_HOME='${folder}' HOME='${folder}' ${quoted}`);
  }
  async function get<T>(resource: string, ...more: string[]): Promise<readonly T[]> {
    const {code, stdout, stderr} = await run('get', resource, '-o', 'json', ...more);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as Envelope<T>;
    expect(document.sources.every((source) => source.phase === 'ready')).toBe(true);
    return document.items;
  }

  it('hosts: name, kernel and FRR of each', async () => {
    const items = await get<{name: string; kernel: string; frr: string | null; os: string; sessions: unknown}>('hosts');
    expect(items.map((item) => item.name)).toEqual([...hosts, 'vr']);
    for (const host of [...hosts, 'vr']) expect(items.find((item) => item.name === host)?.kernel).toBe((await sh(lab, host, 'uname -r')).trim());
    for (const host of hosts) expect(await sh(lab, host, "vtysh -c 'show version'")).toContain(`FRRouting ${items.find((item) => item.name === host)?.frr} `);
  });

  it('wg: every peer as `wg show dump` has it', async () => {
    type Item = {host: string; peer: string; publicKey: string; endpoint: string; allowedIps: string[]; handshakeAgeSeconds: number; rxBytes: number; txBytes: number; keepaliveSeconds: number};
    const before = new Map(await Promise.all(hosts.map(async (host) => [host, await wireguardPeers(lab, host)] as const)));
    const items = await get<Item>('wg');
    const after = new Map(await Promise.all(hosts.map(async (host) => [host, await wireguardPeers(lab, host)] as const)));
    const now = Date.now() / 1000;
    expect(items.length).toBe(6);
    for (const host of hosts) {
      for (const peer of before.get(host)!) {
        const item = items.find((candidate) => candidate.host === host && candidate.publicKey === peer.key)!;
        const later = after.get(host)!.find((candidate) => candidate.key === peer.key)!;
        expect([item.endpoint, item.allowedIps, String(item.keepaliveSeconds)]).toEqual([peer.endpoint, peer.allowed, peer.keepalive]);
        expect(item.rxBytes).toBeGreaterThanOrEqual(peer.rx);
        expect(item.rxBytes).toBeLessThanOrEqual(later.rx);
        expect(item.txBytes).toBeGreaterThanOrEqual(peer.tx);
        expect(item.txBytes).toBeLessThanOrEqual(later.tx);
        expect(Math.abs(now - item.handshakeAgeSeconds - later.handshake)).toBeLessThan(6);
        expect((await sh(lab, item.peer, 'wg show wg0 public-key')).trim()).toBe(peer.key);
      }
    }
  });

  it('bgp: every neighbour as the summary has it, and nothing missing', async () => {
    type Item = {host: string; neighbor: string; verdict: string; state: string; remoteAs: string; prefixesReceived: number; prefixesSent: number; dynamic: boolean};
    const items = await get<Item>('bgp');
    const expected = (await Promise.all(hosts.map(async (host) => (await bgpSummary(lab, host)).map((line) => ({...line, host}))))).flat();
    expect(expected.length).toBe(4);
    expect(items.map((i) => ({host: i.host, neighbor: i.neighbor, dynamic: i.dynamic, as: i.remoteAs, received: String(i.prefixesReceived), sent: String(i.prefixesSent)}))).toEqual(expected);
    expect(items.every((item) => item.verdict === 'established' && item.state === 'Established')).toBe(true);
  });

  it('vnis: devices, flood lists, MAC and VTEP counts as kernel and zebra have them', async () => {
    type Item = {host: string; vni: number; device: string; bridge: string; local: string; port: number; learning: boolean; mtu: number; macs: number; remoteVteps: string[]; floodTo: string[]; trouble: string | null};
    const items = await get<Item>('vnis');
    expect(items.length).toBe(4);
    for (const host of vteps) {
      const zebra = await evpnVnis(lab, host);
      expect(zebra.length).toBe(2);
      for (const line of zebra) {
        const item = items.find((candidate) => candidate.host === host && candidate.vni === line.vni)!;
        const device = await vxlanDevice(lab, host, line.device);
        expect({vni: item.vni, local: item.local, port: item.port, learning: item.learning, mtu: item.mtu, master: item.bridge}).toEqual(device);
        expect([item.device, item.macs, item.remoteVteps.length, item.trouble]).toEqual([line.device, line.macs, line.vteps, null]);
        expect(item.floodTo.toSorted()).toEqual((await floodList(lab, host, line.device)).toSorted());
      }
    }
  });

  it('macs: local and remote as zebra lists them on each host, before and after a live migration', async () => {
    type Item = {vni: number; mac: string; ip: string; localAt: string[]; locations: {host: string; evpn: string | null; device: string | null; remoteVtep: string | null}[]};
    const check = async () => {
      const items = await get<Item>('macs');
      for (const host of vteps) {
        const shown = items.flatMap((item) => item.locations.filter((l) => l.host === host && l.evpn !== null).map((l) => ({vni: item.vni, mac: item.mac, kind: l.evpn, where: l.evpn === 'local' ? l.device : l.remoteVtep})));
        const expected = await evpnMacs(lab, host);
        const byMac = (a: {vni: number; mac: string}, b: {vni: number; mac: string}) => a.vni - b.vni || a.mac.localeCompare(b.mac);
        expect(expected.length).toBeGreaterThan(2);
        expect(shown.toSorted(byMac)).toEqual(expected.toSorted(byMac));
      }
      return items;
    };
    const vm = lab.plan().vms[0]!;
    const other = vteps.find((host) => host !== vm.host)!;
    const before = await check();
    expect(before.find((item) => item.mac === vm.mac)).toMatchObject({ip: vm.address, localAt: [vm.host]});
    await lab.migrate(vm.name, other);
    await lab.converge();
    expect((await check()).find((item) => item.mac === vm.mac)).toMatchObject({localAt: [other]});
    await lab.migrate(vm.name, vm.host);
    await lab.converge();
  });

  it('routes: every path of the reflector, and the scoped forms', async () => {
    type Item = {rd: string; prefix: string; nextHop: string; type: number; vni: number};
    const key = (route: {rd: string; prefix: string; nextHop: string}) => `${route.rd} ${route.prefix} ${route.nextHop}`;
    const expected = (await evpnRoutes(lab, 'ingress')).map(key).toSorted();
    const items = await get<Item>('routes');
    expect(expected.length).toBeGreaterThan(8);
    expect(items.map(key).toSorted()).toEqual(expected);
    expect((await get<Item>('routes', '--type', '3')).map(key).toSorted()).toEqual(expected.filter((route) => route.includes('[3]:')));
    const rd = items[0]!.rd;
    expect((await get<Item>('routes', '--rd', rd)).map(key).toSorted()).toEqual(expected.filter((route) => route.startsWith(`${rd} `)));
    const own = await get<Item>('routes', '--host', 'kvm2');
    expect(own.map(key).toSorted()).toEqual((await evpnRoutes(lab, 'kvm2')).map(key).toSorted());
  });

  it('vnets, vms and nat: OpenNebula\'s intent beside the taps, bridges and rules that are there', async () => {
    const vms = await get<{id: number; name: string; host: string; nics: {tap: string; tapFound: boolean; ip: string}[]}>('vms');
    for (const vm of lab.plan().vms) {
      const shown = vms.find((item) => item.name === vm.name)!;
      expect([shown.host, shown.nics[0]?.tap, shown.nics[0]?.tapFound, shown.nics[0]?.ip]).toEqual([vm.host, vm.tap, true, vm.address]);
      await sh(lab, vm.host, `ip link show dev ${vm.tap}`);
    }
    const vnets = await get<{vni: number; vnet: {name: string}; hosts: {host: string; port: number}[]}>('vnets');
    expect(vnets.filter((item) => item.vni !== null).map((item) => [item.vnet.name, item.hosts.map((h) => [h.host, h.port])])).toEqual([2, 3].map((vni) => [`private_vni${vni}`, vteps.map((host) => [host, 4789])]));
    const nat = await get<{external: string; internal: string; verdict: string; failover: string}>('nat');
    const live = await sdnat(lab, 'vr');
    expect(live.length).toBe(1);
    expect(nat).toMatchObject(live.map(({external, internal}) => ({external, internal, verdict: 'ok', failover: 'MASTER'})));
  });

  it('every screen of the console, in a terminal, shows what the hosts say', async () => {
    const [command = '', ...prefix] = lab.prefix('ops');
    const terminal = openTerminal(command, [...prefix, node, bin, ...args()], {columns: 158, rows: 50, env: {ONE_AUTH: `${folder}/one_auth`, HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder}});
    /** The line of the screen that has all these words. */
    const line = (...parts: string[]) => (text: string): boolean => text.split('\n').some((candidate) => parts.every((part) => candidate.includes(part)));
    const shows = (what: string, ...parts: string[]) => terminal.until(line(...parts), `${what}: ${parts.join(' … ')}`);
    try {
      await terminal.until((text) => /VR NAT +ok +1 mappings/.test(text) && /BGP +ok +4 sessions/.test(text), 'everything read');
      for (const host of vteps) await shows('overview', 'bgp', 'established', host);

      terminal.type('2');
      for (const host of hosts) await shows('hosts', host, 'ready', '8.4.4');

      terminal.type('3');
      for (const host of hosts) for (const peer of await wireguardPeers(lab, host)) await shows('WireGuard', ` ${host} `, peer.endpoint, peer.allowed[0]!, 'ok');
      terminal.type('x');
      await terminal.until((text) => text.includes('HEARS') && hosts.every((host) => text.includes(` ${host}`)), 'the mesh');

      terminal.type('4');
      for (const host of hosts) for (const peer of await bgpSummary(lab, host)) await shows('sessions', ` ${host} `, peer.neighbor, peer.as, 'Established', peer.dynamic ? 'dynamic' : 'configured');
      terminal.type(keys.right);
      for (const host of vteps) for (const vni of await evpnVnis(lab, host)) await shows('VNIs', ` ${host} `, vni.device, String(vni.vni), '4789', 'ok');
      terminal.type(keys.right);
      await terminal.until((text) => text.includes('[routes]'), 'routes');
      terminal.type('e');
      await terminal.until((text) => text.includes('ask host'), 'what to read');
      terminal.type(keys.enter);
      for (const route of (await evpnRoutes(lab, 'ingress')).filter(({prefix}) => prefix.startsWith('[2]'))) await shows('routes', route.rd, route.prefix, route.nextHop);
      terminal.type(keys.right);
      for (const host of vteps) for (const mac of (await evpnMacs(lab, host)).filter(({kind}) => kind === 'local')) await shows('MACs', mac.mac, host, mac.where);

      terminal.type('5');
      for (const vni of [2, 3]) await shows('VNets', `private_vni${vni}`, '1370', '4789', 'off', 'kvm1 kvm2');
      terminal.type('6');
      for (const vm of lab.plan().vms) await shows('VMs', vm.name, 'RUNNING', vm.host, vm.address, vm.tap);
      terminal.type('7');
      for (const {external, internal} of await sdnat(lab, 'vr')) await shows('NAT', 'vr', 'MASTER', external, internal, 'ok');

      // A live migration is seen by itself.
      const vm = lab.plan().vms[0]!;
      const other = vteps.find((host) => host !== vm.host)!;
      terminal.type(':');
      await terminal.until((text) => text.includes('Go to'), 'the palette');
      terminal.type('macs');
      await terminal.until((text) => /▸ macs +MACs/.test(text), 'MACs by name');
      terminal.type(keys.enter);
      await terminal.until((text) => text.includes('[MACs]'), 'back at the MACs');
      await lab.migrate(vm.name, other);
      await shows('MACs after the migration', vm.mac, other);
      await lab.migrate(vm.name, vm.host);
      await lab.converge();
      terminal.type('q');
      expect((await terminal.exited).code).toBe(0);
    } finally {
      await terminal.close();
    }
  });

  it('status: exit 0 when well, 4 when something is wrong, 3 when a host cannot be read', async () => {
    expect((await run('status')).code).toBe(0);
    await sh(lab, 'kvm2', 'ip link set wg0.2 down');
    const wrong = await run('status');
    expect([wrong.code, wrong.stdout]).toEqual([4, expect.stringMatching(/BAD\s+EVPN/) as unknown]);
    await sh(lab, 'kvm2', 'ip link set wg0.2 up');
    await sh(lab, 'kvm1', 'kill $(cat /run/sshd.pid)');
    const unread = await run('status');
    expect([unread.code, unread.stderr]).toEqual([3, expect.stringContaining('kvm1: not read: unreachable') as unknown]);
  });
});
