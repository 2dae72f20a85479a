/** Checks of OpenNebula: itself, its hosts, its networks, its datastores, its VMs. */
import type {Check} from '../check.ts';
import {api, credentials, readable, rights, visible} from './opennebula-api.ts';
import {datastoreCluster, leases, vnetCluster} from './opennebula-clusters.ts';
import {hostKnown, hostListed, hostState} from './opennebula-hosts.ts';
import {vmError, vmState, vmStuck} from './opennebula-vms.ts';
import {vniUnique, vnetDriver, vnetMtu, vnetState} from './opennebula-vnets.ts';

export const opennebulaChecks: readonly Check[] = [
  api, credentials, rights, readable, visible, hostState, hostKnown, hostListed,
  vnetState, vnetCluster, datastoreCluster, vniUnique, leases, vnetDriver, vnetMtu, vmState, vmStuck, vmError,
];
