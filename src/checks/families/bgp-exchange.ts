/** What goes over established sessions: reflection, policies, who sends and learns nothing; and what should be unique. */
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {vnisOf} from './evpn-view.ts';
import {established, restsOn, sessionPairs, side, sideless, speakers, speaksGobgp, type SessionPair} from './bgp-pairs.ts';

const hostSubject = (host: string, label: string): Subject => ({id: host, label, hosts: [host], rows: [{resource: 'hosts', id: host}]});
const directed = (from: string, to: string, {ab, ba, a}: SessionPair): Subject => {
  const row = (a === from ? ab : ba) ?? ab ?? ba;
  return {id: `${from}>${to}`, label: `routes from ${from} to ${to}`, hosts: [from, to], rows: row ? [{resource: 'bgp', id: row.id}] : []};
};
const others = (view: View, host: string): readonly string[] => view.hosts('vtep', 'reflector').filter((other) => other !== host);
/** That what `host` announces is learned by anybody; that it learns anything. */
const announces = (view: View, host: string): readonly string[] => others(view, host).map((to) => node.exchange(host, to));
const learns = (view: View, host: string): readonly string[] => others(view, host).map((from) => node.exchange(from, host));

export const reflectorClient: Check = {
  id: 'bgp.reflector-client',
  family: 'bgp',
  title: 'On each reflector the hypervisors are route-reflector clients',
  explanation: 'In one AS, what a speaker has learned from one internal neighbour it does not tell another, unless that is its route-reflector client. Without it, sessions are up and every hypervisor knows only its own routes. Sessions between two ASs, and between two reflectors, need none.',
  remedy: 'address-family l2vpn evpn; neighbor fabric route-reflector-client.',
  origin: 'RFC 4456; NetQ check evpn 3',
  holdS: 0,
  run(view, out) {
    for (const host of view.hosts('reflector').filter((name) => !speaksGobgp(view, name))) {
      const subject = (): Subject => hostSubject(host, `reflection by ${host}`);
      const neighbors = view.read(host, 'frr.neighbors');
      if (!neighbors) {
        out.unknown(subject(), [view.missing(host, 'frr.neighbors')], [node.bgpd(host), node.bgpConfig(host)]);
        continue;
      }
      const hypervisors = view.hosts('vtep').filter((name) => name !== host).length;
      const not = neighbors.filter((one) => {
        const name = view.fabric.hostByAddress.get(one.address);
        const roles = name === undefined ? undefined : view.host(name)?.spec.roles;
        return hypervisors > 1 && roles?.includes('vtep') && !roles.includes('reflector') && one.remoteAs === one.localAs && one.evpnActivated === true && one.reflectorClient === false;
      });
      if (not.length === 0) out.pass(subject);
      else {
        const names = not.map(({address}) => view.fabric.hostByAddress.get(address) ?? address);
        const running = view.read(host, 'frr.running');
        const group = running?.neighbors.find((name) => !/^[\d.:]+$/.test(name));
        out.fail({
          subject: subject(),
          says: `${names.length > 3 ? `${names.length} hypervisors are` : `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'}`} no route-reflector client of ${host}: they learn nothing of each other`,
          evidence: not.slice(0, 4).map(({address, localAs}) => ({text: `${host}: neighbour ${address} in the same AS ${localAs ?? ''}, not a route-reflector client`, stamp: view.stamp(host, 'frr.neighbors')})),
          remedy: {text: `Make them clients on ${host}, in the configuration file as well.`, ...(group && running?.as ? {command: {host, script: `vtysh -c 'configure terminal' -c 'router bgp ${running.as}' -c 'address-family l2vpn evpn' -c 'neighbor ${group} route-reflector-client'`}} : {})},
          breaks: [node.evpnConfig(host)],
          needs: [node.bgpd(host)],
        });
      }
    }
  },
};

