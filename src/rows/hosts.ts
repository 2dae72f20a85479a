/** Hosts: how they are reached, what they run, how many of their sessions, tunnels and VNIs are well. */
import type {Fabric, HostState} from '../model/fabric.ts';
import type {OneHost} from '../model/cloud.ts';
import {hostStateName} from '../model/one-states.ts';
import {stamp, type Observation, type Stamp} from '../model/reading.ts';
import {age} from '../text/age.ts';
import {cell, none, orNone, orUnknown, problemText, readCell, section, toneWeight, unknown} from './cells.ts';
import type {Cell, Resource, Tone} from './resource.ts';
import {isNormal} from './normal.ts';
import {tunnelTone} from './wg.ts';

export interface HostRow {
  readonly state: HostState;
  readonly one: OneHost | undefined;
  readonly sessionsUp: number;
  readonly sessions: number | undefined; // undefined: not read
  readonly tunnelsUp: number;
  readonly tunnels: number | undefined;
  readonly vnis: number | undefined;
  readonly vms: number | undefined; // undefined: OpenNebula not read
}

const phaseWord: Readonly<Record<HostState['access']['phase'], string>> = {
  idle: 'idle', connecting: 'connecting', ready: 'ready', waiting: 'retrying', refused: 'refused', closed: 'closed',
};

function rows(fabric: Fabric): readonly HostRow[] {
  const oneHosts = fabric.cloud?.readings['one.hosts']?.value;
  // Grouped once: with hundreds of hosts, looking through all sessions and tunnels for each would cost a frame.
  const sessionsOf = Map.groupBy(fabric.sessions, (session) => session.host);
  const tunnelsOf = Map.groupBy(fabric.tunnels, (tunnel) => tunnel.host);
  const vmsOf = fabric.cloud?.readings['one.vms']?.value ? Map.groupBy(fabric.vms, (vm) => vm.host) : undefined;
  const oneOf = new Map(oneHosts?.map((one) => [one.name, one]));
  for (const one of oneHosts ?? []) {
    const name = fabric.hostByAddress.get(one.name);
    if (name !== undefined && !oneOf.has(name)) oneOf.set(name, one);
  }
  return [...fabric.hosts.values()].map((state) => {
    const name = state.spec.name;
    const sessions = sessionsOf.get(name) ?? [];
    const tunnels = tunnelsOf.get(name) ?? [];
    return {
      state,
      one: oneOf.get(name) ?? oneOf.get(state.spec.ssh.host),
      sessionsUp: sessions.filter((session) => session.verdict === 'established').length,
      sessions: state.readings['frr.summary']?.value ?? state.readings['gobgp.speaker']?.value ? sessions.length : undefined,
      tunnelsUp: tunnels.filter((tunnel) => tunnelTone(tunnel) === 'ok').length,
      tunnels: state.readings['wg.interfaces']?.value ? tunnels.length : undefined,
      vnis: state.readings['frr.vnis']?.value?.length,
      vms: vmsOf && (vmsOf.get(name)?.length ?? 0),
    };
  });
}

function accessCell({state: {access}}: HostRow, now: number): Cell {
  const retry = access.retryAt !== undefined ? ` in ${age(access.retryAt - now)}` : '';
  const tone: Tone = access.phase === 'ready' ? 'ok' : access.phase === 'waiting' || access.phase === 'refused' ? 'bad' : 'unknown';
  return cell(`${phaseWord[access.phase]}${retry}`, tone);
}

const troubles = (row: HostRow): readonly Observation<unknown>[] => Object.values(row.state.readings).filter((o) => o.problem && !isNormal(row.state, o));

function tone(row: HostRow): Tone {
  const {access, readings, spec} = row.state;
  if (access.phase === 'refused' || access.phase === 'waiting') return 'bad';
  if (access.phase !== 'ready') return 'unknown';
  const bgp = spec.roles.includes('reflector') || spec.roles.includes('vtep');
  const gobgp = speaksGobgp(row);
  if (bgp && !gobgp && (readings['frr.summary']?.problem || readings['frr.daemons']?.problem)) return 'bad';
  if (row.sessions !== undefined && row.sessionsUp < row.sessions) return 'bad';
  if (row.tunnels !== undefined && row.tunnelsUp < row.tunnels) return 'warn';
  return troubles(row).length > 0 ? 'warn' : 'ok';
}

/** GoBGP speaks here, in FRR's place. */
const speaksGobgp = ({state: {readings}}: HostRow): boolean => readings['gobgp.speaker']?.value !== undefined && !readings['gobgp.speaker'].problem;

const ratio = (up: number, of: number | undefined): Cell => (of === undefined ? unknown : cell(`${up}/${of}`, up === of ? 'ok' : 'bad'));

