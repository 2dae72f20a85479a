/**
 * The one gate of every change: prepare (preflight, plan) → confirm → lock → read the target again → steps → verify,
 * with the journal before and after each. It alone knows read-only, the lock and the journal.
 */
import {randomBytes} from 'node:crypto';
import type {Action, ActionContext, ActionRun, Condition, Params, Plan, RunEvent, RunResult, RunStatus} from '../model/action.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {Journal} from '../journal/journal.ts';
import type {RecordedRun, Who} from '../journal/records.ts';
import {neverBegun, unfinished} from '../journal/runs.ts';
import {nothingDone, openNebula, stopping, wrongParams} from './action.ts';
import {actionContext} from './context.ts';
import type {Executor} from './execute.ts';
import {takeLock, lockHolder, type LockOptions} from './lock.ts';
import {hasLostSecrets, journaled, withSecrets} from './redact.ts';
import {attempt, type Attempt} from './attempt.ts';

export interface GateOptions {
  readonly source: FabricSource;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly actions: readonly Action[];
  readonly lock: LockOptions;
  readonly who: Who;
  readonly context: string;
  readonly readOnly: string | undefined; // who says so: "--read-only", "context prod"; undefined: changes are possible
  readonly now?: () => number;
  /** Called at every point between two writes, for tests that end the process there. */
  readonly boundary?: (name: string) => void | Promise<void>;
}

/** Preflight and plan of one action, to be shown and confirmed. It is data of this process: it is not kept. */
export interface Prepared {
  readonly action: Action;
  readonly params: Params;
  readonly wrong: readonly string[]; // parameters that cannot be used: then there is nothing else
  readonly preflight: readonly Condition[];
  readonly plan: Plan | undefined;
  readonly problem: string | undefined; // why there is no plan, though preflight did not fail
  readonly undoes: string | undefined;
  /** Why `run` will refuse, whatever is confirmed: nothing may be changed from here. */
  readonly refusal: string | undefined;
}

