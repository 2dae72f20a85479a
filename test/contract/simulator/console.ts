/** What a console needs to reach the embedded fabric, and a reading of everything on one host. */
import type {HostProbeId, HostReadings} from '../../../src/model/fabric.ts';
import type {Problem, Reading} from '../../../src/model/reading.ts';
import type {HostSpec} from '../../../src/model/target.ts';
import {applianceProbes} from '../../../src/services/appliance/probes.ts';
import {frrProbes} from '../../../src/services/frr/probes.ts';
import {hostProbes} from '../../../src/services/host/probes.ts';
import {iproute2Probes} from '../../../src/services/iproute2/probes.ts';
import {netfilterProbes} from '../../../src/services/netfilter/probes.ts';
import type {AnyProbe} from '../../../src/services/probe.ts';
import type {HostSession} from '../../../src/services/session.ts';
import {wireguardProbes} from '../../../src/services/wireguard/probes.ts';
import type {SimulatedHost, Simulator} from '../../../src/simulator/index.ts';

export const probes: readonly AnyProbe[] = [...hostProbes, ...frrProbes, ...wireguardProbes, ...iproute2Probes, ...netfilterProbes, ...applianceProbes];

export const specOf = (simulator: Simulator, host: SimulatedHost): HostSpec => ({
  name: host.name, roles: host.roles, underlay: 'wg0', underlayAddress: undefined, region: host.region, origin: 'embedded fabric',
  ssh: {host: host.address, port: host.port, user: host.user, identityFiles: [simulator.identity], jumps: [], knownHosts: [simulator.knownHosts], strict: 'yes', extra: {identitiesonly: 'yes', identityagent: 'none'}},
});

/** Every probe that has something to ask of the host, in one round, parsed. */
export async function readAll(session: HostSession, spec: HostSpec, readings: HostReadings = {}): Promise<ReadonlyMap<HostProbeId, Reading<unknown>>> {
  const asked = probes.flatMap((probe) => {
    const script = probe.command({spec, readings});
    return typeof script === 'string' ? [{probe, script}] : [];
  });
  const results = await session.run(asked.map(({probe, script}) => ({id: probe.id, script, deadlineS: probe.deadlineS, maxBytes: probe.maxBytes})));
  return new Map(results.map((result, at) => [asked[at]!.probe.id, result.ok ? asked[at]!.probe.parse(result.output, {spec, readings}) : bad(result.problem)]));
}

const bad = (problem: Problem): Reading<unknown> => ({ok: false, problem});
