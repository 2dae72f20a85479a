/** OpenNebula's own hosts as hosts to read: their NAME is the address that oned itself reaches them at. */
import type {OneHost} from '../model/cloud.ts';
import type {HostSpec} from '../model/target.ts';
import {hostWithDefaults, type HostDefaults} from './hosts.ts';

const none: HostDefaults = {ssh: {}, underlay: undefined, home: '/'};

/**
 * Every host of the pool is expected to be a VTEP; its cluster is its region. A name that is no address is kept: its
 * row will say that it cannot be reached, which is better than a host that is not there.
 */
export function hostsFromOpenNebula(hosts: readonly OneHost[], defaults: HostDefaults = none): HostSpec[] {
  return hosts.map((host) =>
    hostWithDefaults(
      {
        name: host.name,
        roles: ['vtep'],
        ssh: {host: host.name, port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}},
        underlay: '',
        underlayAddress: undefined,
        region: host.cluster === '' ? undefined : host.cluster,
        origin: `opennebula host ${host.id}`,
      },
      defaults,
    ),
  );
}
