/** Traces and diagnosis on a large fabric: 250 hypervisors in a full mesh, 2,000 VMs, 100,000 entries MAC by host. */
import {catalogue} from '../src/checks/catalogue.ts';
import {View} from '../src/checks/view.ts';
import {createAssembler} from '../src/fabric/assemble/assemble.ts';
import type {Fabric, HostReadings, HostState} from '../src/model/fabric.ts';
import type {OneVm, OneVnet} from '../src/model/cloud.ts';
import type {EvpnMac} from '../src/model/frr.ts';
import type {FdbEntry, Link, WgPeer} from '../src/model/network.ts';
import type {Observation} from '../src/model/reading.ts';
import {trace} from '../src/trace/trace.ts';
import type {Measured} from './measured.ts';

const now = 1_800_000_000_000;
const hosts = 250;
const vnis = 40; // 50 VMs in each, on 50 hosts: 50 * 50 * 40 = 100,000 MACs by host
const perVni = 50;
const traces = 2000;

const observed = <T>(source: string, probe: string, value: T): Observation<T> => ({source, probe, command: probe, value, at: now, attemptAt: now, tookMs: 1, problem: undefined, since: undefined, warnings: [], staleAfterMs: 60_000});
const access = {phase: 'ready', since: now, problem: undefined, retryAt: undefined, attempts: 0, rttMs: 1} as const;
const nameOf = (h: number): string => `kvm${h}`;
const underlayOf = (h: number): string => `192.168.${h >> 8}.${h & 255}`;
const keyOf = (h: number): string => Buffer.from(`public key of hypervisor ${h}`.padEnd(32, '.')).toString('base64');
const macOf = (vni: number, i: number): string => `02:00:0a:${vni.toString(16).padStart(2, '0')}:00:${i.toString(16).padStart(2, '0')}`;
/** The VMs of a network are on every fifth hypervisor, beginning elsewhere for each. */
const hostOf = (vni: number, i: number): number => 1 + ((vni + i * 5) % hosts);

export function largeFabric(): Fabric {
  const links = Array.from({length: hosts + 1}, (): Link[] => []);
  const fdb = Array.from({length: hosts + 1}, (): FdbEntry[] => []);
  const macs = Array.from({length: hosts + 1}, (): EvpnMac[] => []);
  const link = (name: string, mtu: number, more: Partial<Link> = {}): Link => ({index: 1, name, flags: ['UP', 'LOWER_UP'], up: true, lowerUp: true, operState: 'UP', mtu, mac: undefined, master: undefined, kind: undefined, parent: undefined, vxlan: undefined, rxBytes: 0, txBytes: 0, ...more});
  for (let h = 1; h <= hosts; h++) links[h]?.push(link('eth0', 1500), link('wg0', 1420, {kind: 'wireguard'}));
  const vms: OneVm[] = [];
  for (let vni = 2; vni < 2 + vnis; vni++) {
    const [bridge, device] = [`onebr.${vni}`, `wg0.${vni}`];
    const here = Array.from({length: perVni}, (_, i) => hostOf(vni, i));
    for (const h of here) {
      links[h]?.push(link(bridge, 1370, {kind: 'bridge'}), link(device, 1370, {kind: 'vxlan', master: bridge, vxlan: {vni, local: underlayOf(h), device: undefined, group: undefined, port: 4789, learning: false, ttl: 16}}));
      for (const other of here) if (other !== h) fdb[h]?.push({mac: '00:00:00:00:00:00', device, destination: underlayOf(other), master: undefined, vlan: undefined, state: 'permanent', self: true, externLearn: false});
    }
    here.forEach((h, i) => {
      const id = (vni - 2) * perVni + i;
      const [mac, tap] = [macOf(vni, i), `one-${id}-0`];
      links[h]?.push(link(tap, 1370, {kind: 'tun', master: bridge}));
      for (const at of here) {
        const local = at === h;
        macs[at]?.push({vni, mac, kind: local ? 'local' : 'remote', device: local ? tap : undefined, remoteVtep: local ? undefined : underlayOf(h), localSequence: 0, remoteSequence: 0, detectionCount: 0, duplicate: false});
        fdb[at]?.push({mac, device: local ? tap : device, destination: undefined, master: bridge, vlan: undefined, state: '', self: false, externLearn: !local});
        if (!local) fdb[at]?.push({mac, device, destination: underlayOf(h), master: undefined, vlan: undefined, state: '', self: true, externLearn: true});
      }
      vms.push({id, name: `vm${id}`, owner: 'oneadmin', state: 3, lcmState: 3, deployId: `one-${id}`, vrouterId: undefined, context: {ETH0_MTU: '1370'}, error: undefined,
        history: [{seq: 0, hostId: h, host: nameOf(h), start: 0, end: undefined, action: 0}],
        nics: [{id: 0, name: 'NIC0', networkId: vni, network: `net${vni}`, ip: `10.${vni}.0.${i + 1}`, mac, bridge, physicalDevice: 'wg0', vlanId: vni, vnMad: 'vxlan', tap, vrouterIp: undefined, alias: undefined}]});
    });
  }
  const peerOf = (p: number): WgPeer => ({publicKey: keyOf(p), endpoint: `203.0.${p >> 8}.${p & 255}:51820`, allowedIps: [`${underlayOf(p)}/32`], latestHandshake: now / 1000 - 60, rxBytes: 1, txBytes: 1, keepaliveS: 25});
  const peers = Array.from({length: hosts}, (_, i) => peerOf(i + 1));
  const states = new Map<string, HostState>();
  for (let h = 1; h <= hosts; h++) {
    const name = nameOf(h);
    const readings: HostReadings = {
      'ip.links': observed(name, 'ip.links', links[h] ?? []),
      'ip.addresses': observed(name, 'ip.addresses', [{device: 'wg0', family: 'inet', ip: underlayOf(h), prefixLength: 16, scope: 'global', label: 'wg0'}]),
      'ip.routes': observed(name, 'ip.routes', [{destination: '192.168.0.0/16', gateway: undefined, device: 'wg0', source: underlayOf(h), protocol: 'kernel', scope: 'link', metric: undefined}]),
      'bridge.fdb': observed(name, 'bridge.fdb', fdb[h] ?? []),
      'frr.macs': observed(name, 'frr.macs', macs[h] ?? []),
      'nf.firewall': observed(name, 'nf.firewall', {nat: [], filter: [], policies: {}, backends: ['iptables-nft']}),
      'wg.interfaces': observed(name, 'wg.interfaces', [{name: 'wg0', publicKey: keyOf(h), listenPort: 51820, clockS: now / 1000, peers: peers.filter((_, i) => i + 1 !== h)}]),
    };
    states.set(name, {spec: {name, roles: ['vtep'], underlay: 'wg0', underlayAddress: underlayOf(h), region: undefined, origin: 'bench', ssh: {host: name, port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}}}, access, readings});
  }
  const vnets = Array.from({length: vnis}, (_, i): OneVnet => ({id: i + 2, name: `net${i + 2}`, state: 1, clusterIds: [], vnMad: 'vxlan', bridge: `onebr.${i + 2}`, physicalDevice: 'wg0', vlanId: i + 2, vxlanMode: 'evpn', vxlanTep: 'local_ip', ipLinkConf: undefined, mtu: 1370, guestMtu: 1370, gateway: undefined, networkAddress: undefined, networkMask: undefined, vrouterIds: [], usedLeases: perVni, size: 250, ranges: [], leases: undefined}));
  const cloud = {endpoint: 'bench', access, readings: {'one.vms': observed('bench', 'one.vms', vms), 'one.vnets': observed('bench', 'one.vnets', vnets)}};
  return createAssembler()({name: 'bench', expectVteps: true, hosts: states, cloud}, now);
}

