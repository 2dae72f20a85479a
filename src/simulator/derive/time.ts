/** What moves with time: handshakes, counters, uptimes. All of it follows from the clock and stable hashes. */
import type {SimHost, SimWorld} from '../world.ts';
import {hash} from '../world.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Epoch seconds of the latest handshake between two hosts: WireGuard renews its keys every 120 s while there is traffic. */
export function handshakeS(world: SimWorld, a: SimHost, b: SimHost): number {
  const offset = hash([a.name, b.name].sort().join('/')) % 120;
  const now = seconds(world.now());
  return Math.max(seconds(Math.max(a.bootedAt, b.bootedAt)), now - ((now + offset) % 120));
}

/** Bytes that `from` has sent to `to` since both are up. */
export function sentBytes(world: SimWorld, from: SimHost, to: SimHost): number {
  const up = Math.max(0, world.now() - Math.max(from.bootedAt, to.bootedAt));
  return Math.floor((up / 1000) * (900 + (hash(`${from.name}>${to.name}`) % 24_000)));
}

export interface Counters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly txBytes: number;
  readonly txPackets: number;
}

export function deviceCounters(world: SimWorld, host: SimHost, device: string): Counters {
  if (device === 'lo') return {rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0};
  const up = Math.max(0, world.now() - host.bootedAt) / 1000;
  const rate = (which: string): number => 400 + (hash(`${host.name}/${device}/${which}`) % 30_000);
  const rxBytes = Math.floor(up * rate('rx'));
  const txBytes = Math.floor(up * rate('tx'));
  return {rxBytes, rxPackets: Math.floor(rxBytes / 410), txBytes, txPackets: Math.floor(txBytes / 430)};
}

/** FRR's short form of a time span: "00:01:02", "1d02h03m", "01w2d03h", "1y02w3d". */
export function frrSpan(ms: number): string {
  const s = seconds(Math.max(0, ms));
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = 86_400;
  if (s < day) return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  if (s < 7 * day) return `${Math.floor(s / day)}d${two(Math.floor(s / 3600) % 24)}h${two(Math.floor(s / 60) % 60)}m`;
  if (s < 365 * day) return `${two(Math.floor(s / (7 * day)))}w${Math.floor(s / day) % 7}d${two(Math.floor(s / 3600) % 24)}h`;
  return `${Math.floor(s / (365 * day))}y${two(Math.floor((s % (365 * day)) / (7 * day)))}w${Math.floor((s % (365 * day)) / day) % 7}d`;
}

/** "Sat Nov 21 06:03:58 2026", UTC, as ctime prints it. */
export function ctime(ms: number): string {
  const at = new Date(ms);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][at.getUTCDay()];
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][at.getUTCMonth()];
  return `${day} ${month} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)} ${at.getUTCFullYear()}`;
}
