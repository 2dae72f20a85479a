/** Every action by keys, from the list of all of them and as the remedy of a finding, while nothing may be changed. */
import {afterEach, describe, expect, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {commands} from '../../../src/keys/commands.ts';
import type {Finding} from '../../../src/model/finding.ts';
import {resources} from '../../../src/rows/catalogue.ts';
import {Control} from '../../../src/screens/control.ts';
import {act} from '../../../src/screens/handlers.ts';
import {bounded} from '../../../src/screens/diagnosing.ts';
import {judged} from '../../../src/screens/judged.ts';
import {localLists} from '../../../src/screens/lists/catalogue.ts';
import {typeText} from '../../../src/screens/typing.ts';
import {unbound} from '../../../src/screens/unbound.ts';
import {openBench, type Bench} from './bench.ts';
import {digest} from './digest.ts';
import {trials} from './trials.ts';

let bench: Bench;
afterEach(() => bench.close());

async function openControl(id: string): Promise<Control> {
  bench = await openBench(trials[id]);
  const {gate, journal} = bench.console({actions, readOnly: '--read-only'});
  return new Control({source: bench.source, resources, lists: localLists, changes: {gate, runs: () => journal.runs()}, commands, now: Date.now, onQuit: () => undefined, size: {columns: 120, rows: 40}, act, type: typeText, unbound});
}
const type = (control: Control, text: string): void => [...text].forEach((one) => control.press(one));
const phase = (control: Control, wanted: string) => vi.waitFor(() => expect(control.state.flow?.phase).toBe(wanted), {timeout: 20_000, interval: 10});

/** From a plan that is shown to the gate's answer, by the keys that would run it and without them. */
async function refused(control: Control): Promise<void> {
  await phase(control, 'proposal');
  const {flow} = control.state;
  if (flow?.phase !== 'proposal') throw new Error('no plan');
  const {stops, problem, confirmName, lines} = flow.proposal;
  expect(problem, lines.join('\n')).toBeUndefined();
  if (stops.length > 0) control.press('ctrl+o');
  if (confirmName === undefined) control.press('y');
  else {
    type(control, confirmName);
    control.press('enter');
  }
  // The screen asks for nothing and sends nothing; and were it to, the gate refuses.
  expect(control.state.flow).toMatchObject({phase: 'proposal', typed: '', proposal: {refusal: expect.stringContaining('--read-only') as string}});
  const override = stops.map(({name}) => name);
  expect(await flow.proposal.run({override, ...(confirmName !== undefined && {typed: confirmName})})).toMatchObject({status: 'refused', because: 'read-only', says: expect.stringContaining('--read-only') as string});
}

describe.each(actions.map((action, at) => [action.id, action, at] as const))('%s while read-only is refused, and nothing is sent', (id, action, at) => {
  const {params} = trials[id]!;
  const unchanged = async (how: (control: Control) => Promise<void>): Promise<void> => {
    const control = await openControl(id);
    const before = digest(bench);
    await how(control);
    expect(bench.sent).toEqual([]);
    expect(digest(bench)).toEqual(before);
  };

  it('from the list of every action', () => unchanged(async (control) => {
    control.press('a');
    for (let down = 0; down < at; down++) control.press('down');
    control.press('enter');
    for (const {name} of action.params) {
      expect(control.state.flow).toMatchObject({phase: 'params', action: {id}});
      type(control, params[name] ?? '');
      control.press('enter');
    }
    await refused(control);
  }), 60_000);

  it('as the remedy of a finding', () => unchanged(async (control) => {
    const finding: Finding = {
      id: 'made', check: 'made', family: 'access', outcome: 'fail', subject: {id: 'made', label: 'made', hosts: [], rows: []}, says: 'made up', evidence: [],
      remedy: {text: 'do it', action: {id, params}}, missing: [], breaks: [], needs: [], since: 0, symptoms: [],
    };
    control.change({judged: judged(bounded({at: Date.now(), causes: [finding], suspected: [], counts: {}}))});
    control.go({kind: 'finding', id: 'made'});
    control.press('f');
    await refused(control);
  }), 60_000);
});
