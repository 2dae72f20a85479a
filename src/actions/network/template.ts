/**
 * The template of an EVPN network as OpenNebula's vxlan driver wants it (VN_MAD=vxlan, VXLAN_MODE=evpn), with what is
 * not said taken from the fabric: the port and the tunnel source of the networks there are, the MTU of the underlay.
 */
import type {Params} from '../../model/action.ts';
import type {OneCluster, OneHost, OneVnet} from '../../model/cloud.ts';
import type {Fabric, HostState} from '../../model/fabric.ts';
import {hostNameOf} from '../vm/vm.ts';
import {dotted, maskOf, subnetOf, type Subnet} from './addresses.ts';

/** VXLAN over IPv4: outer Ethernet 14, IP 20, UDP 8, VXLAN 8. */
const overhead = 50;
const kernelPort = 8472; // what Linux takes when nothing is said

export interface Wanted {
  readonly name: string;
  readonly subnet: Subnet;
  readonly cluster: OneCluster;
  readonly vni: number | undefined; // undefined: OpenNebula chooses
  readonly physicalDevice: string;
  readonly first: string;
  readonly size: number;
  readonly gateway: string;
  readonly mtu: number | undefined; // undefined: the underlay's is not known
  readonly port: number | undefined; // undefined: networks there are differ, or none is read
  readonly tep: string | undefined;
  readonly dns: string | undefined;
}

export const vnetsOf = (fabric: Fabric): readonly OneVnet[] | undefined => fabric.cloud?.readings['one.vnets']?.value;
export const evpnNets = (fabric: Fabric): readonly OneVnet[] => (vnetsOf(fabric) ?? []).filter(({vnMad, vxlanMode}) => vnMad === 'vxlan' && vxlanMode === 'evpn');
export const clusterNamed = (fabric: Fabric, given: string | undefined): OneCluster | undefined => fabric.cloud?.readings['one.clusters']?.value?.find(({id, name}) => String(id) === given || name === given);

/** The hypervisors of a cluster, with the host of ours that each is: by name, by the address that oned dials, or that of the underlay. */
export function hypervisors(fabric: Fabric, {id}: OneCluster): readonly (readonly [OneHost, HostState | undefined])[] {
  return (fabric.cloud?.readings['one.hosts']?.value ?? []).filter(({clusterId}) => clusterId === id).map((one) => [one, fabric.hosts.get(hostNameOf(fabric, one.name) ?? '')] as const);
}

const only = <T>(values: readonly T[]): T | undefined => (new Set(values).size === 1 ? values[0] : undefined);

/** What is asked for, with the defaults; a sentence when it cannot be understood. */
export function wantedOf(fabric: Fabric, params: Params): Wanted | string {
  const {name = '', subnet: text = '', cluster: into, vni, phydev, first, size, gateway, mtu, dns} = params;
  const subnet = subnetOf(text);
  const cluster = clusterNamed(fabric, into);
  if (!subnet) return `"${text}" is no network such as 172.20.0.0/24`;
  if (!cluster) return `OpenNebula has no cluster ${into}`;
  const all = hypervisors(fabric, cluster);
  const hosts = all.flatMap(([, host]) => host ?? []);
  const physicalDevice = phydev ?? only(evpnNets(fabric).flatMap((net) => net.physicalDevice ?? [])) ?? only(hosts.flatMap(({spec}) => spec.underlay));
  if (physicalDevice === undefined) return 'which device carries the tunnels is not clear from the networks there are: say phydev';
  const mtus = hosts.flatMap(({readings}) => readings['ip.links']?.value?.find((link) => link.name === physicalDevice)?.mtu ?? []);
  const ports = hosts.flatMap(({readings}) => (readings['ip.links']?.value ?? []).flatMap(({vxlan}) => vxlan?.port ?? []));
  const start = first ?? dotted(subnet.base + 1);
  const room = subnet.base + subnet.size - 1 - startOf(start);
  return {
    name, subnet, cluster, physicalDevice, first: start, dns, vni: vni === undefined ? undefined : Number(vni), size: size === undefined ? room : Number(size), gateway: gateway ?? dotted(subnet.base + 1),
    mtu: mtu === undefined ? (mtus.length > 0 ? Math.min(...mtus) - overhead : undefined) : Number(mtu),
    port: ports.length > 0 ? only(ports) : all.length === 0 || hosts.some(({readings}) => readings['ip.links']?.value) ? kernelPort : undefined, tep: only(evpnNets(fabric).map((net) => net.vxlanTep ?? 'dev')),
  };
}
const startOf = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** The template's text. Values hold no quotes: the parameters are checked by shape. */
export function templateText({name, subnet, vni, physicalDevice, first, size, gateway, mtu, port, tep, dns}: Wanted): string {
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ['NAME', name], ['VN_MAD', 'vxlan'], ['VXLAN_MODE', 'evpn'], ['VXLAN_TEP', tep === 'dev' ? undefined : tep], ['PHYDEV', physicalDevice],
    vni === undefined ? ['AUTOMATIC_VLAN_ID', 'YES'] : ['VLAN_ID', vni],
    // The driver drops a key without "=": nolearning would be lost.
    ['IP_LINK_CONF', `nolearning=${port === undefined || port === kernelPort ? '' : `,dstport=${port}`}`],
    ['MTU', mtu], ['GUEST_MTU', mtu], ['NETWORK_ADDRESS', dotted(subnet.base)], ['NETWORK_MASK', maskOf(subnet)], ['GATEWAY', gateway], ['DNS', dns],
  ];
  return [...lines.flatMap(([key, value]) => (value === undefined ? [] : [`${key}="${value}"`])), `AR=[TYPE="IP4",IP="${first}",SIZE="${size}"]`].join('\n');
}
