/** MTU of the underlay device: alike on all hosts, and within what the device below it carries. */
import type {KernelRoute} from '../../model/network.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {carriageOf, majority, onHost, places} from './vxlan-view.ts';

/** WireGuard adds 32 bytes, UDP 8, and IPv4 20 or IPv6 40. */
export const wireguardOverhead = {inet: 60, inet6: 80} as const;

/** Hosts that have an underlay device, in the inventory. */
const members = (view: View): readonly {readonly host: string; readonly device: string}[] =>
  view.hosts('vtep', 'reflector').flatMap((host) => {
    const device = view.host(host)?.spec.underlay;
    return device ? [{host, device}] : [];
  });

const onDevice = (host: string, device: string) => onHost(host, `${device} of ${host}`);

/** All that a host sends through its underlay: frames of each of its VNIs, to everybody. */
const sends = (view: View, host: string): readonly string[] => places(view).filter((place) => place.host === host).flatMap((place) => carriageOf(place).filter((name) => name.startsWith(`carriage ${host}>`)));

export const underlay: Check = {
  id: 'mtu.underlay',
  family: 'mtu',
  title: 'The underlay device has one MTU on all hosts',
  explanation: 'A tunnel has an MTU at each end of its own. A host whose device has a smaller one than the others cannot send the full frames that its VMs and the other hosts expect to pass: small packets go, large ones vanish. The one that differs from most is named; where no value has a majority, the smallest.',
  remedy: 'ip link set DEVICE mtu MTU, and the same in its configuration (MTU = in wg-quick, netplan …).',
  origin: 'NetQ check mtu: Link MTU Consistency',
  holdS: 0,
  run(view, out) {
    const read = members(view).flatMap(({host, device}) => {
      const links = view.links(host);
      if (!links) out.unknown(onDevice(host, device), [view.missing(host, 'ip.links')]);
      const link = links?.get(device);
      return link ? [{host, link}] : []; // that there is none is the matter of wireguard.interface
    });
    const common = majority(read.map(({link}) => link.mtu)) ?? read.reduce((most, {link}) => Math.max(most, link.mtu), 0);
    for (const {host, link} of read) {
      if (link.mtu === common) {
        out.pass(() => onDevice(host, link.name));
        continue;
      }
      const said = {
        subject: onDevice(host, link.name),
        says: `${link.name} of ${host} has MTU ${link.mtu}, the others ${common}`,
        evidence: [{text: `${link.name} of ${host}: mtu ${link.mtu}`, stamp: view.stamp(host, 'ip.links')}, ...read.filter((one) => one.link.mtu === common).slice(0, 3).map((one) => ({text: `${one.link.name} of ${one.host}: mtu ${common}`, stamp: view.stamp(one.host, 'ip.links')}))],
        remedy: {text: `Set it to ${common}, and in the configuration of the device too`, command: {host, script: `ip link set ${link.name} mtu ${common}`}},
        breaks: [node.mtu(host), ...sends(view, host)],
        needs: [node.underlay(host)],
      };
      if (link.mtu < common) out.fail(said);
      else out.warn(said); // more than the others take: it sends what they cannot
    }
  },
};

interface Way {
  readonly network: number | undefined; // undefined: no IPv4 prefix
  readonly mask: number;
  readonly device: string | undefined;
  readonly all: boolean; // the default route
}

/** Routes as numbers, the longest prefix first: hosts have hundreds of peers to look up. */
function ways(routes: readonly KernelRoute[]): readonly Way[] {
  const made = routes.map(({destination, device}) => {
    const [network = '', bits] = destination === 'default' ? ['0.0.0.0', '0'] : destination.split('/');
    const length = bits === undefined ? 32 : Number(bits);
    const mask = length === 0 ? 0 : (~0 << (32 - length)) >>> 0;
    const base = toNumber(network);
    return {network: base === undefined ? undefined : (base & mask) >>> 0, mask, device, length, all: destination === 'default'};
  });
  return made.sort((a, b) => b.length - a.length);
}

