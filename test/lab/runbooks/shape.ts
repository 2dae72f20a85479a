/** What hosts and OpenNebula are like, as text that can be compared: files with their hashes and times, and what runs. */
import type {Lab} from '../../../lab/lab.ts';
import {sh} from '../independent.ts';
import {callOne} from '../one.ts';

/** Place → lines. */
export type Shape = Readonly<Record<string, readonly string[]>>;

/** Hosts that runbooks change. */
export const changeable = (lab: Lab): readonly string[] => lab.plan().machines.filter(({role}) => role !== 'router').map(({name}) => name);

// Hashes of secrets are as good as they are for comparing, and say nothing.
const script = `export LC_ALL=C HOME=/dev/null
hash() { sha256sum | cut -c1-16; }
find /etc /root /var/lib/one /var/backups -xdev \\( -type f -o -type l -o -type d \\) -printf '%y %p %m %u:%g %l %T@ %s\\n' | sort | sed 's/^/file /'
find /etc/wireguard /etc/frr /etc/iptables /etc/sysctl.d /etc/ssh /root/.ssh /var/backups/evpn-tui -type f 2>/dev/null | sort | while read -r f; do echo "content $f $(hash <"$f")"; done
for dev in $(wg show interfaces 2>/dev/null); do
  wg showconf "$dev" | sed 's/^PrivateKey.*/PrivateKey/' | awk -v d="$dev" 'BEGIN {RS = ""} {gsub(/\\n/, "; "); print "wg", d, $0}' | sort
  echo "wg $dev key $(wg show "$dev" private-key | hash)"
done
if HOME=/dev/null timeout 10 vtysh -H /dev/null -c 'show running-config' >/tmp/.shape 2>/dev/null; then sed 's/^/frr /' /tmp/.shape; fi
rm -f /tmp/.shape
for daemon in watchfrr zebra bgpd staticd; do pidof $daemon | tr ' ' '\\n' | sort | sed "s/^/pid $daemon /"; done
for save in iptables-save ip6tables-save; do $save 2>/dev/null | sed -E "/^#/d; s/ *\\[[0-9]+:[0-9]+\\]//; s/^/$save /"; done
ip -o -d link show | sed -E 's/ (qlen|numtxqueues|numrxqueues|gso_|gro_|tso_|allmulti|minmtu|maxmtu|promiscuity|addrgenmode).*//; s/^/link /'
ip -o addr show | sed -E 's/ (valid_lft|preferred_lft).*//; s/^[0-9]+: //; s/^/address /'
ip route show table all | sed -E 's/ (expires|metric) [0-9a-z]+//g' | sort | sed 's/^/route /'
ip rule | sed 's/^/rule /'
bridge -o link | sed -E 's/^[0-9]+: //; s/^/port /'
for s in net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.conf.all.rp_filter; do echo "sysctl $s $(sysctl -n $s)"; done
ls -d /sys/class/net/*/ | sed 's/^/device /'
# A watcher whose change is decided looks for that once a second.
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do pgrep -f 'evpn-tui/.*/watcher\\.sh' >/dev/null || break; sleep 0.2; done
pgrep -af evpn-tui | sed 's/^[0-9]* //' | grep -v pgrep | sort | sed 's/^/left running /' || true
`;

const pools: readonly (readonly [method: string, ...args: number[]])[] = [
  ['one.clusterpool.info'], ['one.hostpool.info'], ['one.datastorepool.info', -2, -1, -1], ['one.vnpool.info', -2, -1, -1], ['one.vmpool.info', -2, -1, -1, -1],
  ['one.templatepool.info', -2, -1, -1], ['one.imagepool.info', -2, -1, -1], ['one.vrouterpool.info', -2, -1, -1],
];
/** What moves by itself: measured values, and times of looking. */
const restless = /<(MONITORING|LAST_MON_TIME|LAST_POLL|PREV_STATE|HOST_SHARE|REGTIME|MODTIME|FREE_MB|USED_MB|TOTAL_MB)\b[^>]*?(?:\/>|>[\s\S]*?<\/\1>)/g;

