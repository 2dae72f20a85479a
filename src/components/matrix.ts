/** The WireGuard mesh, host × host: each row says what that host hears from the others. Pure. */
import type {Fabric, Tunnel} from '../model/fabric.ts';
import {stampFreshness} from '../model/reading.ts';
import type {Tone} from '../rows/resource.ts';
import {silentSide, tunnelTone} from '../rows/wg.ts';
import {age} from '../text/age.ts';
import {bold, inverse, paint, type Theme} from '../theme/theme.ts';
import {fit} from './table/lines.ts';

export interface MeshRow {
  readonly host: string;
  readonly cells: readonly {readonly text: string; readonly tone: Tone}[];
  readonly silent: readonly string[];
}
export interface Mesh {
  readonly hosts: readonly string[];
  readonly rows: readonly MeshRow[];
}

export function mesh(fabric: Fabric, now: number): Mesh {
  const byPair = new Map(fabric.tunnels.map((tunnel) => [`${tunnel.host}>${tunnel.peerHost}`, tunnel]));
  const owners = new Set(fabric.tunnels.flatMap((tunnel) => [tunnel.host, tunnel.peerHost]));
  const hosts = [...fabric.hosts.keys()].filter((name) => owners.has(name));
  const rows = hosts.map((host): MeshRow => {
    const read = fabric.hosts.get(host)?.readings['wg.interfaces']?.value !== undefined;
    const cells = hosts.map((other) => (other === host ? {text: '·', tone: 'muted' as const} : pair(byPair.get(`${host}>${other}`), read, now)));
    const silent = hosts.flatMap((other) => {
      const tunnel = byPair.get(`${host}>${other}`);
      return (tunnel && silentSide({tunnel, back: byPair.get(`${other}>${host}`)})) ?? [];
    });
    return {host, cells, silent};
  });
  return {hosts, rows};
}

function pair(tunnel: Tunnel | undefined, read: boolean, now: number): {text: string; tone: Tone} {
  if (!tunnel) return read ? {text: 'none', tone: 'muted'} : {text: '?', tone: 'unknown'};
  const tone = tunnelTone(tunnel);
  const text = tunnel.deviceDown ? 'down' : tunnel.handshakeAgeS === undefined ? 'never' : age(tunnel.handshakeAgeS * 1000);
  const stale = stampFreshness(tunnel.stamp, now) !== 'fresh';
  return {text: tone === 'bad' ? `!${text}` : text, tone: stale && tone !== 'bad' ? 'stale' : tone};
}

const cellWidth = 8;

/** How many hosts' columns fit, and the first of them that may stand at the left. */
export function meshRoom(m: Mesh, width: number): {readonly room: number; readonly last: number} {
  const room = Math.max(1, Math.floor((width - nameWidthOf(m) - 3 - (m.hosts.length * cellWidth + nameWidthOf(m) + 3 > width ? moreWidth : 0)) / cellWidth));
  return {room, last: Math.max(0, m.hosts.length - room)};
}
const nameWidthOf = (m: Mesh): number => Math.min(24, Math.max(9, ...m.hosts.map((host) => host.length)));
const moreWidth = 9; // "+12 more"

/** Header, then `height` lines from `top`, with the columns from host `first` on; the silent sides of each host at the end of its line. */
export function meshLines(m: Mesh, top: number, cursor: number, width: number, height: number, theme: Theme, first = 0): readonly string[] {
  const nameWidth = nameWidthOf(m);
  const {room, last} = meshRoom(m, width);
  const from = Math.max(0, Math.min(first, last));
  const shown = m.hosts.slice(from, from + room);
  const used = 1 + nameWidth + 1 + shown.length * cellWidth;
  const head = ` ${fit(from > 0 ? `< ${from} more` : 'HEARS', nameWidth)} ${shown.map((host) => fit(` ${host}`, cellWidth, 'right')).join('')}`;
  const rest = m.hosts.length - from - shown.length;
  const lines = [bold(theme, head + fit(rest > 0 ? ` +${rest} more` : width - used > 6 ? ' SILENT' : '', width - used))];
  for (const [i, row] of m.rows.slice(top, top + height).entries()) {
    const cells = row.cells.slice(from, from + room).map((cell) => paint(theme, fit(cell.text, cellWidth, 'right'), cell.tone)).join('');
    const line = `${fit(row.host, nameWidth)} ${cells}${paint(theme, fit(` ${row.silent.join('; ')}`, width - used), 'bad')}`;
    lines.push(top + i === cursor ? inverse(theme, `▸${line}`) : ` ${line}`);
  }
  return lines;
}
