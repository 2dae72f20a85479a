/**
 * A healthy fabric that a real lab answered with (ingress, kvm1-3, vr, OpenNebula; VNIs 2 and 3; one SDNAT mapping), and
 * edits of it: what a test changes is a reading, and everything that the console derives from readings is derived anew.
 */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {createAssembler} from '../../../src/fabric/assemble/assemble.ts';
import type {Access, CloudReadings, CloudState, CloudProbeId, CloudValues, Fabric, HostProbeId, HostReadings, HostState, HostValues} from '../../../src/model/fabric.ts';
import type {Observation, ProblemKind} from '../../../src/model/reading.ts';

interface Recording {
  readonly at: number;
  readonly hosts: readonly HostState[];
  readonly cloud: CloudState | undefined;
}
/** Hosts and cloud; `at` is the time that tests call now. */
export type Recorded = Recording;
export type Edit = (recorded: Recorded) => Recorded;

export const healthy: Recorded = JSON.parse(gunzipSync(readFileSync(new URL('../../fixtures/fabric/healthy.json.gz', import.meta.url))).toString()) as Recording;

/** The fabric after these edits, in order. */
export function fabricWith(...edits: readonly Edit[]): {readonly fabric: Fabric; readonly now: number} {
  const {at, hosts, cloud} = edits.reduce((state, edit) => edit(state), healthy);
  return {fabric: createAssembler()({name: 'recorded', expectVteps: true, hosts: new Map(hosts.map((host) => [host.spec.name, host])), cloud}, at), now: at};
}

const onHost = (name: string, change: (host: HostState) => HostState): Edit => (recorded) => {
  if (!recorded.hosts.some(({spec}) => spec.name === name)) throw new Error(`no host ${name} in the recording`);
  return {...recorded, hosts: recorded.hosts.map((host) => (host.spec.name === name ? change(host) : host))};
};

/** Another value of one reading of one host. */
export const reads = <K extends HostProbeId>(host: string, probe: K, change: (value: HostValues[K]) => HostValues[K]): Edit =>
  onHost(host, (state) => {
    const o = state.readings[probe] as Observation<HostValues[K]> | undefined;
    if (o?.value === undefined) throw new Error(`${host} has no ${probe} in the recording`);
    return {...state, readings: {...state.readings, [probe]: {...o, value: change(o.value)}} as HostReadings};
  });

/** The latest attempt of a probe failed; its last value stays, as it does in the console, unless it never had one. */
export const fails = (host: string, probe: HostProbeId, kind: ProblemKind, detail: string = kind, keepValue = true): Edit => (recorded) =>
  onHost(host, (state) => {
    const o = state.readings[probe] as Observation<unknown>;
    const value = keepValue ? {} : {value: undefined, at: undefined};
    return {...state, readings: {...state.readings, [probe]: {...o, ...value, problem: {kind, detail}, since: recorded.at - 1, attemptAt: recorded.at - 1}} as HostReadings};
  })(recorded);

/** The answer of a probe took so long, ms. */
export const took = (host: string, probe: HostProbeId, tookMs: number): Edit =>
  onHost(host, (state) => ({...state, readings: {...state.readings, [probe]: {...(state.readings[probe] as Observation<unknown>), tookMs}} as HostReadings}));

/** GoBGP answers on the host in FRR's place; `value` undefined: it was asked, and did not. */
export const gobgp = (host: string, value: HostValues['gobgp.speaker'] | undefined): Edit =>
  onHost(host, (state) => {
    const o = state.readings['host.identity'] as Observation<unknown>;
    return {...state, readings: {...state.readings, 'gobgp.speaker': {...o, value, ...(value ? {} : {at: undefined, problem: {kind: 'not-running', detail: 'gobgpd does not answer'}})}} as unknown as HostReadings};
  });

/** A probe that was never asked. */
export const unread = (host: string, probe: HostProbeId): Edit =>
  onHost(host, (state) => ({...state, readings: Object.fromEntries(Object.entries(state.readings).filter(([id]) => id !== probe)) as HostReadings}));

export const access = (host: string, change: Partial<Access>): Edit => onHost(host, (state) => ({...state, access: {...state.access, ...change}}));

/** The connection was lost just now: every reading of the host is stale. */
export const lost = (host: string, kind: ProblemKind = 'unreachable', detail = 'connect timed out'): Edit => (recorded) =>
  onHost(host, (state) => ({
    ...state,
    access: {...state.access, phase: 'waiting', problem: {kind, detail}, since: recorded.at - 1},
    readings: Object.fromEntries(Object.entries(state.readings).map(([id, o]) => [id, {...(o as Observation<unknown>), problem: {kind, detail}, since: recorded.at - 1}])) as HostReadings,
  }))(recorded);

