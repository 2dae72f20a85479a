/**
 * GoBGP 3.x as the one that speaks BGP on a host, in the words of FRR's summary: `gobgp global -j`, `gobgp neighbor -j`.
 * Its JSON is protobuf's: snake_case, zero values left out, states as numbers; an error is an object on stdout. Pure.
 */
import type {BgpPeer} from '../../model/frr.ts';
import type {GobgpSpeaker} from '../../model/gobgp.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, isObject, listOf, objectOf, readJson, textOf} from '../frr/json.ts';
import type {ProbeOutput} from '../probe.ts';

/** Two documents, one behind the other, and the host's clock: `uptime` is the epoch of establishment. */
export const speakerCommand = 'command -v gobgp >/dev/null || exit 127; gobgp global -j && gobgp neighbor -j && date +%s';

const states = ['', 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'];
const evpn = {afi: 25, safi: 70};

export function parseSpeaker({exit, stdout, stderr, truncated}: ProbeOutput): Reading<GobgpSpeaker> {
  if (exit === 127) return bad('not-installed', 'gobgp is not installed on this host');
  if (exit === 124 || exit === 137) return bad('timeout', 'gobgpd did not answer in time; it may hang');
  if (truncated) return bad('too-big', 'GoBGP: the answer was longer than this reading keeps');
  const answer = readJson(stdout);
  const global = answer?.documents[0];
  const words = sanitizeLine((isObject(global) ? textOf(global['error']) : undefined) ?? (stderr.trim() || stdout.trim()), 200);
  // It dials for one second, and says only that.
  if (/context deadline exceeded|connection refused/.test(words)) return bad('not-running', 'gobgpd does not answer');
  if (exit !== 0) return bad('failed', `gobgp: exit ${exit}: ${words || 'no words'}`);
  if (!answer || !isObject(global) || !Array.isArray(answer.documents[1])) return bad('garbled', 'GoBGP: the answer is not its global settings and its neighbours');
  const as = textOf(global['asn']);
  if (as === undefined) return bad('not-configured', 'gobgpd runs and has no configuration');
  const clockS = /^\d{9,11}$/.test(answer.rest) ? Number(answer.rest) : undefined;
  return good({as, routerId: textOf(global['router_id']) ?? '', peers: answer.documents[1].flatMap((neighbor) => (isObject(neighbor) ? peerOf(neighbor, clockS) : []))});
}

function peerOf(neighbor: Readonly<Record<string, unknown>>, clockS: number | undefined): BgpPeer[] {
  const conf = objectOf(neighbor['conf']);
  const state = objectOf(neighbor['state']);
  const address = textOf(state['neighbor_address']) ?? textOf(conf['neighbor_address']);
  if (!address) return [];
  const timers = objectOf(objectOf(neighbor['timers'])['state']);
  const name = states[countOf(state['session_state']) ?? 0] || 'Idle';
  const established = name === 'Established';
  const shut = countOf(state['admin_state']) === 1;
  const since = countOf(objectOf(established ? timers['uptime'] : timers['downtime'])['seconds']);
  const messages = objectOf(state['messages']);
  const family = listOf(neighbor['afi_safis']).map((entry) => objectOf(objectOf(entry)['state'])).find(({family: of}) => countOf(objectOf(of)['afi']) === evpn.afi && countOf(objectOf(of)['safi']) === evpn.safi);
  return [{
    address,
    hostname: undefined,
    remoteAs: textOf(state['peer_asn']) ?? textOf(conf['peer_asn']) ?? '',
    state: shut ? `${name} (Admin)` : name,
    established,
    uptimeMs: since === undefined || clockS === undefined ? undefined : Math.max(0, clockS - since) * 1000,
    prefixesReceived: established ? (countOf(family?.['received']) ?? (family ? 0 : undefined)) : undefined,
    // The list of all neighbours leaves it out, also where it is not zero.
    prefixesSent: countOf(family?.['advertised']),
    messagesReceived: countOf(objectOf(messages['received'])['total']),
    messagesSent: countOf(objectOf(messages['sent'])['total']),
    dynamic: false,
    timesEstablished: undefined,
    timesDropped: countOf(state['flops']),
    description: textOf(conf['description']),
  }];
}
