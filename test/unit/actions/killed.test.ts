/**
 * A console that is killed at every boundary of every action of the catalogue (one in three, but THOROUGH=1), and the next
 * one, which has only the journal and the fabric to go by: nothing is done twice, nothing is lost.
 */
import {expect, describe, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {several} from '../../lab/actions/several.ts';
import {isTried} from '../../thorough.ts';
import {openBench, type Bench} from './bench.ts';
import {digest} from './digest.ts';
import {device, host, trials, type Trial} from './trials.ts';
import {apply} from '../../../src/simulator/faults/apply.ts';
import type {Prepared} from '../../../src/actions/gate.ts';

const all = [...actions, several];
const table: Readonly<Record<string, Trial>> = {
  ...trials,
  'test.several': {params: {cluster: 'edge', host, device, neighbor: '192.168.0.1'}, before: (world) => void apply(world, 'vxlan-down', host), reads: {[host]: ['ip.links']}},
};

/** Most of a trial is waiting for the fabric: some at once, and not so many that they wait for the machine. */
const one = (() => {
  const waiting: (() => void)[] = [];
  let left = 8;
  return {
    async at<T>(what: () => Promise<T>): Promise<T> {
      if (left > 0) left--;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      try {
        return await what();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else left++;
      }
    },
  };
})();

const confirmed = ({override}: Trial, prepared: Prepared) => ({typed: prepared.plan?.confirmName, override: override ?? []});

/** OpenNebula has ended what it was told to do: no VM is waiting, or between two states. */
const quiet = ({engine}: Bench): Promise<void> => vi.waitFor(() => {
  if (engine.world.vms.some(({state, lcmState}) => state === 1 || (state === 3 && lcmState !== 3))) throw new Error('OpenNebula is at work still');
}, {timeout: 20_000, interval: 20});

/** Undisturbed: the boundaries that it passes, its steps, and the fabric afterwards. */
async function undisturbed(id: string, trial: Trial) {
  const bench = await openBench(trial);
  const passed: string[] = [];
  const {gate} = bench.console({actions: all, boundary: (name) => void passed.push(name)});
  const prepared = await gate.prepare(id, trial.params);
  const result = await gate.run(prepared, confirmed(trial, prepared));
  expect(result.status, `${id} undisturbed: ${result.says}`).toBe('done');
  await quiet(bench);
  const after = {passed, shows: digest(bench), steps: prepared.plan!.steps};
  bench.close();
  return after;
}

async function killedAt(id: string, trial: Trial, at: number, whole: Awaited<ReturnType<typeof undisturbed>>): Promise<void> {
  const bench = await openBench(trial);
  try {
    const where = `${id} killed at ${at}, ${whole.passed[at]}`;
    let passed = 0;
    const dead = Promise.withResolvers<string>();
    const first = bench.console({actions: all, doomed: true, boundary: (name, die) => {
      if (passed++ !== at) return undefined;
      dead.resolve(name);
      return die();
    }});
    const prepared = await first.gate.prepare(id, trial.params);
    const run = first.gate.run(prepared, confirmed(trial, prepared));
    const name = await Promise.race([dead.promise, run.then(({says}) => `not killed: ${says}`)]);
    expect(name, where).toBe(whole.passed[at]);

    const {gate, journal} = bench.console({actions: all, user: 'bob'});
    const [open, ...more] = gate.interrupted();
    expect(more).toEqual([]);
    if (name === 'locked' || name === 'reread') {
      // Nothing was begun: nothing is offered, and the lock of the dead console is in the way until it is taken knowingly.
      expect(open, where).toBeUndefined();
      expect(bench.sent, where).toEqual([]);
      const again = await gate.prepare(id, trial.params);
      expect(await gate.run(again, confirmed(trial, again)), where).toMatchObject({status: 'refused', because: 'lock'});
      expect(await gate.run(again, {...confirmed(trial, again), takeOver: true}), where).toMatchObject({status: 'done'});
    } else if (name === 'ended' || name === 'released') {
      expect(open, where).toBeUndefined();
    } else {
      expect(open?.run.action, where).toBe(id);
      const result = await gate.resume(open!.run.id);
      expect(result.status, `${where}: ${result.says}`).toBe('done');
    }
    const [recorded, ...others] = journal.runs();
    expect(others, where).toEqual([]);
    expect(recorded?.end?.status, where).toBe('done');
    expect(recorded?.steps.filter(({state}) => state !== 'ok' && state !== 'already'), where).toEqual([]);
    expect(gate.interrupted(), where).toEqual([]);
    // Nothing lost, nothing twice: the fabric is as if nothing had happened, and what has an effect each time was sent once.
    await quiet(bench);
    expect(digest(bench), where).toEqual(whole.shows);
    for (const step of whole.steps) {
      const times = bench.sent.filter((one) => one === step.id).length;
      if (step.effect.kind !== 'watch') expect(times, `${where}: ${step.id} was sent`).toBeGreaterThanOrEqual(1);
      expect(times, `${where}: ${step.id} was sent`).toBeLessThanOrEqual(step.resume === 'ask' ? 1 : 2);
    }
  } finally {
    bench.close();
  }
}

describe('a console that is killed at any boundary of', () => {
  it('an action: each has an entry in the table of trials', () => {
    expect(actions.map(({id}) => id).filter((id) => !trials[id])).toEqual([]);
  });

  it.concurrent.each(Object.keys(table).map((id) => [id] as const))('%s: the next one resumes it; nothing twice, nothing lost', async (id) => {
    const trial = table[id]!;
    const whole = await one.at(() => undisturbed(id, trial));
    expect(whole.passed).toHaveLength(6 + 3 * whole.steps.length);
    // A step has three boundaries: from step to step another of them, from action to action another step.
    const nth = Object.keys(table).indexOf(id);
    const places = [...whole.passed.keys()].filter((at) => isTried(at + Math.floor(at / 3) + nth));
    await Promise.all(places.map((at) => one.at(() => killedAt(id, trial, at, whole))));
  }, 240_000); // of all of them together: they wait for each other
});
