/** Flood lists: each host of a VNI knows every other as a VTEP, and nobody else. */
import type {Subject} from '../../model/finding.ts';
import type {Realisation} from '../../model/fabric.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {bgpConfig} from './bgp-config.ts';
import {byEvpn} from './evpn-view.ts';
import {ownerOf} from './fdb-view.ts';
import {isLayer3, isSecond} from './vxlan-view.ts';

const subjectOf = (host: string): Subject => ({id: host, label: `VTEPs that ${host} knows`, hosts: [host], rows: [{resource: 'hosts', id: host}]});

/** The host of the VNI is there to be flooded to, as far as it was read now. */
const present = (view: View, {host, device, bgp}: Realisation): boolean => (device?.vxlan !== undefined && view.read(host, 'ip.links') !== undefined) || (bgp !== undefined && bgp.inKernel !== false && view.read(host, 'frr.bgp-vnis') !== undefined);

interface Gap {
  readonly missing: Map<string, number[]>; // host → VNIs in which it is not known
  readonly extra: Map<string, number[]>; // address → VNIs
}

export const flood: Check = {
  id: 'evpn.flood',
  family: 'evpn',
  title: 'Each host of a VNI floods to all others of it, and to nobody else',
  explanation:
    'zebra\'s list of remote VTEPs of a VNI, made from the multicast routes (type 3), is held against the hosts that have the VNI: missing ones, and ones that none of our hosts is or that do not have it. A finding is of one host towards one other, over all their VNIs. Where flooding is switched off, nothing is said. The kernel\'s flood entries are another check.',
  remedy: 'Look at the session, the route targets and policies between the two; then clear bgp l2vpn evpn ADDRESS soft in.',
  origin: 'suzieq evpnVni assert: some VTEPs are unknown to all; NetQ check evpn 3, check vxlan 1: BUM replication; RFC 7432 section 11',
  holdS: 10,
  run(view, out) {
    const gaps = new Map<string, Gap>();
    const unread = new Set<string>();
    const known = new Set<string>(); // hosts that the host at hand knows, in one VNI
    for (const segment of view.fabric.segments) {
      if (segment.vni === undefined || isSecond(segment)) continue;
      const flooding = segment.hosts.filter((on) => !isLayer3(on)); // the VNI of a VRF has no list
      const there = new Map<string, Realisation>();
      for (const on of flooding) if (present(view, on) && view.read(on.host, 'frr.bgp-vnis')?.flooding !== 'Disabled') there.set(on.host, on);
      for (const on of flooding) {
        const {host, zebra} = on;
        if (!byEvpn(view, segment, on) || !on.device?.vxlan) continue;
        if (!view.read(host, 'frr.vnis')) {
          unread.add(host);
          continue;
        }
        let gap = gaps.get(host);
        if (!gap) gaps.set(host, (gap = {missing: new Map(), extra: new Map()}));
        if (view.read(host, 'frr.bgp-vnis')?.flooding === 'Disabled') continue;
        if (zebra && zebra.remoteVteps === undefined) {
          unread.add(host);
          continue;
        }
        known.clear();
        for (const address of zebra?.remoteVteps ?? []) {
          const owner = view.fabric.hostByAddress.get(address);
          if (owner !== undefined && owner !== host && (there.has(owner) || !view.read(owner, 'ip.links'))) known.add(owner);
          else add(gap.extra, address, segment.vni);
        }
        if (known.size < there.size - 1) for (const other of there.keys()) if (other !== host && !known.has(other)) add(gap.missing, other, segment.vni);
      }
    }
    for (const host of unread) {
      gaps.delete(host);
      out.unknown(subjectOf(host), [view.missing(host, 'frr.vnis')], [node.zebra(host), node.bgpd(host), node.evpnConfig(host)]);
    }
    // Hosts whose address was never read: an address of nobody's may be theirs.
    const unnamed = view.hosts('vtep').filter((host) => view.underlayAddress(host) === undefined);
    for (const [host, {missing, extra}] of gaps) {
      if (missing.size === 0 && extra.size === 0) out.pass(() => subjectOf(host));
      for (const [other, vnis] of missing) {
        const map = filterOf(view, host);
        out.fail({
          subject: {id: `${host}>${other}`, label: `flooding from ${host} to ${other}`, hosts: [host, other], rows: vnis.map((vni) => ({resource: 'vnis', id: `${host}/${vni}`}))},
          says: `${host} does not flood to ${other} in VNI ${vnis.slice(0, 8).join(', ')}`,
          evidence: [
            {text: `zebra on ${host}: remote VTEPs ${view.realisation(host, vnis[0]!)?.zebra?.remoteVteps?.join(', ') || 'none'} in VNI ${vnis[0]}`, stamp: view.stamp(host, 'frr.vnis')},
            {text: `${other} (${view.underlayAddress(other) ?? 'address not read'}) has that VNI`, stamp: view.stamp(other, view.realisation(other, vnis[0]!)?.device?.vxlan ? 'ip.links' : 'frr.bgp-vnis')},
            ...(map === undefined ? [] : [{text: `${host} filters what it takes in: route-map ${map}`, stamp: view.stamp(host, 'frr.running')}]),
          ],
          remedy: {text: `See why ${host} has no multicast route of ${other}${map === undefined ? '' : ` (route-map ${map})`}; then have the routes sent again.`, command: {host, script: 'vtysh -c \'clear bgp l2vpn evpn * soft in\''}},
          breaks: vnis.map((vni) => node.flood(host, other, vni)),
          needs: [node.exchange(other, host), ...vnis.flatMap((vni) => [node.vni(host, vni), node.vni(other, vni)])],
          // A VNI that goes with its last VM after one that converged is another transient.
          facts: vnis.map((vni) => (view.realisation(host, vni)?.zebra ? `${vni}` : `${vni} not in zebra`)),
        });
      }
      for (const [address, vnis] of extra) {
        const owner = view.fabric.hostByAddress.get(address) ?? ownerOf(view, address);
        const subject: Subject = {id: `${host}>${address}`, label: `VTEP ${address} on ${host}`, hosts: owner === undefined ? [host] : [host, owner], rows: vnis.map((vni) => ({resource: 'vnis', id: `${host}/${vni}`}))};
        if (owner === undefined && unnamed.length > 0) out.unknown(subject, unnamed.map((other) => view.missing(other, 'ip.addresses')), unnamed.flatMap((other) => [node.underlay(other), node.access(other)]));
        else out.warn({
          subject,
          says: `${host} floods to ${address} in VNI ${vnis.slice(0, 8).join(', ')}${owner === undefined ? ', which is no host of ours' : `: ${owner} does not have it`}`,
          evidence: [{text: `zebra on ${host}: remote VTEP ${address} in VNI ${vnis.slice(0, 8).join(', ')}`, stamp: view.stamp(host, 'frr.vnis')}],
          remedy: {text: `Find out who announces a multicast route with next hop ${address}: show bgp l2vpn evpn route type multicast on a reflector.`},
          needs: [node.zebra(host), node.bgpd(host), ...(owner === undefined ? [] : vnis.flatMap((vni) => [node.device(owner, vni), node.vni(owner, vni)]))],
          facts: vnis.map(String),
        });
      }
    }
  },
};

function add(map: Map<string, number[]>, key: string, vni: number): void {
  const list = map.get(key);
  if (list) list.push(vni);
  else map.set(key, [vni]);
}

/** A route-map with deny entries on what the host takes in from one of its neighbours. */
function filterOf(view: View, host: string): string | undefined {
  const running = view.read(host, 'frr.running');
  if (!running) return undefined;
  const config = bgpConfig(running);
  for (const {host: at, address} of view.fabric.sessions) {
    const name = at === host ? config.neighbor(address)?.routeMapIn : undefined;
    if (name !== undefined && config.denies(name)) return name;
  }
  return undefined;
}
