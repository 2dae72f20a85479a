/** What a reading without a value means where it is normal: it is shown in the host's detail, and is nobody's trouble. */
import type {HostState} from '../model/fabric.ts';
import type {Observation} from '../model/reading.ts';

export function isNormal({spec, readings}: HostState, {probe, problem}: Observation<unknown>): boolean {
  switch (problem?.kind) {
    case 'unsupported':
    case 'not-installed':
      return true;
    case 'not-running':
      // GoBGP speaks in FRR's place.
      return probe.startsWith('frr.') && readings['gobgp.speaker']?.value !== undefined && !readings['gobgp.speaker'].problem;
    case 'not-configured': {
      // A reflector without a VXLAN device has no VNI, hence no MACs; a front-end runs no FRR that matters.
      const speaksBgp = spec.roles.includes('vtep') || spec.roles.includes('reflector');
      const noVni = readings['frr.vnis']?.value?.length === 0 && !readings['frr.vnis'].problem;
      return !speaksBgp || (noVni && (probe === 'frr.macs' || probe === 'frr.arp'));
    }
    default:
      return false;
  }
}
