/**
 * The connection to one host, kept open: connects when first asked, reconnects with back-off, stops after a refusal,
 * runs rounds one after the other on one shell a lane, and streams on channels of their own.
 */
import type {Access} from '../../model/fabric.ts';
import type {Problem} from '../../model/reading.ts';
import type {HostSpec} from '../../model/target.ts';
import type {HostSession, Lane, Section, SectionResult} from '../session.ts';
import {ConnectGate, processGate} from './connect-gate.ts';
import type {Line} from './dial.ts';
import {dial} from './dial.ts';
import {forgetOpensshOptions} from './openssh-config.ts';
import type {ResolveOptions} from './resolve.ts';
import {resolveHops} from './resolve.ts';
import {Shell} from './shell.ts';
import {streamSection} from './stream.ts';

export interface SessionOptions extends ResolveOptions {
  /** Shared by all sessions of a process; the default one is. */
  readonly gate?: ConnectGate | undefined;
  /** What a section may take here beyond its deadline on the host (default 4 s), and a shell to start (10 s). */
  readonly graceMs?: number | undefined;
  readonly startMs?: number | undefined;
  /** Back-off in milliseconds: first and longest wait. Default 1 s and 60 s. */
  readonly backoff?: {readonly firstMs: number; readonly longestMs: number} | undefined;
}

/** Channels beside the shells': sshd allows 10 for each connection, we take 4 in all. */
const mostStreams = 2;
/** A round goes on in a new shell after a section killed the old one, but not for ever. */
const mostShells = 3;

export function openSession(spec: HostSpec, options: SessionOptions = {}): HostSession {
  return new Connection(spec, options);
}

interface Link {
  readonly line: Line;
  readonly rank: Shell['rank'];
  /** One for each lane, opened when it is first used. */
  readonly shells: Map<Lane, Shell>;
  readonly streams: Set<Promise<unknown>>;
  readonly denied: Problem | undefined;
}
type Linked = {readonly ok: true; readonly link: Link} | {readonly ok: false; readonly problem: Problem; readonly phase?: 'refused'};

const failAll = (sections: readonly Section[], problem: Problem): SectionResult[] => sections.map(section => ({id: section.id, ok: false, problem, tookMs: 0}));
const givenUp: Problem = {kind: 'failed', detail: 'given up: the answer was not wanted any more'};
const closed: Problem = {kind: 'failed', detail: 'the console closed the connection'};

class Connection implements HostSession {
  readonly name: string;
  readonly #spec: HostSpec;
  readonly #options: SessionOptions;
  readonly #gate: ConnectGate;
  readonly #listeners = new Set<(access: Access) => void>();
  readonly #closing = new AbortController();
  readonly #streams = new ConnectGate(mostStreams, mostStreams);
  #access: Access = {phase: 'idle', since: Date.now(), problem: undefined, retryAt: undefined, attempts: 0, rttMs: undefined};
  #link: Link | undefined;
  #linking: Promise<Linked> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  readonly #queues = new Map<Lane, Promise<unknown>>();
  readonly #retired: Promise<unknown>[] = [];
  #ended: Promise<void> | undefined;

  constructor(spec: HostSpec, options: SessionOptions) {
    this.name = spec.name;
    this.#spec = spec;
    this.#options = options;
    this.#gate = options.gate ?? processGate;
  }

  get access(): Access {
    return this.#access;
  }

