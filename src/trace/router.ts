/** Through a virtual router: from its NIC in the network to the outside and in again, by its forwarding, its SDNAT rules and addresses. */
import type {NatMapping, VirtualRouter} from '../model/fabric.ts';
import type {NatRule} from '../model/network.ts';
import type {Hop} from '../model/trace.ts';
import type {End, Nic} from './ends.ts';
import {passage, type Packet} from './filter.ts';
import type {Ground} from './ground.ts';
import {hop, read, unread, type Place} from './hop.ts';
import {covers, parseAddress, parsePrefix} from './prefix.ts';

/** The way out of a NIC: the router that maps its address, else one that has a NIC in its network. */
export interface Exit {
  readonly router: VirtualRouter;
  readonly mapping: NatMapping | undefined;
}

export function exitOf(ground: Ground, end: End, nic: Nic, inNetwork: (router: VirtualRouter) => boolean): Exit | undefined {
  const {routers} = ground.view.fabric;
  for (const router of routers) {
    // Of an address that two have, the mapping that works is meant.
    const mine = router.mappings.filter(({internal, vmId}) => (internal !== undefined && internal === nic.ip) || (internal === undefined && vmId !== undefined && vmId === end.vm?.id));
    const mapping = mine.find(({verdict}) => verdict === 'ok') ?? mine[0];
    if (mapping && inNetwork(router)) return {router, mapping};
  }
  const router = routers.find(inNetwork);
  return router && {router, mapping: undefined};
}

/** From the router's NIC in the network to the outside. */
export function outwards(ground: Ground, {router, mapping}: Exit, nic: Nic, gatewayNic: Nic): readonly Hop[] {
  const host = router.host;
  if (host === undefined) return [noHost(ground, router)];
  if (router.unsure !== undefined) return [noMaster(router, router.unsure)];
  const place: Place = {kind: 'nat', host, what: 'SNAT', ...natRow(mapping)};
  return [gatewayHop(ground, host, nic, gatewayNic), ...forwards(ground, router, host, {inDevice: ground.linkOf(host, gatewayNic.mac)?.name, outDevice: publicDevice(ground, host, mapping), source: nic.ip}), snatHop(ground, place, host, mapping, nic), leavesHop(ground, host, mapping), hop({kind: 'outside', host: undefined, what: 'outside'}, 'ok', mapping ? `from ${mapping.external}` : 'from the router')];
}

/** From the outside to the router's NIC in the network. */
export function inwards(ground: Ground, {router, mapping}: Exit, nic: Nic, gatewayNic: Nic): readonly Hop[] {
  const host = router.host;
  const outside = hop({kind: 'outside', host: undefined, what: 'outside'}, 'ok', mapping ? `to ${mapping.external}` : 'an answer to what went out');
  if (host === undefined) return [outside, noHost(ground, router)];
  if (router.unsure !== undefined) return [outside, noMaster(router, router.unsure)];
  const place: Place = {kind: 'nat', host, what: 'DNAT', ...natRow(mapping)};
  return [outside, leavesHop(ground, host, mapping), ...(mapping ? [addressHop(ground, host, mapping)] : []), dnatHop(ground, place, host, mapping, nic), ...forwards(ground, router, host, {inDevice: publicDevice(ground, host, mapping), outDevice: ground.linkOf(host, gatewayNic.mac)?.name, source: undefined, destination: nic.ip}), inwardRoute(ground, host, nic)];
}

const natRow = (mapping: NatMapping | undefined) => (mapping ? {row: {resource: 'nat' as const, id: mapping.id}} : {});
function noHost({view}: Ground, router: VirtualRouter): Hop {
  const missing = view.missingRouter(router);
  const says = missing.some(({source}) => source === router.id) ? `${router.id} cannot be read: no ssh access to it is configured` : `which host ${router.id} is was not read yet`;
  return hop({kind: 'router', host: undefined, what: router.id}, 'unknown', says, {missing});
}

/** A BACKUP has neither rules nor addresses: while no MASTER is known, nothing that is not there is missing. */
const noMaster = ({id}: VirtualRouter, why: string): Hop => hop({kind: 'router', host: undefined, what: id}, 'unknown', why, {missing: [{source: id, probe: 'vr.state', why}]});

/** Guests send what is for outside to the gateway that they were told. */
function gatewayHop(ground: Ground, host: string, nic: Nic, gatewayNic: Nic): Hop {
  const {view} = ground;
  const place: Place = {kind: 'router', host, what: nic.toldGateway ?? gatewayNic.ip ?? host, row: {resource: 'hosts', id: host}};
  if (nic.toldGateway === undefined) return hop(place, 'ok', 'the gateway that the guest uses is not known');
  const addresses = view.read(host, 'ip.addresses');
  if (!addresses) return unread(view, place, host, ['ip.addresses']);
  const own = addresses.find(({ip}) => ip === nic.toldGateway);
  if (own) return hop(place, 'ok', `the gateway that the guest was told, on ${own.device}`, {evidence: [read(view, host, 'ip.addresses', `${own.ip}/${own.prefixLength} dev ${own.device}`)]});
  return hop(place, 'breaks', `the guest was told the gateway ${nic.toldGateway}, which is no address of ${host}`, {evidence: [read(view, host, 'ip.addresses', `${host} has ${addresses.filter(({scope}) => scope === 'global').map(({ip}) => ip).join(', ')}`)]});
}

