/** `evpn-tui sdnat map|unmap|list`: public addresses of VMs behind virtual routers. */
import type {Command} from 'commander';
import {vmOf} from '../actions/vm/vm.ts';
import {externalsOf} from '../actions/sdnat/view.ts';
import {act, withChangeOptions} from './act.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {openGate} from './act-gate.ts';
import {asJson, documentOf} from './output/document.ts';
import {plainTable} from './output/plain.ts';
import {settle} from './settle.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const sdnat = program.command('sdnat').description('public addresses of VMs, translated by virtual routers');
  withChangeOptions(sdnat.command('map').argument('<vm>', 'its number or name')
    .option('--address <ip>', 'this one; without: OpenNebula chooses').option('--network <network>', 'the public network, by number or name; without: one of its router'))
    .description('give a VM a public address, and wait until its virtual router translates it')
    .action(async (vm: string, {address, network}: {readonly address?: string; readonly network?: string}, command: Command) => finish(await act('sdnat.map', {vm, ...(network && {network}), ...(address && {address})}, command, io)));
  withChangeOptions(sdnat.command('unmap').argument('<vm-or-address>', 'the address, or the VM that has one'))
    .description('take a public address from a VM')
    .action(async (what: string, _flags: unknown, command: Command) => finish(await act('sdnat.unmap', {address: /^\d+\.\d+\.\d+\.\d+$/.test(what) ? what : await addressOf(what, command, io)}, command, io)));
  sdnat.command('list').description('what is translated, and whether it is as it should be').option('-o, --output <format>', 'text or json', 'text')
    .action(async ({output}: {readonly output: string}, command: Command) => finish(await list(output, command, io)));
}

async function addressOf(vm: string, command: Command, io: Io): Promise<string> {
  const {opened} = openGate(globalFlags(command), io);
  try {
    await settle(opened.source, opened);
    const found = vmOf(opened.source.current(), vm);
    const addresses = found ? externalsOf(found).flatMap(({ip}) => ip ?? []) : [];
    if (addresses.length === 1) return addresses[0]!;
    throw new CliError(exitCode.usage, !found ? `OpenNebula has no VM ${vm}, or several of that name` : addresses.length === 0 ? `VM ${found.id} ${found.name} has no public address` : `VM ${found.id} ${found.name} has ${addresses.join(', ')}: say which`);
  } finally {
    await opened.close();
  }
}

async function list(output: string, command: Command, io: Io): Promise<ExitCode> {
  const {opened} = openGate(globalFlags(command), io);
  try {
    await settle(opened.source, opened);
    const fabric = opened.source.current();
    const mappings = fabric.routers.flatMap((router) => router.mappings);
    const rows = mappings.map(({external, internal, vmId, router, verdict, note}) => ({external, internal: internal ?? null, vm: vmId ?? null, router, verdict, note: note ?? null}));
    io.stdout.write(output === 'json' ? asJson(documentOf('sdnat', fabric, {mappings: rows})) : `${plainTable(['EXTERNAL', 'INTERNAL', 'VM', 'ROUTER', 'STATE'], rows.map((one) => [one.external, one.internal ?? '?', one.vm === null ? '-' : String(one.vm), one.router, `${one.verdict}${one.note === null ? '' : `: ${one.note}`}`]))}\n`);
    return mappings.some(({verdict}) => verdict === 'unknown') ? exitCode.unread : mappings.every(({verdict}) => verdict === 'ok') ? exitCode.ok : exitCode.wrong;
  } finally {
    await opened.close();
  }
}
