/** A small healthy fabric as typed readings: reflector, two VTEPs, a virtual router, two VMs, one SDNAT mapping. Tests change one thing. */
import type {CloudState, HostReadings, HostState, HostValues} from '../../../src/model/fabric.ts';
import type {OneNic, OneVm, OneVnet} from '../../../src/model/cloud.ts';
import type {BgpPeer, EvpnMac} from '../../../src/model/frr.ts';
import type {Address, FdbEntry, Link, NatRule, WgInterface} from '../../../src/model/network.ts';
import type {Observation, Problem} from '../../../src/model/reading.ts';
import type {HostSpec, Role} from '../../../src/model/target.ts';

export const t0 = 1_800_000_000_000;

export const underlay: Readonly<Record<string, string>> = {ingress: '192.168.0.1', kvm1: '192.168.0.2', kvm2: '192.168.0.3'};
const publicAddress: Readonly<Record<string, string>> = {ingress: '203.0.113.1', kvm1: '203.0.113.11', kvm2: '203.0.113.12', vr: '203.0.113.200'};

export const spec = (name: string, roles: readonly Role[], more: Partial<HostSpec> = {}): HostSpec => ({
  name, roles, underlay: 'wg0', underlayAddress: undefined, region: undefined, origin: 'test',
  ssh: {host: publicAddress[name] ?? name, port: undefined, user: 'root', identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}},
  ...more,
});

export function seen<T>(source: string, probe: string, value: T, more: Partial<Observation<T>> = {}): Observation<T> {
  return {source, probe, command: probe, value, at: t0, attemptAt: t0, tookMs: 5, problem: undefined, since: undefined, warnings: [], staleAfterMs: 30_000, ...more};
}
export const failing = <T>(o: Observation<T>, problem: Problem, at = t0 + 5000): Observation<T> => ({...o, problem, since: at, attemptAt: at});

export const peer = (address: string, more: Partial<BgpPeer> = {}): BgpPeer => ({
  address, hostname: undefined, remoteAs: '65000', state: 'Established', established: true, uptimeMs: 60_000, prefixesReceived: 4, prefixesSent: 8,
  messagesReceived: 10, messagesSent: 10, dynamic: false, timesEstablished: 1, timesDropped: 0, description: undefined, ...more,
});

export const link = (name: string, more: Partial<Link> = {}): Link => ({
  index: 1, name, flags: ['UP', 'LOWER_UP'], up: true, lowerUp: true, operState: 'UP', mtu: 1370, mac: undefined, master: undefined, kind: undefined,
  parent: undefined, vxlan: undefined, rxBytes: 0, txBytes: 0, ...more,
});
export const vxlan = (vni: number, local: string | undefined, more: Partial<Link> = {}): Link =>
  link(`wg0.${vni}`, {kind: 'vxlan', master: `onebr.${vni}`, vxlan: {vni, local, device: local ? undefined : 'wg0', group: undefined, port: 4789, learning: false, ttl: 16}, ...more});
export const address = (device: string, ip: string, more: Partial<Address> = {}): Address => ({device, family: 'inet', ip, prefixLength: 24, scope: 'global', label: device, ...more});
export const fdb = (mac: string, device: string, destination: string | undefined, more: Partial<FdbEntry> = {}): FdbEntry =>
  ({mac, device, destination, master: undefined, vlan: undefined, state: '', self: destination !== undefined, externLearn: destination !== undefined, ...more});
export const mac = (vni: number, address: string, more: Partial<EvpnMac>): EvpnMac =>
  ({vni, mac: address, kind: 'local', device: undefined, remoteVtep: undefined, localSequence: 0, remoteSequence: 0, detectionCount: 0, duplicate: false, ...more});

export const macOf = {vm1: '02:00:ac:11:02:0a', vm2: '02:00:ac:11:02:0b'};

const key = (name: string): string => `${name}KEY=`;
export function wireguard(name: string, handshakeAgeS = 40): WgInterface {
  return {
    name: 'wg0', publicKey: key(name), listenPort: 51820, clockS: t0 / 1000,
    peers: Object.keys(underlay).filter((other) => other !== name).map((other) => ({
      publicKey: key(other), endpoint: `${publicAddress[other]}:51820`, allowedIps: [`${underlay[other]}/32`], latestHandshake: t0 / 1000 - handshakeAgeS, rxBytes: 1000, txBytes: 2000, keepaliveS: 25,
    })),
  };
}

