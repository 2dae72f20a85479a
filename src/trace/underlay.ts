/** From one VTEP to another: kernel route, WireGuard's crypto routing on both sides, and the packet filter of the receiver. */
import type {WgPeer} from '../model/network.ts';
import type {Hop} from '../model/trace.ts';
import {passage} from './filter.ts';
import type {Crypto, Ground} from './ground.ts';
import {hop, read, unread, type Place} from './hop.ts';

/** VXLAN and UDP and outer Ethernet and IP, in bytes: what it takes off the guests' packets (RFC 7348). */
const overhead = (address: string): number => (address.includes(':') ? 70 : 50);
/** WireGuard ends a session whose last handshake is older (REJECT_AFTER_TIME). */
const handshakeLimitS = 180;

export interface Crossing {
  readonly from: string; // hosts
  readonly to: string;
  readonly destination: string; // VTEP address
  readonly source: string | undefined; // outer source address; undefined: the kernel's choice
  readonly port: number; // UDP, of VXLAN
}

/** The way between two hosts, told once for all that cross it. */
export function underlayHops(ground: Ground, crossing: Crossing): readonly Hop[] {
  const {from, to, destination, source, port} = crossing;
  let known = ground.crossings.get(from);
  if (!known) ground.crossings.set(from, (known = new Map()));
  const key = `${to} ${destination} ${source ?? ''} ${port}`;
  let hops = known.get(key);
  if (!hops) known.set(key, (hops = cross(ground, crossing)));
  return hops;
}

function cross(ground: Ground, crossing: Crossing): readonly Hop[] {
  const {view} = ground;
  const {from, destination} = crossing;
  const underlay = view.underlay(from);
  const place: Place = {kind: 'route', host: from, what: destination, row: {resource: 'hosts', id: from}};
  const routes = ground.routes(from);
  const route = routes?.find(destination);
  const hops: Hop[] = [];
  if (!routes) hops.push(unread(view, place, from, ['ip.routes']));
  else if (!route?.device) hops.push(hop(place, 'breaks', `${from} has no route to ${destination}`, {evidence: [read(view, from, 'ip.routes', 'no route of the main table covers it')]}));
  else if (underlay && route.device !== underlay && secured(ground, from, underlay)) {
    hops.push(hop(place, 'breaks', `the route to ${destination} leaves through ${route.device}, outside ${underlay}`, {evidence: [read(view, from, 'ip.routes', `${route.destination} dev ${route.device}`)]}));
    return hops;
  } else hops.push(hop(place, 'ok', `${route.destination} dev ${route.device}${route.gateway ? ` via ${route.gateway}` : ''}`, {evidence: [read(view, from, 'ip.routes', `route of ${from} to ${destination}`)]}));
  const device = underlay ?? route?.device;
  if (device === undefined) return hops;
  const links = view.links(from);
  const link = links?.get(device);
  const wire: Place = {kind: 'wireguard', host: from, what: device, row: {resource: 'wg', id: from}};
  if (!links) return [...hops, unread(view, wire, from, ['ip.links']), ...arrival(ground, crossing, device)];
  if (!link) return [...hops, hop(wire, 'breaks', `${device} does not exist on ${from}`, {evidence: [read(view, from, 'ip.links', `${from} has no device ${device}`)]})];
  if (!link.up) return [...hops, hop(wire, 'breaks', `${device} of ${from} is down`, {evidence: [read(view, from, 'ip.links', `flags ${link.flags.join(',')}`)]})];
  const mtu = link.mtu - overhead(destination);
  const cryptos = ground.crypto(from);
  const crypto = cryptos?.get(device);
  if (cryptos && !crypto && !tunnelKinds.has(link.kind ?? '')) {
    // A plain network between the VTEPs.
    return [...hops, hop({...wire, kind: 'route'}, 'ok', `${device} carries ${mtu} B of a guest`, {mtu, fragments: true}), ...arrival(ground, crossing, undefined)];
  }
  if (!cryptos || !crypto) return [...hops, unread(view, wire, from, ['wg.interfaces']), ...arrival(ground, crossing, device)];
  hops.push(send(ground, crossing, crypto, wire, mtu));
  return [...hops, ...arrival(ground, crossing, device)];
}

const tunnelKinds = new Set(['wireguard', 'tun']);
const secured = (ground: Ground, host: string, device: string): boolean => ground.crypto(host)?.has(device) === true || tunnelKinds.has(ground.view.links(host)?.get(device)?.kind ?? '');

