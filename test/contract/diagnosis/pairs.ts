/**
 * Faults two at a time: which of them can be in force together so that both are there to be found, and a draw of such
 * pairs. On the plan of test/contract/faults and on the lab alike.
 *
 * The rule. A pair is left out when
 * - one of the two is inside a guest, where nobody outside can see it (causes.ts names none);
 * - one takes away what the other shows itself in: a host that nobody can log in to shows none of its faults, a daemon
 *   that is dead none of its configuration, a device that is gone none of its options (`takes`, `shows`);
 * - both edit the same thing: the second would undo or cover the first (`edits`).
 * Nothing else is left out: two faults of one host, of one session or of one device that both can be read are two causes.
 */
import {faults} from '../../../src/simulator/faults/catalogue.ts';
import {causes} from './causes.ts';
import {drawn} from '../../lab/drawn.ts';

export type Pair = readonly [string, string];

/** What of the fabric a fault touches, as paths: "kvm2/root/wg0" is in "kvm2/root", and that in "kvm2". */
interface Reach {
  /** What cannot be read, or does not exist, while it is in force. */
  readonly takes?: readonly string[];
  /** What must be readable, and exist, for it to be seen. */
  readonly shows: readonly string[];
  /** What it is that it changes. */
  readonly edits?: readonly string[];
}

const own = 'kvm2'; // logging in, and what any user reads there
const root = `${own}/root`; // what takes root: WireGuard, the firewall
const peers = `${root}/wg0/peers`;
const frr = `${own}/frr`; // what vtysh tells
const bgpd = `${frr}/bgpd`;
const zebra = `${frr}/zebra`;
const device = `${own}/vxlan2`;
const options = `${device}/options`;
const session = 'session'; // of kvm2 with the reflector
const routes = `${session}/routes`; // what the two tell each other on it
const routes2 = `${routes}/2`; // of VNI 2
const vm = `${own}/vm2`; // the VM that is done something to
const router = 'vr';
const rules = `${router}/rules`;
const mapping = `${rules}/mapping`; // those of the one mapping: without them no back end has any
const cloud = 'cloud';
const hostInOne = 'host in OpenNebula';

const unreadable: Reach = {takes: [own, session], shows: [], edits: ['ssh']};
// OpenNebula itself calls a host without network broken.
const unreachable: Reach = {...unreadable, takes: [own, session, hostInOne], edits: ['ssh', 'network']};
const daemonOf = (takes: readonly string[]): Reach => ({takes, shows: [frr], edits: ['daemons']});
const peer: Reach = {shows: [peers], edits: ['peer']};
const ofSession = (edits: string): Reach => ({takes: [session], shows: [bgpd], edits: [edits]});
const ofDevice = (edits: string): Reach => ({shows: [options], edits: [edits]});
const ofRules: Reach = {shows: [rules, cloud], edits: ['rules']};
const ofHostInOne: Reach = {shows: [cloud, hostInOne], edits: [hostInOne]};
const ofCloud: Reach = {shows: [cloud]};
const cloudLost: Reach = {takes: [cloud], shows: [], edits: ['oned']};
const twins: Reach = {shows: [routes2, zebra, options, cloud], edits: ['MAC']};