function vtepReadings(name: 'kvm1' | 'kvm2'): Partial<HostValues> {
  const local = underlay[name] as string;
  const other = name === 'kvm1' ? 'kvm2' : 'kvm1';
  const [mine, theirs] = name === 'kvm1' ? [macOf.vm1, macOf.vm2] : [macOf.vm2, macOf.vm1];
  const tap = name === 'kvm1' ? 'one-1-0' : 'one-2-0';
  return {
    'wg.interfaces': [wireguard(name)],
    'ip.addresses': [address('eth0', publicAddress[name] as string), address('wg0', local)],
    'ip.links': [link('wg0', {mtu: 1420, kind: 'tun'}), link('onebr.2', {kind: 'bridge'}), vxlan(2, local), link(tap, {kind: 'tun', master: 'onebr.2'})],
    'frr.summary': {routerId: local, as: '65000', vrf: 'default', peers: [peer(underlay.ingress as string)], ribCount: 8, dynamicPeers: 0},
    'frr.neighbors': [],
    'frr.vnis': [{vni: 2, type: 'L2', device: 'wg0.2', macs: 2, arps: 0, remoteVteps: [underlay[other] as string], remoteVtepCount: 1, localVtep: local, vrf: 'default', svi: undefined, state: undefined}],
    'frr.bgp-vnis': {advertiseAllVni: true, flooding: 'Head-end replication', vnis: [{vni: 2, type: 'L2', inKernel: true, rd: `${local}:2`, originator: local, importRts: ['65000:2'], exportRts: ['65000:2'], truncatedRts: false}]},
    'frr.macs': [mac(2, mine, {kind: 'local', device: tap}), mac(2, theirs, {kind: 'remote', remoteVtep: underlay[other]})],
    'bridge.fdb': [
      fdb('00:00:00:00:00:00', 'wg0.2', underlay[other], {state: 'permanent', externLearn: false}),
      fdb(theirs, 'wg0.2', underlay[other]), fdb(mine, tap, undefined, {master: 'onebr.2'}),
      fdb('33:33:00:00:00:01', 'onebr.2', undefined, {state: 'permanent'}), fdb('6a:f9:5b:89:56:47', 'wg0.2', undefined, {state: 'permanent', master: 'onebr.2'}),
    ],
  };
}

const rule = (chain: 'SNAT4' | 'DNAT4', external: string, internal: string): NatRule => ({
  backend: 'iptables-nft', chain, position: 1, action: chain === 'SNAT4' ? 'SNAT' : 'DNAT', target: chain === 'SNAT4' ? external : internal,
  source: chain === 'SNAT4' ? `${internal}/32` : undefined, destination: chain === 'DNAT4' ? `${external}/32` : undefined, inDevice: undefined, outDevice: undefined, protocol: undefined,
  text: chain === 'SNAT4' ? `-A SNAT4 -s ${internal}/32 -j SNAT --to-source ${external}` : `-A DNAT4 -d ${external}/32 -j DNAT --to-destination ${internal}`,
});
export const natRules = {snat: rule('SNAT4', '203.0.113.201', '172.17.2.10'), dnat: rule('DNAT4', '203.0.113.201', '172.17.2.10')};
export const sdnatAddress = address('lo', '203.0.113.201', {prefixLength: 32, label: 'SDNAT4'});

export function host(hostSpec: HostSpec, values: Partial<HostValues>): HostState {
  return {
    spec: hostSpec,
    access: {phase: 'ready', since: t0 - 60_000, problem: undefined, retryAt: undefined, attempts: 1, rttMs: 12},
    readings: Object.fromEntries(Object.entries(values).map(([id, value]) => [id, seen(hostSpec.name, id, value)])) as HostReadings,
  };
}

export function healthyHosts(): Map<string, HostState> {
  const list = [
    host(spec('ingress', ['reflector']), {
      'wg.interfaces': [wireguard('ingress')],
      'ip.addresses': [address('eth0', publicAddress.ingress as string), address('wg0', underlay.ingress as string)],
      'ip.links': [link('wg0', {mtu: 1420})],
      'frr.summary': {routerId: underlay.ingress as string, as: '65000', vrf: 'default', peers: [peer('192.168.0.2', {dynamic: true}), peer('192.168.0.3', {dynamic: true})], ribCount: 8, dynamicPeers: 2},
      'frr.neighbors': [], 'frr.vnis': [], 'frr.macs': [], 'bridge.fdb': [],
      'frr.bgp-vnis': {advertiseAllVni: true, flooding: undefined, vnis: []},
    }),
    host(spec('kvm1', ['vtep'], {region: 'london'}), vtepReadings('kvm1')),
    host(spec('kvm2', ['vtep'], {region: 'california'}), vtepReadings('kvm2')),
    host(spec('vr', ['virtual-router']), {
      'ip.addresses': [address('eth0', '203.0.113.200'), address('eth1', '172.17.2.1'), sdnatAddress],
      'nf.firewall': {nat: [natRules.snat, natRules.dnat], filter: [], policies: {}, backends: ['iptables-nft']},
      'vr.state': {failover: 'MASTER', sdnatService: 'started', forwarding: true, context: {}},
    }),
  ];
  return new Map(list.map((state) => [state.spec.name, state]));
}

