/** The vocabulary of runbooks: what a file says, what a step is made into, and how a session stands. Types only. */
import type {ActionContext, ActionRun, CallArgument, Condition, Done, FileDiff, RunStatus, Step} from '../model/action.ts';

export type InputType = 'string' | 'int' | 'bool' | 'ip' | 'cidr' | 'host' | 'vnet' | 'choice' | 'list';

/** What an expression can be. */
export type Value = string | number | boolean | null | readonly Value[] | {readonly [name: string]: Value};

export interface RunbookInput {
  readonly name: string;
  readonly title: string;
  readonly type: InputType;
  readonly default: Value | undefined; // a text with {{ }} is computed from the fabric
  readonly optional: boolean; // may stay without a value: null
  readonly choices: readonly string[];
  readonly of: InputType; // the elements of a list
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly pattern: string | undefined;
}

/** Where in the file something stands, for messages. Lines and columns from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface RunbookFile {
  readonly path: string;
  readonly content: string;
  readonly mode: string | undefined; // "0640"; undefined: 0644 for a new file, as it is for another
  readonly owner: string | undefined; // "frr:frr"
  readonly after: string | undefined; // sh, when the file was changed (and after it was put back)
}
/** Made on its host by a command, never read from there; only `public` comes back. */
export interface RunbookSecret {
  readonly path: string;
  readonly make: string; // sh that prints it; it goes into `path` (0600) on the host
  readonly public: string | undefined; // sh that prints what may be known of it, from its stdin
}

export interface RunbookStep {
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  readonly target: readonly string[]; // "all", "role:vtep", "host:kvm1", "router", "{{ … }}"; empty: the step has no host
  readonly each: string | undefined; // an expression that gives a list
  readonly when: string | undefined;
  readonly check: string | undefined;
  readonly apply: string | undefined;
  readonly verify: string | undefined;
  readonly undo: string | undefined;
  readonly value: string | undefined; // sh that prints what later steps may use
  readonly file: RunbookFile | undefined;
  readonly secret: RunbookSecret | undefined;
  readonly uses: string | undefined; // an action of the gate
  readonly run: string | undefined; // a step function
  readonly with: Readonly<Record<string, Value>>;
  readonly deadlineS: number; // of one script
  readonly verifyWithinS: number;
  readonly commitConfirmedS: number | undefined;
  readonly together: boolean; // all hosts are changed before the first is verified
  readonly expect: string | undefined; // what a step that only checks says when it does not hold
}

export interface Runbook {
  readonly name: string;
  readonly title: string;
  readonly stage: number | undefined; // its place in a procedure of several
  readonly explanation: string;
  readonly inputs: readonly RunbookInput[];
  readonly steps: readonly RunbookStep[];
  readonly file: string; // as it is named in messages
  readonly origin: string; // "built in", or the path
  readonly digest: string; // sha256 of the text: a session is resumed with the same text only
}

/**
 * One thing to be done at one place: what a step is made into for each of its hosts (and each item of `each`).
 * Scripts are POSIX sh, run as root; nothing in here is an expression any more.
 */
export interface Work {
  readonly id: string; // unique within the step: "kvm1", "kvm1/vnet7"; letters, digits and . _ - / :
  readonly host?: string | undefined; // undefined: OpenNebula, or only `conditions`
  readonly title?: string | undefined; // default: the step's
  /** Looks only. Exit 0: already so; 75: cannot be told (stderr says why), which stops; else: to be done. */
  readonly check?: string | undefined;
  /** Known by a step function from the fabric: it is already so, in one sentence. `check` is not run. */
  readonly already?: string | undefined;
  readonly apply?: string | undefined;
  /** Looks only; run until it exits 0 or `verifyWithinS` have passed. */
  readonly verify?: string | undefined;
  /** ":": nothing is changed by it (it waits), so there is nothing to take back. */
  readonly undo?: string | undefined;
  /** Looks only. Exit 0: it is as it was before. Default: the check does not hold any more. */
  readonly undone?: string | undefined;
  /** Looks only; prints what later steps may use: one line, nothing secret. */
  readonly value?: string | undefined;
  readonly file?: {readonly path: string; readonly content: string; readonly mode?: string | undefined; readonly owner?: string | undefined; readonly after?: string | undefined; readonly afterUndo?: string | undefined} | undefined; // afterUndo: where that is another than `after`
  readonly secret?: RunbookSecret | undefined;
  /** Calls to OpenNebula, in order. Resumed through the function's `done`. */
  readonly calls?: readonly {readonly id: string; readonly title: string; readonly method: string; readonly args: readonly CallArgument[]; readonly deadlineS?: number}[] | undefined;
  /** What would change, as a unified diff or a sentence, where the engine cannot make one. */
  readonly changes?: string | undefined;
  readonly diffs?: readonly FileDiff[] | undefined;
  /** What has to hold, or is only looked at: fail and unknown stop before anything of the step runs. */
  readonly conditions?: readonly Condition[] | undefined;
  readonly expect?: string | undefined; // of a check alone: what is said when it does not hold
  readonly commitConfirmedS?: number | undefined;
  readonly deadlineS?: number | undefined;
  readonly verifyWithinS?: number | undefined;
  readonly notUndoable?: string | undefined; // one sentence
  /** For the function's own done, verify and undo: plain data, in the journal. No secrets. */
  readonly data?: Value | undefined;
}

