/** `evpn-tui trace A B`: the way between two ends, hop by hop, from one reading of the fabric; exit 0 reaches, 3 not known, 4 breaks. */
import {Option, type Command} from 'commander';
import type {Trace} from '../model/trace.ts';
import {traceLines} from '../trace/lines.ts';
import {traceFabric} from '../trace/trace.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import {report} from './get.ts';
import type {Io} from './io.ts';
import {globalFlags, openFabric} from './open.ts';
import {asJson, documentOf} from './output/document.ts';
import {colors} from './output/table.ts';
import {traceJson} from './output/trace-json.ts';
import {traceText} from './output/trace-text.ts';
import {settle} from './settle.ts';

interface TraceFlags {
  readonly output: 'text' | 'json';
  readonly vni?: number;
  readonly evidence?: boolean;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('trace')
    .argument('<from>', 'a VM (name or id), an IP, a MAC, a virtual router, or "outside"')
    .argument('<to>', 'the same')
    .description('tell the way between two VMs, or of one to the outside, from what was read, without sending anything; exit 0 reaches, 3 not known, 4 breaks')
    .addOption(new Option('--vni <vni>', 'which network, where both ends share several').argParser(vniOf))
    .option('--evidence', 'what was read at every hop, not only where something is wrong')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (from: string, to: string, flags: TraceFlags, command: Command) => {
      const opened = openFabric(globalFlags(command), io);
      try {
        const {fabric, late} = await settle(opened.source, opened);
        const now = Date.now();
        const traced = traceFabric(fabric, now, from, to, {vni: flags.vni});
        const read = report(fabric, late, io);
        // A name that was not found may be one of those that could not be read.
        if (!traced.ok) throw new CliError(read === exitCode.ok ? exitCode.usage : read, traced.says, traced.candidates.length > 0 ? `There are: ${traced.candidates.join('; ')}` : undefined);
        const {trace} = traced;
        io.stdout.write(flags.output === 'json' ? asJson(documentOf('trace', fabric, {trace: traceJson(trace)})) : traceText(traceLines(trace, now, {evidence: flags.evidence ? 'all' : 'broken'}), colors(io)));
        finish(exitOf(trace));
      } finally {
        await opened.close();
      }
    });
}

/** What does not pass at full size is wrong too: guests send it. */
export function exitOf({reaches, there, back}: Trace): ExitCode {
  if (reaches === 'no' || there.full === 'no' || back.full === 'no') return exitCode.wrong;
  return reaches === 'unknown' ? exitCode.unread : exitCode.ok;
}

function vniOf(text: string): number {
  const vni = Number(text);
  if (!(Number.isInteger(vni) && vni > 0 && vni < 2 ** 24)) throw new CliError(exitCode.usage, `--vni ${text}: a VNI is a number from 1 to 16777215`);
  return vni;
}
