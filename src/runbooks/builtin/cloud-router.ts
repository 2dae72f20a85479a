/**
 * `one.virtual-router`: a Virtual Router object, and its VM. A VM made from the router's template as any other would
 * do nothing: OneGate tells only routers about the leases of their networks, so SDNAT would stay empty without a word.
 * `one.vn.release` (the lease that was kept), `one.vrouter.allocate`, `one.vrouter.instantiate`.
 */
import {fails, openNebula, passes, warns} from '../../actions/action.ts';
import {number} from '../../actions/network/addresses.ts';
import {labelOf, stateOf} from '../../actions/vm/vm.ts';
import {watching} from '../../actions/wait.ts';
import type {ActionContext, Condition, Done} from '../../model/action.ts';
import type {OneVm, OneVnet} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {attributes, child, element} from '../../services/opennebula/xml.ts';
import {word} from '../engine/shell.ts';
import type {StepFunction, Work} from '../model.ts';
import {attribute, dataOf, deletedOf, freshly, heldOf, madeBy, madeOf, named, oneHostOf, opposite, pool, type Data} from './cloud.ts';
import {hostOfVm, inNetwork} from './cloud-vms.ts';
import {isIpv4, textOf} from './words.ts';

const appearMs = 300_000;
const reachableMs = 90_000;

const vmOfRouter = (fabric: Fabric, vrouter: number): OneVm | undefined => pool(fabric, 'one.vms').find((vm) => vm.vrouterId === vrouter);

/** The host of this context that a router's VM is, by one of its addresses. */
const consoleNameOf = (fabric: Fabric, vm: OneVm | undefined): string | undefined =>
  vm && [...fabric.hosts.values()].find(({spec}) => spec.roles.includes('virtual-router') && vm.nics.some(({ip}) => ip !== undefined && ip === spec.ssh.host))?.spec.name;

/** What SDNAT on both NICs takes; forwarding and masquerading for what has no address of its own. */
const settings = {
  ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_SDNAT4_REFRESH_RATE: '30',
  ONEAPP_VNF_ROUTER4_ENABLED: 'YES', ONEAPP_VNF_ROUTER4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_NAT4_ENABLED: 'YES', ONEAPP_VNF_NAT4_INTERFACES_OUT: 'eth0',
};

/**
 * What is added to the template. As attributes, which a template of the marketplace refers to ("$ONEAPP_…"), and in
 * CONTEXT for one that does not. OpenNebula puts a CONTEXT in place of the template's, so the rest of that is repeated.
 */
