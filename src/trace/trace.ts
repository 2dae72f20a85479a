/**
 * The way between two VMs, or of one through its virtual router to the outside, both directions, from what was read.
 * Nothing is sent. Pure: the same view gives the same trace; indexes are made once per view.
 */
import {View} from '../checks/view.ts';
import type {Fabric, VirtualRouter} from '../model/fabric.ts';
import type {Answer, Leg, Trace, TraceEnd} from '../model/trace.ts';
import {describe, endOf, findEnd, locate, type End, type Nic, type Plugged} from './ends.ts';
import {groundOf, type Ground} from './ground.ts';
import {both, carriesInPieces, legOf, missingOf} from './leg.ts';
import {overlayHops} from './overlay.ts';
import {exitOf, inwards, outwards} from './router.ts';

export type Traced =
  | {readonly ok: true; readonly trace: Trace}
  | {readonly ok: false; readonly says: string; readonly candidates: readonly string[]}; // what was asked for does not exist, or is ambiguous

export interface TraceOptions {
  readonly vni?: number | undefined; // which network, where both ends share several
}

export const traceFabric = (fabric: Fabric, now: number, from: string, to: string, options: TraceOptions = {}): Traced => trace(new View(fabric, now), from, to, options);

/** `from` and `to`: VM name or id, IP, MAC, a virtual router, or "outside". */
export function trace(view: View, from: string, to: string, {vni}: TraceOptions = {}): Traced {
  const ground = groundOf(view);
  const a = findEnd(ground, from);
  const b = findEnd(ground, to);
  if (!a.ok) return a;
  if (!b.ok) return b;
  if (a.outside && b.outside) return {ok: false, says: 'one end must be inside the fabric', candidates: []};
  if (a.outside) return b.outside ? failed('') : throughRouter(ground, b.end, vni, true);
  if (b.outside) return throughRouter(ground, a.end, vni, false);
  return between(ground, a.end, b.end, vni);
}

const failed = (says: string, candidates: readonly string[] = []): Traced => ({ok: false, says, candidates});

function between(ground: Ground, a: End, b: End, vni: number | undefined): Traced {
  if (a === b || (a.vm !== undefined && a.vm === b.vm)) return failed(`${a.label} is both ends`);
  const shared = [...new Set(a.nics.map((nic) => nic.vni))].filter((one) => b.nics.some((nic) => nic.vni === one)).sort((x, y) => x - y);
  const chosen = vni === undefined ? shared[0] : shared.find((one) => one === vni);
  const nicA = a.nics.find((nic) => nic.vni === chosen);
  const nicB = b.nics.find((nic) => nic.vni === chosen);
  if (chosen === undefined || !nicA || !nicB) {
    return failed(vni === undefined ? `${a.label} and ${b.label} have no network in common` : `${a.label} and ${b.label} are not both in VNI ${vni}`, [describe(a), describe(b)]);
  }
  if (nicA.mac === nicB.mac) return failed(`${nicA.mac} is both ends`);
  const from = locate(ground, a, nicA);
  const to = locate(ground, b, nicB);
  const there = legOf(a.label, b.label, overlayHops(ground, from, to, true), mtuOf(ground, from));
  const back = legOf(b.label, a.label, overlayHops(ground, to, from, false), mtuOf(ground, to));
  const others = shared.filter((one) => one !== chosen);
  return finished(ground, endOf(from), endOf(to), chosen, there, back, [
    ...(others.length > 0 ? [`both are in VNI ${others.join(', ')} too (--vni)`] : []),
    ...[from, to].flatMap(({note, end}) => (note === undefined ? [] : [`${end.label}: ${note}`])),
  ]);
}

