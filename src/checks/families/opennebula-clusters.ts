/** That what the fabric's hosts work with is in their clusters: networks and datastores. */
import type {OneVnet} from '../../model/cloud.ts';
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {cloudSubject, indexOf, isFabricNet, listed, missingPools, oneCommand, placeOf, vnetSubject} from './opennebula-view.ts';

/** Clusters in which VMs of each network run. */
function placesOf(view: View): ReadonlyMap<number, ReadonlyMap<number, readonly number[]>> {
  const places = new Map<number, Map<number, number[]>>();
  const {clusterOfHost} = indexOf(view);
  for (const vm of view.cloud('one.vms') ?? []) {
    const at = vm.state === 3 ? placeOf(vm) : undefined;
    const cluster = at && clusterOfHost.get(at.id);
    if (cluster === undefined) continue;
    for (const {networkId, alias} of vm.nics) {
      if (networkId === undefined || alias) continue;
      const its = places.get(networkId) ?? new Map<number, number[]>();
      places.set(networkId, its);
      its.set(cluster, [...(its.get(cluster) ?? []), vm.id]);
    }
  }
  return places;
}

export const vnetCluster: Check = {
  id: 'opennebula.vnet-cluster', family: 'opennebula', holdS: 0,
  title: 'Each network is in the clusters of the hosts that carry it',
  explanation: 'OpenNebula places and migrates a VM only where all its networks and datastores share a cluster. A network in no cluster can be given to no new VM; one that is not in the cluster where its VMs run keeps them from being migrated. A private network whose clusters have no host is a warning.',
  remedy: 'onecluster addvnet CLUSTER NETWORK.',
  origin: 'OpenNebula: AUTOMATIC_REQUIREMENTS, clusters',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.vnets', 'one.hosts', 'one.vms']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const {clusters} = indexOf(view);
    const places = placesOf(view);
    const populated = new Set((view.cloud('one.hosts') ?? []).map(({clusterId}) => clusterId));
    for (const vnet of view.cloud('one.vnets') ?? []) {
      const stray = [...(isFabricNet(vnet) ? (places.get(vnet.id) ?? []) : [])].filter(([cluster]) => !vnet.clusterIds.includes(cluster));
      const wanted = stray[0]?.[0] ?? [...clusters.keys()][0];
      const remedy = wanted === undefined ? undefined : {...oneCommand(view, 'Add the network to the cluster of the hosts', `onecluster addvnet ${wanted} ${vnet.id}`), action: {id: 'one.add-to-cluster', params: {kind: 'vnet', id: String(vnet.id), cluster: String(wanted)}}};
      const evidence = [
        {text: `network ${vnet.id} ${vnet.name}: clusters ${vnet.clusterIds.join(', ') || 'none'}`, stamp: view.cloudStamp('one.vnets')},
        ...stray.map(([cluster, vms]) => ({text: `its VMs ${listed(vms)} run in cluster ${cluster}`, stamp: view.cloudStamp('one.vms')})),
      ];
      const common = {subject: vnetSubject(view, vnet), evidence, ...(remedy ? {remedy} : {}), breaks: [node.vnet(vnet.id)], needs: [node.cloud()]};
      if (vnet.clusterIds.length === 0) out.fail({...common, says: `network ${vnet.name} is in no cluster: it can be given to no VM, and those that have it cannot be migrated`});
      else if (stray.length > 0) out.fail({...common, says: `network ${vnet.name} is not in cluster ${stray.map(([cluster]) => cluster).join(', ')}, where VMs of it run: they cannot be migrated`});
      else if (isFabricNet(vnet) && !vnet.clusterIds.some((id) => populated.has(id))) out.warn({...common, says: `network ${vnet.name} is in clusters without a host: no VM of it can be placed`});
      else out.pass(() => vnetSubject(view, vnet));
    }
  },
};

/** Datastore.h: 0 image, 1 system; state 0 ready, 1 disabled. */
const kinds = [[1, 'system', 'no VM can be placed there or migrated live'], [0, 'image', 'no image can be used by a VM there']] as const;

