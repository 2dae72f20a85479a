/** `show bgp neighbors`, as FRR 8.4.4 prints it. */
import {linkLocal, madeMac} from '../../derive/devices.ts';
import {routerIdOf} from '../../derive/fabric.ts';
import {frrSpan} from '../../derive/time.ts';
import {troubleOf} from '../../faults/trouble.ts';
import {hash, type SimHost, type SimWorld} from '../../world.ts';
import {pretty, type Value} from '../json.ts';
import {peerStates, type PeerState} from './summary.ts';

const underlayRange = (host: SimHost): string => `${host.underlay!.split('.').slice(0, 3).join('.')}.0/24`;
const localPort = (client: SimHost): number => 33_000 + (hash(client.name) % 27_000);
const bgpState = (state: PeerState): string => state.state.replace(' (Admin)', '');
const resetReason = (state: PeerState): readonly [string, number] => (state.state === 'Idle (Admin)' ? ['Admin. shutdown', 10] : !state.up ? ['Peer closed the session', 15] : state.dynamic ? ['No AFI/SAFI activated for peer', 30] : ['Waiting for peer OPEN', 32]);
const roundTripMs = (host: SimHost, state: PeerState): number => 4 + (hash([host.name, state.peer.name].sort().join('~')) % 140);
const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

function capabilities(host: SimHost, state: PeerState): Value {
  const both = 'advertisedAndReceived';
  return {
    '4byteAs': both,
    extendedMessage: both,
    addPath: {l2VpnEvpn: {rxAdvertisedAndReceived: true}},
    longLivedGracefulRestart: both,
    longLivedGracefulRestartByPeer: {},
    routeRefresh: 'advertisedAndReceivedOldNew',
    enhancedRouteRefresh: both,
    multiprotocolExtensions: {l2VpnEvpn: {advertisedAndReceived: true}},
    hostName: {advHostName: host.hostname, advDomainName: 'n/a', rcvHostName: state.peer.hostname, rcvDomainName: 'n/a'},
    gracefulRestart: both,
    gracefulRestartRemoteTimerMsecs: 120_000,
    addressFamiliesByPeer: 'none',
  };
}

const messages = (state: PeerState): Value => ({
  depthInq: 0, depthOutq: 0, opensSent: 1, opensRecv: 1, notificationsSent: 0, notificationsRecv: 0,
  updatesSent: state.updatesSent, updatesRecv: state.updatesReceived, keepalivesSent: state.keepalives, keepalivesRecv: state.keepalives,
  routeRefreshSent: 0, routeRefreshRecv: 0, capabilitySent: 0, capabilityRecv: 0, totalSent: state.messagesSent, totalRecv: state.messagesReceived,
});

