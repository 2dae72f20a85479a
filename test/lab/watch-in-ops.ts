/**
 * A running fabric inside the `ops` namespace: `node watch-in-ops.ts INVENTORY SSH_CONFIG`. Prints a JSON line for each
 * new state: what each host's access and readings are. A line `refresh` on standard input lifts refusals; its end ends it.
 */
import {createInterface} from 'node:readline';
import {processIo} from '../../src/cli/io.ts';
import {openTarget} from '../../src/cli/run-fabric.ts';
import {importInventory} from '../../src/config/inventory.ts';

export interface Watched {
  readonly at: number;
  readonly heapMB: number;
  readonly hosts: Readonly<Record<string, {phase: string; problem: string | null; readings: Readonly<Record<string, {at: number | null; since: number | null; problem: string | null; detail: string | null}>>}>>;
}

if (process.argv[1] === import.meta.filename) {
  const [, , inventory = '', sshConfig = ''] = process.argv;
  const opened = openTarget({name: 'lab', hosts: importInventory(inventory).hosts, cloud: undefined, sshConfig, asn: undefined, refreshMs: {fast: 500, medium: 1500, slow: 5000}}, processIo());
  opened.source.subscribe(() => {
    const hosts = Object.fromEntries([...opened.source.current().hosts].map(([name, {access, readings}]) => [name, {
      phase: access.phase,
      problem: access.problem?.kind ?? null,
      readings: Object.fromEntries(Object.values(readings).map((o) => [o.probe, {at: o.at ?? null, since: o.since ?? null, problem: o.problem?.kind ?? null, detail: o.problem?.detail ?? null}])),
    }]));
    process.stdout.write(`${JSON.stringify({at: Date.now(), heapMB: process.memoryUsage().heapUsed / 1e6, hosts} satisfies Watched)}\n`);
  });
  createInterface({input: process.stdin}).on('line', () => opened.source.refresh()).on('close', () => void opened.close());
}
