import {afterEach, describe, expect, it} from 'vitest';
import {CommandLog} from '../../../src/fabric/command-log.ts';
import {HostReader} from '../../../src/fabric/host-reader.ts';
import type {Access, HostState} from '../../../src/model/fabric.ts';
import {bad, good, type Problem} from '../../../src/model/reading.ts';
import type {AnyProbe, ProbeContext} from '../../../src/services/probe.ts';
import type {HostSession, Lane, Section, SectionResult} from '../../../src/services/session.ts';
import {spec} from './readings.ts';

const ok = (section: Section, stdout: string): SectionResult => ({id: section.id, ok: true, tookMs: 1, output: {exit: 0, stdout, stderr: '', truncated: false}});
const failed = (section: Section, problem: Problem): SectionResult => ({id: section.id, ok: false, tookMs: 1, problem});

/** A session that answers by a function, and counts what it is asked. */
class FakeSession implements HostSession {
  readonly name = 'kvm1';
  access: Access = {phase: 'ready', since: 0, problem: undefined, retryAt: undefined, attempts: 1, rttMs: 1};
  asked: string[][] = [];
  apart: string[] = [];
  running = new Map<Lane, number>();
  overlapped = false;
  private listeners = new Set<(access: Access) => void>();
  answer: (section: Section) => SectionResult | Promise<SectionResult>;
  constructor(answer: (section: Section) => SectionResult | Promise<SectionResult>) {
    this.answer = answer;
  }
  onAccess(listener: (access: Access) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  become(access: Access) {
    this.access = access;
    for (const listener of this.listeners) listener(access);
  }
  async run(sections: readonly Section[], _signal?: AbortSignal, lane: Lane = 'kernel') {
    if (this.running.get(lane)) this.overlapped = true;
    this.running.set(lane, 1);
    this.asked.push(sections.map((s) => s.id));
    const results = await Promise.all(sections.map(async (s) => this.answer(s)));
    this.running.set(lane, 0);
    return results;
  }
  async stream(section: Section, onChunk: (chunk: Buffer) => void) {
    this.apart.push(section.id);
    const result = await this.answer(section);
    if (result.ok) onChunk(Buffer.from(result.output.stdout));
    return result;
  }
  retry() {}
  renew() {
    return Promise.resolve(undefined);
  }
  async close() {}
}

const probe = (id: string, tier: 'fast' | 'medium' | 'slow', more: Partial<AnyProbe> = {}): AnyProbe =>
  ({id, tier, deadlineS: 5, maxBytes: 1000, command: () => `run ${id}`, parse: (o: {stdout: string}) => good(o.stdout), ...more}) as unknown as AnyProbe;

const readers: HostReader[] = [];
afterEach(async () => Promise.all(readers.splice(0).map((reader) => reader.close())));

function start(session: FakeSession, probes: readonly AnyProbe[], periods = {fast: 5, medium: 5000, slow: 5000}) {
  const states: HostState[] = [];
  const waiting: [(state: HostState) => boolean, (state: HostState) => void][] = [];
  const log = new CommandLog();
  const onChange = (state: HostState) => {
    states.push(state);
    for (const [match, resolve] of waiting) if (match(state)) resolve(state);
  };
  const reader = new HostReader({spec: spec('kvm1', ['vtep']), session, probes, periods, log, onChange});
  readers.push(reader);
  const until = (match: (state: HostState) => boolean) =>
    new Promise<HostState>((resolve) => {
      const seen = states.findLast(match);
      if (seen) resolve(seen);
      else waiting.push([match, resolve]);
    });
  return {reader, states, log, until};
}
const reading = (state: HostState, id: string) => (state.readings as Record<string, {value: unknown; problem: Problem | undefined; at: number | undefined; since: number | undefined}>)[id];

describe('a host reader', () => {
  it('joins what is due into one round and never overlaps itself', async () => {
    const session = new FakeSession(async (s) => {
      await new Promise((resolve) => setImmediate(resolve));
      return ok(s, 'x');
    });
    const {until} = start(session, [probe('a', 'fast'), probe('b', 'medium')]);
    await until(() => session.asked.length >= 4);
    expect(session.asked[0]).toEqual(['a', 'b']);
    expect(session.asked.slice(1, 4)).toEqual([['a'], ['a'], ['a']]);
    expect(session.overlapped).toBe(false);
  });

  it('keeps the last good value beside the problem, with both times', async () => {
    let fail = false;
    const session = new FakeSession((s) => (fail ? failed(s, {kind: 'failed', detail: 'no'}) : ok(s, 'good')));
    const {until} = start(session, [probe('a', 'fast')]);
    const first = await until((s) => reading(s, 'a')?.value === 'good');
    fail = true;
    const then = await until((s) => reading(s, 'a')?.problem !== undefined);
    expect(reading(then, 'a')).toMatchObject({value: 'good', problem: {kind: 'failed', detail: 'no'}});
    expect(reading(then, 'a')!.at).toBeGreaterThanOrEqual(reading(first, 'a')!.at!);
    const later = await until((s) => (reading(s, 'a')?.problem !== undefined) && s !== then);
    expect(reading(later, 'a')!.since).toBe(reading(then, 'a')!.since);
  });

  it('a parser that fails, or throws, spoils only its own reading', async () => {
    const session = new FakeSession((s) => ok(s, 'x'));
    const thrower = probe('b', 'fast', {parse: () => { throw new Error('boom'); }} as never);
    const {until} = start(session, [probe('a', 'fast'), thrower, probe('c', 'fast', {parse: () => bad('garbled', 'nonsense')} as never)]);
    const state = await until((s) => reading(s, 'c') !== undefined);
    expect(reading(state, 'a')?.value).toBe('x');
    expect(reading(state, 'b')?.problem?.detail).toContain('boom');
    expect(reading(state, 'c')?.problem).toEqual({kind: 'garbled', detail: 'nonsense'});
  });

  it('a lost connection makes every reading of the host stale, and a connection that is back is read at once', async () => {
    let lost = false;
    const session = new FakeSession((s) => (lost ? failed(s, {kind: 'unreachable', detail: 'reset'}) : ok(s, 'x')));
    const {until} = start(session, [probe('a', 'fast'), probe('slow', 'slow')], {fast: 20, medium: 60_000, slow: 60_000});
    await until((s) => reading(s, 'slow')?.value === 'x');
    lost = true;
    const state = await until((s) => reading(s, 'a')?.problem?.kind === 'unreachable');
    expect(reading(state, 'slow')).toMatchObject({value: 'x', problem: {kind: 'unreachable'}});
    lost = false;
    session.become({...session.access, phase: 'waiting'});
    session.become({...session.access, phase: 'ready'});
    const back = await until((s) => s.access.phase === 'ready' && reading(s, 'slow')?.problem === undefined && reading(s, 'slow')!.at! > reading(state, 'slow')!.at!);
    expect(reading(back, 'slow')?.value).toBe('x');
  });

  it('asks what hung on a channel of its own, so that the rest stays live', async () => {
    const hang = Promise.withResolvers<void>();
    const session: FakeSession = new FakeSession((s): SectionResult | Promise<SectionResult> => {
      if (s.id !== 'hung') return ok(s, 'x');
      return session.apart.length === 0 ? failed(s, {kind: 'timeout', detail: '5 s'}) : hang.promise.then(() => ok(s, 'awake'));
    });
    const {until, states} = start(session, [probe('a', 'fast'), probe('hung', 'fast')]);
    await until(() => session.apart.length === 1);
    const before = states.length;
    await until(() => states.length > before + 3);
    expect(session.apart).toEqual(['hung']);
    hang.resolve();
    const state = await until((s) => reading(s, 'hung')?.value === 'awake');
    expect(reading(state, 'hung')?.problem).toBeUndefined();
  });

  it('what waits for FRR holds up nothing else', async () => {
    const hang = Promise.withResolvers<void>();
    const session: FakeSession = new FakeSession((s): SectionResult | Promise<SectionResult> => (s.id === 'frr.summary' ? hang.promise.then(() => ok(s, 'late')) : ok(s, 'x')));
    const {until, states} = start(session, [probe('wg', 'fast'), probe('frr.summary', 'fast')]);
    await until((s) => reading(s, 'wg') !== undefined);
    const before = states.length;
    await until(() => states.length > before + 5);
    expect(reading(states.at(-1)!, 'frr.summary')).toBeUndefined();
    expect(session.overlapped).toBe(false);
    hang.resolve();
    await until((s) => reading(s, 'frr.summary')?.value === 'late');
  });

  it('a probe with a reason not to be asked is not sent, and its row says why', async () => {
    const session = new FakeSession((s) => ok(s, 'x'));
    const {until} = start(session, [probe('a', 'fast'), probe('b', 'fast', {command: () => ({kind: 'too-big', detail: '9000 MACs'})} as never)]);
    const state = await until((s) => reading(s, 'b') !== undefined);
    expect(reading(state, 'b')?.problem).toEqual({kind: 'too-big', detail: '9000 MACs'});
    expect(session.asked.flat()).not.toContain('b');
  });

  it('asks for the version before what depends on it', async () => {
    const contexts: (string | undefined)[] = [];
    const version = probe('frr.version', 'slow', {parse: () => good({text: '8.4.4', major: 8, minor: 4, patch: 4})} as never);
    const summary = probe('frr.summary', 'slow', {command: (c: ProbeContext) => { contexts.push(c.readings['frr.version']?.value?.text); return 'x'; }} as never);
    const session = new FakeSession((s) => ok(s, 'x'));
    const {until} = start(session, [version, summary], {fast: 60_000, medium: 60_000, slow: 60_000});
    await until(() => contexts.length === 1);
    // The version is asked for first, so that no other command is ever sent in the dark.
    expect(contexts).toEqual(['8.4.4']);
  });

  it('logs what was sent, verbatim', async () => {
    const session = new FakeSession((s) => ok(s, 'four'));
    const {until, log} = start(session, [probe('a', 'fast')]);
    await until((s) => reading(s, 'a') !== undefined);
    expect(log.all()[0]).toMatchObject({source: 'kvm1', command: 'run a', result: 'exit 0, 4 characters'});
  });
});
