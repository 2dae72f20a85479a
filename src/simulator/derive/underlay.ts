/** The underlay as the faults leave it: who has which WireGuard peers, who hears whom. Pure functions of the world. */
import {faultySince, troubleOf} from '../faults/trouble.ts';
import type {SimHost, SimWorld} from '../world.ts';

export const wireguardPort = 51_820;

/** A peer in the configuration of a host's wg0. */
export interface Peer {
  readonly host: SimHost; // that it is meant for
  readonly key: string;
  readonly allowed: readonly string[];
  readonly endpoint: string; // "ADDRESS:PORT" or "(none)"
  readonly meets: boolean; // the two exchange handshakes
  readonly strange: boolean; // the entry was made anew, and has never met anybody
}

export const plugged = (world: SimWorld, host: SimHost): boolean => troubleOf(world, host).unplugged !== true;
export const hasWireguard = (world: SimWorld, host: SimHost): boolean => host.publicKey !== undefined && host.underlay !== undefined && troubleOf(world, host).wg !== 'gone';
const wireguardUp = (world: SimWorld, host: SimHost): boolean => host.publicKey !== undefined && plugged(world, host) && troubleOf(world, host).wg === undefined && troubleOf(world, host).wgDropped !== true;

function entry(world: SimWorld, host: SimHost, other: SimHost): Pick<Peer, 'key' | 'allowed' | 'endpoint'> | undefined {
  const trouble = troubleOf(world, host).peers?.[other.name];
  if (trouble?.missing || other.publicKey === undefined || other.underlay === undefined) return undefined;
  return {key: trouble?.key ?? other.publicKey, allowed: trouble?.allowed ?? [`${other.underlay}/32`], endpoint: trouble?.endpoint ?? address(other)};
}
const address = (host: SimHost): string => `${host.publicAddress}:${wireguardPort}`;

/** Both know each other's keys, and at least one of them where the other is. */
function meets(world: SimWorld, a: SimHost, b: SimHost): boolean {
  const [forth, back] = [entry(world, a, b), entry(world, b, a)];
  if (!forth || !back || !wireguardUp(world, a) || !wireguardUp(world, b)) return false;
  return forth.key === b.publicKey && back.key === a.publicKey && (forth.endpoint === address(b) || back.endpoint === address(a));
}

/** wireguard-go lists its peers in another order from call to call; the kernel keeps one. */
export const peersOf = (world: SimWorld, host: SimHost): readonly Peer[] =>
  hasWireguard(world, host)
    ? world.hosts.flatMap((other): Peer[] => {
        const own = other === host ? undefined : entry(world, host, other);
        return own ? [{...own, host: other, meets: meets(world, host, other), strange: own.key !== other.publicKey || troubleOf(world, host).peers?.[other.name]?.endpoint !== undefined}] : [];
      })
    : [];

/** IP packets get from the one to the other and back. */
export function reaches(world: SimWorld, a: SimHost, b: SimHost): boolean {
  if (!world.faults || world.faults.length === 0) return true;
  const allows = (from: SimHost, to: SimHost): boolean => entry(world, from, to)?.allowed.includes(`${to.underlay}/32`) === true;
  return meets(world, a, b) && allows(a, b) && allows(b, a);
}

/** Since when two hosts no longer meet; undefined: they do. */
export function partedAt(world: SimWorld, a: SimHost, b: SimHost): number | undefined {
  if (!world.faults || world.faults.length === 0 || meets(world, a, b)) return undefined;
  return Math.max(faultySince(world, a) ?? 0, faultySince(world, b) ?? 0);
}
