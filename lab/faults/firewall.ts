import {breaksNothing} from './expectations.ts';
import type {LabFault} from './fault.ts';
import {removeRules} from './filter.ts';
import {onTarget} from './inside.ts';

/** INPUT as oneprovision leaves it on an edge host; the last line is the one that hurts. */
const rules = [
  '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-p icmp -j ACCEPT',
  '-i lo -j ACCEPT',
  '-i eth0 -p tcp -m conntrack --ctstate NEW --dport 22 -j ACCEPT',
  '-i eth0 -p tcp -m conntrack --ctstate NEW --dport 179 -j ACCEPT',
  '-i eth0 -p udp -m conntrack --ctstate NEW --dport 8472 -j ACCEPT',
  '-i eth0 -j REJECT --reject-with icmp-host-prohibited',
];

/** The host itself speaks to each peer, as its keepalives do within 25 s: what answers is "established" and comes in. */
const speakFirst = `for peer in $(wg show wg0 peers); do
  wg set wg0 peer $peer persistent-keepalive 0
  wg set wg0 peer $peer persistent-keepalive 25
done`;

export const firewall: readonly LabFault[] = [
  {
    name: 'reject-icmp-host-prohibited',
    apply: async stage => void await onTarget(stage, `set -e\n${rules.map(rule => `iptables -w -A INPUT ${rule}`).join('\n')}\n${speakFirst}`),
    undo: async stage => void await onTarget(stage, removeRules('INPUT', rules)),
    // It hides well: WireGuard dials out, and all else comes through it. It bites who does not dial, as after a reboot.
    expects: breaksNothing,
  },
];
