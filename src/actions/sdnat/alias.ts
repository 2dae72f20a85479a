/** External aliases that come and go, and what the virtual router makes of them: steps, and how each is told done. */
import type {ActionContext, ActionRun, Condition, Done, Step} from '../../model/action.ts';
import type {OneNic, OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {labelOf, stateOf, vmOf, vmReads} from '../vm/vm.ts';
import {watching} from '../wait.ts';
import {cloudReads, externalsOf, mappingOf, refreshS, routerReads, type Wanted} from './view.ts';

const watch = (id: string, title: string, deadlineS: number): Step => ({id, title, effect: {kind: 'watch'}, deadlineS, resume: 'idempotent', cancellable: true});
const attachS = 90;
/** It may just have asked; and then it works for a while. */
const translateS = (router: Wanted['router'] | undefined): number => 2 * refreshS(router) + 15;

export const attachSteps = ({vm, parent, vnet, router, address}: Wanted): readonly Step[] => [
  {
    id: 'attach', title: `attach ${address ?? `an address of ${vnet.name}`} to ${vm.name}`, deadlineS: 20, resume: 'ask', cancellable: false,
    effect: {kind: 'one', method: 'one.vm.attachnic', args: [vm.id, `NIC_ALIAS=[NETWORK_ID="${vnet.id}",PARENT="${parent.name}",EXTERNAL="YES"${address === undefined ? '' : `,IP="${address}"`}]`]},
  },
  watch('attached', 'wait until the VM has it', attachS),
  watch('translated', `wait until the virtual router translates it (it asks every ${refreshS(router)} s)`, translateS(router)),
];
export const detachSteps = (vm: OneVm, nic: OneNic, router: Wanted['router'] | undefined): readonly Step[] => [
  {id: 'detach', title: `detach ${nic.ip ?? nic.name} from ${vm.name}`, effect: {kind: 'one', method: 'one.vm.detachnic', args: [vm.id, nic.id]}, deadlineS: 20, resume: 'ask', cancellable: false},
  watch('detached', 'wait until the VM is without it', attachS),
  watch('forgotten', `wait until the virtual router translates it no longer (it asks every ${refreshS(router)} s)`, translateS(router)),
];

/** The VM's external aliases, as a target of a plan has them: an alias that came later is not among them. */
export const aliasesText = (vm: OneVm): string => externalsOf(vm).map(({id, ip}) => `${id}/${ip ?? '?'}`).sort().join(' ') || 'none';
const before = (run: ActionRun): readonly string[] => (run.plan.targets[0]?.state['aliases'] ?? '').split(' ');

const callOf = (run: ActionRun): readonly unknown[] => {
  const effect = run.plan.steps[0]?.effect;
  return effect?.kind === 'one' ? effect.args : [];
};
const subjectOf = (fabric: Fabric, run: ActionRun): OneVm | undefined => vmOf(fabric, String(callOf(run)[0]));

/** What the run has attached; undefined: nothing yet, or it is gone. */
export function attachedBy(fabric: Fabric, run: ActionRun): OneNic | undefined {
  const vm = subjectOf(fabric, run);
  const template = String(callOf(run)[1]);
  const network = /NETWORK_ID="(\d+)"/.exec(template)?.[1];
  const address = /,IP="([^"]+)"/.exec(template)?.[1];
  return vm && externalsOf(vm).find(({id, ip, networkId}) => String(networkId) === network && (address === undefined || ip === address) && !before(run).includes(`${id}/${ip ?? '?'}`));
}
/** The alias that the run detaches, while it is there. */
function detaching(fabric: Fabric, run: ActionRun): OneNic | undefined {
  const vm = subjectOf(fabric, run);
  return vm && externalsOf(vm).find(({id, ip, name}) => id === callOf(run)[1] && (ip ?? name) === detachedAddress(run));
}
/** As the plan's step names it: it has to be known when the alias is gone. */
const detachedAddress = (run: ActionRun): string | undefined => /^detach (\S+) from /.exec(run.plan.steps[0]?.title ?? '')?.[1];
const isAttach = (run: ActionRun): boolean => run.plan.steps[0]?.id === 'attach';

const lookMs = 4000;

export async function done(ctx: ActionContext, run: ActionRun, step: Step): Promise<Done> {
  if (step.effect.kind === 'watch') return {done: false, says: 'nothing was sent: it is looked at again'};
  const problems = await ctx.reread(vmReads);
  if (problems.length > 0) return {done: undefined, says: problems.map(({detail}) => detail).join('; ')};
  // oned answers before it has begun: an alias to be detached may be there for a moment.
  const seen = await ctx.until(vmReads, (fabric) => {
    const vm = subjectOf(fabric, run);
    return isAttach(run) ? (attachedBy(fabric, run) ? 'attached' as const : undefined) : !detaching(fabric, run) || (vm && stateOf(vm) !== 'RUNNING') ? 'detached' as const : undefined;
  }, lookMs);
  return seen ? {done: true, says: seen === 'attached' ? `the VM has ${attachedBy(ctx.fabric(), run)?.ip}` : 'the alias is gone, or going'} : {done: false, says: isAttach(run) ? 'the VM has no such alias' : 'the VM has the alias still'};
}

