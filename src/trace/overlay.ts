/** From one NIC of a network to another: guest, tap, bridge, VXLAN device, forwarding entry, underlay, and the same upwards. */
import type {Link} from '../model/network.ts';
import type {Hop} from '../model/trace.ts';
import type {Plugged} from './ends.ts';
import type {Ground} from './ground.ts';
import {hop, read, unread, type Place} from './hop.ts';
import {underlayHops} from './underlay.ts';
import {evpnHop} from './knowledge.ts';

/** `asks`: this end begins, so its broadcast for the other's MAC must arrive. */
export function overlayHops(ground: Ground, a: Plugged, b: Plugged, asks: boolean): readonly Hop[] {
  const {view} = ground;
  const {vni} = a.nic;
  const hops: Hop[] = [guestHop(ground, a, 'sends'), tapHop(ground, a)];
  if (a.host === undefined || a.tap?.master === undefined) return [...hops, ...(b.host !== undefined && b.host !== a.host ? upwards(ground, b) : [])];
  const near = bridgeHop(ground, a, b);
  hops.push(near);
  if (a.host === b.host && b.tap?.master === a.tap.master) return [...hops, ...upwards(ground, b, true)];
  const device = vxlanOn(ground, a);
  hops.push(vxlanOut(ground, a, device));
  if (b.host === undefined || !device) return [...hops, ...(b.host === undefined ? [tapHop(ground, b)] : upwards(ground, b))];
  const far = vxlanOn(ground, b);
  hops.push(floodHop(ground, a, b, device, asks));
  const entry = fdbHop(ground, a, b, device, far);
  hops.push(entry.hop, evpnHop(ground, a, b));
  const destination = entry.destination ?? far?.vxlan?.local ?? view.underlayAddress(b.host);
  if (entry.strayed || destination === undefined) return hops;
  if (a.host !== b.host) hops.push(...underlayHops(ground, {from: a.host, to: b.host, destination, source: device.vxlan?.local, port: device.vxlan?.port ?? 4789}));
  return [...hops, vxlanIn(ground, b, far, device, destination, vni), ...upwards(ground, b)];
}

function guestHop(ground: Ground, {end, nic, host, note}: Plugged, does: 'sends' | 'receives'): Hop {
  const {view} = ground;
  const place: Place = {kind: 'guest', host: undefined, what: end.label, ...(end.vm ? {row: {resource: 'vms', id: String(end.vm.id)}} : {})};
  const where = [nic.ip, nic.mac, note].filter((part) => part !== undefined).join(', ');
  const {appliance} = end;
  if (appliance !== undefined) {
    // A virtual router is a guest that can be read.
    const own: Place = {...place, kind: 'router', host: appliance, row: {resource: 'hosts', id: appliance}};
    const links = view.links(appliance);
    if (!links) return unread(view, own, appliance, ['ip.links']);
    const link = ground.linkOf(appliance, nic.mac);
    if (!link) return hop(own, 'breaks', `${appliance} has no device with the MAC ${nic.mac}`, {evidence: [read(view, appliance, 'ip.links', `${links.size} devices`)]});
    if (!link.up) return hop(own, 'breaks', `${link.name} of ${appliance} is down`, {evidence: [read(view, appliance, 'ip.links', `flags ${link.flags.join(',')}`)]});
    return hop(own, 'ok', `${does} through ${link.name}, ${where}, MTU ${link.mtu}`, {mtu: link.mtu, evidence: [read(view, appliance, 'ip.links', `${link.name} MTU ${link.mtu}`)]});
  }
  const stamp = view.cloudStamp('one.vms');
  const evidence = end.vm ? [{text: `OpenNebula: VM ${end.vm.id}, state ${end.vm.vm.state}/${end.vm.vm.lcmState}, on ${end.vm.oneHost ?? 'no host'}`, ...(stamp ? {stamp} : {})}] : [];
  const told = nic.toldMtu === undefined ? '' : `, told MTU ${nic.toldMtu}`;
  return hop(place, note === undefined || host === undefined ? 'ok' : 'limits', `${does}, ${where}${told}`, {evidence, mtu: nic.toldMtu});
}

