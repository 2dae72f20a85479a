/** SDNAT: what OpenNebula intends (external aliases) beside what the virtual router has (SNAT4/DNAT4 chains, lo addresses). */
import type {HostSlice} from './slice.ts';
import type {NatMapping, NatVerdict, VirtualRouter} from '../../model/fabric.ts';
import type {OneVm, OneVrouter} from '../../model/cloud.ts';
import type {Address, NatRule} from '../../model/network.ts';
import {stamp, type Observation, type Stamp} from '../../model/reading.ts';

type Slice = HostSlice<'nf.firewall' | 'ip.addresses' | 'vr.state'>;
interface Intent {
  readonly external: string;
  readonly internal: string | undefined;
  readonly vmId: number;
}
type Pair = Pick<VirtualRouter, 'appliances' | 'unsure'>;
interface Live {
  readonly snat: NatRule | undefined;
  readonly dnat: NatRule | undefined;
  readonly address: Address | undefined;
}

export function linkRouters(hosts: readonly Slice[], vms: Observation<readonly OneVm[]> | undefined, vrouters: Observation<readonly OneVrouter[]> | undefined): readonly VirtualRouter[] {
  const all = vms?.value ?? [];
  const ours = hosts.filter(({spec}) => spec.roles.includes('virtual-router'));
  const cloudStamps = [vms, vrouters].flatMap((o) => (o ? [stamp(o)] : []));
  const matched = new Set<string>();
  const routers = (vrouters?.value ?? []).map((vrouter): VirtualRouter => {
    const members = all.filter((vm) => vrouter.vmIds.includes(vm.id) || vm.vrouterId === vrouter.id);
    const appliances = ours.filter((candidate) => isRouter(candidate, vrouter, members, all));
    const [host] = appliances.toSorted((a, b) => rank(a) - rank(b));
    if (host) matched.add(host.spec.name);
    const intents = vms?.value ? intentsFor(vrouter, vms.value) : undefined;
    const running = vms?.value ? members.filter(({state}) => state === 3).length : vrouter.vmIds.length;
    const pair: Pair = {appliances: appliances.map((one) => ({host: one.spec.name, vmId: vmOf(one, members)?.id})), unsure: unsureOf(appliances, running)};
    return router(`vrouter ${vrouter.id}`, vrouter, host, pair, intents, cloudStamps);
  });
  const alone = ours.filter(({spec}) => !matched.has(spec.name)).map((host) => router(`host ${host.spec.name}`, undefined, host, {appliances: [], unsure: undefined}, undefined, cloudStamps));
  return [...routers, ...alone];
}

/** The host whose context says so; before that was read, the one that carries an address of one of the router's VMs. */
function isRouter(host: Slice, vrouter: OneVrouter, members: readonly OneVm[], vms: readonly OneVm[]): boolean {
  const {spec, readings} = host;
  const own = readings['vr.state']?.value?.context['VROUTER_ID'];
  if (own) return Number(own) === vrouter.id;
  const addresses = new Set(members.flatMap(addressesOf));
  // Tenants may use the same private addresses: those tell nothing.
  for (const vm of vms) if (vm.vrouterId !== undefined && !members.includes(vm)) for (const ip of addressesOf(vm)) addresses.delete(ip);
  return members.some((vm) => vm.name === spec.name) || carries(host, addresses);
}

const carries = ({spec, readings}: Slice, addresses: ReadonlySet<string>): boolean => addresses.has(spec.ssh.host) || (readings['ip.addresses']?.value ?? []).some(({ip}) => addresses.has(ip));

/** Which of the router's VMs a host is. */
const vmOf = (host: Slice, members: readonly OneVm[]): OneVm | undefined =>
  members.find(({name}) => name === host.spec.name) ?? members.find((vm) => carries(host, new Set(addressesOf(vm)))) ?? (members.length === 1 ? members[0] : undefined);

/** The state that one-failover has given it; undefined: not known, or not any more. */
const failoverOf = ({readings}: Slice): string | undefined => (readings['vr.state']?.problem ? undefined : readings['vr.state']?.value?.failover);

/** Of a pair the MASTER alone translates. One that was it when last read comes before one of which nothing is known, and that one before a BACKUP. */
function rank(host: Slice): number {
  const now = failoverOf(host);
  if (now !== undefined) return now === 'MASTER' ? 0 : 3;
  return host.readings['vr.state']?.value?.failover === 'MASTER' ? 1 : 2;
}

function unsureOf(appliances: readonly Slice[], running: number): string | undefined {
  if (appliances.length === 0 || Math.max(appliances.length, running) < 2 || appliances.some((host) => rank(host) < 2)) return undefined;
  const silent = appliances.filter((host) => failoverOf(host) === undefined).map(({spec}) => spec.name);
  if (silent.length === 0 && running <= appliances.length) return undefined; // none is
  return `which appliance is the MASTER is not known: ${silent.length > 0 ? `the failover state of ${silent.join(', ')} was not read` : 'one of its VMs is no host of this context'}`;
}

const addressesOf = (vm: OneVm): readonly string[] => vm.nics.filter((nic) => !nic.alias).flatMap((nic) => nic.ip ?? []);

