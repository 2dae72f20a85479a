/**
 * Reads one host for as long as the console runs: the probes that are due, joined into one round trip a lane, a lane
 * never overlapping itself. What waits for FRR's daemons has a lane of its own: one that hangs holds up nothing else.
 * It does not die silently: whatever happens ends up in the observations.
 */
import type {HostProbeId, HostReadings, HostState} from '../model/fabric.ts';
import type {Observation, Problem, Reading} from '../model/reading.ts';
import type {HostSpec} from '../model/target.ts';
import type {AnyProbe, Probe, ProbeContext} from '../services/probe.ts';
import type {HostSession, Lane, Section, SectionResult} from '../services/session.ts';
import {isAccessProblem, lose, observe} from './observe.ts';
import {Pause} from './pause.ts';
import {Schedule, staleAfter, type Periods} from './schedule.ts';
import type {CommandLog} from './command-log.ts';

export interface HostReaderOptions {
  readonly spec: HostSpec;
  readonly session: HostSession;
  readonly probes: readonly AnyProbe[];
  readonly periods: Periods;
  readonly log: CommandLog;
  readonly onChange: (state: HostState) => void;
  readonly now?: () => number;
}

/** What one turn asks: the sections to send, and the probes that have a reason not to be asked now. */
interface Ask {
  readonly context: ProbeContext;
  readonly sections: readonly Section[];
  readonly unasked: readonly (readonly [AnyProbe, Problem])[];
}

/** One lane at work: when its probes are due, and how to end its pause. */
interface Work {
  readonly lane: Lane;
  readonly schedule: Schedule;
  readonly pause: Pause;
}

const laneOf = (id: string): Lane => (/^(frr|gobgp)\./.test(id) ? 'daemons' : 'kernel');
/** Asked before the others of their lane: which daemons hang, and which commands this version knows. */
const leading: ReadonlySet<string> = new Set(['frr.daemons', 'frr.version']);

export class HostReader {
  private state: HostState;
  private readonly options: HostReaderOptions;
  private readonly works: readonly Work[];
  private readonly byId: ReadonlyMap<string, AnyProbe>;
  private readonly abort = new AbortController();
  private apart: Promise<void> = Promise.resolve();
  private readonly running: Promise<unknown>;

  constructor(options: HostReaderOptions) {
    this.options = options;
    this.byId = new Map(options.probes.map((probe) => [probe.id, probe]));
    const lanes = (['kernel', 'daemons'] as const).map((lane) => ({lane, probes: options.probes.filter((probe) => laneOf(probe.id) === lane)}));
    this.works = lanes.filter(({probes}) => probes.length > 0).map(({lane, probes}) => ({lane, schedule: new Schedule(probes, options.periods), pause: new Pause()}));
    this.state = {spec: options.spec, access: options.session.access, readings: {}};
    options.session.onAccess((access) => {
      const was = this.state.access.phase;
      this.update({...this.state, access});
      // A connection that is back is read at once, not when the next turn comes.
      if (access.phase === 'ready' && was !== 'ready') this.expedite();
    });
    this.running = Promise.all(this.works.map((work) => this.loop(work)));
  }

  refresh(probes?: readonly string[]): void {
    this.options.session.retry();
    this.expedite(probes);
  }

  async close(): Promise<void> {
    this.abort.abort();
    for (const work of this.works) work.pause.end();
    await this.options.session.close();
    await Promise.all([this.running, this.apart]);
  }

