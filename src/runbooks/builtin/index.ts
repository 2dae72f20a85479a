/** The step functions of the built-in runbooks, which stand beside this file as YAML. */
import type {StepFunction} from '../model.ts';
import {bgpEvpn} from './bgp.ts';
import {clusterOf} from './cloud-cluster.ts';
import {evpnNetwork} from './cloud-vnet.ts';
import {firewallFabric} from './firewall.ts';
import {clocks, hostsOn} from './readiness.ts';
import {wireguardConf, wireguardLive, wireguardRemove} from './wireguard.ts';

export const builtinFunctions: readonly StepFunction[] = [bgpEvpn, clusterOf, evpnNetwork, firewallFabric, clocks, hostsOn, wireguardConf, wireguardLive, wireguardRemove];
