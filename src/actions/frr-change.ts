/** What may be sent to FRR to change something: one reviewed list; arguments are checked by shape, never free text. */
import {isIP} from 'node:net';
import type {Problem} from '../model/reading.ts';

interface FrrArguments {
  readonly neighbor?: string | undefined; // an address
  readonly vni?: number | undefined;
  readonly mac?: string | undefined;
  readonly as?: string | undefined; // as `router bgp` has it
  readonly peer?: string | undefined; // an address, an interface or a peer-group, as the configuration names it
}
type Name = keyof typeof list;

const shape = {
  neighbor: (value: unknown) => typeof value === 'string' && isIP(value) !== 0,
  vni: (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 0xffffff,
  mac: (value: unknown) => typeof value === 'string' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value),
  as: (value: unknown) => typeof value === 'string' && /^\d{1,10}(\.\d{1,5})?$/.test(value),
  peer: (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(value),
} as const;

const list = {
  /** Resets the session; it is built up again at once, and its routes are gone meanwhile. */
  'clear-neighbor': {daemon: 'bgpd', takes: ['neighbor'], text: (a: FrrArguments) => `clear bgp l2vpn evpn ${a.neighbor}`},
  'clear-duplicate': {daemon: 'zebra', takes: ['vni', 'mac'], text: (a: FrrArguments) => `clear evpn dup-addr vni ${a.vni} mac ${a.mac}`},
  /** In the running configuration only: nothing is written to a file. */
  'no-shutdown': {daemon: 'bgpd', takes: ['as', 'peer'], text: (a: FrrArguments) => ['configure terminal', `router bgp ${a.as}`, `no neighbor ${a.peer} shutdown`]},
  'shutdown': {daemon: 'bgpd', takes: ['as', 'peer'], text: (a: FrrArguments) => ['configure terminal', `router bgp ${a.as}`, `neighbor ${a.peer} shutdown`]},
  'clear-duplicates': {daemon: 'zebra', takes: ['vni'], text: (a: FrrArguments) => `clear evpn dup-addr vni ${a.vni}`},
} as const satisfies Readonly<Record<string, {readonly daemon: string; readonly takes: readonly (keyof FrrArguments)[]; readonly text: (a: FrrArguments) => string | readonly string[]}>>;

/** vtysh may not be in PATH, and must not write a history into the user's home. */
const vtysh = 'PATH="$PATH:/usr/sbin:/usr/local/bin:/usr/local/sbin:/usr/lib/frr:/usr/local/lib/frr" HOME=/dev/null vtysh';

/** The shell text for an entry of the list; a Problem when an argument has not its shape. */
export function frrChange(name: Name, given: FrrArguments): string | Problem {
  const {daemon, takes, text} = list[name];
  const wrong = (takes as readonly (keyof FrrArguments)[]).find((argument) => !shape[argument](given[argument]));
  if (wrong !== undefined) return {kind: 'unsupported', detail: `${name}: "${String(given[wrong]).slice(0, 60)}" is no ${wrong}`};
  return `${vtysh} -d ${daemon} ${[text(given)].flat().map((line) => `-c '${line}'`).join(' ')}`;
}
