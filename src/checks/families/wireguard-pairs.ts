/** The WireGuard underlay as pairs of hosts: what each end has configured for the other, found in one pass over the peers. */
import type {Tunnel} from '../../model/fabric.ts';
import type {Subject} from '../../model/finding.ts';
import type {WgInterface} from '../../model/network.ts';
import type {Out} from '../check.ts';
import type {View} from '../view.ts';

/** One host as an end of tunnels. */
export interface End {
  readonly host: string;
  readonly device: string;
  readonly wg: WgInterface | undefined; // undefined: not read, or there is none
  readonly read: boolean; // wg.interfaces is fresh
  readonly address: string | undefined; // of the device
  readonly publicAddresses: ReadonlySet<string>; // where it can be dialled, as far as known
  readonly single: string | undefined; // the address as AllowedIPs name it alone: "192.168.0.2/32"
  /** What the AllowedIPs of its peers take. Made when asked for. */
  takes(): Takes;
}
interface Takes {
  readonly exact: ReadonlyMap<string, Tunnel>; // address → the peer whose AllowedIPs name it alone
  readonly wide: readonly (readonly [prefix: Prefix, tunnel: Tunnel])[]; // longest first
}
interface Prefix {
  readonly base: number;
  readonly length: number;
  readonly text: string;
}

/** Two hosts that should meet in the underlay; a < b. */
export interface Pair {
  readonly a: End;
  readonly b: End;
  /** Each end that was read, as it looks at the other. Made when asked for. */
  readonly both: readonly Toward[];
  /** Both ends have the other's own key with its address, and one of them a live handshake: nothing of the pair is wrong. */
  readonly well: boolean;
}
/** What one end has for the other. */
export interface Toward {
  readonly from: End;
  readonly to: End;
  readonly peer: Tunnel | undefined; // the peer with the other's own key
  readonly carrier: Tunnel | undefined; // the peer whose AllowedIPs take the other's address; undefined: none, or address unknown
  readonly exact: boolean; // the carrier names that address alone, not a range around it
}

const cache = new WeakMap<View, ReadonlyMap<string, End>>();

/** Hosts whose underlay device is one of WireGuard, by name. A device that is gone counts by what the others have. */
export function ends(view: View): ReadonlyMap<string, End> {
  let made = cache.get(view);
  if (!made) cache.set(view, (made = makeEnds(view)));
  return made;
}

function makeEnds(view: View): ReadonlyMap<string, End> {
  const members = view.hosts('reflector', 'vtep');
  const devices = new Set<string>();
  for (const host of members) {
    const device = view.underlay(host);
    if (device !== undefined && view.host(host)!.readings['wg.interfaces']?.value?.some(({name}) => name === device)) devices.add(device);
  }
  let byHost: ReadonlyMap<string, readonly Tunnel[]> | undefined;
  const tunnelsOf = (host: string): readonly Tunnel[] => (byHost ??= Map.groupBy(view.fabric.tunnels, (tunnel) => tunnel.host)).get(host) ?? [];
  const result = new Map<string, End>();
  for (const host of members) {
    const state = view.host(host)!;
    const device = view.underlay(host);
    // An underlay without WireGuard (a plain interface) has no tunnels to look at.
    if (device === undefined || !devices.has(device)) continue;
    const wg = view.read(host, 'wg.interfaces')?.find(({name}) => name === device);
    const addresses = state.readings['ip.addresses']?.value ?? [];
    const address = view.underlayAddress(host);
    const publicAddresses = new Set(addresses.filter((one) => one.device !== device && one.scope === 'global').map(({ip}) => ip)).add(state.spec.ssh.host);
    const single = address === undefined ? undefined : `${address}/${address.includes(':') ? 128 : 32}`;
    let taken: Takes | undefined;
    result.set(host, {host, device, wg, read: view.read(host, 'wg.interfaces') !== undefined, address, publicAddresses, single, takes: () => (taken ??= takesOf(tunnelsOf(host), device))});
  }
  return result;
}

function takesOf(tunnels: readonly Tunnel[], device: string): Takes {
  const exact = new Map<string, Tunnel>();
  const wide: (readonly [Prefix, Tunnel])[] = [];
  for (const tunnel of tunnels) {
    if (tunnel.device !== device) continue;
    for (const allowed of tunnel.peer.allowedIps) {
      const [address = '', length] = allowed.split('/');
      if (length === '32' || length === '128') exact.set(address, tunnel);
      else if (address.includes('.')) wide.push([{base: numberOf(address), length: Number(length), text: allowed}, tunnel]);
    }
  }
  wide.sort(([x], [y]) => y.length - x.length);
  return {exact, wide};
}

/** Pairs that should meet: those of which nothing is wrong, and all others. */
export interface Pairs {
  readonly well: readonly Pair[];
  readonly others: readonly Pair[];
}
const pairCache = new WeakMap<View, Pairs>();

