/** What the fabric needs to come in at a host, and what its firewall does to each of it. */
import type {Firewall, WgPeer} from '../../model/network.ts';
import type {Missing} from '../../model/finding.ts';
import type {Session} from '../../model/fabric.ts';
import {findHost} from '../../fabric/assemble/addresses.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {addressIn, type Packet} from './firewall-packet.ts';
import {distinctPorts, isOpen, looksAtSource, verdictOf, type Verdict} from './firewall-walk.ts';

export type Service = 'wireguard' | 'bgp' | 'vxlan' | 'migration';

/** What becomes of one service at one host. undefined in `assess`: the host does not need it. */
export interface Assessed {
  readonly outcome: 'pass' | 'fail' | 'warn' | 'unknown';
  readonly what: string; // "UDP 51820 (WireGuard)"
  readonly effect: string; // of a refusal, in words
  readonly verdict: Verdict | undefined; // the one that refuses
  readonly breaks: readonly string[];
  readonly missing: readonly Missing[];
}

/** Made once per pass. */
interface Context {
  readonly sessions: ReadonlyMap<string, readonly Session[]>;
  readonly passive: ReadonlySet<string>; // "reflector>kvm2": that end only listens
  readonly addresses: ReadonlyMap<string, string>; // host → how other hypervisors call it
  readonly hypervisors: readonly string[];
  readonly owners: () => ReadonlyMap<WgPeer, string>; // a peer as a host has it → the host that has its key
  readonly found: Map<string, Assessed | undefined>;
}
const contexts = new WeakMap<View, Context>();

function contextOf(view: View): Context {
  let context = contexts.get(view);
  if (!context) {
    const sessions = new Map<string, Session[]>();
    const passive = new Set<string>();
    for (const session of view.fabric.sessions) {
      const its = sessions.get(session.host);
      if (its) its.push(session);
      else sessions.set(session.host, [session]);
      if (session.peer?.dynamic && session.peerHost) passive.add(`${session.host}>${session.peerHost}`);
    }
    const addresses = new Map<string, string>();
    const specs = [...view.fabric.hosts.values()];
    for (const {name} of view.cloud('one.hosts') ?? []) {
      const host = findHost(name, specs, view.fabric.hostByAddress);
      if (host) addresses.set(host, name);
    }
    for (const {spec} of specs) if (!addresses.has(spec.name)) addresses.set(spec.name, spec.ssh.host);
    let owners: ReadonlyMap<WgPeer, string> | undefined;
    const ownersOf = (): ReadonlyMap<WgPeer, string> => (owners ??= new Map(view.fabric.tunnels.flatMap(({peer, peerHost}) => (peerHost ? [[peer, peerHost] as const] : []))));
    context = {owners: ownersOf, sessions, passive, addresses, hypervisors: view.hosts('vtep'), found: new Map()};
    contexts.set(view, context);
  }
  return context;
}

/** The firewall was read before this is asked. */
export function assess(view: View, host: string, service: Service, firewall: Firewall): Assessed | undefined {
  const {found} = contextOf(view);
  const key = `${service} ${host}`;
  if (!found.has(key)) found.set(key, assessors[service](view, host, firewall));
  return found.get(key);
}

const pass: Assessed = {outcome: 'pass', what: '', effect: '', verdict: undefined, breaks: [], missing: []};
const cannotTell = (what: string, missing: readonly Missing[]): Assessed => ({outcome: 'unknown', what, effect: '', verdict: undefined, breaks: [], missing});
const unclear = (host: string, what: string, {why}: Verdict): Assessed => cannotTell(what, [{source: host, probe: 'nf.firewall', why: `whether ${what} is let in depends on what cannot be told from outside: ${why ?? '?'}`}]);

/**
 * The device that traffic from elsewhere comes in on: the one with the address that the host goes by (no loopback one:
 * that is a forwarded port), else the one whose network the sender is in, else that of the default route.
 */
function publicDevice(view: View, host: string, address: string | undefined, sender: string | undefined): string | undefined {
  const named = namedDevice(view, host, address);
  if (named !== undefined) return named;
  const near = isV4(sender) ? view.read(host, 'ip.addresses')?.find(({scope, family, ip, prefixLength}) => scope === 'global' && family === 'inet' && addressIn(`${ip}/${prefixLength}`)(sender) === 'yes') : undefined;
  return near?.device ?? view.read(host, 'ip.routes')?.find(({destination, gateway}) => destination === 'default' && gateway?.includes(':') !== true)?.device;
}
const namedDevice = (view: View, host: string, address: string | undefined): string | undefined =>
  view.read(host, 'ip.addresses')?.find(({scope, family, ip}) => ip === address && scope === 'global' && family === 'inet')?.device;
const isV4 = (address: string | undefined): address is string => address !== undefined && /^\d+(\.\d+){3}$/.test(address);

