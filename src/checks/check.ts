/** What a check is: a pure function over the view of a fabric, with its place in the catalogue. One file per family. */
import type {CheckFamily, Evidence, Missing, Remedy, Subject} from '../model/finding.ts';
import type {View} from './view.ts';

/** Said of one subject that does not pass. `breaks` and `needs` are names made by checks/node.ts. */
export interface Said {
  readonly subject: Subject;
  readonly says: string; // one sentence
  readonly evidence?: readonly Evidence[];
  readonly remedy?: Remedy;
  readonly breaks?: readonly string[];
  readonly needs?: readonly string[];
  /**
   * What is so, as names that stay the same while it is ("at 192.168.0.2"; no ages, no counters). The finding has lasted
   * as long as the oldest of them: a MAC that was missing, and one that is missing now, are two things that each may pass.
   * Without: that the subject does not pass is the one fact.
   */
  readonly facts?: readonly string[];
}

/** Where a check puts its results. Passes are counted; their subject is made only for who wants to see it. */
export interface Out {
  pass(subject: () => Subject): void;
  /** So many passes at once, of what a family has sorted out beforehand: nothing is made for each. */
  passAll(count: number, subjects: () => Iterable<Subject>): void;
  fail(said: Said): void;
  warn(said: Said): void;
  /** No data is never a pass. `missing` comes from View.missing(). */
  unknown(subject: Subject, missing: readonly Missing[], needs?: readonly string[]): void;
}

export interface Check {
  readonly id: string; // "wireguard.interface": family, dot, what is checked
  readonly family: CheckFamily;
  readonly title: string; // what must hold: "The WireGuard interface of each host is up"
  /** For `explain`: what it looks at, why it matters, what is normal and not reported. Sentences. */
  readonly explanation: string;
  /** For `explain`: what to do in general; a finding has the exact command. */
  readonly remedy: string;
  /** RFC, documentation, or the check of another tool that it corresponds to: "NetQ check vxlan: VLAN consistency". */
  readonly origin: string;
  /** A finding is raised only after it has been seen for so long: where a transient is normal (migration, convergence). */
  readonly holdS: number;
  run(view: View, out: Out): void;
}
