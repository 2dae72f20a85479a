/** What the hosts say themselves, read by other means than the console's: text forms, dumps, awk-like splitting. */
import type {Lab} from '../../lab/lab.ts';

const words = (line: string): string[] => line.trim().split(/\s+/);
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

export async function sh(lab: Lab, host: string, command: string): Promise<string> {
  const {code, stdout, stderr} = await lab.exec(host, command);
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${code}: ${stderr}`);
  return stdout;
}

export interface PeerLine {
  readonly key: string;
  readonly endpoint: string;
  readonly allowed: string[];
  readonly handshake: number;
  readonly rx: number;
  readonly tx: number;
  readonly keepalive: string;
}
/** `wg show wg0 dump`: only here, in a test, whose keys are the lab's own. */
export async function wireguardPeers(lab: Lab, host: string): Promise<PeerLine[]> {
  return lines(await sh(lab, host, 'wg show wg0 dump')).slice(1).map((line) => {
    const [key = '', , endpoint = '', allowed = '', handshake, rx, tx, keepalive = ''] = line.split('\t');
    return {key, endpoint, allowed: allowed.split(','), handshake: Number(handshake), rx: Number(rx), tx: Number(tx), keepalive};
  });
}

export interface SummaryLine {
  readonly neighbor: string;
  readonly dynamic: boolean;
  readonly as: string;
  readonly received: string; // a number, or a state word
  readonly sent: string;
}
/** `show bgp l2vpn evpn summary` as text: Neighbor V AS MsgRcvd MsgSent TblVer InQ OutQ Up/Down State/PfxRcd PfxSnt Desc */
export async function bgpSummary(lab: Lab, host: string): Promise<SummaryLine[]> {
  return lines(await sh(lab, host, "vtysh -c 'show bgp l2vpn evpn summary'"))
    .filter((line) => /^\*?(\w+\()?\d+\.\d+\.\d+\.\d+\)?\s+4\s/.test(line))
    .map((line) => {
      const [name = '', , as = '', , , , , , , received = '', sent = ''] = words(line);
      return {neighbor: /\d+\.\d+\.\d+\.\d+/.exec(name)?.[0] ?? '', dynamic: name.startsWith('*'), as, received, sent};
    });
}

export interface VniLine {
  readonly vni: number;
  readonly device: string;
  readonly macs: number;
  readonly vteps: number;
}
/** `show evpn vni` as text */
export async function evpnVnis(lab: Lab, host: string): Promise<VniLine[]> {
  return lines(await sh(lab, host, "vtysh -c 'show evpn vni'")).flatMap((line) => {
    const [vni, type, device = '', macs, , vteps] = words(line);
    return type === 'L2' ? [{vni: Number(vni), device, macs: Number(macs), vteps: Number(vteps)}] : [];
  });
}

/** `ip -d link show`: the options of a VXLAN device, from the text form */
export async function vxlanDevice(lab: Lab, host: string, device: string): Promise<{vni: number; local: string | undefined; port: number; learning: boolean; mtu: number; master: string | undefined}> {
  const text = await sh(lab, host, `ip -d link show dev ${device}`);
  const find = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  return {vni: Number(find(/vxlan id (\d+)/)), local: find(/ local (\S+)/), port: Number(find(/ dstport (\d+)/)), learning: !/ nolearning /.test(text.replace(/bridge_slave[^]*/, '')), mtu: Number(find(/ mtu (\d+)/)), master: find(/ master (\S+)/)};
}

/** `bridge fdb show` as text: the flood list of a device */
export async function floodList(lab: Lab, host: string, device: string): Promise<string[]> {
  return lines(await sh(lab, host, `bridge fdb show dev ${device}`)).filter((line) => line.startsWith('00:00:00:00:00:00')).map((line) => /dst (\S+)/.exec(line)?.[1] ?? '');
}

/** `show evpn mac vni all` as text */
export async function evpnMacs(lab: Lab, host: string): Promise<{vni: number; mac: string; kind: string; where: string}[]> {
  let vni = 0;
  return lines(await sh(lab, host, "vtysh -c 'show evpn mac vni all'")).flatMap((line) => {
    vni = Number(/^VNI (\d+)/.exec(line)?.[1] ?? vni);
    const [mac = '', kind = '', where = ''] = words(line);
    return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) ? [{vni, mac, kind, where}] : [];
  });
}

/** `show bgp l2vpn evpn` as text: RD, prefix and next hop of each path */
export async function evpnRoutes(lab: Lab, host: string): Promise<{rd: string; prefix: string; nextHop: string}[]> {
  let rd = '';
  let prefix: string | undefined;
  return lines(await sh(lab, host, "vtysh -c 'show bgp l2vpn evpn'")).flatMap((line) => {
    const distinguisher = /^Route Distinguisher: (\S+)/.exec(line)?.[1];
    if (distinguisher) rd = distinguisher;
    const route = /^[ *>=dhisNVIRSru]{2,5}(\[\d\]:\S+)/.exec(line)?.[1];
    if (route) {
      prefix = route;
      return [];
    }
    if (!prefix) return [];
    const path = {rd, prefix, nextHop: words(line)[0] ?? ''};
    prefix = undefined;
    return [path];
  });
}

/** `iptables -t nat -S` and `ip addr` of the virtual router */
export async function sdnat(lab: Lab, router: string): Promise<{external: string; internal: string; onLo: boolean}[]> {
  const rules = lines(await sh(lab, router, 'iptables -t nat -S DNAT4'));
  const lo = await sh(lab, router, 'ip -o addr show dev lo');
  return rules.flatMap((rule) => {
    const [, external, internal] = /-d (\S+?)(?:\/32)? .*--to-destination (\S+)/.exec(rule) ?? [];
    return external && internal ? [{external, internal, onLo: lo.includes(`${external}/32`) && lo.includes('SDNAT4')}] : [];
  });
}
