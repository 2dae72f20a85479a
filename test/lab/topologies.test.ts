/** Other fabrics than the usual one: each converges, and its VMs talk. */
import {afterEach, describe, expect, it} from 'vitest';
import {applyFault, undoFault} from '../../lab/faults/index.ts';
import {surprises as wrongWays, truthOnce} from '../../lab/faults/measure.ts';
import {down, up, type Lab} from '../../lab/lab.ts';
import {whyNoGobgp, whyNoLab} from '../../lab/requirements.ts';
import {brokenWays} from '../../lab/truth.ts';
import {lastSurprises} from '../contract/faults/console.ts';
import {consoleOfLab} from './facts.ts';
import {bgpSummary, sh} from './independent.ts';
import {questions} from './judges.ts';
import {broken, consoleGet, until} from './reach.ts';
import {traceSurprises} from './trace-judge.ts';

const name = 'topo';
const why = whyNoLab();
const noGobgp = whyNoGobgp();

describe.skipIf(why)(why ? `topologies: not run: ${why}` : 'topologies', () => {
  afterEach(async () => {
    expect((await down(name)).left).toEqual([]);
  });
  const neighbors = async (lab: Lab, host: string): Promise<string[]> =>
    (await bgpSummary(lab, host)).map((line) => `${line.dynamic ? 'dynamic ' : ''}${line.neighbor}`).toSorted();

  it('reflectors on two hypervisors: a session between them, all others dial both, and one of them can go', async () => {
    const lab = await up({name, hosts: 3, vnis: [2], reflectors: 'hypervisors'});
    await lab.converge();
    expect(await neighbors(lab, 'kvm1')).toEqual(['192.168.0.3', 'dynamic 192.168.0.1', 'dynamic 192.168.0.4']);
    expect(await neighbors(lab, 'kvm2')).toEqual(['192.168.0.2', 'dynamic 192.168.0.1', 'dynamic 192.168.0.4']);
    for (const host of ['kvm3', 'ingress']) expect(await neighbors(lab, host)).toEqual(['192.168.0.2', '192.168.0.3']);
    expect(await broken(lab)).toEqual({tried: 6, broken: []});

    const {items} = await consoleGet<{name: string; roles: string[]}>(lab, 'hosts');
    expect(items.filter((item) => item.roles.includes('reflector')).map((item) => [item.name, item.roles])).toEqual(['kvm1', 'kvm2'].map((host) => [host, ['reflector', 'vtep']]));

    await sh(lab, 'kvm1', 'kill -9 $(cat /run/frr/bgpd.pid)');
    await until('kvm3 has lost kvm1', async () => /192\.168\.0\.2 .*(Active|Connect|Idle)/.test(await sh(lab, 'kvm3', "vtysh -c 'show bgp l2vpn evpn summary'")));
    const [model] = lab.plan().vms;
    await lab.create({...model!, id: 9, name: 'vm9', namespace: `evt-${name}-vm9`, address: '172.17.2.99', mac: '02:00:ac:11:02:63', tap: 'one-9-0', host: 'kvm3'});
    await until('kvm2 learns a new MAC of kvm3', async () => (await sh(lab, 'kvm2', 'bridge fdb show dev wg0.2')).includes('02:00:ac:11:02:63 dst 192.168.0.4'));
    expect((await lab.exec('vm9', 'ping -q -c 3 -i 0.2 -W 2 172.17.2.11')).code).toBe(0);
  });

  it('two edge clusters: a public network each, with a router between, one overlay over both; regions in the console', async () => {
    const lab = await up({name, hosts: 4, vnis: [2], clusters: 2});
    await lab.converge();
    expect(lab.plan().machines.map((m) => [m.name, m.publicAddress, m.region])).toEqual([
      ['ingress', '203.0.113.1', undefined],
      ['kvm1', '203.0.113.11', 'edge1'], ['kvm2', '203.0.113.12', 'edge1'],
      ['kvm3', '198.51.100.11', 'edge2'], ['kvm4', '198.51.100.12', 'edge2'],
      ['vr', '203.0.113.200', 'edge1'],
    ]);
    expect(await sh(lab, 'kvm1', 'ip route get 203.0.113.12')).not.toContain('via');
    expect(await sh(lab, 'kvm1', 'ip route get 198.51.100.11')).toContain('via 203.0.113.254');
    expect(await sh(lab, 'kvm1', 'ping -c 1 -W 2 198.51.100.11')).toContain('ttl=63');
    expect(await broken(lab)).toEqual({tried: 12, broken: []});
    expect((await lab.exec('kvm4', 'ping -q -c 1 -W 2 203.0.113.201')).code).toBe(0); // SDNAT, from the other region
    await lab.migrate('vm1', 'kvm3');
    await lab.converge();
    expect(await broken(lab)).toEqual({tried: 12, broken: []});

    const {items} = await consoleGet<{name: string; region: string | null}>(lab, 'hosts');
    expect(Object.fromEntries(items.map((item) => [item.name, item.region]))).toEqual({ingress: null, kvm1: 'edge1', kvm2: 'edge1', kvm3: 'edge2', kvm4: 'edge2', vr: 'edge1'});
  });

  it('an alias of the other cluster\'s public network: nobody translates it, which the console says of that VM', async () => {
    const fault = 'alias-other-region';
    const lab = await up({name, hosts: 4, vnis: [2, 3], clusters: 2, opennebula: {routerPollMs: 500}});
    await lab.converge();
    const terminal = consoleOfLab(lab);
    try {
      const ask = questions(lab.plan());
      const named = async () => (await terminal.ask(ask)).diagnosis.causes.map(({id}) => id);
      expect(await lastSurprises(named, 30_000)).toEqual([]);
      const stage = await applyFault(lab, fault);
      const {truth, wrong} = await truthOnce(lab, (seen) => wrongWays(fault, seen, stage));
      expect(wrong).toEqual([]);
      // vm4 is in VNI 2, as the router is, and in the other region; of that region's public network it has the first free address.
      expect(await lastSurprises(async () => {
        const {diagnosis, traces} = await terminal.ask(ask);
        return [...(diagnosis.causes.map(({id}) => id).join() === 'nat.alias-region@vm 4/198.51.100.200' ? [] : [JSON.stringify(diagnosis.causes)]), ...traceSurprises(fault, stage, traces.ways, truth)];
      }, 30_000)).toEqual([]);
      // The router has asked for its leases several times by now, and serves its own region alone.
      expect((await lab.exec('ops', 'ping -q -c 1 -W 2 203.0.113.201')).code).toBe(0);
      expect((await lab.exec('ops', 'ping -q -c 1 -W 2 198.51.100.200')).code).not.toBe(0);
      expect(await sh(lab, 'vr', 'iptables -t nat -S')).not.toContain('198.51.100.200');
      await undoFault(lab, fault);
      expect(await lastSurprises(named, 30_000)).toEqual([]);
      expect((await truthOnce(lab, brokenWays)).wrong).toEqual([]);
    } finally {
      await terminal.close();
    }
  });

  it.skipIf(noGobgp)(`a hypervisor with GoBGP, in an AS of its own${noGobgp ? ` (not run: ${noGobgp})` : ''}`, async () => {
    const lab = await up({name, hosts: 3, vnis: [2, 3], gobgp: ['kvm3']});
    await lab.converge();
    const remote = async (vni: number): Promise<string[]> => (await sh(lab, 'kvm3', `bridge fdb show dev wg0.${vni}`)).split('\n')
      .flatMap((line) => /^(\S+) dst (\S+)/.exec(line)?.slice(1).join(' ') ?? []).toSorted();
    const flood = ['00:00:00:00:00:00 192.168.0.2', '00:00:00:00:00:00 192.168.0.3'];
    const guests = ['02:00:ac:11:03:0a 192.168.0.2', '02:00:ac:11:03:0b 192.168.0.3'];
    await until('its forwarding table is the others\' guests, no more and no less', async () => JSON.stringify(await remote(3)) === JSON.stringify([...flood, ...guests]));
    expect(await sh(lab, 'kvm3', 'gobgp neighbor')).toMatch(/192\.168\.0\.1 +65000 .*Establ/);
    expect(await sh(lab, 'ingress', "vtysh -c 'show bgp l2vpn evpn summary'")).toMatch(/192\.168\.0\.4 +4 +65001 /);
    expect(await broken(lab)).toEqual({tried: 12, broken: []});
    const sessions = await consoleGet<{host: string; neighbor: string; verdict: string; state: string}>(lab, 'bgp');
    expect(sessions.items.find(({host}) => host === 'kvm3')).toMatchObject({neighbor: '192.168.0.1', verdict: 'established', state: 'Established'});

    await lab.destroy('vm6'); // kvm3's guest of VNI 3, and with it the network there
    await until('its routes are withdrawn', async () => !/192\.168\.0\.4:3/.test(await sh(lab, 'ingress', "vtysh -c 'show bgp l2vpn evpn route'")));
    await lab.migrate('vm4', 'kvm2');
    await sh(lab, 'kvm3', 'bridge fdb append 00:00:00:00:00:00 dev wg0.2 dst 192.168.0.77 self; bridge fdb del 02:00:ac:11:02:0a dev wg0.2 dst 192.168.0.2 self');
    await until('what is stale goes and what is missing comes', async () =>
      JSON.stringify(await remote(2)) === JSON.stringify([...flood, '02:00:ac:11:02:01 192.168.0.2', '02:00:ac:11:02:0a 192.168.0.2', '02:00:ac:11:02:0b 192.168.0.3'].toSorted()));
  });

  it('what cannot be is refused before anything is built', async () => {
    await expect(up({name, hosts: 1, reflectors: 'hypervisors'})).rejects.toThrow('two hypervisors');
    await expect(up({name, hosts: 2, clusters: 3})).rejects.toThrow('clusters');
    await expect(up({name, hosts: 2, gobgp: ['kvm3']})).rejects.toThrow('no hypervisor kvm3');
    await expect(up({name, hosts: 2, frr: ['9.9']})).rejects.toThrow('no release known with FRR 9.9');
  });
});
