/**
 * `one.add-to-cluster`: add a network, a datastore or a host to a cluster. `one.cluster.addvnet|adddatastore|addhost`.
 * A network and a datastore can be in several clusters; a host is in one, and OpenNebula moves it without a word.
 */
import type {Action, ActionContext, ActionRun, Candidate, Condition, Done, Params, Plan, Target} from '../../model/action.ts';
import type {OneCluster, OneDatastore, OneHost, OneVm, OneVnet} from '../../model/cloud.ts';
import type {CloudProbeId, CloudValues, Fabric} from '../../model/fabric.ts';
import type {Evidence} from '../../model/finding.ts';
import {stamp} from '../../model/reading.ts';
import {fails, openNebula, passes, unknown, warns} from '../action.ts';
import {shown} from '../repair/parts.ts';

const kinds = ['vnet', 'datastore', 'host'] as const;
type Kind = (typeof kinds)[number];
const poolOf = {vnet: 'one.vnets', datastore: 'one.datastores', host: 'one.hosts'} as const;
const nouns: Readonly<Record<Kind, string>> = {vnet: 'network', datastore: 'datastore', host: 'host'};
const isKind = (kind: string | undefined): kind is Kind => kinds.some((one) => one === kind);

const pool = <K extends CloudProbeId>(fabric: Fabric, probe: K): CloudValues[K] | undefined => fabric.cloud?.readings[probe]?.value;
const evidenceOf = (fabric: Fabric, probe: CloudProbeId, text: string): readonly Evidence[] => {
  const observation = fabric.cloud?.readings[probe];
  return observation ? [{text, stamp: stamp(observation)}] : [];
};
type Member = OneVnet | OneDatastore | OneHost;
const members = (fabric: Fabric, kind: string | undefined): readonly Member[] | undefined => (isKind(kind) ? pool(fabric, poolOf[kind]) : undefined);
const memberOf = (fabric: Fabric, {kind, id}: Params): Member | undefined => members(fabric, kind)?.find((one) => String(one.id) === id || one.name === id);
const clusterOf = (fabric: Fabric, given: string | undefined): OneCluster | undefined => pool(fabric, 'one.clusters')?.find(({id, name}) => String(id) === given || name === given);
const clustersOf = (one: Member): readonly number[] => ('clusterIds' in one ? one.clusterIds : [one.clusterId]);
const named = (fabric: Fabric, id: number): string => `${id} ${clusterOf(fabric, String(id))?.name ?? ''}`.trim();
const inWords = (fabric: Fabric, ids: readonly number[]): string => (ids.length === 0 ? 'no cluster' : `cluster ${ids.map((id) => named(fabric, id)).join(', ')}`);
const numbers = (ids: readonly number[]): string => [...ids].sort((a, b) => a - b).join(' ') || 'none';

const reads = (kind: string | undefined) => [{source: openNebula, probes: ['one.clusters', ...(isKind(kind) ? [poolOf[kind]] : []), ...(kind === 'host' ? ['one.vms'] : [])]}];

const subjects = (fabric: Fabric, {kind}: Params): readonly Candidate[] => (members(fabric, kind) ?? []).map((one) => ({value: String(one.id), label: `${one.id} ${one.name} (${inWords(fabric, clustersOf(one))})`}));
const clusters = (fabric: Fabric, params: Params): readonly Candidate[] => {
  const one = memberOf(fabric, params);
  return (pool(fabric, 'one.clusters') ?? []).map(({id, name}) => ({value: String(id), label: `${id} ${name}`, impossible: one && clustersOf(one).includes(id) ? 'it is in there already' : undefined}));
};

/** VMs that have their place on the host: running ones, and those that will be resumed there. */
const vmsOn = (fabric: Fabric, {id}: OneHost): readonly OneVm[] => (pool(fabric, 'one.vms') ?? []).filter(({state, history}) => state !== 6 && history.at(-1)?.hostId === id && history.at(-1)?.end === undefined);

