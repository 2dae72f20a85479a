/** Every captured answer of every version in every state: what it turns into, and that JSON and text say the same. */
import {describe, expect, test} from 'vitest';
import type {BgpNeighbor, BgpSummary, BgpVnis, EvpnArp, EvpnMac, EvpnRoute, EvpnSettings, ZebraVni} from '../../../src/model/frr.ts';
import type {Reading} from '../../../src/model/reading.ts';
import {expectedOf, missing} from './expected.ts';
import {fixtures, haveShared, parserOf, place, readCapture, sharedCaptures, type Capture} from './captures.ts';

const copied = fixtures();
const all = haveShared ? sharedCaptures() : [];

describe.each([
  ['the copied captures', copied, 1000],
  ['all captures', all, 2300],
] as const)('%s', (title, captures, atLeast) => {
  const skip = title === 'all captures' && !haveShared;

  test.skipIf(skip)(`turn into what is expected of each${skip ? ' (skipped: captures are not beside this checkout)' : ''}`, () => {
    const ours = captures.filter((c) => parserOf(c.command));
    expect(ours.length).toBeGreaterThan(atLeast);
    const wrong = ours.flatMap((c) => {
      const expected = expectedOf(c);
      if (expected === undefined) return [missing(c)];
      const reading = readCapture(c);
      const got = reading.ok ? (reading.warnings ? `value with warnings ${reading.warnings.join('; ')}` : 'value') : reading.problem.kind;
      return got === expected ? [] : [`${place(c)} (${c.command}): ${got}, expected ${expected}`];
    });
    expect(wrong).toEqual([]);
  });

  test.skipIf(skip)(`say the same as JSON and as text, field by field${skip ? ' (skipped: captures are not beside this checkout)' : ''}`, () => {
    const byPlace = new Map(captures.map((c) => [place(c), c]));
    const compared: Record<string, number> = {};
    const wrong: string[] = [];
    for (const json of captures) {
      if (!json.command.endsWith(' json') || json.command === 'show version json') continue;
      const text = byPlace.get(place({...json, slug: json.slug.replace(/\.json$/, '')}));
      const name = parserOf(json.command)?.name;
      if (!text || !name || !parserOf(text.command) || tableMoved(json)) continue;
      const a = readCapture(json);
      const b = readCapture(text);
      if (!a.ok || !b.ok) {
        // Nothing about a VNI-less VTEP: text is silent where JSON says `[]`.
        if (a.ok !== b.ok && !/^empty-evpn/.test(json.state) && !device(json)) wrong.push(`${place(json)}: ${kind(a)} as JSON, ${kind(b)} as text`);
        continue;
      }
      compared[name] = (compared[name] ?? 0) + 1;
      try {
        expect(common(name, b.value, a.value)).toEqual(common(name, a.value, b.value));
      } catch (error) {
        wrong.push(`${place(json)}: ${(error as Error).message}`);
      }
    }
    expect(wrong).toEqual([]);
    for (const name of ['summary', 'routes', 'vnis', 'macs', 'bgp-vnis', 'evpn', 'arp', 'neighbors']) expect(compared[name], name).toBeGreaterThan(3);
  });
});

/** MACs that flap: the table changed between the two questions. */
const tableMoved = (c: Capture): boolean => c.state === 'duplicate-mac' || (c.state === 'gobgp-injected' && /evpn route json$/.test(c.command)) || c.state === 'migration';
const device = (c: Capture): boolean => /fault-vxlan-/.test(c.state);
const kind = (reading: Reading<unknown>): string => (reading.ok ? 'value' : reading.problem.kind);

