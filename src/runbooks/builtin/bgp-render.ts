/** BGP EVPN of one host, rendered, and the way from what runs to it. Pure. */

export interface BgpHost {
  readonly host: string;
  readonly address: string; // in the underlay: router-id, and the VXLAN tunnel endpoint
  readonly reflects: boolean;
  /** Addresses of the reflectors that it dials. */
  readonly dials: readonly string[];
  /** Addresses of hypervisors that it has a session of its own with, outside of the group: while combinations are switched. */
  readonly mesh?: readonly string[];
  /** A reflector of combination 2: its cluster-id is FRR's default, its own address. */
  readonly ownCluster?: boolean;
}

/**
 * Between the combinations, so that there is always a way for routes that no change touches. `mesh`: combination 1, and
 * sessions between all hypervisors; `bridge`: the first two reflect as well; `both`: combination 2 as far as hypervisors
 * go, while the ingress box reflects for all. Setting a role, a source or the kind of a neighbour resets its session.
 */
export type Stage = '' | 'mesh' | 'bridge' | 'both';
export interface BgpSettings {
  readonly as: number;
  readonly network: string; // who may dial a reflector: "192.168.0.0/24"
  readonly clusterId: string;
  /** Undefined: FRR's own, 60, 180 and 120 seconds. */
  readonly keepaliveS: number | undefined;
  readonly holdS: number | undefined;
  readonly connectS: number | undefined;
}

/**
 * Who reflects and who dials whom. Combination 1: the hosts of the reflector's role reflect, all others dial them.
 * Combination 2: the first two hypervisors reflect for everybody and have a session between them (one-deploy's templates
 * alone would leave them without); the ingress box becomes a plain member, so that the whole picture stays readable there.
 */
export function rolesOf(members: readonly Role[], combination: 1 | 2, stage: Stage = ''): readonly BgpHost[] {
  const first = members.filter(({reflector}) => reflector);
  const second = members.filter(({vtep, reflector}) => vtep && !reflector).slice(0, 2);
  const reflectors = stage === 'bridge' || stage === 'both' ? [...first, ...second] : combination === 1 || stage === 'mesh' ? first : second;
  if (first.length === 0 && (combination === 1 || stage !== '')) throw new Error('there is no host with the role of a reflector');
  if ((combination === 2 || stage !== '') && second.length < 2) throw new Error('combination 2 needs two hypervisors');
  return members.map((self): BgpHost => {
    const dialled = stage === '' ? reflectors : self.reflector ? [] : stage === 'both' ? reflectors : first;
    const mesh = stage === 'mesh' || stage === 'bridge' ? members.filter((one) => one !== self && !self.reflector && !one.reflector).map(({address}) => address) : [];
    return {
      host: self.host, address: self.address, reflects: reflectors.includes(self), dials: dialled.filter((one) => one !== self).map(({address}) => address),
      ...(mesh.length > 0 && {mesh}), ...(reflectors.includes(self) && second.includes(self) && {ownCluster: true}),
    };
  });
}
interface Role {
  readonly host: string;
  readonly address: string;
  readonly reflector: boolean;
  readonly vtep: boolean;
}

/** As `show running-config` of FRR writes it: `router bgp AS` with its lines, without the `!` between them. */
export function bgpBlock({address, reflects, dials, mesh = [], ownCluster = false}: BgpHost, {as, network, clusterId, keepaliveS, holdS, connectS}: BgpSettings): readonly string[] {
  return [
    `router bgp ${as}`,
    ` bgp router-id ${address}`,
    ' no bgp default ipv4-unicast',
    // Setting it resets every session of the host; two reflectors get on with one each.
    ...(reflects && !(ownCluster && clusterId === '') ? [` bgp cluster-id ${clusterId === '' ? address : clusterId}`] : []),
    ' neighbor fabric peer-group',
    ` neighbor fabric remote-as ${as}`,
    ...(reflects ? [` neighbor fabric update-source ${address}`] : []),
    ...(keepaliveS !== undefined && holdS !== undefined ? [` neighbor fabric timers ${keepaliveS} ${holdS}`] : []),
    ...(connectS === undefined ? [] : [` neighbor fabric timers connect ${connectS}`]),
    ' neighbor fabric capability extended-nexthop',
    ...dials.map((reflector) => ` neighbor ${reflector} peer-group fabric`),
    ...mesh.flatMap((peer) => [` neighbor ${peer} remote-as ${as}`, ...(connectS === undefined ? [] : [` neighbor ${peer} timers connect ${connectS}`])]),
    ...(reflects ? [` bgp listen range ${network} peer-group fabric`] : []),
    ' address-family l2vpn evpn',
    '  neighbor fabric activate',
    ...mesh.map((peer) => `  neighbor ${peer} activate`),
    ...(reflects ? ['  neighbor fabric route-reflector-client'] : []),
    '  advertise-all-vni',
    ' exit-address-family',
    'exit',
  ];
}

/** Of the peer group that all sessions of the fabric are in; undefined: FRR's own. */
export type Timers = Pick<BgpSettings, 'keepaliveS' | 'holdS' | 'connectS'>;
export function timersIn(block: readonly string[]): Timers {
  const numbers = (line: RegExp): readonly number[] => block.flatMap((one) => line.exec(one)?.slice(1).map(Number) ?? []);
  const [keepaliveS, holdS] = numbers(/^ neighbor fabric timers (\d+) (\d+)$/);
  const [connectS] = numbers(/^ neighbor fabric timers connect (\d+)$/);
  return {keepaliveS, holdS, connectS};
}

