/** Every action on the lab, by the command line where the operator sits. What it did is looked up by other means than the console's. */
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {labFault, stageOf} from '../../lab/faults/index.ts';
import {down, up, type Lab} from '../../lab/lab.ts';
import {control} from '../../lab/opennebula/control.ts';
import {endProcesses} from '../../lab/processes.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {brokenWays, recordTruth} from '../../lab/truth.ts';
import {consoleInOps, type Change, type Console} from './console-in-ops.ts';
import type {Found} from './gate-in-ops.ts';
import {evpnMacs, sdnat, sh} from './independent.ts';
import {callOne, hypervisorId, migrateByOne, placeByOne} from './one.ts';
import {until} from './reach.ts';

const why = whyNoLab();
const name = 'acts';
const overlay = 'private_vni2';

describe.skipIf(why)(why ? `actions on the lab: not run: ${why}` : 'actions on the lab', () => {
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
  /** What went wrong here is not to be told of the next. */
  afterEach(() => lab.converge(60_000));

  const vmNamed = (vm: string) => lab.plan().vms.find((one) => one.name === vm);
  const idOf = (vm: string): number => vmNamed(vm)!.id;
  const said = ({code, result, preflight, wrong, stderr}: Change) => ({code, status: result?.status, says: [result?.says, ...wrong, ...preflight.filter(({outcome}) => outcome === 'fail' || outcome === 'unknown').map((one) => one.says), result ? '' : stderr].filter(Boolean).join('; ')});
  /** Done: exit 0, and the fabric shows it. After a fault a console may still see some of it: then it is asked anew. */
  async function does(words: string): Promise<Change> {
    const end = performance.now() + 60_000;
    for (;;) {
      const change = await operator.change(words);
      if (change.result || performance.now() > end) {
        expect({words, ...said(change)}).toEqual({words, code: 0, status: 'done', says: 'done, and the fabric shows it'});
        return change;
      }
    }
  }
  const taps = async (host: string): Promise<readonly string[]> => (await sh(lab, host, 'ls /sys/class/net')).split('\n').filter((device) => device.startsWith('one-'));
  const allWell = async () => {
    await until('every way passes', async () => brokenWays(await recordTruth(lab)).length === 0, 60_000);
  };
  /** Refused or failed, told by a line on standard error. */
  const exits = async (words: string): Promise<[number, string]> => {
    const {code, stdout, stderr} = await operator.cli(words);
    return [code, stdout + stderr];
  };

  describe('VMs', () => {
    it('a cold migration: saved here, started there', async () => {
      await does('migrate vm1 kvm2');
      expect(await placeByOne(lab, 1)).toEqual({state: '3/3', host: 'kvm2'});
      expect([(await taps('kvm1')).includes('one-1-0'), (await taps('kvm2')).includes('one-1-0')]).toEqual([false, true]);
      await allWell();
    });

    it('poweroff takes it from its host, resume brings it back', async () => {
      const vm = vmNamed('vm4')!;
      await does('vm poweroff vm4');
      expect([(await placeByOne(lab, vm.id)).state, (await taps('kvm1')).includes(vm.tap)]).toEqual(['8/0', false]);
      expect((await lab.exec('vr', `ping -q -n -c 1 -W 1 ${vm.address}`)).code).not.toBe(0);
      await does('vm resume vm4');
      expect([(await placeByOne(lab, vm.id)).state, (await taps('kvm1')).includes(vm.tap)]).toEqual(['3/3', true]);
      await allWell();
    });

    it('hold, release, and terminate, which wants its name', async () => {
      // Pending for ever: there is no such host.
      const id = Number(await callOne(lab, 'one.template.instantiate', 1, 'spare', false, `NIC=[ NETWORK="${overlay}" ] SCHED_REQUIREMENTS="NAME=nowhere"`, false));
      await does('vm hold spare');
      expect((await placeByOne(lab, id)).state).toBe('2/0');
      await does('vm release spare');
      expect((await placeByOne(lab, id)).state).toBe('1/0');
      expect(await exits('vm terminate spare --yes')).toEqual([2, expect.stringContaining('--confirm spare')]);
      expect(await exits('vm terminate spare --yes --confirm vm5')).toEqual([2, expect.stringContaining('"spare" has to be typed')]);
      expect((await placeByOne(lab, id)).state).toBe('1/0');
      await does('vm terminate spare --confirm spare');
      expect((await placeByOne(lab, id)).state).toBe('6/0');
      const {tap} = vmNamed('vm7')!;
      const gone = idOf('vm7');
      await does('vm terminate vm7 --confirm vm7');
      expect([(await placeByOne(lab, gone)).state, (await taps('kvm1')).includes(tap), vmNamed('vm7')]).toEqual(['6/0', false, undefined]);
    });

    it('recover puts one back that is stuck', async () => {
      const id = idOf('vm2');
      await control(name, {do: 'order', order: {vm: id, action: 'migrate', outcome: 'stuck'}});
      await callOne(lab, 'one.vm.migrate', id, hypervisorId(lab, 'kvm1'), true, false, -1, 0);
      await until('MIGRATE', async () => (await placeByOne(lab, id)).state === '3/4');
      await does('vm recover vm2 failure');
      expect(await placeByOne(lab, id)).toEqual({state: '3/3', host: 'kvm2'});
    });

    it('a host that was disabled since the console has read it is no target', async () => {
      const id = idOf('vm5');
      await until('the console sees it enabled', async () => (await operator.ask({prepare: 'vm.migrate-live', params: {vm: 'vm5', host: 'kvm3'}})).prepared!.wrong.length === 0);
      await callOne(lab, 'one.host.status', hypervisorId(lab, 'kvm3'), 1);
      try {
        const {result, prepared} = await operator.ask({act: 'vm.migrate-live', params: {vm: 'vm5', host: 'kvm3'}});
        expect([result.status, [...prepared!.wrong, ...prepared!.preflight.map(({says}) => says)].join()]).toEqual(['refused', expect.stringContaining('disabled in OpenNebula')]);
      } finally {
        await callOne(lab, 'one.host.status', hypervisorId(lab, 'kvm3'), 0);
      }
      expect(await placeByOne(lab, id)).toEqual({state: '3/3', host: 'kvm2'});
    });
  });

  describe('public addresses', () => {
    /** The VM itself, not the router for it, answers: one hop less. */
    const reached = async (address: string): Promise<boolean> => (await lab.exec('ops', `ping -n -c 1 -W 1 ${address}`)).stdout.includes(' ttl=63 ');

    it('mapped: the rule is there, and the VM answers from outside; unmapped: neither', async () => {
      const {address} = vmNamed('vm5')!;
      await does('sdnat map vm5');
      const rule = (await sdnat(lab, 'vr')).find(({internal}) => internal === address);
      expect(rule).toMatchObject({onLo: true});
      await until('it answers from outside', () => reached(rule!.external));
      await does(`sdnat unmap ${rule!.external}`);
      expect((await sdnat(lab, 'vr')).filter(({external}) => external === rule!.external)).toEqual([]);
      expect(await reached(rule!.external)).toBe(false);
    });
  });

  describe('a host is drained', () => {
    const on = async (host: string): Promise<readonly string[]> => lab.plan().vms.filter((vm) => vm.host === host).map((vm) => vm.name).sort();
    const state = async (host: string): Promise<string | undefined> => /<STATE>(\d+)/.exec(await callOne(lab, 'one.host.info', hypervisorId(lab, host)))?.[1];

    it('two at a time with a pause, and put back with its VMs', async () => {
      expect(await on('kvm3')).toEqual(['vm3', 'vm6', 'vm9']);
      const {result} = await does('drain kvm3 --parallel 2 --pace 1');
      expect([await on('kvm3'), await state('kvm3'), (await taps('kvm3'))]).toEqual([[], '4', []]);
      expect(result!.verified.filter(({outcome}) => outcome === 'pass').length).toBeGreaterThan(3);
      await does('undrain kvm3 --bring-back');
      expect([await on('kvm3'), await state('kvm3')]).toEqual([['vm3', 'vm6', 'vm9'], '2']);
      await allWell();
    });

    it('stops at the first failure, and goes on when it is resumed', async () => {
      await control(name, {do: 'order', order: {vm: idOf('vm3'), action: 'migrate', outcome: 'fail', ms: 100}});
      const failed = await operator.change('drain kvm3');
      expect([failed.code, failed.result?.status, failed.result?.says]).toEqual([4, 'failed', expect.stringMatching(/driver failed: .*journal resume goes on/)]);
      expect([await on('kvm3'), await state('kvm3')]).toEqual([['vm3', 'vm6', 'vm9'], '4']);
      // What was sent is not sent again: the VM is brought to its place, then it goes on.
      const [, to = ''] = failed.plan!.steps.flatMap(({title}) => /^migrate vm3 to (\S+)$/.exec(title) ?? []);
      await migrateByOne(lab, idOf('vm3'), to);
      const resumed = await operator.cli(`journal resume ${failed.result!.run!} --yes`);
      expect([resumed.code, resumed.stderr]).toEqual([0, '']);
      expect(await on('kvm3')).toEqual([]);
      await does('undrain kvm3');
      expect([await on('kvm3'), await state('kvm3')]).toEqual([[], '2']);
    });
  });

  it('vnet create: OpenNebula has it, with the options of the others, in the cluster', async () => {
    await does('vnet create blue 172.20.0.0/24 --cluster multi-edge --vni 77');
    const pool = await callOne(lab, 'one.vnpool.info', -2, -1, -1);
    const made = /<VNET><ID>(\d+)<\/ID>(?:(?!<\/VNET>).)*<NAME>(?:<!\[CDATA\[)?blue/s.exec(pool)?.[1];
    const xml = await callOne(lab, 'one.vn.info', Number(made));
    for (const wanted of ['<VLAN_ID><![CDATA[77]]>', '<PHYDEV><![CDATA[wg0]]>', 'local_ip', 'dstport=4789', '172.20.0.']) expect(xml).toContain(wanted);
    expect(/<CLUSTERS>.*?<ID>(\d+)<\/ID>/s.exec(xml)?.[1]).toBe('100');
  });

  describe('what findings propose, under its real fault', () => {
    const proposed = async (action: string, holds: (one: Found) => boolean = () => true): Promise<Found | undefined> => (await operator.findings()).find((one) => one.action?.id === action && holds(one));

    it.each([
      ['bgp-neighbor-shutdown', 'kvm3', 'bgp.no-shutdown'],
      ['bgpd-dead', 'kvm3', 'frr.restart'],
      ['bgpd-hung', 'kvm3', 'frr.restart'],
      ['vxlan-down', 'kvm2', 'link.up'],
      ['vxlan-unenslaved', 'kvm2', 'link.enslave'],
      ['fdb-stale', 'kvm2', 'fdb.remove'],
      ['one-host-disabled', 'ops', 'one.enable-host'],
      ['one-vnet-not-in-cluster', 'ops', 'one.add-to-cluster'],
    ])('%s on %s: %s cures it', async (fault, target, action) => {
      const stage = stageOf(lab, {name: fault, target});
      await labFault(fault)!.apply(stage);
      let cure: Found | undefined;
      await until(`${action} is proposed`, async () => (cure = await proposed(action)) !== undefined, 60_000);
      const words = Object.entries(cure!.action!.params).map(([key, value]) => `${key}='${value}'`).join(' ');
      await does(`act ${action} ${words}`);
      await until(`${cure!.id} is gone`, async () => !(await operator.findings()).some(({id}) => id === cure!.id), 60_000);
      await allWell();
      if (target === 'ops') await control(name, {do: 'mend', fault});
    });

    it('mac-duplicate: evpn.clear-duplicate does not cure while the twin lives, and does when it is gone', async () => {
      const stage = stageOf(lab, {name: 'mac-duplicate', target: 'kvm3'});
      const fault = labFault('mac-duplicate')!;
      await fault.apply(stage);
      try {
        let cure: Found | undefined;
        await until('it is proposed', async () => (cure = await proposed('evpn.clear-duplicate')) !== undefined, 60_000);
        const {host = '', vni = '', mac = ''} = cure!.action!.params;
        const flag = async (): Promise<boolean> => (await sh(lab, host, `vtysh -c 'show evpn mac vni ${vni} duplicate'`)).includes(mac);
        expect(await flag()).toBe(true);
        await endProcesses([`evt-${name}-intruder`]);
        await does(`act evpn.clear-duplicate host=${host} vni=${vni} mac=${mac}`);
        expect(await flag()).toBe(false);
      } finally {
        await fault.undo(stage);
      }
    });

    it('bgp.clear: the session was reset', async () => {
      const resets = async (): Promise<string> => /Connections established (\d+)/.exec(await sh(lab, 'kvm2', "vtysh -c 'show bgp neighbors 192.168.0.1'"))![1]!;
      const before = Number(await resets());
      await does('act bgp.clear host=kvm2 neighbor=192.168.0.1');
      expect(Number(await resets())).toBe(before + 1);
    });
  });

  it('a plan that is stale: nothing is sent', async () => {
    const id = idOf('vm8');
    await until('it can be planned', async () => (await operator.ask({prepare: 'vm.migrate-live', params: {vm: 'vm8', host: 'kvm1'}})).prepared!.preflight.every(({outcome}) => outcome === 'pass' || outcome === 'warn'), 60_000);
    await migrateByOne(lab, id, 'kvm3');
    const records = async (): Promise<number> => [...(await callOne(lab, 'one.vm.info', id)).matchAll(/<HISTORY>/g)].length;
    const before = await records();
    const {result} = await operator.ask({run: true});
    expect([result.status, result.says]).toEqual(['stale', expect.stringMatching(/the plan is stale: VM vm8: its .* is now /)]);
    expect([await records(), (await placeByOne(lab, id)).host]).toEqual([before, 'kvm3']);
    expect((await evpnMacs(lab, 'kvm1')).find(({mac}) => mac === vmNamed('vm8')!.mac)?.kind).toBe('remote');
  });

  it('two consoles: the second is told who holds the lock; that of a dead one is taken over knowingly', async () => {
    const id = idOf('vm8');
    const rival = consoleInOps(lab);
    try {
      await control(name, {do: 'order', order: {vm: id, action: 'migrate', outcome: 'stuck'}});
      await until('the rival sees all well', async () => (await rival.ask({prepare: 'vm.migrate-live', params: {vm: 'vm8', host: 'kvm2'}})).prepared!.preflight.every(({outcome}) => outcome === 'pass' || outcome === 'warn'), 60_000);
      void rival.ask({run: true}).catch(() => undefined); // killed on its way
      await until('MIGRATE', async () => (await placeByOne(lab, id)).state === '3/4', 60_000);
      const second = 'act one.disable-host host=kvm3';
      expect(await exits(`${second} --yes`)).toEqual([3, expect.stringMatching(/is being changed by \S+@.* \(process \d+, run \d+.*: one at a time/)]);
      expect(/<STATE>(\d+)/.exec(await callOne(lab, 'one.host.info', hypervisorId(lab, 'kvm3')))?.[1]).toBe('2');
      await rival.kill();
      expect(await exits(`${second} --yes`)).toEqual([3, expect.stringMatching(/was left by .*, which has ended/)]);
      await does(`${second} --take-over`);
      expect(/<STATE>(\d+)/.exec(await callOne(lab, 'one.host.info', hypervisorId(lab, 'kvm3')))?.[1]).toBe('4');
      await does('act one.enable-host host=kvm3');
    } finally {
      await rival.close();
      await callOne(lab, 'one.vm.recover', id, 0);
    }
  });
});
