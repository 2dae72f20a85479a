import type {OneVnet} from '../../model/cloud.ts';
import type {CloudProbeId, CloudValues} from '../../model/fabric.ts';
import type {Reading} from '../../model/reading.ts';
import {bad, good} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {AnyCloudProbe, CloudProbe, OneCaller} from './cloud-probe.ts';
import {readPages, readWhole, xmlOf} from './paging.ts';
import {readPoolInTurns, type PoolReader} from './pool.ts';
import {clusterReader} from './readers/cluster.ts';
import {hostReader} from './readers/host.ts';
import {datastoreReader, imageReader, marketAppReader, templateReader} from './readers/storage.ts';
import {vmReader, vrouterReader} from './readers/vm.ts';
import {vnetReader} from './readers/vnet.ts';

const version: CloudProbe<'one.version'> = {
  id: 'one.version',
  tier: 'slow',
  call: 'one.system.version()',
  async read(client, signal) {
    const answer = xmlOf(await client.call('one.system.version', [], signal));
    if (!answer.ok) return answer;
    const value = sanitizeLine(answer.value, 40).trim();
    return value === '' ? bad('garbled', 'the version is empty') : good(value);
  },
};

const hosts: CloudProbe<'one.hosts'> = {
  id: 'one.hosts',
  tier: 'medium',
  call: 'one.hostpool.info()',
  read: async (client, signal) => doubtful(client, await readWhole(client, 'one.hostpool.info', hostReader, signal), signal),
};

const vms: CloudProbe<'one.vms'> = {
  id: 'one.vms',
  tier: 'medium',
  call: 'one.vmpool.infoextended(-2, OFFSET, -100, -1)',
  // -1: all but DONE. Extended: the short pool lacks aliases, VLAN_ID, CONTEXT and VROUTER_ID.
  read: async (client, signal) => doubtful(client, await readPages(client, 'one.vmpool.infoextended', [-1], vmReader, signal), signal),
};

const vnets: CloudProbe<'one.vnets'> = {
  id: 'one.vnets',
  tier: 'slow',
  call: 'one.vnpool.info(-2, OFFSET, -100), one.vn.info(EACH)',
  async read(client, signal) {
    const pool = await readPages(client, 'one.vnpool.info', [], vnetReader, signal);
    if (!pool.ok) return pool;
    // The client bounds how many of these are under way.
    const leased = await Promise.all(pool.value.map((vnet) => withLeases(client, vnet, signal)));
    return good(leased.map(({vnet}) => vnet), [...(pool.warnings ?? []), ...leased.flatMap(({warnings}) => warnings)].slice(0, 20));
  },
};

/** The network with its leases; as the pool shows it, with a warning, when they cannot be read. */
async function withLeases(client: OneCaller, vnet: OneVnet, signal: AbortSignal | undefined): Promise<{readonly vnet: OneVnet; readonly warnings: readonly string[]}> {
  const xml = xmlOf(await client.call('one.vn.info', [vnet.id], signal));
  const read = xml.ok ? await readPoolInTurns(vnetReader, xml.value, true) : xml;
  if (!read.ok) return {vnet, warnings: [`the leases of vnet ${vnet.id} could not be read: ${read.problem.detail}`]};
  const own = read.value.find(({id}) => id === vnet.id);
  return own ? {vnet: own, warnings: read.warnings ?? []} : {vnet, warnings: [`the leases of vnet ${vnet.id} could not be read: the answer is not about it`]};
}

/**
 * A user without rights gets empty pools and success. Clusters tell: there is always one ("default"), and who sees none
 * cannot take an empty pool for an empty cloud.
 */
async function doubtful<T>(client: OneCaller, pool: Reading<readonly T[]>, signal: AbortSignal | undefined): Promise<Reading<readonly T[]>> {
  if (!pool.ok || pool.value.length > 0) return pool;
  const seen = await readWhole(client, 'one.clusterpool.info', clusterReader, signal);
  return seen.ok && seen.value.length === 0 ? good(pool.value, [...(pool.warnings ?? []), noRights]) : pool;
}
const noRights = 'empty, and this user sees no cluster either: it probably may not look; an empty list means nothing';

const clusters: CloudProbe<'one.clusters'> = {
  id: 'one.clusters',
  tier: 'slow',
  call: 'one.clusterpool.info()',
  async read(client, signal) {
    const pool = await readWhole(client, 'one.clusterpool.info', clusterReader, signal);
    return pool.ok && pool.value.length === 0 ? good(pool.value, [...(pool.warnings ?? []), noRights]) : pool;
  },
};

const datastores: CloudProbe<'one.datastores'> = {
  id: 'one.datastores',
  tier: 'slow',
  call: 'one.datastorepool.info()',
  read: (client, signal) => readWhole(client, 'one.datastorepool.info', datastoreReader, signal),
};

/** The pools that are no more than pages of entries. */
function paged<K extends CloudProbeId, T extends {readonly id: number}>(id: K, tier: CloudProbe['tier'], method: string, reader: PoolReader<T> & (readonly T[] extends CloudValues[K] ? unknown : never)): CloudProbe<K> {
  return {id, tier, call: `${method}(-2, OFFSET, -100)`, read: (client, signal) => readPages(client, method, [], reader, signal) as Promise<Reading<CloudValues[K]>>};
}

/** All that is read from OpenNebula. */
export const cloudProbes: readonly AnyCloudProbe[] = [
  version,
  hosts,
  vms,
  paged('one.vrouters', 'medium', 'one.vrouterpool.info', vrouterReader),
  vnets,
  clusters,
  datastores,
  paged('one.templates', 'slow', 'one.templatepool.info', templateReader),
  paged('one.images', 'slow', 'one.imagepool.info', imageReader),
  paged('one.apps', 'slow', 'one.marketapppool.info', marketAppReader),
];
