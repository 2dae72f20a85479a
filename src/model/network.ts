/** What the kernel and WireGuard say. Sources: iproute2 with -j, `wg show` sub-views, iptables/nft. */

/** `ip -j -d -s link show` */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly flags: readonly string[];
  readonly up: boolean; // flag UP (administrative)
  readonly lowerUp: boolean; // flag LOWER_UP (carrier)
  readonly operState: string;
  readonly mtu: number;
  readonly mac: string | undefined;
  readonly master: string | undefined; // the bridge it is a port of
  readonly kind: string | undefined; // vxlan, bridge, veth, tun, wireguard …
  readonly parent: string | undefined; // "link": lower device
  readonly vxlan: VxlanOptions | undefined;
  readonly rxBytes: number | undefined;
  readonly txBytes: number | undefined;
}

export interface VxlanOptions {
  readonly vni: number;
  readonly local: string | undefined; // undefined: made with `dev`, no `local`
  readonly device: string | undefined; // lower device when made with `dev`
  readonly group: string | undefined;
  readonly port: number; // 8472 unless told otherwise
  readonly learning: boolean;
  readonly ttl: number | undefined;
}

/** `ip -j addr show` */
export interface Address {
  readonly device: string;
  readonly family: 'inet' | 'inet6';
  readonly ip: string;
  readonly prefixLength: number;
  readonly scope: string;
  readonly label: string | undefined; // "SDNAT4" on lo of a virtual router
}

/** `ip -j route show` */
export interface KernelRoute {
  readonly destination: string; // "default", "192.168.0.0/24", "192.168.0.3"
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  readonly source: string | undefined;
  readonly protocol: string | undefined;
  readonly scope: string | undefined;
  readonly metric: number | undefined;
}

/** `ip -j neigh show` */
export interface Neighbour {
  readonly ip: string;
  readonly device: string;
  readonly mac: string | undefined;
  readonly state: readonly string[];
  readonly externLearn: boolean;
}

/** `bridge -j fdb show` */
export interface FdbEntry {
  readonly mac: string; // 00:00:00:00:00:00 is a flood entry
  readonly device: string;
  readonly destination: string | undefined; // remote VTEP
  readonly master: string | undefined;
  readonly vlan: number | undefined;
  readonly state: string; // "permanent", "static", ""
  readonly self: boolean;
  readonly externLearn: boolean;
}

/** `wg show all` sub-views; never the dump, which prints private keys */
export interface WgInterface {
  readonly name: string;
  readonly publicKey: string | undefined; // undefined: "(none)"
  readonly listenPort: number | undefined;
  readonly peers: readonly WgPeer[];
  readonly clockS: number | undefined; // the host's epoch seconds in the same reading: handshake ages use it
}
export interface WgPeer {
  readonly publicKey: string;
  readonly endpoint: string | undefined; // "203.0.113.12:51820"; undefined: "(none)"
  readonly allowedIps: readonly string[];
  readonly latestHandshake: number | undefined; // epoch seconds on the host's clock; undefined: never (0)
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly keepaliveS: number | undefined; // undefined: off
}

export type NatBackend = 'nft' | 'iptables-nft' | 'iptables-legacy';

/**
 * One rule of a nat table. `iptables-save` of both back ends, `nft -j list ruleset` for native tables.
 * Addresses of single hosts come without /32, and a negated match begins with "!".
 */
export interface NatRule {
  readonly backend: NatBackend;
  readonly chain: string; // SNAT4, DNAT4, POSTROUTING … ; native: "inet fw/forward" (family, table, chain)
  readonly position: number; // 1-based in its chain
  readonly action: 'SNAT' | 'DNAT' | 'MASQUERADE' | 'jump' | 'other';
  readonly target: string; // SNAT's address, DNAT's address[:port], the chain jumped to, or the raw target
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly inDevice: string | undefined;
  readonly outDevice: string | undefined;
  readonly protocol: string | undefined;
  readonly text: string; // the rule as the host printed it
}

/** One rule of the filter table, in order: a DROP matters only to what no ACCEPT before it let through */
export interface FilterRule {
  readonly backend: NatBackend;
  readonly chain: string;
  readonly position: number;
  readonly target: string; // ACCEPT, DROP, REJECT …
  readonly rejectWith: string | undefined;
  readonly inDevice: string | undefined;
  readonly protocol: string | undefined;
  readonly destinationPort: string | undefined; // "51820", "49152:49215"
  readonly text: string;
}

export interface Firewall {
  readonly nat: readonly NatRule[];
  readonly filter: readonly FilterRule[];
  readonly policies: Readonly<Record<string, string>>; // "filter/INPUT" → "ACCEPT"; native: "inet fw/input"; DROP when either back end drops
  readonly backends: readonly NatBackend[]; // those that answered; both having rules is itself worth knowing
}

/** `hostname; uname -r; /etc/os-release; /proc/uptime; date +%s` */
export interface HostIdentity {
  readonly hostname: string;
  readonly kernel: string;
  readonly os: string;
  readonly uptimeS: number | undefined;
  readonly clockS: number | undefined; // the host's epoch seconds when read: handshake ages use it
  readonly user: string;
  readonly root: boolean; // probes run as uid 0, directly or because the connection could use `sudo -n`
}

/** What only a virtual router appliance has: /run/one-failover.state, service state, context variables (no secrets) */
export interface ApplianceState {
  readonly failover: string | undefined; // MASTER, BACKUP, FAULT, STOP
  readonly sdnatService: 'started' | 'stopped' | 'crashed' | undefined;
  readonly forwarding: boolean | undefined;
  readonly context: Readonly<Record<string, string>>; // ONEAPP_VNF_*, ETHx_*: passwords and tokens left out on the host
}
