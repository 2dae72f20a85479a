/** `evpn-tui drain HOST`, `evpn-tui undrain HOST [--bring-back]`: a host emptied for maintenance, and put back. */
import type {Command} from 'commander';
import {neverBegun} from '../journal/runs.ts';
import {act, withChangeOptions} from './act.ts';
import {openGate} from './act-gate.ts';
import {change, type ChangeFlags} from './act-run.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {settle} from './settle.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  withChangeOptions(program.command('drain').argument('<host>').option('--parallel <count>', 'how many VMs at a time', '1').option('--pace <seconds>', 'pause between', '0'))
    .description('disable a host and migrate its VMs live to others, stopping at the first failure')
    .action(async (host: string, {parallel, pace}: {readonly parallel: string; readonly pace: string}, command: Command) => finish(await act('host.drain', {host, parallel, pace}, command, io)));
  withChangeOptions(program.command('undrain').argument('<host>').option('--bring-back', 'with the VMs that the last drain has moved'))
    .description('enable a host again')
    .action(async (host: string, {bringBack}: {readonly bringBack?: boolean}, command: Command) => finish(bringBack ? await back(host, command, io) : await act('one.enable-host', {host}, command, io)));
}

/** The undoing of the last drain of the host that this journal knows. */
async function back(host: string, command: Command, io: Io): Promise<ExitCode> {
  const {gate, opened, journal} = openGate(globalFlags(command), io);
  try {
    const last = journal.runs().findLast((one) => one.run.action === 'host.drain' && one.run.undoes === undefined && one.run.params['host'] === host && !neverBegun(one));
    if (!last) throw new CliError(exitCode.usage, `the journal knows no drain of ${host} that can be undone`, 'Without --bring-back, undrain only enables the host');
    await settle(opened.source, opened);
    const prepared = await gate.prepareUndo(last.run.id);
    if (typeof prepared === 'string') throw new CliError(exitCode.wrong, prepared);
    return await change(gate, prepared, command.optsWithGlobals<ChangeFlags>(), io, () => opened.source.current());
  } finally {
    await opened.close();
  }
}
