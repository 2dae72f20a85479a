/**
 * BGP EVPN of each host, as a change of what runs: only lines that differ are sent, never `write memory` (it would make
 * a frr.conf beside bgpd.conf). The file is changed beside it, in the layout that is there.
 */
import type {ActionContext} from '../../model/action.ts';
import {word} from '../engine/shell.ts';
import {forgetKept, keepFolder, place, putBack} from '../engine/scripts.ts';
import type {StepCall, StepFunction, Work} from '../model.ts';
import {bgpBlock, bgpdFile, blockIn, deltaOf, rolesOf, timersIn, type BgpHost, type BgpSettings, type Stage, type Timers} from './bgp-render.ts';
import {frrStateOf, hasLost, type FrrState} from './bgp-state.ts';
import {membersOf} from './members.ts';
import {hereDocument, listOf, networkOf, numberOf, textOf, textOfNetwork} from './words.ts';

/** sh: start, stop or restart FRR as this host does it. Its script calls vtysh, which would leave a history in the home. */
const service = `frr() { if [ -d /run/systemd/system ]; then systemctl "$1" frr; else HOME=/dev/null /usr/lib/frr/frrinit.sh "$1" </dev/null >/dev/null 2>&1; fi; }
send() { HOME=/dev/null timeout 30 vtysh -H /dev/null -f "$1"; }
`;
/** sh: the block of a configuration on stdin, as `blockIn` gives it, sorted. */
const blockScript = `block() { awk '/^router bgp [0-9.]+$/ {f = 1; print; next} f && /^[^ !]/ {exit} f && !/^ *!?$/ {sub(/ +$/, ""); print}' | LC_ALL=C sort; }\n`;

const bare = (block: readonly string[]): string => block.filter((line) => line !== 'exit').sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join('\n');

/** What is not given stays as it is: a fabric has one set of timers, which whoever joins or changes it shall keep. */
const settingsOf = ({with: values}: StepCall, self: BgpHost, hosts: readonly BgpHost[], inForce: Timers): BgpSettings => {
  const given = (name: string): number | undefined => (textOf(values, name) === '' ? undefined : numberOf(values, name, 0));
  const [keepaliveS, holdS] = [given('keepalive'), given('hold')];
  return {
    as: numberOf(values, 'as', 65_000), network: textOfNetwork(networkOf(textOf(values, 'network', '192.168.0.0/24'))),
    clusterId: textOf(values, 'cluster_id') || (self.ownCluster ? '' : hosts.find(({reflects, ownCluster}) => reflects && !ownCluster)?.address ?? ''),
    ...(keepaliveS === undefined && holdS === undefined ? {keepaliveS: inForce.keepaliveS, holdS: inForce.holdS} : {keepaliveS, holdS}), connectS: given('connect') ?? inForce.connectS,
  };
};

/** Sessions that this host must have: the reflectors it dials, and who dials it. */
const peersOf = (self: BgpHost, all: readonly BgpHost[]): readonly string[] =>
  [...new Set([...self.dials, ...(self.mesh ?? []), ...(self.reflects ? all.filter((one) => one.dials.includes(self.address)).map(({address}) => address) : [])])];

/** `settledS`: so long ago they came up, so that what they bring is there. */
const sessionsScript = (peers: readonly string[], settledS: number): string => `summary=$(HOME=/dev/null timeout 10 vtysh -H /dev/null -d bgpd -c 'show bgp l2vpn evpn summary json') || exit 1
for peer in ${peers.join(' ')}; do
  printf '%s\\n' "$summary" | awk -v peer="\\"$peer\\":{" 'index($0, peer) {f = 1} f && /"peerUptimeMsec":/ {up = $0; gsub(/[^0-9]/, "", up)} f && /"state":"Established"/ {ok = up + 0 >= ${settledS * 1000}; exit} f && /^ *}/ {exit} END {exit !ok}' || { echo "no session with $peer${settledS > 0 ? `, or one younger than ${settledS} s` : ''}" >&2; exit 1; }
done
`;

/**
 * sh: sends what brings the former block back, until it is what runs. A reflector that has been dialled by a neighbour
 * takes it for a dynamic one, and refuses to have it in its configuration as long as that session is there.
 */
const bringBack = (back: string, former: readonly string[], block: readonly string[]): string => {
  const again = former.flatMap((line) => (block.includes(line) ? [] : /^ neighbor ([\d.]+) peer-group /.exec(line)?.[1] ?? []));
  return `change() { send /dev/stdin ${hereDocument(back)}}
tries=0
until change; [ "$(HOME=/dev/null timeout 10 vtysh -H /dev/null -c 'show running-config' | block)" = ${word(bare(former))} ]; do
  tries=$((tries + 1))
  [ $tries -lt 6 ] || { echo 'what ran before could not be brought back as a whole' >&2; exit 1; }
  for peer in ${again.join(' ')}; do HOME=/dev/null timeout 10 vtysh -H /dev/null -c "clear bgp $peer" >/dev/null 2>&1; done
  sleep 1
done
`;
};

