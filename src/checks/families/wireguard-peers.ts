/** What each end of a tunnel has configured for the other: a peer, with the other's key, that takes the other's address. */
import type {Evidence} from '../../model/finding.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import {covers, parseAddress, parsePrefix} from '../../trace/prefix.ts';
import type {View} from '../view.ts';
import {bgpIsWell, ends, othersThan, pairSubject, strangers, type End, type Pair, type Toward} from './wireguard-pairs.ts';

/** What a break of the tunnel breaks, and what explains that its configuration cannot be judged. */
const needsOf = ({a, b}: Pair): readonly string[] => [node.underlay(a.host), node.underlay(b.host)];

/** Hosts of which nothing is known are said once, not once for each of their pairs. */
export class Unread {
  private readonly hosts = new Set<string>();
  /** Whether an end of this pair was not read. */
  has({a, b}: Pair): boolean {
    if (a.read && b.read) return false;
    for (const {host, read} of [a, b]) if (!read) this.hosts.add(host);
    return true;
  }
  say(view: View, out: Out): void {
    for (const host of this.hosts) out.unknown({id: host, label: `tunnels of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]}, [view.missing(host, 'wg.interfaces')]);
  }
}

/** Said of a break that BGP does not show: with both sessions to the reflector up, nobody else reports it. */
export function silence(view: View, pair: Pair): readonly Evidence[] {
  return bgpIsWell(view, pair) ? [{text: `every BGP session of ${pair.a.host} and ${pair.b.host} is up: BGP goes over the reflector and does not see this; VXLAN between the two is lost`}] : [];
}
export const unseen = (view: View, pair: Pair): string => (bgpIsWell(view, pair) ? ', while every BGP session is up' : '');

/** Runs over the pairs that have been told of each other; `judge` says whether one end is at fault, or that it is well. */
function perPair(view: View, out: Out, judge: (at: Toward, pair: Pair) => ReturnType<typeof wrong> | undefined): void {
  const unread = new Unread();
  for (const pair of othersThan(view, out)) {
    if (unread.has(pair)) continue;
    if (!pair.a.wg || !pair.b.wg) continue; // no interface: wireguard.interface says so
    let at: ReturnType<typeof judge>;
    for (const one of pair.both) if ((at = judge(one, pair)) !== undefined) break;
    if (!at) out.pass(() => pairSubject(view, pair));
    else {
      out.fail({
        subject: pairSubject(view, pair),
        says: `${at.says}${unseen(view, pair)}`,
        evidence: [...at.evidence, ...silence(view, pair)],
        remedy: at.remedy,
        breaks: [node.tunnel(pair.a.host, pair.b.host)],
        needs: needsOf(pair),
      });
    }
  }
  unread.say(view, out);
}

const wrong = (view: View, {from}: Toward, says: string, text: string, advice: string, script: string | undefined) => ({
  says,
  evidence: [{text, stamp: view.stamp(from.host, 'wg.interfaces')}] as readonly Evidence[],
  remedy: {text: `${advice} Put it into the configuration of ${from.device} too.`, ...(script === undefined ? {} : {command: {host: from.host, script}})},
});

/** An endpoint at which the other end can be dialled, as far as it is known. */
const dial = ({wg, publicAddresses}: End): string => {
  const address = [...publicAddresses].find((one) => /^\d+(\.\d+){3}$/.test(one));
  return address === undefined || wg?.listenPort === undefined ? '' : ` endpoint ${address}:${wg.listenPort}`;
};

/** The peer that was meant for the other end, and has a key that is not the other's. */
const impostor = ({to, peer, carrier, exact}: Toward) => (peer === undefined && exact && carrier && carrier.peerHost === undefined && to.wg?.publicKey !== undefined ? carrier : undefined);

export const keys: Check = {
  id: 'wireguard.key',
  family: 'wireguard',
  title: 'Each peer has the public key that its host shows',
  explanation: 'A peer whose AllowedIPs name the underlay address of a host is meant for that host: its key must be the one that the host itself shows. WireGuard answers a wrong key with silence. The subject is the pair; peers that name no address of ours (an operator\'s laptop) are nobody\'s trouble.',
  remedy: 'Replace the peer: the key is part of its name, so the old one is removed and one with the right key is added.',
  origin: 'own; wg(8)',
  holdS: 0,
  run(view, out) {
    perPair(view, out, (at) => {
      const stray = impostor(at);
      if (!stray) return undefined;
      const key = at.to.wg!.publicKey!;
      const {keepaliveS, allowedIps: allowed, publicKey} = stray.peer;
      return wrong(
        view, at, `${at.from.host} has a wrong public key for ${at.to.host}`,
        `${at.from.host} expects key ${publicKey} for ${at.to.host} (${at.to.address}); ${at.to.host}'s own key is ${key}`,
        `Give ${at.from.host} the key that ${at.to.host} shows.`,
        `wg set ${at.from.device} peer ${publicKey} remove peer ${key}${stray.peer.endpoint ? ` endpoint ${stray.peer.endpoint}` : dial(at.to)} allowed-ips ${allowed.join(',')}${keepaliveS === undefined ? '' : ` persistent-keepalive ${keepaliveS}`}`,
      );
    });
  },
};

