/** Folding: what explains what, in which order, and what it must not swallow. */
import {describe, expect, it} from 'vitest';
import {components} from '../../../src/checks/components.ts';
import {fold} from '../../../src/checks/fold.ts';
import {node} from '../../../src/checks/node.ts';
import {createRests, type Rests} from '../../../src/checks/rests.ts';
import type {Fabric, HostState, Session} from '../../../src/model/fabric.ts';
import type {Finding, Missing, Result} from '../../../src/model/finding.ts';
import {fabricWith} from './recorded.ts';

const rests = createRests(fabricWith().fabric);
const result = (check: string, id: string, more: Partial<Result> = {}): Result => ({
  check, family: 'bgp', outcome: 'fail', subject: {id, label: id, hosts: [], rows: []}, says: id, evidence: [], remedy: undefined, missing: [], breaks: [], needs: [], ...more,
});
const lacks = (source: string): readonly Missing[] => [{source, probe: 'ip.links', why: 'never read'}];
type Tree = readonly (string | readonly [string, Tree])[];
const tree = (findings: readonly Finding[]): Tree => findings.map(({check, symptoms}) => (symptoms.length > 0 ? [check, tree(symptoms)] : check));
const folded = (...results: Result[]): Tree => tree(fold(results, rests, () => 0));

describe('fold', () => {
  it('puts a symptom under what breaks something that it needs, however far below', () => {
    expect(folded(
      result('flood', 'kvm1>kvm2/2', {breaks: [node.flood('kvm1', 'kvm2', 2)], needs: [node.exchange('kvm2', 'kvm1')]}),
      result('interface', 'kvm2', {breaks: [node.underlay('kvm2')], needs: [node.host('kvm2')]}),
    )).toEqual([['interface', ['flood']]]);
  });
  it('leaves apart what has nothing to do with each other', () => {
    expect(folded(result('a', '1', {breaks: [node.underlay('kvm1')]}), result('b', '2', {needs: [node.underlay('kvm2')]}))).toEqual(['a', 'b']);
  });
  it('hangs each finding in one place: under the nearest', () => {
    expect(folded(
      result('host', 'kvm2', {breaks: [node.host('kvm2')]}),
      result('session', 's', {breaks: [node.session('ingress', 'kvm2')], needs: [node.tunnel('ingress', 'kvm2')]}),
      result('mac', 'm', {needs: [node.exchange('kvm2', 'kvm1')]}),
    )).toEqual([['host', [['session', ['mac']]]]]);
  });
  it('of two that explain each other, the deeper layer is the cause', () => {
    expect(folded(
      result('device', 'd', {breaks: [node.device('kvm2', 2)], needs: [node.tunnel('kvm1', 'kvm2')]}),
      result('tunnel', 't', {breaks: [node.tunnel('kvm1', 'kvm2')], needs: [node.device('kvm2', 2)]}),
    )).toEqual([['tunnel', ['device']]]);
  });
  it('a circle that something else explains is under that', () => {
    expect(folded(
      result('device', 'd', {breaks: [node.device('kvm2', 2)], needs: [node.tunnel('kvm1', 'kvm2'), node.vm(2)]}),
      result('tunnel', 't', {breaks: [node.tunnel('kvm1', 'kvm2')], needs: [node.device('kvm2', 2)]}),
      result('vm', 'v', {breaks: [node.vm(2)]}),
    )).toEqual([['vm', [['device', ['tunnel']]]]]);
  });
  it('a warning explains no failure; a failure explains a warning', () => {
    expect(folded(result('warn', 'w', {outcome: 'warn', breaks: [node.underlay('kvm2')]}), result('fail', 'f', {needs: [node.underlay('kvm2')]}))).toEqual(['fail', 'warn']);
    expect(folded(result('fail', 'f', {breaks: [node.underlay('kvm2')]}), result('warn', 'w', {outcome: 'warn', needs: [node.underlay('kvm2')]}))).toEqual([['fail', ['warn']]]);
  });
  it('what is only not known swallows no failure', () => {
    expect(folded(result('unknown', 'u', {outcome: 'unknown', breaks: [node.underlay('kvm2')], missing: lacks('kvm2')}), result('fail', 'f', {needs: [node.underlay('kvm2')]}))).toEqual(['fail', 'unknown']);
  });
  it('what is not known is under what explains the missing reading, else one finding for each source', () => {
    const unread = (check: string, source: string): Result => result(check, source, {outcome: 'unknown', missing: lacks(source), needs: [node.reading(source, 'ip.links')]});
    expect(folded(unread('u1', 'kvm2'), result('reach', 'kvm2', {breaks: [node.access('kvm2')]}), unread('u2', 'kvm2'))).toEqual([['reach', ['u1', 'u2']]]);
    expect(folded(unread('u1', 'kvm2'), unread('u2', 'kvm1'), unread('u3', 'kvm2'))).toEqual([['u1', ['u3']], 'u2']);
  });
  it('what BGP makes of EVPN breaks no session: a password that differs is a cause of its own', () => {
    expect(folded(
      result('clients', 'ingress', {breaks: [node.evpnConfig('ingress')]}),
      result('password', 's', {breaks: [node.session('ingress', 'kvm2')], needs: [node.bgpConfig('ingress'), node.bgpConfig('kvm2')]}),
      result('flood', 'f', {needs: [node.exchange('kvm2', 'kvm1')]}),
    )).toEqual(['clients', ['password', ['flood']]]);
  });
  it('does not explain a finding by itself', () => {
    expect(folded(result('a', '1', {breaks: [node.vni('kvm1', 2)], needs: [node.vni('kvm1', 2)]}))).toEqual(['a']);
  });
});

