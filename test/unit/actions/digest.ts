/** What a fabric of the bench is like, but for times: two that were treated alike have the same. */
import type {Bench} from './bench.ts';

export function digest({world, engine}: Bench): unknown {
  const {hosts, clusters, vms, vnets, datastores} = engine.world;
  return {
    faults: (world.faults ?? []).map(({name, host}) => `${name} ${host}`).toSorted(),
    resets: Object.fromEntries(Object.entries(world.resets ?? {}).map(([session, {times}]) => [session, times])),
    daemons: world.hosts.map(({name, daemons}) => [name, daemons]),
    guests: world.guests.map(({id, host, nics, sequence, history}) => ({id, host, sequence, earlier: history.map((one) => one.host), nics})).toSorted((a, b) => a.id - b.id),
    translations: world.translations,
    hosts: hosts.map(({id, state, clusterId}) => ({id, state, clusterId})),
    clusters, datastores,
    vnets: vnets.map(({id, name, clusterIds, template}) => ({id, name, clusterIds, template})),
    vms: vms.map(({id, state, lcmState, nics, history}) => ({id, state, lcmState, nics, history: history.map(({hostId, action}) => [hostId, action])})),
  };
}
