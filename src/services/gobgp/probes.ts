/** GoBGP is asked only where FRR does not run: one of the two speaks BGP on a host. */
import type {AnyProbe} from '../probe.ts';
import {parseSpeaker, speakerCommand} from './speaker.ts';

export const gobgpProbes: readonly AnyProbe[] = [{
  id: 'gobgp.speaker',
  tier: 'fast',
  deadlineS: 4,
  maxBytes: 1024 * 1024,
  command: ({readings}) => {
    const daemons = readings['frr.daemons'];
    if (daemons?.value !== undefined && daemons.problem === undefined) return {kind: 'unsupported', detail: 'FRR speaks BGP here'};
    if (daemons?.problem?.kind === 'not-running' || daemons?.problem?.kind === 'not-installed') return speakerCommand;
    return {kind: 'unsupported', detail: 'asked where FRR is known not to run'};
  },
  parse: parseSpeaker,
}];
