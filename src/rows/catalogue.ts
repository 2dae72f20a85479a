/** All resources, in the order in which they are offered. */
import {bgp} from './bgp.ts';
import {hosts} from './hosts.ts';
import {macs} from './macs.ts';
import {nat} from './nat.ts';
import {anyResource, type AnyResource} from './resource.ts';
import {routes} from './routes.ts';
import {vms} from './vms.ts';
import {vnets} from './vnets.ts';
import {vnis} from './vnis.ts';
import {wg} from './wg.ts';

export const resources: readonly AnyResource[] = [anyResource(hosts), anyResource(wg), anyResource(bgp), anyResource(vnis), anyResource(routes), anyResource(macs), anyResource(vnets), anyResource(vms), anyResource(nat)];

/** By name or alias, case-insensitive. */
export function findResource(name: string): AnyResource | undefined {
  const wanted = name.toLowerCase();
  return resources.find((resource) => resource.name === wanted || resource.aliases.includes(wanted));
}
