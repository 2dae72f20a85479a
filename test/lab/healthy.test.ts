/**
 * Nothing is told of a fabric that is well, whatever its shape, while VMs move about in it: a console that stays open
 * tells nothing at any moment; and soon after the last move, nothing is wrong even at first sight.
 * HEALTHY_MINUTES: how long VMs move in each topology.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, describe, expect, it} from 'vitest';
import {applyFault, undoFault} from '../../lab/faults/index.ts';
import {down, up} from '../../lab/lab.ts';
import type {Lab, WithOpennebula} from '../../lab/lab.ts';
import type {LabSpec} from '../../lab/plan.ts';
import {whyNoGobgp, whyNoLab} from '../../lab/requirements.ts';
import {releases} from '../../lab/roots/releases.ts';
import {migrateByOne} from './one.ts';
import {until} from './reach.ts';
import {watchDiagnosis} from './watching.ts';
import type {Watching} from './watching.ts';

const name = process.env['LAB_HEALTHY_NAME'] ?? 'healthy';
const why = whyNoLab();
const noGobgp = whyNoGobgp();
const minutes = Number(process.env['HEALTHY_MINUTES'] ?? 0);
const movingMs = minutes > 0 ? minutes * 60_000 : 8000;
const limitMs = movingMs + 240_000;
/** From the last move until nothing is wrong even at first sight: BGP, FDBs, two turns of reading on a busy machine. */
const restMs = 60_000;
/**
 * A VM is moved again at the earliest after this time, as an operator might: five moves of a MAC within 180 s are a
 * duplicate by definition (RFC 7432 15.1, and FRR's defaults).
 */
const pauseMs = 60_000;

interface Topology {
  readonly spec: Partial<LabSpec>;
  /** Checks that must have something to pass. */
  readonly passes: number;
}
const topologies: Readonly<Record<string, Topology>> = {
  'a reflector and two hypervisors': {spec: {hosts: 2, vms: 8}, passes: 150},
  'reflectors on two of three hypervisors': {spec: {hosts: 3, vms: 6, reflectors: 'hypervisors'}, passes: 200},
  'two edge clusters': {spec: {hosts: 4, vms: 8, clusters: 2}, passes: 250},
  'a hypervisor with GoBGP': {spec: {hosts: 3, vms: 6, gobgp: ['kvm3']}, passes: 150},
  'four versions of FRR': {spec: {vms: 8, frr: releases.map(({frr}) => frr)}, passes: 250},
  'eight hypervisors': {spec: {hosts: 8, vnis: [2], vms: 8}, passes: 400},
};
/** Its router asks for leases seldom: nothing changes there. */
const opennebula: WithOpennebula['opennebula'] = {routerPollMs: 30_000};

const reports = join(import.meta.dirname, '../../.tmp');
/** As docs/DIAGNOSIS.md shows it. */
interface Measured {
  readonly topology: string;
  readonly passes: number;
  readonly minutes: number; // of moving
  readonly moves: number;
  readonly told: number; // findings, each counted once
  readonly wellS: number; // from the end of the last move until nothing was wrong even at first sight
}

describe.skipIf(why)(why ? `healthy fabrics: not run: ${why}` : 'healthy fabrics', () => {
  let watching: Watching | undefined;
  const all: Measured[] = [];
  afterAll(() => {
    if (all.length === 0) return;
    mkdirSync(reports, {recursive: true});
    writeFileSync(join(reports, 'healthy.json'), `${JSON.stringify(all, undefined, 1)}\n`);
  });
  afterEach(async () => {
    await watching?.close();
    watching = undefined;
    expect((await down(name)).left).toEqual([]);
  });

  /**
   * VMs in turn, each to the next hypervisor, and none too often: when they move for long, evenly over that time, so
   * that it is never quiet.
   */
  const move = async (lab: Lab, untilAt: number): Promise<{readonly moves: number; readonly lastAt: number}> => {
    let moves = 0;
    const at = new Map<number, string>(); // it is OpenNebula that moves them
    const last = new Map<number, number>();
    let next = 0;
    let lastAt = performance.now();
    while (performance.now() < untilAt) {
      const {vms, machines} = lab.plan();
      const hypervisors = machines.filter(({role}) => role === 'hypervisor').map((machine) => machine.name);
      const vm = vms[moves % vms.length]!;
      const wait = Math.min(untilAt, Math.max(next, (last.get(vm.id) ?? -Infinity) + pauseMs)) - performance.now();
      if (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        continue;
      }
      last.set(vm.id, performance.now());
      next = performance.now() + (minutes > 0 ? pauseMs / vms.length : 0);
      const to = hypervisors[(hypervisors.indexOf(at.get(vm.id) ?? vm.host) + 1) % hypervisors.length]!;
      await migrateByOne(lab, vm.id, to);
      at.set(vm.id, to);
      lastAt = performance.now();
      moves++;
    }
    return {moves, lastAt};
  };

  it.for(Object.entries(topologies))('%s: passes, and nothing else, while VMs move', {timeout: limitMs}, async ([title, {spec, passes}], {skip}) => {
    if (spec.gobgp && noGobgp) skip(noGobgp);
    const began = performance.now();
    const lab = await up({name, ...spec, opennebula});
    await lab.converge();
    const built = performance.now();
    watching = watchDiagnosis(lab);
    const first = await watching.now();
    expect(first.held.causes).toEqual([]);
    expect(first.held.passes).toBeGreaterThan(passes);
    const settled = performance.now();
    const {moves, lastAt} = await move(lab, performance.now() + movingMs);
    expect(moves).toBeGreaterThan(0);
    let last = await watching.now();
    const end = performance.now() + restMs;
    while (last.bare.causes.length > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      last = await watching.now();
    }
    const wellS = Math.round((performance.now() - lastAt) / 100) / 10;
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    const told = new Set(watching.changes.flatMap(({held}) => held.causes.map(({id}) => id))).size;
    console.log(`${title}: up ${seconds(built - began)} s, read ${seconds(settled - built)} s, ${moves} moves, ${told} told, well ${wellS} s after the last; ${last.looks} looks, ${last.held.passes} passes`);
    all.push({topology: title, passes: last.held.passes, minutes: Math.round(movingMs / 6000) / 10, moves, told, wellS});
    expect(watching.changes.flatMap(({held, evidence}) => (held.causes.length > 0 ? evidence : []))).toEqual([]);
    expect(last.bare.causes).toEqual([]);
    if (spec.hosts !== 2) return;
    // The same watcher is not blind.
    await applyFault(lab, 'vxlan-learning');
    await until('it is told', async () => (await watching!.now()).held.causes.map(({id}) => id).join() === 'vxlan.learning@kvm2/2');
    await undoFault(lab, 'vxlan-learning');
    await until('it is told no more', async () => (await watching!.now()).held.causes.length === 0);
  });
});
