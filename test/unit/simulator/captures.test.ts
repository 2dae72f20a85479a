import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {answer} from '../../../src/simulator/answers/programs.ts';
import {hostNamed} from '../../../src/simulator/world.ts';
import {labWorld, started} from './lab-world.ts';

interface Capture {
  readonly host: string;
  readonly slug: string;
  readonly exit: number;
  readonly command: string;
  readonly stdout: string;
}
const captures = JSON.parse(gunzipSync(readFileSync(new URL('../../fixtures/simulator/healthy.json.gz', import.meta.url))).toString('utf8')) as readonly Capture[];

/** What differs between two healthy fabrics of the same shape: times, counters, made-up addresses and ports. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d 2026/g, 'DATE'],
  [/8000(?:\.[0-9a-f]{1,2})(?::[0-9a-f]{1,2}){5}/g, 'BRIDGE-ID'],
  [/(?<![:\w])\d\d:\d\d:\d\d(?![:\w])/g, 'SPAN'],
  [/\b(?!02:00:|00:00:00:00:00:00|01:00:5e|33:33:00|ff:ff|01:80)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC'],
  [/"link":"[^"]+"/g, '"link":"OTHER-NAMESPACE"'],
  [/fe80::[0-9a-f:]+/g, 'LINK-LOCAL'],
  [/("(?:epoch|\w*Epoch|\w*[mM]secs?|bgpTimer(?:LastRead|LastWrite)|msg(?:Rcvd|Sent)|\w+(?:Sent|Recv)|total(?:Sent|Recv)|port(?:Local|Foreign)|version|link_index|gc_timer|bytes|packets|multicast|dropped)": ?)[\d.]+/g, '$1N'],
  [/"\w*(?:endOfRib|routeRefresh|opens|notifications|capability)\w*":N/g, 'N'],
  [/BGP table version is \d+/, 'BGP table version is N'],
  [/(Opens|Notifications|Updates|Keepalives|Route Refresh|Capability|Total):\s+\d+\s+\d+/g, '$1 N N'],
  [/(Local|Foreign) port: \d+/g, '$1 port: N'],
  [/(round trip time:|FD used:) \d+/g, '$1 N'],
  [/(^\*?192\.168\S+ +4 +65000) +\d+ +\d+/gm, '$1 N N'],
  [/^(wg0\t\S+)\t\d{9,}$/gm, '$1\tN'],
  [/^(wg0\t\S+)\t\d+\t\d+$/gm, '$1\tN\tN'],
  [/latest handshake: .*/g, 'latest handshake: N'],
  [/transfer: .*/g, 'transfer: N'],
];
/** Noise of the lab: addresses of veth ends that its kernels learned, and the operator's box (.250). */
const noise = /203\.0\.113\.250|^(?:MAC dev \S+ master \S+ )$|^\{"mac":"MAC","ifname":"[^"]*","flags":\[\],"master":"[^"]*","state":""\}$/;

const normalise = (text: string): string => volatile.reduce((sum, [pattern, by]) => sum.replaceAll(new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`), by), text);

/** One entry a line, without the order that a hash table or wireguard-go gives. */
function lines(text: string): readonly string[] {
  return text.replaceAll('},{', '},\n{').split('\n').map((line) => line.replace(/^\[(?=\{)/, '').replace(/(?<=\})\]$/, '').replace(/,$/, '').replace(/^wg0\t(?=\S+\t\d+\.\d+\.\d+\.\d+:)/, '')).filter((line) => !noise.test(line)).sort();
}
/** Keyed or listed in the order of a hash table. */
const unordered = (slug: string): boolean => /^(evpn-mac|bridge-fdb|wg-|ip-neigh)/.test(slug);

/** The words of a command as sh splits it, or undefined where it needs a real shell. */
const words = (command: string): readonly string[] | undefined => (/[;&|<>$"]/.test(command) ? undefined : [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''));

describe('answers of a world that equals the lab', () => {
  const world = labWorld(() => started + 60_000);

  it('covers what the console may ask', () => {
    expect(captures.length).toBeGreaterThan(140);
    expect(captures.filter(({command}) => words(command) === undefined)).toEqual([]);
  });

  it.each(captures.map((capture) => [capture.host, capture.slug, capture] as const))('%s: %s is what the real one printed', (name, slug, capture) => {
    const [program = '', ...args] = words(capture.command) ?? [];
    const made = answer(world, hostNamed(world, name), program, args);
    expect(made.exit).toBe(capture.exit);
    const [ours, theirs] = [normalise(made.stdout), normalise(capture.stdout)];
    if (!unordered(slug)) expect(ours).toBe(theirs);
    else expect(lines(ours)).toEqual(lines(theirs));
  });
});
