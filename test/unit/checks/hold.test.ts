/** Nothing that is held is told from one and the same reading: tables that contradict each other must have been read anew. */
import {describe, expect, it} from 'vitest';
import {catalogue} from '../../../src/checks/catalogue.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {readAnewIn} from '../../../src/checks/hold.ts';
import type {Fabric, HostProbeId} from '../../../src/model/fabric.ts';
import {access, cloudFails, cloudReads, fabricWith, fails, reads, unread, type Edit} from './recorded.ts';

/** Read anew at that time, with the same answer. */
const again = (probe: HostProbeId, at: number): Edit => (recorded) => ({
  ...recorded,
  hosts: recorded.hosts.map((host) => (host.spec.name === 'kvm1' ? {...host, readings: {...host.readings, [probe]: {...host.readings[probe as 'ip.links']!, at, attemptAt: at, begunAt: at - 100}}} : host)),
});
/** The kernel of kvm1 floods to nobody in VNI 2, and zebra knows VTEPs: as when the device had just been made. */
const noFlood = reads('kvm1', 'bridge.fdb', (entries) => entries.filter(({mac, device}) => mac !== '00:00:00:00:00:00' || device !== 'wg0.2'));
const {now} = fabricWith();
const afterwards = (...edits: readonly Edit[]): Fabric => fabricWith(again('bridge.fdb', now), again('frr.vnis', now), noFlood, ...edits).fabric;

describe('what has been read anew', () => {
  const anew = (probe: HostProbeId, fabric: Fabric, at = now + 12_000): boolean => readAnewIn(fabric, at)({source: 'kvm1', probe}, now);
  it('is what was begun after the first sight', () => {
    expect(anew('bridge.fdb', afterwards())).toBe(false);
    expect(anew('bridge.fdb', afterwards(again('bridge.fdb', now + 50)))).toBe(false); // begun before
    expect(anew('bridge.fdb', afterwards(again('bridge.fdb', now + 11_000)))).toBe(true);
  });
  it('what is read seldom, not any more, or of a host that is gone, is not waited for', () => {
    expect(anew('frr.running', afterwards(again('frr.running', now)))).toBe(true);
    expect(anew('bridge.fdb', afterwards(), now + 40_000)).toBe(true);
    expect(anew('bridge.fdb', afterwards(access('kvm1', {phase: 'waiting'})))).toBe(true);
  });
});

describe('a finding that is held', () => {
  const told = (...passes: readonly (readonly [ms: number, fabric: Fabric])[]): readonly string[] => {
    const diagnose = createDiagnoser({checks: catalogue.filter(({id}) => id === 'fdb.flood')});
    return passes.map(([ms, fabric]) => diagnose(fabric, now + ms).causes.map(({id}) => id).join()).slice(-1);
  };
  it('is not told while one of its two tables is the same reading still', () => {
    expect(told([0, afterwards()], [13_000, afterwards(again('frr.vnis', now + 12_000))])).toEqual(['']);
  });
  it('is told when both were read again, and contradict each other still', () => {
    expect(told([0, afterwards()], [13_000, afterwards(again('frr.vnis', now + 12_000), again('bridge.fdb', now + 12_500))])).toEqual(['fdb.flood@kvm1/2']);
  });
});

