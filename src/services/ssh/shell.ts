/** The one long-lived `sh` of a connection: rounds go in on stdin, framed answers come out (frames.ts says how). */
import type {Client, ClientChannel} from 'ssh2';
import type {Problem, ProblemKind} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {Section, SectionResult} from '../session.ts';
import type {SectionAnswer} from './frames.ts';
import {FrameReader, helloScript, newNonce, readyScript, roundScript} from './frames.ts';

/** How long the start of a shell, and of a round, may take (milliseconds). */
const startMs = 10_000;
/** What a section may take beyond its deadline on the host before the host counts as hung. */
const graceMs = 4000;

export type Rank = 'root' | 'sudo' | 'denied';
export type Opened = {readonly ok: true; readonly shell: Shell} | {readonly ok: false; readonly problem: Problem; readonly hung: boolean};

/** What became of a round. Sections without an entry in `results` did not finish. */
export interface Round {
  readonly results: ReadonlyMap<number, SectionResult>;
  /** died: the shell ended, the connection may be fine. hung: the host does not answer. garbled: it answers something else. */
  readonly end: 'complete' | 'died' | 'hung' | 'garbled';
  readonly rttMs: number | undefined; // until the host began with it
}

export interface ShellLimits {
  readonly startMs?: number | undefined;
  readonly graceMs?: number | undefined;
}

export class Shell {
  /** How it runs: as root from the start, as root by `sudo -n`, or as the login user because sudo refused. */
  rank: Rank = 'denied';
  readonly #channel: ClientChannel;
  readonly #graceMs: number;
  readonly #startMs: number;
  #ended = false;
  #onData: (chunk: Buffer, from: 'stdout' | 'stderr') => void = () => {};
  #onEnd: () => void = () => {};