/** The `router bgp` block of a configuration, in the form of `bgpBlock`; empty without one. Other instances (`vrf`) are left alone. */
export function blockIn(config: string): readonly string[] {
  const lines = config.split('\n').map((line) => line.trimEnd());
  const from = lines.findIndex((line) => /^router bgp \d[\d.]*$/.test(line));
  if (from < 0) return [];
  const rest = lines.slice(from + 1);
  const end = rest.findIndex((line) => line !== '' && !/^\s/.test(line) && line !== '!');
  const body = rest.slice(0, end < 0 ? rest.length : end).filter((line) => line.trim() !== '!' && line.trim() !== '');
  // FRR 7.5 writes neither `exit` nor, in some places, `exit-address-family`.
  return [lines[from]!, ...body, 'exit'];
}

const section = (block: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>([['', []]]);
  let at = '';
  for (const line of block.slice(1)) {
    if (/^ address-family /.test(line)) found.set((at = line.trim()), []);
    else if (/^ ?exit(-address-family)?$/.test(line)) at = '';
    else found.get(at)!.push(line.trim());
  }
  return found;
};

const negated = (line: string): string => {
  if (line.startsWith('no ')) return line.slice(3);
  // These are taken back by their first words; the value would be taken for another command, or refused.
  const short = /^(bgp router-id|bgp cluster-id|neighbor \S+ update-source|neighbor \S+ remote-as|neighbor \S+ timers connect|neighbor \S+ (?:password|description))\b/.exec(line)?.[1]
    ?? /^(neighbor \S+ timers) \d+ \d+$/.exec(line)?.[1];
  return `no ${short ?? line}`;
};
/** `bgp router-id 1.2.3.4` of two blocks is one line that changes: setting it anew is enough. */
const settingOf = (line: string): string => /^(bgp router-id|bgp cluster-id|neighbor \S+ update-source|neighbor \S+ remote-as|neighbor \S+ timers connect|neighbor \S+ description)\b/.exec(line)?.[1] ?? /^(neighbor \S+ timers) \d/.exec(line)?.[1] ?? line;
/** The first that makes a neighbour or a peer-group: without it the others mean nothing. */
const makes = (line: string): string | undefined => /^neighbor (\S+) (?:peer-group|interface|remote-as)/.exec(line)?.[1];

/**
 * The commands, as a file for `vtysh -f`, that make `wanted` out of `running`; undefined: they are the same. Lines that
 * are in both are not touched, so sessions that stay are not reset by it. Order of removal: listen ranges, families,
 * neighbours, then groups.
 */
export function deltaOf(running: readonly string[], wanted: readonly string[]): string | undefined {
  if (running.length === 0 && wanted.length === 0) return undefined;
  if (wanted.length === 0) return `no ${running[0]!}\n`;
  if (running.length > 0 && running[0] !== wanted[0]) return `no ${running[0]!}\n${wanted.join('\n')}\n`;
  const [was, will] = [section(running), section(wanted)];
  const top: string[] = [];
  const families: string[] = [];
  const makers = (of: ReadonlyMap<string, readonly string[]>, name: string): string => (of.get('') ?? []).filter((line) => makes(line) === name).join('\n');
  const before = new Set((was.get('') ?? []).flatMap((line) => makes(line) ?? []));
  // A neighbour that goes into a group, or out of it, is made anew.
  const anew = new Set([...before].filter((name) => /[.:]/.test(name) && makers(will, name) !== '' && makers(will, name) !== makers(was, name)));
  const gone = new Set([...before].filter((name) => anew.has(name) || makers(will, name) === ''));
  const ofGone = (line: string): boolean => gone.has(/^neighbor (\S+)/.exec(line)?.[1] ?? '');
  const groups = new Set((was.get('') ?? []).flatMap((line) => /^neighbor (\S+) peer-group$/.exec(line)?.[1] ?? []));
  const lines = (of: ReadonlyMap<string, readonly string[]>, family: string): readonly string[] => of.get(family) ?? [];
  const removed = (family: string): readonly string[] => lines(was, family).filter((line) => !lines(will, family).includes(line) && !ofGone(line) && !lines(will, family).some((other) => settingOf(other) === settingOf(line)));
  const added = (family: string): readonly string[] => lines(will, family).filter((line) => !lines(was, family).includes(line) || anew.has(/^neighbor (\S+)/.exec(line)?.[1] ?? ''));
  const ranges = removed('').filter((line) => line.startsWith('bgp listen range'));
  top.push(...ranges.map(negated), ...removed('').filter((line) => !line.startsWith('bgp listen range')).map(negated));
  top.push(...[...gone].filter((name) => !groups.has(name)).map((name) => `no neighbor ${name}`), ...[...gone].filter((name) => groups.has(name)).map((name) => `no neighbor ${name} peer-group`));
  top.push(...added(''));
  for (const family of new Set([...was.keys(), ...will.keys()])) {
    if (family === '') continue;
    const changes = [...removed(family).map(negated), ...added(family)];
    if (changes.length > 0) families.push(` ${family}`, ...changes.map((line) => `  ${line}`), ' exit-address-family');
  }
  if (top.length === 0 && families.length === 0) return undefined;
  return [wanted[0]!, ...top.map((line) => ` ${line}`), ...families, 'exit'].join('\n') + '\n';
}

/** A whole bgpd.conf of the per-daemon layout, where there was none. As one-deploy's role writes it. */
export const bgpdFile = (host: string, block: readonly string[]): string =>
  `hostname ${host}\nlog file /var/log/frr/bgpd.log informational\n!\n${block.join('\n')}\n!\nline vty\n!\n`;