describe('a reading that failed', () => {
  /** An attempt that ended at that time, and had no value; the host answers other questions. */
  const failed = (at: number): Edit => (recorded) => {
    const edited = fails('kvm1', 'frr.macs', 'timeout')(recorded);
    return {...edited, hosts: edited.hosts.map((host) => (host.spec.name === 'kvm1' ? {...host, readings: {...host.readings, 'frr.macs': {...host.readings['frr.macs']!, attemptAt: at, begunAt: at - 4000}}} : host))};
  };
  const told = (...passes: readonly (readonly [ms: number, ...edits: readonly Edit[]])[]): readonly string[] => {
    const diagnose = createDiagnoser({checks: catalogue.filter(({id}) => id === 'mobility.duplicate')});
    return passes.map(([ms, ...edits]) => {
      const {fabric} = fabricWith(...edits);
      return diagnose({...fabric, revision: ms + 1}, now + ms).causes.map(({id, outcome}) => `${outcome} ${id}`).join();
    });
  };
  it('is not told before it was asked for again, and failed again', () => {
    expect(told([0, failed(now)], [8000, failed(now)], [14_000, failed(now + 14_000)])).toEqual(['', '', 'unknown mobility.duplicate@kvm1']);
  });
  it('is not told at all when the next attempt has a value', () => {
    expect(told([0, failed(now)], [9900, failed(now)], [10_000], [20_000])).toEqual(['', '', '', '']);
  });
  it('is told when it is not asked for again', () => {
    expect(told([0, failed(now)], [29_000, failed(now)], [31_000, failed(now)])).toEqual(['', '', 'unknown mobility.duplicate@kvm1']);
  });
  it('is told soon when it was refused: that is an answer', () => {
    expect(told([0, fails('kvm1', 'frr.macs', 'denied')], [4000, fails('kvm1', 'frr.macs', 'denied')], [6000, fails('kvm1', 'frr.macs', 'denied')])).toEqual(['', '', 'unknown mobility.duplicate@kvm1']);
  });
  it('is told soon when it was never made', () => {
    expect(told([0, unread('kvm1', 'frr.macs')], [6000, unread('kvm1', 'frr.macs')])).toEqual(['', 'unknown mobility.duplicate@kvm1']);
  });
  it('and one that is only late are waited for while an answer may be under way', () => {
    const late = again('frr.macs', now);
    expect(told([0, late], [31_000, late], [60_000, late], [62_000, late])).toEqual(['', '', '', ['kvm1', 'kvm2', 'kvm3'].map((host) => `unknown mobility.duplicate@${host}`).join()]);
  });
  it('of OpenNebula likewise', () => {
    const cloudFailed = (at: number): Edit => (recorded) => {
      const edited = cloudFails('one.vms', 'timeout')(recorded);
      const readings = edited.cloud!.readings;
      return {...edited, cloud: {...edited.cloud!, readings: {...readings, 'one.vms': {...readings['one.vms']!, attemptAt: at, begunAt: at - 4000}}}};
    };
    const vms = (...passes: readonly (readonly [ms: number, ...edits: readonly Edit[]])[]): readonly string[] => {
      const diagnose = createDiagnoser({checks: catalogue.filter(({id}) => id === 'mobility.placement')});
      return passes.map(([ms, ...edits]) => diagnose({...fabricWith(...edits).fabric, revision: ms + 1}, now + ms).causes.map(({id}) => id).join());
    };
    expect(vms([0, cloudFailed(now)], [8000, cloudFailed(now)], [14_000, cloudFailed(now + 14_000)])).toEqual(['', '', 'mobility.placement@OpenNebula']);
  });
});

