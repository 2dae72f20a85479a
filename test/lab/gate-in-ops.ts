/**
 * A gate on the lab, held open inside the `ops` namespace: `node gate-in-ops.ts INVENTORY SSH_CONFIG ENDPOINT`. A line of
 * JSON in is one order; a line out its answer. Ends with its standard input.
 */
import {createInterface} from 'node:readline';
import {asData} from '../../src/cli/act-run.ts';
import {openGate} from '../../src/cli/act-gate.ts';
import {flightsOf} from '../../src/cli/flight-keeper.ts';
import {processIo} from '../../src/cli/io.ts';
import {settle} from '../../src/cli/settle.ts';
import type {Params, RunResult} from '../../src/model/action.ts';
import type {Flight} from '../../src/model/flight.ts';

export interface Order {
  readonly act?: string;
  readonly resume?: string;
  readonly params?: Params;
}
export interface Answer {
  readonly prepared: {readonly preflight: readonly {readonly name: string; readonly outcome: string; readonly says: string}[]; readonly wrong: readonly string[]} | null;
  readonly result: RunResult;
  readonly flight: Flight | null;
  readonly tookMs: number;
}

if (process.argv[1] === import.meta.filename) {
  const [, , inventory = '', sshConfig = '', endpoint = ''] = process.argv;
  const io = processIo();
  const {gate, opened, journal} = openGate({inventory, sshConfig, endpoint, color: false}, io);
  await settle(opened.source, opened);
  process.stdout.write('ready\n');
  for await (const line of createInterface({input: process.stdin})) {
    const order = JSON.parse(line) as Order;
    const began = performance.now();
    const prepared = order.act === undefined ? undefined : await gate.prepare(order.act, order.params ?? {});
    const result = prepared ? await gate.run(prepared) : await gate.resume(order.resume ?? '');
    const flight = result.run === undefined ? undefined : flightsOf(journal, opened.target.name, io).find(result.run);
    process.stdout.write(`${JSON.stringify({prepared: prepared ? asData(prepared) : null, result, flight: flight ?? null, tookMs: Math.round(performance.now() - began)})}\n`);
  }
  await opened.close();
}
