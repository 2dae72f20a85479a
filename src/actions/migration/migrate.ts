/** `vm.migrate-live`, `vm.migrate`: moves a VM to another host, with everything that is seen on the way kept. `one.vm.migrate(ID, HOST, LIVE, ENFORCE, DATASTORE, KIND)`. */
import type {Action, ActionContext, ActionRun, Condition, Done, Params, Plan, Step} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Problem} from '../../model/reading.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {busy} from '../vm/states.ts';
import {askVm, labelOf, stateOf, untilVm, vmCandidates, vmOf} from '../vm/vm.ts';
import {overlayConditions} from './arrival.ts';
import {settleLanding, stageOf} from './landing.ts';
import {preflight} from './preflight.ts';
import {startRecorder, type Recorder} from './recorder.ts';
import {allTargets, hostTarget, labelOfPlace, placeNamed, placeById, targetCandidates, targetsOf, toLabel, wayOf, type Place, type Way} from './way.ts';

const longestS = 86_400;
const usualS = 900; // copying the disks of a VM takes its time where they are not shared

/** Recorders of the runs that are under way in this process, by run. */
const recorders = new Map<string, Recorder>();

const steps = (vmId: number, name: string, to: Place, live: boolean, undoing: boolean): readonly Step[] => {
  const id = (one: string): string => (undoing ? `${one}-back` : one);
  return [
    {id: id('ready'), title: 'wait until the flight recorder sees every host', effect: {kind: 'watch'}, deadlineS: 20, resume: 'idempotent', cancellable: true},
    {id: id('migrate'), title: `${live ? 'migrate' : 'move'} ${name} to ${labelOfPlace(to)}`, effect: {kind: 'one', method: 'one.vm.migrate', args: [vmId, to.one.id, live, true, -1, 0]}, deadlineS: 30, resume: 'ask', cancellable: false},
    {id: id('landed'), title: 'wait until OpenNebula has it there', effect: {kind: 'watch'}, deadlineS: longestS, resume: 'idempotent', cancellable: true},
  ];
};

async function planned(ctx: ActionContext, params: Params, live: boolean): Promise<Plan | Problem> {
  const fabric = ctx.fabric();
  const [vm, to] = [vmOf(fabric, params['vm']), placeNamed(fabric, params['host'])];
  if (!vm || !to) return Promise.resolve({kind: 'failed', detail: 'the VM or the host is gone'});
  return {
    what: `${live ? 'Migrate' : 'Move'} ${labelOf(vm)} ${live ? 'live ' : ''}to ${labelOfPlace(to)}`, targets: targetsOf(fabric, params), notUndoable: [],
    steps: steps(vm.id, vm.name, to, live, false),
  };
}

const limitMs = ({params}: ActionRun): number => Number(params['timeout'] ?? usualS) * 1000;

async function settle(ctx: ActionContext, run: ActionRun, step: Step): Promise<{readonly ok: boolean | undefined; readonly says: string}> {
  const way = wayOf(ctx.fabric(), run);
  const recorder = recorders.get(run.id);
  if (step.id.startsWith('ready')) return {ok: true, says: recorder ? await recorder.ready : 'nothing is recorded'};
  return settleLanding(ctx, way, recorder, limitMs(run));
}

/** Whether the call has had its effect: a new record in the history, or a state that is not that of before. oned begins within 100 ms. */
async function done(ctx: ActionContext, run: ActionRun, step: Step): Promise<Done> {
  const way = wayOf(ctx.fabric(), run);
  if (!step.id.startsWith('migrate')) return {done: undefined, says: 'resumed, the run looks again'};
  let problem: string | undefined;
  let attempts = 0;
  const found = await untilVm(ctx, way.vmId, (asked): Done | undefined => {
    problem = asked.ok ? undefined : asked.problem.detail;
    if (!asked.ok) return undefined;
    const {vm} = asked.info;
    if (stageOf(way, vm) !== 'not begun') return {done: true, value: vm.id, says: `${labelOf(vm)} is ${stateOf(vm)}, record ${vm.history.at(-1)?.seq}: the migration has begun`};
    return ++attempts >= 4 ? {done: false, says: `${labelOf(vm)} is ${stateOf(vm)} where it was, without a new record: it has not begun`} : undefined;
  }, 15_000);
  return found ?? {done: undefined, says: `OpenNebula does not tell: ${problem ?? 'no answer'}`};
}

/** Started before the first step; ends with the verification. */
async function accompany(ctx: ActionContext, run: ActionRun): Promise<void> {
  const way = wayOf(ctx.fabric(), run);
  const {recorder, done: ended} = startRecorder(ctx, way, vmOf(ctx.fabric(), String(way.vmId)), {startedAt: run.startedAt, ping: run.params['ping'] === 'yes'});
  recorders.set(run.id, recorder);
  try {
    await ended;
  } finally {
    recorders.delete(run.id);
  }
}

