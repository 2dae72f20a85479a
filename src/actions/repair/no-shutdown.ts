/**
 * `bgp.no-shutdown`: take the shutdown of a neighbour out of FRR's running configuration, where it stands: at the
 * neighbour or at its peer-group. FRR: `router bgp AS`, `no neighbor NAME shutdown`. No file is written.
 */
import type {Action, ActionContext, Candidate, Params, Plan, Step, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {BgpPeer} from '../../model/frr.ts';
import {bgpConfig} from '../../checks/families/bgp-config.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {frrChange} from '../frr-change.ts';
import {hostReached} from '../hosts.ts';
import {evidenceOf, hostParam, onHost, reading, readsOf, shown} from './parts.ts';

const peerShape = (value: string): string | undefined => (/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(value) ? undefined : `"${value}" names no neighbour`);
const peersOf = (fabric: Fabric, host: string | undefined): readonly BgpPeer[] | undefined => reading(fabric, host, 'frr.summary')?.peers;
const peerOf = (fabric: Fabric, {host, neighbor}: Params): BgpPeer | undefined => peersOf(fabric, host)?.find(({address}) => address === neighbor);
const isShut = (peer: BgpPeer | undefined): boolean => peer?.state.includes('Admin') === true;

/** Where the running configuration has the shutdown: the neighbour itself, its peer-group, or both. Undefined: it was not read. */
function places(fabric: Fabric, {host, neighbor = ''}: Params): readonly string[] | undefined {
  const running = reading(fabric, host, 'frr.running');
  if (!running) return undefined;
  const its = bgpConfig(running).neighbor(neighbor);
  const lines = new Set(running.text.split('\n').map((line) => line.trim()));
  return [neighbor, its?.group ?? []].flat().filter((name) => [...lines].some((line) => line === `neighbor ${name} shutdown` || line.startsWith(`neighbor ${name} shutdown `)));
}
const shutdowns = (fabric: Fabric, params: Params): string | undefined => {
  const found = places(fabric, params);
  return found === undefined ? undefined : found.length === 0 ? 'none' : `at ${found.join(' and ')}`;
};

const neighbors = (fabric: Fabric, {host}: Params): readonly Candidate[] =>
  (peersOf(fabric, host) ?? []).map((peer) => ({value: peer.address, label: `${peer.address}${peer.hostname === undefined ? '' : ` ${peer.hostname}`} (${peer.state})`}));

const reads = (host: string | undefined) => readsOf(host, 'frr.summary', 'frr.running');
const targets = (fabric: Fabric, params: Params): readonly Target[] => [{
  what: `neighbour ${params['neighbor']} of ${params['host']}`, reads: reads(params['host']),
  state: {shutdown: shutdowns(fabric, params), as: reading(fabric, params['host'], 'frr.running')?.as ?? reading(fabric, params['host'], 'frr.summary')?.as},
}];

function steps(host: string, as: string, names: readonly string[], name: 'no-shutdown' | 'shutdown'): readonly Step[] | string {
  const made = names.map((peer, at) => {
    const script = frrChange(name, {as, peer});
    return typeof script === 'string' ? onHost(host, `${name}-${at + 1}`, `${name === 'shutdown' ? '' : 'no '}neighbor ${peer} shutdown`, script) : script;
  });
  const wrong = made.find((one) => !('effect' in one));
  return wrong ? (wrong as {detail: string}).detail : (made as readonly Step[]);
}

/** What the files say: a shutdown that stands there comes back when FRR starts anew. Only the lines asked for leave the host. */
async function inFiles(ctx: ActionContext, host: string, names: readonly string[]) {
  const name = 'it stays after a restart';
  const lines = names.map((one) => `-e 'neighbor ${one} shutdown'`).join(' ');
  const answer = await ctx.ask.host(host, `cat /etc/frr/frr.conf /etc/frr/bgpd.conf 2>/dev/null | grep -F ${lines}; true`);
  if (!answer.ok) return warns(name, `the files of FRR on ${host} could not be read: ${answer.problem.detail}`);
  return answer.stdout.trim() === '' ? passes(name, `no file of FRR on ${host} has the shutdown: it was given by hand, and a restart would have ended it`)
    : warns(name, `a file in /etc/frr on ${host} has the shutdown, too (${answer.stdout.trim().split('\n').join('; ')}): this change is transient, take it out of the file as well`);
}

export const noShutdown: Action = {
  id: 'bgp.no-shutdown',
  title: 'Take a neighbour out of shutdown',
  description: 'takes the shutdown of a BGP neighbour, or of its peer-group, out of the running configuration; no file is written',
  params: [hostParam, {name: 'neighbor', title: 'the neighbour', type: 'choice', required: true, candidates: neighbors, open: true, wrong: peerShape}],
  destructive: false,
  async preflight(ctx, params) {
    const {host = '', neighbor = ''} = params;
    // The configuration is read rarely: what was just typed there may not have been seen.
    await ctx.reread(reads(host));
    const fabric = ctx.fabric();
    const found = places(fabric, params);
    const peer = peerOf(fabric, params);
    const evidence = [...evidenceOf(fabric, host, 'frr.summary', `${neighbor}: ${peer?.state ?? 'not in the summary'}`), ...evidenceOf(fabric, host, 'frr.running', `shutdown ${shutdowns(fabric, params) ?? '?'}`)];
    const group = found?.find((name) => name !== neighbor);
    const others = (peersOf(fabric, host) ?? []).filter((one) => one.address !== neighbor && isShut(one)).map(({address}) => address);
    return [
      hostReached(fabric, host),
      found === undefined ? unknown('it is shut down', `the configuration of FRR on ${host} was not read`, {evidence})
        : found.length > 0 ? passes('it is shut down', `neighbor ${found.join(' and ')} shutdown stands in the configuration`, evidence)
        : fails('it is shut down', `no shutdown stands in the configuration of ${host} for ${neighbor}`, evidence),
      ...(group === undefined ? [] : [warns('it concerns one neighbour', `the shutdown stands at the peer-group ${group}: every neighbour of the group comes up${others.length > 0 ? `, ${others.join(', ')} too` : ''}`, evidence)]),
      ...(found && found.length > 0 ? [await inFiles(ctx, host, found)] : []),
    ];
  },
  plan: (ctx, params) => {
    const {host = '', neighbor = ''} = params;
    const fabric = ctx.fabric();
    const made = steps(host, reading(fabric, host, 'frr.running')?.as ?? '', places(fabric, params) ?? [], 'no-shutdown');
    if (typeof made === 'string') return Promise.resolve({kind: 'unsupported', detail: made});
    return Promise.resolve({what: `Take neighbour ${neighbor} of ${host} out of shutdown`, steps: made, targets: targets(fabric, params), notUndoable: []});
  },
  targets,
  verify: async (ctx, run) => {
    const {host = '', neighbor = ''} = run.params;
    if (run.undoes !== undefined) return [await shown(ctx, 'the neighbour is shut down', {reads: reads(host), holds: (fabric) => (peersOf(fabric, host) ? isShut(peerOf(fabric, run.params)) : undefined), says: (fabric) => `${neighbor} is ${peerOf(fabric, run.params)?.state ?? 'not there'}`})];
    const open = await shown(ctx, 'the neighbour is not shut down', {
      reads: reads(host),
      holds: (fabric) => (peersOf(fabric, host) && places(fabric, run.params) ? !isShut(peerOf(fabric, run.params)) && places(fabric, run.params)!.length === 0 : undefined),
      says: (fabric) => `${neighbor} is ${peerOf(fabric, run.params)?.state ?? 'not there'}`,
    });
    const up = open.outcome === 'pass' && await ctx.until(readsOf(host, 'frr.summary'), (fabric) => peerOf(fabric, run.params)?.established || undefined, 30_000);
    return [open, up ? passes('the session is up', `the session of ${host} with ${neighbor} is established`) : warns('the session is up', `the session of ${host} with ${neighbor} is ${peerOf(ctx.fabric(), run.params)?.state ?? 'not there'} still: something else keeps it down, or its connect timer runs`)];
  },
  undo: (ctx, run) => {
    const {host = ''} = run.params;
    const names = run.plan.steps.filter(({id}) => run.done.includes(id)).flatMap(({title}) => /neighbor (\S+) shutdown/.exec(title)?.[1] ?? []);
    if (names.length === 0) return Promise.resolve('nothing of it was done');
    const made = steps(host, reading(ctx.fabric(), host, 'frr.running')?.as ?? run.plan.targets[0]?.state['as'] ?? '', names, 'shutdown');
    return Promise.resolve(typeof made === 'string' ? made : ({what: `Shut neighbour ${names.join(' and ')} of ${host} down again`, steps: made, targets: targets(ctx.fabric(), run.params), notUndoable: []} satisfies Plan));
  },
};
