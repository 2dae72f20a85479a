/** Health by layer, from the tones of the rows: what Overview and `status` show first. */
import type {Fabric} from '../model/fabric.ts';
import {bgp} from './bgp.ts';
import {worst} from './cells.ts';
import {hosts} from './hosts.ts';
import {nat} from './nat.ts';
import {isNormal} from './normal.ts';
import type {Cell, Resource, ResourceName, Tone} from './resource.ts';
import {vms} from './vms.ts';
import {vnets} from './vnets.ts';
import {vnis} from './vnis.ts';
import {wg} from './wg.ts';

export interface Layer {
  readonly id: 'access' | 'wireguard' | 'bgp' | 'evpn' | 'networks' | 'opennebula' | 'vms' | 'nat';
  readonly title: string;
  readonly resource: ResourceName; // where to look closer
  readonly tone: Tone;
  readonly summary: string; // "4/4 established", "1 bad, 2 unknown of 6"
}

export function health(fabric: Fabric, now: number): readonly Layer[] {
  return [
    access(fabric),
    layer('wireguard', 'WireGuard', wg, fabric, now, 'peers'),
    layer('bgp', 'BGP', bgp, fabric, now, 'sessions'),
    layer('evpn', 'EVPN', vnis, fabric, now, 'VNIs'),
    layer('networks', 'Networks', vnets, fabric, now, 'networks'),
    cloud(fabric),
    fabric.cloud ? layer('vms', 'VMs', vms, fabric, now, 'VMs') : {id: 'vms', title: 'VMs', resource: vms.name, tone: 'muted', summary: 'known from OpenNebula only'},
    natLayer(fabric, now),
  ];
}

function layer<Row>(id: Layer['id'], title: string, resource: Resource<Row>, fabric: Fabric, now: number, noun: string): Layer {
  const tones = resource.rows(fabric, now).map((row) => resource.tone(row, now));
  const base = {id, title, resource: resource.name};
  // Nothing to look at is not "all well": either there is nothing, or nothing was read.
  if (tones.length === 0) return {...base, tone: 'unknown', summary: `no ${noun} read`};
  const count = (tone: Tone): number => tones.filter((t) => t === tone).length;
  const parts = (['bad', 'warn', 'unknown', 'stale'] as const).filter((tone) => count(tone) > 0).map((tone) => `${count(tone)} ${tone}`);
  return {...base, tone: worst(tones.map((t) => (t === 'muted' || t === 'plain' || t === 'accent' ? 'ok' : t))), summary: parts.length === 0 ? `${tones.length} ${noun} ok` : `${parts.join(', ')} of ${tones.length} ${noun}`};
}

/** Without OpenNebula nobody says which mappings are wanted: that is how it was set up, and no reading that failed. */
function natLayer(fabric: Fabric, now: number): Layer {
  const full = layer('nat', 'VR NAT', nat, fabric, now, 'mappings');
  const rows = nat.rows(fabric, now);
  if (fabric.cloud || full.tone !== 'unknown') return full;
  if (rows.length === 0) return {...full, tone: 'muted', summary: 'no virtual router'};
  const undecided = rows.every((row) => row.mapping === undefined || (row.mapping.verdict === 'unknown' && row.mapping.intended === undefined && row.mapping.dnat !== undefined));
  return undecided ? {...full, tone: 'muted', summary: `${rows.length} mappings; what is wanted is known from OpenNebula only`} : full;
}

function access(fabric: Fabric): Layer {
  const states = [...fabric.hosts.values()];
  const ready = states.filter((state) => state.access.phase === 'ready').length;
  const lost = states.filter((state) => state.access.phase === 'waiting' || state.access.phase === 'refused').length;
  const tone: Tone = states.length === 0 ? 'unknown' : lost > 0 ? 'bad' : ready === states.length ? 'ok' : 'unknown';
  return {id: 'access', title: 'Access', resource: hosts.name, tone, summary: states.length === 0 ? 'no hosts' : `${ready}/${states.length} hosts`};
}

function cloud(fabric: Fabric): Layer {
  const base = {id: 'opennebula', title: 'OpenNebula', resource: hosts.name} as const;
  if (!fabric.cloud) return {...base, tone: 'muted', summary: 'not configured'};
  const {access: {phase, problem}, readings} = fabric.cloud;
  if (problem) return {...base, tone: 'bad', summary: `${problem.kind}: ${problem.detail}`};
  const states = readings['one.hosts']?.value;
  if (phase !== 'ready' || !states) return {...base, tone: 'unknown', summary: 'not read yet'};
  const on = states.filter((host) => host.state === 2).length;
  // A user without rights is shown empty pools: no host at all is no good news.
  return {...base, tone: states.length === 0 ? 'unknown' : on === states.length ? 'ok' : 'warn', summary: `${readings['one.version']?.value ?? ''} ${on}/${states.length} hosts on`.trim()};
}

/** What could not be read, in words: sources first, then single readings. For Overview and for `status`. */
export function unread(fabric: Fabric): readonly {readonly source: string; readonly what: Cell}[] {
  const result: {source: string; what: Cell}[] = [];
  for (const state of fabric.hosts.values()) {
    const {spec, access: {phase, problem}, readings} = state;
    if (phase !== 'ready') {
      result.push({source: spec.name, what: {text: problem ? `${problem.kind}: ${problem.detail}` : phase, tone: problem ? 'bad' : 'unknown'}});
      continue;
    }
    for (const o of Object.values(readings)) {
      if (!o.problem || isNormal(state, o)) continue;
      result.push({source: spec.name, what: {text: `${o.probe} ${o.problem.kind}: ${o.problem.detail}`, tone: 'warn'}});
    }
  }
  for (const o of Object.values(fabric.cloud?.readings ?? {})) {
    if (o.problem) result.push({source: 'OpenNebula', what: {text: `${o.probe} ${o.problem.kind}: ${o.problem.detail}`, tone: 'warn'}});
  }
  return result;
}
