/** `vnet.create`: make a virtual network for EVPN. `one.vn.allocate(TEMPLATE, CLUSTER)`. Hosts learn of it with its first VM. */
import {isIPv4} from 'node:net';
import type {Action, ActionContext, ActionRun, Candidate, Condition, Done, Params, Target} from '../../model/action.ts';
import type {OneVnet} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, openNebula, passes, unknown, warns} from '../action.ts';
import {deviceName} from '../link.ts';
import {shown, vniShape} from '../repair/parts.ts';
import {number, subnetOf, within} from './addresses.ts';
import {hypervisors, templateText, vnetsOf, wantedOf, type Wanted} from './template.ts';

const reads = [{source: openNebula, probes: ['one.vnets', 'one.clusters']}];
const ready = 1;
const address = (value: string): string | undefined => (isIPv4(value) ? undefined : `"${value}" is no IPv4 address`);
const between = (least: number, most: number) => (value: string): string | undefined => (/^\d{1,8}$/.test(value) && Number(value) >= least && Number(value) <= most ? undefined : `"${value}" is no number between ${least} and ${most}`);

const clusters = (fabric: Fabric): readonly Candidate[] => (fabric.cloud?.readings['one.clusters']?.value ?? []).map(({id, name, hostIds}) => ({value: String(id), label: `${id} ${name} (${hostIds.length} hosts)`}));
const devices = (fabric: Fabric): readonly Candidate[] => [...new Set([...fabric.hosts.values()].flatMap(({spec}) => spec.underlay ?? []))].map((value) => ({value, label: value}));

const vnetNamed = (fabric: Fabric, name: string | undefined): OneVnet | undefined => vnetsOf(fabric)?.find((one) => one.name === name);
/** That of a run: by the number that it got from OpenNebula; somebody else's may have its name by now. */
function vnetOf(fabric: Fabric, {plan, values, params}: ActionRun): OneVnet | undefined {
  const call = plan.steps.find(({id}) => id === 'delete')?.effect;
  const id = call?.kind === 'one' ? call.args[0] : values['allocate'];
  return typeof id === 'number' ? vnetsOf(fabric)?.find((one) => one.id === id) : vnetNamed(fabric, params['name']);
}
function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {name, cluster, vni} = params;
  const vnets = vnetsOf(fabric);
  const into = fabric.cloud?.readings['one.clusters']?.value;
  return [{
    what: `network ${name} of OpenNebula`, reads,
    state: {
      network: vnets ? (vnetNamed(fabric, name) ? `there, with ${vnetNamed(fabric, name)!.usedLeases} leases` : 'not there') : undefined,
      cluster: into ? (into.find((one) => String(one.id) === cluster || one.name === cluster)?.name ?? 'not there') : undefined,
      ...(vni !== undefined && {vni: vnets ? (vnets.find((one) => String(one.vlanId) === vni)?.name ?? 'free') : undefined}),
    },
  }];
}

const nameFree = (fabric: Fabric, {name}: Wanted): Condition => (vnetNamed(fabric, name) ? fails('the name is free', `there is a network ${name}, ${vnetNamed(fabric, name)!.id}`) : passes('the name is free', `no network is called ${name}`));

function vniFree(fabric: Fabric, {vni, physicalDevice}: Wanted): readonly Condition[] {
  const long = `${physicalDevice}.${vni ?? 'NNNNN'}`.length > 15 ? [fails('the device can be made', `${physicalDevice}.${vni ?? 'NNNNN'} is longer than the 15 characters that Linux allows`)] : [];
  if (vni === undefined) return [passes('the VNI is free', 'OpenNebula chooses one'), ...long];
  const other = vnetsOf(fabric)?.find(({vlanId}) => vlanId === vni);
  const on = fabric.segments.find((one) => one.vni === vni)?.hosts.filter(({device}) => device).map(({host}) => host) ?? [];
  return [
    other ? fails('the VNI is free', `network ${other.name} has VNI ${vni}: the two would be one segment`)
      : on.length > 0 ? fails('the VNI is free', `VNI ${vni} is on ${on.join(', ')}, though no network of OpenNebula has it`) : passes('the VNI is free', `neither a network nor a host has VNI ${vni}`),
    ...long,
  ];
}