  onAccess(listener: (access: Access) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  run(sections: readonly Section[], signal?: AbortSignal, lane: Lane = 'kernel'): Promise<readonly SectionResult[]> {
    const before = this.#queues.get(lane) ?? Promise.resolve();
    const turn = before.then(() => signal?.aborted ? failAll(sections, givenUp) : this.#round(sections, lane));
    this.#queues.set(lane, turn);
    return unlessAborted(turn, signal, () => failAll(sections, givenUp));
  }

  async stream(section: Section, onChunk: (chunk: Buffer) => void, signal?: AbortSignal): Promise<SectionResult> {
    const fail = (problem: Problem): SectionResult => ({id: section.id, ok: false, problem, tookMs: 0});
    const until = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const why = () => this.#closing.signal.aborted ? closed : givenUp;
    let leave: () => void;
    try {
      leave = await this.#streams.enter('', until);
    } catch {
      return fail(why());
    }
    try {
      const linked = await unlessAborted(this.#connected(), until, () => ({ok: false, problem: why()}) as Linked);
      if (!linked.ok) return fail(linked.problem);
      const {line, rank, streams} = linked.link;
      const running = streamSection(line.client, section, rank === 'sudo', onChunk, until, this.#options.graceMs).finally(() => streams.delete(running));
      streams.add(running);
      return await running;
    } finally {
      leave();
    }
  }

  async renew(): Promise<Problem | undefined> {
    const linked = await (this.#link ? this.#open() : this.#connected()); // without one, the next is new by itself
    if (!linked.ok) return this.#closing.signal.aborted ? closed : linked.problem;
    if (linked.link !== this.#link) this.#use(linked.link);
    return undefined;
  }

  retry(): void {
    const {phase} = this.#access;
    if (phase !== 'refused' && phase !== 'waiting') return;
    // the operator has repaired something: perhaps ~/.ssh/config
    forgetOpensshOptions();
    void this.#connect();
  }

  close(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  async #end(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retryTimer);
    this.#change({phase: 'closed', problem: undefined, retryAt: undefined});
    const link = this.#link;
    this.#link = undefined;
    if (link) await this.#down(link);
    await this.#linking;
    await Promise.all([...this.#queues.values(), ...this.#retired]);
    this.#listeners.clear();
  }

  #change(change: Partial<Access>): void {
    const phase = change.phase ?? this.#access.phase;
    this.#access = {...this.#access, ...change, since: phase === this.#access.phase ? this.#access.since : Date.now()};
    for (const listener of [...this.#listeners]) listener(this.#access);
  }

  /** The open link, connecting if need be; while waiting or refused, the reason instead. */
  async #connected(): Promise<Linked> {
    if (this.#link) return {ok: true, link: this.#link};
    switch (this.#access.phase) {
      case 'closed': return {ok: false, problem: closed};
      case 'waiting':
      case 'refused': return {ok: false, problem: this.#access.problem ?? {kind: 'unreachable', detail: 'not connected'}};
      default: return this.#connect();
    }
  }

  #connect(): Promise<Linked> {
    clearTimeout(this.#retryTimer);
    return this.#linking ??= this.#attempt().finally(() => {
      this.#linking = undefined;
    });
  }

  async #attempt(): Promise<Linked> {
    this.#change({phase: 'connecting', retryAt: undefined, attempts: this.#access.attempts + 1});
    const opened = await this.#open();
    return opened.ok ? this.#use(opened.link) : this.#stop(opened.problem, opened.phase ?? 'waiting');
  }

  /** A link that nobody uses yet. */
  async #open(): Promise<Linked> {
    const hops = await resolveHops(this.#spec.ssh, this.#options);
    if (!hops.ok) return {ok: false, problem: hops.problem, phase: 'refused'};
    const dialled = await dial(hops.value, this.#gate, this.#closing.signal);
    if (!dialled.ok) return {ok: false, problem: dialled.problem, ...((dialled.problem.kind === 'auth' || dialled.problem.kind === 'host-key') && {phase: 'refused'})};
    const opened = await Shell.open(dialled.line.client, this.#options);
    if (!opened.ok || this.#closing.signal.aborted) {
      await dialled.line.hangUp();
      return {ok: false, problem: opened.ok ? closed : opened.problem};
    }
    const {shell} = opened;
    return {ok: true, link: {line: dialled.line, rank: shell.rank, shells: new Map([['kernel', shell]]), streams: new Set(), denied: rankProblem(shell, hops.value.at(-1)?.user)}};
  }

  #use(link: Link): Linked {
    const old = this.#link;
    // What is under way over it comes to its end.
    if (old) this.#retired.push(Promise.allSettled([...this.#queues.values(), ...old.streams]).then(() => this.#down(old)));
    clearTimeout(this.#retryTimer);
    this.#link = link;
    this.#failures = 0;
    void link.line.lost.then(problem => this.#lose(link, problem));
    this.#change({phase: 'ready', problem: link.denied, attempts: 0, retryAt: undefined});
    return {ok: true, link};
  }

  #down(link: Link): Promise<unknown> {
    for (const shell of link.shells.values()) shell.end();
    return link.line.hangUp();
  }

  #stop(problem: Problem, phase: 'refused' | 'waiting'): Linked {
    if (this.#closing.signal.aborted) return {ok: false, problem: closed};
    if (phase === 'refused') this.#change({phase, problem, retryAt: undefined});
    else this.#wait(problem);
    return {ok: false, problem};
  }

  #wait(problem: Problem): void {
    const {firstMs, longestMs} = this.#options.backoff ?? {firstMs: 1000, longestMs: 60_000};
    const base = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures++, 20));
    const delay = Math.round(base * (0.75 + Math.random() / 2)); // jitter: hosts that fell together do not return together
    this.#change({phase: 'waiting', problem, retryAt: Date.now() + delay});
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#connect(), delay);
  }

  /** The link is of no use any more: take it down, come back later. */
  #lose(link: Link, problem: Problem): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    void this.#down(link);
    if (!this.#closing.signal.aborted) this.#wait(problem);
  }

  async #round(sections: readonly Section[], lane: Lane): Promise<SectionResult[]> {
    const linked = await this.#connected();
    if (!linked.ok) return failAll(sections, linked.problem);
    const {link} = linked;
    const first = link.shells.get(lane) ?? await this.#openShell(link, lane);
    if (!(first instanceof Shell)) return failAll(sections, first);
    let shell = first;
    const results: SectionResult[] = [];
    const rest = () => sections.slice(results.length);
    for (let shells = 1; results.length < sections.length; shells++) {
      const round = await shell.round(rest());
      results.push(...round.results.values());
      if (round.end === 'complete') {
        if (round.rttMs !== undefined) this.#change({rttMs: Math.round(round.rttMs * 10) / 10});
        break;
      }
      const during = rest()[0];
      if (round.end !== 'died') {
        const when = during ? ` when it was asked for ${during.id}` : '';
        const problem: Problem = round.end === 'hung' ? {kind: 'timeout', detail: `the host stopped answering${when}`}
          : {kind: 'garbled', detail: `the host answered something else than it was asked${when}`};
        results.push(...failAll(rest(), problem));
        this.#lose(link, problem);
        break;
      }
      await new Promise(resolve => setImmediate(resolve)); // if the connection went with it, that is said first
      if (this.#link === link && during) {
        // the shell is gone, the connection perhaps not: what killed it is not tried again, the others are
        const next = shells < mostShells ? await this.#openShell(link, lane) : {kind: 'unreachable' as const, detail: 'the shell on the host keeps ending'};
        if (next instanceof Shell) {
          results.push({id: during.id, ok: false, tookMs: 0, problem: {kind: 'failed', detail: 'the shell on the host ended while this ran'}});
          shell = next;
          continue;
        }
        this.#lose(link, next);
      }
      results.push(...failAll(rest(), this.#access.problem ?? closed));
    }
    return results;
  }

  async #openShell(link: Link, lane: Lane): Promise<Shell | Problem> {
    const opened = await Shell.open(link.line.client, this.#options, link.rank);
    if (!opened.ok) {
      if (opened.hung) this.#lose(link, opened.problem);
      return opened.problem;
    }
    if (this.#link !== link) {
      opened.shell.end();
      return this.#access.problem ?? closed;
    }
    link.shells.set(lane, opened.shell);
    return opened.shell;
  }
}

/** Not root and no sudo: the host can be read, but not everything. Said once, where the connection is shown. */
function rankProblem(shell: Shell, user: string | undefined): Problem | undefined {
  return shell.rank === 'denied' ? {kind: 'denied', detail: `${user ?? 'the user'} is not root there and sudo -n is refused: what needs root cannot be read`} : undefined;
}

function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined, instead: () => T): Promise<T> {
  if (!signal) return result;
  return new Promise((resolve, reject) => {
    const abort = () => resolve(instead());
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, {once: true});
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
