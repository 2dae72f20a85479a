import {existsSync, readFileSync, readdirSync, readlinkSync, rmdirSync, statSync} from 'node:fs';
import {note, noted, strike} from './machine-notes.ts';
import {namespacePrefix} from './plan.ts';
import {run} from './run.ts';

const folder = '/run/netns';
export const namespaceFile = (namespace: string): string => `${folder}/${namespace}`;

/** Network namespaces of one lab that exist now. */
export const labNamespaces = (name: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter(entry => entry.startsWith(namespacePrefix(name))) : [];

const identity = (namespace: string): string => `net:[${statSync(namespaceFile(namespace)).ino}]`;

const numericEntries = (): number[] => readdirSync('/proc').filter(entry => /^\d+$/.test(entry)).map(Number);

const networkOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // it ended meanwhile
  }
};

/** Every process inside the given namespaces: this is what belongs to the lab, whatever a state file remembers. */
export const processesIn = (namespaces: readonly string[]): number[] => {
  const wanted = new Set(namespaces.map(identity));
  return numericEntries().filter(pid => {
    const network = networkOf(pid);
    return network !== undefined && wanted.has(network);
  });
};

/** True when the process is there and lives in that namespace: a pid alone may have been given to somebody else. */
export const livesIn = (pid: number, namespace: string): boolean =>
  existsSync(namespaceFile(namespace)) && networkOf(pid) === identity(namespace);

/** Mount points, in any mount namespace of the machine, that show the given text. */
export const mountsShowing = (text: string): string[] => {
  const found = new Set<string>();
  for (const pid of numericEntries()) {
    try {
      for (const line of readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')) if (line.includes(text)) found.add(line);
    } catch {
      // it ended meanwhile
    }
  }
  return [...found];
};

const isMounted = (): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(` ${folder} `);
const mountNote = 'netns-mount';

/** To be called before the first `ip netns add`, which makes a mount of its own and never takes it away. */
export const noteNetnsMount = (): void => {
  if (!isMounted()) note(mountNote, '');
};

/** Takes that mount away if a lab made it. Left alone while anybody has a namespace there. */
export const unmountNetns = async (): Promise<void> => {
  if (noted(mountNote) === undefined || (existsSync(folder) && readdirSync(folder).length > 0)) return;
  if (isMounted()) await run(['umount', folder]);
  if (existsSync(folder)) rmdirSync(folder);
  strike(mountNote);
};