export const policy: Check = {
  id: 'bgp.policy',
  family: 'bgp',
  title: 'No route-map of an expected session denies everything',
  explanation: 'A route-map that has no permit entry, or that does not exist, denies every route. The session stays up and nothing is told in that direction. A map that denies some routes is not judged here.',
  remedy: 'Take the route-map from the neighbour, or give it a permit entry; then clear bgp l2vpn evpn ADDRESS soft.',
  origin: 'ANTA VerifyBGPPeerRouteMaps; FRR user guide, route maps',
  holdS: 0,
  run(view, out) {
    for (const pair of sessionPairs(view)) {
      for (const [host, other] of [[pair.a, pair.b], [pair.b, pair.a]] as const) {
        if (speaksGobgp(view, host)) continue;
        const subject = (): Subject => ({...directed(host, other, pair), label: `policy of ${host} for ${other}`});
        const mine = side(view, pair, host);
        if (!mine) {
          const {missing, needs} = sideless(view, pair, host);
          out.unknown(subject(), [missing], needs);
          continue;
        }
        const at = (['out', 'in'] as const).flatMap((direction) => {
          const name = direction === 'out' ? mine.neighbor?.routeMapOut : mine.neighbor?.routeMapIn;
          return name !== undefined && mine.config.deniesAll(name) ? [{direction, name}] : [];
        })[0];
        if (!at) out.pass(subject);
        else {
          const where = mine.neighbor?.group ?? mine.address;
          const outward = at.direction === 'out';
          out.fail({
            subject: subject(),
            says: `route-map ${at.name} on ${host} denies every route ${outward ? 'to' : 'from'} ${other}`,
            evidence: [{text: `${host}: neighbor ${where} route-map ${at.name} ${at.direction}; the map has no permit entry`, stamp: view.stamp(host, 'frr.running')}],
            remedy: {text: `Take the route-map from ${host}, in the configuration file as well, unless ${host} is kept apart on purpose.`, command: {host, script: `vtysh -c 'configure terminal' -c 'router bgp ${mine.config.as ?? ''}' -c 'address-family l2vpn evpn' -c 'no neighbor ${where} route-map ${at.name} ${at.direction}'`}},
            // A reflector's policy towards one of its neighbours is that neighbour's loss.
            breaks: view.host(host)!.spec.roles.includes('vtep') ? (outward ? announces(view, host) : learns(view, host)) : outward ? learns(view, other) : announces(view, other),
            needs: [node.bgpConfig(host)],
          });
        }
      }
    }
  },
};

/** Hypervisors that have something to tell: bgpd has at least one VNI that the kernel has. */
const hasVnis = (view: View, host: string): boolean | undefined => view.read(host, 'frr.bgp-vnis')?.vnis.some(({inKernel}) => inKernel !== false);

/** What a neighbour of a reflector has told it is news to a hypervisor: from another reflector its own routes come back as well. */
function tells(view: View, neighbor: string | undefined, host: string): boolean {
  if (neighbor === host) return false;
  const roles = neighbor === undefined ? undefined : view.host(neighbor)?.spec.roles;
  if (!roles?.includes('reflector') || roles.includes('vtep')) return true;
  return view.fabric.sessions.some((one) => one.peerHost === neighbor && one.host !== host && one.verdict === 'established' && view.host(one.host)?.spec.roles.includes('vtep') && hasVnis(view, one.host));
}

export const sends: Check = {
  id: 'bgp.announcements',
  family: 'bgp',
  title: 'A hypervisor with VNIs announces routes, and learns those of the others',
  explanation: 'Over each established session a hypervisor that has VNIs sends at least its multicast routes, and receives what the other hypervisors have announced to that reflector. Nothing at all in one direction speaks of a policy, of missing advertise-all-vni, of reflection that is off, or of router-ids that collide. A hypervisor without VNIs has nothing to say: normal.',
  remedy: 'Look for policies, advertise-all-vni, route-reflector-client and equal router-ids; then clear bgp l2vpn evpn ADDRESS soft.',
  origin: 'NetQ check evpn 3; ANTA VerifyBGPExchangedRoutes',
  holdS: 10,
  run(view, out) {
    for (const pair of sessionPairs(view)) {
      const up = established(view, pair);
      if (up === false) continue; // bgp.session says so
      for (const [host, other] of [[pair.a, pair.b], [pair.b, pair.a]] as const) {
        // The views of the hypervisor: a reflector counts what it gives back too.
        if (!view.host(host)!.spec.roles.includes('vtep') || !view.host(other)!.spec.roles.includes('reflector') || speaksGobgp(view, host)) continue;
        const mine = host === pair.a ? pair.ab : pair.ba;
        const subject = (): Subject => ({...directed(host, other, pair), label: `routes between ${host} and ${other}`});
        const vnis = hasVnis(view, host);
        const summary = view.read(other, 'frr.summary');
        if (up === undefined || !mine?.peer || !view.read(host, 'frr.summary') || vnis === undefined || !summary) {
          out.unknown(subject(), [...(vnis === undefined ? [view.missing(host, 'frr.bgp-vnis')] : []), ...[host, other].flatMap((name) => (view.read(name, 'frr.summary') ? [] : [view.missing(name, 'frr.summary')]))], restsOn(pair));
          continue;
        }
        const mute = vnis && mine.peer.prefixesSent === 0;
        const toLearn = mine.peer.prefixesReceived === 0 ? summary.peers.filter((one) => (one.prefixesReceived ?? 0) > 0 && tells(view, view.fabric.hostByAddress.get(one.address), host)) : [];
        const deaf = toLearn.length > 0;
        if (!mute && !deaf) out.pass(subject);
        else {
          const from = toLearn.flatMap(({address}) => view.fabric.hostByAddress.get(address) ?? []);
          out.fail({
            subject: subject(),
            says: [...(mute ? [`${host} announces nothing to ${other}`] : []), ...(deaf ? [`${host} learns nothing from ${other}`] : [])].join(', and '),
            evidence: [
              {text: `${host}: ${mine.peer.prefixesSent ?? '?'} routes sent to ${other}, ${mine.peer.prefixesReceived ?? '?'} received`, stamp: view.stamp(host, 'frr.summary')},
              ...(mute ? [{text: `bgpd on ${host}: ${vnisOf(view.read(host, 'frr.bgp-vnis')?.vnis.filter(({inKernel}) => inKernel !== false) ?? [])}`, stamp: view.stamp(host, 'frr.bgp-vnis')}] : []),
              ...(deaf ? [{text: `${other} has routes of ${from.slice(0, 6).join(', ') || toLearn.map(({address}) => address).slice(0, 6).join(', ')}`, stamp: view.stamp(other, 'frr.summary')}] : []),
            ],
            remedy: {text: `Look at policies, route-reflector-client and router-ids of ${host} and ${other}; then have the routes sent again.`, command: {host, script: `vtysh -c 'clear bgp l2vpn evpn ${mine.address} soft'`}},
            breaks: [...(mute ? announces(view, host) : []), ...(deaf ? from.map((name) => node.exchange(name, host)) : [])],
            needs: [...(mute ? announces(view, host) : []), ...(deaf ? from.map((name) => node.exchange(name, host)) : []), ...restsOn(pair)],
          });
        }
      }
    }
  },
};

