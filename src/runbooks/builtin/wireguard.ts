/**
 * The WireGuard mesh: one wg-quick file for each host, and the device brought to what the file says without touching
 * peers that stay. The private key is in a file of its own, which `PostUp` hands to the device: so the configuration
 * holds no secret and can be shown, compared and backed up.
 */
import {Later} from '../engine/later.ts';
import {word} from '../engine/shell.ts';
import type {StepCall, StepFunction, Work} from '../model.ts';
import {membersOf, type Member} from './members.ts';
import {numberOf, textOf} from './words.ts';

export interface MeshSettings {
  readonly device: string;
  readonly port: number;
  readonly mtu: number;
  readonly keepaliveS: number;
}
interface Peer extends Member {
  readonly publicKey: string;
}

/** /etc/wireguard/DEVICE.conf: valid for wg-quick, which refuses a file without its `[Interface]` line. Pure. */
export const wgQuickFile = (self: Member, peers: readonly Peer[], {device, port, mtu, keepaliveS}: MeshSettings): string => `# ${self.host}: full mesh of the underlay, written by evpn-tui
[Interface]
Address = ${self.address}/${self.length}
ListenPort = ${port}
MTU = ${mtu}
PostUp = wg set %i private-key ${keyFile(device)}
${peers.map((peer) => `
[Peer]
# ${peer.host}
PublicKey = ${peer.publicKey}
AllowedIPs = ${peer.address}/32
Endpoint = ${peer.endpoint}:${port}
PersistentKeepalive = ${keepaliveS}
`).join('')}`;

export const keyFile = (device: string): string => `/etc/wireguard/${device}.key`;
const confFile = (device: string): string => `/etc/wireguard/${device}.conf`;

/**
 * Brings the device to what its file says; without a file, takes it away. `wg syncconf` leaves peers that do not change
 * as they are; it clears a private key that it is not given, so the key goes in by the same pipe. The name of the key is
 * made by printf: written out, the journal would take what follows it for a secret.
 */
export const syncScript = (device: string): string => `set -e
dev=${word(device)} conf=${confFile(device)} key=${keyFile(device)}
services() { [ -d /run/systemd/system ]; }
if [ ! -e $conf ]; then
  if services; then systemctl disable -q --now wg-quick@$dev 2>/dev/null || true; fi
  [ ! -e /sys/class/net/$dev ] || ip link delete dev $dev
  exit 0
fi
if [ ! -e /sys/class/net/$dev ]; then
  if services; then systemctl enable -q --now wg-quick@$dev; else wg-quick up $dev >/dev/null 2>&1 || wg-quick up $dev; fi
  exit 0
fi
{ wg-quick strip $dev; grep -qi '^ *PrivateKey' $conf || { echo '[Interface]'; printf 'Private%s = ' Key; cat $key; }; } | wg syncconf $dev /dev/stdin
address=$(sed -n 's/^ *Address *= *//p' $conf | head -n 1) mtu=$(sed -n 's/^ *MTU *= *//p' $conf | head -n 1)
for old in $(ip -o -4 address show dev $dev | awk '{print $4}'); do [ "$old" = "$address" ] || ip address delete "$old" dev $dev; done
ip address replace "$address" dev $dev
ip link set dev $dev \${mtu:+mtu $mtu} up
`;

/** Of a rotation: the next key of the host, and the one from before it, which stays so that it can be undone. */
const rotated = (device: string, rotation: string): string => `key=${keyFile(device)} next=/etc/wireguard/${device}.${rotation}.key before=/etc/wireguard/${device}.before-${rotation}.key\n`;
/** sh: the next key becomes the key, once. */
const takeNext = (device: string, rotation: string): string => (rotation === '' ? '' : `${rotated(device, rotation)}if ! cmp -s $next $key; then
  [ -s $next ] || { echo "there is no $next" >&2; exit 1; }
  ( umask 077; [ -e $before ] || cp -p $key $before; cp $next $key.new; mv $key.new $key )
fi
`);
/** sh: the key from before the rotation is the key again: without its configuration it would be a key that no peer knows. */
const takeBack = (device: string, rotation: string): string => (rotation === '' ? '' : `${rotated(device, rotation)}[ ! -e $before ] || mv $before $key\n`);

/** Exit 0 when the device is what the file says. Endpoints are left out: WireGuard follows a peer that answers from elsewhere. */
const liveCheck = (self: Member, peers: readonly Peer[], {device, port, mtu, keepaliveS}: MeshSettings): string => {
  const table = (value: (peer: Peer) => string): string => peers.map((peer) => `${peer.publicKey}\t${value(peer)}`).sort().join('\n');
  return `dev=${word(device)}
[ -e /sys/class/net/$dev ] || { echo "there is no $dev"; exit 1; }
export LC_ALL=C
[ "$(wg show $dev public-key)" = "$(wg pubkey <${keyFile(device)})" ] || { echo "$dev has another key than ${keyFile(device)}"; exit 1; }
[ "$(wg show $dev listen-port)" = ${port} ] || { echo "$dev listens elsewhere"; exit 1; }
[ "$(wg show $dev allowed-ips | sort)" = ${word(table(({address}) => `${address}/32`))} ] || { echo "the peers of $dev are others"; exit 1; }
[ "$(wg show $dev persistent-keepalive | sort)" = ${word(table(() => String(keepaliveS)))} ] || { echo "keepalive differs"; exit 1; }
[ "$(ip -o -4 address show dev $dev | awk '{print $4}')" = ${self.address}/${self.length} ] || { echo "the address of $dev differs"; exit 1; }
[ "$(cat /sys/class/net/$dev/mtu)" = ${mtu} ] || { echo "the MTU of $dev differs"; exit 1; }
`;
};

