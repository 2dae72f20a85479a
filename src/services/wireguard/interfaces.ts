/**
 * WireGuard interfaces and peers from `wg show all VIEW`. The one view that has everything at once also prints the
 * private key and the preshared keys, so seven views that have no secret are joined here instead.
 */
import type {WgInterface, WgPeer} from '../../model/network.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {environment, failure, firstWords, partFunction, splitParts, type Part} from '../host/script.ts';
import type {ProbeOutput} from '../probe.ts';

const views = ['public-key', 'listen-port', 'endpoints', 'allowed-ips', 'latest-handshakes', 'transfer', 'persistent-keepalive'] as const;

// The clock first: a handshake cannot be younger than it by more than the reading takes.
export const wireguardCommand = [
  environment,
  partFunction,
  'command -v wg >/dev/null || { echo "wg: not found" >&2; exit 127; }',
  'part clock date +%s',
  ...views.map((view) => `part ${view} wg show all ${view}`),
  'exit "$r"',
].join('\n');

const keyForm = /^[A-Za-z0-9+/]{43}=$/;
const interfaceForm = /^[^\s/]{1,15}$/;

export function parseWireguard(output: ProbeOutput): Reading<readonly WgInterface[]> {
  const {parts, stray} = splitParts(output.stdout, ['clock', ...views]);
  const problem = failure('wg', {...output, stderr: withoutKeys(output.stderr)});
  if (problem) return {ok: false, problem};
  const missing = views.filter((view) => parts.get(view)?.exit === undefined);
  if (missing.length > 0) return bad('garbled', `no answer to wg show all ${missing.join(', ')}`);
  const clock = /^\d{1,15}$/.exec(parts.get('clock')?.lines[0] ?? '');
  const clockS = clock ? Number(clock[0]) : undefined;

  const refused = {count: stray}; // lines that are not what the view prints: counted, never shown (they might hold a secret)
  const keys = perInterface(parts.get('public-key'), refused, (value) => value === '(none)' || keyForm.test(value));
  const ports = perInterface(parts.get('listen-port'), refused, (value) => number(value, 65535) !== undefined);
  const endpoints = perPeer(parts.get('endpoints'), keys, refused, 1);
  const allowed = perPeer(parts.get('allowed-ips'), keys, refused, 1);
  const handshakes = perPeer(parts.get('latest-handshakes'), keys, refused, 1);
  const transfers = perPeer(parts.get('transfer'), keys, refused, 2);
  const keepalives = perPeer(parts.get('persistent-keepalive'), keys, refused, 1);

  let changed = 0;
  const interfaces = [...keys].map(([name, publicKey]): WgInterface => {
    const peers: WgPeer[] = [];
    for (const [key, [endpoint]] of endpoints.get(name) ?? []) {
      const peer = makePeer(key, endpoint, allowed.get(name)?.get(key), handshakes.get(name)?.get(key), transfers.get(name)?.get(key), keepalives.get(name)?.get(key));
      if (peer) peers.push(peer);
      else changed++;
    }
    // wireguard-go lists its peers in another order each time: a stable order is ours to give
    peers.sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
    const port = number(ports.get(name) ?? '', 65535);
    return {name, publicKey: publicKey === '(none)' ? undefined : publicKey, listenPort: port === 0 ? undefined : port, clockS, peers};
  });
  if (refused.count > 0 && interfaces.length === 0) return bad('garbled', `${refused.count} lines that wg show does not print`);
  const warnings = [
    ...(refused.count > 0 ? [`${refused.count} lines left out that wg show does not print`] : []),
    ...(changed > 0 ? [`${changed} peers left out: they changed while they were read`] : []),
    ...(firstWords(output.stderr) === '' ? [] : [firstWords(withoutKeys(output.stderr))]),
  ];
  return good(interfaces, warnings);
}

/** "wg0\tVALUE" lines. */
function perInterface(part: Part | undefined, refused: {count: number}, valid: (value: string) => boolean): Map<string, string> {
  const result = new Map<string, string>();
  for (const line of part?.lines ?? []) {
    const [name = '', value = '', ...more] = line.split('\t');
    if (more.length > 0 || !isInterface(name) || !valid(value)) refused.count++;
    else result.set(name, value);
  }
  return result;
}

/**
 * "wg0\tKEY\tVALUE…" lines, by interface and key. The endpoints view names the interface only on its first line, and
 * for an interface without peers prints the bare name and no line end: so any number of names may come first, and the
 * last of them holds until the next. Names are those of the public-key view: nothing else can pass for one.
 */
function perPeer(part: Part | undefined, known: ReadonlyMap<string, string>, refused: {count: number}, width: number): Map<string, Map<string, readonly string[]>> {
  const result = new Map<string, Map<string, readonly string[]>>();
  let current: string | undefined;
  for (const line of part?.lines ?? []) {
    const fields = line.split('\t');
    let at = 0;
    while (at < fields.length && known.has(fields[at]!)) current = fields[at++];
    const [key, ...values] = fields.slice(at);
    if (at > 0 && (key === undefined || (key === '' && values.length === 0))) continue; // an interface without peers
    if (current === undefined || key === undefined || !keyForm.test(key) || values.length !== width) {
      refused.count++;
      continue;
    }
    const peers = result.get(current) ?? new Map<string, readonly string[]>();
    result.set(current, peers.set(key, values));
  }
  return result;
}

type Values = readonly string[] | undefined;

/** undefined when one of the views does not have this peer, or has something else than its kind of value. */
function makePeer(publicKey: string, endpoint: string | undefined, allowed: Values, handshake: Values, transfer: Values, keepalive: Values): WgPeer | undefined {
  const rxBytes = number(transfer?.[0]);
  const txBytes = number(transfer?.[1]);
  const latest = number(handshake?.[0]);
  const seconds = keepalive?.[0] === 'off' ? 0 : number(keepalive?.[0], 65535);
  if (endpoint === undefined || allowed?.[0] === undefined || rxBytes === undefined || txBytes === undefined || latest === undefined || seconds === undefined) return undefined;
  const prefixes = allowed[0] === '(none)' ? [] : allowed[0].split(' ');
  if (!prefixes.every((prefix) => /^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/.test(prefix))) return undefined;
  if (endpoint !== '(none)' && !/^(\[[0-9a-fA-F.:]+(%[^\]\s]{1,15})?\]|[0-9.]{7,15}):\d{1,5}$/.test(endpoint)) return undefined;
  return {
    publicKey,
    endpoint: endpoint === '(none)' ? undefined : sanitizeLine(endpoint),
    allowedIps: prefixes,
    latestHandshake: latest === 0 ? undefined : latest,
    rxBytes,
    txBytes,
    keepaliveS: seconds === 0 ? undefined : seconds,
  };
}

function number(text: string | undefined, max = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

const isInterface = (name: string): boolean => interfaceForm.test(name) && sanitizeLine(name) === name && !keyForm.test(name);
/** wg prints no key on stderr; should some version do, it goes no further. */
const withoutKeys = (text: string): string => text.replace(/[A-Za-z0-9+/]{43}=/g, '(key)');
