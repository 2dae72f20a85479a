/** Whether, where and as whom OpenNebula is asked: flag > environment > context > the stock files > default. */
import {readFileSync} from 'node:fs';
import type {CloudTarget, HostSpec, SshTarget} from '../model/target.ts';
import {sanitizeLine} from '../text/sanitize.ts';
import {parseHop, withDefaults, type HostDefaults} from './hosts.ts';
import {findOneCredentials, findOneEndpoint, type OneExplicit, type OneSurroundings} from './one-endpoint.ts';
import {didYouMean} from '../text/did-you-mean.ts';
import {ConfigError} from './problem.ts';
import type {ConfiguredOpenNebula} from './schema.ts';
import type {Setting, Surroundings, TargetFlags} from './settings.ts';

export interface CloudResolution {
  readonly cloud: CloudTarget | undefined;
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
}

export function cloudTarget(
  flags: TargetFlags,
  around: Surroundings,
  context: {readonly name: string; readonly origin: string; readonly opennebula: ConfiguredOpenNebula | undefined; readonly inFolder: (path: string) => string} | undefined,
  hosts: readonly HostSpec[],
  defaults: HostDefaults,
): CloudResolution {
  const {env, home} = around;
  const configured = context?.opennebula;
  const asked = flags.endpoint !== undefined;
  const off = (why: string, warnings: readonly string[] = []): CloudResolution => ({cloud: undefined, settings: [{name: 'opennebula', value: 'not read', origin: why}], warnings});
  if (configured?.enabled === false && !asked) return off(`${context!.origin} (enabled: false)`);

  const explicit = explicitPlaces(flags, env, configured, context);
  const surroundings: OneSurroundings = {env, home, readFile: around.readFile ?? readIfThere};
  const place = findOneEndpoint(surroundings, explicit);
  const credentials = findOneCredentials(surroundings, explicit);
  const named = asked || configured !== undefined || Boolean(env['EVPN_TUI_ENDPOINT']) || Boolean(env['ONE_XMLRPC']);
  // Nobody named OpenNebula: it is read only where its own files say that it is here, and only for ad hoc starts.
  if (!named && (context !== undefined || !credentials.ok)) return off(context ? `${context.origin} has no "opennebula"` : 'no endpoint and no credentials were found');

  const url = endpointProblem(place.endpoint);
  if (url !== undefined) throw new ConfigError([{file: place.endpointOrigin, line: undefined, column: undefined, message: url}]);
  if (!credentials.ok) {
    const message = `OpenNebula at ${place.endpoint} cannot be asked: ${credentials.reason}`;
    if (asked || hosts.length === 0) throw new ConfigError([{file: place.endpointOrigin, line: undefined, column: undefined, message}], 'Put user:password into ~/.one/one_auth (mode 0600), or name such a file in $ONE_AUTH or auth-file.');
    return off(place.endpointOrigin, [message]);
  }
  const tunnel = configured?.tunnel === undefined ? undefined : tunnelTarget(configured.tunnel, context!.name, hosts, defaults);
  const ownTimeout = place.timeoutOrigin === 'default' && configured?.timeout !== undefined;
  const timeoutMs = ownTimeout ? configured.timeout * 1000 : place.timeoutMs;
  return {
    cloud: {endpoint: place.endpoint, endpointOrigin: place.endpointOrigin, credentialsOrigin: credentials.origin, session: credentials.session, tunnel, timeoutMs},
    settings: [
      {name: 'opennebula.endpoint', value: place.endpoint, origin: place.endpointOrigin},
      {name: 'opennebula.credentials', value: '(not shown)', origin: credentials.origin},
      {name: 'opennebula.tunnel', value: configured?.tunnel ?? 'none', origin: configured?.tunnel === undefined ? 'default' : context!.origin},
      {name: 'opennebula.timeout', value: `${timeoutMs / 1000} s`, origin: ownTimeout ? context!.origin : place.timeoutOrigin},
    ],
    warnings: place.warnings,
  };
}

/** What goes before the stock search; $ONE_XMLRPC and $ONE_AUTH go before the context, so it is not "explicit" then. */
function explicitPlaces(flags: TargetFlags, env: Surroundings['env'], configured: ConfiguredOpenNebula | undefined, context: {origin: string; inFolder: (path: string) => string} | undefined): OneExplicit {
  const endpoint =
    flags.endpoint !== undefined ? {value: flags.endpoint, origin: '--endpoint'}
    : env['EVPN_TUI_ENDPOINT'] ? {value: env['EVPN_TUI_ENDPOINT'], origin: '$EVPN_TUI_ENDPOINT'}
    : !env['ONE_XMLRPC'] && configured?.endpoint !== undefined ? {value: configured.endpoint, origin: context!.origin}
    : undefined;
  const authFile = !env['ONE_AUTH'] && configured?.['auth-file'] !== undefined ? {value: context!.inFolder(configured['auth-file']), origin: context!.origin} : undefined;
  return {...(endpoint ? {endpoint} : {}), ...(authFile ? {authFile} : {})};
}

/** Credentials in the URL would be shown wherever the endpoint is. */
export function endpointProblem(endpoint: string): string | undefined {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return `"${sanitizeLine(endpoint.replace(/\/\/[^/]*@/, '//…@'), 100)}" is no URL: expected something like http://10.0.1.87:2633/RPC2`;
  }
  if (url.username !== '' || url.password !== '') return 'the endpoint holds a user or password: put user:password into a file (~/.one/one_auth, $ONE_AUTH or auth-file) instead';
  return url.protocol === 'http:' || url.protocol === 'https:' ? undefined : `"${sanitizeLine(endpoint, 100)}": expected http:// or https://`;
}

function tunnelTarget(text: string, context: string, hosts: readonly HostSpec[], defaults: HostDefaults): SshTarget {
  const known = hosts.find((host) => host.name === text);
  if (known) return known.ssh;
  const hop = parseHop(text);
  if (!hop) {
    const meant = didYouMean(text, hosts.map((host) => host.name));
    throw new ConfigError([{file: `context ${context}`, line: undefined, column: undefined, message: `opennebula.tunnel: "${text}" is neither a host of this context nor [user@]host[:port]${meant ? `; did you mean "${meant}"?` : ''}`}]);
  }
  return withDefaults(hop, defaults);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
