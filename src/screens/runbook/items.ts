/** The rooms of a runbook as lines with identities, so that the cursor stays on its step while others change. Pure. */
import {age} from '../../text/age.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {Tone} from '../../model/tone.ts';
import {glyph} from '../../theme/theme.ts';
import {wrapHard, wrapWords} from '../../components/wrap.ts';
import {fit} from '../../components/table/lines.ts';
import {plannedLines} from '../../runbooks/text.ts';
import type {PlannedStep} from '../../runbooks/engine/plan.ts';
import {isSettled} from '../../runbooks/engine/records.ts';
import {markdown, reportOf} from '../../runbooks/report.ts';
import type {RunbookStep, StepState, Value} from '../../runbooks/model.ts';
import type {RecordedRun} from '../../journal/records.ts';
import type {DetailItem} from '../detail-items.ts';
import type {Desk, Room} from './desk.ts';

export interface ItemView {
  readonly width: number;
  readonly height: number; // lines that are seen at one time
  readonly now: number;
}

/** What a terminal cannot show is exchanged where lines are drawn. */
const signs = {colour: false, attributes: false, unicode: true};

const tones: Readonly<Record<StepState | 'planning' | 'running' | 'undoing' | 'not planned', Tone>> = {
  'to do': 'accent', 'already so': 'ok', 'not needed': 'muted', later: 'muted', blocked: 'bad', done: 'ok', skipped: 'warn', failed: 'bad', uncertain: 'unknown', unverified: 'unknown', cancelled: 'warn', undone: 'muted',
  planning: 'accent', running: 'accent', undoing: 'accent', 'not planned': 'muted',
};
export const stepId = (step: string): string => `step ${step}`;
export const inputId = (name: string): string => `input ${name}`;
/** The step or the input that a line belongs to. */
export const stepOfItem = (id: string | undefined): string | undefined => /^step (\S+)/.exec(id ?? '')?.[1];
export const inputOfItem = (id: string | undefined): string | undefined => /^input (\S+)/.exec(id ?? '')?.[1];

const text = (id: string, says: string, tone: Tone = 'plain'): DetailItem => ({kind: 'text', id, text: says, tone});
export const shownValue = (value: Value): string => (value === null ? '' : Array.isArray(value) ? (value as readonly Value[]).map(shownValue).join(', ') : typeof value === 'object' ? JSON.stringify(value) : sanitizeLine(String(value)));

function paragraphs(id: string, says: string, width: number, tone: Tone, by = ' '): readonly DetailItem[] {
  return says.trim().split('\n').filter((line) => line.trim() !== '').flatMap((line) => wrapWords(line, Math.max(10, width - by.length - 1))).map((line, at) => text(`${id} ${at}`, `${by}${line}`, tone));
}

/** " 2 ◆ to do       a key on each host: 3 of 3: ingress, kvm1, kvm2" */
function head(step: RunbookStep, at: number, state: keyof typeof tones, says: string, {width}: ItemView): DetailItem {
  const tone = tones[state];
  const sign = state === 'running' || state === 'undoing' || state === 'planning' ? '▸' : glyph(signs, tone);
  return text(stepId(step.id), fit(`${String(at + 1).padStart(3)} ${sign} ${fit(state, 11)} ${step.title}${says === '' || says === state ? '' : `: ${sanitizeLine(says)}`}`, width - 1), tone);
}

/** What a step would change, where: everything but its head. Diffs by colour and by sign. */
function changes(planned: PlannedStep, width: number): readonly DetailItem[] {
  const {step} = planned;
  const hanging = (line: string): readonly string[] => {
    const by = /^ */.exec(line)?.[0] ?? '';
    // Diffs and scripts as they are; what is said of a work by words.
    return (by.length === 5 ? wrapWords : wrapHard)(line.slice(by.length), Math.max(20, width - by.length - 2)).map((part) => by + part);
  };
  return plannedLines(planned, 0).slice(1).flatMap(hanging).map((line, at) => {
    const inner = line.trimStart();
    const tone: Tone = /^\+(?!\+\+ )/.test(inner) ? 'ok' : /^-(?!-- )/.test(inner) ? 'bad' : /^(@@|---|\+\+\+) /.test(inner) ? 'muted' : inner.startsWith('with ') ? 'muted' : 'plain';
    return text(`${stepId(step.id)} ${at}`, line, tone);
  });
}