export function extraOf(context: Readonly<Record<string, string>>, hostId: number, key: string): string {
  const own = Object.entries(context).filter(([name, value]) => !Object.hasOwn(settings, name) && !/["\\\n]/.test(value));
  const all = {...Object.fromEntries(own), NETWORK: 'YES', TOKEN: 'YES', ...settings, ...(key !== '' && {SSH_PUBLIC_KEY: key})};
  return [
    ...Object.entries(settings).map(([name, value]) => attribute(name, value)), `SCHED_REQUIREMENTS="ID=\\"${hostId}\\""`,
    `CONTEXT=[${Object.entries(all).map(([name, value]) => attribute(name, value)).join(',')}]`,
  ].join('\n');
}

async function contextOf(ctx: ActionContext, template: number): Promise<Readonly<Record<string, string>>> {
  const answer = await ctx.ask.one('one.template.info', [template, false, false]);
  if (!answer.ok) throw new Error(`OpenNebula: ${answer.problem.detail}`);
  return attributes(child(element(String(answer.value))?.content, 'TEMPLATE', 'CONTEXT'), (name) => /^[A-Z][A-Z0-9_]*$/.test(name) && name !== 'TARGET' && name !== 'DISK_ID');
}

/** The address that the inventory has for a router of this public network, so that the console finds it there. */
function addressFor(fabric: Fabric, net: OneVnet): string | undefined {
  const free = (ip: string): boolean => net.leases === undefined || !net.leases.some((lease) => lease.ip === ip);
  return [...fabric.hosts.values()].filter(({spec}) => spec.roles.includes('virtual-router')).map(({spec}) => spec.ssh.host)
    .find((ip) => isIpv4(ip) && free(ip) && net.ranges.some(({firstIp, size}) => firstIp !== undefined && number(ip) >= number(firstIp) && number(ip) < number(firstIp) + size));
}

export const virtualRouter: StepFunction = {
  name: 'one.virtual-router',
  description: 'a Virtual Router object with its VM: eth0 public, eth1 with the gateway\'s lease, SDNAT on both',
  with: {
    name: {description: 'name of the virtual router', required: true}, template: {description: 'VM template of the appliance, by name or number', required: true},
    public: {description: 'public network of the edge that it runs in', required: true}, vnet: {description: 'the overlay network', required: true}, host: {description: 'hypervisor that it starts on', required: true},
    address: {description: 'public address; default: that of the inventory where it is free, else OpenNebula chooses'}, key: {description: 'public key that may log in; default: that of the user in OpenNebula'},
  },
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vrouters', 'one.templates', 'one.vnets', 'one.vms', 'one.hosts');
    const name = textOf(call.with, 'name');
    const outside = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'public'));
    const inside = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'vnet'));
    const {gateway} = inside;
    if (gateway === undefined) throw new Error(`network ${inside.name} has no GATEWAY, which the router is to be`);
    const there = pool(fabric, 'one.vrouters').find((one) => one.name === name);
    const vm = there && vmOfRouter(fabric, there.id);
    if (vm) {
      if (inNetwork(vm, inside.id) !== gateway) throw new Error(`virtual router ${name} is there, and ${labelOf(vm)} does not have ${gateway} in ${inside.name}`);
      if (stateOf(vm) !== 'RUNNING') throw new Error(`virtual router ${name} is there, and ${labelOf(vm)} is ${stateOf(vm)}`);
      if (vm.context['ONEAPP_VNF_SDNAT4_ENABLED'] !== 'YES' || vm.context['ONEAPP_VNF_SDNAT4_INTERFACES'] === undefined) throw new Error(`${labelOf(vm)} was not given SDNAT (ONEAPP_VNF_SDNAT4_ENABLED, ONEAPP_VNF_SDNAT4_INTERFACES): make it anew`);
      return [{id: name, already: `${labelOf(vm)} of virtual router ${name} runs on ${hostOfVm(fabric, vm) ?? 'some host'}: ${inNetwork(vm, outside.id) ?? 'no public address'}, ${gateway}`}];
    }
    const template = named(pool(fabric, 'one.templates'), 'template', textOf(call.with, 'template'));
    if (!template.vrouter) throw new Error(`template ${template.name} is not that of a virtual router: it has no VROUTER=YES`);
    const lease = inside.leases?.find(({ip}) => ip === gateway);
    if (lease && !lease.held && !(there && lease.vrouterId === there.id)) throw new Error(`${gateway} of ${inside.name} is taken by ${lease.vmId === undefined ? 'somebody' : `VM ${lease.vmId}`}: the router needs it`);
    const host = oneHostOf(fabric, textOf(call.with, 'host'));
    for (const net of [outside, inside]) if (!net.clusterIds.includes(host.clusterId)) throw new Error(`${host.name} is in cluster ${host.cluster}, which network ${net.name} is not in: run multi-edge-cluster first`);
    const address = textOf(call.with, 'address') || addressFor(fabric, outside);
    const extra = extraOf(await contextOf(ctx, template.id), host.id, textOf(call.with, 'key'));
    const router = [attribute('NAME', name), `NIC=[${attribute('NETWORK_ID', outside.id)}${address === undefined ? '' : `,${attribute('IP', address)}`}]`, `NIC=[${attribute('NETWORK_ID', inside.id)},${attribute('IP', gateway)}]`].join('\n');
    return [{
      id: name, data: {name, inside: inside.id, outside: outside.id, gateway, host: textOf(call.with, 'host'), held: lease?.held === true},
      changes: `${router}\n\ninstantiated from template ${template.name} (${template.id}) on ${host.name} with\n${extra}`,
      calls: [
        ...(lease?.held ? [{id: 'release', title: `release ${gateway}, which was kept for it`, method: 'one.vn.release', args: [inside.id, `LEASES=[${attribute('IP', gateway)}]`]}] : []),
        ...(there ? [] : [{id: 'make', title: `make virtual router ${name}`, method: 'one.vrouter.allocate', args: [router]}]),
        {id: 'start', title: `instantiate it on ${host.name}`, method: 'one.vrouter.instantiate', args: [there ? there.id : {resultOf: `${name}.make`}, 1, template.id, '', false, extra]},
      ],
    }];
  },
  done: async (ctx, _, step, data) => {
    const {name, inside, gateway} = dataOf(data);
    if (step.id.endsWith('.make')) return madeOf(ctx, 'one.vrouters', String(name));
    if (step.id.endsWith('.delete')) return deletedOf(ctx, 'one.vrouters', String(name));
    const held = (): Promise<Done> => heldOf(ctx, ({id}) => id === inside, String(gateway));
    if (step.id.endsWith('.hold')) return held();
    if (step.id.endsWith('.release')) return opposite(await held());
    try {
      const fabric = await freshly(ctx, 'one.vrouters', 'one.vms');
      const there = pool(fabric, 'one.vrouters').find((one) => one.name === name);
      const vm = there && vmOfRouter(fabric, there.id);
      return there && vm ? {done: true, value: there.id, says: `${labelOf(vm)} is there`} : {done: false, says: 'it has no VM'};
    } catch (error) {
      return {done: undefined, says: (error as Error).message};
    }
  },
  verify: async (ctx, _, datas, undoing) => (await Promise.all(datas.map((data) => (undoing ? goneAgain(ctx, dataOf(data)) : runs(ctx, dataOf(data)))))).flat(),
  undo: async (ctx, run, datas) => {
    const fabric = await freshly(ctx, 'one.vrouters', 'one.vms', 'one.vnets');
    return datas.flatMap((data): Work[] => {
      const {name, inside, gateway, held, host} = dataOf(data);
      const made = madeBy(run, name);
      if (typeof name !== 'string') return [];
      const there = pool(fabric, 'one.vrouters').find(({id}) => id === made);
      const vm = there && vmOfRouter(fabric, there.id);
      const at = vm && hostOfVm(fabric, vm);
      const tap = vm && `one-${vm.id}-1`;
      return [
        ...(there ? [{id: `end-${name}`, data: data ?? null, calls: [{id: 'delete', title: `delete virtual router ${name}, and its VM`, method: 'one.vrouter.delete', args: [there.id]}]}] : []),
        // Its lease is free once the VM is gone, and not before: OpenNebula would refuse to keep it.
        ...(held === true && run.done.includes(`${name}.release`) ? [
          ...(vm && tap !== undefined ? [{id: `gone-${name}`, host: at !== undefined && fabric.hosts.has(at) ? at : String(host), title: `wait until its VM is gone from ${at ?? 'its host'}`, apply: `left=60; while [ -e /sys/class/net/${word(tap)} ] && [ $left -gt 0 ]; do sleep 1; left=$((left - 1)); done; sleep 3`, deadlineS: 80}] : []),
          {id: `keep-${name}`, data: data ?? null, calls: [{id: 'hold', title: `keep ${String(gateway)} again`, method: 'one.vn.hold', args: [Number(inside), `LEASES=[${attribute('IP', String(gateway))}]`]}]},
        ] : []),
      ];
    });
  },
};

