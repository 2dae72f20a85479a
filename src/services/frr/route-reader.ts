/** Reads routes on demand: one question from the list, streamed into a thread of its own, a table back without a copy. */
import {Worker} from 'node:worker_threads';
import type {HostReadings} from '../../model/fabric.ts';
import type {Problem} from '../../model/reading.ts';
import type {RouteTable} from '../../model/route-table.ts';
import type {HostSession} from '../session.ts';
import {routeQuestion} from './commands.ts';
import {refusal} from './refusal.ts';
import {narrowed, routeTable, tableOf} from './route-columns.ts';
import type {FromWorker, ToWorker} from './route-worker.ts';

export type RoutesRead =
  | {readonly ok: true; readonly table: RouteTable; readonly at: number; readonly command: string; readonly tookMs: number}
  | {readonly ok: false; readonly problem: Problem};

const MiB = 1024 * 1024;
const limits = {text: 512 * MiB, json: 128 * MiB};
const deadlineS = 90;

// From source the worker is a .ts file too; in the bundle it is an entry beside the chunk that this code is in.
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './route-worker.ts' : './route-worker.js', import.meta.url);

/** The routes of a scope, read from a host now. Never rejects. Size it first (the summary says how many there are). */
export async function readRoutes(
  session: HostSession,
  host: {readonly readings: HostReadings},
  scope: {readonly type?: number; readonly rd?: string; readonly vni?: number},
  signal?: AbortSignal,
): Promise<RoutesRead> {
  const question = routeQuestion(scope, host.readings['frr.version']?.value);
  if ('kind' in question) return {ok: false, problem: question};
  const started = performance.now();
  const thread = new RouteThread();
  try {
    const section = {id: 'frr.routes', script: question.script, deadlineS, maxBytes: limits[question.form]};
    const result = await session.stream(section, (chunk) => thread.feed(chunk), signal);
    if (!result.ok) return {ok: false, problem: result.problem};
    const said = refusal({...result.output, stdout: ''}, 'EVPN routes', 'bgpd');
    // With an unknown command the words are on stdout, which only the thread has seen.
    if (said && said.kind !== 'failed') return {ok: false, problem: said};
    const read = await thread.table(question.form);
    if (!read.ok) return {ok: false, problem: said && read.problem.kind === 'garbled' ? said : read.problem};
    const table = question.wider ? narrowed(read.table, read.table.select(scope)) : read.table;
    return {ok: true, table, at: Date.now(), command: question.script, tookMs: performance.now() - started};
  } finally {
    await thread.close();
  }
}

/** The worker for one answer. */
export class RouteThread {
  private readonly worker = new Worker(workerUrl);
  private readonly answer: Promise<FromWorker>;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.worker.once('message', resolve);
      this.worker.once('error', reject);
      this.worker.once('exit', () => reject(new Error('the thread that reads routes ended')));
    });
    // Awaited in table(); when that is never called, an early end is no unhandled rejection.
    this.answer.catch(() => undefined);
  }

  /** Copies the chunk (ssh2 hands out slices of shared buffers), then gives the copy away. */
  feed(chunk: Uint8Array): void {
    const own = new Uint8Array(chunk);
    this.worker.postMessage({chunk: own} satisfies ToWorker, [own.buffer]);
  }

  async table(form: 'text' | 'json'): Promise<{readonly ok: true; readonly table: RouteTable} | {readonly ok: false; readonly problem: Problem}> {
    this.worker.postMessage({end: form} satisfies ToWorker);
    try {
      const answer = await this.answer;
      if (!answer.reading.ok) return {ok: false, problem: answer.reading.problem};
      return {ok: true, table: answer.form === 'text' ? routeTable(answer.reading.value) : tableOf(answer.reading.value)};
    } catch (error) {
      return {ok: false, problem: {kind: 'garbled', detail: `EVPN routes: ${(error as Error).message}`}};
    }
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
