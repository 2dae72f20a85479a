/** Where `npm run lab -- prepare` has run, nothing may be missing: a suite that is skipped for want of it would go unseen. */
import {describe, expect, test} from 'vitest';
import {missingMorePackages, missingPackages, whyNoLab} from '../../lab/requirements.ts';
import {wasPrepared} from '../../lab/prepare.ts';

const prepared = wasPrepared();
describe.skipIf(!prepared)(prepared ? 'prepared' : 'the lab: not prepared here (npm run lab -- prepare)', () => {
  test('all that the lab and its tests call is there', () => {
    expect([...missingPackages(), ...missingMorePackages()]).toEqual([]);
    expect(whyNoLab()).toBeUndefined();
  });
});