describe('what rests on what', () => {
  const closure = (name: string): ReadonlySet<string> => {
    const seen = new Set([name]);
    for (const each of seen) for (const below of rests(each)) seen.add(below);
    return seen;
  };
  it.each([
    [node.session('kvm1', 'ingress'), [node.underlay('kvm1'), node.underlay('ingress'), node.bgpd('kvm1'), node.filter('ingress')]],
    [node.exchange('kvm1', 'kvm2'), [node.session('kvm1', 'ingress'), node.session('ingress', 'kvm2'), node.zebra('kvm1')]],
    [node.flood('kvm1', 'kvm2', 2), [node.device('kvm2', 2), node.vni('kvm1', 2), node.session('ingress', 'kvm2')]],
    [node.reading('kvm2', 'frr.summary'), [node.access('kvm2'), node.bgpd('kvm2'), node.host('kvm2')]],
    [node.reading('OpenNebula', 'one.vms'), [node.cloud()]],
    [node.mac('kvm2', 2, '02:00:ac:11:02:0a'), [node.vni('kvm1', 2), node.vni('kvm2', 2), node.exchange('kvm1', 'kvm2')]],
  ])('%s', (name, below) => {
    expect(below.filter((each) => !closure(name).has(each))).toEqual([]);
  });
  it('nothing rests on itself, and the reading of the kernel not on FRR', () => {
    const names = [node.exchange('kvm1', 'kvm2'), node.carriage('kvm1', 'kvm2', 2), node.host('vr'), node.mac('kvm2', 2, '02:00:ac:11:02:0a')];
    for (const name of names) for (const each of closure(name)) expect(rests(each).some((below) => closure(below).has(each)), each).toBe(false);
    expect(closure(node.reading('kvm2', 'ip.links')).has(node.zebra('kvm2'))).toBe(false);
  });
});

describe('two reflectors', () => {
  /** kvm1 and kvm2 reflect as well, and every session is there; `down` pairs have none. */
  const onHypervisors = (...down: readonly string[]): Rests => {
    const {fabric} = fabricWith();
    const hosts = new Map([...fabric.hosts].map(([name, state]) => [name, {...state, spec: {...state.spec, roles: name === 'ingress' ? ['vtep'] : ['kvm1', 'kvm2'].includes(name) ? ['reflector', 'vtep'] : state.spec.roles}} as HostState]));
    const [model] = fabric.sessions;
    const names = ['ingress', 'kvm1', 'kvm2', 'kvm3'];
    const sessions = names.flatMap((host) => names.filter((peer) => peer !== host && [host, peer].some((one) => one === 'kvm1' || one === 'kvm2')).map((peerHost): Session => ({
      ...model!, id: `${host}>${peerHost}`, host, peerHost, neighbor: undefined, expected: 'expected', verdict: down.includes(`${host}|${peerHost}`) || down.includes(`${peerHost}|${host}`) ? 'down' : 'established',
    })));
    return createRests({...fabric, hosts, sessions} as Fabric);
  };
  const lost = (a: string, b: string): Result => result(`session ${a}|${b}`, `${a}|${b}`, {breaks: [node.session(a, b)]});
  const learns = (from: string, to: string): Result => result('exchange', `${from}>${to}`, {needs: [node.exchange(from, to)]});
  const told = (rests_: Rests, ...results: Result[]): Tree => tree(fold(results, rests_, () => 0));

  it('one broken session of two breaks no exchange: what is wrong with that has another cause', () => {
    expect(told(onHypervisors('ingress|kvm1'), lost('ingress', 'kvm1'), learns('ingress', 'kvm3'))).toEqual(['session ingress|kvm1', 'exchange']);
  });
  it('without either way it is broken, and the first says why', () => {
    expect(told(onHypervisors('ingress|kvm1', 'ingress|kvm2'), lost('ingress', 'kvm1'), lost('ingress', 'kvm2'), learns('ingress', 'kvm3'))).toEqual([['session ingress|kvm1', ['exchange']], 'session ingress|kvm2']);
  });
  it('one way broken here and the other there', () => {
    expect(told(onHypervisors('ingress|kvm1', 'kvm2|kvm3'), lost('ingress', 'kvm1'), lost('kvm2', 'kvm3'), learns('ingress', 'kvm3'))).toEqual([['session ingress|kvm1', ['exchange']], 'session kvm2|kvm3']);
  });
  it('a hypervisor that reflects is reached directly, or over the other one', () => {
    expect(told(onHypervisors('ingress|kvm1'), lost('ingress', 'kvm1'), learns('kvm1', 'ingress'))).toEqual(['session ingress|kvm1', 'exchange']);
    expect(told(onHypervisors('ingress|kvm1', 'kvm1|kvm2'), lost('ingress', 'kvm1'), lost('kvm1', 'kvm2'), learns('kvm1', 'ingress'))).toEqual([['session ingress|kvm1', ['exchange']], 'session kvm1|kvm2']);
  });
});

it('components: circles together, the rest alone, without recursion', () => {
  expect(components([[1], [2], [0], [0], []]).map((each) => [...each].sort()).sort()).toEqual([[0, 1, 2], [3], [4]]);
  const chain = Array.from({length: 50_000}, (_, i) => (i === 0 ? [49_999] : [i - 1]));
  expect(components(chain).map(({length}) => length)).toEqual([50_000]);
});
