/** What every action shares: parameters held to their description, targets compared, conditions weighed. Pure. */
import type {Action, Condition, Param, Params, Target} from '../model/action.ts';
import type {Fabric} from '../model/fabric.ts';

/** Characters that no parameter may hold: it may end up in a shell, in XML, in a line of the journal. */
const harmless = /^[\p{L}\p{N} ._:@/+,=-]{1,255}$/u;

/** Why these parameters cannot be used, a sentence each; empty: they can. Without a fabric, by their shape alone: no reading changes that. */
export function wrongParams(action: Action, given: Params, fabric: Fabric | undefined): readonly string[] {
  const known = new Set(action.params.map(({name}) => name));
  const strange = Object.keys(given).filter((name) => !known.has(name)).map((name) => `${action.id} has no parameter "${name}"; it has ${[...known].join(', ') || 'none'}`);
  return [...strange, ...action.params.flatMap((param) => wrongParam(param, given, fabric) ?? [])];
}

export function wrongParam(param: Param, given: Params, fabric: Fabric | undefined): string | undefined {
  const value = given[param.name];
  if (value === undefined || value === '') return param.required ? `${param.name} is missing: ${param.title}` : undefined;
  if (!harmless.test(value)) return `${param.name}: "${value.slice(0, 60)}" holds characters that cannot be used`;
  const wrong = param.wrong?.(value);
  if (wrong !== undefined) return `${param.name}: ${wrong}`;
  const candidates = fabric && param.candidates?.(fabric, given);
  if (!candidates) return undefined;
  const chosen = candidates.find((candidate) => candidate.value === value);
  if (chosen?.impossible !== undefined) return `${param.name}: ${chosen.label} is not possible: ${chosen.impossible}`;
  if (chosen || param.open) return undefined;
  const possible = candidates.filter(({impossible}) => impossible === undefined).map((candidate) => candidate.value);
  return `${param.name}: there is no "${value}"; possible: ${possible.slice(0, 12).join(', ') || 'none now'}`;
}

/** In which way the targets are no longer those of the plan; empty: they are the same. */
export function changed(planned: readonly Target[], now: readonly Target[]): readonly string[] {
  return planned.flatMap((before) => {
    const after = now.find(({what}) => what === before.what);
    if (!after) return [`${before.what} is gone`];
    return Object.keys({...before.state, ...after.state}).flatMap((key) => {
      const [was, is] = [before.state[key], after.state[key]];
      if (was === is && is !== undefined) return [];
      if (is === undefined) return [`${before.what}: its ${key} could not be read again`];
      return [`${before.what}: its ${key} is now ${is}, it was ${was ?? 'not known'}`];
    });
  });
}

/** The conditions that stop: every fail, and every unknown that was not overridden by name where that is allowed. */
export const stopping = (conditions: readonly Condition[], overridden: readonly string[]): readonly Condition[] =>
  conditions.filter(({name, outcome, mayOverride}) => outcome === 'fail' || (outcome === 'unknown' && !(mayOverride && overridden.includes(name))));

/** Shorthands for conditions. */
export const passes = (name: string, says: string, evidence: Condition['evidence'] = []): Condition => ({name, outcome: 'pass', says, evidence});
export const fails = (name: string, says: string, evidence: Condition['evidence'] = []): Condition => ({name, outcome: 'fail', says, evidence});
export const warns = (name: string, says: string, evidence: Condition['evidence'] = []): Condition => ({name, outcome: 'warn', says, evidence});
export const unknown = (name: string, says: string, more: {readonly evidence?: Condition['evidence']; readonly mayOverride?: boolean} = {}): Condition =>
  ({name, outcome: 'unknown', says, evidence: more.evidence ?? [], ...(more.mayOverride && {mayOverride: true})});

/** The name under which targets name OpenNebula as a source. */
export const openNebula = 'OpenNebula';

/** Why a run is not undone that never came to its first step; runbooks pass over a step with this answer. */
export const nothingDone = 'it has done nothing yet';
