/** The yardstick: one pass that only visits each object of a fabric, every row of every reading and every link, once each. */
import process from 'node:process';
import type {Fabric, HostReadings} from '../src/model/fabric.ts';

/** Looks at one thing of each object. Returns how many there were, so that nothing of it can be left out unseen. */
export function visit(fabric: Fabric): {readonly objects: number; readonly sum: number} {
  let objects = 0;
  let sum = 0;
  for (const {readings} of fabric.hosts.values()) {
    for (const rows of lists(readings)) {
      for (const row of rows) {
        objects++;
        if (row !== undefined) sum += 1;
      }
    }
    for (const link of readings['ip.links']?.value ?? []) sum += link.mtu;
    for (const entry of readings['bridge.fdb']?.value ?? []) sum += entry.mac.length;
    for (const mac of readings['frr.macs']?.value ?? []) sum += mac.vni;
    for (const {peers} of readings['wg.interfaces']?.value ?? []) for (const peer of peers) {
      objects++;
      sum += peer.rxBytes;
      for (const allowed of peer.allowedIps) sum += allowed.length;
    }
    for (const peer of readings['frr.summary']?.value?.peers ?? []) {
      objects++;
      sum += peer.address.length;
    }
    for (const {importRts, exportRts} of readings['frr.bgp-vnis']?.value?.vnis ?? []) {
      objects++;
      sum += importRts.length + exportRts.length;
    }
    for (const {remoteVteps} of readings['frr.vnis']?.value ?? []) for (const address of remoteVteps ?? []) sum += address.length;
  }
  for (const rows of Object.values(fabric.cloud?.readings ?? {})) if (Array.isArray(rows.value)) for (const row of rows.value) {
    objects++;
    if (row !== undefined) sum += 1;
  }
  for (const tunnel of fabric.tunnels) {
    objects++;
    sum += tunnel.handshakeAgeS ?? 0;
  }
  for (const session of fabric.sessions) {
    objects++;
    sum += session.address.length;
  }
  for (const {hosts} of fabric.segments) for (const {ports, floodTo} of hosts) {
    objects++;
    for (const port of ports) sum += port.length;
    for (const address of floodTo ?? []) sum += address.length;
  }
  for (const {locations} of fabric.macs) {
    objects++;
    for (const {fdb} of locations) {
      objects++;
      sum += fdb.length;
    }
  }
  for (const {ports, vm} of fabric.vms) {
    objects++;
    for (const port of ports) sum += port.nic.id;
    sum += vm.history.length;
  }
  for (const {mappings} of fabric.routers) {
    objects++;
    sum += mappings.length;
  }
  return {objects, sum};
}

/** The readings of a host that are lists of rows. */
function* lists(readings: HostReadings): Generator<readonly object[]> {
  for (const {value} of Object.values(readings)) if (Array.isArray(value)) yield value as readonly object[];
}

/**
 * How long a run takes, ms: by the clock, or, where others have the machine at the same time, the CPU time of all threads
 * of this process (which counts what the collector and the compiler do beside it as well).
 */
export function timed(run: () => void): number {
  const used = process.cpuUsage();
  const began = performance.now();
  run();
  const took = performance.now() - began;
  const {user, system} = process.cpuUsage(used);
  return Math.min(took, (user + system) / 1000);
}

const warmUp = {pass: 20, other: 3};

/** The least of several runs of each, ms, in turns, so that what else the machine does falls on all alike: it only ever adds. */
export function best<K extends string>(runs: Readonly<Record<K, () => void>>, rounds = 7): Record<K, number> {
  const names = Object.keys(runs) as K[];
  // Compiled before it is compared: the yardstick as well as what it measures.
  for (const name of names) for (let i = 0; i < warmUp[name === 'pass' ? 'pass' : 'other']; i++) runs[name]();
  const least = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<K, number>;
  for (let i = 0; i < rounds; i++) for (const name of names) least[name] = Math.min(least[name], timed(runs[name]));
  return least;
}

/** Shares of a figure, on the error output: EVPN_BENCH_DETAIL=1. */
export const detail = (line: () => string): void => {
  if (process.env['EVPN_BENCH_DETAIL']) console.error(`     ${line()}`);
};