function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {kind, id, cluster} = params;
  const [one, to] = [memberOf(fabric, params), clusterOf(fabric, cluster)];
  const read = members(fabric, kind) !== undefined;
  return [{
    what: `${isKind(kind) ? nouns[kind] : kind} ${id} of OpenNebula`, reads: reads(kind),
    state: {
      name: one?.name ?? (read ? 'not there' : undefined), clusters: one ? numbers(clustersOf(one)) : read ? 'not there' : undefined,
      to: to?.name ?? (pool(fabric, 'one.clusters') === undefined ? undefined : 'not there'),
      ...(one && 'vmIds' in one && {vms: numbers(vmsOn(fabric, one).map((vm) => vm.id))}),
    },
  }];
}

/** What the VMs of a host would lack in the cluster: networks and datastores that are not in it. */
function lacking(fabric: Fabric, host: OneHost, to: OneCluster): readonly Condition[] {
  const vms = vmsOn(fabric, host);
  const evidence = evidenceOf(fabric, 'one.vms', `VMs on ${host.name}: ${vms.map(({id, name}) => `${id} ${name}`).join(', ') || 'none'}`);
  const nets = (pool(fabric, 'one.vnets') ?? []).filter((net) => !net.clusterIds.includes(to.id) && vms.some(({nics}) => nics.some(({networkId}) => networkId === net.id)));
  const systems = (pool(fabric, 'one.datastores') ?? []).filter(({type, clusterIds}) => type === 1 && clusterIds.includes(to.id));
  return [
    pool(fabric, 'one.vms') === undefined ? unknown('no VM runs there', 'the VMs were not read', {mayOverride: true})
      : vms.length === 0 ? passes('no VM runs there', `no VM has its place on ${host.name}`, evidence)
      : warns('no VM runs there', `${vms.length} VMs run on ${host.name} (${vms.slice(0, 8).map(({id, name}) => `${id} ${name}`).join(', ')}): they go on running, and can be migrated only within cluster ${to.name} from then on; OpenNebula does not object`, evidence),
    nets.length === 0 ? passes('its networks are in the cluster', `every network of its VMs is in cluster ${to.name}`)
      : warns('its networks are in the cluster', `not in cluster ${to.name}: ${nets.map(({name}) => name).join(', ')}; VMs that have them could not be migrated`),
    systems.length > 0 ? passes('the cluster has a system datastore', systems.map(({name}) => name).join(', ')) : warns('the cluster has a system datastore', `cluster ${to.name} has none: no VM can be placed there or migrated live`),
  ];
}

function planned(fabric: Fabric, params: Params, one: Member, to: OneCluster): Plan {
  const kind = params['kind'] as Kind;
  const vms = 'vmIds' in one ? vmsOn(fabric, one) : [];
  return {
    what: kind === 'host' ? `Move host ${one.name} from ${inWords(fabric, clustersOf(one))} to cluster ${to.name}` : `Add ${nouns[kind]} ${one.name} to cluster ${to.name}`,
    steps: [{id: 'add', title: `${kind === 'host' ? 'move' : 'add'} ${one.name} to ${to.name}`, effect: {kind: 'one', method: `one.cluster.add${kind}`, args: [to.id, one.id]}, deadlineS: 20, resume: 'ask', cancellable: false}],
    targets: targets(fabric, params), notUndoable: [],
    ...(vms.length > 0 && {confirmName: one.name}),
  };
}

const joined = (fabric: Fabric, params: Params): boolean | undefined => {
  const [one, to] = [memberOf(fabric, params), clusterOf(fabric, params['cluster'])];
  return members(fabric, params['kind']) === undefined || pool(fabric, 'one.clusters') === undefined ? undefined : one !== undefined && to !== undefined && clustersOf(one).includes(to.id);
};

async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const problems = await ctx.reread(reads(run.params['kind']));
  if (problems.length > 0) return {done: undefined, says: problems.map(({detail}) => detail).join('; ')};
  const wanted = run.undoes === undefined;
  const is = joined(ctx.fabric(), run.params) === true;
  return {done: is === wanted, says: is ? 'it is in the cluster' : 'it is not in the cluster'};
}

