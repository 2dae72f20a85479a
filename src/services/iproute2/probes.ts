import type {Problem} from '../../model/reading.ts';
import {environment} from '../host/script.ts';
import type {AnyProbe, ProbeContext} from '../probe.ts';
import {parseAddresses} from './addresses.ts';
import {parseFdb} from './fdb.ts';
import {parseLinks} from './links.ts';
import {parseNeighbours} from './neighbours.ts';
import {parseRoutes} from './routes.ts';

const mebibyte = 1024 * 1024;
/** A remote MAC is two FDB entries of some 110 bytes: above this the whole table is no longer a thing to ask for every 10 s. */
const mostMacs = 5000;

/** The whole FDB, unless zebra says that it is too big. */
export function fdbCommand({readings}: ProbeContext): string | Problem {
  const macs = (readings['frr.vnis']?.value ?? []).reduce((sum, vni) => sum + (vni.macs ?? 0), 0);
  if (macs > mostMacs) return {kind: 'too-big', detail: `${macs} MACs in the VNIs of this host: the FDB is read only up to ${mostMacs}`};
  return `${environment}\nbridge -j fdb show`;
}

export const iproute2Probes: readonly AnyProbe[] = [
  // A device is about 1.3 kB with details and counters.
  {id: 'ip.links', tier: 'medium', deadlineS: 5, maxBytes: 8 * mebibyte, command: () => `${environment}\nip -j -d -s link show`, parse: parseLinks},
  {id: 'ip.addresses', tier: 'medium', deadlineS: 5, maxBytes: 4 * mebibyte, command: () => `${environment}\nip -j addr show`, parse: parseAddresses},
  {id: 'ip.routes', tier: 'medium', deadlineS: 5, maxBytes: 2 * mebibyte, command: () => `${environment}\nip -j route show && ip -j -6 route show`, parse: parseRoutes},
  {id: 'ip.neighbours', tier: 'medium', deadlineS: 5, maxBytes: 4 * mebibyte, command: () => `${environment}\nip -j neigh show`, parse: parseNeighbours},
  {id: 'bridge.fdb', tier: 'medium', deadlineS: 5, maxBytes: 4 * mebibyte, command: fdbCommand, parse: parseFdb},
];
