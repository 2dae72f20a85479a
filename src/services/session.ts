/** What the fabric needs of a connection to a host. Implemented by services/ssh; faked in tests. */
import type {Access} from '../model/fabric.ts';
import type {Problem} from '../model/reading.ts';
import type {ProbeOutput} from './probe.ts';

/** One part of a round: framed on the wire, so that what one part prints can never be taken for another's. */
export interface Section {
  readonly id: string;
  readonly script: string; // POSIX sh, run in a subshell of its own
  readonly deadlineS: number; // remote `timeout`
  readonly maxBytes: number; // of stdout kept; the rest is counted, not kept
}
export type SectionResult =
  | {readonly id: string; readonly ok: true; readonly output: ProbeOutput; readonly tookMs: number}
  | {readonly id: string; readonly ok: false; readonly problem: Problem; readonly tookMs: number};

/** `kernel`: what the kernel and its tools answer at once; `daemons`: what waits for FRR. */
export type Lane = 'kernel' | 'daemons';

export interface HostSession {
  readonly name: string;
  /** The current phase; `onAccess` reports each change. */
  readonly access: Access;
  onAccess(listener: (access: Access) => void): () => void;
  /**
   * All sections in one round trip over the one connection, connecting first if need be. Never rejects: each section
   * gets a result, also when the connection fails or dies half way (sections that had finished keep their output).
   * Rounds of one lane wait for each other, those of different lanes do not: what asks a daemon that may hang has a
   * lane of its own, so that the rest of the host stays live.
   */
  run(sections: readonly Section[], signal?: AbortSignal, lane?: Lane): Promise<readonly SectionResult[]>;
  /**
   * One command on a channel of its own, its stdout handed over chunk by chunk (for the big tables). Resolves when it
   * ends; more than `maxBytes` ends it with problem too-big. Never rejects.
   */
  stream(section: Section, onChunk: (chunk: Buffer) => void, signal?: AbortSignal): Promise<SectionResult>;
  /**
   * Connects once more, and uses that connection from then on: what is under way over the old one ends there. Where that
   * fails the old one stays, and the reason is given. Never rejects.
   */
  renew(): Promise<Problem | undefined>;
  /** After `refused` or while `waiting`: try again now. */
  retry(): void;
  /** Ends the connection and every jump; idempotent. */
  close(): Promise<void>;
}
