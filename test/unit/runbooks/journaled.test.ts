/** Scripts that come back from the journal: whole, or not used. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {redacted} from '../../../src/actions/redact.ts';
import type {ActionContext, ActionRun} from '../../../src/model/action.ts';
import {syncScript} from '../../../src/runbooks/builtin/wireguard.ts';
import type {RunbookStep, StepFunction, Work} from '../../../src/runbooks/model.ts';
import {planStep, sumOf, type RecordedWork} from '../../../src/runbooks/engine/plan.ts';
import {stepAction, type RunbookPlan} from '../../../src/runbooks/engine/step-action.ts';
import {plannedLines} from '../../../src/runbooks/text.ts';
import {commitConfirmed} from '../../../src/runbooks/engine/scripts.ts';

const work = (undo: string): RecordedWork => {
  const of = {id: 'kvm1', host: 'kvm1', check: 'true', verify: undefined, undo, undone: undefined, value: undefined, deadlineS: 10, verifyWithinS: 10, notUndoable: undefined, data: null};
  return {...of, sum: sumOf(of)};
};
const runOf = (one: RecordedWork): ActionRun => {
  const steps = [{id: 'kvm1.apply', title: 'it', effect: {kind: 'host', host: 'kvm1', script: ':'}, deadlineS: 10, resume: 'ask', cancellable: false}] as const;
  const plan: RunbookPlan = {what: 'it', steps, targets: [], notUndoable: [], runbook: {session: 's', runbook: 'r', step: 'one', function: undefined, works: [one]}};
  return {id: '1', action: 'runbook.step', params: {}, plan, undoes: undefined, startedAt: 0, done: ['kvm1.apply'], values: {}};
};
const asks: string[] = [];
const ctx = {ask: {host: (_: string, script: string) => (asks.push(script), Promise.resolve({ok: true, exit: 0, stdout: '', stderr: ''}))}, now: () => 0, signal: new AbortController().signal} as unknown as ActionContext;

test('an undo that the journal had to change is refused with why; nothing is asked of the host with such a script either', async () => {
  const action = stepAction(new Map());
  const whole = work('rm -f /etc/thing');
  expect(await action.undo(ctx, runOf(whole))).toMatchObject({steps: [{effect: {host: 'kvm1', script: 'rm -f /etc/thing'}}]});
  const secret = work('mysql --password hunter2hunter2 -e drop');
  const changed: RecordedWork = {...secret, undo: redacted(secret.undo!)};
  expect(changed.undo).not.toBe(secret.undo);
  const run = runOf(changed);
  expect(await action.undo(ctx, run)).toMatch(/^kvm1: its scripts held what looks like a secret/);
  asks.length = 0;
  expect(await action.done!(ctx, {...run, done: []}, run.plan.steps[0]!)).toMatchObject({done: undefined});
  expect(await action.settle!(ctx, run, run.plan.steps[0]!)).toMatchObject({ok: undefined});
  expect(asks).toEqual([]);
});

test.each([
  ['mysql --password hunter2hunter2 -e drop', 'blocked'],
  ['read -r p </etc/app.secret; mysql --password "$p" -e drop', 'to do'],
])('with the undo %s it is %s', async (undo, state) => {
  const works: readonly Work[] = [{id: 'kvm1', host: 'kvm1', check: 'exit 1', apply: ':', undo}];
  const make: StepFunction = {name: 'make', description: '', with: {}, work: () => Promise.resolve(works)};
  const open = {...ctx, fabric: () => ({name: 'f', hosts: new Map(), cloud: undefined}), ask: {host: () => Promise.resolve({ok: true, exit: 1, stdout: '', stderr: ''})}} as unknown as ActionContext;
  const step = {id: 'a', title: 'A', target: [], run: 'make', with: {}, deadlineS: 10, verifyWithinS: 10} as unknown as RunbookStep;
  const planned = await planStep(open, step, {session: 's', inputs: {}, values: new Map(), functions: new Map([['make', make]])});
  expect(planned.state).toBe(state);
  expect(planned.says).not.toContain('hunter2');
  // The host once.
  if (state === 'blocked') expect(plannedLines(planned, 1)[1]).toMatch(/^ {5}kvm1: what stands/);
  if (state === 'blocked') expect(planned.says).toContain('what stands after "mysql --password " looks like a secret');
});

test('a file whose apply was cut off in what follows it is put back, though its check does not hold', async () => {
  const one: RecordedWork = {...work('put it back'), undoLooks: true};
  const run: ActionRun = {...runOf(one), done: []};
  expect(await stepAction(new Map()).undo(ctx, run)).toMatchObject({steps: [{effect: {host: 'kvm1', script: 'put it back'}}]});
});

test('a change that its host takes back by itself is confirmed over a new connection', async () => {
  const make: StepFunction = {name: 'make', description: '', with: {}, work: () => Promise.resolve([{id: 'kvm1', host: 'kvm1', check: 'exit 1', apply: ':', undo: ':'}])};
  const open = {...ctx, fabric: () => ({name: 'f', hosts: new Map(), cloud: undefined}), ask: {host: () => Promise.resolve({ok: true, exit: 1, stdout: '', stderr: ''})}} as unknown as ActionContext;
  const step = {id: 'a', title: 'A', target: [], run: 'make', with: {}, deadlineS: 10, verifyWithinS: 10, commitConfirmedS: 60} as unknown as RunbookStep;
  const {works} = await planStep(open, step, {session: 's', inputs: {}, values: new Map(), functions: new Map([['make', make]])});
  expect(works[0]!.steps.map(({id, effect}) => [id, effect.kind === 'host' && effect.fresh])).toEqual([['kvm1.apply', undefined], ['kvm1.verify', false], ['kvm1.confirm', true]]);
});

test('what is sent to WireGuard hosts loses nothing in the journal', () => {
  expect(redacted(syncScript('wg0'))).toBe(syncScript('wg0'));
});

test('what was taken back is not taken back a second time, unless it was done again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-taken-'));
  const mark = join(folder, 'mark');
  const sh = (script: string): number => spawnSync('sh', ['-c', script]).status ?? -1;
  const {apply, confirm, undo} = commitConfirmed(`echo >>${mark}`, `rm ${mark}`, 30, join(folder, 'keep'));
  try {
    expect([sh(apply), sh(confirm), sh(undo)]).toEqual([0, 0, 0]);
    expect([existsSync(mark), sh(undo)]).toEqual([false, 0]);
    expect([sh(apply), sh(confirm), existsSync(mark), sh(undo), existsSync(mark)]).toEqual([0, 0, true, 0, false]);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
