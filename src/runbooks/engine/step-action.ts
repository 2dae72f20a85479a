/**
 * The action that a step of a runbook is, for the gate: what it needs to verify, to be taken up again and to be undone
 * stands in its plan, in the journal. It is prepared by session.ts, not by its parameters.
 */
import {pause, watching} from '../../actions/wait.ts';
import {fails, nothingDone, passes, unknown} from '../../actions/action.ts';
import type {Action, ActionContext, ActionRun, Condition, Done, Plan, Step} from '../../model/action.ts';
import type {StepFunction, Value, Work} from '../model.ts';
import {holds, sumOf, type PlannedStep, type RecordedWork} from './plan.ts';
import {whenSo} from './scripts.ts';

/** Beside the plan proper: whose run it is. Also with the actions that a step uses. */
export interface Membership {
  readonly session: string;
  readonly runbook: string;
  readonly step: string;
}
export interface RunbookPlan extends Plan {
  readonly runbook: Membership & {
    readonly function: string | undefined;
    readonly works: readonly RecordedWork[];
    /** Of an undoing: what its function gave with the works that take back, by their ids. */
    readonly takesBack?: Readonly<Record<string, Value>>;
  };
}

export const stepActionId = 'runbook.step';
export const sessionActionId = 'runbook.session';

export const membershipOf = (run: ActionRun): Membership | undefined => (run.plan as Partial<RunbookPlan>).runbook;
const bookOf = (run: ActionRun): RunbookPlan['runbook'] => (run.plan as RunbookPlan).runbook;
const workIdOf = (step: Step): string => step.id.slice(0, step.id.lastIndexOf('.'));
const workOf = (run: ActionRun, step: Step): RecordedWork | undefined => bookOf(run).works.find(({id}) => id === workIdOf(step));
const dataOf = (run: ActionRun, step: Step): Value | undefined => workOf(run, step)?.data ?? bookOf(run).takesBack?.[workIdOf(step)];
const kindOf = (step: Step): string => step.id.slice(step.id.lastIndexOf('.') + 1);
const betweenMs = 1000;
/** Why the scripts of a work cannot be used as the journal has them; undefined: they are whole. */
const lost = (work: RecordedWork | undefined): string | undefined =>
  work?.sum === undefined || work.sum === sumOf(work) ? undefined : `${work.id}: its scripts held what looks like a secret, which the journal does not keep`;

export function stepPlan({step, works}: PlannedStep, membership: Membership): RunbookPlan {
  const todo = works.filter(({state}) => state === 'to do');
  const steps = todo.flatMap((work) => work.steps);
  const kinds = ['apply', 'verify', 'confirm'];
  return {
    what: `${membership.runbook}: ${step.title}`,
    steps: step.together ? steps.toSorted((a, b) => kinds.indexOf(kindOf(a)) - kinds.indexOf(kindOf(b))) : steps,
    targets: [],
    notUndoable: todo.flatMap(({id, recorded}) => recorded.notUndoable ?? (recorded.undo === undefined && step.run === undefined ? [`${id}: this step has no undo.`] : [])),
    runbook: {...membership, function: step.run, works: todo.map(({recorded}) => recorded)},
  };
}

/** A plan that sends nothing: it opens a session in the journal. */
export const sessionAction: Action = {
  id: sessionActionId, title: 'Begin a runbook', description: 'opens a session of a runbook in the journal; "evpn-tui run" does it', destructive: false, internal: true,
  params: [{name: 'runbook', title: 'the name of the runbook', type: 'text', required: true}],
  preflight: () => Promise.resolve([]),
  plan: () => Promise.resolve({kind: 'unsupported', detail: 'a runbook is run with "evpn-tui run NAME"'}),
  targets: () => [],
  verify: () => Promise.resolve([]),
  undo: () => Promise.resolve('"evpn-tui run NAME --undo-to STEP" undoes the steps of a runbook'),
};

