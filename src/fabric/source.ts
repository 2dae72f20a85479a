/** What the screens and the command line see of a running fabric. Implemented by fabric/store + collector; faked in tests. */
import type {Fabric} from '../model/fabric.ts';
import type {Problem} from '../model/reading.ts';
import type {RouteTable} from '../model/route-table.ts';

/** Scope of an on-demand read of routes. Without rd, vni and mac it is the whole table (of a type): sized first. */
export interface RouteScope {
  readonly host: string; // asked there: the reflector has them all
  readonly type?: 2 | 3 | 5;
  readonly rd?: string;
  readonly vni?: number;
}
export type RouteRead =
  | {readonly ok: true; readonly table: RouteTable; readonly at: number; readonly command: string; readonly tookMs: number}
  | {readonly ok: false; readonly problem: Problem};

/** What asking would cost, from the summary, before it is asked. */
export interface RouteCost {
  readonly paths: number | undefined; // expected; undefined: unknown
  readonly heavy: boolean; // ask the operator first
  readonly sentence: string; // "about 100,000 paths, 16 MB; bgpd answers nobody else for 0.3 s"
}

export interface SentCommand {
  readonly at: number;
  readonly source: string;
  readonly command: string;
  readonly tookMs: number;
  readonly result: string; // "ok 843 B", "exit 1: bgpd is not running"
}

export interface FabricSource {
  current(): Fabric;
  /** Called after each new Fabric; returns unsubscribe. Bursts are joined (at most about 10 per second). */
  subscribe(listener: () => void): () => void;
  /** Reads now: one source, or all; of the one only these probes when they are named. Also lifts `refused`. */
  refresh(source?: string, probes?: readonly string[]): void;
  routeCost(scope: RouteScope): RouteCost;
  readRoutes(scope: RouteScope, signal?: AbortSignal): Promise<RouteRead>;
  /** The last commands that were sent, newest last (bounded). */
  commandLog(): readonly SentCommand[];
  close(): Promise<void>;
}
