import {readFileSync, writeFileSync} from 'node:fs';
import {note, noted, notes, strike} from './machine-notes.ts';
import type {Plan} from './plan.ts';

/**
 * The kernel has one neighbour table for all namespaces, and its limits are those of the root namespace: the one
 * setting that a lab changes outside. Noted are the values from before the first large lab, and each lab that needs
 * them raised.
 */
const before = 'gc_thresh.before';
const keys = ['gc_thresh1', 'gc_thresh2', 'gc_thresh3'] as const;
const raised: Readonly<Record<typeof keys[number], number>> = {gc_thresh1: 16_384, gc_thresh2: 32_768, gc_thresh3: 65_536};
const place = (key: string): string => `/proc/sys/net/ipv4/neigh/default/${key}`;
const prefix = 'gc_thresh.for.';

/** 1024 entries are full at some 18 hosts with a VM each. */
const machinesThatFit = 16;

export const raiseNeighbourLimits = (plan: Plan): void => {
  if (plan.machines.length + plan.vms.length / 2 <= machinesThatFit) return;
  if (noted(before) === undefined) note(before, JSON.stringify(keys.map(key => readFileSync(place(key), 'utf8').trim())));
  note(prefix + plan.spec.name, '');
  // Downwards from the largest: each must not be above the next.
  for (const key of keys.toReversed()) {
    if (Number(readFileSync(place(key), 'utf8')) < raised[key]) writeFileSync(place(key), String(raised[key]));
  }
};

export const neighbourLimitsRaisedFor = (name: string): boolean => noted(prefix + name) !== undefined;

/** With the last lab that needed them, the limits are what they were before the first. */
export const restoreNeighbourLimits = (name: string): void => {
  if (!neighbourLimitsRaisedFor(name)) return;
  strike(prefix + name);
  const values = noted(before);
  if (values === undefined || notes().some(entry => entry.startsWith(prefix))) return;
  (JSON.parse(values) as string[]).forEach((value, i) => writeFileSync(place(keys[i] as string), value));
  strike(before);
};
