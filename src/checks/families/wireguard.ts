/** The underlay: its interface, address and key on each host, and the tunnels between each two. */
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {handshakes, endpoints} from './wireguard-alive.ts';
import {allowedIps, keys, peers} from './wireguard-peers.ts';
import {ends} from './wireguard-pairs.ts';

const subjectOf = (host: string, what: string): Subject => ({id: host, label: `${what} of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]});

const interfaceCheck: Check = {
  id: 'wireguard.interface',
  family: 'wireguard',
  title: 'The underlay interface of each host exists and is up',
  explanation: 'The device that the overlay runs on (wg0 unless told otherwise) must exist and be up: tunnels, BGP and VXLAN all rest on it. Its operational state UNKNOWN is normal for WireGuard. Virtual routers have none.',
  remedy: 'ip link set DEVICE up, or wg-quick up DEVICE when it does not exist.',
  origin: 'NetQ check interfaces; suzieq interface assert',
  holdS: 0,
  run(view, out) {
    for (const host of view.hosts('reflector', 'vtep')) {
      const device = view.underlay(host);
      const links = view.links(host);
      if (device === undefined) continue;
      const subject = (): Subject => subjectOf(host, device);
      const link = links?.get(device);
      if (!links) out.unknown(subject(), [view.missing(host, 'ip.links')]);
      else if (link?.up) out.pass(subject);
      else {
        out.fail({
          subject: subject(),
          says: link ? `${device} of ${host} is down` : `${host} has no interface ${device}`,
          evidence: [{text: link ? `${device} of ${host}: flags ${link.flags.join(',') || 'none'} (not UP)` : `the links of ${host}: ${[...links.keys()].slice(0, 8).join(', ')}`, stamp: view.stamp(host, 'ip.links')}],
          remedy: link
            ? {text: `Take ${device} up.`, command: {host, script: `ip link set dev ${device} up`}, action: {id: 'link.up', params: {host, device}}}
            : {text: `Make ${device} from its configuration.`, command: {host, script: `wg-quick up ${device}`}},
          breaks: [node.underlay(host)],
          needs: [node.host(host)],
        });
      }
    }
  },
};

const address: Check = {
  id: 'wireguard.address',
  family: 'wireguard',
  title: 'The underlay interface of each host has its address',
  explanation: 'The address of the underlay device is the VTEP address: BGP sessions and VXLAN use it. Where the inventory states one, it must be that one. Several addresses are normal.',
  remedy: 'ip address add ADDRESS/LENGTH dev DEVICE, and put it into the configuration of the interface.',
  origin: 'OpenNebula edge clusters: the underlay of the overlay',
  holdS: 0,
  run(view, out) {
    for (const host of view.hosts('reflector', 'vtep')) {
      const {spec} = view.host(host)!;
      const device = view.underlay(host);
      if (device === undefined || (view.links(host) && !view.links(host)!.has(device))) continue; // no interface: wireguard.interface says so
      const subject = (): Subject => subjectOf(host, `address on ${device}`);
      const read = view.read(host, 'ip.addresses');
      if (!read) {
        out.unknown(subject(), [view.missing(host, 'ip.addresses')], [node.underlay(host)]);
        continue;
      }
      const found = read.filter((one) => one.device === device && one.scope === 'global').map(({ip, prefixLength}) => ({ip, text: `${ip}/${prefixLength}`}));
      const wanted = spec.underlayAddress;
      if (wanted === undefined ? found.length > 0 : found.some(({ip}) => ip === wanted)) out.pass(subject);
      else {
        const has = found.map(({text}) => text).join(', ') || 'no address';
        out.fail({
          subject: subject(),
          says: wanted === undefined ? `${device} of ${host} has no address` : `${device} of ${host} has ${has}, not ${wanted}`,
          evidence: [{text: `${device} of ${host}: ${has}${wanted === undefined ? '' : `; ${spec.origin} says ${wanted}`}`, stamp: view.stamp(host, 'ip.addresses')}],
          remedy: {text: `Give ${device} its address${wanted === undefined ? '' : ` ${wanted}`}, now and in its configuration.`},
          breaks: [node.underlay(host)],
          needs: [node.host(host)],
        });
      }
    }
  },
};

const uniqueAddress: Check = {
  id: 'wireguard.duplicate-address',
  family: 'wireguard',
  title: 'No two hosts have the same underlay address',
  explanation: 'The underlay address is the name of a VTEP: two hosts with one address take each other\'s traffic and BGP session in turn. The subject is the address.',
  remedy: 'Give one of them another address, and its peers the matching AllowedIPs.',
  origin: 'NetQ check addresses: IPv4 duplicate',
  holdS: 0,
  run(view, out) {
    const owners = new Map<string, string[]>();
    for (const host of view.hosts('reflector', 'vtep')) {
      const device = view.underlay(host);
      if (device === undefined) continue;
      const read = view.read(host, 'ip.addresses');
      if (!read) out.unknown(subjectOf(host, 'underlay address'), [view.missing(host, 'ip.addresses')]);
      for (const {ip, scope, device: on} of read ?? []) if (on === device && scope === 'global') {
        const hosts = owners.get(ip);
        if (hosts) hosts.push(host);
        else owners.set(ip, [host]);
      }
    }
    for (const [ip, hosts] of owners) {
      const subject = (): Subject => ({id: ip, label: `address ${ip}`, hosts, rows: hosts.map((id) => ({resource: 'hosts', id}))});
      if (hosts.length === 1) out.pass(subject);
      else {
        out.fail({
          subject: subject(),
          says: `${hosts.join(' and ')} have the same underlay address ${ip}`,
          evidence: hosts.map((host) => ({text: `${view.underlay(host)} of ${host}: ${ip}`, stamp: view.stamp(host, 'ip.addresses')})),
          remedy: {text: `Give all but one of ${hosts.join(', ')} an address of their own, in the interface's configuration and in the AllowedIPs of the peers.`},
          breaks: hosts.flatMap((host) => [node.underlay(host), node.bgpConfig(host)]),
        });
      }
    }
  },
};

const ownKey: Check = {
  id: 'wireguard.own-key',
  family: 'wireguard',
  title: 'The WireGuard interface of each host has a private key',
  explanation: 'An interface without a key shows "(none)" as its public key and takes part in no handshake. The private key itself is never read.',
  remedy: 'wg set DEVICE private-key FILE, or wg-quick down and up.',
  origin: 'wg(8)',
  holdS: 0,
  run(view, out) {
    for (const {host, device, wg, read} of ends(view).values()) {
      const subject = (): Subject => subjectOf(host, `key of ${device}`);
      if (!read) out.unknown(subject(), [view.missing(host, 'wg.interfaces')]);
      else if (!wg) continue; // no such interface: wireguard.interface says so
      else if (wg.publicKey !== undefined) out.pass(subject);
      else {
        out.fail({
          subject: subject(),
          says: `${device} of ${host} has no key`,
          evidence: [{text: `wg show ${device} public-key on ${host}: (none)`, stamp: view.stamp(host, 'wg.interfaces')}],
          remedy: {text: `Set the private key of ${device} from its configuration: wg-quick down ${device} and up again.`},
          breaks: [node.underlay(host)],
          needs: [node.host(host)],
        });
      }
    }
  },
};

export const wireguardChecks: readonly Check[] = [interfaceCheck, address, uniqueAddress, ownKey, peers, keys, allowedIps, endpoints, handshakes];
