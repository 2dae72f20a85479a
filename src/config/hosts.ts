/** HostSpecs from a context, and what a context's ssh defaults add to hosts of any origin. */
import type {HostSpec, SshTarget} from '../model/target.ts';
import {sanitizeLine} from '../text/sanitize.ts';
import {usable} from './inventory/hosts.ts';
import {portOf} from './inventory/ssh-args.ts';
import {expandHome} from './paths.ts';
import {ConfigError} from './problem.ts';
import type {ConfiguredHost, ConfiguredSsh} from './schema.ts';

/** What fills the gaps of a host that does not say for itself. */
export interface HostDefaults {
  readonly ssh: ConfiguredSsh;
  readonly underlay: string | undefined;
  readonly home: string;
}

const nowhere: SshTarget = {host: '', port: undefined, user: undefined, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}};

export function withDefaults(ssh: SshTarget, defaults: HostDefaults): SshTarget {
  const {ssh: given, home} = defaults;
  const expand = (files: readonly string[]) => files.map((file) => expandHome(file, home));
  return {
    ...ssh,
    port: ssh.port ?? given.port,
    user: ssh.user ?? given.user,
    identityFiles: expand(ssh.identityFiles.length > 0 ? ssh.identityFiles : (given['identity-files'] ?? [])),
    jumps: ssh.jumps.length > 0 ? ssh.jumps : (given.jumps ?? []),
    knownHosts: ssh.knownHosts ? expand(ssh.knownHosts) : given['known-hosts'] && expand(given['known-hosts']),
    strict: ssh.strict ?? given.strict,
  };
}

export function hostWithDefaults(spec: HostSpec, defaults: HostDefaults): HostSpec {
  const inMesh = spec.roles.includes('reflector') || spec.roles.includes('vtep');
  return {...spec, ssh: withDefaults(spec.ssh, defaults), underlay: spec.underlay === '' && inMesh ? (defaults.underlay ?? '') : spec.underlay};
}

/** Hosts as a context lists them. Throws ConfigError for an address that no ssh should be given, or a name twice. */
export function configuredHosts(hosts: readonly ConfiguredHost[], context: string, file: string): HostSpec[] {
  const names = new Set<string>();
  return hosts.map((host) => {
    const fail = (message: string): never => {
      throw new ConfigError([{file, line: undefined, column: undefined, message: `contexts.${context}.hosts: ${message}`}]);
    };
    const address = host.address ?? host.name;
    if (!usable(address)) fail(`host "${host.name}": "${address}" is no address`);
    if (names.has(host.name)) fail(`host "${host.name}" is there twice`);
    names.add(host.name);
    return {
      name: sanitizeLine(host.name, 255),
      roles: host.roles ?? [],
      ssh: {...nowhere, host: address, port: host.port, user: host.user, identityFiles: host['identity-files'] ?? [], jumps: host.jumps ?? [], knownHosts: host['known-hosts'], strict: host.strict},
      underlay: host.underlay ?? '',
      underlayAddress: host['underlay-address'],
      region: host.region,
      origin: `context ${context}`,
    };
  });
}

/** "[user@]host[:port]", IPv6 in brackets; undefined when it is none. */
export function parseHop(text: string): SshTarget | undefined {
  const match = /^(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:@\s[\]]+))(?::(\d+))?$/.exec(text);
  if (!match) return undefined;
  const host = (match[2] ?? match[3])!;
  const port = match[4] === undefined ? undefined : portOf(match[4]);
  if (!usable(host) || (match[4] !== undefined && port === undefined) || match[1]?.startsWith('-')) return undefined;
  return {...nowhere, host, port, user: match[1]};
}
