/** What a session did, for people (Markdown), for programs (JSON) and for test reports (JUnit). Pure; no secrets. */
import type {RecordedRun} from '../journal/records.ts';
import {membershipOf} from './engine/step-action.ts';
import type {Runbook, SessionRecord, SessionStep} from './model.ts';

export interface Report {
  readonly runbook: string;
  readonly title: string;
  readonly session: string;
  readonly context: string;
  readonly by: string;
  readonly startedAt: string; // ISO 8601
  readonly endedAt: string | null;
  readonly ended: 'done' | 'stopped' | 'undone' | null;
  readonly inputs: readonly {readonly name: string; readonly value: unknown; readonly origin: string}[];
  readonly steps: readonly ReportStep[];
}
export interface ReportStep {
  readonly step: string;
  readonly title: string;
  readonly state: string; // "not reached", or a StepState
  readonly says: string;
  readonly at: string | null;
  readonly tookS: number | null;
  readonly runs: readonly {
    readonly run: string; readonly status: string;
    readonly changed: readonly {readonly place: string; readonly title: string; readonly outcome: string; readonly says: string; readonly diffs: readonly string[]}[];
    readonly verified: readonly {readonly name: string; readonly outcome: string; readonly says: string}[];
  }[];
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

export function reportOf(runbook: Runbook, record: SessionRecord, runs: readonly RecordedRun[], context: string): Report {
  const byStep = new Map(record.steps.map((step) => [step.step, step]));
  return {
    runbook: runbook.name, title: runbook.title, session: record.session, context, by: record.by, startedAt: iso(record.startedAt)!, endedAt: iso(record.ended?.at), ended: record.ended?.how ?? null,
    inputs: record.inputs,
    steps: runbook.steps.map(({id, title}) => stepOf(id, title, byStep.get(id), runs.filter(({run}) => membershipOf(run)?.session === record.session && membershipOf(run)?.step === id))),
  };
}

function stepOf(step: string, title: string, known: SessionStep | undefined, runs: readonly RecordedRun[]): ReportStep {
  const begun = runs[0]?.run.startedAt;
  return {
    step, title, state: known?.state ?? 'not reached', says: known?.says ?? '', at: iso(known?.at), tookS: begun === undefined || known === undefined ? null : Math.max(0, Math.round((known.at - begun) / 1000)),
    runs: runs.map(({run, end, steps, verified}) => ({
      run: run.id, status: end?.status ?? 'cut off',
      changed: run.plan.steps.flatMap((one, at) => (one.effect.kind === 'watch' ? [] : [{place: one.effect.kind === 'host' ? one.effect.host : 'OpenNebula', title: one.title, outcome: steps[at]?.state ?? 'not begun', says: steps[at]?.says ?? '', diffs: (one.files ?? []).map(({path, diff}) => `${path}\n${diff}`)}])),
      verified: (verified ?? []).map(({name, outcome, says}) => ({name, outcome, says})),
    })),
  };
}

function skippedText({steps}: Report): string {
  const skipped = steps.filter(({state}) => state === 'skipped').length;
  return skipped === 0 ? '' : `, ${skipped} of ${steps.length} steps skipped`;
}
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function markdown(report: Report): string {
  const lines = [
    `# ${report.title}`, '', `Runbook \`${report.runbook}\`, session ${report.session}, context ${report.context}, by ${report.by}.`, `From ${report.startedAt} to ${report.endedAt ?? 'now'}: ${report.ended ?? 'not at its end'}${skippedText(report)}.`, '',
    ...(report.inputs.length === 0 ? [] : ['| Input | Value | From |', '|---|---|---|', ...report.inputs.map(({name, value, origin}) => `| ${name} | ${cell(typeof value === 'string' ? value : JSON.stringify(value))} | ${cell(origin)} |`), '']),
    '| Step | State | What |', '|---|---|---|', ...report.steps.map(({title, state, says}) => `| ${cell(title)} | ${state} | ${cell(says)} |`), '',
  ];
  for (const {title, runs} of report.steps) for (const {run, status, changed, verified} of runs) {
    lines.push(`## ${title}`, '', `Run ${run}: ${status}.`, '', ...changed.flatMap(({place, title: what, outcome, says, diffs}) => [`- ${place}: ${what}: ${outcome}${says === '' ? '' : ` (${cell(says)})`}`, ...diffs.flatMap((diff) => ['', '  ```diff', ...diff.split('\n').map((line) => `  ${line}`), '  ```', ''])]), ...verified.map(({outcome, says}) => `- verified: ${outcome}: ${cell(says)}`), '');
  }
  return lines.join('\n');
}

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;'};
const xml = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, '?').replace(/[&<>"\n]/g, (c) => entities[c] ?? c);
const fine = new Set(['done', 'already so', 'not needed']);

/** A case for each step: a failure, an error where nobody can say, skipped where it was skipped or not reached. */
export function junit(report: Report): string {
  const cases = report.steps.map(({step, title, state, says, tookS}) => {
    const inner = fine.has(state) ? '' : ['skipped', 'not reached', 'undone'].includes(state) ? `<skipped message="${xml(`${state}: ${says}`)}"/>` : `<${['uncertain', 'unverified'].includes(state) ? 'error' : 'failure'} message="${xml(`${state}: ${says}`)}"/>`;
    return `    <testcase classname="${xml(`${report.runbook}.${step}`)}" name="${xml(title)}"${tookS === null ? '' : ` time="${tookS}"`}>${inner}</testcase>`;
  });
  const count = (tag: string): number => cases.filter((line) => line.includes(`<${tag} `)).length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(report.context)}" timestamp="${report.startedAt}">\n  <testsuite name="${xml(report.runbook)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}">\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}
