/**
 * Every fault of the lab, each brought about once and held to everything in that time: what it breaks (pings from inside
 * the namespaces), what the console in `ops` reads and makes of it, and that it goes without a trace.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {applyFault, inForce, labFault, labFaults, undoFault} from '../../lab/faults/index.ts';
import {sessionLost} from '../../lab/faults/daemons.ts';
import {surprises as wrongWays, truthOnce} from '../../lab/faults/measure.ts';
import {traces} from '../../lab/faults/traces.ts';
import {down, up} from '../../lab/lab.ts';
import type {Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {brokenWays, waysOf} from '../../lab/truth.ts';
import type {WayTruth} from '../../lab/truth.ts';
import {lastSurprises} from '../contract/faults/console.ts';
import {expectations, migrated, surprises} from '../contract/faults/expectations.ts';
import type {Facts} from '../contract/faults/facts.ts';
import {spec} from '../contract/faults/lab-world.ts';
import {consoleOfLab} from './facts.ts';
import type {ConsoleInOps} from './facts.ts';
import {hear} from './hearing.ts';
import type {Heard} from './hearing.ts';
import {causesOf, questions} from './judges.ts';

const why = whyNoLab();
const name = process.env['LAB_FAULTS_NAME'] ?? 'faults';
/** A busy machine takes its time; what is right is seen at once. */
const settleMs = 15_000;
/** To bring about, and to undo. */
const limitMs = 20_000;
/** Its router asks for leases never: what a fault takes from it stays away. */
const opennebula = {routerPollMs: 3_600_000};
const reports = join(import.meta.dirname, '../../.tmp');
/** Rounds of reading, from the first that has what the fault changes, in which the cause is named. */
const maxRounds = 2;

interface Measured {
  readonly fault: string;
  readonly target: string;
  readonly applyMs: number;
  readonly undoMs: number;
  readonly ways: readonly Pick<WayTruth, 'from' | 'to' | 'kind' | 'small' | 'full'>[];
}
/** As docs/DIAGNOSIS.md shows it. */
interface Diagnosed {
  readonly fault: string;
  readonly causes: readonly string[];
  readonly explains: number; // findings that were folded under them
  readonly verdictMs: number; // from where the fault had its effect on the machine until the cause was named
  readonly rounds: number; // of reading
  readonly besides: readonly string[]; // causes that were named and should not have been, while it was in force
  readonly passing: readonly string[]; // named for a moment, before the verdict
}

const inRounds = ({content}: Heard): string => Object.entries(content).map(([judge, {round, ms}]) => `${judge} in round ${round} (${(ms / 1000).toFixed(1)} s)`).join(', ');

/** Their MAC is on the move while it is read: between two flags of FRR a round may find it at rest, in one place or the other. */
const movingMacs: ReadonlySet<string> = new Set(['mac-duplicate', 'mac-frozen', 'mac-flapping']);

