import type {OneHost} from '../../../model/cloud.ts';
import type {PoolReader} from '../pool.ts';
import {attributes, child, id, ids, int, text} from '../xml.ts';
import {mayEnter} from './secrets.ts';

/** `one.hostpool.info`. Capacities are what oned allots to VMs (MAX_*, CPU_USAGE), not what the host measures. */
export const hostReader: PoolReader<OneHost> = {
  pool: 'HOST_POOL',
  item: 'HOST',
  read(host) {
    const share = child(host, 'HOST_SHARE');
    const [hostId, name, state, clusterId] = [id(host, 'ID'), text(host, 'NAME'), int(host, 'STATE'), id(host, 'CLUSTER_ID')];
    const [totalCpu, usedCpu] = [int(share, 'MAX_CPU'), int(share, 'CPU_USAGE')];
    const [totalMemoryKiB, usedMemoryKiB] = [int(share, 'MAX_MEM'), int(share, 'MEM_USAGE')];
    if (hostId === undefined || name === undefined || state === undefined || clusterId === undefined) return undefined;
    if (totalCpu === undefined || usedCpu === undefined || totalMemoryKiB === undefined || usedMemoryKiB === undefined) return undefined;
    return {
      id: hostId, name, state, clusterId, cluster: text(host, 'CLUSTER') ?? '', vmIds: ids(host, 'VMS'),
      totalCpu, usedCpu, totalMemoryKiB, usedMemoryKiB, attributes: attributes(child(host, 'TEMPLATE'), mayEnter),
    };
  },
};
