/** Virtual networks: what OpenNebula intends beside what each host has, joined by VNI. */
import type {HostSlice} from './slice.ts';
import type {Realisation, Segment} from '../../model/fabric.ts';
import type {OneVm, OneVnet} from '../../model/cloud.ts';
import type {Link} from '../../model/network.ts';
import {stamp, type Observation, type Stamp} from '../../model/reading.ts';
import {findHost} from './addresses.ts';

type Slice = HostSlice<'ip.links' | 'frr.vnis' | 'frr.bgp-vnis' | 'bridge.fdb' | 'gobgp.speaker'>;

export const floodMac = '00:00:00:00:00:00';

export function linkSegments(
  hosts: readonly Slice[],
  vnets: Observation<readonly OneVnet[]> | undefined,
  vms: Observation<readonly OneVm[]> | undefined,
  byAddress: ReadonlyMap<string, string>,
): readonly Segment[] {
  const vnisOnHosts = new Set<number>();
  for (const {readings} of hosts) {
    for (const link of readings['ip.links']?.value ?? []) if (link.vxlan) vnisOnHosts.add(link.vxlan.vni);
    for (const {vni} of readings['frr.vnis']?.value ?? []) vnisOnHosts.add(vni);
    for (const {vni} of readings['frr.bgp-vnis']?.value?.vnis ?? []) vnisOnHosts.add(vni);
  }
  const segments: Segment[] = [];
  const cloudStamps = [vnets, vms].flatMap((o) => (o ? [stamp(o)] : []));
  const taken = new Set<number>();
  for (const vnet of [...(vnets?.value ?? [])].sort((a, b) => a.id - b.id)) {
    const vni = isVxlan(vnet) ? vnet.vlanId : undefined;
    const shared = vni !== undefined && taken.has(vni);
    if (vni !== undefined) taken.add(vni);
    const members = (vms?.value ?? []).filter((vm) => vm.nics.some((nic) => nic.networkId === vnet.id && !nic.alias));
    segments.push({
      id: vni === undefined ? `vnet ${vnet.id}` : shared ? `vni ${vni} vnet ${vnet.id}` : `vni ${vni}`,
      vni,
      vnet,
      hosts: realise(hosts, vni, vnet, expectedHosts(members, hosts, byAddress)),
      vmIds: members.map((vm) => vm.id),
      stamps: cloudStamps,
    });
  }
  for (const vni of [...vnisOnHosts].sort((a, b) => a - b)) {
    if (taken.has(vni)) continue;
    segments.push({id: `vni ${vni}`, vni, vnet: undefined, hosts: realise(hosts, vni, undefined, new Set()), vmIds: [], stamps: cloudStamps});
  }
  return segments;
}

const isVxlan = (vnet: OneVnet): boolean => vnet.vnMad === 'vxlan';

/** Hosts on which OpenNebula says that a VM of the network runs: there the device must exist. */
function expectedHosts(vms: readonly OneVm[], hosts: readonly Slice[], byAddress: ReadonlyMap<string, string>): ReadonlySet<string> {
  const names = vms.filter((vm) => vm.state === 3).map((vm) => findHost(vm.history.at(-1)?.host, hosts, byAddress));
  return new Set(names.filter((name) => name !== undefined));
}

function realise(hosts: readonly Slice[], vni: number | undefined, vnet: OneVnet | undefined, expected: ReadonlySet<string>): readonly Realisation[] {
  const result: Realisation[] = [];
  for (const {spec, readings} of hosts) {
    const links = readings['ip.links']?.value ?? [];
    const zebra = vni === undefined ? undefined : readings['frr.vnis']?.value?.find((entry) => entry.vni === vni);
    const bgp = vni === undefined ? undefined : readings['frr.bgp-vnis']?.value?.vnis.find((entry) => entry.vni === vni);
    const device = vni === undefined ? undefined : links.find((link) => link.vxlan?.vni === vni);
    const bridge = bridgeOf(links, device, vnet);
    if (!device && !zebra && !bgp && !expected.has(spec.name) && !(vni === undefined && bridge)) continue;
    result.push({
      host: spec.name,
      device,
      bridge,
      ports: bridge ? links.filter((link) => link.master === bridge.name && link.name !== device?.name).map((link) => link.name) : [],
      zebra,
      bgp,
      zebraRead: was(readings['frr.vnis']),
      bgpRead: was(readings['frr.bgp-vnis']),
      speaker: was(readings['gobgp.speaker']) ? 'gobgp' : 'frr',
      floodTo: device ? readings['bridge.fdb']?.value?.filter((entry) => entry.device === device.name && entry.mac === floodMac).flatMap((entry) => entry.destination ?? []) : undefined,
      stamp: linkStamp(spec.name, readings['ip.links']),
    });
  }
  return result;
}

function bridgeOf(links: readonly Link[], device: Link | undefined, vnet: OneVnet | undefined): Link | undefined {
  if (device?.master) return links.find((link) => link.name === device.master);
  return vnet?.bridge ? links.find((link) => link.name === vnet.bridge && link.kind === 'bridge') : undefined;
}

const linkStamp = (source: string, observation: Observation<unknown> | undefined): Stamp =>
  observation ? stamp(observation) : {source, probe: 'ip.links', at: undefined, staleAt: 0};

/** Read, and the last attempt too: a daemon that has died since does not vouch for what it once said. */
const was = (observation: Observation<unknown> | undefined): boolean => observation?.at !== undefined && observation.problem === undefined;