function tapHop(ground: Ground, {end, nic, host, tap, tapName}: Plugged): Hop {
  const {view} = ground;
  const place: Place = {kind: 'tap', host, what: tapName ?? nic.mac, ...(host === undefined ? {} : {row: {resource: 'hosts', id: host}})};
  if (host === undefined) {
    const dark = view.hosts('vtep').filter((name) => !view.links(name));
    if (dark.length > 0) return hop(place, 'unknown', `where ${end.label} is cannot be told: not all hosts were read`, {missing: dark.map((name) => view.missing(name, 'ip.links'))});
    return hop(place, 'breaks', `${end.label} is on no host: neither its tap nor its MAC ${nic.mac} was found`);
  }
  if (!view.links(host)) return unread(view, place, host, ['ip.links']);
  if (!tap) return hop(place, 'breaks', `${tapName ?? `a port with ${nic.mac}`} is not on ${host}`, {evidence: [read(view, host, 'ip.links', `${view.links(host)?.size ?? 0} devices, no ${tapName ?? 'such port'}`)]});
  const evidence = [read(view, host, 'ip.links', `${tap.name}: flags ${tap.flags.join(',')}, MTU ${tap.mtu}, master ${tap.master ?? 'none'}`)];
  if (!tap.up) return hop(place, 'breaks', `${tap.name} of ${host} is down`, {evidence});
  if (!tap.lowerUp) return hop(place, 'breaks', `${tap.name} of ${host} has no carrier: the guest's side is down`, {evidence});
  if (tap.master === undefined) return hop(place, 'breaks', `${tap.name} of ${host} is in no bridge`, {evidence});
  return hop(place, 'ok', `up, in ${tap.master}, MTU ${tap.mtu}`, {mtu: tap.mtu, evidence});
}

const names = new WeakMap<readonly Link[], string>();
/** A bridge has as many ports as there are guests in it: said once for each reading. */
function named(ports: readonly Link[]): string {
  let text = names.get(ports);
  if (text === undefined) names.set(ports, (text = ports.map(({name}) => name).join(' ')));
  return text;
}

/** The bridge as it forwards to `to`; `at` says on whose side. */
function bridgeHop(ground: Ground, at: Plugged, to: Plugged): Hop {
  const {view} = ground;
  const host = at.host as string;
  const name = at.tap?.master as string;
  const place: Place = {kind: 'bridge', host, what: name, row: {resource: 'vnis', id: `${host}/${at.nic.vni}`}};
  const links = view.links(host);
  if (!links) return unread(view, place, host, ['ip.links']);
  const bridge = links.get(name);
  if (!bridge) return hop(place, 'breaks', `${name} does not exist on ${host}`);
  if (!bridge.up) return hop(place, 'breaks', `${name} of ${host} is down`, {evidence: [read(view, host, 'ip.links', `${name}: flags ${bridge.flags.join(',')}`)]});
  const evidence = [read(view, host, 'ip.links', `${name}: up, ports ${named(ground.portsOf(host, name))}`)];
  const entries = ground.fdb(host)?.get(to.nic.mac)?.filter(({master, state}) => master === name && state !== 'permanent') ?? [];
  const here = to.host === host;
  for (const {device} of entries) {
    const port = links.get(device);
    if (!port) continue;
    if (port.vxlan ? here : !here || device !== to.tapName) {
      const says = port.vxlan ? `${name} of ${host} believes ${to.nic.mac} to be on another host, behind ${device}` : `${name} of ${host} has ${to.nic.mac} behind ${device}, where ${to.end.label} is not`;
      return hop(place, 'breaks', says, {evidence: [read(view, host, 'bridge.fdb', `${to.nic.mac} dev ${device} master ${name}`)]});
    }
  }
  const known = entries[0];
  return hop(place, 'ok', known ? `up, has ${to.nic.mac} behind ${known.device}` : `up, does not know ${to.nic.mac}: sends to every port`, {evidence});
}

