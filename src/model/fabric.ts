/** The fabric: everything that was read, linked, immutable. Made by fabric/assemble, read by rows and screens. */
import type {OneCluster, OneDatastore, OneHost, OneImage, OneMarketApp, OneNic, OneTemplate, OneVm, OneVnet, OneVrouter} from './cloud.ts';
import type {BgpNeighbor, BgpPeer, BgpSummary, BgpVni, BgpVnis, Daemons, EvpnArp, EvpnMac, EvpnSettings, FrrVersion, RunningConfig, ZebraVni} from './frr.ts';
import type {GobgpSpeaker} from './gobgp.ts';
import type {Address, ApplianceState, FdbEntry, Firewall, HostIdentity, KernelRoute, Link, NatRule, Neighbour, WgInterface, WgPeer} from './network.ts';
import type {Observation, Problem, Stamp} from './reading.ts';
import type {HostSpec} from './target.ts';

/** Probe id → what it reads. The one list of everything that is read from a host. */
export interface HostValues {
  'host.identity': HostIdentity;
  'frr.version': FrrVersion;
  'frr.daemons': Daemons;
  'frr.summary': BgpSummary;
  'frr.neighbors': readonly BgpNeighbor[];
  'frr.bgp-vnis': BgpVnis;
  'frr.vnis': readonly ZebraVni[];
  'frr.macs': readonly EvpnMac[];
  'frr.arp': readonly EvpnArp[];
  'frr.evpn': EvpnSettings;
  'frr.running': RunningConfig;
  'gobgp.speaker': GobgpSpeaker;
  'wg.interfaces': readonly WgInterface[];
  'ip.links': readonly Link[];
  'ip.addresses': readonly Address[];
  'ip.routes': readonly KernelRoute[];
  'ip.neighbours': readonly Neighbour[];
  'bridge.fdb': readonly FdbEntry[];
  'nf.firewall': Firewall;
  'vr.state': ApplianceState;
}
export type HostProbeId = keyof HostValues;
export type HostReadings = {readonly [K in HostProbeId]?: Observation<HostValues[K]>};

/** OpenNebula call → what it reads. */
export interface CloudValues {
  'one.version': string;
  'one.hosts': readonly OneHost[];
  'one.clusters': readonly OneCluster[];
  'one.datastores': readonly OneDatastore[];
  'one.vnets': readonly OneVnet[];
  'one.vms': readonly OneVm[];
  'one.vrouters': readonly OneVrouter[];
  'one.templates': readonly OneTemplate[];
  'one.images': readonly OneImage[];
  'one.apps': readonly OneMarketApp[];
}
export type CloudProbeId = keyof CloudValues;
export type CloudReadings = {readonly [K in CloudProbeId]?: Observation<CloudValues[K]>};

/** State of the connection to a host. `since` is when this phase began. */
export interface Access {
  readonly phase: 'idle' | 'connecting' | 'ready' | 'waiting' | 'refused' | 'closed';
  // waiting: back-off after a failure, retried at `retryAt`; refused: auth or host key, not retried until asked
  readonly since: number;
  readonly problem: Problem | undefined;
  readonly retryAt: number | undefined;
  readonly attempts: number;
  readonly rttMs: number | undefined; // last round over the open connection
}

export interface HostState {
  readonly spec: HostSpec;
  readonly access: Access;
  readonly readings: HostReadings;
}
export interface CloudState {
  readonly endpoint: string;
  readonly access: Access;
  readonly readings: CloudReadings;
}

/** A WireGuard peer as one host sees it, matched to the host that owns the key. */
export interface Tunnel {
  readonly id: string; // "kvm1>wg0>PUBKEY"
  readonly host: string;
  readonly device: string;
  readonly peer: WgPeer;
  readonly peerHost: string | undefined; // owner of the public key, when we read it there; never guessed from addresses
  readonly handshakeAgeS: number | undefined; // by the host's own clock at reading time; undefined: never
  readonly deviceDown: boolean; // as the host's links say: the handshakes of before it went down are still young for minutes
  readonly stamp: Stamp;
}

/** A BGP session as one host sees it, or one that was expected and is not there. */
export interface Session {
  readonly id: string; // "ingress>192.168.0.2"
  readonly host: string;
  readonly address: string;
  readonly peer: BgpPeer | undefined; // undefined: expected, and not in the summary
  readonly neighbor: BgpNeighbor | undefined;
  readonly peerHost: string | undefined; // the host that has this underlay address
  readonly expected: 'expected' | 'unexpected' | 'unknown'; // unknown: no inventory of VTEPs
  readonly verdict: 'established' | 'down' | 'missing' | 'unknown'; // unknown: the summary could not be read
  readonly problem: Problem | undefined;
  readonly stamp: Stamp;
}