export const routerId: Check = {
  id: 'bgp.router-id',
  family: 'bgp',
  title: 'No two speakers have the same router-id',
  explanation: 'FRR makes route distinguishers from the router-id: two hosts with one id announce different things under one name, and a reflector\'s client drops routes that carry its own id as originator. The subject is the router-id.',
  remedy: 'bgp router-id ADDRESS, with the host\'s own underlay address; then restart bgpd.',
  origin: 'NetQ check bgp 2: router ID conflict; RFC 6286; RFC 4456 section 8',
  holdS: 0,
  run(view, out) {
    const owners = new Map<string, string[]>();
    for (const host of speakers(view)) {
      const summary = view.read(host, 'frr.summary');
      // Without a neighbour of EVPN bgpd's summary is empty.
      const id = summary?.routerId || view.read(host, 'frr.running')?.routerId || undefined;
      if (id === undefined) out.unknown(hostSubject(host, `router-id of ${host}`), [summary ? {source: host, probe: 'frr.summary', why: 'bgpd has no neighbour for EVPN, and says no router-id'} : view.missing(host, 'frr.summary')], [node.bgpd(host), node.bgpConfig(host)]);
      else if (owners.has(id)) owners.get(id)!.push(host);
      else owners.set(id, [host]);
    }
    for (const [id, hosts] of owners) {
      const subject = (): Subject => ({id, label: `router-id ${id}`, hosts, rows: hosts.map((host) => ({resource: 'hosts', id: host}))});
      if (hosts.length === 1) out.pass(subject);
      else {
        const wrong = hosts.filter((host) => view.underlayAddress(host) !== id);
        const [first] = wrong;
        const own = first === undefined ? undefined : view.underlayAddress(first);
        out.fail({
          subject: subject(),
          says: `${hosts.join(' and ')} have the same router-id ${id}${wrong.length > 0 && wrong.length < hosts.length ? `: it is wrong on ${wrong.join(', ')}` : ''}`,
          evidence: hosts.map((host) => ({text: `${host}: router-id ${id}, underlay address ${view.underlayAddress(host) ?? 'not read'}`, stamp: view.stamp(host, 'frr.summary')})),
          remedy: {
            text: `Give ${wrong.join(', ') || 'all but one'} a router-id of its own, in the configuration file as well.`,
            ...(first !== undefined && own !== undefined ? {command: {host: first, script: `vtysh -c 'configure terminal' -c 'router bgp ${view.read(first, 'frr.summary')?.as ?? ''}' -c 'bgp router-id ${own}'`}} : {}),
          },
          // Between two that have one id no session comes about either (RFC 4271 section 6.2).
          breaks: [...hosts.map((host) => node.evpnConfig(host)), ...hosts.flatMap((host, i) => hosts.slice(i + 1).map((other) => node.session(host, other)))],
          needs: hosts.map((host) => node.bgpd(host)),
        });
      }
    }
  },
};
