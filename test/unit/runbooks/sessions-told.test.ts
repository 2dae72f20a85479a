/** How a session is told: in the journal, at its end, and to those who name hosts that are none. */
import {expect, test} from 'vitest';
import type {RecordedRun} from '../../../src/journal/records.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import {noSuchHosts} from '../../../src/runbooks/engine/facts.ts';
import {doneText, endNote, stepNote} from '../../../src/runbooks/engine/records.ts';
import {sessionActionId} from '../../../src/runbooks/engine/step-action.ts';
import {linesOfRun, runOfSession, stateOfRun, toneOfSession} from '../../../src/runbooks/journaled.ts';
import type {Runbook, SessionRecord, StepState} from '../../../src/runbooks/model.ts';

const opened = (steps: readonly (readonly [step: string, state: StepState])[], how?: string): RecordedRun => ({
  run: {id: '20261122T040000Z-aaaa', action: sessionActionId, params: {}, plan: {what: 'Runbook r: R', steps: [], targets: [], notUndoable: [], runbook: {session: '20261122-040000-1cad', runbook: 'r', step: '', digest: '', inputs: [{name: 'port', value: 7, origin: 'given'}]}}, undoes: undefined, startedAt: 0, done: [], values: {}},
  who: {user: 'oper', uid: 1, host: 'ops', pid: 1, tty: undefined, by: 'console'}, context: 'c', preflight: [], overridden: [], steps: [],
  notes: [...steps.map(([step, state]) => ({at: 1, kind: stepNote, data: {step, state, says: `${step} says`}})), ...(how === undefined ? [] : [{at: 2, kind: endNote, data: {how}}])],
  verified: [], again: [], end: {at: 0, status: 'done', says: 'done, and the fabric shows it'}, undoneBy: undefined,
}) as unknown as RecordedRun;

test.each([
  [opened([]), 'not ended', 'warn'],
  [opened([['a', 'done'], ['b', 'failed']]), 'failed at b', 'bad'],
  [opened([['a', 'done'], ['b', 'uncertain']]), 'uncertain at b', 'unknown'],
  [opened([['a', 'done'], ['b', 'failed'], ['b', 'done']], 'done'), 'done', 'ok'],
  [opened([['a', 'done'], ['b', 'undone']]), 'partly undone', 'warn'],
  [opened([['a', 'done']], 'stopped'), 'stopped', 'muted'],
])('the journal says of a session how it stands: case %#', (run, state, tone) => {
  expect(stateOfRun(run)).toBe(state);
  expect(toneOfSession(run)).toBe(tone);
});

test('it is shown with its inputs and its steps, and found by its own name; never as a run that the fabric shows', () => {
  const run = opened([['a', 'done'], ['b', 'failed']]);
  const text = linesOfRun(run).join('\n');
  expect(text).toContain('session    20261122-040000-1cad: failed at b');
  expect(text).toContain('input      port = 7');
  expect(text).toContain('  b: failed (b says)');
  expect(text).not.toContain('the fabric shows it');
  expect(runOfSession([run], '20261122-040000')).toBe(run);
  expect(runOfSession([run], '')).toBeUndefined();
});

test('at its end it says what was skipped', () => {
  const record = (states: readonly StepState[]): SessionRecord => ({steps: states.map((state, i) => ({step: `s${i}`, state, says: '', at: 0, runs: []}))}) as unknown as SessionRecord;
  expect(doneText(record(['done', 'already so']))).toBe('every step is so');
  expect(doneText(record(['done', 'skipped', 'skipped']))).toBe('every step is so but 2, skipped: s1, s2');
});

test('a host that a step names has to be one of the context', () => {
  const fabric = {hosts: new Map([['kvm1', {spec: {name: 'kvm1', roles: ['vtep']}}]])} as unknown as Fabric;
  const runbook = {steps: [{id: 'a', target: ['host:kvm1', 'role:vtep', '{{ inputs.hosts }}']}, {id: 'b', target: ['host:kvm_1']}]} as unknown as Runbook;
  expect(noSuchHosts(fabric, runbook)).toEqual(['step b: there is no host "kvm_1" in this context; there are: kvm1']);
});