/** A host as VXLAN tunnel endpoint. */
export interface Vtep {
  readonly address: string;
  readonly host: string | undefined; // undefined: in the RIB or FDB, but no host of ours
}

/** What a virtual network is on one host: the devices as they are. */
export interface Realisation {
  readonly host: string;
  readonly device: Link | undefined;
  readonly bridge: Link | undefined;
  readonly ports: readonly string[]; // bridge ports other than the VXLAN device
  readonly zebra: ZebraVni | undefined;
  readonly bgp: BgpVni | undefined;
  readonly zebraRead: boolean; // false: zebra's VNIs were not read, so nothing follows from `zebra` being undefined
  readonly bgpRead: boolean;
  readonly speaker: 'frr' | 'gobgp'; // gobgp: an agent of its own fills the forwarding table; there is no zebra to ask
  readonly floodTo: readonly string[] | undefined; // 00:00:00:00:00:00 entries; undefined: FDB not read
  readonly stamp: Stamp;
}

/** A VNI: intent (OpenNebula vnet, when there is one) beside what each host has. */
export interface Segment {
  readonly id: string; // "vni 2", or "vnet 7" for one without VLAN_ID
  readonly vni: number | undefined;
  readonly vnet: OneVnet | undefined;
  readonly hosts: readonly Realisation[];
  readonly vmIds: readonly number[];
  readonly stamps: readonly Stamp[];
}

/** One MAC in one VNI: who has it, according to each host. */
export interface MacLocation {
  readonly host: string;
  readonly evpn: EvpnMac | undefined;
  readonly fdb: readonly FdbEntry[];
  readonly stamp: Stamp;
}
export interface MacEntry {
  readonly id: string; // "2/02:00:ac:11:02:0b"
  readonly vni: number;
  readonly mac: string;
  readonly ip: string | undefined; // from the OpenNebula lease, else the ARP cache
  readonly ipOrigin: string | undefined; // "lease of vm 4", "arp-cache of kvm1"
  readonly vmId: number | undefined;
  readonly localAt: readonly string[]; // hosts that call it local: more than one is a duplicate or a move under way
  readonly locations: readonly MacLocation[];
  readonly duplicate: boolean; // some host flags it
}

/** A NIC of a VM, linked down to the wire. */
export interface VmPort {
  readonly nic: OneNic;
  readonly segment: string | undefined; // Segment.id
  readonly tap: Link | undefined; // on the VM's host
  readonly macId: string | undefined; // MacEntry.id
}
export interface Vm {
  readonly id: number;
  readonly vm: OneVm;
  readonly oneHost: string | undefined; // last HISTORY hostname
  readonly host: string | undefined; // our host of that name or address
  readonly ports: readonly VmPort[];
  readonly migrating: boolean;
  readonly stamp: Stamp;
}

/** Intent and live, in the four classes (and what cannot be told). */
export type NatVerdict = 'ok' | 'missing' | 'stale' | 'address-without-rule' | 'rule-without-address' | 'unknown';
export interface NatMapping {
  readonly id: string; // "vr 0/203.0.113.70"
  readonly router: string; // host name of the virtual router, or "vrouter 0" when it cannot be read
  readonly external: string;
  readonly internal: string | undefined;
  readonly vmId: number | undefined;
  readonly intended: boolean | undefined; // undefined: OpenNebula not read
  readonly snat: NatRule | undefined;
  readonly dnat: NatRule | undefined;
  readonly address: Address | undefined; // on lo, label SDNAT4
  readonly verdict: NatVerdict;
  readonly note: string | undefined;
  readonly stamps: readonly Stamp[];
}
export interface VirtualRouter {
  readonly id: string; // "vrouter 0" or "host vr"
  readonly vrouter: OneVrouter | undefined;
  readonly host: string | undefined; // our host that is this router (ssh), if any; of a pair the MASTER
  /** Hosts of ours that are appliances of it, each with its VM if that is known. */
  readonly appliances: readonly {readonly host: string; readonly vmId: number | undefined}[];
  readonly unsure: string | undefined; // of a pair: why no MASTER is known, which alone has rules and addresses
  readonly vmIds: readonly number[];
  readonly state: ApplianceState | undefined;
  readonly mappings: readonly NatMapping[];
  readonly stamp: Stamp | undefined;
}

export interface Fabric {
  readonly revision: number;
  readonly at: number; // when it was assembled
  readonly name: string; // context
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly cloud: CloudState | undefined; // undefined: no OpenNebula in this context
  readonly tunnels: readonly Tunnel[];
  readonly sessions: readonly Session[];
  readonly vteps: readonly Vtep[];
  readonly segments: readonly Segment[];
  readonly macs: readonly MacEntry[];
  readonly vms: readonly Vm[];
  readonly routers: readonly VirtualRouter[];
  /** underlay address → host name, from `ip addr` of the underlay device (or the spec) */
  readonly hostByAddress: ReadonlyMap<string, string>;
}