/** Looks at each object once, and at one thing of it: what any pass over the fabric costs at least. */
function visit(fabric: Fabric): number {
  let sum = 0;
  for (const {readings} of fabric.hosts.values()) {
    for (const link of readings['ip.links']?.value ?? []) sum += link.mtu;
    for (const entry of readings['bridge.fdb']?.value ?? []) sum += entry.mac.length;
    for (const mac of readings['frr.macs']?.value ?? []) sum += mac.vni;
  }
  for (const tunnel of fabric.tunnels) sum += tunnel.peer.rxBytes;
  for (const entry of fabric.macs) for (const location of entry.locations) sum += location.fdb.length;
  for (const vm of fabric.vms) sum += vm.ports.length;
  return sum;
}

/** The views are new each time, so indexes are part of the figure; the best of several runs counts. */
export async function traceBench(): Promise<readonly Measured[]> {
  const fabric = largeFabric();
  visit(fabric); // links of the fabric are made when first looked at
  for (const made of [fabric.segments, fabric.routers, fabric.sessions]) if (made.length < 0) return [];
  const best = (run: () => void): number => Math.min(...Array.from({length: 7}, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  }));
  const pass = best(() => void visit(fabric));
  let reached = 0;
  const traced = best(() => {
    const view = new View(fabric, now);
    reached = 0;
    for (let n = 0; n < traces; n++) {
      const from = (n * 7) % (vnis * perVni);
      const to = Math.floor(from / perVni) * perVni + ((from + 1 + (n % (perVni - 1))) % perVni);
      const result = trace(view, `vm${from}`, `vm${to}`);
      if (result.ok && result.trace.reaches === 'yes') reached++;
    }
  });
  const out = {pass: () => undefined, fail: () => undefined, warn: () => undefined, unknown: () => undefined};
  const checked = best(() => {
    const view = new View(fabric, now);
    for (const check of catalogue) check.run(view, out);
  });
  const limit = pass * 10;
  return [
    {name: 'ms: visit each object of 250 hosts, 2,000 VMs, 100,000 MACs by host', figure: Number(pass.toFixed(1)), limit: Infinity, ok: true},
    {name: `ms: ${traces} traces`, figure: Number(traced.toFixed(1)), limit: Infinity, ok: true},
    {name: `ms: ${catalogue.length} checks (results not kept)`, figure: Number(checked.toFixed(1)), limit: Infinity, ok: true},
    {name: 'ms: traces and checks together, at most ten visits', figure: Number((traced + checked).toFixed(1)), limit, ok: traced + checked <= limit},
    {name: 'traces that reach', figure: reached, limit: traces, ok: reached === traces},
  ];
}
