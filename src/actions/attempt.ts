/** One attempt at a run, under the lock: the target read again, the steps, the verification, and the end of it. */
import type {Action, ActionContext, ActionRun, Condition, RunEvent, RunResult, RunStatus} from '../model/action.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {Journal} from '../journal/journal.ts';
import type {RecordedStep} from '../journal/records.ts';
import {changed} from './action.ts';
import {actionContext} from './context.ts';
import type {Executor} from './execute.ts';
import {redactedDeep} from './redact.ts';
import {runSteps} from './steps.ts';

export interface Attempt {
  readonly action: Action;
  readonly run: ActionRun;
  readonly earlier: readonly RecordedStep[] | undefined;
  readonly checkTargets: boolean;
  /** No steps: only whether the fabric shows it. `ended`: how the run had ended before; undefined: it was cut off. */
  readonly verifyOnly?: {readonly ended: RunStatus | undefined};
}
export interface AttemptParts {
  readonly source: FabricSource;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly now: () => number;
  readonly boundary: (name: string) => void | Promise<void>;
}

const accompanyEndMs = 5000;

/** `begin` writes what opens it in the journal. Rejects only when the journal cannot be written. */
export async function attempt(parts: AttemptParts, one: Attempt, {signal, emit}: {readonly signal: AbortSignal; readonly emit: (event: RunEvent) => void}, begin: () => void): Promise<RunResult> {
  const {source, executor, journal, now, boundary} = parts;
  const {action, run, earlier, checkTargets, verifyOnly} = one;
  const secrets = run.plan.steps.flatMap((step) => step.secrets ?? []);
  const say = {
    progress: (says: string) => emit({kind: 'progress', says}),
    note: (kind: string, data: unknown) => {
      const clean = redactedDeep(data, secrets);
      journal.append({type: 'note', run: run.id, at: now(), kind, data: clean});
      emit({kind: 'note', note: kind, data: clean});
    },
  };
  const ctx = actionContext({source, executor, now}, signal, say);
  const beside = new AbortController();
  let accompanied: Promise<unknown> | undefined;
  /** What goes on beside the steps has its last word before the end is written. */
  const quiet = async (): Promise<void> => {
    beside.abort();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([accompanied, new Promise((resolve) => (late = setTimeout(resolve, accompanyEndMs)))]);
    clearTimeout(late);
  };
  const end = async (status: RunStatus, says: string, verified: readonly Condition[] = []): Promise<RunResult> => {
    await quiet();
    journal.append({type: 'end', run: run.id, at: now(), status, says});
    await boundary('ended');
    emit({kind: 'phase', phase: 'end'});
    return {run: run.id, status, says, verified};
  };

  let stale: string | undefined;
  if (checkTargets) {
    emit({kind: 'phase', phase: 'reread'});
    stale = await staleness(ctx, one);
    await boundary('reread');
  }
  begin();
  if (!verifyOnly) await boundary('begun');
  if (stale !== undefined) return end('stale', stale);

  if (!verifyOnly) accompanied = action.accompany?.(actionContext({source, executor, now}, beside.signal, say), run).catch((error: Error) => say.progress(`the recorder stopped: ${error.message}`));
  try {
    let latest = run;
    if (!verifyOnly) {
      emit({kind: 'phase', phase: 'steps'});
      const steps = await runSteps({action, run, earlier, ctx, executor, journal, now, signal, emit, boundary});
      latest = steps.run;
      if (steps.status !== 'all') return await end(steps.status, steps.says);
    }
    emit({kind: 'phase', phase: 'verify'});
    const verified = (await verification(action, ctx, latest)).map((condition) => (signal.aborted ? unseen(condition) : condition));
    journal.append({type: 'verify', run: run.id, at: now(), conditions: redactedDeep(verified, secrets)});
    await boundary('verified');
    const wrong = verified.filter(({outcome}) => outcome === 'fail' || outcome === 'unknown');
    const says = wrong.map((condition) => condition.says).join('; ');
    if (wrong.length === 0) {
      if (verifyOnly && (verifyOnly.ended === 'done' || verifyOnly.ended === 'stale')) return {run: run.id, status: 'done', says: 'the fabric shows it', verified};
      return await end('done', verifyOnly ? 'the fabric shows it, though the run was not seen to its end' : 'done, and the fabric shows it', verified);
    }
    // A run that was cut off stays open when it is only looked at: it can still be resumed or undone.
    if (verifyOnly) return {run: run.id, status: 'unverified', says, verified};
    return await end('unverified', `its steps are done, but ${says}`, verified);
  } finally {
    await quiet();
  }
}

/** Why the plan is not for the fabric as it is; undefined: it is. */
async function staleness(ctx: ActionContext, {action, run}: Attempt): Promise<string | undefined> {
  const {targets} = run.plan;
  const problems = await ctx.reread(targets.flatMap(({reads}) => reads));
  if (problems.length > 0) return `the target could not be read again: ${problems.map(({detail}) => detail).join('; ')}`;
  try {
    const differences = changed(targets, action.targets(ctx.fabric(), run.params));
    return differences.length > 0 ? `the plan is stale: ${differences.join('; ')}` : undefined;
  } catch (error) {
    return `the target could not be compared: ${(error as Error).message}`;
  }
}

/** What was given up was judged by what had been read before: perhaps before the last step. */
const unseen = (condition: Condition): Condition =>
  condition.outcome === 'fail' ? {...condition, outcome: 'unknown', says: `given up before it was read again: ${condition.says}`} : condition;

async function verification(action: Action, ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
  try {
    return await action.verify(ctx, run);
  } catch (error) {
    return [{name: 'verify', outcome: 'unknown', says: `it could not be verified: ${(error as Error).message}`, evidence: []}];
  }
}
