/** Runbooks that follow each other: the order of their stages. Those without one stand for themselves. */
import type {Runbook} from './model.ts';

/** Runbook.origin of those that come with the console. */
export const builtIn = 'built in';

/** By stage, then by name; those without a stage after them. */
export const inOrder = (runbooks: readonly Runbook[]): readonly Runbook[] =>
  runbooks.toSorted((a, b) => (a.stage ?? Infinity) === (b.stage ?? Infinity) ? (a.name < b.name ? -1 : 1) : (a.stage ?? Infinity) - (b.stage ?? Infinity));

/** What comes after one of them; undefined: it has no stage, or is the last. */
export const following = (runbooks: readonly Runbook[], {stage}: Runbook): Runbook | undefined =>
  stage === undefined ? undefined : inOrder(runbooks).find((one) => one.stage !== undefined && one.stage > stage);