describe.skipIf(why)(why ? `faults: not run (${why})` : 'faults', () => {
  let lab: Lab;
  let terminal: ConsoleInOps;
  let healthy: Facts;
  let before: Record<string, string>;
  let standing = false;
  const measured: Measured[] = [];
  const diagnosed: Diagnosed[] = [];

  const read = async (): Promise<Facts> => (await terminal.ask({facts: true})).facts;
  /** A lab that is well; where an undoing failed, a new one. */
  const stand = async (): Promise<void> => {
    if (standing) return;
    await terminal?.close();
    await down(name);
    lab = await up({name, hosts: spec.hosts, vnis: [...spec.vnis], vms: spec.vms, opennebula});
    await lab.converge();
    terminal = consoleOfLab(lab);
    await read(); // the first round learns which commands the versions know
    [healthy, before] = await Promise.all([read(), traces(lab)]);
    standing = true;
  };

  beforeAll(stand);
  afterAll(async () => {
    await terminal?.close();
    if (measured.length > 1) {
      mkdirSync(reports, {recursive: true});
      for (const [file, all] of [['faults', measured], ['diagnosis', diagnosed]] as const) writeFileSync(join(reports, `${file}.json`), `${JSON.stringify(all, undefined, 1)}\n`);
    }
    expect((await down(name)).left).toEqual([]);
  });

  test('a healthy lab: every way passes, small and full', async () => {
    const {truth, wrong} = await truthOnce(lab, brokenWays);
    expect(wrong).toEqual([]);
    const {there, back} = waysOf(lab.plan());
    expect(truth.ways).toHaveLength(there.length + back.length);
    expect(truth.ways.filter(way => way.kind === 'sdnat').map(way => way.address)).toEqual(['203.0.113.201']);
  });

  test('a healthy lab: the console reads all probes, sessions, tunnels, VNIs, MACs', () => {
    const bad = Object.entries(healthy).filter(([key, value]) =>
      (key.startsWith('read ') && value !== 'value') || (key.startsWith('trouble ') && value !== 'none') || (key.startsWith('session ') && !value.startsWith('established')) || (key.startsWith('vm ') && !value.endsWith(', well')));
    expect(bad).toEqual([]);
    expect(Object.keys(healthy).length).toBeGreaterThan(100);
    expect(healthy['access OpenNebula']).toBe('ready');
  });

  test.for(labFaults())('$family: $name', async ({name: fault}) => {
    await stand();
    const {afterHoldTime = false, afresh = false} = expectations[fault] ?? {};
    const times: string[] = [];
    let last = performance.now();
    const lap = (what: string): number => {
      const took = performance.now() - last;
      last += took;
      times.push(`${what} ${(took / 1000).toFixed(1)}`);
      return took;
    };
    standing = false; // until it is undone and seen to be well
    const stage = await applyFault(lab, fault);
    const applyMs = lap('apply');
    expect(inForce(name).map(entry => entry.name)).toEqual([fault]);
    const applied = performance.now();
    await (afterHoldTime ? sessionLost(stage) : labFault(fault)?.noticed?.(stage));
    lap('noticed');
    const ask = questions(lab.plan());
    const inTime = truthOnce(lab, seen => wrongWays(fault, seen, stage));
    const heard = await hear(terminal, ask, inTime.then(({truth}) => ({fault: {name: fault, stage}, healthy, truth})), {afresh, since: applied, limitMs: settleMs});
    const {truth, wrong} = await inTime;
    lap('asked');
    await undoFault(lab, fault);
    const undoMs = lap('undo');
    const inPeace = truthOnce(lab, brokenWays);
    const [well, after] = await Promise.all([hear(terminal, ask, inPeace.then(peace => ({fault: undefined, healthy, truth: peace.truth})), {afresh, since: performance.now(), limitMs: settleMs}), traces(lab)]);
    const waysAfter = (await inPeace).wrong;
    lap('well');
    if (process.env['LAB_TIMES']) console.log(`${fault}: ${times.join(', ')}; ${inRounds(heard)}; after: ${inRounds(well)}`);
    expect.soft(wrong, 'ways while it is in force').toEqual([]);
    expect.soft(heard.surprises, 'what the console reads, names, traces').toEqual([]);
    expect.soft(waysAfter, 'ways after it').toEqual([]);
    expect.soft(well.surprises, 'what the console reads, names, traces after it').toEqual([]);
    expect.soft(after, 'traces').toEqual(before);
    expect(inForce(name)).toEqual([]);
    standing = waysAfter.length === 0 && well.surprises.length === 0;
    expect(applyMs).toBeLessThan(limitMs);
    expect(undoMs).toBeLessThan(limitMs);
    const {facts, diagnosis} = heard.content;
    if (diagnosis) {
      expect.soft(diagnosis.round - (facts?.round ?? 1) + 1, `rounds of reading until the cause is named; named meanwhile: ${heard.passing.join(' ') || 'nothing else'}`).toBeLessThanOrEqual(movingMacs.has(fault) ? 6 : maxRounds);
      const expected = causesOf(fault);
      const {causes} = heard.last.diagnosis;
      diagnosed.push({
        fault, causes: expected, verdictMs: diagnosis.ms, rounds: diagnosis.round, passing: heard.passing,
        explains: causes.reduce((sum, {explains}) => sum + explains.length, 0), besides: causes.map(({id}) => id).filter(id => !expected.includes(id)),
      });
    }
    measured.push({fault, target: stage.target, applyMs: Math.round(applyMs), undoMs: Math.round(undoMs), ways: truth.ways.map(({from, to, kind, small, full}) => ({from, to, kind, small, full}))});
  });

  test('a live migration behind the back of OpenNebula: the MAC, its forwarding and its tap are elsewhere, on every host', async () => {
    await stand();
    standing = false;
    await lab.migrate('vm4', 'kvm1');
    expect(await lastSurprises(async () => surprises(healthy, await read(), migrated(false)), settleMs)).toEqual([]);
  });
});
