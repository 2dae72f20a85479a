/** `one.vms`: one VM on each host, created on hold and deployed there, so that no requirement keeps it from moving later. */
import type {ActionContext, Condition} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {hostNameOf, labelOf, stateOf} from '../../actions/vm/vm.ts';
import {fails, openNebula, passes} from '../../actions/action.ts';
import type {StepFunction} from '../model.ts';
import {attribute, dataOf, freshly, named, oneHostOf, pool, shown, takingBack} from './cloud.ts';
import {listOf, textOf} from './words.ts';

const vmsNamed = (fabric: Fabric, name: string): readonly OneVm[] => pool(fabric, 'one.vms').filter((vm) => vm.name === name);

/** The one VM of that name; undefined: none. Throws where there are several. */
export function vmNamed(fabric: Fabric, name: string): OneVm | undefined {
  const found = vmsNamed(fabric, name);
  if (found.length > 1) throw new Error(`${found.length} VMs are called ${name} (${found.map(({id}) => id).join(', ')})`);
  return found[0];
}

/** The console's name of the host that a VM is on, as its last record has it. */
export const hostOfVm = (fabric: Fabric, vm: OneVm): string | undefined => hostNameOf(fabric, vm.history.at(-1)?.host) ?? vm.history.at(-1)?.host;

export const inNetwork = (vm: OneVm, vnet: number): string | undefined => vm.nics.find(({networkId, alias}) => networkId === vnet && alias === undefined)?.ip;

async function gone(ctx: ActionContext, name: string): Promise<boolean> {
  return (await ctx.until([{source: openNebula, probes: ['one.vms']}], (fabric) => (vmsNamed(fabric, name).length === 0 ? true : undefined), 90_000)) === true;
}

export const vmOnEach: StepFunction = {
  name: 'one.vms',
  description: 'a VM on each host: created on hold, deployed there, and waited for until it is RUNNING',
  with: {
    hosts: {description: 'hosts of the fabric', required: true}, prefix: {description: 'a VM is called PREFIX-HOST', required: true},
    template: {description: 'VM template, by name or number', required: true}, vnet: {description: 'network, by name or number', required: true},
  },
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.vms', 'one.templates', 'one.vnets', 'one.hosts');
    const vnet = named(pool(fabric, 'one.vnets'), 'network', textOf(call.with, 'vnet'));
    return listOf(call.with, 'hosts').map((host) => {
      const name = `${textOf(call.with, 'prefix')}-${host}`;
      const there = vmNamed(fabric, name);
      if (there) {
        const ip = inNetwork(there, vnet.id);
        if (ip === undefined) throw new Error(`${labelOf(there)} is there, and has no NIC in ${vnet.name}: give another prefix`);
        if (stateOf(there) !== 'RUNNING') throw new Error(`${labelOf(there)} is there, and ${stateOf(there)}: see evpn-tui vm`);
        const on = hostOfVm(fabric, there);
        return {id: name, already: `${labelOf(there)} runs on ${on ?? 'some host'} with ${ip}`};
      }
      const template = named(pool(fabric, 'one.templates'), 'template', textOf(call.with, 'template'));
      if (template.vrouter) throw new Error(`template ${template.name} is that of a virtual router`);
      const one = oneHostOf(fabric, host);
      if (!vnet.clusterIds.includes(one.clusterId)) throw new Error(`${one.name} is in cluster ${one.cluster}, which network ${vnet.name} is not in: run multi-edge-cluster first`);
      const nic = `NIC=[${attribute('NETWORK_ID', vnet.id)}]`;
      return {
        id: name, data: {name, host, vnet: vnet.id}, changes: `VM ${name} from template ${template.name} (${template.id}), deployed to ${host}: ${nic}`,
        calls: [
          {id: 'make', title: `create ${name}, on hold`, method: 'one.template.instantiate', args: [template.id, name, true, nic, false]},
          {id: 'deploy', title: `deploy ${name} to ${host}`, method: 'one.vm.deploy', args: [{resultOf: `${name}.make`}, one.id, true, -1, '']},
        ],
      };
    });
  },
  done: async (ctx, _, step, data) => {
    const name = String(dataOf(data)['name']);
    try {
      const vm = vmNamed(await freshly(ctx, 'one.vms'), name);
      if (step.id.endsWith('.terminate')) return vm ? {done: false, says: `${labelOf(vm)} is ${stateOf(vm)}`} : {done: true, says: `there is no VM ${name}`};
      if (!vm) return {done: false, says: `there is no VM ${name}`};
      if (step.id.endsWith('.make')) return {done: true, value: vm.id, says: `${labelOf(vm)} is there`};
      return vm.history.length > 0 ? {done: true, value: vm.id, says: `${labelOf(vm)} is ${stateOf(vm)}`} : {done: false, says: `${labelOf(vm)} is ${stateOf(vm)}, on no host`};
    } catch (error) {
      return {done: undefined, says: (error as Error).message};
    }
  },
  verify: async (ctx, _, datas, undoing) => Promise.all(datas.flatMap((data): Promise<Condition>[] => {
    const {name, vnet} = dataOf(data);
    if (typeof name !== 'string') return [];
    if (undoing) return [gone(ctx, name).then((yes) => (yes ? passes(`VM ${name}`, `there is no VM ${name}`) : fails(`VM ${name}`, `VM ${name} is still there`)))];
    return [shown(ctx, `VM ${name}`, ['one.vms'], `VM ${name} is RUNNING`, (fabric) => vmsNamed(fabric, name).some((vm) => stateOf(vm) === 'RUNNING'), 300_000).then((condition) => {
      const vm = vmsNamed(ctx.fabric(), name)[0];
      return vm === undefined ? condition : {...condition, says: `${labelOf(vm)} is ${stateOf(vm)} on ${hostOfVm(ctx.fabric(), vm) ?? 'no host'} with ${inNetwork(vm, Number(vnet)) ?? 'no address'}${vm.error === undefined ? '' : `: ${vm.error}`}`};
    })];
  })),
  undo: (_, run, datas) => Promise.resolve(takingBack(run, datas, (id, name) => [{id: 'terminate', title: `terminate ${name}`, method: 'one.vm.action', args: ['terminate-hard', id]}])),
};