function addressesFit(fabric: Fabric, {subnet, first, size, gateway}: Wanted): readonly Condition[] {
  const end = number(first) + size - 1;
  const outside = !within(first, subnet) || end >= subnet.base + subnet.size - 1;
  const overlapping = (vnetsOf(fabric) ?? []).filter((net) => net.ranges.some(({firstIp, size: count}) => firstIp !== undefined && number(firstIp) < subnet.base + subnet.size && number(firstIp) + count > subnet.base));
  return [
    outside ? fails('its addresses fit', `${size} addresses from ${first} do not lie in the network`) : passes('its addresses fit', `${size} addresses from ${first}`),
    within(gateway, subnet) ? passes('its gateway fits', `${gateway}: a virtual router has to take it (instantiate the router first, or with that IP)`) : fails('its gateway fits', `${gateway} does not lie in the network`),
    ...(overlapping.length > 0 ? [warns('its addresses are nobody else\'s', `${overlapping.map(({name}) => name).join(', ')} has addresses of that network, too: one virtual router cannot serve both`)] : []),
  ];
}

/** PHYDEV must be there, with an address, on every host that may carry the network; the MTU must leave room. */
function carried(fabric: Fabric, {cluster, physicalDevice, mtu, port, tep}: Wanted): readonly Condition[] {
  const hosts = hypervisors(fabric, cluster);
  const name = `${physicalDevice} is on every host`;
  const judged = hosts.map(([one, ours]) => {
    const [links, addresses] = [ours?.readings['ip.links']?.value, ours?.readings['ip.addresses']?.value];
    if (!links || !addresses) return {who: one.name, how: 'unknown' as const};
    return {who: one.name, how: links.some((link) => link.name === physicalDevice) && addresses.some(({device}) => device === physicalDevice) ? 'fine' as const : 'lacks' as const, mtu: links.find((link) => link.name === physicalDevice)?.mtu};
  });
  const lacking = judged.filter(({how}) => how === 'lacks');
  const unread = judged.filter(({how}) => how === 'unknown');
  const room = Math.min(...judged.flatMap((one) => one.mtu ?? [])) - 50;
  // FRR 10.6.0 to 10.7.0 hand no VNI without a local address to bgpd (OpenNebula/one 7589).
  const defective = tep === 'local_ip' ? [] : hosts.flatMap(([, ours]) => ours?.readings['frr.version']?.value?.text.match(/^10\.(6|7\.0)/) ? [ours.spec.name] : []);
  return [
    hosts.length === 0 ? warns(name, `cluster ${cluster.name} has no host: nothing can carry the network yet`)
      : lacking.length > 0 ? fails(name, `not there, or without an address: ${lacking.map(({who}) => who).join(', ')}`)
      : unread.length > 0 ? unknown(name, `not read: ${unread.map(({who}) => who).join(', ')}`, {mayOverride: true}) : passes(name, `${physicalDevice} is there with an address on ${hosts.map(([{name: who}]) => who).join(', ')}`),
    mtu === undefined ? unknown('the MTU leaves room', `the MTU of ${physicalDevice} was not read: say mtu`) : !Number.isFinite(room) ? unknown('the MTU leaves room', `the MTU of ${physicalDevice} was not read`, {mayOverride: true}) : mtu <= room ? passes('the MTU leaves room', `${mtu} for guests, ${room} fit`) : fails('the MTU leaves room', `${mtu} for guests, and only ${room} fit through ${physicalDevice}: large frames would be lost`),
    port === undefined && hosts.every(([, ours]) => !ours?.readings['ip.links']?.value) ? unknown('its port is the others\'', 'which VXLAN devices there are was not read: the network would get the kernel\'s UDP port, 8472', {mayOverride: true})
      : port === undefined ? warns('its port is the others\'', 'the VXLAN devices there are have different UDP ports: the network gets the kernel\'s, 8472') : passes('its port is the others\'', `UDP ${port}`),
    ...(defective.length > 0 ? [warns('FRR announces it', `FRR 10.6.0 to 10.7.0 announces no VNI of a device without a local address: ${defective.join(', ')}; take VXLAN_TEP=local_ip`)] : []),
  ];
}

async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const problems = await ctx.reread(reads);
  if (problems.length > 0) return {done: undefined, says: problems.map(({detail}) => detail).join('; ')};
  const found = vnetOf(ctx.fabric(), run);
  if (run.undoes !== undefined) return {done: found === undefined, says: found ? 'the network is there' : 'the network is gone'};
  return found ? {done: true, value: found.id, says: `the network is there, ${found.id}`} : {done: false, says: 'there is no such network'};
}

