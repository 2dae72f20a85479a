/**
 * Where OpenNebula is and with which credentials it is asked, found as its stock command line finds them (src/oca/ruby
 * client.rb), each with the place where it was found.
 */

/** What is asked of the outside; injected in tests. `readFile` returns undefined when there is no such file. */
export interface OneSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string | undefined;
  readonly readFile: (path: string) => string | undefined; // throws when it is there and cannot be read
}

/** What a flag or a context says; it goes before everything else. */
export interface OneExplicit {
  readonly endpoint?: {readonly value: string; readonly origin: string};
  readonly authFile?: {readonly value: string; readonly origin: string};
}

export interface OneEndpoint {
  readonly endpoint: string;
  readonly endpointOrigin: string; // "$ONE_XMLRPC", "/root/.one/one_endpoint", "default"
  readonly timeoutMs: number;
  readonly timeoutOrigin: string; // "$ONE_XMLRPC_TIMEOUT" or "default"
  readonly warnings: readonly string[];
}
export type OneCredentials =
  | {readonly ok: true; readonly session: string; readonly origin: string} // session: secret "user:password"; origin: never the secret
  | {readonly ok: false; readonly reason: string}; // what was looked at, and why it did not serve

const defaultEndpoint = 'http://localhost:2633/RPC2';
const defaultTimeoutS = 30;
const oneadminHome = '/var/lib/one/.one'; // readable by oneadmin and root on the front-end

/** Explicit, $ONE_XMLRPC, ~/.one/one_endpoint, oneadmin's one_endpoint, localhost. */
export function findOneEndpoint(around: OneSurroundings, explicit: OneExplicit = {}): OneEndpoint {
  const warnings: string[] = [];
  const {endpoint, origin} = candidates(around, explicit, warnings);
  return {endpoint, endpointOrigin: origin, ...timeout(around.env['ONE_XMLRPC_TIMEOUT'], warnings), warnings};
}

function candidates(around: OneSurroundings, explicit: OneExplicit, warnings: string[]): {readonly endpoint: string; readonly origin: string} {
  if (explicit.endpoint) return {endpoint: explicit.endpoint.value.trim(), origin: explicit.endpoint.origin};
  const fromEnv = around.env['ONE_XMLRPC']?.trim();
  if (fromEnv) return {endpoint: fromEnv, origin: '$ONE_XMLRPC'};
  for (const path of inHomes(around, 'one_endpoint')) {
    try {
      const endpoint = around.readFile(path)?.trim();
      if (endpoint) return {endpoint, origin: path};
    } catch (error) {
      warnings.push(`${path} cannot be read: ${(error as Error).message}`);
    }
  }
  return {endpoint: defaultEndpoint, origin: 'default'};
}

function timeout(text: string | undefined, warnings: string[]): {readonly timeoutMs: number; readonly timeoutOrigin: string} {
  const seconds = text?.trim();
  if (seconds) {
    if (/^\d{1,5}(\.\d+)?$/.test(seconds) && Number(seconds) > 0) return {timeoutMs: Math.round(Number(seconds) * 1000), timeoutOrigin: '$ONE_XMLRPC_TIMEOUT'};
    warnings.push(`$ONE_XMLRPC_TIMEOUT is "${seconds.slice(0, 20)}": not a number of seconds above 0, ${defaultTimeoutS} used`);
  }
  return {timeoutMs: defaultTimeoutS * 1000, timeoutOrigin: 'default'};
}

/**
 * Explicit file, $ONE_AUTH (the path of a file, never the credentials themselves), ~/.one/one_auth, oneadmin's. As with
 * the stock command line, a file that is named and does not serve ends the search: no other user is taken instead.
 */
export function findOneCredentials(around: OneSurroundings, explicit: OneExplicit = {}): OneCredentials {
  const fromEnv = around.env['ONE_AUTH']?.trim();
  const named = explicit.authFile ?? (fromEnv ? {value: fromEnv, origin: '$ONE_AUTH'} : undefined);
  if (named) {
    // A pasted "user:password" must not be printed as if it were a path.
    const hint = named.value.includes(':') && !named.value.includes('/') ? `${named.origin} holds no path; it must name a file with user:password in it` : undefined;
    const found = hint === undefined ? credentialsIn(around, named.value) : {reason: hint};
    if (found && 'session' in found) return {ok: true, session: found.session, origin: `${named.origin} ${named.value}`};
    return {ok: false, reason: found ? (hint ?? `${named.origin}: ${found.reason}`) : `${named.origin}: there is no file ${named.value}`};
  }
  const looked: string[] = [];
  for (const path of inHomes(around, 'one_auth')) {
    const found = credentialsIn(around, path);
    if (found && 'session' in found) return {ok: true, session: found.session, origin: path};
    looked.push(found ? found.reason : `there is no ${path}`);
  }
  return {ok: false, reason: `no credentials: $ONE_AUTH is not set, ${looked.join(', ')}`};
}

const inHomes = ({home}: OneSurroundings, file: string): readonly string[] => [...new Set([...(home ? [`${home}/.one/${file}`] : []), `${oneadminHome}/${file}`])];

function credentialsIn(around: OneSurroundings, path: string): {readonly session: string} | {readonly reason: string} | undefined {
  try {
    const text = around.readFile(path);
    if (text === undefined) return undefined;
    const session = text.trimEnd();
    return /^[^:\s][^:\n]*:[^\n]+$/.test(session) ? {session} : {reason: `${path} does not hold user:password in one line`};
  } catch (error) {
    return {reason: `${path} cannot be read: ${(error as Error).message}`};
  }
}
