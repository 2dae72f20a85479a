/** The fabric as a map of text: reflectors and routers above, each VTEP on its line, links by tunnel and session state. Pure. */
import type {Fabric, HostState} from '../model/fabric.ts';
import type {Tone} from '../rows/resource.ts';
import {worst} from '../rows/cells.ts';
import {bgp} from '../rows/bgp.ts';
import {tunnelTone, wg} from '../rows/wg.ts';
import {hosts as hostRows} from '../rows/hosts.ts';
import {age} from '../text/age.ts';
import {cut} from '../text/width.ts';
import {bold, glyph, paint, type Theme} from '../theme/theme.ts';
import {fit} from './table/lines.ts';

const mapLimit = 12;

export function topologyLines(fabric: Fabric, now: number, width: number, theme: Theme): readonly string[] {
  const all = [...fabric.hosts.values()];
  if (all.length === 0) return [' no hosts known yet'];
  const tones = new Map(hostRows.rows(fabric, now).map((row) => [row.state.spec.name, hostRows.tone(row, now)]));
  return all.length > mapLimit ? byRegion(fabric, all, tones, now, width, theme) : map(fabric, all, tones, now, width, theme);
}

const isCentre = (state: HostState): boolean => state.spec.roles.includes('reflector');
const mark = (theme: Theme, tone: Tone): string => paint(theme, glyph(theme, tone), tone);

function map(fabric: Fabric, all: readonly HostState[], tones: ReadonlyMap<string, Tone>, now: number, width: number, theme: Theme): readonly string[] {
  const addresses = new Map([...fabric.hostByAddress].map(([address, host]) => [host, address]));
  const addressOf = (host: string): string => fabric.vteps.find((vtep) => vtep.host === host)?.address ?? fabric.hosts.get(host)?.spec.underlayAddress ?? addresses.get(host) ?? '?';
  const centres = all.filter(isCentre);
  const spokes = all.filter((state) => !isCentre(state));
  const nameWidth = Math.min(20, Math.max(...all.map((state) => state.spec.name.length)));
  const lines: string[] = [];
  for (const centre of centres) {
    const name = centre.spec.name;
    lines.push(` ${mark(theme, tones.get(name) ?? 'unknown')} ${bold(theme, cut(`${name}  ${centre.spec.roles.join(', ')}  ${addressOf(name)}`, width - 4))}`);
  }
  const centre = centres[0]?.spec.name;
  for (const [i, spoke] of spokes.entries()) {
    const name = spoke.spec.name;
    const link = linkOf(fabric, centre, name, now);
    const corner = i === spokes.length - 1 ? '└' : '├';
    const place = cut(`${fit(name, nameWidth)}  ${spoke.spec.roles.join(',')}  ${spoke.spec.region ?? ''}  ${addressOf(name)}`, Math.max(0, width - 42));
    lines.push(` ${corner}─ wg ${mark(theme, link.tunnel)} ${fit(link.tunnelText, 8)} bgp ${mark(theme, link.session)} ${fit(link.sessionText, 11)} ─ ${mark(theme, tones.get(name) ?? 'unknown')} ${place}`);
  }
  lines.push(pairsLine(fabric, spokes.map((state) => state.spec.name), now, theme, width));
  return lines;
}

interface Link {
  readonly tunnel: Tone;
  readonly tunnelText: string;
  readonly session: Tone;
  readonly sessionText: string;
}

/** Both directions: a link is no better than its worse side. */
function linkOf(fabric: Fabric, centre: string | undefined, host: string, now: number): Link {
  const between = (a: string, b: string | undefined): boolean => (a === host && b === centre) || (a === centre && b === host);
  const tunnels = fabric.tunnels.filter((t) => between(t.host, t.peerHost));
  const sessions = fabric.sessions.filter((s) => between(s.host, s.peerHost));
  const ages = tunnels.flatMap((t) => t.handshakeAgeS ?? []);
  const reads = fabric.hosts.get(host)?.spec.roles.includes('vtep');
  const absent: Tone = reads ? 'unknown' : 'muted';
  return {
    tunnel: tunnels.length === 0 ? absent : worst(tunnels.map((tunnel) => wg.tone({tunnel, back: undefined}, now))),
    tunnelText: tunnels.length === 0 ? (reads ? '?' : '-') : tunnels.some((t) => t.deviceDown) ? 'down' : tunnels.some((t) => t.handshakeAgeS === undefined) ? 'never' : age(Math.max(...ages) * 1000),
    session: sessions.length === 0 ? absent : worst(sessions.map((session) => bgp.tone(session, now))),
    sessionText: sessions.length === 0 ? (reads ? '?' : '-') : (sessions.find((s) => s.verdict !== 'established')?.verdict ?? 'established'),
  };
}

function pairsLine(fabric: Fabric, names: readonly string[], now: number, theme: Theme, width: number): string {
  const inside = new Set(names);
  const tunnels = fabric.tunnels.filter((t) => inside.has(t.host) && t.peerHost !== undefined && inside.has(t.peerHost));
  if (tunnels.length === 0) return paint(theme, cut(' no tunnels between these hosts are known', width), 'muted');
  const bad = tunnels.filter((tunnel) => tunnelTone(tunnel) === 'bad');
  const tone = worst(tunnels.map((tunnel) => wg.tone({tunnel, back: undefined}, now)));
  const text = bad.length === 0 ? `mesh: ${tunnels.length} directions, all with a handshake` : `mesh: ${bad.length} of ${tunnels.length} directions silent: ${bad.map((t) => `${t.peerHost} → ${t.host}`).join(', ')}`;
  return ` ${mark(theme, tone)} ${cut(text, width - 4)}`;
}

function byRegion(fabric: Fabric, all: readonly HostState[], tones: ReadonlyMap<string, Tone>, now: number, width: number, theme: Theme): readonly string[] {
  const regions = Map.groupBy(all, (state) => state.spec.region ?? (isCentre(state) ? 'reflectors' : 'no region'));
  const regionOf = new Map(all.map((state) => [state.spec.name, state.spec.region ?? (isCentre(state) ? 'reflectors' : 'no region')]));
  const silent = Map.groupBy(fabric.tunnels.filter((t) => tunnelTone(t) === 'bad'), (t) => regionOf.get(t.host));
  const down = Map.groupBy(fabric.sessions.filter((s) => bgp.tone(s, now) === 'bad'), (s) => regionOf.get(s.host));
  return [...regions].map(([region, states]) => {
    const own = states.map((state) => tones.get(state.spec.name) ?? 'unknown');
    const count = (tone: Tone): number => own.filter((t) => t === tone).length;
    const parts = (['bad', 'warn', 'unknown', 'stale'] as const).filter((tone) => count(tone) > 0).map((tone) => `${count(tone)} ${tone}`);
    const text = `${fit(region, 18)} ${fit(`${states.length} hosts`, 10)} ${fit(parts.join(', ') || 'all ok', 26)} tunnels silent ${silent.get(region)?.length ?? 0}, sessions down ${down.get(region)?.length ?? 0}`;
    return ` ${mark(theme, worst(own))} ${cut(text, width - 4)}`;
  });
}