export const datastoreCluster: Check = {
  id: 'opennebula.datastore-cluster', family: 'opennebula', holdS: 0,
  title: 'Each cluster with hosts of the fabric has a system and an image datastore',
  explanation: 'The disks of a running VM lie in a system datastore of its host\'s cluster; a live migration needs both hosts to share one. Clusters without hosts of ours are not looked at. A disabled system datastore does not count.',
  remedy: 'onecluster adddatastore CLUSTER DATASTORE.',
  origin: 'OpenNebula: clusters and datastores',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.datastores', 'one.hosts', 'one.clusters']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const datastores = view.cloud('one.datastores') ?? [];
    const clusterName = new Map((view.cloud('one.clusters') ?? []).map(({id, name}) => [id, name]));
    for (const [cluster, hosts] of indexOf(view).clusters) {
      const subject: Subject = {id: `cluster ${cluster}`, label: `cluster ${cluster} ${clusterName.get(cluster) ?? ''}`.trim(), hosts: hosts.flatMap(({id}) => indexOf(view).ours.get(id) ?? []), rows: []};
      const lacks = kinds.filter(([type]) => !datastores.some((one) => one.type === type && one.clusterIds.includes(cluster) && !(type === 1 && one.state === 1)));
      if (lacks.length === 0) {
        out.pass(() => subject);
        continue;
      }
      const found = datastores.filter(({type}) => lacks.some(([lacking]) => lacking === type));
      const candidate = found.find(({clusterIds}) => clusterIds.length === 0) ?? found.find(({clusterIds}) => !clusterIds.includes(cluster));
      out.fail({
        subject,
        says: `${subject.label} has no ${lacks.map(([, name]) => name).join(' and no ')} datastore: ${lacks.map(([, , effect]) => effect).join(', ')}`,
        evidence: [
          ...found.map(({id, name, clusterIds, state}) => ({text: `datastore ${id} ${name}: clusters ${clusterIds.join(', ') || 'none'}${state === 1 ? ', disabled' : ''}`, stamp: view.cloudStamp('one.datastores')})),
          {text: `hosts of the cluster: ${listed(hosts.map(({name}) => name))}`, stamp: view.cloudStamp('one.hosts')},
        ],
        remedy: candidate
          ? {...oneCommand(view, `Add datastore ${candidate.name} to the cluster`, `onecluster adddatastore ${cluster} ${candidate.id}`), action: {id: 'one.add-to-cluster', params: {kind: 'datastore', id: String(candidate.id), cluster: String(cluster)}}}
          : {text: found.length > 0 ? 'Enable the datastore of the cluster (onedatastore enable), or add another.' : 'Make such a datastore (onedatastore create), and add it to the cluster.'},
        needs: [node.cloud()],
      });
    }
  },
};

/** Leases: addresses that a network has left. A private network needs them for VMs; a public one may be meant to be used up. */
const near = 0.9;

export const leases: Check = {
  id: 'opennebula.leases', family: 'opennebula', holdS: 0,
  title: 'Each network has addresses left',
  explanation: 'Leases in use, held and reserved against the size of the address ranges. A private network without a free address is a failure, one of at least ten with less than a tenth left a warning. A public network that is used up is a warning: its addresses may all be meant to be in use.',
  remedy: 'Release what is held (onevnet release), remove what nobody uses, or add a range (onevnet addar).',
  origin: 'one.vnpool.info: AR_POOL, USED_LEASES',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.vnets']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    for (const vnet of view.cloud('one.vnets') ?? []) {
      if (vnet.size === 0) continue; // no ranges: addresses are not OpenNebula's matter
      const left = vnet.size - vnet.usedLeases;
      const full = left <= 0;
      const scarce = isFabricNet(vnet) && vnet.size >= 10 && vnet.usedLeases >= vnet.size * near;
      if (!full && !scarce) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      out[full && isFabricNet(vnet) ? 'fail' : 'warn']({
        subject: vnetSubject(view, vnet),
        says: full ? `network ${vnet.name} has no free address: a VM that wants one stays PENDING or is refused` : `network ${vnet.name} has ${left} of ${vnet.size} addresses left`,
        evidence: [{text: `${vnet.usedLeases} of ${vnet.size} in use${heldOf(vnet)}`, stamp: view.cloudStamp('one.vnets')}],
        remedy: {text: `Release addresses that are held (onevnet release ${vnet.id} IP), or add a range (onevnet addar ${vnet.id}).`},
        needs: [node.cloud()],
      });
    }
  },
};
const heldOf = ({leases: all}: OneVnet): string => {
  const held = all?.filter((lease) => lease.held) ?? [];
  return held.length === 0 ? '' : `, ${held.length} of them held (${listed(held.flatMap(({ip}) => ip ?? []), 3)})`;
};
