/** The readings of a bench: made anew only when somebody asks for them, told at once. */
import {createAssembler} from '../../../src/fabric/assemble/assemble.ts';
import {observe} from '../../../src/fabric/observe.ts';
import type {FabricSource, RouteCost, RouteRead} from '../../../src/fabric/source.ts';
import type {CloudReadings, CloudState, Fabric, HostReadings, HostState} from '../../../src/model/fabric.ts';
import type {Observation, Reading} from '../../../src/model/reading.ts';
import type {HostSpec} from '../../../src/model/target.ts';
import {applianceProbes} from '../../../src/services/appliance/probes.ts';
import {frrProbes} from '../../../src/services/frr/probes.ts';
import {hostProbes} from '../../../src/services/host/probes.ts';
import {iproute2Probes} from '../../../src/services/iproute2/probes.ts';
import {netfilterProbesFor} from '../../../src/services/netfilter/probes.ts';
import type {OneArgument, OneResult} from '../../../src/services/opennebula/envelope.ts';
import {cloudProbes} from '../../../src/services/opennebula/probes.ts';
import type {AnyProbe, Probe} from '../../../src/services/probe.ts';
import type {HostSession} from '../../../src/services/session.ts';
import {wireguardProbes} from '../../../src/services/wireguard/probes.ts';
import type {SimHost, SimWorld} from '../../../src/simulator/world.ts';

const ready = {phase: 'ready', since: 0, problem: undefined, retryAt: undefined, attempts: 1, rttMs: 1} as const;
const leading = new Set(['frr.daemons', 'frr.version']);

function probesFor(spec: HostSpec): readonly AnyProbe[] {
  const router = spec.roles.includes('virtual-router');
  return [...hostProbes, ...(router ? [] : frrProbes), ...wireguardProbes, ...iproute2Probes, ...netfilterProbesFor(spec), ...(router ? applianceProbes : [])];
}

const specOf = ({name, roles, region, underlay, publicAddress}: SimHost): HostSpec => ({
  name, roles, underlay: 'wg0', underlayAddress: underlay, region, origin: 'bench',
  ssh: {host: publicAddress, port: 22, user: 'root', identityFiles: [], jumps: [], knownHosts: undefined, strict: 'yes', extra: {}},
});

/** All readings of a fabric. */
export interface Readings {
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly cloud: CloudState;
}

export class BenchSource implements FabricSource {
  private readonly hosts = new Map<string, HostState>();
  private cloud: CloudState;
  private readonly sessions: ReadonlyMap<string, HostSession>;
  private readonly client: {readonly endpoint: string; call(method: string, args?: readonly OneArgument[]): Promise<OneResult>};
  private readonly assemble = createAssembler();
  private fabric: Fabric | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly turns = new Map<string, {busy: boolean; readonly wanted: Set<string>}>();

  constructor(world: SimWorld, sessions: ReadonlyMap<string, HostSession>, client: BenchSource['client']) {
    this.sessions = sessions;
    this.client = client;
    for (const host of world.hosts) this.hosts.set(host.name, {spec: specOf(host), access: ready, readings: {}});
    this.cloud = {endpoint: client.endpoint, access: ready, readings: {}};
  }