/** What both forms carry, in one order, without what grows while one types: uptimes and counters. */
function common(name: string, value: unknown, other: unknown): unknown {
  const both = <T extends object>(mine: readonly T[], theirs: readonly T[], key: (item: T) => string, drop: readonly (keyof T)[]): unknown => {
    const known = new Map(theirs.map((item) => [key(item), item]));
    return [...mine]
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      .map((item) => Object.fromEntries(Object.entries(item).filter(([field, content]) => !drop.includes(field as keyof T) && content !== undefined && (known.get(key(item)) as Record<string, unknown> | undefined)?.[field] !== undefined)));
  };
  switch (name) {
    case 'summary': {
      const mine = value as BgpSummary;
      // The text names the VRF from 10.0 on only, and dynamic peers by their star; descriptions are cut to 20.
      return {
        routerId: mine.routerId,
        as: mine.as,
        ribCount: mine.ribCount,
        peers: both(mine.peers.map((p) => ({...p, description: p.description === 'N/A' ? undefined : p.description?.slice(0, 20)})), (other as BgpSummary).peers, (p) => p.address, ['uptimeMs', 'messagesReceived', 'messagesSent', 'hostname', 'timesEstablished', 'timesDropped']),
      };
    }
    case 'neighbors':
      return both(value as BgpNeighbor[], other as BgpNeighbor[], (n) => n.address, ['lastResetMs']);
    case 'bgp-vnis': {
      const mine = value as BgpVnis;
      return {...mine, vnis: both([...mine.vnis], [...(other as BgpVnis).vnis], (v) => String(v.vni), [])};
    }
    case 'vnis':
      return both(value as ZebraVni[], other as ZebraVni[], (v) => String(v.vni), []);
    case 'macs':
      return both(value as EvpnMac[], other as EvpnMac[], (m) => `${m.vni} ${m.mac}`, ['duplicate', 'detectionCount']);
    case 'arp':
      return both(value as EvpnArp[], other as EvpnArp[], (e) => `${e.vni} ${e.ip}`, ['duplicate']);
    case 'routes':
      return value as EvpnRoute[];
    case 'evpn':
      return both([value as EvpnSettings], [other as EvpnSettings], () => '', []);
    default:
      return value;
  }
}

const of = <T>(version: string, state: string, slug: string, host = ''): T => {
  const found = copied.find((c) => c.version === version && c.state === state && c.slug === slug && c.host === host);
  if (!found) throw new Error(`no copied capture ${version} ${state} ${slug}`);
  const reading = readCapture(found);
  if (!reading.ok) throw new Error(`${slug}: ${reading.problem.detail}`);
  return reading.value as T;
};
const versions = ['7.5.1', '8.4.4', '10.3', '10.7.1'];

