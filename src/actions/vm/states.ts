/** `vm.poweroff`, `vm.resume`, `vm.hold`, `vm.release`, `vm.terminate`: the life of a VM. `one.vm.action(NAME, ID)`. */
import type {Action, ActionContext, ActionRun, Condition, Done, Params, Plan, Target} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import type {askVm} from './vm.ts';
import { hostNameOf, labelOf, stateOf, untilVm, vmCandidates, vmKnown, vmOf, vmReads, vmsOf} from './vm.ts';

interface Change {
  readonly name: 'poweroff' | 'resume' | 'hold' | 'release' | 'terminate';
  readonly title: string;
  readonly description: string;
  readonly may: (vm: OneVm) => boolean;
  readonly needs: string; // in words, of a VM that it is not possible for
  readonly reached: (vm: OneVm) => boolean;
  readonly wanted: string; // what `reached` stands for
  readonly back: Change['name'] | string; // what undoes it; a sentence: nothing does
  readonly deadlineMs: number;
}

const running = (vm: OneVm): boolean => vm.state === 3 && vm.lcmState === 3;
const failedStates = new Set([36, 37, 38, 39, 40, 41, 42, 44, 46, 47, 48, 49, 50, 61]);
const failed = (vm: OneVm): boolean => vm.state === 3 && failedStates.has(vm.lcmState);
/** Boots, migrates, saves: neither running nor at rest. */
export const busy = (vm: OneVm): boolean => vm.state === 3 && vm.lcmState !== 3 && vm.lcmState !== 16 && !failed(vm);
export const isFailed = failed;

const changes: readonly Change[] = [
  {name: 'poweroff', title: 'Power a VM off', description: 'shuts a running VM down; it keeps its host, its disks and its leases', may: (vm) => vm.state === 3 && (vm.lcmState === 3 || vm.lcmState === 16), needs: 'only a running VM can be powered off', reached: (vm) => vm.state === 8, wanted: 'POWEROFF', back: 'resume', deadlineMs: 180_000},
  {name: 'resume', title: 'Resume a VM', description: 'starts a VM that is powered off, suspended, stopped or undeployed', may: (vm) => [4, 5, 8, 9].includes(vm.state), needs: 'only a VM in POWEROFF, SUSPENDED, STOPPED or UNDEPLOYED can be resumed', reached: running, wanted: 'RUNNING', back: 'poweroff', deadlineMs: 180_000},
  {name: 'hold', title: 'Hold a VM', description: 'keeps a pending VM from being started', may: (vm) => vm.state === 1, needs: 'only a pending VM can be held', reached: (vm) => vm.state === 2, wanted: 'HOLD', back: 'release', deadlineMs: 20_000},
  {name: 'release', title: 'Release a VM', description: 'lets a held VM be started by the scheduler', may: (vm) => vm.state === 2, needs: 'only a held VM can be released', reached: (vm) => vm.state !== 2, wanted: 'HOLD no longer', back: 'hold', deadlineMs: 20_000},
  {name: 'terminate', title: 'Terminate a VM', description: 'ends a VM for good: its disks and leases are gone', may: (vm) => vm.state !== 6 && !busy(vm), needs: 'a VM that boots, migrates or is saved cannot be terminated', reached: (vm) => vm.state === 6, wanted: 'DONE', back: 'a VM that was terminated is gone, with its disks and leases', deadlineMs: 180_000},
];

function targets(fabric: Fabric, {vm: given}: Params): readonly Target[] {
  const vm = vmOf(fabric, given);
  const read = vmsOf(fabric) !== undefined;
  const last = vm?.history.at(-1);
  const none = read ? 'not there' : undefined;
  return [{what: `VM ${given}`, reads: vmReads, state: {id: vm ? String(vm.id) : none, name: vm?.name ?? none, state: vm ? stateOf(vm) : none, host: vm ? (last?.host ?? 'none') : none}}];
}

function planned(fabric: Fabric, params: Params, change: Change, undoing: boolean): Plan {
  const vm = vmOf(fabric, params['vm'])!;
  return {
    what: `${change.title.replace(' a VM', '')}: ${labelOf(vm)}`, targets: targets(fabric, params),
    steps: [{id: undoing ? `undo-${change.name}` : change.name, title: `${change.name} ${vm.name}`, effect: {kind: 'one', method: 'one.vm.action', args: [change.name, vm.id]}, deadlineS: 20, resume: 'ask', cancellable: false}],
    notUndoable: changes.some(({name}) => name === change.back) ? [] : [`${change.back[0]!.toUpperCase()}${change.back.slice(1)}.`],
    ...(change.name === 'terminate' && {confirmName: vm.name}),
  };
}

/** The VM of a run by number: its name may have been given, and it may be gone from the pool. */
const idOf = (run: ActionRun): number => Number(run.plan.targets[0]?.state['id']);
const changeOf = (run: ActionRun): Change => changes.find(({name}) => run.plan.steps[0]?.id.endsWith(name))!;

/** OpenNebula accepts first and begins a little later: one look is not enough to say that nothing came of it. */
async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const before = run.plan.targets[0]?.state['state'];
  let last: Awaited<ReturnType<typeof askVm>> | undefined;
  let looks = 0;
  await untilVm(ctx, idOf(run), (asked) => {
    last = asked;
    return (asked.ok && stateOf(asked.info.vm) !== before) || ++looks >= 4 ? true : undefined;
  }, 15_000);
  if (!last?.ok) return {done: undefined, says: last?.problem.detail ?? 'not asked'};
  const {vm} = last.info;
  return stateOf(vm) === before ? {done: false, says: `${labelOf(vm)} is ${stateOf(vm)}, as before`} : {done: true, says: `${labelOf(vm)} is ${stateOf(vm)}, no longer ${before}`};
}

