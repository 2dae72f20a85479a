/**
 * Holds traces against pings: what is told of each way from what was read, and what was measured from inside at the same
 * time, must be the same, for small packets and for full ones.
 */
import {labFault} from '../../lab/faults/index.ts';
import type {Stage} from '../../lab/faults/index.ts';
import type {Truth, Way, WayTruth} from '../../lab/truth.ts';
import {View} from '../../src/checks/view.ts';
import type {Fabric} from '../../src/model/fabric.ts';
import type {Answer} from '../../src/model/trace.ts';
import {trace} from '../../src/trace/trace.ts';

/** What a trace says of one way; plain data, so that it can come from the console in `ops`. */
export interface TracedWay {
  readonly from: string;
  readonly to: string;
  readonly kind: Way['kind'];
  readonly small: Answer;
  readonly full: Answer;
  readonly says: string;
  readonly missing: readonly string[]; // "kvm2 ip.links"
}

/**
 * The traces of these ways. A way through SDNAT is one from the outside. `macs`: MAC → name (Names.macs), for ends that go
 * by no name because OpenNebula shows no VMs.
 */
export function tracesOf(fabric: Fabric, now: number, ways: readonly Pick<Way, 'from' | 'to' | 'kind' | 'vni'>[], macs: ReadonlyMap<string, string> = new Map()): readonly TracedWay[] {
  const view = new View(fabric, now);
  const nameless = fabric.vms.length === 0 ? new Map([...macs].map(([mac, name]) => [name, mac])) : new Map<string, string>();
  return ways.map(({from, to, kind, vni}): TracedWay => {
    const traced = trace(view, kind === 'sdnat' ? 'outside' : (nameless.get(from) ?? from), nameless.get(to) ?? to, {vni});
    if (!traced.ok) return {from, to, kind, small: 'unknown', full: 'unknown', says: traced.says, missing: []};
    const {reaches, reachesFull, says, missing} = traced.trace;
    return {from, to, kind, small: reaches, full: reachesFull, says, missing: missing.map(({source, probe}) => `${source} ${probe}`)};
  });
}

/** What cannot be read on a host, and so is not told; the ping knows better. */
const blindSpots: Readonly<Record<string, (way: WayTruth, size: 'small' | 'full') => boolean>> = {
  // The guest's own MTU.
  'vm-mtu-1500': (way, size) => size === 'full' && !way.full,
  // The guest's own gateway.
  'vm-wrong-gateway': (way) => way.kind === 'sdnat',
};
/** Where the ping is misled: the router itself answers for the address, and the VM behind it is not reached. */
const misled: Readonly<Record<string, (way: WayTruth) => boolean>> = {
  'nat-address-without-rule': (way) => way.kind === 'sdnat',
};
/** Whose address a mapping leads to is not known where OpenNebula shows no VMs: MACs have no addresses on plain bridges. */
const unnamed = new Set(['one-no-rights']);
/** Where the console is kept from reading a host, "not known" is the right answer, if it says what is missing. */
const unreadable = (stage: Stage, {small, missing}: TracedWay, dark: ReadonlySet<string>): boolean =>
  small === 'unknown' && missing.length > 0 && missing.every((one) => dark.has(one.split(' ')[0] as string) || dark.has(stage.target));

/**
 * Disagreements, in words; empty: none. `dark`: hosts that the console could not read in this round, or not in full (as
 * when the user may not), by which a trace may say that it does not know.
 */
export function traceSurprises(fault: string, stage: Stage, traced: readonly TracedWay[], truth: Truth, dark: readonly string[] = []): readonly string[] {
  const unread = new Set(dark);
  const expects = labFault(fault)?.expects;
  return truth.ways.flatMap((way) => {
    const told = traced.find(({from, to, kind}) => from === way.from && to === way.to && kind === way.kind);
    if (!told) return [`${way.from} > ${way.to}: not traced`];
    return (['small', 'full'] as const).flatMap((size) => {
      // By chance: who has spoken last.
      if (expects?.(way, size, stage) === 'any') return [];
      if (blindSpots[fault]?.(way, size)) return told[size] === 'yes' ? [] : [`${way.from} > ${way.to} ${size}: a blind spot no more: ${told.says}`];
      const passes = misled[fault]?.(way) ? false : way[size];
      if (told[size] === (passes ? 'yes' : 'no')) return [];
      if (unnamed.has(fault) && way.kind === 'sdnat' && told[size] === 'unknown') return [];
      if (unread.size > 0 && unreadable(stage, told, unread)) return [];
      return [`${way.from} > ${way.to} ${way.kind} ${size}: ${way[size] ? 'passes' : 'lost'}, the trace says ${told[size]}: ${told.says}${told.missing.length > 0 ? ` (missing ${told.missing.join(', ')})` : ''}`];
    });
  });
}

/** Hosts of which something that traces need was not read in this fabric, also by lack of rights. */
export function darkHosts(fabric: Fabric): readonly string[] {
  const needed = ['ip.links', 'ip.routes', 'ip.addresses', 'bridge.fdb', 'wg.interfaces', 'nf.firewall'] as const;
  return [...fabric.hosts.values()].filter(({access, readings}) => access.phase !== 'ready' || needed.some((probe) => readings[probe]?.problem !== undefined)).map(({spec}) => spec.name);
}
