/**
 * What checks look at: the fabric with its readings when they are fresh, and indexes that several families use. Made
 * once per pass; every index is made when somebody first asks for it.
 */
import type {Fabric, HostProbeId, HostReadings, HostState, HostValues, CloudProbeId, CloudValues, Realisation, Tunnel, VirtualRouter} from '../model/fabric.ts';
import type {Missing} from '../model/finding.ts';
import type {Link} from '../model/network.ts';
import {freshness, stamp, type Observation, type Problem, type Stamp} from '../model/reading.ts';
import type {Role} from '../model/target.ts';
import {underlayAddressOf} from '../model/underlay.ts';

export class View {
  readonly fabric: Fabric;
  readonly now: number;
  private readonly linkIndex = new Map<string, ReadonlyMap<string, Link> | undefined>();
  private readonly realisationIndex = lazy(() => this.indexRealisations());
  private readonly tunnelIndex = lazy(() => this.indexTunnels());

  constructor(fabric: Fabric, now: number) {
    this.fabric = linked(fabric);
    this.now = now;
  }

  /** Host names with one of these roles, in the order of the inventory. Without roles: all. */
  hosts(...roles: readonly Role[]): readonly string[] {
    const names: string[] = [];
    for (const [name, {spec}] of this.fabric.hosts) if (roles.length === 0 || roles.some((role) => spec.roles.includes(role))) names.push(name);
    return names;
  }

  host(name: string): HostState | undefined {
    return this.fabric.hosts.get(name);
  }

  /** The value of a probe while it is fresh; undefined when it was never read, is stale, or the last attempt failed. */
  read<K extends HostProbeId>(host: string, probe: K): HostValues[K] | undefined {
    const o = this.fabric.hosts.get(host)?.readings[probe];
    return o && freshness(o, this.now) === 'fresh' ? (o.value as HostValues[K]) : undefined;
  }

  /** Why the latest attempt of a probe failed, if it did: a host that says "not-running" has told us something. */
  problem(host: string, probe: HostProbeId): Problem | undefined {
    const state = this.fabric.hosts.get(host);
    return state?.access.phase === 'ready' ? state.readings[probe]?.problem : undefined;
  }

  cloud<K extends CloudProbeId>(probe: K): CloudValues[K] | undefined {
    const o = this.fabric.cloud?.readings[probe];
    return o && freshness(o, this.now) === 'fresh' ? (o.value as CloudValues[K]) : undefined;
  }

  stamp(host: string, probe: HostProbeId): Stamp | undefined {
    const o: Observation<unknown> | undefined = this.fabric.hosts.get(host)?.readings[probe as keyof HostReadings];
    return o && stamp(o);
  }

  cloudStamp(probe: CloudProbeId): Stamp | undefined {
    const o: Observation<unknown> | undefined = this.fabric.cloud?.readings[probe];
    return o && stamp(o);
  }

  /** What to say of a probe whose value is missing. */
  missing(host: string, probe: HostProbeId): Missing {
    const state = this.fabric.hosts.get(host);
    if (state && state.access.phase !== 'ready') return {source: host, probe: 'ssh', why: whyOf(state.access.problem, undefined, this.now) };
    const o = state?.readings[probe];
    return {source: host, probe, why: whyOf(o?.problem, o, this.now)};
  }

  missingCloud(probe: CloudProbeId): Missing {
    const cloud = this.fabric.cloud;
    const o = cloud?.readings[probe];
    return {source: 'OpenNebula', probe, why: whyOf(o?.problem ?? cloud?.access.problem, o, this.now)};
  }

  /** Why no host is known to be this router: a host of that role that was not read yet may be it by its addresses. */
  missingRouter({id}: VirtualRouter): readonly Missing[] {
    const taken = new Set(this.fabric.routers.flatMap(({vrouter, host}) => (vrouter && host !== undefined ? [host] : [])));
    const perhaps = this.hosts('virtual-router').filter((host) => !taken.has(host) && this.fabric.hosts.get(host)?.readings['ip.addresses']?.value === undefined);
    return perhaps.length > 0 ? perhaps.map((host) => this.missing(host, 'ip.addresses')) : [{source: id, probe: 'ssh', why: 'no host of this context is this router: its rules cannot be read'}];
  }

