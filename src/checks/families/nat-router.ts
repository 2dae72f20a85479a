/** A virtual router as its parts: the object in OpenNebula, its VMs, and the hosts of ours that are them. */
import type {OneVm, OneVnet} from '../../model/cloud.ts';
import type {VirtualRouter} from '../../model/fabric.ts';
import type {ApplianceState} from '../../model/network.ts';
import type {Subject} from '../../model/finding.ts';
import type {View} from '../view.ts';

/** One router; of a pair for high availability both hosts. */
export interface RouterView {
  readonly router: VirtualRouter;
  readonly hosts: readonly string[];
  readonly vms: readonly OneVm[];
}
const views = new WeakMap<View, readonly RouterView[]>();

/** Routers that are one: the appliances of a pair are of one virtual router, its MASTER first. */
export function routersOf(view: View): readonly RouterView[] {
  let found = views.get(view);
  if (!found) {
    const {routers} = view.fabric;
    const byId = new Map((view.cloud('one.vms') ?? []).map((vm) => [vm.id, vm]));
    const appliances = new Set(routers.flatMap((one) => one.appliances.map(({host}) => host)));
    found = routers.filter(({vrouter, host}) => vrouter !== undefined || !appliances.has(host ?? '')).map((router): RouterView => ({
      router,
      hosts: [...new Set([...(router.host ? [router.host] : []), ...router.appliances.map(({host}) => host)])],
      vms: router.vmIds.flatMap((id) => byId.get(id) ?? []),
    }));
    views.set(view, found);
  }
  return found;
}

export const nameOf = ({router}: RouterView): string => router.host ?? router.vrouter?.name ?? router.id;
export const routerSubject = (one: RouterView): Subject => ({
  id: one.router.id, label: `virtual router ${nameOf(one)}`, hosts: one.hosts,
  rows: [{resource: 'nat', id: one.router.mappings[0]?.id ?? one.router.id}],
});

/** What a router's appliance says now, by host: undefined where it was not read. */
export const statesOf = (view: View, {hosts}: RouterView): readonly (readonly [string, ApplianceState | undefined])[] => hosts.map((host) => [host, view.read(host, 'vr.state')] as const);

/** The appliance's variables: as it has them, else as OpenNebula gave them to its VM. */
export function contextOf(view: View, one: RouterView): Readonly<Record<string, string>> | undefined {
  const [own] = statesOf(view, one).flatMap(([, state]) => (state && Object.keys(state.context).length > 0 ? [state.context] : []));
  return own ?? one.vms[0]?.context;
}

/** Nodes of this family alone. */
export const nodes = {
  failover: (id: string): string => `failover ${id}`,
  sdnat: (id: string): string => `sdnat ${id}`,
} as const;

const number = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
/** Whether an address lies in the network of another, by that one's mask. */
export function inNetwork(ip: string, of: string | undefined, mask: string | undefined): boolean {
  if (!of || !mask) return false;
  return ((number(ip) & number(mask)) >>> 0) === ((number(of) & number(mask)) >>> 0);
}

/** Interfaces that SDNAT works on: unset is none, empty is all; "!eth2" leaves one out; management interfaces never. */
export function selected(context: Readonly<Record<string, string>>): readonly string[] {
  const setting = context['ONEAPP_VNF_SDNAT4_INTERFACES'];
  if (setting === undefined) return [];
  const all = Object.keys(context).flatMap((name) => /^ETH(\d+)_IP$/.exec(name)?.[1] ?? []).map((n) => `eth${n}`);
  const words = setting.split(/[\s,;]+/).filter(Boolean);
  const without = new Set(words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)));
  const named = words.filter((word) => !word.startsWith('!')).map((word) => word.split('/')[0]!);
  return (named.length > 0 ? named : all).filter((name) => !without.has(name) && context[`${name.toUpperCase()}_VROUTER_MANAGEMENT`]?.toUpperCase() !== 'YES');
}

/** The router's addresses in a network: floating ones, those asked for, and those that its VMs have. */
export const addressesIn = ({router, vms}: RouterView, vnet: OneVnet): readonly string[] =>
  [...(router.vrouter?.nics ?? []), ...vms.flatMap(({nics}) => nics)].filter((nic) => nic.networkId === vnet.id && !nic.alias).flatMap((nic) => [nic.vrouterIp ?? [], nic.ip ?? []].flat());
