/** `evpn-tui demo`: the console on a whole fabric inside this process, reached over real SSH and XML-RPC on loopback. */
import type {Command} from 'commander';
import {readFileSync} from 'node:fs';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import type {Simulator} from '../simulator/index.ts';
import {showConsole} from './console.ts';
import type {ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import type {Opened} from './run-fabric.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('demo')
    .description('the console on an embedded fabric: a reflector, two hypervisors in two regions, a virtual router, VMs')
    .action(async () => finish(await showConsole(io, () => openDemo(io), 'demo')));
}

/** Starts the embedded fabric and opens it as any other. Closing ends both. */
export async function openDemo(io: Io): Promise<Opened> {
  // Loaded after the first frame: nobody should wait for ssh2 to see that something is coming.
  const [{startSimulator}, {openTarget}] = await Promise.all([import('../simulator/index.ts'), import('./run-fabric.ts')]);
  const simulator = await startSimulator();
  const opened = openTarget(targetOf(simulator), io);
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
