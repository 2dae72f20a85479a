/** The VNIs, as bgpd and as zebra of FRR 8.4.4 list them: the latest first. */
import {devicesOf} from '../../derive/devices.ts';
import {bgpPeers, established, evpnOn, rdOn, remoteVteps, targetOf} from '../../derive/fabric.ts';
import {macsOf} from '../../derive/macs.ts';
import {devicesOfNetworks, type LocalNetwork} from '../../derive/places.ts';
import {troubleOf} from '../../faults/trouble.ts';
import type {SimHost, SimWorld} from '../../world.ts';
import {Entries, pretty, type Value} from '../json.ts';

/** zebra lists every VXLAN device; bgpd is told of those that are up and in a bridge. */
const listed = (world: SimWorld, host: SimHost): readonly LocalNetwork[] => [...devicesOfNetworks(world, host)].reverse();
const inBgp = (world: SimWorld, host: SimHost): readonly LocalNetwork[] => (evpnOn(world, host) ? listed(world, host).filter(({live}) => live) : []);

function bgpVni(world: SimWorld, host: SimHost, network: LocalNetwork, alone: boolean): Value {
  const targets = [targetOf(world, host, network)];
  return {
    vni: network.id, type: 'L2', inKernel: 'True', rd: rdOn(world, host, network.id), originatorIp: network.vtep, mcastGroup: '0.0.0.0', advertiseGatewayMacip: 'Disabled', advertiseSviMacIp: 'Disabled',
    ...(alone ? {sviInterface: network.bridge, importRts: targets, exportRts: targets} : {importRTs: targets, exportRTs: targets}),
  };
}

export function bgpVnis(world: SimWorld, host: SimHost, json: boolean): string {
  const {bgp, unconfigured} = troubleOf(world, host);
  if (unconfigured) return '';
  const networks = inBgp(world, host);
  const all = bgp?.silent ? 'Disabled' : 'Enabled';
  if (json) {
    return `${pretty(new Entries([
      ['advertiseGatewayMacip', 'Disabled'], ['advertiseSviMacIp', 'Disabled'], ['advertiseAllVnis', all], ['flooding', 'Head-end replication'], ['vxlanFlooding', 'Enabled'],
      ['numVnis', networks.length], ['numL2Vnis', networks.length], ['numL3Vnis', 0],
      ...networks.map((network) => [String(network.id), bgpVni(world, host, network, false)] as const),
    ]))}\n`;
  }
  const rows = networks.map((network) => {
    const targets = targetOf(world, host, network);
    return `* ${String(network.id).padEnd(10)} L2   ${rdOn(world, host, network.id).padEnd(21)} ${targets.padEnd(25)} ${targets.padEnd(24)} ${'default'.padEnd(37)}\n`;
  });
  return [
    'Advertise Gateway Macip: Disabled', 'Advertise SVI Macip: Disabled', `Advertise All VNI flag: ${all}`, 'BUM flooding: Head-end replication', 'VXLAN flooding: Enabled',
    `Number of L2 VNIs: ${networks.length}`, 'Number of L3 VNIs: 0', 'Flags: * - Kernel', `  VNI        Type RD                    Import RT                 Export RT                 ${'Tenant VRF'.padEnd(37)}`, rows.join(''),
  ].join('\n');
}

export function oneBgpVni(world: SimWorld, host: SimHost, vni: number, json: boolean): string {
  const network = inBgp(world, host).find((candidate) => candidate.id === vni);
  if (!network) return json ? '{}\n{ }\n' : 'VNI not found\n';
  return json ? `${pretty(bgpVni(world, host, network, true))}\n` : `VNI: ${vni} (known to the kernel)\n  Type: L2\n  Tenant-Vrf: default\n  RD: ${rdOn(world, host, vni)}\n  Originator IP: ${network.vtep}\n`;
}

/** FRR leaves out what it has not. */
const some = <T>(values: readonly T[]): readonly T[] | undefined => (values.length > 0 ? values : undefined);

function vniDetail(world: SimWorld, host: SimHost, network: LocalNetwork): Value {
  const devices = devicesOf(world, host);
  const index = (name: string): number => devices.find((device) => device.name === name)?.index ?? 0;
  const enslaved = devices.find((device) => device.name === network.device)?.master !== undefined;
  return {
    vni: network.id, type: 'L2', vrf: 'default', vxlanInterface: network.device, ifindex: index(network.device), ...(enslaved ? {sviInterface: network.bridge, sviIfindex: index(network.bridge)} : {}),
    vtepIp: vtepOf(world, host, network), mcastGroup: '0.0.0.0',
    advertiseGatewayMacip: 'No', advertiseSviMacip: 'No', numMacs: macsOf(world, host, network.id).length, numArpNd: 0, numRemoteVteps: some(remoteVteps(world, host, network.id)),
  };
}

/** A device that was made with `dev` has no local address. */
const vtepOf = (world: SimWorld, host: SimHost, network: LocalNetwork): string => (troubleOf(world, host).vxlan?.[network.vni]?.device ? '0.0.0.0' : network.vtep);

