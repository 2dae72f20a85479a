/** `one.enable-host`, `one.disable-host`: whether OpenNebula may put VMs on a host. `one.host.status(ID, 0|1)`. */
import type {Action, ActionContext, Candidate, Condition, Params, Plan, Target} from '../model/action.ts';
import type {OneHost} from '../model/cloud.ts';
import type {Fabric} from '../model/fabric.ts';
import {stamp} from '../model/reading.ts';
import {fails, openNebula, passes, unknown, warns} from './action.ts';

const reads = [{source: openNebula, probes: ['one.hosts']}];
const verifyMs = 60_000; // a host that is enabled is monitored first

/** Host.h: what HOST/STATE means. */
const stateNames: Readonly<Record<number, string>> = {0: 'INIT', 1: 'MONITORING_MONITORED', 2: 'MONITORED', 3: 'ERROR', 4: 'DISABLED', 5: 'MONITORING_ERROR', 6: 'MONITORING_INIT', 7: 'MONITORING_DISABLED', 8: 'OFFLINE'};
export const hostStateName = (state: number): string => stateNames[state] ?? String(state);
/** While it is monitored, a host keeps what it was: 1 was on, 7 was disabled. */
export const isDisabled = ({state}: OneHost): boolean => state === 4 || state === 7;
export const isOn = ({state}: OneHost): boolean => state === 1 || state === 2;

const hostsOf = (fabric: Fabric): readonly OneHost[] | undefined => fabric.cloud?.readings['one.hosts']?.value;
/**
 * By the name that OpenNebula has, the number, or the console's own name: OpenNebula often has an address in its place.
 * What OpenNebula calls so comes first; a name that fits two of its hosts is none.
 */
export function oneHostOf(fabric: Fabric, given: string | undefined): OneHost | undefined {
  const own = hostsOf(fabric)?.find(({id, name}) => name === given || String(id) === given);
  const spec = fabric.hosts.get(given ?? '')?.spec;
  if (own || !spec) return own;
  const same = (hostsOf(fabric) ?? []).filter(({name}) => name === spec.ssh.host || name === spec.underlayAddress || fabric.hostByAddress.get(name) === spec.name);
  return same.length === 1 ? same[0] : undefined;
}
/** What the console calls a host of OpenNebula, where that is another name. */
const consoleName = (fabric: Fabric, one: OneHost): string | undefined => [...fabric.hosts.keys()].find((name) => name !== one.name && oneHostOf(fabric, name)?.id === one.id);

function targets(fabric: Fabric, {host}: Params): readonly Target[] {
  const one = oneHostOf(fabric, host);
  const read = hostsOf(fabric) !== undefined;
  return [{what: `host ${host} of OpenNebula`, reads, state: {id: one ? String(one.id) : read ? 'not there' : undefined, state: one ? settledName(one) : read ? 'not there' : undefined}}];
}
/** Monitoring comes and goes by itself: it makes no plan stale. */
const settledName = (host: OneHost): string => (isOn(host) ? 'MONITORED' : isDisabled(host) ? 'DISABLED' : hostStateName(host.state));

function planned(fabric: Fabric, params: Params, to: 'enable' | 'disable'): Plan {
  const one = oneHostOf(fabric, params['host'])!;
  return {
    what: `${to === 'enable' ? 'Enable' : 'Disable'} host ${one.name} (${one.id}) in OpenNebula`,
    steps: [{id: to, title: `${to} host ${one.name}`, effect: {kind: 'one', method: 'one.host.status', args: [one.id, to === 'enable' ? 0 : 1]}, deadlineS: 20, resume: 'idempotent', cancellable: false}],
    targets: targets(fabric, params), notUndoable: [],
  };
}

async function shows(ctx: ActionContext, {host}: Params, to: 'enable' | 'disable'): Promise<readonly Condition[]> {
  const [name, holds] = to === 'enable' ? [`${host} is monitored`, isOn] : [`${host} is disabled`, isDisabled];
  const found = await ctx.until(reads, (fabric) => {
    const one = oneHostOf(fabric, host);
    return one && holds(one) ? one : undefined;
  }, verifyMs);
  const observation = ctx.fabric().cloud?.readings['one.hosts'];
  const one = oneHostOf(ctx.fabric(), host);
  const evidence = observation ? [{text: `host ${host}: ${one ? hostStateName(one.state) : 'not there'}`, stamp: stamp(observation)}] : [];
  if (found) return [passes(name, `OpenNebula has ${host} in state ${hostStateName(found.state)}`, evidence)];
  if (!observation || observation.problem) return [unknown(name, `the hosts of OpenNebula could not be read: ${observation?.problem?.detail ?? 'never read'}`, {evidence})];
  return [fails(name, `OpenNebula has ${host} in state ${one ? hostStateName(one.state) : 'not there'}`, evidence)];
}

function hostStatus(to: 'enable' | 'disable'): Action {
  const already = to === 'enable' ? isOn : isDisabled;
  const back = to === 'enable' ? 'disable' : 'enable';
  const candidates = (fabric: Fabric): readonly Candidate[] =>
    (hostsOf(fabric) ?? []).flatMap((host) => {
      const impossible = already(host) ? `it is ${to}d already` : undefined;
      const also = consoleName(fabric, host);
      const one = {value: host.name, label: `${host.name} (${hostStateName(host.state)})`, impossible};
      return also === undefined ? [one] : [one, {value: also, label: `${also} (${host.name} of OpenNebula, ${hostStateName(host.state)})`, impossible}];
    });
  return {
    id: `one.${to}-host`,
    title: `${to === 'enable' ? 'Enable' : 'Disable'} a host in OpenNebula`,
    description: to === 'enable' ? 'lets OpenNebula put VMs on a host again' : 'keeps OpenNebula from putting further VMs on a host; those that run there stay',
    params: [{name: 'host', title: 'the host, by its name in OpenNebula or here', type: 'host', required: true, candidates}],
    destructive: false,
    preflight: (ctx, {host}) => {
      const observation = ctx.fabric().cloud?.readings['one.hosts'];
      const one = oneHostOf(ctx.fabric(), host);
      const evidence = observation && one ? [{text: `host ${one.name}: ${hostStateName(one.state)}, ${one.vmIds.length} VMs`, stamp: stamp(observation)}] : [];
      if (!observation?.value || observation.problem) return Promise.resolve([unknown('the host is known', `the hosts of OpenNebula were not read: ${observation?.problem?.detail ?? 'never'}`, {evidence})]);
      if (!one) return Promise.resolve([fails('the host is known', `OpenNebula has no host ${host}`)]);
      const others = observation.value.filter((other) => other.id !== one.id && other.clusterId === one.clusterId && isOn(other));
      return Promise.resolve([
        passes('the host is known', `${one.name} is ${hostStateName(one.state)}`, evidence),
        ...(to === 'disable' && others.length === 0 ? [warns('another host is left', `${one.name} is the last host of cluster ${one.cluster} that takes VMs`, evidence)] : []),
      ]);
    },
    plan: (ctx, params) => Promise.resolve(planned(ctx.fabric(), params, to)),
    targets,
    verify: (ctx, run) => shows(ctx, run.params, run.undoes === undefined ? to : back),
    undo: (ctx, run) => Promise.resolve(oneHostOf(ctx.fabric(), run.params['host']) ? planned(ctx.fabric(), run.params, back) : `OpenNebula has no host ${run.params['host']} now`),
  };
}

export const enableHost: Action = hostStatus('enable');
export const disableHost: Action = hostStatus('disable');
