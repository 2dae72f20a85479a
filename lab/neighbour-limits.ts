import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Plan} from './plan.ts';

/**
 * The kernel has one neighbour table for all namespaces, and its limits are those of the root namespace: the one
 * setting that a lab changes outside. It belongs to the machine, so its memory does too: /run/evpn-tui-lab keeps the
 * values from before the first large lab, and one file for each lab that needs them raised.
 */
const folder = '/run/evpn-tui-lab';
const before = join(folder, 'gc_thresh.before');
const keys = ['gc_thresh1', 'gc_thresh2', 'gc_thresh3'] as const;
const raised: Readonly<Record<typeof keys[number], number>> = {gc_thresh1: 16_384, gc_thresh2: 32_768, gc_thresh3: 65_536};
const place = (key: string): string => `/proc/sys/net/ipv4/neigh/default/${key}`;

/** 1024 entries are full at some 18 hosts with a VM each. */
const machinesThatFit = 16;

const mark = (name: string): string => join(folder, `lab.${name}`);

export const raiseNeighbourLimits = (plan: Plan): void => {
  if (plan.machines.length + plan.vms.length / 2 <= machinesThatFit) return;
  mkdirSync(folder, {recursive: true});
  if (!existsSync(before)) writeFileSync(before, JSON.stringify(keys.map(key => readFileSync(place(key), 'utf8').trim())));
  writeFileSync(mark(plan.spec.name), '');
  // Upwards from the largest: each must not be above the next.
  for (const key of keys.toReversed()) {
    if (Number(readFileSync(place(key), 'utf8')) < raised[key]) writeFileSync(place(key), String(raised[key]));
  }
};

/** With the last lab that needed them, the limits are what they were before the first. */
export const restoreNeighbourLimits = (name: string): void => {
  if (!existsSync(mark(name))) return;
  rmSync(mark(name));
  if (readdirSync(folder).some(entry => entry.startsWith('lab.'))) return;
  const values = JSON.parse(readFileSync(before, 'utf8')) as string[];
  keys.forEach((key, i) => writeFileSync(place(key), values[i] as string));
  rmSync(before);
  rmdirSync(folder);
};
