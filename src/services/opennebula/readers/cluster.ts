import type {OneCluster} from '../../../model/cloud.ts';
import type {PoolReader} from '../pool.ts';
import {id, ids, text} from '../xml.ts';

/** `one.clusterpool.info` */
export const clusterReader: PoolReader<OneCluster> = {
  pool: 'CLUSTER_POOL',
  item: 'CLUSTER',
  read(cluster) {
    const [clusterId, name] = [id(cluster, 'ID'), text(cluster, 'NAME')];
    if (clusterId === undefined || name === undefined) return undefined;
    return {id: clusterId, name, hostIds: ids(cluster, 'HOSTS'), datastoreIds: ids(cluster, 'DATASTORES'), vnetIds: ids(cluster, 'VNETS')};
  },
};
