import {bridgeOf, guestMtu, vxlanOf, vxlanPort} from './plan.ts';
import type {Machine} from './plan.ts';

/**
 * What OpenNebula's driver runs when the first NIC of a network comes to a hypervisor (VXLAN_TEP local_ip, the vnet's
 * MTU 1370, IP_LINK_CONF "nolearning=,dstport=4789"). Prints `created` when the network was not there yet.
 */
export const segmentUp = (machine: Machine, vni: number): string => `
if ! ip link show ${bridgeOf(vni)} >/dev/null 2>&1; then
  ip link add ${bridgeOf(vni)} type bridge
  ip link set ${bridgeOf(vni)} up
fi
if [ ! -e /sys/class/net/${bridgeOf(vni)}/brif/${vxlanOf(vni)} ]; then
  ip link add ${vxlanOf(vni)} mtu ${guestMtu} type vxlan id ${vni} ttl 16 local ${machine.underlayAddress} dstport ${vxlanPort} nolearning
  ip link set ${vxlanOf(vni)} up
  ip link set ${vxlanOf(vni)} master ${bridgeOf(vni)}
  echo created
fi
`;

/** What the driver's `clean` does: with the last guest port, the VXLAN device and the bridge go. */
export const segmentClean = (vni: number): string => `
if ! ls /sys/class/net/${bridgeOf(vni)}/brif | grep -q '^one-'; then
  ip link del ${vxlanOf(vni)}
  ip link del ${bridgeOf(vni)}
fi
`;
