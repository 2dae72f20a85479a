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
  const text = tunnel.handshakeAgeS === undefined ? 'never' : age(tunnel.handshakeAgeS * 1000);
  const stale = stampFreshness(tunnel.stamp, now) !== 'fresh';
  return {text: tone === 'bad' ? `!${text}` : text, tone: stale && tone !== 'bad' ? 'stale' : tone};
}

const cellWidth = 8;

/** Header, then `height` lines from `top`; the silent sides of each host at the end of its line. */
export function meshLines(m: Mesh, top: number, cursor: number, width: number, height: number, theme: Theme): readonly string[] {
  const nameWidth = Math.min(24, Math.max(9, ...m.hosts.map((host) => host.length)));
  const room = Math.max(0, Math.floor((width - nameWidth - 3) / cellWidth));
  const shown = Math.min(m.hosts.length, room);
  const used = 1 + nameWidth + 1 + shown * cellWidth;
  const head = ` ${fit('HEARS', nameWidth)} ${m.hosts.slice(0, shown).map((host) => fit(` ${host}`, cellWidth, 'right')).join('')}`;
  const more = shown < m.hosts.length ? ` +${m.hosts.length - shown} more` : ' SILENT';
  const lines = [bold(theme, head + fit(more, width - used))];
  for (const [i, row] of m.rows.slice(top, top + height).entries()) {
    const cells = row.cells.slice(0, shown).map((cell) => paint(theme, fit(cell.text, cellWidth, 'right'), cell.tone)).join('');
    const line = `${fit(row.host, nameWidth)} ${cells}${paint(theme, fit(` ${row.silent.join('; ')}`, width - used), 'bad')}`;
    lines.push(top + i === cursor ? inverse(theme, `▸${line}`) : ` ${line}`);
  }
  return lines;
}
