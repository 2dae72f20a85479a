/**
 * The way between two ends of a virtual network, hop by hop, told from what was read: nothing is sent. Sizes are bytes of
 * the guests' IP packets (what a guest's MTU counts), whatever is wrapped around them on the way.
 */
import type {Evidence, Missing, RowRef} from './finding.ts';

export type HopKind = 'guest' | 'tap' | 'bridge' | 'vxlan' | 'flood' | 'fdb' | 'evpn' | 'route' | 'wireguard' | 'filter' | 'router' | 'nat' | 'outside';

/** `limits`: packets pass, but not all (size, who asks first) or not as they should; `unknown`: the data is missing, and the hop says which. */
export type HopVerdict = 'ok' | 'breaks' | 'limits' | 'unknown';

export interface Hop {
  readonly kind: HopKind;
  /** Where: a host of ours, or undefined for a guest and for what is outside. */
  readonly host: string | undefined;
  /** What: "wg0.2", "one-7-0", "vm2". */
  readonly what: string;
  readonly verdict: HopVerdict;
  readonly says: string; // one sentence
  /** False for what is shown beside the way: what the control plane knows of it, and the question for an address when the other end asks first. */
  readonly decides: boolean;
  /** The longest packet that passes here, bytes; undefined where size has no bearing, or is not known. */
  readonly mtu: number | undefined;
  /** Longer packets that may be fragmented still pass: the limit is that of the path (ICMP "too big"), not of a device. */
  readonly fragments: boolean;
  readonly evidence: readonly Evidence[];
  readonly missing: readonly Missing[]; // only for unknown
  readonly row: RowRef | undefined; // where the console shows it
}

export type Answer = 'yes' | 'no' | 'unknown';

/** One direction. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly hops: readonly Hop[];
  /** Small packets, once the ends know each other's MACs. */
  readonly passes: Answer;
  /** Packets as long as the sender's MTU, not to be fragmented. */
  readonly full: Answer;
  /** The sender's MTU as far as it is known: as the guest was told, or as read on a virtual router; bytes. */
  readonly senderMtu: number | undefined;
  /** The longest packet that every hop lets through; undefined: not all hops could be read. Bytes. */
  readonly mtu: number | undefined;
  /** Index of the hop that limits `mtu`, if that is below the sender's. */
  readonly limitedBy: number | undefined;
  /** Index of the first hop that breaks. */
  readonly breaksAt: number | undefined;
}

export interface TraceEnd {
  readonly kind: 'vm' | 'router' | 'station' | 'outside'; // station: a MAC that no VM of OpenNebula has
  readonly label: string;
  readonly vmId: number | undefined;
  readonly mac: string | undefined;
  readonly ip: string | undefined;
  readonly host: string | undefined; // where it was found
}

/** A trace from A to B is that of a ping by A, to whom B has never spoken: A asks for B's MAC, B answers, and so on. */
export interface Trace {
  readonly at: number; // of the fabric it was made from
  readonly from: TraceEnd;
  readonly to: TraceEnd;
  readonly vni: number; // of the (inner) network
  readonly there: Leg;
  readonly back: Leg;
  /** Small packets get through and are answered, when A begins. */
  readonly reaches: Answer;
  /** So do packets of A's full MTU, not to be fragmented; the answer may be. */
  readonly reachesFull: Answer;
  /** Path MTU: the longest packet for both directions, bytes. */
  readonly mtu: number | undefined;
  readonly says: string; // the result in one sentence
  readonly missing: readonly Missing[]; // what would have to be read to tell, when unknown
  /** What nobody outside can see, and so was not looked at. */
  readonly blind: readonly string[];
  readonly notes: readonly string[]; // as "both are also in VNI 3"
}
