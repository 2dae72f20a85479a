/** `ip -j [-d] [-s] link show` and `ip -j addr show`, as iproute2 6.1 prints them. */
import {devicesOf, linkLocal, type Device} from '../derive/devices.ts';
import {deviceCounters} from '../derive/time.ts';
import {hash, type SimHost, type SimWorld} from '../world.ts';
import {Digits, plain, type Value} from './json.ts';

const zero = new Digits('0.00');
const broadcast = 'ff:ff:ff:ff:ff:ff';

/** Bridge ids leave out leading zeros of the address. */
const bridgeId = (mac: string): string => `8000.${mac.split(':').map((octet) => parseInt(octet, 16).toString(16)).join(':')}`;
const hex = (value: number): string => `0x${value.toString(16)}`;

function bridgeData(device: Device): Value {
  const id = bridgeId(device.mac!);
  return {
    forward_delay: 1500, hello_time: 200, max_age: 2000, ageing_time: 30000, stp_state: 0, priority: 32768, vlan_filtering: 0, bridge_id: id, root_id: id, root_port: 0, root_path_cost: 0,
    topology_change: 0, topology_change_detected: 0, hello_timer: zero, tcn_timer: zero, topology_change_timer: zero, gc_timer: new Digits('199.34'), group_fwd_mask: '0', group_addr: '01:80:c2:00:00:00',
    mcast_snooping: 1, no_linklocal_learn: 0, mcast_vlan_snooping: 0, mcast_router: 1, mcast_query_use_ifaddr: 0, mcast_querier: 0, mcast_hash_elasticity: 16, mcast_hash_max: 4096,
    mcast_last_member_cnt: 2, mcast_startup_query_cnt: 2, mcast_last_member_intvl: 100, mcast_membership_intvl: 26000, mcast_querier_intvl: 25500, mcast_query_intvl: 12500,
    mcast_query_response_intvl: 1000, mcast_startup_query_intvl: 3124, mcast_stats_enabled: 0, mcast_igmp_version: 2, mcast_mld_version: 1, nf_call_iptables: 0, nf_call_ip6tables: 0, nf_call_arptables: 0,
  };
}

export const portCost = (device: Device): number => (device.kind === 'vxlan' ? 100 : 2);

function portData(device: Device, master: Device): Value {
  const id = bridgeId(master.mac!);
  return {
    state: device.up && master.up ? 'forwarding' : 'disabled', priority: 32, cost: portCost(device), hairpin: false, guard: false, root_block: false, fastleave: false, learning: true, flood: true, id: hex(0x8000 + device.port), no: hex(device.port),
    designated_port: 0x8000 + device.port, designated_cost: 0, bridge_id: id, root_id: id, hold_timer: zero, message_age_timer: zero, forward_delay_timer: zero, topology_change_ack: 0, config_pending: 0,
    proxy_arp: false, proxy_arp_wifi: false, multicast_router: 1, mcast_flood: true, bcast_flood: true, mcast_to_unicast: false, neigh_suppress: false, group_fwd_mask: '0', group_fwd_mask_str: '0x0',
    vlan_tunnel: false, isolated: false, locked: false,
  };
}

function linkInfo(device: Device, master: Device | undefined): Value | undefined {
  const port = master ? {info_slave_kind: 'bridge', info_slave_data: portData(device, master)} : {};
  switch (device.kind) {
    case 'loopback':
      return undefined;
    case 'ether':
      return master ? port : undefined;
    case 'veth':
    case 'wireguard':
      return {info_kind: device.kind, ...port};
    case 'tun':
      return {info_kind: 'tun', info_data: {type: 'tun', pi: true, vnet_hdr: false, multi_queue: false, persist: false}, ...port};
    case 'tap':
      return {info_kind: 'tun', info_data: {type: 'tap', pi: false, vnet_hdr: true, multi_queue: false, persist: false}, ...port};
    case 'bridge':
      return {info_kind: 'bridge', info_data: bridgeData(device)};
    case 'vxlan':
      return {
        info_kind: 'vxlan',
        info_data: {
          id: device.vxlan!.id, ...(device.vxlan!.local === undefined ? {link: 'wg0'} : {local: device.vxlan!.local}), port_range: {low: 0, high: 0}, port: device.vxlan!.port, learning: device.vxlan!.learning, ttl: 16, df: 'unset', ageing: 300, udp_csum: true, udp_zero_csum6_tx: false, udp_zero_csum6_rx: false,
        },
        ...port,
      };
  }
}

const pointToPoint = ({kind}: Device): boolean => kind === 'wireguard' || kind === 'tun';

export const flags = (device: Device): readonly string[] => (device.up ? flagsUp(device) : flagsUp(device).filter((flag) => flag !== 'UP' && flag !== 'LOWER_UP'));

