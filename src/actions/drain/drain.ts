/**
 * `host.drain`: empty a host for maintenance. It is disabled (`one.host.status`), then its running VMs are migrated live
 * (`one.vm.migrate`), so many at a time, with a pause between. The first failure stops it; it can be resumed.
 */
import type {Action, ActionContext, ActionRun, Candidate, Condition, Done, Params, Plan, Step, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import {fails, openNebula, passes, unknown, warns} from '../action.ts';
import {migrateLive} from '../migration/migrate.ts';
import {labelOfPlace, placeById, placeNamed, placeOfOne, type Place} from '../migration/way.ts';
import {hostStateName, isDisabled, isOn} from '../one-host.ts';
import {shown} from '../repair/parts.ts';
import {labelOf, stateOf, vmReads, vmsOf} from '../vm/vm.ts';
import {pause, watching} from '../wait.ts';
import {inWords, leaving, paramsOf, partOf, stepId, vmIdOf, vmsOn, vmTargets, type Leaving} from './way.ts';

const hostReads = [{source: openNebula, probes: ['one.hosts', 'one.vms']}];
const migrateS = 900;
const hosts = (fabric: Fabric): readonly Candidate[] => (fabric.cloud?.readings['one.hosts']?.value ?? []).map((one) => {
  const place = placeOfOne(fabric, one);
  return {value: place.name ?? one.name, label: `${labelOfPlace(place)} (${hostStateName(one.state)}, ${one.vmIds.length} VMs)`};
});

/** Of a plan: the host, the VMs that move, and where they go. */
function planTargets(fabric: Fabric, params: Params, moves: readonly Leaving[]): readonly Target[] {
  const place = placeNamed(fabric, params['host']);
  const read = fabric.cloud?.readings['one.hosts']?.value !== undefined && vmsOf(fabric) !== undefined;
  const none = read ? 'not there' : undefined;
  return [
    {what: `host ${params['host']} of OpenNebula`, reads: hostReads, state: {id: place ? String(place.one.id) : none, state: place ? (isOn(place.one) ? 'MONITORED' : isDisabled(place.one) ? 'DISABLED' : hostStateName(place.one.state)) : none, vms: place && read ? vmsOn(fabric, place).map(({id}) => id).join(' ') || 'none' : none}},
    ...vmTargets(fabric, moves),
  ];
}
/** As they are now, of every VM and host: which of them a plan is about is known from the plan. */
function targets(fabric: Fabric, params: Params): readonly Target[] {
  const places = (fabric.cloud?.readings['one.hosts']?.value ?? []).map((one) => placeOfOne(fabric, one));
  const all = (vmsOf(fabric) ?? []).map((vm, at): Leaving => ({vm, to: places[at % places.length], why: ''}));
  const [first] = all;
  return planTargets(fabric, params, [...all, ...(first ? places.map((to) => ({...first, to})) : [])]);
}

const status = (hostId: number, name: string, enable: boolean): Step => ({id: enable ? 'enable' : 'disable', title: `${enable ? 'enable' : 'disable'} host ${name}`, effect: {kind: 'one', method: 'one.host.status', args: [hostId, enable ? 0 : 1]}, deadlineS: 20, resume: 'idempotent', cancellable: false});
const watch = (id: string, title: string, deadlineS: number): Step => ({id, title, effect: {kind: 'watch'}, deadlineS, resume: 'idempotent', cancellable: true});

/** The calls of a wave, then each landing, then the pause: so many VMs are on the way at once. */
function waves(all: readonly {readonly vmId: number; readonly name: string; readonly toId: number; readonly to: string}[], {parallel = '1', pace = '0'}: Params): readonly Step[] {
  const size = Number(parallel);
  const groups = Array.from({length: Math.ceil(all.length / size)}, (_, at) => all.slice(at * size, (at + 1) * size));
  return groups.flatMap((group, at) => [
    ...group.map((one): Step => ({id: stepId(one.vmId, 'migrate'), title: `migrate ${one.name} to ${one.to}`, effect: {kind: 'one', method: 'one.vm.migrate', args: [one.vmId, one.toId, true, true, -1, 0]}, deadlineS: 30, resume: 'ask', cancellable: false})),
    ...group.map((one) => watch(stepId(one.vmId, 'landed'), `wait until OpenNebula has ${one.name} there`, migrateS)),
    ...(at < groups.length - 1 && Number(pace) > 0 ? [watch(`pause-${at + 1}`, `wait ${pace} s before the next`, Number(pace) + 5)] : []),
  ]);
}

/** What the preflight of a context was about. Hosts are read again for each VM: what is planned is what was looked at, and not where a later reading would send them. */
const looked = new WeakMap<ActionContext, {readonly fabric: Fabric; readonly all: readonly Leaving[]}>();

async function preflight(ctx: ActionContext, params: Params): Promise<readonly Condition[]> {
  const problems = await ctx.reread(hostReads);
  if (problems.length > 0) return [unknown('OpenNebula is read', problems.map(({detail}) => detail).join('; '))];
  const fabric = ctx.fabric();
  const place = placeNamed(fabric, params['host']);
  if (!place) return [fails('the host is known', `OpenNebula has no host ${params['host']}`)];
  const all = leaving(fabric, params);
  looked.set(ctx, {fabric, all});
  const staying = vmsOn(fabric, place).filter((vm) => !all.some((one) => one.vm.id === vm.id));
  const each: Condition[] = [];
  for (const one of all) {
    const name = labelOf(one.vm);
    if (!one.to) {
      each.push(fails(`${name}: a host takes it`, inWords(one)));
      continue;
    }
    const said = await migrateLive.preflight(ctx, paramsOf(one));
    const wrong = said.filter(({outcome}) => outcome !== 'pass');
    each.push(passes(`${name}: a host takes it`, inWords(one)), ...wrong.map((condition) => ({...condition, name: `${name}: ${condition.name}`})));
  }
  return [
    passes('the host is known', `${labelOfPlace(place)} is ${hostStateName(place.one.state)}, ${all.length} of its VMs run`),
    ...(staying.length > 0 ? [warns('every VM leaves', `these do not run and stay where they are: ${staying.map((vm) => `${labelOf(vm)} (${stateOf(vm)})`).join(', ')}`)] : []),
    ...each,
  ];
}

const planned = (fabric: Fabric, params: Params, all: readonly Leaving[]): Plan => {
  const place = placeNamed(fabric, params['host'])!;
  return {
    what: `Drain ${labelOfPlace(place)}: disable it, migrate ${all.length} VMs live, ${params['parallel'] ?? '1'} at a time`,
    steps: [...(isDisabled(place.one) ? [] : [status(place.one.id, labelOfPlace(place), false)]), ...waves(all.map(({vm, to}) => ({vmId: vm.id, name: vm.name, toId: to!.one.id, to: labelOfPlace(to!)})), params)],
    targets: planTargets(fabric, params, all), notUndoable: [],
  };
};

const hostOf = (fabric: Fabric, run: ActionRun) => placeById(fabric, Number(run.plan.targets[0]?.state['id'])) ?? placeNamed(fabric, run.params['host']);

async function done(ctx: ActionContext, run: ActionRun, step: Step): Promise<Done> {
  const vm = vmIdOf(step);
  if (vm !== undefined) return migrateLive.done!(ctx, partOf(run, vm), {...step, id: step.id.endsWith('migrate') ? 'migrate' : 'landed'});
  if (step.effect.kind === 'watch') return {done: false, says: 'it is only a pause'};
  const problems = await ctx.reread([{source: openNebula, probes: ['one.hosts']}]);
  const one = hostOf(ctx.fabric(), run)?.one;
  if (problems.length > 0 || !one) return {done: undefined, says: problems[0]?.detail ?? 'the host is not there'};
  const is = isDisabled(one);
  return {done: is === (step.id === 'disable'), says: `the host is ${hostStateName(one.state)}`};
}

async function verify(ctx: ActionContext, run: ActionRun): Promise<readonly Condition[]> {
  const undoing = run.undoes !== undefined;
  const label = run.params['host'] ?? '';
  const state = await shown(ctx, undoing ? 'the host takes VMs' : 'the host takes no VM', {
    reads: hostReads, deadlineMs: 60_000,
    holds: (fabric) => {
      const one = hostOf(fabric, run)?.one;
      return one && (undoing ? isOn(one) : isDisabled(one));
    },
    says: (fabric) => `OpenNebula has ${label} in state ${hostStateName(hostOf(fabric, run)?.one.state ?? -1)}`,
  });
  const place = hostOf(ctx.fabric(), run);
  const left = place ? vmsOn(ctx.fabric(), place).filter((vm) => stateOf(vm) === 'RUNNING') : [];
  const empty = undoing ? [] : [left.length === 0 ? passes('no VM runs there', `${label} is empty of running VMs`) : fails('no VM runs there', `on ${label} still: ${left.map(labelOf).join(', ')}`)];
  const each: Condition[] = [];
  for (const vm of new Set(run.plan.steps.flatMap((step) => vmIdOf(step) ?? []))) {
    for (const condition of await migrateLive.verify(ctx, partOf(run, vm))) if (!condition.name.startsWith('how long')) each.push({...condition, name: `VM ${vm}: ${condition.name}`});
  }
  return [state, ...empty, ...each];
}

/** Back to where the run took them from, those that it has moved and that are where it put them. */
async function undo(ctx: ActionContext, run: ActionRun): Promise<Plan | string> {
  await ctx.reread([...hostReads, ...vmReads]);
  const fabric = ctx.fabric();
  const place = hostOf(fabric, run);
  if (!place) return `OpenNebula has no host ${run.params['host']} now`;
  const moved = run.plan.steps.flatMap((step) => {
    const vm = (vmsOf(fabric) ?? []).find(({id}) => String(id) === vmIdOf(step));
    const toId = step.effect.kind === 'one' && step.effect.method === 'one.vm.migrate' ? step.effect.args[1] : undefined;
    return vm && stateOf(vm) === 'RUNNING' && toId !== undefined && vm.history.at(-1)?.hostId === toId ? [{vmId: vm.id, name: vm.name, toId: place.one.id, to: labelOfPlace(place)}] : [];
  });
  const stops: string[] = [];
  for (const {vmId, name} of moved) {
    const said = await migrateLive.preflight(ctx, {vm: String(vmId), host: place.one.name});
    stops.push(...said.filter((one) => one.outcome === 'fail' && !awaited(place, one)).map((one) => `VM ${vmId} ${name}: ${one.name}: ${one.says}`));
  }
  if (stops.length > 0) return `not all of its VMs can go back to ${labelOfPlace(place)} (evpn-tui undrain enables it without them): ${stops.join('; ')}`;
  return {
    what: `Put ${labelOfPlace(place)} back: enable it, migrate ${moved.length} VMs back`, notUndoable: [],
    // Enabled, it has no capacity until it was monitored: OpenNebula refuses migrations to it.
    steps: [status(place.one.id, labelOfPlace(place), true), watch('monitored', `wait until ${labelOfPlace(place)} is monitored`, 120), ...waves(moved, run.params)],
    targets: planTargets(fabric, run.params, moved.flatMap(({vmId}) => (vmsOf(fabric) ?? []).filter(({id}) => id === vmId).map((vm) => ({vm, to: place, why: ''})))).filter(({what}) => what !== `host ${place.one.name}`),
  };
}

/** The plan enables it and waits until it is monitored: before, it takes nothing, and may have no capacity. */
const awaited = ({one}: Place, {name}: Condition): boolean => name === 'the target takes it' || (name === 'the target has room' && one.totalCpu === 0);

const count = (most: number) => (value: string): string | undefined => (/^\d{1,4}$/.test(value) && Number(value) <= most ? undefined : `"${value}" is no number up to ${most}`);

export const drainHost: Action = {
  id: 'host.drain',
  title: 'Drain a host',
  description: 'disables a host in OpenNebula and migrates its running VMs away; undoing it enables the host and brings them back',
  params: [
    {name: 'host', title: 'the host', type: 'host', required: true, candidates: hosts, open: true},
    {name: 'parallel', title: 'how many VMs at a time (1)', type: 'text', required: false, wrong: (value) => (value === '0' ? 'at least 1' : count(32)(value))},
    {name: 'pace', title: 'pause between, seconds (0)', type: 'text', required: false, wrong: count(3600)},
  ],
  destructive: false,
  preflight,
  plan: (ctx, params) => {
    const {fabric, all} = looked.get(ctx) ?? {fabric: ctx.fabric(), all: leaving(ctx.fabric(), params)};
    return Promise.resolve(all.some(({to}) => !to) ? {kind: 'failed', detail: all.filter(({to}) => !to).map(inWords).join('; ')} : planned(fabric, params, all));
  },
  targets, done, verify, undo,
  settle: async (ctx, run, step) => {
    const vm = vmIdOf(step);
    if (vm !== undefined) {
      const landed = await migrateLive.settle!(ctx, partOf(run, vm), {...step, id: 'landed'});
      // What was sent is not sent again when the run is resumed: it goes on from where the VM has come to its place.
      return landed.ok === false ? {...landed, says: `${landed.says}. Once VM ${vm} is where it was to go (evpn-tui migrate), journal resume goes on; a new drain plans what is left anew`} : landed;
    }
    if (step.id === 'monitored') {
      const waited = watching(ctx);
      const on = await ctx.until(hostReads, (fabric) => {
        const one = hostOf(fabric, run)?.one;
        return one && isOn(one) && one.totalCpu > 0 ? one : undefined;
      }, step.deadlineS * 1000);
      return on ? {ok: true, says: 'OpenNebula has it MONITORED'} : waited.unmet('OpenNebula has not monitored it', 'OpenNebula has monitored it');
    }
    await pause(Number(run.params['pace'] ?? 0) * 1000, ctx.signal);
    return {ok: !ctx.signal.aborted, says: ctx.signal.aborted ? 'given up' : 'waited'};
  },
};
