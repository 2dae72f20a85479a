/**
 * The vocabulary of change: what an action is, what it plans, and what is recorded of it. A plan and a run are plain
 * data: they go into the journal as they stand, and a run that was cut off is taken up again from there.
 */
import type {Fabric} from './fabric.ts';
import type {Evidence} from './finding.ts';
import type {Problem} from './reading.ts';

export type ParamType = 'vm' | 'host' | 'vnet' | 'ip' | 'text' | 'choice';

/** One thing that a parameter can be. `impossible`: why not now; it is shown, and refused. */
export interface Candidate {
  readonly value: string;
  readonly label: string;
  readonly impossible?: string | undefined;
}

/** Values are text, as typed; the gate has checked them before an action sees them. */
export type Params = Readonly<Record<string, string>>;

export interface Param {
  readonly name: string;
  readonly title: string;
  readonly type: ParamType;
  readonly required: boolean;
  /** What the fabric offers. `given`: the parameters chosen so far. Undefined: free text, checked by `wrong` alone. */
  readonly candidates?: (fabric: Fabric, given: Params) => readonly Candidate[];
  /** Another value than a candidate is accepted (it must still pass `wrong`). */
  readonly open?: boolean;
  /** Why a value cannot be used: by shape. It may end up in a shell: allow what is known to be harmless. */
  readonly wrong?: (value: string) => string | undefined;
}

/** Something that must hold before (preflight) or afterwards (verify). No data is never a pass: `unknown`. */
export interface Condition {
  readonly name: string; // "target is monitored": also what --override names
  readonly outcome: 'pass' | 'fail' | 'warn' | 'unknown';
  readonly says: string; // one sentence
  readonly evidence: readonly Evidence[];
  /** The operator may go on although this is unknown, by naming it. A fail stops always. */
  readonly mayOverride?: boolean;
}

/** What the plan was made for: read again just before it runs; a field that differs makes the plan stale. */
export interface Target {
  readonly what: string; // "vm 7"
  readonly reads: readonly SourceReads[];
  readonly state: Readonly<Record<string, string | undefined>>; // {host: 'kvm_london', state: 'RUNNING'}; undefined: not read
}

/** Readings of one source: probe ids of HostValues or CloudValues. */
export interface SourceReads {
  readonly source: string; // host name, or "OpenNebula"
  readonly probes: readonly string[];
}

/** What a step does. Plain data: verbatim what is sent. */
export type Effect =
  | {readonly kind: 'host'; readonly host: string; readonly script: string; readonly fresh?: true} // POSIX sh, as root, on a channel of its own; `fresh`: over a connection that is made for it
  | {readonly kind: 'one'; readonly method: string; readonly args: readonly CallArgument[]} // XML-RPC, without the session
  | {readonly kind: 'watch'}; // nothing is sent: the action's `settle` waits for the fabric to show something

/** An argument, or the value that an earlier step of the run got from OpenNebula (the id of what it made). */
export type CallArgument = string | number | boolean | {readonly resultOf: string};

export interface FileDiff {
  readonly host: string;
  readonly path: string;
  readonly diff: string; // unified
}

export interface Step {
  readonly id: string; // unique within the plan
  readonly title: string; // "bring wg0.2 up"
  readonly effect: Effect;
  readonly deadlineS: number; // whole seconds; beyond it the step is uncertain, not failed
  /**
   * How a run that was cut off in this step goes on. `idempotent`: doing it again does no harm. `ask`: the action's
   * `done` tells from the fabric or the host whether it has had its effect.
   */
  readonly resume: 'idempotent' | 'ask';
  readonly cancellable: boolean; // it may be given up while it runs; between two steps a run can always be cancelled
  readonly files?: readonly FileDiff[];
  /** Parts of the effect's text that must not be shown or written down; it is resumed only if `plan` gives them again. */
  readonly secrets?: readonly string[];
}

export interface Plan {
  readonly what: string; // "Bring wg0.2 on kvm_london up"
  readonly steps: readonly Step[];
  readonly targets: readonly Target[];
  readonly notUndoable: readonly string[]; // sentences; empty: all of it can be undone
  /** What is typed to confirm a destructive action: the name of what it destroys. */
  readonly confirmName?: string | undefined;
}

