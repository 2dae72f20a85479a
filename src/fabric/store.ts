/** The one place where the present Fabric is kept: readers put states in, subscribers are told, bursts are joined. */
import type {CloudState, Fabric, HostState} from '../model/fabric.ts';
import {createAssembler, type AssembleInput} from './assemble/assemble.ts';

const joinMs = 100;

export class FabricStore {
  private hosts: ReadonlyMap<string, HostState>;
  private cloud: CloudState | undefined;
  private fabric: Fabric;
  private readonly assemble = createAssembler();
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private lastAt = 0;
  private readonly input: Pick<AssembleInput, 'name' | 'expectVteps'>;
  private readonly now: () => number;

  constructor(input: Pick<AssembleInput, 'name' | 'expectVteps'>, hosts: readonly HostState[], cloud: CloudState | undefined, now: () => number = Date.now) {
    this.input = input;
    this.now = now;
    this.hosts = new Map(hosts.map((host) => [host.spec.name, host]));
    this.cloud = cloud;
    this.fabric = this.make();
  }

  current(): Fabric {
    return this.fabric;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  putHost(state: HostState): void {
    this.hosts = new Map(this.hosts).set(state.spec.name, state);
    this.schedule();
  }

  putCloud(state: CloudState): void {
    this.cloud = state;
    this.schedule();
  }

  /** Hosts learned from OpenNebula join while running. */
  has(name: string): boolean {
    return this.hosts.has(name);
  }

  close(): void {
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  private make(): Fabric {
    return this.assemble({...this.input, hosts: this.hosts, cloud: this.cloud}, this.now());
  }

  // The first change after a quiet time is shown at once, the rest of a burst together.
  private schedule(): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.lastAt = this.now();
      this.fabric = this.make();
      for (const listener of this.listeners) listener();
    }, Math.max(0, this.lastAt + joinMs - this.now()));
  }
}