/** The same hosts with one reading of one host replaced. */
export function withReading<K extends keyof HostValues>(hosts: ReadonlyMap<string, HostState>, name: string, id: K, change: (o: Observation<HostValues[K]>) => Observation<HostValues[K]> | undefined): Map<string, HostState> {
  const state = hosts.get(name);
  if (!state) throw new Error(`no host ${name}`);
  const readings = {...state.readings, [id]: change(state.readings[id] as Observation<HostValues[K]>)};
  return new Map(hosts).set(name, {...state, readings});
}

const nic = (id: number, networkId: number, ip: string, more: Partial<OneNic> = {}): OneNic => ({
  id, name: `NIC${id}`, networkId, network: networkId === 1 ? 'private' : 'public', ip, mac: undefined, bridge: networkId === 1 ? 'onebr.2' : 'br0', physicalDevice: undefined,
  vlanId: networkId === 1 ? 2 : undefined, vnMad: networkId === 1 ? 'vxlan' : 'elastic', tap: undefined, vrouterIp: undefined, alias: undefined, ...more,
});
export const vm = (id: number, name: string, hostName: string, nics: readonly OneNic[], more: Partial<OneVm> = {}): OneVm => ({
  id, name, owner: 'oneadmin', state: 3, lcmState: 3, deployId: `one-${id}`, nics, history: [{seq: 0, hostId: 0, host: hostName, start: t0 / 1000 - 900, end: undefined, action: 0}],
  vrouterId: undefined, context: {}, error: undefined, ...more,
});
export const vnet = (id: number, name: string, more: Partial<OneVnet> = {}): OneVnet => ({
  id, name, state: 1, clusterIds: [100], vnMad: 'vxlan', bridge: 'onebr.2', physicalDevice: 'wg0', vlanId: 2, vxlanMode: 'evpn', vxlanTep: 'local_ip', ipLinkConf: 'nolearning=,dstport=4789',
  mtu: 1370, guestMtu: 1370, gateway: '172.17.2.1', networkAddress: '172.17.2.0', networkMask: '255.255.255.0', vrouterIds: [0], usedLeases: 3, size: 20, ranges: [], leases: undefined, ...more,
});

export function healthyCloud(): CloudState {
  const vms = [
    vm(1, 'alpine-1', '203.0.113.11', [nic(0, 1, '172.17.2.10', {mac: macOf.vm1, tap: 'one-1-0'}), nic(1, 2, '203.0.113.201', {alias: {parent: 'NIC0', parentId: 0, external: true}})]),
    vm(2, 'alpine-2', '203.0.113.12', [nic(0, 1, '172.17.2.11', {mac: macOf.vm2, tap: 'one-2-0'})]),
    vm(3, 'vr-0', '203.0.113.11', [nic(0, 2, '203.0.113.200'), nic(1, 1, '172.17.2.1')], {vrouterId: 0}),
  ];
  const vnets = [vnet(1, 'private'), vnet(2, 'public', {vnMad: 'elastic', vlanId: undefined, vxlanMode: undefined, bridge: 'br0', physicalDevice: undefined})];
  const endpoint = 'http://127.0.0.1:2633/RPC2';
  return {
    endpoint,
    access: {phase: 'ready', since: t0, problem: undefined, retryAt: undefined, attempts: 0, rttMs: 3},
    readings: {
      'one.vms': seen(endpoint, 'one.vms', vms),
      'one.vnets': seen(endpoint, 'one.vnets', vnets),
      'one.vrouters': seen(endpoint, 'one.vrouters', [{id: 0, name: 'vr', vmIds: [3], nics: [nic(0, 2, ''), nic(1, 1, '172.17.2.1')]}]),
      'one.hosts': seen(endpoint, 'one.hosts', []),
    },
  };
}
