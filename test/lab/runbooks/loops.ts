/** The long ways round: each step taken back, and a console killed at every point. They throw where something is not as it was. */
import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {argsOf, chainOf, firstStep, stepsOf, type Link} from './chain.ts';
import {differences, shapeOf, type Allowing, type Shape} from './shape.ts';
import type {Site} from './site.ts';

type Say = (says: string) => void;

const argumentsOf = (site: Site, runbook: string): readonly string[] => argsOf(chainOf(site).find((link) => link.runbook === runbook)!);
export const states = (json: string): readonly (readonly [step: string, state: string])[] => (JSON.parse(json) as {steps: readonly {step: string; state: string}[]}).steps.map(({step, state}) => [step, state]);
const same = async (site: Site, before: Shape, what: string, allowing?: Allowing): Promise<void> => assert.deepEqual(differences(before, await shapeOf(site.lab), allowing), [], what);

/** Of each site, its runbooks: built, or begun by a loop that has not come to its end. */
const builtOn = new WeakMap<Site, Map<string, 'begun' | 'built'>>();
const builtOf = (site: Site): Map<string, 'begun' | 'built'> => builtOn.get(site) ?? builtOn.set(site, new Map()).get(site)!;
/** All that comes before a runbook in the chain, and is not built yet; and the runbook itself is begun. Tells how it was left. */
async function builtBefore(site: Site, runbook: string): Promise<'begun' | 'built' | undefined> {
  const built = builtOf(site);
  for (const link of chainOf(site)) {
    if (link.runbook === runbook) break;
    if (built.get(link.runbook) !== 'built') await site.run([...argsOf(link), '--yes']);
    built.set(link.runbook, 'built');
  }
  const before = built.get(runbook);
  if (runbook !== '') built.set(runbook, 'begun');
  return before;
}
/** The same, and the runbook itself is taken back where a loop was there before. `standing`: it is for the whole fabric. */
async function bareBefore(site: Site, runbook: string, standing: boolean): Promise<void> {
  const left = standing ? builtOf(site).get(runbook) : await builtBefore(site, runbook);
  if (standing) {
    await builtWhole(site);
    builtOf(site).set(runbook, 'begun');
  }
  if (left === 'built') await site.run(back(runbook));
  // A loop that failed has left it half way: as far as it can be taken back.
  if (left === 'begun') await site.console(['run', ...back(runbook)]);
}

export const builtWhole = (site: Site): Promise<unknown> => builtBefore(site, '');

/** A step that changed something, and the session in which it is done at the end. */
export interface Changed {
  readonly step: string;
  readonly session: string;
}

/** Step by step: done, taken back, compared with what was there before it, done again. */
export async function undoEachStep(site: Site, runbook: string, say: Say = () => undefined): Promise<readonly Changed[]> {
  await builtBefore(site, runbook);
  const changed = await eachUndone(site, runbook, argumentsOf(site, runbook), say);
  builtOf(site).set(runbook, 'built');
  return changed;
}

/** The same of a runbook that is for a fabric which stands, and taken back as a whole at the end. */
export async function undoEachOnStanding(site: Site, {runbook, inputs}: Link, say: Say = () => undefined): Promise<readonly Changed[]> {
  await builtWhole(site);
  const before = await shapeOf(site.lab);
  const changed = await eachUndone(site, runbook, argsOf({runbook, inputs}), say);
  for (const {step, session} of changed.toReversed()) await site.run([runbook, '--resume', session, '--undo-to', step, '--yes']);
  await same(site, before, `${runbook} is taken back`, {restarted: true});
  return changed;
}