function flagsUp(device: Device): readonly string[] {
  if (device.kind === 'loopback') return ['LOOPBACK', 'UP', 'LOWER_UP'];
  if (device.kind === 'tun') return ['POINTOPOINT', 'MULTICAST', 'NOARP', 'UP', 'LOWER_UP'];
  if (device.kind === 'wireguard') return ['POINTOPOINT', 'NOARP', 'UP', 'LOWER_UP'];
  return ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'];
}

const operstate = ({kind, up}: Device): string => (!up ? 'DOWN' : kind === 'loopback' || kind === 'vxlan' || kind === 'tun' || kind === 'wireguard' || kind === 'tap' ? 'UNKNOWN' : 'UP');
const qdisc = ({kind}: Device): string => (kind === 'tun' ? 'pfifo_fast' : kind === 'ether' ? 'mq' : kind === 'tap' ? 'fq_codel' : 'noqueue');

/** What link and addr both begin with. */
const head = (host: SimHost, device: Device, linkMode: boolean): Readonly<Record<string, Value | undefined>> => ({
  ifindex: device.index,
  link_index: device.kind === 'veth' ? 2 + (hash(`${host.name}/${device.name}`) % 20) : undefined,
  link: device.vxlan && device.vxlan.local === undefined ? 'wg0' : undefined,
  ifname: device.name,
  flags: flags(device),
  mtu: device.mtu,
  qdisc: qdisc(device),
  master: device.master,
  operstate: operstate(device),
  linkmode: linkMode ? 'DEFAULT' : undefined,
  group: 'default',
  txqlen: device.kind === 'tun' ? 500 : 1000,
  link_type: device.kind === 'loopback' ? 'loopback' : pointToPoint(device) ? 'none' : 'ether',
  address: device.mac,
  broadcast: pointToPoint(device) ? undefined : device.kind === 'loopback' ? device.mac : broadcast,
  link_netnsid: device.kind === 'veth' ? device.netns : undefined,
});

export interface LinkForm {
  readonly details: boolean;
  readonly counters: boolean;
  readonly kind: string | undefined; // `type vxlan`
  readonly name: string | undefined;
}

export function links(world: SimWorld, host: SimHost, form: LinkForm): string | undefined {
  const devices = devicesOf(world, host);
  const chosen = devices.filter((device) => (form.name === undefined || device.name === form.name) && (form.kind === undefined || device.kind === form.kind || (form.kind === 'tun' && device.kind === 'tap')));
  if (chosen.length === 0 && form.name !== undefined) return undefined;
  return `${plain(chosen.map((device): Value => {
    const {rxBytes, rxPackets, txBytes, txPackets} = deviceCounters(world, host, device.name);
    const queues = device.kind === 'veth' ? 2 : 1;
    const tso = device.kind === 'tun' || device.kind === 'vxlan' || (device.kind === 'bridge' && device.name !== host.publicBridge) ? 65_536 : 524_280;
    const details = {
      promiscuity: device.master === undefined ? 0 : 1, allmulti: device.master === undefined ? 0 : 1, min_mtu: device.kind === 'loopback' ? 0 : 68, max_mtu: device.kind === 'loopback' ? 0 : 65_535,
      linkinfo: linkInfo(device, devices.find(({name}) => name === device.master)),
      inet6_addr_gen_mode: device.kind === 'tun' ? 'random' : device.kind === 'wireguard' ? 'none' : 'eui64', num_tx_queues: queues, num_rx_queues: queues,
      gso_max_size: 65_536, gso_max_segs: 65_535, tso_max_size: tso, tso_max_segs: 65_535, gro_max_size: 65_536,
    };
    const stats = {
      rx: {bytes: rxBytes, packets: rxPackets, errors: 0, dropped: 0, over_errors: 0, multicast: 0},
      tx: {bytes: txBytes, packets: txPackets, errors: 0, dropped: 0, carrier_errors: 0, collisions: 0},
    };
    return {...head(host, device, true), ...(form.details ? details : {}), ...(form.counters ? {stats64: stats} : {})};
  }), 'as-is')}\n`;
}

const forever = {valid_life_time: 4_294_967_295, preferred_life_time: 4_294_967_295};

export function addresses(world: SimWorld, host: SimHost): string {
  return `${plain(devicesOf(world, host).map((device): Value => {
    const loopback = device.kind === 'loopback';
    const four = device.addresses.map(({ip, length, label}): Value => ({family: 'inet', local: ip, prefixlen: length, scope: ip.startsWith('127.') ? 'host' : 'global', label, ...forever}));
    const six: readonly Value[] = !device.up ? [] : loopback
      ? [{family: 'inet6', local: '::1', prefixlen: 128, scope: 'host', ...forever}]
      : device.kind === 'wireguard'
        ? []
        : [{family: 'inet6', local: linkLocal(device.mac ?? `02:${String(device.index).padStart(2, '0')}:00:00:00:01`), prefixlen: 64, scope: 'link', ...(device.kind === 'tun' ? {'stable-privacy': true} : {}), ...forever}];
    return {...head(host, device, false), addr_info: [...four, ...six]};
  }), 'as-is')}\n`;
}
