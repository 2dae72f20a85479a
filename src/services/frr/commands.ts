/**
 * The one list of what may ever be sent to FRR. Nothing is composed freely: a name from this list, arguments of checked
 * shape, and the version decide the text.
 *
 * Not in the list, for any version: `show bgp l2vpn evpn route vni all` in any JSON or detail form. It ends bgpd with a
 * segmentation fault on 10.3 and 10.7.1 (seen); so a VNI is always a number here, and never "all" for routes.
 */
import type {FrrVersion} from '../../model/frr.ts';
import type {Problem} from '../../model/reading.ts';
import {secretWords} from './running.ts';
import {atLeast} from './version.ts';

/** A route distinguisher, a VNI (24 bits), a route type, a MAC: by shape, never free text. */
export interface FrrArguments {
  readonly rd?: string;
  readonly vni?: number;
  readonly type?: number;
  readonly mac?: string;
}
type ArgumentName = keyof FrrArguments;

interface Listed {
  /** `-d`: only this daemon is asked, so that another one that hangs does not hang the question. */
  readonly daemon: 'bgpd' | 'zebra' | undefined;
  readonly takes: readonly ArgumentName[];
  readonly text: (a: Readonly<Record<ArgumentName, string>>) => string;
  /** Why it must not or cannot be sent to this version; undefined version: not read yet. */
  readonly unfit?: (version: FrrVersion | undefined) => string | undefined;
}

const bgp = (text: Listed['text'], takes: readonly ArgumentName[] = [], unfit?: Listed['unfit']): Listed => ({daemon: 'bgpd', takes, text, unfit});
const zebra = (text: Listed['text'], takes: readonly ArgumentName[] = []): Listed => ({daemon: 'zebra', takes, text});
const vtysh = (text: string, unfit?: Listed['unfit']): Listed => ({daemon: undefined, takes: [], text: () => text, unfit});

const needs = (major: number, minor: number, what: string) => (version: FrrVersion | undefined) =>
  version && atLeast(version, major, minor) ? undefined : `${what} needs FRR ${major}.${minor} or later`;

/**
 * From 8.5 the table of a VNI is kept apart from the global one: `route vni N` then shows the multicast routes only
 * (seen on 10.3 and 10.7.1) and says of a MAC that it is not in the table.
 */
const wholeVni = (version: FrrVersion | undefined): string | undefined =>
  version && !atLeast(version, 8, 5) ? undefined : 'from FRR 8.5 on, "route vni" leaves out the MAC routes: read by type or RD';

const commands = {
  version: vtysh('show version'),
  'version-json': vtysh('show version json', needs(10, 7, 'show version json')),
  daemons: vtysh('show daemons'),
  running: vtysh('show running-config'),
  summary: bgp(() => 'show bgp l2vpn evpn summary'),
  'summary-json': bgp(() => 'show bgp l2vpn evpn summary json'),
  neighbors: bgp(() => 'show bgp neighbors'),
  'neighbors-json': bgp(() => 'show bgp neighbors json'),
  'bgp-vnis': bgp(() => 'show bgp l2vpn evpn vni'),
  'bgp-vnis-json': bgp(() => 'show bgp l2vpn evpn vni json'),
  vnis: zebra(() => 'show evpn vni'),
  'vnis-json': zebra(() => 'show evpn vni json'),
  'vnis-detail': zebra(() => 'show evpn vni detail'),
  'vnis-detail-json': zebra(() => 'show evpn vni detail json'),
  macs: zebra(() => 'show evpn mac vni all'),
  'macs-json': zebra(() => 'show evpn mac vni all json'),
  'macs-of-vni-json': zebra((a) => `show evpn mac vni ${a.vni} json`, ['vni']),
  arp: zebra(() => 'show evpn arp-cache vni all'),
  'arp-json': zebra(() => 'show evpn arp-cache vni all json'),
  evpn: zebra(() => 'show evpn'),
  'evpn-json': zebra(() => 'show evpn json'),
  routes: bgp(() => 'show bgp l2vpn evpn route'),
  'routes-json': bgp(() => 'show bgp l2vpn evpn route json'),
  'routes-of-type': bgp((a) => `show bgp l2vpn evpn route type ${a.type}`, ['type']),
  'routes-of-type-json': bgp((a) => `show bgp l2vpn evpn route type ${a.type} json`, ['type']),
  'routes-of-rd-json': bgp((a) => `show bgp l2vpn evpn route rd ${a.rd} json`, ['rd']),
  'routes-of-vni': bgp((a) => `show bgp l2vpn evpn route vni ${a.vni}`, ['vni'], wholeVni),
  'routes-of-vni-json': bgp((a) => `show bgp l2vpn evpn route vni ${a.vni} json`, ['vni'], wholeVni),
  'route-of-mac': bgp((a) => `show bgp l2vpn evpn route vni ${a.vni} mac ${a.mac}`, ['vni', 'mac'], wholeVni),
  'route-of-mac-json': bgp((a) => `show bgp l2vpn evpn route vni ${a.vni} mac ${a.mac} json`, ['vni', 'mac'], wholeVni),
} as const satisfies Readonly<Record<string, Listed>>;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as readonly CommandName[];

const shape: {readonly [K in ArgumentName]: (value: NonNullable<FrrArguments[K]>) => boolean} = {
  rd: (rd) => /^(\d{1,3}(\.\d{1,3}){3}|\d{1,10}):\d{1,10}$/.test(rd),
  vni: (vni) => Number.isInteger(vni) && vni >= 1 && vni <= 0xffffff,
  type: (type) => Number.isInteger(type) && type >= 1 && type <= 5,
  mac: (mac) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac),
};

