/** The composition root: from a target to a running fabric. Loaded only by commands that read. */
import {LiveSource} from '../fabric/live-source.ts';
import type {CloudReading} from '../fabric/cloud-reader.ts';
import type {Reach} from '../actions/execute.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import {hostsFromOpenNebula} from '../config/from-opennebula.ts';
import type {HostDefaults} from '../config/hosts.ts';
import {applianceProbes} from '../services/appliance/probes.ts';
import {frrProbes} from '../services/frr/probes.ts';
import {readRoutes} from '../services/frr/route-reader.ts';
import {gobgpProbes} from '../services/gobgp/probes.ts';
import {hostProbes} from '../services/host/probes.ts';
import {iproute2Probes} from '../services/iproute2/probes.ts';
import {netfilterProbesFor} from '../services/netfilter/probes.ts';
import {OneClient} from '../services/opennebula/client.ts';
import {cloudProbes} from '../services/opennebula/probes.ts';
import type {AnyProbe} from '../services/probe.ts';
import {openSession} from '../services/ssh/session.ts';
import {openTunnel} from '../services/ssh/tunnel.ts';
import {wireguardProbes} from '../services/wireguard/probes.ts';
import type {Io} from './io.ts';

export interface Opened {
  readonly source: FabricSource;
  readonly target: FabricTarget;
  /** What one full reading of a host and of the cloud consists of. */
  readonly hostProbes: (spec: HostSpec) => readonly string[];
  readonly cloudProbes: readonly string[];
  readonly deadlineMs: number;
  /** The connections, for the executor of changes. */
  readonly reach: Reach;
  close(): Promise<void>;
}

/** What is asked of a host, by what it is. Virtual routers run no FRR; only they have an appliance state. */
function probesFor(spec: HostSpec): readonly AnyProbe[] {
  const router = spec.roles.includes('virtual-router');
  return [...hostProbes, ...(router ? [] : [...frrProbes, ...gobgpProbes]), ...wireguardProbes, ...iproute2Probes, ...netfilterProbesFor(spec), ...(router ? applianceProbes : [])];
}

export interface OpenOptions {
  readonly deadlineMs?: number; // for one reading of everything
  readonly hostDefaults?: HostDefaults; // for hosts that OpenNebula names
}

export function openTarget(target: FabricTarget, io: Io, {deadlineMs = 15_000, hostDefaults}: OpenOptions = {}): Opened {
  const ssh = {sshConfig: target.sshConfig, agent: io.env['SSH_AUTH_SOCK']};
  const cloud = cloudOf(target, ssh);
  const source = new LiveSource({
    target,
    probesFor,
    openSession: (spec) => openSession(spec, ssh),
    cloud,
    // Hosts may come from an inventory, from OpenNebula, or (where the target names none) from its pool as it is read.
    hostsFromCloud: target.hosts.length === 0 && target.cloud ? (cloud) => hostsFromOpenNebula(cloud.readings['one.hosts']?.value ?? [], hostDefaults) : undefined,
    readRoutes,
  });
  return {source, target, deadlineMs, hostProbes: (spec) => probesFor(spec).map((probe) => probe.id), cloudProbes: target.cloud ? cloudProbes.filter((probe) => probe.tier !== 'slow').map((probe) => probe.id).concat(['one.vnets', 'one.vrouters']) : [], reach: {session: (name) => source.sessionOf(name), one: cloud?.client, log: (entry) => source.logSent(entry)}, close: () => source.close()};
}

function cloudOf(target: FabricTarget, ssh: {readonly sshConfig: string | undefined; readonly agent: string | undefined}) {
  const cloud = target.cloud;
  if (!cloud) return undefined;
  const tunnel = cloud.tunnel && openTunnel(cloud.tunnel, ssh);
  const client = new OneClient({endpoint: cloud.endpoint, session: cloud.session, timeoutMs: cloud.timeoutMs, ...(tunnel ? {connect: (host, port, signal) => tunnel.connect(host, port, signal)} : {})});
  const readings = cloudProbes.map((probe): CloudReading => ({id: probe.id, tier: probe.tier, call: probe.call, read: (signal) => probe.read(client, signal)}));
  return {client, endpoint: client.endpoint, readings, ...(tunnel ? {close: () => tunnel.close(), retry: () => tunnel.retry()} : {})};
}