export async function shapeOf(lab: Lab): Promise<Shape> {
  const hosts = await Promise.all(changeable(lab).map(async (host) => [host, (await sh(lab, host, script)).trimEnd().split('\n')] as const));
  const cloud = await Promise.all(pools.map(async ([method, ...args]) => {
    const xml = (await callOne(lab, method, ...args)).replaceAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1').replaceAll(restless, '');
    return xml.replaceAll(/>\s*</g, '>\n<').split('\n').map((line, at) => `${method} ${at} ${line}`);
  }));
  return {...Object.fromEntries(hosts), OpenNebula: cloud.flat()};
}

/** The hypervisor's public bridge and its cable, which the lab lays with the first public NIC and leaves: not what hangs on it. */
const publicCable = /^(link (\d+: )?(br0|eth1)[@:]|address (br0|eth1) |route .* dev (br0|eth1)( |$)|port eth1@|device \/sys\/class\/net\/(br0|eth1)\/)/;

export interface Allowing {
  /** Processes, device numbers and times of folders may be others: what was taken away and made anew. */
  readonly restarted?: boolean;
  /** Keys may be others: they were made anew. Backups too: they have times in them. And VMs, with the next numbers and the next free leases. */
  readonly anew?: boolean;
}

/** "host - line" and "host + line" for each that is in one of them only. */
export function differences(before: Shape, after: Shape, {restarted = false, anew = false}: Allowing = {}): readonly string[] {
  const seen = (whole: string): string | undefined => {
    if (publicCable.test(whole)) return undefined;
    const line = anew ? whole.replaceAll(/\bone-\d+-(?=\d)/g, 'one-VM-').replace(/^(one\.v[mn]pool\.info .*<(?:ALLOCATED|NEXT_INDEX|PORT|IP|MAC)>)[^<]*/, '$1').replaceAll(/[A-Za-z0-9+/]{43}=/g, 'KEY').replace(/^(content \/etc\/wireguard\/\S+|content \/var\/backups\/\S+|wg \S+ key) .*/, '$1').replace(/^(file f .*) [\d.]+( \d+)$/, '$1$2').replace(/^(file f \S+\.tgz .*) \d+$/, '$1') : whole;
    if (!restarted) return line;
    // The kernel's own, a second after the address of a link: once it has seen that nobody else has that.
    if (line.startsWith('route local fe80:')) return undefined;
    if (line.startsWith('pid ')) return line.replace(/ \d+$/, '');
    // Devices that were made anew (a VM's, when it has come back) have other numbers, and other addresses of the link.
    if (/^(link|port|address|route) /.test(line)) return line.replace(/^link \d+: /, 'link ').replace(/@(if\d+|eth0): /, '@peer: ').replace(/^(port [^@:\s]+)(@[^:]+)?: /, '$1: ').replace(/fe80::[0-9a-f:]+/, 'fe80::').replace(' tentative', '');
    if (line.startsWith('file d ')) return line.replace(/ [\d.]+ \d+$/, '');
    // A file of others, too: one line of it is taken out again, so its time is another; its content is compared by its hash.
    if (line.startsWith('file f /root/.ssh/authorized_keys ')) return line.replace(/ [\d.]+( \d+)$/, '$1');
    // Numbers of OpenNebula are not used again.
    if (line.startsWith('one.')) return line.replaceAll(/<(ID|OID|VMID|CID|SEQ|VM|CLUSTER_ID|VROUTER_ID|DEPLOY_ID|STIME|ETIME|RSTIME|RETIME|PSTIME|PETIME|SOURCE|IMAGE_ID|TEMPLATE_ID|NETWORK_ID|VNET_ID|VLAN_ID|BRIDGE|CREATED|LEASE)>[^<]*/g, '<$1>').replace(/(\/datastores\/\d+\/)\d+/, '$1');
    return line;
  };
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((place) => {
    const [was, is] = [before, after].map((shape) => new Set((shape[place] ?? []).flatMap((line) => seen(line) ?? [])));
    return [...[...was!].filter((line) => !is!.has(line)).map((line) => `${place} - ${line}`), ...[...is!].filter((line) => !was!.has(line)).map((line) => `${place} + ${line}`)];
  });
}