async function eachUndone(site: Site, runbook: string, args: readonly string[], say: Say): Promise<readonly Changed[]> {
  const steps = stepsOf(runbook);
  const changed: Changed[] = [];
  for (const [at, step] of steps.entries()) {
    // Those before it are so already; those after it wait.
    const upTo = [...args, ...steps.slice(at + 1).flatMap((later) => ['--skip', `${later}=not yet`]), '--yes', '-o', 'json'];
    const before = await shapeOf(site.lab);
    const state = states((await site.run(upTo)).stdout).find(([id]) => id === step)?.[1] ?? '';
    say(`${runbook} ${step}: ${state}`);
    if (state !== 'done') {
      assert.match(state, /^(already so|not needed)$/, step);
      await same(site, before, `${step} has done nothing`);
      continue;
    }
    assert.notDeepEqual(differences(before, await shapeOf(site.lab)), [], `${step} has done something`);
    await site.run([runbook, '--undo-to', step, '--yes']);
    await same(site, before, `${step} is taken back`, {restarted: true});
    say(`${runbook} ${step}: taken back`);
    changed.push({step, session: (JSON.parse((await site.run(upTo)).stdout) as {session: string}).session});
  }
  return changed;
}

const back = (runbook: string): readonly string[] => [runbook, '--undo-to', firstStep(runbook), '--yes'];
/** The points of its journal that a console passes with these arguments. */
export async function pointsOf(site: Site, args: readonly string[]): Promise<readonly string[]> {
  rmSync(site.killLog, {force: true});
  const whole = await site.console(['run', ...args], {killAt: 100_000});
  assert.equal(whole.code, 0, whole.text);
  return readFileSync(site.killLog, 'utf8').trim().split('\n');
}

export interface Passed {
  readonly doing: readonly string[];
  readonly undoing: readonly string[];
}

/**
 * The points that its doing and its undoing pass. The doing, killed at one of them, is taken up again, to the same end;
 * the undoing, killed at one of them, is given once more, to what was there before. Each is what leads to the other's
 * beginning. It ends done; with `inputs`, which are for a runbook on a fabric that stands, taken back.
 */
export async function killEverywhere(site: Site, runbook: string, which: (point: number) => boolean = () => true, say: Say = () => undefined, inputs?: readonly string[]): Promise<Passed> {
  const args = [...(inputs === undefined ? argumentsOf(site, runbook) : argsOf({runbook, inputs})), '--yes'];
  await bareBefore(site, runbook, inputs !== undefined);
  const before = await shapeOf(site.lab);
  const doing = await pointsOf(site, args);
  const end = await shapeOf(site.lab);
  const undoing = await pointsOf(site, back(runbook));
  await same(site, before, 'taken back', {restarted: true});
  for (let killAt = 0; killAt < Math.max(doing.length, undoing.length); killAt++) {
    if (!which(killAt)) continue;
    const killed = async (given: readonly string[], at: string): Promise<void> => {
      const one = await site.console(['run', ...given], {killAt});
      assert.equal(one.code, 137, `${at}: ${one.text}`);
    };
    if (killAt >= doing.length) await site.run(args);
    else {
      const at = `${killAt} ${doing[killAt]!}`;
      await killed(args, at);
      const next = await site.console(['run', runbook, '--resume', '--yes']);
      // Nothing was begun yet: there is no session, and the dead console's lock is taken over knowingly.
      if (next.code === 2 && next.stderr.includes('there is no session')) await site.run([...args, '--take-over']);
      else assert.equal(next.code, 0, `${at}: ${next.text}`);
      await same(site, end, `after ${at}`, {restarted: true, anew: true});
      say(`${runbook}: as well when it was killed at ${at}`);
    }
    const at = `${killAt} ${undoing[killAt] ?? 'nowhere'}`;
    if (killAt < undoing.length) await killed(back(runbook), at);
    await site.run(back(runbook));
    await same(site, before, `its undoing killed at ${at}, and undone again`, {restarted: true});
    if (killAt < undoing.length) say(`${runbook}: undone as well when that was killed at ${at}`);
  }
  await site.run(args);
  const again = states((await site.run([...args, '-o', 'json'])).stdout);
  assert.deepEqual(again.filter(([, state]) => state !== 'already so' && state !== 'not needed'), []);
  builtOf(site).set(runbook, 'built');
  if (inputs !== undefined) {
    await site.run(back(runbook));
    builtOf(site).delete(runbook);
  }
  return {doing, undoing};
}