export interface RunOptions {
  readonly typed?: string | undefined; // what was typed to confirm; must be the plan's confirmName where it has one
  readonly override?: readonly string[]; // names of unknown conditions to go on with
  readonly takeOver?: boolean; // the lock of a dead holder, knowingly
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface Gate {
  readonly readOnly: string | undefined;
  actions(): readonly Action[];
  find(id: string): Action | undefined;
  /** Reads and asks only. Rejects with UnknownAction for an id that is none. */
  prepare(id: string, params: Params, signal?: AbortSignal): Promise<Prepared>;
  /** Never rejects. */
  run(prepared: Prepared, options?: RunOptions): Promise<RunResult>;
  /** Runs that were cut off and that no living console is working on. */
  interrupted(): readonly RecordedRun[];
  resume(run: string, options?: RunOptions): Promise<RunResult>;
  /** Looks whether the fabric shows what a run was for, and closes a run that was cut off when it does. */
  verify(run: string, options?: RunOptions): Promise<RunResult>;
  /** The plan that undoes a run, to be confirmed and given to `run`; or why not. */
  prepareUndo(run: string, signal?: AbortSignal): Promise<Prepared | string>;
}

export class UnknownAction extends Error {}

const secondLookMs = 8000;
const reachable: ReadonlySet<string> = new Set(['ready', 'connecting', 'idle']); // it may come yet

export function createGate(options: GateOptions): Gate {
  const {source, executor, journal, actions, who, context, readOnly, lock} = options;
  const now = options.now ?? Date.now;
  const boundary = options.boundary ?? (() => undefined);
  const find = (id: string): Action | undefined => actions.find((action) => action.id === id);
  const quiet = (signal: AbortSignal | undefined) => actionContext({source, executor, now}, signal ?? new AbortController().signal, {progress: () => undefined, note: () => undefined});
  const refused = (because: NonNullable<RunResult['because']>, says: string, run?: string): RunResult => ({run, status: 'refused', because, says, verified: []});
  const readOnlySays = (): string | undefined => (readOnly === undefined ? undefined : `read-only (${readOnly}): nothing is changed from here`);

  return {
    readOnly, find, prepare, run, interrupted, resume, verify, prepareUndo,
    actions: () => actions,
  };

  async function prepare(id: string, params: Params, signal?: AbortSignal): Promise<Prepared> {
    const action = find(id);
    if (!action) throw new UnknownAction(`there is no action "${id}"`);
    const base = {action, params, preflight: [], plan: undefined, problem: undefined, undoes: undefined, refusal: readOnlySays()};
    const ctx = quiet(signal);
    let wrong = wrongParams(action, params, source.current());
    // What is offered comes from readings, perhaps from before something was changed: they are made anew before it is said.
    if (wrong.length > 0 && wrongParams(action, params, undefined).length === 0 && await readAnew(ctx, action, params)) wrong = wrongParams(action, params, source.current());
    if (wrong.length > 0) return {...base, wrong};
    const looked = (): Promise<readonly Condition[]> => action.preflight(ctx, params).catch((error: Error): readonly Condition[] => [{name: 'preflight', outcome: 'fail', says: `it could not be checked: ${error.message}`, evidence: []}]);
    let preflight = await looked();
    // What is not known may only not be read yet, or be read late: it is read, and looked at once more.
    if (preflight.some(({outcome}) => outcome === 'unknown') && !preflight.some(({outcome}) => outcome === 'fail') && await readAnew(ctx, action, params)) preflight = await looked();
    if (preflight.some(({outcome}) => outcome === 'fail')) return {...base, wrong, preflight};
    try {
      const plan = await action.plan(ctx, params);
      if (!('steps' in plan)) return {...base, wrong, preflight, problem: plan.detail};
      if (action.destructive && plan.confirmName === undefined) return {...base, wrong, preflight, problem: `${action.id} is destructive and names nothing to confirm it by`};
      return {...base, wrong, preflight, plan};
    } catch (error) {
      return {...base, wrong, preflight, problem: `it could not be planned: ${(error as Error).message}`};
    }
  }

  /** The targets of the action, as far as they are in reach; false: there is none to be read, or it was given up. */
  async function readAnew(ctx: ActionContext, action: Action, params: Params): Promise<boolean> {
    try {
      const fabric = ctx.fabric();
      const reads = action.targets(fabric, params).flatMap((target) => target.reads).filter((one) => one.source === openNebula || reachable.has(fabric.hosts.get(one.source)?.access.phase ?? ''));
      if (reads.length > 0) await ctx.reread(reads, secondLookMs);
      return reads.length > 0 && !ctx.signal.aborted;
    } catch {
      return false; // targets that cannot be told: the plan says why
    }
  }

  async function run({action, params, wrong, preflight, plan, problem, undoes}: Prepared, given: RunOptions = {}): Promise<RunResult> {
    const refusal = readOnlySays();
    if (refusal !== undefined) return refused('read-only', refusal);
    if (wrong.length > 0) return refused('parameters', wrong.join('; '));
    const override = given.override ?? [];
    const stops = stopping(preflight, override);
    if (stops.length > 0) return refused('preflight', stops.map(({name, says}) => `${name}: ${says}`).join('; '));
    if (!plan) return refused('preflight', problem ?? 'there is no plan');
    if (plan.confirmName !== undefined && given.typed !== plan.confirmName) return refused('confirmation', `to confirm, "${plan.confirmName}" has to be typed`);
    const startedAt = now();
    const begun: ActionRun = {id: newRunId(startedAt), action: action.id, params, plan, undoes, startedAt, done: [], values: {}};
    return locked(begun.id, given, undefined, () => {
      journal.rotate();
      return tried({action, run: begun, earlier: undefined, checkTargets: true}, given, () => {
        journal.append({type: 'begin', v: 1, run: begun.id, at: now(), who, context, plan: journaled(begun), preflight, overridden: stopping(preflight, []).map(({name}) => name)});
      });
    });
  }

  function interrupted(): readonly RecordedRun[] {
    const held = lockHolder(lock);
    const living = held?.state === 'dead' ? undefined : held?.holder?.run;
    return unfinished(journal.runs()).filter((one) => one.run.id !== living);
  }

  async function resume(id: string, given: RunOptions = {}): Promise<RunResult> {
    const refusal = readOnlySays();
    if (refusal !== undefined) return refused('read-only', refusal);
    const known = recorded(id);
    if (typeof known === 'string') return refused('journal', known);
    const {recorded: {run: begun, steps, end, undoneBy}, action} = known;
    if (end?.status === 'done') return refused('journal', 'that run is done: there is nothing to resume', begun.id);
    if (undoneBy !== undefined) return refused('journal', `that run was undone by ${undoneBy}`, begun.id);
    return locked(begun.id, given, begun.id, async () => {
      // Read again under the lock: another console may have resumed it meanwhile.
      const fresh = journal.find(begun.id);
      if (!fresh || fresh.end?.status === 'done') return refused('journal', 'that run is done meanwhile', begun.id);
      const untouched = steps.every(({state}) => state === 'not begun');
      return tried({action, run: await whole(action, fresh.run, given.signal), earlier: fresh.steps, checkTargets: untouched}, given, () => journal.append({type: 'again', run: begun.id, at: now(), who, how: 'resume'}));
    });
  }

  /** With the secrets that its steps had, as far as the action can plan them again. */
  async function whole(action: Action, begun: ActionRun, signal: AbortSignal | undefined): Promise<ActionRun> {
    if (begun.undoes !== undefined || !begun.plan.steps.some(hasLostSecrets)) return begun;
    const planned = await action.plan(quiet(signal), begun.params).catch(() => undefined);
    return planned && 'steps' in planned ? withSecrets(begun, planned.steps) : begun;
  }

  async function verify(id: string, given: RunOptions = {}): Promise<RunResult> {
    const known = recorded(id);
    if (typeof known === 'string') return refused('journal', known);
    const {recorded: {run: begun, end}, action} = known;
    return locked(begun.id, given, begun.id, async () => {
      journal.append({type: 'again', run: begun.id, at: now(), who, how: 'verify'});
      await boundary('begun');
      return tried({action, run: begun, earlier: undefined, checkTargets: false, verifyOnly: {ended: end?.status}}, given, () => undefined);
    });
  }

  async function prepareUndo(id: string, signal?: AbortSignal): Promise<Prepared | string> {
    const known = recorded(id);
    if (typeof known === 'string') return known;
    const {recorded: {run: begun, undoneBy}, action} = known;
    // Its intent is on disk before anything is sent: what has none has changed nothing, and its opposite would.
    if (neverBegun(known.recorded)) return nothingDone;
    if (undoneBy !== undefined && journal.find(undoneBy)?.end?.status === 'done') return `that run was undone already, by ${undoneBy}`;
    if (begun.undoes !== undefined) return `that run is itself the undoing of ${begun.undoes}: run the action again instead`;
    const ctx = quiet(signal);
    // What was read may be from before the run.
    const problems = await ctx.reread(begun.plan.targets.flatMap(({reads}) => reads));
    if (problems.length > 0) return `its target could not be read: ${problems.map(({detail}) => detail).join('; ')}`;
    try {
      const plan = await action.undo(ctx, begun);
      return typeof plan === 'string' ? plan : {action, params: begun.params, wrong: [], preflight: [], plan, problem: undefined, undoes: begun.id, refusal: readOnlySays()};
    } catch (error) {
      return `it could not be planned: ${(error as Error).message}`;
    }
  }

  function recorded(id: string): {readonly recorded: RecordedRun; readonly action: Action} | string {
    const found = journal.find(id);
    if (!found) return `the journal has no run ${id}`;
    const action = find(found.run.action);
    return action ? {recorded: found, action} : `this console does not know the action ${found.run.action}`;
  }

  /** Under the lock of the fabric; it is given back whatever happens. */
  async function locked(id: string, given: RunOptions, ownRun: string | undefined, what: () => Promise<RunResult>): Promise<RunResult> {
    given.onEvent?.({kind: 'phase', phase: 'lock'});
    let taken: ReturnType<typeof takeLock>;
    try {
      taken = takeLock(lock, who, id, context, {takeOver: given.takeOver ?? false, ownRun});
    } catch (error) {
      return refused('lock', `the lock of this fabric cannot be taken in ${lock.folder}: ${(error as Error).message}`);
    }
    if (!taken.ok) return {...refused('lock', taken.says), ...(taken.state !== 'alive' && {left: {run: taken.holder?.run}})};
    try {
      await boundary('locked');
      return await what();
    } catch (error) {
      // The journal cannot be written: nobody may go on as if it could.
      return {run: id, status: 'uncertain', says: `stopped: ${(error as Error).message}`, verified: []};
    } finally {
      taken.release();
      await boundary('released');
    }
  }

  function tried(one: Attempt, given: RunOptions, begin: () => void): Promise<RunResult> {
    return attempt({source, executor, journal, now, boundary}, one, {signal: given.signal ?? new AbortController().signal, emit: given.onEvent ?? (() => undefined)}, begin);
  }
}

/** Sorts by time, and is short enough to be typed: "20261121-133005-3fa9". */
function newRunId(at: number): string {
  const digits = new Date(at).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${digits}-${randomBytes(2).toString('hex')}`;
}

export type {RunStatus};
