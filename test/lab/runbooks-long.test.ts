/**
 * Every built-in runbook of the chain on bare hosts: each step taken back to what was there before it, and a console that
 * is killed at every point of its journal, taken up again, to the same end.
 */
import {readFileSync, rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {argsOf, chainOf, firstStep, stepsOf, type Link} from './runbooks/chain.ts';
import {differences, shapeOf} from './runbooks/shape.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();
/** In the order of the chain; the first only look. */
const changing = ['grant-access', 'backup', 'wireguard-mesh', 'firewall-fabric', 'bgp-evpn', 'evpn-network', 'multi-edge-cluster', 'appliances', 'virtual-router', 'test-vms'];

const linkOf = (site: Site, runbook: string): Link => chainOf(site).find((link) => link.runbook === runbook)!;
const states = (json: string): readonly (readonly [step: string, state: string])[] => (JSON.parse(json) as {steps: readonly {step: string; state: string}[]}).steps.map(({step, state}) => [step, state]);

describe.skipIf(why)(`the undo of every step${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('undos');
  });
  afterAll(() => site?.close());

  it.each(changing)('of %s: what was there before it', async (runbook) => {
    const args = argsOf(linkOf(site, runbook));
    const steps = stepsOf(runbook);
    for (const [at, step] of steps.entries()) {
      // Those before it are so already; those after it wait.
      const upTo = [...args, ...steps.slice(at + 1).flatMap((later) => ['--skip', `${later}=not yet`]), '--yes', '-o', 'json'];
      const before = await shapeOf(site.lab);
      const done = states((await site.run(upTo)).stdout).find(([id]) => id === step)?.[1];
      if (done !== 'done') {
        expect(done, step).toMatch(/^(already so|not needed)$/);
        expect(differences(before, await shapeOf(site.lab)), `${step} has done nothing`).toEqual([]);
        continue;
      }
      expect(differences(before, await shapeOf(site.lab)), `${step} has done something`).not.toEqual([]);
      await site.run([runbook, '--undo-to', step, '--yes']);
      expect(differences(before, await shapeOf(site.lab), {restarted: true}), step).toEqual([]);
      await site.run(upTo);
    }
  }, 900_000);
});

describe.skipIf(why)('a console killed at every point of its journal', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('killed', 1);
  });
  afterAll(() => site?.close());

  it.each(changing)('of %s: the next one goes on, to the same end, and can take it back', async (runbook) => {
    const args = [...argsOf(linkOf(site, runbook)), '--yes'];
    const before = await shapeOf(site.lab);
    const points = async (): Promise<readonly string[]> => {
      rmSync(site.killLog, {force: true});
      expect((await site.console(['run', ...args], {killAt: 100_000})).code).toBe(0);
      return readFileSync(site.killLog, 'utf8').trim().split('\n');
    };
    const passed = await points();
    const end = await shapeOf(site.lab);
    for (const [killAt, point] of passed.entries()) {
      await site.run([runbook, '--undo-to', firstStep(runbook), '--yes']);
      expect(differences(before, await shapeOf(site.lab), {restarted: true}), `undone before ${killAt} ${point}`).toEqual([]);
      const killed = await site.console(['run', ...args], {killAt});
      expect(killed.code, `${killAt} ${point}: ${killed.text}`).toBe(137);
      const next = await site.console(['run', runbook, '--resume', '--yes']);
      // Nothing was begun yet: there is no session, and the dead console's lock is taken over knowingly.
      if (next.code === 2 && next.stderr.includes('there is no session')) await site.run([...args, '--take-over']);
      else expect(next.code, `${killAt} ${point}: ${next.text}`).toBe(0);
      expect(differences(end, await shapeOf(site.lab), {restarted: true, keys: true}), `after ${killAt} ${point}`).toEqual([]);
    }
    expect(states((await site.run([...args, '-o', 'json'])).stdout).every(([, state]) => state === 'already so' || state === 'not needed')).toBe(true);
  }, 1_800_000);
});
