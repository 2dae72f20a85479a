/**
 * `sdnat.map`, `sdnat.unmap`: a public address for a VM behind a virtual router, and its end. An external alias
 * (`one.vm.attachnic`, NIC_ALIAS with EXTERNAL=YES); the router's SDNAT service does the rest when it next asks.
 */
import {isIPv4} from 'node:net';
import type {Action, Candidate, Params, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {labelOf, stateOf, vmCandidates, vmOf} from '../vm/vm.ts';
import {aliasesText, attachedBy, attachSteps, detachSteps, done, settle, verify} from './alias.ts';
import {mapConditions} from './preflight.ts';
import {aliasOf, cloudReads, externalsOf, mappingOf, servedNets, vnetsOf, wantedOf} from './view.ts';

const read = (fabric: Fabric): boolean => fabric.cloud?.readings['one.vms']?.value !== undefined && fabric.cloud.readings['one.vnets']?.value !== undefined && fabric.cloud.readings['one.vrouters']?.value !== undefined;
const addressShape = (value: string): string | undefined => (isIPv4(value) ? undefined : `"${value}" is no IPv4 address`);

const networks = (fabric: Fabric, {vm: given}: Params): readonly Candidate[] => {
  const vm = vmOf(fabric, given);
  const served = new Set(vm ? servedNets(fabric, vm).map(({vnet}) => vnet.id) : []);
  return vnetsOf(fabric).filter(({vnMad}) => vnMad !== 'vxlan').map((vnet) => ({
    value: String(vnet.id), label: `${vnet.name} (${vnet.size - vnet.usedLeases} of ${vnet.size} addresses free)`,
    impossible: vm && !served.has(vnet.id) ? 'no virtual router of the VM\'s network is in it' : vnet.usedLeases >= vnet.size ? 'it has no address left' : undefined,
  }));
};

function mapTargets(fabric: Fabric, params: Params): readonly Target[] {
  const vm = vmOf(fabric, params['vm']);
  const wanted = wantedOf(fabric, params);
  const none = fabric.cloud?.readings['one.vms']?.value === undefined ? undefined : 'not there';
  return [{
    what: `VM ${params['vm']}`, reads: cloudReads,
    state: {state: vm ? stateOf(vm) : none, aliases: vm ? aliasesText(vm) : none, router: typeof wanted === 'string' ? wanted : wanted.router.id, network: typeof wanted === 'string' ? wanted : String(wanted.vnet.id)},
  }];
}

export const sdnatMap: Action = {
  id: 'sdnat.map',
  title: 'Map a public address to a VM',
  description: 'gives a VM an external alias, and waits until its virtual router translates the address',
  params: [
    {name: 'vm', title: 'the VM, by id or name', type: 'vm', required: true, open: true, candidates: vmCandidates((vm, fabric) => (vm.vrouterId !== undefined ? 'it is a virtual router' : stateOf(vm) !== 'RUNNING' ? `it is ${stateOf(vm)}` : servedNets(fabric, vm).length === 0 ? 'no virtual router is in its network' : undefined))},
    {name: 'network', title: 'the public network; without: one of its router that has an address left', type: 'vnet', required: false, candidates: networks, open: true},
    {name: 'address', title: 'the address; without: OpenNebula chooses', type: 'ip', required: false, wrong: addressShape},
  ],
  destructive: false,
  async preflight(ctx, params) {
    await ctx.reread(cloudReads);
    if (!read(ctx.fabric())) return [unknown('OpenNebula is read', 'its VMs, networks and virtual routers were not read')];
    const wanted = wantedOf(ctx.fabric(), params);
    return typeof wanted === 'string' ? [fails('a router serves it', wanted)] : mapConditions(ctx.fabric(), wanted);
  },
  plan: (ctx, params) => {
    const wanted = wantedOf(ctx.fabric(), params);
    if (typeof wanted === 'string') return Promise.resolve({kind: 'failed', detail: wanted});
    return Promise.resolve({what: `Map ${wanted.address ?? `an address of ${wanted.vnet.name}`} to ${labelOf(wanted.vm)} (${wanted.parent.ip})`, steps: attachSteps(wanted), targets: mapTargets(ctx.fabric(), params), notUndoable: []});
  },
  targets: mapTargets, done, settle, verify,
  undo: (ctx, run) => {
    const fabric = ctx.fabric();
    const nic = attachedBy(fabric, run);
    const vm = vmOf(fabric, run.params['vm']);
    if (!vm || !nic) return Promise.resolve('the VM has no alias that this run attached');
    const router = mappingOf(fabric, nic.ip)?.router;
    return Promise.resolve({what: `Take ${nic.ip} from ${labelOf(vm)}`, steps: detachSteps(vm, nic, router), targets: mapTargets(fabric, run.params), notUndoable: []});
  },
};

const mapped = (fabric: Fabric): readonly Candidate[] => (fabric.cloud?.readings['one.vms']?.value ?? []).flatMap((vm) => externalsOf(vm).flatMap(({ip}) => (ip === undefined ? [] : [{value: ip, label: `${ip} of ${labelOf(vm)}`}])));

function unmapTargets(fabric: Fabric, {address}: Params): readonly Target[] {
  const found = aliasOf(fabric, address);
  const none = fabric.cloud?.readings['one.vms']?.value === undefined ? undefined : 'not there';
  return [{
    what: `alias ${address}`, reads: cloudReads,
    state: {address: found ? address : none, vm: found ? String(found.vm.id) : none, state: found ? stateOf(found.vm) : none, aliases: found ? aliasesText(found.vm) : none, router: mappingOf(fabric, address)?.router.id ?? 'none'},
  }];
}

export const sdnatUnmap: Action = {
  id: 'sdnat.unmap',
  title: 'Take a public address from a VM',
  description: 'detaches an external alias, and waits until the virtual router translates the address no longer',
  params: [{name: 'address', title: 'the public address', type: 'ip', required: true, candidates: mapped, open: true, wrong: addressShape}],
  destructive: false,
  async preflight(ctx, {address}) {
    await ctx.reread(cloudReads);
    const fabric = ctx.fabric();
    if (!read(fabric)) return [unknown('OpenNebula is read', 'its VMs, networks and virtual routers were not read')];
    const found = aliasOf(fabric, address);
    if (!found) return [fails('a VM has it', `no VM has an external alias ${address}`)];
    const router = mappingOf(fabric, address)?.router;
    return [
      passes('a VM has it', `${labelOf(found.vm)} has ${address}`),
      stateOf(found.vm) === 'RUNNING' ? passes('the VM runs', `${labelOf(found.vm)} is RUNNING`) : fails('the VM runs', `${labelOf(found.vm)} is ${stateOf(found.vm)}`),
      warns('connections go on', `what is connected through ${address} is cut, at the latest when the router next asks`),
      ...(router?.state && router.state.failover !== 'MASTER' ? [warns('the router follows', `${router.host} is ${router.state.failover ?? 'in an unknown state'}: it has no rules to take away`)] : []),
    ];
  },
  plan: (ctx, {address, ...more}) => {
    const fabric = ctx.fabric();
    const found = aliasOf(fabric, address);
    if (!found) return Promise.resolve({kind: 'failed', detail: `no VM has ${address} now`});
    return Promise.resolve({
      what: `Take ${address} from ${labelOf(found.vm)}`, steps: detachSteps(found.vm, found.nic, mappingOf(fabric, address)?.router), targets: unmapTargets(fabric, {address: address!, ...more}),
      notUndoable: ['The address goes back to its network: until it is mapped again, somebody else can get it.'],
    });
  },
  targets: unmapTargets, done, settle, verify,
  undo: (ctx, run) => {
    const fabric = ctx.fabric();
    const {address = ''} = run.params;
    const was = run.plan.targets[0]?.state['vm'];
    if (aliasOf(fabric, address)) return Promise.resolve(`${address} is mapped: there is nothing to undo`);
    const wanted = wantedOf(fabric, {vm: was ?? '', address});
    return Promise.resolve(typeof wanted === 'string' ? wanted : {what: `Map ${address} to ${labelOf(wanted.vm)} again`, steps: attachSteps(wanted), targets: unmapTargets(fabric, run.params), notUndoable: []});
  },
};
