/**
 * What a console can read of a fabric, as flat facts: "session ingress>kvm1" → "established". Taken from the console's own
 * Fabric and resources, and free of whatever differs between two runs (times, counters, keys, ports, orders), so that the
 * facts of the embedded fabric and those of a real lab can be held against one expectation.
 */
import type {Access, Fabric, HostProbeId, Session, Tunnel} from '../../../src/model/fabric.ts';
import type {Role} from '../../../src/model/target.ts';
import {vms} from '../../../src/rows/vms.ts';
import {vnis} from '../../../src/rows/vnis.ts';

export type Facts = Readonly<Record<string, string>>;

/** Names instead of addresses: "02:00:ac:11:02:0a" → "vm1". */
export interface Names {
  readonly macs: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, string>; // "192.168.0.2" → "kvm1", its public one → "public kvm1"
  readonly vteps: readonly string[]; // hosts that should have VNIs
}

const probes: readonly HostProbeId[] = [
  'host.identity', 'frr.version', 'frr.daemons', 'frr.summary', 'frr.neighbors', 'frr.bgp-vnis', 'frr.vnis', 'frr.macs', 'frr.evpn', 'frr.running', 'wg.interfaces', 'ip.links', 'ip.addresses', 'bridge.fdb', 'nf.firewall', 'vr.state',
];

export function factsOf(fabric: Fabric, names: Names): Facts {
  const facts: Record<string, string> = {};
  const named = (mac: string): string => names.macs.get(mac) ?? mac;
  const at = (address: string): string => names.addresses.get(address) ?? address;

  for (const [name, {access, readings, spec}] of fabric.hosts) {
    facts[`access ${name}`] = accessFact(access);
    if (access.phase !== 'ready') continue; // nothing was read: that is said
    for (const probe of probes) {
      const reading = readings[probe];
      if (!reading || !concerns(probe, spec.roles)) continue;
      facts[`read ${name} ${probe}`] = reading.problem ? reading.problem.kind : 'value';
    }
    const links = readings['ip.links']?.value ?? [];
    const wg0 = links.find((link) => link.name === 'wg0');
    if (!spec.roles.includes('virtual-router') && readings['ip.links']?.value) facts[`wg0 ${name}`] = wg0 ? `${wg0.up ? 'up' : 'down'} mtu ${wg0.mtu}` : 'gone';
    const {value: firewall} = readings['nf.firewall'] ?? {};
    if (firewall) facts[`filter ${name}`] = firewall.filter.filter(({target}) => target === 'DROP' || target === 'REJECT').map(({chain, target}) => `${chain} ${target}`).join(', ') || 'lets all in';
    const daemons = readings['frr.daemons']?.value;
    if (daemons && !readings['frr.daemons']?.problem) facts[`daemons ${name}`] = `${list(daemons.running)}${daemons.hung.length > 0 ? `, hung: ${list(daemons.hung)}` : ''}`;
    const state = readings['vr.state']?.value;
    if (state) facts[`router ${name}`] = `${state.failover ?? '?'}, forwarding ${state.forwarding === undefined ? '?' : state.forwarding ? 'on' : 'off'}`;
    const summary = readings['frr.summary'];
    if (summary?.value && !summary.problem && names.vteps.includes(name)) facts[`router-id ${name}`] = at(summary.value.routerId);
  }

  for (const session of fabric.sessions) facts[`session ${session.host}>${session.peerHost ?? session.address}`] = sessionFact(session);
  for (const tunnel of fabric.tunnels) facts[`tunnel ${tunnel.host}>${tunnelEnd(tunnel, at)}`] = tunnelFact(tunnel, at);

  for (const row of vnis.rows(fabric, fabric.at)) {
    const key = `${row.on.host} ${row.vni}`;
    const {device, zebra, bgp, floodTo, bridge} = row.on;
    facts[`device ${key}`] = device?.vxlan ? [
      device.up ? 'up' : 'down', device.master ?? 'no bridge', device.vxlan.local ? at(device.vxlan.local) : `dev ${device.vxlan.device}`, device.vxlan.port, device.vxlan.learning ? 'learning' : 'nolearning', `mtu ${device.mtu}`,
    ].join(' ') : 'none';
    facts[`bridge ${key}`] = bridge ? (bridge.up ? 'up' : 'down') : 'none';
    facts[`zebra ${key}`] = !row.on.zebraRead ? 'not read' : zebra ? `has it, VTEPs: ${list((zebra.remoteVteps ?? []).map(at))}` : 'does not have it';
    facts[`bgpd ${key}`] = !row.on.bgpRead ? 'not read' : bgp ? `has it, rd of ${at(bgp.rd.split(':')[0]!)}, rt ${bgp.importRts.join(' ')}, from ${at(bgp.originator ?? '')}` : 'does not have it';
    facts[`flood ${key}`] = floodTo ? list(floodTo.map(at)) : 'not read';
    facts[`trouble ${key}`] = String((vnis.toJson(row, fabric.at) as {trouble: string | null}).trouble ?? 'none');
  }

  for (const {vni, mac, localAt, duplicate, locations} of fabric.macs) {
    const key = `${named(mac)} in ${vni}`;
    facts[`mac ${key}`] = `local at ${list(localAt)}${duplicate ? ', duplicate' : ''}`;
    for (const {host, evpn, fdb} of locations) {
      if (evpn?.kind === 'remote') facts[`zebra ${host} ${key}`] = at(evpn.remoteVtep ?? '');
      const to = fdb.flatMap(({destination}) => destination ?? []);
      // Of a MAC that has come to a port of its own, the kernel may keep the old way, and does not use it.
      const own = evpn?.kind === 'local' || fdb.some(({destination, externLearn}) => destination === undefined && !externLearn);
      if (to.length > 0 && !own) facts[`fdb ${host} ${key}`] = list(to.map(at));
    }
  }

  for (const row of vms.rows(fabric, fabric.at)) {
    const json = vms.toJson(row, fabric.at) as {name: string; host: string | null; trouble: string | null; nics: readonly {tapFound: boolean | null}[]};
    facts[`vm ${json.name}`] = `${json.host ?? '?'}, ${json.trouble ?? 'well'}`;
  }
  for (const router of fabric.routers) for (const {external, verdict, snat} of router.mappings) facts[`nat ${external}`] = `${verdict}${snat?.backend === 'iptables-legacy' ? ' (legacy)' : ''}`;
  if (fabric.cloud) cloudFacts(fabric, facts, at);
  return facts;
}

