/** Forwarding databases of bridges and VXLAN devices: `bridge -j fdb show`. */
import type {FdbEntry} from '../../model/network.ts';
import type {Reading} from '../../model/reading.ts';
import type {ProbeOutput} from '../probe.ts';
import {count, mac, readEntries, text, texts} from './answer.ts';

export function parseFdb(output: ProbeOutput): Reading<readonly FdbEntry[]> {
  return readEntries('bridge', output, 'an FDB entry', (entry) => {
    const address = mac(entry['mac']);
    const device = text(entry['ifname']);
    const flags = texts(entry['flags']);
    if (address === undefined || device === undefined || flags === undefined) return undefined;
    return [
      {
        mac: address,
        device,
        destination: text(entry['dst']),
        master: text(entry['master']),
        vlan: count(entry['vlan']),
        state: text(entry['state']) ?? '', // "": learned, ages out
        self: flags.includes('self'),
        externLearn: flags.includes('extern_learn'),
      },
    ];
  });
}
