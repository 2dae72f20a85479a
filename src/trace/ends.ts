/** What a person calls an end, and where it is plugged in: by name, id, IP or MAC, with OpenNebula or without. */
import type {MacEntry, VirtualRouter, Vm} from '../model/fabric.ts';
import type {Link} from '../model/network.ts';
import type {TraceEnd} from '../model/trace.ts';
import type {Ground} from './ground.ts';

/** A NIC in a VXLAN network. */
export interface Nic {
  readonly vni: number;
  readonly mac: string;
  readonly ip: string | undefined;
  readonly tap: string | undefined; // as OpenNebula names it
  readonly toldMtu: number | undefined; // what the guest was told (context ETHx_MTU, else the network's GUEST_MTU), bytes
  readonly toldGateway: string | undefined;
}

export interface End {
  readonly kind: 'vm' | 'router' | 'station';
  readonly label: string;
  readonly vm: Vm | undefined;
  readonly router: VirtualRouter | undefined;
  readonly appliance: string | undefined; // our host that it is: a virtual router can be read inside
  readonly nics: readonly Nic[];
}

export type Found = {readonly ok: true; readonly end: End; readonly outside?: false} | {readonly ok: true; readonly outside: true} | {readonly ok: false; readonly says: string; readonly candidates: readonly string[]};

/** A NIC and the bridge port it is behind. */
export interface Plugged {
  readonly end: End;
  readonly nic: Nic;
  readonly host: string | undefined; // undefined: on no host that was read
  readonly tap: Link | undefined;
  readonly tapName: string | undefined;
  readonly note: string | undefined;
}

export const outsideWords: readonly string[] = ['outside', 'internet'];

/** Finds one end. Names are exact, then without regard to case; "7" is also VM 7. */
export function findEnd(ground: Ground, text: string): Found {
  const wanted = text.trim().toLowerCase();
  if (outsideWords.includes(wanted)) return {ok: true, outside: true};
  const index = indexOf(ground);
  const known = index.get(wanted) ?? [];
  const exact = known.filter((end) => end.label === text.trim());
  const found = exact.length > 0 ? exact : known.length > 0 ? known : stationsOf(ground, wanted);
  const [only] = found;
  if (found.length === 1 && only) return {ok: true, end: narrowed(only, wanted)};
  if (found.length > 1) return {ok: false, says: `"${text}" is ambiguous: ${found.length} ends go by it`, candidates: found.map(describe)};
  const near = [...new Set([...index.values()].flat())].filter((end) => end.label.toLowerCase().includes(wanted)).slice(0, 8);
  return {ok: false, says: `there is no VM, virtual router, IP or MAC "${text}"`, candidates: near.map(describe)};
}

export const describe = (end: End): string =>
  `${end.vm ? `VM ${end.vm.id} ` : ''}${end.label}${end.nics.length > 0 ? ` (${end.nics.map(({vni, ip, mac}) => `${ip ?? mac} in VNI ${vni}`).join(', ')})` : ' (no NIC in a VXLAN network)'}`;

/** Asked for by one of its addresses: that NIC is meant. */
function narrowed(end: End, wanted: string): End {
  const nics = end.nics.filter(({ip, mac}) => ip === wanted || mac === wanted);
  return nics.length > 0 ? {...end, nics} : end;
}

const indexes = new WeakMap<Ground, ReadonlyMap<string, readonly End[]>>();

function indexOf(ground: Ground): ReadonlyMap<string, readonly End[]> {
  const made = indexes.get(ground);
  if (made) return made;
  const index = new Map<string, End[]>();
  const put = (key: string | undefined, end: End): void => {
    if (key === undefined || key === '') return;
    const list = index.get(key.toLowerCase());
    if (!list) index.set(key.toLowerCase(), [end]);
    else if (!list.includes(end)) list.push(end);
  };
  const {fabric} = ground.view;
  const vnets = new Map((fabric.cloud?.readings['one.vnets']?.value ?? []).map((vnet) => [vnet.id, vnet]));
  const routerOf = new Map<number, VirtualRouter>();
  for (const router of fabric.routers) for (const id of router.vmIds) routerOf.set(id, router);
  const met = new Set<VirtualRouter>();
  for (const vm of fabric.vms) {
    const router = routerOf.get(vm.id) ?? (vm.vm.vrouterId === undefined ? undefined : fabric.routers.find(({vrouter}) => vrouter?.id === vm.vm.vrouterId));
    const appliance = router?.appliances.find(({vmId}) => vmId === vm.id)?.host;
    const end: End = {kind: router ? 'router' : 'vm', label: vm.vm.name, vm, router, appliance, nics: vm.ports.flatMap((port) => nicOf(vm, port, vnets))};
    put(vm.vm.name, end);
    put(String(vm.id), end);
    for (const nic of vm.vm.nics) for (const key of [nic.ip, nic.alias ? undefined : nic.mac]) put(key, end);
    if (!router) continue;
    put(appliance, end);
    // Of a pair the appliance that is our host, the MASTER, answers to the router's names; any, where no VM is known to be it.
    const master = router.appliances.find(({host}) => host === router.host)?.vmId;
    if (master === undefined ? !met.has(router) : master === vm.id) for (const key of [router.id, router.vrouter?.name, router.host]) put(key, end);
    met.add(router);
  }
  const ofVms = new Set([...met].flatMap(({appliances}) => appliances.flatMap(({host, vmId}) => (vmId === undefined ? [] : [host]))));
  for (const router of fabric.routers) {
    if (met.has(router) || router.host === undefined || ofVms.has(router.host)) continue;
    const end: End = {kind: 'router', label: router.host, vm: undefined, router, appliance: router.host, nics: nicsOfHost(ground, router.host)};
    for (const key of [router.id, router.vrouter?.name, router.host, ...end.nics.flatMap(({ip, mac}) => [ip, mac])]) put(key, end);
  }
  indexes.set(ground, index);
  return index;
}

