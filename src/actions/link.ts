/** `link.up`: bring a device of a host up. `ip link set dev DEVICE up`. */
import type {Action, ActionContext, Candidate, Params, Plan, Step, Target} from '../model/action.ts';
import type {Fabric} from '../model/fabric.ts';
import type {Link} from '../model/network.ts';
import {stamp} from '../model/reading.ts';
import {fails, passes, unknown} from './action.ts';
import {hostCandidates, hostReached} from './hosts.ts';

const reads = (host: string) => [{source: host, probes: ['ip.links']}];
const verifyMs = 20_000;

/** A name that the kernel would accept and that no shell minds. */
export const deviceName = (value: string): string | undefined => (/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,14}$/.test(value) ? undefined : `"${value}" is no name of a device`);

const linksOf = (fabric: Fabric, host: string): readonly Link[] | undefined => fabric.hosts.get(host)?.readings['ip.links']?.value;
const linkOf = (fabric: Fabric, {host = '', device}: Params): Link | undefined => linksOf(fabric, host)?.find(({name}) => name === device);
const stateOf = (link: Link): string => (link.up ? 'up' : 'down');

function devices(fabric: Fabric, {host = ''}: Params): readonly Candidate[] {
  return (linksOf(fabric, host) ?? []).map((link) => ({value: link.name, label: `${link.name} (${stateOf(link)})`, impossible: link.up ? 'it is up already' : undefined}));
}

function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {host = '', device = ''} = params;
  const link = linkOf(fabric, params);
  const state = linksOf(fabric, host) === undefined ? undefined : link ? stateOf(link) : 'not there';
  return [{what: `${device} on ${host}`, reads: reads(host), state: {state, kind: link ? (link.kind ?? 'plain') : state, index: link ? String(link.index) : state}}];
}

/** `ip` is in sbin, which is not in every PATH. */
const step = (host: string, device: string, to: 'up' | 'down'): Step => ({
  id: to, title: `set ${device} ${to}`, effect: {kind: 'host', host, script: `PATH="$PATH:/sbin:/usr/sbin" ip link set dev ${device} ${to}`}, deadlineS: 10, resume: 'idempotent', cancellable: false,
});

function planned({host = '', device = ''}: Params, fabric: Fabric, to: 'up' | 'down'): Plan {
  return {what: `Bring ${device} on ${host} ${to}`, steps: [step(host, device, to)], targets: targets(fabric, {host, device}), notUndoable: []};
}

async function shows(ctx: ActionContext, params: Params, up: boolean) {
  const {host = '', device = ''} = params;
  const name = `${device} is ${up ? 'up' : 'down'}`;
  const found = await ctx.until(reads(host), (fabric) => (linkOf(fabric, params)?.up === up ? linkOf(fabric, params) : undefined), verifyMs);
  const observation = ctx.fabric().hosts.get(host)?.readings['ip.links'];
  const evidence = observation ? [{text: `${device} of ${host}: ${linkOf(ctx.fabric(), params)?.flags.join(',') ?? 'not there'}`, stamp: stamp(observation)}] : [];
  if (found) return [passes(name, `${device} on ${host} is ${up ? 'up' : 'down'}`, evidence)];
  if (!observation || observation.problem) return [unknown(name, `the devices of ${host} could not be read: ${observation?.problem?.detail ?? 'never read'}`, {evidence})];
  return [fails(name, `${device} on ${host} is ${linkOf(ctx.fabric(), params) ? stateOf(linkOf(ctx.fabric(), params)!) : 'not there'}`, evidence)];
}

export const linkUp: Action = {
  id: 'link.up',
  title: 'Bring a device up',
  description: 'sets a network device of a host administratively up',
  params: [
    {name: 'host', title: 'the host', type: 'host', required: true, candidates: hostCandidates},
    {name: 'device', title: 'the device', type: 'choice', required: true, candidates: devices, wrong: deviceName},
  ],
  destructive: false,
  preflight: (ctx, {host = '', device = ''}) => {
    const link = linkOf(ctx.fabric(), {host, device});
    return Promise.resolve([
      hostReached(ctx.fabric(), host),
      link ? passes('device is there', `${device} is a ${link.kind ?? 'plain'} device, ${stateOf(link)}`) : unknown('device is there', `the devices of ${host} were not read`),
    ]);
  },
  plan: (ctx, params) => Promise.resolve(planned(params, ctx.fabric(), 'up')),
  targets,
  verify: (ctx, run) => shows(ctx, run.params, run.undoes === undefined),
  undo: (ctx, run) => Promise.resolve(planned(run.params, ctx.fabric(), 'down')),
};
