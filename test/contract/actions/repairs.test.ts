/** What findings propose, done through the gate on the embedded fabric: the finding is gone afterwards. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import type {Params} from '../../../src/model/action.ts';
import {apply, undo} from '../../../src/simulator/faults/apply.ts';
import {openWorld, type World} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld(['ingress', 'kvm_london', 'kvm_ncalifornia']);
}, 60_000);
afterAll(() => world?.close());

/** Fault of the catalogue → the action that its finding proposes. */
const cures: Readonly<Record<string, string>> = {
  'bgp-neighbor-shutdown': 'bgp.no-shutdown',
  'vxlan-down': 'link.up',
  'bridge-down': 'link.up',
  'vxlan-unenslaved': 'link.enslave',
  'fdb-stale': 'fdb.remove',
  // Not mac-frozen: clearing the flag cures nothing while the duplicate is still there, and the finding stays.
  'bgpd-dead': 'frr.restart',
  'zebra-hung': 'frr.restart',
};

describe('a repair that a finding proposes', () => {
  it.each(Object.entries(cures))('%s: %s makes the finding disappear', async (fault, action) => {
    // Two tables of a host are of different moments: what the last fault leaves behind for a moment is no finding of this one.
    await world.until('nothing is proposed', () => (world.findings().every(({remedy}) => remedy?.action === undefined) ? true : undefined));
    const {host} = apply(world.simulator.world, fault);
    try {
      const {finding, params} = await world.proposal(action);
      // A duplicate is flagged by both hosts: one finding, which proposes one after the other.
      for (let next: Params | undefined = params, round = 0; next && round < 2; round++) {
        const prepared = await world.gate.prepare(action, next);
        expect(prepared.wrong).toEqual([]);
        expect(prepared.preflight.filter(({outcome}) => outcome === 'fail')).toEqual([]);
        const result = await world.gate.run(prepared);
        expect(result, JSON.stringify(result)).toMatchObject({status: 'done'});
        next = world.findings().find(({id}) => id === finding.id)?.remedy?.action?.params;
        if (next?.['host'] === params['host']) next = undefined;
      }
      await world.gone(finding);
    } finally {
      undo(world.simulator.world, fault, host);
      world.simulator.world.cleared = [];
    }
  }, 120_000);

  it('is one that the gate knows, whoever proposes it', async () => {
    const ids = new Set(actions.map(({id}) => id));
    const {readFileSync, readdirSync} = await import('node:fs');
    const folder = new URL('../../../src/checks/families/', import.meta.url);
    const proposed = readdirSync(folder).flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/action: \{id: '([^']+)'/g)].map(([, id]) => id!));
    expect(proposed.length).toBeGreaterThan(5);
    expect(proposed.filter((id) => !ids.has(id))).toEqual([]);
  });
});
