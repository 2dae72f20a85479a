/** Two faults at once on the embedded fabric: both root causes are named. And the rule by which pairs are drawn. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {faults} from '../../../src/simulator/faults/catalogue.ts';
import type {Diagnosis} from '../../../src/model/finding.ts';
import {isTried} from '../../thorough.ts';
import {causes} from './causes.ts';
import {allPairs, compatible, drawPairs, pairs, seed} from './pairs.ts';
import {openPatient, type Patient} from './read.ts';

const limitMs = 60_000;
const idsOf = (diagnosis: Diagnosis): readonly string[] => diagnosis.causes.map(({id}) => id).sort();

describe('the rule', () => {
  it('knows every fault, and says the same of a pair whichever comes first', () => {
    const names = faults.map(({name}) => name);
    for (const a of names) for (const b of names) expect(compatible(a, b), `${a} ${b}`).toBe(compatible(b, a));
  });
  it.each([
    ['ssh-refused', 'vxlan-mtu', 'nobody logs in to the host'],
    ['user-no-rights', 'bgp-wrong-as', 'FRR is not asked'],
    ['wg-gone', 'wg-wrong-key', 'the peers are gone with the device'],
    ['vxlan-gone', 'vxlan-port-8472', 'the port is gone with the device'],
    ['wg-wrong-key', 'wg-peer-missing', 'the same peer'],
    ['router-down', 'nat-rule-missing', 'the rules of a router that nobody reads'],
    ['one-unreachable', 'one-host-error', 'OpenNebula does not answer'],
    ['vm-mtu-1500', 'wg-mtu', 'inside a guest'],
  ])('leaves out %s and %s: %s', (a, b) => {
    expect(compatible(a, b)).toBe(false);
  });
  it.each([['ssh-refused', 'router-backup'], ['bgpd-dead', 'vxlan-mtu'], ['wg-wrong-key', 'bgp-wrong-as'], ['vxlan-port-8472', 'vxlan-learning'], ['one-host-error', 'one-vnet-not-in-cluster']])('keeps %s and %s', (a, b) => {
    expect(compatible(a, b)).toBe(true);
  });
  it('leaves out less than a third of all', () => {
    const n = Object.values(causes).filter((cause) => cause !== undefined).length;
    expect(allPairs.length).toBeGreaterThan((n * (n - 1)) / 3);
  });
  it('draws the same for the same seed, another for another, each pair once', () => {
    expect(drawPairs(seed, 20)).toEqual(pairs);
    expect(drawPairs(seed + 1, 20)).not.toEqual(pairs);
    expect(new Set(pairs.map((pair) => pair.join())).size).toBe(20);
  });
});

describe('on the embedded fabric', () => {
  let patient: Patient;
  beforeAll(async () => {
    patient = await openPatient();
    expect(idsOf(await patient.diagnose(false, (each) => each.causes.length === 0))).toEqual([]);
  }, limitMs);
  afterAll(() => patient.close());

  it.each(pairs.filter((_, place) => isTried(place)))('%s and %s', async (a, b) => {
    const expected = [a, b].map((name) => causes[name]).sort();
    expect(idsOf(await patient.under([a, b], (diagnosis) => idsOf(diagnosis).join() === expected.join(), 3))).toEqual(expected);
  }, limitMs);
});
