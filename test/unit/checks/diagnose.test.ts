/** From readings to what is told: holding, forgetting, selecting, and a check that breaks. */
import {describe, expect, it} from 'vitest';
import type {Check} from '../../../src/checks/check.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {createMemory, matured} from '../../../src/checks/hold.ts';
import {runChecks, selectChecks} from '../../../src/checks/run.ts';
import type {Finding, Result} from '../../../src/model/finding.ts';
import {fabricWith, lost, pair, reads} from './recorded.ts';

const subject = (id: string) => ({id, label: id, hosts: [id], rows: []});
const check = (id: string, run: Check['run']): Check => ({id, family: 'bgp', title: 't', explanation: 'e', remedy: 'r', origin: 'o', holdS: 0, run});
const {fabric, now} = fabricWith();

describe('runChecks', () => {
  it('counts passes, keeps the rest, and one verdict for each subject', () => {
    const {results, counts} = runChecks(fabric, now, {checks: [check('bgp.x', (_, out) => {
      out.pass(() => subject('kvm1'));
      out.fail({subject: subject('kvm2'), says: 'bad'});
      out.warn({subject: subject('kvm2'), says: 'again'});
    })]});
    expect(counts['bgp.x']).toEqual({pass: 1, warn: 0, fail: 1, unknown: 0});
    expect(results.map(({says}) => says)).toEqual(['bad']);
  });
  it.each([['vr', 'vr'], ['vr', 'vr-b'], ['vr-b', 'vr'], ['vr-b', 'vr-b']] as const)('finds nothing at a pair of routers of which %s is MASTER, and %s first in the inventory', (master, first) => {
    const both = fabricWith(pair(master, first));
    expect(runChecks(both.fabric, both.now).results.map(({check: id, subject: {id: of}, says}) => `${id}@${of} ${says}`)).toEqual([]);
  });
  it('counts only what concerns the hosts that are asked for', () => {
    const both = check('bgp.x', (_, out) => ['kvm1', 'kvm2'].forEach((host) => out.pass(() => subject(host))));
    expect(runChecks(fabric, now, {checks: [both], hosts: ['kvm2']}).counts['bgp.x']?.pass).toBe(1);
  });
  it('does not make the subject of a pass', () => {
    runChecks(fabric, now, {checks: [check('bgp.x', (_, out) => out.pass(() => {
      throw new Error('made');
    }))]});
  });
  it('a check that throws is not known, and the others go on', () => {
    const {results, counts} = runChecks(fabric, now, {checks: [check('bgp.x', () => {
      throw new Error('a bug');
    }), check('bgp.y', (_, out) => out.pass(() => subject('kvm1')))]});
    expect(results.map(({outcome, missing}) => [outcome, missing[0]?.why])).toEqual([['unknown', 'a bug']]);
    expect(counts['bgp.y']?.pass).toBe(1);
  });
  it('what is not known needs the reading that it lacks', () => {
    const {results} = runChecks(fabric, now, {checks: [check('bgp.x', (_, out) => out.unknown(subject('kvm1'), [{source: 'kvm1', probe: 'ip.links', why: 'w'}, {source: 'kvm2', probe: 'ssh', why: 'w'}]))]});
    expect(results[0]?.needs).toEqual(['reading kvm1 ip.links', 'access kvm2']);
  });
});

describe('selectChecks', () => {
  const all = ['bgp.session', 'bgp.daemon', 'bgpx.a'].map((id) => ({...check(id, () => undefined), family: id.split('.')[0] as 'bgp'}));
  const ids = (include: readonly string[], exclude: readonly string[]) => selectChecks(include, exclude, all).checks.map(({id}) => id);
  it('takes families, ids and globs; says what names nothing', () => {
    expect(ids([], [])).toEqual(['bgp.session', 'bgp.daemon', 'bgpx.a']);
    expect(ids(['bgp'], ['*.daemon'])).toEqual(['bgp.session']);
    expect(ids(['bgp.s*', 'bgpx'], [])).toEqual(['bgp.session', 'bgpx.a']);
    expect(selectChecks(['bgp', 'nonsense'], ['b(p'], all).unmatched).toEqual(['nonsense', 'b(p']);
  });
});

