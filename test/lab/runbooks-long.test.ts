/**
 * Every built-in runbook of the chain on bare hosts: each step taken back to what was there before it, and a console that
 * is killed at every point of its journal, taken up again, to the same end.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {killEverywhere, undoEachStep} from './runbooks/loops.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();
/** In the order of the chain; the first only looks. */
const changing = ['grant-access', 'backup', 'wireguard-mesh', 'firewall-fabric', 'bgp-evpn', 'evpn-network', 'multi-edge-cluster', 'appliances', 'virtual-router', 'test-vms'];

describe.skipIf(why)(`the undo of every step${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('undos');
  });
  afterAll(() => site?.close());

  it.each(changing)('of %s: what was there before it', async (runbook) => {
    expect((await undoEachStep(site, runbook)).length, 'steps that change something').toBeGreaterThan(0);
  }, 900_000);
});

describe.skipIf(why)('a console killed at every point of its journal', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('killed', 1);
  });
  afterAll(() => site?.close());

  it.each(changing)('of %s: the next one goes on, to the same end, and can take it back', async (runbook) => {
    expect((await killEverywhere(site, runbook)).length, 'points').toBeGreaterThan(10);
  }, 1_800_000);
});
