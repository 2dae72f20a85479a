/** What runs on a host while a VM is moved: monitors of the kernel, and samples of zebra and bgpd, on one channel. Pure text. */
import type {FrrVersion} from '../../model/frr.ts';
import {routeSample, zebraSample, type WatchedMac} from '../../services/frr/mac-watch.ts';

export interface Watch {
  readonly macs: readonly WatchedMac[];
  readonly version: FrrVersion | undefined;
  readonly zebra: boolean; // a VTEP with FRR
  readonly routes: boolean; // a reflector
  /** Every how many rounds the routes are asked: the whole table is walked for it. */
  readonly routesEvery: number;
}

/**
 * Prints `H` each round (0.4 s), `Z …` and `z` when zebra's sight of the MACs has changed, `R …` and `r` when the routes
 * have, `B …` and `b` with the forwarding entries at first (again and again where there is no monitor), and the monitors'
 * own lines. Ends, with the monitors, when nobody reads it any more.
 */
export function observeScript({macs, version, zebra, routes, routesEvery}: Watch): string {
  const [ofZebra, ofRoutes] = [zebra ? zebraSample(macs, version) : undefined, routes ? routeSample(macs, version) : undefined];
  const patterns = [...new Set(macs.map(({mac}) => mac))].filter((mac) => /^[0-9a-f:]{17}$/.test(mac)).map((mac) => `-e ${mac}`).join(' ');
  const said = (letter: string, kept: string): string => `[ "$o" = "$${kept}" ] || { printf '%s\\n' "$o" | sed 's/^/${letter} /'; echo ${letter.toLowerCase()}; ${kept}=$o; }`;
  return [
    'PATH="$PATH:/usr/sbin:/sbin"',
    'bridge monitor fdb 2>/dev/null & b=$!',
    'ip -o monitor link 2>/dev/null & l=$!',
    "trap 'kill $b $l 2>/dev/null; exit 0' EXIT HUP PIPE TERM",
    'z=-; r=-; d=-; n=0',
    'while :; do',
    ...(ofZebra === undefined ? [] : [ofZebra, said('Z', 'z')]),
    ...(ofRoutes === undefined ? [] : [`if [ $((n % ${routesEvery})) -eq 0 ]; then`, ofRoutes, said('R', 'r'), 'fi']),
    ...(patterns === '' ? [] : ['if [ $n -eq 0 ] || ! kill -0 $b 2>/dev/null; then', `o=$(bridge fdb show 2>/dev/null | grep -F ${patterns})`, said('B', 'd'), 'fi']),
    'n=$((n+1))',
    'echo H || exit 0',
    'sleep 0.4',
    'done',
  ].join('\n');
}

/** Answers of the VM, ten a second, with the host's own times where its ping can (`-D`). The address is checked by the caller. */
export const pingScript = (address: string): string =>
  `d=; ping -D -n -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 && d=-D; exec ping $d -n -i 0.1 ${address}`;

export interface PingAnswer {
  readonly sequence: number;
  readonly atMs: number | undefined; // the host's clock; undefined: its ping does not tell
}
/** "[1795270000.123456] 64 bytes from 172.17.2.10: icmp_seq=7 ttl=64 time=0.5 ms"; busybox: "seq=7". */
export function parsePing(line: string): PingAnswer | undefined {
  const match = /^(?:\[(\d{1,12}\.\d{1,6})\] )?\d{1,6} bytes from \S{1,60}:? (?:icmp_)?seq=(\d{1,9}) /.exec(line);
  return match ? {sequence: Number(match[2]), atMs: match[1] === undefined ? undefined : Math.round(Number(match[1]) * 1000)} : undefined;
}
