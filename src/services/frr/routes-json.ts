/** `show bgp l2vpn evpn route … json` in every shape it has had from 7.5 to 10.x, detail included. Pure. */
import type {EvpnRoute} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, ipOf, isObject, listOf, macOf, objectOf, readJson, textOf, vniOf, type JsonObject} from './json.ts';
import {silence} from './refusal.ts';
import {makeRoute, parsePrefix} from './routes.ts';

/** Keyed by RD, then by prefix (the whole table, a type, an RD), or by prefix alone (a VNI), or one prefix. */
export function parseRoutesJson(stdout: string): Reading<readonly EvpnRoute[]> {
  if (silence(stdout)) return bad('not-configured', 'no BGP instance');
  const top = readJson(stdout)?.documents[0];
  if (!isObject(top)) return bad('garbled', 'EVPN routes: the answer is not complete JSON');
  const keys = Object.keys(top);
  // `{}`: no instance (`show bgp l2vpn evpn json`), no such VNI, or no such MAC. All of them: nothing there to read.
  if (keys.length === 0) return bad('not-configured', 'bgpd has no such table');
  if (top['paths'] !== undefined) {
    const prefix = textOf(top['prefix']) ?? macPrefix(top);
    return prefix ? good(prefixRoutes(textOf(top['rd']) ?? '', prefix, top)) : bad('garbled', 'EVPN routes: paths without a prefix');
  }
  const routes: EvpnRoute[] = [];
  let understood = top['numPrefix'] !== undefined || top['numPaths'] !== undefined;
  for (const [key, value] of Object.entries(top)) {
    if (!isObject(value)) continue;
    if (key.startsWith('[')) {
      understood = true;
      routes.push(...prefixRoutes('', key, value));
    } else if (/:\d+$/.test(key)) {
      understood = true;
      // Prefixes stand beside "rd" and, from 10.7, "numRoutes": what is an object under a bracket is a prefix.
      for (const [prefix, entry] of Object.entries(value)) if (prefix.startsWith('[') && isObject(entry)) routes.push(...prefixRoutes(sanitizeLine(key, 100), prefix, entry));
    }
  }
  return understood ? good(routes) : bad('garbled', 'EVPN routes: the JSON holds neither routes nor their number');
}

/** `route vni N mac M json` gives the parts of the prefix, not its text: put together as FRR does elsewhere. */
function macPrefix(top: JsonObject): string | undefined {
  const [tag, mac, ip, length] = [countOf(top['ethTag']), macOf(top['mac']), ipOf(top['ip']), countOf(top['ipLen'])];
  if (top['routeType'] !== 2 || tag === undefined || !mac) return undefined;
  return `[2]:[${tag}]:[48]:[${mac}]${ip && length ? `:[${length}]:[${ip}]` : ''}`;
}

function prefixRoutes(rd: string, prefixText: string, entry: JsonObject): EvpnRoute[] {
  const prefix = sanitizeLine(prefixText, 200);
  const parsed = parsePrefix(prefix);
  if (!parsed) return [];
  // An array of arrays of one path, or (`show bgp l2vpn evpn json`) an array of paths. `json brief` has none.
  // Some 8.x forms for one RD keep the paths under the prefix itself.
  return listOf(entry['paths'] ?? entry[prefixText])
    .flatMap((item) => (Array.isArray(item) ? listOf(item) : [item]))
    .flatMap((item): EvpnRoute[] => {
      if (!isObject(item)) return [];
      const nexthops = listOf(item['nexthops']).filter(isObject);
      const nextHop = textOf((nexthops.find((hop) => hop['used'] === true) ?? nexthops[0])?.['ip']);
      if (!nextHop) return [];
      const path = objectOf(item['aspath']);
      const best = item['bestpath'];
      const asPath = textOf(item['path'] ?? path['string']) ?? '';
      const attributes = {
        nextHop,
        metric: countOf(item['metric']),
        localPref: countOf(item['locPrf']),
        weight: countOf(item['weight']),
        asPath: asPath === 'Local' ? '' : asPath,
        origin: originOf(item['origin']),
      };
      return [
        makeRoute(rd, prefix, parsed, attributes, textOf(objectOf(item['extendedCommunity'])['string']) ?? '', {
          valid: item['valid'] === true,
          best: best === true || objectOf(best)['overall'] === true,
          local: item['sourced'] === true || item['local'] === true ? true : undefined,
          label: vniOf(item['vni'] ?? item['VNI']) ?? vniOf(objectOf(item['pmsi'])['label']),
        }),
      ];
    });
}

const originOf = (value: unknown): string => (value === 'IGP' ? 'i' : value === 'EGP' ? 'e' : value === 'incomplete' ? '?' : '');
