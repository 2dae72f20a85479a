/** BGP sessions as each host sees them, the missing ones included. */
import type {Fabric, Session} from '../model/fabric.ts';
import {age, ago} from '../text/age.ts';
import {cell, none, orNone, orUnknown, readCell, section, tempered, toneWeight, unknown} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

const tone = (session: Session): Tone => {
  switch (session.verdict) {
    case 'established':
      return session.expected === 'unexpected' ? 'warn' : 'ok';
    case 'down':
      return session.peer?.state === 'Idle (Admin)' ? 'warn' : 'bad';
    case 'missing':
      return 'bad';
    case 'unknown':
      return 'unknown';
  }
};

function stateCell(session: Session): Cell {
  if (session.verdict === 'missing') return cell('MISSING', 'bad');
  if (session.verdict === 'unknown') return cell('unknown', 'unknown');
  if (session.problem) return cell(session.problem.kind, 'bad');
  return orUnknown(session.peer?.state, tone(session));
}

const count = (n: number | undefined): Cell => (n === undefined ? none : cell(n));

const expectedWord = ({expected}: Session): string => (expected === 'expected' ? 'yes' : expected === 'unexpected' ? 'no' : '?');

export const bgp: Resource<Session> = {
  name: 'bgp',
  title: 'BGP sessions',
  aliases: ['sessions', 'session', 'neighbors', 'neighbours', 'evpn', 'summary'],
  rows: (fabric: Fabric) => fabric.sessions,
  id: (session) => session.id,
  tone: (session, now) => tempered(tone(session), [session.stamp], now),
  stamps: (session) => [session.stamp],
  columns: [
    {id: 'host', title: 'HOST', cell: (s) => cell(s.host), min: 8, max: 28, grow: true},
    {id: 'neighbor', title: 'NEIGHBOR', cell: (s) => orUnknown(s.address), min: 11, max: 39},
    {id: 'peer', title: 'PEER', cell: (s) => (s.peerHost ? cell(s.peerHost) : cell('not ours', 'warn')), min: 8, max: 28, grow: true},
    {id: 'as', title: 'AS', align: 'right', rank: 1, cell: (s) => orNone(s.peer?.remoteAs), sortBy: (s) => s.peer?.remoteAs},
    {id: 'state', title: 'STATE', cell: stateCell, sortBy: (s) => toneWeight(tone(s)), min: 11},
    {id: 'uptime', title: 'UP/DOWN', align: 'right', cell: (s) => (s.peer ? (s.peer.uptimeMs === undefined ? cell('never', 'muted') : cell(age(s.peer.uptimeMs))) : none), sortBy: (s) => s.peer?.uptimeMs},
    {id: 'received', title: 'PFXRCD', align: 'right', cell: (s) => count(s.peer?.prefixesReceived), sortBy: (s) => s.peer?.prefixesReceived},
    {id: 'sent', title: 'PFXSNT', align: 'right', rank: 1, cell: (s) => count(s.peer?.prefixesSent), sortBy: (s) => s.peer?.prefixesSent},
    {id: 'dropped', title: 'DROPS', align: 'right', rank: 1, cell: (s) => count(s.peer?.timesDropped), sortBy: (s) => s.peer?.timesDropped},
    {id: 'kind', title: 'KIND', rank: 1, cell: (s) => (s.peer ? cell(s.peer.dynamic ? 'dynamic' : 'configured', 'muted') : none)},
    {id: 'expected', title: 'EXPECTED', rank: 1, cell: (s) => cell(expectedWord(s), s.expected === 'unexpected' ? 'warn' : 'muted')},
    {id: 'messages', title: 'MSGRCVD/SENT', align: 'right', rank: 2, cell: (s) => (s.peer ? cell(`${s.peer.messagesReceived ?? '?'}/${s.peer.messagesSent ?? '?'}`) : none)},
    {id: 'reset', title: 'LAST RESET', rank: 1, grow: true, cell: (s) => orNone(s.problem ? s.problem.detail : lastReset(s), s.problem ? 'bad' : 'muted')},
    {id: 'read', title: 'READ', align: 'right', cell: (s, now) => readCell([s.stamp], now), sortBy: (s) => s.stamp.at},
  ],
  detail: (s) => [
    section('Session', [
      ['seen by', cell(s.host), s.stamp],
      ['neighbor', orUnknown(s.address)],
      ['peer host', s.peerHost ? cell(s.peerHost) : cell('no host of ours has this address', 'warn')],
      ['state', stateCell(s)],
      s.problem ? ['problem', cell(s.problem.detail, 'bad')] : undefined,
      ['expected', cell(expectedWord(s))],
      ['remote AS', orUnknown(s.peer?.remoteAs)],
      ['hostname capability', orNone(s.peer?.hostname)],
      ['description', orNone(s.peer?.description)],
      ['kind', s.peer ? cell(s.peer.dynamic ? 'dynamic (bgp listen range): it vanishes when it goes down' : 'configured') : unknown],
      ['established / dropped', s.peer ? cell(`${s.peer.timesEstablished ?? '?'} / ${s.peer.timesDropped ?? '?'} times`) : unknown],
      ['prefixes received / sent', s.peer ? cell(`${s.peer.prefixesReceived ?? '-'} / ${s.peer.prefixesSent ?? '-'}`) : unknown],
    ]),
    section('Neighbor', s.neighbor
      ? [
          ['remote router-id', orUnknown(s.neighbor.remoteRouterId)],
          ['hold / keepalive', cell(`${seconds(s.neighbor.holdTimeMs)} / ${seconds(s.neighbor.keepaliveMs)}`)],
          ['local', orUnknown(s.neighbor.localAddress && `${s.neighbor.localAddress}:${s.neighbor.localPort ?? '?'}`)],
          ['l2vpn evpn', s.neighbor.evpnActivated === undefined ? unknown : cell(s.neighbor.evpnActivated ? 'activated' : 'not activated', s.neighbor.evpnActivated ? 'ok' : 'bad')],
          ['reflector client', s.neighbor.reflectorClient === undefined ? unknown : cell(s.neighbor.reflectorClient ? 'yes' : 'no')],
          ['last reset', orNone(s.neighbor.lastResetReason && `${s.neighbor.lastResetReason}${s.neighbor.lastResetMs === undefined ? '' : `, ${ago(s.neighbor.lastResetMs)}`}`)],
        ]
      : [['details', cell('not read', 'unknown')]]),
  ],
  relations: (s, fabric) => {
    const back = fabric.sessions.find((other) => other.host === s.peerHost && other.peerHost === s.host);
    return [
      {resource: 'hosts', id: s.host, label: `Host ${s.host}`},
      ...(s.peerHost ? [{resource: 'hosts' as const, id: s.peerHost, label: `Host ${s.peerHost}`}] : []),
      ...(back ? [{resource: 'bgp' as const, id: back.id, label: `The same session as ${back.host} sees it: ${back.verdict}`}] : []),
      ...fabric.tunnels.filter((tunnel) => tunnel.host === s.host && tunnel.peerHost === s.peerHost && s.peerHost !== undefined).map((tunnel) => ({resource: 'wg' as const, id: tunnel.id, label: `WireGuard tunnel below it, to ${tunnel.peerHost}`})),
    ];
  },
  toJson: (s) => ({
    host: s.host, neighbor: s.address || null, peer: s.peerHost ?? null, verdict: s.verdict, expected: s.expected, state: s.peer?.state ?? null, remoteAs: s.peer?.remoteAs ?? null,
    uptimeMs: s.peer?.uptimeMs ?? null, prefixesReceived: s.peer?.prefixesReceived ?? null, prefixesSent: s.peer?.prefixesSent ?? null, dynamic: s.peer?.dynamic ?? null,
    timesDropped: s.peer?.timesDropped ?? null, lastReset: s.neighbor?.lastResetReason ?? null, problem: s.problem ?? null,
  }),
};

const seconds = (ms: number | undefined): string => (ms === undefined ? '?' : `${ms / 1000} s`);

/** A session that never dropped has a "last reset" too: what it waited for before it came up. That is no news. */
const lastReset = (s: Session): string | undefined => (s.peer?.established && s.peer.timesDropped === 0 ? undefined : s.neighbor?.lastResetReason);
