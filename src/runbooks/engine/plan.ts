/** What a step would change now: its works looked at on their hosts, and what is to be sent. Nothing is changed. */
import {createHash} from 'node:crypto';
import type {ActionContext, Condition, FileDiff, HostAnswer, Params, Step} from '../../model/action.ts';
import type {RunbookStep, StepState, Value, Work} from '../model.ts';
import {unifiedDiff} from './diff.ts';
import {embeddedRefusal} from './embedded.ts';
import {notKept} from './kept.ts';
import {Later} from './later.ts';
import {commitConfirmed, fileScriptsAgainst, isUnshowable, keepFolder, lookAtFile, masked, scriptsOf, type Scripts} from './scripts.ts';
import {madeOf, type Surroundings, type UseOfAction} from './work.ts';

/** One work as it stands now. */
export interface PlannedWork {
  readonly id: string;
  readonly host: string | undefined;
  readonly state: 'to do' | 'already so' | 'blocked';
  readonly says: string;
  readonly diffs: readonly FileDiff[];
  readonly changes: string | undefined; // a sentence, where there is no diff: what the check found
  readonly conditions: readonly Condition[];
  readonly steps: readonly Step[]; // of the gate
  readonly recorded: RecordedWork;
  readonly confirmWithinS: number | undefined; // commit-confirmed: the host takes it back by itself after this time
}

/** What the journal keeps of a work, to resume, verify and undo it. */
export interface RecordedWork {
  readonly id: string;
  readonly host: string | undefined;
  readonly check: string | undefined;
  readonly verify: string | undefined;
  readonly undo: string | undefined;
  readonly undone: string | undefined;
  readonly value: string | undefined;
  readonly deadlineS: number;
  readonly verifyWithinS: number;
  readonly notUndoable: string | undefined;
  readonly data: Value;
  /** Its undo looks by itself what there is to take back: also where its check does not hold, as what follows a file is owed. */
  readonly undoLooks?: boolean;
  /** Of its scripts: what the journal takes for a secret is hidden there, and such a script must not be sent. */
  readonly sum?: string;
}
export const sumOf = ({check, verify, undo, undone}: Pick<RecordedWork, 'check' | 'verify' | 'undo' | 'undone'>): string => createHash('sha256').update(JSON.stringify([check ?? null, verify ?? null, undo ?? null, undone ?? null])).digest('hex').slice(0, 16);

export interface PlannedStep {
  readonly step: RunbookStep;
  readonly state: Extract<StepState, 'to do' | 'already so' | 'not needed' | 'later' | 'blocked'>;
  readonly says: string;
  readonly works: readonly PlannedWork[];
  /** For `uses`: what the gate prepares, one after the other. */
  readonly uses: readonly (UseOfAction & {readonly already: boolean})[];
  /** Where values of the fabric come from that this step uses. */
  readonly origins: readonly string[];
}

const checkS = 20;
const mostCheckS = 60;
/** Hosts are asked side by side, not all at once: the machine of the console is small. */
const atOnce = 8;

/** Never rejects but for a signal that is aborted. */
export async function planStep(ctx: ActionContext, step: RunbookStep, around: Surroundings): Promise<PlannedStep> {
  const none = {step, works: [], uses: [], origins: []};
  try {
    const made = await madeOf(ctx, step, around);
    const {origins} = made;
    if (made.kind === 'uses') {
      if (made.uses.length === 0) return {...none, origins, state: 'not needed', says: notNeeded(step)};
      const uses = await each(made.uses, async (use) => ({...use, already: use.check !== undefined && use.host !== undefined && holds(await ctx.ask.host(use.host, use.check, checkS)) === true}));
      const left = uses.filter(({already}) => !already);
      return {...none, origins, uses, state: left.length === 0 ? 'already so' : 'to do', says: left.length === 0 ? 'already so' : left.map(({action, params}) => `${action} ${paramText(params)}`).join('; ')};
    }
    if (made.works.length === 0) return {...none, origins, state: 'not needed', says: notNeeded(step)};
    const twice = made.works.find((one, at) => made.works.findIndex(({id}) => id === one.id) !== at);
    if (twice) throw new Error(`two works are called "${twice.id}"`);
    const works = await each(made.works, (work) => planWork(ctx, step, work, around.session));
    const blocked = works.filter(({state}) => state === 'blocked');
    const left = works.filter(({state}) => state === 'to do');
    return {
      ...none, origins, works, state: blocked.length > 0 ? 'blocked' : left.length > 0 ? 'to do' : 'already so',
      says: blocked.length > 0 ? blocked.map(({says}) => says).join('; ') : left.length > 0 ? `${left.length} of ${works.length}: ${left.map(({id}) => id).join(', ')}` : works.every(({recorded}) => recorded.check === undefined) && works.some(({says}) => says !== 'already so') ? works.map(({says}) => says).join('; ') : 'already so',
    };
  } catch (error) {
    return {...none, state: error instanceof Later ? 'later' : 'blocked', says: (error as Error).message};
  }
}

