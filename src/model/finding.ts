/** The vocabulary of diagnosis: what a check says of one subject, and what is told to a person after folding. */
import type {Stamp} from './reading.ts';

export type CheckFamily = 'access' | 'wireguard' | 'bgp' | 'evpn' | 'vxlan' | 'fdb' | 'mtu' | 'mobility' | 'opennebula' | 'nat' | 'firewall' | 'versions';

/** `unknown`: the data that it takes is missing or stale, and says which. `not-applicable`: there is nothing of that kind here. */
export type Outcome = 'pass' | 'fail' | 'warn' | 'unknown' | 'not-applicable';

/** A row of the console that a subject is, so that Enter can go there: resource and row id. */
export interface RowRef {
  readonly resource: 'hosts' | 'wg' | 'bgp' | 'vnis' | 'macs' | 'vnets' | 'vms' | 'nat';
  readonly id: string;
}

/** What a result is about. `id` is stable between readings and names the object, not its position: "kvm2/2", "ingress>192.168.0.3". */
export interface Subject {
  readonly id: string;
  readonly label: string; // for people: "VNI 2 on kvm2"
  readonly hosts: readonly string[]; // names of the hosts concerned: `--host` filters by them
  readonly rows: readonly RowRef[]; // rows that are marked; the first is where Enter goes
}

/** What was read, in words, and where and when. */
export interface Evidence {
  readonly text: string; // "wg0 of kvm2: flags POINTOPOINT,NOARP (not UP)"
  readonly stamp?: Stamp | undefined;
}

/** What to do about it. At least `text`; a command is verbatim and for one host; an action is one that the gate knows. */
export interface Remedy {
  readonly text: string;
  readonly command?: {readonly host: string; readonly script: string} | undefined;
  readonly action?: {readonly id: string; readonly params: Readonly<Record<string, string>>} | undefined;
}

/** Data that a check would have needed. */
export interface Missing {
  readonly source: string; // host name, or "OpenNebula"
  readonly probe: string; // "frr.summary"; "ssh" for the connection itself
  readonly why: string; // "never read", "stale for 40 s: timeout"
}

/** What was last known of a subject that cannot be judged now. */
export interface Known {
  readonly outcome: 'fail' | 'warn';
  readonly says: string;
}

/** What one check says of one subject. Identity: `check` and `subject.id`. */
export interface Result {
  readonly check: string; // "wireguard.interface"
  readonly family: CheckFamily;
  readonly outcome: Exclude<Outcome, 'not-applicable'>;
  readonly subject: Subject;
  readonly says: string; // one sentence, without the remedy
  readonly evidence: readonly Evidence[];
  readonly remedy: Remedy | undefined;
  readonly missing: readonly Missing[]; // only for unknown
  /** What is broken by this (checks/node.ts). */
  readonly breaks: readonly string[];
  /** What this rests on: when something else breaks one of these (or what they rest on), it explains this. */
  readonly needs: readonly string[];
  /** What is so, as names without ages and counters: Said.facts. */
  readonly facts?: readonly string[] | undefined;
  /** Only of an unknown that was told as something else before: it has not ended, it cannot be read. */
  readonly known?: Known | undefined;
}

/** A result that is told, with what it explains folded under it. */
export interface Finding extends Result {
  readonly id: string; // "wireguard.interface@kvm2": stable
  readonly since: number; // epoch ms of the first sight of the oldest of its facts, kept while that lasts
  readonly symptoms: readonly Finding[]; // explained by this one, the nearest first; each is in one place only
}

/** Every result of one pass, folded. */
export interface Diagnosis {
  readonly at: number; // of the fabric it was made from
  readonly causes: readonly Finding[]; // fail first, then warn, then unknown; each with its symptoms
  readonly suspected: readonly Finding[]; // fail or warn, and not told yet: it may be a transient
  readonly counts: Readonly<Record<string, CheckCounts>>; // by check id; every check of the catalogue that ran
}
export interface CheckCounts {
  readonly pass: number;
  readonly warn: number;
  readonly fail: number;
  readonly unknown: number; // all zero: not applicable
}
