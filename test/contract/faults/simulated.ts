/** The embedded fabric as a target of the console. */
import {readFileSync} from 'node:fs';
import type {FabricTarget, HostSpec} from '../../../src/model/target.ts';
import type {Simulator} from '../../../src/simulator/index.ts';

/** Seconds until a host that is silent counts as unreachable. */
const connectTimeout = '2';

export function targetOf(simulator: Simulator): FabricTarget {
  return {
    name: 'embedded', sshConfig: '/dev/null', asn: undefined, refreshMs: {fast: 2000, medium: 10_000, slow: 60_000},
    hosts: simulator.hosts.map((host): HostSpec => ({
      name: host.name, roles: host.roles, underlay: 'wg0', underlayAddress: undefined, region: host.region, origin: 'embedded fabric',
      ssh: {
        host: host.address, port: host.port, user: host.user, identityFiles: [simulator.identity], jumps: [], knownHosts: [simulator.knownHosts], strict: 'yes',
        extra: {identitiesonly: 'yes', identityagent: 'none', connecttimeout: connectTimeout},
      },
    })),
    cloud: {endpoint: simulator.endpoint, endpointOrigin: 'embedded fabric', credentialsOrigin: 'embedded fabric', session: readFileSync(simulator.oneAuth, 'utf8').trim(), tunnel: undefined, timeoutMs: 5000},
  };
}
