/** Flights as the journal tells them, and kept beside it: one JSON file for each, read again by `flight` and by the console. */
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Flight, FlightNote} from '../model/flight.ts';
import type {RecordedRun} from './records.ts';

const keptFlights = 500; // the oldest go
const mostBytes = 16 << 20;

/** Undefined: the run was no flight, or was cut off before it was recorded. Pure. */
export function flightOf({run, context, notes, verified, end}: RecordedRun): Flight | undefined {
  const parts = notes.filter(({kind}) => kind === 'flight').map(({data}) => data as FlightNote);
  const meta = parts.findLast((part) => part.meta)?.meta;
  if (!meta) return undefined;
  return {
    v: 1, run: run.id, context, ...meta, startedAt: run.startedAt, endedAt: end?.at, status: end?.status, says: end?.says ?? 'it was cut off, or goes on',
    verified: verified ?? [], downtime: parts.findLast((part) => part.downtime)?.downtime, phases: parts.findLast((part) => part.phases)?.phases ?? [],
    events: parts.flatMap(({events}) => events ?? []),
  };
}

export interface Flights {
  readonly folder: string;
  /** Overwrites an earlier one of the same run. Throws when it cannot be written. */
  keep(flight: Flight): void;
  /** Newest first. A file that cannot be read is passed over. */
  list(): readonly Flight[];
  /** By the id of its run or the beginning of one. */
  find(run: string): Flight | undefined;
}

/** `folder`: $XDG_STATE_HOME/evpn-tui/flights. `runs`: what the journal has; it tells of flights that were cut off. */
export function openFlights(folder: string, context: string, runs: () => readonly RecordedRun[]): Flights {
  const own = join(folder, encodeURIComponent(context).replaceAll('.', '%2E').replaceAll('*', '%2A').slice(0, 200));
  const flights: Flights = {folder: own, keep, list, find: (run) => {
    const all = list();
    return all.find((one) => one.run === run) ?? (run.length >= 4 ? all.find((one) => one.run.startsWith(run)) : undefined);
  }};
  return flights;

  function keep(flight: Flight): void {
    if (!/^[\w-]{1,80}$/.test(flight.run)) throw new Error(`"${flight.run}" is no id of a run`);
    mkdirSync(own, {recursive: true, mode: 0o700});
    const file = join(own, `${flight.run}.json`);
    writeFileSync(`${file}.new`, `${JSON.stringify(flight)}\n`, {mode: 0o600});
    renameSync(`${file}.new`, file);
    for (const old of names().slice(0, -keptFlights)) rmSync(join(own, old), {force: true});
  }
  function names(): readonly string[] {
    try {
      return readdirSync(own).filter((name) => name.endsWith('.json')).sort();
    } catch {
      return [];
    }
  }
  function list(): readonly Flight[] {
    const kept = new Map(names().flatMap((name) => {
      const flight = read(join(own, name));
      return flight ? [[flight.run, flight] as const] : [];
    }));
    for (const one of runs()) {
      const flight = kept.has(one.run.id) ? undefined : flightOf(one);
      if (flight) kept.set(flight.run, flight);
    }
    return [...kept.values()].sort((a, b) => b.startedAt - a.startedAt);
  }
}

function read(file: string): Flight | undefined {
  try {
    if (statSync(file).size > mostBytes) return undefined;
    const flight = JSON.parse(readFileSync(file, 'utf8')) as Flight | null;
    return flight?.v === 1 && typeof flight.run === 'string' && typeof flight.startedAt === 'number' && Array.isArray(flight.events) && Array.isArray(flight.phases) && Array.isArray(flight.verified) ? flight : undefined;
  } catch {
    return undefined;
  }
}
