/** The doctor as a thread: with 250 hosts a pass takes a second, and a key press must not wait for it. */
import {Worker} from 'node:worker_threads';
import type {Fabric} from '../model/fabric.ts';
import type {Doctor, Judgement} from './diagnosing.ts';
import type {FromDoctor, ToDoctor} from './doctor-worker.ts';

// In the bundle both files lie side by side.
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './doctor-worker.ts' : './doctor-worker.js', import.meta.url);
const sliceMs = 4; // of copying readings at one time

export interface DoctorOptions {
  /** The hosts are an inventory of the expected VTEPs (AssembleInput). */
  readonly expectVteps: boolean;
}

export function doctorInThread({expectVteps}: DoctorOptions): Doctor {
  let worker: Worker | undefined;
  let closed = false;
  let waiting: PromiseWithResolvers<Judgement> | undefined;
  const sent = new Map<string, {readonly access: object; readonly readings: Readonly<Record<string, unknown>>}>();

  const lost = (why: string): void => {
    waiting?.reject(new Error(why));
    waiting = undefined;
    sent.clear();
    worker = undefined;
  };
  const started = (): Worker => {
    if (worker) return worker;
    const thread = new Worker(workerUrl);
    thread.unref();
    thread.on('message', (answer: FromDoctor) => {
      if (answer.ok) waiting?.resolve(answer.judgement);
      else waiting?.reject(new Error(answer.why));
      waiting = undefined;
    });
    thread.on('error', (error: Error) => lost(error.message));
    thread.on('exit', () => { if (worker === thread) lost('the thread of the diagnosis ended'); });
    return (worker = thread);
  };

  async function judge(fabric: Fabric, now: number): Promise<Judgement> {
    if (closed) throw new Error('closed');
    const thread = started();
    const post = (message: ToDoctor): void => thread.postMessage(message);
    let began = performance.now();
    for (const [name, {spec, access, readings}] of fabric.hosts) {
      const difference = differences(sent.get(`host ${name}`), access, readings);
      if (!difference) continue;
      post({kind: 'host', name, spec, access, ...difference});
      sent.set(`host ${name}`, {access, readings});
      if (performance.now() - began < sliceMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      began = performance.now();
    }
    if (fabric.cloud) {
      const {endpoint, access, readings} = fabric.cloud;
      const difference = differences(sent.get('cloud'), access, readings);
      if (difference) post({kind: 'cloud', endpoint, access, ...difference});
      sent.set('cloud', {access, readings});
    } else sent.delete('cloud');
    for (const key of sent.keys()) if (key.startsWith('host ') && !fabric.hosts.has(key.slice(5))) sent.delete(key);
    waiting = Promise.withResolvers();
    post({kind: 'judge', name: fabric.name, expectVteps, hosts: [...fabric.hosts.keys()], cloud: fabric.cloud !== undefined, at: fabric.at, now});
    return waiting.promise;
  }

  return {
    judge,
    close: () => {
      closed = true;
      const thread = worker;
      lost('closed');
      void thread?.terminate();
    },
  };
}

/** What has to be sent; undefined: nothing is another than it was. */
function differences<T extends object>(before: {readonly access: object; readonly readings: Readonly<Record<string, unknown>>} | undefined, access: object, readings: T): {readonly readings: T; readonly gone: readonly string[]} | undefined {
  const known = before?.readings ?? {};
  const changed = Object.entries(readings).filter(([key, value]) => value !== known[key]);
  const gone = Object.keys(known).filter((key) => !(key in readings));
  if (before?.access === access && changed.length === 0 && gone.length === 0) return undefined;
  return {readings: Object.fromEntries(changed) as T, gone};
}
