/** `bridge fdb show` and `bridge link show`, as iproute2 6.1 prints them. */
import {devicesOf, linkLocal, type Device} from '../derive/devices.ts';
import {remoteVteps} from '../derive/fabric.ts';
import {macsOf} from '../derive/macs.ts';
import {networksOn} from '../derive/places.ts';
import {troubleOf} from '../faults/trouble.ts';
import {change, type SimHost, type SimWorld} from '../world.ts';
import {fails, says, type Answer, type Program} from './answer.ts';
import {flags, portCost} from './ip-link.ts';
import {plain, type Value} from './json.ts';

interface Entry {
  readonly mac: string;
  readonly device: string;
  readonly dst?: string;
  readonly flags: readonly string[];
  readonly master?: string | undefined;
  readonly permanent: boolean;
}

/** Multicast addresses that the kernel listens to on a device; the last one is that of its link-local address. */
function listened(device: Device): readonly Entry[] {
  if (device.kind === 'loopback' || device.kind === 'wireguard' || device.kind === 'tun' || device.kind === 'vxlan') return [];
  const last = linkLocal(device.mac!).split(':').slice(-2).map((group) => group.padStart(4, '0')).join('');
  const solicited = `33:33:ff:${last.slice(2, 4)}:${last.slice(4, 6)}:${last.slice(6, 8)}`;
  const routers = device.kind === 'bridge' ? ['01:00:5e:00:00:6a', '33:33:00:00:00:6a'] : [];
  return ['33:33:00:00:00:01', ...routers, '01:00:5e:00:00:01', solicited].map((mac) => ({mac, device: device.name, flags: ['self'], permanent: true}));
}

function entriesOf(world: SimWorld, host: SimHost, device: Device): readonly Entry[] {
  const common = {device: device.name, master: device.master};
  const bridgeDown = devicesOf(world, host).some(({name, up}) => name === device.master && !up);
  const guest: readonly Entry[] = device.guestMac === undefined || bridgeDown ? [] : [{...common, mac: device.guestMac, flags: [], permanent: false}];
  const own: readonly Entry[] = device.master === undefined ? [] : [{...common, mac: device.mac!, flags: [], permanent: true}];
  if (device.kind !== 'vxlan') return [...guest, ...own, ...listened(device)];
  const {id} = device.vxlan!;
  const remote = macsOf(world, host, id).filter((entry) => entry.remote !== undefined);
  const entries = [
    ...remote.map(({mac}): Entry => ({...common, mac, flags: ['extern_learn'], permanent: false})),
    ...own,
    ...remote.map(({mac, remote: dst}): Entry => ({device: device.name, mac, dst: dst!, flags: ['self', 'extern_learn'], permanent: false})),
    ...[...remoteVteps(world, host, id)].reverse().map((dst): Entry => ({device: device.name, mac: floodMac, dst, flags: ['self'], permanent: true})),
  ];
  return tampered(world, host, device, entries);
}

const floodMac = '00:00:00:00:00:00';

/** What somebody has written into the table by hand takes the place of what was there for the MAC. */
function tampered(world: SimWorld, host: SimHost, device: Device, entries: readonly Entry[]): readonly Entry[] {
  const own = (troubleOf(world, host).fdb ?? []).filter(({vni, mac, until}) => vni === device.network && (until === undefined || entries.some((entry) => entry.mac === mac && entry.dst === until)));
  return [
    ...entries.filter((entry) => entry.dst === undefined || !own.some(({mac}) => mac === entry.mac)),
    ...own.flatMap(({mac, to}): readonly Entry[] => (to === undefined ? [] : [{device: device.name, mac, dst: to, flags: ['self', 'extern_learn'], permanent: false}])),
  ];
}

const entryJson = (entry: Entry): Value => ({mac: entry.mac, ifname: entry.device, dst: entry.dst, flags: entry.flags, master: entry.master, state: entry.permanent ? 'permanent' : ''});

