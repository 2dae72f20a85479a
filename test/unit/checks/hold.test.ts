/** Nothing that is held is told from one and the same reading: tables that contradict each other must have been read anew. */
import {describe, expect, it} from 'vitest';
import {catalogue} from '../../../src/checks/catalogue.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {readAnewIn} from '../../../src/checks/hold.ts';
import type {Fabric, HostProbeId} from '../../../src/model/fabric.ts';
import type {Stamp} from '../../../src/model/reading.ts';
import {access, fabricWith, reads, type Edit} from './recorded.ts';

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
  const anew = (probe: HostProbeId, fabric: Fabric, at = now + 12_000): boolean => readAnewIn(fabric, at)({source: 'kvm1', probe, at: now, staleAt: now + 30_000} satisfies Stamp, now);
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
