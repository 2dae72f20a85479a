/** The embedded fabric as a console reads it under a fault, and what the checks make of it. */
import {processIo} from '../../../src/cli/io.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import type {Diagnosis} from '../../../src/model/finding.ts';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import {openConsole, type Console} from '../faults/console.ts';
import {expectations} from '../faults/expectations.ts';
import {namesOf, plan, worldOf} from '../faults/lab-world.ts';
import {targetOf} from '../faults/simulated.ts';

export interface Patient {
  /** Reads everything and diagnoses it, until `enough`, or two rounds at most; `afresh`: the first over new connections. */
  diagnose(afresh: boolean, enough: (diagnosis: Diagnosis) => boolean): Promise<Diagnosis>;
  /** The same with a fault in force. */
  under(fault: string, enough: (diagnosis: Diagnosis) => boolean): Promise<Diagnosis>;
  close(): Promise<void>;
}

export async function openPatient(): Promise<Patient> {
  const made = plan('contract');
  const simulator: Simulator = await startSimulator({world: worldOf(made, Date.now)});
  const terminal: Console = openConsole(() => targetOf(simulator), {...processIo(), env: {}}, namesOf(made));
  const diagnose: Patient['diagnose'] = async (afresh, enough) => {
    const diagnoser = createDiagnoser({hold: false});
    let diagnosis: Diagnosis | undefined;
    for (const round of [0, 1]) {
      const {fabric} = await terminal.round(afresh && round === 0);
      diagnosis = diagnoser(fabric, Date.now());
      if (enough(diagnosis)) break;
    }
    return diagnosis!;
  };
  return {
    diagnose,
    under: async (fault, enough) => {
      const {host} = apply(simulator.world, fault);
      try {
        return await diagnose(expectations[fault]?.afresh === true, enough);
      } finally {
        undo(simulator.world, fault, host);
      }
    },
    close: async () => {
      await simulator.close(); // first: a host that is silent would not let go of a connection
      await terminal.close();
    },
  };
}
