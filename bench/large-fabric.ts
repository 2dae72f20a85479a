/** A large healthy fabric as readings: 250 hypervisors in a full mesh of WireGuard, the first two reflect; 2,000 VMs in 40 networks; 100,000 MACs by host. */
import {createAssembler} from '../src/fabric/assemble/assemble.ts';
import type {Fabric, HostReadings, HostState} from '../src/model/fabric.ts';
import type {OneHost, OneVm, OneVnet} from '../src/model/cloud.ts';
import type {BgpNeighbor, BgpPeer, BgpVni, EvpnMac, ZebraVni} from '../src/model/frr.ts';
import type {FdbEntry, Link, Neighbour, WgPeer} from '../src/model/network.ts';
import type {Observation} from '../src/model/reading.ts';

export const now = 1_800_000_000_000;
const hosts = 250;
export const vnis = 40; // 50 VMs in each, on 50 hosts: 50 * 50 * 40 = 100,000 MACs by host
export const perVni = 50;
const reflectors = [1, 2];

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
  const zebra = Array.from({length: hosts + 1}, (): ZebraVni[] => []);
  const bgp = Array.from({length: hosts + 1}, (): BgpVni[] => []);
  const link = (name: string, mtu: number, more: Partial<Link> = {}): Link => ({index: 1, name, flags: ['UP', 'LOWER_UP'], up: true, lowerUp: true, operState: 'UP', mtu, mac: undefined, master: undefined, kind: undefined, parent: undefined, vxlan: undefined, rxBytes: 0, txBytes: 0, ...more});
  for (let h = 1; h <= hosts; h++) links[h]?.push(link('eth0', 1500), link('wg0', 1420, {kind: 'wireguard'}));
  const vms: OneVm[] = [];
  for (let vni = 2; vni < 2 + vnis; vni++) {
    const [bridge, device] = [`onebr.${vni}`, `wg0.${vni}`];
    const here = Array.from({length: perVni}, (_, i) => hostOf(vni, i));
    for (const h of here) {
      zebra[h]?.push({vni, type: 'L2', device, macs: perVni, arps: 0, remoteVteps: here.filter((other) => other !== h).map(underlayOf), remoteVtepCount: perVni - 1, localVtep: underlayOf(h), vrf: undefined, svi: undefined, state: undefined});
      bgp[h]?.push({vni, type: 'L2', inKernel: true, rd: `${underlayOf(h)}:${vni}`, originator: underlayOf(h), importRts: [`65000:${vni}`], exportRts: [`65000:${vni}`], truncatedRts: false});
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
  const reflects = (h: number): boolean => reflectors.includes(h);
  const bgpPeersOf = (h: number): readonly number[] => Array.from({length: hosts}, (_, i) => i + 1).filter((other) => other !== h && (reflects(h) || reflects(other)));
  const summaryOf = (p: number): BgpPeer => ({address: underlayOf(p), hostname: nameOf(p), remoteAs: '65000', state: 'Established', established: true, uptimeMs: 3_600_000, prefixesReceived: 100, prefixesSent: 100, messagesReceived: 1, messagesSent: 1, dynamic: false, timesEstablished: 1, timesDropped: 0, description: undefined});
  const neighborOf = (h: number, p: number): BgpNeighbor => ({address: underlayOf(p), hostname: nameOf(p), remoteAs: '65000', localAs: '65000', state: 'Established', remoteRouterId: underlayOf(p), holdTimeMs: 9000, keepaliveMs: 3000, lastResetReason: undefined, lastResetMs: undefined, localAddress: underlayOf(h), localPort: 179, remotePort: 40_000 + p, reflectorClient: reflects(h), evpnActivated: true});
  const states = new Map<string, HostState>();
  for (let h = 1; h <= hosts; h++) {
    const name = nameOf(h);
    const readings: HostReadings = {
      'host.identity': observed(name, 'host.identity', {hostname: name, kernel: '6.8.0', os: 'Debian GNU/Linux 12', uptimeS: 86_400, clockS: now / 1000, user: 'root', root: true}),
      'frr.version': observed(name, 'frr.version', {text: '8.4.4', major: 8, minor: 4, patch: 4}),
      'frr.daemons': observed(name, 'frr.daemons', {running: ['zebra', 'bgpd'], hung: []}),
      'frr.evpn': observed(name, 'frr.evpn', {l2Vnis: zebra[h]?.length, l3Vnis: 0, duplicateDetection: true, maxMoves: 5, detectionTimeS: 180, freezeTimeS: 0}),
      'frr.summary': observed(name, 'frr.summary', {routerId: underlayOf(h), as: '65000', vrf: 'default', ribCount: 4000, dynamicPeers: 0, peers: bgpPeersOf(h).map(summaryOf)}),
      'frr.neighbors': observed(name, 'frr.neighbors', bgpPeersOf(h).map((p) => neighborOf(h, p))),
      'frr.bgp-vnis': observed(name, 'frr.bgp-vnis', {advertiseAllVni: true, flooding: undefined, vnis: bgp[h] ?? []}),
      'frr.vnis': observed(name, 'frr.vnis', zebra[h] ?? []),
      'frr.arp': observed(name, 'frr.arp', []),
      'ip.neighbours': observed(name, 'ip.neighbours', [] as readonly Neighbour[]),
      'ip.links': observed(name, 'ip.links', links[h] ?? []),
      'ip.addresses': observed(name, 'ip.addresses', [{device: 'wg0', family: 'inet', ip: underlayOf(h), prefixLength: 16, scope: 'global', label: 'wg0'}]),
      'ip.routes': observed(name, 'ip.routes', [{destination: '192.168.0.0/16', gateway: undefined, device: 'wg0', source: underlayOf(h), protocol: 'kernel', scope: 'link', metric: undefined}]),
      'bridge.fdb': observed(name, 'bridge.fdb', fdb[h] ?? []),
      'frr.macs': observed(name, 'frr.macs', macs[h] ?? []),
      'nf.firewall': observed(name, 'nf.firewall', {nat: [], filter: [], policies: {}, backends: ['iptables-nft']}),
      'wg.interfaces': observed(name, 'wg.interfaces', [{name: 'wg0', publicKey: keyOf(h), listenPort: 51820, clockS: now / 1000, peers: peers.filter((_, i) => i + 1 !== h)}]),
    };
    states.set(name, {spec: {name, roles: reflects(h) ? ['reflector', 'vtep'] : ['vtep'], underlay: 'wg0', underlayAddress: underlayOf(h), region: undefined, origin: 'bench', ssh: {host: name, port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}}}, access, readings});
  }
  const vnets = Array.from({length: vnis}, (_, i): OneVnet => ({id: i + 2, name: `net${i + 2}`, state: 1, clusterIds: [100], vnMad: 'vxlan', bridge: `onebr.${i + 2}`, physicalDevice: 'wg0', vlanId: i + 2, vxlanMode: 'evpn', vxlanTep: 'local_ip', ipLinkConf: undefined, mtu: 1370, guestMtu: 1370, gateway: undefined, networkAddress: undefined, networkMask: undefined, vrouterIds: [], usedLeases: perVni, size: 250, ranges: [], leases: undefined}));
  const vmsOf = Map.groupBy(vms, ({history}) => history[0]?.hostId);
  const oneHosts = Array.from({length: hosts}, (_, i): OneHost => ({id: i + 1, name: nameOf(i + 1), state: 2, clusterId: 100, cluster: 'edge', vmIds: (vmsOf.get(i + 1) ?? []).map(({id}) => id), totalCpu: 6400, usedCpu: 100, totalMemoryKiB: 1 << 28, usedMemoryKiB: 1 << 24, attributes: {}}));
  const cloud = {endpoint: 'bench', access, readings: {
    'one.version': observed('bench', 'one.version', '6.10.0'),
    'one.hosts': observed('bench', 'one.hosts', oneHosts),
    'one.clusters': observed('bench', 'one.clusters', [{id: 100, name: 'edge', hostIds: oneHosts.map(({id}) => id), datastoreIds: [], vnetIds: vnets.map(({id}) => id)}]),
    'one.datastores': observed('bench', 'one.datastores', []),
    'one.vrouters': observed('bench', 'one.vrouters', []),
    'one.vms': observed('bench', 'one.vms', vms),
    'one.vnets': observed('bench', 'one.vnets', vnets),
  }};
  return createAssembler()({name: 'bench', expectVteps: true, hosts: states, cloud}, now);
}
