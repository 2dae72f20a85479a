/**
 * What a reading of the outside world is: a value with its age and its origin, or the reason why there is none.
 * Law 3: nothing without its age and its origin; no data is never a pass.
 */

/** Why a reading has no value. Each kind wants a different sentence and a different remedy. */
export type ProblemKind =
  | 'unreachable' // no TCP connection, or it was lost
  | 'auth' // key or password refused; not retried until the operator says so
  | 'host-key' // host key unknown, changed or revoked; not retried until the operator says so
  | 'timeout' // the deadline passed, here or on the host
  | 'denied' // no permission (sudo, group, file mode, OpenNebula rights)
  | 'not-installed' // the program does not exist on the host
  | 'not-running' // the daemon does not answer (vtysh: "bgpd is not running")
  | 'not-configured' // the program runs and says that there is nothing configured ("% BGP instance not found")
  | 'unsupported' // this version does not know the command, or it is not safe to send to this version
  | 'too-big' // the answer exceeded the size cap, or is known to; ask for it scoped
  | 'garbled' // an answer came, and it is not what the command prints
  | 'failed'; // the command failed in another way: its own words are in `detail`

/** One sentence for a person (`detail`, control characters already stripped), and a kind for a program. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly detail: string;
}

/** What a pure parser returns. It never throws and never invents: a field that was not there is undefined. */
export type Reading<T> =
  | {readonly ok: true; readonly value: T; readonly warnings?: readonly string[]}
  | {readonly ok: false; readonly problem: Problem};

export const good = <T>(value: T, warnings?: readonly string[]): Reading<T> =>
  warnings && warnings.length > 0 ? {ok: true, value, warnings} : {ok: true, value};
export const bad = <T = never>(kind: ProblemKind, detail: string): Reading<T> => ({ok: false, problem: {kind, detail}});

/**
 * The state of one probe on one source, kept by the fabric.
 * `value` is the last good value and `at` its time; `problem` is why the *latest* attempt failed (undefined: it
 * worked) and `since` when that began. So a value with a problem is a stale value, and both are shown.
 * All times are epoch milliseconds of this console's clock.
 */
export interface Observation<T> {
  readonly source: string; // host name, or the OpenNebula endpoint
  readonly probe: string; // probe id, e.g. "frr.summary"
  readonly command: string; // what was sent, verbatim
  readonly value: T | undefined;
  readonly at: number | undefined;
  readonly attemptAt: number; // when the answer was complete
  readonly begunAt?: number; // when it was sent; undefined: not known; see began()
  readonly tookMs: number;
  readonly problem: Problem | undefined;
  readonly since: number | undefined;
  readonly warnings: readonly string[];
  readonly staleAfterMs: number; // three times the probe's tier
}

/**
 * Where a derived value came from and when: attached to every derived row. `staleAt` is the time from which it counts
 * as stale (already past when the latest attempt failed), so that a row grows stale by itself while nothing is read.
 */
export interface Stamp {
  readonly source: string;
  readonly probe: string;
  readonly at: number | undefined; // undefined: never read
  readonly staleAt: number;
}

/** When an attempt began, epoch ms: what happened later may not be in it. Where that is not known, its end less what it took. */
export const began = ({begunAt, attemptAt, tookMs}: Pick<Observation<unknown>, 'begunAt' | 'attemptAt' | 'tookMs'>): number => begunAt ?? attemptAt - tookMs;

export type Freshness = 'fresh' | 'stale' | 'never';

export function stamp(o: Observation<unknown>): Stamp {
  const staleAt = o.at === undefined ? 0 : o.problem ? (o.since ?? o.at) : o.at + o.staleAfterMs;
  return {source: o.source, probe: o.probe, at: o.at, staleAt};
}

/** Stale: the latest attempt failed, or no good value for `staleAfterMs`. Never: no good value at all. */
export function stampFreshness(s: Stamp, now: number): Freshness {
  if (s.at === undefined) return 'never';
  return now >= s.staleAt ? 'stale' : 'fresh';
}

export function freshness(o: Observation<unknown> | undefined, now: number): Freshness {
  return o ? stampFreshness(stamp(o), now) : 'never';
}
