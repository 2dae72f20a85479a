/** The lab in which the captures were taken, as a simulated world. */
import {network, nic} from '../../../src/simulator/scenes.ts';
import type {SimGuest, SimHost, SimWorld} from '../../../src/simulator/world.ts';

export const started = Date.UTC(2026, 10, 21, 6, 3, 58);

const host = (name: string, octet: number, publicKey: string, more: Partial<SimHost>): SimHost => ({
  name, hostname: name, roles: ['vtep'], region: undefined, publicAddress: `203.0.113.${octet === 1 ? 1 : octet + 9}`, publicDevice: 'eth0', publicBridge: undefined, underlay: `192.168.0.${octet}`, publicKey,
  keeps: [2, 3], guestId: undefined, bootedAt: started - 60_000, daemons: ['zebra', 'bgpd', 'staticd'], frrSince: started, ...more,
});
const guest = (id: number, on: string, vni: number, ip: string): SimGuest => ({id, name: `vm${id}`, tap: `one-${id}`, nics: [nic(0, vni, ip)], router: false, host: on, since: started, sequence: 0, history: []});

export const labWorld = (now: () => number): SimWorld => ({
  asn: 65000, publicSubnet: '203.0.113.0/24', machines: 'namespaces', kernel: '6.18.44-fc-v657', timersS: {keepalive: 3, hold: 9}, now, changes: 0,
  networks: [network(2, 0, 'private_evpn-vxlan', '172.17.2'), network(3, 1, 'other', '172.17.3')],
  hosts: [
    host('ingress', 1, '3TAgu9CN0NL8oHPg9+xancyzFM071EjrNxV5TNXzHx4=', {roles: ['reflector', 'vtep'], publicBridge: 'br-pub'}),
    host('kvm1', 2, 'jBRKHuXyL8w/z2EZy+kGU3xL0I6Pp2py2CAUCQ2GxC4=', {}),
    host('kvm2', 3, 'NuJd2slGIhKRr5/1NsZU330WrVxR4bR5Onuvusw5uFc=', {}),
  ],
  guests: [
    guest(0, 'kvm1', 2, '172.17.2.10'), guest(1, 'kvm2', 2, '172.17.2.11'), guest(2, 'kvm1', 3, '172.17.3.10'), guest(3, 'kvm2', 3, '172.17.3.11'), guest(4, 'kvm2', 2, '172.17.2.12'),
    {...guest(5, 'ingress', 2, '172.17.2.1'), name: 'vr', tap: 'one-vr', router: true, nics: [nic(0, 'public', '203.0.113.200'), nic(1, 2, '172.17.2.1')]},
  ],
  translations: [],
});
