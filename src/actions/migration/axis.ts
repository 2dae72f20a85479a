/** The time axis of one migration: events as they come, and what follows from them: phases, and how long the VM was not reached. */
import type {Downtime, FlightEvent, FlightKind, FlightPhase} from '../../model/flight.ts';

export const pingEveryMs = 100;

export interface Axis {
  readonly events: readonly FlightEvent[];
  add(source: string, kind: FlightKind, text: string): void;
  /** Ends of phases. */
  mark(what: 'called' | 'landed' | 'verified'): void;
  /** A MAC is local to the target. */
  arrived(): void;
  /** A VTEP that is not the target leads to it, or to another place again. */
  leads(host: string, toTarget: boolean): void;
  /** An answer to a ping. Says so when there was none for a while before. */
  answered(sequence: number, atMs: number | undefined): string | undefined;
  readonly answers: number;
  /** Whoever pings does so no more. `lost`: it may have been out of reach for a while already. */
  pingsEnded(lost: boolean): void;
  readonly unpinged: boolean; // since then
  phases(): readonly FlightPhase[];
  /** Undefined: neither pings nor forwarding entries tell. */
  downtime(): Downtime | undefined;
}

/** `startedAt`: of the run, epoch ms. `onEvent`: each event as it is added. */
export function createAxis(startedAt: number, now: () => number, target: string, onEvent: (event: FlightEvent) => void): Axis {
  const events: FlightEvent[] = [];
  const marks = new Map<string, number>();
  const leading = new Map<string, number>(); // VTEP → since when it leads to the target
  let arrivedAt: number | undefined;
  let last: {readonly sequence: number; readonly hostMs: number; readonly atMs: number} | undefined;
  let answers = 0;
  let pingsUntil: number | undefined;
  let lost = 0;
  let gap: {readonly ms: number; readonly atMs: number} = {ms: 0, atMs: 0};
  const at = (): number => Math.max(0, now() - startedAt);

  return {
    events,
    get answers() {
      return answers;
    },
    add(source, kind, text) {
      const event = {atMs: at(), source, kind, text};
      events.push(event);
      onEvent(event);
    },
    mark(what) {
      if (!marks.has(what)) marks.set(what, at());
    },
    arrived() {
      arrivedAt ??= at();
    },
    leads(host, toTarget) {
      if (!toTarget) leading.delete(host);
      else if (!leading.has(host)) leading.set(host, at());
    },
    answered(sequence, atMs) {
      const seen = {sequence, hostMs: atMs ?? now(), atMs: at()};
      answers++;
      if (last && sequence > last.sequence) {
        const missed = sequence - last.sequence - 1;
        lost += missed;
        const ms = Math.max(0, seen.hostMs - last.hostMs - pingEveryMs);
        if (ms > gap.ms) gap = {ms, atMs: last.atMs};
        last = seen;
        return missed > 0 ? `answers again after ${(ms / 1000).toFixed(2)} s, ${missed} lost` : undefined;
      }
      last = seen;
      return undefined;
    },
    pingsEnded(gone) {
      pingsUntil = gone ? (last?.atMs ?? at()) : at();
    },
    get unpinged() {
      return pingsUntil !== undefined;
    },
    phases() {
      const [called, landed, verified] = ['called', 'landed', 'verified'].map((name) => marks.get(name));
      const end = verified ?? at();
      const overlayEnd = Math.max(...leading.values(), arrivedAt ?? 0);
      return [
        {name: 'getting ready', fromMs: 0, toMs: called ?? end},
        ...(called === undefined ? [] : [{name: 'OpenNebula moves it', fromMs: called, toMs: landed ?? end}]),
        ...(arrivedAt === undefined ? [] : [{name: 'the overlay follows', fromMs: arrivedAt, toMs: Math.max(arrivedAt, overlayEnd)}]),
        ...(landed === undefined ? [] : [{name: 'verifying', fromMs: landed, toMs: end}]),
      ];
    },
    downtime() {
      const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s`;
      if (answers > 2 && last) {
        // The VM that answers no more since: that is a gap, too, and it goes on.
        const open = (pingsUntil ?? at()) - last.atMs - pingEveryMs;
        const rest = pingsUntil === undefined ? '' : `; the pings ended ${seconds(at() - pingsUntil)} ago: what came later was not measured`;
        if (open > Math.max(gap.ms, 1000)) return {by: 'ping', ms: open, atMs: last.atMs, lost: Math.round(open / pingEveryMs), says: `no answer for ${seconds(open)}, and ${rest === '' ? 'still none' : 'none before they ended'} (ping every 0.1 s)${rest}`};
        return {by: 'ping', ms: gap.ms, atMs: gap.atMs, lost, says: `at most ${seconds(gap.ms)} without an answer, ${lost} of ${last.sequence} pings lost (ping every 0.1 s from inside the network)${rest}`};
      }
      if (arrivedAt === undefined || leading.size === 0) return undefined;
      const ms = Math.max(0, Math.max(...leading.values()) - arrivedAt);
      return {by: 'fdb', ms, atMs: arrivedAt, says: `${seconds(ms)} from the first sight of its MAC on ${target} until the last of ${leading.size} other VTEP${leading.size === 1 ? '' : 's'} led there (forwarding entries; the pause of the guest itself is not in it)`};
    },
  };
}
