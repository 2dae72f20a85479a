/** A network that is to be made is held against the hosts that would carry it, whatever OpenNebula calls these. */
import {afterEach, expect, it} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {openBench, type Bench} from './bench.ts';
import {trials} from './trials.ts';

let bench: Bench;
afterEach(() => bench.close());

const conditions = async (names: readonly string[], more: Readonly<Record<string, string>> = {}) => {
  bench = await openBench({before: (_, engine) => engine.world.hosts.forEach((one, at) => void (one.name = names[at]!)), reads: {OpenNebula: ['one.hosts']}});
  const {gate} = bench.console({actions});
  const {preflight} = await gate.prepare('vnet.create', {...trials['vnet.create']!.params, ...more});
  return Object.fromEntries(preflight.map(({name, outcome, says, mayOverride}) => [name, {outcome, says, mayOverride}]));
};
const [device, mtu, port] = ['wg0 is on every host', 'the MTU leaves room', 'its port is the others\''];

it.each([['name', ['kvm_london', 'kvm_ncalifornia']], ['address', ['203.0.113.11', '203.0.113.12']], ['address of the underlay', ['192.168.0.2', '192.168.0.3']]] as const)('of hosts that OpenNebula knows by their %s', async (_, names) => {
  const found = await conditions(names);
  expect([device, mtu, port].map((name) => found[name!]?.outcome)).toEqual(['pass', 'pass', 'pass']);
  expect(found[port!]?.says).toBe('UDP 4789');
});

it('of hosts that are not read nothing passes', async () => {
  const found = await conditions(['elsewhere', 'nowhere'], {mtu: '1500'});
  expect([device, mtu, port].map((name) => found[name!])).toEqual([
    {outcome: 'unknown', mayOverride: true, says: 'not read: nowhere, elsewhere'},
    {outcome: 'unknown', mayOverride: true, says: 'the MTU of wg0 was not read'},
    {outcome: 'unknown', mayOverride: true, says: 'which VXLAN devices there are was not read: the network would get the kernel\'s UDP port, 8472'},
  ]);
});
