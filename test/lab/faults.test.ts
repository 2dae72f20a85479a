/** Every fault of the lab: it breaks just what it says, is undone without a trace, and both within seconds. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {applyFault, inForce, labFault, labFaults, undoFault} from '../../lab/faults/index.ts';
import {surprises, truthOnce} from '../../lab/faults/measure.ts';
import {traces} from '../../lab/faults/traces.ts';
import {down, up} from '../../lab/lab.ts';
import type {Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {brokenWays, waysOf} from '../../lab/truth.ts';

const why = whyNoLab();
const name = 'faults';
/** Some 5 s on a machine of its own; one that is shared by others gets more. */
const limitMs = 20_000;

describe.skipIf(why)(why ? `faults: not run (${why})` : 'faults', () => {
  let lab: Lab;
  let before: Record<string, string>;

  beforeAll(async () => {
    await down(name);
    lab = await up({name, hosts: 2, vnis: [2, 3]});
    await lab.converge();
    before = await traces(lab);
  });

  afterAll(async () => {
    expect((await down(name)).left).toEqual([]);
  });

  test('a healthy lab: every way passes, small and full', async () => {
    const {truth, wrong} = await truthOnce(lab, brokenWays);
    expect(wrong).toEqual([]);
    const {there, back} = waysOf(lab.plan());
    expect(truth.ways).toHaveLength(there.length + back.length);
    expect(truth.ways.filter(way => way.kind === 'sdnat').map(way => way.address)).toEqual(['203.0.113.201']);
  });

  // What is done to OpenNebula breaks no packet: its own suite has it.
  for (const {name: fault} of labFaults().filter(({family}) => family !== 'opennebula')) {
    test(fault, async () => {
      const began = performance.now();
      const stage = await applyFault(lab, fault);
      const applied = performance.now() - began;
      expect(inForce(name).map(entry => entry.name)).toEqual([fault]);
      await labFault(fault)?.noticed?.(stage);
      const {wrong} = await truthOnce(lab, truth => surprises(fault, truth, stage));
      const measured = performance.now();
      await undoFault(lab, fault);
      const undone = performance.now() - measured;
      const well = await truthOnce(lab, brokenWays);
      if (process.env['LAB_TIMES']) console.log(`${fault}: applied ${applied.toFixed(0)} ms, undone ${undone.toFixed(0)} ms, all ${(performance.now() - began).toFixed(0)}`);
      expect(wrong).toEqual([]);
      expect(well.wrong).toEqual([]);
      expect(await traces(lab)).toEqual(before);
      expect(inForce(name)).toEqual([]);
      expect(applied).toBeLessThan(limitMs);
      expect(undone).toBeLessThan(limitMs);
    });
  }
});