function nicOf(vm: Vm, {nic, macId}: Vm['ports'][number], vnets: ReadonlyMap<number, {readonly guestMtu: number | undefined; readonly gateway: string | undefined}>): readonly Nic[] {
  if (macId === undefined || nic.mac === undefined) return [];
  const vnet = nic.networkId === undefined ? undefined : vnets.get(nic.networkId);
  const told = Number(vm.vm.context[`ETH${nic.id}_MTU`]);
  return [{
    vni: Number(macId.split('/')[0]), mac: nic.mac, ip: nic.ip, tap: nic.tap,
    toldMtu: told > 0 ? told : vnet?.guestMtu, toldGateway: vm.vm.context[`ETH${nic.id}_GATEWAY`] ?? vnet?.gateway,
  }];
}

/** Without OpenNebula: the devices of the router whose MACs the overlay knows. */
function nicsOfHost(ground: Ground, host: string): readonly Nic[] {
  const addresses = ground.view.read(host, 'ip.addresses') ?? [];
  return [...(ground.view.links(host)?.values() ?? [])].flatMap((link) =>
    (link.mac === undefined ? [] : ground.macs(link.mac)).map((entry): Nic => ({
      vni: entry.vni, mac: entry.mac, ip: addresses.find(({device, family}) => device === link.name && family === 'inet')?.ip, tap: undefined, toldMtu: link.mtu, toldGateway: undefined,
    })),
  );
}

/** MACs and addresses that belong to no VM of OpenNebula: from FDB and EVPN, with the ARP cache's IP where there is one. */
function stationsOf(ground: Ground, wanted: string): readonly End[] {
  return ground.view.fabric.macs.filter((entry) => entry.mac === wanted || entry.ip === wanted || entry.id === wanted).map(stationOf);
}
const stationOf = (entry: MacEntry): End => ({
  kind: 'station', label: entry.ip ?? entry.mac, vm: undefined, router: undefined, appliance: undefined,
  nics: [{vni: entry.vni, mac: entry.mac, ip: entry.ip, tap: undefined, toldMtu: undefined, toldGateway: undefined}],
});

/** Where a NIC is: its tap wherever that is a port of a bridge, else where its MAC is local, else where OpenNebula says. */
export function locate(ground: Ground, end: End, nic: Nic): Plugged {
  const believed = end.vm?.host;
  const hosts = nic.tap === undefined ? [] : ground.hostsWithTap(nic.tap);
  const tapOn = (host: string): Link | undefined => (nic.tap === undefined ? undefined : ground.view.links(host)?.get(nic.tap));
  const speaksAt = (host: string): boolean => (ground.fdb(host)?.get(nic.mac) ?? []).some(({device}) => device === nic.tap);
  const host = hosts.find((one) => hosts.length > 1 && speaksAt(one)) ?? (believed !== undefined && hosts.includes(believed) ? believed : hosts[0]);
  if (host !== undefined) return {end, nic, host, tap: tapOn(host), tapName: nic.tap, note: elsewhere(host, end)};
  const port = localPort(ground, nic);
  if (port) return {end, nic, host: port.host, tap: ground.view.links(port.host)?.get(port.device), tapName: port.device, note: elsewhere(port.host, end)};
  return {end, nic, host: believed, tap: undefined, tapName: nic.tap, note: undefined};
}

const elsewhere = (host: string, {vm}: End): string | undefined =>
  vm && vm.host !== host ? `OpenNebula believes it on ${vm.host ?? vm.oneHost ?? 'no host'}` : undefined;

/** The bridge port behind which a host has learned the MAC itself. */
function localPort(ground: Ground, nic: Nic): {readonly host: string; readonly device: string} | undefined {
  for (const {host, evpn, fdb} of ground.macs(nic.mac).find(({vni}) => vni === nic.vni)?.locations ?? []) {
    const links = ground.view.links(host);
    const learned = fdb.find(({device, destination, state}) => destination === undefined && state !== 'permanent' && links?.get(device) && !links.get(device)?.vxlan);
    const device = learned?.device ?? (evpn?.kind === 'local' && links?.get(evpn.device ?? '') && !links.get(evpn.device ?? '')?.vxlan ? evpn.device : undefined);
    if (device !== undefined) return {host, device};
  }
  return undefined;
}

export const endOf = ({end, nic, host}: Plugged): TraceEnd => ({kind: end.kind, label: end.label, vmId: end.vm?.id, mac: nic.mac, ip: nic.ip, host});
