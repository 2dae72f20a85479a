/** BGP: daemons, sessions and what goes over them. */
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {configured, daemon} from './bgp-daemon.ts';
import {speaksGobgp} from './bgp-pairs.ts';
import {policy, reflectorClient, routerId, sends} from './bgp-exchange.ts';
import {addressFamily, as, neighbor, password, session, shutdown} from './bgp-session.ts';

/** Drops since bgpd started, and how new the session is: together they speak of one that does not last. */
const manyDrops = 10;
const youngMs = 120_000;

const stable: Check = {
  id: 'bgp.flapping',
  family: 'bgp',
  title: 'Established sessions last',
  explanation: `A session that has been lost ${manyDrops} times or more and has come up within the last two minutes comes and goes. Drops of long ago are history, and not reported.`,
  remedy: 'Look at the underlay (handshakes, loss, MTU: large updates that do not fit drop a session) and at the last reset reason on both sides.',
  origin: 'ANTA VerifyBGPPeerDropStats; NetQ check bgp 0',
  holdS: 0,
  run(view, out) {
    for (const one of view.fabric.sessions) {
      const {peer, host, peerHost, address} = one;
      if (one.expected !== 'expected' || one.verdict !== 'established' || !peer || speaksGobgp(view, host)) continue; // GoBGP counts no drops
      const subject = (): Subject => ({id: one.id, label: `session of ${host} with ${peerHost ?? address}`, hosts: peerHost === undefined ? [host] : [host, peerHost], rows: [{resource: 'bgp', id: one.id}]});
      if (one.stamp.staleAt <= view.now) out.unknown(subject(), [view.missing(host, 'frr.summary')], [node.bgpd(host)]);
      else if ((peer.timesDropped ?? 0) < manyDrops || (peer.uptimeMs ?? Infinity) >= youngMs) out.pass(subject);
      else {
        out.warn({
          subject: subject(),
          says: `the session of ${host} with ${peerHost ?? address} comes and goes: lost ${peer.timesDropped} times, up for ${Math.round((peer.uptimeMs ?? 0) / 1000)} s`,
          evidence: [{text: `${host}: last reset: ${one.neighbor?.lastResetReason ?? 'not known'}`, stamp: view.stamp(host, 'frr.summary')}],
          remedy: {text: `Look at the tunnel between ${host} and ${peerHost ?? address}: handshakes, loss, MTU.`},
          needs: peerHost === undefined ? [] : [node.session(host, peerHost)],
        });
      }
    }
  },
};

const unexpected: Check = {
  id: 'bgp.unexpected',
  family: 'bgp',
  title: 'Reflectors have no sessions but the expected ones',
  explanation: 'A listen range takes any neighbour of the right AS. An established session with an address that is no hypervisor of the inventory may be a forgotten host, or one that the inventory lacks: it announces routes and gets those of all. Two reflectors that peer with each other are normal; so is a fabric without reflectors, or one whose inventory was not read.',
  remedy: 'Add the host to the inventory, or see what it is (show bgp neighbors ADDRESS) and shut it down.',
  origin: 'ANTA VerifyBGPPeerCount; Apstra: unexpected',
  holdS: 0,
  run(view, out) {
    const extra = new Map<string, string[]>();
    for (const {host, expected, verdict, address, peerHost, stamp} of view.fabric.sessions) {
      if (expected !== 'unexpected' || verdict !== 'established' || stamp.staleAt <= view.now || !/^[\d.:a-f]+$/.test(address)) continue;
      if (peerHost !== undefined && view.host(peerHost)!.spec.roles.includes('reflector')) continue;
      extra.set(host, [...(extra.get(host) ?? []), peerHost === undefined ? address : `${address} (${peerHost})`]);
    }
    for (const host of view.hosts('reflector')) {
      const subject = (): Subject => ({id: host, label: `sessions of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]});
      const list = extra.get(host);
      if (!view.read(host, 'frr.summary')) out.unknown(subject(), [view.missing(host, 'frr.summary')], [node.bgpd(host), node.bgpConfig(host)]);
      else if (!list) out.pass(subject);
      else out.warn({subject: subject(), says: `${host} has ${list.length === 1 ? 'a session' : `${list.length} sessions`} that nobody expects: ${list.slice(0, 5).join(', ')}`, evidence: [{text: `${host}: established with ${list.slice(0, 5).join(', ')}; no hypervisor of the inventory`, stamp: view.stamp(host, 'frr.summary')}], remedy: {text: `Add ${list.length === 1 ? 'it' : 'them'} to the inventory, or find out what it is: show bgp neighbors ADDRESS on ${host}.`}});
    }
  },
};

export const bgpChecks: readonly Check[] = [daemon, configured, neighbor, as, password, shutdown, addressFamily, session, reflectorClient, routerId, policy, sends, stable, unexpected];
