/**
 * `node test/lab/random-lab.ts [COUNT] [SEED] [NAME]`: so many migrations on the lab (four hypervisors, twelve VMs in two
 * networks), drawn from a seed: most live, some cold, some that the driver fails, some that must be refused. After each,
 * the VM is looked for; every 25 and at the end every host is held against what the console says. Exits 1 when anything differs.
 * RANDOM_MINUTES: ends by then, with as many as there were.
 */
import {down, up} from '../../lab/lab.ts';
import {control} from '../../lab/opennebula/control.ts';
import {consoleInOps, type Console} from './console-in-ops.ts';
import {drawn} from './drawn.ts';
import {callOne, hypervisorId, placeByOne} from './one.ts';
import {placement} from './placed.ts';
import {until} from './reach.ts';

type Kind = 'live' | 'cold' | 'failing' | 'to itself' | 'to a disabled host';

const [, , count = '200', seed = '1', name = 'fc'] = process.argv;
const random = drawn(Number(seed));
const endsAt = performance.now() + Number(process.env['RANDOM_MINUTES'] ?? Infinity) * 60_000;
/** FRR takes a MAC for a duplicate with 5 moves in 180 s. */
const windowMs = 190_000;
const movesInWindow = 3;

const kindOf = (turn: number): Kind => (turn < 76 ? 'live' : turn < 84 ? 'cold' : turn < 92 ? 'failing' : turn < 96 ? 'to itself' : 'to a disabled host');

interface Get<T> {
  readonly items: readonly T[];
}

/** What the console says at the end, from the command line: VM id → host, after it has agreed with itself. */
async function saidAtLast(console_: Console): Promise<{readonly vms: Map<number, string>; readonly wrong: readonly string[]}> {
  const get = async <T>(words: string): Promise<readonly T[]> => {
    const {code, stdout, stderr} = await console_.cli(`get ${words} -o json`);
    if (code !== 0) throw new Error(`get ${words}: exit ${code}: ${stderr}`);
    return (JSON.parse(stdout) as Get<T>).items;
  };
  const vms = await get<{id: number; name: string; host: string | null; state: string}>('vms');
  const macs = await get<{vm: number | null; localAt: string[]; duplicate: boolean; locations: {evpn: string | null; remoteVtep: string | null}[]}>('macs');
  const wrong: string[] = [];
  for (const {id, name: vm, host, state} of vms.filter((one) => one.id !== 0)) {
    const mac = macs.find((one) => one.vm === id);
    if (state !== 'RUNNING') wrong.push(`the console has ${vm} in state ${state}`);
    if (mac?.localAt.join() !== host) wrong.push(`the console has ${vm} on ${host}, and its MAC local on ${mac?.localAt.join(' and ') ?? 'nowhere'}`);
    if (mac?.duplicate) wrong.push(`the console has the MAC of ${vm} as a duplicate`);
    const vteps = new Set(mac?.locations.filter(({evpn}) => evpn === 'remote').map(({remoteVtep}) => remoteVtep));
    if (vteps.size > 1) wrong.push(`the console has ${vm} at ${[...vteps].join(' and ')}`);
  }
  return {vms: new Map(vms.map(({id, host}) => [id, host ?? 'no host'])), wrong};
}