/** How long a VM may be what it was before, after the call was accepted: oned begins within a second. */
const beginMs = 15_000;

async function verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
  const change = changeOf(run);
  const name = `the VM is ${change.wanted}`;
  const before = run.plan.targets[0]?.state['state'];
  const began = ctx.now();
  let last: Awaited<ReturnType<typeof askVm>> | undefined;
  await untilVm(ctx, idOf(run), (asked) => {
    last = asked;
    if (!asked.ok) return undefined;
    const {vm} = asked.info;
    if (change.reached(vm) || failed(vm)) return true;
    return !busy(vm) && stateOf(vm) === before && ctx.now() - began > beginMs ? true : undefined;
  }, change.deadlineMs);
  if (!last?.ok) return [unknown(name, `OpenNebula does not tell: ${last?.problem.detail ?? 'not asked'}`)];
  // The next action looks at the pool as it is now.
  await ctx.reread(vmReads, 8000);
  const {vm} = last.info;
  const evidence = [{text: `VM ${vm.id}: STATE ${vm.state}, LCM_STATE ${vm.lcmState}${vm.error === undefined ? '' : `, ERROR ${vm.error}`}`}];
  if (!change.reached(vm)) {
    const why = vm.error !== undefined ? `: ${vm.error}` : stateOf(vm) === before ? ': the driver failed and OpenNebula put it back; the reason is in the log of the VM on the front-end' : '';
    return [fails(name, `${labelOf(vm)} is ${stateOf(vm)}${why}`, evidence)];
  }
  return [passes(name, `${labelOf(vm)} is ${stateOf(vm)}`, evidence), ...(change.name === 'poweroff' || change.name === 'terminate' ? await tapsGone(ctx, run, vm) : [])];
}

/** Of a VM that is off nothing is left on its host. A host that is not read leaves it open, as a warning: OpenNebula has done its part. */
async function tapsGone(ctx: ActionContext, run: ActionRun, vm: OneVm): Promise<readonly Condition[]> {
  const name = 'its taps are gone from the host';
  const host = hostNameOf(ctx.fabric(), run.plan.targets[0]?.state['host']);
  const taps = vm.nics.flatMap(({tap, alias}) => (tap === undefined || alias ? [] : [tap]));
  if (taps.length === 0) return [];
  if (host === undefined) return [warns(name, 'its host is none of this context: not looked at')];
  const left = (fabric: Fabric): readonly string[] => taps.filter((tap) => fabric.hosts.get(host)?.readings['ip.links']?.value?.some((link) => link.name === tap));
  const gone = await ctx.until([{source: host, probes: ['ip.links']}], (fabric) => (fabric.hosts.get(host)?.readings['ip.links']?.problem === undefined && left(fabric).length === 0 ? true : undefined), 15_000);
  if (gone) return [passes(name, `no ${taps.join(', ')} on ${host}`)];
  const problem = ctx.fabric().hosts.get(host)?.readings['ip.links']?.problem;
  return [problem ? warns(name, `the devices of ${host} could not be read: ${problem.detail}`) : fails(name, `${left(ctx.fabric()).join(', ')} is still on ${host}`)];
}

function actionFor(change: Change): Action {
  const why = (vm: OneVm): string | undefined => (change.may(vm) ? undefined : `it is ${stateOf(vm)}: ${change.needs}`);
  return {
    id: `vm.${change.name}`, title: change.title, description: change.description, destructive: change.name === 'terminate',
    params: [{name: 'vm', title: 'the VM, by id or name', type: 'vm', required: true, open: true, candidates: vmCandidates(why)}],
    async preflight(ctx, params) {
      await ctx.reread(vmReads, 8000);
      const {vm, condition} = vmKnown(ctx.fabric(), params['vm']);
      if (!vm) return [condition];
      const not = why(vm);
      const router = ctx.fabric().routers.find(({vmIds}) => vmIds.includes(vm.id));
      return [
        condition,
        not === undefined ? passes('its state allows it', `${labelOf(vm)} is ${stateOf(vm)}`) : fails('its state allows it', `${labelOf(vm)}: ${not}`),
        ...(router && (change.name === 'poweroff' || change.name === 'terminate') ? [warns('it is no virtual router', `${labelOf(vm)} is of virtual router ${router.vrouter?.name ?? router.id}: with it go ${router.mappings.length} SDNAT mappings and the gateway of its networks`)] : []),
      ];
    },
    plan: (ctx, params) => Promise.resolve(planned(ctx.fabric(), params, change, false)),
    targets, done, verify,
    undo: (ctx, run) => {
      const back = changes.find(({name}) => name === change.back);
      if (!back) return Promise.resolve(change.back);
      const vm = vmOf(ctx.fabric(), run.params['vm']);
      if (!vm) return Promise.resolve(`OpenNebula has no VM ${run.params['vm']} now`);
      return Promise.resolve(back.may(vm) ? planned(ctx.fabric(), run.params, back, true) : `${labelOf(vm)} is ${stateOf(vm)}: ${back.needs}`);
    },
  };
}

export const vmStateActions: readonly Action[] = changes.map(actionFor);