const paramText = (params: Params): string => Object.entries(params).map(([name, value]) => `${name}=${value}`).join(' ');
const notNeeded = (step: RunbookStep): string => (step.when === undefined ? 'there is nothing to do it on' : `not needed: ${step.when.trim()} does not hold`);

async function each<T, R>(all: readonly T[], what: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += atOnce) results.push(...(await Promise.all(all.slice(at, at + atOnce).map(what))));
  return results;
}

/** Of a check: true it is so, false it is not; a sentence: it cannot be told. */
export function holds(answer: HostAnswer): boolean | string {
  if (!answer.ok) return `${answer.problem.kind}: ${answer.problem.detail}`;
  if (answer.exit === 0) return true;
  if (answer.exit === 75) return `it cannot be told: ${answer.stderr.trim().split('\n')[0] ?? ''}`;
  if (answer.exit === 124 || answer.exit === 137) return 'the check did not end in time';
  return false;
}

async function planWork(ctx: ActionContext, step: RunbookStep, work: Work, session: string): Promise<PlannedWork> {
  const keep = keepFolder(session, step.id, work.id);
  const scripts = scriptsOf(work, keep);
  const where = work.host ?? 'OpenNebula';
  const conditions = work.conditions ?? [];
  const onHost = work.host !== undefined;
  const seconds = work.commitConfirmedS ?? step.commitConfirmedS;
  const looks = work.check !== undefined || work.file !== undefined || work.secret !== undefined;
  const written: RecordedWork = {
    id: work.id, host: work.host, check: onHost && looks ? scripts.check : undefined, verify: scripts.verify, undo: onHost && scripts.apply !== undefined && scripts.undo !== undefined && seconds !== undefined ? commitConfirmed(scripts.apply, scripts.undo, seconds, keep).undo : scripts.undo, undone: scripts.undone, value: scripts.value,
    deadlineS: work.deadlineS ?? step.deadlineS, verifyWithinS: work.verifyWithinS ?? step.verifyWithinS, notUndoable: work.notUndoable, data: work.data ?? null,
    ...(work.file && {undoLooks: true}),
  };
  const recorded: RecordedWork = {...written, sum: sumOf(written)};
  const confirmWithinS = onHost && scripts.undo !== undefined ? seconds : undefined;
  const base = {id: work.id, host: work.host, diffs: work.diffs ?? [], changes: work.changes, conditions, steps: [], recorded, confirmWithinS};
  const blocked = (says: string): PlannedWork => ({...base, state: 'blocked', says: `${where}: ${says}`});
  const bad = conditions.filter(({outcome}) => outcome === 'fail' || outcome === 'unknown');
  if (bad.length > 0) return blocked(bad.map(({says}) => says).join('; '));
  if (work.already !== undefined) return {...base, state: 'already so', says: work.already};
  const lost = (['check', 'verify', 'undo', 'undone'] as const).flatMap((key) => (recorded[key] === undefined ? [] : notKept(recorded[key]) ?? []))[0];
  const refusal = embeddedRefusal(ctx.fabric(), work) ?? lost;
  if (work.host !== undefined && looks) {
    const answer = await ctx.ask.host(work.host, scripts.check, Math.min(recorded.deadlineS, mostCheckS));
    const so = holds(answer);
    if (typeof so === 'string') return blocked(so);
    if (so) return {...base, state: 'already so', says: 'already so'};
    if (scripts.apply === undefined) {
      const words = answer.ok ? firstLine(answer.stderr) : '';
      const expected = work.expect ?? step.expect;
      return blocked(expected !== undefined ? `${expected}${words === '' ? '' : `: ${words}`}` : `it does not hold${answer.ok ? `: ${words || firstLine(answer.stdout) || `exit ${answer.exit}`}` : ''}`);
    }
    if (refusal !== undefined) return blocked(refusal);
    const file = work.file && (await filePlan(ctx, work, keep));
    if (typeof file === 'string') return blocked(file);
    const found = answer.ok && !work.file && !work.secret ? answer.stdout.trim() : '';
    return {...base, state: 'to do', says: '', diffs: [...base.diffs, ...(file ? [file.diff] : [])], changes: work.changes ?? (found === '' ? undefined : `now: ${found}`), steps: stepsOf(step, work, file ? file.scripts : scripts, keep, file ? [file.diff] : base.diffs)};
  }
  if (work.calls === undefined && scripts.apply === undefined) return {...base, state: 'already so', says: conditions.map(({says}) => says).join('; ') || 'already so'};
  if (refusal !== undefined) return blocked(refusal);
  return {...base, state: 'to do', says: '', steps: stepsOf(step, work, scripts, keep, base.diffs)};
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

async function filePlan(ctx: ActionContext, work: Work, keep: string): Promise<{readonly diff: FileDiff; readonly scripts: Scripts} | string> {
  const {path, content, mode, owner, after} = work.file!;
  const answer = await ctx.ask.host(work.host!, lookAtFile(path, content), checkS);
  if (!answer.ok || answer.exit !== 0) return answer.ok ? `${path} cannot be read: ${firstLine(answer.stderr) || `exit ${answer.exit}`}` : `${answer.problem.kind}: ${answer.problem.detail}`;
  const end = answer.stdout.indexOf('\n');
  const [was = 'absent', modeNow = '', ownerNow = '', owed] = answer.stdout.slice(0, end < 0 ? undefined : end).trim().split(' ');
  const before = was === 'absent' ? undefined : answer.stdout.slice(end + 1);
  const lines = [
    before !== undefined && isUnshowable(content) ? '' : unifiedDiff(path, before, masked(content)),
    ...(before !== undefined && mode !== undefined && Number.parseInt(modeNow, 8) !== Number.parseInt(mode, 8) ? [`mode ${modeNow} → ${mode}`] : []),
    ...(before !== undefined && owner !== undefined && ownerNow !== owner && ownerNow.split(':')[0] !== owner ? [`owner ${ownerNow} → ${owner}`] : []),
    ...(after !== undefined && owed !== undefined ? ['what follows it was not done to its end: it is done again'] : []),
  ].filter((line) => line !== '');
  return {diff: {host: work.host!, path, diff: lines.join('\n') || 'differs in what is hidden here (a secret)'}, scripts: fileScriptsAgainst(work, keep, was)};
}

/** What the gate runs for a work: apply, then wait until it holds, then confirm where the host would take it back. */
function stepsOf(step: RunbookStep, work: Work, scripts: Scripts, keep: string, files: readonly FileDiff[]): readonly Step[] {
  const named = work.title ?? step.title;
  const title = work.host === undefined || named.includes(work.host) ? named : `${named}: ${work.id}`;
  const deadlineS = work.deadlineS ?? step.deadlineS;
  const common = {deadlineS, cancellable: false} as const;
  if (work.calls) return work.calls.map((call): Step => ({...common, id: `${work.id}.${call.id}`, title: call.title, effect: {kind: 'one', method: call.method, args: call.args}, deadlineS: call.deadlineS ?? deadlineS, resume: 'ask'}));
  if (work.host === undefined || scripts.apply === undefined) return [];
  const {host} = work;
  const seconds = work.commitConfirmedS ?? step.commitConfirmedS;
  const guarded = seconds === undefined || scripts.undo === undefined ? undefined : commitConfirmed(scripts.apply, scripts.undo, seconds, keep);
  return [
    {...common, id: `${work.id}.apply`, title, effect: {kind: 'host', host, script: guarded?.apply ?? scripts.apply}, resume: 'ask', ...(files.length > 0 && {files})},
    {...common, id: `${work.id}.verify`, title: `${title}: wait until it holds on ${host}`, effect: {kind: 'watch'}, deadlineS: work.verifyWithinS ?? step.verifyWithinS, resume: 'idempotent', cancellable: true},
    ...(guarded ? [{...common, id: `${work.id}.confirm`, title: `${title}: confirm, or ${host} takes it back after ${seconds} s`, effect: {kind: 'host', host, script: guarded.confirm, fresh: true}, resume: 'idempotent'} as const] : []),
  ];
}
