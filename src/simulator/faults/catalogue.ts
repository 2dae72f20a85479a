/**
 * Every way to break the fabric on purpose, by name: one list for the lab and for the embedded fabric. Each fault is
 * reversible. `on` says what it is done to when nothing is named; `needs` what a fabric must have for it.
 */

export type FaultFamily = 'daemons' | 'underlay' | 'bgp' | 'vxlan' | 'fdb' | 'workload' | 'router' | 'opennebula' | 'access' | 'firewall';

export interface Fault {
  readonly name: string;
  readonly family: FaultFamily;
  /** What is done, in one sentence. */
  readonly does: string;
  /** What it is done to by default: the last hypervisor, a VM on it, the virtual router, OpenNebula, or the reflector. */
  readonly on: 'vtep' | 'reflector' | 'vm' | 'router' | 'opennebula';
  readonly needs?: 'frr 10.7.1' | 'two clusters';
}

const fault = (family: FaultFamily, on: Fault['on'], name: string, does: string, needs?: Fault['needs']): Fault => ({name, family, on, does, ...(needs ? {needs} : {})});

export const faults: readonly Fault[] = [
  fault('daemons', 'vtep', 'bgpd-dead', 'bgpd is killed'),
  fault('daemons', 'vtep', 'bgpd-hung', 'bgpd is stopped (SIGSTOP): it answers nobody'),
  fault('daemons', 'vtep', 'bgpd-no-config', 'bgpd was restarted without its configuration'),
  fault('daemons', 'vtep', 'zebra-dead', 'zebra is killed: BGP stays up, traffic flows on what was'),
  fault('daemons', 'vtep', 'zebra-hung', 'zebra is stopped (SIGSTOP)'),
  fault('daemons', 'vtep', 'frr-dead', 'all of FRR is dead'),

  fault('underlay', 'vtep', 'host-unplugged', 'the host has no network'),
  fault('underlay', 'vtep', 'wg-down', 'wg0 is down'),
  fault('underlay', 'vtep', 'wg-gone', 'wg0 does not exist'),
  fault('underlay', 'vtep', 'wg-wrong-key', 'the host has a wrong public key for the other hypervisor'),
  fault('underlay', 'vtep', 'wg-wrong-allowed-ips', 'the host has wrong AllowedIPs for the other hypervisor: handshakes go on, traffic is dropped'),
  fault('underlay', 'vtep', 'wg-overlapping-allowed-ips', 'one peer claims the address of another: it takes its traffic'),
  fault('underlay', 'vtep', 'wg-wrong-endpoint', 'the host has a wrong endpoint for the other hypervisor, and the other does not dial'),
  fault('underlay', 'vtep', 'wg-port-dropped', 'UDP 51820 is dropped on the host'),
  fault('underlay', 'vtep', 'wg-peer-missing', 'the host has no peer for the other hypervisor'),
  fault('underlay', 'vtep', 'wg-mtu', 'the MTU of wg0 is 1280 on the host'),

  fault('bgp', 'vtep', 'bgp-wrong-as', 'the host believes the reflector to be in another AS'),
  fault('bgp', 'vtep', 'bgp-wrong-password', 'the host uses a password, the reflector does not'),
  fault('bgp', 'vtep', 'bgp-af-not-activated', 'l2vpn evpn is not activated for the reflector'),
  fault('bgp', 'vtep', 'bgp-no-advertise-all-vni', 'advertise-all-vni is missing'),
  fault('bgp', 'vtep', 'bgp-rt-mismatch', 'the VNI imports and exports a route target of its own'),
  fault('bgp', 'reflector', 'bgp-no-reflector-client', 'the peers are no reflector clients: they learn nothing of each other'),
  fault('bgp', 'vtep', 'bgp-duplicate-router-id', 'the host has the router-id, hence the RD, of the other hypervisor'),
  fault('bgp', 'vtep', 'bgp-neighbor-shutdown', 'the neighbour is shut down by configuration'),
  fault('bgp', 'vtep', 'bgp-policy-denies', 'a route-map denies all routes to the reflector'),

  fault('vxlan', 'vtep', 'vxlan-gone', 'the VXLAN device does not exist'),
  fault('vxlan', 'vtep', 'vxlan-down', 'the VXLAN device is down'),
  fault('vxlan', 'vtep', 'vxlan-unenslaved', 'the VXLAN device is in no bridge'),
  fault('vxlan', 'vtep', 'vxlan-wrong-vni', 'the VXLAN device has another VNI'),
  fault('vxlan', 'vtep', 'vxlan-port-8472', 'the VXLAN device uses UDP 8472, the others 4789'),
  fault('vxlan', 'vtep', 'vxlan-learning', 'the VXLAN device learns by itself'),
  fault('vxlan', 'vtep', 'vxlan-wrong-local', 'the local address is the public one, not that of wg0'),
  fault('vxlan', 'vtep', 'vxlan-mtu', 'the MTU of the VXLAN device is 1280'),
  fault('vxlan', 'vtep', 'bridge-down', 'the bridge is down'),
  fault('vxlan', 'vtep', 'vxlan-port-dropped', 'UDP 4789 is dropped on wg0'),
  fault('vxlan', 'vtep', 'vxlan-dev-no-local', 'the VXLAN device was made with `dev` and no `local`: FRR 10.6 and 10.7 do not take it', 'frr 10.7.1'),

  fault('fdb', 'vtep', 'fdb-stale', 'an entry of a VM leads to a VTEP that it is not on'),
  fault('fdb', 'vtep', 'fdb-missing-flood', 'the flood entry for the other VTEP is missing'),
  fault('fdb', 'vtep', 'mac-duplicate', 'one MAC and IP live on two hosts'),
  fault('fdb', 'vtep', 'mac-frozen', 'a duplicate MAC was frozen by duplicate-address detection'),
  fault('fdb', 'vtep', 'mac-flapping', 'a MAC moves to and fro'),

  fault('workload', 'vm', 'vm-mtu-1500', 'the guest has MTU 1500'),
  fault('workload', 'vm', 'vm-wrong-gateway', 'the guest has a wrong gateway'),
  fault('workload', 'vm', 'vm-elsewhere', 'the VM runs on a host that OpenNebula does not think it is on'),

  fault('router', 'router', 'router-down', 'the virtual router has no network'),
  fault('router', 'router', 'router-backup', 'the failover state is BACKUP'),
  fault('router', 'router', 'nat-rule-missing', 'the rules of a mapping are missing, its address too'),
  fault('router', 'router', 'nat-rule-stale', 'rules and address of a mapping that nobody wants are there'),
  fault('router', 'router', 'nat-address-without-rule', 'the address is on lo, its rules are missing'),
  fault('router', 'router', 'nat-other-backend', 'the rules are in the other iptables back end'),
  fault('router', 'router', 'router-forwarding-off', 'the router forwards no packets'),
  fault('router', 'router', 'alias-other-region', 'a VM has an external alias of the other region\'s public network', 'two clusters'),

  fault('opennebula', 'opennebula', 'one-host-error', 'OpenNebula has the host in state ERROR'),
  fault('opennebula', 'opennebula', 'one-host-disabled', 'the host is disabled in OpenNebula'),
  fault('opennebula', 'opennebula', 'one-host-offline', 'the host is offline in OpenNebula'),
  fault('opennebula', 'opennebula', 'one-vnet-not-in-cluster', 'the private network is not in the cluster'),
  fault('opennebula', 'opennebula', 'one-datastore-not-in-cluster', 'the system datastore is not in the cluster'),
  fault('opennebula', 'opennebula', 'one-leases-exhausted', 'the private network has no free lease'),
  fault('opennebula', 'opennebula', 'one-duplicate-vlan-id', 'two networks have one VLAN_ID'),
  fault('opennebula', 'opennebula', 'one-unreachable', 'oned does not answer'),
  fault('opennebula', 'opennebula', 'one-wrong-credentials', 'the password has been changed'),
  fault('opennebula', 'opennebula', 'one-no-rights', 'the user has no rights: every pool is empty'),

  fault('access', 'vtep', 'ssh-refused', 'sshd does not run'),
  fault('access', 'vtep', 'ssh-unreachable', 'TCP 22 is dropped'),
  fault('access', 'vtep', 'ssh-key-refused', 'the operator\'s key is not accepted'),
  fault('access', 'vtep', 'ssh-host-key-changed', 'the host has another host key'),
  fault('access', 'vtep', 'sudo-denied', 'the operator logs in without root, and sudo is denied'),
  fault('access', 'vtep', 'user-no-rights', 'the operator logs in as a user of no group'),
  fault('access', 'vtep', 'host-hangs', 'the host stops in the middle of an answer'),

  fault('firewall', 'vtep', 'reject-icmp-host-prohibited', 'the rule that oneprovision leaves: INPUT rejects all else on the public interface'),
];

export const findFault = (name: string): Fault | undefined => faults.find((candidate) => candidate.name === name);