  private expedite(probes?: readonly string[]): void {
    for (const work of this.works) {
      work.schedule.expedite(probes && ((id) => probes.includes(id)));
      work.pause.end();
    }
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private update(state: HostState): void {
    this.state = state;
    if (!this.abort.signal.aborted) this.options.onChange(state);
  }

  private async loop(work: Work): Promise<void> {
    while (!this.abort.signal.aborted) {
      const due = work.schedule.due(this.now()).map((item) => item.id as HostProbeId);
      const suspects = due.filter((id) => this.suspect(id));
      if (suspects.length > 0) this.askApart(work, suspects);
      const sound = due.filter((id) => !suspects.includes(id));
      if (sound.length > 0) await this.turn(work, sound);
      else await work.pause.wait(work.schedule.wait(this.now()));
    }
  }

  /** A probe that ran into its deadline must not hold up what still answers. */
  private suspect(id: HostProbeId): boolean {
    const last = this.state.readings[id];
    // A command that was not even sent (its daemon is known to hang) waited for nothing.
    return this.state.access.phase === 'ready' && last?.problem?.kind === 'timeout' && last.command !== '';
  }

  /** Suspects are asked one after the other on a channel of their own, until they answer again. */
  private askApart(work: Work, ids: readonly HostProbeId[]): void {
    work.schedule.hold(ids);
    const before = this.apart;
    this.apart = (async () => {
      await before;
      for (const id of ids) {
        const startedAt = this.now();
        const ask = this.prepare([id]);
        const results: SectionResult[] = [];
        for (const section of ask.sections) results.push(await readAll(this.options.session, section, this.abort.signal));
        if (this.abort.signal.aborted) return;
        this.finish(work, [id], ask, results, startedAt);
      }
    })();
  }

  /** What the leading probes say decides what the others ask: they go first where they are due. */
  private async turn(work: Work, ids: readonly HostProbeId[]): Promise<void> {
    const first = ids.filter((id) => leading.has(id));
    const rest = ids.filter((id) => !leading.has(id));
    if (first.length > 0) await this.round(work, first);
    if (rest.length > 0 && !this.abort.signal.aborted) await this.round(work, rest);
  }

  private async round(work: Work, ids: readonly HostProbeId[]): Promise<void> {
    const startedAt = this.now();
    const hadVersion = this.state.readings['frr.version']?.value !== undefined;
    const ask = this.prepare(ids);
    const results = ask.sections.length > 0 ? await this.options.session.run(ask.sections, this.abort.signal, work.lane) : [];
    if (this.abort.signal.aborted) return;
    this.finish(work, ids, ask, results, startedAt);
    // Other commands were asked in their oldest form before the version was known.
    if (!hadVersion && this.state.readings['frr.version']?.value) work.schedule.expedite((id) => !leading.has(id));
  }

  private prepare(ids: readonly HostProbeId[]): Ask {
    const context: ProbeContext = {spec: this.state.spec, readings: this.state.readings};
    const sections: Section[] = [];
    const unasked: [AnyProbe, Problem][] = [];
    for (const id of ids) {
      const probe = this.byId.get(id);
      if (!probe) continue;
      const command = probe.command(context);
      if (typeof command === 'string') sections.push({id, script: command, deadlineS: probe.deadlineS, maxBytes: probe.maxBytes});
      else unasked.push([probe, command]);
    }
    return {context, sections, unasked};
  }

  private finish(work: Work, ids: readonly HostProbeId[], ask: Ask, results: readonly SectionResult[], startedAt: number): void {
    const at = this.now();
    work.schedule.done(ids, startedAt, at);
    this.update({...this.state, readings: this.absorb(ask, results, startedAt, at)});
  }

  private absorb({context, sections, unasked}: Ask, results: readonly SectionResult[], begunAt: number, at: number): HostReadings {
    const next: {[id: string]: Observation<unknown>} = {...this.state.readings};
    let accessProblem: Problem | undefined;
    for (const [i, section] of sections.entries()) {
      const result = results[i];
      const probe = this.byId.get(section.id) as Probe | undefined;
      if (!probe) continue;
      const reading: Reading<unknown> = !result
        ? {ok: false, problem: {kind: 'garbled', detail: 'the connection returned no answer for this reading'}}
        : result.ok
          ? this.parse(probe, result.output, context)
          : {ok: false, problem: result.problem};
      if (result && !result.ok && isAccessProblem(result.problem)) accessProblem = result.problem;
      next[section.id] = observe(next[section.id], this.attempt(probe, section.script, begunAt, at, result?.tookMs ?? 0, reading));
      this.options.log.add({at, source: this.state.spec.name, command: section.script, tookMs: result?.tookMs ?? 0, result: outcome(result, reading)});
    }
    for (const [probe, problem] of unasked) {
      next[probe.id] = observe(next[probe.id], this.attempt(probe, '', begunAt, at, 0, {ok: false, problem}));
    }
    if (accessProblem) {
      for (const [id, observation] of Object.entries(next)) next[id] = lose(observation, accessProblem, at);
    }
    return next as HostReadings;
  }

  private attempt(probe: {readonly id: string; readonly tier: AnyProbe['tier']}, command: string, begunAt: number, at: number, tookMs: number, reading: Reading<unknown>) {
    return {source: this.state.spec.name, probe: probe.id, command, at, begunAt, tookMs, staleAfterMs: staleAfter(this.options.periods, probe.tier), reading};
  }

  private parse(probe: Probe, output: Parameters<Probe['parse']>[0], context: ProbeContext): Reading<unknown> {
    try {
      return probe.parse(output, context);
    } catch (error) {
      // A parser must not throw; if one does, its own row says so and everything else stays live.
      return {ok: false, problem: {kind: 'garbled', detail: `the parser of ${probe.id} failed: ${(error as Error).message}`}};
    }
  }
}

async function readAll(session: HostSession, section: Section, signal: AbortSignal): Promise<SectionResult> {
  const chunks: Buffer[] = [];
  const result = await session.stream(section, (chunk) => chunks.push(chunk), signal);
  return result.ok ? {...result, output: {...result.output, stdout: Buffer.concat(chunks).toString('utf8')}} : result;
}

function outcome(result: SectionResult | undefined, reading: Reading<unknown>): string {
  if (!result?.ok) return result ? `${result.problem.kind}: ${result.problem.detail}` : 'no answer';
  const size = `exit ${result.output.exit}, ${result.output.stdout.length} characters`;
  return reading.ok ? size : `${size}; ${reading.problem.kind}: ${reading.problem.detail}`;
}
