/** A running fabric: one reader per host, one for the cloud, the store that they feed, and the on-demand read of routes. */
import type {CloudState, Fabric, HostState} from '../model/fabric.ts';
import type {Problem} from '../model/reading.ts';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import type {AnyProbe} from '../services/probe.ts';
import type {HostSession} from '../services/session.ts';
import {CloudReader, type CloudReading} from './cloud-reader.ts';
import {CommandLog} from './command-log.ts';
import {HostReader} from './host-reader.ts';
import {estimateCost} from './route-cost.ts';
import type {FabricSource, RouteCost, RouteRead, RouteScope, SentCommand} from './source.ts';
import {FabricStore} from './store.ts';

export interface LiveParts {
  readonly target: FabricTarget;
  readonly probesFor: (spec: HostSpec) => readonly AnyProbe[];
  readonly openSession: (spec: HostSpec) => HostSession;
  readonly cloud: {readonly endpoint: string; readonly readings: readonly CloudReading[]; readonly close?: () => Promise<void>; readonly retry?: () => void} | undefined;
  /** Where the target names no hosts, OpenNebula's own are read: called with each new state of the cloud. */
  readonly hostsFromCloud: ((cloud: CloudState) => readonly HostSpec[]) | undefined;
  readonly readRoutes: (session: HostSession, host: HostState, scope: RouteScope, signal: AbortSignal | undefined) => Promise<RouteRead>;
  readonly now?: () => number;
}

const notStarted = {phase: 'connecting', problem: undefined, retryAt: undefined, attempts: 0, rttMs: undefined} as const;

export class LiveSource implements FabricSource {
  private readonly parts: LiveParts;
  private readonly store: FabricStore;
  private readonly log = new CommandLog();
  private readonly sessions = new Map<string, HostSession>();
  private readonly readers = new Map<string, HostReader>();
  private readonly cloud: CloudReader | undefined;
  private closed: Promise<void> | undefined;

  constructor(parts: LiveParts) {
    this.parts = parts;
    const now = parts.now ?? Date.now;
    const hosts = parts.target.hosts.map((spec): HostState => ({spec, access: {...notStarted, since: now()}, readings: {}}));
    const cloudState = parts.cloud && {endpoint: parts.cloud.endpoint, access: {...notStarted, since: now()}, readings: {}};
    const expectVteps = parts.target.hosts.some((spec) => spec.roles.includes('vtep')) || parts.hostsFromCloud !== undefined;
    this.store = new FabricStore({name: parts.target.name, expectVteps}, hosts, cloudState, now);
    for (const spec of parts.target.hosts) this.addHost(spec);
    this.cloud = parts.cloud && new CloudReader({
      endpoint: parts.cloud.endpoint,
      readings: parts.cloud.readings,
      periods: parts.target.refreshMs,
      log: this.log,
      close: parts.cloud.close,
      retry: parts.cloud.retry,
      onChange: (state) => {
        this.store.putCloud(state);
        for (const spec of parts.hostsFromCloud?.(state) ?? []) if (!this.store.has(spec.name)) this.addHost(spec);
      },
      now,
    });
  }

  current(): Fabric {
    return this.store.current();
  }
  subscribe(listener: () => void): () => void {
    return this.store.subscribe(listener);
  }
  commandLog(): readonly SentCommand[] {
    return this.log.all();
  }

  /** For the executor of changes alone: the connection to a host, and the log of what is sent. */
  sessionOf(name: string): HostSession | undefined {
    return this.sessions.get(name);
  }
  logSent(entry: SentCommand): void {
    this.log.add(entry);
  }

  refresh(source?: string, probes?: readonly string[]): void {
    for (const [name, reader] of this.readers) if (source === undefined || source === name) reader.refresh(probes);
    if (source === undefined || source === this.parts.cloud?.endpoint) this.cloud?.refresh(probes);
  }

  routeCost(scope: RouteScope): RouteCost {
    return estimateCost(this.current().hosts.get(scope.host), scope);
  }

  async readRoutes(scope: RouteScope, signal?: AbortSignal): Promise<RouteRead> {
    const session = this.sessions.get(scope.host);
    const host = this.current().hosts.get(scope.host);
    if (!session || !host) return {ok: false, problem: noSuchHost(scope.host)};
    const read = await this.parts.readRoutes(session, host, scope, signal);
    const at = (this.parts.now ?? Date.now)();
    this.log.add({
      at, source: scope.host, command: read.ok ? read.command : `routes of ${JSON.stringify(scope)}`, tookMs: read.ok ? read.tookMs : 0,
      result: read.ok ? `${read.table.length} paths` : `${read.problem.kind}: ${read.problem.detail}`,
    });
    return read;
  }

  close(): Promise<void> {
    this.closed ??= (async () => {
      this.store.close();
      await Promise.all([...[...this.readers.values()].map((reader) => reader.close()), this.cloud?.close()]);
    })();
    return this.closed;
  }

  private addHost(spec: HostSpec): void {
    const session = this.parts.openSession(spec);
    this.sessions.set(spec.name, session);
    const {probesFor, target, now} = this.parts;
    this.readers.set(spec.name, new HostReader({spec, session, probes: probesFor(spec), periods: target.refreshMs, log: this.log, onChange: (state) => this.store.putHost(state), now}));
  }
}

const noSuchHost = (name: string): Problem => ({kind: 'failed', detail: `there is no host ${name} in this context`});
