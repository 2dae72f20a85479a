/** `wg show`: every view that does not print keys that are secret. */
import {handshakeS, sentBytes} from '../derive/time.ts';
import {hasWireguard, partedAt, peersOf, wireguardPort as port, type Peer} from '../derive/underlay.ts';
import {hash, type SimHost, type SimWorld} from '../world.ts';
import {fails, says, type Program} from './answer.ts';

/** Epoch seconds of the latest handshake with a peer; 0: there was none. */
function latestS(world: SimWorld, host: SimHost, peer: Peer): number {
  if (peer.strange) return 0;
  const parted = partedAt(world, host, peer.host);
  return parted === undefined ? handshakeS(world, host, peer.host) : handshakeS({...world, now: () => parted}, host, peer.host);
}
/** Received and sent, in bytes. */
function transferOf(world: SimWorld, host: SimHost, peer: Peer): readonly [number, number] {
  if (peer.strange) return [0, 148 * 3]; // handshakes that nobody answers
  const parted = partedAt(world, host, peer.host);
  const then = parted === undefined ? world : {...world, now: () => parted};
  return [sentBytes(then, peer.host, host), sentBytes(world, host, peer.host)];
}

/** "1 minute, 36 seconds ago" */
function ago(seconds: number): string {
  if (seconds < 1) return 'Now';
  const units = [['day', Math.floor(seconds / 86_400)], ['hour', Math.floor(seconds / 3600) % 24], ['minute', Math.floor(seconds / 60) % 60], ['second', seconds % 60]] as const;
  return `${units.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}${count === 1 ? '' : 's'}`).join(', ')} ago`;
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value.toFixed(2)} ${units[at]}`;
}

function overview(world: SimWorld, host: SimHost): string {
  const nowS = Math.floor(world.now() / 1000);
  const peers = peersOf(world, host).map((peer) => {
    const latest = latestS(world, host, peer);
    const [received, sent] = transferOf(world, host, peer);
    return [
      '', `peer: ${peer.key}`, ...(peer.endpoint === '(none)' ? [] : [`  endpoint: ${peer.endpoint}`]), `  allowed ips: ${allowedOf(peer).replaceAll(' ', ', ')}`, ...(latest === 0 ? [] : [`  latest handshake: ${ago(nowS - latest)}`]),
      `  transfer: ${size(received)} received, ${size(sent)} sent`, '  persistent keepalive: every 25 seconds', '',
    ].join('\n');
  });
  return `interface: wg0\n  public key: ${host.publicKey}\n  private key: (hidden)\n  listening port: ${port}\n${peers.join('')}`;
}

const allowedOf = ({allowed}: Peer): string => (allowed.length === 0 ? '(none)' : allowed.join(' '));
const perPeer = (world: SimWorld, host: SimHost, cells: (peer: Peer) => string): string => peersOf(world, host).map((peer) => `wg0\t${peer.key}\t${cells(peer)}\n`).join('');

const views: Readonly<Record<string, (world: SimWorld, host: SimHost) => string>> = {
  interfaces: () => 'wg0\n',
  'public-key': (_world, host) => `wg0\t${host.publicKey}\n`,
  'listen-port': () => `wg0\t${port}\n`,
  fwmark: () => 'wg0\toff\n',
  // The tool names the interface on its first line only: a fault of its own, kept.
  endpoints: (world, host) => (peersOf(world, host).length === 0 ? 'wg0\t' : `wg0\t${peersOf(world, host).map((peer) => `${peer.key}\t${peer.endpoint}\n`).join('')}`),
  'allowed-ips': (world, host) => perPeer(world, host, allowedOf),
  'latest-handshakes': (world, host) => perPeer(world, host, (peer) => String(latestS(world, host, peer))),
  transfer: (world, host) => perPeer(world, host, (peer) => transferOf(world, host, peer).join('\t')),
  'persistent-keepalive': (world, host) => perPeer(world, host, () => '25'),
  'preshared-keys': (world, host) => perPeer(world, host, () => '(none)'),
};

export const wg: Program = (world, host, args) => {
  if (args.length > 0 && args[0] !== 'show') return fails(`wg: the demo fabric only answers "wg show"`);
  if (!hasWireguard(world, host)) return says('');
  const [, device, view] = args;
  if (device === undefined) return says(overview(world, host));
  if (device === 'interfaces') return says('wg0\n');
  if (device !== 'all' && device !== 'wg0') return fails(`Unable to access interface: No such device`);
  if (view === undefined) return says(overview(world, host));
  const text = views[view]?.(world, host);
  if (text === undefined) return fails(`Invalid subcommand: \`${view}'`);
  return says(device === 'all' ? text : text.replaceAll(/^wg0\t/gm, ''));
};

/** A public key that belongs to nobody: 32 bytes that follow from a name. */
export function madeKey(name: string): string {
  const bytes = Buffer.alloc(32);
  for (let at = 0; at < 32; at += 4) bytes.writeUInt32LE(hash(`${name}#${at}`), at);
  return bytes.toString('base64');
}