interface Way {
  readonly forth: string | undefined; // for vtysh -f; undefined: what runs is right
  readonly back: string | undefined; // sh
  readonly file: string; // the file's name
  readonly fileIsRight: boolean;
}

function wayOf(state: FrrState, running: readonly string[], host: string, block: readonly string[], extra: readonly string[]): Way {
  if (state.integrated !== undefined && state.perDaemon !== undefined) {
    throw new Error(`${host} has both /etc/frr/frr.conf and /etc/frr/bgpd.conf, which mix at the next start of FRR: take one away`);
  }
  const lines = (state.running ?? '').split('\n').map((line) => line.trimEnd());
  const more = extra.filter((line) => !lines.includes(line));
  if (extra.length > 0 && state.integrated === undefined) throw new Error(`${host}: further lines need /etc/frr/frr.conf; each daemon has its own file there`);
  const tail = (prefix: string): string => more.map((line) => `${prefix}${line}\n`).join('');
  const former = running.filter((line) => !hasLost(line));
  const [forth, back] = [deltaOf(running, block), deltaOf(block, former)];
  const inFile = state.integrated ?? state.perDaemon;
  return {
    forth: state.running !== undefined && forth === undefined && more.length === 0 ? undefined : `${forth ?? ''}${tail('')}`,
    back: back === undefined && more.length === 0 ? undefined : bringBack(`${tail('no ')}${back ?? ''}`, former, block),
    file: state.integrated === undefined ? 'bgpd.conf' : 'frr.conf',
    fileIsRight: inFile !== undefined && bare(blockIn(inFile)) === bare(block) && extra.every((line) => inFile.split('\n').includes(line)) && state.bgpdEnabled,
  };
}

/** Unified, of the block alone: what runs beside what shall run. */
function blockDiff(was: readonly string[], will: readonly string[]): string {
  const lines = [...was.filter((line) => !will.includes(line)).map((line) => `-${line}`)];
  return ['--- running configuration', '+++ wanted', `@@ -1,${was.length} +1,${will.length} @@`, ...will.map((line) => (was.includes(line) ? ` ${line}` : `+${line}`)), ...lines].join('\n') + '\n';
}

function hostWork(call: StepCall, self: BgpHost, all: readonly BgpHost[], state: FrrState, others: readonly string[]): Work {
  const extra = listOf(call.with, 'extra');
  const running = blockIn(state.running ?? '');
  const block = bgpBlock(self, settingsOf(call, self, all, timersIn(running.length > 0 ? running : others)));
  const way = wayOf(state, running, self.host, block, extra);
  const role = self.reflects ? 'reflector' : 'member';
  const common = {id: self.host, host: self.host, title: `BGP of ${self.host}: ${role}, dials ${self.dials.join(', ') || 'nobody'}`};
  const peers = peersOf(self, all);
  const verify = `${blockScript}now=$(HOME=/dev/null timeout 10 vtysh -H /dev/null -c 'show running-config' | block) || exit 1
[ "$now" = ${word(bare(block))} ] || { echo 'the running configuration is another' >&2; exit 1; }
[ "$(block </etc/frr/${way.file})" = ${word(bare(block))} ] || { echo '/etc/frr/${way.file} is another' >&2; exit 1; }
grep -q '^bgpd=yes' /etc/frr/daemons || { echo 'bgpd is not enabled in /etc/frr/daemons' >&2; exit 1; }
${extra.map((line) => `HOME=/dev/null vtysh -H /dev/null -c 'show running-config' | grep -qxF ${word(line)} || { echo 'a further line is missing' >&2; exit 1; }\n`).join('')}${sessionsScript(peers, numberOf(call.with, 'settled', 0))}`;
  if (way.forth === undefined && way.fileIsRight) return {...common, check: verify, already: undefined, apply: ':', verify, undo: ':', changes: 'its sessions are awaited'};
  const kept = keepFolder(call.session, call.step.id);
  const path = `/etc/frr/${way.file}`;
  // The rest of the file stays on the host as it is: it may hold passwords. Written twice it is the same as once.
  const write = way.file === 'bgpd.conf' && state.perDaemon === undefined
    ? `cat >$new ${hereDocument(bgpdFile(self.host, block))}`
    : `awk '/^router bgp [0-9.]+ *$/ {f = 1; next} f && /^[^ !]/ {f = 0; if ($0 == "exit") next} !f' ${path} | awk '/^!?$/ {if ($0 == "!" && last == "!") next; last = $0; held = held $0 "\\n"; next} {last = $0; printf "%s", held; held = ""; print}' >$new
${extra.map((line) => `grep -qxF ${word(line)} $new || printf '%s\\n' ${word(line)} >>$new\n`).join('')}cat >>$new ${hereDocument(`!\n${block.join('\n')}\n!\n`)}`;
  const apply = `set -e
umask 027
${service}${place}kept=${kept}
if [ ! -e $kept/complete ]; then # begun before and cut off: the first copies are those from before
  mkdir -p -m 700 $kept
  for file in daemons frr.conf bgpd.conf; do [ ! -e /etc/frr/$file ] || cp -p /etc/frr/$file $kept/; done
  : >$kept/complete
fi
new=$(mktemp /etc/frr/.evpn-tui.XXXXXX)
${write}chown frr:frr $new; chmod 640 $new; place $new ${path}
if ! grep -q '^bgpd=yes' /etc/frr/daemons; then
  new=$(mktemp /etc/frr/.evpn-tui.XXXXXX); cp -p /etc/frr/daemons $new
  sed 's/^bgpd=.*/bgpd=yes/' /etc/frr/daemons >$new
  grep -q '^bgpd=yes' $new || echo bgpd=yes >>$new
  place $new /etc/frr/daemons
fi
${state.running === undefined ? `frr ${state.zebraRuns ? 'restart' : 'start'}` : way.forth === undefined ? '' : `send /dev/stdin ${hereDocument(way.forth)}`}
`;
  // What runs goes back in any case: it may be that which cuts the host off. Only FRR itself is not stopped under somebody else's configuration.
  const undo = `${service}${blockScript}${putBack}kept=${kept}
putBack /etc/frr/daemons /etc/frr/frr.conf /etc/frr/bgpd.conf
${state.running === undefined ? `[ -n "$left" ] || frr ${state.zebraRuns ? 'restart' : 'stop'}` : way.back ?? ''}
[ -z "$left" ] || exit 1
${forgetKept}`;
  const lost = running.some(hasLost);
  return {
    ...common, apply, undo, verify, changes: `${path}${state.bgpdEnabled ? '' : ', bgpd=yes in /etc/frr/daemons'}${state.running === undefined ? ', FRR is started' : ''}`,
    diffs: [{host: self.host, path: `running configuration, ${path}`, diff: blockDiff(running, [...block, ...extra])}],
    check: verify,
    ...(lost && {notUndoable: `${self.host}: passwords of neighbours that go are not brought back`}),
  };
}

