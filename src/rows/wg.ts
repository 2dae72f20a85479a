/** WireGuard peers, each as the host at one end sees it. */
import type {Fabric, Tunnel} from '../model/fabric.ts';
import {age, bytes} from '../text/age.ts';
import {cell, none, orNone, orUnknown, readCell, section, tempered, toneWeight} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';

export interface TunnelRow {
  readonly tunnel: Tunnel;
  readonly back: Tunnel | undefined; // the other end's view
}

/** WireGuard rejects a key pair 180 s after its handshake: with traffic or keepalive there is a newer one by then. */
export const handshakeLimitS = 180;

export function tunnelTone({handshakeAgeS, deviceDown, peer}: Tunnel): Tone {
  if (handshakeAgeS === undefined || deviceDown) return 'bad';
  if (handshakeAgeS <= handshakeLimitS) return 'ok';
  return peer.keepaliveS === undefined ? 'muted' : 'bad'; // idle without keepalive is normal
}

function handshakeCell(tunnel: Tunnel): Cell {
  const tone = tunnelTone(tunnel);
  if (tunnel.handshakeAgeS === undefined) return cell('never', tone);
  return cell(`${age(tunnel.handshakeAgeS * 1000)}${tone === 'muted' ? ' idle' : ''}`, tone);
}

const shortKey = (key: string): string => `${key.slice(0, 8)}…`;
export const peerName = (tunnel: Tunnel): string => tunnel.peerHost ?? `key ${shortKey(tunnel.peer.publicKey)}`;

function rows(fabric: Fabric): readonly TunnelRow[] {
  const byPair = new Map(fabric.tunnels.map((tunnel) => [`${tunnel.host}>${tunnel.peerHost}`, tunnel]));
  return fabric.tunnels.map((tunnel) => ({tunnel, back: tunnel.peerHost === undefined ? undefined : byPair.get(`${tunnel.peerHost}>${tunnel.host}`)}));
}

/** Which side is silent, from the two views: received grows only when the other side sends. */
export function silentSide({tunnel, back}: TunnelRow): string | undefined {
  if (tunnelTone(tunnel) !== 'bad') return undefined;
  if (tunnel.deviceDown) return `${tunnel.device} of ${tunnel.host} is down`;
  if (!back) return tunnel.peerHost === undefined ? 'no host of ours has this key' : `${tunnel.peerHost} has no peer for ${tunnel.host}`;
  if (back.deviceDown) return `${back.device} of ${back.host} is down`;
  if (tunnelTone(back) !== 'bad') return `${tunnel.host} does not hear ${tunnel.peerHost}`;
  return 'both sides silent';
}

