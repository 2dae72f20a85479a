/** `evpn-tui migrate VM HOST [--live]`: a name for the two migrations; at the end the record of the flight. */
import type {Command} from 'commander';
import {act, withChangeOptions} from './act.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';

interface MigrateFlags {
  readonly live?: boolean;
  readonly ping?: boolean;
  readonly within?: string;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  withChangeOptions(program.command('migrate').argument('<vm>', 'the VM, by id or name').argument('<host>', 'where to: a host of the context, or as OpenNebula names it'))
    .description('move a VM to another host of its cluster and tell what was seen on the way; exit codes as "act"')
    .option('--live', 'while it runs; without it the VM is saved, moved and started again')
    .option('--ping', 'ping it meanwhile from the virtual router, to measure how long it is not reached')
    .option('--within <seconds>', 'how long OpenNebula may take for it (default: 900)')
    .action(async (vm: string, host: string, _flags: unknown, command: Command) => {
      const {live, ping, within} = command.opts<MigrateFlags>();
      if (within !== undefined && !/^\d{1,5}$/.test(within)) throw new CliError(exitCode.usage, `--within ${within}: a number of seconds was expected`);
      finish(await act(live ? 'vm.migrate-live' : 'vm.migrate', {vm, host, ...(ping && {ping: 'yes'}), ...(within !== undefined && {timeout: within})}, command, io));
    });
}
