/** `evpn-tui trace A B`: the way between two ends, hop by hop, from one reading of the fabric; exit 0 reaches, 3 not known, 4 breaks. */
import {Option, type Command} from 'commander';
import type {Trace} from '../model/trace.ts';
import {traceLines} from '../trace/lines.ts';
import {View} from '../checks/view.ts';
import {probesOf, type ProbeResult} from '../trace/probe.ts';
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
import {announced, probesJson, probeText, sendProbes} from './trace-probe.ts';

interface TraceFlags {
  readonly output: 'text' | 'json';
  readonly vni?: number;
  readonly evidence?: boolean;
  readonly probe?: boolean;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('trace')
    .argument('<from>', 'a VM (name or id), an IP, a MAC, a virtual router, or "outside"')
    .argument('<to>', 'the same')
    .description('tell the way between two VMs, or of one to the outside, from what was read, without sending anything unless --probe is given; exit 0 reaches, 3 not known, 4 breaks')
    .addOption(new Option('--vni <vni>', 'which network, where both ends share several').argParser(vniOf))
    .option('--evidence', 'what was read at every hop, not only where something is wrong')
    .option('--probe', 'afterwards send pings from hosts to see whether they agree with the trace: three packets each, every command is shown first; exit 3 if one contradicts')
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
        const json = flags.output === 'json';
        if (!json) io.stdout.write(traceText(traceLines(trace, now, {evidence: flags.evidence ? 'all' : 'broken'}), colors(io)));
        let results: readonly ProbeResult[] | undefined;
        if (flags.probe) {
          const probes = probesOf(new View(fabric, now), trace);
          (json ? io.stderr : io.stdout).write(announced(probes));
          results = await sendProbes(opened.reach, probes);
          if (!json) io.stdout.write(probeText(results));
        }
        if (json) io.stdout.write(asJson(documentOf('trace', fabric, {trace: traceJson(trace), ...(results ? {probes: probesJson(results)} : {})})));
        finish(exitOf(trace, results));
      } finally {
        await opened.close();
      }
    });
}

/** What does not pass at full size is wrong too: guests send it. */
export function exitOf({reaches, there, back}: Trace, probes: readonly ProbeResult[] = []): ExitCode {
  if (reaches === 'no' || there.full === 'no' || back.full === 'no') return exitCode.wrong;
  // What a ping contradicts is not known.
  return reaches === 'unknown' || probes.some(({verdict}) => verdict === 'contradicts') ? exitCode.unread : exitCode.ok;
}

function vniOf(text: string): number {
  const vni = Number(text);
  if (!(Number.isInteger(vni) && vni > 0 && vni < 2 ** 24)) throw new CliError(exitCode.usage, `--vni ${text}: a VNI is a number from 1 to 16777215`);
  return vni;
}
