/** WireGuard peers as each host sees them; the peer's host is the one on which its public key was read. */
import type {Tunnel} from '../../model/fabric.ts';
import {stamp} from '../../model/reading.ts';
import type {HostSlice} from './slice.ts';

export function linkTunnels(hosts: readonly HostSlice<'wg.interfaces' | 'ip.links'>[]): readonly Tunnel[] {
  const owner = new Map<string, string>();
  for (const {spec, readings} of hosts) {
    for (const wg of readings['wg.interfaces']?.value ?? []) if (wg.publicKey) owner.set(wg.publicKey, spec.name);
  }
  return hosts.flatMap(({spec, readings}) => {
    const observation = readings['wg.interfaces'];
    if (!observation?.value) return [];
    const origin = stamp(observation);
    const down = new Set(readings['ip.links']?.value?.flatMap((link) => (link.up ? [] : [link.name])));
    return observation.value.flatMap((wg) =>
      wg.peers.map((peer): Tunnel => {
        const clockS = wg.clockS ?? Math.floor((observation.at ?? 0) / 1000);
        return {
          id: `${spec.name}>${wg.name}>${peer.publicKey}`,
          host: spec.name,
          device: wg.name,
          peer,
          peerHost: owner.get(peer.publicKey),
          handshakeAgeS: peer.latestHandshake === undefined ? undefined : Math.max(0, clockS - peer.latestHandshake),
          deviceDown: down.has(wg.name),
          stamp: origin,
        };
      }),
    );
  });
}
