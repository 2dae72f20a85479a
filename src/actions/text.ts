/** Plans, conditions, runs as lines of text: the same words on the command line and in a dialog. Pure. */
import type {Condition, RunEvent, Step} from '../model/action.ts';
import type {RecordedRun} from '../journal/records.ts';
import {sanitizeText} from '../text/sanitize.ts';
import {effectText, placeOf} from './execute.ts';
import type {Prepared} from './gate.ts';

const word: Readonly<Record<Condition['outcome'], string>> = {pass: 'ok', fail: 'FAIL', warn: 'WARN', unknown: '?'};

export const conditionLines = (conditions: readonly Condition[]): readonly string[] =>
  conditions.map(({outcome, name, says, mayOverride}) => `  ${word[outcome].padEnd(5)}${name}: ${says}${outcome === 'unknown' && mayOverride ? ` (go on all the same: --override "${name}")` : ''}`);

/** A step with exactly what is sent, indented, and the files that it changes. */
function stepLines(step: Step, number: number): readonly string[] {
  const sent = sanitizeText(effectText(step)).split('\n').map((line) => `       ${line}`);
  const files = (step.files ?? []).flatMap(({host, path, diff}) => [`       ${host}:${path}`, ...sanitizeText(diff).split('\n').map((line) => `       ${line}`)]);
  return [`  ${number}. ${step.title} (${placeOf(step)})`, ...sent, ...files];
}

export function preparedLines({action, params, wrong, preflight, plan, problem, refusal}: Prepared): readonly string[] {
  if (wrong.length > 0) return wrong;
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`).join(' ');
  return [
    plan?.what ?? `${action.title}: ${given}`,
    ...(preflight.length > 0 ? ['Preflight', ...conditionLines(preflight)] : []),
    ...(plan ? ['Plan', ...plan.steps.flatMap((step, at) => stepLines(step, at + 1))] : []),
    ...(plan && plan.notUndoable.length > 0 ? ['Cannot be undone', ...plan.notUndoable.map((line) => `  ${line}`)] : []),
    ...(problem === undefined ? [] : [`No plan: ${problem}`]),
    ...(refusal === undefined ? [] : [refusal]),
  ];
}

export function eventLine(event: RunEvent): string | undefined {
  if (event.kind === 'step') return event.state === 'started' ? `  … ${event.step.title}` : `  ${event.state.padEnd(10)}${event.step.title}${event.says === '' || event.says === 'ok' || event.says === 'exit 0' ? '' : `: ${event.says}`}`;
  if (event.kind === 'progress') return `    ${event.says}`;
  if (event.kind === 'phase' && event.phase === 'reread') return 'reading the target again';
  if (event.kind === 'phase' && event.phase === 'verify') return 'verifying on the fabric';
  return undefined;
}

/** In one word: how a run stands. */
export const runState = ({end, undoneBy}: RecordedRun): string => (end === undefined ? 'cut off' : undoneBy === undefined ? end.status : `${end.status}, undone`);

const clock = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' '));

/** Everything that the journal knows of a run. Times are UTC. */
export function runLines(recorded: RecordedRun): readonly string[] {
  const {run, who, context, preflight, overridden, steps, notes, verified, again, end, undoneBy} = recorded;
  return [
    `Run ${run.id}: ${run.plan.what}`,
    `  action     ${run.action} ${Object.entries(run.params).map(([name, value]) => `${name}=${value}`).join(' ')}${run.undoes === undefined ? '' : `, undoing ${run.undoes}`}`,
    `  by         ${who.user}@${who.host}${who.tty === undefined ? '' : ` on ${who.tty}`}, ${who.by}, process ${who.pid}`,
    `  context    ${context}`,
    `  began      ${clock(run.startedAt)} UTC`,
    ...again.map((one) => `  ${one.how === 'resume' ? 'resumed   ' : 'looked at '} ${clock(one.at)} UTC by ${one.who.user}@${one.who.host}`),
    `  ended      ${end ? `${clock(end.at)} UTC, ${end.status}: ${end.says}` : 'not: it was cut off, or goes on'}`,
    ...(undoneBy === undefined ? [] : [`  undone by  ${undoneBy}`]),
    ...(preflight.length > 0 ? ['Preflight', ...conditionLines(preflight)] : []),
    ...(overridden.length > 0 ? [`  overridden: ${overridden.join(', ')}`] : []),
    'Steps',
    ...run.plan.steps.flatMap((step, at) => [...stepLines(step, at + 1), `       → ${steps[at]?.state ?? 'not begun'}${steps[at]?.says ? `: ${steps[at]?.says}` : ''}`]),
    ...(verified ? ['Verified', ...conditionLines(verified)] : []),
    ...(notes.length > 0 ? [`Notes: ${notes.length} (${[...new Set(notes.map(({kind}) => kind))].join(', ')}); "journal export" has them`] : []),
  ];
}
