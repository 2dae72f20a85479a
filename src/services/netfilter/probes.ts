import type {HostSpec} from '../../model/target.ts';
import type {AnyProbe, Probe, Tier} from '../probe.ts';
import {firewallCommand, parseFirewall} from './firewall.ts';

const firewall = (tier: Tier): Probe<'nf.firewall'> => ({id: 'nf.firewall', tier, deadlineS: 10, maxBytes: 4 * 1024 * 1024, command: () => firewallCommand, parse: parseFirewall});

/** A virtual router's NAT rules change with every attached address: read on the medium tier there, on the slow one elsewhere. */
export const netfilterProbesFor = ({roles}: HostSpec): readonly AnyProbe[] => [firewall(roles.includes('virtual-router') ? 'medium' : 'slow')];

export const netfilterProbes: readonly AnyProbe[] = [firewall('slow')];