export function planItems(desk: Desk, view: ItemView): readonly DetailItem[] {
  const {runbook, resolution, given, planned, planning, skips, folded} = desk;
  const {width, height, now} = view;
  const resolved = new Map(resolution.values.map((one) => [one.name, one]));
  const missing = new Map(resolution.missing.map(({input, why}) => [input.name, why]));
  const nameWidth = Math.min(20, Math.max(6, ...runbook.inputs.map(({name}) => name.length)));
  const valueWidth = Math.max(12, Math.min(40, Math.floor(width / 3)));
  return [
    {kind: 'title', id: '# title', title: runbook.title},
    // All of it stands in the list; where there is little room the plan matters more.
    ...paragraphs('about', runbook.explanation, width, 'muted').slice(0, height < 28 ? 1 : 12),
    ...(runbook.inputs.length === 0 ? [] : [{kind: 'title', id: '# inputs', title: 'Inputs'} as const, ...runbook.inputs.map((input) => {
      const {name, title} = input;
      const one = resolved.get(name);
      const why = missing.get(name);
      const wrong = resolution.wrong.find((says) => says.includes(name));
      const value = one ? shownValue(one.value) : (given[name] ?? '');
      const origin = one ? one.origin : wrong ?? `no value yet${why === undefined ? '' : `: ${why}`}`;
      return text(inputId(name), fit(`  ${fit(name, nameWidth)}  ${fit(value === '' ? '(none)' : value, valueWidth)}  ${fit(`${origin}  ${title}`, Math.max(0, width - nameWidth - valueWidth - 7))}`, width - 1), one ? 'plain' : 'warn');
    })]),
    {kind: 'title', id: '# steps', title: planning === undefined ? 'Steps' : `Steps: looking what they would change, ${planned.length} of ${runbook.steps.length} … ${age(now - planning)}`},
    ...runbook.steps.flatMap((step, at): readonly DetailItem[] => {
      const one = planned.find((other) => other.step.id === step.id);
      const skip = skips[step.id];
      if (skip !== undefined) return [head(step, at, 'skipped', skip, view)];
      if (!one) return [head(step, at, planning === undefined ? 'not planned' : 'planning', '', view)];
      const lines = folded.has(step.id) ? [] : [...paragraphs(`${stepId(step.id)} about`, step.explanation, width, 'muted', '     '), ...changes(one, width)];
      return [head(step, at, one.state, folded.has(step.id) && (one.state === 'to do' || one.state === 'blocked') ? `${one.says} (→ shows it)` : one.says, view), ...(one.state === 'to do' || one.state === 'blocked' ? lines : [])];
    }),
  ];
}

export function runItems(desk: Desk, view: ItemView): readonly DetailItem[] {
  const {runbook, record, phase, step: current, next, tail, stepStates, skips} = desk;
  const {width, now, height} = view;
  const {steps} = runbook;
  const marks = Object.values(stepStates);
  return [
    text('# session', fit(record ? ` Session ${record.session} by ${record.by}, begun ${new Date(record.startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC` : ' the session is being opened', width - 1), 'muted'),
    ...steps.flatMap((step, at): readonly DetailItem[] => {
      const known = record?.steps.find((one) => one.step === step.id);
      const here = step.id === current;
      if (here && phase === 'looking') return [head(step, at, 'planning', `looking what it would change … ${age(now - desk.since)}`, view)];
      if (here && (phase === 'running' || phase === 'undoing')) {
        const shown = tail.slice(-Math.max(3, height - steps.length - 2 - marks.length));
        return [
          head(step, at, phase, `${desk.doing} … ${age(now - desk.since)}`, view),
          ...marks.map(({step: one, state}) => text(`${stepId(step.id)} at ${one.id}`, `       ${fit(state, 10)} ${one.title}`, state === 'ok' || state === 'already' ? 'ok' : state === 'running' ? 'accent' : state === 'failed' ? 'bad' : 'unknown')),
          ...shown.map((line, i) => text(`${stepId(step.id)} said ${i}`, `       ${line}`, 'muted')),
        ];
      }
      const planned = here && next && !(known && known.state === 'done') ? next : undefined;
      if (planned && (phase === 'waiting')) return [head(step, at, planned.state, planned.says, view), ...paragraphs(`${stepId(step.id)} about`, step.explanation, width, 'muted', '     '), ...changes(planned, width)];
      const skip = skips[step.id];
      const state = known?.state ?? (skip === undefined ? 'to do' : 'skipped');
      const bad = known !== undefined && ['failed', 'blocked', 'uncertain', 'unverified', 'cancelled'].includes(known.state);
      return [
        head(step, at, state, bad ? '' : known?.says ?? skip ?? '', view),
        ...(bad ? [...paragraphs(`${stepId(step.id)} why`, known.says, width, tones[known.state], '       '), ...(here ? tail.slice(-8).map((line, i) => text(`${stepId(step.id)} said ${i}`, `       ${line}`, 'muted')) : [])] : []),
      ];
    }),
  ];
}

export function reportItems(desk: Desk, runs: readonly RecordedRun[], context: string, view: ItemView): readonly DetailItem[] {
  if (!desk.record) return [text('none', ' there is no session yet', 'muted')];
  return markdown(reportOf(desk.runbook, desk.record, runs, context)).split('\n').flatMap((line) => {
    const tone: Tone = /^#+ /.test(line) ? 'accent' : /^ {2}\+(?!\+\+ )/.test(line) ? 'ok' : /^ {2}-(?!-- )/.test(line) ? 'bad' : 'plain';
    return (line === '' ? [''] : wrapHard(line, Math.max(20, view.width - 3))).map((part) => [part, tone] as const);
  }).map(([part, tone], at) => text(String(at), ` ${part}`, tone));
}

/** "1 of 5 steps" */
export const progress = ({record, runbook}: Desk): string => `${runbook.steps.filter(({id}) => isSettled(record, id)).length} of ${runbook.steps.length} steps`;

const made = new WeakMap<Desk, {readonly key: string; readonly items: readonly DetailItem[]}>();

/** The lines of a room; made again when the desk, the size or the second is another. `runs` is read for a report only. */
export function roomItems(desk: Desk, room: Room, runs: () => readonly RecordedRun[], context: string, view: ItemView): readonly DetailItem[] {
  const key = [room, view.width, view.height, room === 'report' ? 0 : Math.floor(view.now / 1000)].join(' ');
  const known = made.get(desk);
  if (known?.key === key) return known.items;
  const items = room === 'plan' ? planItems(desk, view) : room === 'run' ? runItems(desk, view) : reportItems(desk, runs(), context, view);
  made.set(desk, {key, items});
  return items;
}
