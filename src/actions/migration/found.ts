/** What the checks of the diagnosis say about two hosts and the networks of a VM, as conditions of a preflight. Pure. */
import {catalogue} from '../../checks/catalogue.ts';
import {runChecks} from '../../checks/run.ts';
import type {Condition} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Result} from '../../model/finding.ts';

export interface Pair {
  readonly from: string | undefined; // the console's names; undefined: not a host of this context
  readonly to: string | undefined;
  readonly vnis: readonly number[];
  readonly vnetIds: readonly number[];
}

interface Group {
  readonly name: string;
  readonly well: string;
  readonly checks: (id: string) => boolean;
  /** `pair`: of these two hosts only; `way`: of one of them, perhaps with a reflector; `target`: of the target alone. */
  readonly about: 'pair' | 'way' | 'target';
  readonly networks?: boolean; // results about networks of the VM (by number) count too
}

const of = (...starts: readonly string[]) => (id: string): boolean => starts.some((start) => id.startsWith(start));
const groups: readonly Group[] = [
  {name: 'the underlay between the hosts', well: 'WireGuard, its addresses and MTU are well in both directions', checks: of('wireguard.', 'mtu.underlay', 'mtu.outer', 'firewall.wireguard'), about: 'pair'},
  {name: 'EVPN on both hosts', well: 'FRR runs, its sessions are established, its settings are those of EVPN', checks: of('access.reach', 'access.rights', 'bgp.', 'evpn.advertise-all-vni', 'evpn.rd', 'evpn.originator', 'evpn.route-targets', 'firewall.bgp'), about: 'way'},
  {name: 'VXLAN agrees', well: 'port, learning, addresses and MTU of the VXLAN devices agree', checks: of('vxlan.', 'mtu.vxlan', 'mtu.segment', 'mtu.bridge', 'firewall.vxlan'), about: 'pair'},
  {name: 'migration traffic is let in', well: 'TCP 22 and 49152 to 49215 are not refused on the target', checks: of('firewall.migration'), about: 'target'},
  {name: 'no defect of FRR on the target', well: 'its version takes the VXLAN devices of these networks', checks: of('versions.frr', 'versions.vxlan-tep'), about: 'target', networks: true},
];

export function foundConditions(fabric: Fabric, now: number, pair: Pair): readonly Condition[] {
  const wanted = catalogue.filter(({id}) => groups.some(({checks}) => checks(id)));
  const {results} = runChecks(fabric, now, {checks: wanted});
  return groups.map((group) => conditionOf(group, results.filter(({check}) => group.checks(check)).filter((result) => concerns(result, group, pair, fabric)), pair));
}

/** Why the pair is in trouble now, in the words of the checks: for a migration that has failed. */
export const troubles = (fabric: Fabric, now: number, pair: Pair): readonly string[] =>
  foundConditions(fabric, now, pair).flatMap(({outcome, says}) => (outcome === 'fail' || outcome === 'warn' ? [says] : []));

function concerns({subject}: Result, {about, networks}: Group, {from, to, vnis, vnetIds}: Pair, fabric: Fabric): boolean {
  const {hosts, rows, id} = subject;
  if (networks && /^vnet \d+$/.test(id)) return vnetIds.includes(Number(id.slice(5)));
  if (hosts.length === 0) return false;
  const vniRows = rows.filter(({resource}) => resource === 'vnis').map((row) => Number(row.id.split('/').at(-1)));
  if (vniRows.length > 0 && !vniRows.some((vni) => vnis.includes(vni))) return false;
  if (about === 'target') return hosts.every((host) => host === to);
  const ours = (host: string): boolean => host === from || host === to;
  const reflector = (host: string): boolean => fabric.hosts.get(host)?.spec.roles.includes('reflector') === true;
  return hosts.some(ours) && hosts.every((host) => ours(host) || (about === 'way' && reflector(host)));
}

/** The worst of them. What is wrong with the source alone is a reason to leave it: a warning. */
function conditionOf({name, well}: Group, results: readonly Result[], {to}: Pair): Condition {
  const graded = results.map((result) => ({result, outcome: result.outcome === 'fail' && to !== undefined && !result.subject.hosts.includes(to) && result.subject.hosts.length > 0 ? 'warn' as const : result.outcome}));
  const worst = (['fail', 'unknown', 'warn'] as const).find((outcome) => graded.some((one) => one.outcome === outcome));
  if (worst === undefined) return {name, outcome: 'pass', says: well, evidence: []};
  const its = graded.filter(({outcome}) => outcome === worst).map(({result}) => result);
  const [first] = its;
  return {
    name, outcome: worst, says: `${first!.says}${its.length > 1 ? ` (and ${its.length - 1} more)` : ''}`,
    evidence: its.flatMap(({says, evidence}) => [{text: says}, ...evidence]).slice(0, 12), ...(worst === 'unknown' && {mayOverride: true}),
  };
}