const assessors: Readonly<Record<Service, (view: View, host: string, firewall: Firewall) => Assessed | undefined>> = {
  wireguard(view, host, firewall) {
    const interfaces = view.read(host, 'wg.interfaces');
    const {underlay, ssh} = view.host(host)!.spec;
    if (!interfaces) {
      if (view.problem(host, 'wg.interfaces')?.kind === 'not-installed') return undefined;
      return isOpen(firewall, 'INPUT') ? pass : cannotTell('WireGuard', [view.missing(host, 'wg.interfaces')]);
    }
    const wg = interfaces.find(({name}) => name === underlay) ?? (underlay ? undefined : interfaces[0]);
    if (wg?.listenPort === undefined || wg.peers.length === 0) return undefined;
    if (isOpen(firewall, 'INPUT')) return pass;
    const what = `UDP ${wg.listenPort} (WireGuard)`;
    const refused: {readonly name: string; readonly host: string | undefined; readonly dials: boolean; readonly replies: boolean}[] = [];
    let verdict: Verdict | undefined;
    let doubt: Verdict | undefined;
    // Where no rule asks who sends, peers that come in by one device have one verdict: a host has hundreds.
    const asksWho = looksAtSource(firewall);
    const named = namedDevice(view, host, ssh.host);
    let shared: Verdict | undefined;
    for (const peer of wg.peers) {
      const packetOf = (): Packet => {
        const [address, port] = peer.endpoint?.split(/:(?=\d+$)/) ?? [];
        return {inDevice: named ?? publicDevice(view, host, ssh.host, address), source: isV4(address) ? address : undefined, destination: undefined, protocol: 'udp', sourcePort: port === undefined ? undefined : Number(port), port: wg.listenPort, state: 'NEW'};
      };
      const fresh = shared ?? verdictOf(firewall, 'INPUT', packetOf());
      if (!asksWho && named !== undefined) shared = fresh;
      if (fresh.let === 'unclear' && peer.latestHandshake === undefined) doubt ??= fresh;
      if (fresh.let !== 'out') continue;
      const peerHost = contextOf(view).owners().get(peer);
      refused.push({name: peerHost ?? peer.publicKey, host: peerHost, dials: peer.endpoint !== undefined, replies: verdictOf(firewall, 'INPUT', {...packetOf(), state: 'ESTABLISHED'}).let !== 'out'});
      verdict ??= fresh;
    }
    if (refused.length === 0) return doubt ? unclear(host, what, doubt) : pass;
    const cut = refused.filter(({dials, replies}) => !dials || !replies);
    const breaks = [...(cut.length === wg.peers.length ? [node.filter(host)] : []), ...cut.flatMap((peer) => (peer.host ? [node.tunnel(host, peer.host)] : []))];
    const names = (list: typeof refused): string => list.map(({name}) => name).slice(0, 5).join(', ') + (list.length > 5 ? ' …' : '');
    return {
      outcome: cut.length > 0 ? 'fail' : 'warn', what, verdict, breaks, missing: [],
      effect: cut.length > 0 ? `no tunnel from ${names(cut)} comes up` : `tunnels last only while ${host} itself keeps dialling: after a reboot or an idle time, nothing of ${names(refused)} comes in`,
    };
  },

  bgp(view, host, firewall) {
    const {sessions, passive} = contextOf(view);
    const its = (sessions.get(host) ?? []).filter(({expected, peer}) => expected === 'expected' || peer);
    if (its.length === 0) return undefined;
    if (isOpen(firewall, 'INPUT')) return pass;
    const {underlay} = view.host(host)!.spec;
    const cut: Session[] = [];
    let verdict: Verdict | undefined;
    let doubt: Verdict | undefined;
    for (const session of its) {
      const common = {inDevice: underlay || undefined, source: isV4(session.address) ? session.address : undefined, destination: undefined, protocol: 'tcp'} as const;
      const listens = verdictOf(firewall, 'INPUT', {...common, sourcePort: undefined, port: 179, state: 'NEW'});
      const replies = verdictOf(firewall, 'INPUT', {...common, sourcePort: 179, port: undefined, state: 'ESTABLISHED'});
      // Either end can dial, except one that only listens.
      const dials = !passive.has(`${host}>${session.peerHost}`);
      const dialled = !session.peerHost || !passive.has(`${session.peerHost}>${host}`);
      const ways = [...(dialled ? [listens] : []), ...(dials ? [replies] : [])];
      if (ways.length === 0 || ways.some((way) => way.let === 'in')) continue;
      const out = ways.every((way) => way.let === 'out');
      if (out) cut.push(session);
      if (out) verdict ??= ways[0];
      else if (session.verdict !== 'established') doubt ??= ways.find((way) => way.let === 'unclear');
    }
    const what = 'TCP 179 (BGP)';
    if (cut.length === 0) return doubt ? unclear(host, what, doubt) : pass;
    return {
      outcome: 'fail', what, verdict, missing: [],
      effect: `no session with ${cut.slice(0, 5).map(({peerHost, address}) => peerHost ?? address).join(', ')} comes up`,
      breaks: cut.flatMap(({peerHost}) => (peerHost ? [node.session(host, peerHost)] : [])),
    };
  },

  vxlan(view, host, firewall) {
    if (!view.host(host)!.spec.roles.includes('vtep')) return undefined;
    const links = view.read(host, 'ip.links');
    if (!links) return isOpen(firewall, 'INPUT') ? undefined : cannotTell('VXLAN', [view.missing(host, 'ip.links')]);
    const devices = links.filter(({vxlan}) => vxlan);
    if (devices.length === 0) return undefined;
    if (isOpen(firewall, 'INPUT')) return pass;
    const {underlay} = view.host(host)!.spec;
    const peers = contextOf(view).hypervisors.filter((other) => other !== host);
    const senders = looksAtSource(firewall) ? peers.map((peer) => ({peer, source: view.underlayAddress(peer)})) : [{peer: undefined, source: undefined}];
    const cut = new Set<string>();
    let verdict: Verdict | undefined;
    let doubt: Verdict | undefined;
    const verdicts = new Map<number, readonly (readonly [string | undefined, Verdict])[]>();
    for (const {vxlan} of devices) {
      const port = vxlan!.port;
      // The source port is a hash of the flow: no packet is an answer to another.
      const its = verdicts.get(port) ?? senders.map(({peer, source}) => [peer, verdictOf(firewall, 'INPUT', {inDevice: underlay || undefined, source, destination: undefined, protocol: 'udp', sourcePort: undefined, port, state: 'NEW'})] as const);
      verdicts.set(port, its);
      for (const [peer, one] of its) {
        if (one.let === 'unclear') doubt ??= one;
        if (one.let !== 'out') continue;
        verdict ??= one;
        for (const from of peer === undefined ? peers : [peer]) cut.add(node.carriage(from, host, vxlan!.vni));
      }
    }
    const what = `UDP ${[...new Set(devices.map(({vxlan}) => vxlan!.port))].join(', ')} (VXLAN) on ${underlay || 'the underlay'}`;
    if (!verdict) return doubt ? unclear(host, what, doubt) : pass;
    return {outcome: 'fail', what, verdict, missing: [], effect: `frames of the other hypervisors do not reach the VMs on ${host}, though EVPN says all is well`, breaks: [...cut]};
  },

  migration(view, host, firewall) {
    const {hypervisors, addresses} = contextOf(view);
    if (hypervisors.length < 2 || !view.host(host)!.spec.roles.includes('vtep') || !hasGuests(view, host)) return undefined;
    if (isOpen(firewall, 'INPUT')) return pass;
    const address = addresses.get(host);
    const device = publicDevice(view, host, address, dialledFrom(view, host));
    const inside = device !== undefined && device === view.host(host)!.spec.underlay;
    const others = hypervisors.filter((other) => other !== host);
    const senders = looksAtSource(firewall) ? others.map((other) => (inside ? view.underlayAddress(other) : addresses.get(other))) : [undefined];
    const ports = [22, ...distinctPorts(firewall, 49_152, 49_215)];
    const refused = new Map<string, Verdict>();
    let doubt: Verdict | undefined;
    for (const sender of senders) {
      for (const port of ports) {
        const one = verdictOf(firewall, 'INPUT', {inDevice: device, source: isV4(sender) ? sender : undefined, destination: undefined, protocol: 'tcp', sourcePort: undefined, port, state: 'NEW'});
        const name = port === 22 ? 'TCP 22' : 'TCP 49152:49215';
        if (one.let === 'out' && !refused.has(name)) refused.set(name, one);
        if (one.let === 'unclear') doubt ??= one;
      }
    }
    const [verdict] = refused.values();
    if (!verdict) return doubt ? unclear(host, 'live migration', doubt) : pass;
    return {outcome: 'fail', what: `${[...refused.keys()].join(' and ')} (live migration)`, verdict, missing: [], effect: `no VM can be migrated live to ${host}`, breaks: []};
  },
};

/** Where a peer of its underlay sends from: other hypervisors come the same way. */
const dialledFrom = (view: View, host: string): string | undefined =>
  view.read(host, 'wg.interfaces')?.find(({name}) => name === view.host(host)!.spec.underlay)?.peers.find(({endpoint}) => endpoint !== undefined)?.endpoint?.replace(/:\d+$/, '');

/** Run by OpenNebula: in its pool, or with taps of its VMs. */
function hasGuests(view: View, host: string): boolean {
  return view.fabric.cloud !== undefined || view.read(host, 'ip.links')?.some(({name}) => /^one-\d+-\d+$/.test(name)) === true;
}
