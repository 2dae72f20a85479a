/** `evpn-tui cluster add vnet|datastore|host ID CLUSTER`. */
import {Argument, type Command} from 'commander';
import {act, withChangeOptions} from './act.ts';
import type {ExitCode} from './exit.ts';
import type {Io} from './io.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const cluster = program.command('cluster').description('clusters of OpenNebula');
  withChangeOptions(cluster.command('add').addArgument(new Argument('<kind>', 'what it is').choices(['vnet', 'datastore', 'host'])).argument('<id>', 'its number or name').argument('<cluster>', 'by number or name'))
    .description('add a network or a datastore to a cluster, or move a host there')
    .action(async (kind: string, id: string, into: string, _flags: unknown, command: Command) => finish(await act('one.add-to-cluster', {kind, id, cluster: into}, command, io)));
}
