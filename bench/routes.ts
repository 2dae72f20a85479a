/** The big route table: 100,000 type-2 routes, text against JSON.parse of the same routes, as FRR 8.4.4 prints them. */
import {pathToFileURL} from 'node:url';
import {routeTable} from '../src/services/frr/route-columns.ts';
import {RouteParser} from '../src/services/frr/route-parser.ts';
import {RouteThread} from '../src/services/frr/route-reader.ts';
import {judged} from '../src/services/frr/routes-text.ts';
import {routesAsJson, routesAsText, syntheticRoutes} from './synthetic-routes.ts';
import type {Measured} from './measured.ts';

const routes = 100_000;
const chunkSize = 32 * 1024; // what a channel of ssh2 hands over

/** Figures: ratios and ms; each with the limit it has to hold. Timings are the best of several runs: the machine is shared. */
export async function routesBench(): Promise<readonly Measured[]> {
  const parts = syntheticRoutes(routes);
  const text = Buffer.from(routesAsText(parts));
  const measured: Measured[] = [];
  const add = (name: string, figure: number, limit: number): void => {
    measured.push({name, figure: Math.round(figure * 100) / 100, limit, ok: figure <= limit});
  };

  const peak = await peakMemory(text);
  const json = routesAsJson(parts);
  const jsonMs = best(3, () => JSON.parse(json));
  const textMs = best(7, () => parse(text));
  add(`parse ${routes} routes, ${(text.length / 1e6).toFixed(1)} MB text ${textMs.toFixed(0)} ms / ${(json.length / 1e6).toFixed(1)} MB JSON.parse ${jsonMs.toFixed(0)} ms`, textMs / jsonMs, 1 / 3);
  add('peak memory of a read through the thread, multiples of the text', peak.bytes / text.length, 4);
  add('longest pause of the main thread during that read, ms', peak.pauseMs, 50);

  const table = parse(text);
  if (table.length !== routes || table.prefixes !== routes) throw new Error(`the table has ${table.length} paths, ${table.prefixes} prefixes`);
  const wanted = table.at(routes >> 1);
  const selections: readonly (readonly [string, Parameters<typeof table.select>[0]])[] = [
    ['by VNI', {vni: wanted.vni!}],
    ['by RD and type', {rd: wanted.rd, type: 2}],
    ['by MAC', {mac: wanted.mac!}],
    ['by text that all have', {text: '02:'}],
    ['by text that one has', {text: wanted.mac!.slice(3)}],
    ['by text that none has', {text: 'nowhere'}],
  ];
  for (const [name, filter] of selections) {
    if (name !== 'by text that none has' && table.select(filter).length === 0) throw new Error(`nothing found ${name}`);
    add(`select ${name}, ms`, best(5, () => table.select(filter)), 10);
  }
  return measured;
}

function parse(text: Buffer): ReturnType<typeof routeTable> {
  const parser = new RouteParser();
  for (let at = 0; at < text.length; at += chunkSize) parser.feed(text.subarray(at, at + chunkSize));
  const reading = judged(parser.finish(), text.length);
  if (!reading.ok) throw new Error(reading.problem.detail);
  return routeTable(reading.value);
}

/** Growth of the resident set while the text streams into the thread and the table comes back; the text itself not counted. */
async function peakMemory(text: Buffer): Promise<{readonly bytes: number; readonly pauseMs: number}> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let highest = before;
  let pauseMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    pauseMs = Math.max(pauseMs, now - last - 2);
    last = now;
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 2);
  const thread = new RouteThread();
  for (let at = 0; at < text.length; at += chunkSize) {
    thread.feed(text.subarray(at, at + chunkSize));
    if ((at / chunkSize) % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const read = await thread.table('text');
  highest = Math.max(highest, process.memoryUsage().rss);
  clearInterval(timer);
  await thread.close();
  if (!read.ok || read.table.length !== routes) throw new Error('the thread returned another table');
  return {bytes: highest - before, pauseMs};
}

function best(runs: number, work: () => unknown): number {
  let ms = Infinity;
  for (let i = 0; i < runs; i++) {
    const started = performance.now();
    work();
    ms = Math.min(ms, performance.now() - started);
  }
  return ms;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const results = await routesBench();
  for (const {name, figure, limit, ok} of results) console.log(`${ok ? 'ok  ' : 'FAIL'} ${String(figure).padStart(8)}  limit ${limit.toFixed(2).padStart(6)}  ${name}`);
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
}
