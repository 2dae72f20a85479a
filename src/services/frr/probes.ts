/** What is read from FRR on a host, and how often. */
import type {HostProbeId, HostValues} from '../../model/fabric.ts';
import {bad, good, type Problem, type Reading} from '../../model/reading.ts';
import type {AnyProbe, Probe, ProbeContext, Tier} from '../probe.ts';
import {parseArp} from './arp.ts';
import {parseBgpVnis} from './bgp-vnis.ts';
import {daemonsScript, neighborsScript, runningScript, shellText, sizedMacsScript, summaryScript, versionScript} from './commands.ts';
import {parseDaemons} from './daemons.ts';
import {parseMacs} from './macs.ts';
import {parseNeighbors} from './neighbors.ts';
import {refusal} from './refusal.ts';
import {parseRunning} from './running.ts';
import {parseSettings} from './settings.ts';
import {parseSummary} from './summary.ts';
import {parseVersion} from './version.ts';
import {parseZebraVnis} from './zebra-vnis.ts';

/** Above this many MACs the table is not polled: about 210 bytes each in JSON. */
export const polledMacs = 5000;

const MiB = 1024 * 1024;

const text = (name: Parameters<typeof shellText>[0]): string | Problem => shellText(name, undefined);

/** Who is asked, where it is one daemon alone. */
const askedOf: {readonly [K in HostProbeId]?: string} = {
  'frr.summary': 'bgpd', 'frr.neighbors': 'bgpd', 'frr.bgp-vnis': 'bgpd',
  'frr.vnis': 'zebra', 'frr.macs': 'zebra', 'frr.arp': 'zebra', 'frr.evpn': 'zebra',
};

/** A probe whose answer is judged by `refusal` first and then read by `read`. */
function probe<K extends HostProbeId>(
  id: K,
  tier: Tier,
  script: string | Problem | ((context: ProbeContext) => string | Problem),
  subject: string,
  read: (stdout: string, context: ProbeContext) => Reading<HostValues[K]>,
  limits: {readonly deadlineS?: number; readonly maxBytes?: number} = {},
): Probe<K> {
  return {
    id,
    tier,
    deadlineS: limits.deadlineS ?? 3,
    maxBytes: limits.maxBytes ?? MiB,
    command: (context) => hanging(context, askedOf[id], id) ?? (typeof script === 'function' ? script(context) : script),
    parse: (output, context) => {
      const problem = refusal(output, subject, askedOf[id]);
      return problem ? {ok: false, problem} : read(output.stdout, context);
    },
  };
}

/** A daemon that is known to hang is not asked: each question would wait for its deadline. `show daemons` goes on asking. */
function hanging({readings}: ProbeContext, asked: string | undefined, id: HostProbeId): Problem | undefined {
  const daemons = readings['frr.daemons'];
  const hung = daemons?.problem ? [] : (daemons?.value?.hung ?? []);
  // The whole configuration comes from every daemon.
  const which = asked === undefined ? (id === 'frr.running' ? hung[0] : undefined) : hung.find((daemon) => daemon === asked);
  return which === undefined ? undefined : {kind: 'timeout', detail: `${which} hangs: it takes the question and does not answer`};
}

const tooMany = (count: number): Problem => ({kind: 'too-big', detail: `${count} MACs: above ${polledMacs} they are read on demand, by VNI`});

/** What the VNIs said the last time decides; when they have not spoken yet, the host counts before it answers. */
function macsCommand(context: ProbeContext): string | Problem {
  const vnis = context.readings['frr.vnis']?.value;
  if (!vnis) return sizedMacsScript(polledMacs);
  const count = vnis.reduce((sum, vni) => sum + (vni.macs ?? 0), 0);
  return count > polledMacs ? tooMany(count) : text('macs-json');
}

function readMacs(stdout: string, context: ProbeContext): Reading<HostValues['frr.macs']> {
  const counted = /^MACs: (\d{1,9})\s*$/.exec(stdout);
  return counted ? {ok: false, problem: tooMany(Number(counted[1]))} : emptyWhereOn(parseMacs(stdout), context);
}