function throughRouter(ground: Ground, end: End, vni: number | undefined, fromOutside: boolean): Traced {
  const routerEnds = new Map<VirtualRouter, End | undefined>();
  const endFor = (router: VirtualRouter): End | undefined => {
    if (!routerEnds.has(router)) {
      const found = findEnd(ground, router.id);
      routerEnds.set(router, found.ok && !found.outside ? found.end : undefined);
    }
    return routerEnds.get(router);
  };
  const candidates = end.nics.filter((nic) => vni === undefined || nic.vni === vni);
  // A NIC that is mapped is the one that is meant.
  const exits = candidates.flatMap((nic) => {
    const exit = exitOf(ground, end, nic, (router) => endFor(router)?.nics.some((one) => one.vni === nic.vni) === true);
    return exit ? [{nic, exit}] : [];
  });
  const best = exits.find(({exit}) => exit.mapping) ?? exits[0];
  if (end.kind === 'router') return failed(`${end.label} is a virtual router: the way to the outside begins at a VM`);
  const routerEnd = best && endFor(best.exit.router);
  const gateway = routerEnd?.nics.find((nic) => nic.vni === best?.nic.vni);
  if (!best || !routerEnd || !gateway) return failed(`no virtual router is in a network of ${end.label}${vni === undefined ? '' : ` with VNI ${vni}`}`, [describe(end)]);
  const inside = locate(ground, end, best.nic);
  const door = locate(ground, routerEnd, gateway);
  const told = best.nic.toldMtu;
  const outLeg = legOf(end.label, 'outside', [...overlayHops(ground, inside, door, !fromOutside), ...outwards(ground, best.exit, best.nic, gateway)], mtuOf(ground, inside));
  const inLeg = legOf('outside', end.label, [...inwards(ground, best.exit, best.nic, gateway), ...overlayHops(ground, door, inside, fromOutside)], told);
  const notes = [
    ...(best.exit.mapping ? [`SDNAT ${best.exit.mapping.external} by ${best.exit.router.host ?? best.exit.router.id}: ${best.exit.mapping.verdict}${best.exit.mapping.note ? `, ${best.exit.mapping.note}` : ''}`] : [`no SDNAT mapping for ${best.nic.ip ?? best.nic.mac}`]),
    ...(inside.note === undefined ? [] : [`${end.label}: ${inside.note}`]),
  ];
  const outside: TraceEnd = {kind: 'outside', label: 'outside', vmId: undefined, mac: undefined, ip: best.exit.mapping?.external, host: undefined};
  return fromOutside
    ? finished(ground, outside, endOf(inside), best.nic.vni, inLeg, outLeg, best.exit.mapping ? notes : [...notes, 'without a mapping nobody outside can begin'])
    : finished(ground, endOf(inside), outside, best.nic.vni, outLeg, inLeg, notes);
}

/** What the end sends at most: read on a virtual router, told to a VM, else what its tap takes. */
function mtuOf(ground: Ground, {end, nic, tap}: Plugged): number | undefined {
  return ownMtu(ground, end, nic) ?? nic.toldMtu ?? tap?.mtu;
}
function ownMtu(ground: Ground, end: End, nic: Nic): number | undefined {
  const {appliance} = end;
  return appliance === undefined ? undefined : ground.linkOf(appliance, nic.mac)?.mtu;
}

function finished(ground: Ground, from: TraceEnd, to: TraceEnd, vni: number, there: Leg, back: Leg, notes: readonly string[]): Traced {
  const reaches = both(there.passes, back.passes);
  const reachesFull = reaches === 'yes' ? both(there.full, there.senderMtu === undefined ? 'unknown' : carriesInPieces(back, there.senderMtu)) : reaches;
  const mtu = there.mtu === undefined || back.mtu === undefined ? undefined : Math.min(there.mtu, back.mtu);
  const guests = [from, to].filter(({kind}) => kind === 'vm' || kind === 'station').map(({label}) => label);
  const blind = guests.length > 0 ? [
    `inside ${guests.join(' and ')}: the guest's own MTU, addresses, firewall and gateway are not visible from outside`,
    'security groups of OpenNebula are not looked at',
  ] : [];
  const missing = reaches === 'unknown' || reachesFull === 'unknown' ? missingOf(there, back) : [];
  return {ok: true, trace: {at: ground.view.fabric.at, from, to, vni, there, back, reaches, reachesFull, mtu, says: sentence(from, to, reaches, there, back, mtu), missing, blind, notes}};
}

function sentence(from: TraceEnd, to: TraceEnd, reaches: Answer, there: Leg, back: Leg, mtu: number | undefined): string {
  const broken = there.breaksAt !== undefined ? there : back;
  if (reaches === 'no') {
    const hop = broken.hops[broken.breaksAt as number];
    return `${from.label} does not reach ${to.label}: ${broken === there ? '' : 'the answer does not arrive, '}${hop?.says ?? ''}`;
  }
  if (reaches === 'unknown') return `whether ${from.label} reaches ${to.label} is not known: not everything was read`;
  const limited = [there, back].find(({full}) => full === 'no');
  if (limited?.limitedBy !== undefined) {
    const hop = limited.hops[limited.limitedBy];
    return `${from.label} reaches ${to.label}, but not at full size: from ${limited.from} to ${limited.to} ${limited.mtu} B of ${limited.senderMtu} B, limited by ${hop?.what}${hop?.host ? ` of ${hop.host}` : ''}`;
  }
  return `${from.label} reaches ${to.label}, up to ${mtu ?? '?'} B`;
}

export {describe};
