/**
 * `node test/lab/random-migrations.ts [COUNT] [SEED]`: so many live migrations of the embedded fabric, drawn from a seed. After
 * each, what the console says is held against where the simulated fabric itself has the VM. Exits 1 when anything differs.
 * RANDOM_MINUTES: ends by then, with as many as there were.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startSimulator} from '../../src/simulator/index.ts';
import {openTestGate, targetOf} from './actions/gate.ts';
import {drawn} from './drawn.ts';

const [, , count = '200', seed = '1'] = process.argv;
const random = drawn(Number(seed));

const simulator = await startSimulator();
const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-random-'));
const {gate, opened} = await openTestGate(targetOf(simulator, simulator.hosts.map(({name}) => name)), folder);
let wrong = 0;
let turns = 0;
const tally = new Map<string, number>();
const endsAt = performance.now() + Number(process.env['RANDOM_MINUTES'] ?? Infinity) * 60_000;
try {
  const hosts = ['kvm_london', 'kvm_ncalifornia'];
  for (let turn = 1; turn <= Number(count) && performance.now() < endsAt; turn++) {
    turns = turn;
    const guests = simulator.world.guests.filter(({router}) => !router);
    const guest = guests[random(guests.length)]!;
    const before = guest.host;
    const sequence = guest.sequence;
    const host = random(8) === 0 ? before : hosts.find((one) => one !== before)!; // now and then to where it is: refused
    const result = await gate.run(await gate.prepare('vm.migrate-live', {vm: String(guest.id), host}));
    const after = simulator.world.guests.find(({id}) => id === guest.id)!;
    const said = result.status === 'done' ? host : before;
    const right = after.host === said && (host === before ? result.status === 'refused' && after.sequence === sequence : result.status === 'done' && after.sequence === sequence + 1);
    if (!right) wrong++;
    tally.set(result.status, (tally.get(result.status) ?? 0) + 1);
    console.log(`${turn} ${guest.name} ${before} > ${host}: ${result.status}, is on ${after.host}${right ? '' : `: WRONG: ${result.says}`}`);
  }
} finally {
  await opened.close();
  await simulator.close();
  rmSync(folder, {recursive: true, force: true});
}
console.log(`${turns} migrations (${[...tally].sort().map(([status, n]) => `${n} ${status}`).join(', ')}), seed ${seed}: ${wrong} differ`);
process.exitCode = wrong === 0 ? 0 : 1;
