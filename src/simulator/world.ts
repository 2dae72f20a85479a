/**
 * The simulated fabric: one small source of truth. Routes, forwarding entries, devices, counters and what OpenNebula
 * says are derived from it when they are asked for (derive/), so that one change here, such as the host of a guest,
 * changes every answer.
 */
import type {Trouble} from './faults/trouble-shape.ts';

export type SimRole = 'reflector' | 'vtep' | 'frontend' | 'virtual-router';

export interface SimNetwork {
  readonly vni: number;
  readonly vnetId: number; // of OpenNebula
  readonly name: string;
  readonly bridge: string; // "onebr.2"
  readonly mtu: number;
  readonly subnet: string; // "172.17.2.0/24"
  readonly gateway: string | undefined;
}

export interface SimHost {
  readonly name: string; // of the inventory
  readonly hostname: string;
  readonly roles: readonly SimRole[];
  readonly region: string | undefined;
  readonly publicAddress: string;
  readonly publicDevice: string; // "eth0"
  readonly publicBridge: string | undefined; // the bridge that the public device is a port of
  readonly underlay: string | undefined; // address on wg0; undefined: not in the mesh
  readonly publicKey: string | undefined; // of wg0
  readonly keeps: readonly number[]; // VNIs whose devices are there without a guest of theirs
  readonly guestId: number | undefined; // a router is itself a guest of the fabric
  readonly bootedAt: number; // ms since 1970
  /** FRR daemons that run, in the order of `show daemons`; empty: FRR is not installed. */
  daemons: readonly string[];
  frrSince: number; // ms since 1970: when BGP came up
}

export interface SimNic {
  readonly id: number;
  readonly network: number | 'public'; // VNI
  readonly ip: string;
  readonly mac: string;
  readonly behind?: number; // further MACs behind this port (nested machines): for big tables
}

export interface SimGuest {
  readonly id: number; // VM id
  readonly name: string;
  readonly tap: string; // prefix of its ports on the host's bridges: "one-0"
  readonly nics: readonly SimNic[];
  readonly router: boolean;
  /** Where it is now. To move it, use `migrate`. */
  host: string;
  since: number; // ms since 1970: when it came to this host
  sequence: number; // MAC mobility: 0 until the first move
  history: readonly {readonly host: string; readonly from: number; readonly until: number}[]; // earlier hosts
}

/** A fault of the catalogue that is in force: what follows from it is derived (faults/trouble.ts). */
export interface SimFault {
  readonly name: string;
  readonly host: string;
  readonly since: number; // ms since 1970
  readonly byHand?: Trouble; // no fault of the catalogue: what somebody did on the host
}

export interface SimTranslation {
  readonly external: string;
  readonly internal: string;
}

export interface SimWorld {
  readonly asn: number;
  readonly networks: SimNetwork[];
  readonly hosts: SimHost[];
  readonly guests: SimGuest[];
  readonly translations: SimTranslation[]; // by the router, both ways
  readonly publicSubnet: string; // "203.0.113.0/24"
  readonly machines: 'real' | 'namespaces'; // what the devices look like: NICs and taps, or veth pairs in a lab
  readonly kernel: string;
  readonly timersS: {readonly keepalive: number; readonly hold: number};
  readonly now: () => number; // ms since 1970
  faults?: readonly SimFault[]; // in force, oldest first
  resets?: Readonly<Record<string, {readonly at: number; readonly times: number}>>; // of BGP sessions by hand, by sessionName()
  cleared?: readonly {readonly host: string; readonly mac: string; readonly at: number}[]; // duplicate flags, by hand
  readonly watchers?: Set<() => void>; // called after each change
  changes: number; // how often something else than the time changed; what is derived is kept until then
}

export const hostNamed = (world: SimWorld, name: string): SimHost => {
  const host = world.hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error(`no host ${name} in the simulated fabric`);
  return host;
};

/** Every change goes through here, so that nothing derived from what was before is kept. */
export function change(world: SimWorld, what: () => void): void {
  what();
  world.changes += 1;
  for (const watcher of world.watchers ?? []) watcher();
}

/** A live migration: from now on the guest is on another host, and its MACs carry the next mobility sequence. */
export function migrate(world: SimWorld, guestId: number, to: string): void {
  const guest = world.guests.find(({id}) => id === guestId);
  if (!guest) throw new Error(`no guest ${guestId} in the simulated fabric`);
  hostNamed(world, to);
  if (guest.host === to) return;
  const now = world.now();
  change(world, () => {
    guest.history = [...guest.history, {host: guest.host, from: guest.since, until: now}];
    guest.host = to;
    guest.since = now;
    guest.sequence += 1;
  });
}

/** MAC as OpenNebula makes it from an address: 02:00 and the four octets. */
export const macOf = (ip: string): string => ['02', '00', ...ip.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');

/** A session has two ends and one name. */
export const sessionName = (a: SimHost, b: SimHost): string => [a.name, b.name].sort().join('~');

/** A stable number for a name, 32 bits (FNV-1a): what would be random in a real fabric and must not change here. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
