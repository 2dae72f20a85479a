/** `show evpn vni [detail|N] [json]`, FRR 7.5 to 10.x: the VNIs as zebra has them. Pure. */
import type {ZebraVni} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {countOf, isObject, listOf, readJson, textOf, vniOf, vtepOf, type JsonObject} from './json.ts';
import {silence} from './refusal.ts';

const off = (): Reading<never> => bad('not-configured', 'EVPN is off in zebra: no advertise-all-vni, or bgpd is not running');

export function parseZebraVnis(stdout: string): Reading<readonly ZebraVni[]> {
  // Silence (up to 8.5) and `{}` to a question that wants a list (from 9.0) both say that EVPN is not enabled.
  if (silence(stdout)) return off();
  return /^\s*[[{]/.test(stdout) ? parseZebraVnisJson(stdout) : parseZebraVnisText(stdout);
}

function parseZebraVnisJson(stdout: string): Reading<readonly ZebraVni[]> {
  const answer = readJson(stdout);
  if (!answer) return bad('garbled', 'VNIs of zebra: the answer is not complete JSON');
  const top = answer.documents[0];
  if (Array.isArray(top)) return good(sorted(top.flatMap(jsonVni)));
  const all = answer.documents.filter(isObject);
  if (all.every((document) => Object.keys(document).length === 0)) return off();
  // One VNI, several objects back to back, or an object keyed by VNI.
  const vnis = all.flatMap((document) => (document['vni'] !== undefined ? jsonVni(document) : Object.values(document).flatMap(jsonVni)));
  return vnis.length === 0 ? bad('garbled', 'VNIs of zebra: the JSON is not a list of VNIs') : good(sorted(vnis));
}

function jsonVni(item: unknown): ZebraVni[] {
  if (!isObject(item)) return [];
  const vni = vniOf(item['vni']);
  const type = item['type'];
  if (vni === undefined || (type !== 'L2' && type !== 'L3')) return [];
  const remoteVteps = vtepsOf(item);
  return [
    {
      vni,
      type,
      // Detail, list, and the L3 detail each name it differently.
      device: textOf(item['vxlanInterface'] ?? item['vxlanIf'] ?? item['vxlanIntf']),
      macs: countOf(item['numMacs']),
      arps: countOf(item['numArpNd']),
      remoteVteps,
      remoteVtepCount: countOf(item['numRemoteVteps']) ?? (Array.isArray(item['numRemoteVteps']) ? remoteVteps?.length : undefined),
      localVtep: vtepOf(item['vtepIp'] ?? item['localVtepIp']),
      vrf: textOf(item['tenantVrf'] ?? item['vrf']),
      svi: textOf(item['sviInterface'] ?? item['sviIntf']),
      state: type === 'L3' ? textOf(item['state']) : undefined,
    },
  ];
}

/** Up to 8.5 `numRemoteVteps` of the detail form is the list; later `remoteVteps` is, of addresses or of {ip, flood}. */
function vtepsOf(item: JsonObject): readonly string[] | undefined {
  const list = Array.isArray(item['remoteVteps']) ? item['remoteVteps'] : Array.isArray(item['numRemoteVteps']) ? item['numRemoteVteps'] : undefined;
  if (list) return listOf(list).flatMap((entry) => vtepOf(isObject(entry) ? entry['ip'] : entry) ?? []);
  return item['numRemoteVteps'] === 0 ? [] : undefined;
}

function parseZebraVnisText(stdout: string): Reading<readonly ZebraVni[]> {
  if (/^% VNI \d+ does not exist/.test(stdout)) return bad('not-configured', 'zebra knows no such VNI');
  if (/^VNI: /m.test(stdout)) return good(sorted(stdout.split(/^(?=VNI: )/m).flatMap(textDetail)));
  if (/^VNI +Type +VxLAN IF/m.test(stdout)) return good(sorted(stdout.split('\n').flatMap(textRow)));
  return bad('garbled', 'VNIs of zebra: the answer is neither a list of VNIs nor their details');
}

function textRow(line: string): ZebraVni[] {
  const match = /^(\d{1,8}) +(L2|L3) +(\S{1,64}) +(\d{1,9}) +(\d{1,9}) +(\d{1,9}|n\/a)(?: +(\S{1,64}))?/.exec(line);
  const vni = vniOf(match?.[1]);
  if (!match || vni === undefined) return [];
  const [, , type, device, macs, arps, vteps, vrf] = match;
  return [
    {
      vni,
      type: type as 'L2' | 'L3',
      device: textOf(device),
      macs: countOf(macs),
      arps: countOf(arps),
      remoteVteps: vteps === '0' ? [] : undefined,
      remoteVtepCount: countOf(vteps),
      localVtep: undefined,
      vrf: textOf(vrf),
      svi: undefined,
      state: undefined,
    },
  ];
}

function textDetail(block: string): ZebraVni[] {
  const field = (name: string): string | undefined => {
    const at = block.indexOf(`\n  ${name}: `) >= 0 ? block.indexOf(`\n  ${name}: `) + name.length + 5 : block.indexOf(`\n ${name}: `) >= 0 ? block.indexOf(`\n ${name}: `) + name.length + 4 : -1;
    return at < 0 ? undefined : textOf(sanitizeLine(block.slice(at, at + 200).split('\n')[0]!));
  };
  const vni = vniOf(/^VNI: (\d{1,8})\s*$/m.exec(block)?.[1]);
  const type = field('Type');
  if (vni === undefined || (type !== 'L2' && type !== 'L3')) return [];
  const listed = block.split('\n').flatMap((line) => vtepOf(/^ {2}(\S{1,45}) flood: /.exec(line)?.[1]) ?? []);
  const remoteVteps = type === 'L3' ? undefined : /^ (No remote VTEPs known|Remote VTEPs) for this VNI/m.test(block) ? listed : undefined;
  return [
    {
      vni,
      type,
      device: field('VxLAN interface') ?? field('Vxlan-Intf'),
      macs: countOf(field('Number of MACs (local and remote) known for this VNI')),
      arps: countOf(field('Number of ARPs (IPv4 and IPv6, local and remote) known for this VNI')),
      remoteVteps,
      remoteVtepCount: remoteVteps?.length,
      localVtep: vtepOf(field('Local VTEP IP') ?? field('Local Vtep Ip')),
      vrf: field('Tenant VRF'),
      svi: field('SVI interface') ?? field('SVI-If'),
      state: type === 'L3' ? field('State') : undefined,
    },
  ];
}

const sorted = (vnis: readonly ZebraVni[]): readonly ZebraVni[] => [...vnis].sort((a, b) => a.vni - b.vni);
