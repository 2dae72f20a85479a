/** `evpn-tui vm poweroff|resume|hold|release|terminate|recover VM`: names for the actions of one VM. */
import {Argument, type Command} from 'commander';
import {actions} from '../actions/catalogue.ts';
import {act, withChangeOptions} from './act.ts';
import type {ExitCode} from './exit.ts';
import type {Io} from './io.ts';

const states = ['poweroff', 'resume', 'hold', 'release', 'terminate'] as const;

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const vm = program.command('vm').description('change the state of a VM: poweroff, resume, hold, release, terminate, recover');
  for (const name of states) {
    withChangeOptions(vm.command(name).argument('<vm>', 'the VM, by id or name')).description(actions.find(({id}) => id === `vm.${name}`)?.description ?? '')
      .action(async (given: string, _flags: unknown, command: Command) => finish(await act(`vm.${name}`, {vm: given}, command, io)));
  }
  withChangeOptions(vm.command('recover').argument('<vm>', 'the VM, by id or name').addArgument(new Argument('[how]', 'what to tell OpenNebula of what it was at').choices(['success', 'failure', 'retry'])))
    .description(actions.find(({id}) => id === 'vm.recover')?.description ?? '')
    .action(async (given: string, how: string | undefined, _flags: unknown, command: Command) => finish(await act('vm.recover', {vm: given, ...(how !== undefined && {how})}, command, io)));
}
