/** Whether a host's packet filter lets a packet in: INPUT or FORWARD, every back end, by the walk that checks use. Pure. */
import type {Firewall} from '../model/network.ts';
import type {Packet as Walked} from '../checks/families/firewall-packet.ts';
import {looksAtSource, verdictOf, type Verdict} from '../checks/families/firewall-walk.ts';

/** Fields that are undefined are not known. */
export interface Packet {
  readonly protocol: Walked['protocol'];
  readonly port: number | undefined; // destination
  readonly inDevice: string | undefined;
  readonly outDevice?: string | undefined; // of a forwarded packet
  readonly source: string | undefined;
  readonly destination?: string | undefined;
}
/** `established`: only what answers, or goes on; `maybe`: a rule decides by what is not known here. */
export type Passage = {readonly verdict: 'accept' | 'drop' | 'established' | 'maybe'; readonly rule: string | undefined};

const kept = new WeakMap<Firewall, Map<string, Passage>>();

/** Kept for one reading; who sends counts only where a rule asks for it. */
export function passage(firewall: Firewall, hook: 'INPUT' | 'FORWARD', packet: Packet): Passage {
  let mine = kept.get(firewall);
  if (!mine) kept.set(firewall, (mine = new Map()));
  const {protocol, port, inDevice, outDevice, source, destination} = packet;
  const key = [hook, protocol, port, inDevice, outDevice, looksAtSource(firewall) ? source : '', destination].join(' ');
  let known = mine.get(key);
  if (!known) mine.set(key, (known = judged(firewall, hook, packet)));
  return known;
}

function judged(firewall: Firewall, hook: 'INPUT' | 'FORWARD', packet: Packet): Passage {
  const as = (state: Walked['state']): Verdict => verdictOf(firewall, hook, {destination: undefined, ...packet, sourcePort: undefined, state});
  const first = as('NEW');
  if (first.let === 'in') return first.perhaps === undefined ? {verdict: 'accept', rule: undefined} : {verdict: 'maybe', rule: first.perhaps};
  const answer = as('ESTABLISHED');
  if (first.let === 'unclear' || answer.let === 'unclear') return {verdict: 'maybe', rule: first.why};
  return {verdict: answer.let === 'in' ? 'established' : 'drop', rule: first.why};
}
