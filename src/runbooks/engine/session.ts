/**
 * A session of a runbook: planned as a whole, run step by step or all at once, stopped, taken up again, undone. Each
 * step is planned anew when it is reached, and is one run of the gate (one for each action that it uses).
 */
import {nothingDone} from '../../actions/action.ts';
import {randomBytes} from 'node:crypto';
import {resolve as resolvePath} from 'node:path';
import {actionContext} from '../../actions/context.ts';
import {pause} from '../../actions/wait.ts';
import type {Executor} from '../../actions/execute.ts';
import type {Gate, Prepared, RunOptions} from '../../actions/gate.ts';
import type {FabricSource} from '../../fabric/source.ts';
import type {Journal} from '../../journal/journal.ts';
import type {ActionContext, Params, RunEvent, RunResult} from '../../model/action.ts';
import type {Runbook, RunbookStep, SessionRecord, StepFunction, StepState, Value} from '../model.ts';
import {builtIn} from '../procedure.ts';
import {choicesOf, noSuchHosts} from './facts.ts';
import {resolveInputs, type Resolution, type Resolved} from './inputs.ts';
import {notKept} from './kept.ts';
import {planStep, type PlannedStep} from './plan.ts';
import {endNote, isSettled, nextOf, sessionsOf, stepNote, type SessionOpening, type StepNote} from './records.ts';
import {sessionActionId, stepActionId, stepPlan, type Membership, type RunbookPlan} from './step-action.ts';
import {takenBack} from './taken-back.ts';
import {scopeOf, type Surroundings} from './work.ts';

export interface RunbookParts {
  readonly gate: Gate;
  readonly source: FabricSource;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly functions: ReadonlyMap<string, StepFunction>;
  readonly now?: () => number;
}
export interface StepOptions extends Pick<RunOptions, 'override' | 'takeOver' | 'onEvent'> {
  readonly signal?: AbortSignal | undefined;
  /** What the step will change, as it was planned just before it runs. */
  readonly onPlanned?: (planned: PlannedStep) => void;
  /** What was typed to confirm a destructive action that the step uses; undefined: not confirmed. */
  readonly typed?: (name: string) => Promise<string | undefined>;
}
export interface StepResult {
  readonly step: string;
  readonly state: StepState;
  readonly says: string;
}

export interface RunbookSession {
  readonly id: string;
  readonly runbook: Runbook;
  readonly inputs: readonly Resolved[];
  record(): SessionRecord;
  /** The first step that is neither done, nor already so, nor skipped, nor not needed. */
  next(): RunbookStep | undefined;
  /** What a step would change now. */
  plan(step: RunbookStep, signal?: AbortSignal): Promise<PlannedStep>;
  /** Plans it anew, runs it, and records what became of it. */
  run(step: RunbookStep, options?: StepOptions): Promise<StepResult>;
  skip(step: RunbookStep, reason: string): StepResult;
  /** Undoes the steps that were done, the last first, down to and with `step`. Stops at the first that cannot be. */
  undoTo(step: RunbookStep, options?: StepOptions): Promise<readonly StepResult[]>;
  end(how: 'done' | 'stopped' | 'undone'): void;
}

export interface Runbooks {
  resolve(runbook: Runbook, given: Readonly<Record<string, Value>>): Resolution;
  /** Every step, with nothing changed; what depends on earlier steps is `later`. */
  plan(runbook: Runbook, inputs: readonly Resolved[], signal?: AbortSignal, onStep?: (planned: PlannedStep) => void): Promise<readonly PlannedStep[]>;
  sessions(): readonly SessionRecord[];
  /** Leaves a session as it stands: it counts as stopped, and can still be taken up by its name. */
  close(session: string): void;
  /** Opens a session in the journal; a sentence when that is refused (read-only, lock). */
  start(runbook: Runbook, inputs: readonly Resolved[], options?: Pick<RunOptions, 'takeOver'>): Promise<RunbookSession | string>;
  /** The last session of this runbook that has not ended, or the one named; with the text it was begun with. */
  resume(runbook: Runbook, session?: string): Promise<RunbookSession | string>;
}

const valueS = 20;
/** How long what an undoing brings back may take to be seen: BGP dials again after 10 s where nobody has set that. */
const seenWithinMs = 45_000;
const betweenMs = 2000;

