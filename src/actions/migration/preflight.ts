/** What must hold before a VM is moved. Each condition says what it looked at; nothing that was not read passes. */
import type {ActionContext, Condition, Params} from '../../model/action.ts';
import type {OneNic, OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {stamp} from '../../model/reading.ts';
import {fails, openNebula, passes, unknown, warns} from '../action.ts';
import {hostReached} from '../hosts.ts';
import {hostStateName, isDisabled, isOn} from '../one-host.ts';
import {askVm, labelOf, stateOf, vmKnown, type VmInfo} from '../vm/vm.ts';
import {foundConditions} from './found.ts';
import {labelOfPlace, lacking, placeNamed, sourceOf, systemStores, type Place} from './way.ts';

/** NICs of an overlay network that are no alias: with these the MAC moves. */
export const overlayNics = (fabric: Fabric, vm: OneVm): readonly {readonly nic: OneNic; readonly vni: number; readonly mac: string}[] => {
  const vnets = new Map((fabric.cloud?.readings['one.vnets']?.value ?? []).map((vnet) => [vnet.id, vnet]));
  return vm.nics.flatMap((nic) => {
    const vnet = nic.networkId === undefined ? undefined : vnets.get(nic.networkId);
    const vni = vnet?.vnMad === 'vxlan' ? vnet.vlanId : nic.vnMad === 'vxlan' ? nic.vlanId : undefined;
    return vni === undefined || nic.mac === undefined || nic.alias ? [] : [{nic, vni, mac: nic.mac}];
  });
};

const powered = new Set(['POWEROFF', 'SUSPENDED']);

export async function preflight(ctx: ActionContext, params: Params, live: boolean): Promise<readonly Condition[]> {
  // What was made a moment ago may not be read yet.
  if (!vmKnown(ctx.fabric(), params['vm']).vm || !placeNamed(ctx.fabric(), params['host'])) await ctx.reread([{source: openNebula, probes: ['one.vms', 'one.hosts']}], 8000);
  const known = vmKnown(ctx.fabric(), params['vm']);
  if (!known.vm) return [known.condition];
  const named = placeNamed(ctx.fabric(), params['host']);
  if (!named) return [known.condition, hostUnknown(ctx.fabric(), params['host'])];
  // A plan is made for what is there now: some of it is read once a minute, and on a busy machine the rest is late. What
  // checks hold against each other is of one moment: a host that the last VM has left announces nothing, and has no VNI.
  const place = sourceOf(ctx.fabric(), known.vm);
  const reached = [place?.name, named.name].filter((host): host is string => host !== undefined && ctx.fabric().hosts.get(host)?.access.phase === 'ready');
  await Promise.all([
    ctx.reread([{source: openNebula, probes: ['one.vms', 'one.hosts', ...(ctx.fabric().cloud?.readings['one.datastores']?.value ? [] : ['one.datastores'])]}]),
    ctx.reread(reached.map((source) => ({source, probes: ['wg.interfaces', 'ip.links', 'frr.summary', 'frr.bgp-vnis', 'frr.daemons']})), 8000),
  ]);
  const asked = await askVm(ctx, known.vm.id);
  const fabric = ctx.fabric();
  // The host as it is now: it may have been disabled since it was named.
  const to = placeNamed(fabric, params['host']);
  if (!to) return [known.condition, hostUnknown(fabric, params['host'])];
  if (!asked.ok) return [known.condition, unknown('the VM is known', `OpenNebula does not tell about ${labelOf(known.vm)}: ${asked.problem.detail}`)];
  const {info} = asked;
  const {vm} = info;
  const from = sourceOf(fabric, vm);
  const nics = overlayNics(fabric, vm);
  const pair = {from: from?.name, to: to.name, vnis: nics.map(({vni}) => vni), vnetIds: nics.flatMap(({nic}) => nic.networkId ?? [])};
  return [
    known.condition,
    state(vm, live),
    ...target(vm, from, to, info),
    datastore(fabric, to, info),
    ...(from?.name === undefined ? [warns('the source is a host of this context', `${from?.one.name ?? 'its host'} is not: what happens there is not seen`)] : [softened(hostReached(fabric, from.name))]),
    ...(to.name === undefined ? [unknown('the target is a host of this context', `${to.one.name} is not: neither its devices nor its FRR can be looked at`, {mayOverride: true})] : [hostReached(fabric, to.name), devices(fabric, to.name, nics)]),
    ...(to.name === undefined ? [] : foundConditions(fabric, ctx.now(), pair)),
    ...nics.map((one) => moves(fabric, vm, one, ctx.now())),
    ...aliases(fabric, vm, from, to),
    ...router(fabric, vm),
  ];
}

/** A source that is not reached is a reason to leave it. */
const softened = (condition: Condition): Condition => (condition.outcome === 'pass' ? condition : {...condition, outcome: 'warn'});

function hostUnknown(fabric: Fabric, given: string | undefined): Condition {
  const observation = fabric.cloud?.readings['one.hosts'];
  const name = 'the target takes it';
  return !observation?.value || observation.problem ? unknown(name, `the hosts of OpenNebula were not read: ${observation?.problem?.detail ?? 'never'}`) : fails(name, `OpenNebula has no host ${given}`);
}

function state(vm: OneVm, live: boolean): Condition {
  const name = live ? 'the VM is running' : 'the VM can be moved';
  const now = stateOf(vm);
  const evidence = [{text: `VM ${vm.id}: STATE ${vm.state}, LCM_STATE ${vm.lcmState}`}];
  const open = vm.history.filter(({end}) => end === undefined);
  if (now === 'RUNNING' && open.length > 1) return fails(name, `${labelOf(vm)} is being migrated to ${open.at(-1)?.host} just now`, evidence);
  if (now === 'RUNNING') return passes(name, `${labelOf(vm)} is RUNNING on ${vm.history.at(-1)?.host}`, evidence);
  if (!live && powered.has(now)) return passes(name, `${labelOf(vm)} is ${now}: only its disks are moved`, evidence);
  return fails(name, `${labelOf(vm)} is ${now}${live ? ': only a running VM can be migrated live' : ''}`, evidence);
}

function target(vm: OneVm, from: Place | undefined, to: Place, {cpu, memoryKiB}: VmInfo): readonly Condition[] {
  const {one} = to;
  const label = labelOfPlace(to);
  const evidence = [{text: `host ${one.id} ${one.name}: ${hostStateName(one.state)}, cluster ${one.clusterId} ${one.cluster}, CPU ${one.usedCpu}/${one.totalCpu} %, memory ${one.usedMemoryKiB}/${one.totalMemoryKiB} KiB`}];
  const short = lacking(one, {cpu, memoryKiB});
  return [
    from?.one.id === one.id ? fails('the target takes it', `${labelOf(vm)} is on ${label} already`, evidence)
      // OpenNebula itself accepts a host that is disabled or in error, and then fails, or not.
      : isDisabled(one) ? fails('the target takes it', `${label} is disabled in OpenNebula`, evidence)
        : isOn(one) ? passes('the target takes it', `${label} is MONITORED`, evidence) : fails('the target takes it', `${label} is ${hostStateName(one.state)} in OpenNebula`, evidence),
    !from ? unknown('both are in one cluster', `the host that ${labelOf(vm)} is on, ${vm.history.at(-1)?.host ?? 'none'}, is not among OpenNebula's hosts`, {evidence})
      : from.one.clusterId === one.clusterId ? passes('both are in one cluster', `cluster ${one.cluster}`, evidence) : fails('both are in one cluster', `${label} is in cluster ${one.cluster}, the VM in ${from.one.cluster}: OpenNebula refuses`, evidence),
    short !== undefined ? fails('the target has room', `${label}: ${short}`, evidence)
      : cpu === undefined || memoryKiB === undefined ? unknown('the target has room', 'what the VM asks for cannot be read from its template', {evidence, mayOverride: true})
        : passes('the target has room', `${cpu} % CPU and ${Math.round(memoryKiB / 1024)} MiB are free on ${label}`, evidence),
  ];
}

function datastore(fabric: Fabric, {one}: Place, {datastoreId}: VmInfo): Condition {
  const name = 'a system datastore is in the cluster';
  const observation = fabric.cloud?.readings['one.datastores'];
  if (!observation?.value || observation.problem) return unknown(name, `the datastores were not read: ${observation?.problem?.detail ?? 'never'}`, {mayOverride: true});
  const stores = systemStores(fabric, one.clusterId) ?? [];
  const evidence = [{text: `system datastores of cluster ${one.clusterId}: ${stores.map((store) => `${store.id} ${store.name} (${store.tmMad})`).join(', ') || 'none'}; the VM runs from ${datastoreId ?? '?'}`, stamp: stamp(observation)}];
  if (stores.length === 0) return fails(name, `cluster ${one.cluster} has no system datastore that is ready`, evidence);
  const own = stores.find(({id}) => id === datastoreId);
  if (datastoreId !== undefined && !own) return fails(name, `the VM runs from datastore ${datastoreId}, which is not in cluster ${one.cluster}`, evidence);
  return passes(name, own ? `${own.name}${own.tmMad === 'ssh' ? ', not shared: the disks are copied' : ''}` : stores.map((store) => store.name).join(', '), evidence);
}

/** OpenNebula makes the VXLAN device on PHYDEV: it has to be there, up, with an address. */
function devices(fabric: Fabric, to: string, nics: ReturnType<typeof overlayNics>): Condition {
  const name = 'the underlay device is on the target';
  const readings = fabric.hosts.get(to)?.readings;
  const [links, addresses] = [readings?.['ip.links'], readings?.['ip.addresses']];
  if (!links?.value || !addresses?.value || links.problem || addresses.problem) return unknown(name, `the devices of ${to} were not read: ${(links?.problem ?? addresses?.problem)?.detail ?? 'never'}`, {mayOverride: true});
  const wanted = [...new Set(nics.flatMap(({nic}) => nic.physicalDevice ?? []))];
  for (const device of wanted) {
    const link = links.value.find((one) => one.name === device);
    const evidence = [{text: `${to}: ${link ? `${device} ${link.flags.join(',')}` : `no ${device}`}`, stamp: stamp(links)}];
    if (!link) return fails(name, `${to} has no ${device}, on which OpenNebula makes its VXLAN devices`, evidence);
    if (!link.up) return fails(name, `${device} on ${to} is down`, evidence);
    if (!addresses.value.some((one) => one.device === device && one.scope === 'global')) return fails(name, `${device} on ${to} has no address`, evidence);
  }
  return wanted.length === 0 ? warns(name, 'no NIC of the VM names one (PHYDEV): there is no overlay network to follow') : passes(name, `${wanted.join(', ')} is up and has an address on ${to}`, [{text: `${to}: ${wanted.join(', ')}`, stamp: stamp(links)}]);
}

/** Duplicate address detection (FRR: max-moves within a time): a VM that is sent to and fro too fast counts as two. */
function moves(fabric: Fabric, vm: OneVm, {vni, mac}: {readonly vni: number; readonly mac: string}, now: number): Condition {
  const name = `${mac} has not moved too often`;
  const settings = [...fabric.hosts.values()].flatMap(({readings}) => readings['frr.evpn']?.value ?? []).filter(({duplicateDetection}) => duplicateDetection !== false);
  const entry = fabric.macs.find((one) => one.id === `${vni}/${mac}`);
  const flagged = entry?.locations.filter(({evpn}) => evpn?.duplicate).map(({host}) => host) ?? [];
  const freezes = settings.some(({freezeTimeS}) => freezeTimeS !== undefined && freezeTimeS > 0);
  if (flagged.length > 0) return (freezes ? fails : warns)(name, `${flagged.join(', ')} take${flagged.length === 1 ? 's' : ''} it for a duplicate${freezes ? ' and holds it where it is' : ''}: clear that first (evpn.clear-duplicate)`);
  if (settings.length === 0) return unknown(name, 'no host has told its settings of duplicate address detection (show evpn)', {mayOverride: true});
  const most = Math.min(...settings.map(({maxMoves}) => maxMoves ?? 5));
  const windowS = Math.max(...settings.map(({detectionTimeS}) => detectionTimeS ?? 180));
  const recent = vm.history.filter(({seq, start}) => seq > 0 && start * 1000 > now - windowS * 1000).length;
  const sequences = (entry?.locations ?? []).map(({evpn}) => Math.max(evpn?.localSequence ?? 0, evpn?.remoteSequence ?? 0));
  const evidence = [{text: `${recent} changes of host within ${windowS} s; ${most} count as a duplicate; mobility sequence ${Math.max(0, ...sequences)}`}];
  if (recent + 1 >= most) return (freezes ? fails : warns)(name, `it has moved ${recent} times within ${windowS} s: with this move it counts as a duplicate${freezes ? ' and is held where it is' : ' (FRR warns, and goes on)'}. Wait ${windowS} s.`, evidence);
  return passes(name, `${recent} of ${most} moves within ${windowS} s`, evidence);
}

/** A public address belongs to a region: it does not go with the VM to another one. */
function aliases(fabric: Fabric, vm: OneVm, from: Place | undefined, to: Place): readonly Condition[] {
  const external = vm.nics.filter(({alias}) => alias?.external);
  if (external.length === 0) return [];
  const name = 'its public addresses stay reachable';
  const regionOf = (place: Place | undefined): string | undefined => (place?.name === undefined ? undefined : fabric.hosts.get(place.name)?.spec.region) ?? place?.one.attributes['REGION'];
  const [was, will] = [regionOf(from), regionOf(to)];
  const list = external.map(({ip, network}) => `${ip ?? '?'} (${network})`).join(', ');
  if (was === undefined || will === undefined) return [warns(name, `${list}: the region of ${was === undefined ? 'the source' : 'the target'} is not known`)];
  return [was === will ? passes(name, `${list}: source and target are in ${will}`) : warns(name, `${list} belong${external.length === 1 ? 's' : ''} to ${was}: where the provider assigns addresses to the host of the VM (elastic networks), it does not follow to ${will}; through SDNAT of a router that stays it does`)];
}

const router = (fabric: Fabric, vm: OneVm): readonly Condition[] =>
  vm.vrouterId === undefined ? [] : [warns('it is no virtual router', `${labelOf(vm)} is virtual router ${fabric.cloud?.readings['one.vrouters']?.value?.find(({id}) => id === vm.vrouterId)?.name ?? vm.vrouterId}: its public addresses belong to the region that it is in`)];
