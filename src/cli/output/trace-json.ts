/** A trace as plain data: docs/schema/trace.schema.json says what it is. */
import type {Stamp} from '../../model/reading.ts';
import type {Leg, Trace} from '../../model/trace.ts';

export function traceJson({from, to, vni, reaches, reachesFull, mtu, says, there, back, missing, blind, notes}: Trace): Readonly<Record<string, unknown>> {
  return {from: plain(from), to: plain(to), vni, reaches, reachesFull, mtu: mtu ?? null, says, there: legJson(there), back: legJson(back), missing, notSeen: blind, notes};
}

function legJson(leg: Leg): unknown {
  return {
    from: leg.from, to: leg.to, passes: leg.passes, full: leg.full, senderMtu: leg.senderMtu ?? null, mtu: leg.mtu ?? null, limitedBy: leg.limitedBy ?? null, breaksAt: leg.breaksAt ?? null,
    hops: leg.hops.map(({kind, host, what, verdict, says, decides, mtu, evidence, missing}) => ({
      kind, host: host ?? null, what, verdict, says, decides, mtu: mtu ?? null, evidence: evidence.map(({text, stamp}) => ({text, ...(stamp ? {read: stampJson(stamp)} : {})})), missing,
    })),
  };
}

const stampJson = ({source, probe, at}: Stamp): unknown => ({source, probe, at: at === undefined ? null : new Date(at).toISOString()});

/** JSON has no undefined: what is not there is null. */
const plain = (value: object): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(value).map(([key, one]) => [key, one ?? null]));