  private constructor(channel: ClientChannel, limits: ShellLimits) {
    this.#channel = channel;
    this.#startMs = limits.startMs ?? startMs;
    this.#graceMs = limits.graceMs ?? graceMs;
    channel.on('data', (chunk: Buffer) => this.#onData(chunk, 'stdout'));
    channel.stderr.on('data', (chunk: Buffer) => this.#onData(chunk, 'stderr'));
    channel.on('error', () => {}); // a write to a channel that just closed; "close" says the rest
    channel.on('close', () => {
      this.#ended = true;
      this.#onEnd();
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Starts `sh`, becomes root where that is possible without a password, installs the functions. Never rejects.
   * `known`: the rank that an earlier shell of this connection got; then the first question is saved.
   */
  static open(client: Client, limits: ShellLimits = {}, known?: Rank): Promise<Opened> {
    return new Promise(resolve => {
      let shell: Shell | undefined;
      let late = false;
      const finish = (result: Opened) => {
        clearTimeout(timer);
        late = true;
        if (!result.ok) shell?.end();
        resolve(result);
      };
      const fail = (kind: ProblemKind, detail: string, hung = false) => finish({ok: false, problem: {kind, detail}, hung});
      const timer = setTimeout(() => fail('timeout', `the host did not start a shell within ${(limits.startMs ?? startMs) / 1000} s`, true), limits.startMs ?? startMs);
      try {
        client.exec(known === 'sudo' ? 'sudo -n sh' : 'sh', (error, channel) => {
          if (error) return fail('unreachable', `the host gives no shell: ${sanitizeLine(error.message, 200)}`);
          if (late) return channel.close();
          shell = new Shell(channel, limits);
          shell.#greet(finish, known);
        });
      } catch (error) {
        fail('unreachable', `the connection was lost: ${sanitizeLine((error as Error).message, 200)}`);
      }
    });
  }

  /** hello, then ready: two round trips, once for each connection. */
  #greet(finish: (result: Opened) => void, known: Rank | undefined): void {
    const nonce = newNonce();
    let text = '';
    let noise = '';
    let greeted = known !== undefined;
    if (known !== undefined) this.rank = known;
    this.#onEnd = () => {
      // nologin, a forced command, a restricted shell: its own words say it best
      const words = sanitizeLine(noise.trim() || text.trim(), 300);
      finish({ok: false, hung: false, problem: {kind: 'denied', detail: `the host gives no usable shell${words ? `: ${words}` : ''}`}});
    };
    this.#onData = (chunk, from) => {
      if (from === 'stderr') {
        noise = (noise + chunk.toString('utf8')).slice(-2000);
        return;
      }
      text = (text + chunk.toString('utf8')).slice(-20_000);
      const rank = new RegExp(`${nonce} hello \\d* (root|sudo|denied)\n`).exec(text)?.[1];
      if (!greeted && rank !== undefined) {
        greeted = true;
        this.rank = rank as Rank;
        this.#channel.write(readyScript(nonce));
      } else if (greeted && new RegExp(`${nonce} ready \\w+\n`).test(text)) {
        this.#onData = () => {};
        this.#onEnd = () => {};
        finish({ok: true, shell: this});
      }
    };
    this.#channel.write(known === undefined ? helloScript(nonce) : readyScript(nonce));
  }

  /** One round. Never rejects, never overlaps: the caller queues. */
  round(sections: readonly Section[]): Promise<Round> {
    return new Promise(resolve => {
      const results = new Map<number, SectionResult>();
      if (this.#ended) return resolve({results, end: 'died', rttMs: undefined});
      if (sections.length === 0) return resolve({results, end: 'complete', rttMs: undefined});
      const nonce = newNonce();
      const sentAt = performance.now();
      let startedAt = sentAt;
      let rttMs: number | undefined;
      let timer: NodeJS.Timeout;
      const finish = (end: Round['end']) => {
        clearTimeout(timer);
        this.#onData = () => {};
        this.#onEnd = () => {};
        if (end === 'hung' || end === 'garbled') this.#channel.close();
        resolve({results, end, rttMs});
      };
      const allow = (ms: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => finish('hung'), ms);
      };
      const allowCurrent = () => allow((sections[results.size]?.deadlineS ?? 0) * 1000 + 1000 + this.#graceMs);
      const reader = new FrameReader(nonce, sections.map(section => section.maxBytes), () => {
        startedAt = performance.now();
        rttMs = startedAt - sentAt;
        allowCurrent();
      });
      this.#onEnd = () => finish('died');
      this.#onData = (chunk, from) => {
        if (from === 'stderr') return; // the shell's own words; those of the sections come on stdout
        reader.push(chunk);
        const before = results.size;
        for (const answer of reader.answers.slice(before)) {
          const section = sections[results.size];
          if (!section) break;
          const now = performance.now();
          results.set(results.size, sectionResult(section, answer, now - startedAt));
          startedAt = now;
        }
        if (reader.garbled) finish('garbled');
        else if (reader.done) finish('complete');
        else if (results.size > before) allowCurrent();
      };
      allow(this.#startMs);
      this.#channel.write(roundScript(nonce, sections));
    });
  }

  /** Ends it; what still runs on the host ends at its own deadline. */
  end(): void {
    if (this.#ended) return;
    this.#channel.end();
    this.#channel.close();
  }
}

/** `took` in milliseconds. Shells without GNU timeout report 143 or 137 for a section that its deadline ended. */
export function sectionResult(section: Section, answer: SectionAnswer, took: number): SectionResult {
  const tookMs = Math.round(took);
  if (answer.status === undefined && !answer.truncated) {
    return {id: section.id, ok: false, tookMs, problem: {kind: 'failed', detail: 'what ran it on the host was killed before its end'}};
  }
  const status = answer.status ?? 141; // cut off by the limit: it was writing, so SIGPIPE ended it
  const ended = (status === 143 || status === 137) && took >= section.deadlineS * 1000 - 50;
  return {
    id: section.id,
    ok: true,
    tookMs,
    output: {exit: ended ? 124 : status, stdout: answer.stdout.toString('utf8'), stderr: answer.stderr.toString('utf8'), truncated: answer.truncated},
  };
}
