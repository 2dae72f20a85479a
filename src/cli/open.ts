/** The composition root: from what the command line says to a running fabric. Loaded only by commands that read. */
import type {Command} from 'commander';
import {LiveSource} from '../fabric/live-source.ts';
import type {CloudReading} from '../fabric/cloud-reader.ts';
import type {FabricSource, RouteRead, RouteScope} from '../fabric/source.ts';
import type {HostState} from '../model/fabric.ts';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import {hostsFromOpenNebula} from '../config/from-opennebula.ts';
import {applianceProbes} from '../services/appliance/probes.ts';
import {frrProbes} from '../services/frr/probes.ts';
import {readRouteTable} from '../services/frr/route-reader.ts';
import {routeQuestion} from '../services/frr/commands.ts';
import {hostProbes} from '../services/host/probes.ts';
import {iproute2Probes} from '../services/iproute2/probes.ts';
import {netfilterProbesFor} from '../services/netfilter/probes.ts';
import {OneClient} from '../services/opennebula/client.ts';
import {cloudProbes} from '../services/opennebula/probes.ts';
import type {AnyProbe} from '../services/probe.ts';
import type {HostSession} from '../services/session.ts';
import {openSession} from '../services/ssh/session.ts';
import {openTunnel} from '../services/ssh/tunnel.ts';
import {wireguardProbes} from '../services/wireguard/probes.ts';
import type {Io} from './io.ts';
import {resolveFlags, type GlobalFlags} from './target.ts';

export interface Opened {
  readonly source: FabricSource;
  readonly target: FabricTarget;
  /** What one full reading of a host and of the cloud consists of. */
  readonly hostProbes: readonly string[];
  readonly cloudProbes: readonly string[];
  readonly deadlineMs: number;
  close(): Promise<void>;
}

export const globalFlags = (command: Command): GlobalFlags => command.optsWithGlobals<GlobalFlags>();

export async function openFabric(flags: GlobalFlags, io: Io): Promise<Opened> {
  const target = await resolveFlags(flags, io);
  return openTarget(target, io, flags.timeout === undefined ? undefined : Number(flags.timeout) * 1000);
}

/** What is asked of a host, by what it is. Virtual routers run no FRR; only they have an appliance state. */
function probesFor(spec: HostSpec): readonly AnyProbe[] {
  const router = spec.roles.includes('virtual-router');
  return [...hostProbes, ...(router ? [] : frrProbes), ...wireguardProbes, ...iproute2Probes, ...netfilterProbesFor(spec), ...(router ? applianceProbes : [])];
}

const common = [...hostProbes, ...wireguardProbes, ...iproute2Probes].map((probe) => probe.id);

export function openTarget(target: FabricTarget, io: Io, deadlineMs = 15_000): Opened {
  const ssh = {sshConfig: target.sshConfig, agent: io.env['SSH_AUTH_SOCK']};
  const source = new LiveSource({
    target,
    probesFor,
    openSession: (spec) => openSession(spec, ssh),
    cloud: cloudOf(target, ssh),
    // Hosts may come from an inventory, from OpenNebula, or (where the target names none) from its pool as it is read.
    hostsFromCloud: target.hosts.length === 0 && target.cloud ? (cloud) => hostsFromOpenNebula(cloud.readings['one.hosts']?.value ?? []) : undefined,
    readRoutes,
  });
  return {source, target, deadlineMs, hostProbes: common, cloudProbes: target.cloud ? cloudProbes.filter((probe) => probe.tier !== 'slow').map((probe) => probe.id).concat(['one.vnets', 'one.vrouters']) : [], close: () => source.close()};
}

function cloudOf(target: FabricTarget, ssh: {readonly sshConfig: string | undefined; readonly agent: string | undefined}) {
  const cloud = target.cloud;
  if (!cloud) return undefined;
  const tunnel = cloud.tunnel && openTunnel(cloud.tunnel, ssh);
  const client = new OneClient({endpoint: cloud.endpoint, session: cloud.session, timeoutMs: cloud.timeoutMs, ...(tunnel ? {connect: tunnel.connect} : {})});
  const readings = cloudProbes.map((probe): CloudReading => ({id: probe.id, tier: probe.tier, call: probe.call, read: (signal) => probe.read(client, signal)}));
  return {endpoint: client.endpoint, readings, ...(tunnel ? {close: () => tunnel.close()} : {})};
}

async function readRoutes(session: HostSession, host: HostState, scope: RouteScope, signal: AbortSignal | undefined): Promise<RouteRead> {
  const question = routeQuestion(scope, host.readings['frr.version']?.value);
  if ('kind' in question) return {ok: false, problem: question};
  return readRouteTable(session, question, scope, signal);
}