/** The device that packets to an address leave by: the longest prefix that holds it, the first of equal ones. Without an address: by default. */
function exit(sorted: readonly Way[], address: number | undefined): string | undefined {
  for (const {network, mask, device, all} of sorted) {
    if (address === undefined ? all : ((address & mask) >>> 0) === network) return device;
  }
  return undefined;
}

/** "203.0.113.7", or the address of "203.0.113.7:51820", as a number; undefined: no IPv4 address. */
function toNumber(text: string): number | undefined {
  let sum = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      part = (part === -1 ? 0 : part) * 10 + code - 48;
      if (part > 255) return undefined;
    } else if (code === 46 && part >= 0 && dots < 3) {
      sum = sum * 256 + part;
      part = -1;
      dots++;
    } else if (code === 58 && dots === 3) break;
    else return undefined;
  }
  return dots === 3 && part >= 0 ? sum * 256 + part : undefined;
}

export const outer: Check = {
  id: 'mtu.outer',
  family: 'mtu',
  title: 'WireGuard packets fit into the device that they leave by',
  explanation: 'WireGuard adds 60 bytes to a packet over IPv4, 80 over IPv6: over a public device of 1500 the MTU of wg0 is at most 1440, or 1420 to be right for both. A larger one makes packets that are fragmented outside, or dropped where fragments are. The device is taken from the routes to the peers\' endpoints; for endpoints of IPv6 the device of the default route.',
  remedy: 'ip link set wg0 mtu 1420 (public MTU less 80), or give the public device its full MTU again.',
  origin: 'WireGuard: 60 bytes over IPv4, 80 over IPv6; wg-quick takes the default route\'s MTU less 80',
  holdS: 0,
  run(view, out) {
    for (const {host, device} of members(view)) {
      const [links, routes, interfaces] = [view.links(host), view.read(host, 'ip.routes'), view.read(host, 'wg.interfaces')];
      const subject = onDevice(host, device);
      if (!links || !routes || !interfaces) {
        const probes = [links ? [] : ['ip.links' as const], routes ? [] : ['ip.routes' as const], interfaces ? [] : ['wg.interfaces' as const]].flat();
        out.unknown(subject, probes.map((probe) => view.missing(host, probe)));
        continue;
      }
      const link = links.get(device);
      const peers = interfaces.find(({name}) => name === device)?.peers ?? [];
      if (!link) continue;
      let worst: {readonly by: string; readonly room: number; readonly endpoint: string; readonly mtu: number} | undefined;
      let known = 0;
      const table = ways(routes);
      const sixth = routes.find(({destination}) => destination === 'default')?.device;
      for (const {endpoint} of peers) {
        if (endpoint === undefined) continue;
        const six = endpoint.startsWith('[');
        const by = six ? sixth : exit(table, toNumber(endpoint));
        const mtu = by === undefined || by === device ? undefined : links.get(by)?.mtu;
        if (by === undefined || mtu === undefined) continue;
        known++;
        const room = mtu - wireguardOverhead[six ? 'inet6' : 'inet'];
        if (!worst || room < worst.room) worst = {by, room, endpoint, mtu};
      }
      if (known === 0 || !worst) continue;
      if (link.mtu <= worst.room) out.pass(() => subject);
      else out.fail({
        subject,
        says: `${device} of ${host} has MTU ${link.mtu}, over ${worst.by} (${worst.mtu}) at most ${worst.room} fit`,
        evidence: [{text: `${device} of ${host}: mtu ${link.mtu}; ${worst.by}: mtu ${worst.mtu}`, stamp: view.stamp(host, 'ip.links')}, {text: `the route to the endpoint ${worst.endpoint} leaves by ${worst.by}`, stamp: view.stamp(host, 'ip.routes')}],
        remedy: {text: `Set ${device} to at most ${worst.room} on all hosts, or ${worst.by} to ${link.mtu + worst.mtu - worst.room}`},
        breaks: [node.mtu(host), ...sends(view, host)],
        needs: [node.underlay(host)],
      });
    }
  },
};