/** Pairs that should meet: hypervisors with reflectors (BGP) and with one another (VXLAN). Made once per view. */
export function pairs(view: View): Pairs {
  const known = pairCache.get(view);
  if (known) return known;
  const all = [...ends(view).values()].sort((x, y) => (x.host < y.host ? -1 : 1));
  const vtep = all.map(({host}) => view.host(host)!.spec.roles.includes('vtep'));
  const made = {well: [] as Pair[], others: [] as Pair[]};
  // Tunnels by the places of their ends in the list: a full mesh has tens of thousands.
  const place = new Map(all.map(({host}, i) => [host, i]));
  const table: (Tunnel | undefined)[] = Array.from({length: all.length ** 2});
  for (const tunnel of view.fabric.tunnels) {
    const [i, j] = [place.get(tunnel.host), tunnel.peerHost === undefined ? undefined : place.get(tunnel.peerHost)];
    // Two hosts may meet on other WireGuard interfaces too.
    if (i !== undefined && j !== undefined && tunnel.device === all[i]!.device) table[i * all.length + j] = tunnel;
  }
  for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
    if (!vtep[i] && !vtep[j]) continue;
    const pair = new Two(view, all[i]!, all[j]!, table[i * all.length + j], table[j * all.length + i]);
    if (pair.well) made.well.push(pair);
    else made.others.push(pair);
  }
  pairCache.set(view, made);
  return made;
}

class Two implements Pair {
  readonly a: End;
  readonly b: End;
  readonly well: boolean;
  private readonly view: View;
  private looks: readonly Toward[] | undefined;

  constructor(view: View, a: End, b: End, ab: Tunnel | undefined, ba: Tunnel | undefined) {
    this.view = view;
    this.a = a;
    this.b = b;
    this.well = ab !== undefined && ba !== undefined && isFor(a, b, ab) && isFor(b, a, ba) && (lives(ab) || lives(ba));
  }

  get both(): readonly Toward[] {
    const {view, a, b} = this;
    return (this.looks ??= [...(a.read ? [toward(view, a, b)] : []), ...(b.read ? [toward(view, b, a)] : [])]);
  }
}

/** WireGuard drops a key pair 180 s after its handshake (REJECT_AFTER_TIME): with traffic there is a newer one by then. */
const limitS = 180;
export const lives = ({handshakeAgeS}: Tunnel): boolean => handshakeAgeS !== undefined && handshakeAgeS <= limitS;

/** The kernel gives an address to one peer of a device: the one that names it has it. */
const isFor = (from: End, to: End, {device, peer: {allowedIps}}: Tunnel): boolean => from.read && from.wg !== undefined && device === from.device && to.single !== undefined && allowedIps.includes(to.single);

function toward(view: View, from: End, to: End): Toward {
  const exact = to.address === undefined ? undefined : from.takes().exact.get(to.address);
  return {from, to, peer: view.tunnel(from.host, to.host), carrier: exact ?? (to.address === undefined ? undefined : within(from, to.address)), exact: exact !== undefined};
}

function within(from: End, address: string): Tunnel | undefined {
  const {wide} = from.takes();
  if (wide.length === 0 || !address.includes('.')) return undefined;
  const number = numberOf(address);
  return wide.find(([{base, length}]) => length === 0 || (number ^ base) >>> (32 - length) === 0)?.[1];
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);

/** Neither has anything for the other: they meet nowhere, or through a third that carries a whole range. */
export const strangers = (view: View, {a, b}: Pair): boolean => !view.tunnel(a.host, b.host) && !view.tunnel(b.host, a.host);

export function pairSubject(view: View, {a, b}: Pair): Subject {
  const rows = [view.tunnel(a.host, b.host), view.tunnel(b.host, a.host)].flatMap((tunnel) => (tunnel ? [{resource: 'wg' as const, id: tunnel.id}] : []));
  return {id: `${a.host}|${b.host}`, label: `tunnel between ${a.host} and ${b.host}`, hosts: [a.host, b.host], rows: rows.length > 0 ? rows : [{resource: 'hosts', id: a.host}, {resource: 'hosts', id: b.host}]};
}

/** Pairs of which nothing is wrong pass every check of pairs; what is to be judged are the others. */
export function othersThan(view: View, out: Out): readonly Pair[] {
  const {well, others} = pairs(view);
  out.passAll(well.length, () => well.map((pair) => pairSubject(view, pair)));
  return others;
}

/** In BGP such a break is not seen when both are hypervisors: they talk to the reflector only. */
export function bgpIsWell(view: View, {a, b}: Pair): boolean {
  const sessions = sessionsOf(view);
  return [a, b].every(({host}) => (sessions.get(host) ?? []).length > 0 && sessions.get(host)!.every((verdict) => verdict === 'established'));
}

const sessionCache = new WeakMap<View, ReadonlyMap<string, readonly string[]>>();
/** Verdicts of the expected sessions of each host, and under "a>b" of the one with that host. */
function sessionsOf(view: View): ReadonlyMap<string, readonly string[]> {
  let made = sessionCache.get(view);
  if (!made) {
    const result = new Map<string, string[]>();
    const add = (key: string, verdict: string): void => {
      const verdicts = result.get(key);
      if (verdicts) verdicts.push(verdict);
      else result.set(key, [verdict]);
    };
    for (const {host, peerHost, expected, verdict} of view.fabric.sessions) {
      if (expected !== 'expected') continue;
      add(host, verdict);
      if (peerHost !== undefined) add(host < peerHost ? `${host}>${peerHost}` : `${peerHost}>${host}`, verdict);
    }
    sessionCache.set(view, (made = result));
  }
  return made;
}

/** The expected BGP session between two hosts, the better of both views of it; undefined: none is expected or known. */
export function expectedSession(view: View, a: string, b: string): string | undefined {
  const verdicts = sessionsOf(view).get(a < b ? `${a}>${b}` : `${b}>${a}`) ?? [];
  return verdicts.find((verdict) => verdict === 'established') ?? verdicts.find((verdict) => verdict !== 'unknown');
}
