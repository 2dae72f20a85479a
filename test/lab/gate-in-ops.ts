/**
 * A gate on the lab, held open inside the `ops` namespace: `node gate-in-ops.ts INVENTORY SSH_CONFIG ENDPOINT`. A line of
 * JSON in is one order; a line out its answer. Ends with its standard input.
 */
import {createInterface} from 'node:readline';
import type {Prepared} from '../../src/actions/gate.ts';
import {createDiagnoser} from '../../src/checks/diagnose.ts';
import {flatten} from '../../src/checks/fold.ts';
import {asData} from '../../src/cli/act-run.ts';
import {openGate} from '../../src/cli/act-gate.ts';
import {settling} from '../../src/cli/diagnose.ts';
import {flightsOf} from '../../src/cli/flight-keeper.ts';
import {processIo} from '../../src/cli/io.ts';
import {settle} from '../../src/cli/settle.ts';
import type {Params, RunResult} from '../../src/model/action.ts';
import type {Flight} from '../../src/model/flight.ts';

/** `act` prepares and runs at once; `prepare` keeps what it has prepared until `run`; `resume` is of a run in the journal. */
export interface Order {
  readonly act?: string;
  readonly prepare?: string;
  readonly run?: true;
  readonly resume?: string;
  readonly params?: Params;
}
export interface Answer {
  readonly prepared: {readonly preflight: readonly {readonly name: string; readonly outcome: string; readonly says: string}[]; readonly wrong: readonly string[]} | null;
  readonly result: RunResult;
  readonly flight: Flight | null;
  readonly tookMs: number;
}
/** What is wrong, of everything read anew, with the action that is proposed. */
export interface Found {
  readonly id: string;
  readonly says: string;
  readonly action: {readonly id: string; readonly params: Params} | null;
}

if (process.argv[1] === import.meta.filename) {
  const [, , inventory = '', sshConfig = '', endpoint = ''] = process.argv;
  const io = processIo();
  const {gate, opened, journal} = openGate({inventory, sshConfig, endpoint, color: false}, io);
  const answer = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
  await settle(opened.source, opened);
  answer('ready');
  let kept: Prepared | undefined;
  for await (const line of createInterface({input: process.stdin})) {
    if (line === 'findings') {
      answer(await findings());
      continue;
    }
    const order = JSON.parse(line) as Order;
    const began = performance.now();
    const id = order.act ?? order.prepare;
    const prepared = order.run ? kept : id === undefined ? undefined : await gate.prepare(id, order.params ?? {});
    kept = prepared;
    const result = order.prepare !== undefined ? null : prepared ? await gate.run(prepared) : await gate.resume(order.resume ?? '');
    const flight = result?.run === undefined ? undefined : flightsOf(journal, opened.target.name, io).find(result.run);
    answer({prepared: prepared ? asData(prepared) : null, result, flight: flight ?? null, tookMs: Math.round(performance.now() - began)});
  }
  await opened.close();

  async function findings(): Promise<readonly Found[]> {
    const since = Date.now();
    opened.source.refresh();
    const {fabric} = await settle(opened.source, {...settling(opened), since, deadlineMs: 30_000});
    const {causes} = createDiagnoser({hold: false})(fabric, Date.now());
    return [...flatten(causes)].map(({id, says, remedy}) => ({id, says, action: remedy?.action ?? null}));
  }
}