/** The VXLAN port of the bridge that the tap is in: that of the network, or of another if it is not there. */
function vxlanOn(ground: Ground, {host, tap, nic}: Plugged): Link | undefined {
  if (host === undefined || tap?.master === undefined) return undefined;
  const ports = ground.portsOf(host, tap.master).filter((port) => port.vxlan);
  return ports.find((port) => port.vxlan?.vni === nic.vni) ?? ports[0];
}

function vxlanOut(ground: Ground, {host, tap, nic}: Plugged, device: Link | undefined): Hop {
  const {view} = ground;
  const on = host as string;
  return vxlanState(ground, on, tap?.master ?? '', nic.vni, device) ?? hop(
    {kind: 'vxlan', host: on, what: device?.name ?? '', row: {resource: 'vnis', id: `${on}/${nic.vni}`}},
    device?.vxlan?.learning ? 'limits' : 'ok',
    `VNI ${nic.vni}, UDP ${device?.vxlan?.port}, ${device?.vxlan?.local ? `from ${device.vxlan.local}` : 'no local address'}, MTU ${device?.mtu}${device?.vxlan?.learning ? '; it learns by itself, beside EVPN' : ''}`,
    {mtu: device?.mtu, fragments: true, evidence: [read(view, on, 'ip.links', `${device?.name}: master ${device?.master}`)]},
  );
}

/** What is wrong with the device of a network as such. */
function vxlanState(ground: Ground, host: string, bridge: string, vni: number, device: Link | undefined): Hop | undefined {
  const {view} = ground;
  const links = view.links(host);
  const place: Place = {kind: 'vxlan', host, what: device?.name ?? `VNI ${vni}`, row: {resource: 'vnis', id: `${host}/${vni}`}};
  if (!links) return unread(view, place, host, ['ip.links']);
  if (!device) {
    const astray = [...links.values()].find((link) => link.vxlan?.vni === vni);
    return hop(place, 'breaks', astray ? `${astray.name} of ${host} is not in ${bridge}${astray.master ? ` but in ${astray.master}` : ''}` : `${host} has no VXLAN device in ${bridge}`, {evidence: [read(view, host, 'ip.links', `${bridge} has no VXLAN port`)]});
  }
  const evidence = [read(view, host, 'ip.links', `${device.name}: VNI ${device.vxlan?.vni}, flags ${device.flags.join(',')}`)];
  if (device.vxlan?.vni !== vni) return hop(place, 'breaks', `${device.name} of ${host} has VNI ${device.vxlan?.vni}, not ${vni}`, {evidence});
  return device.up ? undefined : hop(place, 'breaks', `${device.name} of ${host} is down`, {evidence});
}

/** Where the device sends broadcasts: without that nobody can ask for a MAC. */
function floodHop(ground: Ground, a: Plugged, b: Plugged, device: Link, asks: boolean): Hop {
  const {view} = ground;
  const host = a.host as string;
  const place: Place = {kind: 'flood', host, what: device.name, row: {resource: 'vnis', id: `${host}/${a.nic.vni}`}};
  const list = floodList(ground, host, a.nic.vni, device);
  if (!list) return unread(view, place, host, ['bridge.fdb'], undefined, asks);
  const evidence = [read(view, host, list.probe, `flooded to ${few(list.to)}`)];
  const reached = among(ground, list, b.host as string);
  if (reached.address !== undefined) return hop(place, 'ok', `broadcasts go to ${b.host} too`, {evidence, decides: asks});
  if (reached.doubt) return unread(view, place, b.host as string, ['ip.addresses'], `whether ${reached.doubt} is ${b.host} cannot be told`, asks);
  const says = list.to.length === 0 ? `${host} floods VNI ${a.nic.vni} to nobody` : `${host} does not flood VNI ${a.nic.vni} to ${b.host}`;
  return asks ? hop(place, 'breaks', `${says}: ${a.end.label} cannot ask for the MAC of ${b.end.label}`, {evidence}) : hop(place, 'limits', `${says}: ${a.end.label} could not ask first`, {evidence, decides: false});
}

