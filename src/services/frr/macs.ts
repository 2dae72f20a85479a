/** `show evpn mac vni all|N [json]`, FRR 7.5 to 10.x. Pure. */
import type {EvpnMac} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {countOf, isObject, macOf, objectOf, readJson, textOf, vniOf, vtepOf, type JsonObject} from './json.ts';
import {silence} from './refusal.ts';

/** `vni` when the question was about one: its answer does not repeat it. */
export function parseMacs(stdout: string, vni?: number): Reading<readonly EvpnMac[]> {
  if (silence(stdout)) return bad('not-configured', 'zebra lists no VNI: EVPN is off, or bgpd is not running');
  return /^\s*\{/.test(stdout) ? parseMacsJson(stdout, vni) : parseMacsText(stdout);
}

function parseMacsJson(stdout: string, asked: number | undefined): Reading<readonly EvpnMac[]> {
  const top = readJson(stdout)?.documents[0];
  if (!isObject(top)) return bad('garbled', 'MACs: the answer is not complete JSON');
  if (Object.keys(top).length === 0) return bad('not-configured', 'zebra lists no VNI: EVPN is off, or bgpd is not running');
  const tables: (readonly [number, JsonObject])[] = [];
  if (asked !== undefined && top['numMacs'] !== undefined) tables.push([asked, top]);
  else {
    for (const [key, table] of Object.entries(top)) {
      const vni = vniOf(key);
      if (vni !== undefined && isObject(table) && table['numMacs'] !== undefined) tables.push([vni, table]);
    }
  }
  if (tables.length === 0) return bad('garbled', 'MACs: the JSON holds no table');
  return good(tables.flatMap(([vni, table]) => Object.entries(objectOf(table['macs'])).flatMap(([mac, entry]) => jsonMac(vni, mac, entry))));
}

function jsonMac(vni: number, key: string, entry: unknown): EvpnMac[] {
  const mac = macOf(key);
  if (!mac || !isObject(entry)) return [];
  const kind = kindOf(entry['type']);
  if (!kind) return [];
  return [
    {
      vni,
      mac,
      kind,
      device: textOf(entry['intf']),
      remoteVtep: vtepOf(entry['remoteVtep']),
      localSequence: countOf(entry['localSequence']),
      remoteSequence: countOf(entry['remoteSequence']),
      detectionCount: countOf(entry['detectionCount']),
      duplicate: entry['isDuplicate'] === true,
    },
  ];
}

const kindOf = (value: unknown): EvpnMac['kind'] | undefined => (value === 'local' || value === 'remote' || value === 'auto' ? value : undefined);

function parseMacsText(stdout: string): Reading<readonly EvpnMac[]> {
  if (/^% VNI \d+ does not exist/m.test(stdout)) return bad('not-configured', 'zebra knows no such VNI');
  const macs: EvpnMac[] = [];
  let vni: number | undefined;
  let where = -1;
  let tables = 0;
  for (const line of stdout.split('\n')) {
    const head = /^VNI (\d{1,8}) #MACs/.exec(line);
    if (head) {
      vni = vniOf(head[1]);
      tables++;
      where = -1;
    } else if (line.startsWith('MAC ') && line.includes('Intf/Remote')) {
      // Empty cells: only the header tells where a column is. The interface column grew in 10.7.
      where = line.indexOf('Intf/Remote');
    } else if (vni !== undefined && where > 0 && line.length < 500) {
      macs.push(...textMac(vni, line, where));
    }
  }
  if (tables === 0) return bad('garbled', 'MACs: no table in the answer');
  return good(macs);
}

function textMac(vni: number, line: string, where: number): EvpnMac[] {
  const mac = macOf(line.slice(0, 17));
  const kind = kindOf(/^ (\w+)/.exec(line.slice(17))?.[1]);
  const rest = /^(\S+)? *(\d+)? *(?: (\d{1,10})\/(\d{1,10}))? *$/.exec(line.slice(where));
  if (!mac || !kind || !rest) return [];
  return [
    {
      vni,
      mac,
      kind,
      device: kind === 'remote' ? undefined : textOf(rest[1]),
      remoteVtep: kind === 'remote' ? vtepOf(rest[1]) : undefined,
      localSequence: countOf(rest[3]),
      remoteSequence: countOf(rest[4]),
      // The table has no word on duplicates: only the JSON form tells.
      detectionCount: undefined,
      duplicate: false,
    },
  ];
}
