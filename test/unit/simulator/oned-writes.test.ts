/** Calls to the embedded OpenNebula change the embedded fabric, and the other way round. */
import {beforeEach, describe, expect, it} from 'vitest';
import {decodeResponse, encodeCall, type OneArgument} from '../../../src/services/opennebula/envelope.ts';
import {cloudOf, type Cloud} from '../../../src/simulator/cloud.ts';
import {originated} from '../../../src/simulator/derive/fabric.ts';
import {HandClock} from '../../../src/simulator/oned/clock.ts';
import {Engine} from '../../../src/simulator/oned/engine.ts';
import {breakCloud, cloudFaultNames, mendCloud} from '../../../src/simulator/oned/faults.ts';
import {mappingsOf, poll} from '../../../src/simulator/oned/sdnat.ts';
import {answer} from '../../../src/simulator/oned/server.ts';
import {parseTemplate} from '../../../src/simulator/oned/template-text.ts';
import {demoWorld} from '../../../src/simulator/scenes.ts';
import {simulatedDriver} from '../../../src/simulator/simulated-driver.ts';
import {migrate, type SimWorld} from '../../../src/simulator/world.ts';

const auth = 'oneadmin:secret';
const epoch = 1_800_000_000;
let fabric: SimWorld;
let cloud: Cloud;
let engine: Engine;
let clock: HandClock;

beforeEach(() => {
  clock = new HandClock(epoch);
  fabric = demoWorld(() => clock.seconds() * 1000);
  cloud = cloudOf(fabric);
  engine = new Engine(cloud.base, simulatedDriver(fabric, cloud), clock);
});

async function call(method: string, ...args: OneArgument[]): Promise<string | number> {
  const result = await decodeResponse(Buffer.from(answer(cloud.view, {auth, engine}, encodeCall(method, [auth, ...args]))));
  if (!result.ok) throw new Error(result.problem.detail);
  return result.value as string | number;
}
const vm = (id: number) => cloud.view.vms.find((one) => one.id === id);
const states = (id: number): string => `${vm(id)?.state}/${vm(id)?.lcmState}`;
const announcers = (mac: string): readonly string[] => fabric.hosts.filter((host) => host.underlay !== undefined && JSON.stringify(originated(fabric, host)).includes(mac)).map(({name}) => name);
const history = (id: number) => vm(id)!.history.map(({hostId, action, end}) => `${cloud.view.hosts[hostId]?.name} ${action} ${end === 0 ? 'open' : 'closed'}`);
const instantiate = async (host: string): Promise<number> => {
  const id = Number(await call('one.template.instantiate', 1, 'new', false, `NIC=[ NETWORK="private_evpn-vxlan" ] SCHED_REQUIREMENTS="NAME=${host}"`, false));
  await clock.advance(2000);
  return id;
};

