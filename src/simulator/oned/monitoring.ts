/** The last monitoring record of a host or VM, of now: none are kept. */
import {vmsOf} from './derive.ts';
import {bare, cdata, tag, vector} from './markup.ts';
import type {OnedHost, OnedVm, OnedWorld} from './world.ts';

const now = (): number => Math.floor(Date.now() / 1000);

export const vmRecord = (one: OnedVm): string => tag('MONITORING', vector({
  CPU: 0, DISKRDBYTES: 0, DISKRDIOPS: 0, DISKWRBYTES: 0, DISKWRIOPS: 0, ID: one.id, MEMORY: one.memoryMiB * 1024, NETRX: 0, NETTX: 0, TIMESTAMP: now(),
}));

export function hostRecord(world: OnedWorld, one: OnedHost): string {
  const used = vmsOf(world, one).reduce((sum, {memoryMiB}) => sum + memoryMiB * 1024, 0);
  const capacity = tag('CAPACITY', cdata('FREE_CPU', one.totalCpu), cdata('FREE_MEMORY', one.totalMemoryKiB - used), cdata('USED_CPU', 0), cdata('USED_MEMORY', used));
  return tag('MONITORING', bare('TIMESTAMP', now()), bare('ID', one.id), capacity, tag('SYSTEM', cdata('NETRX', 0), cdata('NETTX', 0)));
}
