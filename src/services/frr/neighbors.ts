/** `show bgp neighbors [json]`, FRR 7.5 to 10.x. Pure. */
import type {BgpNeighbor} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, flagOf, ipOf, isObject, objectOf, readJson, textOf} from './json.ts';
import {uptimeMs} from './summary.ts';

export function parseNeighbors(stdout: string): Reading<readonly BgpNeighbor[]> {
  return /^\s*\{/.test(stdout) ? parseNeighborsJson(stdout) : parseNeighborsText(stdout);
}

function parseNeighborsJson(stdout: string): Reading<readonly BgpNeighbor[]> {
  const answer = readJson(stdout);
  const top = answer?.documents[0];
  if (!answer || !isObject(top)) return bad('garbled', 'BGP neighbours: the answer is not complete JSON');
  if (top['bgpNoSuchNeighbor'] === true) return good([]);
  if (Object.keys(top).length === 0) {
    // As in the summary: the words after `{}` tell "no instance" from "no neighbour".
    return /No (BGP|L2VPN EVPN) neighbors? (found|is configured)|^BGP router identifier/m.test(answer.rest) ? good([]) : bad('not-configured', 'no BGP instance, or no neighbour');
  }
  const neighbors = Object.entries(top).flatMap(([name, neighbor]) => (isObject(neighbor) && neighbor['bgpState'] !== undefined ? jsonNeighbor(name, neighbor) : []));
  return neighbors.length === 0 ? bad('garbled', 'BGP neighbours: the JSON holds no neighbour') : good(neighbors);
}

function jsonNeighbor(name: string, n: Readonly<Record<string, unknown>>): BgpNeighbor[] {
  const address = textOf(name);
  const state = textOf(n['bgpState']);
  if (!address || !state) return [];
  const families = objectOf(n['addressFamilyInfo']);
  const evpn = Object.entries(families).find(([family]) => family.toLowerCase() === 'l2vpnevpn')?.[1];
  return [
    {
      address,
      hostname: textOf(n['hostname']),
      remoteAs: textOf(n['remoteAs']),
      localAs: textOf(n['localAs']),
      state,
      remoteRouterId: ipOf(n['remoteRouterId']),
      holdTimeMs: countOf(n['bgpTimerHoldTimeMsecs']),
      keepaliveMs: countOf(n['bgpTimerKeepAliveIntervalMsecs']),
      lastResetReason: textOf(n['lastResetDueTo']),
      lastResetMs: countOf(n['lastResetTimerMsecs']),
      localAddress: ipOf(n['hostLocal']),
      localPort: countOf(n['portLocal']),
      remotePort: countOf(n['portForeign']),
      reflectorClient: isObject(evpn) ? (flagOf(evpn['routeReflectorClient']) ?? false) : undefined,
      evpnActivated: isObject(n['addressFamilyInfo']) ? evpn !== undefined : undefined,
    },
  ];
}

function parseNeighborsText(stdout: string): Reading<readonly BgpNeighbor[]> {
  if (/^% No BGP neighbors found/m.test(stdout) || /^% No such neighbor/m.test(stdout)) return good([]);
  const blocks = stdout.split(/^(?=BGP neighbor (?:is|on) )/m).filter((block) => block.startsWith('BGP neighbor '));
  if (blocks.length === 0) return bad('garbled', 'BGP neighbours: no neighbour in the answer');
  return good(blocks.flatMap(textNeighbor));
}

function textNeighbor(block: string): BgpNeighbor[] {
  const head = /^BGP neighbor (?:is|on) \*?([^\s,:]\S{0,100}?)(?:: [^,]*)?, remote AS ([\d.]+|external|internal)(?:, local AS ([\d.]+))?/.exec(block);
  const state = /^ {2}BGP state = ([A-Za-z]{1,20}(?: \([A-Za-z]+\))?)/m.exec(block)?.[1];
  if (!head || !state) return [];
  const hold = /^ {2}Hold time is (\d{1,6})(?: seconds)?, keepalive interval is (\d{1,6})/m.exec(block);
  const reset = /^ {2}Last reset (\S{1,12}),\s+(?:due to )?(.*)$/m.exec(block);
  const local = /^Local host: (\S{1,45}), Local port: (\d{1,5})/m.exec(block);
  const evpn = / For address family: L2VPN EVPN\n([\s\S]*?)(?:\n\n|\n For address family|$)/.exec(block)?.[1];
  return [
    {
      address: sanitizeLine(head[1]!),
      hostname: textOf(/^Hostname: (.+)$/m.exec(block)?.[1]),
      remoteAs: head[2],
      localAs: head[3],
      state,
      remoteRouterId: ipOf(/remote router ID (\S{1,45}?),/.exec(block)?.[1]),
      holdTimeMs: seconds(hold?.[1]),
      keepaliveMs: seconds(hold?.[2]),
      lastResetReason: textOf(reset?.[2]?.replace(/ \([^()]*\)$/, '')),
      lastResetMs: reset ? uptimeMs(reset[1]!) : undefined,
      localAddress: ipOf(local?.[1]),
      localPort: countOf(local?.[2]),
      remotePort: countOf(/Foreign port: (\d{1,5})/.exec(block)?.[1]),
      reflectorClient: evpn === undefined ? undefined : /^ {2}Route-Reflector Client$/m.test(evpn),
      evpnActivated: evpn !== undefined,
    },
  ];
}

const seconds = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text) * 1000);
