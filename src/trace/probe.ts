/**
 * What a trace says, put to the test: pings from where one can be sent, and whether their answers agree. Plans commands
 * and judges answers; sends nothing. Pure.
 */
import type {View} from '../checks/view.ts';
import type {Answer, Hop, Leg, Trace} from '../model/trace.ts';
import {both} from './leg.ts';
import {parseAddress} from './prefix.ts';
import {trace as traceOf} from './trace.ts';

/** One ping of three packets, a second each. */
export interface Probe {
  readonly host: string; // where it is sent from
  readonly command: string; // verbatim
  readonly tests: string; // what it is held against, in words
  /** What the trace says of this packet. */
  readonly expected: Answer;
}

export interface ProbeResult extends Probe {
  readonly sent: number | undefined; // undefined: the ping gave no count
  readonly received: number | undefined;
  readonly verdict: 'agrees' | 'contradicts' | 'unknown'; // unknown: the trace, or the ping, does not tell
  readonly says: string;
}

/** Seconds that a probe may take on the host: three packets, a second between them, and one to wait for the last. */
export const probeDeadlineS = 6;
const packets = 3;
/** Outer IP, UDP, VXLAN and inner Ethernet around a guest's packet; and the IP and ICMP headers that ping adds itself. */
const around = {inet: 50, inet6: 70} as const;
const headers = {inet: 28, inet6: 48} as const;

/** Everything that can be tried for a trace: the underlay each way, and each VM from the virtual router of its network. */
export function probesOf(view: View, trace: Trace): readonly Probe[] {
  const {from, to} = trace;
  const probes: Probe[] = [];
  const [a, b] = [hostOf(trace.there), hostOf(trace.back)];
  if (a !== undefined && b !== undefined && a !== b) probes.push(...underlay(view, trace.there, trace.back, a, b), ...underlay(view, trace.back, trace.there, b, a));
  for (const end of [from, to]) if (end.kind === 'vm' && end.ip !== undefined) probes.push(...fromRouter(view, trace.vni, end.label, end.ip));
  return probes;
}

/** The hypervisor that a leg leaves from: that of its first bridge port. */
const hostOf = ({hops}: Leg): string | undefined => hops.find(({kind}) => kind === 'tap')?.host;

/** Between VTEPs, not to be fragmented: at the path MTU, and at the sender's own where that is longer. */
function underlay(view: View, way: Leg, reverse: Leg, from: string, to: string): readonly Probe[] {
  const address = view.underlayAddress(to);
  if (address === undefined || !parseAddress(address)) return [];
  const family = address.includes(':') ? 'inet6' : 'inet';
  const hops = crossing(way, from, to);
  const carries = hops.reduce((least, {mtu}) => Math.min(least, mtu ?? Infinity), Infinity);
  // An echo may come back in pieces: the size counts in one direction.
  const small = both(passes(hops), passes(crossing(reverse, to, from)));
  const path = way.mtu ?? (Number.isFinite(carries) ? carries : way.senderMtu);
  const probe = (bytes: number, expected: Answer, what: string): Probe => {
    const outer = bytes + around[family];
    return {host: from, command: `ping -n -c ${packets} -i 1 -W 1 -M do -s ${outer - headers[family]} ${address}`, tests: `underlay of ${from} to ${to}, ${what}: ${bytes} B of a guest, ${outer} B outside`, expected};
  };
  if (path === undefined) return [];
  const probes = [probe(path, small, 'path MTU')];
  if (way.senderMtu !== undefined && way.senderMtu > path) probes.push(probe(way.senderMtu, carries < way.senderMtu ? 'no' : small, 'MTU of the sender'));
  return probes;
}

/** From the route to what the receiver takes in; VXLAN's own port is not what a ping meets. */
function crossing({hops}: Leg, from: string, to: string): readonly Hop[] {
  const first = hops.findIndex(({kind, host}) => kind === 'route' && host === from);
  const last = hops.findLastIndex(({kind, host}) => (kind === 'wireguard' || kind === 'route') && (host === from || host === to));
  return first === -1 ? [] : hops.slice(first, last + 1);
}
const passes = (hops: readonly Hop[]): Answer => {
  if (hops.some(({verdict}) => verdict === 'breaks')) return 'no';
  return hops.length === 0 || hops.some(({verdict}) => verdict === 'unknown') ? 'unknown' : 'yes';
};

/** A VM from the virtual router of its network, held against the trace of that way. */
function fromRouter(view: View, vni: number, vm: string, ip: string): readonly Probe[] {
  for (const {host} of view.fabric.routers) {
    if (host === undefined) continue;
    const traced = traceOf(view, host, vm, {vni});
    // BusyBox, which the appliance has, knows these options only.
    if (traced.ok) return [{host, command: `ping -c ${packets} -W 1 ${ip}`, tests: `VM ${vm} from the virtual router ${host}`, expected: traced.trace.reaches}];
  }
  return [];
}

/** What came of a probe. `problem`: the command could not be run. */
export function judge(probe: Probe, answer: {readonly stdout: string; readonly stderr: string} | {readonly problem: string}): ProbeResult {
  if ('problem' in answer) return {...probe, sent: undefined, received: undefined, verdict: 'unknown', says: `could not be sent: ${answer.problem}`};
  const counted = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(answer.stdout);
  if (!counted) return {...probe, sent: undefined, received: undefined, verdict: 'unknown', says: `ping did not count: ${answer.stderr.trim().split('\n')[0] || 'no output'}`};
  const [sent, received] = [Number(counted[1]), Number(counted[2])];
  const long = /message too long[^\n]*|frag needed[^\n]*/i.exec(`${answer.stdout}\n${answer.stderr}`)?.[0];
  const came = `${received} of ${sent} answered${received === 0 && long ? ` (${long.trim()})` : ''}`;
  if (probe.expected === 'unknown') return {...probe, sent, received, verdict: 'unknown', says: `${came}; the trace could not tell`};
  const agrees = (probe.expected === 'yes') === received > 0;
  if (agrees) return {...probe, sent, received, verdict: 'agrees', says: `${came}: agrees with the trace`};
  return {...probe, sent, received, verdict: 'contradicts', says: `${came}: contradicts the trace, which says that ${probe.expected === 'yes' ? 'it passes' : 'it does not pass'}${probe.expected === 'yes' && probe.tests.startsWith('VM') ? ' (unless the guest answers no ping)' : ''}`};
}
