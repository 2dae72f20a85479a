/** `evpn-tui vnet create NAME SUBNET --cluster C`: an EVPN network in OpenNebula. */
import type {Command} from 'commander';
import {act, withChangeOptions} from './act.ts';
import type {ExitCode} from './exit.ts';
import type {Io} from './io.ts';

const options = ['vni', 'phydev', 'first', 'size', 'gateway', 'mtu', 'dns'] as const;
type Options = {readonly [K in (typeof options)[number] | 'cluster']?: string};

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const vnet = program.command('vnet').description('virtual networks of OpenNebula');
  withChangeOptions(vnet.command('create').argument('<name>').argument('<subnet>', 'as 172.20.0.0/24').requiredOption('--cluster <cluster>', 'by number or name')
    .option('--vni <vni>', 'without: OpenNebula chooses').option('--phydev <device>', 'carries the tunnels; without: as the other networks')
    .option('--first <ip>', 'the first address that is handed out').option('--size <count>', 'how many are').option('--gateway <ip>', 'without: the first address')
    .option('--mtu <bytes>', 'without: what fits through the underlay').option('--dns <ip>'))
    .description('make an EVPN-VXLAN network: the template is shown, then sent')
    .action(async (name: string, subnet: string, given: Options, command: Command) =>
      finish(await act('vnet.create', {name, subnet, cluster: given.cluster ?? '', ...Object.fromEntries(options.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])))}, command, io)));
}