/** One run of a plan. `undoes`: it is the undoing of that run. */
export interface ActionRun {
  readonly id: string;
  readonly action: string;
  readonly params: Params;
  readonly plan: Plan;
  readonly undoes: string | undefined;
  readonly startedAt: number; // epoch ms; of the first start when it was resumed
  /** Steps that have had their effect, as far as is known: all of them when it verifies, fewer when a cut-off run is undone. */
  readonly done: readonly string[];
  /** What OpenNebula answered to the steps that are done, by step id. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

export type HostAnswer = {readonly ok: true; readonly exit: number; readonly stdout: string; readonly stderr: string} | {readonly ok: false; readonly problem: Problem};
export type CallAnswer = {readonly ok: true; readonly value: string | number | boolean} | {readonly ok: false; readonly problem: Problem; readonly refused: boolean};

/** What an action may use of the world. Nothing in here changes anything: changes are the steps of its plan. */
export interface ActionContext {
  fabric(): Fabric; // as it is now
  now(): number;
  readonly signal: AbortSignal;
  /** For reading only. Everything is in the command log. */
  readonly ask: {
    host(host: string, script: string, deadlineS?: number): Promise<HostAnswer>;
    /** Lines of stdout as they come, until the command or the signal ends. */
    follow(host: string, script: string, onLine: (line: string) => void, signal: AbortSignal, deadlineS?: number): Promise<HostAnswer>;
    one(method: string, args: readonly (string | number | boolean)[]): Promise<CallAnswer>; // refuses a call that is not *.info, *.monitoring …
  };
  /** Has these readings made anew, and waits for them. The problems of those that failed; empty: all were read. */
  reread(reads: readonly SourceReads[], deadlineMs?: number): Promise<readonly Problem[]>;
  /**
   * Waits until `test` returns something for a fabric, reading `reads` again and again meanwhile; undefined when the
   * deadline passes or the signal is aborted. Only readings made after the call count.
   */
  until<T>(reads: readonly SourceReads[], test: (fabric: Fabric) => T | undefined, deadlineMs: number): Promise<T | undefined>;
  /** Shown while it runs. */
  progress(says: string): void;
  /** Kept in the journal with the run (a flight record); only while a run is under way. */
  note(kind: string, data: unknown): void;
}

/** What became of a step. `uncertain`: it was sent and its answer never came; `already`: its effect was there. */
export type StepOutcome = 'ok' | 'already' | 'failed' | 'uncertain' | 'cancelled';

/** How a run ended. `unverified`: every step was done, and the fabric does not show what it should (or cannot be read). */
export type RunStatus = 'done' | 'failed' | 'uncertain' | 'unverified' | 'cancelled' | 'stale';

export type Done = {readonly done: true; readonly value?: string | number | boolean; readonly says: string} | {readonly done: false; readonly says: string} | {readonly done: undefined; readonly says: string};

export interface Action {
  readonly id: string; // "link.up"
  readonly title: string; // "Bring a device up"
  readonly description: string; // one sentence: what it changes
  readonly params: readonly Param[];
  /** Wants the plan's `confirmName` typed. */
  readonly destructive: boolean;
  /** Begun by other parts of the console only (a step of a runbook): offered nowhere. */
  readonly internal?: true;
  preflight(ctx: ActionContext, params: Params): Promise<readonly Condition[]>;
  /** Only called when no condition of preflight failed. A Problem when nothing can be planned after all. */
  plan(ctx: ActionContext, params: Params): Promise<Plan | Problem>;
  /** The targets as they are in this fabric: pure. The gate compares them with those of the plan before it runs. */
  targets(fabric: Fabric, params: Params): readonly Target[];
  /** Whether a step with `resume: 'ask'` has had its effect: from the fabric or the host, read anew. */
  done?(ctx: ActionContext, run: ActionRun, step: Step): Promise<Done>;
  /** For steps of kind `watch`: waits for what they stand for. `ok` undefined: it cannot be told now, the step is uncertain. */
  settle?(ctx: ActionContext, run: ActionRun, step: Step): Promise<{readonly ok: boolean | undefined; readonly says: string}>;
  /** Beside the steps: started before the first, its signal aborted after the last verification (flight recorder). */
  accompany?(ctx: ActionContext, run: ActionRun): Promise<void>;
  /** Does the fabric show it? Also of an undoing (`run.undoes`). Waits with a deadline. */
  verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]>;
  /** The plan that undoes a run as far as it went, or a sentence why there is none. */
  undo(ctx: ActionContext, run: ActionRun): Promise<Plan | string>;
}

/** What happens while a run is under way, for whoever shows it. */
export type RunEvent =
  | {readonly kind: 'phase'; readonly phase: 'lock' | 'reread' | 'steps' | 'verify' | 'end'}
  | {readonly kind: 'step'; readonly step: Step; readonly state: 'started' | StepOutcome; readonly says: string}
  | {readonly kind: 'progress'; readonly says: string}
  | {readonly kind: 'note'; readonly note: string; readonly data: unknown};

export interface RunResult {
  readonly run: string | undefined; // undefined: refused before anything was recorded
  readonly status: RunStatus | 'refused';
  /** What refused it: set with `refused` only. */
  readonly because?: 'read-only' | 'parameters' | 'preflight' | 'confirmation' | 'lock' | 'journal';
  /** Refused by a lock that can be taken over knowingly (`takeOver`): the run that it was taken for, where it says so. */
  readonly left?: {readonly run: string | undefined};
  readonly says: string;
  readonly verified: readonly Condition[];
}
