/** A session that is taken up again, from its journal: what it has done is not done twice, and its values are those it had. */
import {expect, test} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import type {Gate} from '../../../src/actions/gate.ts';
import type {FabricSource} from '../../../src/fabric/source.ts';
import type {Journal} from '../../../src/journal/journal.ts';
import type {RecordedRun} from '../../../src/journal/records.ts';
import type {Params} from '../../../src/model/action.ts';
import {stepNote, type StepNote} from '../../../src/runbooks/engine/records.ts';
import {createRunbooks} from '../../../src/runbooks/engine/session.ts';
import {sessionActionId} from '../../../src/runbooks/engine/step-action.ts';
import {knownTo} from '../../../src/runbooks/library.ts';
import {loadRunbook} from '../../../src/runbooks/load.ts';
import type {StepFunction} from '../../../src/runbooks/model.ts';

/** Its value is another one each time that it is looked up. */
const pace: StepFunction = {name: 'pace', description: 'paces', with: {}, work: () => Promise.resolve([{id: 'to', host: 'kvm1', check: 'true', value: 'echo kvm1'}])};
const functions = new Map([[pace.name, pace]]);
const runbook = (check = '') => loadRunbook(`runbook: 1
name: r
title: R
steps:
  - id: ready
    title: ready
    run: pace
  - id: there
    title: there${check === '' ? '' : `\n    target: host:kvm1\n    check: ${check}`}
    uses: vm.migrate-live
    with: {vm: web, host: '{{ value("ready", "to") }}'}
`, 'r.yaml', knownTo(actions, functions));

const who = {user: 'oper', uid: 1, host: 'ops', pid: 1, tty: undefined, by: 'console'} as const;
const recorded = (id: string, action: string, params: Params, member: object, startedAt: number, notes: RecordedRun['notes'] = []): RecordedRun =>
  ({run: {id, action, params, plan: {what: '', steps: [], targets: [], notUndoable: [], runbook: member}, undoes: undefined, startedAt, done: [], values: {}}, who, context: 'c', preflight: [], overridden: [], steps: [], notes, verified: [], again: [], end: {at: startedAt + 1, status: 'done', says: 'done'}, undoneBy: undefined}) as unknown as RecordedRun;

/** A journal in which `ready` was noted, and a VM was moved to `moved` in the step after it, which was not noted. */
async function takenUp(moved: string, check = '', values: Readonly<Record<string, string>> | null = {to: 'kvm2'}, unverified = false) {
  const book = runbook(check);
  const ready: StepNote = {step: 'ready', state: 'already so', says: 'already so', ...(values && {values})};
  const runs = [
    recorded('1', sessionActionId, {runbook: 'r'}, {session: 's', runbook: 'r', step: '', digest: book.digest, inputs: []}, 1, [{at: 2, kind: stepNote, data: ready}]),
    recorded('2', 'vm.migrate-live', {host: moved, vm: 'web'}, {session: 's', runbook: 'r', step: 'there'}, 3),
  ];
  const [, migrated] = runs;
  if (unverified) runs[1] = {...migrated!, end: {...migrated!.end!, status: 'unverified'}};
  const asked: Params[] = [];
  const gate = {verify: (id: string) => Promise.resolve(id === '2' && (runs[1] = migrated!)), prepare: (_: string, params: Params) => (asked.push(params), Promise.resolve({wrong: [], preflight: [], plan: undefined, problem: 'the VM is on it'}))} as unknown as Gate;
  const noted: StepNote[] = [];
  const journal = {runs: () => runs, append: ({data}: {data: StepNote}) => noted.push(data)} as unknown as Journal;
  const fabric = {name: 'f', hosts: new Map([['kvm1', {spec: {name: 'kvm1', roles: ['vtep'], underlay: 'wg0', underlayAddress: '192.168.0.2', ssh: {host: 'kvm1'}, origin: 'a test'}, readings: {}}]]), cloud: undefined};
  const executor = {host: (_: unknown, script: string) => Promise.resolve({ok: true, exit: script.includes('exit 1') ? 1 : 0, stdout: 'kvm1\n', stderr: ''})};
  const runbooks = createRunbooks({gate, source: {current: () => fabric} as unknown as FabricSource, executor: executor as never, journal, functions});
  const session = await runbooks.resume(book);
  if (typeof session === 'string') throw new Error(session);
  return {session, asked, noted, result: await session.run(book.steps[1]!)};
}

