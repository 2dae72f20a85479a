/** Whether tunnels live: handshakes, and whether anybody can dial where they do not. */
import type {Tunnel} from '../../model/fabric.ts';
import type {Evidence} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {expectedSession, lives, othersThan, pairSubject, type End, type Pair, type Toward} from './wireguard-pairs.ts';
import {silence, Unread, unseen} from './wireguard-peers.ts';

/** Somebody wants to talk: keepalive, attempts that were sent (a handshake never completed), or a BGP session. */
function wanted(view: View, {a, b}: Pair, tunnels: readonly Tunnel[]): boolean {
  if (tunnels.some(({peer, handshakeAgeS}) => peer.keepaliveS !== undefined || (handshakeAgeS === undefined && peer.txBytes > 0))) return true;
  // An established session proves life (its keepalives went through); one that is down is dialled again and again.
  const session = expectedSession(view, a.host, b.host);
  return session !== undefined && session !== 'established';
}

const tunnelsOf = (both: readonly Toward[]): readonly Tunnel[] => both.flatMap(({peer}) => peer ?? []);

/** The common case, without making anything: one end has a live handshake. */
function proven(both: readonly Toward[]): boolean {
  for (const {peer} of both) if (peer !== undefined && lives(peer)) return true;
  return false;
}
const mutual = (both: readonly Toward[]): boolean => both.length < 2 || (both[0]?.peer !== undefined && both[1]?.peer !== undefined);

const ageText = ({handshakeAgeS}: Tunnel): string => (handshakeAgeS === undefined ? 'never' : `${Math.round(handshakeAgeS)} s ago`);
const handshakeEvidence = (view: View, tunnels: readonly Tunnel[]): readonly Evidence[] =>
  tunnels.map((one) => ({
    text: `${one.host}: last handshake with ${one.peerHost} ${ageText(one)}, received ${one.peer.rxBytes}, sent ${one.peer.txBytes} bytes, keepalive ${one.peer.keepaliveS === undefined ? 'off' : `${one.peer.keepaliveS} s`}, endpoint ${one.peer.endpoint ?? '(none)'}`,
    stamp: view.stamp(one.host, 'wg.interfaces'),
  }));

/** What a tunnel that is configured at both ends still rests on. */
const needsOf = ({a, b}: Pair): readonly string[] => [a, b].flatMap(({host}) => [node.underlay(host), node.filter(host), node.host(host)]);

export const handshakes: Check = {
  id: 'wireguard.handshake',
  family: 'wireguard',
  title: 'Tunnels that are used have a handshake of the last three minutes',
  explanation:
    'While there is traffic or keepalive, the ends shake hands every two minutes; after three the keys are dropped and nothing passes. The subject is the pair, and one end\'s fresh handshake proves it. An old handshake without keepalive, without traffic that is wanted and without a BGP session that is down is an idle tunnel: normal.',
  remedy: 'See that UDP to the listen port passes in both directions (firewall, security group), that one end can dial the other, and that both have each other\'s key.',
  origin: 'WireGuard, section 6 (REKEY_AFTER_TIME 120 s, REJECT_AFTER_TIME 180 s)',
  holdS: 30,
  run(view, out) {
    const unread = new Unread();
    for (const pair of othersThan(view, out)) {
      if (proven(pair.both)) {
        out.pass(() => pairSubject(view, pair));
        continue;
      }
      const tunnels = tunnelsOf(pair.both);
      // One end that was read can tell, if it knows the other's key.
      if (tunnels.length === 0 && unread.has(pair)) continue;
      if (tunnels.length === 0) continue; // not configured: wireguard.peer, wireguard.key
      if (!wanted(view, pair, tunnels)) out.pass(() => pairSubject(view, pair));
      else {
        const {a, b} = pair;
        const never = tunnels.every(({handshakeAgeS}) => handshakeAgeS === undefined);
        out.fail({
          subject: pairSubject(view, pair),
          says: `${a.host} and ${b.host} ${never ? 'have never shaken hands' : `have not shaken hands for ${Math.round(Math.min(...tunnels.map(({handshakeAgeS}) => handshakeAgeS ?? Infinity)))} s`}${unseen(view, pair)}`,
          evidence: [...handshakeEvidence(view, tunnels), ...oneWay(tunnels), ...silence(view, pair)],
          remedy: {text: `See that UDP ${[a, b].map(({wg, host}) => `${wg?.listenPort ?? '(port not read)'} into ${host}`).join(' and ')} passes: firewall of the host, security group of the provider, NAT.`},
          breaks: [node.tunnel(a.host, b.host)],
          needs: [...needsOf(pair), node.tunnel(a.host, b.host)],
        });
      }
    }
    unread.say(view, out);
  },
};

