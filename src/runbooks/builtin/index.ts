/** The step functions of the built-in runbooks, which stand beside this file as YAML. */
import type {StepFunction} from '../model.ts';
import {routerAddresses, sdnatOutside, vmAddresses, vmPace} from './acceptance.ts';
import {ansibleInventory, ansibleRun} from './ansible.ts';
import {bgpEvpn} from './bgp.ts';
import {fabricChecks} from './checked.ts';
import {clusterOf} from './cloud-cluster.ts';
import {appImages, appTemplates} from './cloud-market.ts';
import {virtualRouter} from './cloud-router.ts';
import {vmOnEach} from './cloud-vms.ts';
import {evpnNetwork} from './cloud-vnet.ts';
import {bgpRemove} from './bgp-remove.ts';
import {firewallFabric} from './firewall.ts';
import {overlayReach} from './reach.ts';
import {clocks, hostsOn} from './readiness.ts';
import {wireguardConf, wireguardLive, wireguardRemove} from './wireguard.ts';

export const builtinFunctions: readonly StepFunction[] = [ansibleInventory, ansibleRun, appImages, appTemplates, bgpEvpn, bgpRemove, clusterOf, evpnNetwork, fabricChecks, firewallFabric, clocks, hostsOn, overlayReach, routerAddresses, sdnatOutside, virtualRouter, vmAddresses, vmOnEach, vmPace, wireguardConf, wireguardLive, wireguardRemove];
