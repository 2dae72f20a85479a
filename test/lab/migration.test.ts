/** Live migrations on the lab, by the command line: both ways with the gap measured, and each way in which one can go wrong. */
import {spawn} from 'node:child_process';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {applyFault, undoFault} from '../../lab/faults/index.ts';
import {down, up, type Lab} from '../../lab/lab.ts';
import {control} from '../../lab/opennebula/control.ts';
import type {Vm} from '../../lab/plan.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {consoleInOps, type Console} from './console-in-ops.ts';
import type {Answer} from './gate-in-ops.ts';
import {evpnMacs} from './independent.ts';
import {callOne, migrateByOne, placeByOne} from './one.ts';
import {until} from './reach.ts';

const why = whyNoLab();
const name = 'fj';

describe.skipIf(why)(`live migration on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let lab: Lab;
  let operator: Console;

  beforeAll(async () => {
    await down(name);
    lab = await up({name, hosts: 3, vnis: [2], vms: 9, opennebula: {routerPollMs: 1000}});
    await lab.converge();
    operator = consoleInOps(lab);
  });
  afterAll(async () => {
    await operator?.close();
    expect((await down(name)).left).toEqual([]);
  });

  /**
   * Every test has a VM of its own, on the host that it names, in a fabric that is well: none goes by where another left
   * it, and FRR does not take one that moves on and on for a duplicate.
   */
  async function ready(vm: string, host: string): Promise<Vm> {
    await lab.converge(60_000);
    const {id, host: now} = vmNamed(vm);
    if (now !== host) {
      await migrateByOne(lab, id, host);
      await lab.converge(60_000);
    }
    return vmNamed(vm);
  }
  const vmNamed = (vm: string): Vm => lab.plan().vms.find((one) => one.name === vm)!;
  /** After a fault the preflight refuses until the console has seen that all is well again: then it is asked anew. */
  async function migrate({name: vm}: Vm, host: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const end = performance.now() + 100_000;
    for (;;) {
      const answer = await operator.ask({act: 'vm.migrate-live', params: {vm, host, ...more}});
      if (answer.result.because !== 'preflight') return answer;
      if (performance.now() > end) throw new Error(`refused still: ${answer.prepared?.preflight.filter(({outcome}) => outcome === 'fail' || outcome === 'unknown').map(({name: what, says}) => `${what}: ${says}`).join('; ')}`);
    }
  }
  const inMigrate = ({id}: Vm) => until(`VM ${id} is MIGRATE`, async () => (await placeByOne(lab, id)).state === '3/4', 120_000);
  /** By the lab's own state and by zebra, not by the console. */
  async function isOn({name: vm, mac}: Vm, host: string): Promise<void> {
    expect(vmNamed(vm).host).toBe(host);
    await until(`zebra of ${host} has ${vm} as its own`, async () => (await evpnMacs(lab, host)).find((one) => one.mac === mac)?.kind === 'local');
  }
  const order = ({id}: Vm, outcome: 'fail' | 'slow' | 'stuck', ms?: number) => control(name, {do: 'order', order: {vm: id, action: 'migrate', outcome, ...(ms !== undefined && {ms})}});

  it.each([['vm1', 'kvm1', 'kvm2'], ['vm2', 'kvm2', 'kvm1']])('%s from %s to %s: everything is seen, and the gap is that of a ping beside it', async (which, from, to) => {
    const vm = await ready(which, from);
    const [command = '', ...prefix] = lab.prefix('vr');
    const ping = spawn(command, [...prefix, 'ping', '-n', '-D', '-i', '0.1', vm.address]);
    let output = '';
    ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const {result, flight} = await migrate(vm, to, {ping: 'yes'});
    ping.kill('SIGINT');
    expect([result.status, result.says]).toEqual(['done', 'done, and the fabric shows it']);
    await isOn(vm, to);
    const times = [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes/gm)].map((match) => Number(match[1]) * 1000);
    const gap = Math.max(...times.map((at, i) => at - (times[i - 1] ?? at))) - 100;
    const record = flight!;
    console.log(`${record.from} > ${record.to}: ${record.downtime?.says}; beside it ${gap.toFixed(0)} ms`);
    expect(record).toMatchObject({to, live: true, status: 'done', downtime: {by: 'ping'}});
    expect(Math.abs(record.downtime!.ms - gap)).toBeLessThan(250);
    expect(record.downtime!.ms).toBeLessThan(1500);
    // Every VTEP and the reflector were seen to follow, and OpenNebula to go through MIGRATE.
    for (const [source, kind, text] of [['OpenNebula', 'state', /^MIGRATE from/], [to, 'fdb', new RegExp(`^entry behind ${vm.tap}`)], ['kvm3', 'fdb', new RegExp(`^entry to ${to} `)], ['kvm3', 'route', new RegExp(`^zebra: at ${to} `)], ['ingress', 'route', new RegExp(`^type-2 route: ${to} .*, mobility \\d`)]] as const) {
      expect(record.events.filter((event) => event.source === source && event.kind === kind).map((event) => event.text), `${source} ${kind}`).toContainEqual(expect.stringMatching(text));
    }
    expect(record.phases.map((phase) => phase.name)).toEqual(['getting ready', 'OpenNebula moves it', 'the overlay follows', 'verifying']);
  });

  it('the driver fails: OpenNebula says success and RUNNING, on the source; that is a failure', async () => {
    const vm = await ready('vm4', 'kvm1');
    await order(vm, 'fail', 200);
    const {result} = await migrate(vm, 'kvm2');
    expect(result.status).toBe('failed');
    expect(result.says).toMatch(/answered success, but the driver failed: VM 4 vm4 is RUNNING on kvm1 again, .*\/var\/log\/one\/4\.log/);
    await isOn(vm, 'kvm1');
  });

  it('stuck in MIGRATE: said so, and recovered with what the hosts show; the other end is refused', async () => {
    const vm = await ready('vm4', 'kvm1');
    await order(vm, 'stuck');
    const {result} = await migrate(vm, 'kvm2', {timeout: '2'});
    expect(result.status).toBe('failed');
    expect(result.says).toMatch(/stuck: VM 4 vm4 is still MIGRATE after \d+ s; the hosts show one-4-0 on kvm1, no tap of it on kvm2; .*vm recover 4/);
    const wrong = await operator.ask({act: 'vm.recover', params: {vm: 'vm4', how: 'success'}});
    expect([wrong.result.status, wrong.prepared?.preflight.find(({outcome}) => outcome === 'fail')?.says]).toEqual(['refused', expect.stringContaining('its tap is on kvm1, not on kvm2')]);
    expect((await operator.ask({act: 'vm.recover', params: {vm: 'vm4', how: 'failure'}})).result).toMatchObject({status: 'done', verified: [{outcome: 'pass', says: 'VM 4 vm4 is RUNNING on kvm1'}]});
    await isOn(vm, 'kvm1');
  });

  it('the target dies midway', async () => {
    const vm = await ready('vm7', 'kvm1');
    await order(vm, 'stuck');
    const running = migrate(vm, 'kvm2', {timeout: '6'});
    await inMigrate(vm);
    await applyFault(lab, 'host-unplugged', 'kvm2');
    try {
      const {result, flight} = await running;
      expect(result.status).toBe('failed');
      expect(result.says).toMatch(/stuck: .*; lost: kvm2 \(/);
      expect(flight?.events).toContainEqual(expect.objectContaining({source: 'kvm2', kind: 'watch', text: expect.stringContaining('not heard any more') as unknown}));
    } finally {
      await undoFault(lab, 'host-unplugged');
    }
    await callOne(lab, 'one.vm.recover', vm.id, 0);
    await isOn(vm, 'kvm1');
  });

  it('oned cannot be reached midway: nobody can tell, but for the hosts; verified when it is back', async () => {
    const vm = await ready('vm3', 'kvm3');
    await order(vm, 'slow', 1500);
    const running = migrate(vm, 'kvm1', {timeout: '5'});
    await inMigrate(vm);
    await control(name, {do: 'break', fault: 'one-unreachable'});
    let run: string | undefined;
    try {
      const {result} = await running;
      run = result.run;
      expect(result).toMatchObject({status: 'uncertain'});
      expect(result.says).toMatch(/OpenNebula does not answer .*; the hosts show no tap of it on kvm3, one-3-0 on kvm1/);
    } finally {
      await control(name, {do: 'mend', fault: 'one-unreachable'});
    }
    expect((await operator.ask({resume: run!})).result).toMatchObject({status: 'done'});
    await isOn(vm, 'kvm1');
  });

  it('the source loses its link: back on it, and the lost host is named', async () => {
    const vm = await ready('vm5', 'kvm2');
    await order(vm, 'fail', 6000);
    const running = migrate(vm, 'kvm1');
    await inMigrate(vm);
    await applyFault(lab, 'host-unplugged', 'kvm2');
    try {
      const {result} = await running;
      expect(result.status).toBe('failed');
      expect(result.says).toMatch(/driver failed: VM 5 vm5 is RUNNING on kvm2 again.*; lost: kvm2 \(/);
    } finally {
      await undoFault(lab, 'host-unplugged');
    }
    await isOn(vm, 'kvm2');
  });

  it('an entry that is left behind on a third host is found', async () => {
    const vm = await ready('vm8', 'kvm2');
    await order(vm, 'slow', 300);
    const [command = '', ...prefix] = lab.prefix('kvm3');
    const spoiler = spawn(command, [...prefix, 'sh', '-c', `while :; do bridge fdb replace ${vm.mac} dev wg0.2 dst 192.168.0.3 self extern_learn; sleep 0.1; done`], {stdio: 'ignore'});
    try {
      const {result} = await migrate(vm, 'kvm1');
      expect(result.status).toBe('unverified');
      expect(result.verified.filter(({outcome}) => outcome === 'fail').map(({name: what, says}) => [what, says])).toContainEqual(['no stale entry is left', expect.stringContaining(`an entry on kvm3 still leads ${vm.mac} to kvm2`)]);
    } finally {
      spoiler.kill('SIGKILL');
      // zebra has told the kernel long ago: what was put in its place stays.
      await lab.exec('kvm3', `bridge fdb replace ${vm.mac} dev wg0.2 dst 192.168.0.2 self extern_learn`);
    }
    await isOn(vm, 'kvm1');
  });

  it('on the command line: exit codes, and the record shown again', async () => {
    const vm = await ready('vm9', 'kvm3');
    await order(vm, 'fail', 1500); // long enough to be seen in MIGRATE
    const failed = await operator.cli('migrate vm9 kvm2 --live --yes');
    expect([failed.code, failed.stderr]).toEqual([4, expect.stringContaining('driver failed')]);
    const run = /\(run (\S+)\)/.exec(failed.stderr)?.[1];
    const shown = await operator.cli(`flight show ${run} --width 100`);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout.split('\n')[0]).toBe('VM 9 vm9: kvm3 > kvm2, live: failed');
    expect(shown.stdout).toMatch(/ OpenNebula {2}state {2}MIGRATE from kvm3 to kvm2 \(3\/4, record \d+\)/);
    expect(Math.max(...shown.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
