/** Whether the overlay leads to a VM where it is now: every VTEP, every reflector, and nothing stale left. */
import type {ActionContext, Condition} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {stamp} from '../../model/reading.ts';
import {parseRouteSights, routeSample} from '../../services/frr/mac-watch.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {vmReads} from '../vm/vm.ts';
import {pause} from '../wait.ts';
import {overlayNics} from './preflight.ts';
import {reflectorsOf, underlayAddresses, vtepsOf} from './scope.ts';
import {toLabel, type Way} from './way.ts';

const probes = ['ip.links', 'frr.macs', 'bridge.fdb'] as const;
const overlayMs = 30_000;
/** FRR replaces an entry together with its route: one that is still there when all routes are right is there to stay. */
const staleMs = 8000;
const reflectorMs = 10_000;

interface Wrong {
  readonly host: string;
  readonly says: string;
  readonly kind: 'unread' | 'astray' | 'stale' | 'beside';
}

/** What is not as it should be, of one MAC on one host. */
function wrongAt(fabric: Fabric, way: Way, host: string, mac: string, vni: number, taps: readonly string[]): readonly Wrong[] {
  const readings = fabric.hosts.get(host)?.readings;
  const goBgp = readings?.['gobgp.speaker']?.value !== undefined;
  const unread = (['ip.links', 'bridge.fdb', ...(goBgp ? [] : ['frr.macs' as const])] as const).find((probe) => readings?.[probe]?.value === undefined || readings[probe]?.problem !== undefined);
  if (unread) return [{host, kind: 'unread', says: `${host}: ${unread} could not be read: ${readings?.[unread]?.problem?.detail ?? fabric.hosts.get(host)?.access.problem?.detail ?? 'never'}`}];
  const links = readings?.['ip.links']?.value ?? [];
  const devices = new Set(links.filter(({vxlan}) => vxlan?.vni === vni).map(({name}) => name));
  const bridges = new Set(links.filter(({name, master}) => devices.has(name) && master !== undefined).map(({master}) => master));
  const isTarget = host === way.to?.name;
  if (devices.size === 0) return isTarget ? [{host, kind: 'astray', says: `${host} has no VXLAN device of VNI ${vni}`}] : [];
  const vteps = underlayAddresses(fabric, way.to?.name);
  const entry = readings?.['frr.macs']?.value?.find((one) => one.vni === vni && one.mac === mac);
  const fdb = (readings?.['bridge.fdb']?.value ?? []).filter((one) => one.mac === mac);
  const named = (address: string | undefined): string => (address === undefined ? '?' : (fabric.hostByAddress.get(address) ?? address));
  const wrong: Wrong[] = [];
  if (!goBgp) {
    if (!entry) wrong.push({host, kind: 'astray', says: `zebra on ${host} does not know ${mac}`});
    else if (isTarget ? entry.kind !== 'local' : entry.kind !== 'remote' || !vteps.includes(entry.remoteVtep ?? '')) wrong.push({host, kind: 'astray', says: `zebra on ${host} has ${mac} ${entry.kind === 'local' ? `as its own, behind ${entry.device}` : `at ${named(entry.remoteVtep)}`}`});
  }
  const ways = fdb.filter(({device, destination}) => devices.has(device) && destination !== undefined);
  const locals = fdb.filter(({device, master, destination}) => destination === undefined && !devices.has(device) && (bridges.has(master) || taps.includes(device)));
  for (const {destination, state} of ways.filter((one) => isTarget || !vteps.includes(one.destination ?? ''))) {
    wrong.push({host, kind: isTarget && locals.length > 0 ? 'beside' : 'stale', says: `an entry on ${host} still leads ${mac} to ${named(destination)}${state === '' ? '' : ` (${state})`}`});
  }
  if (!isTarget) for (const {device} of locals) wrong.push({host, kind: 'stale', says: `an entry on ${host} still has ${mac} behind ${device}`});
  if (isTarget ? locals.length === 0 : !ways.some(({destination}) => vteps.includes(destination ?? ''))) wrong.push({host, kind: 'astray', says: isTarget ? `the bridge of ${host} has not learnt ${mac}` : `${host} has no entry that leads ${mac} to ${toLabel(way)}`});
  return wrong;
}