/** External aliases whose own and whose parent's network are both NICs of the router: the appliance maps exactly these. */
function intentsFor(vrouter: OneVrouter, vms: readonly OneVm[]): readonly Intent[] {
  const networks = new Set(vrouter.nics.flatMap((nic) => nic.networkId ?? []));
  return vms.flatMap((vm) =>
    vm.nics.flatMap((nic): Intent[] => {
      if (!nic.alias?.external || !nic.ip || nic.networkId === undefined || !networks.has(nic.networkId)) return [];
      const parent = vm.nics.find((candidate) => !candidate.alias && candidate.id === nic.alias?.parentId);
      if (parent?.networkId === undefined || !networks.has(parent.networkId)) return [];
      return [{external: nic.ip, internal: parent.ip, vmId: vm.id}];
    }),
  );
}

function router(id: string, vrouter: OneVrouter | undefined, host: Slice | undefined, {appliances, unsure}: Pair, intents: readonly Intent[] | undefined, cloudStamps: readonly Stamp[]): VirtualRouter {
  const firewall = host?.readings['nf.firewall'];
  const addresses = host?.readings['ip.addresses'];
  const readable = firewall?.value !== undefined && addresses?.value !== undefined;
  const live = liveMappings(firewall?.value?.nat ?? [], addresses?.value ?? []);
  const externals = new Set([...(intents ?? []).map((intent) => intent.external), ...live.keys()]);
  const name = host?.spec.name ?? id;
  const stamps = [...cloudStamps, ...[firewall, addresses].flatMap((o) => (o ? [stamp(o)] : []))];
  const mappings = [...externals].sort().map((external): NatMapping => {
    const intent = intents?.find((candidate) => candidate.external === external);
    const found = live.get(external) ?? {snat: undefined, dnat: undefined, address: undefined};
    const {verdict, note} = readable && unsure === undefined ? judge(intents === undefined ? undefined : intent, intents !== undefined, found) : {verdict: 'unknown' as const, note: readable ? unsure : unreadable(host)};
    return {
      id: `${id}/${external}`, router: name, external, ...found,
      internal: intent?.internal ?? hostPart(found.dnat?.target) ?? hostPart(found.snat?.source),
      vmId: intent?.vmId,
      intended: intents === undefined ? undefined : intent !== undefined,
      verdict, note, stamps,
    };
  });
  const state = host?.readings['vr.state'];
  return {id, vrouter, host: host?.spec.name, appliances, unsure, vmIds: vrouter?.vmIds ?? [], state: state?.value, mappings, stamp: state ? stamp(state) : undefined};
}

const unreadable = (host: Slice | undefined): string =>
  host ? (host.readings['nf.firewall']?.problem?.detail ?? 'its rules have not been read yet') : 'no ssh access to the virtual router is configured: its rules cannot be read';

/** external address → its rules and its label on lo */
function liveMappings(rules: readonly NatRule[], addresses: readonly Address[]): ReadonlyMap<string, Live> {
  const live = new Map<string, Live>();
  const put = (external: string | undefined, part: Partial<Live>) => {
    if (external) live.set(external, {snat: undefined, dnat: undefined, address: undefined, ...live.get(external), ...part});
  };
  for (const rule of rules) {
    if (rule.chain === 'SNAT4' && rule.action === 'SNAT') put(hostPart(rule.target), {snat: rule});
    if (rule.chain === 'DNAT4' && rule.action === 'DNAT') put(hostPart(rule.destination), {dnat: rule});
  }
  for (const address of addresses) if (address.label === 'SDNAT4') put(address.ip, {address});
  return live;
}

/** "203.0.113.7/32" and "172.17.2.10:80" without what follows the address */
const hostPart = (text: string | undefined): string | undefined => text?.replace(/[/:].*$/, '') || undefined;

function judge(intent: Intent | undefined, intentKnown: boolean, {snat, dnat, address}: Live): {verdict: NatVerdict; note: string | undefined} {
  const internalLive = hostPart(dnat?.target) ?? hostPart(snat?.source);
  if (!snat && !dnat) {
    if (address) return {verdict: 'address-without-rule', note: 'the address is on lo, but no SNAT4 or DNAT4 rule uses it'};
    return {verdict: 'missing', note: 'the alias is attached, and the router has neither rule nor address: it polls every 30 s by default'};
  }
  if (!snat || !dnat) return {verdict: 'missing', note: `only the ${snat ? 'SNAT4' : 'DNAT4'} rule is there`};
  if (hostPart(snat.source) !== hostPart(dnat.target)) return {verdict: 'stale', note: `SNAT4 translates ${hostPart(snat.source)}, DNAT4 leads to ${hostPart(dnat.target)}`};
  if (!address) return {verdict: 'rule-without-address', note: 'the rules are there, but the address is not on lo (label SDNAT4): nothing answers for it'};
  if (!intentKnown) return {verdict: 'unknown', note: 'OpenNebula has not been read: whether this mapping is wanted cannot be told'};
  if (!intent) return {verdict: 'stale', note: 'no VM has this external alias any more'};
  if (intent.internal && intent.internal !== internalLive) return {verdict: 'stale', note: `the rules lead to ${internalLive}, the alias belongs to ${intent.internal}`};
  return {verdict: 'ok', note: undefined};
}
