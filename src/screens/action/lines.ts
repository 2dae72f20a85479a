/** A change as lines: menu, parameters, plan, progress, result. Pure. */
import {stopping} from '../../actions/action.ts';
import {conditionLines} from '../../actions/text.ts';
import {fit} from '../../components/table/lines.ts';
import {wrapPlan, wrapWords} from '../../components/wrap.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Condition, Param} from '../../model/action.ts';
import type {Tone} from '../../model/tone.ts';
import {age} from '../../text/age.ts';
import {widthOf} from '../../text/width.ts';
import {bold, glyph, inverse, paint, type Theme} from '../../theme/theme.ts';
import {stopsAtOnce, toneOfStatus, type Flow, type MenuItem, type StepState} from './flow.ts';
import {candidatesOf} from './menu.ts';

export interface FlowView {
  readonly flow: Flow;
  readonly fabric: Fabric;
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly theme: Theme;
}

export function flowLines(view: FlowView): readonly string[] {
  const {flow, width, now, theme} = view;
  switch (flow.phase) {
    case 'menu':
      return menuLines(view, flow);
    case 'params':
      return paramLines(view, flow);
    case 'preparing':
      return [bold(theme, fit(` ${flow.title}`, width)), '', paint(theme, fit(`  looking whether it can be done … ${age(now - flow.since)}   Esc gives it up`, width), 'accent')];
    case 'proposal':
      return proposalView(view, flow);
    case 'running':
      return [bold(theme, fit(` ${flow.title}`, width)), '', ...flow.steps.flatMap((step) => stepLine(step, view)), '', paint(theme, fit(`  ${flow.doing} … ${age(now - flow.since)}${flow.stopping ? `   stopping${stopsAtOnce(flow) ? '' : ' after the present step'}` : ''}`, width), flow.stopping ? 'warn' : 'accent'), '', ...flow.tail.slice(-Math.max(1, view.height - 6 - flow.steps.length)).map((line) => paint(theme, fit(` ${line}`, width), 'muted'))];
    case 'done':
      return doneLines(view, flow).slice(flow.top, flow.top + view.height);
  }
}

/** Each item with what it is, on a line; of the chosen one all of that, however long. */
function menuLines({width, height, theme}: FlowView, {title, items, chosen}: Extract<Flow, {phase: 'menu'}>): readonly string[] {
  const head = [bold(theme, fit(` ${title}`, width)), ''];
  if (items.length === 0) return [...head, paint(theme, '  no action begins at this object', 'muted')];
  const about = ({what, impossible}: MenuItem): {readonly text: string; readonly tone: Tone} => (impossible === undefined ? {text: what, tone: 'muted'} : {text: `not possible: ${impossible}`, tone: 'warn'});
  const whole = items[chosen] ? wrapWords(about(items[chosen]).text, width - 6) : [];
  return [...head, ...windowed(items, chosen, Math.floor((height - 2 - Math.max(0, whole.length - 1)) / 2), (item, at) => {
    const name = `${at ? '▸' : ' '} ${fit(item.title, width - 3)}`;
    const {text, tone} = about(item);
    return [at ? inverse(theme, name) : item.impossible === undefined ? name : paint(theme, name, 'muted'), ...(at ? whole : [text]).map((line) => paint(theme, fit(`     ${line}`, width), tone))];
  })];
}

const stepTones: Readonly<Record<StepState['state'], Tone>> = {started: 'accent', ok: 'ok', already: 'ok', failed: 'bad', uncertain: 'unknown', cancelled: 'warn'};

function stepLine({step, state, says, at}: StepState, {width, now, theme}: FlowView): readonly string[] {
  const tone = stepTones[state];
  const elapsed = state === 'started' ? ` ${age(now - at)} of at most ${step.deadlineS} s` : '';
  return [`  ${paint(theme, glyph(theme, tone), tone)} ${paint(theme, fit(state === 'started' ? 'running' : state, 10), tone)} ${fit(`${step.title}${elapsed}${says === '' || says === 'ok' || says === 'exit 0' ? '' : `: ${says}`}`, Math.max(0, width - 16))}`];
}

function paramLines({fabric, width, height, theme}: FlowView, {action, given, field, typed, chosen}: Extract<Flow, {phase: 'params'}>): readonly string[] {
  const param = action.params[field];
  const found = param ? candidatesOf(param, fabric, given, typed) : [];
  const wrong = param && typed !== '' ? param.wrong?.(typed) : undefined;
  const described = wrapWords(action.description, width - 3).map((line) => paint(theme, `  ${line}`, 'muted'));
  const titleOf = ({title, required}: Param): string => `${title}${required ? '' : ' (optional)'}`;
  // What is asked for is said whole, where the line of its value has no room for that.
  const asked = param && widthOf(titleOf(param)) > width - 46 ? wrapWords(titleOf(param), width - 3).map((line) => paint(theme, `  ${line}`, 'accent')) : [''];
  return [
    bold(theme, fit(` ${action.title}`, width)), ...described, '',
    ...action.params.map((one, i) => {
      const value = i === field ? `${typed}█` : (given[one.name] ?? '');
      const line = `${fit(one.name, 14)} ${fit(value, 26)} ${fit(titleOf(one), Math.max(0, width - 46))}`;
      return i === field ? inverse(theme, `▸ ${line}`) : `  ${line}`;
    }),
    ...(wrong === undefined ? asked : [paint(theme, fit(`  ${wrong}`, width), 'warn')]),
    ...windowed(found, chosen, Math.max(1, height - 4 - described.length - asked.length - action.params.length - (chosen < 0 ? 1 : 0)), ({value, label, impossible}, at) => {
      const text = fit(`${at ? '▸' : ' '} ${label === value ? value : `${value}  ${label}`}${impossible === undefined ? '' : `  not possible: ${impossible}`}`, width - 4);
      return [`   ${at ? inverse(theme, text) : impossible === undefined ? text : paint(theme, text, 'muted')}`];
    }),
    ...(param && chosen < 0 && found.length > 0 ? [paint(theme, fit('   Enter leaves it empty; ↓ or what is typed chooses', width), 'muted')] : []),
    ...(param && !param.candidates ? [paint(theme, fit(`   type a value${param.required ? '' : ', or nothing'}; Enter takes it`, width), 'muted')] : []),
  ];
}

