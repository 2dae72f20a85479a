/** `show bgp l2vpn evpn summary` and `show bgp summary`, as FRR 8.4.4 prints them. */
import {advertised, bgpPeers, established, establishedAt, originated, routerIdOf, table} from '../../derive/fabric.ts';
import {faultySince, troubleOf} from '../../faults/trouble.ts';
import {frrSpan} from '../../derive/time.ts';
import {sessionName, type SimHost, type SimWorld} from '../../world.ts';
import {pretty, type Value} from '../json.ts';

const ribEntryBytes = 192;
const peerBytes = 741_464;

export interface PeerState {
  readonly peer: SimHost;
  readonly address: string;
  readonly dynamic: boolean; // accepted by `bgp listen range`
  readonly up: boolean;
  readonly state: string; // "Established", "Active", "Idle (Admin)"
  readonly remoteAs: number; // as configured
  readonly sinceMs: number; // since it is up, or down
  readonly received: number; // prefixes
  readonly sent: number;
  readonly updatesReceived: number;
  readonly updatesSent: number;
  readonly keepalives: number;
  readonly resets: number; // by hand; a dynamic peer is made anew by each
  readonly messagesReceived: number;
  readonly messagesSent: number;
}

/** The peers of a host's bgpd. Dynamic ones that are down are gone: that is how FRR does it. */
export function peerStates(world: SimWorld, host: SimHost): readonly PeerState[] {
  const dynamic = host.roles.includes('reflector');
  const whole = table(world, host).length;
  const own = originated(world, host).length;
  const {bgp: trouble = {}} = troubleOf(world, host);
  if (trouble.inactive) return []; // a peer of no address family is in no summary
  return bgpPeers(world, host)
    .filter((peer) => !dynamic || established(world, host, peer))
    .map((peer): PeerState => {
      const up = established(world, host, peer);
      const since = up ? establishedAt(world, host, peer) : Math.max(establishedAt(world, host, peer), faultySince(world, host) ?? 0, faultySince(world, peer) ?? 0);
      const age = world.now() - since;
      const received = !up ? 0 : dynamic ? advertised(world, peer).length : whole - own;
      const sent = !up ? 0 : !dynamic ? advertised(world, host).length : trouble.noClients ? own : whole;
      const keepalives = up ? Math.floor(age / 1000 / world.timersS.keepalive) : 0;
      const [updatesReceived, updatesSent] = up ? [received + 1, sent + 1] : [0, 0]; // and the end-of-RIB marker
      const messages = (updates: number): number => (up ? 1 + updates + keepalives : 0);
      return {
        peer, address: peer.underlay!, dynamic, up, state: up ? 'Established' : trouble.shutdown ? 'Idle (Admin)' : trouble.password ? 'Connect' : 'Active', remoteAs: trouble.remoteAs ?? world.asn,
        sinceMs: age, received, sent, updatesReceived, updatesSent, keepalives, resets: dynamic ? 0 : (world.resets?.[sessionName(host, peer)]?.times ?? 0), messagesReceived: messages(updatesReceived), messagesSent: messages(updatesSent),
      };
    });
}

interface Totals {
  readonly ribCount: number;
  readonly peers: readonly PeerState[];
  readonly groups: number;
}

function totals(world: SimWorld, host: SimHost): Totals {
  const distinguishers = new Set(table(world, host).map(({rd}) => rd)).size;
  // The RIB is a binary tree by RD, and its inner nodes count.
  return {ribCount: Math.max(0, 2 * distinguishers - 1), peers: peerStates(world, host), groups: host.roles.includes('reflector') ? 1 : 0};
}

