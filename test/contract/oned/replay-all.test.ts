/**
 * Every captured call, in the order in which it was made, sent to one emulator whose world grows from nothing as the
 * captured one did: the same envelope, the same words of refusal, the same elements, ids, addresses, states and history.
 */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {HandClock} from '../../../src/simulator/oned/clock.ts';
import {dummyDriver} from '../../../src/simulator/oned/driver.ts';
import {Engine, type Order} from '../../../src/simulator/oned/engine.ts';
import {startOned, type Oned} from '../../../src/simulator/oned/server.ts';
import {emptyWorld, type OnedWorld} from '../../../src/simulator/oned/world.ts';
import {differences} from './shape.ts';

const captured = JSON.parse(gunzipSync(readFileSync(new URL('../../fixtures/oned/captured.json.gz', import.meta.url))).toString()) as Record<string, [request: string, response: string | null]>;
const names = Object.keys(captured).toSorted();

/** What is not emulated, and why. */
const notEmulated: Readonly<Record<string, string>> = {
  'one.system.config': 'the configuration file of that installation, 30 KB',
  'one.marketpool.info': 'no marketplaces: the console lists apps only',
  'one.userpool.info': 'users are shown one by one',
  'one.grouppool.info': 'no groups besides the two of a new installation',
  'one.zonepool.info': 'no federation',
  'one.zone.raftstatus': 'no high availability',
  'one.secgrouppool.info': 'no security groups besides the default one',
  'one.hookpool.info': 'no hooks',
  'one.acl.info': 'no access rules besides owner and administrator',
  'system.listMethods': 'introspection of XML-RPC, used by nobody here',
  'system.methodSignature': 'introspection of XML-RPC, used by nobody here',
  'system.methodHelp': 'introspection of XML-RPC, used by nobody here',
  'system.multicall': 'several calls in one, used by nobody here',
};
const methodOf = (request: string): string => /<methodName>([^<]*)</.exec(request)?.[1] ?? '';

/** By the number of a call: the time that passed before a call, where it was made while the one before still went on; elsewhere everything had settled. */
const soon: Readonly<Record<string, number>> = {
  '008': 10, '009': 10, '010': 10, '033': 10, '034': 10, '035': 10, '036': 10, '094': 500, '095': 10, '096': 10, '097': 10, '098': 10, '111': 300, '112': 10, '124': 100,
  '186': 10, '188': 10, '204': 100, '211': 30, '223': 20,
};
/** By the number of a call: what had been told to the dummy drivers before it. */
const orders: Readonly<Record<string, Order>> = {
  '093': {vm: 6, action: 'migrate', outcome: 'slow', ms: 5000},
  '101': {vm: 6, action: 'migrate', outcome: 'fail', ms: 3000},
  '110': {vm: 6, action: 'attach', outcome: 'slow', ms: 2000},
  '204': {vm: 9, action: 'deploy', outcome: 'fail'},
  '284': {vm: 7, action: 'migrate', outcome: 'stuck'},
  '286': {vm: 7, action: 'migrate', outcome: 'stuck'},
};

const clock = new HandClock(1_795_241_600);
const world: OnedWorld = {
  ...emptyWorld(),
  users: [{id: 2, name: 'edgeop', password: 'capture-password-2'}],
  datastores: [
    {id: 0, name: 'system', type: 1, clusterIds: [0], dsMad: '-', tmMad: 'ssh', totalMiB: 0, freeMiB: 0},
    {id: 1, name: 'default', type: 0, clusterIds: [0], dsMad: 'fs', tmMad: 'ssh', totalMiB: 20_480, freeMiB: 10_000},
    {id: 2, name: 'files', type: 2, clusterIds: [0], dsMad: 'fs', tmMad: 'ssh', totalMiB: 20_480, freeMiB: 10_000},
  ],
  apps: [0, 1, 2].map((id) => ({id, name: `App ${id}`, state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 2048})),
};
const engine = new Engine(world, dummyDriver, clock);
engine.onegate = false;
/** What was changed on the captured machine by other means than the API. */
const aside: Readonly<Record<string, () => void>> = {
  '031': () => {
    engine.onegate = true; // oned.conf was given a OneGate
  },
  '191': () => void engine.unmonitored.add('kvm_broken'),
};

let oned: Oned;
beforeAll(async () => {
  oned = await startOned(world, {port: 0, host: '127.0.0.1', auth: 'oneadmin:capture-password', engine});
});
afterAll(() => oned.close());

it.each(names)('%s', async (name) => {
  const [request, response] = captured[name]!;
  const number = name.slice(0, 3);
  aside[number]?.();
  await clock.advance(soon[number] ?? 10_000);
  const order = orders[number];
  if (order) engine.order(order);
  const answer = await fetch(oned.url, {method: 'POST', body: request, headers: {'Content-Type': 'text/xml'}}).then((got) => got.text());
  await clock.advance(0);
  if (methodOf(request) in notEmulated) {
    expect(answer).toContain('-506');
    return;
  }
  expect(response, number).not.toBeNull();
  expect(differences(response!, answer)).toEqual([]);
});