function detailText(world: SimWorld, host: SimHost, network: LocalNetwork): string {
  const detail = vniDetail(world, host, network) as Readonly<Record<string, string | number | readonly string[] | undefined>>;
  const vteps = remoteVteps(world, host, network.id);
  return [
    `VNI: ${network.id}`, ' Type: L2', ' Tenant VRF: default', ` VxLAN interface: ${network.device}`, ` VxLAN ifIndex: ${String(detail['ifindex'])}`,
    ...(detail['sviInterface'] === undefined ? [] : [` SVI interface: ${network.bridge}`, ` SVI ifIndex: ${String(detail['sviIfindex'])}`]),
    ` Local VTEP IP: ${String(detail['vtepIp'])}`, ' Mcast group: 0.0.0.0', ...(vteps.length > 0 ? [' Remote VTEPs for this VNI:', ...vteps.map((vtep) => `  ${vtep} flood: HER`)] : [' No remote VTEPs known for this VNI']),
    ` Number of MACs (local and remote) known for this VNI: ${String(detail['numMacs'])}`, ' Number of ARPs (IPv4 and IPv6, local and remote) known for this VNI: 0', ' Advertise-gw-macip: No', ' Advertise-svi-macip: No', '',
  ].join('\n');
}

export function zebraVnis(world: SimWorld, host: SimHost, json: boolean): string {
  const networks = listed(world, host);
  if (json) {
    return `${pretty(new Entries(networks.map(({id, device}) => {
      const vteps = remoteVteps(world, host, id);
      return [String(id), {vni: id, type: 'L2', vxlanIf: device, numMacs: macsOf(world, host, id).length, numArpNd: 0, numRemoteVteps: vteps.length, tenantVrf: 'default', remoteVteps: some(vteps)}] as const;
    })))}\n`;
  }
  const row = (vni: number | string, type: string, device: string, macs: number | string, arps: number | string, vteps: number | string, vrf: string): string =>
    `${String(vni).padEnd(10)} ${type.padEnd(4)} ${device.padEnd(21)} ${String(macs).padEnd(8)} ${String(arps).padEnd(8)} ${String(vteps).padEnd(15)} ${vrf.padEnd(37)}\n`;
  return row('VNI', 'Type', 'VxLAN IF', '# MACs', '# ARPs', '# Remote VTEPs', 'Tenant VRF') +
    networks.map(({id, device}) => row(id, 'L2', device, macsOf(world, host, id).length, 0, remoteVteps(world, host, id).length, 'default')).join('');
}

export function zebraVniDetails(world: SimWorld, host: SimHost, json: boolean): string {
  const networks = listed(world, host);
  if (json) return `${pretty(networks.map((network) => vniDetail(world, host, network)))}\n`;
  return networks.map((network) => `${detailText(world, host, network)}\n`).join('');
}

export function oneZebraVni(world: SimWorld, host: SimHost, vni: number, json: boolean): string {
  const network = listed(world, host).find((candidate) => candidate.id === vni);
  if (!network) return json ? '{\n}\n' : `% VNI ${vni} does not exist\n`;
  return json ? `${pretty(vniDetail(world, host, network))}\n` : detailText(world, host, network);
}

/** `show evpn`. */
export function evpn(world: SimWorld, host: SimHost, json: boolean): string {
  const count = listed(world, host).length;
  const left = Math.max(0, host.frrSince + 180_000 - world.now());
  const timer = left > 0 ? new Date(left).toISOString().slice(11, 19) : undefined;
  const waiting = timer !== undefined || bgpPeers(world, host).every((peer) => !established(world, host, peer));
  if (json) {
    return `${pretty({
      advertiseGatewayMacip: 'No', numVnis: count, numL2Vnis: count, numL3Vnis: 0, isDuplicateAddrDetection: true, maxMoves: 5, detectionTime: 180, detectionFreezeTime: 0,
      macHoldtime: 1080, neighHoldtime: 1080, startupDelay: 180, startupDelayTimer: timer ?? '--:--:--', uplinkConfigCount: 0, uplinkActiveCount: 0, ...(waiting ? {protodownReasons: ['startupDelay']} : {}),
    })}\n`;
  }
  return [
    `L2 VNIs: ${count}`, 'L3 VNIs: 0', 'Advertise gateway mac-ip: No', 'Advertise svi mac-ip: No', 'Advertise svi mac: No', 'Duplicate address detection: Enable', '  Detection max-moves 5, time 180',
    'EVPN MH:', '  mac-holdtime: 1080s, neigh-holdtime: 1080s', `  startup-delay: 180s, start-delay-timer: ${timer ?? '--:--:--'}`, '  uplink-cfg-cnt: 0, uplink-active-cnt: 0', ...(waiting ? ['  protodown reasons: (startup-delay)'] : []), '',
  ].join('\n');
}

/** Whether zebra answers for EVPN at all: without a bgpd that has said advertise-all-vni it prints nothing. */
export const zebraHasEvpn = evpnOn;
