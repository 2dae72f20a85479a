import type {OneAddressRange, OneLease, OneVnet} from '../../../model/cloud.ts';
import type {PoolReader} from '../pool.ts';
import {child, elements, id, ids, int, text, type XmlElement} from '../xml.ts';

/** `one.vnpool.info` and, with the leases that only it has, `one.vn.info`. */
export const vnetReader: PoolReader<OneVnet> = {
  pool: 'VNET_POOL',
  item: 'VNET',
  read(vnet, warn) {
    const [vnetId, name, state, usedLeases] = [id(vnet, 'ID'), text(vnet, 'NAME'), int(vnet, 'STATE'), int(vnet, 'USED_LEASES')];
    if (vnetId === undefined || name === undefined || state === undefined || usedLeases === undefined) return undefined;
    const template = child(vnet, 'TEMPLATE');
    const pool = elements(child(vnet, 'AR_POOL'), 'AR');
    const ranges = pool.map(range).filter((one) => one !== undefined);
    if (ranges.length < pool.length) warn(`vnet ${vnetId}: an address range is incomplete and left out`);
    return {
      id: vnetId,
      name,
      state,
      clusterIds: ids(vnet, 'CLUSTERS'),
      vnMad: text(vnet, 'VN_MAD') ?? '',
      bridge: text(vnet, 'BRIDGE'),
      physicalDevice: text(vnet, 'PHYDEV'),
      vlanId: id(vnet, 'VLAN_ID'),
      vxlanMode: text(template, 'VXLAN_MODE'),
      vxlanTep: text(template, 'VXLAN_TEP'),
      ipLinkConf: text(template, 'IP_LINK_CONF'),
      mtu: id(template, 'MTU'),
      guestMtu: id(template, 'GUEST_MTU'),
      gateway: text(template, 'GATEWAY'),
      networkAddress: text(template, 'NETWORK_ADDRESS'),
      networkMask: text(template, 'NETWORK_MASK'),
      vrouterIds: ids(vnet, 'VROUTERS'),
      usedLeases,
      size: ranges.reduce((sum, one) => sum + one.size, 0),
      ranges,
      leases: pool.some((one) => Object.hasOwn(one, 'LEASES')) ? pool.flatMap((one) => elements(child(one, 'LEASES'), 'LEASE').map(lease)) : undefined,
    };
  },
};

function range(ar: XmlElement): OneAddressRange | undefined {
  const [rangeId, type, size] = [id(ar, 'AR_ID'), text(ar, 'TYPE'), id(ar, 'SIZE')];
  if (rangeId === undefined || type === undefined || size === undefined) return undefined;
  // Pools do not count, but list "index packed-owner" pairs; no list is no lease.
  const allocated = text(ar, 'ALLOCATED');
  const used = id(ar, 'USED_LEASES') ?? (allocated === undefined ? 0 : Math.floor(allocated.split(' ').length / 2));
  return {id: rangeId, type, firstIp: text(ar, 'IP'), firstMac: text(ar, 'MAC')?.toLowerCase(), size, used};
}

const lease = (one: XmlElement): OneLease => ({
  ip: text(one, 'IP'),
  mac: text(one, 'MAC')?.toLowerCase(),
  vmId: id(one, 'VM'),
  vrouterId: id(one, 'VROUTER'),
  vnetId: id(one, 'VNET'),
  held: int(one, 'VM') === -1,
});