/** The plan as it was made, wrapped: nothing of it is cut. */
export const proposalText = ({proposal}: Extract<Flow, {phase: 'proposal'}>, width: number): readonly string[] => proposal.lines.flatMap((line) => wrapPlan(line, width - 3));

function proposalView({width, height, theme}: FlowView, flow: Extract<Flow, {phase: 'proposal'}>): readonly string[] {
  const text = proposalText(flow, width);
  const foot = footOf(flow).flatMap(({text: line, tone}) => wrapWords(line, width - 3).map((part) => bold(theme, paint(theme, fit(`  ${part}`, width), tone))));
  const room = Math.max(1, height - foot.length - 1);
  const shown = text.slice(flow.top, flow.top + room);
  const more = text.length - flow.top - shown.length;
  return [...shown.map((line, i) => (flow.top + i === 0 ? bold(theme, ` ${line}`) : ` ${line}`)), ...Array.from({length: room - shown.length}, () => ''), paint(theme, more > 0 ? `  ↓ ${more} more lines` : '─'.repeat(width - 1), 'muted'), ...foot];
}

/** What stands between the plan and its run. */
export function footOf({proposal, overridden, typed}: Extract<Flow, {phase: 'proposal'}>): readonly {readonly text: string; readonly tone: Tone}[] {
  const left = proposal.stops.filter(({name}) => !overridden.includes(name));
  return [
    ...(proposal.problem === undefined ? [] : [{text: `It cannot be run: ${proposal.problem}`, tone: 'bad' as const}]),
    ...left.map(({name, says, outcome}) => ({text: `${outcome === 'fail' ? 'Stopped' : 'Not known'}: ${name}: ${says}`, tone: outcome === 'fail' ? ('bad' as const) : ('unknown' as const)})),
    // Nothing is asked for that would be refused: there is only the way back.
    ...(proposal.refusal !== undefined ? [{text: `${proposal.refusal}; Esc goes back`, tone: 'warn' as const}] : questionOf({proposal, overridden, typed}, left)),
  ];
}

function questionOf({proposal, overridden, typed}: Pick<Extract<Flow, {phase: 'proposal'}>, 'proposal' | 'overridden' | 'typed'>, left: readonly Condition[]): ReturnType<typeof footOf> {
  const overridable = left.filter(({outcome, mayOverride}) => outcome === 'unknown' && mayOverride === true);
  return [
    ...(overridable.length > 0 && overridable.length === left.length ? [{text: 'Ctrl-O goes on although that is not known', tone: 'warn' as const}] : []),
    ...(overridden.length > 0 ? [{text: `Overridden: ${overridden.join('; ')}`, tone: 'warn' as const}] : []),
    ...(left.length > 0 || proposal.problem !== undefined ? [{text: 'Esc goes back', tone: 'muted' as const}]
      : proposal.confirmName !== undefined ? [{text: `Type ${proposal.confirmName} and Enter to ${proposal.takesOver ? 'take the lock over and ' : ''}run it: ${typed}█`, tone: 'warn' as const}]
      : [{text: proposal.takesOver ? 'y takes the lock over and runs it, Esc does not' : 'y runs it, Esc does not', tone: 'warn' as const}]),
  ];
}

/** Conditions that still stop it. */
export const stopsLeft = ({proposal, overridden}: Extract<Flow, {phase: 'proposal'}>): boolean => proposal.problem !== undefined || stopping(proposal.stops, overridden).length > 0;

export function doneLines(view: FlowView, {title, result, steps, tookMs}: Extract<Flow, {phase: 'done'}>): readonly string[] {
  const {width, theme} = view;
  const tone = toneOfStatus(result.status);
  return [
    bold(theme, fit(` ${title}`, width)), '',
    ...wrapWords(`${result.status}: ${result.says}`, width - 5).map((line, i) => `  ${i === 0 ? paint(theme, glyph(theme, tone), tone) : ' '} ${paint(theme, line, tone)}`), '',
    ...steps.flatMap((step) => stepLine(step, view)),
    ...(result.verified.length > 0 ? ['', bold(theme, ' Verified'), ...conditionLines(result.verified).flatMap((line) => wrapPlan(line, width - 2)).map((line) => ` ${line}`)] : []), '',
    ...(result.run === undefined ? [paint(theme, '  nothing was recorded: nothing was done', 'muted')] : [paint(theme, fit(`  run ${result.run} in the journal (0), ${age(tookMs)}; there a verifies, resumes or undoes it`, width), 'muted')]),
    ...(result.left ? [paint(theme, fit('  t takes that lock over, after a look at what was done under it', width), 'warn')] : []),
    paint(theme, '  Enter or Esc closes', 'muted'),
  ];
}

/** Those around the chosen one that fit; each may be several lines. */
function windowed<T>(items: readonly T[], chosen: number, room: number, lines: (item: T, chosen: boolean) => readonly string[]): readonly string[] {
  const top = Math.max(0, Math.min(chosen - room + 1, items.length - room));
  return items.slice(top, top + Math.max(1, room)).flatMap((item, i) => lines(item, top + i === chosen));
}
