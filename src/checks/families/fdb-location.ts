/** One MAC in the tables of different hosts: each has it where it is. */
import type {MacEntry, Realisation, Segment} from '../../model/fabric.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {called, fresh, localNow, ownerOf, vtep, withoutTables} from './fdb-view.ts';
import {isSecond, onVni, underlayAddresses, underlayDevice} from './vxlan-view.ts';

/** MACs that `to` does not have where `from` has them, or still has at `from`. */
interface Gap {
  readonly from: string;
  readonly to: string;
  readonly vni: number;
  readonly lacks: MacEntry[];
  readonly keeps: MacEntry[]; // at `from` for `to`, and not local there
  readonly elsewhere: {readonly mac: MacEntry; readonly at: string}[];
}

export const location: Check = {
  id: 'fdb.location',
  family: 'fdb',
  title: 'Each host of a VNI has every MAC where it is local',
  explanation: 'What is local on one host must be remote on every other host that has the VNI, at the VTEP of that host. A MAC that is missing means that its route does not get there; one at another VTEP, or one that is local nowhere, is a route that should have been withdrawn. While a VM moves this differs for some seconds. Hosts without the VNI have none of its MACs: normal.',
  remedy: 'See which session or route target lies between the two hosts; after a migration, let the guest speak.',
  origin: 'NetQ check evpn: EVPN Type 2 (location consistent across all VTEPs)',
  holdS: 20,
  run(view, out) {
    withoutTables(view, out, 'frr.macs', 'frr.vnis');
    const {zebra} = fresh(view);
    const segments = new Map<number, {readonly segment: Segment; readonly hosts: ReadonlyMap<string, Realisation>}>();
    for (const segment of view.fabric.segments) {
      if (segment.vni === undefined || isSecond(segment)) continue;
      segments.set(segment.vni, {segment, hosts: new Map(segment.hosts.filter((on) => on.zebra && zebra.has(on.host) && view.read(on.host, 'frr.vnis')).map((on) => [on.host, on]))});
    }
    const addresses = vteps(view);
    const gaps = new Map<string, Gap>();
    const gap = (from: string, to: string, vni: number): Gap => {
      const key = `${from}>${to}/${vni}`;
      let one = gaps.get(key);
      if (!one) gaps.set(key, (one = {from, to, vni, lacks: [], keeps: [], elsewhere: []}));
      return one;
    };
    for (const mac of view.fabric.macs) {
      const at = segments.get(mac.vni);
      if (at) compare(view, mac, at.hosts, addresses, gap);
    }
    const bad = new Set([...gaps.values()].map(({to, vni}) => `${to}/${vni}`));
    for (const [vni, {hosts}] of segments) for (const host of hosts.keys()) if (!bad.has(`${host}/${vni}`)) out.pass(() => onVni(host, vni));
    for (const one of gaps.values()) tell(view, out, one, addresses);
  },
};

type Addresses = (host: string, vni: number) => readonly string[];

/** The addresses under which a host may be announced in a VNI: `local` of its device, else those of the underlay. */
function vteps(view: View): Addresses {
  const made = new Map<number, Map<string, readonly string[]>>();
  return (host, vni) => {
    let byHost = made.get(vni);
    if (!byHost) made.set(vni, (byHost = new Map()));
    let known = byHost.get(host);
    if (!known) {
      const on = view.realisation(host, vni);
      const local = on?.device?.vxlan?.local;
      const segment = view.fabric.segments.find((one) => one.vni === vni)!;
      const under = underlayAddresses(view, host, underlayDevice(view, {host, segment})) ?? [];
      const spec = view.underlayAddress(host);
      known = local === undefined ? [...under, ...(spec === undefined ? [] : [spec])] : [local];
      byHost.set(host, known);
    }
    return known;
  };
}