const reach: Readonly<Record<string, Reach>> = {
  'bgpd-dead': daemonOf([bgpd, session]),
  'bgpd-hung': daemonOf([bgpd, session]),
  'bgpd-no-config': daemonOf([bgpd, session]),
  'zebra-dead': daemonOf([zebra, routes]),
  'zebra-hung': daemonOf([zebra, routes]),
  'frr-dead': daemonOf([bgpd, zebra, session]),

  'host-unplugged': unreachable,
  'wg-down': {takes: [`${root}/wg0`, session], shows: [own], edits: ['wg0']},
  'wg-gone': {takes: [`${root}/wg0`, session], shows: [own], edits: ['wg0']},
  'wg-wrong-key': peer,
  'wg-wrong-allowed-ips': peer,
  'wg-overlapping-allowed-ips': peer,
  'wg-wrong-endpoint': peer,
  'wg-peer-missing': peer,
  'wg-port-dropped': {takes: [session], shows: [root], edits: ['input']},
  'wg-mtu': {shows: [`${root}/wg0`], edits: ['wg0']},

  'bgp-wrong-as': ofSession('neighbour'),
  'bgp-wrong-password': ofSession('neighbour'),
  'bgp-af-not-activated': ofSession('neighbour'),
  'bgp-neighbor-shutdown': ofSession('neighbour'),
  'bgp-no-advertise-all-vni': {takes: [routes, `${zebra}/vnis`], shows: [bgpd]},
  'bgp-rt-mismatch': {takes: [routes2], shows: [bgpd, `${zebra}/vnis`, options]},
  'bgp-no-reflector-client': {takes: [routes], shows: []},
  'bgp-duplicate-router-id': {takes: [routes], shows: [bgpd]},
  'bgp-policy-denies': {takes: [routes], shows: [bgpd, session], edits: ['neighbour']},

  'vxlan-gone': {takes: [options, routes2], shows: [own], edits: ['device']},
  'vxlan-down': {takes: [routes2], shows: [options]},
  'vxlan-unenslaved': {takes: [routes2], shows: [options]},
  'vxlan-wrong-vni': {takes: [options, routes2], shows: [own], edits: ['device']},
  'vxlan-port-8472': ofDevice('port'),
  'vxlan-learning': ofDevice('learning'),
  'vxlan-wrong-local': ofDevice('local'),
  'vxlan-mtu': ofDevice('mtu'),
  'vxlan-dev-no-local': ofDevice('local'),
  'bridge-down': {shows: [options]},
  'vxlan-port-dropped': {shows: [root], edits: ['input']},

  'fdb-stale': {shows: [options, routes2], edits: ['MAC']},
  'fdb-missing-flood': {shows: [options, routes2, zebra]},
  'mac-duplicate': twins,
  'mac-frozen': twins,
  'mac-flapping': {shows: [routes2, zebra, options]},

  'vm-elsewhere': {takes: [device, routes2, vm], shows: [own, cloud], edits: ['device']},

  'router-down': {takes: [router], shows: [cloud]},
  'router-backup': {takes: [rules], shows: [router], edits: ['forwarding', 'rules']},
  'nat-rule-missing': {...ofRules, takes: [mapping]},
  'nat-rule-stale': {...ofRules, edits: []},
  'nat-address-without-rule': {...ofRules, takes: [mapping]},
  'nat-other-backend': {shows: [mapping]},
  'router-forwarding-off': {shows: [router], edits: ['forwarding']},
  'alias-other-region': ofCloud,

  'one-host-error': ofHostInOne,
  'one-host-disabled': ofHostInOne,
  'one-host-offline': ofHostInOne,
  'one-vnet-not-in-cluster': ofCloud,
  'one-datastore-not-in-cluster': ofCloud,
  'one-leases-exhausted': ofCloud,
  'one-duplicate-vlan-id': ofCloud,
  'one-unreachable': cloudLost,
  'one-wrong-credentials': cloudLost,
  'one-no-rights': cloudLost,

  'ssh-refused': unreadable,
  'ssh-unreachable': unreadable,
  'ssh-key-refused': unreadable,
  'ssh-host-key-changed': unreadable,
  'host-hangs': unreadable,
  'sudo-denied': {takes: [root], shows: [own], edits: ['ssh']},
  'user-no-rights': {takes: [root, frr], shows: [own], edits: ['ssh']},

  'reject-icmp-host-prohibited': {shows: [root], edits: ['input']},
};

const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
const covers = (a: Reach, b: Reach): boolean => (a.takes ?? []).some((taken) => b.shows.some((shown) => within(shown, taken)));

/** Whether both can be found while both are in force, by the rule above. Throws for a fault that it does not know. */
export function compatible(a: string, b: string): boolean {
  if (a === b || causes[a] === undefined || causes[b] === undefined) return false;
  const [x, y] = [reach[a], reach[b]];
  if (!x || !y) throw new Error(`${x ? b : a}: what it takes and shows is not said`);
  if (causes[a] === causes[b]) return false; // one subject of one check has one verdict
  return !covers(x, y) && !covers(y, x) && !(x.edits ?? []).some((edited) => y.edits?.includes(edited));
}

const everyPair: readonly Pair[] = faults.flatMap(({name: a}, i) => faults.slice(i + 1).map(({name: b}) => [a, b] as const));
/** Every pair that the rule lets stand, in the order of the catalogue. */
export const allPairs: readonly Pair[] = everyPair.filter(([a, b]) => compatible(a, b));

/**
 * `count` of them, each once, the same for the same seed. All pairs are shuffled (Fisher-Yates), and the rule applied
 * then: where it comes to leave out one more, the others stay.
 */
export function drawPairs(seed: number, count: number): readonly Pair[] {
  const below = drawn(seed);
  const all = [...everyPair];
  for (let i = all.length - 1; i > 0; i--) {
    const at = below(i + 1);
    [all[i], all[at]] = [all[at]!, all[i]!];
  }
  return all.filter(([a, b]) => compatible(a, b)).slice(0, count);
}

export const seed = 20261121;
/** The twenty that the tests hold, here and on the lab. */
export const pairs: readonly Pair[] = drawPairs(seed, 20);
