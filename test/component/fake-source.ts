/** A source whose fabric is assembled from typed readings: tests change a reading and see what the console does. */
import {createAssembler} from '../../src/fabric/assemble/assemble.ts';
import type {FabricSource, RouteCost, RouteRead, RouteScope, SentCommand} from '../../src/fabric/source.ts';
import type {CloudState, Fabric, HostProbeId, HostState} from '../../src/model/fabric.ts';
import type {EvpnRoute} from '../../src/model/frr.ts';
import type {RouteTable} from '../../src/model/route-table.ts';
import {healthyCloud, healthyHosts, seen, t0, wireguard, spec} from '../unit/fabric/readings.ts';

export const start = t0 + 1000;

export class FakeSource implements FabricSource {
  hosts: ReadonlyMap<string, HostState>;
  cloud: CloudState | undefined;
  log: SentCommand[] = [{at: t0, source: 'kvm1', command: 'vtysh -c "show bgp l2vpn evpn summary json"', tookMs: 12, result: 'ok 843 B'}];
  readonly refreshed: (string | undefined)[] = [];
  cost: RouteCost = {paths: 10, heavy: false, sentence: 'about 10 paths, 2 KB'};
  read: (scope: RouteScope, signal: AbortSignal | undefined) => Promise<RouteRead> = async () => ({ok: true, table: routeTable(10), at: t0, command: 'show bgp l2vpn evpn', tookMs: 3});
  readonly asked: RouteScope[] = [];
  private fabric: Fabric;
  private readonly listeners = new Set<() => void>();
  private readonly assemble = createAssembler();

  constructor(hosts: ReadonlyMap<string, HostState> = healthyHosts(), cloud: CloudState | undefined = healthyCloud()) {
    this.hosts = hosts;
    this.cloud = cloud;
    this.fabric = this.made(start);
  }
  private made(at: number): Fabric {
    return this.assemble({name: 'prod', expectVteps: true, hosts: this.hosts, cloud: this.cloud}, at);
  }
  put(hosts: ReadonlyMap<string, HostState>, at = start): void {
    this.hosts = hosts;
    this.fabric = this.made(at);
    for (const listener of this.listeners) listener();
  }
  putCloud(cloud: CloudState | undefined): void {
    this.cloud = cloud;
    this.put(this.hosts);
  }
  current(): Fabric {
    return this.fabric;
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  refresh(source?: string): void {
    this.refreshed.push(source);
  }
  routeCost(): RouteCost {
    return this.cost;
  }
  readRoutes(scope: RouteScope, signal?: AbortSignal): Promise<RouteRead> {
    this.asked.push(scope);
    return this.read(scope, signal);
  }
  commandLog(): readonly SentCommand[] {
    return this.log;
  }
  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** `length` type-2 routes; `made` counts the rows that were asked for. */
export function routeTable(length: number): RouteTable & {made: number} {
  const macAt = (i: number): string => `02:00:${[24, 16, 8, 0].map((shift) => ((i >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
  const vniAt = (i: number): number => 2 + (i % 50);
  const prefixAt = (i: number): string => `[2]:[0]:[48]:[${macAt(i)}]`;
  return {
    length, prefixes: length, made: 0,
    at(i): EvpnRoute {
      if (i < 0 || i >= length) throw new RangeError(`no route ${i}`);
      this.made++;
      return {rd: `192.168.0.2:${vniAt(i)}`, type: 2, prefix: prefixAt(i), ethTag: 0, mac: macAt(i), ip: undefined, nextHop: '192.168.0.2', valid: true, best: true, local: false, localPref: 100, metric: undefined, weight: 0, asPath: '', origin: 'i', rts: [`65000:${vniAt(i)}`], vni: vniAt(i), mobility: undefined, sticky: false, communities: `RT:65000:${vniAt(i)} ET:8`};
    },
    idAt: (i) => `192.168.0.2:${vniAt(i)} ${prefixAt(i)} 192.168.0.2`,
    select({vni, text}) {
      const chosen: number[] = [];
      for (let i = 0; i < length; i++) if ((vni === undefined || vniAt(i) === vni) && (text === undefined || prefixAt(i).includes(text.toLowerCase()))) chosen.push(i);
      return Uint32Array.from(chosen);
    },
  };
}

/** As if that had never been read. */
export function without(hosts: ReadonlyMap<string, HostState>, name: string, probe: HostProbeId): Map<string, HostState> {
  const state = hosts.get(name);
  if (!state) throw new Error(`no host ${name}`);
  const {[probe]: _gone, ...readings} = state.readings;
  return new Map([...hosts, [name, {...state, readings}]]);
}

/** Hosts of a large fabric: reachable VTEPs of four regions with a WireGuard reading each. */
export function manyHosts(count: number): Map<string, HostState> {
  const hosts = new Map(healthyHosts());
  for (let i = hosts.size; i < count; i++) {
    const name = `kvm${String(i).padStart(3, '0')}`;
    hosts.set(name, {
      spec: spec(name, ['vtep'], {region: ['london', 'paris', 'madrid', 'oslo'][i % 4]}),
      access: {phase: 'ready', since: t0, problem: undefined, retryAt: undefined, attempts: 1, rttMs: 12},
      readings: {'wg.interfaces': seen(name, 'wg.interfaces', [wireguard(name)])},
    });
  }
  return hosts;
}