export const specOf = (host: string, change: Partial<HostState['spec']>): Edit => onHost(host, (state) => ({...state, spec: {...state.spec, ...change}}));

export const cloudReads = <K extends CloudProbeId>(probe: K, change: (value: CloudValues[K]) => CloudValues[K]): Edit => (recorded) => {
  const o = recorded.cloud?.readings[probe] as Observation<CloudValues[K]> | undefined;
  if (!recorded.cloud || o?.value === undefined) throw new Error(`no ${probe} in the recording`);
  return {...recorded, cloud: {...recorded.cloud, readings: {...recorded.cloud.readings, [probe]: {...o, value: change(o.value)}} as CloudReadings}};
};

export const cloudFails = (probe: CloudProbeId, kind: ProblemKind, detail: string = kind): Edit => (recorded) => {
  if (!recorded.cloud) throw new Error('no cloud in the recording');
  const o = recorded.cloud.readings[probe] as Observation<unknown>;
  return {...recorded, cloud: {...recorded.cloud, readings: {...recorded.cloud.readings, [probe]: {...o, problem: {kind, detail}, since: recorded.at - 1}} as CloudReadings}};
};

/** The virtual router as a pair for high availability: "vr" and "vr-b" (VM 50), of which `master` translates and has the gateway's address; in the inventory `first` comes first. */
export const pair = (master: 'vr' | 'vr-b', first: 'vr' | 'vr-b' = 'vr'): Edit => (recorded) => {
  const gateway = '172.17.2.1';
  const rewritten = (other: Readonly<Record<string, string>>, vmId: number) => <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (key, each: unknown) => (typeof each === 'string' && !key.endsWith('_GATEWAY') ? (other[each] ?? each.replace(/^one-0(?=-|$)/, `one-${vmId}`)) : each)) as T;
  const own = rewritten({[gateway]: '172.17.2.2'}, 0);
  const swapped = rewritten({'203.0.113.200': '203.0.113.220', [gateway]: '172.17.2.3', '16:8a:5a:69:21:16': '16:8a:5a:69:21:50', '02:00:ac:11:02:01': '02:00:ac:11:02:03'}, 50);
  const vr = recorded.hosts.find(({spec}) => spec.name === 'vr')!;
  const twin = swapped(vr);
  const hosts = [own(vr), {...twin, spec: {...twin.spec, name: 'vr-b'}}];
  const backup = master === 'vr' ? 'vr-b' : 'vr';
  return [
    cloudReads('one.vms', (vms) => vms.flatMap((vm) => (vm.id === 0 ? [{...own(vm), name: 'gw-0'}, {...swapped(vm), id: 50, name: 'gw-1'}] : [vm]))),
    cloudReads('one.vrouters', (all) => all.map((one) => ({...one, vmIds: [0, 50], nics: one.nics.map((nic) => (nic.ip === gateway ? {...nic, ip: undefined, vrouterIp: gateway} : nic))}))),
    reads(master, 'ip.addresses', (all) => all.flatMap((one) => (one.device === 'eth1' && one.family === 'inet' ? [one, {...one, ip: gateway, prefixLength: 32}] : [one]))),
    reads('kvm1', 'ip.links', (links) => [...links, ...links.filter(({name}) => /^one-0-\d/.test(name)).map((link) => ({...swapped(link), index: link.index + 500}))]),
    reads(backup, 'vr.state', (state) => ({...state, failover: 'BACKUP', forwarding: false, sdnatService: 'stopped'})),
    reads(backup, 'nf.firewall', (firewall) => ({...firewall, nat: firewall.nat.filter(({action}) => action === 'jump')})),
    reads(backup, 'ip.addresses', (all) => all.filter(({label}) => label !== 'SDNAT4')),
  ].reduce<Recorded>((state, edit) => edit(state), {...recorded, hosts: [...recorded.hosts.filter((host) => host !== vr), ...(first === 'vr' ? hosts : hosts.toReversed())]});
};
export const withoutHost = (name: string): Edit => (recorded) => ({...recorded, hosts: recorded.hosts.filter(({spec}) => spec.name !== name)});

/** A context without OpenNebula. */
export const noCloud: Edit = (recorded) => ({...recorded, cloud: undefined});
