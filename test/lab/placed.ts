/** Whether every VM is where it is said to be, host by host: OpenNebula's word, taps, zebra, type-2 routes, forwarding entries. By other means than the console's. */
import type {Lab} from '../../lab/lab.ts';
import {bridgeOf, vxlanOf, type Plan, type Vm} from '../../lab/plan.ts';
import {evpnMacs, evpnRoutes, sh} from './independent.ts';
import {placeByOne} from './one.ts';

/** What does not agree with `said` (VM id → hypervisor), a sentence each; and how much was looked at. */
export interface Placement {
  readonly looked: number;
  readonly wrong: readonly string[];
  /** Entries of a VXLAN device that lead elsewhere on the very host that has the VM: FRR 8.4 leaves them, and the bridge does not use them. */
  readonly beside: readonly string[];
}

const underlayOf = (plan: Plan, host: string): string => plan.machines.find(({name}) => name === host)?.underlayAddress ?? '?';
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

export async function placement(lab: Lab, said: ReadonlyMap<number, string>): Promise<Placement> {
  const plan = lab.plan();
  const speakers = plan.machines.filter(({role}) => role !== 'router');
  const wrong: string[] = [];
  const beside: string[] = [];
  let looked = 0;
  const see = (fits: boolean, says: string): void => {
    looked++;
    if (!fits) wrong.push(says);
  };
  for (const vm of plan.vms) {
    const {host, state} = await placeByOne(lab, vm.id);
    see(state === '3/3' && host === said.get(vm.id), `OpenNebula has ${vm.name} in state ${state} on ${host ?? 'no host'}, not on ${said.get(vm.id)}`);
  }
  await Promise.all(speakers.map(async ({name, role}) => {
    const routes = await evpnRoutes(lab, name);
    const devices = role === 'hypervisor' ? lines(await sh(lab, name, 'ls /sys/class/net')) : [];
    const macs = role === 'hypervisor' ? await evpnMacs(lab, name) : [];
    const known = devices.filter((device) => plan.segments.some(({vni}) => vxlanOf(vni) === device));
    const entries = await Promise.all(known.map(async (device) => ({device, list: lines(await sh(lab, name, `bridge fdb show dev ${device}`))})));
    for (const vm of plan.vms) {
      const at = said.get(vm.id) ?? '?';
      const vtep = underlayOf(plan, at);
      const device = vxlanOf(vm.vni);
      // zebra of a host without the network imports no route of it: only hosts that have it, and the reflectors, are asked.
      if (role !== 'hypervisor' || devices.includes(device)) {
        const hops = [...new Set(routes.filter(({prefix}) => prefix.startsWith('[2]') && prefix.includes(vm.mac)).map(({nextHop}) => nextHop))];
        see(hops.join() === vtep, `bgpd of ${name} has ${vm.name} at ${hops.join(' and ') || 'nobody'}, it is at ${vtep} (${at})`);
      }
      if (role !== 'hypervisor') continue;
      see(devices.includes(vm.tap) === (at === name), `${name} ${devices.includes(vm.tap) ? 'has' : 'has no'} ${vm.tap}, ${vm.name} is on ${at}`);
      if (!devices.includes(device)) {
        see(at !== name, `${name} has no ${device}, and ${vm.name}`);
        continue;
      }
      const entry = macs.find(({mac, vni}) => mac === vm.mac && vni === vm.vni);
      see(at === name ? entry?.kind === 'local' && entry.where === vm.tap : entry?.kind === 'remote' && entry.where === vtep, `zebra of ${name} has ${vm.name} ${entry ? `${entry.kind} ${entry.where}` : 'nowhere'}, it is on ${at} (${vtep})`);
      const ways = entries.find((one) => one.device === device)!.list.filter((line) => line.startsWith(vm.mac) && line.includes(' dst '));
      const astray = ways.filter((line) => at === name || !line.includes(` dst ${vtep} `));
      if (at === name) {
        beside.push(...astray.map((line) => `${name}: ${line}`));
        await local(vm, name);
      } else see(ways.length === 1 && astray.length === 0, `${name} leads ${vm.name} by ${ways.join(' and ') || 'nothing'}, it is at ${vtep} (${at})`);
    }
  }));
  return {looked, wrong, beside};

  async function local(vm: Vm, host: string): Promise<void> {
    const learnt = lines(await sh(lab, host, `bridge fdb show br ${bridgeOf(vm.vni)}`)).filter((line) => line.startsWith(vm.mac) && line.includes(` dev ${vm.tap} `));
    see(learnt.length > 0, `the bridge of ${host} has not learnt ${vm.name} behind ${vm.tap}`);
  }
}
