/** Kernel routes of the main table: `ip -j route show`, then `ip -j -6 route show`, each a line of its own. */
import type {KernelRoute} from '../../model/network.ts';
import type {Reading} from '../../model/reading.ts';
import type {ProbeOutput} from '../probe.ts';
import {count, object, readEntries, text, type Entry} from './answer.ts';

export function parseRoutes(output: ProbeOutput): Reading<readonly KernelRoute[]> {
  return readEntries('ip', output, 'a route', (entry) => {
    const destination = text(entry['dst']);
    if (destination === undefined) return undefined;
    const hops: unknown = entry['nexthops'];
    // A multipath route is one route per next hop here: each can be up or gone by itself.
    const paths: readonly Entry[] = Array.isArray(hops) && hops.length > 0 ? hops.map(object).filter((hop) => hop !== undefined) : [entry];
    return paths.map((path): KernelRoute => ({
      // "default" is IPv4's: nobody should take the other family's for it
      destination: destination === 'default' && text(path['gateway'])?.includes(':') ? '::/0' : destination,
      gateway: gateway(path),
      device: text(path['dev']),
      source: text(entry['prefsrc']),
      protocol: text(entry['protocol']),
      scope: text(entry['scope']),
      metric: count(entry['metric']),
    }));
  });
}

/** "via" carries a next hop of the other family (an IPv4 route over an IPv6 router). */
const gateway = (path: Entry): string | undefined => text(path['gateway']) ?? text(object(path['via'])?.['host']);
