/** Addresses given and taken, round robin as oned does: one that was just freed comes last. */
import {indexIn, leasesOf, plus} from './derive.ts';
import {Refusal} from './wire.ts';
import type {OnedRange, OnedVnet, OnedWorld} from './world.ts';

const taken = (world: OnedWorld, net: OnedVnet, besides: readonly string[]): ReadonlySet<string> => new Set([...leasesOf(world, net).map(({ip}) => ip), ...besides]);
const within = ({firstIp, size}: OnedRange, ip: string): boolean => indexIn(firstIp, ip) >= 0 && indexIn(firstIp, ip) < size;

/** A free address of the network, or undefined. `besides`: given in the same breath, not yet in the world. */
export function freeAddress(world: OnedWorld, net: OnedVnet, besides: readonly string[]): string | undefined {
  const used = taken(world, net, besides);
  for (const range of net.ranges) {
    for (let step = 0; step < range.size; step++) {
      const index = ((range.next ?? 0) + step) % range.size;
      const ip = plus(range.firstIp, index);
      if (used.has(ip)) continue;
      range.next = (index + 1) % range.size;
      return ip;
    }
  }
  return undefined;
}

export const isFree = (world: OnedWorld, net: OnedVnet, ip: string, besides: readonly string[] = []): boolean =>
  net.ranges.some((range) => within(range, ip)) && !taken(world, net, besides).has(ip);

export function lease(world: OnedWorld, net: OnedVnet, wanted: string | undefined, besides: readonly string[]): string {
  const ip = wanted === undefined ? freeAddress(world, net, besides) : isFree(world, net, wanted, besides) ? wanted : undefined;
  if (ip === undefined) throw new Refusal(0x4000, `Cannot get IP/MAC lease from virtual network ${net.id}.`);
  return ip;
}