export const wg: Resource<TunnelRow> = {
  name: 'wg',
  title: 'WireGuard',
  aliases: ['wireguard', 'tunnels', 'peers', 'underlay'],
  rows,
  id: (row) => row.tunnel.id,
  tone: (row, now) => tempered(tunnelTone(row.tunnel), [row.tunnel.stamp], now),
  stamps: (row) => [row.tunnel.stamp],
  columns: [
    {id: 'host', title: 'HOST', cell: (row) => cell(row.tunnel.host), min: 8, max: 28, grow: true},
    {id: 'device', title: 'DEV', cell: (row) => cell(row.tunnel.device), max: 15},
    {id: 'peer', title: 'PEER', cell: (row) => cell(peerName(row.tunnel), row.tunnel.peerHost ? 'plain' : 'warn'), min: 8, max: 28, grow: true},
    {id: 'endpoint', title: 'ENDPOINT', cell: (row) => orNone(row.tunnel.peer.endpoint), min: 15, max: 47},
    {id: 'allowed', title: 'ALLOWED IPS', rank: 1, cell: (row) => orNone(row.tunnel.peer.allowedIps.join(' ')), max: 40},
    {id: 'handshake', title: 'HANDSHAKE', align: 'right', cell: (row) => handshakeCell(row.tunnel), sortBy: (row) => row.tunnel.handshakeAgeS ?? Infinity},
    {id: 'rx', title: 'RX', align: 'right', rank: 1, cell: (row) => cell(bytes(row.tunnel.peer.rxBytes)), sortBy: (row) => row.tunnel.peer.rxBytes},
    {id: 'tx', title: 'TX', align: 'right', rank: 1, cell: (row) => cell(bytes(row.tunnel.peer.txBytes)), sortBy: (row) => row.tunnel.peer.txBytes},
    {id: 'keepalive', title: 'KEEP', align: 'right', rank: 1, cell: (row) => (row.tunnel.peer.keepaliveS === undefined ? cell('off', 'muted') : cell(`${row.tunnel.peer.keepaliveS}s`)), sortBy: (row) => row.tunnel.peer.keepaliveS},
    {id: 'key', title: 'PUBLIC KEY', rank: 2, cell: (row) => cell(row.tunnel.peer.publicKey, 'muted'), max: 44},
    {id: 'state', title: 'STATE', cell: (row) => stateCell(row), sortBy: (row) => toneWeight(tunnelTone(row.tunnel)), min: 4, grow: true},
    {id: 'read', title: 'READ', align: 'right', cell: (row, now) => readCell([row.tunnel.stamp], now), sortBy: (row) => row.tunnel.stamp.at},
  ],
  detail: (row) => [
    section('Peer', [
      ['seen by', cell(`${row.tunnel.host} on ${row.tunnel.device}`), row.tunnel.stamp],
      ['peer', cell(peerName(row.tunnel))],
      ['public key', cell(row.tunnel.peer.publicKey)],
      ['endpoint', orNone(row.tunnel.peer.endpoint)],
      ['allowed IPs', orNone(row.tunnel.peer.allowedIps.join(' '))],
      ['latest handshake', handshakeCell(row.tunnel)],
      ['received / sent', cell(`${bytes(row.tunnel.peer.rxBytes)} / ${bytes(row.tunnel.peer.txBytes)}`)],
      ['keepalive', row.tunnel.peer.keepaliveS === undefined ? cell('off') : cell(`every ${row.tunnel.peer.keepaliveS} s`)],
    ]),
    section('The other side', [
      ['host', row.tunnel.peerHost ? cell(row.tunnel.peerHost) : cell('no host that we read has this key', 'warn')],
      row.back ? ['its handshake with us', handshakeCell(row.back), row.back.stamp] : undefined,
      row.back ? ['its allowed IPs for us', orNone(row.back.peer.allowedIps.join(' ')), row.back.stamp] : undefined,
      row.back ? ['its endpoint for us', orNone(row.back.peer.endpoint), row.back.stamp] : undefined,
      ['verdict', stateCell(row)],
    ]),
  ],
  relations: (row) => [
    {resource: 'hosts', id: row.tunnel.host, label: `Host ${row.tunnel.host}`},
    ...(row.tunnel.peerHost ? [{resource: 'hosts' as const, id: row.tunnel.peerHost, label: `Host ${row.tunnel.peerHost}`}] : []),
    ...(row.back ? [{resource: 'wg' as const, id: row.back.id, label: `The same tunnel as ${row.back.host} sees it`}] : []),
  ],
  toJson: ({tunnel}) => ({
    host: tunnel.host, device: tunnel.device, peer: tunnel.peerHost ?? null, publicKey: tunnel.peer.publicKey, endpoint: tunnel.peer.endpoint ?? null,
    allowedIps: tunnel.peer.allowedIps, handshakeAgeSeconds: tunnel.handshakeAgeS ?? null, rxBytes: tunnel.peer.rxBytes, txBytes: tunnel.peer.txBytes, keepaliveSeconds: tunnel.peer.keepaliveS ?? null,
  }),
};

function stateCell(row: TunnelRow): Cell {
  const tone = tunnelTone(row.tunnel);
  if (tone === 'ok') return cell('ok', 'ok');
  return tone === 'muted' ? cell('idle, no keepalive', 'muted') : orUnknown(silentSide(row), 'bad') ?? none;
}
