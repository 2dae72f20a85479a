/** Changes on the screen: everything goes through a gate, here one that answers as it is told and notes what it was asked. */
import {afterEach, describe, expect, it} from 'vitest';
import type {Gate, Prepared} from '../../src/actions/gate.ts';
import type {Action, Plan, RunResult} from '../../src/model/action.ts';
import type {RecordedRun} from '../../src/journal/records.ts';
import {start} from './fake-source.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys} from './terminal.ts';

afterEach(closeAll);

const plan: Plan = {what: 'Bring wg0 up', steps: [{id: 'up', title: 'set wg0 up', effect: {kind: 'host', host: 'kvm1', script: 'ip link set dev wg0 up'}, deadlineS: 10, resume: 'idempotent', cancellable: false}], targets: [], notUndoable: []};
const action: Action = {
  id: 'link.up', title: 'Bring a device up', description: 'sets it up', destructive: false,
  params: [{name: 'host', title: 'the host', type: 'host', required: true, candidates: () => [{value: 'ingress', label: 'ingress'}, {value: 'kvm1', label: 'kvm1', impossible: 'it is up already'}]}, {name: 'device', title: 'the device', type: 'text', required: true}],
  preflight: async () => [], plan: async () => plan, targets: () => [], verify: async () => [], undo: async () => 'no',
};
const recorded: RecordedRun = {run: {id: 'run-1', action: 'link.up', params: {}, plan, undoes: undefined, startedAt: start, done: [], values: {}}, who: {user: 'oper', uid: 1, host: 'ops', pid: 1, tty: undefined, by: 'console'}, context: 'prod', preflight: [], overridden: [], steps: [], notes: [], verified: undefined, again: [], end: undefined, undoneBy: undefined};

function fakeGate(more: {readonly readOnly?: string; readonly confirmName?: string; readonly interrupted?: readonly RecordedRun[]; readonly left?: boolean} = {}) {
  const asked: unknown[] = [];
  const done: RunResult = more.readOnly ? {run: undefined, status: 'refused', because: 'read-only', says: 'read-only (--read-only): nothing is changed from here', verified: []} : {run: 'run-9', status: 'done', says: 'the fabric shows it', verified: []};
  const gate: Gate = {
    readOnly: more.readOnly, actions: () => [action], find: (id) => (id === action.id ? action : undefined), interrupted: () => more.interrupted ?? [],
    prepare: async (id, params): Promise<Prepared> => {
      asked.push(['prepare', id, params]);
      return {action, params, wrong: [], preflight: [], plan: {...plan, confirmName: more.confirmName}, problem: undefined, undoes: undefined, refusal: more.readOnly && `read-only (${more.readOnly}): nothing is changed from here`};
    },
    run: async (_prepared, options) => {
      asked.push(['run', options?.typed, ...(options?.takeOver ? ['taken over'] : [])]);
      if (more.left && !options?.takeOver) return {run: undefined, status: 'refused', because: 'lock', says: 'the lock was left by run-1', verified: [], left: {run: 'run-1'}};
      options?.onEvent?.({kind: 'step', step: plan.steps[0] as Plan['steps'][number], state: 'ok', says: 'exit 0'});
      return done;
    },
    resume: async (run) => { asked.push(['resume', run]); return done; }, verify: async (run) => { asked.push(['verify', run]); return done; }, prepareUndo: async () => 'no',
  };
  return {asked, changes: {gate, runs: () => more.interrupted ?? []}};
}
const onHosts = {initial: {kind: 'table', resource: 'hosts'}} as const;