/** The age of a host's row is that of the reading that is taken most often of those that it has. */
function stamps({state: {readings}}: HostRow): readonly Stamp[] {
  const often = [readings['wg.interfaces'], readings['frr.summary'], readings['ip.links'], readings['host.identity']].find((o) => o?.at !== undefined);
  return often ? [stamp(often)] : [];
}

function problemCell(row: HostRow): Cell {
  const {access} = row.state;
  if (access.problem && access.phase !== 'ready') return cell(`${access.problem.kind}: ${access.problem.detail}`, 'bad');
  const [first, ...more] = troubles(row);
  const text = problemText(first);
  return text ? cell(`${first?.probe} ${text}${more.length > 0 ? ` (+${more.length} more)` : ''}`, 'warn') : none;
}

export const hosts: Resource<HostRow> = {
  name: 'hosts',
  title: 'Hosts',
  aliases: ['host', 'nodes', 'node', 'ho'],
  rows,
  id: (row) => row.state.spec.name,
  tone,
  stamps,
  columns: [
    {id: 'host', title: 'HOST', cell: (row) => cell(row.state.spec.name), min: 8, max: 32, grow: true},
    {id: 'roles', title: 'ROLE', cell: (row) => orUnknown(row.state.spec.roles.join(',')), min: 6, max: 24},
    {id: 'region', title: 'REGION', cell: (row) => orNone(row.state.spec.region), rank: 1, max: 18},
    {id: 'access', title: 'ACCESS', cell: accessCell, sortBy: (row) => toneWeight(tone(row)), min: 9},
    {id: 'rtt', title: 'RTT', align: 'right', rank: 1, cell: (row) => orUnknown(row.state.access.rttMs === undefined ? undefined : `${Math.round(row.state.access.rttMs)} ms`, 'muted'), sortBy: (row) => row.state.access.rttMs},
    {id: 'frr', title: 'FRR', cell: (row) => frrCell(row), max: 16},
    {id: 'bgp', title: 'BGP', align: 'right', cell: (row) => (row.state.spec.roles.includes('virtual-router') && row.sessions === undefined ? none : ratio(row.sessionsUp, row.sessions))},
    {id: 'wg', title: 'WG', align: 'right', cell: (row) => (row.tunnels === 0 || row.state.readings['wg.interfaces']?.problem?.kind === 'not-installed' ? none : ratio(row.tunnelsUp, row.tunnels))},
    {id: 'vnis', title: 'VNIS', align: 'right', cell: (row) => (row.vnis === undefined && row.state.spec.roles.includes('virtual-router') ? none : orUnknown(row.vnis))},
    {id: 'vms', title: 'VMS', align: 'right', cell: (row) => (row.vms === undefined ? unknown : row.vms === 0 ? none : cell(row.vms))},
    {id: 'one', title: 'ONE', rank: 1, cell: (row) => oneCell(row)},
    {id: 'os', title: 'OS', rank: 2, max: 34, cell: (row) => orUnknown(row.state.readings['host.identity']?.value?.os)},
    {id: 'kernel', title: 'KERNEL', rank: 2, max: 24, cell: (row) => orUnknown(row.state.readings['host.identity']?.value?.kernel)},
    {id: 'read', title: 'READ', align: 'right', cell: (row, now) => readCell(stamps(row), now), sortBy: (row) => stamps(row)[0]?.at},
    {id: 'problem', title: 'PROBLEM', cell: problemCell, min: 10, grow: true, rank: 0},
  ],
  detail: (row, _fabric, now) => {
    const {spec, access, readings} = row.state;
    const identity = readings['host.identity'];
    const evpn = readings['frr.evpn']?.value;
    const speaker = speaksGobgp(row) ? readings['gobgp.speaker'] : undefined;
    return [
      section('Access', [
        ['ssh', cell(`${spec.ssh.user ? `${spec.ssh.user}@` : ''}${spec.ssh.host}${spec.ssh.port ? `:${spec.ssh.port}` : ''}`)],
        spec.ssh.jumps.length > 0 ? ['through', cell(spec.ssh.jumps.join(' → '))] : undefined,
        ['known from', cell(spec.origin)],
        ['phase', cell(`${phaseWord[access.phase]} for ${age(now - access.since)}${access.attempts > 1 ? `, ${access.attempts} attempts` : ''}`, accessCell(row, now).tone)],
        access.problem ? ['problem', cell(`${access.problem.kind}: ${access.problem.detail}`, 'bad')] : undefined,
        ['user', orUnknown(identity?.value && `${identity.value.user}${identity.value.root ? '' : ' (no root: some readings are denied)'}`), identity && stamp(identity)],
      ]),
      section('System', [
        ['hostname', orUnknown(identity?.value?.hostname), identity && stamp(identity)],
        ['os', orUnknown(identity?.value?.os)],
        ['kernel', orUnknown(identity?.value?.kernel)],
        ['uptime', orUnknown(identity?.value?.uptimeS === undefined ? undefined : age(identity.value.uptimeS * 1000))],
        ['OpenNebula', oneCell(row)],
      ]),
      section('EVPN', [
        ['FRR', frrCell(row), readings['frr.version'] && stamp(readings['frr.version'])],
        ['daemons', orUnknown(readings['frr.daemons']?.value?.running.join(' ')), readings['frr.daemons'] && stamp(readings['frr.daemons'])],
        ['router-id', orUnknown((speaker ?? readings['frr.summary'])?.value?.routerId), readings['frr.summary'] && stamp(speaker ?? readings['frr.summary'])],
        ['AS', orUnknown((speaker ?? readings['frr.summary'])?.value?.as)],
        ['underlay', orUnknown(spec.underlay)],
        ['duplicate detection', evpn?.duplicateDetection === undefined ? unknown : cell(evpn.duplicateDetection ? `${evpn.maxMoves ?? '?'} moves in ${evpn.detectionTimeS ?? '?'} s, ${evpn.freezeTimeS ? `freeze ${evpn.freezeTimeS} s` : 'warns only'}` : 'off')],
      ]),
      section('Readings', Object.values(readings).sort((a, b) => a.probe.localeCompare(b.probe)).map((o) => [
        o.probe,
        o.problem ? cell(problemText(o) ?? '', o.problem.kind === 'unsupported' || o.problem.kind === 'not-installed' ? 'muted' : 'bad') : cell('ok', 'ok'),
        stamp(o),
      ])),
    ];
  },
  relations: (row, fabric) => {
    const name = row.state.spec.name;
    return [
      ...fabric.sessions.filter((session) => session.host === name).map((session) => ({resource: 'bgp' as const, id: session.id, label: `BGP session to ${session.peerHost ?? session.address}: ${session.verdict}`})),
      ...fabric.tunnels.filter((tunnel) => tunnel.host === name).map((tunnel) => ({resource: 'wg' as const, id: tunnel.id, label: `WireGuard peer ${tunnel.peerHost ?? tunnel.peer.endpoint ?? tunnel.peer.publicKey.slice(0, 8)}`})),
      ...fabric.segments.flatMap((segment) => (segment.vni !== undefined && segment.hosts.some((host) => host.host === name) ? [{resource: 'vnis' as const, id: `${name}/${segment.vni}`, label: `VNI ${segment.vni}${segment.vnet ? ` ${segment.vnet.name}` : ''}`}] : [])),
      ...fabric.vms.filter((vm) => vm.host === name).map((vm) => ({resource: 'vms' as const, id: String(vm.id), label: `VM ${vm.id} ${vm.vm.name}`})),
    ];
  },
  toJson: (row) => {
    const {spec, access, readings} = row.state;
    return {
      name: spec.name, roles: spec.roles, region: spec.region ?? null, address: spec.ssh.host, underlay: spec.underlay || null, origin: spec.origin,
      access: {phase: access.phase, since: new Date(access.since).toISOString(), problem: access.problem ?? null, rttMs: access.rttMs ?? null},
      frr: readings['frr.version']?.value?.text ?? null, os: readings['host.identity']?.value?.os ?? null, kernel: readings['host.identity']?.value?.kernel ?? null,
      sessions: row.sessions === undefined ? null : {up: row.sessionsUp, total: row.sessions},
      tunnels: row.tunnels === undefined ? null : {up: row.tunnelsUp, total: row.tunnels},
      vnis: row.vnis ?? null, vms: row.vms ?? null, opennebula: row.one ? {id: row.one.id, state: hostStateName(row.one.state), cluster: row.one.cluster} : null,
      readings: Object.fromEntries(Object.values(readings).map((o) => [o.probe, {at: o.at === undefined ? null : new Date(o.at).toISOString(), problem: o.problem ?? null}])),
    };
  },
};

function frrCell(row: HostRow): Cell {
  const {state} = row;
  if (speaksGobgp(row)) return cell('GoBGP');
  const daemons = state.readings['frr.daemons']?.problem;
  const version = state.readings['frr.version'];
  if (daemons && daemons.kind !== 'not-installed' && daemons.kind !== 'unsupported') return cell(daemons.kind, 'bad');
  if (version?.value) return cell(version.value.text);
  if (version?.problem?.kind === 'not-installed' || version?.problem?.kind === 'unsupported') return none;
  if (!version && state.spec.roles.includes('virtual-router')) return none;
  return version?.problem ? cell(version.problem.kind, 'bad') : unknown;
}

function oneCell({one}: HostRow): Cell {
  if (!one) return none;
  return cell(hostStateName(one.state), one.state === 2 ? 'ok' : one.state === 3 || one.state === 5 ? 'bad' : 'warn');
}
