/** OpenNebula may know a host by its address: then the console's name for it does as well. */
import {afterEach, describe, expect, it} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {openBench, type Bench} from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());
const named = (name: string) => openBench({before: (_, engine) => void (engine.world.hosts[0]!.name = name), reads: {OpenNebula: ['one.hosts']}});

describe('a host of OpenNebula', () => {
  it.each(['192.168.0.2', '203.0.113.11'])('that is called %s there is also found by its name here', async (name) => {
    bench = await named(name);
    const {gate} = bench.console({actions});
    const plans = await Promise.all(['kvm_london', name].map((host) => gate.prepare('one.disable-host', {host})));
    expect(plans.map(({plan}) => plan?.steps.map(({effect}) => effect))).toEqual(Array.from({length: 2}, () => [{kind: 'one', method: 'one.host.status', args: [0, 1]}]));
    expect(await gate.run(plans[0]!)).toMatchObject({status: 'done'});
    expect(bench.engine.world.hosts[0]!.state).toBe(4);
    expect((await gate.prepare('one.disable-host', {host: 'kvm_london'})).wrong.join()).toContain('disabled already');
  });

  it('is not guessed: a name that no host of OpenNebula has is refused', async () => {
    bench = await named('elsewhere');
    const {gate} = bench.console({actions});
    expect((await gate.prepare('one.disable-host', {host: 'kvm_london'})).wrong.join()).toContain('there is no "kvm_london"');
  });
});
