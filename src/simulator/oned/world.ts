/**
 * What the emulated oned knows: one small source of truth, mutable. Everything else that its answers show (leases, VMs
 * of a host, VMs of a router, used capacity, bridges and taps of a NIC) is derived from this when it is asked.
 */

export interface OnedWorld {
  version: string; // "7.4.0"
  users: OnedUser[]; // besides the administrator that `startOned` is told
  clusters: OnedCluster[];
  hosts: OnedHost[];
  datastores: OnedDatastore[];
  vnets: OnedVnet[];
  vms: OnedVm[];
  vrouters: OnedVrouter[];
  templates: OnedTemplate[];
  images: OnedImage[];
  apps: OnedApp[];
}

/** A user of the group "users": sees the networks and nothing else, as a fresh account does. */
export interface OnedUser {
  id: number;
  name: string;
  password: string;
}

export interface OnedCluster {
  id: number;
  name: string;
}

export interface OnedHost {
  id: number;
  name: string;
  state: number; // 2 MONITORED, 3 ERROR, 4 DISABLED, 8 OFFLINE
  clusterId: number;
  totalCpu: number; // percent
  totalMemoryKiB: number;
  hypervisor: string; // "kvm"
  attributes?: Record<string, string>; // more of TEMPLATE
}

export interface OnedDatastore {
  id: number;
  name: string;
  type: 0 | 1 | 2 | 3; // image, system, file, backup
  state?: number;
  clusterIds: number[];
  dsMad: string;
  tmMad: string;
  totalMiB: number;
  freeMiB: number;
}

export interface OnedRange {
  id: number;
  type: string; // "IP4"
  firstIp: string;
  firstMac?: string; // default: 02:00 and the address
  size: number;
  next?: number; // place of the lease that is given next: oned goes round
}

export interface OnedVnet {
  id: number;
  name: string;
  state?: number; // default 1 READY
  clusterIds: number[];
  vnMad: string; // "vxlan", "elastic", "bridge"
  bridge: string;
  phydev: string;
  vlanId?: number; // the VNI
  template: Record<string, string>; // VXLAN_MODE, GATEWAY, NETWORK_ADDRESS, MTU, EXTERNAL …
  ranges: OnedRange[];
  held?: string[]; // addresses on hold
}

export interface OnedNic {
  id: number; // NIC_ID
  networkId: number;
  ip: string;
  mac?: string; // default: 02:00 and the address
  name?: string; // default: NIC and its id
  vrouterIp?: string; // floating address
  attaching?: boolean; // while the driver is at it
  alias?: {parentId: number; external: boolean}; // set: a NIC_ALIAS
}

export interface OnedHistory {
  hostId: number;
  start: number; // epoch s
  end: number; // 0: current
  action: number;
}

export interface OnedVm {
  id: number;
  name: string;
  uid?: number; // owner, default 0 oneadmin
  state: number; // 3 ACTIVE
  lcmState: number; // 3 RUNNING
  stime: number; // epoch s
  cpu: number; // cores
  memoryMiB: number;
  nics: OnedNic[]; // aliases too
  history: OnedHistory[]; // oldest first; SEQ is the index
  imageId?: number;
  templateId?: number;
  vrouterId?: number;
  context?: Record<string, string>; // besides what the NICs give
  userTemplate?: Record<string, string>;
  etime?: number; // epoch s, when it was terminated
  locked?: boolean;
  onHold?: boolean; // it was created so
}

export interface OnedVrouter {
  id: number;
  name: string;
  nics: {id: number; networkId: number; ip?: string; floatingIp?: string}[]; // as requested
  templateId?: number;
}

export interface OnedTemplate {
  id: number;
  name: string;
  vrouter?: boolean;
  cpu?: number;
  memoryMiB?: number;
  imageId?: number;
  requirements?: string; // SCHED_REQUIREMENTS
  context?: Record<string, string>;
}

export interface OnedImage {
  id: number;
  name: string;
  state: number; // 1 READY, 2 USED
  type: number; // 0 OS
  datastoreId: number;
  sizeMiB: number;
  fromApp?: number; // exported from the marketplace: FROM_APP
}

export interface OnedApp {
  id: number;
  name: string;
  state: number;
  type: number;
  marketId: number;
  market: string;
  sizeMiB: number;
  imageTemplate?: string; // APPTEMPLATE64, decoded
  vmTemplate?: string; // VMTEMPLATE64, decoded
}

/** A world with nothing in it: OpenNebula as installed, without its default datastores. */
export const emptyWorld = (): OnedWorld => ({
  version: '7.4.0', users: [], clusters: [{id: 0, name: 'default'}], hosts: [], datastores: [], vnets: [], vms: [],
  vrouters: [], templates: [], images: [], apps: [],
});
