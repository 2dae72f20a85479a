/**
 * Runbooks on bare hosts of the lab, through the command line: they build the fabric, do it once, take it back, and end
 * at the same wherever the console dies. What takes long is in runbooks-long.test.ts.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {broken, until} from './reach.ts';
import {argsOf, chainOf} from './runbooks/chain.ts';
import {differences, shapeOf, type Shape} from './runbooks/shape.ts';
import {instantiate, openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();

describe.skipIf(why)(`runbooks on bare hosts${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  let built: Shape;
  beforeAll(async () => {
    site = await openSite('books');
  });
  afterAll(() => site?.close());

  it('one after the other, they make a fabric out of them: VMs on both hypervisors reach each other with full frames', async () => {
    for (const link of chainOf(site)) {
      const {stdout} = await site.run([...argsOf(link), '--yes', '--report', `md:${site.folder}/${link.runbook}.md`, '--report', `junit:${site.folder}/${link.runbook}.xml`, '--report', `json:${site.folder}/${link.runbook}.json`]);
      expect(stdout, link.runbook).toMatch(/^Done \(session /m);
    }
    await Promise.all([instantiate(site, 'one', 'kvm1'), instantiate(site, 'two', 'kvm2')]);
    await until('the VMs reach each other', async () => {
      const all = await broken(site.lab);
      return all.tried === 2 && all.broken.length === 0;
    }, 60_000);
    built = await shapeOf(site.lab);
  }, 300_000);

  it('a second time, every step is already so, and nothing is touched', async () => {
    for (const link of chainOf(site)) {
      const {stdout} = await site.run([...argsOf(link), '--yes', '-o', 'json']);
      const {steps} = (JSON.parse(stdout) as {steps: readonly {step: string; state: string}[]});
      expect(steps.map(({step, state}) => `${step}: ${state}`), link.runbook).toEqual(steps.map(({step}) => `${step}: already so`));
    }
    expect(differences(built, await shapeOf(site.lab))).toEqual([]);
  }, 180_000);
});
