/**
 * Root causes and their symptoms. A finding explains another when it breaks something that the other needs, or that
 * what it needs rests on. Each finding gets one place: under the nearest that explains it, or at the top.
 */
import type {Finding, Result} from '../model/finding.ts';
import {layerOf, type Rests} from './rests.ts';
import {components} from './components.ts';
import {findingId} from './run.ts';

const severity = {fail: 0, warn: 1, unknown: 2} as const;
type Told = Result & {readonly outcome: keyof typeof severity};
const isTold = (result: Result): result is Told => result.outcome !== 'pass';

/** A tree of findings; `since` of each comes from the caller. */
export function fold(results: readonly Result[], rests: Rests, sinceOf: (id: string, result: Result) => number): readonly Finding[] {
  const told = results.filter(isTold);
  const edges = explanations(told, rests);
  const parents = groupBySource(told, parentsOf(told, edges));
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (const [i, parent] of parents.entries()) {
    if (parent === undefined) roots.push(i);
    else children.set(parent, [...(children.get(parent) ?? []), i]);
  }
  const order = (a: number, b: number): number => severity[told[a]!.outcome] - severity[told[b]!.outcome] || a - b;
  const build = (i: number): Finding => {
    const result = told[i]!;
    const id = findingId(result);
    return {...result, id, since: sinceOf(id, result), symptoms: (children.get(i) ?? []).sort(order).map(build)};
  };
  return roots.sort(order).map(build);
}

/** For each result, those that explain it, the nearest first. */
function explanations(told: readonly Told[], rests: Rests): readonly (readonly number[])[] {
  const breakers = new Map<string, number[]>();
  for (const [i, {breaks}] of told.entries()) for (const name of breaks) {
    const list = breakers.get(name);
    if (list) list.push(i);
    else breakers.set(name, [i]);
  }
  if (breakers.size === 0) return told.map(() => []);
  return told.map((result, i) => {
    if (result.needs.length === 0) return [];
    const found: number[] = [];
    const queue = [...result.needs];
    const seen = new Set(queue);
    for (let at = 0; at < queue.length; at++) {
      const name = queue[at]!;
      for (const breaker of breakers.get(name) ?? []) if (breaker !== i && mayExplain(told[breaker]!, result) && !found.includes(breaker)) found.push(breaker);
      for (const below of rests(name)) if (!seen.has(below)) {
        seen.add(below);
        queue.push(below);
      }
    }
    return found;
  });
}

/** A warning is no reason for a failure; what is itself not known is no reason for anything but more of that. */
const mayExplain = (cause: Told, effect: Told): boolean => severity[cause.outcome] <= severity[effect.outcome];

/** One parent each. Findings that explain each other in a circle hang under the one that something else explains, or under the deepest. */
function parentsOf(told: readonly Told[], edges: readonly (readonly number[])[]): readonly (number | undefined)[] {
  const parents: (number | undefined)[] = told.map(() => undefined);
  for (const members of components(edges)) {
    const [only] = members as [number];
    if (members.length === 1) {
      parents[only] = edges[only]![0];
      continue;
    }
    const inside = new Set(members);
    const outer = (i: number): number | undefined => edges[i]!.find((cause) => !inside.has(cause));
    const ordered = [...members].sort((a, b) => deepest(told[a]!) - deepest(told[b]!) || severity[told[a]!.outcome] - severity[told[b]!.outcome] || a - b);
    const head = ordered.find((i) => outer(i) !== undefined) ?? ordered[0]!;
    parents[head] = outer(head);
    // From the head outwards, along what explains what: each under the one that reaches it first.
    const placed = [head];
    const done = new Set(placed);
    for (const cause of placed) for (const i of ordered) if (!done.has(i) && edges[i]!.includes(cause)) {
      parents[i] = cause;
      done.add(i);
      placed.push(i);
    }
  }
  return parents;
}

const deepest = ({breaks}: Told): number => breaks.reduce((least, name) => Math.min(least, layerOf(name)), Infinity);

/** What is not known, and nothing explains, is one finding for each source that has not answered. */
function groupBySource(told: readonly Told[], parents: readonly (number | undefined)[]): readonly (number | undefined)[] {
  const first = new Map<string, number>();
  return parents.map((parent, i) => {
    const source = told[i]!.missing[0]?.source;
    if (parent !== undefined || told[i]!.outcome !== 'unknown' || source === undefined) return parent;
    const head = first.get(source);
    if (head === undefined) first.set(source, i);
    return head;
  });
}

/** Every finding of a tree, the cause first. */
export function* flatten(findings: readonly Finding[]): Generator<Finding> {
  for (const finding of findings) {
    yield finding;
    yield* flatten(finding.symptoms);
  }
}