export async function settle(ctx: ActionContext, run: ActionRun, step: Step): Promise<{readonly ok: boolean | undefined; readonly says: string}> {
  const waited = watching(ctx);
  const deadlineMs = step.deadlineS * 1000;
  if (step.id === 'attached' || step.id === 'detached') {
    const ended = await ctx.until(vmReads, (fabric) => {
      const vm = subjectOf(fabric, run);
      return vm && stateOf(vm) === 'RUNNING' ? vm : undefined;
    }, deadlineMs);
    const vm = ended ?? subjectOf(ctx.fabric(), run);
    if (!ended) return waited.unmet(vm ? `${labelOf(vm)} is ${stateOf(vm)}` : 'the VM is gone', `${vm ? labelOf(vm) : 'the VM'} ${step.id === 'detached' ? 'is without it' : 'has it'} by now`);
    if (step.id === 'detached') return detaching(ctx.fabric(), run) ? {ok: false, says: `the driver failed: ${labelOf(ended)} has the alias still`} : {ok: true, says: 'the alias is gone'};
    const nic = attachedBy(ctx.fabric(), run);
    return nic ? {ok: true, says: `${labelOf(ended)} has ${nic.ip}`} : {ok: false, says: `the driver failed: ${labelOf(ended)} is without the alias again; its log on the front-end has the reason`};
  }
  const address = addressOf(ctx.fabric(), run);
  const router = fabricRouter(ctx.fabric(), run, address);
  if (router?.host === undefined) return {ok: true, says: 'the virtual router is no host of this context: what it does cannot be seen'};
  ctx.progress(`${router.host} asks every ${refreshS(router)} s`);
  const wanted = step.id === 'translated';
  const met = await ctx.until([...cloudReads, ...routerReads(router)], (fabric) => (isLive(fabric, address) === wanted ? true : undefined), deadlineMs);
  const note = mappingOf(ctx.fabric(), address)?.mapping.note;
  return met ? {ok: true, says: wanted ? `${router.host} translates ${address}` : `${router.host} translates ${address} no longer`}
    : waited.unmet(`${router.host} ${wanted ? 'does not translate' : 'still translates'} ${address}`, `${router.host} ${wanted ? 'translates' : 'has forgotten'} ${address}`, note);
}

const addressOf = (fabric: Fabric, run: ActionRun): string | undefined => (isAttach(run) ? attachedBy(fabric, run)?.ip : detachedAddress(run));
/** True: rules and address are whole and wanted; false: nothing of it is there; undefined: something between, or not read. */
function isLive(fabric: Fabric, address: string | undefined): boolean | undefined {
  const found = mappingOf(fabric, address)?.mapping;
  if (!found || (!found.snat && !found.dnat && !found.address && found.verdict !== 'unknown')) return false;
  return found.verdict === 'ok' ? true : undefined;
}
const fabricRouter = (fabric: Fabric, run: ActionRun, address: string | undefined) => mappingOf(fabric, address)?.router ?? fabric.routers.find(({id}) => id === run.plan.targets[0]?.state['router']);

/** The rules are the router's word; from outside it is the VM that has to answer. */
async function outside(ctx: ActionContext, router: string, vm: OneVm | undefined, address: string): Promise<Condition> {
  const name = 'it answers from outside';
  const fabric = ctx.fabric();
  const from = [...fabric.hosts.values()].find(({spec, access}) => access.phase === 'ready' && spec.roles.includes('reflector') && spec.name !== router) ?? [...fabric.hosts.values()].find(({spec, access}) => access.phase === 'ready' && spec.name !== router);
  if (!from) return warns(name, 'there is no host to try it from');
  const answer = await ctx.ask.host(from.spec.name, `ping -n -c 3 -i 0.3 -W 1 ${address} >/dev/null 2>&1; echo $?`);
  const exit = answer.ok ? answer.stdout.trim() : '';
  if (exit === '0') return passes(name, `${address} answers pings of ${from.spec.name}`);
  if (exit === '1') return warns(name, `${address} does not answer pings of ${from.spec.name}: ${vm ? labelOf(vm) : 'the VM'} or a security group may not let them in; see evpn-tui trace`);
  return warns(name, `not tried: ${from.spec.name} cannot ping`);
}

export async function verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
  await ctx.reread(cloudReads);
  const address = addressOf(ctx.fabric(), run);
  const vm = subjectOf(ctx.fabric(), run);
  const router = fabricRouter(ctx.fabric(), run, address);
  const attach = isAttach(run);
  const has = attach ? attachedBy(ctx.fabric(), run) !== undefined : detaching(ctx.fabric(), run) === undefined;
  const alias = (has ? passes : fails)(attach ? 'the VM has the address' : 'the VM is without the address', vm ? `${labelOf(vm)}: external aliases ${aliasesText(vm)}` : 'the VM is gone');
  if (!has || address === undefined) return [alias];
  const name = attach ? 'the router translates it' : 'the router has forgotten it';
  if (router?.host === undefined) return [alias, warns(name, 'the virtual router is no host of this context: what it does cannot be seen')];
  const problems = await ctx.reread(routerReads(router));
  if (problems.length > 0) return [alias, unknown(name, problems.map(({detail}) => detail).join('; '))];
  const mapping = mappingOf(ctx.fabric(), address)?.mapping;
  const evidence = [{text: `${router.host}: SNAT4 ${mapping?.snat?.text ?? 'no rule'}; DNAT4 ${mapping?.dnat?.text ?? 'no rule'}; ${mapping?.address ? `${address} on lo` : 'no address on lo'}`}];
  const right = isLive(ctx.fabric(), address) === attach;
  const rules = (right ? passes : fails)(name, right ? `${router.host}: ${attach ? `${address} leads to ${mapping?.internal}` : `nothing is left of ${address}`}` : `${router.host}: ${mapping?.note ?? mapping?.verdict ?? 'no mapping'}`, evidence);
  return attach && right ? [alias, rules, await outside(ctx, router.host, vm, address)] : [alias, rules];
}