const entryText = (entry: Entry): string => {
  const outer = entry.flags.includes('extern_learn') ? 'extern_learn ' : '';
  const place = entry.dst === undefined ? '' : `dst ${entry.dst} `;
  const self = entry.flags.includes('self');
  return `${entry.mac} dev ${entry.device} ${place}${self ? 'self ' : ''}${outer}${entry.master === undefined ? '' : `master ${entry.master} `}${entry.permanent ? 'permanent' : ''}\n`;
};

function portsJson(world: SimWorld, host: SimHost): readonly Value[] {
  return devicesOf(world, host).filter(({master}) => master !== undefined).map((device): Value => ({
    ifindex: device.index, link: device.kind === 'veth' ? 'eth0' : undefined, ifname: device.name, flags: flags(device), mtu: device.mtu, master: device.master, state: device.up ? 'forwarding' : 'disabled', priority: 32, cost: portCost(device),
    hairpin: false, guard: false, root_block: false, fastleave: false, learning: true, flood: true, mcast_flood: true, bcast_flood: true, mcast_router: 1, mcast_to_unicast: false, neigh_suppress: false, vlan_tunnel: false, isolated: false, locked: false,
  }));
}

/**
 * `bridge fdb del MAC dev DEVICE dst VTEP self`, and `replace`, which sets it. What is deleted is gone: zebra does not look
 * whether the kernel still has what it once put there (seen on FRR 8.4.4); it writes when the MAC moves.
 */
function writeEntry(world: SimWorld, host: SimHost, [verb, mac = '', ...rest]: readonly string[]): Answer {
  const device = devicesOf(world, host).find(({name}) => name === rest[rest.indexOf('dev') + 1]);
  if (!device) return fails('Cannot find device', 1);
  // The kernel looks at the MAC only, whatever destination is named.
  if (verb === 'del' && !entriesOf(world, host, device).some((entry) => entry.mac === mac && entry.dst !== undefined)) return fails('RTNETLINK answers: No such file or directory', 2);
  const vni = device.network!;
  const zebras = macsOf(world, host, vni).find((entry) => entry.mac === mac)?.remote;
  const to = verb === 'del' ? undefined : rest[rest.indexOf('dst') + 1];
  const name = `${mac} in the table of ${device.name}`;
  change(world, () => {
    const others = (world.faults ?? []).filter((fault) => fault.host !== host.name || (fault.name !== name && !(fault.name === 'fdb-stale' && troubleOf(world, host).fdb?.some((entry) => entry.mac === mac && entry.vni === vni))));
    const byHand = {fdb: [{vni, mac, to, ...(to === undefined && zebras !== undefined && {until: zebras})}]};
    world.faults = to === zebras ? others : [...others, {name, host: host.name, since: world.now(), byHand}];
  });
  return says('');
}

export const bridge: Program = (world, host, args) => {
  const json = args.includes('-j') || args.includes('-json');
  const [object, ...words] = args.filter((word) => !word.startsWith('-'));
  if (object === 'link' && json) return says(`${plain(portsJson(world, host), 'as-is')}\n`);
  if (object !== 'fdb') return fails(`Object "${object ?? ''}" is unknown, try "bridge help".`, 255);
  if (words[0] === 'del' || words[0] === 'replace') return writeEntry(world, host, words);
  const value = (name: string): string | undefined => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const [only, within] = [value('dev'), value('br') ?? value('brport')];
  const bridges = new Set(networksOn(world, host).map((network) => network.bridge));
  if (within !== undefined && !bridges.has(within) && within !== host.publicBridge) return fails(`Cannot find bridge device "${within}"`, 255);
  const entries = devicesOf(world, host)
    .filter((device) => (only === undefined || device.name === only) && (within === undefined || device.master === within))
    .flatMap((device) => entriesOf(world, host, device));
  return says(json ? `${plain(entries.map(entryJson), 'as-is')}\n` : entries.map(entryText).join(''));
};
