import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {scriptsOf} from '../../../src/runbooks/engine/scripts.ts';
import {stepAction, type RunbookPlan} from '../../../src/runbooks/engine/step-action.ts';
import {inventoryOf} from '../../../src/runbooks/builtin/ansible.ts';
import type {ActionContext, ActionRun, Done} from '../../../src/model/action.ts';
import type {StepFunction, Value} from '../../../src/runbooks/model.ts';

const ctx = {} as ActionContext;
const work = {id: 'net', host: undefined, check: undefined, verify: undefined, undo: undefined, undone: undefined, value: undefined, deadlineS: 20, verifyWithinS: 20, notUndoable: undefined, data: {name: 'net'}};
const plan: RunbookPlan = {
  what: 'a network', targets: [], notUndoable: [],
  steps: [{id: 'net.make', title: 'make it', effect: {kind: 'one', method: 'one.vn.allocate', args: ['']}, deadlineS: 20, resume: 'ask', cancellable: false}],
  runbook: {session: 's', runbook: 'r', step: 'make', function: 'net', works: [work]},
};
const begun: ActionRun = {id: 'run', action: 'runbook.step', params: {}, plan, undoes: undefined, startedAt: 0, done: [], values: {}};

/** A function whose call is answered for by `answer`; `asked` gets the data that it was asked with. */
function bench(answer: Done): {readonly action: ReturnType<typeof stepAction>; readonly asked: (Value | undefined)[]} {
  const asked: (Value | undefined)[] = [];
  const net: StepFunction = {
    name: 'net', description: '', with: {}, work: () => Promise.resolve([]),
    done: (_, __, ___, data) => {
      asked.push(data);
      return Promise.resolve(answer);
    },
    undo: (_, run) => Promise.resolve(run.values['net.make'] === undefined ? [] : [{id: 'delete-net', data: {name: 'net', kept: 1}, calls: [{id: 'delete', title: 'delete it', method: 'one.vn.delete', args: [Number(run.values['net.make'])]}]}]),
  };
  return {action: stepAction(new Map([['net', net]])), asked};
}

test('a call that was cut off and had its effect is taken back, by the number that it has got', async () => {
  const {action} = bench({done: true, value: 7, says: 'net is there'});
  const undoing = await action.undo(ctx, begun);
  expect(undoing).toMatchObject({steps: [{id: 'delete-net.delete', effect: {method: 'one.vn.delete', args: [7]}}]});
});

test('one that had none leaves nothing to undo; where nobody can tell, nothing is planned', async () => {
  expect(await bench({done: false, says: 'there is no net'}).action.undo(ctx, begun)).toBe('this step has no undo');
  await expect(bench({done: undefined, says: 'OpenNebula does not answer'}).action.undo(ctx, begun)).rejects.toThrow('OpenNebula does not answer');
});

test('an undoing that is taken up again asks its function with what that gave for it', async () => {
  const {action, asked} = bench({done: true, value: 7, says: 'net is there'});
  const undoing = await action.undo(ctx, begun) as RunbookPlan;
  const again: ActionRun = {...begun, id: 'undo', plan: JSON.parse(JSON.stringify(undoing)) as RunbookPlan, undoes: 'run'};
  asked.length = 0;
  await action.done!(ctx, again, undoing.steps[0]!);
  expect(asked).toEqual([{name: 'net', kept: 1}]);
});

test('after an undo its check must not hold any more; a step that only waits, or that says itself what was before, is not asked that', () => {
  const work = {id: 'kvm1', host: 'kvm1', check: 'true', apply: 'true', undo: 'true'};
  const exit = (script: string | undefined): number | null => spawnSync('sh', ['-c', script ?? 'exit 99']).status;
  expect(exit(scriptsOf(work, '/nowhere').undone)).toBe(1);
  expect(exit(scriptsOf({...work, check: 'false'}, '/nowhere').undone)).toBe(0);
  expect(scriptsOf({...work, apply: ':', undo: ':'}, '/nowhere').undone).toBeUndefined();
  expect(scriptsOf({...work, undone: '[ ! -e /mark ]'}, '/nowhere').undone).toBe('[ ! -e /mark ]');
});

test('the inventory of one-deploy: reflectors are routers, the control node needs no ssh', () => {
  const member = (host: string, address: string, endpoint: string, reflector: boolean) => ({host, address, length: 24, endpoint, reflector, vtep: !reflector, origin: 'given'});
  const text = inventoryOf([member('ingress', '192.168.0.1', '203.0.113.1', true), member('kvm1', '192.168.0.2', '203.0.113.11', false)], 'ingress', {device: 'wg0', as: 65_001, identity: '/root/key'});
  expect(text.split('\n')).toEqual([
    'all:', '  vars:', '    ansible_user: "root"', '    ansible_ssh_private_key_file: "/root/key"', '    evpn_as: 65001', '    evpn_if: "wg0"', '    evpn_cluster_id: "192.168.0.1"', '    features: {evpn: true}',
    '  children:', '    router:', '      hosts:', '        "ingress": {ansible_connection: local}', '    node:', '      hosts:', '        "kvm1": {ansible_host: "203.0.113.11"}', '',
  ]);
  expect(() => inventoryOf([], 'ingress', {})).toThrow('role of a reflector');
});
