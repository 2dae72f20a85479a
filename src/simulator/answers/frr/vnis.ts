/** The VNIs, as bgpd and as zebra of FRR 8.4.4 list them: the latest first. */
import {devicesOf} from '../../derive/devices.ts';
import {established, bgpPeers, macsOf, networksOn, rdOn, remoteVteps, runs} from '../../derive/fabric.ts';
import type {SimHost, SimNetwork, SimWorld} from '../../world.ts';
import {Entries, pretty, type Value} from '../json.ts';

const listed = (world: SimWorld, host: SimHost): readonly SimNetwork[] => [...networksOn(world, host)].reverse();

const target = (world: SimWorld, vni: number): string => `${world.asn & 0xffff}:${vni}`;

function bgpVni(world: SimWorld, host: SimHost, {vni}: SimNetwork, alone: boolean, bridge: string): Value {
  const targets = [target(world, vni)];
  return {
    vni, type: 'L2', inKernel: 'True', rd: rdOn(world, host, vni), originatorIp: host.underlay!, mcastGroup: '0.0.0.0', advertiseGatewayMacip: 'Disabled', advertiseSviMacIp: 'Disabled',
    ...(alone ? {sviInterface: bridge, importRts: targets, exportRts: targets} : {importRTs: targets, exportRTs: targets}),
  };
}

export function bgpVnis(world: SimWorld, host: SimHost, json: boolean): string {
  const networks = listed(world, host);
  if (json) {
    return `${pretty(new Entries([
      ['advertiseGatewayMacip', 'Disabled'], ['advertiseSviMacIp', 'Disabled'], ['advertiseAllVnis', 'Enabled'], ['flooding', 'Head-end replication'], ['vxlanFlooding', 'Enabled'],
      ['numVnis', networks.length], ['numL2Vnis', networks.length], ['numL3Vnis', 0],
      ...networks.map((network) => [String(network.vni), bgpVni(world, host, network, false, network.bridge)] as const),
    ]))}\n`;
  }
  const rows = networks.map(({vni}) => {
    const targets = target(world, vni);
    return `* ${String(vni).padEnd(10)} L2   ${rdOn(world, host, vni).padEnd(21)} ${targets.padEnd(25)} ${targets.padEnd(24)} ${'default'.padEnd(37)}\n`;
  });
  return [
    'Advertise Gateway Macip: Disabled', 'Advertise SVI Macip: Disabled', 'Advertise All VNI flag: Enabled', 'BUM flooding: Head-end replication', 'VXLAN flooding: Enabled',
    `Number of L2 VNIs: ${networks.length}`, 'Number of L3 VNIs: 0', 'Flags: * - Kernel', `  VNI        Type RD                    Import RT                 Export RT                 ${'Tenant VRF'.padEnd(37)}`, rows.join(''),
  ].join('\n');
}

export function oneBgpVni(world: SimWorld, host: SimHost, vni: number, json: boolean): string {
  const network = listed(world, host).find((candidate) => candidate.vni === vni);
  if (!network) return json ? '{}\n{ }\n' : 'VNI not found\n';
  return json ? `${pretty(bgpVni(world, host, network, true, network.bridge))}\n` : `VNI: ${vni} (known to the kernel)\n  Type: L2\n  Tenant-Vrf: default\n  RD: ${rdOn(world, host, vni)}\n  Originator IP: ${host.underlay}\n`;
}

function vniDetail(world: SimWorld, host: SimHost, network: SimNetwork): Value {
  const devices = devicesOf(world, host);
  const index = (name: string): number => devices.find((device) => device.name === name)?.index ?? 0;
  const vxlan = `wg0.${network.vni}`;
  return {
    vni: network.vni, type: 'L2', vrf: 'default', vxlanInterface: vxlan, ifindex: index(vxlan), sviInterface: network.bridge, sviIfindex: index(network.bridge), vtepIp: host.underlay!, mcastGroup: '0.0.0.0',
    advertiseGatewayMacip: 'No', advertiseSviMacip: 'No', numMacs: macsOf(world, host, network.vni).length, numArpNd: 0, numRemoteVteps: remoteVteps(world, host, network.vni),
  };
}

