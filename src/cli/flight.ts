/** `evpn-tui flight`: the records of migrations: what was seen on the way, on one time axis. */
import {Option, type Command} from 'commander';
import type {Flight} from '../model/flight.ts';
import {flightLines, flightTitle, plainFlight, seconds, statusWord, type FlightLine} from '../rows/flight-lines.ts';
import {journalOf} from './act-gate.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import {flightsOf} from './flight-keeper.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {apiVersion, asJson} from './output/document.ts';
import {plainTable} from './output/plain.ts';
import {colors} from './output/table.ts';
import {traceText} from './output/trace-text.ts';
import {resolveFlags} from './target.ts';

const output = (): Option => new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');
const widthOfPipes = 120;

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const flight = program.command('flight').description('the records of migrations: list, show').addOption(output()).action((_flags: unknown, command: Command) => finish(list(command, io)));
  flight.command('list').description('the flights, newest first').addOption(output()).action((_flags: unknown, command: Command) => finish(list(command, io)));
  flight.command('show').argument('<run>', 'the id of its run, or the beginning of one; "last"').description('everything that was seen of one, on one time axis').addOption(output())
    .option('--width <columns>', 'for so many columns (default: the terminal)', (text) => {
      const width = Number(text);
      if (!Number.isInteger(width) || width < 20 || width > 1000) throw new CliError(exitCode.usage, `--width ${text}: 20 to 1000 columns`);
      return width;
    })
    .action((id: string, _flags: unknown, command: Command) => finish(show(id, command, io)));
}

interface FlightFlags {
  readonly output?: 'text' | 'json';
  readonly width?: number;
}

function opened(command: Command, io: Io) {
  const {target} = resolveFlags(globalFlags(command), io);
  return {flights: flightsOf(journalOf(target, io), target.name, io), context: target.name};
}

function list(command: Command, io: Io): ExitCode {
  const {flights, context} = opened(command, io);
  const all = flights.list();
  if (command.optsWithGlobals<FlightFlags>().output === 'json') {
    io.stdout.write(asJson({apiVersion, kind: 'flights', context, flights: all.map(({events, ...rest}) => ({...rest, events: events.length}))}));
    return exitCode.ok;
  }
  const took = ({startedAt, endedAt}: Flight): string => (endedAt === undefined ? '-' : seconds(endedAt - startedAt));
  const gap = ({downtime}: Flight): string => (downtime ? `${(downtime.ms / 1000).toFixed(2)} s (${downtime.by})` : '-');
  io.stdout.write(all.length === 0 ? `no VM was migrated from here yet (${flights.folder})\n` : `${plainTable(['RUN', 'RESULT', 'TOOK', 'NOT REACHED', 'WHAT'], all.map((one) => [one.run, statusWord(one), took(one), gap(one), flightTitle(one)]))}\n`);
  return exitCode.ok;
}

function show(id: string, command: Command, io: Io): ExitCode {
  const {flights, context} = opened(command, io);
  const found = id === 'last' ? flights.list()[0] : flights.find(id);
  if (!found) throw new CliError(exitCode.usage, `there is no record of a flight "${id}"`, 'evpn-tui flight lists them');
  const flags = command.optsWithGlobals<FlightFlags>();
  if (flags.output === 'json') io.stdout.write(asJson({apiVersion, kind: 'flight', context, flight: found}));
  else io.stdout.write(flightText(flightLines(found, flags.width ?? columnsOf(io)), colors(io)));
  return exitCode.ok;
}

export const columnsOf = ({stdout}: Io): number => (stdout as NodeJS.WriteStream).columns ?? widthOfPipes;
export const flightText = (lines: readonly FlightLine[], colored: boolean): string => (colored ? traceText(lines.map(({indent, spans}) => ({kind: 'note', indent, spans})), true) : plainFlight(lines));
