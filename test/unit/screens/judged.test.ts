/** What is an event: what was raised and what was cleared. That something has not been read yet has not happened. */
import {describe, expect, it} from 'vitest';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import type {Diagnosis, Finding} from '../../../src/model/finding.ts';
import {bounded} from '../../../src/screens/diagnosing.ts';
import {eventsAfter, judged, type FindingEvent, type Judged} from '../../../src/screens/judged.ts';
import {fabricWith, fails, lost, unread, type Edit} from '../checks/recorded.ts';

const now = 1_700_000_000_000;
const finding = (id: string, outcome: Finding['outcome'], more: Partial<Finding> = {}): Finding => ({
  id, check: id.split('@')[0] ?? '', family: 'bgp', outcome, says: id, since: now - 60_000, evidence: [], remedy: undefined, missing: [], breaks: [], needs: [], symptoms: [],
  subject: {id, label: id, hosts: [], rows: []}, ...more,
});
const lacks = (id: string, ...whys: readonly string[]): Finding => finding(id, 'unknown', {missing: whys.map((why) => ({source: 'kvm1', probe: 'frr.summary', why}))});
const of = (...causes: readonly Finding[]): Judged => judged(bounded({at: now, causes, suspected: [], counts: {}}));
const brief = (events: readonly FindingEvent[]): readonly string[] => events.map(({kind, finding: {id, outcome}}) => `${kind} ${outcome} ${id}`);
/** Judgements one after the other: what has happened, the newest first. */
const happened = (...all: readonly Judged[]): readonly string[] => {
  let events: readonly FindingEvent[] = [];
  for (const [i, one] of all.entries()) events = eventsAfter(all[i - 1], one, events, now + i * 1000);
  return brief(events);
};

describe('events', () => {
  it('are causes that come, change their outcome, and go', () => {
    expect(happened(of(), of(finding('a', 'warn')), of(finding('a', 'warn')), of(finding('a', 'fail')), of())).toEqual(['cleared fail a', 'raised fail a', 'raised warn a']);
  });
  it('of what was there when the console came have its own time', () => {
    expect(eventsAfter(undefined, of(finding('a', 'fail')), [], now).map(({at}) => at)).toEqual([now - 60_000]);
  });
  it('are not that something has never been read, when it begins and when it ends', () => {
    expect(happened(of(lacks('a', 'never read')), of())).toEqual([]);
    expect(happened(of(), of(lacks('a', 'never read', 'never read')), of())).toEqual([]);
  });
  it('are that a reading was lost: what has grown stale, or was refused, beside what was never read', () => {
    expect(happened(of(), of(lacks('a', 'stale: read 40 s ago')))).toEqual(['raised unknown a']);
    expect(happened(of(), of(lacks('a', 'never read', 'timeout: it hangs')))).toEqual(['raised unknown a']);
  });
  it('are that what was never read turns out to fail', () => {
    expect(happened(of(lacks('a', 'never read')), of(finding('a', 'fail')))).toEqual(['raised fail a']);
  });
  it('are not that a finding is folded under another now', () => {
    const symptom = finding('b', 'fail');
    expect(happened(of(symptom), of(finding('a', 'fail', {symptoms: [symptom]})))).toEqual(['raised fail a', 'raised fail b']);
    expect(happened(of(finding('a', 'fail', {symptoms: [symptom]})), of(symptom))).toEqual(['cleared fail a', 'raised fail a']);
  });
  it('are that a cause cannot be read any more, under whatever hides it, and that it is so still; not that it was cleared', () => {
    const [a, hidden] = [finding('a', 'fail'), finding('a', 'unknown', {known: {outcome: 'fail', says: 'a'}})];
    const under = finding('b', 'fail', {symptoms: [hidden]});
    expect(happened(of(a), of(hidden), of(a))).toEqual(['still so fail a', 'not known fail a', 'raised fail a']);
    expect(happened(of(a), of(under), of(a))).toEqual(['cleared fail b', 'still so fail a', 'not known fail a', 'raised fail b', 'raised fail a']);
    expect(happened(of(a), of(under), of(under), of())).toEqual(['cleared fail b', 'cleared fail a', 'not known fail a', 'raised fail b', 'raised fail a']);
    expect(happened(of(a), of(hidden), of())).toEqual(['cleared fail a', 'not known fail a', 'raised fail a']);
    expect(happened(of(finding('b', 'fail', {symptoms: [a]})), of(under), of())).toEqual(['cleared fail b', 'raised fail b']);
  });
  it('of real readings: a probe of a fabric that is being opened is none, one that fails is one', () => {
    const told = (...edits: readonly Edit[]): Diagnosis => {
      const {fabric, now: at} = fabricWith(...edits);
      return createDiagnoser({hold: false})(fabric, at);
    };
    const open = judged(bounded(told(unread('kvm2', 'wg.interfaces'))));
    expect(open.causes.unknown).toBeGreaterThan(0);
    expect(brief(eventsAfter(undefined, open, [], now))).toEqual([]);
    expect(brief(eventsAfter(open, judged(bounded(told())), [], now))).toEqual([]);
    expect(brief(eventsAfter(judged(bounded(told())), judged(bounded(told(lost('kvm2')))), [], now))).toEqual(['raised fail access.reach@kvm2']);
    expect(brief(eventsAfter(judged(bounded(told())), judged(bounded(told(fails('kvm2', 'frr.macs', 'timeout')))), [], now)).length).toBeGreaterThan(0);
  });
});
