/** The step functions of the built-in runbooks, which stand beside this file as YAML. */
import type {StepFunction} from '../model.ts';
import {bgpEvpn} from './bgp.ts';
import {clusterOf} from './cloud-cluster.ts';
import {appImages, appTemplates} from './cloud-market.ts';
import {virtualRouter} from './cloud-router.ts';
import {vmOnEach} from './cloud-vms.ts';
import {evpnNetwork} from './cloud-vnet.ts';
import {firewallFabric} from './firewall.ts';
import {overlayReach} from './reach.ts';
import {clocks, hostsOn} from './readiness.ts';
import {wireguardConf, wireguardLive, wireguardRemove} from './wireguard.ts';

export const builtinFunctions: readonly StepFunction[] = [appImages, appTemplates, bgpEvpn, clusterOf, evpnNetwork, firewallFabric, clocks, hostsOn, overlayReach, virtualRouter, vmOnEach, wireguardConf, wireguardLive, wireguardRemove];