function cloudFacts(fabric: Fabric, facts: Record<string, string>, at: (address: string) => string): void {
  const {access, readings} = fabric.cloud!;
  facts['access OpenNebula'] = accessFact(access);
  if (access.phase !== 'ready') return;
  for (const host of readings['one.hosts']?.value ?? []) facts[`one host ${at(host.name).replace('public ', '')}`] = `state ${host.state}`;
  facts['one pools'] = `${readings['one.hosts']?.value?.length ?? '?'} hosts, ${readings['one.vms']?.value?.length ?? '?'} VMs`;
  // Of two that carry the same, the younger is the other one.
  for (const vnet of [...readings['one.vnets']?.value ?? []].sort((a, b) => a.id - b.id)) {
    const key = `one vnet ${vnet.vnMad} ${vnet.vlanId ?? 'public'}`;
    facts[facts[key] === undefined ? key : `${key} (another)`] = `${vnet.clusterIds.length > 0 ? 'in a cluster' : 'in no cluster'}${vnet.vlanId !== undefined && vnet.size <= vnet.usedLeases ? ', no free lease' : ''}`;
  }
  for (const datastore of readings['one.datastores']?.value ?? []) if (datastore.type === 1) facts['one system datastore'] = datastore.clusterIds.length > 0 ? 'in a cluster' : 'in no cluster';
}

/** A reflector has no MACs (`{}` says that, and would say the same without EVPN), a router neither FRR nor WireGuard. */
function concerns(probe: HostProbeId, roles: readonly Role[]): boolean {
  const router = roles.includes('virtual-router');
  if (probe === 'vr.state') return router;
  if (/^(frr|wg)\./.test(probe)) return !router && (probe !== 'frr.macs' || roles.includes('vtep'));
  return true;
}

/** A host that is being dialled again is as unreachable as while it is waited for. */
const accessFact = ({phase, problem}: Access): string => (problem ? `${phase === 'connecting' ? 'waiting' : phase}: ${problem.kind}` : phase);

const list = (values: readonly string[]): string => [...new Set(values)].sort().join(' ') || '-';

const sessionFact = ({verdict, peer}: Session): string =>
  `${verdict}${verdict === 'established' && peer ? `, receives ${peer.prefixesReceived ? 'some' : 'nothing'}, sends ${peer.prefixesSent ? 'some' : 'nothing'}` : ''}${peer?.state.includes('Admin') ? ', shut down' : ''}`;

/** The host that has the key; else, for the tunnel of a key that nobody has, the address that it was meant for. */
const tunnelEnd = (tunnel: Tunnel, at: (address: string) => string): string => tunnel.peerHost ?? `stranger instead of ${tunnel.peer.allowedIps.map((one) => at(one.replace('/32', ''))).join(' ')}`;
const tunnelFact = ({peer}: Tunnel, at: (address: string) => string): string =>
  `${peer.latestHandshake === undefined ? 'no handshake' : 'handshake'}, allows ${list(peer.allowedIps.map((one) => at(one.replace('/32', ''))))}, ${peer.endpoint === undefined ? 'no endpoint' : at(peer.endpoint.replace(/:\d+$/, ''))}`;

/** What differs between two sets of facts: "fact: before → after", "-" where there is none. */
export function difference(before: Facts, after: Facts): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) if (before[key] !== after[key]) changed[key] = after[key] ?? 'gone';
  return changed;
}
