/** `show bgp l2vpn evpn route detail` and `… route vni N mac M` as text. Pure. */
import type {EvpnRoute} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, textOf, vniOf} from './json.ts';
import {silence} from './refusal.ts';
import {makeRoute, parsePrefix} from './routes.ts';

export function parseRoutesDetail(stdout: string): Reading<readonly EvpnRoute[]> {
  if (silence(stdout)) return bad('not-configured', 'no BGP instance');
  if (/^(% Network not in table|VNI not found)/.test(stdout)) return bad('not-configured', sanitizeLine(stdout.split('\n')[0]!.replace(/^% /, ''), 100));
  // Internal nodes of the tree appear as entries with 0 paths, before the RD they belong to: they yield nothing.
  const entries = stdout.split(/^BGP routing table entry for /m).slice(1);
  if (entries.length === 0) return /^(No EVPN prefixes|Displayed 0 )/m.test(stdout) ? good([]) : bad('garbled', 'EVPN routes: no entry in the answer');
  return good(entries.flatMap(entryRoutes));
}

function entryRoutes(entry: string): EvpnRoute[] {
  const lines = entry.split('\n');
  const head = /^(?:(\S{1,60}?):)?(\[[1-5]\]:\S{1,200})/.exec(lines[0]!);
  const prefix = sanitizeLine(head?.[2] ?? '');
  const parsed = head ? parsePrefix(prefix) : undefined;
  if (!head || !parsed) return [];
  const rd = sanitizeLine(head[1] ?? '');
  const routes: EvpnRoute[] = [];
  // A path: "  Local" or its AS path, then "    nexthop from peer (router)", then its lines with six spaces.
  for (let i = 1; i < lines.length; i++) {
    const hop = /^ {4}(\S{1,100})(?: \([^)]*\))* (?:.*)from \S+/.exec(lines[i]!.slice(0, 300));
    if (!hop) continue;
    const body: string[] = [];
    for (let j = i + 1; j < lines.length && lines[j]!.startsWith('      '); j++) body.push(lines[j]!.trim().slice(0, 2000));
    const origin = body.find((line) => line.startsWith('Origin ')) ?? '';
    const numberAfter = (word: string): number | undefined => countOf(new RegExp(`, ${word} (\\d{1,10})(?:,|$)`).exec(origin)?.[1]);
    const path = sanitizeLine(lines[i - 1]!.trim(), 500);
    const weight = numberAfter('weight');
    const label = /^ {2}Route \[.* VNI (\d{1,8})/.exec(lines[i - 2] ?? '')?.[1] ?? /^ {2}Route \[.* VNI (\d{1,8})/.exec(lines[i - 3] ?? '')?.[1];
    const pmsi = /, label: (\d{1,8})/.exec(body.find((line) => line.startsWith('PMSI Tunnel')) ?? '')?.[1];
    routes.push(
      makeRoute(
        rd,
        prefix,
        parsed,
        {
          nextHop: sanitizeLine(hop[1]!),
          metric: numberAfter('metric'),
          localPref: numberAfter('localpref'),
          weight,
          asPath: path.startsWith('Local') || !/^[\d({]/.test(path) ? '' : path.replace(/, .*$/, ''),
          origin: /^Origin (IGP|EGP|incomplete)/.exec(origin)?.[1] === 'IGP' ? 'i' : origin.startsWith('Origin EGP') ? 'e' : origin.startsWith('Origin incomplete') ? '?' : '',
        },
        textOf(body.find((line) => line.startsWith('Extended Community: '))?.slice(20)) ?? '',
        {
          valid: /, valid(,|$)/.test(origin),
          best: /, best( |,|$)/.test(origin),
          local: /, (sourced|local)(,|$)/.test(origin) ? true : undefined,
          label: vniOf(label) ?? vniOf(pmsi),
        },
      ),
    );
  }
  return routes;
}