const peerJson = (world: SimWorld, state: PeerState): Value => ({
  dynamicPeer: state.dynamic ? true : undefined,
  hostname: state.up ? state.peer.hostname : undefined,
  remoteAs: state.remoteAs,
  localAs: world.asn,
  version: 4,
  msgRcvd: state.messagesReceived,
  msgSent: state.messagesSent,
  tableVersion: 0,
  outq: 0,
  inq: 0,
  peerUptime: frrSpan(state.sinceMs),
  peerUptimeMsec: Math.floor(state.sinceMs / 1000) * 1000,
  peerUptimeEstablishedEpoch: Math.floor((world.now() - state.sinceMs) / 1000),
  pfxRcd: state.received,
  pfxSnt: state.sent,
  state: state.state,
  peerState: state.state === 'Idle (Admin)' ? 'Admin' : 'OK', // OK also when it is down: as FRR has it
  connectionsEstablished: 1 + state.resets,
  connectionsDropped: state.resets + (state.up ? 0 : 1),
  desc: state.dynamic ? undefined : state.peer.hostname,
  idType: 'ipv4',
});

function summaryValue(world: SimWorld, host: SimHost): Value {
  const {ribCount, peers, groups} = totals(world, host);
  return {
    routerId: routerIdOf(world, host),
    as: world.asn,
    vrfId: 0,
    vrfName: 'default',
    tableVersion: 0,
    ribCount,
    ribMemory: ribCount * ribEntryBytes,
    peerCount: peers.length,
    peerMemory: peers.length * peerBytes,
    peerGroupCount: groups > 0 ? groups : undefined,
    peerGroupMemory: groups > 0 ? groups * 64 : undefined,
    peers: Object.fromEntries(peers.map((state) => [state.address, peerJson(world, state)])),
    failedPeers: peers.filter(({up}) => !up).length,
    displayedPeers: peers.length,
    totalPeers: peers.length,
    dynamicPeers: peers.filter(({dynamic}) => dynamic).length,
    bestPath: {multiPathRelax: 'false'},
  };
}

/** FRR's way to say a size. */
function memory(bytes: number): string {
  if (bytes >> 20 > 10) return `${bytes >> 20} MiB`;
  if (bytes >> 10 > 10) return `${bytes >> 10} KiB`;
  return `${bytes} bytes`;
}

function summaryText(world: SimWorld, host: SimHost): string {
  const {ribCount, peers, groups} = totals(world, host);
  if (peers.length === 0) return '% No BGP neighbors found in VRF default\n';
  const right = (value: number | string, width: number): string => String(value).padStart(width);
  const rows = peers.map((state) =>
    `${`${state.dynamic ? '*' : ''}${state.address}`.padEnd(16)}4 ${right(state.remoteAs, 10)} ${right(state.messagesReceived, 9)} ${right(state.messagesSent, 9)} ${right(0, 8)} ${right(0, 4)} ${right(0, 4)} ` +
    `${right(frrSpan(state.sinceMs), 8)} ${right(state.up ? state.received : state.state, 12)} ${right(state.sent, 8)} ${state.dynamic ? 'N/A' : state.peer.hostname}`);
  const dynamic = peers.filter((state) => state.dynamic).length;
  return [
    `BGP router identifier ${routerIdOf(world, host)}, local AS number ${world.asn} vrf-id 0`,
    'BGP table version 0',
    `RIB entries ${ribCount}, using ${memory(ribCount * ribEntryBytes)} of memory`,
    `Peers ${peers.length}, using ${memory(peers.length * peerBytes)} of memory`,
    ...(groups > 0 ? [`Peer groups ${groups}, using ${groups * 64} bytes of memory`] : []),
    '',
    'Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc',
    ...rows,
    '',
    `Total number of neighbors ${peers.length}`,
    ...(dynamic > 0 ? ['* - dynamic neighbor', `${dynamic} dynamic neighbor(s), limit 100`] : []),
    '',
  ].join('\n');
}

export function evpnSummary(world: SimWorld, host: SimHost, json: boolean): string {
  if (!json) return summaryText(world, host);
  return peerStates(world, host).length === 0 ? '{}\n' : `${pretty(summaryValue(world, host))}\n`;
}

export function bgpSummary(world: SimWorld, host: SimHost, json: boolean): string {
  if (json) return `{\n"l2VpnEvpn":${evpnSummary(world, host, true)}}\n`;
  return `\nL2VPN EVPN Summary (VRF default):\n${summaryText(world, host)}`;
}
