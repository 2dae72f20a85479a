/**
 * The one cause that the console names under each fault, as finding id; on the plan of test/contract/faults: a fault is
 * done to kvm2, to vr, or to ingress. Undefined: nobody outside can see it, and nothing is said.
 */
export const causes: Readonly<Record<string, string | undefined>> = {
  'bgpd-dead': 'bgp.daemon@kvm2',
  'bgpd-hung': 'bgp.daemon@kvm2',
  'bgpd-no-config': 'bgp.configured@kvm2',
  'zebra-dead': 'bgp.daemon@kvm2',
  'zebra-hung': 'bgp.daemon@kvm2',
  'frr-dead': 'bgp.daemon@kvm2',

  'host-unplugged': 'access.reach@kvm2',
  'wg-down': 'wireguard.interface@kvm2',
  'wg-gone': 'wireguard.interface@kvm2',
  'wg-wrong-key': 'wireguard.key@kvm1|kvm2',
  'wg-wrong-allowed-ips': 'wireguard.allowed-ips@kvm1|kvm2',
  'wg-overlapping-allowed-ips': 'wireguard.allowed-ips@kvm1|kvm2',
  'wg-wrong-endpoint': 'wireguard.endpoint@kvm1|kvm2',
  'wg-port-dropped': 'firewall.wireguard@kvm2',
  'wg-peer-missing': 'wireguard.peer@kvm1|kvm2',
  'wg-mtu': 'mtu.underlay@kvm2',

  'bgp-wrong-as': 'bgp.as@ingress|kvm2',
  'bgp-wrong-password': 'bgp.password@ingress|kvm2',
  'bgp-af-not-activated': 'bgp.address-family@ingress|kvm2',
  'bgp-no-advertise-all-vni': 'evpn.advertise-all-vni@kvm2',
  'bgp-rt-mismatch': 'evpn.route-targets@kvm2/2',
  'bgp-no-reflector-client': 'bgp.reflector-client@ingress',
  'bgp-duplicate-router-id': 'bgp.router-id@192.168.0.2',
  'bgp-neighbor-shutdown': 'bgp.shutdown@ingress|kvm2',
  'bgp-policy-denies': 'bgp.policy@kvm2>ingress',

  'vxlan-gone': 'vxlan.device@kvm2/2',
  'vxlan-down': 'vxlan.up@kvm2/2',
  'vxlan-unenslaved': 'vxlan.bridge@kvm2/2',
  'vxlan-wrong-vni': 'vxlan.vni@kvm2/2',
  'vxlan-port-8472': 'vxlan.port@kvm2/2',
  'vxlan-learning': 'vxlan.learning@kvm2/2',
  'vxlan-wrong-local': 'vxlan.local@kvm2/2',
  'vxlan-mtu': 'mtu.segment@kvm2/2',
  'bridge-down': 'vxlan.bridge@kvm2/2',
  'vxlan-port-dropped': 'firewall.vxlan@kvm2',
  'vxlan-dev-no-local': 'vxlan.local@kvm2/2', // a warning: FRR 8.4.4, which both fabrics have, takes it

  'fdb-stale': 'fdb.remote@kvm2/2/02:00:ac:11:02:0a',
  'fdb-missing-flood': 'evpn.flood@kvm2>kvm1',
  'mac-duplicate': 'mobility.duplicate@2/02:00:ac:11:02:0a',
  'mac-frozen': 'mobility.duplicate@2/02:00:ac:11:02:0a',
  'mac-flapping': 'mobility.duplicate@2/02:00:ac:1f:ff:01',

  'vm-mtu-1500': undefined,
  'vm-wrong-gateway': undefined,
  'vm-elsewhere': 'mobility.placement@vm 2',

  'router-down': 'mobility.tap@vm 0',
  'router-backup': 'nat.failover@vrouter 0',
  'nat-rule-missing': 'nat.mapping@vrouter 0/203.0.113.201',
  'nat-rule-stale': 'nat.mapping@vrouter 0/203.0.113.209',
  'nat-address-without-rule': 'nat.mapping@vrouter 0/203.0.113.201',
  'nat-other-backend': 'nat.backend@vrouter 0/vr',
  'router-forwarding-off': 'nat.forwarding@vrouter 0/vr',
  'alias-other-region': 'nat.alias-region@vm 2/198.51.100.201',

  'one-host-error': 'opennebula.host-state@kvm2',
  'one-host-disabled': 'opennebula.host-state@kvm2',
  'one-host-offline': 'opennebula.host-state@kvm2',
  'one-vnet-not-in-cluster': 'opennebula.vnet-cluster@vnet 0',
  'one-datastore-not-in-cluster': 'opennebula.datastore-cluster@cluster 100',
  'one-leases-exhausted': 'opennebula.leases@vnet 0',
  'one-duplicate-vlan-id': 'opennebula.vni-unique@vni 2',
  'one-unreachable': 'opennebula.api@OpenNebula',
  'one-wrong-credentials': 'opennebula.credentials@OpenNebula',
  'one-no-rights': 'opennebula.rights@OpenNebula',

  'ssh-refused': 'access.reach@kvm2',
  'ssh-unreachable': 'access.reach@kvm2',
  'ssh-key-refused': 'access.login@kvm2',
  'ssh-host-key-changed': 'access.host-key@kvm2',
  'sudo-denied': 'access.rights@kvm2',
  'user-no-rights': 'access.rights@kvm2',
  'host-hangs': 'access.reach@kvm2',

  'reject-icmp-host-prohibited': 'firewall.default-deny@kvm2',
};

/** What goes by another name in the lab. */
export const inLab: Readonly<Record<string, string>> = {
  'alias-other-region': 'nat.alias-region@vm 2/198.51.100.10',
};