async function runs(ctx: ActionContext, {name, inside, outside, gateway}: Data): Promise<readonly Condition[]> {
  const title = `virtual router ${String(name)}`;
  const find = (fabric: Fabric): OneVm | undefined => {
    const there = pool(fabric, 'one.vrouters').find((one) => one.name === name);
    return there && vmOfRouter(fabric, there.id);
  };
  const appeared = watching(ctx);
  const vm = await ctx.until([{source: openNebula, probes: ['one.vrouters', 'one.vms']}], (fabric) => {
    const found = find(fabric);
    return found && stateOf(found) === 'RUNNING' ? found : undefined;
  }, appearMs);
  if (!vm) {
    const found = find(ctx.fabric());
    return [fails(title, found ? `${labelOf(found)} is ${stateOf(found)} after ${appeared.passed()}${found.error === undefined ? '' : `: ${found.error}`}` : 'it has no VM')];
  }
  const [eip, gw] = [inNetwork(vm, Number(outside)), inNetwork(vm, Number(inside))];
  const addresses = eip !== undefined && gw === gateway ? passes('its addresses', `${labelOf(vm)}: ${eip} outside, ${gw} inside`) : fails('its addresses', `${labelOf(vm)}: ${eip ?? 'none'} outside, ${gw ?? 'none'} inside, where ${String(gateway)} was wanted`);
  const host = consoleNameOf(ctx.fabric(), vm);
  if (host === undefined) return [passes(title, `${labelOf(vm)} is RUNNING`), addresses, warns('it is up', `no host of this context has ${eip ?? 'its address'}: put it into the group "vrouter" of the inventory, so that the console can look into it`)];
  ctx.progress(`${host} starts`);
  const started = watching(ctx);
  const up = await ctx.until([{source: host, probes: ['vr.state', 'ip.addresses']}], (fabric) => {
    const readings = fabric.hosts.get(host)?.readings;
    return readings?.['vr.state']?.value?.failover === 'MASTER' && readings['ip.addresses']?.value?.some(({ip}) => ip === gw) ? true : undefined;
  }, reachableMs);
  const readings = ctx.fabric().hosts.get(host)?.readings;
  const why = readings?.['vr.state']?.problem?.detail ?? `it is ${readings?.['vr.state']?.value?.failover ?? 'in an unknown state'}`;
  return [passes(title, `${labelOf(vm)} is RUNNING`), addresses, up ? passes('it is up', `${host} is MASTER, and has ${gw}`) : fails('it is up', `${host} after ${started.passed()}: ${why}`)];
}

async function goneAgain(ctx: ActionContext, {name, inside, gateway, held}: Data): Promise<readonly Condition[]> {
  const title = `virtual router ${String(name)}`;
  const there = (fabric: Fabric): boolean => pool(fabric, 'one.vrouters').some((one) => one.name === name);
  const no = await ctx.until([{source: openNebula, probes: ['one.vrouters']}], (fabric) => (there(fabric) ? undefined : true), 60_000);
  const kept = held !== true ? true : await ctx.until([{source: openNebula, probes: ['one.vnets']}], (fabric) => (pool(fabric, 'one.vnets').find(({id}) => id === inside)?.leases?.some(({ip, held: on}) => ip === gateway && on) ? true : undefined), 30_000);
  return [
    no ? passes(title, `there is no ${title}`) : fails(title, `${title} is still there`),
    ...(held === true ? [kept ? passes('its lease', `${String(gateway)} is kept as before`) : fails('its lease', `${String(gateway)} is not on hold`)] : []),
  ];
}
