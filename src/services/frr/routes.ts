/** What the forms of an EVPN route have in common: prefix, communities, attributes. Pure. */
import type {EvpnRoute, EvpnRouteType} from '../../model/frr.ts';
import {ipOf, macOf} from './json.ts';

export interface Prefix {
  readonly type: EvpnRouteType;
  readonly ethTag: number; // 0 for type 4, which has none
  readonly mac: string | undefined;
  readonly ip: string | undefined;
}

/**
 * FRR's own text of a prefix:
 *   [2]:[tag]:[48]:[mac](:[iplen]:[ip])   [3]:[tag]:[iplen]:[originator]   [5]:[tag]:[iplen]:[ip]
 *   [4]:[esi]:[iplen]:[originator]        [1]:[tag]:[esi]:… (7.5: [1]:[esi]:[tag]:…)
 */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^\[([1-5])\]:\[([^\]]*)\]:\[([^\]]*)\]:\[([^\]]*)\](?::\[([^\]]*)\]:\[([^\]]*)\])?/.exec(text);
  if (!match) return undefined;
  const [, typeText, second, third, fourth, , sixth] = match;
  const type = Number(typeText) as EvpnRouteType;
  const tag = tagOf(type === 1 && second!.includes(':') ? third! : second!);
  switch (type) {
    case 1:
      return tag === undefined ? undefined : {type, ethTag: tag, mac: undefined, ip: undefined};
    case 2: {
      const mac = macOf(fourth);
      return tag === undefined || mac === undefined ? undefined : {type, ethTag: tag, mac, ip: ipOf(sixth)};
    }
    case 3:
      return tag === undefined ? undefined : {type, ethTag: tag, mac: undefined, ip: ipOf(fourth)};
    case 4:
      return {type, ethTag: 0, mac: undefined, ip: ipOf(fourth)};
    case 5: {
      const ip = ipOf(fourth);
      return tag === undefined ? undefined : {type, ethTag: tag, mac: undefined, ip: ip && /^\d{1,3}$/.test(third!) ? `${ip}/${third}` : undefined};
    }
  }
}

const tagOf = (text: string): number | undefined => (/^\d{1,10}$/.test(text) ? Number(text) : undefined);

export interface Communities {
  readonly rts: readonly string[];
  /** Of each RT, the local part, where it can be a VNI. */
  readonly localParts: readonly number[];
  /** When all RTs agree on one. */
  readonly vni: number | undefined;
  readonly mobility: number | undefined;
  readonly sticky: boolean;
}

/** "RT:65000:2 ET:8 MM:3", "ET:8 RT:65000:2 MM:1, sticky MAC" in any order. */
export function parseCommunities(text: string): Communities {
  const rts = [...text.matchAll(/(?:^|\s)RT:(\S{1,60})/g)].map((match) => match[1]!.replace(/,$/, ''));
  const localParts = [...new Set(rts.flatMap((rt) => {
    const local = Number(/:(\d{1,10})$/.exec(rt)?.[1] ?? 0);
    return local > 0 && local <= 0xffffff ? [local] : [];
  }))];
  const mobility = /(?:^|\s)MM:(\d{1,10})/.exec(text)?.[1];
  return {
    rts,
    localParts,
    vni: localParts.length === 1 ? localParts[0] : undefined,
    mobility: mobility === undefined ? undefined : Number(mobility),
    sticky: /sticky MAC/i.test(text),
  };
}

/** Next hop, metric, preference, weight, path: what the second line of a route in the table says. */
export interface Attributes {
  readonly nextHop: string;
  readonly metric: number | undefined;
  readonly localPref: number | undefined;
  readonly weight: number | undefined;
  readonly asPath: string;
  readonly origin: string;
}

/**
 * "192.168.0.3              0    100      0 i": next hop in 16 columns, metric in 10, preference and weight in 7, then
 * the AS path and the origin code. Numbers may be missing, so only the columns tell which is which; a next hop that
 * needs more than its columns puts the numbers on the next line (`numbers`).
 */
export function parseAttributes(line: string, numbers?: string): Attributes | undefined {
  const nextHop = /^\S+/.exec(line)?.[0];
  if (!nextHop || nextHop.length > 100 || !/[.:]/.test(nextHop)) return undefined;
  const rest = numbers ?? (nextHop.length <= 16 ? line.slice(16) : line.slice(nextHop.length));
  const cells = [rest.slice(0, 10), rest.slice(10, 17), rest.slice(17, 24)];
  const tail = /^ (?:(.*) )?([ie?])\s*$/.exec(rest.slice(24));
  // A number too long for its column moves the others: then none of them can be told.
  if (!tail || !cells.every((cell) => /^ *\d+$|^ +$/.test(cell))) {
    return {nextHop, metric: undefined, localPref: undefined, weight: undefined, asPath: '', origin: /\s([ie?])\s*$/.exec(rest)?.[1] ?? ''};
  }
  const [metric, localPref, weight] = cells.map((cell) => (cell.trim() === '' ? undefined : Number(cell)));
  return {nextHop, metric, localPref, weight, asPath: (tail[1] ?? '').trim(), origin: tail[2]!};
}

/** FRR gives 32768 to what is originated here; "external" or "internal" does not tell. */
export const localWeight = 32768;

export function makeRoute(
  rd: string,
  prefix: string,
  parsed: Prefix,
  attributes: Attributes,
  communities: string,
  flags: {readonly valid: boolean; readonly best: boolean; readonly local?: boolean; readonly label?: number | undefined},
  known: Communities = parseCommunities(communities),
): EvpnRoute {
  return {
    rd,
    type: parsed.type,
    prefix,
    ethTag: parsed.ethTag,
    mac: parsed.mac,
    ip: parsed.ip,
    nextHop: attributes.nextHop,
    valid: flags.valid,
    best: flags.best,
    local: flags.local ?? attributes.weight === localWeight,
    localPref: attributes.localPref,
    metric: attributes.metric,
    weight: attributes.weight,
    asPath: attributes.asPath,
    origin: attributes.origin,
    rts: known.rts,
    vni: known.vni ?? flags.label,
    mobility: known.mobility,
    sticky: known.sticky,
    communities,
  };
}
