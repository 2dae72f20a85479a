/** The commands that make a VXLAN device as OpenNebula's driver makes it. */
import type {Link, VxlanOptions} from '../../model/network.ts';

export interface Wish extends Pick<VxlanOptions, 'vni' | 'local' | 'device' | 'port' | 'learning' | 'ttl'> {
  readonly name: string;
  readonly mtu: number;
  readonly bridge: string | undefined;
}

export function making({name, mtu, bridge, vni, local, device, port, learning, ttl}: Wish): string {
  return [
    `ip link add ${name} mtu ${mtu} type vxlan id ${vni}${local === undefined ? '' : ` local ${local}`}${device === undefined ? '' : ` dev ${device}`} dstport ${port}${learning ? '' : ' nolearning'}${ttl ? ` ttl ${ttl}` : ''}`,
    ...(bridge === undefined ? [] : [`ip link set ${name} master ${bridge}`]),
    `ip link set ${name} up`,
  ].join(' && ');
}

/** The same device again, with something else about it: most options cannot be changed while it exists. */
export const remaking = (device: Link & {readonly vxlan: VxlanOptions}, other: Partial<Wish>): string =>
  `ip link del ${device.name} && ${making({...device.vxlan, name: device.name, mtu: device.mtu, bridge: device.master, ...other})}`;