async function verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
  const way = wayOf(ctx.fabric(), run);
  const name = `OpenNebula has it on ${toLabel(way)}`;
  const asked = await askVm(ctx, way.vmId);
  if (!asked.ok) return [unknown(name, `OpenNebula does not tell: ${asked.problem.detail}`)];
  const {vm} = asked.info;
  const stage = stageOf(way, vm);
  const evidence = [{text: `VM ${vm.id}: STATE ${vm.state}, LCM_STATE ${vm.lcmState}, history ${vm.history.slice(-3).map(({seq, host, end}) => `${seq} ${host}${end === undefined ? ' (open)' : ''}`).join(', ')}`}];
  if (stage !== 'landed') return [fails(name, `${labelOf(vm)} is ${stateOf(vm)} on ${placeOf(ctx.fabric(), vm.history.at(-1)?.hostId) ?? 'no host'}`, evidence)];
  const there = passes(name, `${labelOf(vm)} is ${stateOf(vm)} there: the last record of its history is that host`, evidence);
  if (stateOf(vm) !== 'RUNNING') return [there];
  const overlay = await overlayConditions(ctx, way, vm);
  const recorder = recorders.get(run.id);
  recorder?.axis.mark('verified');
  return [there, ...overlay, ...(recorder ? [downtimeOf(recorder, run)] : [])];
}
const placeOf = (fabric: Fabric, id: number | undefined): string | undefined => {
  const place = id === undefined ? undefined : placeById(fabric, id);
  return place && labelOfPlace(place);
};

function downtimeOf({axis}: Recorder, {params}: ActionRun): Condition {
  const name = 'how long it was not reached';
  const measured = axis.downtime();
  if (!measured) return warns(name, 'not measured: no host showed when its MAC came');
  if (measured.by === 'ping' && axis.unpinged) return warns(name, measured.says);
  if (measured.says.includes('still none')) return fails(name, `it does not answer: ${measured.says}`);
  return params['ping'] === 'yes' && measured.by !== 'ping' ? warns(name, `by pings not measured; ${measured.says}`) : passes(name, measured.says);
}

async function undo(ctx: ActionContext, run: ActionRun, live: boolean): Promise<Plan | string> {
  const way: Way = wayOf(ctx.fabric(), run);
  const asked = await askVm(ctx, way.vmId);
  if (!asked.ok) return `OpenNebula does not tell where the VM is: ${asked.problem.detail}`;
  const {vm} = asked.info;
  const last = vm.history.at(-1);
  if (busy(vm)) return `${labelOf(vm)} is ${stateOf(vm)}: evpn-tui vm recover ${vm.id} ends that`;
  if (last?.host === way.fromOne) return `${labelOf(vm)} is on ${placeOf(ctx.fabric(), last.hostId) ?? last.host}, where it was: there is nothing to undo`;
  if (last?.hostId !== way.toId) return `${labelOf(vm)} is on ${last?.host ?? 'no host'}, where this run did not put it`;
  if (!way.from) return `OpenNebula does not have ${way.fromOne} any more`;
  const {from} = way;
  const back = live && stateOf(vm) === 'RUNNING';
  // The host may have been left because something is wrong with it; OpenNebula itself takes one that is disabled or in ERROR.
  const stops = (await preflight(ctx, {vm: String(vm.id), host: from.one.name}, back)).filter(({outcome}) => outcome === 'fail');
  if (stops.length > 0) return `${labelOf(vm)} cannot go back: ${stops.map(({name, says}) => `${name}: ${says}`).join('; ')}`;
  return {what: `Move ${labelOf(vm)} back to ${labelOfPlace(from)}`, targets: [...targetsOf(ctx.fabric(), run.params), hostTarget(ctx.fabric(), from.one.name)], notUndoable: [], steps: steps(vm.id, vm.name, from, back, true)};
}

const migration = (live: boolean): Action => ({
  id: live ? 'vm.migrate-live' : 'vm.migrate', title: live ? 'Migrate a VM live' : 'Move a VM (it stops meanwhile)',
  description: live ? 'moves a running VM to another host of its cluster while it runs, and records what OpenNebula, FRR and the hosts show' : 'saves a VM, moves it to another host of its cluster, and starts it there; of one that is powered off, its disks',
  destructive: false,
  params: [
    {name: 'vm', title: 'the VM, by id or name', type: 'vm', required: true, open: true, candidates: vmCandidates((vm) => (stateOf(vm) === 'RUNNING' || (!live && (vm.state === 5 || vm.state === 8)) ? undefined : `it is ${stateOf(vm)}`))},
    {name: 'host', title: 'where to', type: 'host', required: true, open: true, candidates: targetCandidates},
    {name: 'ping', title: 'ping it meanwhile from the virtual router (yes or no)', type: 'choice', required: false, candidates: () => [{value: 'yes', label: 'yes'}, {value: 'no', label: 'no'}]},
    {name: 'timeout', title: `how long OpenNebula may take, seconds (${usualS})`, type: 'text', required: false, wrong: (value) => (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= longestS ? undefined : `1 to ${longestS} seconds`)},
  ],
  preflight: (ctx, params) => preflight(ctx, params, live),
  plan: (ctx, params) => planned(ctx, params, live),
  targets: allTargets, settle, done, accompany, verify,
  undo: (ctx, run) => undo(ctx, run, live),
});

export const migrateLive: Action = migration(true);
export const migrateCold: Action = migration(false);