export async function overlayConditions(ctx: ActionContext, way: Way, vm: OneVm): Promise<readonly Condition[]> {
  const nics = overlayNics(ctx.fabric(), vm);
  const names = {vteps: `every VTEP leads to ${toLabel(way)}`, stale: 'no stale entry is left', reflectors: `the reflectors announce it from ${toLabel(way)}`};
  if (way.to?.name === undefined) return [unknown(names.vteps, `${toLabel(way)} is no host of this context: its address as VTEP is not known`)];
  if (nics.length === 0) return [warns(names.vteps, 'the VM has no NIC in an overlay network: there is nothing to follow')];
  const hosts = (fabric: Fabric): readonly string[] => vtepsOf(fabric, way, nics.map(({vni}) => vni));
  const look = (fabric: Fabric): readonly Wrong[] => hosts(fabric).flatMap((host) => nics.flatMap(({mac, vni, nic}) => wrongAt(fabric, way, host, mac, vni, nic.tap === undefined ? [] : [nic.tap])));
  // A host that is lost would hold up all the others: it is said at the end, and not waited for.
  const reached = hosts(ctx.fabric()).filter((host) => ctx.fabric().hosts.get(host)?.access.phase === 'ready');
  const began = ctx.now();
  await ctx.until([...vmReads, ...reached.map((source) => ({source, probes}))], (fabric) => {
    const left = look(fabric).filter(({kind, host}) => kind !== 'beside' && !(kind === 'unread' && !reached.includes(host)));
    return left.length === 0 || (left.every(({kind}) => kind === 'stale') && ctx.now() - began > staleMs) ? true : undefined;
  }, overlayMs);
  const fabric = ctx.fabric();
  const wrong = look(fabric);
  const evidence = hosts(fabric).flatMap((host) => nics.flatMap(({mac, vni}) => {
    const read = fabric.hosts.get(host)?.readings['frr.macs'];
    const entry = read?.value?.find((one) => one.mac === mac && one.vni === vni);
    return read ? [{text: `${host}: ${mac} ${entry ? `${entry.kind}${entry.remoteVtep === undefined ? '' : ` at ${entry.remoteVtep}`}, sequence ${entry.localSequence ?? '-'}/${entry.remoteSequence ?? '-'}` : 'not there'}`, stamp: stamp(read)}] : [];
  })).slice(0, 20);
  const of = (...kinds: readonly Wrong['kind'][]): readonly Wrong[] => wrong.filter(({kind}) => kinds.includes(kind));
  const listed = (list: readonly Wrong[]): string => list.slice(0, 3).map(({says}) => says).join('; ') + (list.length > 3 ? ` and ${list.length - 3} more` : '');
  const count = new Set(hosts(fabric)).size;
  const [astray, unread, stale, beside] = [of('astray'), of('unread'), of('stale'), of('beside')];
  return [
    astray.length > 0 ? fails(names.vteps, listed(astray), evidence) : unread.length > 0 ? unknown(names.vteps, listed(unread), {evidence}) : passes(names.vteps, `zebra and the forwarding entries of ${count} VTEP${count === 1 ? '' : 's'} agree`, evidence),
    stale.length > 0 ? fails(names.stale, `${listed(stale)}: frames to it are lost there. Remove it (fdb.remove-stale), or on the host: bridge fdb del`, evidence)
      : unread.length > 0 ? unknown(names.stale, listed(unread), {evidence})
        : beside.length > 0 ? warns(names.stale, `${listed(beside)}; the bridge does not use it beside the MAC itself`, evidence) : passes(names.stale, 'no forwarding entry leads to where it was', evidence),
    ...await reflectorConditions(ctx, way, nics, names.reflectors),
  ];
}

/** Type-2 routes at each reflector: next hop is the target's VTEP, and no other. */
async function reflectorConditions(ctx: ActionContext, way: Way, nics: readonly {readonly vni: number; readonly mac: string}[], name: string): Promise<readonly Condition[]> {
  const vteps = underlayAddresses(ctx.fabric(), way.to?.name);
  const reflectors = reflectorsOf(ctx.fabric()).filter((host) => ctx.fabric().hosts.get(host)?.readings['frr.version']?.value !== undefined);
  if (reflectors.length === 0) return [];
  const asked = await Promise.all(reflectors.map(async (host) => {
    const sample = routeSample(nics, ctx.fabric().hosts.get(host)?.readings['frr.version']?.value);
    const end = ctx.now() + reflectorMs;
    for (;;) {
      const answer = sample === undefined ? undefined : await ctx.ask.host(host, `${sample}; printf '%s\\n' "$o"`, 10);
      if (!answer?.ok) return {host, says: `${host}: ${answer ? answer.problem.detail : 'cannot be asked'}`, outcome: 'unknown' as const};
      const sights = parseRouteSights(answer.stdout, nics.map(({mac}) => mac));
      const others = sights.filter(({nextHop}) => !vteps.includes(nextHop));
      const missing = nics.filter(({mac}) => !sights.some((one) => one.mac === mac && vteps.includes(one.nextHop)));
      const wellAt = sights.map(({mac, nextHop, sequence}) => `${host}: ${mac} next hop ${nextHop}, mobility ${sequence}`);
      if (others.length === 0 && missing.length === 0) return {host, says: wellAt.join('; '), outcome: 'pass' as const};
      if (ctx.signal.aborted || ctx.now() >= end) return {host, outcome: 'fail' as const, says: others.length > 0 ? `${host} has ${others[0]!.mac} with next hop ${others[0]!.nextHop} too` : `${host} has no type-2 route of ${missing[0]!.mac} from ${toLabel(way)}`};
      await pause(500, ctx.signal);
    }
  }));
  const evidence = asked.map(({says}) => ({text: says}));
  const worst = (['fail', 'unknown'] as const).flatMap((outcome) => asked.find((one) => one.outcome === outcome) ?? [])[0];
  return [worst ? {name, outcome: worst.outcome, says: worst.says, evidence} : passes(name, asked.map(({says}) => says).join('; '), evidence)];
}
