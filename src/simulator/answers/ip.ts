/** `ip -j …`: what is asked for, and the tables that are not devices. */
import {devicesOf} from '../derive/devices.ts';
import {guestsOn} from '../derive/places.ts';
import type {SimHost, SimWorld} from '../world.ts';
import {fails, says, type Program} from './answer.ts';
import {addresses, links} from './ip-link.ts';
import {setLink} from './ip-set.ts';
import {plain, type Value} from './json.ts';

const network = (ip: string, length: number): string => {
  const bits = ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const base = Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`;
};

function routesOf(world: SimWorld, host: SimHost): readonly Value[] {
  const connected = devicesOf(world, host)
    .filter(({up}) => up)
    .flatMap((device) => device.addresses.map((address) => ({device: device.name, ...address})))
    .filter(({ip, length}) => length < 32 && !ip.startsWith('127.'))
    .map(({device, ip, length}) => ({dst: network(ip, length), dev: device, protocol: 'kernel', scope: 'link', prefsrc: ip, flags: []}))
    .sort((a, b) => a.dst.localeCompare(b.dst, undefined, {numeric: true}));
  if (world.machines === 'namespaces') return connected;
  const outside = host.guestId === undefined ? (host.publicBridge ?? host.publicDevice) : 'eth0';
  return [{dst: 'default', gateway: `${world.publicSubnet.split('.').slice(0, 3).join('.')}.254`, dev: outside, flags: []}, ...connected];
}

/** Who a host has talked to: the other hosts on the public network, and for a router its guests on the overlay. */
function neighboursOf(world: SimWorld, host: SimHost): readonly Value[] {
  const devices = devicesOf(world, host);
  const outside = host.guestId === undefined ? (host.publicBridge ?? host.publicDevice) : 'eth0';
  const hosts = world.hosts.filter((other) => other !== host && other.underlay !== undefined && host.underlay !== undefined);
  const machines = hosts.map((other): Value => {
    const device = devicesOf(world, other).find(({name}) => name === (other.publicBridge ?? other.publicDevice));
    return {dst: other.publicAddress, dev: outside, lladdr: device?.mac ?? '', state: ['REACHABLE']};
  });
  if (host.guestId === undefined) return machines;
  const inside = devices.filter(({name}) => name !== 'lo' && name !== 'eth0');
  return inside.flatMap((device) => {
    const vni = world.guests.find(({id}) => id === host.guestId)?.nics.find(({mac}) => mac === device.mac)?.network;
    return world.hosts.flatMap((machine) => guestsOn(world, machine)).filter(({id}) => id !== host.guestId)
      .flatMap(({nics}) => nics.filter((nic) => nic.network === vni)).map((nic): Value => ({dst: nic.ip, dev: device.name, lladdr: nic.mac, state: ['STALE']}));
  });
}

export const ip: Program = (world, host, args) => {
  const options = args.filter((word) => word.startsWith('-'));
  const [object, ...rest] = args.filter((word) => !word.startsWith('-'));
  const words = rest.filter((word) => word !== 'show' && word !== 'list');
  const has = (...names: readonly string[]): boolean => names.some((name) => options.includes(name));
  if (object === 'link' && rest[0] === 'set') return setLink(world, host, rest.slice(1));
  if (!has('-j', '-json')) return fails(`the demo fabric answers "ip -j" only: ip ${args.join(' ')}`, 255);
  const value = (name: string): string | undefined => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  switch (object) {
    case 'link': {
      const name = value('dev') ?? (words.length === 1 ? words[0] : undefined);
      const text = links(world, host, {details: has('-d', '-details'), counters: has('-s', '-statistics'), kind: value('type'), name});
      return text === undefined ? fails(`Device "${name}" does not exist.`) : says(text);
    }
    case 'addr':
    case 'address':
      return says(addresses(world, host));
    case 'route':
      return says(`${plain(has('-6') ? [] : routesOf(world, host), 'as-is')}\n`);
    case 'neigh':
    case 'neighbour':
    case 'neighbor':
      return says(`${plain(neighboursOf(world, host), 'as-is')}\n`);
    case 'rule':
      return says('[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"},{"priority":32767,"src":"all","table":"default"}]\n');
    default:
      return fails(`Object "${object ?? ''}" is unknown, try "ip help".`);
  }
};
