/** The long ways round: each step taken back, and a console killed at every point. They throw where something is not as it was. */
import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {argsOf, chainOf, firstStep, stepsOf} from './chain.ts';
import {differences, shapeOf, type Allowing, type Shape} from './shape.ts';
import type {Site} from './site.ts';

type Say = (says: string) => void;

const argumentsOf = (site: Site, runbook: string): readonly string[] => argsOf(chainOf(site).find((link) => link.runbook === runbook)!);
export const states = (json: string): readonly (readonly [step: string, state: string])[] => (JSON.parse(json) as {steps: readonly {step: string; state: string}[]}).steps.map(({step, state}) => [step, state]);
const same = async (site: Site, before: Shape, what: string, allowing?: Allowing): Promise<void> => assert.deepEqual(differences(before, await shapeOf(site.lab), allowing), [], what);

const built = new WeakMap<Site, Set<string>>();
/** All that comes before a runbook in the chain, once on each site. Tells whether a loop over itself was there before. */
async function builtBefore(site: Site, runbook: string): Promise<boolean> {
  const there = built.get(site) ?? new Set<string>();
  built.set(site, there);
  for (const link of chainOf(site)) {
    if (link.runbook === runbook) break;
    if (!there.has(link.runbook)) await site.run([...argsOf(link), '--yes']);
    there.add(link.runbook);
  }
  const before = there.has(runbook);
  if (runbook !== '') there.add(runbook);
  return before;
}

export const builtWhole = (site: Site): Promise<unknown> => builtBefore(site, '');

/** Step by step: done, taken back, compared with what was there before it, done again. Gives the steps that changed something. */
export async function undoEachStep(site: Site, runbook: string, say: Say = () => undefined): Promise<readonly string[]> {
  await builtBefore(site, runbook);
  const args = argumentsOf(site, runbook);
  const steps = stepsOf(runbook);
  const changed: string[] = [];
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
    await site.run(upTo);
    changed.push(step);
  }
  return changed;
}

const back = (runbook: string): readonly string[] => [runbook, '--undo-to', firstStep(runbook), '--yes'];
/** The points of its journal that a console passes with these arguments. */
async function pointsOf(site: Site, args: readonly string[]): Promise<readonly string[]> {
  rmSync(site.killLog, {force: true});
  const whole = await site.console(['run', ...args], {killAt: 100_000});
  assert.equal(whole.code, 0, whole.text);
  return readFileSync(site.killLog, 'utf8').trim().split('\n');
}

/** The points that a run of it passes; from each, killed there: taken up again, to the same end, and taken back. */
export async function killEverywhere(site: Site, runbook: string, which: (point: number) => boolean = () => true, say: Say = () => undefined): Promise<readonly string[]> {
  const args = [...argumentsOf(site, runbook), '--yes'];
  if (await builtBefore(site, runbook)) await site.run(back(runbook));
  const before = await shapeOf(site.lab);
  const passed = await pointsOf(site, args);
  const end = await shapeOf(site.lab);
  for (const [killAt, point] of passed.entries()) {
    if (!which(killAt)) continue;
    const at = `${killAt} ${point}`;
    await site.run(back(runbook));
    await same(site, before, `taken back before ${at}`, {restarted: true});
    const killed = await site.console(['run', ...args], {killAt});
    assert.equal(killed.code, 137, `${at}: ${killed.text}`);
    const next = await site.console(['run', runbook, '--resume', '--yes']);
    // Nothing was begun yet: there is no session, and the dead console's lock is taken over knowingly.
    if (next.code === 2 && next.stderr.includes('there is no session')) await site.run([...args, '--take-over']);
    else assert.equal(next.code, 0, `${at}: ${next.text}`);
    await same(site, end, `after ${at}`, {restarted: true, keys: true});
    say(`${runbook}: as well when it was killed at ${at}`);
  }
  const again = states((await site.run([...args, '-o', 'json'])).stdout);
  assert.deepEqual(again.filter(([, state]) => state !== 'already so' && state !== 'not needed'), []);
  return passed;
}

/** The points that its undoing passes; from each, killed there: undone once more, to what was there before it. It ends done. */
export async function killUndoing(site: Site, runbook: string, which: (point: number) => boolean = () => true, say: Say = () => undefined): Promise<readonly string[]> {
  const args = [...argumentsOf(site, runbook), '--yes'];
  if (await builtBefore(site, runbook)) await site.run(back(runbook));
  const before = await shapeOf(site.lab);
  await site.run(args);
  const passed = await pointsOf(site, back(runbook));
  await same(site, before, 'taken back', {restarted: true});
  for (const [killAt, point] of passed.entries()) {
    if (!which(killAt)) continue;
    const at = `${killAt} ${point}`;
    await site.run(args);
    const killed = await site.console(['run', ...back(runbook)], {killAt});
    assert.equal(killed.code, 137, `${at}: ${killed.text}`);
    await site.run(back(runbook));
    await same(site, before, `its undoing killed at ${at}, and undone again`, {restarted: true});
    say(`${runbook}: undone as well when that was killed at ${at}`);
  }
  await site.run(args);
  return passed;
}
