import type {Lab} from '../lab.ts';

/** What a fault could leave behind on a machine, in a form that is the same before and after: no counters, no times, no ids. */
const machineTraces = `
ip -4 -o address | awk '{print "address", $2, $4, $NF ~ /SDNAT4/}' | sort
ip -o link | awk -F': ' '{split($2, name, "@"); print "link", name[1]}' | sort
ip -o link | sed -n 's/.* \\(mtu [0-9]*\\) .* state \\([A-Z]*\\) .*/\\1 \\2/p' | sort | uniq -c
for d in $(ls /sys/class/net); do ip -o -d link show dev $d 2>/dev/null | grep -o 'vxlan id .*' | sed 's/ ageing.*//; s/srcport [0-9 ]*//' ; done | sort
ip route | sort
ip neigh show nud permanent
nft list ruleset | sed 's/counter packets [0-9]* bytes [0-9]*//'
iptables-legacy-save 2>/dev/null | grep -E '^-A|^:[SD]NAT4'
cat /proc/sys/net/ipv4/ip_forward /run/one-failover.state 2>/dev/null
wg showconf wg0 2>/dev/null | sort
ls /etc/frr /etc/ssh /root/.ssh /home/*/.ssh
cat /etc/frr/*.conf /etc/ssh/sshd_config /etc/ssh/*.pub /etc/group 2>/dev/null | cksum
ls /tmp /run | grep -v '\\.lock$'
pidof zebra >/dev/null && env HOME=/dev/null vtysh -c 'show running-config' | grep -v '^Building'
ps -e -o stat=,comm= | grep -E ' (zebra|bgpd|staticd|wireguard-go)$' | awk '{print ($1 ~ /^T/ ? "stopped" : "runs"), $2}' | sort
kill -0 $(cat /run/sshd.pid) && echo sshd
for p in $(pidof sshd sshd-session sshd-auth); do grep '^State:.T' /proc/$p/status; done
`;
const guestTraces = "ip -o link | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/ link-netns.*//'; ip -4 -o address | awk '{print $2, $4}'; ip route | sort";

/** Machine or VM → what is there. To be compared with what was there before a fault. */
export const traces = async (lab: Lab): Promise<Record<string, string>> => {
  const plan = lab.plan();
  const inside = async (title: string, where: string, command: string): Promise<readonly [string, string]> => [title, (await lab.exec(where, command)).stdout];
  const entries = await Promise.all([
    ...plan.machines.map(({name}) => inside(name, name, machineTraces)),
    ...plan.vms.map(({name}) => inside(name, name, guestTraces)),
    // Guests that are none of the plan's, ports that nobody has plugged.
    inside('how to log in', 'ops', `cat ${lab.files.inventory} ${lab.files.sshConfig} ${lab.files.knownHosts}`),
    inside('namespaces', 'ops', `ls /run/netns | grep '^evt-${lab.name}-' | sort`),
  ]);
  return Object.fromEntries(entries);
};
