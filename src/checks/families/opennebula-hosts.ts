/** Hosts as OpenNebula has them, and that its list and the inventory are one. */
import type {OneHost} from '../../model/cloud.ts';
import type {Subject} from '../../model/finding.ts';
import {hostStateName} from '../../model/one-states.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {cloudSubject, indexOf, isFabricNet, listed, missingPools, oneCommand, pool} from './opennebula-view.ts';

const hostSubject = (host: string): Subject => ({id: host, label: `${host} in OpenNebula`, hosts: [host], rows: [{resource: 'hosts', id: host}]});
const subjectOf = (view: View, one: OneHost): Subject => {
  const host = indexOf(view).ours.get(one.id);
  return host === undefined ? {id: one.name, label: `OpenNebula host ${one.name}`, hosts: [], rows: []} : hostSubject(host);
};
/** Hosts that networks of the fabric can reach: others of OpenNebula's are nobody's here. */
function concerned(view: View, one: OneHost): boolean {
  return indexOf(view).ours.has(one.id) || (view.cloud('one.vnets') ?? []).some((vnet) => isFabricNet(vnet) && vnet.clusterIds.includes(one.clusterId));
}

/** include/Host.h */
const [error, disabled, monitoringError, monitoringDisabled, offline] = [3, 4, 5, 7, 8];
const monitored = new Set([1, 2]);

export const hostState: Check = {
  id: 'opennebula.host-state', family: 'opennebula', holdS: 0,
  title: 'Each host of the fabric is on in OpenNebula',
  explanation: 'MONITORED is on. ERROR (its monitoring failed) is a failure, and so is OFFLINE while VMs are on the host: OpenNebula no longer looks after them. DISABLED and OFFLINE without VMs are what somebody has decided: a warning, as no VM is scheduled there. OpenNebula accepts a migration to a host in ERROR or DISABLED all the same.',
  remedy: 'ERROR: see why in the host\'s ERROR attribute (onehost show), repair, then onehost enable. DISABLED, OFFLINE: onehost enable, when whoever did it is done.',
  origin: 'OpenNebula: host life-cycle; checklist "hosts are ON"',
  run(view, out) {
    for (const one of pool(view, out, 'one.hosts') ?? []) {
      if (!concerned(view, one)) continue;
      if (monitored.has(one.state)) {
        out.pass(() => subjectOf(view, one));
        continue;
      }
      const host = indexOf(view).ours.get(one.id);
      const failed = one.state === error || one.state === monitoringError;
      const shut = one.state === offline;
      const meant = one.state === disabled || one.state === monitoringDisabled || shut;
      const named = host ?? one.name;
      const why = one.attributes['ERROR'];
      out[failed || (shut && one.vmIds.length > 0) ? 'fail' : 'warn']({
        subject: subjectOf(view, one),
        says: `OpenNebula has ${named} in state ${hostStateName(one.state)}: ${failed ? 'it cannot monitor the host' : shut ? `it does not look after ${one.vmIds.length > 0 ? `its ${one.vmIds.length} VMs` : 'it'}` : meant ? 'no VM is scheduled there' : 'it has not been monitored yet'}`,
        evidence: [{text: `host ${one.id} ${one.name}: state ${one.state} (${hostStateName(one.state)}), VMs ${one.vmIds.length === 0 ? 'none' : listed(one.vmIds)}${why ? `; ${why}` : ''}`, stamp: view.cloudStamp('one.hosts')}],
        remedy: {
          ...oneCommand(view, failed ? 'Find out why the host cannot be monitored (onehost show has its ERROR; ssh as oneadmin from the front-end), repair it, then enable it' : 'Enable the host when whoever took it out is done', `onehost enable ${one.id}`),
          action: {id: 'one.enable-host', params: {host: named}},
        },
        breaks: [node.oneHost(named)],
        needs: [node.cloud(), ...(host ? [node.host(host)] : [])],
      });
    }
  },
};

export const hostKnown: Check = {
  id: 'opennebula.host-known', family: 'opennebula', holdS: 0,
  title: 'Each hypervisor of the inventory is a host of OpenNebula',
  explanation: 'A hypervisor (role vtep) is matched by name, ssh address or any address of its own with the NAME of OpenNebula\'s hosts. One that OpenNebula does not have gets no VM, and whatever runs there runs without it. A member of the overlay with neither VXLAN device nor tap (a front-end, an ingress) need not be one: normal.',
  remedy: 'Add it (onehost create NAME -i kvm -v kvm, then onecluster addhost), or take it out of the inventory. With names that do not match, use the host\'s OpenNebula name in the inventory.',
  origin: 'inventory against one.hostpool.info',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.hosts']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const hosts = view.cloud('one.hosts') ?? [];
    const known = new Set(indexOf(view).ours.values());
    for (const host of view.hosts('vtep')) {
      if (known.has(host)) out.pass(() => hostSubject(host));
      // A member of the overlay that carries no network of VMs: a front-end, an ingress.
      else if (view.read(host, 'ip.links')?.some(({name, vxlan}) => vxlan || name.startsWith('one-')) === false) continue;
      else {
        out.warn({
          subject: hostSubject(host), says: `OpenNebula has no host ${host}`,
          evidence: [{text: `its hosts are ${listed(hosts.map(({name}) => name)) || 'none'}; ${host} goes by ${view.host(host)!.spec.ssh.host}`, stamp: view.cloudStamp('one.hosts')}],
          remedy: {text: `Add ${host} to OpenNebula (onehost create, onecluster addhost), or take it out of the inventory (${view.host(host)!.spec.origin}).`},
          needs: [node.cloud()],
        });
      }
    }
  },
};

export const hostListed: Check = {
  id: 'opennebula.host-listed', family: 'opennebula', holdS: 0,
  title: 'Each OpenNebula host of the fabric\'s clusters is in the inventory',
  explanation: 'Hosts of a cluster that has a VXLAN network may be given a VM of it at any time. One that is not in the inventory is not read: of its tunnels, sessions and devices nothing is known, and its addresses look like strangers in routes and flood lists. Hosts of other clusters are not reported.',
  remedy: 'Add the host to the inventory, with its ssh address and role vtep.',
  origin: 'one.hostpool.info against the inventory',
  run(view, out) {
    for (const one of pool(view, out, 'one.hosts') ?? []) {
      if (!concerned(view, one)) continue;
      if (indexOf(view).ours.has(one.id)) out.pass(() => subjectOf(view, one));
      else {
        out.warn({
          subject: subjectOf(view, one), says: `OpenNebula's host ${one.name} is not in the inventory: nothing of it is read`,
          evidence: [{text: `host ${one.id} ${one.name}, cluster ${one.clusterId} ${one.cluster}, VMs ${one.vmIds.length === 0 ? 'none' : listed(one.vmIds)}`, stamp: view.cloudStamp('one.hosts')}],
          remedy: {text: `Add ${one.name} to the inventory, with its ssh address and role vtep.`},
        });
      }
    }
  },
};
