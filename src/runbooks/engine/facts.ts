/** What expressions can see of the fabric: hosts, networks, VMs, each value with its origin; what was not read says so. */
import type {Fabric, HostState} from '../../model/fabric.ts';
import type {Observation} from '../../model/reading.ts';
import type {Runbook, Value} from '../model.ts';
import {unread, withOrigins} from './expression.ts';

const clock = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString().slice(11, 19));

/** Members that are known from the context, and members that were read. */
function hostFacts({spec, readings}: HostState): Value {
  const name = spec.name;
  const read = <T>(observation: Observation<T> | undefined, what: string, of: (value: T) => Value | undefined): Value => {
    if (observation?.value === undefined) return unread(`${what} of ${name} was not read${observation?.problem ? `: ${observation.problem.detail}` : ''}`);
    return of(observation.value) ?? null;
  };
  const links = readings['ip.links'];
  const addresses = readings['ip.addresses'];
  const address = spec.underlayAddress ?? read(addresses, `the address of ${spec.underlay}`, (all) => all.find((one) => one.device === spec.underlay && one.family === 'inet')?.ip);
  const facts: {[key: string]: Value} = {
    name, roles: spec.roles, role: spec.roles[0] ?? null, region: spec.region ?? null, underlay: spec.underlay === '' ? null : spec.underlay, ssh: spec.ssh.host, port: spec.ssh.port ?? 22,
    address,
    mtu: read(links, `the MTU of ${spec.underlay}`, (all) => all.find((one) => one.name === spec.underlay)?.mtu),
    links: read(links, 'the list of devices', (all) => all.map((one) => one.name)),
    up: read(links, 'the list of devices', (all) => all.filter(({up}) => up).map((one) => one.name)),
    addresses: read(addresses, 'the list of addresses', (all) => all.filter(({family, scope}) => family === 'inet' && scope === 'global').map((one) => ({device: one.device, ip: one.ip, prefix: one.prefixLength}))),
    hostname: read(readings['host.identity'], 'the name', (identity) => identity.hostname),
    frr: read(readings['frr.version'], 'the version of FRR', (version) => version.text),
  };
  const from: Readonly<Record<string, Observation<unknown> | undefined>> = {...(spec.underlayAddress === undefined && {address: addresses}), mtu: links, links, up: links, addresses, hostname: readings['host.identity'], frr: readings['frr.version']};
  return withOrigins(facts, (key) => (Object.hasOwn(from, key) ? `${key} of ${name}, read at ${clock(from[key]?.at)} UTC (${from[key]?.probe ?? ''})` : `${key} of ${name}, from ${spec.origin}`));
}

const ofOne = /^(.+?) of (\S+), (from \S.*?)(?::\d+)?$/;
/** Origins of hostFacts, with the same of several hosts said once: "role of ingress, kvm1, kvm2, from inventory hosts.yml". */
export function together(origins: readonly string[]): readonly string[] {
  const said = new Map<string, {readonly alone: string; readonly what: string; readonly hosts: string[]; readonly from: string}>();
  for (const origin of origins) {
    const [, what, host, from] = ofOne.exec(origin) ?? [];
    const key = host === undefined ? origin : `${what} ${from}`;
    const known = said.get(key);
    if (known && host !== undefined) known.hosts.push(host);
    else said.set(key, {alone: origin, what: what ?? '', hosts: host === undefined ? [] : [host], from: from ?? ''});
  }
  return [...said.values()].map(({alone, what, hosts, from}) => (hosts.length < 2 ? alone : `${what} of ${hosts.join(', ')}, ${from}`));
}

/** The names `hosts` and `fabric`, and one host by its name. */
export function factsOf(fabric: Fabric): {readonly names: Readonly<Record<string, Value>>; readonly host: (name: string) => Value | undefined} {
  const hosts = new Map([...fabric.hosts.values()].map((host) => [host.spec.name, hostFacts(host)]));
  const {cloud} = fabric;
  const pool = <T>(observation: Observation<T> | undefined, what: string, of: (value: T) => Value): Value => (observation?.value === undefined ? unread(cloud ? `${what} were not read${observation?.problem ? `: ${observation.problem.detail}` : ''}` : 'there is no OpenNebula in this context') : of(observation.value));
  const readings = cloud?.readings ?? {};
  const facts: {[key: string]: Value} = {
    name: fabric.name,
    cloud: cloud !== undefined,
    vnets: pool(readings['one.vnets'], 'the networks', (all) => all.map(({id, name, vlanId, bridge, mtu, guestMtu, physicalDevice, vnMad, gateway}) => ({id, name, vni: vlanId ?? null, bridge: bridge ?? null, mtu: mtu ?? null, guestMtu: guestMtu ?? null, device: physicalDevice ?? null, driver: vnMad, gateway: gateway ?? null}))),
    vms: pool(readings['one.vms'], 'the VMs', (all) => all.map(({id, name, history, state, lcmState}) => ({id, name, state, lcmState, host: history.at(-1)?.host ?? null}))),
    clusters: pool(readings['one.clusters'], 'the clusters', (all) => all.map(({id, name}) => ({id, name}))),
    machines: pool(readings['one.hosts'], 'the hosts of OpenNebula', (all) => all.map(({id, name, state, cluster}) => ({id, name, state, cluster}))),
  };
  const probes: Readonly<Record<string, keyof typeof readings>> = {vnets: 'one.vnets', vms: 'one.vms', clusters: 'one.clusters', machines: 'one.hosts'};
  const said = withOrigins(facts, (key) => {
    const probe = Object.hasOwn(probes, key) ? probes[key] : undefined;
    return probe === undefined ? undefined : `${key} of OpenNebula, read at ${clock(readings[probe]?.at)} UTC`;
  });
  return {names: {hosts: [...hosts.values()], fabric: said}, host: (name) => hosts.get(name)};
}

/** What the fabric offers for inputs of type host and vnet. */
export const choicesOf = (fabric: Fabric): {readonly hosts: readonly string[]; readonly vnets: readonly string[] | undefined} => ({
  hosts: [...fabric.hosts.keys()], vnets: fabric.cloud?.readings['one.vnets']?.value?.map(({name}) => name),
});

/** The hosts of a selector that is no expression, in the order of the context. "all": every host but virtual routers. */
export function selected(fabric: Fabric, selector: string): readonly string[] {
  const specs = [...fabric.hosts.values()].map(({spec}) => spec);
  if (selector === 'all') return specs.filter(({roles}) => !roles.includes('virtual-router')).map(({name}) => name);
  const role = selector === 'router' ? 'reflector' : selector.startsWith('role:') ? selector.slice(5) : undefined;
  if (role !== undefined) return specs.filter(({roles}) => roles.some((one) => one === role)).map(({name}) => name);
  const name = selector.replace(/^host:/, '');
  if (!fabric.hosts.has(name)) throw new Error(`there is no host "${name}" in this context; there are: ${[...fabric.hosts.keys()].join(', ')}`);
  return [name];
}

/** Hosts that steps name and this context does not have, each in a sentence: no step makes them, so nothing is begun. */
export const noSuchHosts = (fabric: Fabric, {steps}: Pick<Runbook, 'steps'>): readonly string[] => steps.flatMap(({id, target}) => target.flatMap((one) => {
  if (one.includes('{{')) return [];
  try {
    selected(fabric, one);
    return [];
  } catch (error) {
    return [`step ${id}: ${(error as Error).message}`];
  }
}));
