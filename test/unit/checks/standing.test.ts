/** What was told and cannot be read any more is not known: not cleared, not forgotten. Over the cases of every family. */
import {describe, expect, it} from 'vitest';
import type {Check} from '../../../src/checks/check.ts';
import {catalogue} from '../../../src/checks/catalogue.ts';
import {createDiagnoser, type Diagnoser} from '../../../src/checks/diagnose.ts';
import {flatten} from '../../../src/checks/fold.ts';
import type {Fabric, HostProbeId} from '../../../src/model/fabric.ts';
import type {Diagnosis, Finding} from '../../../src/model/finding.ts';
import {bounded} from '../../../src/screens/diagnosing.ts';
import {eventsAfter, judged, type FindingEvent, type Judged} from '../../../src/screens/judged.ts';
import type {Cases} from './case.ts';
import {cloudFails, cloudReads, fabricWith, fails, lost, reads, withoutHost, type Edit} from './recorded.ts';

const families = ['access', 'firewall', 'wireguard', 'bgp', 'evpn', 'vxlan', 'fdb', 'mtu', 'mobility', 'opennebula', 'nat', 'versions'] as const;
const tables = await Promise.all(families.map(async (family) => ({family, cases: ((await import(/* @vite-ignore */ new URL(`cases/${family}.ts`, import.meta.url).href)) as Cases).cases})));
const {now} = fabricWith();
const inside = ({causes}: Diagnosis): readonly Finding[] => [...flatten(causes)];
const trouble = (finding: Finding): boolean => finding.outcome === 'fail' || finding.outcome === 'warn';

/** Looks of one console, ten seconds apart. */
function looking(of: Diagnoser) {
  let look = 0;
  let before: Judged | undefined;
  let events: readonly FindingEvent[] = [];
  return {
    at: (fabric: Fabric): readonly Finding[] => {
      const at = now + look * 10;
      const diagnosis = of({...fabric, revision: ++look}, at);
      const after = judged(bounded(diagnosis, 100_000));
      events = eventsAfter(before, after, events, at);
      before = after;
      return inside(diagnosis);
    },
    /** The oldest first. */
    events: (id: string): readonly string[] => events.filter(({finding}) => finding.id === id).map(({kind}) => kind).toReversed(),
  };
}

/** What takes away the sight of a finding: a host that it concerns, or one of the readings that it was made from. */
function losses({subject, evidence}: Finding, fabric: Fabric): readonly (readonly [what: string, edit: Edit])[] {
  const stamps = evidence.flatMap(({stamp}) => stamp ?? []).filter(({source, probe}) => fabric.hosts.has(source) || (source === fabric.cloud?.endpoint && probe in fabric.cloud.readings));
  return [
    ...subject.hosts.filter((host) => fabric.hosts.has(host)).map((host) => [`ssh to ${host}`, lost(host)] as const),
    ...stamps.map(({source, probe}) => [`${probe} of ${source}`, fabric.hosts.has(source) ? fails(source, probe as HostProbeId, 'timeout') : cloudFails(probe as 'one.vms', 'timeout')] as const),
  ];
}

describe.each(tables.map(({family, cases}) => [family, cases] as const))('findings of %s', (_, cases) => {
  it('are not cleared by what is lost from sight, and are as old as they are when it comes back', () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const {check: id, name, edits, expect: {outcome}} of cases) {
      const checks = catalogue.filter((check) => check.id === id);
      if (outcome !== 'fail' && outcome !== 'warn') continue;
      const {fabric} = fabricWith(...edits);
      const told = inside(createDiagnoser({hold: false, checks})(fabric, now)).filter(trouble);
      for (const finding of told) for (const [what, edit] of losses(finding, fabric)) {
        tried++;
        const console_ = looking(createDiagnoser({hold: false, checks}));
        console_.at(fabric);
        const hidden = console_.at(fabricWith(...edits, edit).fabric).find((one) => one.id === finding.id);
        const again = console_.at(fabric).find((one) => one.id === finding.id);
        const told_ = console_.events(finding.id);
        if (!hidden || again?.since !== now || told_.includes('cleared')) wrong.push(`${finding.id} (${name}), without ${what}: ${hidden?.outcome ?? 'nothing'}, then since ${(again?.since ?? NaN) - now} ms; ${told_.join()}`);
      }
    }
    expect(tried).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
  it('end when it was read that they are no more, be it after they were not known', () => {
    const wrong: string[] = [];
    for (const {check: id, edits, expect: {outcome}} of cases) {
      const checks = catalogue.filter((check) => check.id === id);
      if (outcome !== 'fail' && outcome !== 'warn') continue;
      const {fabric} = fabricWith(...edits);
      const console_ = looking(createDiagnoser({hold: false, checks}));
      const told = console_.at(fabric).filter(trouble);
      const [finding] = told;
      const loss = finding && losses(finding, fabric)[0]?.[1];
      if (loss) console_.at(fabricWith(...edits, loss).fabric);
      for (const left of console_.at(fabricWith().fabric)) wrong.push(left.id);
    }
    expect(wrong).toEqual([]);
  });
});

