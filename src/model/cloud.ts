/** What OpenNebula says (XML-RPC, 6.8 to 7.4). Identifiers are numbers as in the API; -1 never appears: undefined. */

export interface OneHost {
  readonly id: number;
  readonly name: string; // also the address that oned ssh's to
  readonly state: number; // 2 MONITORED ("on"), 3 ERROR, 4 DISABLED, 8 OFFLINE …
  readonly clusterId: number;
  readonly cluster: string;
  readonly vmIds: readonly number[];
  readonly totalCpu: number; // percent, 100 = one core
  readonly usedCpu: number;
  readonly totalMemoryKiB: number;
  readonly usedMemoryKiB: number;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface OneCluster {
  readonly id: number;
  readonly name: string;
  readonly hostIds: readonly number[];
  readonly datastoreIds: readonly number[];
  readonly vnetIds: readonly number[];
}
export interface OneDatastore {
  readonly id: number;
  readonly name: string;
  readonly type: number; // 0 image, 1 system, 2 file, 3 backup
  readonly state: number;
  readonly clusterIds: readonly number[];
  readonly dsMad: string;
  readonly tmMad: string;
  readonly totalMiB: number;
  readonly freeMiB: number;
}
export interface OneLease {
  readonly ip: string | undefined;
  readonly mac: string | undefined;
  readonly vmId: number | undefined;
  readonly vrouterId: number | undefined;
  readonly vnetId: number | undefined; // reservation
  readonly held: boolean; // VM = -1
}
export interface OneAddressRange {
  readonly id: number;
  readonly type: string; // IP4, IP4_6, ETHER …
  readonly firstIp: string | undefined;
  readonly firstMac: string | undefined;
  readonly size: number;
  readonly used: number;
}
export interface OneVnet {
  readonly id: number;
  readonly name: string;
  readonly state: number; // 1 READY
  readonly clusterIds: readonly number[];
  readonly vnMad: string; // vxlan, bridge, elastic, …
  readonly bridge: string | undefined;
  readonly physicalDevice: string | undefined; // PHYDEV
  readonly vlanId: number | undefined; // the VNI
  readonly vxlanMode: string | undefined; // evpn | multicast
  readonly vxlanTep: string | undefined; // dev | local_ip
  readonly ipLinkConf: string | undefined;
  readonly mtu: number | undefined; // of the VXLAN device
  readonly guestMtu: number | undefined;
  readonly gateway: string | undefined;
  readonly networkAddress: string | undefined;
  readonly networkMask: string | undefined;
  readonly vrouterIds: readonly number[];
  readonly usedLeases: number;
  readonly size: number; // sum over the address ranges
  readonly ranges: readonly OneAddressRange[];
  readonly leases: readonly OneLease[] | undefined; // undefined: only the pool was read (it has none)
}
export interface OneNic {
  readonly id: number;
  readonly name: string; // "NIC0"
  readonly networkId: number | undefined;
  readonly network: string;
  readonly ip: string | undefined;
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
  readonly physicalDevice: string | undefined;
  readonly vlanId: number | undefined;
  readonly vnMad: string | undefined;
  readonly tap: string | undefined; // TARGET "one-42-0"
  readonly vrouterIp: string | undefined; // floating
  readonly alias: OneAliasOf | undefined; // set when this is a NIC_ALIAS
}
export interface OneAliasOf {
  readonly parent: string; // "NIC0"
  readonly parentId: number;
  readonly external: boolean; // EXTERNAL=YES: an SDNAT address
}
export interface OneHistory {
  readonly seq: number;
  readonly hostId: number;
  readonly host: string;
  readonly start: number; // epoch s
  readonly end: number | undefined; // undefined: current (ETIME 0)
  readonly action: number;
}
export interface OneVm {
  readonly id: number;
  readonly name: string;
  readonly owner: string;
  readonly state: number; // 3 ACTIVE …
  readonly lcmState: number; // 3 RUNNING, 4 MIGRATE …
  readonly deployId: string | undefined; // "one-42"
  readonly nics: readonly OneNic[]; // aliases included, told apart by `alias`
  readonly history: readonly OneHistory[]; // pools carry only the last
  readonly vrouterId: number | undefined;
  readonly context: Readonly<Record<string, string>>; // without TOKEN*, *PASSWORD*
  readonly error: string | undefined; // USER_TEMPLATE/ERROR
  readonly cores?: number | undefined; // what it asks of a host: CPU, often a part of one
  readonly memoryMiB?: number | undefined;
}
export interface OneVrouter {
  readonly id: number;
  readonly name: string;
  readonly vmIds: readonly number[];
  readonly nics: readonly OneNic[]; // as requested; the real addresses are in its VMs
}
export interface OneTemplate {
  readonly id: number;
  readonly name: string;
  readonly vrouter: boolean;
}
export interface OneImage {
  readonly id: number;
  readonly name: string;
  readonly state: number; // 1 READY
  readonly type: number;
  readonly datastoreId: number | undefined;
  readonly sizeMiB: number;
}
export interface OneMarketApp {
  readonly id: number;
  readonly name: string;
  readonly state: number;
  readonly type: number;
  readonly market: string;
}