function detailText(world: SimWorld, host: SimHost, network: SimNetwork): string {
  const detail = vniDetail(world, host, network) as Readonly<Record<string, string | number | readonly string[]>>;
  const vteps = remoteVteps(world, host, network.vni);
  return [
    `VNI: ${network.vni}`, ' Type: L2', ' Tenant VRF: default', ` VxLAN interface: ${String(detail['vxlanInterface'])}`, ` VxLAN ifIndex: ${String(detail['ifindex'])}`, ` SVI interface: ${network.bridge}`, ` SVI ifIndex: ${String(detail['sviIfindex'])}`,
    ` Local VTEP IP: ${host.underlay}`, ' Mcast group: 0.0.0.0', ...(vteps.length > 0 ? [' Remote VTEPs for this VNI:', ...vteps.map((vtep) => `  ${vtep} flood: HER`)] : [' No remote VTEPs known for this VNI']),
    ` Number of MACs (local and remote) known for this VNI: ${String(detail['numMacs'])}`, ' Number of ARPs (IPv4 and IPv6, local and remote) known for this VNI: 0', ' Advertise-gw-macip: No', ' Advertise-svi-macip: No', '',
  ].join('\n');
}

export function zebraVnis(world: SimWorld, host: SimHost, json: boolean): string {
  const networks = listed(world, host);
  if (json) {
    return `${pretty(new Entries(networks.map(({vni}) => {
      const vteps = remoteVteps(world, host, vni);
      return [String(vni), {vni, type: 'L2', vxlanIf: `wg0.${vni}`, numMacs: macsOf(world, host, vni).length, numArpNd: 0, numRemoteVteps: vteps.length, tenantVrf: 'default', remoteVteps: vteps}] as const;
    })))}\n`;
  }
  const row = (vni: number | string, type: string, device: string, macs: number | string, arps: number | string, vteps: number | string, vrf: string): string =>
    `${String(vni).padEnd(10)} ${type.padEnd(4)} ${device.padEnd(21)} ${String(macs).padEnd(8)} ${String(arps).padEnd(8)} ${String(vteps).padEnd(15)} ${vrf.padEnd(37)}\n`;
  return row('VNI', 'Type', 'VxLAN IF', '# MACs', '# ARPs', '# Remote VTEPs', 'Tenant VRF') +
    networks.map(({vni}) => row(vni, 'L2', `wg0.${vni}`, macsOf(world, host, vni).length, 0, remoteVteps(world, host, vni).length, 'default')).join('');
}

export function zebraVniDetails(world: SimWorld, host: SimHost, json: boolean): string {
  const networks = listed(world, host);
  if (json) return `${pretty(networks.map((network) => vniDetail(world, host, network)))}\n`;
  return networks.map((network) => `${detailText(world, host, network)}\n`).join('');
}

export function oneZebraVni(world: SimWorld, host: SimHost, vni: number, json: boolean): string {
  const network = listed(world, host).find((candidate) => candidate.vni === vni);
  if (!network) return json ? '{\n}\n' : `% VNI ${vni} does not exist\n`;
  return json ? `${pretty(vniDetail(world, host, network))}\n` : detailText(world, host, network);
}

/** `show evpn`. */
export function evpn(world: SimWorld, host: SimHost, json: boolean): string {
  const count = networksOn(world, host).length;
  const left = Math.max(0, host.frrSince + 180_000 - world.now());
  const timer = left > 0 ? new Date(left).toISOString().slice(11, 19) : undefined;
  const waiting = timer !== undefined || bgpPeers(world, host).every((peer) => !established(host, peer));
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
export const zebraHasEvpn = (host: SimHost): boolean => runs(host, 'bgpd');
