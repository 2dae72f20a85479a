/** `evpn-tui journal`: what was changed from here, by whom, with what result; and what was cut off, taken up again. */
import {Option, type Command} from 'commander';
import type {Gate, RunOptions} from '../actions/gate.ts';
import {eventLine} from '../actions/text.ts';
import type {Journal} from '../journal/journal.ts';
import type {RecordedRun} from '../journal/records.ts';
import type {RunResult} from '../model/action.ts';
import {linesOfRun, runOfSession, stateOfRun, toneOfSession} from '../runbooks/journaled.ts';
import {journalOf, openGate} from './act-gate.ts';
import {change, interruptible, report, type ChangeFlags} from './act-run.ts';
import {withChangeOptions} from './act.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {asJson, documentOf} from './output/document.ts';
import {plainTable} from './output/plain.ts';
import {settle} from './settle.ts';
import {resolveFlags} from './target.ts';

const output = (): Option => new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const journal = program.command('journal').description('what was changed from here: list, show, export; verify, resume or undo what was cut off').addOption(output())
    .action((_flags: unknown, command: Command) => finish(list(command, io)));
  journal.command('list', {hidden: true}).addOption(output()).action((_flags: unknown, command: Command) => finish(list(command, io)));
  journal.command('show').argument('<run>', 'its id, or that of a session of a runbook, or the beginning of it').description('everything that is known of a run').addOption(output())
    .action((id: string, _flags: unknown, command: Command) => {
      const found = runOf(opened(command, io), id);
      io.stdout.write(flagsOf(command).output === 'json' ? asJson(found) : `${linesOfRun(found).join('\n')}\n`);
      finish(exitCode.ok);
    });
  journal.command('export').description('every record, one JSON object a line, oldest first').action((_flags: unknown, command: Command) => {
    const {records, torn} = opened(command, io).records();
    for (const record of records) io.stdout.write(`${JSON.stringify(record)}\n`);
    if (torn > 0) io.stderr.write(`${torn} lines of the journal cannot be read: torn when they were written\n`);
    finish(exitCode.ok);
  });
  withChangeOptions(journal.command('resume').argument('<run>').description('go on with a run that was cut off: what is done is not done again'))
    .action(async (id: string, _flags: unknown, command: Command) => finish(await again('resume', id, command, io)));
  withChangeOptions(journal.command('verify').argument('<run>').description('look whether the fabric shows what a run was for'))
    .action(async (id: string, _flags: unknown, command: Command) => finish(await again('verify', id, command, io)));
  withChangeOptions(journal.command('undo').argument('<run>').description('undo a run, as far as it went'))
    .action(async (id: string, _flags: unknown, command: Command) => finish(await undo(id, command, io)));
}

const flagsOf = (command: Command): ChangeFlags => command.optsWithGlobals<ChangeFlags>();
const opened = (command: Command, io: Io): Journal => journalOf(resolveFlags(globalFlags(command), io).target, io);

function runOf(journal: Journal, id: string): RecordedRun {
  const found = journal.find(id) ?? runOfSession(journal.runs(), id);
  if (!found) throw new CliError(exitCode.usage, `the journal has no run "${id}"`, 'evpn-tui journal lists them');
  return found;
}

function list(command: Command, io: Io): ExitCode {
  const journal = opened(command, io);
  const runs = journal.runs();
  if (flagsOf(command).output === 'json') {
    io.stdout.write(asJson({file: journal.file, runs: runs.map((one) => ({id: one.run.id, at: new Date(one.run.startedAt).toISOString(), user: one.who.user, action: one.run.action, params: one.run.params, what: one.run.plan.what, state: toneOfSession(one) === undefined ? (one.end?.status ?? 'cut off') : stateOfRun(one), says: one.end?.says ?? null, undoes: one.run.undoes ?? null, undoneBy: one.undoneBy ?? null}))}));
    return exitCode.ok;
  }
  io.stdout.write(runs.length === 0 ? `nothing was changed from here yet (${journal.file})\n` : `${plainTable(['RUN', 'BY', 'STATE', 'WHAT'], runs.map((one) => [one.run.id, one.who.user, stateOfRun(one), one.run.plan.what]))}\n`);
  return exitCode.ok;
}

async function withGate(command: Command, io: Io, what: (gate: Gate, fabric: Awaited<ReturnType<typeof settle>>['fabric'], journal: Journal) => Promise<ExitCode>): Promise<ExitCode> {
  const {gate, opened: fabric, journal} = openGate(globalFlags(command), io);
  try {
    return await what(gate, (await settle(fabric.source, fabric)).fabric, journal);
  } finally {
    await fabric.close();
  }
}

const again = (how: 'resume' | 'verify', id: string, command: Command, io: Io): Promise<ExitCode> => withGate(command, io, async (gate, fabric, journal) => {
  const flags = flagsOf(command);
  const json = flags.output === 'json';
  const found = runOf(journal, id);
  if (how === 'resume') {
    (json ? io.stderr : io.stdout).write(`${linesOfRun(found).join('\n')}\n`);
    if (flags.dryRun) return exitCode.ok;
    if (gate.readOnly === undefined && !flags.yes) await ask(io);
  }
  const options: RunOptions = {takeOver: flags.takeOver ?? false, onEvent: (event) => void (json ? io.stderr : io.stdout).write([eventLine(event)].flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join(''))};
  const result: RunResult = await interruptible(io, (more) => gate[how](found.run.id, {...options, ...more}));
  if (json) io.stdout.write(asJson(documentOf('action', fabric, {action: found.run.action, params: found.run.params, result})));
  return report(result, json, io);
});

const undo = (id: string, command: Command, io: Io): Promise<ExitCode> => withGate(command, io, async (gate, fabric, journal) => {
  const prepared = await gate.prepareUndo(runOf(journal, id).run.id);
  if (typeof prepared === 'string') throw new CliError(exitCode.wrong, prepared);
  return change(gate, prepared, flagsOf(command), io, () => fabric);
});

async function ask(io: Io): Promise<void> {
  if (!io.isTTY) throw new CliError(exitCode.usage, 'there is no terminal to ask on: nothing was done', 'Say --yes to go on with it');
  const {createInterface} = await import('node:readline/promises');
  const lines = createInterface({input: io.stdin, output: io.stderr});
  try {
    if (!/^y(es)?$/i.test((await lines.question('Go on with it? [y/N] ')).trim())) throw new CliError(exitCode.usage, 'not confirmed: nothing was done');
  } finally {
    lines.close();
  }
}
