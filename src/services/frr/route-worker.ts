/** Entry of the thread that reads big route tables, so that no key press waits for 16 MB of text. */
import {parentPort} from 'node:worker_threads';
import type {EvpnRoute} from '../../model/frr.ts';
import type {Reading} from '../../model/reading.ts';
import {transferables, type RouteColumns} from './route-columns.ts';
import {RouteParser} from './route-parser.ts';
import {parseRoutesJson} from './routes-json.ts';
import {judged} from './routes-text.ts';

/** To the worker: chunks as they arrive (transferred), then the end. */
export type ToWorker = {readonly chunk: Uint8Array} | {readonly end: 'text' | 'json'};
/** From the worker, once. Columns are transferred. */
export type FromWorker = {readonly form: 'text'; readonly reading: Reading<RouteColumns>} | {readonly form: 'json'; readonly reading: Reading<readonly EvpnRoute[]>};

const port = parentPort;
if (port) {
  const parser = new RouteParser();
  const kept: Uint8Array[] = [];
  let form: 'text' | 'json' | undefined;
  let bytes = 0;
  port.on('message', (message: ToWorker) => {
    if ('chunk' in message) {
      const {chunk} = message;
      bytes += chunk.length;
      // The first byte tells the form; both are never mixed in one answer.
      form ??= /^\s*\{/.test(new TextDecoder().decode(chunk.subarray(0, 200))) ? 'json' : 'text';
      if (form === 'json') kept.push(chunk);
      else parser.feed(chunk);
    } else if (message.end === 'json' && form === 'json') {
      port.postMessage({form: 'json', reading: parseRoutesJson(Buffer.concat(kept).toString('utf8'))} satisfies FromWorker);
    } else {
      const reading = judged(parser.finish(), bytes);
      port.postMessage({form: 'text', reading} satisfies FromWorker, reading.ok ? transferables(reading.value) : []);
    }
  });
}
