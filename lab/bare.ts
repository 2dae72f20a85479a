/**
 * Bare hosts: what is there before the procedure begins. sshd, FRR installed as the package leaves it and not started,
 * no WireGuard, no VXLAN, no VM. Hypervisors have the filter that oneprovision leaves behind.
 */
import type {Machine} from './plan.ts';

/**
 * Boot lines, before the machine's own places are mounted: /etc and /var are this machine's alone, each a layer in
 * memory over the real one, so that whatever a procedure writes stays in the machine and goes with it.
 */
export const bareMounts = `mount -t tmpfs tmpfs /media
for place in etc var; do
  mkdir /media/$place /media/$place.work
  mount -t overlay -o lowerdir=/$place,upperdir=/media/$place,workdir=/media/$place.work overlay /$place
done
umount -l /media
`;

/** INPUT of an edge host as oneprovision 6.8.3 writes it: its own ports, and everything else is rejected on the public device. */
const oneprovisionRules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -i eth0 -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -i eth0 -p tcp -m state --state NEW -m tcp --dport 179 -j ACCEPT
-A INPUT -i eth0 -p udp -m state --state NEW -m udp --dport 8472 -j ACCEPT
-A INPUT -i eth0 -j REJECT --reject-with icmp-host-prohibited
COMMIT
`;

/** Boot lines in place of WireGuard's and FRR's. */
export const bareBoot = (machine: Machine): string => `
chown -R frr:frr /etc/frr /var/log/frr /run/frr
${machine.role === 'hypervisor' ? `mkdir -p /etc/iptables
cat >/etc/iptables/rules.v4 <<'END'
${oneprovisionRules}END
iptables-restore </etc/iptables/rules.v4
` : ''}`;