describe('the simulated driver', () => {
  it('makes a guest of a VM, moves it, and ends it', async () => {
    const id = await instantiate('kvm_london');
    expect(fabric.guests.find((one) => one.id === id)).toMatchObject({name: 'new', host: 'kvm_london', nics: [{network: 2, ip: vm(id)!.nics[0]!.ip}]});
    const {mac} = fabric.guests.find((one) => one.id === id)!.nics[0]!;
    expect(announcers(mac)).toEqual(['kvm_london']);
    await call('one.vm.migrate', id, 1, true, false, -1, 0);
    await clock.advance(60);
    expect([states(id), ...history(id)]).toEqual(['3/3', 'kvm_london 2 open', 'kvm_ncalifornia 0 open']); // not in MIGRATE yet, but on its way
    await clock.advance(1000);
    expect([states(id), ...history(id)]).toEqual(['3/3', 'kvm_london 2 closed', 'kvm_ncalifornia 0 open']);
    expect(fabric.guests.find((one) => one.id === id)).toMatchObject({host: 'kvm_ncalifornia', sequence: 1});
    expect(announcers(mac)).toEqual(['kvm_ncalifornia']);
    await call('one.vm.action', 'terminate', id);
    await clock.advance(1000);
    expect([states(id), announcers(mac)]).toEqual(['6/0', []]);
  });

  it('fails, lingers or never ends when ordered to', async () => {
    engine.order({vm: 1, action: 'migrate', outcome: 'fail'});
    expect(await call('one.vm.migrate', 1, 1, true, false, -1, 0)).toBe(1);
    await clock.advance(1000);
    expect([states(1), ...history(1)]).toEqual(['3/3', 'kvm_london 2 closed', 'kvm_ncalifornia 0 closed', 'kvm_london 0 open']);
    expect(fabric.guests.find(({id}) => id === 1)!.host).toBe('kvm_london');

    engine.order({vm: 1, action: 'migrate', outcome: 'slow', ms: 9000});
    await call('one.vm.migrate', 1, 1, true, false, -1, 0);
    await clock.advance(8000);
    expect(states(1)).toBe('3/4');
    await expect(call('one.vm.migrate', 1, 0, true, false, -1, 0)).rejects.toThrow('Migrate action is not available for state MIGRATE');
    await clock.advance(2000);
    expect(states(1)).toBe('3/3');

    engine.order({vm: 1, action: 'migrate', outcome: 'stuck'});
    await call('one.vm.migrate', 1, 0, true, false, -1, 0);
    await clock.advance(3_600_000);
    expect(states(1)).toBe('3/4');
    await call('one.vm.recover', 1, 0);
    await clock.advance(1000);
    expect([states(1), fabric.guests.find(({id}) => id === 1)!.host]).toEqual(['3/3', 'kvm_ncalifornia']);
  });

  it('translates an external alias once the router has asked, and only as a MASTER', async () => {
    const stop = new AbortController();
    void poll(engine, 30_000, stop.signal);
    await clock.advance(0);
    fabric.faults = [{name: 'router-backup', host: 'vr', since: 0}];
    await call('one.vm.attachnic', 3, 'NIC_ALIAS=[ NETWORK="public_london", PARENT="NIC0", EXTERNAL="YES" ]');
    await clock.advance(40_000);
    expect(fabric.translations.map(({internal}) => internal)).not.toContain('172.17.2.4');
    fabric.faults = [];
    await clock.advance(40_000);
    expect(fabric.translations).toContainEqual({external: vm(3)!.nics.at(-1)!.ip, internal: '172.17.2.4'});
    expect(fabric.translations).toHaveLength(3);
    await call('one.vm.detachnic', 3, vm(3)!.nics.at(-1)!.id);
    await clock.advance(40_000);
    expect(fabric.translations.map(({internal}) => internal)).toEqual(['172.17.2.2', '172.17.2.3']);
    stop.abort();
  });

  it('is not needed for OpenNebula to follow what happens to the fabric', async () => {
    migrate(fabric, 1, 'kvm_ncalifornia');
    expect(history(1).at(-1)).toBe('kvm_ncalifornia 0 open');
    await call('one.vm.migrate', 1, 0, true, false, -1, 0);
    await clock.advance(1000);
    expect(fabric.guests.find(({id}) => id === 1)).toMatchObject({host: 'kvm_london', sequence: 2});
    expect(history(1).at(-1)).toBe('kvm_london 0 open');
  });
});

describe('who has a public address', () => {
  it('is a VM whose alias and whose parent are both in networks of the router', () => {
    const {base} = cloud;
    const [router] = base.vrouters;
    expect(mappingsOf(base, router!)).toEqual(fabric.translations);
    const [, ...rest] = router!.nics;
    expect(mappingsOf(base, {...router!, nics: rest})).toEqual([]);
    base.vms.find(({id}) => id === 1)!.nics.find(({alias}) => alias)!.alias!.external = false;
    expect(mappingsOf(base, router!)).toEqual(fabric.translations.slice(1));
  });
});

describe('faults of OpenNebula', () => {
  it.each(cloudFaultNames.filter((name) => name !== 'one-unreachable'))('%s: in force, and as before when undone', async (name) => {
    const shown = async (): Promise<string> => (await Promise.all([
      call('one.hostpool.info'), call('one.clusterpool.info'), call('one.vmpool.infoextended', -2, -1, -1, -1), call('one.vn.info', 0), call('one.vn.info', 1),
    ].map((one) => one.catch((error: Error) => error.message)))).join('\n');
    const before = await shown();
    await breakCloud(engine, name);
    await breakCloud(engine, name);
    expect(await shown()).not.toBe(before);
    await mendCloud(engine, name);
    expect(await shown()).toBe(before);
  });

  it('have consequences: no lease is left, no offline host is taken', async () => {
    await breakCloud(engine, 'one-leases-exhausted');
    await expect(instantiate('kvm_london')).rejects.toThrow('Cannot get IP/MAC lease from virtual network 0.');
    await breakCloud(engine, 'one-host-offline');
    await expect(call('one.vm.migrate', 1, 1, true, false, -1, 0)).rejects.toThrow('Host is offline, cannot use it to deploy VM');
  });
});

describe('the template language', () => {
  it('is read with its vectors, comments and quotes', () => {
    expect(parseTemplate('NAME = "a b"\n# no\nCPU=0.5 NIC=[ NETWORK="x, y", IP=172.17.2.9 ]\nNIC = [NETWORK="z"]')).toEqual({
      values: {NAME: 'a b', CPU: '0.5'}, vectors: [{name: 'NIC', value: {NETWORK: 'x, y', IP: '172.17.2.9'}}, {name: 'NIC', value: {NETWORK: 'z'}}],
    });
  });
  it.each(['NIC=[ NETWORK=', 'NAME', '=x', 'NIC=[ A="b"'])('refuses %s', (text) => {
    expect(() => parseTemplate(text)).toThrow(/^Parse error: syntax error/);
  });
});
