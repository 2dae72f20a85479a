/** What a VNI is announced with: route targets that meet, distinguishers that differ, the address of the VTEP. */
import type {BgpVni} from '../../model/frr.ts';
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {byEvpn, vniSubject} from './evpn-view.ts';
import {isSecond} from './vxlan-view.ts';

interface Held {
  readonly host: string;
  readonly bgp: BgpVni;
}

/** Per VNI, what bgpd of each host has of it, while that is fresh. Layer-3 VNIs have targets of another kind. */
function* announced(view: View): Generator<{readonly vni: number; readonly held: readonly Held[]; readonly unread: readonly string[]}> {
  for (const segment of view.fabric.segments) {
    if (segment.vni === undefined || isSecond(segment)) continue;
    const held: Held[] = [];
    const unread: string[] = [];
    for (const on of segment.hosts) {
      if (!byEvpn(view, segment, on)) continue;
      if (!view.read(on.host, 'frr.bgp-vnis')) unread.push(on.host);
      else if (on.bgp?.type === 'L2') held.push({host: on.host, bgp: on.bgp});
    }
    yield {vni: segment.vni, held, unread};
  }
}

const bgpdOf = (host: string): readonly string[] => [node.bgpd(host), node.evpnConfig(host)];

/** "65000:2" of AS 65000; of an AS above 65535 its low 16 bits count. FRR takes in any AS's where the target is its own derived one. */
function derived(view: View, host: string, vni: number): string | undefined {
  const as = Number(view.read(host, 'frr.summary')?.as);
  return Number.isInteger(as) ? `${as & 0xffff}:${vni}` : undefined;
}

const imports = (view: View, {host, bgp}: Held, vni: number, target: string): boolean =>
  bgp.importRts.some((rt) => rt === target || (rt === derived(view, host, vni) && target.endsWith(`:${vni}`)));

export const targets: Check = {
  id: 'evpn.route-targets',
  family: 'evpn',
  title: 'All hosts of a VNI import what the others export',
  explanation: 'A route is taken into a VNI when one of its route targets is imported there. Left alone, FRR derives AS:VNI on every host, and takes any AS for its own derived one. A host with targets of its own is alone in its network. Where it is one against one, the derived target counts as the right one.',
  remedy: 'Take the route-target lines from the VNI (no route-target both RT), or give all hosts the same.',
  origin: 'RFC 8365 section 5.1.2.1; NetQ check evpn 3',
  holdS: 0,
  run(view, out) {
    for (const {vni, held, unread} of announced(view)) {
      for (const host of unread) out.unknown(vniSubject(host, vni), [view.missing(host, 'frr.bgp-vnis')], bgpdOf(host));
      const count = new Map<string, number>();
      for (const {bgp: {exportRts}} of held) for (const rt of exportRts) count.set(rt, (count.get(rt) ?? 0) + 1);
      const common = [...count].sort(([x, n], [y, m]) => m - n || Number(held.some(({host}) => derived(view, host, vni) === y)) - Number(held.some(({host}) => derived(view, host, vni) === x)))[0]?.[0];
      const model = held.find(({bgp}) => common !== undefined && bgp.exportRts.includes(common));
      for (const one of held) {
        const {host, bgp} = one;
        const takes = common === undefined || one === model || imports(view, one, vni, common);
        const gives = !model || one === model || bgp.exportRts.some((rt) => imports(view, model, vni, rt));
        if (takes && gives) out.pass(() => vniSubject(host, vni));
        else if (bgp.truncatedRts) out.unknown(vniSubject(host, vni), [{source: host, probe: 'frr.bgp-vnis', why: 'this FRR shortens the list of route targets'}]);
        else {
          out.fail({
            subject: vniSubject(host, vni),
            says: `VNI ${vni} on ${host} ${[...(takes ? [] : ['imports nothing of the other hosts']), ...(gives ? [] : ['exports what they do not import'])].join(' and ')}`,
            evidence: [
              {text: `${host}: import ${bgp.importRts.join(' ') || 'nothing'}, export ${bgp.exportRts.join(' ') || 'nothing'}`, stamp: view.stamp(host, 'frr.bgp-vnis')},
              {text: `${model!.host}: import ${model!.bgp.importRts.join(' ')}, export ${model!.bgp.exportRts.join(' ')}`, stamp: view.stamp(model!.host, 'frr.bgp-vnis')},
            ],
            remedy: {text: `Take the route-target lines of VNI ${vni} from ${host}, in the configuration file as well: FRR then derives ${derived(view, host, vni) ?? 'AS:VNI'}.`},
            breaks: [node.vni(host, vni)],
            needs: bgpdOf(host),
          });
        }
      }
    }
  },
};