/** A step in TypeScript, for what scripts and templates cannot say. Everything it returns is plain data. */
export interface StepFunction {
  readonly name: string; // "wireguard.render"
  readonly description: string; // one sentence
  /** Its parameters: name → what it is for. `required` ones are asked for when a file is read. */
  readonly with: Readonly<Record<string, {readonly description: string; readonly required?: boolean}>>;
  /**
   * What is to be done, from the fabric and from what hosts answer (ctx.ask); it changes nothing. Called for the plan,
   * and again when the step is reached. Throws an Error with a sentence when it cannot be told.
   */
  work(ctx: ActionContext, call: StepCall): Promise<readonly Work[]>;
  /** Whether a call has had its effect: for a run that was cut off. */
  done?(ctx: ActionContext, run: ActionRun, step: Step, data: Value | undefined): Promise<Done>;
  /** Does the fabric show it? Waits with a deadline. `undoing`: the opposite is asked for. */
  verify?(ctx: ActionContext, run: ActionRun, data: readonly (Value | undefined)[], undoing: boolean): Promise<readonly Condition[]>;
  /** Beside steps and verification, until `ctx.signal`: shows what goes on. Looks only. */
  accompany?(ctx: ActionContext, run: ActionRun, data: readonly (Value | undefined)[]): Promise<void>;
  /** For works with `calls`. */
  undo?(ctx: ActionContext, run: ActionRun, data: readonly (Value | undefined)[]): Promise<readonly Work[] | string>;
}
export interface StepCall {
  readonly with: Readonly<Record<string, Value>>; // evaluated
  readonly inputs: Readonly<Record<string, Value>>;
  readonly hosts: readonly string[]; // that `target` selects; empty without one
  /** What earlier steps left: step id → work id → value. Undefined: not known before that step was run. */
  value(step: string, work: string): string | undefined;
  readonly step: RunbookStep;
  readonly session: string;
}

/** How one step of a session stands. */
export type StepState =
  | 'to do' // something would be changed
  | 'already so' // every check holds: nothing is changed
  | 'not needed' // `when` is false, or there is nothing to do it on
  | 'later' // depends on what an earlier step leaves: planned when it is reached
  | 'blocked' // it cannot be planned, or a condition fails: `says`
  | 'done' | 'skipped' | 'failed' | 'uncertain' | 'unverified' | 'cancelled' | 'undone';

export interface SessionRecord {
  readonly session: string; // id; also the journal run that began it
  readonly runbook: string;
  readonly digest: string;
  readonly file?: string; // where the runbook lies, unless it is built in
  readonly inputs: readonly {readonly name: string; readonly value: Value; readonly origin: string}[];
  readonly startedAt: number;
  readonly by: string;
  readonly steps: readonly SessionStep[];
  readonly ended: {readonly at: number; readonly how: 'done' | 'stopped' | 'undone'} | undefined;
}
export interface SessionStep {
  readonly step: string;
  readonly state: StepState;
  readonly says: string;
  readonly at: number;
  readonly values?: Readonly<Record<string, string>>; // what it left for later steps; not of secrets, which are read again
  readonly runs: readonly {readonly run: string; readonly status: RunStatus | 'cut off'; readonly undone: boolean}[]; // in the journal
}