function neighborValue(world: SimWorld, host: SimHost, state: PeerState): Value {
  const {keepalive, hold} = world.timersS;
  const age = wholeSeconds(state.sinceMs);
  const lastRead = wholeSeconds(state.sinceMs % (keepalive * 1000));
  const [resetDueTo, resetCode] = resetReason(state);
  const global = linkLocal(madeMac(`${host.name}/wg0`));
  return {
    remoteAs: state.remoteAs,
    localAs: world.asn,
    nbrInternalLink: true,
    localRole: 'undefined',
    remoteRole: 'undefined',
    nbrDesc: state.dynamic ? undefined : state.peer.hostname,
    hostname: state.up ? state.peer.hostname : undefined,
    peerGroup: state.dynamic ? 'fabric' : undefined,
    peerSubnetRangeGroup: state.dynamic ? underlayRange(host) : undefined,
    bgpVersion: 4,
    remoteRouterId: state.up ? routerIdOf(world, state.peer) : '0.0.0.0',
    localRouterId: routerIdOf(world, host),
    bgpState: bgpState(state),
    ...(state.up
      ? {
          bgpTimerUpMsec: age,
          bgpTimerUpString: frrSpan(age),
          bgpTimerUpEstablishedEpoch: Math.floor((world.now() - state.sinceMs) / 1000),
        }
      : {}),
    bgpTimerLastRead: lastRead,
    bgpTimerLastWrite: lastRead,
    bgpInUpdateElapsedTimeMsecs: age,
    bgpTimerConfiguredHoldTimeMsecs: hold * 1000,
    bgpTimerConfiguredKeepAliveIntervalMsecs: keepalive * 1000,
    bgpTimerHoldTimeMsecs: hold * 1000,
    bgpTimerKeepAliveIntervalMsecs: keepalive * 1000,
    extendedOptionalParametersLength: false,
    bgpTimerConfiguredConditionalAdvertisementsSec: 60,
    ...(state.up
      ? {
          neighborCapabilities: capabilities(host, state),
          gracefulRestartInfo: {
            endOfRibSend: {l2VpnEvpn: true},
            endOfRibRecv: {l2VpnEvpn: true},
            localGrMode: 'Helper*',
            remoteGrMode: 'Helper',
            rBit: true,
            nBit: true,
            timers: {configuredRestartTimer: 120, receivedRestartTimer: 120},
          },
        }
      : {}),
    messageStats: messages(state),
    minBtwnAdvertisementRunsTimerMsecs: 0,
    updateSource: 'wg0',
    addressFamilyInfo: {
      l2VpnEvpn: {
        peerGroupMember: state.dynamic ? 'fabric' : undefined,
        updateGroupId: state.up ? 1 : undefined,
        subGroupId: state.up ? 1 : undefined,
        packetQueueLength: state.up ? 0 : undefined,
        routeReflectorClient: state.dynamic && !troubleOf(world, host).bgp?.noClients ? true : undefined,
        unchangedNextHopPropogatedToNbr: true,
        commAttriSentToNbr: 'extendedAndStandard',
        advertiseAllVnis: true,
        acceptedPrefixCounter: state.received,
        sentPrefixCounter: state.up ? state.sent : undefined,
      },
    },
    connectionsEstablished: 1,
    connectionsDropped: state.up ? 0 : 1,
    lastResetTimerMsecs: age,
    lastResetDueTo: resetDueTo,
    lastResetCode: resetCode,
    internalBgpNbrMaxHopsAway: 255,
    ...(state.up
      ? {
          hostLocal: host.underlay!,
          portLocal: state.dynamic ? 179 : localPort(host),
          hostForeign: state.address,
          portForeign: state.dynamic ? localPort(state.peer) : 179,
          nexthop: host.underlay!,
          nexthopGlobal: global,
          nexthopLocal: global,
          bgpConnection: 'sharedNetwork',
        }
      : {}),
    connectRetryTimer: 120,
    ...(state.up ? {estimatedRttInMsecs: roundTripMs(host, state)} : {nextConnectTimerDueInMsecs: 60_000}),
    readThread: state.up ? 'on' : 'off',
    writeThread: state.up ? 'on' : 'off',
  };
}