export const distinguishers: Check = {
  id: 'evpn.rd',
  family: 'evpn',
  title: 'No two hosts use the same route distinguisher',
  explanation: 'Routes with one distinguisher and one prefix are one route to BGP: of two hosts, one hides the other\'s. FRR derives ROUTER-ID:INDEX, so equal router-ids are the usual cause. The subject is the distinguisher; the index is no VNI, and may differ between hosts.',
  remedy: 'Give each host its own router-id, or take the rd line from the VNI.',
  origin: 'RFC 7432 section 7.9; RFC 4364 section 4.2',
  holdS: 0,
  run(view, out) {
    const owners = new Map<string, Held[]>();
    const silent = new Set<string>();
    for (const {held, unread} of announced(view)) {
      for (const host of unread) silent.add(host);
      for (const one of held) {
        const list = owners.get(one.bgp.rd);
        if (list) list.push(one);
        else owners.set(one.bgp.rd, [one]);
      }
    }
    for (const host of silent) out.unknown({id: host, label: `route distinguishers of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]}, [view.missing(host, 'frr.bgp-vnis')], bgpdOf(host));
    for (const [rd, list] of owners) {
      const subject = (): Subject => ({id: rd, label: `route distinguisher ${rd}`, hosts: [...new Set(list.map(({host}) => host))], rows: list.map(({host, bgp}) => ({resource: 'vnis', id: `${host}/${bgp.vni}`}))});
      if (list.length === 1) out.pass(subject);
      else {
        out.fail({
          subject: subject(),
          says: `${list.map(({host, bgp}) => `VNI ${bgp.vni} on ${host}`).join(' and ')} have the same route distinguisher ${rd}`,
          evidence: list.map(({host, bgp}) => ({text: `${host}: VNI ${bgp.vni} rd ${rd}`, stamp: view.stamp(host, 'frr.bgp-vnis')})),
          remedy: {text: 'Give each of these hosts a router-id of its own, or take the rd line from the VNI.'},
          breaks: list.map(({host, bgp}) => node.vni(host, bgp.vni)),
          needs: list.flatMap(({host}) => bgpdOf(host)),
        });
      }
    }
  },
};

export const originator: Check = {
  id: 'evpn.originator',
  family: 'evpn',
  title: 'Each VNI is announced with the underlay address of its host',
  explanation: 'The multicast route of a VNI names the VTEP to send to. It must be the address of the underlay device: with another one (the public address, say) the others send outside the tunnels. FRR takes it from the local address of the VXLAN device.',
  remedy: 'Make the VXLAN device with the underlay address as its local one.',
  origin: 'RFC 8365 section 9; suzieq evpnVni',
  holdS: 10,
  run(view, out) {
    for (const {vni, held, unread} of announced(view)) {
      for (const host of unread) out.unknown(vniSubject(host, vni), [view.missing(host, 'frr.bgp-vnis')], bgpdOf(host));
      for (const {host, bgp} of held) {
        const wanted = view.underlayAddress(host);
        const at = bgp.originator;
        if (wanted === undefined && view.read(host, 'ip.addresses')) out.unknown(vniSubject(host, vni), [{source: host, probe: 'ip.addresses', why: view.underlay(host) === undefined ? 'which device the underlay is cannot be told: evpn_if in the inventory says it, or underlay in the context' : 'the underlay has no address'}], [node.underlay(host)]);
        else if (wanted === undefined || at === undefined) out.unknown(vniSubject(host, vni), [wanted === undefined ? view.missing(host, 'ip.addresses') : {source: host, probe: 'frr.bgp-vnis', why: 'it does not say the originator'}]);
        else if (at === wanted || at === '0.0.0.0') out.pass(() => vniSubject(host, vni)); // 0.0.0.0: made with `dev`, zebra has not said it
        else {
          out.fail({
            subject: vniSubject(host, vni),
            says: `${host} announces VNI ${vni} as VTEP ${at}, its underlay address is ${wanted}`,
            evidence: [{text: `bgpd on ${host}: VNI ${vni}, originator ${at}`, stamp: view.stamp(host, 'frr.bgp-vnis')}],
            remedy: {text: `Make the VXLAN device of VNI ${vni} on ${host} with local ${wanted}.`},
            breaks: [node.vni(host, vni)],
            needs: [node.device(host, vni), node.underlay(host)],
          });
        }
      }
    }
  },
};