/** Any protocol: from the rules' point of view it comes in by one device and leaves by another, before SNAT and after DNAT. */
function forwards(ground: Ground, router: VirtualRouter, host: string, packet: Omit<Packet, 'protocol' | 'port'>): readonly Hop[] {
  const {view} = ground;
  const place: Place = {kind: 'router', host, what: 'forwarding', row: {resource: 'hosts', id: host}};
  const state = view.read(host, 'vr.state');
  if (!state) return [unread(view, place, host, ['vr.state'])];
  const evidence = [read(view, host, 'vr.state', `${router.id}: failover ${state.failover ?? 'unknown'}, forwarding ${state.forwarding === undefined ? 'unknown' : state.forwarding ? 'on' : 'off'}`)];
  const hops: Hop[] = [];
  if (state.forwarding === false) hops.push(hop(place, 'breaks', `${host} forwards no packets${state.failover && state.failover !== 'MASTER' ? ` (failover state ${state.failover})` : ''}`, {evidence}));
  else if (state.forwarding === undefined) hops.push(hop(place, 'unknown', `whether ${host} forwards packets was not read`, {evidence, missing: [{source: host, probe: 'vr.state', why: 'forwarding was not read'}]}));
  else if (state.failover !== undefined && state.failover !== 'MASTER') hops.push(hop(place, 'limits', `${host} forwards, but its failover state is ${state.failover}`, {evidence}));
  else hops.push(hop(place, 'ok', `forwards${state.failover ? `, ${state.failover}` : ''}`, {evidence}));
  const firewall = view.read(host, 'nf.firewall');
  const filter: Place = {...place, kind: 'filter', what: 'FORWARD'};
  const result = firewall && passage(firewall, 'FORWARD', {...packet, protocol: undefined, port: undefined});
  if (!result) hops.push(unread(view, filter, host, ['nf.firewall']));
  else if (result.verdict === 'drop') hops.push(hop(filter, 'breaks', `${host} forwards nothing of the kind: ${result.rule}`, {evidence: [read(view, host, 'nf.firewall', result.rule ?? '')]}));
  else if (result.verdict !== 'accept') hops.push(hop(filter, 'limits', `what ${host} forwards depends on rules: ${result.rule ?? ''}`, {evidence: [read(view, host, 'nf.firewall', result.rule ?? '')]}));
  return hops;
}

const jumps = (nat: readonly NatRule[], from: string, rule: NatRule): boolean => rule.chain === from || nat.some((one) => one.backend === rule.backend && one.chain === from && one.target === rule.chain);

function snatHop(ground: Ground, place: Place, host: string, mapping: NatMapping | undefined, nic: Nic): Hop {
  const {view} = ground;
  const nat = view.read(host, 'nf.firewall')?.nat;
  if (!nat) return unread(view, place, host, ['nf.firewall']);
  const told = (text: string) => [read(view, host, 'nf.firewall', text)];
  const rule = mapping?.snat;
  if (rule && jumps(nat, 'POSTROUTING', rule)) return hop(place, 'ok', `${nic.ip} leaves as ${rule.target}`, {evidence: told(`${rule.text} (${rule.backend})`)});
  if (rule) return hop(place, 'breaks', `POSTROUTING does not lead to ${rule.chain}: its rule for ${nic.ip} is never reached`, {evidence: told(rule.text)});
  const general = nat.find((one) => one.action === 'MASQUERADE' || (one.action === 'SNAT' && one.source !== undefined && within(one.source, nic.ip)));
  if (general && jumps(nat, 'POSTROUTING', general)) return hop(place, 'ok', `${nic.ip} leaves as an address of the router`, {evidence: told(`${general.text} (${general.backend})`)});
  return hop(place, 'breaks', mapping ? `${host} has no SNAT4 rule for ${nic.ip}: ${mapping.note ?? 'the mapping is not in force'}` : `${host} has no rule that gives ${nic.ip ?? nic.mac} an address of the outside`, {evidence: told(`${nat.length} NAT rules, none is for ${nic.ip}`)});
}

