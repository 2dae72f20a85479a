/** A wait that is given up: it tells the time that has passed, and accuses nobody. */
import {afterEach, expect, it, vi} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {reread} from '../../../src/actions/reread.ts';
import {watching} from '../../../src/actions/wait.ts';
import type {FabricSource} from '../../../src/fabric/source.ts';
import type {RunEvent} from '../../../src/model/action.ts';
import {openBench, type Bench} from './bench.ts';
import {trials} from './trials.ts';

let bench: Bench | undefined;
afterEach(() => {
  bench?.close();
  bench = undefined;
});

it.each([['attached', 'VM 3 sr3 has it by now'], ['translated', 'vr translates 203.0.113.']])('a mapping that is stopped while it waits until it is %s', async (waited, whether) => {
  bench = await openBench({reads: trials['sdnat.map']!.reads});
  const {gate, journal} = bench.console({actions});
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => void (event.kind === 'step' && event.step.id === waited && event.state === 'started' && stop.abort());
  const result = await gate.run(await gate.prepare('sdnat.map', {vm: '3'}), {override: ['the address comes to the router'], signal: stop.signal, onEvent});
  expect(result.status).toBe('cancelled');
  expect(result.says).toMatch(/: given up after \d s: whether .* is not known$/);
  expect(result.says).toContain(whether);
  expect(result.says).not.toMatch(/does not translate|after [79]\d s/);
  expect(JSON.stringify(journal.runs())).not.toMatch(/does not translate|after [79]\d s/);
});

it('what is missing when the time was over is told with the time', () => {
  let now = 1000;
  const stop = new AbortController();
  const waited = watching({now: () => now, signal: stop.signal});
  now += 75_200;
  expect(waited.unmet('vr does not translate it', 'vr translates it', 'no rule')).toEqual({ok: false, says: 'vr does not translate it after 75 s: no rule'});
  stop.abort();
  expect(waited.unmet('vr does not translate it', 'vr translates it')).toEqual({ok: undefined, says: 'given up after 75 s: whether vr translates it is not known'});
});

it('a reading that is given up has not run out', async () => {
  const fabric = {cloud: {endpoint: 'x', readings: {'one.hosts': {value: [], at: 1, problem: undefined}}}, hosts: new Map()};
  const source = {current: () => fabric, subscribe: () => () => undefined, refresh: vi.fn()} as unknown as FabricSource;
  const problems = await reread(source, [{source: 'OpenNebula', probes: ['one.hosts']}], 20_000, AbortSignal.abort());
  expect(problems.map(({detail}) => detail)).toEqual(['OpenNebula: one.hosts was not read again before that was given up']);
});
