/** The embedded fabric as a console reads it under a fault, and what the checks make of it. */
import {processIo} from '../../../src/cli/io.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import type {Diagnosis} from '../../../src/model/finding.ts';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {findFault} from '../../../src/simulator/faults/catalogue.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import {openConsole, type Console} from '../faults/console.ts';
import {expectations} from '../faults/expectations.ts';
import {namesOf, plan, worldOf} from '../faults/lab-world.ts';
import {targetOf} from '../faults/simulated.ts';

export interface Patient {
  /** Reads everything and diagnoses it, until `enough`, or two rounds at most; `afresh`: the first over new connections. */
  diagnose(afresh: boolean, enough: (diagnosis: Diagnosis) => boolean): Promise<Diagnosis>;
  /** The same with faults in force; `most`: rounds. The third is over new connections: a host that was too slow on a busy machine is asked again at once. */
  under(faults: readonly string[], enough: (diagnosis: Diagnosis) => boolean, most?: number): Promise<Diagnosis>;
  close(): Promise<void>;
}

export async function openPatient(): Promise<Patient> {
  const made = plan('contract');
  const simulator: Simulator = await startSimulator({world: worldOf(made, Date.now)});
  const terminal: Console = openConsole(() => targetOf(simulator), {...processIo(), env: {}}, namesOf(made));
  let soiled = true; // what was read of the hosts last is of a fault, or nothing was
  let anew = false; // after a fault of access: a host that is backed off from is asked again at once
  const rounds = async (read: (round: number) => Promise<Fabric>, enough: (diagnosis: Diagnosis) => boolean, most: number): Promise<Diagnosis> => {
    const diagnoser = createDiagnoser({hold: false});
    for (let round = 0; ; round++) {
      const diagnosis = diagnoser(await read(round), Date.now());
      if (enough(diagnosis) || round === most - 1) return diagnosis;
    }
  };
  const diagnose = (afresh: boolean, enough: (diagnosis: Diagnosis) => boolean, most = 2): Promise<Diagnosis> => {
    const first = afresh || anew;
    anew = false;
    return rounds(async (round) => (await terminal.round((first && round === 0) || round === 2)).fabric, enough, most);
  };
  return {
    diagnose,
    under: async (names, enough, most = 2) => {
      const all = names.map((name) => apply(simulator.world, name));
      try {
        // No host has any trouble of what is wrong with OpenNebula: the hosts need not be asked again.
        const ofCloud = names.every((name) => findFault(name)?.family === 'opennebula');
        if (ofCloud && !anew && !soiled) return await rounds(() => terminal.roundOfCloud(), enough, most);
        soiled = !ofCloud;
        return await diagnose(names.some((name) => expectations[name]?.afresh === true), enough, most);
      } finally {
        for (const [i, {host}] of all.entries()) undo(simulator.world, names[i]!, host);
        if (names.some((name) => expectations[name]?.afresh)) anew = true;
      }
    },
    close: async () => {
      await simulator.close(); // first: a host that is silent would not let go of a connection
      await terminal.close();
    },
  };
}
