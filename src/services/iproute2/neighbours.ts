/** The neighbour table (ARP and ND): `ip -j neigh show`. */
import type {Neighbour} from '../../model/network.ts';
import type {Reading} from '../../model/reading.ts';
import type {ProbeOutput} from '../probe.ts';
import {mac, readEntries, text, texts} from './answer.ts';

export function parseNeighbours(output: ProbeOutput): Reading<readonly Neighbour[]> {
  return readEntries('ip', output, 'a neighbour', (entry) => {
    const ip = text(entry['dst']);
    const device = text(entry['dev']);
    if (ip === undefined || device === undefined) return undefined;
    // flags are keys with the value null
    return [{ip, device, mac: mac(entry['lladdr']), state: texts(entry['state']) ?? [], externLearn: 'extern_learn' in entry}];
  });
}
