/** What FRR says, in one shape for 7.5 to 10.x, JSON and text. Sources: vtysh commands named at each type. */

export interface FrrVersion {
  readonly text: string; // "8.4.4"
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `show bgp l2vpn evpn summary [json]` */
export interface BgpSummary {
  readonly routerId: string;
  readonly as: string; // a string: "65000", or dotted "1.10" under `bgp as-notation dot`
  readonly vrf: string;
  readonly peers: readonly BgpPeer[];
  readonly ribCount: number | undefined;
  readonly dynamicPeers: number | undefined;
}

export interface BgpPeer {
  readonly address: string; // or interface name for unnumbered sessions
  readonly hostname: string | undefined; // hostname capability; undefined until OPEN was received
  readonly remoteAs: string;
  readonly state: string; // "Established", "Active", "Idle (Admin)", … : decide by this, never by peerState
  readonly established: boolean;
  readonly uptimeMs: number | undefined; // in the current state; undefined: never
  readonly prefixesReceived: number | undefined;
  readonly prefixesSent: number | undefined;
  readonly messagesReceived: number | undefined;
  readonly messagesSent: number | undefined;
  readonly dynamic: boolean; // from `bgp listen range`: vanishes when it goes down
  readonly timesEstablished: number | undefined;
  readonly timesDropped: number | undefined;
  readonly description: string | undefined;
}

/** `show bgp neighbors [json]`: what the summary lacks */
export interface BgpNeighbor {
  readonly address: string;
  readonly hostname: string | undefined;
  readonly remoteAs: string | undefined;
  readonly localAs: string | undefined;
  readonly state: string;
  readonly remoteRouterId: string | undefined;
  readonly holdTimeMs: number | undefined;
  readonly keepaliveMs: number | undefined;
  readonly lastResetReason: string | undefined; // "Peer closed the session", "Waiting for peer OPEN", …
  readonly lastResetMs: number | undefined; // how long ago
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
  readonly reflectorClient: boolean | undefined;
  readonly evpnActivated: boolean | undefined; // the l2vpn evpn family is present for this neighbour
}

/** `show bgp l2vpn evpn vni [json]` */
export interface BgpVnis {
  readonly advertiseAllVni: boolean;
  readonly flooding: string | undefined;
  readonly vnis: readonly BgpVni[];
}
export interface BgpVni {
  readonly vni: number;
  readonly type: 'L2' | 'L3';
  readonly inKernel: boolean | undefined;
  readonly rd: string;
  readonly originator: string | undefined;
  readonly importRts: readonly string[];
  readonly exportRts: readonly string[]; // the text form may abbreviate: then `truncatedRts`
  readonly truncatedRts: boolean;
}

/** `show evpn vni detail [json]` joined with `show evpn vni [json]` */
export interface ZebraVni {
  readonly vni: number;
  readonly type: 'L2' | 'L3';
  readonly device: string | undefined; // VXLAN interface, "wg0.2"
  readonly macs: number | undefined;
  readonly arps: number | undefined;
  readonly remoteVteps: readonly string[] | undefined; // undefined: this form does not list them
  readonly remoteVtepCount: number | undefined;
  readonly localVtep: string | undefined; // undefined when 0.0.0.0 or "(null)": normal in `dev` mode
  readonly vrf: string | undefined;
  readonly svi: string | undefined;
  readonly state: string | undefined; // L3 only
}

/** `show evpn mac vni all [json]` */
export interface EvpnMac {
  readonly vni: number;
  readonly mac: string; // lower case, colons
  readonly kind: 'local' | 'remote' | 'auto';
  readonly device: string | undefined; // local: the bridge port (tap)
  readonly remoteVtep: string | undefined;
  readonly localSequence: number | undefined;
  readonly remoteSequence: number | undefined;
  readonly detectionCount: number | undefined;
  readonly duplicate: boolean;
}

/** `show evpn arp-cache vni all [json]`. Empty on plain OpenNebula bridges (no SVI). */
export interface EvpnArp {
  readonly vni: number;
  readonly ip: string;
  readonly kind: string;
  readonly active: boolean | undefined;
  readonly mac: string | undefined;
  readonly remoteVtep: string | undefined;
  readonly duplicate: boolean;
}

/** `show evpn [json]` */
export interface EvpnSettings {
  readonly l2Vnis: number | undefined;
  readonly l3Vnis: number | undefined;
  readonly duplicateDetection: boolean | undefined;
  readonly maxMoves: number | undefined;
  readonly detectionTimeS: number | undefined;
  readonly freezeTimeS: number | undefined; // 0: warn only
}

export type EvpnRouteType = 1 | 2 | 3 | 4 | 5;

/** One path of one EVPN route, RFC 7432 / RFC 9136. `show bgp l2vpn evpn route …` */
export interface EvpnRoute {
  readonly rd: string;
  readonly type: EvpnRouteType;
  readonly prefix: string; // "[2]:[0]:[48]:[02:00:ac:11:02:0b]", FRR's own text
  readonly ethTag: number;
  readonly mac: string | undefined; // type 2
  readonly ip: string | undefined; // type 2 with IP; type 3: originator; type 5: network address with length
  readonly nextHop: string; // the VTEP
  readonly valid: boolean;
  readonly best: boolean;
  readonly local: boolean; // originated here (weight 32768)
  readonly localPref: number | undefined;
  readonly metric: number | undefined;
  readonly weight: number | undefined;
  readonly asPath: string;
  readonly origin: string; // "i", "e", "?"
  readonly rts: readonly string[]; // "65000:2"
  readonly vni: number | undefined; // local part of the RT (AS:VNI), or the label of the detail form; never from the RD
  readonly mobility: number | undefined; // MM:n
  readonly sticky: boolean;
  readonly communities: string; // the whole extended-community text, sanitised
}

/** `show running-config`: what a check needs, and the text. Passwords are replaced where it is read. */
export interface RunningConfig {
  readonly text: string;
  readonly version: string | undefined;
  readonly hostname: string | undefined;
  readonly as: string | undefined;
  readonly routerId: string | undefined;
  readonly clusterId: string | undefined;
  readonly advertiseAllVni: boolean;
  readonly neighbors: readonly string[];
  readonly listenRanges: readonly string[]; // "192.168.0.0/24"
}

/** `vtysh -c 'show daemons'`; when that hangs, zebra and bgpd are asked one by one */
export interface Daemons {
  readonly running: readonly string[];
  readonly hung: readonly string[]; // accept the connection, never answer
}
