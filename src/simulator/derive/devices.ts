/** The network devices of a host, in the order in which a kernel would number them. */
import type {SimHost, SimWorld} from '../world.ts';
import {hash} from '../world.ts';
import {troubleOf} from '../faults/trouble.ts';
import {rivalries, twinPort} from './local-macs.ts';
import {guestsOn, networksOn} from './places.ts';
import {externalAddressesOf} from './translations.ts';

export type DeviceKind = 'loopback' | 'ether' | 'veth' | 'wireguard' | 'tun' | 'tap' | 'bridge' | 'vxlan';

export interface DeviceAddress {
  readonly ip: string;
  readonly length: number;
  readonly label: string;
}

export interface Device {
  readonly index: number;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly mtu: number;
  readonly mac: string | undefined;
  readonly master: string | undefined;
  readonly port: number; // number on its bridge, from 1; 0: no port
  readonly addresses: readonly DeviceAddress[];
  readonly up: boolean;
  readonly network: number | undefined; // VNI of its network, of a VXLAN device
  readonly vxlan: VxlanSettings | undefined;
  readonly guestMac: string | undefined; // of the guest behind a port
  readonly netns: number | undefined; // where the other end of a veth pair is
}

export interface VxlanSettings {
  readonly id: number;
  readonly local: string | undefined; // undefined: made with `dev wg0`
  readonly port: number;
  readonly learning: boolean;
}

type Draft = Pick<Device, 'name' | 'kind' | 'mtu'> & Partial<Device>;

/** A made-up address that stays: locally administered, unicast. */
export function madeMac(seed: string): string {
  const a = hash(seed);
  const b = hash(`${seed}/`);
  const octets = [(a & 0xfc) | 0x02, a >>> 8, a >>> 16, a >>> 24, b, b >>> 8];
  return octets.map((octet) => (octet & 0xff).toString(16).padStart(2, '0')).join(':');
}

export const linkLocal = (mac: string): string => {
  const o = mac.split(':').map((octet) => parseInt(octet, 16));
  const groups = [((o[0]! ^ 2) << 8) | o[1]!, (o[2]! << 8) | 0xff, 0xfe00 | o[3]!, (o[4]! << 8) | o[5]!];
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}`;
};

export function devicesOf(world: SimWorld, host: SimHost): readonly Device[] {
  const drafts: Draft[] = [{name: 'lo', kind: 'loopback', mtu: 65536, mac: '00:00:00:00:00:00', addresses: [{ip: '127.0.0.1', length: 8, label: 'lo'}]}];
  if (host.guestId === undefined) machine(world, host, drafts);
  else router(world, host, host.guestId, drafts);
  const ports = new Map<string, number>();
  const {downed = []} = troubleOf(world, host);
  return drafts.map((draft, at): Device => {
    const port = draft.master === undefined ? 0 : (ports.get(draft.master) ?? 0) + 1;
    if (draft.master !== undefined) ports.set(draft.master, port);
    const pointToPoint = draft.kind === 'wireguard' || draft.kind === 'tun';
    return {
      addresses: [], master: undefined, up: true, network: undefined, vxlan: undefined, guestMac: undefined, netns: undefined,
      mac: pointToPoint ? undefined : madeMac(`${host.name}/${draft.name}`),
      ...draft, ...(downed.includes(draft.name) && {up: false}), index: at + 1, port,
    };
  });
}

function machine(world: SimWorld, host: SimHost, drafts: Draft[]): void {
  const real = world.machines === 'real';
  const trouble = troubleOf(world, host);
  const outside: DeviceAddress = {ip: host.publicAddress, length: Number(world.publicSubnet.split('/')[1]), label: host.publicBridge ?? host.publicDevice};
  drafts.push({name: host.publicDevice, kind: real ? 'ether' : 'veth', mtu: 1500, master: host.publicBridge, netns: 0, addresses: host.publicBridge ? [] : [outside]});
  if (host.publicBridge) drafts.push({name: host.publicBridge, kind: 'bridge', mtu: 1500, addresses: [outside]});
  if (host.underlay !== undefined && trouble.wg !== 'gone') drafts.push({name: 'wg0', kind: real ? 'wireguard' : 'tun', mtu: trouble.wgMtu ?? 1420, up: trouble.wg === undefined, addresses: [{ip: host.underlay, length: 24, label: 'wg0'}]});
  const networks = networksOn(world, host);
  for (const network of networks) {
    const wrong = trouble.vxlan?.[network.vni] ?? {};
    drafts.push({name: network.bridge, kind: 'bridge', mtu: Math.min(network.mtu, wrong.unenslaved || wrong.gone ? network.mtu : (wrong.mtu ?? network.mtu)), up: !wrong.bridgeDown});
    if (!network.present) continue;
    drafts.push({
      name: network.device, kind: 'vxlan', mtu: wrong.mtu ?? network.mtu, master: wrong.unenslaved ? undefined : network.bridge, up: !wrong.down, network: network.vni,
      vxlan: {id: network.id, local: wrong.device ? undefined : network.vtep, port: wrong.port ?? 4789, learning: wrong.learning === true},
    });
  }
  let netns = 0;
  for (const guest of guestsOn(world, host)) {
    netns++;
    // A router without a network is one whose cables are pulled here.
    const up = !guest.router || !world.hosts.some((one) => one.guestId === guest.id && troubleOf(world, one).unplugged);
    for (const nic of guest.nics) {
      const network = networks.find(({vni}) => vni === nic.network);
      const master = network?.bridge ?? host.publicBridge;
      if (master === undefined) continue;
      const tap = {kind: 'tap', mac: `fe${nic.mac.slice(2)}`} as const; // as libvirt gives it
      drafts.push({name: `${guest.tap}-${nic.id}`, mtu: network?.mtu ?? 1500, master, up, guestMac: nic.mac, netns, ...(real ? tap : {kind: 'veth'})});
    }
  }
  intruders(world, host, drafts);
}

/** The ports of machines that only a fault knows: one that has the MAC of another, one that is on two hosts. */
function intruders(world: SimWorld, host: SimHost, drafts: Draft[]): void {
  const plug = (name: string, mac: string, vni: number | 'public'): void => {
    const network = networksOn(world, host).find((candidate) => candidate.vni === vni);
    if (network) drafts.push({name, mtu: network.mtu, master: network.bridge, guestMac: mac, netns: 99, ...(world.machines === 'real' ? {kind: 'tap', mac: `fe${mac.slice(2)}`} : {kind: 'veth'})});
  };
  for (const {port, mac, vni} of troubleOf(world, host).roamers ?? []) plug(port, mac, vni);
  for (const {twinHost, of} of rivalries(world)) {
    if (twinHost !== host) continue;
    for (const nic of of.nics) plug(twinPort, nic.mac, nic.network);
  }
}

/** The NICs of a router from inside, and on lo the external addresses that it translates. */
function router(world: SimWorld, host: SimHost, guestId: number, drafts: Draft[]): void {
  const guest = world.guests.find(({id}) => id === guestId);
  drafts[0] = {...drafts[0]!, addresses: [...(drafts[0]!.addresses ?? []), ...externalAddressesOf(world, host).map((external) => ({ip: external, length: 32, label: 'SDNAT4'}))]};
  for (const nic of guest?.nics ?? []) {
    const network = world.networks.find(({vni}) => vni === nic.network);
    drafts.push({name: `eth${nic.id}`, kind: 'ether', mtu: network?.mtu ?? 1500, mac: nic.mac, addresses: [{ip: nic.ip, length: Number((network?.subnet ?? world.publicSubnet).split('/')[1]), label: `eth${nic.id}`}]});
  }
}
