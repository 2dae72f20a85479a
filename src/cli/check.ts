/** `evpn-tui check`: every check over one reading of the fabric, symptoms under their causes; an exit code for scripts. */
import {resolve} from 'node:path';
import {Option, type Command} from 'commander';
import {catalogue} from '../checks/catalogue.ts';
import type {Selection} from '../checks/run.ts';
import {selectChecks} from '../checks/run.ts';
import type {CheckFlags} from './check-flags.ts';
import {codeOf, diagnoseOnce} from './diagnose.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags, openFabric, type Opened} from './open.ts';
import {asJson} from './output/document.ts';
import {diagnosisDocument, diagnosisText} from './output/findings.ts';
import {junit, prometheus, writeTextfile} from './output/reports.ts';

const list = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',').map((word) => word.trim()).filter((word) => word !== '')];

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('check')
    .description('find what is wrong and why: exit 0 all pass (warnings are told, and are no failure), 3 something could not be checked, 4 something fails')
    .option('--include <names>', 'only these families, checks or globs, comma-separated: bgp,vxlan.port,fdb.*', list)
    .option('--exclude <names>', 'not these families, checks or globs', list)
    .option('--host <names>', 'only what concerns these hosts', list)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'junit']).default('text'))
    .option('--watch', 'go on, and print what begins and what ends, until interrupted (json: one document a line)')
    .option('--textfile <path>', 'also write the result for the textfile collector of the Prometheus node exporter')
    .action(async (flags: CheckFlags, command: Command) => {
      const selection = selectionOf(flags);
      if (flags.watch && flags.output === 'junit') throw new CliError(exitCode.usage, '--watch prints text or json', 'JUnit is one document of one run');
      const opened = openFabric(globalFlags(command), io);
      try {
        finish(flags.watch ? await (await import('./check-watch.ts')).watch(opened, selection, flags, io) : await checkOnce(opened, selection, flags, io));
      } finally {
        await opened.close();
      }
    });
}

function selectionOf({include = [], exclude = [], host}: CheckFlags): Selection {
  const {checks, unmatched} = selectChecks(include, exclude);
  const families = [...new Set(catalogue.map(({family}) => family))].join(', ');
  if (unmatched.length > 0) throw new CliError(exitCode.usage, `there is no check "${unmatched[0]}"`, `Families: ${families}. All checks: evpn-tui checks`);
  if (checks.length === 0) throw new CliError(exitCode.usage, 'no check is left', 'See --include and --exclude');
  return {checks, hosts: host};
}

/** A host that nobody knows would otherwise pass for well. */
function knownHosts(hosts: readonly string[] | undefined, known: ReadonlyMap<string, unknown>): void {
  const stranger = hosts?.find((name) => !known.has(name));
  if (stranger !== undefined) throw new CliError(exitCode.usage, `there is no host "${stranger}"`, `There are: ${[...known.keys()].join(', ')}`);
}

export async function checkOnce(opened: Opened, selection: Selection, {output, textfile}: Pick<CheckFlags, 'output' | 'textfile'>, io: Io): Promise<ExitCode> {
  if (opened.target.hosts.length > 0) knownHosts(selection.hosts, new Map(opened.target.hosts.map(({name}) => [name, name])));
  const {diagnosis, fabric, late, rounds} = await diagnoseOnce(opened, selection);
  knownHosts(selection.hosts, fabric.hosts);
  io.stdout.write(output === 'json' ? asJson(diagnosisDocument(fabric, diagnosis)) : output === 'junit' ? junit(fabric.name, diagnosis) : diagnosisText(fabric.name, diagnosis, rounds));
  if (textfile !== undefined) await writeTextfile(resolve(io.cwd, textfile), prometheus(fabric.name, diagnosis, Date.now()));
  for (const name of late) io.stderr.write(`${name}: had not answered everything in time\n`);
  return codeOf(diagnosis, late);
}
