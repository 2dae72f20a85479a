/** `one.cluster`: a cluster with its hosts, networks and datastores. A host that moves takes its running VMs along, so that is said. */
import {passes, warns} from '../../actions/action.ts';
import type {StepFunction} from '../model.ts';
import {dataOf, deletedOf, freshly, madeBy, madeOf, named, oneHostOf, pool, shown, type Call} from './cloud.ts';
import {listOf, textOf} from './words.ts';

const probes = ['one.clusters', 'one.hosts', 'one.vnets', 'one.datastores'] as const;

export const clusterOf: StepFunction = {
  name: 'one.cluster',
  description: 'a cluster with hosts, networks and datastores in it; nothing is taken out of it',
  with: {name: {description: 'name of the cluster', required: true}, hosts: {description: 'hosts of the fabric, or of OpenNebula', required: true}, vnets: {description: 'networks'}, datastores: {description: 'datastores, by name or number'}},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, ...probes);
    const name = textOf(call.with, 'name');
    const there = pool(fabric, 'one.clusters').find((one) => one.name === name);
    const cluster = there ? there.id : {resultOf: `${name}.make`};
    const hosts = listOf(call.with, 'hosts').map((host) => oneHostOf(fabric, host)).filter(({clusterId}) => clusterId !== there?.id);
    const nets = listOf(call.with, 'vnets').map((one) => named(pool(fabric, 'one.vnets'), 'network', one)).filter(({clusterIds}) => there === undefined || !clusterIds.includes(there.id));
    const stores = listOf(call.with, 'datastores').map((one) => named(pool(fabric, 'one.datastores'), 'datastore', one)).filter(({clusterIds}) => there === undefined || !clusterIds.includes(there.id));
    const calls: readonly Call[] = [
      ...(there ? [] : [{id: 'make', title: `make cluster ${name}`, method: 'one.cluster.allocate', args: [name]}]),
      ...hosts.map((one) => ({id: `host${one.id}`, title: `host ${one.name} into it (from ${one.cluster || one.clusterId})`, method: 'one.cluster.addhost', args: [cluster, one.id]})),
      ...nets.map((one) => ({id: `vnet${one.id}`, title: `network ${one.name} into it`, method: 'one.cluster.addvnet', args: [cluster, one.id]})),
      ...stores.map((one) => ({id: `store${one.id}`, title: `datastore ${one.name} into it`, method: 'one.cluster.adddatastore', args: [cluster, one.id]})),
    ];
    if (calls.length === 0) return [{id: name, already: `cluster ${name} has them all`}];
    return [{
      id: name, calls, changes: calls.map(({title}) => title).join('\n'),
      data: {name, made: !there, cluster: there?.id ?? null, hosts: hosts.map(({id, clusterId}) => [id, clusterId]), vnets: nets.map(({id}) => id), stores: stores.map(({id}) => id)},
      conditions: hosts.map((one) => (one.vmIds.length > 0 ? warns(`${one.name} can move`, `${one.vmIds.length} VMs run on ${one.name}: they can then migrate within ${name} only`) : passes(`${one.name} can move`, 'no VM runs on it'))),
    }];
  },
  done: async (ctx, _, step, data) => {
    const {name} = dataOf(data);
    if (step.id.endsWith('.make')) return madeOf(ctx, 'one.clusters', String(name));
    if (step.id.endsWith('.delete')) return deletedOf(ctx, 'one.clusters', String(name));
    try {
      // OpenNebula refuses to put in what is in, and to take out what is not.
      const fabric = await freshly(ctx, ...probes);
      const cluster = pool(fabric, 'one.clusters').find((one) => one.name === name)?.id;
      const [, kind, number] = /\.(host|vnet|store)(\d+)$/.exec(step.id) ?? [];
      if (cluster === undefined || step.effect.kind !== 'one') return {done: false, says: `there is no cluster ${String(name)}`};
      const wanted = step.effect.method === 'one.cluster.addhost' && typeof step.effect.args[0] === 'number' ? step.effect.args[0] : cluster;
      const at = kind === 'host' ? pool(fabric, 'one.hosts').filter(({id}) => id === Number(number)).map(({clusterId}) => clusterId)
        : pool(fabric, kind === 'vnet' ? 'one.vnets' : 'one.datastores').find(({id}) => id === Number(number))?.clusterIds ?? [];
      const isIn = at.includes(wanted);
      return {done: isIn !== step.effect.method.startsWith('one.cluster.del'), says: `it is ${isIn ? '' : 'not '}in cluster ${wanted}`};
    } catch (error) {
      return {done: undefined, says: (error as Error).message};
    }
  },
  verify: async (ctx, _, datas, undoing) => Promise.all(datas.flatMap((data) => {
    const {name, hosts, made} = dataOf(data);
    if (typeof name !== 'string') return [];
    if (undoing) return made === true ? [shown(ctx, `cluster ${name}`, ['one.clusters'], `there is no cluster ${name}`, (fabric) => !pool(fabric, 'one.clusters').some((one) => one.name === name))] : [];
    const ids = (hosts as readonly (readonly number[])[]).map(([id]) => id!);
    return [shown(ctx, `cluster ${name}`, ['one.clusters', 'one.hosts'], `${name} has its ${ids.length} hosts`, (fabric) => {
      const id = pool(fabric, 'one.clusters').find((one) => one.name === name)?.id;
      return id !== undefined && ids.every((host) => pool(fabric, 'one.hosts').some((one) => one.id === host && one.clusterId === id));
    })];
  })),
  undo: (_, run, datas) => Promise.resolve(datas.flatMap((data) => {
    const of = dataOf(data);
    const {name} = of;
    const id = of['cluster'] ?? madeBy(run, name);
    if (typeof name !== 'string' || typeof id !== 'number') return [];
    const did = (call: string): boolean => run.done.includes(`${name}.${call}`);
    const calls: readonly Call[] = [
      ...(of['stores'] as readonly number[]).filter((one) => did(`store${one}`)).map((one) => ({id: `store${one}`, title: `datastore ${one} out of it`, method: 'one.cluster.deldatastore', args: [id, one]})),
      ...(of['vnets'] as readonly number[]).filter((one) => did(`vnet${one}`)).map((one) => ({id: `vnet${one}`, title: `network ${one} out of it`, method: 'one.cluster.delvnet', args: [id, one]})),
      ...(of['hosts'] as readonly (readonly number[])[]).filter(([one]) => did(`host${one!}`)).map(([one, before]) => ({id: `host${one!}`, title: `host ${one!} back to cluster ${before!}`, method: 'one.cluster.addhost', args: [before!, one!]})),
      ...(of['made'] === true ? [{id: 'delete', title: `delete cluster ${name}`, method: 'one.cluster.delete', args: [id]}] : []),
    ];
    return [{id: `back-${name}`, calls, data: of}];
  })),
};
