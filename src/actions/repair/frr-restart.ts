/**
 * `frr.restart`: start FRR, or one daemon of it, anew: by the service where systemd or OpenRC has one (which restarts all
 * of FRR), by FRR's own watchfrr.sh where nobody looks after it.
 */
import type {Action, ActionContext, Candidate, Params, Plan, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Problem} from '../../model/reading.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {hostReached} from '../hosts.ts';
import {evidenceOf, hostParam, onHost, reading, readsOf, shown} from './parts.ts';

/** Daemons of FRR that a host of such a fabric may have; `all`: the whole of it. */
const known = ['all', 'zebra', 'bgpd', 'staticd', 'bfdd', 'mgmtd'] as const;
/** What a host must have of it afterwards. */
const wanted = (daemon: string | undefined): readonly string[] => (daemon === 'all' ? ['zebra', 'bgpd'] : [daemon ?? '']);
const path = 'PATH="$PATH:/sbin:/usr/sbin:/usr/lib/frr:/usr/local/lib/frr:/usr/libexec/frr"';
const pidFile = (daemon: string): string => `/run/frr/${daemon}.pid`;

type Way = 'systemd' | 'OpenRC' | 'watchfrr.sh';
const detection = `${path}; if [ "$(systemctl show -p LoadState --value frr 2>/dev/null)" = loaded ]; then echo systemd; elif rc-service -e frr 2>/dev/null; then echo OpenRC; elif command -v watchfrr.sh >/dev/null; then echo watchfrr.sh; else echo none; fi`;
const commandOf = (way: Way, daemon: string): string => (way === 'systemd' ? 'systemctl restart frr' : way === 'OpenRC' ? 'rc-service frr restart' : `watchfrr.sh restart ${daemon} </dev/null`);

async function wayOf(ctx: ActionContext, host: string): Promise<Way | Problem> {
  const answer = await ctx.ask.host(host, detection);
  if (!answer.ok) return answer.problem;
  const [said = ''] = answer.stdout.trim().split('\n');
  return said === 'systemd' || said === 'OpenRC' || said === 'watchfrr.sh' ? said : {kind: 'not-installed', detail: `${host} has neither a service frr nor watchfrr.sh`};
}

const daemonsOf = (fabric: Fabric, host: string | undefined) => reading(fabric, host, 'frr.daemons');
const stateOf = (fabric: Fabric, host: string | undefined, daemon: string): string => {
  const read = daemonsOf(fabric, host);
  return read?.hung.includes(daemon) ? 'hangs' : read?.running.includes(daemon) ? 'runs' : 'does not run';
};

const daemons = (fabric: Fabric, {host}: Params): readonly Candidate[] => known.map((value) => ({value, label: value === 'all' ? 'all of FRR' : `${value} (${stateOf(fabric, host, value)})`}));

function targets(fabric: Fabric, {host, daemon}: Params): readonly Target[] {
  // A problem in reading is what a dead FRR looks like: it is part of the state.
  const observation = fabric.hosts.get(host ?? '')?.readings['frr.daemons'];
  return [{what: `${daemon === 'all' ? 'FRR' : daemon} on ${host}`, reads: [], state: {daemons: observation ? wanted(daemon).map((one) => `${one} ${stateOf(fabric, host, one)}`).join(', ') : undefined}}];
}

/** A daemon that hangs does not end by itself: FRR's own stop would wait two minutes for it. */
const endHung = (names: readonly string[]): string => names.map((name) => `p=$(cat ${pidFile(name)} 2>/dev/null) && kill -KILL "$p"; `).join('');

/** Which process it was when it was planned: once it is another, it was restarted, and doing it again would cut traffic again. */
async function pidsOf(ctx: ActionContext, host: string, names: readonly string[]): Promise<string | undefined> {
  const answer = await ctx.ask.host(host, `for d in ${names.join(' ')}; do cat /run/frr/$d.pid 2>/dev/null || echo none; done`);
  if (!answer.ok) return undefined;
  const pids = answer.stdout.trim().split('\n').map((one) => one.trim());
  return pids.every((one) => /^(\d+|none)$/.test(one)) ? pids.join(' ') : undefined;
}

