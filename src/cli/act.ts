/** `evpn-tui act ACTION key=value…`: any action through the gate; `evpn-tui actions` lists them. */
import {Option, type Command} from 'commander';
import {actions} from '../actions/catalogue.ts';
import type {Gate} from '../actions/gate.ts';
import {openGate} from './act-gate.ts';
import {change, type ChangeFlags} from './act-run.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {settle} from './settle.ts';

/** The options of everything that changes something, beside the global --read-only, --dry-run and --yes. */
export const withChangeOptions = (command: Command): Command => command
  .option('--confirm <name>', 'destructive actions without a terminal: the name that would be typed')
  .option('--override <condition>', 'go on although this condition of preflight is unknown; repeatable', (one: string, all: readonly string[]) => [...all, one], [])
  .option('--take-over', 'take over the lock of a console that has ended')
  .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'));

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  withChangeOptions(program.command('act').argument('<action>', 'one of those that "evpn-tui actions" lists').argument('[key=value...]', 'its parameters'))
    .description('change something: shows preflight and plan, asks, runs, verifies; exit 0 done, 3 could not or not known, 4 failed or must not be')
    .action(async (id: string, pairs: readonly string[], _flags: unknown, command: Command) => {
      const action = actions.find((one) => one.id === id);
      if (!action) throw new CliError(exitCode.usage, `there is no action "${id}"`, `There are: ${actions.map((one) => one.id).join(', ')}`);
      finish(await act(id, paramsOf(pairs), command, io));
    });
}

/** For subcommands that are a name for one action, too. */
export async function act(id: string, params: Readonly<Record<string, string>>, command: Command, io: Io): Promise<ExitCode> {
  const {gate, opened} = openGate(globalFlags(command), io);
  try {
    await settle(opened.source, opened);
    sayInterrupted(gate, io);
    return await change(gate, await gate.prepare(id, params), command.optsWithGlobals<ChangeFlags>(), io, () => opened.source.current());
  } finally {
    await opened.close();
  }
}

/** What was cut off earlier is said before anything else is changed. */
export function sayInterrupted(gate: Pick<Gate, 'interrupted'>, io: Io): void {
  for (const {run} of gate.interrupted()) io.stderr.write(`run ${run.id} was cut off: ${run.plan.what}\n  evpn-tui journal verify|resume|undo ${run.id}\n`);
}

export function paramsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new CliError(exitCode.usage, `"${pair}" is no parameter: key=value was expected`);
    const key = pair.slice(0, at);
    if (Object.hasOwn(params, key)) throw new CliError(exitCode.usage, `${key} is given twice`);
    params[key] = pair.slice(at + 1);
  }
  return params;
}