export const peers: Check = {
  id: 'wireguard.peer',
  family: 'wireguard',
  title: 'Hosts that need each other are peers at both ends',
  explanation: 'A hypervisor needs a tunnel to each reflector and to each hypervisor. Both ends must have a peer for the other: one that only one end knows does not come up. Two that both reach each other through a third peer, whose AllowedIPs cover a whole range, are well (hub and spoke).',
  remedy: 'Add the missing peer: key, endpoint, AllowedIPs.',
  origin: 'OpenNebula edge clusters: the underlay of the overlay',
  holdS: 0,
  run(view, out) {
    perPair(view, out, (at, pair) => {
      if (at.peer || impostor(at)) return undefined;
      // Neither has a peer, and a third carries the traffic.
      if (strangers(view, pair) && at.carrier) return undefined;
      if (at.to.wg?.publicKey === undefined) return undefined; // wireguard.own-key says so
      const known = at.to.address === undefined ? '' : ` allowed-ips ${at.to.address}/32`;
      return wrong(
        view, at, `${at.from.host} has no peer for ${at.to.host}`,
        `${at.from.device} of ${at.from.host} has ${at.from.wg?.peers.length ?? 0} peers, none with the key ${at.to.wg.publicKey} of ${at.to.host}${at.carrier ? `; its address goes to ${at.carrier.peerHost ?? `peer ${at.carrier.peer.publicKey}`}` : ''}`,
        `Add ${at.to.host} to the peers of ${at.from.host}.`,
        known === '' ? undefined : `wg set ${at.from.device} peer ${at.to.wg.publicKey}${dial(at.to)}${known} persistent-keepalive 25`,
      );
    });
  },
};

/** What a peer may carry besides: networks and addresses behind it, and its own other ones; no other host's, and no stray one of the underlay's network. */
function keeps(view: View, to: End, allowed: string, known: ReadonlyMap<string, End>): boolean {
  if (allowed === to.single || [...known.values()].some(({single}) => single === allowed)) return false;
  const addresses = view.read(to.host, 'ip.addresses') ?? [];
  const [ip = '', length] = allowed.split('/');
  if (length !== '32' || addresses.some((one) => one.ip === ip)) return true;
  const own = addresses.find((one) => one.ip === to.address);
  const [network, address] = [own && parsePrefix(`${own.ip}/${own.prefixLength}`), parseAddress(ip)];
  return network === undefined || address === undefined || !covers(network, address);
}

export const allowedIps: Check = {
  id: 'wireguard.allowed-ips',
  family: 'wireguard',
  title: 'The AllowedIPs of each peer take its underlay address',
  explanation: 'AllowedIPs decide which peer a packet goes to and what is accepted from it. Without the other host\'s underlay address there, handshakes go on and all traffic is dropped: the tunnel looks well. One address belongs to one peer of an interface: a second peer that claims it takes it away from the first. A wider range of another peer does no harm, the longest prefix wins.',
  remedy: 'wg set DEVICE peer KEY allowed-ips ADDRESS/32. It replaces the list, and takes the address away from any other peer.',
  origin: 'own; wg(8), cryptokey routing',
  holdS: 0,
  run(view, out) {
    const known = ends(view);
    perPair(view, out, (at) => {
      const {from, to, peer, carrier} = at;
      if (!peer || to.address === undefined || carrier === peer) return undefined;
      const has = peer.peer.allowedIps.join(', ') || 'nothing';
      const thief = carrier && at.exact ? (carrier.peerHost ?? `the peer ${carrier.peer.publicKey}`) : undefined;
      const others = peer.peer.allowedIps.filter((one) => keeps(view, to, one, known));
      return wrong(
        view, at,
        thief ? `${from.host} sends what is for ${to.host} to ${thief}: that peer claims ${to.address}` : `${from.host} does not allow ${to.address} to its peer ${to.host}`,
        `AllowedIPs on ${from.host} for ${to.host}: ${has}; expected ${to.single}${thief ? `, which the peer ${thief} has (${carrier!.peer.allowedIps.join(', ')})` : ''}`,
        `Give the address ${to.address} to the peer ${to.host}.`,
        `wg set ${from.device} peer ${peer.peer.publicKey} allowed-ips ${[to.single, ...others].join(',')}`,
      );
    });
  },
};