function dnatHop(ground: Ground, place: Place, host: string, mapping: NatMapping | undefined, nic: Nic): Hop {
  const {view} = ground;
  const nat = view.read(host, 'nf.firewall')?.nat;
  if (!nat) return unread(view, place, host, ['nf.firewall']);
  const told = (text: string) => [read(view, host, 'nf.firewall', text)];
  if (!mapping) return hop(place, 'ok', 'an answer is translated back; nobody outside can begin');
  const rule = mapping.dnat;
  if (!rule) return hop(place, 'breaks', `${host} has no DNAT4 rule for ${mapping.external}${mapping.address ? ': it answers for the address itself, and nobody behind it is reached' : ''}`, {evidence: told(`${nat.length} NAT rules, none is for ${mapping.external}`)});
  if (!jumps(nat, 'PREROUTING', rule)) return hop(place, 'breaks', `PREROUTING does not lead to ${rule.chain}: its rule for ${mapping.external} is never reached`, {evidence: told(rule.text)});
  if (rule.target.replace(/:.*$/, '') !== nic.ip) return hop(place, 'breaks', `${mapping.external} leads to ${rule.target}, not to ${nic.ip}`, {evidence: told(rule.text)});
  return hop(place, 'ok', `${mapping.external} leads to ${rule.target}`, {evidence: told(`${rule.text} (${rule.backend})`)});
}

/** An address that is on no device of the router is answered for by nobody. */
function addressHop(ground: Ground, host: string, mapping: NatMapping): Hop {
  const {view} = ground;
  const place: Place = {kind: 'nat', host, what: mapping.external, ...natRow(mapping)};
  const addresses = view.read(host, 'ip.addresses');
  if (!addresses) return unread(view, place, host, ['ip.addresses']);
  const own = addresses.find(({ip}) => ip === mapping.external);
  return own
    ? hop(place, 'ok', `answers for it, on ${own.device}`, {evidence: [read(view, host, 'ip.addresses', `${own.ip}/${own.prefixLength} dev ${own.device}`)]})
    : hop(place, 'breaks', `${mapping.external} is no address of ${host}: nobody answers for it`, {evidence: [read(view, host, 'ip.addresses', 'not on lo, nor on another device')]});
}

const publicDevice = (ground: Ground, host: string, mapping: NatMapping | undefined): string | undefined =>
  ground.view.read(host, 'ip.addresses')?.find(({device, ip, prefixLength}) => device !== 'lo' && mapping && within(`${ip}/${prefixLength}`, mapping.external))?.device ?? ground.routes(host)?.find('0.0.0.0')?.device;

/** The router's device towards the outside: that of the mapping's network, else of the default route. */
function leavesHop(ground: Ground, host: string, mapping: NatMapping | undefined): Hop {
  const {view} = ground;
  const row = {resource: 'hosts' as const, id: host};
  const addresses = view.read(host, 'ip.addresses');
  const routes = ground.routes(host);
  const links = view.links(host);
  const place: Place = {kind: 'router', host, what: 'public', row};
  if (!addresses || !routes || !links) return unread(view, place, host, [...(addresses ? [] : (['ip.addresses'] as const)), ...(routes ? [] : (['ip.routes'] as const)), ...(links ? [] : (['ip.links'] as const))]);
  const name = publicDevice(ground, host, mapping);
  const link = name === undefined ? undefined : links.get(name);
  if (name === undefined || !link) return hop(place, 'breaks', `${host} has no way out: no default route, and no device in the network of ${mapping?.external ?? 'the outside'}`, {evidence: [read(view, host, 'ip.routes', 'no default route')]});
  const evidence = [read(view, host, 'ip.links', `${name}: flags ${link.flags.join(',')}, MTU ${link.mtu}`)];
  if (!link.up || !link.lowerUp) return hop({...place, what: name}, 'breaks', `${name} of ${host} is ${link.up ? 'without carrier' : 'down'}`, {evidence});
  return hop({...place, what: name}, 'ok', `up, MTU ${link.mtu}`, {mtu: link.mtu, fragments: true, evidence});
}

function inwardRoute(ground: Ground, host: string, nic: Nic): Hop {
  const {view} = ground;
  const place: Place = {kind: 'route', host, what: nic.ip ?? nic.mac, row: {resource: 'hosts', id: host}};
  const routes = ground.routes(host);
  if (!routes) return unread(view, place, host, ['ip.routes']);
  const route = nic.ip === undefined ? undefined : routes.find(nic.ip);
  return route?.device
    ? hop(place, 'ok', `${route.destination} dev ${route.device}`, {evidence: [read(view, host, 'ip.routes', `route of ${host} to ${nic.ip}`)]})
    : hop(place, 'breaks', `${host} has no route to ${nic.ip ?? nic.mac}`, {evidence: [read(view, host, 'ip.routes', 'no route of the main table covers it')]});
}

function within(prefix: string, address: string | undefined): boolean {
  const net = parsePrefix(prefix);
  const bytes = address === undefined ? undefined : parseAddress(address);
  return net !== undefined && bytes !== undefined && covers(net, bytes);
}