await down(name);
const lab = await up({name, hosts: 4, vnis: [2, 3], vms: 12, opennebula: {routerPollMs: 30_000}});
let turns = 0;
let differ = 0;
const wrong = (says: string): void => {
  differ++;
  console.log(`WRONG: ${says}`);
};
const tally = new Map<string, number>();
const took: number[] = [];
try {
  await lab.converge();
  const operator = consoleInOps(lab);
  const began = performance.now();
  const moved = new Map<number, number[]>(); // when each VM changed its place
  const said = new Map(lab.plan().vms.map(({id, host}) => [id, host]));
  const hosts = lab.plan().machines.filter(({role}) => role === 'hypervisor').map((machine) => machine.name);
  const restful = () => lab.plan().vms.filter(({id}) => (moved.get(id) ?? []).filter((at) => at > performance.now() - windowMs).length < movesInWindow);
  for (let turn = 1; turn <= Number(count) && performance.now() < endsAt; turn++) {
    turns = turn;
    await until('a VM may move again', () => Promise.resolve(restful().length > 0), windowMs);
    const possible = restful();
    const vm = possible[random(possible.length)]!;
    const kind = kindOf(random(100));
    const from = said.get(vm.id)!;
    const others = hosts.filter((host) => host !== from);
    const to = kind === 'to itself' ? from : others[random(others.length)]!;
    if (kind === 'failing') await control(name, {do: 'order', order: {vm: vm.id, action: 'migrate', outcome: 'fail', ms: random(400)}});
    if (kind === 'to a disabled host') await callOne(lab, 'one.host.status', hypervisorId(lab, to), 1);
    const order = {act: kind === 'cold' ? 'vm.migrate' : 'vm.migrate-live', params: {vm: vm.name, host: to}};
    let answer = await operator.ask(order);
    // A host that has just been enabled is offered once the console has read the hosts again, as it does on its own.
    for (let tries = 0; kind !== 'to itself' && kind !== 'to a disabled host' && answer.result.because === 'parameters' && tries < 30; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      answer = await operator.ask(order);
    }
    const {result, tookMs, prepared} = answer;
    if (kind === 'to a disabled host') {
      await callOne(lab, 'one.host.status', hypervisorId(lab, to), 0);
      await until(`${to} is monitored`, async () => (await callOne(lab, 'one.host.info', hypervisorId(lab, to))).includes('<STATE>2</STATE>'), 60_000);
    }
    const wanted = kind === 'live' || kind === 'cold' ? 'done' : kind === 'failing' ? 'failed' : 'refused';
    if (wanted === 'done') moved.set(vm.id, [...(moved.get(vm.id) ?? []), performance.now()]);
    // What the console says of the run is where the VM is said to be.
    if (result.status === 'done') said.set(vm.id, to);
    const now = await placeByOne(lab, vm.id);
    const key = `${kind}: ${result.status}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    if (kind === 'live' && result.status === 'done') took.push(tookMs);
    console.log(`${turn} ${vm.name} ${from} > ${to} ${kind}: ${result.status}, ${(tookMs / 1000).toFixed(1)} s`);
    if (result.status !== wanted) wrong(`${result.status}, not ${wanted}: ${result.says}; ${[...(prepared?.preflight ?? []), ...result.verified].filter(({outcome}) => outcome === 'fail' || outcome === 'unknown').map((one) => one.says).join('; ')}`);
    if (now.state !== '3/3' || now.host !== said.get(vm.id)) {
      wrong(`OpenNebula has it in state ${now.state} on ${now.host}, the console on ${said.get(vm.id)}`);
      if (now.host) said.set(vm.id, now.host);
    }
    if (turn % 25 === 0) (await placement(lab, said)).wrong.forEach(wrong);
  }
  const minutes = (performance.now() - began) / 60_000;
  const last = await saidAtLast(operator);
  last.wrong.forEach(wrong);
  for (const [id, host] of said) if (last.vms.get(id) !== host) wrong(`the console has VM ${id} on ${last.vms.get(id)}, its runs left it on ${host}`);
  const found = await placement(lab, last.vms);
  found.wrong.forEach(wrong);
  await operator.close();
  took.sort((a, b) => a - b);
  console.log([...tally].sort().map(([key, n]) => `${String(n).padStart(4)} ${key}`).join('\n'));
  console.log(`live: median ${((took[took.length >> 1] ?? 0) / 1000).toFixed(1)} s, longest ${((took.at(-1) ?? 0) / 1000).toFixed(1)} s; ${minutes.toFixed(1)} minutes in all`);
  console.log(`at the end ${found.looked} comparisons, ${found.wrong.length} differ; ${found.beside.length} entries beside a local MAC`);
} finally {
  const {left} = await down(name);
  if (left.length > 0) wrong(`left over: ${left.join(', ')}`);
}
console.log(`${turns} migrations, seed ${seed}: ${differ} differ`);
process.exitCode = differ === 0 ? 0 : 1;
