/** How much is wrong on each screen, for its title: causes by the layer that they belong to. Pure. */
import type {Layer} from '../rows/health.ts';
import {layerOf, type Judged} from './judged.ts';
import {placeOf} from './places.ts';
import type {ResourceName} from '../rows/resource.ts';

export interface ScreenBadge {
  readonly fail: number;
  readonly warn: number;
}

/** The table in which a layer is looked at, as on Overview. */
const tableOf: Readonly<Record<Layer['id'], ResourceName>> = {access: 'hosts', wireguard: 'wg', bgp: 'bgp', evpn: 'vnis', networks: 'vnets', opennebula: 'hosts', vms: 'vms', nat: 'nat'};

/** By index of the screen; those without a cause are left out. */
export function screenBadges(judged: Judged | undefined): ReadonlyMap<number, ScreenBadge> {
  const badges = new Map<number, ScreenBadge>();
  for (const cause of judged?.diagnosis.causes ?? []) {
    if (cause.outcome !== 'fail' && cause.outcome !== 'warn') continue;
    const {screen} = placeOf({kind: 'table', resource: tableOf[layerOf(cause)]});
    const before = badges.get(screen) ?? {fail: 0, warn: 0};
    badges.set(screen, {...before, [cause.outcome]: before[cause.outcome] + 1});
  }
  return badges;
}