/** Which peer gets it, by AllowedIPs, and whether that one can be talked to. */
function send(ground: Ground, {from, to, destination}: Crossing, crypto: Crypto, wire: Place, mtu: number): Hop {
  const {view} = ground;
  const peer = crypto.byAddress.find(destination);
  const row = {resource: 'wg' as const, id: peer ? `${from}>${crypto.device.name}>${peer.publicKey}` : from};
  const place: Place = {...wire, row};
  const told = (text: string) => [read(view, from, 'wg.interfaces', text)];
  if (!peer) return hop(place, 'breaks', `no peer of ${crypto.device.name} on ${from} has ${destination} in its AllowedIPs`, {evidence: told(`${crypto.device.peers.length} peers, none allows ${destination}`)});
  const allows = `peer ${short(peer.publicKey)} allows ${peer.allowedIps.join(', ') || 'nothing'}, endpoint ${peer.endpoint ?? 'none'}`;
  const owner = ground.ownerOfKey(peer.publicKey);
  if (owner !== undefined && owner !== to) return hop(place, 'breaks', `AllowedIPs give ${destination} to ${owner}, not to ${to}`, {evidence: told(allows)});
  if (owner === undefined) {
    if (!ground.crypto(to)) return unread(view, place, to, ['wg.interfaces'], `whether ${short(peer.publicKey)} is the key of ${to} cannot be told`);
    return hop(place, 'breaks', `the peer for ${destination} has the key ${short(peer.publicKey)}, which no host has`, {evidence: told(allows)});
  }
  const state = alive(ground, from, to, crypto, peer);
  const evidence = told(`${allows}; ${state.says}`);
  if (state.verdict === 'breaks') return hop(place, 'breaks', `${from} and ${to} do not talk: ${state.says}`, {evidence});
  if (state.verdict === 'unknown') return hop(place, 'unknown', `whether ${from} and ${to} can talk is not known: ${state.says}`, {evidence, missing: [{source: from, probe: 'wg.interfaces', why: state.says}]});
  return hop(place, 'ok', `to ${to}, ${state.says}; carries ${mtu} B of a guest`, {mtu, fragments: true, evidence});
}

/** An idle peer has an old handshake and makes a new one when it is spoken to; one with a keepalive is never idle. */
function alive(ground: Ground, from: string, to: string, {device}: Crypto, peer: WgPeer): {readonly verdict: 'ok' | 'breaks' | 'unknown'; readonly says: string} {
  const back = device.publicKey === undefined ? undefined : ground.crypto(to)?.get(ground.view.underlay(to) ?? device.name)?.byKey.get(device.publicKey);
  const keepalive = peer.keepaliveS !== undefined || back?.keepaliveS !== undefined;
  if (peer.latestHandshake === undefined) {
    if (peer.endpoint === undefined) return {verdict: 'breaks', says: 'no handshake yet, and no endpoint to send one to'};
    return keepalive ? {verdict: 'breaks', says: `no handshake yet with ${peer.endpoint}, although there is a keepalive`} : {verdict: 'unknown', says: 'no handshake yet, and none was wanted'};
  }
  const observed = ground.view.host(from)?.readings['wg.interfaces']?.at ?? ground.view.now;
  const ageS = Math.max(0, (device.clockS ?? Math.floor(observed / 1000)) - peer.latestHandshake);
  if (ageS <= handshakeLimitS) return {verdict: 'ok', says: `handshake ${ageS} s ago`};
  return keepalive ? {verdict: 'breaks', says: `last handshake ${ageS} s ago, although there is a keepalive`} : {verdict: 'ok', says: `idle, last handshake ${ageS} s ago`};
}

/** At the receiver: the filter outside, the tunnel's own check of the source, the filter inside. `device`: undefined without WireGuard. */
function arrival(ground: Ground, {from, to, destination, source, port}: Crossing, device: string | undefined): readonly Hop[] {
  const {view} = ground;
  const inner = source ?? ground.routes(from)?.find(destination)?.source ?? view.underlayAddress(from);
  const underlay = view.underlay(to);
  const hops: Hop[] = [];
  if (device !== undefined) {
    const cryptos = ground.crypto(to);
    const crypto = underlay === undefined ? undefined : cryptos?.get(underlay);
    if (crypto?.device.listenPort !== undefined) {
      const key = ground.crypto(from)?.get(view.underlay(from) ?? device)?.device.publicKey;
      const peer = key === undefined ? undefined : crypto.byKey.get(key);
      const address = peer?.endpoint?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
      hops.push(filterHop(ground, to, 'WireGuard', crypto.device.listenPort, address === undefined ? undefined : ground.routes(to)?.find(address)?.device, address));
    }
    hops.push(receive(ground, from, to, inner, underlay ?? device));
  }
  hops.push(filterHop(ground, to, 'VXLAN', port, underlay, inner));
  return hops;
}