  /** Links of a host by name; undefined when they were not read or are stale. */
  links(host: string): ReadonlyMap<string, Link> | undefined {
    if (!this.linkIndex.has(host)) {
      const links = this.read(host, 'ip.links');
      this.linkIndex.set(host, links && new Map(links.map((link) => [link.name, link])));
    }
    return this.linkIndex.get(host);
  }

  /** The device of the host that the overlay runs on: as the inventory says, or as found there; undefined: not known. */
  underlay(host: string): string | undefined {
    return this.fabric.hosts.get(host)?.spec.underlay || undefined;
  }

  /** The address of the host's underlay device: read there, else what the inventory says. */
  underlayAddress(host: string): string | undefined {
    const state = this.fabric.hosts.get(host);
    return state && underlayAddressOf(state);
  }

  realisation(host: string, vni: number): Realisation | undefined {
    return this.realisationIndex().get(vni)?.get(host);
  }

  /** The tunnel of the overlay as `host` sees it towards `peer`: two hosts may meet on other WireGuard interfaces too. */
  tunnel(host: string, peer: string): Tunnel | undefined {
    return this.tunnelIndex().get(host)?.get(peer);
  }

  private indexRealisations(): ReadonlyMap<number, ReadonlyMap<string, Realisation>> {
    const index = new Map<number, Map<string, Realisation>>();
    for (const {vni, hosts} of this.fabric.segments) {
      if (vni === undefined) continue;
      let byHost = index.get(vni);
      if (!byHost) index.set(vni, (byHost = new Map()));
      for (const on of hosts) byHost.set(on.host, on);
    }
    return index;
  }

  private indexTunnels(): ReadonlyMap<string, ReadonlyMap<string, Tunnel>> {
    const index = new Map<string, Map<string, Tunnel>>();
    let of = '';
    let byPeer = new Map<string, Tunnel>();
    for (const tunnel of this.fabric.tunnels) {
      if (!tunnel.peerHost) continue;
      // They come host by host.
      if (tunnel.host !== of || index.size === 0) {
        of = tunnel.host;
        const known = index.get(of);
        if (known) byPeer = known;
        else index.set(of, (byPeer = new Map()));
      }
      if (tunnel.device === (this.underlay(of) ?? tunnel.device)) byPeer.set(tunnel.peerHost, tunnel);
    }
    return index;
  }
}

/**
 * The same fabric with each family of links asked for once: the fabric's own getters compare all readings at each
 * call, which is cheap for a screen and not for checks that ask in a loop.
 */
function linked(fabric: Fabric): Fabric {
  const families = {
    tunnels: lazy(() => fabric.tunnels), sessions: lazy(() => fabric.sessions), vteps: lazy(() => fabric.vteps), segments: lazy(() => fabric.segments),
    macs: lazy(() => fabric.macs), vms: lazy(() => fabric.vms), routers: lazy(() => fabric.routers),
  };
  return {
    revision: fabric.revision, at: fabric.at, name: fabric.name, hosts: fabric.hosts, cloud: fabric.cloud, hostByAddress: fabric.hostByAddress,
    get tunnels() {
      return families.tunnels();
    },
    get sessions() {
      return families.sessions();
    },
    get vteps() {
      return families.vteps();
    },
    get segments() {
      return families.segments();
    },
    get macs() {
      return families.macs();
    },
    get vms() {
      return families.vms();
    },
    get routers() {
      return families.routers();
    },
  };
}

/** Why a reading is missing that nobody has tried yet, as in the first seconds. */
export const neverRead = 'never read';

function whyOf(problem: Problem | undefined, o: Observation<unknown> | undefined, now: number): string {
  if (problem) return `${problem.kind}: ${problem.detail}`;
  return o?.at === undefined ? neverRead : `stale: read ${Math.round((now - o.at) / 1000)} s ago`;
}

function lazy<T>(make: () => T): () => T {
  let made: {readonly value: T} | undefined;
  return () => (made ??= {value: make()}).value;
}