describe('holding', () => {
  const result = (outcome: Result['outcome']): Result => ({check: 'mobility.placement', family: 'mobility', outcome, subject: subject('vm 2'), says: '', evidence: [], remedy: undefined, missing: [], breaks: [], needs: []});
  const id = 'mobility.placement@vm 2';
  it('remembers the first sight through times when it is not known; forgets at the first pass', () => {
    const memory = createMemory();
    memory.note([result('fail')], 1000);
    memory.note([result('unknown')], 2000);
    expect(memory.since(id, result('unknown'))).toBe(2000);
    memory.note([result('fail')], 3000);
    expect(memory.since(id, result('fail'))).toBe(1000);
    memory.note([], 4000);
    memory.note([result('fail')], 5000);
    expect(memory.since(id, result('fail'))).toBe(5000);
  });
  const finding = (check_: string, since: number, symptoms: readonly Finding[] = []): Finding => ({...result('fail'), check: check_, id: check_, since, symptoms});
  it('tells what has lasted, and a cause with what has lasted under it', () => {
    const young = finding('mobility.placement', 90_000); // held 20 s
    expect(matured([young], 100_000)).toEqual([]);
    expect(matured([young], 200_000)).toEqual([young]);
    const cause = finding('mobility.placement', 90_000, [finding('access.reach', 100_000)]); // not held
    expect(matured([cause], 100_000)).toEqual([cause]);
  });
  it('what has not lasted yet is suspected, not told; with nothing held back there is nothing to suspect', () => {
    const broken = fabricWith(reads('kvm3', 'bridge.fdb', (entries) => entries.map((one) => (one.mac === '02:00:ac:11:02:0a' && one.destination !== undefined ? {...one, destination: '192.168.0.1'} : one))), lost('vr'));
    const ids = (findings: readonly Finding[]): readonly string[] => findings.map(({id}) => id);
    const [held, atOnce] = [createDiagnoser(), createDiagnoser({hold: false})].map((diagnose) => diagnose(broken.fabric, broken.now));
    expect([ids(held!.causes), ids(held!.suspected)]).toEqual([['access.reach@vr'], ['fdb.remote@kvm3/2/02:00:ac:11:02:0a']]);
    expect([ids(atOnce!.causes), ids(atOnce!.suspected)]).toEqual([['access.reach@vr', 'fdb.remote@kvm3/2/02:00:ac:11:02:0a'], []]);
  });
  it('the diagnoser tells at once without holding, keeps `since`, and answers the same revision from memory', () => {
    const broken = fabricWith(lost('kvm2'));
    const diagnose = createDiagnoser({hold: false});
    const first = diagnose(broken.fabric, broken.now);
    expect(first.causes.map((cause) => cause.id)).toEqual(['access.reach@kvm2']);
    expect(diagnose(broken.fabric, broken.now + 100)).toBe(first);
    const later = diagnose({...broken.fabric, revision: broken.fabric.revision + 1}, broken.now + 1000);
    expect(later.causes[0]?.since).toBe(broken.now);
  });
  it('of a MAC that is a duplicate, tables of two moments that differ are a symptom, and of another MAC they are not', () => {
    const flagged = '02:00:ac:11:02:0b';
    const leads = (mac: string) => reads('kvm3', 'bridge.fdb', (entries) => entries.map((one) => (one.mac === mac && one.destination !== undefined ? {...one, destination: '192.168.0.1'} : one)));
    const duplicate = reads('kvm1', 'frr.macs', (macs) => macs.map((one) => (one.mac === flagged ? {...one, duplicate: true, detectionCount: 5} : one)));
    const broken = fabricWith(duplicate, leads(flagged), leads('02:00:ac:11:02:0a'));
    const {causes} = createDiagnoser({hold: false})(broken.fabric, broken.now);
    expect(causes.map(({id, symptoms}) => [id, symptoms.map((symptom) => symptom.id)])).toEqual([
      ['fdb.remote@kvm3/2/02:00:ac:11:02:0a', []],
      [`mobility.duplicate@2/${flagged}`, [`fdb.remote@kvm3/2/${flagged}`]],
    ]);
  });
  it('a host filter keeps a cause elsewhere that explains something there', () => {
    const broken = fabricWith(lost('kvm2'));
    const causes = (hosts: readonly string[]) => createDiagnoser({hold: false, hosts})(broken.fabric, broken.now).causes.map((cause) => cause.id);
    expect(causes(['kvm2'])).toEqual(['access.reach@kvm2']);
    expect(causes(['vr'])).toEqual([]);
  });
});