/** A peer of kvm1 that was meant for kvm2, with a key that is nobody's; and what a VM's context lacks. */
const strange = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const wrongKey: Edit = (recorded) => {
  const key = recorded.hosts.find(({spec}) => spec.name === 'kvm2')!.readings['wg.interfaces']!.value!.find(({name}) => name === 'wg0')!.publicKey;
  return reads('kvm1', 'wg.interfaces', (all) => all.map((one) => ({...one, peers: one.peers.map((peer) => (peer.publicKey === key ? {...peer, publicKey: strange} : peer))})))(recorded);
};
const key = 'wireguard.key@kvm1|kvm2';
const of = (id: string, findings: readonly Finding[]): string | undefined => findings.filter((one) => one.id === id).map(({outcome, says}) => `${outcome} ${says}`)[0];

describe('a wrong key', () => {
  it('is not known while ssh to the other end is lost, under what hides it; then it is still so', () => {
    const console_ = looking(createDiagnoser());
    console_.at(fabricWith(wrongKey).fabric);
    const hidden = console_.at(fabricWith(wrongKey, lost('kvm2')).fabric);
    expect(of(key, hidden)).toMatch(/^unknown not known now, was FAIL: kvm1 has a wrong public key for kvm2.* \(lacks ssh of kvm2\)$/);
    expect(hidden.find(({id}) => id === 'access.reach@kvm2')?.symptoms.map(({id}) => id)).toContain(key);
    const found = console_.at(fabricWith(wrongKey).fabric).find(({id}) => id === key);
    expect([found?.outcome, found?.since]).toEqual(['fail', now]);
    expect(console_.events(key)).toEqual(['raised', 'not known', 'still so']);
  });
  it('is told at once as not known when a reading is only late; and has no remedy then', () => {
    const console_ = looking(createDiagnoser());
    console_.at(fabricWith(wrongKey).fabric);
    const hidden = console_.at(fabricWith(wrongKey, fails('kvm2', 'wg.interfaces', 'timeout')).fabric).find(({id}) => id === key);
    expect([hidden?.outcome, hidden?.remedy]).toEqual(['unknown', undefined]);
  });
  it('that was put right out of sight is cleared when it is read, and once', () => {
    const console_ = looking(createDiagnoser());
    for (const edits of [[wrongKey], [wrongKey, lost('kvm2')], [lost('kvm2')], [], []]) console_.at(fabricWith(...edits).fabric);
    expect(console_.events(key)).toEqual(['raised', 'not known', 'cleared']);
  });
  it('is cleared when its host was taken out of the inventory, and when it is put right in sight', () => {
    for (const after of [[wrongKey, withoutHost('kvm2')], [wrongKey, withoutHost('kvm2'), lost('kvm1')], [], [lost('kvm3')]]) {
      const console_ = looking(createDiagnoser());
      console_.at(fabricWith(wrongKey).fabric);
      expect(of(key, console_.at(fabricWith(...after).fabric))).toBeUndefined();
      expect(console_.events(key)).toEqual(['raised', 'cleared']);
    }
  });
});

describe('what is gone', () => {
  const unplugged = reads('kvm2', 'ip.links', (links) => links.filter(({name}) => name !== 'one-2-0'));
  const deleted = cloudReads('one.vms', (vms) => vms.filter(({id}) => id !== 2));
  it('a VM that was deleted has no finding, whether or not its host can be read', () => {
    const checks = catalogue.filter(({id}) => id === 'mobility.tap');
    for (const after of [[unplugged, deleted], [unplugged, deleted, lost('kvm2')]]) {
      const console_ = looking(createDiagnoser({hold: false, checks}));
      expect(of('mobility.tap@vm 2', console_.at(fabricWith(unplugged).fabric))).toMatch(/^fail/);
      expect(of('mobility.tap@vm 2', console_.at(fabricWith(...after).fabric))).toBeUndefined();
      expect(console_.events('mobility.tap@vm 2')).toEqual(['raised', 'cleared']);
    }
  });
  it('what was missing already when a finding was told does not keep it', () => {
    let faulty = true;
    const subject = (id: string) => ({id, label: id, hosts: [], rows: []});
    const check: Check = {
      id: 'nat.x', family: 'nat', title: 't', explanation: 'e', remedy: 'r', origin: 'o', holdS: 0,
      run: (_, out) => {
        out.unknown(subject('the whole'), [{source: 'elsewhere', probe: 'x', why: 'nobody has it'}]);
        if (faulty) out.fail({subject: subject('one'), says: 'bad'});
      },
    };
    const console_ = looking(createDiagnoser({hold: false, checks: [check]}));
    console_.at(fabricWith().fabric);
    faulty = false;
    expect(of('nat.x@one', console_.at(fabricWith().fabric))).toBeUndefined();
  });
});
