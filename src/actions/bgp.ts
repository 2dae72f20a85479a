/** `bgp.clear`: reset the EVPN session of a host with one neighbour. FRR: `clear bgp l2vpn evpn NEIGHBOR`. */
import {isIP} from 'node:net';
import type {Action, ActionContext, ActionRun, Candidate, Done, Params, Target} from '../model/action.ts';
import type {Fabric} from '../model/fabric.ts';
import type {BgpPeer} from '../model/frr.ts';
import {stamp} from '../model/reading.ts';
import {fails, passes, unknown, warns} from './action.ts';
import {frrChange} from './frr-change.ts';
import {hostCandidates, hostReached} from './hosts.ts';
import {watching} from './wait.ts';

const reads = (host: string) => [{source: host, probes: ['frr.summary']}];
const verifyMs = 60_000; // a session that was reset is up again within seconds, or after its connect timer

const summaryOf = (fabric: Fabric, host: string) => fabric.hosts.get(host)?.readings['frr.summary'];
const peerOf = (fabric: Fabric, {host = '', neighbor}: Params): BgpPeer | undefined => summaryOf(fabric, host)?.value?.peers.find(({address}) => address === neighbor);

/** When the session came up, in epoch ms; a dynamic neighbour that went down is gone from the summary until it is back. */
function upSince(fabric: Fabric, params: Params): number | undefined {
  const peer = peerOf(fabric, params);
  const at = summaryOf(fabric, params['host'] ?? '')?.at;
  return peer?.established && peer.uptimeMs !== undefined && at !== undefined ? at - peer.uptimeMs : undefined;
}

const speakers = (fabric: Fabric): readonly Candidate[] => hostCandidates(fabric).map((one) => {
  const observation = summaryOf(fabric, one.value);
  return one.impossible !== undefined || observation?.value ? one : {...one, impossible: `its BGP sessions were not read${observation?.problem ? `: ${observation.problem.detail}` : ''}`};
});
const neighbors = (fabric: Fabric, {host = ''}: Params): readonly Candidate[] =>
  (summaryOf(fabric, host)?.value?.peers ?? []).map(({address, hostname, state}) => ({value: address, label: `${address}${hostname === undefined ? '' : ` ${hostname}`} (${state})`}));

function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {host = ''} = params;
  const peer = peerOf(fabric, params);
  const read = summaryOf(fabric, host)?.value !== undefined;
  return [{what: sessionOf(params), reads: reads(host), state: {state: read ? (peer?.state ?? 'not there') : undefined, established: read ? timesOf(peer) : undefined}}];
}
const sessionOf = ({host, neighbor}: Params): string => `session of ${host} with ${neighbor}`;

/** How often it came up. A dynamic neighbour is made anew each time: its count says nothing. */
const timesOf = (peer: BgpPeer | undefined): string => (!peer || peer.dynamic || peer.timesEstablished === undefined ? 'not counted' : `${peer.timesEstablished} times`);

/**
 * Whether the session was reset since the run began. By count where FRR counts; else by its age, which FRR tells in
 * whole seconds: of a session that is about as old as the run nobody can say.
 */
function wasReset(fabric: Fabric, run: ActionRun): boolean | undefined {
  const peer = peerOf(fabric, run.params);
  if (!peer?.established) return true;
  const before = run.plan.targets.find(({what}) => what === sessionOf(run.params))?.state['established'];
  if (before !== undefined && before !== 'not counted' && timesOf(peer) !== 'not counted') return timesOf(peer) !== before;
  const since = upSince(fabric, run.params);
  if (since === undefined) return undefined;
  return since < run.startedAt ? false : since - 1500 > run.startedAt ? true : undefined;
}

async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const problems = await ctx.reread(reads(run.params['host'] ?? ''));
  if (problems.length > 0) return {done: undefined, says: problems.map(({detail}) => detail).join('; ')};
  const reset = wasReset(ctx.fabric(), run);
  if (reset === undefined) return {done: undefined, says: 'the session is about as old as the run: whether that reset it cannot be told'};
  return reset ? {done: true, says: 'the session was reset since the run began'} : {done: false, says: 'the session is older than the run: it was not reset'};
}

export const bgpClear: Action = {
  id: 'bgp.clear',
  title: 'Reset a BGP session',
  description: 'clears the EVPN session of a host with one neighbour: its routes are withdrawn and learnt again',
  params: [
    {name: 'host', title: 'the host whose session it is', type: 'host', required: true, candidates: speakers},
    {name: 'neighbor', title: 'the address of the neighbour', type: 'ip', required: true, candidates: neighbors, open: true, wrong: (value) => (isIP(value) ? undefined : `"${value}" is no address`)},
  ],
  destructive: false,
  preflight: (ctx, params) => {
    const {host = '', neighbor = ''} = params;
    const fabric = ctx.fabric();
    const observation = summaryOf(fabric, host);
    const peer = peerOf(fabric, params);
    const evidence = observation ? [{text: `${neighbor}: ${peer?.state ?? 'not in the summary'}`, stamp: stamp(observation)}] : [];
    return Promise.resolve([
      hostReached(fabric, host),
      !observation?.value || observation.problem ? unknown('the neighbour is known', `the BGP sessions of ${host} were not read: ${observation?.problem?.detail ?? 'never'}`, {evidence})
        : peer ? passes('the neighbour is known', `${neighbor} is ${peer.state}`, evidence) : fails('the neighbour is known', `${host} has no neighbour ${neighbor}`, evidence),
      ...(peer?.established ? [warns('traffic goes on', `the ${peer.prefixesReceived ?? 'unknown number of'} routes from ${neighbor} are withdrawn until the session is back`)] : []),
    ]);
  },
  plan: (ctx, params) => {
    const {host = '', neighbor = ''} = params;
    const script = frrChange('clear-neighbor', {neighbor});
    if (typeof script !== 'string') return Promise.resolve(script);
    return Promise.resolve({
      what: `Reset the EVPN session of ${host} with ${neighbor}`,
      steps: [{id: 'clear', title: `clear ${neighbor}`, effect: {kind: 'host', host, script}, deadlineS: 15, resume: 'ask', cancellable: false}],
      targets: targets(ctx.fabric(), params),
      notUndoable: ['A session that was reset cannot be made not to have been: there is nothing to undo.'],
    });
  },
  targets,
  done,
  async verify(ctx, run) {
    const {host = '', neighbor = ''} = run.params;
    const name = 'the session is up again';
    const waited = watching(ctx);
    const since = await ctx.until(reads(host), (fabric) => (peerOf(fabric, run.params)?.established && wasReset(fabric, run) ? true : undefined), verifyMs);
    const observation = summaryOf(ctx.fabric(), host);
    const peer = peerOf(ctx.fabric(), run.params);
    const evidence = observation ? [{text: `${neighbor}: ${peer ? `${peer.state}, up ${Math.round((peer.uptimeMs ?? 0) / 1000)} s` : 'not in the summary'}`, stamp: stamp(observation)}] : [];
    if (since !== undefined) return [passes(name, `${host} and ${neighbor} are Established anew`, evidence)];
    if (!observation || observation.problem) return [unknown(name, `the BGP sessions of ${host} could not be read: ${observation?.problem?.detail ?? 'never read'}`, {evidence})];
    return [fails(name, peer?.established ? `the session with ${neighbor} is older than the run: it was not reset` : `${neighbor} is ${peer?.state ?? 'not in the summary'} after ${waited.passed()}`, evidence)];
  },
  undo: () => Promise.resolve('a session that was reset cannot be made not to have been'),
};
