import {readdirSync} from 'node:fs';
import {expect, it} from 'vitest';
import {decodeResponse} from '../../../src/services/opennebula/envelope.ts';
import {readPool, type PoolReader} from '../../../src/services/opennebula/pool.ts';
import {clusterReader} from '../../../src/services/opennebula/readers/cluster.ts';
import {hostReader} from '../../../src/services/opennebula/readers/host.ts';
import {datastoreReader, imageReader, marketAppReader, templateReader} from '../../../src/services/opennebula/readers/storage.ts';
import {vmReader, vrouterReader} from '../../../src/services/opennebula/readers/vm.ts';
import {vnetReader} from '../../../src/services/opennebula/readers/vnet.ts';
import {fuzz} from '../fuzz.ts';
import {fixture, inner} from './fixtures.ts';

// `size` and `used` may be sums, alone among what is read.
const derived = ['size', 'used'];

const cases: readonly (readonly [name: string, reader: PoolReader<unknown>, single: boolean, fixtures: readonly string[]])[] = [
  ['vms', vmReader, true, ['068-vm.info.alias', '113-vm.info.after-alias', '235-vm.info.vr-floating']],
  ['vrouters', vrouterReader, false, ['074-vrouterpool.info', '234-vrouterpool.info.two']],
  ['vnets', vnetReader, false, ['053-vnpool.info', '253-user.vnpool']],
  ['vnet with leases', vnetReader, true, ['054-vn.info.evpn', '277-vn.info.held']],
  ['host', hostReader, true, ['049-host.info']],
  ['clusters', clusterReader, false, ['051-clusterpool.info']],
  ['datastores', datastoreReader, false, ['080-datastorepool.info']],
  ['images', imageReader, false, ['078-imagepool.info']],
  ['templates', templateReader, false, ['076-templatepool.info']],
  ['apps', marketAppReader, false, ['082-marketapppool.info']],
];

it.each(cases)('%s stand any mutation', async (name, reader, single, fixtures) => {
  const inputs = await Promise.all(fixtures.map(inner));
  expect(inputs.every((input) => readPool(reader, input, single).ok)).toBe(true);
  fuzz({name, inputs, parse: (text) => readPool(reader, text, single), derived, runs: 1500});
}, 60_000);

it('answers stand any mutation', async () => {
  const names = readdirSync(new URL('../../fixtures/opennebula/', import.meta.url)).filter((name) => /^(001|141|145|151|157|160|247).*\.resp\.xml$/.test(name));
  const inputs = names.map((name) => fixture(name.replace('.xml', '')).toString());
  // The harness is synchronous and the decoder takes turns: it hands over the mutations, which are decoded after.
  const mutations: string[] = [];
  fuzz({name: 'envelope', inputs, parse: (text) => void mutations.push(text), runs: 3000});
  expect(mutations.length).toBeGreaterThanOrEqual(1000);
  for (const mutation of mutations) {
    const result = await decodeResponse(Buffer.from(mutation));
    if (!result.ok) expect(result.problem.detail).toMatch(/^[^\x00-\x1f\x7f-\x9f]+$/);
  }
}, 60_000);
