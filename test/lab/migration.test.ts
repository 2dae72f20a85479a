/** Live migrations on the lab, by the command line: both ways with the gap measured, and each way in which one can go wrong. */
import {spawn, type ChildProcess} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface, type Interface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {applyFault, undoFault} from '../../lab/faults/index.ts';
import {down, up, type Lab} from '../../lab/lab.ts';
import {control} from '../../lab/opennebula/control.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {decodeResponse, encodeCall, type OneArgument} from '../../src/services/opennebula/envelope.ts';
import type {Answer, Order} from './gate-in-ops.ts';
import {evpnMacs} from './independent.ts';
import {until} from './reach.ts';

const why = whyNoLab();
const name = 'fj';
const entry = new URL('../../src/cli/entry.ts', import.meta.url).pathname;

describe.skipIf(why)(`live migration on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let lab: Lab;
  let folder: string;
  let secret: string;
  let gate: ChildProcess;
  let answers: ReturnType<Interface[typeof Symbol.asyncIterator]>;

  beforeAll(async () => {
    await down(name);
    lab = await up({name, hosts: 3, vnis: [2], opennebula: {routerPollMs: 1000}});
    await lab.converge();
    folder = mkdtempSync(join(tmpdir(), 'evpn-tui-flights-'));
    secret = readFileSync(lab.cloud()!.oneAuth, 'utf8').trim();
    const [command = '', ...prefix] = lab.prefix('ops');
    gate = spawn(command, [...prefix, 'sh', '-c', `exec env ${environment()} '${process.execPath}' '${join(import.meta.dirname, 'gate-in-ops.ts')}' '${lab.files.inventory}' '${lab.files.sshConfig}' ${endpoint()}`], {stdio: ['pipe', 'pipe', 'inherit']});
    answers = createInterface({input: gate.stdout!})[Symbol.asyncIterator]();
    expect(await next()).toBe('ready');
  });
  afterAll(async () => {
    gate?.stdin?.end();
    expect((await down(name)).left).toEqual([]);
    if (folder) rmSync(folder, {recursive: true});
  });

  const environment = (): string => {
    const cloud = lab.cloud()!;
    return `ONE_AUTH='${cloud.oneAuth}' ONE_XMLRPC=${endpoint()} HOME='${folder}' XDG_CONFIG_HOME='${folder}' XDG_STATE_HOME='${folder}' XDG_CACHE_HOME='${folder}'`;
  };
  const endpoint = (): string => readFileSync(lab.cloud()!.oneEndpoint, 'utf8').trim();
  /** The command line, where the operator sits. */
  const cli = (args: string) => lab.exec('ops', `exec env ${environment()} '${process.execPath}' '${entry}' --inventory '${lab.files.inventory}' --ssh-config '${lab.files.sshConfig}' ${args}`);
  const next = async (): Promise<string> => (await answers.next() as {value: string}).value;
  async function ask(order: Order): Promise<Answer> {
    gate.stdin!.write(`${JSON.stringify(order)}\n`);
    return JSON.parse(await next()) as Answer;
  }
  /** After a fault the preflight refuses until the console has seen that all is well again: then it is asked anew. */
  async function migrate(host: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const end = performance.now() + 60_000;
    for (;;) {
      const answer = await ask({act: 'vm.migrate-live', params: {vm: 'vm1', host, ...more}});
      if (answer.result.because !== 'preflight' || performance.now() > end) return answer;
    }
  }
  const call = async (method: string, ...args: OneArgument[]): Promise<string> => {
    const answer = await decodeResponse(Buffer.from(await control(name, {do: 'call', body: encodeCall(method, [secret, ...args])})));
    if (!answer.ok) throw new Error(answer.problem.detail);
    return String(answer.value);
  };
  const inMigrate = () => until('MIGRATE', async () => (await call('one.vm.info', 1)).includes('<LCM_STATE>4</LCM_STATE>'), 60_000);
  /** By the lab's own state and by zebra, not by the console. */
  async function isOn(host: string): Promise<void> {
    const vm = lab.plan().vms.find(({id}) => id === 1)!;
    expect(vm.host).toBe(host);
    expect((await evpnMacs(lab, host)).find(({mac}) => mac === vm.mac)?.kind).toBe('local');
  }
  const order = (outcome: 'fail' | 'slow' | 'stuck', ms?: number) => control(name, {do: 'order', order: {vm: 1, action: 'migrate', outcome, ...(ms !== undefined && {ms})}});

  it.each([['kvm2'], ['kvm1']])('to %s and back: everything is seen, and the gap is that of a ping beside it', async (to) => {
    const vm = lab.plan().vms.find(({id}) => id === 1)!;
    const [command = '', ...prefix] = lab.prefix('vr');
    const ping = spawn(command, [...prefix, 'ping', '-n', '-D', '-i', '0.1', vm.address]);
    let output = '';
    ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const {result, flight} = await migrate(to, {ping: 'yes'});
    ping.kill('SIGINT');
    expect([result.status, result.says]).toEqual(['done', 'done, and the fabric shows it']);
    await isOn(to);
    const times = [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes/gm)].map((match) => Number(match[1]) * 1000);
    const gap = Math.max(...times.map((at, i) => at - (times[i - 1] ?? at))) - 100;
    const record = flight!;
    console.log(`${record.from} > ${record.to}: ${record.downtime?.says}; beside it ${gap.toFixed(0)} ms`);
    expect(record).toMatchObject({to, live: true, status: 'done', downtime: {by: 'ping'}});
    expect(Math.abs(record.downtime!.ms - gap)).toBeLessThan(250);
    expect(record.downtime!.ms).toBeLessThan(1500);
    // Every VTEP and the reflector were seen to follow, and OpenNebula to go through MIGRATE.
    for (const [source, kind, text] of [['OpenNebula', 'state', /^MIGRATE from/], [to, 'fdb', /^entry behind one-1-0/], ['kvm3', 'fdb', new RegExp(`^entry to ${to} `)], ['kvm3', 'route', new RegExp(`^zebra: at ${to} `)], ['ingress', 'route', new RegExp(`^type-2 route: ${to} .*, mobility \\d`)]] as const) {
      expect(record.events.filter((event) => event.source === source && event.kind === kind).map((event) => event.text), `${source} ${kind}`).toContainEqual(expect.stringMatching(text));
    }
    expect(record.phases.map((phase) => phase.name)).toEqual(['getting ready', 'OpenNebula moves it', 'the overlay follows', 'verifying']);
  });

  it('the driver fails: OpenNebula says success and RUNNING, on the source; that is a failure', async () => {
    await order('fail', 200);
    const {result} = await migrate('kvm2');
    expect(result.status).toBe('failed');
    expect(result.says).toMatch(/answered success, but the driver failed: VM 1 vm1 is RUNNING on kvm1 again, .*\/var\/log\/one\/1\.log/);
    await isOn('kvm1');
  });

  it('stuck in MIGRATE: said so, and recovered with what the hosts show; the other end is refused', async () => {
    await order('stuck');
    const {result} = await migrate('kvm2', {timeout: '2'});
    expect(result.status).toBe('failed');
    expect(result.says).toMatch(/stuck: VM 1 vm1 is still MIGRATE after \d+ s; the hosts show one-1-0 on kvm1, no tap of it on kvm2; .*vm recover 1/);
    const wrong = await ask({act: 'vm.recover', params: {vm: 'vm1', how: 'success'}});
    expect([wrong.result.status, wrong.prepared?.preflight.find(({outcome}) => outcome === 'fail')?.says]).toEqual(['refused', expect.stringContaining('its tap is on kvm1, not on kvm2')]);
    expect((await ask({act: 'vm.recover', params: {vm: 'vm1', how: 'failure'}})).result).toMatchObject({status: 'done', verified: [{outcome: 'pass', says: 'VM 1 vm1 is RUNNING on kvm1'}]});
    await isOn('kvm1');
  });

  it('the target dies midway', async () => {
    await order('stuck');
    const running = migrate('kvm2', {timeout: '6'});
    await inMigrate();
    await applyFault(lab, 'host-unplugged', 'kvm2');
    try {
      const {result, flight} = await running;
      expect(result.status).toBe('failed');
      expect(result.says).toMatch(/stuck: .*; lost: kvm2 \(/);
      expect(flight?.events).toContainEqual(expect.objectContaining({source: 'kvm2', kind: 'watch', text: expect.stringContaining('not heard any more') as unknown}));
    } finally {
      await undoFault(lab, 'host-unplugged');
    }
    await call('one.vm.recover', 1, 0);
    await isOn('kvm1');
  });

  it('oned cannot be reached midway: nobody can tell, but for the hosts; verified when it is back', async () => {
    await order('slow', 1500);
    const running = migrate('kvm2', {timeout: '5'});
    await inMigrate();
    await control(name, {do: 'break', fault: 'one-unreachable'});
    let run: string | undefined;
    try {
      const {result} = await running;
      run = result.run;
      expect(result).toMatchObject({status: 'uncertain'});
      expect(result.says).toMatch(/OpenNebula does not answer .*; the hosts show no tap of it on kvm1, one-1-0 on kvm2/);
    } finally {
      await control(name, {do: 'mend', fault: 'one-unreachable'});
    }
    expect((await ask({resume: run!})).result).toMatchObject({status: 'done'});
    await isOn('kvm2');
  });

  it('the source loses its link: back on it, and the lost host is named', async () => {
    await order('fail', 6000);
    const running = migrate('kvm1');
    await inMigrate();
    await applyFault(lab, 'host-unplugged', 'kvm2');
    try {
      const {result} = await running;
      expect(result.status).toBe('failed');
      expect(result.says).toMatch(/driver failed: VM 1 vm1 is RUNNING on kvm2 again.*; lost: kvm2 \(/);
    } finally {
      await undoFault(lab, 'host-unplugged');
    }
    await isOn('kvm2');
  });

  it('an entry that is left behind on a third host is found', async () => {
    const vm = lab.plan().vms.find(({id}) => id === 1)!;
    await order('slow', 300);
    const spoiler = spawn(lab.prefix('kvm3')[0]!, [...lab.prefix('kvm3').slice(1), 'sh', '-c', `while :; do bridge fdb replace ${vm.mac} dev wg0.2 dst 192.168.0.3 self extern_learn; sleep 0.1; done`], {stdio: 'ignore'});
    try {
      const {result} = await migrate('kvm1');
      expect(result.status).toBe('unverified');
      expect(result.verified.filter(({outcome}) => outcome === 'fail').map(({name: what, says}) => [what, says])).toContainEqual(['no stale entry is left', expect.stringContaining(`an entry on kvm3 still leads ${vm.mac} to kvm2`)]);
    } finally {
      spoiler.kill('SIGKILL');
    }
    await isOn('kvm1');
  });

  it('on the command line: exit codes, and the record shown again', async () => {
    await order('fail', 100);
    const failed = await cli('migrate vm1 kvm2 --live --yes');
    expect([failed.code, failed.stderr]).toEqual([4, expect.stringContaining('driver failed')]);
    const run = /\(run (\S+)\)/.exec(failed.stderr)?.[1];
    const shown = await cli(`flight show ${run} --width 100`);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout.split('\n')[0]).toBe('VM 1 vm1: kvm1 > kvm2, live: failed');
    expect(shown.stdout).toMatch(/ OpenNebula {2}state {2}MIGRATE from kvm1 to kvm2 \(3\/4, record \d+\)/);
    expect(Math.max(...shown.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
