/** One MAC watched at a VTEP and at a reflector: commands of the reviewed list in a loop, cut down on the host, and their lines. */
import type {FrrVersion} from '../../model/frr.ts';
import {ipOf} from './json.ts';
import {shellText} from './commands.ts';

/** A MAC in a VNI: both by shape, since they stand in a script. */
export interface WatchedMac {
  readonly vni: number;
  readonly mac: string;
}
const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/**
 * Shell text that sets `o` to what zebra says of each MAC, one line each; undefined when it cannot be asked.
 * FRR: `show evpn mac vni N json` (the form for one MAC is worded differently from version to version).
 */
export function zebraSample(macs: readonly WatchedMac[], version: FrrVersion | undefined): string | undefined {
  const parts = macs.flatMap((one) => {
    const asked = mac.test(one.mac) ? shellText('macs-of-vni-json', version, {vni: one.vni}) : undefined;
    return typeof asked === 'string' ? [`(${asked} 2>/dev/null | tr -d ' \\n\\r\\t' | grep -o "\\"${one.mac}\\":{[^{}]*}" | sed 's/^/${one.vni} /')`] : [];
  });
  return parts.length > 0 ? `o=$( ${parts.join('; ')} )` : undefined;
}

/** Shell text that sets `o` to the type-2 routes of the MACs, with the lines that tell next hop and communities. FRR: `show bgp l2vpn evpn route type 2`. */
export function routeSample(macs: readonly WatchedMac[], version: FrrVersion | undefined): string | undefined {
  const asked = macs.every((one) => mac.test(one.mac)) ? shellText('routes-of-type', version, {type: 2}) : undefined;
  return typeof asked === 'string' ? `o=$(${asked} 2>/dev/null | grep -F -A2 ${macs.map((one) => `-e '[${one.mac}]'`).join(' ')})` : undefined;
}

export interface ZebraSight {
  readonly vni: number;
  readonly mac: string;
  readonly kind: 'local' | 'remote' | 'auto';
  readonly device: string | undefined;
  readonly vtep: string | undefined;
  readonly sequence: number | undefined; // of that side which counts: local or remote
  readonly duplicate: boolean;
}
/** A line of `zebraSample`: `2 "02:…":{"type":"remote",…}`. */
export function parseZebraSight(line: string): ZebraSight | undefined {
  const match = /^(\d{1,8}) "((?:[0-9a-f]{2}:){5}[0-9a-f]{2})":(\{[^{}]{1,2000}\})$/.exec(line);
  if (!match) return undefined;
  try {
    const entry = JSON.parse(match[3]!) as Readonly<Record<string, unknown>>;
    const {type} = entry;
    if (type !== 'local' && type !== 'remote' && type !== 'auto') return undefined;
    const sequence = entry[type === 'remote' ? 'remoteSequence' : 'localSequence'];
    return {
      vni: Number(match[1]), mac: match[2]!, kind: type, device: typeof entry['intf'] === 'string' ? entry['intf'].slice(0, 15) : undefined,
      vtep: ipOf(entry['remoteVtep']), sequence: typeof sequence === 'number' ? sequence : undefined, duplicate: entry['isDuplicate'] === true,
    };
  } catch {
    return undefined;
  }
}

export interface RouteSight {
  readonly mac: string;
  readonly nextHop: string;
  readonly sequence: number; // MAC mobility (RFC 7432, 7.7); 0: the community is not there
  readonly vni: number | undefined; // by the route target's local part
}
/** Everything that `routeSample` shows: several paths of one MAC, also those of other MACs that stood beside it are left out. */
export function parseRouteSights(text: string, macs: readonly string[]): readonly RouteSight[] {
  const sights: RouteSight[] = [];
  for (const part of text.split(/(?=\[2\]:\[)/)) {
    const found = /^\[2\]:\[\d+\]:\[48\]:\[((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\](?::\[\d+\]:\[[^\]\s]+\])?\s+(\S+)/.exec(part);
    const nextHop = ipOf(found?.[2]);
    if (!found || nextHop === undefined || !macs.includes(found[1]!)) continue;
    // What follows belongs to the next prefix, once a new one or an RD has begun.
    const own = part.split(/Route Distinguisher|\n--/)[0] ?? '';
    const target = /RT:[\d.]+:(\d{1,8})(?:\s|$)/.exec(own)?.[1];
    sights.push({mac: found[1]!, nextHop, sequence: Number(/ MM:(\d{1,10})/.exec(own)?.[1] ?? 0), vni: target === undefined ? undefined : Number(target)});
  }
  return sights;
}
