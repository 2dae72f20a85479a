/** `link.enslave`: make a device a port of a bridge. `ip link set dev DEVICE master BRIDGE`. */
import type {Action, Candidate, Params, Plan, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Link} from '../../model/network.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {hostReached} from '../hosts.ts';
import {deviceName} from '../link.ts';
import {evidenceOf, hostParam, onHost, reading, readsOf, shown, withSbin} from './parts.ts';

const linksOf = (fabric: Fabric, host: string | undefined): readonly Link[] | undefined => reading(fabric, host, 'ip.links');
const linkOf = (fabric: Fabric, host: string | undefined, name: string | undefined): Link | undefined => linksOf(fabric, host)?.find((link) => link.name === name);
const inWords = (master: string | undefined): string => (master === undefined ? 'in no bridge' : `in ${master}`);

const devices = (fabric: Fabric, {host}: Params): readonly Candidate[] =>
  (linksOf(fabric, host) ?? []).map(({name, kind, master}) => ({
    value: name, label: `${name} (${inWords(master)})`,
    impossible: kind === 'bridge' ? 'it is a bridge' : name === 'lo' || kind === 'wireguard' ? 'it cannot be the port of a bridge' : undefined,
  }));
const bridges = (fabric: Fabric, {host, device}: Params): readonly Candidate[] =>
  (linksOf(fabric, host) ?? []).filter(({kind}) => kind === 'bridge').map(({name}) => ({value: name, label: name, impossible: linkOf(fabric, host, device)?.master === name ? `${device} is in it already` : undefined}));

function targets(fabric: Fabric, {host, device, bridge}: Params): readonly Target[] {
  const read = linksOf(fabric, host) !== undefined;
  const [link, to] = [linkOf(fabric, host, device), linkOf(fabric, host, bridge)];
  const index = (one: Link | undefined): string | undefined => (one ? String(one.index) : read ? 'not there' : undefined);
  return [{what: `${device} on ${host}`, reads: readsOf(host, 'ip.links'), state: {master: link ? (link.master ?? 'none') : read ? 'not there' : undefined, index: index(link), bridge: index(to)}}];
}

function planned(fabric: Fabric, params: Params, to: string | undefined): Plan {
  const {host = '', device = ''} = params;
  return {
    what: to === undefined ? `Take ${device} on ${host} out of its bridge` : `Put ${device} on ${host} into ${to}`,
    steps: [onHost(host, to === undefined ? 'release' : 'enslave', to === undefined ? `take ${device} out of its bridge` : `make ${device} a port of ${to}`, withSbin(`ip link set dev ${device} ${to === undefined ? 'nomaster' : `master ${to}`}`))],
    targets: targets(fabric, params), notUndoable: [],
  };
}

/** The bridge that it was in before, as the plan has it. */
const before = (run: {readonly plan: Plan}): string | undefined => {
  const master = run.plan.targets[0]?.state['master'];
  return master === 'none' || master === 'not there' ? undefined : master;
};

export const linkEnslave: Action = {
  id: 'link.enslave',
  title: 'Put a device into a bridge',
  description: 'makes a device of a host (a VXLAN device, the tap of a VM) a port of a bridge',
  params: [
    hostParam,
    {name: 'device', title: 'the device', type: 'choice', required: true, candidates: devices, wrong: deviceName},
    {name: 'bridge', title: 'the bridge', type: 'choice', required: true, candidates: bridges, wrong: deviceName},
  ],
  destructive: false,
  preflight: (ctx, {host = '', device = '', bridge = ''}) => {
    const fabric = ctx.fabric();
    const [link, to] = [linkOf(fabric, host, device), linkOf(fabric, host, bridge)];
    const evidence = evidenceOf(fabric, host, 'ip.links', `${device}: ${link?.kind ?? 'plain'}, ${inWords(link?.master)}`);
    const vni = link?.vxlan?.vni;
    const segment = fabric.segments.find((one) => one.vni === vni && vni !== undefined);
    const intended = segment?.vnet?.bridge;
    return Promise.resolve([
      hostReached(fabric, host),
      link && to ? passes('device and bridge are there', `${device} is ${inWords(link.master)}, ${bridge} is ${to.up ? 'up' : 'down'}`, evidence) : unknown('device and bridge are there', `the devices of ${host} were not read`),
      ...(to && !to.up ? [warns('the bridge is up', `${bridge} is down: nothing passes until it is set up (link.up)`)] : []),
      ...(link && !link.up ? [warns('the device is up', `${device} is down: nothing passes until it is set up (link.up)`)] : []),
      ...(link?.master !== undefined ? [warns('the device is free', `${device} is taken out of ${link.master}`, evidence)] : []),
      ...(intended === undefined ? [] : intended === bridge ? [passes('it is the bridge of its network', `network ${segment?.vnet?.name} has BRIDGE ${intended}`)] : [fails('it is the bridge of its network', `network ${segment?.vnet?.name} (VNI ${vni}) has BRIDGE ${intended}, not ${bridge}: two networks would be joined`)]),
    ]);
  },
  plan: (ctx, params) => Promise.resolve(planned(ctx.fabric(), params, params['bridge'])),
  targets,
  verify: async (ctx, run) => {
    const {host = '', device = ''} = run.params;
    const wanted = masterIn(run.plan);
    return [await shown(ctx, `${device} is ${inWords(wanted)}`, {
      reads: readsOf(host, 'ip.links'),
      holds: (fabric) => (linksOf(fabric, host) === undefined ? undefined : linkOf(fabric, host, device) !== undefined && linkOf(fabric, host, device)?.master === wanted),
      says: (fabric) => `${device} on ${host} is ${linkOf(fabric, host, device) ? inWords(linkOf(fabric, host, device)?.master) : 'not there'}`,
    })];
  },
  undo: (ctx, run) => Promise.resolve(linkOf(ctx.fabric(), run.params['host'], run.params['device']) ? planned(ctx.fabric(), run.params, before(run)) : `${run.params['host']} has no ${run.params['device']} now`),
};

/** The bridge that a plan puts the device into, read from what it sends; undefined: into none. */
const masterIn = ({steps}: Plan): string | undefined => {
  const effect = steps[0]?.effect;
  return effect?.kind === 'host' ? / master (\S+)$/.exec(effect.script)?.[1] : undefined;
};