const withs = {
  combination: {description: '1: the hosts with the role reflect; 2: the first two hypervisors do', required: true},
  as: {description: 'AS number, 65000'}, network: {description: 'network of the underlay'}, device: {description: 'device of the underlay'},
  addresses: {description: 'list of HOST=ADDRESS'}, endpoints: {description: 'as in the mesh'}, without: {description: 'hosts that are left out'},
  cluster_id: {description: 'default: the address of the first reflector'},
  keepalive: {description: 'seconds; with hold. Not given: as they are'}, hold: {description: 'seconds'}, connect: {description: 'seconds until a neighbour that did not answer is dialled again. Not given: as it is'},
  extra: {description: 'further lines of the configuration'},
  stage: {description: 'between the combinations: mesh, bridge or both; none: the combination itself'}, settled: {description: 'seconds that a session has to have been up, 0'},
};

/** Of the first of these hosts that has one; a host that cannot be asked now is passed over. */
async function firstBlock(ctx: ActionContext, hosts: readonly BgpHost[]): Promise<readonly string[]> {
  for (const {host} of hosts) {
    const block = blockIn((await frrStateOf(ctx, host).catch(() => undefined))?.running ?? '');
    if (block.length > 0) return block;
  }
  return [];
}

function stageOf(given: string): Stage {
  if (given !== '' && given !== 'mesh' && given !== 'bridge' && given !== 'both') throw new Error(`stage: "${given}" is none of mesh, bridge, both`);
  return given;
}

export const bgpEvpn: StepFunction = {
  name: 'bgp.evpn',
  description: 'BGP EVPN of each host, rendered and brought to what runs line by line',
  with: withs,
  work: async (ctx, call) => {
    const all = rolesOf(membersOf(ctx.fabric(), call.with), textOf(call.with, 'combination', '1') === '2' ? 2 : 1, stageOf(textOf(call.with, 'stage')));
    const mine = all.filter(({host}) => call.hosts.includes(host));
    const states = await Promise.all(mine.map(({host}) => frrStateOf(ctx, host)));
    const blocks = states.map(({running}) => blockIn(running ?? '')).filter((block) => block.length > 0);
    // A host that has no BGP yet joins with the timers of those that have.
    const others = blocks[0] ?? (blocks.length < mine.length ? await firstBlock(ctx, all.filter((one) => !mine.includes(one))) : []);
    return mine.map((self, at) => hostWork(call, self, all, states[at]!, others));
  },
};