/** vtysh is in PATH nearly everywhere; where FRR was built from source it may not be. */
const path = 'PATH="$PATH:/usr/sbin:/usr/local/bin:/usr/local/sbin:/usr/lib/frr:/usr/local/lib/frr"; ';
/**
 * vtysh would append every command to the history of the user on the host, in HOME. -H says another file, but 7.5 does
 * not know it and refuses to run; a HOME that is no folder works for all.
 */
const vtyshCommand = 'env HOME=/dev/null vtysh';
const call = (daemon: string | undefined, text: string): string => `${vtyshCommand} ${daemon ? `-d ${daemon} ` : ''}-c '${text}'`;

/** The vtysh call for a listed command, as shell text without PATH; or a Problem 'unsupported' that says why not. */
export function vtyshCall(name: CommandName, version: FrrVersion | undefined, given: FrrArguments = {}): string | Problem {
  const listed: Listed = commands[name];
  const reason = listed.unfit?.(version);
  if (reason !== undefined) return {kind: 'unsupported', detail: reason};
  const values: {-readonly [K in ArgumentName]: string} = {rd: '', vni: '', type: '', mac: ''};
  for (const argument of listed.takes) {
    const value = given[argument];
    const fits = shape[argument] as (value: unknown) => boolean;
    if (value === undefined || !fits(value)) return {kind: 'unsupported', detail: `${name}: "${String(value).slice(0, 60)}" is no ${argument.toUpperCase()}`};
    values[argument] = String(value);
  }
  return call(listed.daemon, listed.text(values));
}

/** The shell text to send for a listed command; or a Problem 'unsupported'. */
export function shellText(name: CommandName, version: FrrVersion | undefined, given: FrrArguments = {}): string | Problem {
  const text = vtyshCall(name, version, given);
  return typeof text === 'string' ? path + text : text;
}

/** `{}` stands for "no instance" and for "no neighbour": then the text form, which tells them apart, is asked too. */
export const summaryScript = withWords('summary-json');
export const neighborsScript = withWords('neighbors-json');

function withWords(name: 'summary-json' | 'neighbors-json'): string {
  return `${path}o=$(${fixed(name)}); r=$?; printf '%s\\n' "$o"; [ $r -eq 0 ] && [ \${#o} -lt 5 ] && ${fixed('summary')}; exit $r`;
}

/** The MACs, unless the VNIs say that there are more than `most`: then one line, "MACs: N". */
export const sizedMacsScript = (most: number): string =>
  `${path}n=0; for i in $(${fixed('vnis-json')} 2>/dev/null | tr ',{}' '\\n\\n\\n' | sed -n 's/^[[:space:]]*"numMacs": *\\([0-9]*\\).*/\\1/p'); do n=$((n+i)); done; ` +
  `[ $n -gt ${most} ] && { echo "MACs: $n"; exit 0; }; ${fixed('macs-json')}`;

/** Where `timeout` exists: a part of a script that may hang leaves time for the next one. */
const soon = "t=; command -v timeout >/dev/null && t='timeout 2'; ";

/** When vtysh as a whole gets no answer, zebra and bgpd are asked one by one which of them hangs. */
export const daemonsScript =
  `${path}${soon}o=$($t ${fixed('daemons')}); r=$?; printf '%s\n' "$o"; [ $r -ne 124 ] && exit $r; ` +
  `for d in zebra bgpd; do $t ${vtyshCommand} -d $d -c 'show daemons' >/dev/null 2>&1; echo "state $d $?"; done; exit 0`;

/** Any daemon can tell the version; one that is dead or hangs must not hide it. */
export const versionScript = `${path}${soon}$t ${vtyshCommand} -d bgpd -c 'show version' 2>/dev/null || $t ${vtyshCommand} -d zebra -c 'show version' 2>/dev/null || ${fixed('version')}`;

/** Passwords are replaced before they leave the host. */
export const runningScript = `${path}o=$(${fixed('running')}); r=$?; printf '%s\\n' "$o" | sed -E 's/((^|[[:space:]])${secretWords}[[:space:]]+)[^[:space:]].*$/\\1<removed>/'; exit $r`;

function fixed(name: CommandName): string {
  const text = vtyshCall(name, undefined);
  if (typeof text !== 'string') throw new Error(`${name} takes arguments or needs a version`);
  return text;
}

/** How a scope of routes is read: what to send, in which form it answers, and whether it answers with more than asked. */
export interface RouteQuestion {
  readonly script: string;
  readonly form: 'text' | 'json';
  readonly wider: boolean; // select() narrows the table to the scope
}

export function routeQuestion(scope: {readonly type?: number; readonly rd?: string; readonly vni?: number}, version: FrrVersion | undefined): RouteQuestion | Problem {
  if (scope.rd !== undefined) return question('routes-of-rd-json', 'json', scope.type !== undefined || scope.vni !== undefined);
  // `route vni N` would be narrower where it works, but it leaves the RD out: a row without its RD has no identity.
  if (scope.type !== undefined) return question('routes-of-type', 'text', scope.vni !== undefined);
  return question('routes', 'text', scope.vni !== undefined);

  function question(name: CommandName, form: 'text' | 'json', wider: boolean): RouteQuestion | Problem {
    const script = shellText(name, version, scope);
    return typeof script === 'string' ? {script, form, wider} : script;
  }
}
