/** `show bgp l2vpn evpn vni [N] [json]`, FRR 7.5 to 10.x: the VNIs as bgpd has them. Pure. */
import type {BgpVni, BgpVnis} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {isObject, listOf, readJson, textOf, vniOf, vtepOf, type JsonObject} from './json.ts';
import {silence} from './refusal.ts';

export function parseBgpVnis(stdout: string): Reading<BgpVnis> {
  // With no BGP instance there is no output at all, JSON or not.
  if (silence(stdout)) return bad('not-configured', 'no BGP instance');
  return /^\s*\{/.test(stdout) ? parseBgpVnisJson(stdout) : parseBgpVnisText(stdout);
}

function parseBgpVnisJson(stdout: string): Reading<BgpVnis> {
  const top = readJson(stdout)?.documents[0];
  if (!isObject(top)) return bad('garbled', 'VNIs of bgpd: the answer is not complete JSON');
  const keys = Object.keys(top);
  if (keys.length === 0) return bad('not-configured', 'bgpd knows no such VNI');
  const all = enabled(top['advertiseAllVnis']);
  // The form for one VNI has its fields at the top, and no word on advertise-all-vni.
  const items = top['vni'] !== undefined ? [top] : Object.values(top).filter(isObject);
  const vnis = items.flatMap(jsonVni);
  if (all === undefined && vnis.length === 0) return bad('garbled', 'VNIs of bgpd: the JSON is not a list of VNIs');
  return good({advertiseAllVni: all ?? false, flooding: textOf(top['flooding']), vnis: vnis.sort((a, b) => a.vni - b.vni)});
}

function jsonVni(item: JsonObject): BgpVni[] {
  const vni = vniOf(item['vni']);
  const type = item['type'];
  if (vni === undefined || (type !== 'L2' && type !== 'L3')) return [];
  return [
    {
      vni,
      type,
      inKernel: yes(item['inKernel']),
      rd: textOf(item['rd']) ?? '',
      originator: vtepOf(item['originatorIp']),
      importRts: texts(item['importRTs'] ?? item['importRts']),
      exportRts: texts(item['exportRTs'] ?? item['exportRts']),
      truncatedRts: false,
    },
  ];
}

const texts = (value: unknown): readonly string[] => listOf(value).flatMap((item) => textOf(item) ?? []);
const yes = (value: unknown): boolean | undefined => (value === true || value === 'True' ? true : value === false || value === 'False' ? false : undefined);
const enabled = (value: unknown): boolean | undefined => (value === 'Enabled' ? true : value === 'Disabled' ? false : undefined);

function parseBgpVnisText(stdout: string): Reading<BgpVnis> {
  if (/^VNI not found/.test(stdout)) return bad('not-configured', 'bgpd knows no such VNI');
  const all = /^Advertise All VNI flag: (Enabled|Disabled)/m.exec(stdout)?.[1];
  if (!all) return bad('garbled', 'VNIs of bgpd: no "Advertise All VNI flag" in the answer');
  const vnis: BgpVni[] = [];
  for (const line of stdout.split('\n')) {
    if (line.length > 1000) continue;
    // VNI, Type, RD, Import RT, Export RT, [Site-of-Origin,] VRF; a cell with several RTs ends in ", ...".
    const match = /^([* ]) (\d{1,8})\s+(L2|L3)\s+(\S+)\s+(\S+?)(, \.\.\.)?\s+(\S+?)(, \.\.\.)?\s+\S/.exec(line);
    const vni = vniOf(match?.[2]);
    if (!match || vni === undefined) continue;
    vnis.push({
      vni,
      type: match[3] as 'L2' | 'L3',
      inKernel: match[1] === '*',
      rd: sanitizeLine(match[4]!),
      originator: undefined,
      importRts: [sanitizeLine(match[5]!)],
      exportRts: [sanitizeLine(match[7]!)],
      truncatedRts: match[6] !== undefined || match[8] !== undefined,
    });
  }
  return good({advertiseAllVni: all === 'Enabled', flooding: textOf(/^BUM flooding: (.+)$/m.exec(stdout)?.[1]), vnis: vnis.sort((a, b) => a.vni - b.vni)});
}
