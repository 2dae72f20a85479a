/** Clocks: WireGuard takes no handshake that is older than the last, and OpenNebula and certificates go by time. */
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import type {View} from '../view.ts';

/** Seconds: reading takes a few of them, and clocks are read in whole ones. */
const limitS = 30;

const subjectOf = (host: string): Subject => ({id: host, label: `clock of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]});

/** Seconds that the clock of a host is ahead of the console's; undefined: not read. */
function skewOf(view: View, host: string): number | undefined {
  const clockS = view.read(host, 'host.identity')?.clockS;
  const at = view.stamp(host, 'host.identity')?.at;
  return clockS === undefined || at === undefined ? undefined : clockS - at / 1000;
}

/** How long the answer took: the clock was read at some moment of that time. */
const tookS = (view: View, host: string): number => (view.host(host)?.readings['host.identity']?.tookMs ?? 0) / 1000;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export const accessClock: Check = {
  id: 'access.clock',
  family: 'access',
  title: `The clocks of all hosts agree within ${limitS} s`,
  explanation:
    `Each host's clock is held against the others: against the median of the differences to this console. When all hosts differ from the console in the same way, it is the console's clock that is wrong, and that is one finding. A host whose clock jumped back cannot shake hands: WireGuard refuses a time stamp that is not newer than the last. Handshake ages here are by the host's own clock, so a skew does not falsify them. Up to ${limitS} s are normal: the reading itself takes time.`,
  remedy: 'Let every host take its time from NTP (timedatectl set-ntp true, or chrony).',
  origin: 'NetQ check ntp; WireGuard, section 5.1 (TAI64N)',
  holdS: 0,
  run(view, out) {
    const skews = new Map<string, number>();
    for (const host of view.hosts()) {
      const skew = skewOf(view, host);
      if (skew !== undefined) skews.set(host, skew);
    }
    // Of two hosts that disagree, the one that agrees with the console is right; of more, the majority.
    const common = skews.size > 2 ? median([...skews.values()]) : 0;
    if (skews.size > 2 && Math.abs(common) > limitS) {
      out.warn({
        subject: {id: 'console', label: 'clock of this console', hosts: [], rows: []},
        says: `the clock of this console is ${Math.round(Math.abs(common))} s ${common > 0 ? 'behind' : 'ahead of'} those of the hosts`,
        evidence: [...skews].slice(0, 4).map(([host, skew]) => ({text: `${host}: ${Math.round(skew)} s against this console`, stamp: view.stamp(host, 'host.identity')})),
        remedy: {text: 'Set the clock of the machine that this console runs on (NTP). Ages that it shows are wrong until then.'},
      });
    }
    for (const host of view.hosts()) {
      const skew = skews.get(host);
      if (skew === undefined) out.unknown(subjectOf(host), [view.missing(host, 'host.identity')]);
      else if (skew - common <= limitS && skew + tookS(view, host) - common >= -limitS) out.pass(() => subjectOf(host));
      else {
        const off = skew - common;
        out.warn({
          subject: subjectOf(host),
          says: `the clock of ${host} is ${Math.round(Math.abs(off))} s ${off > 0 ? 'ahead of' : 'behind'} the others`,
          evidence: [{text: `${host}: ${Math.round(skew)} s against this console; the ${skews.size} hosts read: ${Math.round(common)} s in the median`, stamp: view.stamp(host, 'host.identity')}],
          remedy: {text: `Let ${host} take its time from NTP: a clock that jumps back stops WireGuard's handshakes.`, command: {host, script: 'timedatectl set-ntp true'}},
        });
      }
    }
  },
};