export function createRunbooks({gate, source, executor, journal, functions, now = Date.now}: RunbookParts): Runbooks {
  const contextOf = (signal?: AbortSignal, onEvent?: (event: RunEvent) => void): ActionContext => actionContext({source, executor, now}, signal ?? new AbortController().signal, {progress: (says) => onEvent?.({kind: 'progress', says}), note: () => undefined});
  const inputsOf = (inputs: readonly Resolved[]): Readonly<Record<string, Value>> => Object.fromEntries(inputs.map(({name, value}) => [name, value]));

  return {resolve, plan, start, resume, sessions: () => sessionsOf(journal.runs()), close};

  function close(session: string): void {
    const found = sessionsOf(journal.runs()).find((one) => one.session === session);
    if (found && !found.ended) journal.append({type: 'note', run: found.run, at: now(), kind: endNote, data: {how: 'stopped'}});
  }

  function resolve(runbook: Runbook, given: Readonly<Record<string, Value>>): Resolution {
    const ctx = contextOf();
    const resolution = resolveInputs(runbook, given, scopeOf(ctx, {inputs: {}, values: new Map()}), choicesOf(ctx.fabric()));
    return {...resolution, wrong: [...resolution.wrong, ...noSuchHosts(ctx.fabric(), runbook)]};
  }

  async function plan(runbook: Runbook, inputs: readonly Resolved[], signal?: AbortSignal, onStep?: (planned: PlannedStep) => void): Promise<readonly PlannedStep[]> {
    const ctx = contextOf(signal);
    const values = new Map<string, ReadonlyMap<string, string>>();
    const around: Surroundings = {session: 'plan', inputs: inputsOf(inputs), values, functions};
    const planned: PlannedStep[] = [];
    let changes = false;
    for (const step of runbook.steps) {
      const one = await planStep(ctx, step, around);
      // What fails now may only wait for what a step above is to do.
      const seen: PlannedStep = one.state === 'blocked' && changes ? {...one, state: 'later', says: `as things are now: ${one.says}`} : one;
      changes ||= seen.state === 'to do' || seen.state === 'later';
      planned.push(seen);
      onStep?.(seen);
      values.set(step.id, await valuesOf(ctx, one));
    }
    return planned;
  }

  /** What the works of a step leave for later ones: only of those that are so. */
  async function valuesOf(ctx: ActionContext, {works}: PlannedStep): Promise<ReadonlyMap<string, string>> {
    const found = await Promise.all(works.filter(({state, recorded}) => state === 'already so' && recorded.value !== undefined && recorded.host !== undefined).map(async ({id, recorded}) => [id, await publicValue(ctx, recorded.host!, recorded.value!)] as const));
    return new Map(found.flatMap(([id, value]) => (value === undefined ? [] : [[id, value] as const])));
  }

  async function publicValue(ctx: ActionContext, host: string, script: string): Promise<string | undefined> {
    const answer = await ctx.ask.host(host, script, valueS);
    const text = answer.ok && answer.exit === 0 ? answer.stdout.trim() : '';
    return text === '' || text.includes('\n') || text.length > 1000 ? undefined : text;
  }

  async function start(runbook: Runbook, inputs: readonly Resolved[], options: Pick<RunOptions, 'takeOver'> = {}): Promise<RunbookSession | string> {
    const id = `${new Date(now()).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomBytes(2).toString('hex')}`;
    const opening: SessionOpening = {session: id, runbook: runbook.name, step: '', digest: runbook.digest, ...(runbook.origin !== builtIn && {file: resolvePath(runbook.origin)}), inputs: inputs.map(({name, value, origin}) => ({name, value, origin}))};
    const opened = await gate.run(preparedOf(sessionActionId, {what: `Runbook ${runbook.name}: ${runbook.title}`, steps: [], targets: [], notUndoable: [], runbook: opening} as unknown as RunbookPlan, runbook.name), options);
    return opened.status === 'done' && opened.run !== undefined ? sessionOf(runbook, id, opened.run, inputs) : opened.says;
  }

  async function resume(runbook: Runbook, session?: string): Promise<RunbookSession | string> {
    const all = sessionsOf(journal.runs()).filter((one) => one.runbook === runbook.name);
    const found = session === undefined ? all.findLast(({ended}) => ended?.how !== 'done' && ended?.how !== 'undone') : all.findLast((one) => one.session.startsWith(session));
    if (!found) return session === undefined ? `there is no session of ${runbook.name} to go on with` : `there is no session ${session} of ${runbook.name}`;
    if (found.digest !== runbook.digest) return `the file of ${runbook.name} is not the one that session ${found.session} was begun with: begin a new one, what is so already is skipped`;
    const inputs = found.inputs.map((one) => ({...one, title: runbook.inputs.find(({name}) => name === one.name)?.title ?? one.name}));
    const taken = sessionOf(runbook, found.session, found.run, inputs);
    await taken.restore();
    return taken;
  }

  function preparedOf(action: string, plan: RunbookPlan, runbook: string): Prepared {
    const known = gate.find(action);
    if (!known) throw new Error(`this console does not know the action ${action}`);
    return {action: known, params: {runbook}, wrong: [], preflight: [], plan, problem: undefined, undoes: undefined, refusal: gate.readOnly};
  }

  function sessionOf(runbook: Runbook, id: string, journalRun: string, inputs: readonly Resolved[]): RunbookSession & {restore(): Promise<void>} {
    const values = new Map<string, ReadonlyMap<string, string>>();
    const around: Surroundings = {session: id, inputs: inputsOf(inputs), values, functions};
    const record = (): SessionRecord => sessionsOf(journal.runs()).find(({session}) => session === id)!;
    const note = (step: RunbookStep, state: StepState, says: string, left?: Readonly<Record<string, string>>): StepResult => {
      const noted: StepNote = {step: step.id, state, says, ...(left && {values: left})};
      journal.append({type: 'note', run: journalRun, at: now(), kind: stepNote, data: noted});
      return {step: step.id, state, says};
    };
    const membership = (step: RunbookStep): Membership => ({session: id, runbook: runbook.name, step: step.id});

    return {
      id, runbook, inputs, record, restore,
      next: () => nextOf(runbook, record()),
      plan: (step, signal) => planStep(contextOf(signal), step, around),
      run,
      skip: (step, reason) => note(step, 'skipped', reason),
      undoTo,
      end: (how) => journal.append({type: 'note', run: journalRun, at: now(), kind: endNote, data: {how}}),
    };

    /** Values of the steps that were done: as they were noted, since looked up again they may be others; those of secrets are read again. */
    async function restore(): Promise<void> {
      const ctx = contextOf();
      const now = record();
      for (const step of runbook.steps) {
        if (!isSettled(now, step.id)) continue;
        const noted = now.steps.find((one) => one.step === step.id)?.values;
        values.set(step.id, noted ? new Map(Object.entries(noted)) : await valuesOf(ctx, await planStep(ctx, step, around)));
      }
    }

    /** Actions of a step that this session has done already: before it was cut off, or in being taken up again. */
    function doneOf(step: RunbookStep): ReadonlySet<string> {
      const ended = new Set(record().steps.find((one) => one.step === step.id)?.runs.filter(({status, undone}) => status === 'done' && !undone).map(({run: id}) => id));
      return new Set(journal.runs().filter(({run: {id}}) => ended.has(id)).map(({run: {action, params}}) => useKey({action, params})));
    }

    async function run(step: RunbookStep, options: StepOptions = {}): Promise<StepResult> {
      const runs = record().steps.find((one) => one.step === step.id)?.runs.filter(({undone}) => !undone) ?? [];
      const cutOff = runs.findLast(({status}) => status === 'cut off' || status === 'uncertain');
      const ctx = contextOf(options.signal, options.onEvent);
      const given = givenTo(options);
      if (cutOff) {
        const again = await gate.resume(cutOff.run, given);
        // What failed now is planned anew below: its host may have taken it back meanwhile.
        if (!['done', 'failed', 'unverified'].includes(again.status)) return note(step, stateOf(again), again.says);
      }
      // An action that has done its work, which the fabric did not show in time: it may by now, and cannot be done twice.
      if (step.uses !== undefined) for (const {run: id} of runs.filter(({status}) => status === 'unverified')) await gate.verify(id, given);
      const planned = await planStep(ctx, step, around);
      options.onPlanned?.(planned);
      if (planned.state === 'later' || planned.state === 'blocked') return note(step, 'blocked', planned.says);
      if (planned.state === 'not needed') return note(step, planned.state, planned.says);
      if (planned.state === 'already so') return finished(ctx, planned, cutOff ? 'done' : 'already so', cutOff ? 'done, after it had been cut off' : planned.says);
      if (step.uses === undefined) {
        const result = await gate.run(preparedOf(stepActionId, stepPlan(planned, membership(step)), runbook.name), given);
        if (result.status === 'done') return finished(ctx, await planStep(ctx, step, around), 'done', planned.says);
        if (result.run === undefined || result.status === 'refused') return note(step, stateOf(result), result.says);
        // Noted before the wait: the console may end in it.
        const failed = note(step, stateOf(result), result.says);
        const back = await takenBack(ctx, id, step.id, planned.works, (says) => options.onEvent?.({kind: 'progress', says}));
        return back.length === 0 ? failed : note(step, stateOf(result), [result.says, ...back].join('; '));
      }
      const did = doneOf(step);
      for (const use of planned.uses.filter((one) => !one.already && !(one.check === undefined && did.has(useKey(one))))) {
        const prepared = await gate.prepare(use.action, use.params, options.signal);
        if (!prepared.plan) return note(step, 'blocked', [...prepared.wrong, ...prepared.preflight.filter(({outcome}) => outcome === 'fail').map(({says}) => says), prepared.problem ?? ''].filter((one) => one !== '').join('; '));
        const {confirmName} = prepared.plan;
        const typed = confirmName === undefined ? undefined : await options.typed?.(confirmName);
        const member = {...prepared, plan: {...prepared.plan, runbook: membership(step)} as RunbookPlan};
        const result = await gate.run(member, {...given, ...(typed !== undefined && {typed})});
        if (result.status !== 'done') return note(step, stateOf(result), result.says);
      }
      return note(step, 'done', planned.says);
    }

    async function finished(ctx: ActionContext, planned: PlannedStep, state: 'done' | 'already so', says: string): Promise<StepResult> {
      const left = await valuesOf(ctx, planned);
      values.set(planned.step.id, left);
      const keep = left.size > 0 && planned.step.secret === undefined && [...left.values()].every((value) => notKept(value) === undefined);
      return note(planned.step, state, says, keep ? Object.fromEntries(left) : undefined);
    }

    /**
     * `after` others, of an action: what was taken back just now takes its time to be seen. A tunnel that is up again is read with the
     * next round, and its BGP session comes some seconds later: what is refused is asked for again until then.
     */
    async function preparedUndo(done: string, after: boolean, {signal = new AbortController().signal, onEvent}: StepOptions): Promise<Prepared | string> {
      const until = now() + (after ? seenWithinMs : 0);
      for (let told = false;; told = true) {
        const prepared = await gate.prepareUndo(done, signal);
        if (typeof prepared !== 'string' || prepared === nothingDone || now() >= until || signal.aborted) return prepared;
        if (!told) onEvent?.({kind: 'progress', says: `waiting until what was undone is seen: ${prepared}`});
        source.refresh();
        await pause(betweenMs, signal);
      }
    }

    async function undoTo(to: RunbookStep, options: StepOptions = {}): Promise<readonly StepResult[]> {
      const from = runbook.steps.findIndex(({id: step}) => step === to.id);
      const results: StepResult[] = [];
      for (const step of runbook.steps.slice(from).toReversed()) {
        const known = record().steps.find((one) => one.step === step.id);
        const runs = (known?.runs ?? []).filter(({undone, status}) => !undone && status !== 'stale').toReversed();
        if (!known || runs.length === 0) continue;
        for (const {run: done} of runs) {
          // An undoing that was cut off is gone on with; what came of it otherwise is planned anew.
          const open = journal.runs().findLast((one) => one.run.undoes === done && (one.end === undefined || one.end.status === 'uncertain'));
          if (open && (await gate.resume(open.run.id, givenTo(options))).status === 'done') continue;
          const prepared = await preparedUndo(done, results.length > 0 && step.uses !== undefined, options);
          if (typeof prepared === 'string') {
            if (prepared === nothingDone) continue;
            return [...results, note(step, known.state, `it cannot be undone: ${prepared}`), {step: step.id, state: 'blocked', says: prepared}];
          }
          const name = prepared.plan?.confirmName;
          const typed = name === undefined ? undefined : await options.typed?.(name);
          const result = await gate.run(prepared, {...givenTo(options), ...(typed !== undefined && {typed})});
          if (result.status !== 'done') return [...results, note(step, stateOf(result), `undoing it: ${result.says}`)];
        }
        values.delete(step.id);
        results.push(note(step, 'undone', 'as before'));
      }
      return results;
    }
  }
}

/** What an action of a step is, whatever order its parameters are in. */
const useKey = ({action, params}: {readonly action: string; readonly params: Params}): string => JSON.stringify([action, Object.entries(params).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))]);
const givenTo = ({override = [], takeOver = false, signal, onEvent}: StepOptions): RunOptions => ({override, takeOver, signal, ...(onEvent && {onEvent})});
const stateOf = ({status}: RunResult): StepState => (status === 'refused' || status === 'stale' ? 'blocked' : status);
