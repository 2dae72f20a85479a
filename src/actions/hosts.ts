/** What many actions ask of a host before they touch it. Pure. */
import type {Candidate, Condition} from '../model/action.ts';
import type {Fabric} from '../model/fabric.ts';
import {fails, passes, unknown} from './action.ts';

/** Every host of the context; those that cannot be reached, with the reason. */
export const hostCandidates = (fabric: Fabric): readonly Candidate[] =>
  [...fabric.hosts.values()].map(({spec, access}) => ({
    value: spec.name, label: spec.name,
    impossible: access.phase === 'ready' || access.phase === 'idle' || access.phase === 'connecting' ? undefined : `it is not reached: ${access.problem?.detail ?? access.phase}`,
  }));

/** The console is connected to it, and is root there. */
export function hostReached(fabric: Fabric, name: string): Condition {
  const host = fabric.hosts.get(name);
  const condition = `${name} is reached`;
  if (!host) return fails(condition, `there is no host ${name} in this context`);
  const {phase, problem} = host.access;
  if (phase !== 'ready') return phase === 'connecting' || phase === 'idle' ? unknown(condition, `${name} is not connected yet`) : fails(condition, `${name} is not reached: ${problem?.detail ?? phase}`);
  return problem?.kind === 'denied' ? fails(condition, `${name}: ${problem.detail}`) : passes(condition, `${name} answers, as root`);
}
