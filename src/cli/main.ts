/** The command line: what is asked for, loaded only when it is asked for, and the exit code. */
import {Command, CommanderError, Option} from 'commander';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {version} from './version.ts';

/** Each subcommand lives in a file of its own; only the one that is asked for is loaded. */
export const commands = ['status', 'check', 'explain', 'checks', 'get', 'trace', 'demo', 'init', 'info', 'contexts', 'completion', 'act', 'actions', 'journal', 'migrate', 'vm', 'flight', 'sdnat', 'vnet', 'cluster', 'run', 'runbook', 'runbooks', 'drain', 'undrain'] as const;
type CommandFile = {register(program: Command, io: Io, finish: (code: ExitCode) => void): void};
type CommandName = (typeof commands)[number];
const load: Readonly<Record<CommandName, () => Promise<CommandFile>>> = {
  status: () => import('./status.ts'),
  check: () => import('./check.ts'),
  explain: () => import('./explain.ts'),
  checks: () => import('./checks.ts'),
  get: () => import('./get.ts'),
  trace: () => import('./trace.ts'),
  demo: () => import('./demo.ts'),
  init: () => import('./init.ts'),
  info: () => import('./info.ts'),
  contexts: () => import('./contexts.ts'),
  completion: () => import('./completion.ts'),
  act: () => import('./act.ts'),
  actions: () => import('./actions.ts'),
  journal: () => import('./journal.ts'),
  run: () => import('./run.ts'),
  runbook: () => import('./runbook.ts'),
  runbooks: () => import('./runbooks.ts'),
  migrate: () => import('./migrate.ts'),
  vm: () => import('./vm.ts'),
  flight: () => import('./flight.ts'),
  sdnat: () => import('./sdnat.ts'),
  vnet: () => import('./vnet.ts'),
  cluster: () => import('./cluster.ts'),
  drain: () => import('./drain.ts'),
  undrain: () => import('./drain.ts'),
};

/** The program with what every command understands, and no command yet. */
export function programOf(io: Io): Command {
  return new Command('evpn-tui')
    .description('operations console for EVPN-VXLAN overlay networks over edge clusters')
    .version(version, '-V, --version')
    .option('-c, --context <name>', 'the context to use (default: the current one)')
    .option('-i, --inventory <file>', 'an Ansible inventory, instead of a context')
    .option('-F, --ssh-config <file>', "OpenSSH's -F")
    .option('-e, --endpoint <url>', 'the XML-RPC endpoint of OpenNebula')
    .addOption(new Option('--timeout <seconds>', 'how long a command waits for the fabric (default: 15)').argParser((text) => positive(text, '--timeout')))
    .option('--read-only', 'nothing can be changed from here')
    .option('--dry-run', 'what changes something shows its plan only')
    .option('-y, --yes', 'what changes something does not ask')
    .option('--no-color', 'no colours (as NO_COLOR does)')
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text)})
    .showSuggestionAfterError();
}

/** Registers commands by name; `finish` is told the exit code of the one that runs. */
export async function register(program: Command, names: readonly CommandName[], io: Io, finish: (code: ExitCode) => void): Promise<void> {
  // A file may hold two commands (drain and undrain): it registers them once.
  for (const file of new Set(await Promise.all(names.map((name) => load[name]())))) file.register(program, io, finish);
}

export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const finish = (c: ExitCode) => (code = c);
  const program = programOf(io).action(async (flags, command: Command) => {
    if (command.args.length > 0) throw new CliError(exitCode.usage, `there is no command "${command.args[0]}"`, `There are: ${commands.join(', ')}`);
    finish(await (await import('./console.ts')).openConsole(flags, io));
  });
  // For help and completion all are needed; else only the one that is named.
  const named = commands.filter((name) => argv.includes(name));
  const wanted = named.length > 0 && !argv.includes('help') && !argv.includes('completion') ? named : argv.some((arg) => !arg.startsWith('-') || arg === '-h' || arg === '--help') ? commands : [];
  try {
    await register(program, wanted, io, finish);
    await program.parseAsync(argv, {from: 'user'});
    return code;
  } catch (error) {
    return explain(error, io);
  }
}

const positive = (text: string, option: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new CliError(exitCode.usage, `${option} ${text}: a number of seconds above 0 was expected`);
  return value;
};

/** A person's error is a line and a hint; only a bug of ours shows where it happened. */
function explain(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CliError) {
    io.stderr.write(`evpn-tui: ${error.message}\n${error.hint ? `${error.hint}\n` : ''}`);
    return error.code;
  }
  if (error instanceof Error && error.name === 'ConfigError') {
    const hint = (error as Error & {hint?: string}).hint;
    io.stderr.write(`${error.message}\n${hint ? `${hint}\n` : ''}`);
    return exitCode.usage;
  }
  io.stderr.write(`evpn-tui: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCode.internal;
}