test('an action that it has done is not done again, though the console ended before that was noted', async () => {
  const {result, asked, noted} = await takenUp('kvm2');
  expect(result).toMatchObject({step: 'there', state: 'done'});
  expect(asked).toEqual([]);
  expect(noted.at(-1)).toMatchObject({step: 'there', state: 'done'});
});

test('one with other parameters is another one', async () => {
  const {result, asked} = await takenUp('kvm3');
  expect(asked).toEqual([{vm: 'web', host: 'kvm2'}]);
  expect(result).toMatchObject({state: 'blocked', says: 'the VM is on it'});
});

test('the values of its steps are those that were noted; of an older journal they are looked up again', async () => {
  expect((await takenUp('kvm3')).asked).toEqual([{vm: 'web', host: 'kvm2'}]);
  expect((await takenUp('kvm3', '', null)).asked).toEqual([{vm: 'web', host: 'kvm1'}]);
});

test('where it has a check, that says whether it is so', async () => {
  expect((await takenUp('kvm2', 'exit 1')).asked).toEqual([{vm: 'web', host: 'kvm2'}]);
});

test('what had not shown in time is looked for once more, not done once more', async () => {
  const {result, asked} = await takenUp('kvm2', '', undefined, true);
  expect(asked).toEqual([]);
  expect(result).toMatchObject({step: 'there', state: 'done'});
});

test('what was undone just now takes its time to be seen: an action whose undoing is refused meanwhile is asked for again', async () => {
  const book = loadRunbook('runbook: 1\nname: r\ntitle: R\nsteps:\n  - {id: drain, title: d, uses: host.drain, with: {host: kvm1}}\n  - {id: away, title: a, uses: link.up, with: {host: kvm1, device: wg0}}\n', 'r.yaml', knownTo(actions, functions));
  const runs = [
    recorded('1', sessionActionId, {runbook: 'r'}, {session: 's', runbook: 'r', step: '', digest: book.digest, inputs: []}, 1, [{at: 2, kind: stepNote, data: {step: 'drain', state: 'done', says: ''}}, {at: 3, kind: stepNote, data: {step: 'away', state: 'done', says: ''}}]),
    recorded('2', 'host.drain', {host: 'kvm1'}, {session: 's', runbook: 'r', step: 'drain'}, 1), recorded('3', 'link.up', {host: 'kvm1', device: 'wg0'}, {session: 's', runbook: 'r', step: 'away'}, 2),
  ];
  let refreshed = 0;
  let clock = 0;
  const prepareUndo = (run: string) => Promise.resolve(run === '2' && refreshed < 1 ? 'wg0 on kvm1 has no address' : {plan: {what: '', steps: [], targets: [], notUndoable: []}, undoes: run});
  const undone: string[] = [];
  const gate = {prepareUndo, run: ({undoes}: {undoes: string}) => (undone.push(undoes), Promise.resolve({status: 'done', says: '', verified: [], run: `u${undoes}`}))} as unknown as Gate;
  const journal = {runs: () => runs, append: () => undefined} as unknown as Journal;
  const source = {current: () => ({name: 'f', hosts: new Map(), cloud: undefined}), refresh: () => { refreshed += 1; }} as unknown as FabricSource;
  const session = await createRunbooks({gate, source, executor: {} as never, journal, functions, now: () => (clock += 10)}).resume(book, 's');
  if (typeof session === 'string') throw new Error(session);
  const says: string[] = [];
  const results = await session.undoTo(book.steps[0]!, {onEvent: (event) => { if (event.kind === 'progress') says.push(event.says); }});
  expect(undone).toEqual(['3', '2']);
  expect(results.map(({step, state}) => `${step} ${state}`)).toEqual(['away undone', 'drain undone']);
  expect(says).toEqual(['waiting until what was undone is seen: wg0 on kvm1 has no address']);
});
