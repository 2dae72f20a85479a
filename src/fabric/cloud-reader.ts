/** Reads OpenNebula for as long as the console runs: each pool on its own tier, few calls at once, never overlapping itself. */
import type {Access, CloudProbeId, CloudReadings, CloudState} from '../model/fabric.ts';
import type {Observation, Reading} from '../model/reading.ts';
import type {CommandLog} from './command-log.ts';
import {isAccessProblem, lose, observe} from './observe.ts';
import {Pause} from './pause.ts';
import {Schedule, staleAfter, type Periods} from './schedule.ts';
import type {Tier} from '../services/probe.ts';

/** One pool or call, bound to its client. */
export interface CloudReading {
  readonly id: CloudProbeId;
  readonly tier: Tier;
  readonly call: string; // "one.vmpool.infoextended(-2, …)"
  read(signal: AbortSignal): Promise<Reading<unknown>>;
}

export interface CloudReaderOptions {
  readonly endpoint: string;
  readonly readings: readonly CloudReading[];
  readonly periods: Periods;
  readonly log: CommandLog;
  readonly onChange: (state: CloudState) => void;
  readonly close?: () => Promise<void>;
  readonly retry?: () => void; // the way there (a tunnel) may have been refused
  readonly now?: () => number;
}

export class CloudReader {
  private state: CloudState;
  private readonly options: CloudReaderOptions;
  private readonly schedule: Schedule;
  private readonly abort = new AbortController();
  private readonly pause = new Pause();
  private failures = 0;
  private readonly running: Promise<void>;

  constructor(options: CloudReaderOptions) {
    this.options = options;
    this.schedule = new Schedule(options.readings, options.periods);
    this.state = {endpoint: options.endpoint, access: access('connecting', this.now()), readings: {}};
    this.running = this.loop();
  }

  refresh(probes?: readonly string[]): void {
    this.failures = 0;
    this.options.retry?.();
    if (this.state.access.phase === 'refused') this.update({...this.state, access: access('connecting', this.now())});
    this.schedule.expedite(probes && ((id) => probes.includes(id)));
    this.pause.end();
  }

  async close(): Promise<void> {
    this.abort.abort();
    this.pause.end();
    await this.running;
    await this.options.close?.();
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private update(state: CloudState): void {
    this.state = state;
    if (!this.abort.signal.aborted) this.options.onChange(state);
  }

  private async loop(): Promise<void> {
    while (!this.abort.signal.aborted) {
      // Wrong credentials are not tried again until somebody asks: oned may lock or log them.
      const due = this.state.access.phase === 'refused' ? [] : this.schedule.due(this.now());
      if (due.length > 0) await this.round(new Set(due.map((item) => item.id)));
      else await this.pause.wait(this.state.access.phase === 'refused' ? 60_000 : this.schedule.wait(this.now()));
    }
  }

  private async round(ids: ReadonlySet<string>): Promise<void> {
    const startedAt = this.now();
    const due = this.options.readings.filter((reading) => ids.has(reading.id));
    // The client bounds how many are under way at once. Each result is shown as it comes: a big pool holds up nothing.
    await Promise.all(due.map((reading) => this.one(reading)));
    // oned down: every period grows, up to eight times, so that it is not hammered while it starts.
    const backOff = Math.min(2 ** this.failures, 8);
    this.schedule.done(ids, startedAt + (backOff - 1) * this.options.periods.fast, this.now());
  }

  private async one(reading: CloudReading): Promise<void> {
    const startedAt = this.now();
    const result = await reading.read(this.abort.signal).catch((error: Error): Reading<unknown> => ({ok: false, problem: {kind: 'failed', detail: error.message}}));
    if (this.abort.signal.aborted) return;
    const at = this.now();
    const tookMs = at - startedAt;
    const readings: {[id: string]: Observation<unknown>} = {...this.state.readings};
    readings[reading.id] = observe(readings[reading.id], {
      source: this.options.endpoint, probe: reading.id, command: reading.call, at, begunAt: startedAt, tookMs,
      staleAfterMs: staleAfter(this.options.periods, reading.tier), reading: result,
    });
    const problem = result.ok ? undefined : result.problem;
    if (problem && isAccessProblem(problem)) {
      this.failures++;
      for (const [id, observation] of Object.entries(readings)) readings[id] = lose(observation, problem, at);
    } else if (result.ok) {
      this.failures = 0;
    }
    this.options.log.add({at, source: this.options.endpoint, command: reading.call, tookMs, result: problem ? `${problem.kind}: ${problem.detail}` : 'ok'});
    this.update({...this.state, access: this.nextAccess(problem, at, tookMs), readings: readings as CloudReadings});
  }

  private nextAccess(problem: Access['problem'], at: number, tookMs: number): Access {
    const was = this.state.access;
    const phase = problem?.kind === 'auth' ? 'refused' : problem && isAccessProblem(problem) ? 'waiting' : 'ready';
    return {...access(phase, was.phase === phase ? was.since : at, phase === 'ready' ? undefined : problem), attempts: this.failures, rttMs: tookMs};
  }
}

const access = (phase: Access['phase'], since: number, problem?: Access['problem']): Access => ({phase, since, problem, retryAt: undefined, attempts: 0, rttMs: undefined});