describe('a finding of which something else is true now', () => {
  const later = (probe: HostProbeId, host: string, at: number): Edit => (recorded) => ({
    ...recorded,
    hosts: recorded.hosts.map((one) => (one.spec.name === host ? {...one, readings: {...one.readings, [probe]: {...one.readings[probe as 'ip.links']!, at, attemptAt: at, begunAt: at - 100}}} : one)),
  });
  const probes: readonly HostProbeId[] = ['frr.macs', 'frr.vnis', 'bridge.fdb', 'ip.links'];
  /** Everything of the three hypervisors is read anew at each look. */
  const sinceOf = (check: string, ...looks: readonly (readonly [ms: number, ...edits: readonly Edit[]])[]): readonly (number | undefined)[] => {
    const diagnose = createDiagnoser({checks: catalogue.filter(({id}) => id === check), hold: false});
    return looks.map(([ms, ...edits]) => {
      const anew = ['kvm1', 'kvm2', 'kvm3'].flatMap((host) => probes.map((probe) => later(probe, host, now + ms)));
      const {fabric} = fabricWith(...anew, ...edits);
      const [cause] = diagnose({...fabric, revision: ms + 1}, now + ms).causes;
      return cause && cause.since - now;
    });
  };
  const [vm1, vr] = ['02:00:ac:11:02:0a', '02:00:ac:11:02:01'] as const;
  /** The kernel of a host sends there, whatever zebra says. */
  const sends = (host: string, mac: string, destination: string): Edit => reads(host, 'bridge.fdb', (entries) => entries.map((one) => (one.mac === mac && one.destination !== undefined ? {...one, destination} : one)));
  const lacks = (host: string, ...macs: readonly string[]): Edit => reads(host, 'frr.macs', (all) => all.filter(({mac}) => !macs.includes(mac)));
  const counts = (host: string, mac: string, detectionCount: number): Edit => reads(host, 'frr.macs', (all) => all.map((one) => (one.mac === mac ? {...one, duplicate: true, detectionCount} : one)));

  it('begins anew: a MAC that has moved on is found between two tables again', () => {
    expect(sinceOf('fdb.remote', [0, sends('kvm3', vm1, '192.168.0.3')], [10_000, sends('kvm3', vm1, '192.168.0.3')], [20_000, sends('kvm3', vm1, '192.168.0.4')])).toEqual([0, 0, 20_000]);
  });
  it('begins anew when another MAC of the same two hosts is missing; the one that is missing still is as old as it is', () => {
    expect(sinceOf('fdb.location', [0, lacks('kvm3', vm1)], [10_000, lacks('kvm3', vr)])).toEqual([0, 10_000]);
    expect(sinceOf('fdb.location', [0, lacks('kvm3', vm1)], [10_000, lacks('kvm3', vm1, vr)], [20_000, lacks('kvm3', vr)], [30_000, lacks('kvm3', vr)])).toEqual([0, 0, 10_000, 10_000]);
  });
  it('begins anew when the flood list lacks another host', () => {
    const without = (...gone: readonly string[]): Edit => reads('kvm1', 'bridge.fdb', (entries) => entries.filter(({mac, device, destination}) => mac !== '00:00:00:00:00:00' || device !== 'wg0.2' || !gone.includes(destination ?? '')));
    expect(sinceOf('fdb.flood', [0, without('192.168.0.3')], [10_000, without('192.168.0.4')], [20_000, without('192.168.0.3', '192.168.0.4')])).toEqual([0, 10_000, 10_000]);
  });
  it('begins anew when the VM is on another wrong host, and when its tap is missing from another', () => {
    const plug = (host: string): Edit => reads(host, 'ip.links', (links) => [...links, {...links.find(({name}) => name.startsWith('one-'))!, name: 'one-2-0', master: 'onebr.2', index: 99}]);
    const gone = reads('kvm2', 'ip.links', (links) => links.filter(({name}) => name !== 'one-2-0'));
    expect(sinceOf('mobility.placement', [0, gone, plug('kvm1')], [10_000, gone, plug('kvm1')], [20_000, gone, plug('kvm3')])).toEqual([0, 0, 20_000]);
    const on = (host: string): Edit => cloudReads('one.vms', (vms) => vms.map((vm) => (vm.id === 2 ? {...vm, history: vm.history.map((record) => ({...record, host}))} : vm)));
    const [kvm1, kvm3] = ['kvm1', 'kvm3'].map((host) => fabricWith().fabric.vms.find((vm) => vm.host === host)!.oneHost!) as [string, string];
    expect(sinceOf('mobility.tap', [0, gone], [10_000, gone, on(kvm1)], [20_000, gone, on(kvm1)], [30_000, gone, on(kvm3)])).toEqual([0, 10_000, 10_000, 30_000]);
  });
  it('begins anew when it is another network that is not flooded to', () => {
    const forgets = (vni: number): Edit => reads('kvm1', 'frr.vnis', (vnis) => vnis.map((one) => (one.vni === vni ? {...one, remoteVteps: one.remoteVteps?.filter((address) => address !== '192.168.0.4')} : one)));
    expect(sinceOf('evpn.flood', [0, forgets(2)], [10_000, forgets(2), forgets(3)], [20_000, forgets(3)])).toEqual([0, 0, 10_000]);
  });
  it('goes on while a counter in its words grows, and when it was a duplicate on other hosts before', () => {
    expect(sinceOf('mobility.duplicate', [0, counts('kvm3', vm1, 5)], [10_000, counts('kvm3', vm1, 17)], [20_000, counts('kvm2', vm1, 20)])).toEqual([0, 0, 0]);
  });
});
