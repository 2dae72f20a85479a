/** `vm.recover`: ends what OpenNebula is at with a VM and cannot end itself. `one.vm.recover(ID, 0 failure | 1 success | 2 retry)`. */
import type {Action, ActionContext, ActionRun, Candidate, Condition, Done, Params, Plan} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {busy, isFailed} from './states.ts';
import {askVm, hostNameOf, labelOf, stateOf, untilVm, vmCandidates, vmKnown, vmOf, vmReads, vmsOf} from './vm.ts';

const codes = {failure: 0, success: 1, retry: 2} as const;
type How = keyof typeof codes;
const howOf = (given: string | undefined): How | undefined => (given === 'failure' || given === 'success' || given === 'retry' ? given : undefined);

const settleMs = 60_000;
const migrating = new Set([4, 7, 8, 35, 43, 45, 60]);
const onSource = new Set([4, 7]); // MIGRATE, SAVE_MIGRATE: what comes later of a cold migration has a state of its own for its failure

/** Between which hosts it is, as OpenNebula has it: during a migration the record before the last is open. */
function ends(fabric: Fabric, vm: OneVm): {readonly from: string | undefined; readonly to: string | undefined} {
  const name = (host: string | undefined): string | undefined => hostNameOf(fabric, host) ?? host;
  return {from: name(vm.history.at(-2)?.host), to: name(vm.history.at(-1)?.host)};
}

/** Which of the three can be said of a VM in this state, in words. */
function meaning(fabric: Fabric, vm: OneVm, how: How): string | {readonly not: string} {
  const {from, to} = ends(fabric, vm);
  if (isFailed(vm)) return how === 'retry' ? `OpenNebula tries again what has failed (${stateOf(vm)})` : {not: `${stateOf(vm)} is a failure already: OpenNebula can only try again`};
  if (!busy(vm)) return {not: `it is ${stateOf(vm)}: OpenNebula is at nothing with it`};
  if (how === 'retry') return {not: `it is ${stateOf(vm)}: only what has failed is tried again`};
  if (migrating.has(vm.lcmState)) return how === 'failure' ? `the migration counts as failed: ${onSource.has(vm.lcmState) ? `OpenNebula has the VM on ${from ?? 'its source'} again` : 'OpenNebula waits with it for "retry"'}` : `the migration counts as done: OpenNebula has the VM on ${to ?? 'its target'}`;
  return how === 'failure' ? `${stateOf(vm)} counts as failed` : `${stateOf(vm)} counts as done`;
}

const why = (vm: OneVm): string | undefined => (busy(vm) || isFailed(vm) ? undefined : `it is ${stateOf(vm)}: OpenNebula is at nothing with it`);

function hows(fabric: Fabric, {vm: given}: Params): readonly Candidate[] {
  const vm = vmOf(fabric, given);
  return (Object.keys(codes) as How[]).map((how) => {
    const means = vm ? meaning(fabric, vm, how) : how;
    return typeof means === 'string' ? {value: how, label: `${how}: ${means}`} : {value: how, label: how, impossible: means.not};
  });
}

/**
 * Where the VM really is, by its taps: what OpenNebula is told must not be another thing. Only for migrations; for
 * others the hosts tell nothing.
 */
async function fits(ctx: ActionContext, vm: OneVm, how: How): Promise<readonly Condition[]> {
  if (how === 'retry' || !migrating.has(vm.lcmState)) return [];
  const name = 'the hosts show the same';
  const {from, to} = ends(ctx.fabric(), vm);
  const taps = vm.nics.flatMap(({tap, alias}) => (tap === undefined || alias ? [] : [tap]));
  const wanted = how === 'success' ? to : from;
  const other = how === 'success' ? from : to;
  if (taps.length === 0 || wanted === undefined || other === undefined) return [unknown(name, 'the VM has no tap that could be looked for', {mayOverride: true})];
  const problems = await ctx.reread([...new Set([wanted, other])].filter((host) => ctx.fabric().hosts.has(host)).map((source) => ({source, probes: ['ip.links']})), 8000);
  const has = (host: string): boolean | undefined => {
    const links = ctx.fabric().hosts.get(host)?.readings['ip.links'];
    return !links?.value || links.problem ? undefined : taps.some((tap) => links.value?.some((link) => link.name === tap && link.up));
  };
  const [there, elsewhere] = [has(wanted), has(other)];
  const evidence = [wanted, other].map((host) => ({text: `${host}: ${has(host) === undefined ? 'not read' : has(host) ? `${taps.join(', ')} is there` : `no ${taps.join(', ')}`}`}));
  if (there === true && elsewhere === false) return [passes(name, `its tap is on ${wanted}, and not on ${other}`, evidence)];
  if (there === false && elsewhere === true) return [fails(name, `its tap is on ${other}, not on ${wanted}: with "${how}" OpenNebula would believe it where it is not. "${how === 'success' ? 'failure' : 'success'}" fits`, evidence)];
  if (there === true && elsewhere === true) return [warns(name, `its tap is on both hosts: the VM is in the middle of it. Look with virsh list on ${wanted} and ${other} first`, evidence)];
  return [unknown(name, problems.length > 0 ? problems.map(({detail}) => detail).join('; ') : `its tap is on neither ${wanted} nor ${other}`, {evidence, mayOverride: true})];
}

