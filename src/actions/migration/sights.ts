/** From the lines of an observed host to events on the axis: only what has changed, in the words of the field. */
import type {Fabric} from '../../model/fabric.ts';
import {parseRouteSights, parseZebraSight, type WatchedMac} from '../../services/frr/mac-watch.ts';
import {parseMonitorLine, type FdbChange} from '../../services/iproute2/monitor.ts';
import type {Axis} from './axis.ts';

export interface Watched {
  readonly macs: readonly WatchedMac[];
  readonly taps: readonly string[];
  readonly bridges: readonly string[];
  readonly target: string; // host name
  readonly targetVteps: readonly string[]; // addresses
}

/** What is done with each line of one host. */
export function sightsOf(host: string, watched: Watched, axis: Axis, fabric: () => Fabric): (line: string) => void {
  const {macs, taps, bridges, target, targetVteps} = watched;
  const several = new Set(macs.map(({mac}) => mac)).size > 1;
  const named = (mac: string): string => (several ? `${mac} ` : '');
  const vtep = (address: string): string => {
    const owner = fabric().hostByAddress.get(address);
    return owner === undefined ? address : `${owner} (${address})`;
  };
  const seen = new Map<string, string>(); // what was said last, by its subject
  const say = (kind: 'fdb' | 'link' | 'route', subject: string, text: string): void => {
    if (seen.get(subject) === text) return;
    seen.set(subject, text);
    axis.add(host, kind, text);
  };
  const batch: {Z: string[]; R: string[]; B: string[]} = {Z: [], R: [], B: []};

  function fdb(change: FdbChange, first: boolean): void {
    const {mac, device, destination, gone, permanent} = change;
    if (!macs.some((one) => one.mac === mac)) return;
    const local = destination === undefined && taps.includes(device);
    if (destination === undefined && !local) return; // the bridge's side of an entry that is told with its VTEP
    const place = local ? `behind ${device}` : `to ${vtep(destination!)}`;
    const fixed = permanent ? ', static' : '';
    const before = first ? ' (before)' : '';
    say('fdb', `fdb ${mac} ${local ? 'local' : device}`, gone ? `${named(mac)}entry ${place} is gone` : `${named(mac)}entry ${place}${fixed}${before}`);
    if (local && host === target && !gone) axis.arrived();
    if (!local && host !== target) axis.leads(host, !gone && targetVteps.includes(destination!));
  }

  function zebra(lines: readonly string[]): void {
    const found = lines.flatMap((line) => parseZebraSight(line) ?? []);
    for (const {mac, vni} of macs) {
      const sight = found.find((one) => one.mac === mac && one.vni === vni);
      const text = !sight ? 'zebra does not know it' : `zebra: ${sight.kind === 'remote' ? `at ${vtep(sight.vtep ?? '?')}` : `local, behind ${sight.device ?? '?'}`}, sequence ${sight.sequence ?? '?'}${sight.duplicate ? ', a duplicate' : ''}`;
      say('route', `zebra ${vni} ${mac}`, `${named(mac)}${text}`);
      if (sight?.kind === 'local' && host === target) axis.arrived();
    }
  }

  function routes(lines: readonly string[]): void {
    const sights = parseRouteSights(lines.join('\n'), macs.map(({mac}) => mac));
    for (const {mac} of macs) {
      const its = [...new Set(sights.filter((one) => one.mac === mac).map(({nextHop, sequence}) => `${vtep(nextHop)}, mobility ${sequence}`))];
      say('route', `type-2 ${mac}`, `${named(mac)}type-2 route: ${its.length === 0 ? 'none' : its.join(' and ')}`);
    }
  }

  return (line) => {
    const letter = /^([ZRB]) ?(.*)$/.exec(line);
    if (letter) return void batch[letter[1] as keyof typeof batch].push(letter[2] ?? '');
    const ended = line.length === 1 ? line.toUpperCase() : '';
    if (ended === 'Z' || ended === 'R' || ended === 'B') {
      const lines = batch[ended];
      batch[ended] = [];
      if (ended === 'Z') zebra(lines);
      else if (ended === 'R') routes(lines);
      else polled(lines);
      return;
    }
    const change = parseMonitorLine(line);
    if (change?.kind === 'fdb') fdb(change, false);
    else if (change?.kind === 'link' && (taps.includes(change.device) || bridges.includes(change.device))) {
      const {device, gone, up, lowerUp, master} = change;
      // A port that leaves its bridge is told once more as the bridge's: only the device's own end counts.
      if (gone && master !== undefined) return;
      say('link', `link ${device}`, gone ? `${device} is gone` : `${device} is ${up ? (lowerUp ? 'up' : 'up, without carrier') : 'there, down'}${master === undefined ? '' : `, in ${master}`}`);
    }
  };

  /** The table as it is: at first, and again and again where the kernel is not monitored. */
  function polled(lines: readonly string[]): void {
    const changes = lines.map((line) => parseMonitorLine(line)).filter((change) => change?.kind === 'fdb');
    const first = !seen.has('polled');
    seen.set('polled', '');
    for (const change of changes) fdb(change, first);
    // What stood there before and does not any more.
    for (const {mac} of macs) for (const [subject, text] of seen) {
      if (!subject.startsWith(`fdb ${mac} `) || text.endsWith('is gone')) continue;
      const device = subject.slice(`fdb ${mac} `.length);
      const there = changes.some((change) => change.mac === mac && (device === 'local' ? change.destination === undefined && taps.includes(change.device) : change.device === device && change.destination !== undefined));
      if (!there) {
        say('fdb', subject, `${text.replace(/ \(before\)$/, '')} is gone`);
        if (device !== 'local' && host !== target) axis.leads(host, false);
      }
    }
  }
}