describe('a change', () => {
  it('goes from the row through parameters and plan to the gate, and shows its result', async () => {
    const {asked, changes} = fakeGate();
    const {terminal} = await openConsole({...onHosts, changes});
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('y runs it'), 'the plan');
    expect(terminal.screen()).toContain('ip link set dev wg0 up');
    expect(asked).toEqual([['prepare', 'link.up', {host: 'ingress', device: 'wg0'}]]);
    await terminal.press('y');
    await terminal.until((screen) => screen.includes('done: the fabric shows it'), 'the result');
    expect(terminal.screen()).toContain('run run-9 in the journal');
    expect(asked.at(-1)).toEqual(['run', undefined]);
  });
  it('is not offered where it is impossible, and says why', async () => {
    const {asked, changes} = fakeGate();
    const {terminal} = await openConsole({...onHosts, changes});
    await terminal.press('j', 'a', keys.enter);
    expect(terminal.lines().at(-2)).toContain('not possible: it is up already');
    expect(asked).toEqual([]);
  });
  it('wants the name typed when it destroys, and Esc does nothing', async () => {
    const {asked, changes} = fakeGate({confirmName: 'vm7'});
    const {terminal} = await openConsole({...onHosts, changes});
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('Type vm7'), 'the question');
    await terminal.esc();
    expect(terminal.lines().at(-2)).toContain('nothing was done');
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('Type vm7'), 'the question again');
    await terminal.press(...'vm7', keys.enter);
    await terminal.until((screen) => screen.includes('done: '), 'the result');
    expect(asked.filter((one) => (one as string[])[0] === 'run')).toEqual([['run', 'vm7']]);
  });
  it.each([undefined, 'vm7'])('is only shown when nothing may be changed, and nothing is asked: name to type %s', async (confirmName) => {
    const {asked, changes} = fakeGate({readOnly: '--read-only', ...(confirmName !== undefined && {confirmName})});
    const {terminal} = await openConsole({...onHosts, changes});
    expect(terminal.lines()[0]).toContain('READ-ONLY');
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('read-only (--read-only): nothing is changed from here; Esc goes back'), 'the plan');
    expect(terminal.screen()).not.toMatch(/y runs it|Type vm7|█/);
    expect(terminal.lines().at(-1)).not.toContain('run it');
    for (const key of ['y', keys.enter, ...'vm7', keys.enter]) await terminal.press(key);
    expect(terminal.lines().at(-2)).toContain('read-only (--read-only): nothing is changed from here');
    expect(asked.filter((one) => (one as string[])[0] === 'run')).toEqual([]);
    await terminal.esc();
    expect(terminal.lines().at(-2)).toContain('nothing was done');
  });
  it('meets the lock of a console that has ended: it is taken over only when that was seen and confirmed', async () => {
    const {asked, changes} = fakeGate({interrupted: [recorded], left: true});
    const {terminal} = await openConsole({...onHosts, changes});
    await terminal.press('2', 'a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('y runs it'), 'the plan');
    await terminal.press('y');
    await terminal.until((screen) => screen.includes('t takes that lock over'), 'the offer');
    expect(terminal.screen()).toContain('refused: the lock was left by run-1');
    await terminal.press('t');
    await terminal.until((screen) => screen.includes('y takes the lock over and runs it'), 'the question');
    expect(terminal.screen()).toMatch(/Take over the lock of this fabric, and then: Bring wg0 up[^]*Run run-1: Bring wg0 up[^]*it was cut off, or goes on/);
    expect(asked.filter((one) => (one as string[])[0] === 'run')).toEqual([['run', undefined]]);
    await terminal.press('y');
    await terminal.until((screen) => screen.includes('done: the fabric shows it'), 'the result');
    expect(asked.slice(-1)).toEqual([['run', undefined, 'taken over']]);
  });
  it('t takes nothing over that nobody left', async () => {
    const {asked, changes} = fakeGate();
    const {terminal} = await openConsole({...onHosts, changes});
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('y runs it'), 'the plan');
    await terminal.press('y');
    await terminal.until((screen) => screen.includes('done: '), 'the result');
    await terminal.press('t');
    expect(terminal.screen()).not.toContain('lock');
    expect(asked).toHaveLength(2);
  });
  it.each([[false, 'Esc stop after this step', 'stopping after the present step'], [true, 'Esc stop  ', 'stopping']])('is stopped where that can be, and the bar says where: a wait %s', async (cancellable, word, stopping) => {
    const {changes} = fakeGate();
    const step = {...plan.steps[0]!, cancellable};
    const gate: Gate = {...changes.gate, run: (_prepared, options) => new Promise(() => options?.onEvent?.({kind: 'step', step, state: 'started', says: ''}))};
    const {terminal} = await openConsole({...onHosts, changes: {...changes, gate}});
    await terminal.press('a', keys.enter, ...'wg0', keys.enter);
    await terminal.until((screen) => screen.includes('y runs it'), 'the plan');
    await terminal.press('y');
    await terminal.until((screen) => screen.includes('running'), 'the step');
    expect(terminal.lines().at(-1)).toContain(word);
    await terminal.esc();
    expect(terminal.lines().find((line) => line.includes('stopping'))?.trim()).toMatch(new RegExp(`${stopping}$`));
  });
  it('is chosen with j and k, and ? shows its keys over it, where nothing is typed', async () => {
    const {changes} = fakeGate();
    const two = [action, {...action, id: 'link.down', title: 'Take a device down'}];
    const {terminal} = await openConsole({...onHosts, changes: {...changes, gate: {...changes.gate, actions: () => two}}});
    const marked = () => terminal.lines().find((line) => line.includes('▸'));
    await terminal.press('a', 'j');
    expect(marked()).toContain('Take a device down');
    await terminal.press('k');
    expect(marked()).toContain('Bring a device up');
    await terminal.press('?');
    expect(terminal.screen()).toMatch(/Dialog of a change[^]*Go on although/);
    await terminal.press('?');
    expect(marked()).toContain('Bring a device up');
    await terminal.press('?', 'q', keys.enter, ...'jk?');
    expect(terminal.screen()).toContain('jk?█');
  });
  describe('with a parameter that may be left out', () => {
    const ping = {name: 'ping', title: 'pings', type: 'text', required: false, candidates: () => [{value: 'yes', label: 'yes'}, {value: 'no', label: 'no'}]} as const;
    const opened = async () => {
      const {asked, changes} = fakeGate();
      const {terminal} = await openConsole({...onHosts, changes: {...changes, gate: {...changes.gate, actions: () => [{...action, params: [action.params[0]!, ping]}]}}});
      await terminal.press('a', keys.enter);
      return {asked, terminal, marked: () => terminal.lines().filter((line) => /^ +▸/.test(line)).map((line) => line.trim())};
    };
    it.each([
      ['nothing is marked, and Enter leaves it out', [], [], {host: 'ingress'}],
      ['a choice is marked with ↓, and taken', [keys.down, keys.down], ['▸ no'], {host: 'ingress', ping: 'no'}],
      ['a choice is marked by what is typed, and taken', ['y'], ['▸ yes'], {host: 'ingress', ping: 'yes'}],
      ['↑ leaves the first one, and so does what is erased', [keys.down, keys.up, 'n', keys.backspace], [], {host: 'ingress'}],
    ])('%s', async (_, pressed, marks, params) => {
      const {asked, terminal, marked} = await opened();
      await terminal.press(...pressed);
      expect(marked()).toEqual(marks);
      await terminal.press(keys.enter);
      await terminal.until((screen) => screen.includes('y runs it'), 'the plan');
      expect(asked).toEqual([['prepare', 'link.up', params]]);
    });
    it('refuses in its field what is none of its choices', async () => {
      const {asked, terminal} = await opened();
      await terminal.press(...'maybe', keys.enter);
      expect(terminal.lines().at(-2)).toContain('there is no "maybe"; possible: yes, no');
      expect(terminal.screen()).toContain('maybe█');
      expect(asked).toEqual([]);
    });
  });
  it('of the inside of the console is not offered', async () => {
    const {changes} = fakeGate();
    const inner = {...action, id: 'runbook.step', title: 'A step of a runbook', internal: true as const};
    const {terminal} = await openConsole({...onHosts, changes: {...changes, gate: {...changes.gate, actions: () => [inner, action]}}});
    await terminal.press('a');
    expect(terminal.screen()).toContain('Bring a device up');
    expect(terminal.screen()).not.toContain('A step of a runbook');
  });
  it('that was cut off is offered at the start', async () => {
    const {asked, changes} = fakeGate({interrupted: [recorded]});
    const {terminal} = await openConsole({changes});
    await terminal.until((screen) => screen.includes('1 run was cut off'), 'the offer');
    await terminal.press('a');
    expect(terminal.screen()).toMatch(/Verify[^]*Resume[^]*Undo/);
    await terminal.press(keys.enter);
    await terminal.until((screen) => screen.includes('done: '), 'what the gate found');
    expect(asked).toEqual([['verify', 'run-1']]);
  });
});

it('keys that were pressed before the fabric was open count', async () => {
  const {terminal} = await openConsole({typed: ['2']});
  await terminal.until((screen) => screen.includes('ACCESS'), 'the hosts');
});
