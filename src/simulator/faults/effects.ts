/** Fault → what is then wrong with which host. Pure functions of the world; one entry for each fault of the catalogue. */
import {hostNamed, type SimFault, type SimGuest, type SimHost, type SimNetwork, type SimWorld} from '../world.ts';
import type {Trouble} from './trouble-shape.ts';

export type Effect = (world: SimWorld, fault: SimFault) => readonly (readonly [host: string, trouble: Trouble])[];

const here = (trouble: Trouble): Effect => (_world, {host}) => [[host, trouble]];

/** The other hypervisor: the first VTEP that is not the one concerned. */
export function otherVtep(world: SimWorld, name: string): SimHost {
  const other = world.hosts.find((host) => host.name !== name && host.roles.includes('vtep'));
  if (!other) throw new Error('this fault needs two hypervisors');
  return other;
}
const reflectorOf = (world: SimWorld): SimHost => {
  const reflector = world.hosts.find((host) => host.roles.includes('reflector'));
  if (!reflector) throw new Error('this fault needs a reflector');
  return reflector;
};
const firstNetwork = (world: SimWorld): SimNetwork => {
  const [network] = world.networks;
  if (!network) throw new Error('this fault needs a virtual network');
  return network;
};

/** A VM, no router, in the first network, on a host. */
export function guestOn(world: SimWorld, host: string): SimGuest {
  const {vni} = firstNetwork(world);
  const guest = world.guests.find((candidate) => !candidate.router && candidate.host === host && candidate.nics.some((nic) => nic.network === vni));
  if (!guest) throw new Error(`this fault needs a VM on ${host}`);
  return guest;
}
const macIn = (guest: SimGuest, vni: number): string => guest.nics.find((nic) => nic.network === vni)!.mac;

const toOther = (change: (other: SimHost, world: SimWorld) => NonNullable<Trouble['peers']>[string]): Effect => (world, {host}) => {
  const other = otherVtep(world, host);
  return [[host, {peers: {[other.name]: change(other, world)}}]];
};
const onFirst = (change: NonNullable<Trouble['vxlan']>[number] | ((host: SimHost) => NonNullable<Trouble['vxlan']>[number])): Effect => (world, {host}) =>
  [[host, {vxlan: {[firstNetwork(world).vni]: typeof change === 'function' ? change(hostNamed(world, host)) : change}}]];
const bgp = (change: NonNullable<Trouble['bgp']>): Effect => here({bgp: change});
const router = (change: (world: SimWorld) => NonNullable<Trouble['router']>): Effect => (world, {host}) => [[host, {router: change(world)}]];
const firstExternal = (world: SimWorld): readonly string[] => world.translations.slice(0, 1).map(({external}) => external);

/** The MAC of a machine that is on two hosts in turn. */
const roamer = '02:00:ac:1f:ff:01';

/** A key that belongs to nobody here. */
const strayKey = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=';

/** The last of the addresses of the router's public network that nobody has. */
const spareExternal = (world: SimWorld): string => `${world.publicSubnet.split('.').slice(0, 3).join('.')}.209`;

const twin = (more: {frozen?: true}): Effect => (world, {host}) => [[host, {twins: [{guest: guestOn(world, otherVtep(world, host).name).id, ...more}]}]];

/** What is wrong with OpenNebula itself is in cloud-faults.ts: nothing happens to a host. */
const inCloud: Effect = () => [];