  current(): Fabric {
    return (this.fabric ??= this.assemble({name: 'bench', expectVteps: true, hosts: new Map(this.hosts), cloud: this.cloud}, Date.now()));
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  private tell(): void {
    this.fabric = undefined;
    for (const listener of [...this.listeners]) listener();
  }

  refresh(source?: string, probes?: readonly string[]): void {
    for (const [name, {spec}] of this.hosts) if (source === undefined || source === name) this.ask(name, probes ?? probesFor(spec).map(({id}) => id), (ids) => this.readHost(name, ids));
    if (source === undefined || source === this.client.endpoint) this.ask('', probes ?? cloudProbes.map(({id}) => id), (ids) => this.readCloud(ids));
  }

  /** One reading of a source at a time; what is asked for meanwhile follows. */
  private ask(name: string, probes: readonly string[], read: (ids: readonly string[]) => Promise<void>): void {
    const turn = this.turns.get(name) ?? {busy: false, wanted: new Set<string>()};
    this.turns.set(name, turn);
    for (const id of probes) turn.wanted.add(id);
    if (turn.busy) return;
    turn.busy = true;
    void (async () => {
      while (turn.wanted.size > 0) {
        const ids = [...turn.wanted];
        turn.wanted.clear();
        await read(ids);
      }
      turn.busy = false;
    })();
  }

  /** Reads everything; what it knows then can be given to others. */
  async readAll(): Promise<Readings> {
    await Promise.all([
      this.readCloud(cloudProbes.map(({id}) => id)),
      ...[...this.hosts].map(async ([name, {spec}]) => {
        const ids = probesFor(spec).map(({id}) => id);
        await this.readHost(name, ids.filter((id) => leading.has(id)));
        await this.readHost(name, ids.filter((id) => !leading.has(id)));
        // A machine that is busy is late now and then: nothing is wrong with the fabric.
        for (let late = this.late(name), times = 0; late.length > 0 && times < 10; late = this.late(name), times++) await this.readHost(name, late);
      }),
    ]);
    return {hosts: new Map(this.hosts), cloud: this.cloud};
  }

  private late(name: string): readonly string[] {
    return Object.entries(this.hosts.get(name)!.readings as Record<string, Observation<unknown>>).flatMap(([id, {problem}]) => (problem?.kind === 'timeout' ? [id] : []));
  }

  /** Begins with what another bench has read, and reads only what differs here. */
  async begin({hosts, cloud}: Readings, differs: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const [name, state] of hosts) this.hosts.set(name, state);
    this.cloud = cloud;
    for (const [name, ids] of Object.entries(differs)) await (this.hosts.has(name) ? this.readHost(name, ids) : this.readCloud(ids));
    this.tell();
  }

  private async readHost(name: string, ids: readonly string[]): Promise<void> {
    const begunAt = Date.now();
    const before = this.hosts.get(name)!;
    const context = {spec: before.spec, readings: before.readings};
    const probes = probesFor(before.spec).filter(({id}) => ids.includes(id)) as readonly Probe[];
    const commands = probes.map((probe) => probe.command(context));
    const sections = probes.flatMap(({id, deadlineS, maxBytes}, at) => (typeof commands[at] === 'string' ? [{id, script: commands[at], deadlineS, maxBytes}] : []));
    const results = await this.sessions.get(name)!.run(sections);
    const readings: Record<string, Observation<unknown>> = {...this.hosts.get(name)!.readings};
    for (const [at, probe] of probes.entries()) {
      const command = commands[at]!;
      const result = results.find(({id}) => id === probe.id);
      const reading: Reading<unknown> = typeof command !== 'string' ? {ok: false, problem: command} : !result?.ok ? {ok: false, problem: result?.problem ?? {kind: 'failed', detail: 'no answer'}} : probe.parse(result.output, context);
      readings[probe.id] = observe(readings[probe.id], {source: name, probe: probe.id, command: typeof command === 'string' ? command : '', at: Date.now(), begunAt, tookMs: 1, staleAfterMs: 3_600_000, reading});
    }
    this.hosts.set(name, {...this.hosts.get(name)!, readings: readings as HostReadings});
    this.tell();
  }

  private async readCloud(ids: readonly string[]): Promise<void> {
    for (const probe of cloudProbes.filter(({id}) => ids.includes(id))) {
      const begunAt = Date.now();
      const reading: Reading<unknown> = await probe.read(this.client);
      const before = this.cloud.readings as Readonly<Record<string, Observation<unknown> | undefined>>;
      this.cloud = {...this.cloud, readings: {...before, [probe.id]: observe(before[probe.id], {source: this.client.endpoint, probe: probe.id, command: probe.call, at: Date.now(), begunAt, tookMs: 1, staleAfterMs: 3_600_000, reading})} as CloudReadings};
    }
    this.tell();
  }

  routeCost(): RouteCost {
    return {paths: 0, heavy: false, sentence: ''};
  }
  readRoutes(): Promise<RouteRead> {
    return Promise.resolve({ok: false, problem: {kind: 'unsupported', detail: 'no routes on a bench'}});
  }
  commandLog(): readonly [] {
    return [];
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