function neighborText(world: SimWorld, host: SimHost, state: PeerState): string {
  const {keepalive, hold} = world.timersS;
  const age = frrSpan(state.sinceMs);
  const read = frrSpan(state.sinceMs % (keepalive * 1000));
  const count = (name: string, sent: number, received: number): string => `    ${`${name}:`.padEnd(15)} ${String(sent).padStart(9)} ${String(received).padStart(10)}`;
  const global = linkLocal(madeMac(`${host.name}/wg0`));
  const names = `advertised (name: ${host.hostname},domain name: n/a) received (name: ${state.peer.hostname},domain name: n/a)`;
  const lines = [
    `BGP neighbor is ${state.dynamic ? '*' : ''}${state.address}, remote AS ${state.remoteAs}, local AS ${world.asn}, internal link`,
    '  Local Role: undefined', '  Remote Role: undefined',
    ...(state.dynamic ? [] : [` Description: ${state.peer.hostname}`]),
    ...(state.up ? [`Hostname: ${state.peer.hostname}`] : []),
    ...(state.dynamic ? [' Member of peer-group fabric for session parameters', ` Belongs to the subnet range group: ${underlayRange(host)}`] : []),
    `  BGP version 4, remote router ID ${state.up ? routerIdOf(world, state.peer) : '0.0.0.0'}, local router ID ${routerIdOf(world, host)}`,
    `  BGP state = ${state.up ? `Established, up for ${age}` : bgpState(state)}`,
    `  Last read ${read}, Last write ${read}`,
    `  Hold time is ${hold} seconds, keepalive interval is ${keepalive} seconds`,
    `  Configured hold time is ${hold} seconds, keepalive interval is ${keepalive} seconds`,
    '  Configured conditional advertisements interval is 60 seconds',
    ...(state.up
      ? [
          '  Neighbor capabilities:', '    4 Byte AS: advertised and received', '    Extended Message: advertised and received',
          '    AddPath:', '      L2VPN EVPN: RX advertised and received',
          '    Long-lived Graceful Restart: advertised and received', '      Address families by peer:',
          '    Route refresh: advertised and received(old & new)', '    Enhanced Route Refresh: advertised and received',
          '    Address Family L2VPN EVPN: advertised and received', `    Hostname Capability: ${names}`,
          '    Graceful Restart Capability: advertised and received', '      Remote Restart timer is 120 seconds', '      Address families by peer:', '        none',
          '  Graceful restart information:', '    End-of-RIB send: L2VPN EVPN', '    End-of-RIB received: L2VPN EVPN', '    Local GR Mode: Helper*', '    Remote GR Mode: Helper',
          '    R bit: True', '    N bit: True', '    Timers:', '      Configured Restart Time(sec): 120', '      Received Restart Time(sec): 120',
        ]
      : []),
    '  Message statistics:', '    Inq depth is 0', '    Outq depth is 0', '                         Sent       Rcvd',
    count('Opens', 1, 1), count('Notifications', 0, 0), count('Updates', state.updatesSent, state.updatesReceived), count('Keepalives', state.keepalives, state.keepalives),
    count('Route Refresh', 0, 0), count('Capability', 0, 0), count('Total', state.messagesSent, state.messagesReceived),
    '  Minimum time between advertisement runs is 0 seconds', '  Update source is wg0', '', ' For address family: L2VPN EVPN',
    ...(state.dynamic ? ['  fabric peer-group member'] : []),
    ...(state.up ? ['  Update group 1, subgroup 1', '  Packet Queue length 0'] : ['  Not part of any update group']),
    ...(state.dynamic && !troubleOf(world, host).bgp?.noClients ? ['  Route-Reflector Client'] : []),
    '  NEXT_HOP is propagated unchanged to this neighbor', '  Community attribute sent to this neighbor(all)', '  advertise-all-vni', `  ${state.received} accepted prefixes`, '',
    `  Connections established 1; dropped ${state.up ? 0 : 1}`, `  Last reset ${age},  ${resetReason(state)[0]}`, '  Internal BGP neighbor may be up to 255 hops away.',
    ...(state.up
      ? [
          `Local host: ${host.underlay}, Local port: ${state.dynamic ? 179 : localPort(host)}`, `Foreign host: ${state.address}, Foreign port: ${state.dynamic ? localPort(state.peer) : 179}`,
          `Nexthop: ${host.underlay}`, `Nexthop global: ${global}`, `Nexthop local: ${global}`, 'BGP connection: shared network',
        ]
      : []),
    'BGP Connect Retry Timer in Seconds: 120',
    ...(state.up ? [`Estimated round trip time: ${roundTripMs(host, state)} ms`] : ['Next connect timer due in 60 seconds']),
    `Read thread: ${state.up ? 'on' : 'off'}  Write thread: ${state.up ? 'on' : 'off'}  FD used: ${state.up ? 19 : -1}`, '',
  ];
  return `${lines.join('\n')}\n`;
}

export function neighbors(world: SimWorld, host: SimHost, json: boolean): string {
  const states = peerStates(world, host);
  if (json) return `${pretty(Object.fromEntries(states.map((state) => [state.address, neighborValue(world, host, state)])))}\n`;
  return `${states.map((state) => neighborText(world, host, state)).join('')}\n`;
}