/** Every peer answers over the tunnel, with full frames: a handshake alone would not show a wrong AllowedIPs. */
const reachScript = (peers: readonly Peer[], mtu: number): string =>
  `for peer in ${peers.map(({address}) => address).join(' ')}; do ping -n -q -c 1 -W 2 -M do -s ${mtu - 28} $peer >/dev/null || { echo "$peer does not answer over the tunnel" >&2; exit 1; }; done\n`;

export const settingsOf = ({with: values}: StepCall): MeshSettings => ({
  device: textOf(values, 'device', 'wg0'), port: numberOf(values, 'port', 51_820), mtu: numberOf(values, 'mtu', 1420), keepaliveS: numberOf(values, 'keepalive', 25),
});

/** Those of the mesh with their public keys, which the step named by `keys` made; the hosts of this step, which must be among them. */
function meshOf(fabric: Parameters<typeof membersOf>[0], call: StepCall): readonly {readonly self: Member; readonly peers: readonly Peer[]}[] {
  const step = textOf(call.with, 'keys', 'keys');
  const members = membersOf(fabric, call.with).map((member): Peer => {
    const publicKey = call.value(step, member.host);
    if (publicKey === undefined) throw new Later(step);
    if (!/^[A-Za-z0-9+/]{43}=$/.test(publicKey)) throw new Error(`what ${member.host} gave is no public key of WireGuard`);
    return {...member, publicKey};
  });
  return call.hosts.flatMap((host) => {
    const self = members.find((member) => member.host === host);
    return self ? [{self, peers: members.filter((member) => member !== self)}] : [];
  });
}

const withs = {
  network: {description: 'IPv4 network of the underlay, "192.168.0.0/24"'},
  device: {description: 'name of the device, "wg0"'},
  port: {description: 'UDP port, 51820'},
  mtu: {description: 'MTU of the device, 1420'},
  keepalive: {description: 'seconds between keepalives, 25'},
  addresses: {description: 'list of HOST=ADDRESS for hosts whose address is not to be found or given out'},
  endpoints: {description: 'list of HOST=ADDRESS where the others reach it, when it is not where ssh goes'},
  without: {description: 'hosts that are not to be in the mesh'},
  rotation: {description: 'name of a rotation, whose key on the host, DEVICE.NAME.key, becomes the key with the new configuration'},
  keys: {description: 'the step whose value is the public key of each host, "keys"'},
};

export const wireguardConf: StepFunction = {
  name: 'wireguard.conf',
  description: 'the wg-quick file of each host: full mesh, one /32 for each peer',
  with: withs,
  work: (ctx, call) => Promise.resolve(meshOf(ctx.fabric(), call).map(({self, peers}): Work => {
    const settings = settingsOf(call);
    const {device} = settings;
    const rotation = textOf(call.with, 'rotation');
    return {
      id: self.host, host: self.host, title: `write ${confFile(device)} of ${self.host} (${self.address}, ${self.origin})`,
      file: {path: confFile(device), content: wgQuickFile(self, peers, settings), mode: '0600', after: takeNext(device, rotation) + syncScript(device), afterUndo: takeBack(device, rotation) + syncScript(device)},
    };
  })),
};

export const wireguardLive: StepFunction = {
  name: 'wireguard.live',
  description: 'the device as its file says, and every peer answering at full MTU',
  with: withs,
  work: (ctx, call) => Promise.resolve(meshOf(ctx.fabric(), call).map(({self, peers}): Work => {
    const settings = settingsOf(call);
    const {device} = settings;
    const rotation = textOf(call.with, 'rotation');
    const absent = `/run/evpn-tui-${device}-was-absent`;
    const placed = rotation === '' ? '' : `${rotated(device, rotation)}cmp -s $next $key || { echo "$key is not yet that of this rotation"; exit 1; }\n`;
    const looks = `( ${placed}${liveCheck(self, peers, settings)}) >&2 && ( ${reachScript(peers, settings.mtu)})`;
    return {
      id: self.host, host: self.host, title: `bring ${device} of ${self.host} to what its file says`,
      check: looks, verify: looks,
      apply: `[ -e /sys/class/net/${word(device)} ] || : >${absent}\n${takeNext(device, rotation)}${syncScript(device)}`,
      undo: `[ ! -e ${absent} ] || { [ ! -e /sys/class/net/${word(device)} ] || ip link delete dev ${word(device)} || exit 1; rm ${absent}; }`,
      // A device that was there already stays: its tunnels may carry by now what they did not before.
      undone: `[ ! -e ${absent} ]`,
      changes: `${device}: ${peers.length} peers, ${self.address}/${self.length}, MTU ${settings.mtu}`,
    };
  })),
};

/** For a host that leaves the mesh. */
export const wireguardRemove: StepFunction = {
  name: 'wireguard.remove',
  description: 'takes the device and its file away; the file is kept beside it',
  with: {device: {description: 'name of the device, "wg0"'}},
  work: (_, call) => Promise.resolve(call.hosts.map((host): Work => {
    const device = textOf(call.with, 'device', 'wg0');
    const [conf, kept] = [confFile(device), `${confFile(device)}.removed`];
    return {
      id: host, host, title: `take ${device} of ${host} away`,
      check: `[ ! -e ${conf} ] && [ ! -e /sys/class/net/${word(device)} ]`,
      apply: `[ ! -e ${conf} ] || mv ${conf} ${kept}\n${syncScript(device)}`,
      verify: `[ ! -e /sys/class/net/${word(device)} ]`,
      undo: `[ ! -e ${kept} ] || mv ${kept} ${conf}\n${syncScript(device)}`,
      changes: `${device} and ${conf} go`,
    };
  })),
};