/**
 * `{}` or nothing for MACs and ARP entries means both "EVPN is off" and "EVPN is on, and there are none". The VNIs tell:
 * for them the two differ.
 */
function emptyWhereOn<T>(reading: Reading<readonly T[]>, context: ProbeContext): Reading<readonly T[]> {
  const vnis = context.readings['frr.vnis'];
  const on = vnis?.value !== undefined && vnis.problem === undefined;
  return !reading.ok && reading.problem.kind === 'not-configured' && on ? good([]) : reading;
}

/** The plain list adds the number of remote VTEPs where the details have none; both come in one answer. */
function readVnis(stdout: string): Reading<HostValues['frr.vnis']> {
  const at = stdout.indexOf(listMark);
  const details = parseZebraVnis(at < 0 ? stdout : stdout.slice(0, at));
  if (at < 0 || !details.ok) return details;
  const list = parseZebraVnis(stdout.slice(at + listMark.length));
  if (!list.ok) return details;
  const byVni = new Map(list.value.map((vni) => [vni.vni, vni]));
  const known = new Set(details.value.map((vni) => vni.vni));
  const joined = details.value.map((vni) => {
    const plain = byVni.get(vni.vni);
    return {
      ...vni,
      device: vni.device ?? plain?.device,
      macs: vni.macs ?? plain?.macs,
      arps: vni.arps ?? plain?.arps,
      vrf: vni.vrf ?? plain?.vrf,
      remoteVteps: vni.remoteVteps ?? plain?.remoteVteps,
      remoteVtepCount: vni.remoteVtepCount ?? plain?.remoteVtepCount,
    };
  });
  return good([...joined, ...list.value.filter((vni) => !known.has(vni.vni))].sort((a, b) => a.vni - b.vni));
}
const listMark = '\n== list ==\n';

const detail = text('vnis-detail-json');
const list = text('vnis-json');
const vnisScript = typeof detail === 'string' && typeof list === 'string' ? `(${detail}); r=$?; [ $r -ne 0 ] && exit $r; printf '${listMark.replaceAll('\n', '\\n')}'; ${list}` : detail;

export const frrProbes: readonly AnyProbe[] = [
  probe('frr.version', 'slow', versionScript, 'show version', parseVersion, {maxBytes: 64 * 1024}),
  // Its own deadline leaves room for the three calls of 2 s that tell who hangs.
  probe('frr.daemons', 'fast', daemonsScript, 'show daemons', parseDaemons, {deadlineS: 8, maxBytes: 4096}),
  probe('frr.summary', 'fast', summaryScript, 'BGP summary', parseSummary),
  probe('frr.neighbors', 'medium', neighborsScript, 'BGP neighbours', parseNeighbors, {maxBytes: 4 * MiB}),
  probe('frr.bgp-vnis', 'medium', text('bgp-vnis-json'), 'VNIs of bgpd', parseBgpVnis, {maxBytes: 4 * MiB}),
  probe('frr.vnis', 'medium', vnisScript, 'VNIs of zebra', readVnis, {maxBytes: 8 * MiB}),
  probe('frr.macs', 'medium', macsCommand, 'MACs', readMacs, {maxBytes: 4 * MiB}),
  probe('frr.arp', 'medium', text('arp-json'), 'ARP cache', (stdout, context) => emptyWhereOn(parseArp(stdout), context), {maxBytes: 4 * MiB}),
  probe('frr.evpn', 'slow', text('evpn-json'), 'show evpn', parseSettings, {maxBytes: 64 * 1024}),
  probe('frr.running', 'slow', runningScript, 'show running-config', parseRunning, {deadlineS: 10, maxBytes: 512 * 1024}),
];

/** For reading the MACs of one VNI on demand, whatever their number. */
export function parseMacsOfVni(output: Parameters<AnyProbe['parse']>[0], vni: number): Reading<HostValues['frr.macs']> {
  const problem = refusal(output, `MACs of VNI ${vni}`);
  return problem ? bad(problem.kind, problem.detail) : parseMacs(output.stdout, vni);
}
