/** `show evpn arp-cache vni all|N [json]`, FRR 7.5 to 10.x. Pure. */
import type {EvpnArp} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {ipOf, isObject, macOf, readJson, textOf, vniOf, vtepOf} from './json.ts';
import {silence} from './refusal.ts';

const off = (): Reading<never> => bad('not-configured', 'zebra lists no VNI: EVPN is off, or bgpd is not running');

export function parseArp(stdout: string): Reading<readonly EvpnArp[]> {
  if (silence(stdout)) return off();
  return /^\s*\{/.test(stdout) ? parseArpJson(stdout) : parseArpText(stdout);
}

function parseArpJson(stdout: string): Reading<readonly EvpnArp[]> {
  const top = readJson(stdout)?.documents[0];
  if (!isObject(top)) return bad('garbled', 'ARP cache: the answer is not complete JSON');
  if (Object.keys(top).length === 0) return off();
  const tables = Object.entries(top).filter(([key, table]) => vniOf(key) !== undefined && isObject(table));
  if (tables.length === 0) return bad('garbled', 'ARP cache: the JSON holds no table');
  return good(
    tables.flatMap(([key, table]) =>
      // Addresses stand beside numArpNd: what is an object under an address is an entry.
      Object.entries(table as object).flatMap(([ip, entry]: [string, unknown]): EvpnArp[] => {
        const kind = isObject(entry) ? textOf(entry['type']) : undefined;
        if (!isObject(entry) || !kind || !ipOf(ip)) return [];
        return [
          {
            vni: vniOf(key)!,
            ip,
            kind,
            active: activeOf(entry['state']),
            mac: macOf(entry['mac']),
            remoteVtep: vtepOf(entry['remoteVtep']),
            duplicate: entry['isDuplicate'] === true,
          },
        ];
      }),
    ),
  );
}

const activeOf = (value: unknown): boolean | undefined => (value === 'active' ? true : value === 'inactive' ? false : undefined);

function parseArpText(stdout: string): Reading<readonly EvpnArp[]> {
  if (/^% VNI \d+ does not exist/m.test(stdout)) return bad('not-configured', 'zebra knows no such VNI');
  const entries: EvpnArp[] = [];
  let vni: number | undefined;
  let tables = 0;
  for (const line of stdout.split('\n')) {
    const head = /^VNI (\d{1,8}) #ARP/.exec(line);
    if (head) {
      vni = vniOf(head[1]);
      tables++;
      continue;
    }
    // Neighbor, Type, Flags (may be empty), State, MAC, Remote VTEP (may be empty), Seq
    const match = line.length < 500 ? /^(\S+) +(local|remote)(?: +[NIPX]+)? +(active|inactive) +(\S{17})(?: +(\S+))?(?: +\d+\/\d+)? *$/.exec(line) : null;
    const ip = ipOf(match?.[1]);
    if (vni === undefined || !match || !ip) continue;
    entries.push({
      vni,
      ip,
      kind: match[2]!,
      active: activeOf(match[3]),
      mac: macOf(match[4]),
      remoteVtep: match[2] === 'remote' ? vtepOf(match[5]) : undefined,
      duplicate: false,
    });
  }
  return tables === 0 ? bad('garbled', 'ARP cache: no table in the answer') : good(entries);
}
