/** `wg show`: every view that does not print keys that are secret. */
import {handshakeS, sentBytes} from '../derive/time.ts';
import {hash, type SimHost, type SimWorld} from '../world.ts';
import {fails, says, type Program} from './answer.ts';

const port = 51_820;

/** wireguard-go lists its peers in another order from call to call; the kernel keeps one. */
const peersOf = (world: SimWorld, host: SimHost): readonly SimHost[] => world.hosts.filter((other) => other !== host && other.publicKey !== undefined && other.underlay !== undefined);

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
  const peers = peersOf(world, host).map((peer) => [
    '', `peer: ${peer.publicKey}`, `  endpoint: ${peer.publicAddress}:${port}`, `  allowed ips: ${peer.underlay}/32`, `  latest handshake: ${ago(nowS - handshakeS(world, host, peer))}`,
    `  transfer: ${size(sentBytes(world, peer, host))} received, ${size(sentBytes(world, host, peer))} sent`, '  persistent keepalive: every 25 seconds', '',
  ].join('\n'));
  return `interface: wg0\n  public key: ${host.publicKey}\n  private key: (hidden)\n  listening port: ${port}\n${peers.join('')}`;
}

const perPeer = (world: SimWorld, host: SimHost, cells: (peer: SimHost) => string): string =>
  peersOf(world, host).map((peer) => `wg0\t${peer.publicKey}\t${cells(peer)}\n`).join('');

const views: Readonly<Record<string, (world: SimWorld, host: SimHost) => string>> = {
  interfaces: () => 'wg0\n',
  'public-key': (_world, host) => `wg0\t${host.publicKey}\n`,
  'listen-port': () => `wg0\t${port}\n`,
  fwmark: () => 'wg0\toff\n',
  // The tool names the interface on its first line only: a fault of its own, kept.
  endpoints: (world, host) => (peersOf(world, host).length === 0 ? 'wg0\t' : `wg0\t${peersOf(world, host).map((peer) => `${peer.publicKey}\t${peer.publicAddress}:${port}\n`).join('')}`),
  'allowed-ips': (world, host) => perPeer(world, host, (peer) => `${peer.underlay}/32`),
  'latest-handshakes': (world, host) => perPeer(world, host, (peer) => String(handshakeS(world, host, peer))),
  transfer: (world, host) => perPeer(world, host, (peer) => `${sentBytes(world, peer, host)}\t${sentBytes(world, host, peer)}`),
  'persistent-keepalive': (world, host) => perPeer(world, host, () => '25'),
  'preshared-keys': (world, host) => perPeer(world, host, () => '(none)'),
};

export const wg: Program = (world, host, args) => {
  if (args.length > 0 && args[0] !== 'show') return fails(`wg: the demo fabric only answers "wg show"`);
  if (host.publicKey === undefined) return says('');
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
