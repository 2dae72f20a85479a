/** Readings made anew: what began before the request was made is not taken for an answer to it. */
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {openNebula} from '../../../src/actions/action.ts';
import {reread, until} from '../../../src/actions/reread.ts';
import {observe} from '../../../src/fabric/observe.ts';
import type {FabricSource} from '../../../src/fabric/source.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import {bad, good, type Observation} from '../../../src/model/reading.ts';

const reads = [{source: openNebula, probes: ['one.hosts']}];
const never = new AbortController().signal;

/** One reading of OpenNebula, put in by hand; `asked` counts the requests. */
function made() {
  let observation: Observation<string> | undefined;
  let asked = 0;
  const listeners = new Set<() => void>();
  const source = {
    current: () => ({hosts: new Map(), cloud: {endpoint: 'one', readings: observation ? {'one.hosts': observation} : {}}}) as unknown as Fabric,
    subscribe: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
    refresh: () => void asked++,
  } as unknown as FabricSource;
  const put = (value: string, begunAt: number): void => {
    observation = observe(observation, {source: 'one', probe: 'one.hosts', command: 'call', at: Date.now(), begunAt, tookMs: Date.now() - begunAt, staleAfterMs: 1000, reading: value === '' ? bad('timeout', 'no answer') : good(value)});
    for (const listener of listeners) listener();
  };
  return {source, put, asked: () => asked};
}
const valueOf = (fabric: Fabric): unknown => fabric.cloud?.readings['one.hosts']?.value;

beforeEach(() => void vi.useFakeTimers({now: 1_000_000}));
afterEach(() => void vi.useRealTimers());

it('the first reading that began after the request is the answer; one that was under way is not', async () => {
  const {source, put, asked} = made();
  put('old', 999_000);
  const found = until(source, reads, valueOf, 10_000, never);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(300);
  put('under way', 999_900);
  await vi.advanceTimersByTimeAsync(100);
  put('new', 1_000_300);
  expect(await found).toBe('new');
});

it('only one that was under way came before the deadline: it was not read again', async () => {
  const {source, put} = made();
  put('old', 999_000);
  const problems = reread(source, reads, 5000, never);
  await vi.advanceTimersByTimeAsync(1000);
  put('under way', 999_900);
  await vi.advanceTimersByTimeAsync(5000);
  expect(await problems).toEqual([{kind: 'timeout', detail: 'OpenNebula: one.hosts was not read again within 5 s'}]);
});

it('one that is late is asked again, and what comes then counts', async () => {
  const {source, put, asked} = made();
  const problems = reread(source, reads, 10_000, never);
  await vi.advanceTimersByTimeAsync(200);
  put('', 1_000_100);
  const before = asked();
  await vi.advanceTimersByTimeAsync(600);
  expect(asked()).toBeGreaterThan(before);
  put('here', 1_000_700);
  expect(await problems).toEqual([]);
});

it('late each time: its problem is told', async () => {
  const {source, put} = made();
  const problems = reread(source, reads, 10_000, never);
  for (let turn = 1; turn <= 3; turn++) {
    await vi.advanceTimersByTimeAsync(600);
    put('', Date.now() - 100);
  }
  expect(await problems).toEqual([{kind: 'timeout', detail: 'OpenNebula: one.hosts: no answer'}]);
});
