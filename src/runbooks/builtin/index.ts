/** The step functions of the built-in runbooks, which stand beside this file as YAML. */
import type {StepFunction} from '../model.ts';
import {bgpEvpn} from './bgp.ts';
import {firewallFabric} from './firewall.ts';
import {wireguardConf, wireguardLive, wireguardRemove} from './wireguard.ts';

export const builtinFunctions: readonly StepFunction[] = [bgpEvpn, firewallFabric, wireguardConf, wireguardLive, wireguardRemove];
