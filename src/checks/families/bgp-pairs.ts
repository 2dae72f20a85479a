/** BGP sessions as pairs of hosts: both views of one session, and what the configurations of both say of it. */
import type {Session} from '../../model/fabric.ts';
import type {Evidence, Missing, Subject} from '../../model/finding.ts';
import type {View} from '../view.ts';
import {node} from '../node.ts';
import {bgpConfig, type BgpConfig, type NeighborConfig} from './bgp-config.ts';

/** One expected session; a < b. A side is undefined where that host has no view of it. */
export interface SessionPair {
  readonly a: string;
  readonly b: string;
  readonly ab: Session | undefined;
  readonly ba: Session | undefined;
}

/** GoBGP speaks on this host in FRR's place: FRR's configuration and daemons say nothing of it. */
export const speaksGobgp = (view: View, host: string): boolean => view.host(host)?.readings['gobgp.speaker']?.value !== undefined;

/** Hosts on which FRR is expected. */
export const speakers = (view: View): readonly string[] => view.hosts('reflector', 'vtep').filter((host) => !speaksGobgp(view, host));

const cache = new WeakMap<View, readonly SessionPair[]>();

/** Every expected session once. */
export function sessionPairs(view: View): readonly SessionPair[] {
  let made = cache.get(view);
  if (!made) {
    const byPair = new Map<string, {a: string; b: string; ab: Session | undefined; ba: Session | undefined}>();
    for (const session of view.fabric.sessions) {
      if (session.expected !== 'expected' || session.peerHost === undefined) continue;
      const forward = session.host < session.peerHost;
      const [a, b] = forward ? [session.host, session.peerHost] : [session.peerHost, session.host];
      const id = `${a}|${b}`;
      const pair = byPair.get(id) ?? {a, b, ab: undefined, ba: undefined};
      byPair.set(id, pair);
      // A host with two addresses may have two sessions: the better one counts.
      if (forward ? pair.ab?.verdict !== 'established' : pair.ba?.verdict !== 'established') pair[forward ? 'ab' : 'ba'] = session;
    }
    cache.set(view, (made = [...byPair.values()]));
  }
  return made;
}

/** A view of a session counts while the summary behind it is fresh. */
const fresh = (view: View, session: Session | undefined): session is Session =>
  session !== undefined && session.verdict !== 'unknown' && (session.verdict !== 'established' || session.stamp.staleAt > view.now);

/** Established as one side says it, and no side that was read says otherwise. */
export function established(view: View, {ab, ba}: SessionPair): boolean | undefined {
  const known = [ab, ba].filter((session) => fresh(view, session));
  return known.length === 0 ? undefined : known.every(({verdict}) => verdict === 'established');
}

export const pairSubject = ({a, b, ab, ba}: SessionPair): Subject => {
  const rows = [ab, ba].flatMap((session) => (session ? [{resource: 'bgp' as const, id: session.id}] : []));
  return {id: `${a}|${b}`, label: `BGP session between ${a} and ${b}`, hosts: [a, b], rows};
};

/** What a session rests on besides its own settings. */
export const restsOn = ({a, b}: SessionPair): readonly string[] =>
  [node.tunnel(a, b), ...[a, b].flatMap((host) => [node.bgpd(host), node.bgpConfig(host), node.underlay(host), node.filter(host), node.host(host)])];

/** One side's configuration for the other. */
export interface Side {
  readonly host: string;
  readonly other: string;
  readonly config: BgpConfig;
  readonly address: string; // of the other
  readonly neighbor: NeighborConfig | undefined; // undefined: nothing is configured for that address
}

const configOf = (view: View, host: string): BgpConfig | undefined => {
  const running = view.read(host, 'frr.running');
  return running && bgpConfig(running);
};

/** The address at which `host` is a neighbour: that of the session where there is one, else that of its underlay. */
function addressOf(view: View, host: string, session: Session | undefined): string | undefined {
  return session && session.address !== '' ? session.address : view.underlayAddress(host);
}

/** Undefined: the configuration, or the other's address, was not read. */
export function side(view: View, pair: SessionPair, host: string): Side | undefined {
  const other = host === pair.a ? pair.b : pair.a;
  const config = configOf(view, host);
  const address = addressOf(view, other, host === pair.a ? pair.ab : pair.ba);
  return config && address !== undefined ? {host, other, config, address, neighbor: config.neighbor(address)} : undefined;
}

/** What `side` lacks where it gives undefined: the host's configuration, or the other's address; and what either rests on. */
export function sideless(view: View, pair: SessionPair, host: string): {readonly missing: Missing; readonly needs: readonly string[]} {
  if (!view.read(host, 'frr.running')) return {missing: view.missing(host, 'frr.running'), needs: [node.bgpd(host), node.zebra(host), node.access(host)]};
  const other = host === pair.a ? pair.b : pair.a;
  const {underlay} = view.host(other)!.spec;
  const missing = view.read(other, 'ip.addresses') ? {source: other, probe: 'ip.addresses', why: `${underlay || 'the underlay'} has no address`} : view.missing(other, 'ip.addresses');
  return {missing, needs: [node.underlay(other), node.access(other)]};
}

/** What one view of a session says. */
export function words(view: View, session: Session | undefined): readonly Evidence[] {
  if (!session) return [];
  const {host, peer, neighbor, verdict, address, problem} = session;
  const reset = neighbor?.lastResetReason && !peer?.established ? `, last reset: ${neighbor.lastResetReason}` : '';
  const text =
    verdict === 'missing' ? `${host}: no neighbour ${address} in the summary (a dynamic one vanishes when it goes down)`
    : verdict === 'unknown' ? `${host}: not read${problem ? ` (${problem.detail})` : ''}`
    : problem && verdict === 'down' ? `${host}: ${problem.detail}`
    : `${host}: ${address} is ${peer?.state ?? verdict}${reset}`;
  return [{text, stamp: view.stamp(host, 'frr.summary')}];
}