export const effects: Readonly<Record<string, Effect>> = {
  'bgpd-dead': here({dead: ['bgpd']}),
  'bgpd-hung': here({hung: ['bgpd']}),
  'bgpd-no-config': here({unconfigured: true}),
  'zebra-dead': here({dead: ['zebra']}),
  'zebra-hung': here({hung: ['zebra']}),
  'frr-dead': here({dead: ['zebra', 'bgpd', 'staticd']}),

  'host-unplugged': here({unplugged: true, ssh: 'silent'}),
  'wg-down': here({wg: 'down'}),
  'wg-gone': here({wg: 'gone'}),
  'wg-wrong-key': toOther(() => ({key: strayKey})),
  'wg-wrong-allowed-ips': toOther((other) => ({allowed: [`${other.underlay!.split('.').slice(0, 3).join('.')}.99/32`]})),
  'wg-overlapping-allowed-ips': (world, {host}) => {
    const [other, reflector] = [otherVtep(world, host), reflectorOf(world)];
    return [[host, {peers: {[reflector.name]: {allowed: [`${reflector.underlay}/32`, `${other.underlay}/32`]}, [other.name]: {allowed: []}}}]];
  },
  'wg-wrong-endpoint': (world, {host}) => {
    const other = otherVtep(world, host);
    return [[host, {peers: {[other.name]: {endpoint: `${other.publicAddress.split('.').slice(0, 3).join('.')}.99:51820`}}}], [other.name, {peers: {[host]: {endpoint: '(none)'}}}]];
  },
  'wg-port-dropped': here({wgDropped: true, filter: ['-A INPUT -p udp -m udp --dport 51820 -j DROP']}),
  'wg-peer-missing': toOther(() => ({missing: true})),
  'wg-mtu': here({wgMtu: 1280}),

  'bgp-wrong-as': (world, {host}) => [[host, {bgp: {remoteAs: world.asn + 1}}]],
  'bgp-wrong-password': bgp({password: true}),
  'bgp-af-not-activated': bgp({inactive: true}),
  'bgp-no-advertise-all-vni': bgp({silent: true}),
  'bgp-rt-mismatch': (world, {host}) => {
    const {vni} = firstNetwork(world);
    return [[host, {bgp: {targets: {[vni]: `${world.asn}:9999`}}}]];
  },
  'bgp-no-reflector-client': bgp({noClients: true}),
  'bgp-duplicate-router-id': (world, {host}) => [[host, {bgp: {routerId: otherVtep(world, host).underlay!}}]],
  'bgp-neighbor-shutdown': bgp({shutdown: true}),
  'bgp-policy-denies': bgp({denies: true}),

  'vxlan-gone': onFirst({gone: true}),
  'vxlan-down': onFirst({down: true}),
  'vxlan-unenslaved': onFirst({unenslaved: true}),
  'vxlan-wrong-vni': (world, {host}) => {
    const {vni} = firstNetwork(world);
    return [[host, {vxlan: {[vni]: {id: vni + 4000}}}]];
  },
  'vxlan-port-8472': onFirst({port: 8472}),
  'vxlan-learning': onFirst({learning: true}),
  'vxlan-wrong-local': onFirst((host) => ({local: host.publicAddress})),
  'vxlan-mtu': onFirst({mtu: 1280}),
  'bridge-down': onFirst({bridgeDown: true}),
  'vxlan-port-dropped': here({vxlanDropped: true, filter: ['-A INPUT -i wg0 -p udp -m udp --dport 4789 -j DROP']}),
  'vxlan-dev-no-local': onFirst({device: true}),

  'fdb-stale': (world, {host}) => {
    const {vni} = firstNetwork(world);
    return [[host, {fdb: [{vni, mac: macIn(guestOn(world, otherVtep(world, host).name), vni), to: reflectorOf(world).underlay!}]}]];
  },
  // zebra puts back what is deleted by hand: what it is never told of stays missing.
  'fdb-missing-flood': (world, {host}) => [[host, {bgp: {deafTo: otherVtep(world, host).underlay!}}]],
  'mac-duplicate': twin({}),
  'mac-frozen': twin({frozen: true}),
  'mac-flapping': (world, {host}) => [host, otherVtep(world, host).name].map((name, at) => [name, {roamers: [{port: `one-90${at}-0`, mac: roamer, vni: firstNetwork(world).vni, turn: at}]}] as const),

  'vm-mtu-1500': (world, {host}) => [[host, {guestMtu: {[guestOn(world, host).id]: 1500}}]],
  'vm-wrong-gateway': here({}),
  'vm-elsewhere': (world, {host}) => [[otherVtep(world, host).name, {elsewhere: [guestOn(world, host).id]}]],

  'router-down': here({unplugged: true, ssh: 'silent'}),
  'router-backup': router((world) => {
    const all = world.translations.map(({external}) => external);
    return {failover: 'BACKUP', forwarding: false, withoutRules: all, withoutAddress: all};
  }),
  'nat-rule-missing': router((world) => ({withoutRules: firstExternal(world), withoutAddress: firstExternal(world)})),
  'nat-rule-stale': router((world) => ({stale: [{external: spareExternal(world), internal: `${firstNetwork(world).subnet.split('.').slice(0, 3).join('.')}.99`}]})),
  'nat-address-without-rule': router((world) => ({withoutRules: firstExternal(world)})),
  'nat-other-backend': router(() => ({legacy: true})),
  'router-forwarding-off': router(() => ({forwarding: false})),
  'alias-other-region': inCloud,

  'one-host-error': inCloud,
  'one-host-disabled': inCloud,
  'one-host-offline': inCloud,
  'one-vnet-not-in-cluster': inCloud,
  'one-datastore-not-in-cluster': inCloud,
  'one-leases-exhausted': inCloud,
  'one-duplicate-vlan-id': inCloud,
  'one-unreachable': inCloud,
  'one-wrong-credentials': inCloud,
  'one-no-rights': inCloud,

  'ssh-refused': here({ssh: 'refused'}),
  'ssh-unreachable': here({ssh: 'silent'}),
  'ssh-key-refused': here({ssh: 'key'}),
  'ssh-host-key-changed': here({ssh: 'host-key'}),
  'sudo-denied': here({ssh: 'plain-user'}),
  'user-no-rights': here({ssh: 'no-rights'}),
  'host-hangs': here({ssh: 'hangs'}),

  'reject-icmp-host-prohibited': (world, {host}) => {
    const {publicBridge, publicDevice} = hostNamed(world, host);
    const device = publicBridge ?? publicDevice;
    const ports = ['tcp 22', 'tcp 179', 'udp 8472'].map((one) => one.split(' '));
    return [[host, {filter: [
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', '-A INPUT -p icmp -j ACCEPT', '-A INPUT -i lo -j ACCEPT',
      ...ports.map(([protocol, port]) => `-A INPUT -i ${device} -p ${protocol} -m conntrack --ctstate NEW -m ${protocol} --dport ${port} -j ACCEPT`),
      `-A INPUT -i ${device} -j REJECT --reject-with icmp-host-prohibited`,
    ]}]];
  },
};
