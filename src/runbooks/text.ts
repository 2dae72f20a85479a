/** Plans and results of runbooks as lines of text: the same on the command line and in the console. Pure. */
import type {PlannedStep} from './engine/plan.ts';
import type {Resolved} from './engine/inputs.ts';
import type {StepResult} from './engine/session.ts';
import {effectText} from '../actions/execute.ts';
import type {RunbookStep} from './model.ts';
import {sanitizeText} from '../text/sanitize.ts';

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const indented = (text: string, by: string): readonly string[] => sanitizeText(text).replace(/\n+$/, '').split('\n').map((line) => `${by}${line}`);

/** Every input with where its value comes from. */
export const inputLines = (inputs: readonly Resolved[]): readonly string[] => (inputs.length === 0 ? [] : ['Inputs', ...inputs.map(({name, value, origin}) => `  ${name} = ${shown(value)}  (${origin})`)]);

/** What a step would change, where, and how: files as a diff, the rest as what is sent. */
export function plannedLines({step, state, says, works, uses, origins}: PlannedStep, number: number): readonly string[] {
  const head = `  ${number}. ${step.title}: ${state}${says === '' || says === state ? '' : ` (${says})`}`;
  if (state !== 'to do' && state !== 'blocked') return [head];
  return [
    head,
    ...origins.map((origin) => `       with ${origin}`),
    ...uses.filter(({already}) => !already).map(({action, params}) => `       ${action} ${Object.entries(params).map(([name, value]) => `${name}=${value}`).join(' ')}`),
    ...works.flatMap((work) => (work.state === 'to do' ? [
      `     ${work.id}${work.changes === undefined ? '' : ':'}`,
      ...(work.changes === undefined ? [] : indented(work.changes, '       ')),
      ...work.diffs.flatMap(({path, host, diff}) => [`       ${host}:${path}`, ...indented(diff, '       ')]),
      // A file says what it is by its diff; of the rest what is sent is the plan.
      ...(work.diffs.length > 0 ? [] : work.steps.filter(({effect}) => effect.kind !== 'watch').flatMap((one) => indented(effectText(one), '       | '))),
    ] : work.state === 'blocked' ? [`     ${work.says.startsWith(`${work.id}: `) ? '' : `${work.id}: `}${work.says}`] : [`     ${work.id}: already so`])),
  ];
}

export const resultLine = ({state, says}: StepResult, step: RunbookStep, number: number): string => `  ${number}. ${step.title}: ${state}${says === '' || says === state ? '' : ` (${says})`}`;
