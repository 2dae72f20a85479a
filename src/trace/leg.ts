/** From hops to what they mean for a direction. Pure. */
import type {Missing} from '../model/finding.ts';
import type {Answer, Hop, Leg} from '../model/trace.ts';

export function legOf(from: string, to: string, hops: readonly Hop[], senderMtu: number | undefined): Leg {
  const deciding = hops.filter(({decides}) => decides);
  const breaksAt = hops.findIndex(({decides, verdict}) => decides && verdict === 'breaks');
  const dark = deciding.some(({verdict}) => verdict === 'unknown');
  const passes: Answer = breaksAt >= 0 ? 'no' : dark ? 'unknown' : 'yes';
  let limitedBy: number | undefined;
  let least = Infinity;
  hops.forEach(({mtu, decides}, i) => {
    // The sender's own MTU limits nothing that it sends.
    if (!decides || mtu === undefined || i === 0 || mtu >= least) return;
    least = mtu;
    limitedBy = i;
  });
  const mtu = passes === 'yes' && least < Infinity ? least : undefined;
  const short = senderMtu !== undefined && least < senderMtu;
  // The end of the way is told the same MTU as its beginning as a rule: it limits only where it differs.
  return {
    from, to, hops, passes, senderMtu, mtu: mtu === undefined ? undefined : Math.min(mtu, senderMtu ?? mtu),
    full: passes === 'no' || short ? 'no' : passes === 'unknown' || senderMtu === undefined ? 'unknown' : 'yes',
    limitedBy: short ? limitedBy : undefined,
    breaksAt: breaksAt >= 0 ? breaksAt : undefined,
  };
}

/** Whether packets of this length pass a direction when they may be cut in pieces. */
export function carriesInPieces({hops, passes}: Leg, bytes: number): Answer {
  if (passes !== 'yes') return passes;
  return hops.some(({decides, fragments, mtu}, i) => i > 0 && decides && !fragments && mtu !== undefined && mtu < bytes) ? 'no' : 'yes';
}

export const both = (a: Answer, b: Answer): Answer => (a === 'no' || b === 'no' ? 'no' : a === 'unknown' || b === 'unknown' ? 'unknown' : 'yes');

export function missingOf(...legs: readonly Leg[]): readonly Missing[] {
  const seen = new Map<string, Missing>();
  for (const {hops} of legs) for (const {decides, missing} of hops) if (decides) for (const one of missing) seen.set(`${one.source} ${one.probe}`, one);
  return [...seen.values()];
}