function receive(ground: Ground, from: string, to: string, source: string | undefined, device: string): Hop {
  const {view} = ground;
  const key = ground.crypto(from)?.get(view.underlay(from) ?? device)?.device.publicKey;
  const place: Place = {kind: 'wireguard', host: to, what: device, row: {resource: 'wg', id: key === undefined ? to : `${to}>${device}>${key}`}};
  const links = view.links(to);
  const link = links?.get(device);
  const cryptos = ground.crypto(to);
  if (!links || !cryptos) return unread(view, place, to, [...(links ? [] : (['ip.links'] as const)), ...(cryptos ? [] : (['wg.interfaces'] as const))]);
  if (!link) return hop(place, 'breaks', `${device} does not exist on ${to}`, {evidence: [read(view, to, 'ip.links', `${to} has no device ${device}`)]});
  if (!link.up) return hop(place, 'breaks', `${device} of ${to} is down`, {evidence: [read(view, to, 'ip.links', `flags ${link.flags.join(',')}`)]});
  if (key === undefined) return unread(view, place, from, ['wg.interfaces'], `the public key of ${from} is not known`);
  const crypto = cryptos.get(device);
  const peer = crypto?.byKey.get(key);
  const told = (text: string) => [read(view, to, 'wg.interfaces', text)];
  if (!crypto || !peer) return hop(place, 'breaks', `${to} has no peer with the key of ${from} (${short(key)})`, {evidence: told(`${crypto?.device.peers.length ?? 0} peers on ${device}`)});
  const entitled = source === undefined ? peer : crypto.byAddress.find(source);
  if (entitled !== peer) {
    const whose = entitled ? `they belong to ${ground.ownerOfKey(entitled.publicKey) ?? short(entitled.publicKey)}` : 'no peer may use it';
    return hop(place, 'breaks', `${to} drops what comes from ${from} with source ${source}: ${whose}`, {evidence: told(`peer ${short(key)} allows ${peer.allowedIps.join(', ') || 'nothing'}`)});
  }
  return hop(place, 'ok', `takes ${source ?? 'it'} from ${from}`, {evidence: told(`peer ${short(key)} allows ${peer.allowedIps.join(', ')}`)});
}

function filterHop(ground: Ground, host: string, carries: 'WireGuard' | 'VXLAN', port: number, device: string | undefined, source: string | undefined): Hop {
  const {view} = ground;
  const what = `UDP ${port}`;
  const where = device === undefined ? '' : ` on ${device}`;
  const place: Place = {kind: 'filter', host, what, row: {resource: 'hosts', id: host}};
  const firewall = view.read(host, 'nf.firewall');
  if (!firewall) return view.problem(host, 'nf.firewall')?.kind === 'not-installed' ? hop(place, 'ok', `${host} has no packet filter`) : unread(view, place, host, ['nf.firewall']);
  const result = passage(firewall, 'INPUT', {protocol: 'udp', port, inDevice: device, source});
  const evidence = [read(view, host, 'nf.firewall', result.rule ?? `${firewall.filter.length} filter rules, none stops it`)];
  if (result.verdict === 'drop') return hop(place, 'breaks', `${host} drops ${what}${where}`, {evidence});
  // The source port of VXLAN is a hash of the flow: no frame is an answer to another.
  if (result.verdict === 'established' && carries === 'VXLAN') return hop(place, 'breaks', `${host} lets only answers in, and VXLAN's ${what} never is one`, {evidence});
  if (result.verdict === 'established') return hop(place, 'limits', `${host} lets ${what}${where} in only while it has itself sent to the other lately`, {evidence});
  if (result.verdict === 'maybe') return hop(place, 'unknown', `whether ${host} lets ${what}${where} in depends on a rule that is not understood here`, {evidence, missing: [{source: host, probe: 'nf.firewall', why: result.rule ?? ''}]});
  return hop(place, 'ok', `lets ${what}${where} in`, {evidence});
}

export const short = (key: string): string => `${key.slice(0, 8)}…`;
