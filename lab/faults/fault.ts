import type {Lab} from '../lab.ts';
import type {Plan} from '../plan.ts';
import type {Way} from '../truth.ts';

/** A fault at one place of a standing lab. */
export interface Stage {
  readonly lab: Lab;
  readonly plan: Plan;
  /** The machine or VM it is done to. */
  readonly target: string;
  /** What `apply` noted for `undo`, which may run in another process. */
  readonly note: string | undefined;
  remember(note: string): void;
}

/** What a packet of one size on one way must do while the fault is in force; `any` where it is a matter of chance. */
export type Verdict = 'pass' | 'fail' | 'any';
export type Size = 'small' | 'full';

/**
 * One fault of the catalogue, for real. `apply` comes back when its effect can be seen on the machine, `undo` when the
 * machine is as before; that the whole lab has converged again is awaited by who calls it.
 * `undo` must also stand after an `apply` that was cut off.
 */
export interface LabFault {
  readonly name: string;
  /** Where, when nothing is named and the default for its kind of place would show nothing. */
  readonly place?: (plan: Plan) => string;
  apply(stage: Stage): Promise<void>;
  undo(stage: Stage): Promise<void>;
  /** Waits for what follows later and by itself, as when a hold timer ends. */
  readonly noticed?: (stage: Stage) => Promise<void>;
  /** What it breaks end to end. The tests hold it against what is measured. */
  readonly expects: (way: Way, size: Size, stage: Stage) => Verdict;
}
