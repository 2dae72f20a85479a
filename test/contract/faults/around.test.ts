/** Faults of all that is around the fabric, in the embedded one; and that the catalogue is covered. */
import {describe, expect, it} from 'vitest';
import {faults} from '../../../src/simulator/faults/catalogue.ts';
import {effects} from '../../../src/simulator/faults/effects.ts';
import {expectations} from './expectations.ts';
import {holdContract} from './suite.ts';

describe('the catalogue', () => {
  it('is what the embedded fabric can do, and what is expected', () => {
    const names = faults.map(({name}) => name).sort();
    expect(Object.keys(effects).sort()).toEqual(names);
    expect(Object.keys(expectations).sort()).toEqual(names);
  });
});

holdContract(['daemons', 'underlay', 'workload', 'router', 'opennebula', 'access', 'firewall']);