const targets: Action['targets'] = (fabric, {vm: given}) => {
  const vm = vmOf(fabric, given);
  const none = vmsOf(fabric) === undefined ? undefined : 'not there';
  return [{what: `VM ${given}`, reads: vmReads, state: {id: vm ? String(vm.id) : none, state: vm ? stateOf(vm) : none, host: vm ? (vm.history.at(-1)?.host ?? 'none') : none, record: vm ? String(vm.history.at(-1)?.seq ?? 'none') : none}}];
};
const before = (run: ActionRun): Readonly<Record<string, string | undefined>> => run.plan.targets[0]?.state ?? {};

async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const asked = await askVm(ctx, Number(before(run)['id']));
  if (!asked.ok) return {done: undefined, says: asked.problem.detail};
  const {vm} = asked.info;
  const same = stateOf(vm) === before(run)['state'] && String(vm.history.at(-1)?.seq) === before(run)['record'];
  return {done: !same, says: `${labelOf(vm)} is ${stateOf(vm)}${same ? ', as before' : ''}`};
}

export const recoverVm: Action = {
  id: 'vm.recover', title: 'Recover a stuck VM', description: 'tells OpenNebula how what it is at with a VM has ended (failure, success), or to try again what has failed (retry)', destructive: false,
  params: [
    {name: 'vm', title: 'the VM, by id or name', type: 'vm', required: true, open: true, candidates: vmCandidates(why)},
    {name: 'how', title: 'failure, success or retry', type: 'choice', required: true, candidates: hows},
  ],
  async preflight(ctx, params) {
    await ctx.reread(vmReads, 8000);
    const {vm: known, condition} = vmKnown(ctx.fabric(), params['vm']);
    const how = howOf(params['how']);
    if (!known || !how) return [condition];
    const asked = await askVm(ctx, known.id);
    if (!asked.ok) return [unknown(condition.name, `OpenNebula does not tell about ${labelOf(known)}: ${asked.problem.detail}`)];
    const {vm} = asked.info;
    const means = meaning(ctx.fabric(), vm, how);
    if (typeof means !== 'string') return [condition, fails('its state allows it', `${labelOf(vm)}: ${means.not}`)];
    return [condition, passes('its state allows it', means), ...await fits(ctx, vm, how)];
  },
  plan: (ctx, params): Promise<Plan> => {
    const vm = vmOf(ctx.fabric(), params['vm'])!;
    const how = howOf(params['how'])!;
    return Promise.resolve({
      what: `Recover ${labelOf(vm)} (${stateOf(vm)}) with ${how}`, targets: targets(ctx.fabric(), params), notUndoable: ['What OpenNebula was told of the end of an operation cannot be taken back.'],
      steps: [{id: 'recover', title: `recover ${vm.name} with ${how}`, effect: {kind: 'one', method: 'one.vm.recover', args: [vm.id, codes[how]]}, deadlineS: 20, resume: 'ask', cancellable: false}],
    });
  },
  targets, done,
  async verify(ctx, run) {
    const name = 'the VM is stuck no longer';
    const was = before(run);
    let last: Awaited<ReturnType<typeof askVm>> | undefined;
    await untilVm(ctx, Number(was['id']), (asked) => {
      last = asked;
      return asked.ok && !busy(asked.info.vm) && !(isFailed(asked.info.vm) && stateOf(asked.info.vm) === was['state']) ? true : undefined;
    }, settleMs);
    if (!last?.ok) return [unknown(name, `OpenNebula does not tell: ${last?.problem.detail ?? 'not asked'}`)];
    await ctx.reread(vmReads, 8000);
    const {vm} = last.info;
    const place = hostNameOf(ctx.fabric(), vm.history.at(-1)?.host) ?? vm.history.at(-1)?.host ?? 'no host';
    const evidence = [{text: `VM ${vm.id}: STATE ${vm.state}, LCM_STATE ${vm.lcmState}, record ${vm.history.at(-1)?.seq ?? '-'}`}];
    const says = `${labelOf(vm)} is ${stateOf(vm)} on ${place}`;
    // It was to count as failed: a state that says so is what was wanted.
    if (isFailed(vm) && run.params['how'] === 'failure' && stateOf(vm) !== was['state']) return [passes(name, `${says}: evpn-tui vm recover ${vm.id} retry tries again`, evidence)];
    return [busy(vm) || isFailed(vm) ? fails(name, says, evidence) : passes(name, says, evidence)];
  },
  undo: () => Promise.resolve('what OpenNebula was told of the end of an operation cannot be taken back'),
};