interface FloodList {
  readonly to: readonly string[];
  has(address: string): boolean;
  readonly probe: 'bridge.fdb' | 'frr.vnis';
}

/** The kernel's flood list, or zebra's where the kernel's is too long to be read. */
function floodList(ground: Ground, host: string, vni: number, device: Link): FloodList | undefined {
  const flooding = ground.flooding(host, device.name);
  if (flooding) return {to: flooding.to, has: (address) => flooding.has(address), probe: 'bridge.fdb'};
  const vteps = ground.view.realisation(host, vni)?.zebra?.remoteVteps;
  return vteps && ground.view.read(host, 'frr.vnis') ? {to: vteps, has: (address) => vteps.includes(address), probe: 'frr.vnis'} : undefined;
}

const few = (addresses: readonly string[]): string => (addresses.length === 0 ? 'nobody' : `${addresses.slice(0, 4).join(' ')}${addresses.length > 4 ? ` and ${addresses.length - 4} more` : ''}`);

interface Entry {
  readonly hop: Hop;
  readonly destination: string | undefined;
  readonly strayed: boolean; // it goes elsewhere: what would follow is not its way
}

function fdbHop(ground: Ground, a: Plugged, b: Plugged, device: Link, far: Link | undefined): Entry {
  const {view} = ground;
  const host = a.host as string;
  const target = b.host as string;
  const {mac} = b.nic;
  const place: Place = {kind: 'fdb', host, what: mac, row: {resource: 'macs', id: `${b.nic.vni}/${mac}`}};
  const fdb = ground.fdb(host);
  const zebra = ground.evpn(host, b.nic.vni, mac);
  const entries = fdb?.get(mac)?.filter((entry) => entry.device === device.name && entry.destination !== undefined) ?? [];
  // The FDB of a host with very many MACs is not read: what zebra has put there is the next best.
  const destination = fdb ? entries[0]?.destination : zebra.entry?.kind === 'remote' ? zebra.entry.remoteVtep : undefined;
  if (!fdb && !zebra.read) return {hop: unread(view, place, host, ['bridge.fdb', 'frr.macs']), destination: undefined, strayed: false};
  const probe = fdb ? 'bridge.fdb' : 'frr.macs';
  if (destination === undefined) {
    const list = floodList(ground, host, a.nic.vni, device);
    const {address: flooded, doubt} = among(ground, list, target);
    const evidence = [read(view, host, probe, `no entry for ${mac} on ${device.name}`), ...(list ? [read(view, host, list.probe, `flooded to ${few(list.to)}`)] : [])];
    if (!list) return {hop: unread(view, place, host, ['bridge.fdb'], `no entry for ${mac}, and the flood list was not read`), destination: undefined, strayed: false};
    if (flooded === undefined && doubt !== undefined) return {hop: unread(view, place, target, ['ip.addresses'], `no entry for ${mac}; whether ${doubt}, flooded to, is ${target} cannot be told`), destination: undefined, strayed: false};
    if (flooded === undefined) return {hop: hop(place, 'breaks', `${host} has no entry for ${mac}, and does not flood to ${target}`, {evidence}), destination: undefined, strayed: false};
    return {hop: hop(place, 'ok', `no entry: flooded to ${list.to.length} VTEPs, ${target} among them`, {evidence}), destination: flooded, strayed: false};
  }
  const learned = entries[0]?.externLearn ?? !fdb;
  const evidence = [read(view, host, probe, `${mac} dev ${device.name} dst ${destination}${learned ? ', by EVPN' : ', not by EVPN'}`)];
  const owner = view.fabric.hostByAddress.get(destination);
  if (belongs(ground, destination, target) || destination === far?.vxlan?.local) return {hop: hop(place, 'ok', `${mac} at ${destination}, which is ${target}${learned ? '' : ' (not by EVPN)'}`, {evidence}), destination, strayed: false};
  if (owner === undefined && !view.read(target, 'ip.addresses')) return {hop: unread(view, place, target, ['ip.addresses'], `whether ${destination} is ${target} cannot be told`), destination, strayed: false};
  return {hop: hop(place, 'breaks', `${host} sends ${mac} to ${destination} (${owner ?? 'no host of ours'}), but ${b.end.label} is on ${target}`, {evidence}), destination, strayed: true};
}

