/** When each probe is due. Pure: time comes in as an argument. */
import type {Tier} from '../services/probe.ts';

export type Periods = Readonly<Record<Tier, number>>; // ms

export interface Scheduled {
  readonly id: string;
  readonly tier: Tier;
}

/** A probe counts as stale after three missed turns. */
export const staleAfter = (periods: Periods, tier: Tier): number => periods[tier] * 3;

/**
 * The due times of one source. Probes of one tier are due together, so that a round is one round trip; each period is
 * jittered by ±10 % so that many hosts do not answer in the same instant.
 */
export class Schedule {
  private readonly dueAt = new Map<string, number>();
  private readonly asked = new Set<string>(); // expedited since their last turn began
  private readonly items: readonly Scheduled[];
  private readonly periods: Periods;
  private readonly random: () => number;

  constructor(items: readonly Scheduled[], periods: Periods, random: () => number = Math.random) {
    this.items = items;
    this.periods = periods;
    this.random = random;
    for (const item of items) this.dueAt.set(item.id, 0);
  }

  due(now: number): readonly Scheduled[] {
    const items = this.items.filter((item) => (this.dueAt.get(item.id) ?? 0) <= now);
    for (const {id} of items) this.asked.delete(id);
    return items;
  }

  /** The round that had these probes is over: next turn one period after its start, never in the past. */
  done(ids: Iterable<string>, startedAt: number, now: number): void {
    const jitter = 0.9 + this.random() * 0.2;
    const wanted = new Set(ids);
    for (const item of this.items) {
      if (!wanted.has(item.id)) continue;
      // Asked for while it was under way: that reading may have begun before what the asker wants to see.
      this.dueAt.set(item.id, this.asked.has(item.id) ? 0 : Math.max(startedAt + this.periods[item.tier] * jitter, now));
    }
  }

  /** Not due until `done` says so: asked on another lane. */
  hold(ids: Iterable<string>): void {
    for (const id of ids) this.dueAt.set(id, Infinity);
  }

  /** Due at once: all, or those that match. */
  expedite(match: (id: string) => boolean = () => true): void {
    for (const item of this.items) {
      if (!match(item.id)) continue;
      this.asked.add(item.id);
      if (this.dueAt.get(item.id) !== Infinity) this.dueAt.set(item.id, 0);
    }
  }

  /** ms until something is due, from `now`. */
  wait(now: number): number {
    return Math.max(0, Math.min(60_000, Math.min(...this.dueAt.values()) - now));
  }
}
