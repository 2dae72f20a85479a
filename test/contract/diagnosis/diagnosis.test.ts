/** What is told of the embedded fabric when it is well. Under every fault: test/contract/faults reads each, and has it diagnosed. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {faults} from '../../../src/simulator/faults/catalogue.ts';
import {findCheck} from '../../../src/checks/catalogue.ts';
import type {Diagnosis} from '../../../src/model/finding.ts';
import {causes} from './causes.ts';
import {openPatient, type Patient} from './read.ts';

const limitMs = 60_000;
const idsOf = (diagnosis: Diagnosis): readonly string[] => diagnosis.causes.map(({id}) => id);

describe('the table', () => {
  it('has every fault, and names checks that there are', () => {
    expect(Object.keys(causes).sort()).toEqual(faults.map(({name}) => name).sort());
    expect(Object.values(causes).flatMap((id) => (id === undefined || findCheck(id.split('@')[0]!) ? [] : [id]))).toEqual([]);
  });
});

describe('on the embedded fabric', () => {
  let patient: Patient;
  beforeAll(async () => {
    patient = await openPatient();
  }, limitMs);
  afterAll(() => patient.close());

  it('healthy: passes, and nothing else', async () => {
    const diagnosis = await patient.diagnose(false, (each) => each.causes.length === 0);
    expect(idsOf(diagnosis)).toEqual([]);
    const counts = Object.values(diagnosis.counts);
    expect(counts.reduce((sum, {pass}) => sum + pass, 0)).toBeGreaterThan(100);
    expect(counts.some(({warn, fail, unknown}) => warn + fail + unknown > 0)).toBe(false);
  }, limitMs);
});
