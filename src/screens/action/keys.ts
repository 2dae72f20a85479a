/** Keys while something is being changed, and those that begin it. */
import {wrongParam} from '../../actions/action.ts';
import type {Control} from '../control.ts';
import {findingUnderCursor} from '../finding-keys.ts';
import {bodyHeight} from '../state.ts';
import type {RecordedRun} from '../../journal/records.ts';
import {stopsAtOnce, type Flow} from './flow.ts';
import {doneLines, footOf, proposalText, stopsLeft} from './lines.ts';
import {actionItems, candidatesOf, firstMark, runItems, subjectOf, type ActionSubject} from './menu.ts';
import {choose, close, confirm, fill, prepare, show, takeOver} from './steps.ts';

const noGate = 'this console has no gate: nothing can be changed from here';

/** The menu of what can be done with what the cursor is on; or back to what is under way. */
export function openActions(control: Control): string | undefined {
  if (!control.parts.changes) return noGate;
  if (control.state.flow) return void control.change({mode: {kind: 'action'}});
  const run = runUnderCursor(control);
  if (run) return void show(control, {phase: 'menu', title: `${run.run.plan.what} (${run.run.id})`, items: runItems(run, control.state.runs), chosen: 0});
  const gone = control.gone();
  if (gone) return `${gone.what}: nothing is done to its neighbour`;
  const subject = subjectUnderCursor(control);
  show(control, {phase: 'menu', title: subject ? `What to do with ${subject.label}` : 'Every action', items: actionItems(control.changes.gate.actions().filter(({internal}) => !internal), subject, control.fabric), chosen: 0});
  return undefined;
}

function subjectUnderCursor(control: Control): ActionSubject | undefined {
  const {view} = control;
  const [name, id] = view.kind === 'detail' ? [view.ref.resource, view.ref.id] : view.kind === 'table' ? [view.resource, control.cursor().id] : view.kind === 'matrix' ? ['hosts' as const, control.cursor().id] : [undefined, undefined];
  const resource = name && control.resource(name);
  const row = resource && id !== undefined ? control.rowFor(resource, id) : undefined;
  return resource && id !== undefined && row !== undefined ? subjectOf(resource, id, row, control.fabric) : undefined;
}

export function runUnderCursor(control: Control): RecordedRun | undefined {
  const {view} = control;
  const id = view.kind === 'run' ? view.id : view.kind === 'list' && view.list === 'journal' ? control.cursor().id : undefined;
  return id === undefined ? undefined : control.state.runs.find(({run}) => run.id === id);
}

/** The remedy of a finding, through the gate. */
export function runRemedy(control: Control): string | undefined {
  const finding = findingUnderCursor(control);
  if (!finding) return control.gone()?.note ?? 'no finding concerns this row';
  const action = finding.remedy?.action;
  if (!action) return finding.remedy?.command ? `no action of the gate does this: on ${finding.remedy.command.host}, as i shows it` : 'nothing that the gate could run remedies this; i tells what to do';
  if (!control.parts.changes) return noGate;
  const known = control.changes.gate.find(action.id);
  if (!known) return `the gate has no action ${action.id}: do it by hand, as i shows it`;
  prepare(control, known, action.params);
  return undefined;
}

type OnFlow = (control: Control, flow: Flow) => string | undefined | void;
const onFlow = (act: OnFlow) => (control: Control): string | undefined | void => (control.state.flow ? act(control, control.state.flow) : close(control));

const scrolled = (control: Control, flow: Extract<Flow, {phase: 'proposal' | 'done'}>, by: number): Flow => {
  const {columns} = control.state.size;
  const height = bodyHeight(control.state.size);
  const length = flow.phase === 'proposal' ? proposalText(flow, columns).length + footOf(flow).length + 1 : doneLines({flow, fabric: control.fabric, width: columns, height, now: 0, theme: {colour: false, attributes: false, unicode: true}}, flow).length;
  return {...flow, top: Math.max(0, Math.min(flow.top + by, length - height))};
};

export const moveFlow = (by: number) => onFlow((control, flow) => {
  switch (flow.phase) {
    case 'menu':
      if (flow.items.length > 0) show(control, {...flow, chosen: Math.max(0, Math.min(flow.items.length - 1, flow.chosen + by))});
      return;
    case 'params': {
      const param = flow.action.params[flow.field];
      const found = param ? candidatesOf(param, control.fabric, flow.given, flow.typed).length : 0;
      if (found > 0) show(control, {...flow, chosen: Math.max(firstMark(param, flow.typed), Math.min(found - 1, flow.chosen + by))});
      return;
    }
    case 'proposal':
    case 'done':
      return show(control, scrolled(control, flow, by));
    case 'preparing':
    case 'running':
      return;
  }
});

