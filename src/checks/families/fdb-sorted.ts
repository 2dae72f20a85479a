/**
 * One look at every MAC on every host, for all checks of forwarding tables and mobility: on nearly all hosts a MAC is
 * remote, and the kernel has just what zebra put there. These are counted; what is to be judged is the rest.
 */
import type {MacEntry, MacLocation} from '../../model/fabric.ts';
import type {FdbEntry} from '../../model/network.ts';
import type {View} from '../view.ts';
import {fresh} from './fdb-view.ts';

export interface SortedMacs {
  readonly calm: number; // locations of which nothing is to be said
  isCalm(location: MacLocation): boolean;
  /** Every MAC, with its other locations. */
  readonly macs: readonly {readonly mac: MacEntry; readonly rest: readonly MacLocation[]}[];
}

const cache = new WeakMap<View, SortedMacs>();
const none: readonly MacLocation[] = [];

export function sortedMacs(view: View): SortedMacs {
  const known = cache.get(view);
  if (known) return known;
  const {zebra, kernel} = fresh(view);
  const isCalm = ({host, evpn, fdb}: MacLocation): boolean =>
    evpn !== undefined && evpn.kind === 'remote' && !evpn.duplicate && plainly(fdb, evpn.remoteVtep) && zebra.has(host) && kernel.has(host);
  let calm = 0;
  const macs: {mac: MacEntry; rest: readonly MacLocation[]}[] = [];
  for (const mac of view.fabric.macs) {
    let rest: MacLocation[] | undefined;
    for (const location of mac.locations) {
      if (isCalm(location)) calm++;
      else if (rest) rest.push(location);
      else rest = [location];
    }
    macs.push({mac, rest: rest ?? none});
  }
  const made: SortedMacs = {calm, isCalm, macs};
  cache.set(view, made);
  return made;
}

/** All that the kernel sends to is what zebra put there, and that is right; no port of the bridge claims it. */
function plainly(fdb: readonly FdbEntry[], vtep: string | undefined): boolean {
  let sent = false;
  for (const entry of fdb) {
    if (entry.destination === undefined) {
      if (isBehindPort(entry)) return false;
      continue;
    }
    if (entry.destination !== vtep || !entry.externLearn) return false;
    sent = true;
  }
  return sent && vtep !== undefined;
}

/** The bridge has learned the MAC behind one of its ports. */
export const isBehindPort = (entry: FdbEntry): boolean => entry.destination === undefined && !entry.externLearn && entry.state !== 'permanent';
