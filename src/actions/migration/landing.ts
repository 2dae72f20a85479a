/** How a migration goes on and ends in OpenNebula: told from STATE, LCM_STATE and the whole history. */
import type {ActionContext} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import {isFailed} from '../vm/states.ts';
import {hostNameOf, labelOf, stateOf, untilVm, vmOf, vmReads, type VmAsked} from '../vm/vm.ts';
import {pause} from '../wait.ts';
import {troubles} from './found.ts';
import {overlayNics} from './preflight.ts';
import type {Recorder} from './recorder.ts';
import {fromLabel, toLabel, type Way} from './way.ts';

/** `begun`: the call has had its effect; `returned`: the driver failed and the VM is back where it was, without a word. */
export type Stage = 'not begun' | 'under way' | 'landed' | 'returned' | 'failed' | 'elsewhere';

/** Pure. A poll can read RUNNING with the target as last host while the record before it is still open: that is no landing. */
export function stageOf(way: Way, vm: OneVm): Stage {
  const last = vm.history.at(-1);
  const state = stateOf(vm);
  const resting = state === 'RUNNING' || state === way.state;
  const open = vm.history.filter(({end}) => end === undefined).length;
  // A VM that does not run has its record closed while its disks are moved, and the new one open.
  if (isFailed(vm)) return 'failed';
  if (!last || last.seq <= way.record) return resting ? 'not begun' : 'under way';
  if (!resting || open > 1) return state === 'UNKNOWN' || vm.state !== 3 && !resting ? 'failed' : 'under way';
  if (last.hostId === way.toId) return 'landed';
  return last.host === way.fromOne ? 'returned' : 'elsewhere';
}

const beginMs = 10_000; // oned begins within 100 ms

export async function settleLanding(ctx: ActionContext, way: Way, recorder: Recorder | undefined, deadlineMs: number): Promise<{readonly ok: boolean | undefined; readonly says: string}> {
  recorder?.axis.mark('called');
  const began = ctx.now();
  let last: VmAsked | undefined;
  let silent: string | undefined;
  const ended = await untilVm(ctx, way.vmId, (asked): {readonly stage: Stage; readonly vm: OneVm} | undefined => {
    recorder?.saw(asked);
    silent = asked.ok ? undefined : asked.problem.detail;
    if (!asked.ok) return undefined;
    last = asked;
    const {vm} = asked.info;
    const stage = stageOf(way, vm);
    return stage === 'under way' || (stage === 'not begun' && ctx.now() - began < beginMs) ? undefined : {stage, vm};
  }, deadlineMs, 300);
  if (ended?.stage === 'landed') {
    recorder?.axis.mark('landed');
    return {ok: true, says: `OpenNebula has ${way.vmName} ${stateOf(ended.vm)} on ${toLabel(way)}`};
  }
  const more = await around(ctx, way, recorder);
  if (ended) return {ok: false, says: [whatHappened(ctx, ended.stage, ended.vm), ...more].join('; ')};
  if (silent !== undefined || !last?.ok) return {ok: undefined, says: [`OpenNebula does not answer (${silent ?? 'not asked'}), so nobody can say how the migration went on`, ...more, `when it answers again: evpn-tui journal verify`].join('; ')};
  const {vm} = last.info;
  const stuck = `${labelOf(vm)} is still ${stateOf(vm)} after ${Math.round((ctx.now() - began) / 1000)} s`;
  if (ctx.signal.aborted) return {ok: undefined, says: `${stuck}: given up waiting; OpenNebula goes on with it`};
  return {ok: false, says: [`stuck: ${stuck}`, ...more, `evpn-tui vm recover ${vm.id} ends it: "failure" puts it back to ${fromLabel(way)}, "success" says that it runs on ${toLabel(way)}`].join('; ')};
}

function whatHappened(ctx: ActionContext, stage: Stage, vm: OneVm): string {
  const error = vm.error === undefined ? '' : ` (ERROR: ${vm.error})`;
  const place = hostNameOf(ctx.fabric(), vm.history.at(-1)?.host) ?? vm.history.at(-1)?.host ?? 'no host';
  switch (stage) {
    case 'returned': return `OpenNebula answered success, but the driver failed: ${labelOf(vm)} is ${stateOf(vm)} on ${place} again, with one more history record${error}. OpenNebula keeps the reason only in the log of the VM on the front-end (/var/log/one/${vm.id}.log)`;
    case 'not begun': return `OpenNebula took the call and has not begun: ${labelOf(vm)} is ${stateOf(vm)} on ${place}, no history record was added${error}`;
    case 'elsewhere': return `${labelOf(vm)} is ${stateOf(vm)} on ${place}, which nobody asked for: somebody else has moved it${error}`;
    case 'failed': return `${labelOf(vm)} is ${stateOf(vm)} on ${place}${error}: evpn-tui vm recover ${vm.id} tries again or puts it back`;
    case 'under way': case 'landed': return `${labelOf(vm)} is ${stateOf(vm)} on ${place}`;
  }
}

/** What the fabric shows while OpenNebula says nothing useful: lost hosts, where the VM's tap is, what is wrong between the two. */
async function around(ctx: ActionContext, way: Way, recorder: Recorder | undefined): Promise<readonly string[]> {
  const hosts = [way.from?.name, way.to?.name].filter((host): host is string => host !== undefined);
  const quick = AbortSignal.any([ctx.signal, AbortSignal.timeout(8000)]);
  await Promise.race([ctx.reread([...vmReads, ...hosts.map((source) => ({source, probes: ['ip.links', 'wg.interfaces']}))], 6000), pause(7000, quick)]);
  const fabric = ctx.fabric();
  const lost = [...new Set([...(recorder?.lost() ?? []), ...hosts.filter((host) => fabric.hosts.get(host)?.access.phase !== 'ready' && recorder?.lost().some((one) => one.startsWith(`${host} (`)) !== true).map((host) => `${host} (${fabric.hosts.get(host)?.access.problem?.detail ?? 'not connected'})`)])];
  const vm = vmOf(fabric, String(way.vmId));
  const nics = vm ? overlayNics(fabric, vm) : [];
  const taps = nics.flatMap(({nic}) => nic.tap ?? []);
  const shown = hosts.flatMap((host) => {
    const links = fabric.hosts.get(host)?.readings['ip.links'];
    if (!links?.value || links.problem) return [];
    const there = taps.filter((tap) => links.value?.some((link) => link.name === tap));
    return [`${there.length > 0 ? there.join(', ') : 'no tap of it'} on ${host}`];
  });
  const wrong = troubles(fabric, ctx.now(), {from: way.from?.name, to: way.to?.name, vnis: nics.map(({vni}) => vni), vnetIds: []});
  return [
    ...(lost.length > 0 ? [`lost: ${lost.join(', ')}`] : []),
    ...(taps.length > 0 && shown.length > 0 ? [`the hosts show ${shown.join(', ')}`] : []),
    ...wrong.slice(0, 3),
  ];
}
