/** `clear bgp l2vpn evpn NEIGHBOR`: the session goes down and is there again, younger. */
import {established} from '../../derive/fabric.ts';
import {change, sessionName, type SimHost, type SimWorld} from '../../world.ts';
import {peerStates} from './summary.ts';

/** What bgpd prints: nothing, or that it knows no such neighbour. */
export function clearNeighbor(world: SimWorld, host: SimHost, address: string): string {
  const peer = peerStates(world, host).find((state) => state.address === address)?.peer;
  if (!peer) return `%BGP: Unknown neighbor - "${address}"\n`;
  const name = sessionName(host, peer);
  if (established(world, host, peer)) change(world, () => (world.resets = {...world.resets, [name]: {at: world.now(), times: (world.resets?.[name]?.times ?? 0) + 1}}));
  return '';
}
