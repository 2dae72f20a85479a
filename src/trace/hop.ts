/** Making hops: short forms for the four verdicts. */
import type {Evidence, Missing, RowRef} from '../model/finding.ts';
import type {HostProbeId} from '../model/fabric.ts';
import type {Hop, HopKind, HopVerdict} from '../model/trace.ts';
import type {View} from '../checks/view.ts';

export interface Place {
  readonly kind: HopKind;
  readonly host: string | undefined;
  readonly what: string;
  readonly row?: RowRef;
}
interface More {
  readonly mtu?: number | undefined;
  readonly fragments?: boolean;
  readonly decides?: boolean;
  readonly evidence?: readonly Evidence[];
  readonly missing?: readonly Missing[];
}

export function hop(place: Place, verdict: HopVerdict, says: string, more: More = {}): Hop {
  return {
    kind: place.kind, host: place.host, what: place.what, row: place.row, verdict, says,
    decides: more.decides ?? true, mtu: more.mtu, fragments: more.fragments ?? false, evidence: more.evidence ?? [], missing: more.missing ?? [],
  };
}

/** Not read: which probes of which host, and why. */
export function unread(view: View, place: Place, host: string, probes: readonly HostProbeId[], says = `not read: ${probes.join(', ')} of ${host}`, decides = true): Hop {
  return hop(place, 'unknown', says, {missing: probes.map((probe) => view.missing(host, probe)), decides});
}

export function read(view: View, host: string, probe: HostProbeId, text: string): Evidence {
  return {text, stamp: view.stamp(host, probe)};
}
