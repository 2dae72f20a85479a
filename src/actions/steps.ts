/** The steps of a run, one after the other: intent on disk, effect, result on disk. Takes up what was cut off. */
import type {Action, ActionContext, ActionRun, Done, RunEvent, Step, StepOutcome} from '../model/action.ts';
import type {Journal} from '../journal/journal.ts';
import type {RecordedStep} from '../journal/records.ts';
import type {Executed, Executor} from './execute.ts';
import {hasLostSecrets, redacted} from './redact.ts';

export interface StepsParts {
  readonly action: Action;
  readonly run: ActionRun;
  /** How far an earlier attempt came; undefined: this is the first. */
  readonly earlier: readonly RecordedStep[] | undefined;
  readonly ctx: ActionContext;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly boundary: (name: string) => void | Promise<void>;
}
export interface StepsResult {
  readonly status: 'all' | 'failed' | 'uncertain' | 'cancelled';
  readonly says: string;
  readonly run: ActionRun; // with what it has done and got by now
}

export async function runSteps(parts: StepsParts): Promise<StepsResult> {
  const {run: begun, earlier, emit, signal} = parts;
  const values = {...begun.values};
  const done = new Set(begun.done);
  const current = (): ActionRun => ({...begun, values: {...values}, done: [...done]});
  const {steps} = begun.plan;
  for (const [at, step] of steps.entries()) {
    if (done.has(step.id)) continue;
    if (signal.aborted) return {status: 'cancelled', says: `cancelled before step ${at + 1} of ${steps.length}, "${step.title}"; ${at === 0 ? 'nothing was done' : 'the steps before it are done'}`, run: current()};
    const executed = await oneStep(parts, current(), step, earlier?.find(({id}) => id === step.id));
    emit({kind: 'step', step, state: executed.outcome, says: executed.says});
    if (executed.value !== undefined) values[step.id] = executed.value;
    if (executed.outcome === 'ok' || executed.outcome === 'already') done.add(step.id);
    else return {status: executed.outcome, says: `step ${at + 1} of ${steps.length}, "${step.title}": ${executed.says}`, run: current()};
  }
  return {status: 'all', says: steps.length === 0 ? 'there was nothing to do' : `${steps.length === 1 ? 'its step is' : `all ${steps.length} steps are`} done`, run: current()};
}

async function oneStep(parts: StepsParts, run: ActionRun, step: Step, before: RecordedStep | undefined): Promise<Executed> {
  const {ctx, action, journal, now, executor, signal, emit, boundary} = parts;
  const startedAt = now();
  const record = async (executed: Executed): Promise<Executed> => {
    const says = redacted(executed.says, step.secrets);
    const {outcome, value} = executed;
    journal.append({type: 'result', run: run.id, at: now(), step: step.id, outcome, says, tookMs: now() - startedAt, ...(value !== undefined && {value})});
    await boundary(`result ${step.id}`);
    return {...executed, says};
  };
  if (before) {
    // Taken up again: what the step stands for may be there already, whether it is known to have begun or not.
    const begun = before.state !== 'not begun';
    const was = step.resume === 'ask' || action.done ? await asked(action, ctx, run, step) : undefined;
    if (was?.done === true) return record({outcome: 'already', says: was.says, ...(was.value !== undefined && {value: was.value})});
    if (begun && step.resume === 'ask' && was?.done !== false) return record({outcome: 'uncertain', says: `it was begun, and whether it has had its effect cannot be told: ${was?.says ?? ''}`});
    if (hasLostSecrets(step)) return record({outcome: 'failed', says: 'it cannot be taken up again: its text held a secret, which is not kept'});
  }
  journal.append({type: 'intent', run: run.id, at: now(), step: step.id});
  await boundary(`intent ${step.id}`);
  emit({kind: 'step', step, state: 'started', says: ''});
  const executed = step.effect.kind === 'watch' ? await settled(action, ctx, run, step, signal) : await executor.step(step, run.values, signal);
  await boundary(`sent ${step.id}`);
  if (executed.outcome !== 'uncertain' || !action.done) return record(executed);
  // It was sent and no answer came: perhaps the fabric knows.
  const was = await asked(action, ctx, run, step);
  if (was.done === true) return record({outcome: 'already', says: `${executed.says}; but ${was.says}`, ...(was.value !== undefined && {value: was.value})});
  return record(was.done === false ? {outcome: 'failed', says: `${executed.says}; ${was.says}`} : {...executed, says: `${executed.says}; ${was.says}`});
}

async function asked(action: Action, ctx: ActionContext, run: ActionRun, step: Step): Promise<Done> {
  try {
    return (await action.done?.(ctx, run, step)) ?? {done: undefined, says: `${action.id} does not know how to tell`};
  } catch (error) {
    return {done: undefined, says: `it could not be looked at: ${(error as Error).message}`};
  }
}

async function settled(action: Action, ctx: ActionContext, run: ActionRun, step: Step, signal: AbortSignal): Promise<Executed> {
  const outcome = (ok: boolean | undefined): StepOutcome => (ok ? 'ok' : step.cancellable && signal.aborted ? 'cancelled' : ok === undefined ? 'uncertain' : 'failed');
  try {
    const result = (await action.settle?.(ctx, run, step)) ?? {ok: false, says: `${action.id} does not know how to wait for it`};
    return {outcome: outcome(result.ok), says: result.says};
  } catch (error) {
    return {outcome: outcome(false), says: `waiting for it failed: ${(error as Error).message}`};
  }
}
