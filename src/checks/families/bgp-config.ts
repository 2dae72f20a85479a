/** The part of `show running-config` that says what BGP is to do: neighbours with what their peer-group gives them, route-maps. */
import type {RunningConfig} from '../../model/frr.ts';

export interface NeighborConfig {
  readonly name: string; // address, interface or peer-group
  readonly group: string | undefined;
  readonly remoteAs: string | undefined; // "65000", "internal", "external"
  readonly password: boolean;
  readonly shutdown: boolean;
  readonly activated: boolean; // for l2vpn evpn
  readonly reflectorClient: boolean;
  readonly routeMapIn: string | undefined;
  readonly routeMapOut: string | undefined;
  readonly dynamic: boolean; // through `bgp listen range`
}
export interface BgpConfig {
  readonly as: string | undefined; // undefined: no `router bgp`
  readonly advertiseAllVni: boolean;
  readonly ranges: readonly {readonly range: string; readonly group: string}[];
  /** What holds for a neighbour of that address, its group's settings with its own; undefined: not configured. */
  neighbor(address: string): NeighborConfig | undefined;
  /** No route passes: the map does not exist, or has no permit entry. */
  deniesAll(routeMap: string): boolean;
  /** Some route may be denied. */
  denies(routeMap: string): boolean;
}

/** Settings as they stand in the text: `undefined` is inherited. */
interface Settings {
  group?: string;
  remoteAs?: string;
  password?: boolean;
  shutdown?: boolean;
  activated?: boolean;
  reflectorClient?: boolean;
  routeMapIn?: string;
  routeMapOut?: string;
}

const cache = new WeakMap<RunningConfig, BgpConfig>();

export function bgpConfig(running: RunningConfig): BgpConfig {
  let made = cache.get(running);
  if (!made) cache.set(running, (made = read(running.text)));
  return made;
}

function read(text: string): BgpConfig {
  const neighbors = new Map<string, Settings>();
  const maps = new Map<string, {permits: boolean; denies: boolean}>();
  const ranges: {range: string; group: string}[] = [];
  let as: string | undefined;
  let advertiseAllVni = false;
  let activatedByDefault = false;
  let inside = false; // of the BGP instance of the default VRF
  let family: string | undefined;
  for (const line of text.split('\n')) {
    const words = line.trim().split(/ +/);
    if (/^\S/.test(line) && line !== '!') {
      inside = false;
      family = undefined;
      if (words[0] === 'router' && words[1] === 'bgp' && !words.includes('vrf') && !words.includes('view')) {
        inside = true;
        as = words[2];
      } else if (words[0] === 'route-map' && words[1] !== undefined) {
        const map = maps.get(words[1]) ?? {permits: false, denies: false};
        if (words[2] === 'permit') map.permits = true;
        else map.denies = true;
        maps.set(words[1], map);
      }
      continue;
    }
    if (!inside) continue;
    if (words[0] === 'address-family') family = words.slice(1).join(' ');
    else if (words[0] === 'exit-address-family') family = undefined;
    else if (words[0] === 'advertise-all-vni' && family === 'l2vpn evpn') advertiseAllVni = true;
    else if (line.trim() === 'bgp default l2vpn-evpn') activatedByDefault = true;
    else if (words[0] === 'bgp' && words[1] === 'listen' && words[2] === 'range' && words[3] !== undefined && words[5] !== undefined) ranges.push({range: words[3], group: words[5]});
    else {
      const no = words[0] === 'no';
      const [what, name, key, value, direction] = no ? words.slice(1) : words;
      if (what !== 'neighbor' || name === undefined || key === undefined) continue;
      const settings = neighbors.get(name) ?? {};
      neighbors.set(name, settings);
      if (family === undefined) session(settings, key, value, words);
      else if (family === 'l2vpn evpn') evpn(settings, key, value, direction, no);
    }
  }
  return {
    as, advertiseAllVni, ranges,
    neighbor: (address) => resolve(address, neighbors, ranges, activatedByDefault),
    deniesAll: (name) => maps.get(name)?.permits !== true,
    denies: (name) => maps.get(name)?.denies ?? true,
  };
}

function session(settings: Settings, key: string, value: string | undefined, words: readonly string[]): void {
  if (key === 'peer-group' && value !== undefined) settings.group = value;
  else if (key === 'remote-as' && value !== undefined) settings.remoteAs = value;
  else if (key === 'password') settings.password = true;
  else if (key === 'shutdown') settings.shutdown = true;
  else if (key === 'interface') {
    const at = words.indexOf('remote-as');
    if (at > 0 && words[at + 1] !== undefined) settings.remoteAs = words[at + 1]!;
    const group = words.indexOf('peer-group');
    if (group > 0 && words[group + 1] !== undefined) settings.group = words[group + 1]!;
  }
}

function evpn(settings: Settings, key: string, value: string | undefined, direction: string | undefined, no: boolean): void {
  if (key === 'activate') settings.activated = !no;
  else if (key === 'route-reflector-client') settings.reflectorClient = !no;
  else if (key === 'route-map' && value !== undefined && direction === 'in') settings.routeMapIn = value;
  else if (key === 'route-map' && value !== undefined && direction === 'out') settings.routeMapOut = value;
}

function resolve(address: string, neighbors: ReadonlyMap<string, Settings>, ranges: BgpConfig['ranges'], activatedByDefault: boolean): NeighborConfig | undefined {
  const own = neighbors.get(address);
  const listened = own ? undefined : ranges.find(({range}) => inRange(address, range));
  if (!own && !listened) return undefined;
  const group = own ? own.group : listened?.group;
  const inherited = group === undefined ? {} : (neighbors.get(group) ?? {});
  const all = {...inherited, ...own};
  return {
    name: address, group, remoteAs: all.remoteAs, password: all.password ?? false, shutdown: all.shutdown ?? false, activated: all.activated ?? activatedByDefault,
    reflectorClient: all.reflectorClient ?? false, routeMapIn: all.routeMapIn, routeMapOut: all.routeMapOut, dynamic: listened !== undefined,
  };
}

const numberOf = (address: string): number | undefined => (/^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0) : undefined);

function inRange(address: string, range: string): boolean {
  const [base = '', length = ''] = range.split('/');
  const [at, from, bits] = [numberOf(address), numberOf(base), Number(length)];
  return at !== undefined && from !== undefined && bits >= 0 && bits <= 32 && (bits === 0 || (at ^ from) >>> (32 - bits) === 0);
}