export const acceptFlow = onFlow((control, flow) => {
  switch (flow.phase) {
    case 'menu': {
      const item = flow.items[flow.chosen];
      if (!item) return 'there is nothing to choose';
      if (item.impossible !== undefined) return `not possible: ${item.impossible}`;
      return choose(control, item.choose);
    }
    case 'params':
      return takeValue(control, flow);
    case 'proposal':
      if (flow.proposal.refusal !== undefined) return flow.proposal.refusal;
      if (flow.proposal.confirmName === undefined) return stopsLeft(flow) ? 'it cannot be run as it stands' : 'y runs it';
      if (stopsLeft(flow)) return 'it cannot be run as it stands';
      return confirm(control, flow);
    case 'done':
      return close(control);
    case 'preparing':
    case 'running':
      return 'it is under way; Esc stops it';
  }
});

function takeValue(control: Control, flow: Extract<Flow, {phase: 'params'}>): string | undefined {
  const param = flow.action.params[flow.field];
  if (!param) return undefined;
  const found = candidatesOf(param, control.fabric, flow.given, flow.typed);
  const exact = found.find(({value}) => value === flow.typed);
  const chosen = exact ?? found[flow.chosen];
  if (chosen?.impossible !== undefined) return `not possible: ${chosen.impossible}`;
  const value = chosen?.value ?? flow.typed;
  if (value === '' && param.required) return `${param.name} is needed: ${param.title}`;
  const wrong = value === '' ? undefined : (param.wrong?.(value) ?? wrongParam(param, {...flow.given, [param.name]: value}, control.fabric));
  if (wrong !== undefined) return wrong;
  fill(control, flow.action, {...flow.given, [param.name]: value});
  return undefined;
}

/** One step back, or, while it runs: stop after the present step, or within it where it only waits. */
export const cancelFlow = onFlow((control, flow) => {
  switch (flow.phase) {
    case 'running':
      if (flow.stopping) return `it stops${stopsAtOnce(flow) ? '' : ' after the present step'}; Tab looks at something else meanwhile`;
      control.acting?.abort();
      return show(control, {...flow, stopping: true});
    case 'preparing':
      control.acting?.abort();
      control.acting = undefined;
      close(control);
      return 'given up: nothing was changed';
    case 'proposal':
      close(control);
      return 'not confirmed: nothing was done';
    case 'menu':
    case 'params':
    case 'done':
      return close(control);
  }
});

/** While it runs, the console is free for other things. */
export const leaveFlow = onFlow((control, flow) => {
  if (flow.phase !== 'running') return 'Esc closes this';
  control.change({mode: {kind: 'main'}});
  return `${flow.title} goes on; a shows it`;
});

export const overrideFlow = onFlow((control, flow) => {
  if (flow.phase !== 'proposal') return 'there is nothing to override';
  if (flow.proposal.refusal !== undefined) return flow.proposal.refusal;
  const names = flow.proposal.stops.filter(({outcome, mayOverride}) => outcome === 'unknown' && mayOverride === true).map(({name}) => name);
  if (names.length === 0) return 'nothing of this can be overridden';
  show(control, {...flow, overridden: names});
});

export const eraseFlow = onFlow((control, flow) => {
  const typed = 'typed' in flow ? [...flow.typed].slice(0, -1).join('') : '';
  if (flow.phase === 'params') show(control, {...flow, typed, chosen: firstMark(flow.action.params[flow.field], typed)});
  if (flow.phase === 'proposal') show(control, {...flow, typed});
});

/** Text: a parameter, the name that confirms, y, or t. True when it was taken. */
export function typeFlow(control: Control, text: string): boolean {
  const {flow} = control.state;
  if (flow?.phase === 'params') {
    show(control, {...flow, typed: flow.typed + text, chosen: 0});
    return true;
  }
  if (flow?.phase === 'done' && text === 't' && flow.result.left) {
    takeOver(control, flow);
    return true;
  }
  if (flow?.phase !== 'proposal' || stopsLeft(flow)) return false;
  if (flow.proposal.refusal !== undefined) {
    if (text === 'y') control.say(flow.proposal.refusal);
    return text === 'y';
  }
  if (flow.proposal.confirmName !== undefined) {
    show(control, {...flow, typed: flow.typed + text});
    return true;
  }
  if (text !== 'y') return false;
  confirm(control, flow);
  return true;
}
