/** `show bgp l2vpn evpn summary [json]`, FRR 7.5 to 10.x. Pure. */
import type {BgpPeer, BgpSummary} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, isObject, objectOf, readJson, textOf} from './json.ts';

const noPeers = /^(% )?No (BGP|L2VPN EVPN) neighbors? (found|is configured)/m;
const none: BgpSummary = {routerId: '', as: '', vrf: '', peers: [], ribCount: undefined, dynamicPeers: undefined};

export function parseSummary(stdout: string): Reading<BgpSummary> {
  return /^\s*\{/.test(stdout) ? parseSummaryJson(stdout) : parseSummaryText(stdout);
}

function parseSummaryJson(stdout: string): Reading<BgpSummary> {
  const answer = readJson(stdout);
  const top = answer?.documents[0];
  if (!answer || !isObject(top)) return bad('garbled', 'BGP summary: the answer is not complete JSON');
  // `{}` stands for two things: no BGP instance, and an instance without a neighbour for EVPN. The words after it decide.
  if (noPeers.test(answer.rest)) return good(none);
  if (Object.keys(top).length === 0) return bad('not-configured', 'no BGP instance, or no neighbour for EVPN');
  if (top['peers'] === undefined && top['totalPeers'] === undefined) return bad('garbled', 'BGP summary: the JSON is not a summary');
  const peers = Object.entries(objectOf(top['peers'])).flatMap(([name, peer]) => (isObject(peer) ? jsonPeer(name, peer) : []));
  return good({
    routerId: textOf(top['routerId']) ?? '',
    as: textOf(top['as']) ?? '',
    vrf: textOf(top['vrfName']) ?? '',
    peers,
    ribCount: countOf(top['ribCount']),
    dynamicPeers: countOf(top['dynamicPeers']),
  });
}

function jsonPeer(name: string, peer: Readonly<Record<string, unknown>>): BgpPeer[] {
  const address = textOf(name);
  const state = textOf(peer['state']);
  if (!address || !state) return [];
  return [
    {
      address,
      hostname: textOf(peer['hostname']),
      remoteAs: textOf(peer['remoteAs']) ?? '',
      state,
      established: state === 'Established',
      uptimeMs: peer['peerUptime'] === 'never' ? undefined : countOf(peer['peerUptimeMsec']),
      prefixesReceived: state === 'Established' ? countOf(peer['pfxRcd']) : undefined,
      prefixesSent: countOf(peer['pfxSnt']),
      messagesReceived: countOf(peer['msgRcvd']),
      messagesSent: countOf(peer['msgSent']),
      dynamic: peer['dynamicPeer'] === true,
      timesEstablished: countOf(peer['connectionsEstablished']),
      timesDropped: countOf(peer['connectionsDropped']),
      description: textOf(peer['desc']),
    },
  ];
}

const identifier = /^BGP router identifier (\S{1,45}), local AS number (\d[\d.]{0,20})(?: VRF (\S{1,36}))?/m;
// Neighbor V AS MsgRcvd MsgSent TblVer InQ OutQ Up/Down State/PfxRcd PfxSnt Desc; "Idle (Admin)" has a space.
const row =
  /^(\*?)(\S+)\s+(\d)\s+(\d[\d.]{0,20})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,20})\s+(\d{1,10})\s+(\d{1,10})\s+(\S{1,12})\s+(\d{1,10}|\(Policy\)|NoNeg|[A-Z][A-Za-z]{1,15}(?: \((?:Admin|PfxCt)\))?)(?:\s+(\d{1,10}|\(Policy\)|NoNeg))?(?:\s+(\S.*))?$/;

function parseSummaryText(stdout: string): Reading<BgpSummary> {
  if (noPeers.test(stdout)) return good(none);
  const top = identifier.exec(stdout);
  if (!top) return bad('garbled', 'BGP summary: no router identifier in the answer');
  const peers: BgpPeer[] = [];
  let wrapped = '';
  for (const line of stdout.split('\n')) {
    if (line.length > 1000) continue;
    // Old releases put a long neighbour on a line of its own, and the numbers, indented, on the next.
    const match = row.exec(wrapped && /^\s/.test(line) ? `${wrapped} ${line.trim()}` : line);
    wrapped = /^\*?[0-9a-fA-F.:]{2,45}$/.test(line) ? line : '';
    if (match) peers.push(textPeer(match));
  }
  return good({
    routerId: sanitizeLine(top[1]!),
    as: top[2]!,
    vrf: sanitizeLine(top[3] ?? ''),
    peers,
    ribCount: countOf(/^RIB entries (\d{1,12}),/m.exec(stdout)?.[1]),
    dynamicPeers: countOf(/^(\d{1,6}) dynamic neighbor/m.exec(stdout)?.[1]),
  });
}

function textPeer(match: RegExpExecArray): BgpPeer {
  const [, star, name, , as, received, sent, , , , upDown, state, prefixesSent, description] = match;
  // "host(192.168.0.2)" under `bgp default show-hostname`.
  const named = /^([^()]+)\(([^()]+)\)$/.exec(name!);
  const established = /^(\d+|\(Policy\)|NoNeg)$/.test(state!);
  return {
    address: sanitizeLine(named?.[2] ?? name!),
    hostname: named ? sanitizeLine(named[1]!) : undefined,
    remoteAs: as!,
    state: established ? 'Established' : state!,
    established,
    uptimeMs: uptimeMs(upDown!),
    prefixesReceived: established ? countOf(state) : undefined,
    prefixesSent: countOf(prefixesSent),
    messagesReceived: countOf(received),
    messagesSent: countOf(sent),
    dynamic: star === '*',
    timesEstablished: undefined,
    timesDropped: undefined,
    description: textOf(description),
  };
}

const unit: Readonly<Record<string, number>> = {y: 365 * 86400, w: 7 * 86400, d: 86400, h: 3600, m: 60};

/** FRR's durations: "00:01:29", "1d02h03m", "01w2d03h", "1y02w3d"; "never" and anything else: undefined. */
export function uptimeMs(text: string): number | undefined {
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(text);
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  if (!/^(\d{1,3}[ywdhm]){2,3}$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, letter] of text.matchAll(/(\d+)([ywdhm])/g)) seconds += Number(count) * unit[letter!]!;
  return seconds * 1000;
}
