/** The contract held against the embedded fabric: one fault after the other, each read as a console reads it, diagnosed, and every way traced. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {effects} from '../../../src/simulator/faults/effects.ts';
import type {FaultFamily} from '../../../src/simulator/faults/catalogue.ts';
import {faults} from '../../../src/simulator/faults/catalogue.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import {migrate} from '../../../src/simulator/world.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {processIo} from '../../../src/cli/io.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import {causes} from '../diagnosis/causes.ts';
import {lastSurprises, openConsole, type Console} from './console.ts';
import {expectations, migrated, surprises} from './expectations.ts';
import {factsOf, type Facts} from './facts.ts';
import {namesOf, plan, worldOf} from './lab-world.ts';
import {targetOf} from './simulated.ts';
import {waySurprises} from './ways.ts';

const limitMs = 60_000;
const settleMs = 30_000; // two rounds in which a daemon that hangs holds up its readings, on a busy machine

/** `migration`: with the live migration, too. */
export function holdContract(families: readonly FaultFamily[], migration = false): void {
  const made = plan('contract');
  let simulator: Simulator;
  let terminal: Console;
  let healthy: Facts;
  const names = namesOf(made);
  let soiled = false; // what was read of the hosts last is of a fault
  let anew = false; // after a fault of access: a host that is backed off from is asked again at once
  beforeAll(async () => {
    simulator = await startSimulator({world: worldOf(made, Date.now)});
    const target = targetOf(simulator);
    terminal = openConsole(() => target, {...processIo(), env: {}}, names);
    await terminal.read();
    healthy = await terminal.read();
  }, limitMs);
  afterAll(async () => {
    await simulator.close(); // first: a host that is silent would not let go of a connection
    await terminal.close();
  });

  const wholeRound = async (afresh: boolean): Promise<Fabric> => (await terminal.round(afresh)).fabric;

  if (migration) {
    it('a live migration: the MAC, its forwarding and its tap are elsewhere, on every host; and back', async () => {
      for (const [to, expectation] of [['kvm1', migrated(true)], ['kvm2', {changes: {}}]] as const) {
        migrate(simulator.world, 4, to);
        expect(await lastSurprises(async () => surprises(healthy, await terminal.read(), expectation), settleMs)).toEqual([]);
      }
    }, limitMs);
  }

  for (const family of families) {
    describe(family, () => {
      it.each(faults.filter((fault) => fault.family === family).map(({name}) => name))('%s', async (name) => {
        const expectation = expectations[name];
        if (!expectation) throw new Error(`what ${name} looks like is not said in expectations.ts`);
        const before = stateOf(simulator);
        const fault = apply(simulator.world, name);
        // No host has any trouble of what is wrong with OpenNebula: the hosts need not be asked.
        const inCloud = family === 'opennebula';
        if (inCloud) expect(effects[name]?.(simulator.world, fault)).toEqual([]);
        // A diagnosis has to be right within two rounds, what is read once the fabric has settled.
        const diagnoser = createDiagnoser({hold: false});
        const expected = causes[name] === undefined ? '' : causes[name];
        let round = 0;
        let rightIn: number | undefined;
        try {
          const read = async (): Promise<readonly string[]> => {
            const fabric = await (inCloud && !soiled && !anew ? terminal.roundOfCloud() : wholeRound(round === 0 && (anew || expectation.afresh === true)));
            round++;
            const told = diagnoser(fabric, Date.now()).causes.map(({id}) => id).join();
            if (told === expected) rightIn ??= round;
            return [...surprises(healthy, factsOf(fabric, names), expectation), ...(rightIn === undefined ? [`diagnosis: ${told}`] : []), ...waySurprises(fabric, Date.now(), made, names, name)];
          };
          expect(await lastSurprises(read, settleMs)).toEqual([]);
          expect(rightIn).toBeLessThanOrEqual(2);
        } finally {
          undo(simulator.world, name, fault.host);
          soiled = !inCloud;
          anew = expectation.afresh === true;
        }
        // What is derived from one state of the world is the same each time: the state tells that nothing is left.
        expect(stateOf(simulator)).toBe(before);
      }, limitMs);
    });
  }

  it('is as before when all are undone', async () => {
    expect(await lastSurprises(async () => {
      const {fabric} = await terminal.round();
      return [...surprises(healthy, factsOf(fabric, names), {changes: {}}), ...waySurprises(fabric, Date.now(), made, names, undefined)];
    }, settleMs)).toEqual([]);
  }, limitMs);
}

const stateOf = ({world}: Simulator): string => JSON.stringify({...world, faults: world.faults ?? [], changes: 0, watchers: 0});
