/** Addresses: `ip -j addr show`. */
import type {Address} from '../../model/network.ts';
import type {Reading} from '../../model/reading.ts';
import type {ProbeOutput} from '../probe.ts';
import {count, object, readEntries, text} from './answer.ts';

export function parseAddresses(output: ProbeOutput): Reading<readonly Address[]> {
  return readEntries('ip', output, 'a device with addresses', (entry) => {
    const device = text(entry['ifname']);
    const list: unknown = entry['addr_info'];
    if (device === undefined || !Array.isArray(list)) return undefined;
    return (list as readonly unknown[]).flatMap((item) => makeAddress(device, item) ?? []);
  });
}

function makeAddress(device: string, item: unknown): Address | undefined {
  const info = object(item);
  const family = info?.['family'];
  const ip = text(info?.['local']);
  const prefixLength = count(info?.['prefixlen']);
  const scope = text(info?.['scope']);
  if (info === undefined || (family !== 'inet' && family !== 'inet6') || ip === undefined || prefixLength === undefined || scope === undefined) return undefined;
  if (prefixLength > (family === 'inet' ? 32 : 128)) return undefined;
  return {device, family, ip, prefixLength, scope, label: text(info['label'])};
}