export function stepAction(functions: ReadonlyMap<string, StepFunction>): Action {
  const functionOf = (run: ActionRun): StepFunction | undefined => functions.get(bookOf(run).function ?? '');
  return {
    id: stepActionId, title: 'A step of a runbook', description: 'one step of a runbook, on all its hosts; "evpn-tui run" does it', destructive: false, internal: true,
    params: [{name: 'runbook', title: 'the name of the runbook', type: 'text', required: true}],
    preflight: () => Promise.resolve([]),
    plan: () => Promise.resolve({kind: 'unsupported', detail: 'the steps of a runbook are run with "evpn-tui run NAME"'}),
    targets: () => [],
    done, settle, verify, undo,
    accompany: async (ctx, run) => functionOf(run)?.accompany?.(ctx, run, bookOf(run).works.map(({data}) => data)),
  };

  async function done(ctx: ActionContext, run: ActionRun, step: Step): Promise<Done> {
    const work = workOf(run, step);
    if (step.effect.kind === 'one') return (await functionOf(run)?.done?.(ctx, run, step, dataOf(run, step))) ?? {done: undefined, says: 'this step does not know how to tell'};
    if (kindOf(step) !== 'apply' || run.undoes !== undefined) return {done: false, says: 'it can be done again'};
    if (work?.host === undefined || work.check === undefined) return {done: false, says: 'it can be done again'};
    const broken = lost(work);
    if (broken !== undefined) return {done: undefined, says: broken};
    const so = holds(await ctx.ask.host(work.host, work.check));
    return typeof so === 'string' ? {done: undefined, says: so} : so ? {done: true, says: 'its check holds'} : {done: false, says: 'its check does not hold'};
  }

  /** Waits until a work holds: its check, and its verify. */
  async function settle(ctx: ActionContext, run: ActionRun, step: Step): Promise<{readonly ok: boolean | undefined; readonly says: string}> {
    const work = workOf(run, step);
    if (work?.host === undefined) return {ok: false, says: 'there is no host to ask'};
    const broken = lost(work);
    if (broken !== undefined) return {ok: undefined, says: broken};
    const until = ctx.now() + work.verifyWithinS * 1000;
    const waited = watching(ctx);
    for (;;) {
      const missing = await notHolding(ctx, work);
      if (missing === undefined) return {ok: true, says: 'it holds'};
      if (ctx.now() >= until || ctx.signal.aborted) return waited.unmet('not', `it holds on ${work.host}`, missing);
      await pause(betweenMs, ctx.signal);
    }
  }

  async function verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
    const {works} = bookOf(run);
    const undoing = run.undoes !== undefined;
    const onHosts = await Promise.all(works.filter(({host}) => host !== undefined).map(async (work): Promise<Condition[]> => {
      const broken = lost(work);
      if (broken !== undefined) return [unknown(`${work.id} holds`, broken)];
      if (undoing) {
        if (work.undone === undefined) return [];
        const back = holds(await ctx.ask.host(work.host!, work.undone));
        return [back === true ? passes(`${work.id} is as before`, `${work.id}: as it was before`) : back === false ? fails(`${work.id} is as before`, `${work.id}: it is not as it was before`) : unknown(`${work.id} is as before`, `${work.id}: ${back}`)];
      }
      const missing = await notHolding(ctx, work);
      return [missing === undefined ? passes(`${work.id} holds`, `${work.id}: it holds`) : fails(`${work.id} holds`, `${work.id}: ${missing}`)];
    }));
    const own = await functionOf(run)?.verify?.(ctx, run, works.map(({data}) => data), undoing);
    return [...onHosts.flat(), ...(own ?? [])];
  }

  /** With the call that was cut off, where it has had its effect: what it made is to be taken back, too. */
  async function withCutOff(ctx: ActionContext, run: ActionRun): Promise<ActionRun> {
    const open = run.plan.steps.find(({id}) => !run.done.includes(id));
    if (open?.effect.kind !== 'one') return run;
    const was = await done(ctx, run, open);
    if (was.done === undefined) throw new Error(`whether "${open.title}" has had its effect cannot be told: ${was.says}`);
    return was.done ? {...run, done: [...run.done, open.id], values: {...run.values, ...(was.value !== undefined && {[open.id]: was.value})}} : run;
  }

  async function undo(ctx: ActionContext, begun: ActionRun): Promise<Plan | string> {
    const run = await withCutOff(ctx, begun);
    const book = bookOf(run);
    // The last first. A work whose apply was begun and not answered is put back too: its undo looks before it leaps.
    const did = (work: RecordedWork): boolean => run.done.some((id) => id.startsWith(`${work.id}.`));
    const firstOpen = book.works.find((work) => !did(work));
    const touched = book.works.filter((work) => did(work) || (work === firstOpen && run.done.length < run.plan.steps.length)).toReversed();
    const broken = touched.map(lost).find((one) => one !== undefined);
    if (broken !== undefined) return broken;
    const steps = touched.flatMap((work): Step[] => {
      if (work.undo === undefined || work.host === undefined) return [];
      const script = did(work) || work.undoLooks || work.check === undefined ? work.undo : whenSo(work.check, work.undo);
      return [{id: `${work.id}.undo`, title: `undo on ${work.id}`, effect: {kind: 'host', host: work.host, script}, deadlineS: work.deadlineS, resume: 'idempotent', cancellable: false}];
    });
    const more = await functionOf(run)?.undo?.(ctx, run, touched.map(({data}) => data));
    const taking: readonly Work[] = typeof more === 'object' ? more : [];
    const extra = taking.flatMap((work): readonly Step[] => [
      ...(work.calls ?? []).map((call): Step => ({id: `${work.id}.${call.id}`, title: call.title, effect: {kind: 'one', method: call.method, args: call.args}, deadlineS: call.deadlineS ?? 60, resume: 'ask', cancellable: false})),
      ...(work.host !== undefined && work.apply !== undefined ? [{id: `${work.id}.undo`, title: work.title ?? `undo on ${work.id}`, effect: {kind: 'host', host: work.host, script: work.apply}, deadlineS: work.deadlineS ?? 60, resume: 'idempotent', cancellable: false} as const] : []),
    ]);
    const takesBack = Object.fromEntries(taking.flatMap(({id, data}) => (data === undefined ? [] : [[id, data] as const])));
    if (steps.length + extra.length === 0) return typeof more === 'string' ? more : touched.map(({notUndoable}) => notUndoable).find((one) => one !== undefined) ?? (touched.length === 0 ? nothingDone : 'this step has no undo');
    const plan: RunbookPlan = {what: `Undo ${run.plan.what}`, steps: [...extra, ...steps], targets: [], notUndoable: touched.flatMap(({notUndoable}) => notUndoable ?? []), runbook: {...book, works: touched, takesBack}};
    return plan;
  }
}

/** Why a work does not hold, in a sentence; undefined: it does. */
async function notHolding(ctx: ActionContext, {host, check, verify, deadlineS}: RecordedWork): Promise<string | undefined> {
  for (const script of [check, verify]) {
    if (script === undefined) continue;
    const answer = await ctx.ask.host(host!, script, Math.min(deadlineS, 60));
    const so = holds(answer);
    if (so === true) continue;
    if (typeof so === 'string') return so;
    return (answer.ok ? (answer.stderr.trim() || answer.stdout.trim()).split('\n').slice(0, 2).join('; ').slice(0, 300) : '') || (script === check ? 'its check does not hold' : 'its verification does not hold');
  }
  return undefined;
}
