/** A virtual network as XML: without leases in the pool, with them in one.vn.info. */
import {indexIn, leasesOf, macOf, plus, type Lease} from './derive.ts';
import {bare, bares, cdata, idList, owner, permissions, tag, vector} from './markup.ts';
import type {OnedRange, OnedVnet, OnedWorld} from './world.ts';

export function vnet(world: OnedWorld, one: OnedVnet, withLeases: boolean): string {
  const leases = leasesOf(world, one);
  const vlan = one.vlanId === undefined ? '<VLAN_ID/>' : cdata('VLAN_ID', one.vlanId);
  const vrouters = world.vrouters.filter(({nics}) => nics.some(({networkId}) => networkId === one.id)).map(({id}) => id);
  const vms = new Set(leases.filter(({holder, id}) => holder === 'VM' && id >= 0).map(({id}) => id));
  const ranges = one.ranges.map((range) => {
    const own = leases.filter(({ip}) => indexIn(range.firstIp, ip) >= 0 && indexIn(range.firstIp, ip) < range.size);
    return withLeases ? detailed(range, own) : short(range, own);
  });
  const template = {
    BRIDGE: one.bridge, BRIDGE_TYPE: 'linux', OUTER_VLAN_ID: '', PHYDEV: one.phydev, SECURITY_GROUPS: '0', VN_MAD: one.vnMad,
    ...(one.vlanId === undefined && {VLAN_ID: ''}), ...one.template,
  };
  return tag('VNET', bare('ID', one.id), owner(0, 'oneadmin', 'oneadmin'), bare('NAME', one.name), permissions('600'), idList('CLUSTERS', one.clusterIds), cdata('BRIDGE', one.bridge),
    cdata('BRIDGE_TYPE', 'linux'), cdata('STATE', one.state ?? 1), cdata('PREV_STATE', one.state ?? 1), '<PARENT_NETWORK_ID/><TEMPLATE_ID/>', cdata('VN_MAD', one.vnMad),
    cdata('PHYDEV', one.phydev), vlan, '<OUTER_VLAN_ID/>', bares({VLAN_ID_AUTOMATIC: one.vlanId === undefined ? 0 : 1, OUTER_VLAN_ID_AUTOMATIC: 0, USED_LEASES: leases.length}),
    idList('VROUTERS', vrouters), idList('UPDATED_VMS', [...vms]), tag('OUTDATED_VMS'), tag('UPDATING_VMS'), tag('ERROR_VMS'), tag('TEMPLATE', vector(template)), tag('AR_POOL', ...ranges));
}

const base = (range: OnedRange, leases: readonly Lease[]): Record<string, string | number> => ({
  AR_ID: range.id, IP: range.firstIp, MAC: range.firstMac ?? macOf(range.firstIp), NEXT_INDEX: Math.max(0, ...leases.map(({ip}) => indexIn(range.firstIp, ip) + 1)) % range.size,
  SHARED: 'NO', SIZE: range.size, TYPE: range.type,
});

// PoolObjectSQL's object types, beside which a lease keeps the id of its holder.
const packed = ({holder, id}: Lease): number => (holder === 'VM' ? 0x1000000000 : 0x4000000000000) + (id < 0 ? 0xffffffff : id);

function short(range: OnedRange, leases: readonly Lease[]): string {
  const allocated = leases.map((lease) => ` ${indexIn(range.firstIp, lease.ip)} ${packed(lease)}`).join('');
  return tag('AR', vector({...base(range, leases), ALLOCATED: allocated === '' ? undefined : allocated}));
}

function detailed(range: OnedRange, leases: readonly Lease[]): string {
  const lastIp = plus(range.firstIp, range.size - 1);
  const list = leases.map(({ip, mac, holder, id}) => tag('LEASE', cdata('IP', ip), cdata('MAC', mac), cdata(holder, id)));
  return tag('AR', vector(base(range, leases)), cdata('MAC_END', macOf(lastIp)), cdata('IP_END', lastIp), bare('USED_LEASES', leases.length), tag('LEASES', ...list));
}
