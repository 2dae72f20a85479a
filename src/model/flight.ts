/** The record of one migration: what OpenNebula, FRR and the kernels showed, on one time axis. Plain data: it is kept as a file. */
import type {Condition, RunStatus} from './action.ts';

export type FlightKind =
  | 'state' // OpenNebula: STATE/LCM, history, or that it does not answer
  | 'step' // the console: a step of the plan began or ended
  | 'route' // type-2 route: next hop and mobility sequence, at a reflector or in a VTEP's zebra
  | 'fdb' // an entry of a forwarding database came, changed or went
  | 'link' // a tap or VXLAN device came, changed or went
  | 'ping' // answers began, stopped, came again
  | 'watch'; // the recording itself: begun, lost, not possible

/** `atMs` is this console's clock, since the run began: what comes from a host is later by the way of one line over SSH. */
export interface FlightEvent {
  readonly atMs: number;
  readonly source: string; // host name, "OpenNebula" or "console"
  readonly kind: FlightKind;
  readonly text: string;
}

export interface FlightPhase {
  readonly name: string; // "preparing", "MIGRATE", "overlay"
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * How long the VM could not be reached. `ping`: the longest time without an answer, beyond one interval. `fdb`: from the
 * first sight of its MAC on the target until the last VTEP led there; frames of others were on the wrong way meanwhile.
 */
export interface Downtime {
  readonly by: 'ping' | 'fdb';
  readonly ms: number;
  readonly atMs: number; // when it began, on the axis of the events
  readonly lost?: number; // pings without an answer
  readonly says: string; // one sentence, with how it was measured
}

export interface Flight {
  readonly v: 1;
  readonly run: string;
  readonly context: string;
  readonly vm: {readonly id: number; readonly name: string};
  readonly from: string; // hosts as the console names them
  readonly to: string;
  readonly live: boolean;
  readonly startedAt: number; // epoch ms
  readonly endedAt: number | undefined; // undefined: it was cut off, or goes on
  readonly status: RunStatus | undefined;
  readonly says: string;
  readonly verified: readonly Condition[];
  readonly downtime: Downtime | undefined; // undefined: not measured
  readonly phases: readonly FlightPhase[];
  readonly events: readonly FlightEvent[];
}

/** What the recorder writes into the journal, a batch at a time, as a note of kind "flight". */
export interface FlightNote {
  readonly events?: readonly FlightEvent[];
  readonly phases?: readonly FlightPhase[];
  readonly downtime?: Downtime;
  readonly meta?: Pick<Flight, 'vm' | 'from' | 'to' | 'live'>;
}
