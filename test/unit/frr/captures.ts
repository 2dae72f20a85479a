/** Real answers of FRR: the copied set in test/fixtures/frr, and, where they are, the whole set of captures. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import type {Reading} from '../../../src/model/reading.ts';
import {parseArp} from '../../../src/services/frr/arp.ts';
import {parseBgpVnis} from '../../../src/services/frr/bgp-vnis.ts';
import {parseDaemons} from '../../../src/services/frr/daemons.ts';
import {parseMacs} from '../../../src/services/frr/macs.ts';
import {parseNeighbors} from '../../../src/services/frr/neighbors.ts';
import {parseRoutesDetail} from '../../../src/services/frr/routes-detail.ts';
import {parseRoutesJson} from '../../../src/services/frr/routes-json.ts';
import {parseRoutesText} from '../../../src/services/frr/routes-text.ts';
import {parseRunning} from '../../../src/services/frr/running.ts';
import {parseSettings} from '../../../src/services/frr/settings.ts';
import {parseSummary} from '../../../src/services/frr/summary.ts';
import {parseVersion} from '../../../src/services/frr/version.ts';
import {parseZebraVnis} from '../../../src/services/frr/zebra-vnis.ts';
import {refusal} from '../../../src/services/frr/refusal.ts';

export interface Capture {
  readonly version: string;
  readonly state: string;
  readonly host: string; // '' in the set of versions
  readonly slug: string;
  readonly command: string; // as vtysh was asked: "show evpn vni json"
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
export const place = (c: Capture): string => `${c.version}/${c.state}${c.host && '/'}${c.host}/${c.slug}`;

const here = new URL('../../fixtures/frr/', import.meta.url);
/** The folder of captures of the whole project, when this checkout has it beside it. */
export const shared = new URL('../../../../shared/captures/', import.meta.url);
export const haveShared = existsSync(shared);

export function fixtures(): readonly Capture[] {
  return readdirSync(here).filter((name) => name.endsWith('.json.gz')).sort().flatMap((name) => JSON.parse(gunzipSync(readFileSync(new URL(name, here))).toString('utf8')) as Capture[]);
}

/** Every file whose command is one vtysh call with one question; those that are ours are found with `parserOf`. */
export function sharedCaptures(): readonly Capture[] {
  const rows = new Map<string, Capture>();
  for (const [folder, versioned] of [['frr-versions-lab/', true], ['frr-8.4.4-lab/', false]] as const) {
    const root = new URL(folder, shared);
    for (const line of readFileSync(new URL('index.tsv', root), 'utf8').split('\n')) {
      const cells = line.split('\t');
      const command = /^vtysh -c '(show [^']*)'$/.exec(cells.at(-1) ?? '')?.[1];
      if (!command) continue;
      const [version, state, host, slug] = versioned ? [cells[0]!, cells[1]!, '', cells[2]!] : ['8.4.4', cells[0]!, cells[1]!, cells[2]!];
      const base = versioned ? `${version}/${state}/${slug}` : `${state}/${host}/${slug}`;
      const read = (extension: string): string | undefined => {
        const file = new URL(`${base}.${extension}`, root);
        return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      };
      const out = read('out');
      if (out === undefined) continue;
      rows.set(folder + base, {version, state, host, slug, command, exit: Number(cells[3]), out, err: read('err') ?? ''});
    }
  }
  return [...rows.values()];
}

export type Parser = (stdout: string) => Reading<unknown>;
const vni = /^show evpn mac vni (\d+)/;
const parsers: readonly (readonly [string, RegExp, (command: string) => Parser])[] = [
  ['version', /^show version( json)?$/, () => parseVersion],
  ['daemons', /^show daemons$/, () => parseDaemons],
  ['running', /^show running-config$/, () => parseRunning],
  ['summary', /^show bgp l2vpn evpn summary( json)?$/, () => parseSummary],
  ['neighbors', /^show bgp neighbors( \S+)?( json)?$/, () => parseNeighbors],
  ['bgp-vnis', /^show bgp l2vpn evpn vni( json| \d+ json)?$/, () => parseBgpVnis],
  ['vnis', /^show evpn vni( detail| \d+)?( json)?$/, () => parseZebraVnis],
  ['macs', /^show evpn mac vni (all( json| duplicate json)?|\d+ json)$/, (command) => (out) => parseMacs(out, vni.test(command) ? Number(vni.exec(command)![1]) : undefined)],
  ['arp', /^show evpn arp-cache vni all( json)?$/, () => parseArp],
  ['evpn', /^show evpn( json)?$/, () => parseSettings],
  ['routes', /^show bgp l2vpn evpn (route )?(detail )?(type \d )?json( detail| brief)?$|^show bgp l2vpn evpn (detail )?json$/, () => parseRoutesJson],
  ['routes', /^show bgp l2vpn evpn route vni \d+( mac \S+)? json$/, () => parseRoutesJson],
  ['routes', /^show bgp l2vpn evpn route( type \d)?$|^show bgp l2vpn evpn$|^show bgp l2vpn evpn route vni (\d+|all)$/, () => parseRoutesText],
  ['routes', /^show bgp l2vpn evpn route detail$|^show bgp l2vpn evpn route vni \d+ mac \S+$/, () => parseRoutesDetail],
];

/** What reads the answer to this command, and under which name; undefined: not one of ours. */
export function parserOf(command: string): {readonly name: string; readonly parse: Parser} | undefined {
  const row = parsers.find(([, pattern]) => pattern.test(command));
  return row && {name: row[0], parse: row[2](command)};
}

/** As a probe does it: refusal first, then the parser. */
export function readCapture(c: Capture): Reading<unknown> {
  const problem = refusal({exit: c.exit, stdout: c.out, stderr: c.err, truncated: false}, c.command);
  return problem ? {ok: false, problem} : parserOf(c.command)!.parse(c.out);
}
