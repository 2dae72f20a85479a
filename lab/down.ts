import {existsSync, readFileSync} from 'node:fs';
import {labNamespaces, mountsShowing, processesIn, unmountNetns} from './namespaces.ts';
import {namespacePrefix} from './plan.ts';
import {neighbourLimitsRaisedFor, restoreNeighbourLimits} from './neighbour-limits.ts';
import {endProcesses} from './processes.ts';
import {ipBatch} from './run.ts';
import {removeState, stateFolder} from './state.ts';

/** What `down` found and looked for afterwards. `left` must be empty. */
export interface Teardown {
  readonly processes: number;
  readonly namespaces: number;
  /** What is still there, in words. */
  readonly left: readonly string[];
}

const limits = (): string => ['gc_thresh1', 'gc_thresh2', 'gc_thresh3']
  .map(key => `${key}=${readFileSync(`/proc/sys/net/ipv4/neigh/default/${key}`, 'utf8').trim()}`).join(' ');

/**
 * Takes everything of a lab away and looks whether it is gone. Goes by what is really there (namespaces with the lab's
 * prefix and the processes inside them), so it also cleans up after a crash, and with no state file at all.
 */
export const down = async (name: string): Promise<Teardown> => {
  // Without root the processes of others cannot be looked into, and "nothing is left" would be a guess.
  if (process.getuid?.() !== 0) throw new Error('lab: down needs root');
  const namespaces = labNamespaces(name);
  const processes = processesIn(namespaces).length;
  await endProcesses(namespaces);
  if (namespaces.length > 0) await ipBatch(namespaces.map(namespace => `netns del ${namespace}`));
  await unmountNetns();
  restoreNeighbourLimits(name);
  removeState(name);
  return {processes, namespaces: namespaces.length, left: leftovers(name)};
};

const leftovers = (name: string): string[] => [
  ...labNamespaces(name).map(namespace => `namespace ${namespace}`),
  // A process of a machine shows in its mounts: they come from the machine's folder.
  ...mountsShowing(`/${name}/hosts/`).map(mount => `mount ${mount}`),
  ...mountsShowing(namespacePrefix(name)).map(mount => `mount ${mount}`),
  ...(existsSync(stateFolder(name)) ? [`folder ${stateFolder(name)}`] : []),
  ...(neighbourLimitsRaisedFor(name) ? [`raised neighbour limits, ${limits()}`] : []),
];
