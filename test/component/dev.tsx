/** The console on made-up readings: to look at in a terminal, and to be ended in every way by run-console.test.ts. */
import process from 'node:process';
import {resources} from '../../src/rows/catalogue.ts';
import {runConsole} from '../../src/screens/run-console.tsx';
import {FakeSource, routeTable, start} from './fake-source.ts';

const source = new FakeSource();
source.cost = {paths: 100_000, heavy: true, sentence: 'about 100,000 paths, 16 MB; bgpd answers nobody else for 0.3 s'};
source.read = async () => ({ok: true, table: routeTable(100_000), at: start, command: 'show bgp l2vpn evpn', tookMs: 480});

const [way] = process.argv.slice(2);
const soon = (act: () => void): void => void setTimeout(act, 500);
if (way === 'throw') soon(() => { throw new Error('thrown on purpose'); });
if (way === 'reject') soon(() => void Promise.reject(new Error('rejected on purpose')));
if (way === 'row') soon(() => source.put(new Map([['kvm1', undefined as never]])));
const given = way === 'source' ? Promise.reject(new Error('no such context')) : way === 'never' ? new Promise<FakeSource>(() => undefined) : way === 'late' ? new Promise<FakeSource>((resolve) => soon(() => resolve(source))) : source;
try {
  await runConsole({source: given, resources, name: 'prod', now: () => start});
  process.stdout.write('AFTER THE CONSOLE\n');
  process.exit(0);
} catch (error) {
  process.stderr.write(`CAUGHT ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(3);
}
