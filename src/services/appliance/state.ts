/** What only a virtual router appliance has: its failover state, the SDNAT service, forwarding, its context variables. */
import type {ApplianceState} from '../../model/network.ts';
import {bad, good, type Problem, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {unquote} from '../host/identity.ts';
import {environment, failure, partFunction, splitParts, type Part} from '../host/script.ts';
import type {ProbeContext, ProbeOutput} from '../probe.ts';

const names = ['failover', 'sdnat', 'forwarding', 'context'] as const;

/** Names of variables that may leave the host, and those that never do, whatever they begin with. */
const shown = '^(export +)?(ONEAPP_VNF_|ETH[0-9]+_|VROUTER_)[A-Za-z0-9_]*=';
const secret = '^[^=]*(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE|PSK|_KEY)';

// The context file is read, never sourced: what is in it must not run. Its secrets are dropped before they are sent.
export const applianceScript = [
  environment,
  partFunction,
  'part failover cat /run/one-failover.state',
  'part forwarding cat /proc/sys/net/ipv4/ip_forward',
  'status() { rc-service one-sdnat4 status >/dev/null 2>&1; }',
  'if command -v rc-service >/dev/null; then part sdnat status; fi',
  `context() { cat /run/one-context/one_env | grep -E '${shown}' | grep -viE '${secret}'; }`,
  'part context context',
].join('\n');

export function applianceCommand({spec}: ProbeContext): string | Problem {
  return spec.roles.includes('virtual-router') ? applianceScript : {kind: 'unsupported', detail: 'not a virtual router'};
}

export function parseAppliance(output: ProbeOutput): Reading<ApplianceState> {
  const {parts} = splitParts(output.stdout, names);
  const problem = failure('sh', output);
  if (problem) return {ok: false, problem};
  if (parts.get('failover') === undefined || parts.get('context')?.exit === undefined) return bad('garbled', 'the answer is not complete');
  const warnings: string[] = [];
  return good(
    {
      failover: failover(parts.get('failover'), warnings),
      sdnatService: service(parts.get('sdnat'), warnings),
      forwarding: forwarding(parts.get('forwarding'), warnings),
      context: context(parts.get('context'), warnings),
    },
    warnings,
  );
}

/** {"state":"MASTER"} */
function failover(part: Part | undefined, warnings: string[]): string | undefined {
  if (part?.exit !== 0) {
    warnings.push('/run/one-failover.state could not be read');
    return undefined;
  }
  try {
    const state = (JSON.parse(part.lines.join('\n')) as {state?: unknown} | null)?.state;
    if (typeof state === 'string' && /^[A-Z]{1,16}$/.test(state)) return state;
  } catch {
    // said below
  }
  warnings.push('/run/one-failover.state holds no state');
  return undefined;
}

/** OpenRC's exit status; without OpenRC (an older appliance) there is no such service to ask. */
function service(part: Part | undefined, warnings: string[]): ApplianceState['sdnatService'] {
  const known = {0: 'started', 3: 'stopped', 32: 'crashed'} as const;
  if (!part) return undefined;
  const state = part.exit === 0 || part.exit === 3 || part.exit === 32 ? known[part.exit] : undefined;
  if (!state) warnings.push(`rc-service one-sdnat4 status: exit ${part.exit ?? 'unknown'}`);
  return state;
}

function forwarding(part: Part | undefined, warnings: string[]): boolean | undefined {
  const value = part?.lines[0]?.trim();
  if (value === '0' || value === '1') return value === '1';
  warnings.push('net.ipv4.ip_forward could not be read');
  return undefined;
}

/** `export NAME="value"` lines; what is a secret by its name is dropped here too, should it ever arrive. */
function context(part: Part | undefined, warnings: string[]): Readonly<Record<string, string>> {
  if (part?.exit !== 0) warnings.push('/run/one-context/one_env could not be read, or has no variables of a virtual router');
  const variables = new Map<string, string>();
  const allowed = new RegExp(shown);
  const forbidden = new RegExp(secret, 'i');
  for (const line of part?.lines ?? []) {
    if (!allowed.test(line) || forbidden.test(line)) continue;
    const assignment = line.replace(/^export +/, '');
    const at = assignment.indexOf('=');
    variables.set(assignment.slice(0, at), sanitizeLine(unquote(assignment.slice(at + 1).trim()), 1024));
  }
  return Object.fromEntries(variables);
}