export const frrRestart: Action = {
  id: 'frr.restart',
  title: 'Restart FRR',
  description: 'restarts FRR on a host, or one of its daemons where no service looks after it; its routes are withdrawn meanwhile',
  params: [hostParam, {name: 'daemon', title: 'which daemon, or all', type: 'choice', required: true, candidates: daemons}],
  destructive: false,
  async preflight(ctx, {host = '', daemon = ''}) {
    const fabric = ctx.fabric();
    const reached = hostReached(fabric, host);
    if (reached.outcome !== 'pass') return [reached];
    const observation = fabric.hosts.get(host)?.readings['frr.daemons'];
    const states = wanted(daemon).map((one) => `${one} ${stateOf(fabric, host, one)}`).join(', ');
    const evidence = evidenceOf(fabric, host, 'frr.daemons', `${host}: ${states}`);
    const way = await wayOf(ctx, host);
    const alive = wanted(daemon).some((one) => stateOf(fabric, host, one) === 'runs');
    return [
      reached,
      observation === undefined ? unknown('its daemons are known', `the daemons of ${host} were not read`, {mayOverride: true})
        : observation.problem?.kind === 'not-installed' ? fails('its daemons are known', `FRR is not installed on ${host}`, evidence) : passes('its daemons are known', states, evidence),
      typeof way === 'object' ? (way.kind === 'not-installed' ? fails : unknown)('it is known how', way.detail) : passes('it is known how', `FRR of ${host} is restarted by ${way}`),
      ...(daemon !== 'all' && (way === 'systemd' || way === 'OpenRC') ? [warns('the other daemons go on', `${way} restarts all of FRR, not ${daemon} alone`)] : []),
      ...(alive ? [warns('traffic goes on', 'what runs is restarted, too: its routes are withdrawn, and others forget the MACs here until its sessions are up again')] : []),
      warns('its log is kept', 'see why it stopped before it runs again: journalctl -u frr, /var/log/frr; a core file if there is one'),
    ];
  },
  async plan(ctx, params) {
    const {host = '', daemon = ''} = params;
    const way = await wayOf(ctx, host);
    if (typeof way === 'object') return way;
    const names = wanted(daemon);
    const pids = await pidsOf(ctx, host, names);
    if (pids === undefined) return {kind: 'failed', detail: `the process numbers of FRR on ${host} could not be read`};
    const hung = daemonsOf(ctx.fabric(), host)?.hung ?? [];
    const same = `[ "$(echo $(for d in ${names.join(' ')}; do cat /run/frr/$d.pid 2>/dev/null || echo none; done))" != '${pids}' ]`;
    return {
      what: `Restart ${daemon === 'all' ? 'FRR' : daemon} on ${host} by ${way}`,
      steps: [onHost(host, 'restart', `restart ${way === 'watchfrr.sh' ? daemon : 'FRR'} unless it was since ${pids.replaceAll(' ', ', ')}`, `${path}; ${same} || { ${endHung(hung)}${commandOf(way, daemon)}; }`, {deadlineS: 150})],
      targets: targets(ctx.fabric(), params),
      notUndoable: ['A restart cannot be made not to have been. What was configured by hand and not saved is lost with it.'],
    } satisfies Plan;
  },
  targets,
  verify: async (ctx, run) => {
    const {host = '', daemon = ''} = run.params;
    const names = wanted(daemon);
    const running = await shown(ctx, `${daemon === 'all' ? 'FRR' : daemon} runs`, {
      reads: readsOf(host, 'frr.daemons'), deadlineMs: 40_000,
      holds: (fabric) => (daemonsOf(fabric, host) ? names.every((one) => stateOf(fabric, host, one) === 'runs') : undefined),
      says: (fabric) => `${host}: ${names.map((one) => `${one} ${stateOf(fabric, host, one)}`).join(', ')}`,
    });
    if (running.outcome !== 'pass') return [running];
    // Expected sessions only: others may be down for reasons of their own.
    const down = (fabric: Fabric): readonly string[] => fabric.sessions.filter((one) => one.host === host && one.expected !== 'unexpected' && one.verdict !== 'established').map(({address}) => address);
    const up = await ctx.until(readsOf(host, 'frr.summary'), (fabric) => (reading(fabric, host, 'frr.summary') && !fabric.hosts.get(host)?.readings['frr.summary']?.problem && down(fabric).length === 0) || undefined, 30_000);
    return [running, up ? passes('its sessions are up', `every BGP session of ${host} is established`) : warns('its sessions are up', `${host}: ${down(ctx.fabric()).join(', ') || 'its sessions could not be read'}: not established yet`)];
  },
  undo: () => Promise.resolve('a restart cannot be made not to have been'),
};