describe('exact values', () => {
  test.each(versions)('%s: its version, as text', (version) => {
    const [major, minor, patch = 0] = version.split('.').map(Number);
    expect(of(version, 'healthy', 'show-version')).toEqual({text: version, major, minor, patch});
  });
  test('10.7.1: its version as JSON', () => expect(of('10.7.1', 'healthy', 'show-version.json')).toEqual({text: '10.7.1', major: 10, minor: 7, patch: 1}));

  test('daemons: mgmtd is there from 10.x on', () => {
    expect(of('8.4.4', 'healthy', 'daemons')).toEqual({running: ['zebra', 'bgpd', 'staticd'], hung: []});
    expect(of('10.3', 'healthy', 'daemons')).toEqual({running: ['mgmtd', 'zebra', 'bgpd', 'staticd'], hung: []});
    expect(of('7.5.1', 'bgpd-dead', 'daemons')).toEqual({running: ['zebra', 'staticd'], hung: []});
  });

  test('7.5.1 summary', () => {
    expect(of('7.5.1', 'healthy', 'bgp-evpn-summary.json')).toEqual({
      routerId: '192.168.0.2', as: '65000', vrf: 'default', ribCount: 19, dynamicPeers: 0,
      peers: [{
        address: '192.168.0.1', hostname: 'ingress', remoteAs: '65000', state: 'Established', established: true, uptimeMs: 89000, prefixesReceived: 15, prefixesSent: 4,
        messagesReceived: 51, messagesSent: 36, dynamic: false, timesEstablished: 1, timesDropped: 0, description: undefined,
      }],
    });
  });

  test.each(['bgp-evpn-summary.json', 'bgp-evpn-summary'])('reflector: dynamic peers of %s', (slug) => {
    const {peers} = of<BgpSummary>('8.4.4', 'healthy-reflector', slug);
    expect(peers.map((p) => [p.address, p.dynamic, p.established])).toContainEqual(['192.168.0.2', true, true]);
  });

  test.each([
    ['admin-shutdown', 'Idle (Admin)', false], ['password-mismatch', 'Connect', false], ['wrong-remote-as', 'Active', false],
    ['ebgp-requires-policy', 'Established', true], ['max-prefix', undefined, undefined], ['no-neg', undefined, undefined],
  ] as const)('session state %s reads alike in both forms', (fault, state, established) => {
    const [json, text] = ['bgp-evpn-summary.json', 'bgp-evpn-summary'].map((slug) => of<BgpSummary>('8.4.4', 'bgp-states', `${fault}-${slug}`, 'ingress').peers.find((p) => p.address === '192.168.0.4'));
    expect([text!.state, text!.established]).toEqual([json!.state, json!.established]);
    if (state !== undefined) expect([json!.state, json!.established]).toEqual([state, established]);
  });

  test.each(versions)('%s: VNIs of zebra, as JSON and as text', (version) => {
    for (const slug of ['evpn-vni-detail.json', 'evpn-vni-detail']) {
      const vnis = of<ZebraVni[]>(version, 'healthy', slug);
      expect(vnis.map((v) => [v.vni, v.type, v.device, v.remoteVtepCount, v.remoteVteps?.length, v.vrf])).toEqual([[2, 'L2', 'wg0.2', 4, 4, 'default'], [3, 'L2', 'wg0.3', 4, 4, 'default']]);
      expect(vnis[0]!.localVtep).toMatch(/^192\.168\.0\.[2-5]$/);
    }
  });

  test.each(versions)('%s: a VXLAN device without local address has no local VTEP', (version) => {
    expect(of<ZebraVni[]>(version, 'vxlan-dev-no-local', 'evpn-vni-detail.json').map((v) => v.localVtep)).toEqual([undefined, undefined]);
  });

  test('a MAC that is flagged as duplicate', () => {
    expect(of<EvpnMac[]>('8.4.4', 'duplicate-mac-freeze-permanent', 'evpn-mac.json', 'kvm1').filter((m) => m.duplicate)).toEqual([
      {vni: 2, mac: '02:00:ac:11:02:0a', kind: 'local', device: 'one-0-0', remoteVtep: undefined, localSequence: 6, remoteSequence: 5, detectionCount: 3, duplicate: true},
    ]);
  });

  test('an ARP entry', () => {
    expect(of<EvpnArp[]>('8.4.4', 'macip', 'evpn-arp.json', 'kvm1')).toEqual([{vni: 2, ip: '172.17.2.10', kind: 'local', active: true, mac: '02:00:ac:11:02:0a', remoteVtep: undefined, duplicate: false}]);
  });

  test('a route with MAC and IP, its mobility, and one of another AS', () => {
    const routes = of<EvpnRoute[]>('8.4.4', 'macip', 'bgp-evpn-route', 'kvm1');
    expect(routes).toContainEqual({
      rd: '192.168.0.2:2', type: 2, prefix: '[2]:[0]:[48]:[02:00:ac:11:02:0a]:[32]:[172.17.2.10]', ethTag: 0, mac: '02:00:ac:11:02:0a', ip: '172.17.2.10', nextHop: '192.168.0.2',
      valid: true, best: true, local: true, localPref: undefined, metric: undefined, weight: 32768, asPath: '', origin: 'i', rts: ['65000:2'], vni: 2, mobility: undefined, sticky: false, communities: 'ET:8 RT:65000:2',
    });
    expect(of<EvpnRoute[]>('8.4.4', 'migrated-mm5', 'bgp-evpn-route', 'kvm1').map((r) => r.mobility)).toContain(5);
    const foreign = of<EvpnRoute[]>('8.4.4', 'gobgp-injected', 'bgp-evpn-route', 'ingress');
    expect(foreign.filter((r) => r.type === 5).map((r) => [r.rd, r.ip, r.asPath, r.origin, r.vni, r.weight])).toEqual([
      ['192.168.0.4:9', '10.99.0.0/16', '65001', '?', 9, 0], ['192.168.0.4:9', '172.17.9.0/24', '65001', '?', 9, 0], ['192.168.0.4:9', '2001:db8:9::/48', '65001', '?', 9, 0],
    ]);
    expect(foreign.filter((r) => r.type === 4).map((r) => r.ip)).toEqual(['192.168.0.4']);
  });

  test('the running configuration', () => {
    const running = of<Readonly<Record<string, unknown>>>('10.7.1', 'healthy', 'running-config');
    expect({...running, text: undefined}).toEqual({text: undefined, version: '10.7.1', hostname: 'kvm4', as: '65000', routerId: '192.168.0.5', clusterId: undefined, advertiseAllVni: true, neighbors: ['192.168.0.1'], listenRanges: []});
    expect(of<{listenRanges: string[]}>('8.4.4', 'healthy', 'running-config', 'ingress').listenRanges).toEqual(['192.168.0.0/24']);
  });

  test('the settings of EVPN', () => {
    for (const version of versions) expect(of(version, 'healthy', 'evpn.json')).toEqual({l2Vnis: 2, l3Vnis: 0, duplicateDetection: true, maxMoves: 5, detectionTimeS: 180, freezeTimeS: 0});
  });
});
