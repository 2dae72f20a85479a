/** Devices: `ip -j -d -s link show`. */
import type {Link, VxlanOptions} from '../../model/network.ts';
import type {Reading} from '../../model/reading.ts';
import type {ProbeOutput} from '../probe.ts';
import {count, mac, object, readEntries, text, texts, type Entry} from './answer.ts';

export function parseLinks(output: ProbeOutput): Reading<readonly Link[]> {
  return readEntries('ip', output, 'a device', (entry) => {
    const link = makeLink(entry);
    return link && [link];
  });
}

function makeLink(entry: Entry): Link | undefined {
  const index = count(entry['ifindex']);
  const name = text(entry['ifname']);
  const flags = texts(entry['flags']);
  const mtu = count(entry['mtu']);
  const operState = text(entry['operstate']);
  if (index === undefined || name === undefined || flags === undefined || mtu === undefined || operState === undefined) return undefined;
  const info = object(entry['linkinfo']);
  const kind = text(info?.['info_kind']);
  const statistics = object(entry['stats64']) ?? object(entry['stats']);
  return {
    index,
    name,
    flags,
    up: flags.includes('UP'),
    lowerUp: flags.includes('LOWER_UP'),
    operState,
    mtu,
    mac: mac(entry['address']),
    master: text(entry['master']),
    kind,
    parent: text(entry['link']),
    vxlan: kind === 'vxlan' ? makeVxlan(object(info?.['info_data'])) : undefined,
    rxBytes: count(object(statistics?.['rx'])?.['bytes']),
    txBytes: count(object(statistics?.['tx'])?.['bytes']),
  };
}

/** undefined also for a device with external control ("collect metadata"), which has no VNI of its own: newer iproute2 says id 0. */
function makeVxlan(data: Entry | undefined): VxlanOptions | undefined {
  if (data?.['external'] === true) return undefined;
  const vni = count(data?.['id']);
  const port = count(data?.['port']);
  const learning = data?.['learning'];
  if (data === undefined || vni === undefined || vni > 0xffffff || port === undefined || port > 65535 || typeof learning !== 'boolean') return undefined;
  const ttl = count(data['ttl']); // "inherit" and "auto" are words
  return {
    vni,
    local: text(data['local']) ?? text(data['local6']),
    device: text(data['link']),
    group: text(data['group']) ?? text(data['group6']),
    port,
    learning,
    ttl: ttl === 0 ? undefined : ttl,
  };
}
