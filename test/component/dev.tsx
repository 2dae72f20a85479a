/** The console on made-up readings, to look at: bundle with scripts of your own, run in a terminal. */
import {resources} from '../../src/rows/catalogue.ts';
import {runConsole} from '../../src/screens/run-console.tsx';
import {FakeSource, routeTable, start} from './fake-source.ts';

const source = new FakeSource();
source.cost = {paths: 100_000, heavy: true, sentence: 'about 100,000 paths, 16 MB; bgpd answers nobody else for 0.3 s'};
source.read = async () => ({ok: true, table: routeTable(100_000), at: start, command: 'show bgp l2vpn evpn', tookMs: 480});
await runConsole({source, resources, name: 'prod', now: () => start});
