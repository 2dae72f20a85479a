/** What may be changed through vtysh here: a session reset, a duplicate forgotten, a neighbour shut down or not. */
import {established} from '../../derive/fabric.ts';
import {macsOf} from '../../derive/macs.ts';
import {change, sessionName, type SimHost, type SimWorld} from '../../world.ts';
import {peerStates} from './summary.ts';

/** `clear bgp l2vpn evpn NEIGHBOR`: the session goes down and is there again, younger. bgpd prints nothing, or that it knows no such neighbour. */
export function clearNeighbor(world: SimWorld, host: SimHost, address: string): string {
  const peer = peerStates(world, host).find((state) => state.address === address)?.peer;
  if (!peer) return `%BGP: Unknown neighbor - "${address}"\n`;
  const name = sessionName(host, peer);
  if (established(world, host, peer)) change(world, () => (world.resets = {...world.resets, [name]: {at: world.now(), times: (world.resets?.[name]?.times ?? 0) + 1}}));
  return '';
}

/** `clear evpn dup-addr vni N mac M`: zebra has it no longer as a duplicate, until it moves too often again. */
export function clearDuplicate(world: SimWorld, host: SimHost, vni: number, mac: string): string {
  if (!macsOf(world, host, vni).some((entry) => entry.mac === mac)) return `% Requested MAC does not exist in VNI ${vni}\n`;
  change(world, () => (world.cleared = [...(world.cleared ?? []), {host: host.name, mac, at: world.now()}]));
  return '';
}

/**
 * `[no] neighbor NAME shutdown` below `router bgp AS`: the only thing that can be configured here. It holds for all that
 * the host dials: in this fabric these are its reflectors.
 */
export function setShutdown(world: SimWorld, host: SimHost, shut: boolean): string {
  const left = (world.faults ?? []).filter((fault) => fault.host !== host.name || !['bgp-neighbor-shutdown', 'shut down by hand'].includes(fault.name));
  const now = shut ? [...left, {name: 'shut down by hand', host: host.name, since: world.now(), byHand: {bgp: {shutdown: true as const}}}] : left;
  change(world, () => (world.faults = now));
  return '';
}
