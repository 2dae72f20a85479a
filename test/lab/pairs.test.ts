/**
 * Two faults of the lab at once: both are named, each as the cause that it is alone, and nothing beside them; after both
 * were undone nothing is wrong. The pairs are those of the embedded fabric (test/contract/diagnosis/pairs.ts).
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {applyFault, inForce, labFault, labFaults, undoFault} from '../../lab/faults/index.ts';
import type {Stage} from '../../lab/faults/index.ts';
import {sessionLost} from '../../lab/faults/daemons.ts';
import {down, up} from '../../lab/lab.ts';
import type {Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {pairs} from '../contract/diagnosis/pairs.ts';
import {expectations} from '../contract/faults/expectations.ts';
import {spec} from '../contract/faults/lab-world.ts';
import {consoleOfLab} from './facts.ts';
import type {ConsoleInOps} from './facts.ts';
import {causesOf, inWords} from './judges.ts';
import type {ToldCause} from './protocol.ts';

const why = whyNoLab();
const name = process.env['LAB_PAIRS_NAME'] ?? 'fp';
/** BGP and the FDBs settle in their own time; a busy machine reads slowly. */
const settleMs = 30_000;
/** Its router asks for leases never: what a fault takes from it stays away. */
const opennebula = {routerPollMs: 3_600_000};
/** Rounds of reading, from when both are in force on the machines, in which both are named. */
const maxRounds = 4;
const reports = join(import.meta.dirname, '../../.tmp');

/** As docs/DIAGNOSIS.md shows it. */
interface Named {
  readonly faults: readonly [string, string];
  readonly causes: readonly string[]; // named in the last round
  readonly explains: number;
  readonly seconds: number; // from where both were in force until both were named, and nothing else
  readonly rounds: number; // of reading
  readonly passing: readonly string[]; // named for a moment, before
}

describe.skipIf(why)(why ? `pairs of faults: not run (${why})` : 'pairs of faults', () => {
  let lab: Lab;
  let terminal: ConsoleInOps | undefined;
  let standing = false;
  const all: Named[] = [];

  const stand = async (): Promise<void> => {
    if (standing) return;
    await terminal?.close();
    await down(name);
    lab = await up({name, hosts: spec.hosts, vnis: [...spec.vnis], vms: spec.vms, opennebula});
    await lab.converge();
    terminal = consoleOfLab(lab);
    await terminal.ask({diagnosis: true}); // the first round learns which commands the versions know
    standing = true;
  };

  interface Heard {
    readonly causes: readonly ToldCause[];
    readonly rounds: number;
    readonly ms: number;
    readonly passing: readonly string[];
  }
  /** Rounds of reading until just these are named, or time is up. */
  const hear = async (wanted: readonly string[], afresh: boolean): Promise<Heard> => {
    const began = performance.now();
    const seen = new Set<string>();
    for (let round = 1; ; round++) {
      const {diagnosis: {causes}} = await terminal!.ask({diagnosis: true}, afresh && round === 1);
      const ms = performance.now() - began;
      const ids = causes.map(({id}) => id);
      if (ids.toSorted().join() === wanted.toSorted().join() || ms > settleMs) return {causes, rounds: round, ms, passing: [...seen].filter((id) => !ids.includes(id))};
      for (const id of ids) seen.add(id);
    }
  };
  const effect = async (fault: string, stage: Stage): Promise<void> => (expectations[fault]?.afterHoldTime ? sessionLost(stage) : labFault(fault)?.noticed?.(stage));

  /** Both at once: the undoing of one may wait for an answer that the other still keeps away. */
  const undone = async (faults: readonly string[]): Promise<void> => {
    const results = await Promise.allSettled(faults.map((fault) => undoFault(lab, fault)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };

  beforeAll(stand);
  afterAll(async () => {
    await terminal?.close();
    if (all.length > 0) {
      mkdirSync(reports, {recursive: true});
      writeFileSync(join(reports, 'pairs.json'), `${JSON.stringify(all, undefined, 1)}\n`);
    }
    expect((await down(name)).left).toEqual([]);
  });

  const there = new Set(labFaults().map((fault) => fault.name));
  test.for(pairs.filter((pair) => pair.every((fault) => there.has(fault))))('%s and %s', async (faults) => {
    await stand();
    standing = false; // until both are undone and all is seen to be well
    const afresh = faults.some((fault) => expectations[fault]?.afresh === true);
    const stages: Stage[] = [];
    for (const fault of faults) stages.push(await applyFault(lab, fault));
    await Promise.all(faults.map((fault, i) => effect(fault, stages[i]!)));
    const wanted = faults.flatMap(causesOf);
    const heard = await hear(wanted, afresh);
    await undone(faults);
    expect(inForce(name)).toEqual([]);
    const well = await hear([], afresh);
    const ids = heard.causes.map(({id}) => id);
    expect.soft(wanted.filter((id) => !ids.includes(id)), 'not named').toEqual([]);
    expect.soft(heard.causes.filter(({id}) => !wanted.includes(id)).map(inWords), 'named besides').toEqual([]);
    expect.soft(well.causes.map(inWords), 'after both were undone').toEqual([]);
    standing = well.causes.length === 0;
    const explains = heard.causes.reduce((sum, cause) => sum + cause.explains.length, 0);
    all.push({faults, causes: ids, explains, seconds: Math.round(heard.ms / 100) / 10, rounds: heard.rounds, passing: heard.passing});
    expect.soft(heard.rounds, 'rounds of reading until both are named').toBeLessThanOrEqual(maxRounds);
  });
});
