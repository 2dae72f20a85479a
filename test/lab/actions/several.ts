/** An action of five steps of every kind, for tests: what one of them got is used by the next, and two must not be done twice. */
import type {Action, ActionContext, Plan} from '../../../src/model/action.ts';
import {passes, fails, openNebula} from '../../../src/actions/action.ts';
import {bgpClear} from '../../../src/actions/bgp.ts';
import {linkUp} from '../../../src/actions/link.ts';

const cluster = (ctx: Pick<ActionContext, 'fabric'>, name: string) => ctx.fabric().cloud?.readings['one.clusters']?.value?.find((one) => one.name === name);
const clusters = [{source: openNebula, probes: ['one.clusters', 'one.hosts']}];

export const several: Action = {
  id: 'test.several', title: 'Several things', description: 'makes a cluster, moves a host there, resets a session, brings a device up', destructive: true,
  params: [{name: 'cluster', title: 'its name', type: 'text', required: true}, {name: 'host', title: 'the host', type: 'host', required: true}, {name: 'device', title: 'the device', type: 'text', required: true}, {name: 'neighbor', title: 'the neighbour', type: 'ip', required: true}],
  preflight: () => Promise.resolve([passes('always', 'it can be done')]),
  async plan(ctx, params) {
    const {cluster: name = '', host = '', neighbor = '', device = ''} = params;
    const [clear, up] = [await bgpClear.plan(ctx, {host, neighbor}) as Plan, await linkUp.plan(ctx, {host, device}) as Plan];
    return {
      what: `Put ${host} into ${name}`, confirmName: name, notUndoable: [], targets: several.targets(ctx.fabric(), params),
      steps: [
        {id: 'make', title: 'make the cluster', effect: {kind: 'one', method: 'one.cluster.allocate', args: [name]}, deadlineS: 10, resume: 'ask', cancellable: false},
        {id: 'join', title: 'put the host into it', effect: {kind: 'one', method: 'one.cluster.addhost', args: [{resultOf: 'make'}, 0]}, deadlineS: 10, resume: 'idempotent', cancellable: false},
        ...clear.steps, ...up.steps,
        {id: 'seen', title: 'wait for it', effect: {kind: 'watch'}, deadlineS: 10, resume: 'idempotent', cancellable: true},
      ],
    };
  },
  targets: (fabric, {host = '', device = '', neighbor = ''}) => [...linkUp.targets(fabric, {host, device}), ...bgpClear.targets(fabric, {host, neighbor})],
  async done(ctx, run, step) {
    if (step.id === 'clear') return bgpClear.done!(ctx, {...run, params: {host: run.params['host']!, neighbor: run.params['neighbor']!}}, step);
    if (step.id !== 'make') return {done: false, says: 'it may be done again'};
    if ((await ctx.reread(clusters)).length > 0) return {done: undefined, says: 'OpenNebula could not be read'};
    const found = cluster(ctx, run.params['cluster']!);
    return found ? {done: true, value: found.id, says: `the cluster is there, ${found.id}`} : {done: false, says: 'there is no such cluster'};
  },
  async settle(ctx, run) {
    const found = await ctx.until(clusters, () => cluster(ctx, run.params['cluster']!), 10_000);
    return {ok: found !== undefined, says: found ? `cluster ${found.id}` : 'the cluster was not seen'};
  },
  async verify(ctx, run) {
    const {host = '', device = '', neighbor = ''} = run.params;
    const member = await ctx.until(clusters, () => cluster(ctx, run.params['cluster']!)?.hostIds.includes(0) || undefined, 10_000);
    return [member ? passes('it is a member', 'the host is in it') : fails('it is a member', 'the host is not in it'), ...(await linkUp.verify(ctx, {...run, params: {host, device}})), ...(await bgpClear.verify(ctx, {...run, params: {host, neighbor}}))];
  },
  undo: () => Promise.resolve('it is a test'),
};
