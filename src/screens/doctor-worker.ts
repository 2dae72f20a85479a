/** The thread that judges: it keeps the readings it was sent, links them into a fabric of its own and runs the checks. */
import {parentPort} from 'node:worker_threads';
import {createDiagnoser} from '../checks/diagnose.ts';
import {createAssembler} from '../fabric/assemble/assemble.ts';
import type {CloudState, HostState} from '../model/fabric.ts';
import {bounded, type Judgement} from './diagnosing.ts';

/** Only what has changed since the last time is sent: a reading that stays the same stays the same object here. */
export type ToDoctor =
  | {readonly kind: 'host'; readonly name: string; readonly spec: HostState['spec']; readonly access: HostState['access']; readonly readings: HostState['readings']; readonly gone: readonly string[]}
  | {readonly kind: 'cloud'; readonly endpoint: string; readonly access: CloudState['access']; readonly readings: CloudState['readings']; readonly gone: readonly string[]}
  | {readonly kind: 'judge'; readonly name: string; readonly expectVteps: boolean; readonly hosts: readonly string[]; readonly cloud: boolean; readonly at: number; readonly now: number};
export type FromDoctor = {readonly ok: true; readonly judgement: Judgement} | {readonly ok: false; readonly why: string};

const hosts = new Map<string, HostState>();
let cloud: CloudState | undefined;
const assemble = createAssembler();
const diagnose = createDiagnoser();

const merged = <T extends object>(before: T | undefined, changed: T, gone: readonly string[]): T =>
  Object.fromEntries(Object.entries({...before, ...changed}).filter(([key]) => !gone.includes(key))) as T;

parentPort?.on('message', (message: ToDoctor) => {
  switch (message.kind) {
    case 'host':
      hosts.set(message.name, {spec: message.spec, access: message.access, readings: merged(hosts.get(message.name)?.readings, message.readings, message.gone)});
      break;
    case 'cloud':
      cloud = {endpoint: message.endpoint, access: message.access, readings: merged(cloud?.readings, message.readings, message.gone)};
      break;
    case 'judge':
      parentPort?.postMessage(judge(message));
  }
});

function judge({name, expectVteps, hosts: names, cloud: withCloud, at, now}: Extract<ToDoctor, {kind: 'judge'}>): FromDoctor {
  try {
    const known = new Map(names.flatMap((host) => (hosts.has(host) ? [[host, hosts.get(host) as HostState] as const] : [])));
    for (const host of hosts.keys()) if (!known.has(host)) hosts.delete(host);
    if (!withCloud) cloud = undefined;
    return {ok: true, judgement: bounded(diagnose(assemble({name, expectVteps, hosts: known, cloud}, at), now))};
  } catch (error) {
    return {ok: false, why: error instanceof Error ? error.message : String(error)};
  }
}
