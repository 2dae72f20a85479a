/** The fabrics that can be simulated: the demo, and one of any size. */
import {madeKey} from './answers/wg.ts';
import {macOf, type SimGuest, type SimHost, type SimNetwork, type SimNic, type SimWorld} from './world.ts';

const minute = 60_000;
const day = 1440 * minute;

export const network = (vni: number, vnetId: number, name: string, prefix: string): SimNetwork =>
  ({vni, vnetId, name, bridge: `onebr.${vni}`, mtu: 1370, subnet: `${prefix}.0/24`, gateway: `${prefix}.1`});

export const nic = (id: number, where: number | 'public', ip: string, behind?: number): SimNic => ({id, network: where, ip, mac: macOf(ip), ...(behind === undefined ? {} : {behind})});

const guest = (id: number, name: string, host: string, since: number, nics: readonly SimNic[], router = false): SimGuest => ({id, name, tap: `one-${id}`, nics, router, host, since, sequence: 0, history: []});

interface HostDraft extends Partial<SimHost> {
  readonly name: string;
  readonly roles: SimHost['roles'];
  readonly publicAddress: string;
  readonly bootedAt: number;
}
const host = (draft: HostDraft): SimHost => ({
  hostname: draft.name, region: undefined, publicDevice: 'eth0', publicBridge: undefined, underlay: undefined, publicKey: draft.underlay === undefined ? undefined : madeKey(draft.name), keeps: [], guestId: undefined,
  daemons: draft.underlay === undefined ? [] : ['zebra', 'bgpd', 'staticd'], frrSince: draft.bootedAt + minute, ...draft,
});

/** Two regions, one reflector, a router with public addresses for two guests, two networks. */
export function demoWorld(now: () => number): SimWorld {
  const at = now();
  const london = 'kvm_london';
  const california = 'kvm_ncalifornia';
  return {
    asn: 65000, publicSubnet: '203.0.113.0/24', machines: 'real', kernel: '6.1.0-32-amd64', timersS: {keepalive: 60, hold: 180}, now, changes: 0,
    networks: [network(2, 0, 'private_evpn-vxlan', '172.17.2'), network(3, 1, 'private_database', '172.17.3')],
    hosts: [
      host({name: 'ingress', roles: ['reflector'], region: undefined, publicAddress: '203.0.113.1', underlay: '192.168.0.1', bootedAt: at - 23 * day}),
      host({name: london, hostname: 'kvm-london', roles: ['vtep'], region: 'london', publicAddress: '203.0.113.11', underlay: '192.168.0.2', publicBridge: 'br0', bootedAt: at - 9 * day - 140 * minute}),
      host({name: california, hostname: 'kvm-ncalifornia', roles: ['vtep'], region: 'north california', publicAddress: '203.0.113.12', underlay: '192.168.0.3', publicBridge: 'br0', bootedAt: at - 4 * day - 37 * minute}),
      host({name: 'vr', roles: ['virtual-router'], region: 'london', publicAddress: '203.0.113.200', guestId: 0, bootedAt: at - 4 * day}),
    ],
    guests: [
      guest(0, 'vr-vr-0', london, at - 4 * day, [nic(0, 'public', '203.0.113.200'), nic(1, 2, '172.17.2.1')], true),
      guest(1, 'sr1', london, at - 3 * day, [nic(0, 2, '172.17.2.2')]),
      guest(2, 'sr2', california, at - 3 * day, [nic(0, 2, '172.17.2.3')]),
      guest(3, 'sr3', california, at - 90 * minute, [nic(0, 2, '172.17.2.4')]),
      guest(4, 'sr4', london, at - 200 * minute, [nic(0, 2, '172.17.2.5')]),
      guest(5, 'db1', london, at - 2 * day, [nic(0, 3, '172.17.3.2')]),
      guest(6, 'db2', california, at - 2 * day, [nic(0, 3, '172.17.3.3')]),
    ],
    translations: [{external: '203.0.113.201', internal: '172.17.2.2'}, {external: '203.0.113.202', internal: '172.17.2.3'}],
  };
}

export interface Size {
  readonly hosts: number; // the reflector among them; 2 to 250
  readonly routes: number; // of both types, all networks together: at least two per VTEP
}

/** One reflector and many VTEPs, one guest each in two networks; the rest of the routes are MACs behind those guests. */
export function largeWorld(now: () => number, {hosts, routes}: Size): SimWorld {
  if (!(hosts >= 2 && hosts <= 250)) throw new Error('a simulated fabric has 2 to 250 hosts');
  const at = now();
  const small = demoWorld(now);
  const vteps = Array.from({length: hosts - 1}, (_, index) => host({name: `kvm${index + 1}`, roles: ['vtep'], region: `edge-${(index % 8) + 1}`, publicAddress: `198.51.100.${index + 2}`, underlay: `192.168.0.${index + 2}`, bootedAt: at - 5 * day}));
  const further = Math.max(0, routes - vteps.length * 4);
  const share = (index: number): number => Math.floor(further / vteps.length) + (index < further % vteps.length ? 1 : 0);
  return {
    ...small,
    publicSubnet: '198.51.100.0/24',
    hosts: [host({name: 'ingress', roles: ['reflector'], publicAddress: '198.51.100.1', underlay: '192.168.0.1', bootedAt: at - 23 * day}), ...vteps],
    guests: vteps.map((vtep, index) => guest(index, `sr${index + 1}`, vtep.name, at - day, [nic(0, 2, `172.17.2.${index + 2}`, share(index)), nic(1, 3, `172.17.3.${index + 2}`)])),
    translations: [],
  };
}