/** undefined: nobody has shown this address, and the host has not shown its own. */
function belongs(ground: Ground, address: string, host: string): boolean | undefined {
  const {view} = ground;
  const owner = view.fabric.hostByAddress.get(address);
  if (owner !== undefined) return owner === host;
  const own = view.underlayAddress(host);
  return own === undefined ? undefined : own === address;
}

/** The one of these addresses that is the host's; else one that may be. */
function among(ground: Ground, list: FloodList | undefined, host: string): {readonly address: string | undefined; readonly doubt: string | undefined} {
  // Nearly always it is the one that the host has on its underlay device: asked for before all are gone through.
  const usual = ground.view.underlayAddress(host);
  if (usual !== undefined && list?.has(usual) && belongs(ground, usual, host)) return {address: usual, doubt: undefined};
  let doubt: string | undefined;
  for (const address of list?.to ?? []) {
    const own = belongs(ground, address, host);
    if (own) return {address, doubt: undefined};
    if (own === undefined) doubt ??= address;
  }
  return {address: undefined, doubt};
}

function vxlanIn(ground: Ground, b: Plugged, far: Link | undefined, near: Link, destination: string, vni: number): Hop {
  const {view} = ground;
  const host = b.host as string;
  const place: Place = {kind: 'vxlan', host, what: far?.name ?? `VNI ${vni}`, row: {resource: 'vnis', id: `${host}/${vni}`}};
  if (b.tap?.master === undefined) return view.links(host) ? hop(place, 'ok', 'not looked at: the tap is missing', {decides: false}) : unread(view, place, host, ['ip.links']);
  const wrong = vxlanState(ground, host, b.tap.master, vni, far);
  if (wrong || !far?.vxlan) return wrong ?? unread(view, place, host, ['ip.links']);
  const evidence = [read(view, host, 'ip.links', `${far.name}: VNI ${vni}, UDP ${far.vxlan.port}, local ${far.vxlan.local ?? 'none'}`)];
  if (far.vxlan.port !== near.vxlan?.port) return hop(place, 'breaks', `${far.name} of ${host} listens on UDP ${far.vxlan.port}, the sender uses ${near.vxlan?.port}`, {evidence});
  if (far.vxlan.local !== undefined && far.vxlan.local !== destination) return hop(place, 'breaks', `${far.name} of ${host} is at ${far.vxlan.local}, not at ${destination}`, {evidence});
  return hop(place, 'ok', `takes VNI ${vni} on UDP ${far.vxlan.port}`, {evidence});
}

/** On the receiver, from the bridge to the guest. `same`: the sender is on the same bridge, which was looked at. */
function upwards(ground: Ground, b: Plugged, same = false): readonly Hop[] {
  const tap = tapHop(ground, b);
  if (b.host === undefined || b.tap?.master === undefined) return [tap, guestHop(ground, b, 'receives')];
  return [...(same ? [] : [bridgeHop(ground, b, b)]), tap, guestHop(ground, b, 'receives')];
}
