/**
 * Every answer of iproute2, WireGuard and the firewall programs among the captures of real systems, of every version
 * and state: each parses without a warning, with nothing lost. A slug that nobody has thought of fails the test.
 */
import {readdirSync, readFileSync, existsSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {parseAddresses} from '../../../src/services/iproute2/addresses.ts';
import {parseFdb} from '../../../src/services/iproute2/fdb.ts';
import {parseLinks} from '../../../src/services/iproute2/links.ts';
import {parseNeighbours} from '../../../src/services/iproute2/neighbours.ts';
import {parseRoutes} from '../../../src/services/iproute2/routes.ts';
import {parseFirewall} from '../../../src/services/netfilter/firewall.ts';
import {parseWireguard} from '../../../src/services/wireguard/interfaces.ts';
import type {Reading} from '../../../src/model/reading.ts';
import {captures, output, parts, value} from './answers.ts';

const ours = /^(user-)?(sbin-)?(ip-|bridge|wg-|iptables|nft)/;
/** Not what our probes ask for: other forms of the same, for people, or FRR's. Each with the reason. */
const others = new Map([
  ['ip-link', 'text'], ['bridge-fdb', 'text'], ['nft', 'text'], ['wg-show', 'text'], ['ip-version', 'versions'],
  ['bridge-link.json', 'bridge ports: in ip -d link too'],
  ['user-wg-show', 'denied: see the stderr below'], ['user-wg-dump', 'denied'], ['user-nft', 'denied'], ['user-iptables-save', 'not in PATH'],
  ['user-sbin-iptables-save', 'denied'], ['user-bridge', 'not in PATH'], ['user-sbin-bridge', 'cut by head'],
]);
const lists: Readonly<Record<string, (answer: ReturnType<typeof output>) => Reading<readonly unknown[]>>> = {
  'ip-link.json': parseLinks, 'ip-link-stats.json': parseLinks, 'ip-link-vxlan.json': parseLinks,
  'ip-addr.json': parseAddresses, 'ip-route-kernel.json': parseRoutes, 'ip-route.json': parseRoutes, 'ip-neigh.json': parseNeighbours,
  'bridge-fdb.json': parseFdb, 'bridge-fdb-stats.json': parseFdb,
};
const firewalls: Readonly<Record<string, string>> = {
  'iptables-save': 'iptables-save', 'iptables-nft-save': 'iptables-nft-save', 'iptables-legacy-save': 'iptables-legacy-save', 'iptables-save-c': 'iptables-legacy-save', 'nft.json': 'nft',
};
const views: Readonly<Record<string, string>> = {
  'wg-public-key': 'public-key', 'wg-listen-port': 'listen-port', 'wg-endpoints': 'endpoints', 'wg-allowed-ips': 'allowed-ips', 'wg-transfer': 'transfer',
  'wg-handshakes': 'latest-handshakes', 'wg-latest-handshakes': 'latest-handshakes', 'wg-keepalive': 'persistent-keepalive', 'wg-persistent-keepalive': 'persistent-keepalive',
};

const files = captures === undefined ? [] : (readdirSync(captures, {recursive: true, encoding: 'utf8'}))
  .filter((path) => path.endsWith('.out') && path.startsWith('frr-') && ours.test(basename(path)))
  .map((path) => ({path, slug: basename(path, '.out'), text: readFileSync(join(captures!, path), 'utf8')}));
const where = captures === undefined ? ' (not here: only the repository is)' : '';

test.skipIf(captures === undefined)(`every slug is known${where}`, () => {
  const known = new Set([...others.keys(), ...Object.keys(lists), ...Object.keys(firewalls), ...Object.keys(views), 'wg-dump']);
  expect(files.filter(({slug}) => !known.has(slug)).map(({path}) => path)).toEqual([]);
  expect(files.length).toBeGreaterThan(600);
});

test.skipIf(captures === undefined)(`every list of iproute2 is read, entry by entry${where}`, () => {
  let read = 0;
  for (const {path, slug, text} of files) {
    const parse = lists[slug];
    if (!parse || text.startsWith('{')) continue; // FRR's own `show ip route json` has the slug ip-route too, in the states that have ip-route-kernel
    const reading = parse(output(text));
    expect(reading, path).toMatchObject({ok: true});
    expect(reading.ok && reading.warnings, path).toBeUndefined();
    const entries = text.trim() === '' ? [] : (JSON.parse(text) as {addr_info?: unknown[]; linkinfo?: {info_kind?: string}}[]).filter((entry) => Object.keys(entry).length > 0);
    expect(value(reading), path).toHaveLength(slug === 'ip-addr.json' ? entries.reduce((sum, entry) => sum + entry.addr_info!.length, 0) : entries.length);
    const vxlans = entries.filter((entry) => entry.linkinfo?.info_kind === 'vxlan').length;
    expect(parse === parseLinks ? value(parseLinks(output(text))).filter((link) => link.vxlan).length : vxlans, path).toBe(vxlans);
    read++;
  }
  expect(read).toBeGreaterThan(300);
  expect(files.filter(({slug, text}) => slug === 'ip-route.json' && text.startsWith('{')).every(({path}) => existsSync(join(captures!, dirname(path), 'ip-route-kernel.json.out')))).toBe(true);
});

test.skipIf(captures === undefined)(`every answer of a firewall program is read, rule by rule${where}`, () => {
  let rules = 0;
  for (const {path, slug, text} of files) {
    const program = firewalls[slug];
    if (program === undefined) continue;
    const reading = parseFirewall(output(parts({[program]: text})));
    const firewall = value(reading);
    const written = slug === 'nft.json' ? (text.match(/\{"rule": /g) ?? []) : text.split('\n').filter((line) => /^(\[\d+:\d+\] )?-A /.test(line));
    expect(firewall.nat.length + firewall.filter.length, path).toBe(written.length);
    if (slug !== 'nft.json') expect(reading.ok && reading.warnings, path).toBeUndefined();
    rules += written.length;
  }
  expect(rules).toBeGreaterThan(20);
});

/** What the views would have printed, from the dump of the same moment. */
function fromDump(dump: string): Record<string, string> {
  const lines = dump.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
  const interfaces = lines.filter((fields) => fields.length === 5);
  const peers = lines.filter((fields) => fields.length === 9);
  const of = (...columns: number[]) => peers.map((fields) => columns.map((column) => fields[column]).join('\t')).join('\n');
  return {
    clock: '1795241040',
    'public-key': interfaces.map((fields) => `${fields[0]}\t${fields[2]}`).join('\n'),
    'listen-port': interfaces.map((fields) => `${fields[0]}\t${fields[3]}`).join('\n'),
    endpoints: of(0, 1, 3), 'allowed-ips': of(0, 1, 4).replaceAll(',', ' '), 'latest-handshakes': of(0, 1, 5), transfer: of(0, 1, 6, 7), 'persistent-keepalive': of(0, 1, 8),
  };
}

test.skipIf(captures === undefined)(`every WireGuard view is read, peer by peer${where}`, () => {
  const texts = new Map(files.map(({path, text}) => [path, text]));
  const folders = new Set(files.filter(({slug}) => slug in views || slug === 'wg-dump').map(({path}) => dirname(path)));
  let peers = 0;
  for (const folder of folders) {
    // The states of the versions' lab that have no dump repeat the healthy fabric: what they lack is the same there.
    const healthy = join(dirname(folder), folder.endsWith('reflector') ? 'healthy-reflector' : 'healthy');
    const dump = texts.get(join(folder, 'wg-dump.out')) ?? texts.get(join(healthy, 'wg-dump.out'));
    expect(dump, folder).toBeDefined();
    const answer = fromDump(dump!);
    for (const [slug, view] of Object.entries(views)) answer[view] = texts.get(join(folder, `${slug}.out`)) ?? answer[view]!;
    const reading = parseWireguard(output(parts(answer)));
    expect(reading.ok && reading.warnings, folder).toBeUndefined();
    const found = value(reading);
    const expected = dump!.split('\n').map((line) => line.split('\t')).filter((fields) => fields.length === 9);
    expect(found.flatMap((wg) => wg.peers.map((peer) => [wg.name, peer.publicKey, peer.endpoint ?? '(none)', peer.allowedIps.join(',') || '(none)'].join())).sort(), folder).toEqual(
      expected.map((fields) => [fields[0], fields[1], fields[3], fields[4]].join()).sort());
    const lines = (view: string) => answer[view]!.split('\n').filter((line) => line !== '').sort();
    expect(found.flatMap((wg) => wg.peers.map((peer) => [wg.name, peer.publicKey, peer.rxBytes, peer.txBytes].join('\t'))).sort(), folder).toEqual(lines('transfer'));
    expect(found.flatMap((wg) => wg.peers.map((peer) => [wg.name, peer.publicKey, peer.latestHandshake ?? 0].join('\t'))).sort(), folder).toEqual(lines('latest-handshakes'));
    expect(JSON.stringify(reading)).not.toContain('REDACTED');
    peers += expected.length;
  }
  expect(peers).toBeGreaterThan(150);
});