function compare(view: View, mac: MacEntry, hosts: ReadonlyMap<string, Realisation>, addresses: Addresses, gap: (from: string, to: string, vni: number) => Gap): void {
  const locals = localNow(view, mac);
  if (locals.length > 1) return; // mobility.duplicate says it
  const [home] = locals;
  const expected = home === undefined ? [] : addresses(home, mac.vni);
  let right = 0;
  for (const {host, evpn} of mac.locations) {
    if (host === home || evpn?.kind !== 'remote' || evpn.remoteVtep === undefined || !hosts.has(host)) continue;
    if (home !== undefined && expected.includes(evpn.remoteVtep)) {
      right++;
      continue;
    }
    const there = view.fabric.hostByAddress.get(evpn.remoteVtep) ?? ownerOf(view, evpn.remoteVtep);
    // One that is local nowhere: only its host can say that it is not there.
    if (home === undefined) {
      if (there !== undefined && hosts.has(there)) gap(there, host, mac.vni).keeps.push(mac);
      continue;
    }
    right++; // told here, not as missing
    gap(home, host, mac.vni).elsewhere.push({mac, at: evpn.remoteVtep});
  }
  if (home === undefined || !hosts.has(home) || right >= hosts.size - 1) return;
  const have = new Set(mac.locations.filter(({evpn}) => evpn !== undefined).map(({host}) => host));
  for (const host of hosts.keys()) if (host !== home && !have.has(host)) gap(home, host, mac.vni).lacks.push(mac);
}

function tell(view: View, out: Out, {from, to, vni, lacks, keeps, elsewhere}: Gap, addresses: Addresses): void {
  const all = [...lacks, ...keeps, ...elsewhere.map(({mac}) => mac)];
  const some = (macs: readonly MacEntry[]): string => `${macs.slice(0, 3).map((mac) => called(view, mac)).join(', ')}${macs.length > 3 ? ` and ${macs.length - 3} more` : ''}`;
  const [first] = elsewhere;
  out.fail({
    subject: {id: `${from}>${to}/${vni}`, label: `MACs of ${from} in VNI ${vni} on ${to}`, hosts: [from, to], rows: [{resource: 'vnis', id: `${to}/${vni}`}, ...all.slice(0, 20).map(({id}) => ({resource: 'macs' as const, id}))]},
    says: [
      lacks.length > 0 ? `${to} does not know ${lacks.length === 1 ? some(lacks) : `${lacks.length} MACs`} of ${from} in VNI ${vni}` : '',
      first ? `${to} has ${some(elsewhere.map(({mac}) => mac))} at ${vtep(view, first.at)}, local on ${from}` : '',
      keeps.length > 0 ? `${to} still has ${some(keeps)} at ${from}, where it is not` : '',
    ].filter(Boolean).join('; '),
    evidence: [
      ...(lacks.length > 0 || first ? [{text: `zebra of ${from}: ${some([...lacks, ...elsewhere.map(({mac}) => mac)])} local, VTEP ${addresses(from, vni).join(' ')}`, stamp: view.stamp(from, 'frr.macs')}] : []),
      ...(lacks.length > 0 ? [{text: `zebra of ${to}: no ${some(lacks)} in VNI ${vni}`, stamp: view.stamp(to, 'frr.macs')}] : []),
      ...(first ? [{text: `zebra of ${to}: VTEP ${first.at}; expected ${addresses(from, vni).join(' ')}`, stamp: view.stamp(to, 'frr.macs')}] : []),
      ...(keeps.length > 0 ? [{text: `zebra of ${to}: ${some(keeps)} at ${from}`, stamp: view.stamp(to, 'frr.macs')}, {text: `zebra of ${from}: not local`, stamp: view.stamp(from, 'frr.macs')}] : []),
    ],
    remedy: {text: `Compare the routes: show bgp l2vpn evpn route type macip on ${from}, its reflector, and ${to}`},
    breaks: all.map(({mac}) => node.mac(to, vni, mac)),
    needs: [node.exchange(from, to), node.vni(from, vni), node.vni(to, vni), ...all.map(({mac}) => node.mac(to, vni, mac))],
    facts: [...lacks.map(({mac}) => `lacks ${mac}`), ...keeps.map(({mac}) => `keeps ${mac}`), ...elsewhere.map(({mac, at}) => `${mac.mac} at ${at}`)],
  });
}
