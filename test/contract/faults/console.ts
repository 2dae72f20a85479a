/** The console's own stack, without its screens: opened on a target, read when it is asked to, and put into facts. */
import {openTarget, type Opened} from '../../../src/cli/run-fabric.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import type {FabricTarget} from '../../../src/model/target.ts';
import type {Io} from '../../../src/cli/io.ts';
import {factsOf, type Facts, type Names} from './facts.ts';

const hour = 3_600_000;
const hopeless = new Set(['waiting', 'refused', 'closed']);

export interface Console {
  /** Everything read anew. `afresh`: over new connections, as one who starts the console now. */
  round(afresh?: boolean): Promise<{readonly fabric: Fabric; readonly opened: Opened}>;
  /** The facts of such a round. */
  read(afresh?: boolean): Promise<Facts>;
  /** Such a round, OpenNebula alone read anew. */
  roundOfCloud(): Promise<Fabric>;
  close(): Promise<void>;
}

/** `given` is asked for the target whenever connections are made. */
export function openConsole(given: () => FabricTarget, io: Io, names: Names, limitMs = 60_000): Console {
  let opened: Opened | undefined;
  const leaving: Promise<void>[] = [];
  // Nothing is read by itself.
  const open = (): Opened => openTarget({...given(), refreshMs: {fast: hour, medium: hour, slow: hour}}, io);
  const round: Console['round'] = async (afresh = false) => {
    const since = Date.now();
    // A connection to a host that is silent may take its time to end: nobody waits for it here.
    if (afresh && opened) leaving.push(opened.close());
    if (!opened || afresh) opened = open();
    else opened.source.refresh();
    return {fabric: await settled(opened, since, limitMs), opened};
  };
  const roundOfCloud: Console['roundOfCloud'] = async () => {
    if (!opened) return (await round()).fabric;
    const since = Date.now();
    opened.source.refresh(opened.target.cloud?.endpoint);
    return settled(opened, since, limitMs, unreadOfCloud);
  };
  return {
    round,
    read: async (afresh) => factsOf((await round(afresh)).fabric, names),
    roundOfCloud,
    close: async () => void (await Promise.all([...leaving, opened?.close()])),
  };
}

/** The fabric once everything has been asked since then, and has answered or failed. */
function settled(opened: Opened, since: number, limitMs: number, missingOf = unread): Promise<Fabric> {
  return new Promise((resolve, reject) => {
    const finish = (result?: Fabric): void => {
      clearTimeout(timer);
      unsubscribe();
      const missing = missingOf(opened, since);
      if (result) resolve(result);
      else reject(new Error(`not read in ${limitMs} ms: ${missing.join(', ')}`));
    };
    const look = (): void => {
      if (missingOf(opened, since).length === 0) finish(opened.source.current());
    };
    const unsubscribe = opened.source.subscribe(look);
    const timer = setTimeout(() => finish(), limitMs);
    look();
  });
}

function unread(opened: Opened, since: number): readonly string[] {
  const missing: string[] = [];
  for (const [name, {access, readings, spec}] of opened.source.current().hosts) {
    if (hopeless.has(access.phase)) continue;
    for (const id of opened.hostProbes(spec)) if ((readings[id as keyof typeof readings]?.attemptAt ?? 0) < since) missing.push(`${name} ${id}`);
  }
  const {cloud} = opened.source.current();
  return cloud && hopeless.has(cloud.access.phase) ? missing : [...missing, ...unreadOfCloud(opened, since)];
}

/** It is called whatever it said last: what was hopeless may have ended. */
function unreadOfCloud({source, target, cloudProbes}: Opened, since: number): readonly string[] {
  const {cloud} = source.current();
  if (!cloud || !target.cloud) return [];
  return cloudProbes.filter((id) => (cloud.readings[id as keyof typeof cloud.readings]?.attemptAt ?? 0) < since).map((id) => `OpenNebula ${id}`);
}

/** Reads until nothing surprises, or for so long: the fabric may still be settling, and a round under way may be older. */
export async function lastSurprises(read: () => Promise<readonly string[]>, limitMs: number): Promise<readonly string[]> {
  const until = Date.now() + limitMs;
  for (;;) {
    const surprises = await read();
    if (surprises.length === 0 || Date.now() > until) return surprises;
  }
}
