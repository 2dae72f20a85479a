import {generateKeyPairSync} from 'node:crypto';
import {wireguardMtu, wireguardPort} from './plan.ts';
import type {Machine} from './plan.ts';

const keepaliveSeconds = 25;

export interface WireguardKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** WireGuard's keys are bare X25519 keys in base64; DER puts a fixed header before the 32 bytes. */
export const newKeys = (): WireguardKeys => {
  const pair = generateKeyPairSync('x25519', {
    privateKeyEncoding: {type: 'pkcs8', format: 'der'},
    publicKeyEncoding: {type: 'spki', format: 'der'},
  });
  return {
    privateKey: pair.privateKey.subarray(-32).toString('base64'),
    publicKey: pair.publicKey.subarray(-32).toString('base64'),
  };
};

/** /etc/wireguard/wg0.conf in wg-quick's form: a full mesh, one /32 for each peer. */
export const wireguardConfig = (self: Machine, mesh: readonly Machine[], keys: ReadonlyMap<string, WireguardKeys>): string => {
  const keyOf = (machine: Machine): WireguardKeys => keys.get(machine.name) as WireguardKeys;
  const peers = mesh.filter(machine => machine.name !== self.name).map(peer => `
[Peer]
# ${peer.name}
PublicKey = ${keyOf(peer).publicKey}
AllowedIPs = ${peer.underlayAddress}/32
Endpoint = ${peer.publicAddress}:${wireguardPort}
PersistentKeepalive = ${keepaliveSeconds}
`);
  return `[Interface]
PrivateKey = ${keyOf(self).privateKey}
Address = ${self.underlayAddress}/24
ListenPort = ${wireguardPort}
MTU = ${wireguardMtu}
${peers.join('')}`;
};

/**
 * Boot lines. wireguard-go, since the kernel may lack the module; it shows as a tun device.
 * Peers come first without their keepalive: that would start a handshake with peers which do not listen yet, and
 * WireGuard tries again only after 5 s. See meshBoot.
 */
export const wireguardBoot = (self: Machine): string => `
WG_PROCESS_FOREGROUND=1 wireguard-go wg0 >/var/log/wireguard-go.log 2>&1 </dev/null 3>&- &
i=0
until [ -S /run/wireguard/wg0.sock ]; do
  i=$((i + 1)); [ $i -lt 500 ] || { echo 'wireguard-go did not start'; exit 1; }
  sleep 0.02
done
grep -Ev '^(Address|MTU|PersistentKeepalive) ' /etc/wireguard/wg0.conf | wg setconf wg0 /dev/stdin
ip address add ${self.underlayAddress}/24 dev wg0
ip link set wg0 mtu ${wireguardMtu} up
`;

/**
 * Boot lines for when every machine listens. Of each pair only the first in the mesh dials: two initiations that cross
 * make both sides drop the answer, and that again costs 5 s. Then the whole configuration, keepalive on both sides.
 */
export const meshBoot = (self: Machine, mesh: readonly Machine[], keys: ReadonlyMap<string, WireguardKeys>): string => `
${mesh.slice(mesh.findIndex(machine => machine.name === self.name) + 1)
  .map(peer => `wg set wg0 peer ${keys.get(peer.name)?.publicKey} persistent-keepalive ${keepaliveSeconds}`).join('\n')}
i=0
while wg show wg0 latest-handshakes | grep -q '[[:space:]]0$' && [ $i -lt 60 ]; do i=$((i + 1)); sleep 0.05; done
grep -Ev '^(Address|MTU) ' /etc/wireguard/wg0.conf | wg syncconf wg0 /dev/stdin
`;
