/** Keeps the record of every migration that goes through a gate, whoever began it: one file each, made from the journal. */
import {join} from 'node:path';
import type {Gate} from '../actions/gate.ts';
import {paths} from '../config/paths.ts';
import {flightOf, openFlights, type Flights} from '../journal/flights.ts';
import type {Journal} from '../journal/journal.ts';
import type {RunResult} from '../model/action.ts';
import type {Io} from './io.ts';

export const flightsOf = (journal: Journal, context: string, {env, home}: Pick<Io, 'env' | 'home'>): Flights =>
  openFlights(join(paths(env, home).stateDir, 'flights'), context, () => journal.runs());

/** The same gate. A record that cannot be written is said, and changes nothing about the run: the journal has it all. */
export function keepingFlights(gate: Gate, journal: Journal, flights: Pick<Flights, 'keep'>, warn: (says: string) => void): Gate {
  const kept = async (result: Promise<RunResult>): Promise<RunResult> => {
    const {run} = await result;
    try {
      const recorded = run === undefined ? undefined : journal.find(run);
      const flight = recorded && flightOf(recorded);
      if (flight) flights.keep(flight);
    } catch (error) {
      warn(`the record of the flight could not be kept: ${(error as Error).message}`);
    }
    return result;
  };
  return {
    ...gate,
    run: (prepared, options) => kept(gate.run(prepared, options)),
    resume: (run, options) => kept(gate.resume(run, options)),
    verify: (run, options) => kept(gate.verify(run, options)),
  };
}