const subnetShape = (value: string): string | undefined => (subnetOf(value) ? undefined : `"${value}" is no network such as 172.20.0.0/24`);

export const createVnet: Action = {
  id: 'vnet.create',
  title: 'Create a virtual network',
  description: 'makes an EVPN-VXLAN network in OpenNebula; hosts make its devices when its first VM comes to them',
  params: [
    {name: 'name', title: 'its name', type: 'text', required: true, wrong: (value) => (/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(value) ? undefined : `"${value}" is no name for a network`)},
    {name: 'subnet', title: 'its addresses, as 172.20.0.0/24', type: 'text', required: true, wrong: subnetShape},
    {name: 'cluster', title: 'the number or name of the cluster', type: 'choice', required: true, candidates: clusters, open: true},
    {name: 'vni', title: 'the VNI; without: OpenNebula chooses', type: 'text', required: false, wrong: vniShape},
    {name: 'phydev', title: 'the device that carries the tunnels; without: as the other networks', type: 'choice', required: false, candidates: devices, open: true, wrong: deviceName},
    {name: 'first', title: 'the first address that is handed out; without: the first of all', type: 'ip', required: false, wrong: address},
    {name: 'size', title: 'how many addresses are handed out; without: the rest', type: 'text', required: false, wrong: between(1, 16_777_214)},
    {name: 'gateway', title: 'the gateway; without: the first address', type: 'ip', required: false, wrong: address},
    {name: 'mtu', title: 'MTU of the guests and the VXLAN device; without: what fits', type: 'text', required: false, wrong: between(576, 9000)},
    {name: 'dns', title: 'the resolver that guests are told', type: 'ip', required: false, wrong: address},
  ],
  destructive: false,
  preflight: (ctx, params) => {
    const fabric = ctx.fabric();
    if (!vnetsOf(fabric)) return Promise.resolve([unknown('OpenNebula is read', 'its networks were not read')]);
    const wanted = wantedOf(fabric, params);
    if (typeof wanted === 'string') return Promise.resolve([fails('it is clear what is wanted', wanted)]);
    return Promise.resolve([nameFree(fabric, wanted), ...vniFree(fabric, wanted), ...addressesFit(fabric, wanted), ...carried(fabric, wanted)]);
  },
  plan: (ctx, params) => {
    const wanted = wantedOf(ctx.fabric(), params);
    if (typeof wanted === 'string') return Promise.resolve({kind: 'failed', detail: wanted});
    return Promise.resolve({
      what: `Create network ${wanted.name} in cluster ${wanted.cluster.name}`,
      steps: [{id: 'allocate', title: `create ${wanted.name}`, effect: {kind: 'one', method: 'one.vn.allocate', args: [templateText(wanted), wanted.cluster.id]}, deadlineS: 20, resume: 'ask', cancellable: false}],
      targets: targets(ctx.fabric(), params), notUndoable: [],
    });
  },
  targets, done,
  verify: async (ctx, run) => {
    const {name} = run.params;
    const gone = run.undoes !== undefined;
    return [await shown(ctx, gone ? 'the network is gone' : 'the network is ready', {
      reads,
      holds: (fabric) => {
        if (!vnetsOf(fabric)) return undefined;
        const one = vnetOf(fabric, run);
        return gone ? one === undefined : one?.state === ready && one.vlanId !== undefined && one.vxlanMode === 'evpn';
      },
      says: (fabric) => {
        const one = vnetOf(fabric, run);
        return one ? `network ${one.id} ${one.name}: VNI ${one.vlanId ?? '?'}, bridge ${one.bridge ?? '?'}, state ${one.state}` : `there is no network ${name}`;
      },
    })];
  },
  undo: (ctx, run) => {
    const one = vnetOf(ctx.fabric(), run);
    if (!one) return Promise.resolve('the network is not there now');
    if (one.usedLeases > 0) return Promise.resolve(`${one.usedLeases} of its addresses are in use: take them back first`);
    return Promise.resolve({
      what: `Delete network ${one.name} (${one.id})`, confirmName: one.name,
      steps: [{id: 'delete', title: `delete ${one.name}`, effect: {kind: 'one', method: 'one.vn.delete', args: [one.id]}, deadlineS: 20, resume: 'ask', cancellable: false}],
      targets: targets(ctx.fabric(), run.params), notUndoable: ['The number of the network is not given again.'],
    });
  },
};