/** Bytes that grow at one end only: the way back is lost. From one reading: one has sent and never received. */
function oneWay(tunnels: readonly Tunnel[]): readonly Evidence[] {
  return tunnels.filter(({peer}) => peer.txBytes > 0 && peer.rxBytes === 0).map(({host, peerHost}) => ({text: `${host} has sent and has never received anything: what ${peerHost} answers, if it does, does not arrive`}));
}

const split = (endpoint: string): {readonly address: string; readonly port: number} => {
  const at = endpoint.lastIndexOf(':');
  return {address: endpoint.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(at + 1))};
};

/** Why `from` cannot dial `to` at the endpoint that it has; undefined: it may. */
function undialable({from, to, peer}: Toward): string | undefined {
  const endpoint = peer?.peer.endpoint;
  if (endpoint === undefined) return `${from.host} has no endpoint for ${to.host}`;
  const {address, port} = split(endpoint);
  if (!to.publicAddresses.has(address)) return `${from.host} dials ${to.host} at ${endpoint}; its known addresses are ${[...to.publicAddresses].join(', ')}`;
  if (to.wg?.listenPort !== undefined && port !== to.wg.listenPort) return `${from.host} dials ${to.host} at port ${port}; it listens on ${to.wg.listenPort}`;
  return undefined;
}

const endpointOf = ({wg, publicAddresses}: End): string | undefined => {
  const address = [...publicAddresses].find((one) => /^\d+(\.\d+){3}$/.test(one));
  return address === undefined || wg?.listenPort === undefined ? undefined : `${address}:${wg.listenPort}`;
};

export const endpoints: Check = {
  id: 'wireguard.endpoint',
  family: 'wireguard',
  title: 'Of each two ends without a live handshake, one can dial the other',
  explanation:
    'An endpoint must be an address and the listen port of the other host. It is looked at only where there is no live handshake: behind NAT the endpoint that works is one that no host shows, and a peer without an endpoint learns it when it is dialled. One end that can dial is enough.',
  remedy: 'Set the endpoint at one end at least: wg set DEVICE peer KEY endpoint ADDRESS:PORT.',
  origin: 'own; wg(8)',
  holdS: 10,
  run(view, out) {
    const unread = new Unread();
    for (const pair of othersThan(view, out)) {
      const {both} = pair;
      if (proven(both)) {
        if (mutual(both)) out.pass(() => pairSubject(view, pair));
        continue;
      }
      const tunnels = tunnelsOf(both);
      if (unread.has(pair)) continue;
      if (both.length === 2 && tunnels.length < 2) continue; // not peers of each other: wireguard.peer, wireguard.key
      const why = !wanted(view, pair, tunnels) ? [] : both.flatMap((at) => undialable(at) ?? []);
      if (why.length < both.length || why.length === 0) out.pass(() => pairSubject(view, pair));
      else {
        // The end that has an endpoint, and a wrong one, is the one to repair.
        const at = both.find(({peer}) => peer?.peer.endpoint !== undefined) ?? both[0]!;
        const right = endpointOf(at.to);
        out.fail({
          subject: pairSubject(view, pair),
          says: `neither of ${pair.a.host} and ${pair.b.host} can dial the other${unseen(view, pair)}`,
          evidence: [...why.map((text, i) => ({text, stamp: view.stamp(both[i]!.from.host, 'wg.interfaces')})), ...handshakeEvidence(view, tunnels), ...silence(view, pair)],
          remedy: {
            text: `Set the endpoint of ${at.to.host} on ${at.from.host}${right ? ` to ${right}` : ''}, now and in the configuration of ${at.from.device}.`,
            ...(right && at.peer ? {command: {host: at.from.host, script: `wg set ${at.from.device} peer ${at.peer.peer.publicKey} endpoint ${right}`}} : {}),
          },
          breaks: [node.tunnel(pair.a.host, pair.b.host)],
          needs: [pair.a, pair.b].flatMap(({host}) => [node.underlay(host), node.host(host)]),
        });
      }
    }
    unread.say(view, out);
  },
};
