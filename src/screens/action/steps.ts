/** From a choice to a result: every change goes through the gate. What the gate refuses is told in its own words. */
import {stopping} from '../../actions/action.ts';
import {effectText} from '../../actions/execute.ts';
import type {Prepared, RunOptions} from '../../actions/gate.ts';
import {eventLine, preparedLines, runLines} from '../../actions/text.ts';
import type {Params, RunEvent, RunResult} from '../../model/action.ts';
import type {Action} from '../../model/action.ts';
import type {Control} from '../control.ts';
import {firstMark} from './menu.ts';
import type {Choice, Flow, Proposal, StepState} from './flow.ts';

const tailLines = 200;

export const show = (control: Control, flow: Flow): void => control.change({flow, mode: {kind: 'action'}});
export const close = (control: Control): void => control.change({flow: undefined, mode: {kind: 'main'}});

/** Progress of what runs, or the result, is not lost when the operator looks at something else meanwhile. */
const update = (control: Control, flow: Flow): void => control.change({flow});

export function choose(control: Control, choice: Choice): void {
  if (choice.kind === 'action') return fill(control, choice.action, choice.given);
  const {gate} = control.changes;
  const {run} = choice.run;
  switch (choice.kind) {
    case 'verify':
      return start(control, {title: `Verify: ${run.plan.what}`, lines: runLines(choice.run), stops: [], problem: undefined, refusal: undefined, confirmName: undefined, run: (options) => gate.verify(run.id, options)}, {});
    case 'resume':
      return show(control, {phase: 'proposal', overridden: [], typed: '', top: 0, proposal: {
        title: `Resume: ${run.plan.what}`, lines: runLines(choice.run), stops: [], problem: undefined, refusal: refusalOf(control), confirmName: undefined, run: (options) => gate.resume(run.id, options),
      }});
    case 'undo':
      return preparing(control, `Undo: ${run.plan.what}`, async (signal) => {
        const prepared = await gate.prepareUndo(run.id, signal);
        return typeof prepared === 'string' ? {title: `Undo: ${run.plan.what}`, lines: [], stops: [], problem: prepared, refusal: undefined, confirmName: undefined, run: () => Promise.reject(new Error(prepared))} : proposalOf(control, prepared);
      });
  }
}

const refusalOf = (control: Control): string | undefined => (control.changes.gate.readOnly === undefined ? undefined : `read-only (${control.changes.gate.readOnly}): nothing is changed from here`);

/** Asks for the first parameter that is not given yet; prepares when there is none. */
export function fill(control: Control, action: Action, given: Params): void {
  const field = action.params.findIndex(({name}) => !(name in given));
  if (field < 0) return prepare(control, action, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
  show(control, {phase: 'params', action, given, field, typed: '', chosen: firstMark(action.params[field], '')});
}

export function prepare(control: Control, action: Action, params: Params): void {
  preparing(control, action.title, async (signal) => proposalOf(control, await control.changes.gate.prepare(action.id, params, signal)));
}

function proposalOf(control: Control, prepared: Prepared): Proposal {
  return {
    title: prepared.plan?.what ?? prepared.action.title, lines: preparedLines(prepared), stops: stopping(prepared.preflight, []),
    problem: prepared.wrong.length > 0 ? prepared.wrong.join('; ') : prepared.problem, refusal: prepared.refusal, confirmName: prepared.plan?.confirmName,
    run: (options) => control.changes.gate.run(prepared, options),
  };
}

function preparing(control: Control, title: string, make: (signal: AbortSignal) => Promise<Proposal>): void {
  const abort = new AbortController();
  control.acting = abort;
  show(control, {phase: 'preparing', title, since: control.parts.now()});
  make(abort.signal).then(
    (proposal) => { if (control.acting === abort) update(control, {phase: 'proposal', proposal, overridden: [], typed: '', top: 0}); },
    (error: unknown) => {
      if (control.acting !== abort) return;
      close(control);
      control.say(error instanceof Error ? error.message : String(error), 'bad');
    },
  );
}

/** Runs what was confirmed. */
export function confirm(control: Control, {proposal, overridden, typed}: Extract<Flow, {phase: 'proposal'}>): void {
  start(control, proposal, {override: overridden, ...(proposal.confirmName === undefined ? {} : {typed}), ...(proposal.takesOver && {takeOver: true})});
}

/** The lock that was in the way, and what is known of the run that left it: then the same change, to be confirmed anew. */
export function takeOver(control: Control, {proposal, result}: Extract<Flow, {phase: 'done'}>): void {
  const left = control.state.runs.find(({run}) => run.id === result.left?.run);
  const known = left ? runLines(left) : [result.left?.run === undefined ? 'What it was taken for cannot be told.' : `The journal of this context does not have its run ${result.left.run}: another context or another user began it.`];
  show(control, {phase: 'proposal', overridden: [], typed: '', top: 0, proposal: {...proposal, takesOver: true, lines: [`Take over the lock of this fabric, and then: ${proposal.title}`, result.says, '', ...known, '', ...proposal.lines]}});
}

function start(control: Control, proposal: Proposal, given: Omit<RunOptions, 'signal' | 'onEvent'>): void {
  const {title} = proposal;
  const abort = new AbortController();
  const since = control.parts.now();
  control.acting = abort;
  show(control, {phase: 'running', proposal, title, since, doing: 'asking the gate', steps: [], tail: [], stopping: false});
  const onEvent = (event: RunEvent): void => {
    const {flow} = control.state;
    if (flow?.phase === 'running') update(control, after(flow, event, control));
  };
  void proposal.run({...given, signal: abort.signal, onEvent}).catch((error: unknown): RunResult => ({run: undefined, status: 'failed', says: error instanceof Error ? error.message : String(error), verified: []})).then((result) => {
    control.acting = undefined;
    const {flow, mode} = control.state;
    control.readRuns();
    update(control, {phase: 'done', proposal, title, result, steps: flow?.phase === 'running' ? flow.steps : [], tookMs: control.parts.now() - since, top: 0});
    if (mode.kind !== 'action') control.say(`${result.status}: ${title}; a shows the result`, result.status === 'done' ? 'accent' : 'warn');
  });
}

const phases = {lock: 'waiting for the lock of this fabric', reread: 'reading the target again', steps: 'running the steps', verify: 'verifying on the fabric', end: 'ending'} as const;

function after(flow: Extract<Flow, {phase: 'running'}>, event: RunEvent, control: Control): Flow {
  const line = eventLine(event);
  const tail = line === undefined ? flow.tail : [...flow.tail, ...line.split('\n')].slice(-tailLines);
  if (event.kind === 'phase') return {...flow, tail, doing: phases[event.phase]};
  if (event.kind !== 'step') return {...flow, tail};
  if (event.state === 'started') control.written.add(effectText(event.step));
  const state: StepState = {step: event.step, state: event.state, says: event.says, at: control.parts.now()};
  const known = flow.steps.some(({step}) => step.id === event.step.id);
  return {...flow, tail, doing: event.step.title, steps: known ? flow.steps.map((one) => (one.step.id === event.step.id ? state : one)) : [...flow.steps, state]};
}