export const addToCluster: Action = {
  id: 'one.add-to-cluster',
  title: 'Add to a cluster',
  description: 'adds a network or a datastore to a cluster of OpenNebula, or moves a host there; a host with VMs wants its name typed',
  params: [
    {name: 'kind', title: 'what it is', type: 'choice', required: true, candidates: () => kinds.map((value) => ({value, label: nouns[value]}))},
    {name: 'id', title: 'its number or name', type: 'choice', required: true, candidates: subjects, open: true},
    {name: 'cluster', title: 'the number or name of the cluster', type: 'choice', required: true, candidates: clusters, open: true},
  ],
  destructive: false,
  preflight: (ctx, params) => {
    const {kind, id, cluster} = params;
    const fabric = ctx.fabric();
    if (members(fabric, kind) === undefined || pool(fabric, 'one.clusters') === undefined) return Promise.resolve([unknown('OpenNebula is read', 'its clusters and what is in them were not read')]);
    const [one, to] = [memberOf(fabric, params), clusterOf(fabric, cluster)];
    if (!one || !to) return Promise.resolve([fails('both are there', one ? `OpenNebula has no cluster ${cluster}` : `OpenNebula has no ${isKind(kind) ? nouns[kind] : kind} ${id}`)]);
    const already = clustersOf(one).includes(to.id);
    const evidence = evidenceOf(fabric, poolOf[kind as Kind], `${one.id} ${one.name}: ${inWords(fabric, clustersOf(one))}`);
    return Promise.resolve([
      already ? fails('both are there', `${one.name} is in cluster ${to.name} already`, evidence) : passes('both are there', `${one.name} is in ${inWords(fabric, clustersOf(one))}`, evidence),
      ...('vmIds' in one && !already ? lacking(fabric, one, to) : []),
    ]);
  },
  plan: (ctx, params) => {
    const fabric = ctx.fabric();
    const [one, to] = [memberOf(fabric, params), clusterOf(fabric, params['cluster'])];
    return Promise.resolve(one && to ? planned(fabric, params, one, to) : {kind: 'failed', detail: 'it is gone meanwhile'});
  },
  targets, done,
  verify: async (ctx, run) => {
    const wanted = run.undoes === undefined;
    return [await shown(ctx, wanted ? 'it is in the cluster' : 'it is out of the cluster', {
      reads: reads(run.params['kind']),
      holds: (fabric) => {
        const is = joined(fabric, run.params);
        return is === undefined ? undefined : is === wanted;
      },
      says: (fabric) => {
        const one = memberOf(fabric, run.params);
        return one ? `${one.name} is in ${inWords(fabric, clustersOf(one))}` : 'it is not there';
      },
    })];
  },
  undo: (ctx, run) => {
    const fabric = ctx.fabric();
    const [one, to] = [memberOf(fabric, run.params), clusterOf(fabric, run.params['cluster'])];
    const kind = run.params['kind'] as Kind;
    const was = Number(run.plan.targets[0]?.state['clusters']);
    if (!one || !to) return Promise.resolve('it is not there now');
    if (kind === 'host' && !Number.isInteger(was)) return Promise.resolve('where it was before is not known');
    const vms = 'vmIds' in one ? vmsOn(fabric, one) : [];
    const back = {method: kind === 'host' ? 'one.cluster.addhost' : `one.cluster.del${kind}`, args: [kind === 'host' ? was : to.id, one.id]};
    return Promise.resolve({
      what: kind === 'host' ? `Move host ${one.name} back to cluster ${named(fabric, was)}` : `Take ${nouns[kind]} ${one.name} out of cluster ${to.name}`,
      steps: [{id: 'back', title: kind === 'host' ? `move ${one.name} back` : `take ${one.name} out of ${to.name}`, effect: {kind: 'one', ...back}, deadlineS: 20, resume: 'ask', cancellable: false}],
      targets: targets(fabric, run.params), notUndoable: [], ...(vms.length > 0 && {confirmName: one.name}),
    } satisfies Plan);
  },
};
