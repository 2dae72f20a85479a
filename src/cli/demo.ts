/** `evpn-tui demo`: the console on a whole fabric inside this process, reached over real SSH and XML-RPC on loopback. */
import type {Command} from 'commander';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import type {Simulator} from '../simulator/index.ts';
import type {Changes} from '../screens/action/flow.ts';
import {changesOf, showConsole} from './console.ts';
import {didYouMean} from '../text/did-you-mean.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import type {Opened} from './run-fabric.ts';

interface DemoFlags {
  readonly fault: readonly string[];
  readonly faults?: boolean;
  readonly readOnly?: boolean;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('demo')
    .description('the console on an embedded fabric: a reflector, two hypervisors in two regions, a virtual router, VMs')
    .option('--fault <name[@host]>', 'break it: a fault of --faults, on its usual host or on the one named; repeatable', (one: string, all: readonly string[]) => [...all, one], [])
    .option('--faults', 'list the faults and what each does, and end')
    .action(async (_flags: unknown, command: Command) => {
      const {fault, faults, readOnly} = command.optsWithGlobals<DemoFlags>();
      if (faults) {
        io.stdout.write(await faultList());
        finish(exitCode.ok);
      } else {
        await checkFaults(fault);
        finish(await showConsole(io, () => openForConsole(io, fault, readOnly === true), 'demo', true));
      }
    });
}

/** With a gate: its journal lasts as long as the embedded fabric does. */
async function openForConsole(io: Io, broken: readonly string[], readOnly: boolean): Promise<Opened & {readonly changes: Changes}> {
  const opened = await openDemo(io, broken);
  const [{gateOf}, {openJournal}] = await Promise.all([import('./act-gate.ts'), import('../journal/journal.ts')]);
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-demo-'));
  const remove = (): void => rmSync(folder, {recursive: true, force: true});
  process.once('exit', remove); // a terminal that is closed ends the process without closing what is open
  return {
    ...opened,
    changes: await changesOf(gateOf, opened, openJournal({folder, context: 'demo'}), readOnly ? '--read-only' : undefined, io),
    close: async () => {
      await opened.close();
      process.off('exit', remove);
      remove();
    },
  };
}

/** One line for each fault, by family. */
async function faultList(): Promise<string> {
  const {faults} = await import('../simulator/faults/catalogue.ts');
  const width = Math.max(...faults.map(({name}) => name.length));
  const families = [...new Set(faults.map(({family}) => family))];
  return families.map((family) => `${family}\n${faults.filter((fault) => fault.family === family).map(({name, does, needs}) => `  ${name.padEnd(width)}  ${does}${needs ? ` (shows with ${needs} only)` : ''}\n`).join('')}`).join('\n');
}

/** Before anything is started: a name that is mistyped is the command line's fault, not ours. */
async function checkFaults(broken: readonly string[]): Promise<void> {
  if (broken.length === 0) return;
  const names = (await import('../simulator/faults/catalogue.ts')).faults.map(({name}) => name);
  for (const one of broken) {
    const [name = ''] = one.split('@');
    if (names.includes(name)) continue;
    const meant = didYouMean(name, names);
    throw new CliError(exitCode.usage, `no such fault: ${name || '(no name)'}${meant ? `; did you mean ${meant}?` : ''}`, 'evpn-tui demo --faults lists them');
  }
}

/** Starts the embedded fabric, breaks it as asked ("NAME" or "NAME@HOST") and opens it as any other. Closing ends both. */
export async function openDemo(io: Io, broken: readonly string[] = []): Promise<Opened> {
  // Loaded after the first frame: nobody should wait for ssh2 to see that something is coming.
  const [{startSimulator}, {apply}, {openTarget}] = await Promise.all([import('../simulator/index.ts'), import('../simulator/faults/apply.ts'), import('./run-fabric.ts')]);
  const simulator = await startSimulator();
  try {
    for (const one of broken) {
      const [name = '', host] = one.split('@');
      apply(simulator.world, name, host);
    }
  } catch (error) {
    await simulator.close();
    // A host that is not there, or that has nothing which could be broken so.
    throw new CliError(exitCode.usage, `--fault: ${error instanceof Error ? error.message : String(error)}`);
  }
  const inForce = (simulator.world.faults ?? []).map(({name, host}) => `${name}@${host}`);
  const opened = openTarget({...targetOf(simulator), name: ['demo', ...inForce].join(' ')}, io);
  return {
    ...opened,
    close: async () => {
      await opened.close();
      await simulator.close();
    },
  };
}

function targetOf(simulator: Simulator): FabricTarget {
  return {
    name: 'demo',
    hosts: simulator.hosts.map((host): HostSpec => ({
      name: host.name,
      roles: host.roles,
      underlay: 'wg0',
      underlayAddress: host.underlayAddress,
      region: host.region,
      origin: 'embedded fabric',
      ssh: {host: host.address, port: host.port, user: host.user, identityFiles: [simulator.identity], jumps: [], knownHosts: [simulator.knownHosts], strict: 'yes', extra: {identitiesonly: 'yes', identityagent: 'none'}},
    })),
    cloud: {
      endpoint: simulator.endpoint, endpointOrigin: 'embedded fabric', credentialsOrigin: 'embedded fabric', session: readFileSync(simulator.oneAuth, 'utf8').trim(), tunnel: undefined, timeoutMs: 10_000,
    },
    // The operator's own ssh configuration has no part in this.
    sshConfig: '/dev/null',
    asn: undefined,
    refreshMs: {fast: 2000, medium: 10_000, slow: 60_000},
  };
}
