/** How a host is reached, and what it is expected to be. Made by config, used by services and fabric. */

export type Role = 'reflector' | 'vtep' | 'frontend' | 'virtual-router';

/** One hop of ssh. Undefined fields are for OpenSSH's configuration (`ssh -G`) or the defaults to decide. */
export interface SshTarget {
  readonly host: string; // address or alias, as given
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly identityFiles: readonly string[];
  readonly jumps: readonly string[]; // ProxyJump, outermost first: "[user@]host[:port]"
  readonly knownHosts: readonly string[] | undefined; // UserKnownHostsFile; undefined: OpenSSH's default
  readonly strict: 'yes' | 'accept-new' | undefined; // StrictHostKeyChecking; "no" is not offered
  readonly extra: Readonly<Record<string, string>>; // other -o options of the inventory, lower-case keys
}

export interface HostSpec {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly ssh: SshTarget;
  readonly underlay: string; // device of the underlay, evpn_if: "wg0"
  readonly underlayAddress: string | undefined; // when the source knows it
  readonly region: string | undefined; // edge cluster
  readonly origin: string; // "inventory lab.yml:12", "context prod", "opennebula host 3"
}

export interface CloudTarget {
  readonly endpoint: string; // http://127.0.0.1:2633/RPC2
  readonly endpointOrigin: string; // "--endpoint", "$ONE_XMLRPC", "~/.one/one_endpoint" …
  readonly credentialsOrigin: string; // where user:password was found; never the secret itself
  readonly session: string; // secret "user:password": kept out of every log
  readonly tunnel: SshTarget | undefined; // reach the endpoint through this host
  readonly timeoutMs: number;
}

/** Everything a console needs to start: a context, or what the command line said. */
export interface FabricTarget {
  readonly name: string;
  readonly hosts: readonly HostSpec[];
  readonly cloud: CloudTarget | undefined;
  readonly sshConfig: string | undefined; // as OpenSSH's -F
  readonly asn: string | undefined;
  readonly refreshMs: {readonly fast: number; readonly medium: number; readonly slow: number};
}
