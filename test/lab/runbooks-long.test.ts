/**
 * Every built-in runbook of the chain on bare hosts: each step taken back to what was there before it, and a console that
 * is killed at every point of its journal, taken up again, to the same end.
 */
import {existsSync, readFileSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {exitCode} from '../../src/cli/exit.ts';
import {sh} from './independent.ts';
import {broken, until} from './reach.ts';
import {argsOf, chainOf, stepsOf, type Link} from './runbooks/chain.ts';
import {builtWhole, killEverywhere, pointsOf, states, undoEachOnStanding, undoEachStep} from './runbooks/loops.ts';
import {lostDuring} from './runbooks/pinging.ts';
import {differences, shapeOf} from './runbooks/shape.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();
/** What was done so far, and when: the loops take minutes. */
const begun = performance.now();
const say = (says: string): void => void process.stdout.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${says}\n`);
/** In the order of the chain; the first only looks. */
const changing = ['grant-access', 'backup', 'wireguard-mesh', 'firewall-fabric', 'bgp-evpn', 'evpn-network', 'multi-edge-cluster', 'appliances', 'virtual-router', 'test-vms'];
/** Those for a fabric that stands. */
const onStanding: readonly Link[] = [
  {runbook: 'rotate-wireguard-keys', inputs: ['name=next']}, {runbook: 'switch-combination', inputs: ['to=2']}, {runbook: 'restore', inputs: []}, {runbook: 'remove-hypervisor', inputs: ['host=kvm2']},
];

describe.skipIf(why)(`the undo of every step${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('undos');
  });
  afterAll(() => site?.close());

  it.each(changing)('of %s: what was there before it', async (runbook) => {
    expect((await undoEachStep(site, runbook, say)).length, 'steps that change something').toBeGreaterThan(0);
  }, 900_000);

  it.each(onStanding)('of $runbook, on the fabric that they have made', async (link) => {
    expect((await undoEachOnStanding(site, link, say)).length, 'steps that change something').toBeGreaterThan(0);
  }, 900_000);

  it('of switch-combination back to 1, on a fabric of combination 2', async () => {
    await builtWhole(site);
    const before = await shapeOf(site.lab);
    await site.run(['switch-combination', '--input', 'to=2', '--yes']);
    expect((await undoEachOnStanding(site, {runbook: 'switch-combination', inputs: ['to=1']}, say)).length, 'steps that change something').toBeGreaterThan(0);
    await site.run(['switch-combination', '--input', 'to=1', '--yes']);
    expect(differences(before, await shapeOf(site.lab), {restarted: true})).toEqual([]);
  }, 900_000);

  it('acceptance passes on what was built, test by test, and its report is the verdict; what it gave is taken back', async () => {
    await builtWhole(site);
    const report = `${site.folder}/acceptance.md`;
    const {stdout} = await site.run(['acceptance', '--yes', '-o', 'json', '--report', `md:${report}`, '--report', `junit:${site.folder}/acceptance.xml`]);
    const steps = states(stdout);
    expect(steps.map(([step]) => step)).toEqual(stepsOf('acceptance'));
    expect(steps.filter(([, state]) => state !== 'done' && state !== 'already so')).toEqual([]);
    expect(steps.filter(([, state]) => state === 'done').map(([step]) => step)).toEqual(expect.arrayContaining(['there', 'back', 'map']));
    expect(readFileSync(report, 'utf8')).toContain('without an answer');
    expect(readFileSync(`${site.folder}/acceptance.xml`, 'utf8')).not.toMatch(/<failure|<error/);
    await site.run(['acceptance', '--undo-to', 'map', '--yes']);
    expect(await sh(site.lab, 'vr', 'iptables -t nat -S DNAT4')).not.toContain('--to-destination');
  }, 600_000);
});

describe.skipIf(why)('a console killed on a fabric that stands', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('standing');
  });
  afterAll(() => site?.close());

  it('by acceptance, at five of its points, while VMs move and addresses are mapped: the next one comes to the same verdict', async () => {
    await builtWhole(site);
    const args = ['acceptance', '--yes'];
    const points = await pointsOf(site, args);
    const takeBack = (): Promise<unknown> => site.run(['acceptance', '--undo-to', 'map', '--yes']);
    await takeBack();
    for (const killAt of [1, 2, 3, 4, 5].map((part) => Math.floor(points.length * part / 6))) {
      const at = `${killAt} ${points[killAt]}`;
      const killed = await site.console(['run', ...args], {killAt});
      expect(killed.code, `${at}: ${killed.text}`).toBe(137);
      const next = await site.console(['run', 'acceptance', '--resume', '--yes', '-o', 'json']);
      expect(next.code, `${at}: ${next.text}`).toBe(0);
      expect(states(next.stdout).filter(([, state]) => state !== 'done' && state !== 'already so'), at).toEqual([]);
      expect(states(next.stdout).at(-1)?.[0]).toBe(stepsOf('acceptance').at(-1));
      say(`acceptance: as well when it was killed at ${at} of ${points.length}`);
      await takeBack();
    }
  }, 1_800_000);

  it.each(onStanding.flatMap(({runbook, inputs}) => [0, 1, 2, 3].map((from) => [runbook, from, inputs] as const)))('by %s and by its undoing, every fourth from point %i: the next one goes on, to the same end, and takes it back', async (runbook, from, inputs) => {
    const {doing, undoing} = await killEverywhere(site, runbook, (point) => point % 4 === from, say, inputs);
    expect(doing.length, 'points of its doing').toBeGreaterThan(10);
    expect(undoing.length, 'points of its undoing').toBeGreaterThan(5);
  }, 900_000);
});

describe.skipIf(why)('a console killed at every point of its journal', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite('killed', {hosts: 1});
  });
  afterAll(() => site?.close());

  // In parts, so that one of them can be run by itself.
  it.each(changing.flatMap((runbook) => [0, 1, 2, 3].map((from) => [runbook, from] as const)))('of %s and of its undoing, every fourth from point %i: the next one goes on, to the same end, and takes it back', async (runbook, from) => {
    const {doing, undoing} = await killEverywhere(site, runbook, (point) => point % 4 === from, say);
    expect(doing.length, 'points of its doing').toBeGreaterThan(10);
    expect(undoing.length, 'points of its undoing').toBeGreaterThan(5);
  }, 900_000);
});

/** What joins a fabric of two hypervisors that stands. */
const joining = [
  {what: 'a third hypervisor', site: 'third', spec: {hosts: 3}, hosts: ['kvm3'], vnets: []},
  {what: 'a second region with two hypervisors and a public network of its own', site: 'region', spec: {hosts: 4, clusters: 2}, hosts: ['kvm3', 'kvm4'], vnets: ['public_edge2']},
];
describe.skipIf(why).each(joining)('$what joins a fabric of two that stands', ({site: name, spec, hosts, vnets}) => {
  let site: Site;
  const join = ['add-edge-cluster', '--input', `hosts=${hosts.join(',')}`, ...(vnets.length === 0 ? [] : ['--input', `vnets=${vnets.join(',')}`])];
  beforeAll(async () => {
    site = await openSite(name, spec);
    site.without(hosts);
    for (const link of chainOf(site)) if (link.runbook !== 'grant-access' && link.runbook !== 'backup') await site.run([...argsOf(link), '--yes']);
    site.without([]);
  }, 900_000);
  afterAll(() => site?.close());

  it('no ping between the VMs that are there is lost, and its own VMs reach them, with full frames; one moves there and back; a second time it is already so', async () => {
    const {lab} = site;
    const before = await shapeOf(lab);
    const [from, to] = lab.plan().vms;
    const lost = await lostDuring(lab, from!.name, to!.address, () => site.run([...join, '--yes']));
    say(`${name}: ${JSON.stringify(lost)}`);
    expect(lost.lost).toBe(0);
    expect(states((await site.run([...join, '--yes', '-o', 'json'])).stdout).filter(([, state]) => state !== 'already so' && state !== 'not needed')).toEqual([]);
    await site.run(['test-vms', '--yes']);
    const all = lab.plan().vms;
    expect(all.map(({host}) => host)).toEqual(expect.arrayContaining([...hosts]));
    const reached = (): Promise<void> => until('the VMs reach each other', async () => {
      const now = await broken(lab);
      return now.tried === all.length * (all.length - 1) && now.broken.length === 0;
    }, 90_000);
    await reached();
    const own = all.find(({host}) => host === hosts.at(-1))!;
    for (const host of [from!.host, own.host]) {
      const moved = await site.console(['--yes', 'migrate', `test-${own.host}`, host, '--live']);
      expect(moved.code, moved.text).toBe(0);
      await reached();
    }
    await site.run(['test-vms', '--undo-to', 'vms', '--yes']);
    await site.run(['add-edge-cluster', '--undo-to', 'keys', '--yes']);
    expect(differences(before, await shapeOf(lab), {restarted: true})).toEqual([]);
  }, 900_000);
});

/** Debian's ansible-core, where somebody has installed it; the roles are those of test/lab/runbooks/collections. */
const ansible = '/usr/bin/ansible-playbook';
const whyNoAnsible = why ?? (existsSync(ansible) ? undefined : `${ansible} is not there: apt-get install ansible-core`);
const play = ['bgp-evpn-ansible', '--input', 'identity=/var/lib/one/.ssh-oneprovision/id_rsa', '--input', 'folder=/var/backups/ansible'];

describe.skipIf(whyNoAnsible)(`bgp-evpn-ansible, with Ansible itself${whyNoAnsible ? ` (not run: ${whyNoAnsible})` : ''}`, () => {
  let site: Site;
  const args = [...play, '--input', `collections=${new URL('runbooks/collections', import.meta.url).pathname}`, '--yes'];
  beforeAll(async () => {
    site = await openSite('ansible');
    for (const link of chainOf(site)) if (['wireguard-mesh', 'firewall-fabric'].includes(link.runbook)) await site.run([...argsOf(link), '--yes']);
  }, 300_000);
  afterAll(() => site?.close());

  it('a task that fails on one host stops it, with the words of Ansible', async () => {
    await sh(site.lab, 'ingress', 'echo kvm2 >/root/roles-fail');
    const failed = await site.console(['run', ...args]);
    expect(failed.code, failed.text).toBe(exitCode.wrong);
    expect(failed.stderr).toMatch(/^Stopped at run: .*fatal: \[kvm2\]: FAILED! .*no package matching frr/m);
    await sh(site.lab, 'ingress', 'rm /root/roles-fail');
  }, 300_000);

  it('gone on with, its roles make the sessions, and what it prints is shown; a second time it is already so; bgp-evpn takes over the layout that they leave', async () => {
    const {stdout} = await site.run(['bgp-evpn-ansible', '--resume', '--yes']);
    expect(stdout).toMatch(/TASK \[.*Write bgpd.conf\] \*+/);
    for (const host of ['ingress', 'kvm1', 'kvm2']) expect(stdout).toContain(`changed: [${host}]`);
    for (const host of ['kvm1', 'kvm2']) expect(await sh(site.lab, host, "HOME=/dev/null vtysh -H /dev/null -c 'show bgp l2vpn evpn summary json'")).toMatch(/"state":\s*"Established"/);
    expect(states((await site.run([...args, '-o', 'json'])).stdout).map(([, state]) => state)).toEqual(Array(7).fill('already so'));
    await site.run([...argsOf(chainOf(site).find(({runbook}) => runbook === 'bgp-evpn')!), '--yes']);
    expect((await sh(site.lab, 'kvm1', 'ls /etc/frr')).split('\n')).not.toContain('frr.conf');
    expect(await sh(site.lab, 'kvm1', 'cat /etc/frr/bgpd.conf')).toContain('timers');
  }, 300_000);
});

describe.skipIf(why)('bgp-evpn-ansible, with a stand-in for ansible-playbook on the control node', () => {
  let site: Site;
  const args = [...play, '--yes'];
  beforeAll(async () => {
    site = await openSite('play');
    for (const link of chainOf(site)) if (['wireguard-mesh', 'bgp-evpn'].includes(link.runbook)) await site.run([...argsOf(link), '--yes']);
  }, 300_000);
  afterAll(() => site?.close());

  it('says what is missing: first Ansible, then the collection', async () => {
    const {lab} = site;
    if (existsSync(ansible)) await sh(lab, 'ingress', `mount --bind /dev/null ${ansible}`); // of this host alone
    const first = await site.console(['run', ...args]);
    expect(first.code).toBe(exitCode.wrong);
    expect(first.stderr).toMatch(/^Stopped at ansible: .*ansible-playbook is not installed on the control node/m);
    const text = readFileSync(new URL('runbooks/ansible-playbook.sh', import.meta.url), 'base64');
    await sh(lab, 'ingress', `mount -t tmpfs stand-in /usr/local/sbin && echo ${text} | base64 -d >/usr/local/sbin/ansible-playbook && chmod 755 /usr/local/sbin/ansible-playbook`);
    const second = await site.console(['run', ...args]);
    expect(second.stderr).toMatch(/^Stopped at collection: .*the collection opennebula\.deploy/m);
    await sh(lab, 'ingress', 'mkdir -p /root/.ansible/collections/ansible_collections/opennebula/deploy/roles/frr');
  }, 120_000);

  it('shows the inventory as a diff, and what the playbook says as it says it; a second time it is already so', async () => {
    const planned = await site.run([...args.slice(0, -1), '--plan']);
    expect(planned.stdout).toContain('+        "kvm1": {ansible_host: "203.0.113.11"}');
    const {stdout} = await site.run(args);
    for (const host of ['ingress', 'kvm1', 'kvm2']) expect(stdout).toContain(`ok: [${host}]`);
    expect(stdout).toMatch(/^Done \(session /m);
    expect(states((await site.run([...args, '-o', 'json'])).stdout).map(([, state]) => state)).toEqual(Array(7).fill('already so'));
  }, 180_000);

  it('a task that fails stops it, with its words; another word runs it once more', async () => {
    await sh(site.lab, 'ingress', ': >/root/roles-fail');
    const failed = await site.console(['run', ...args, '--input', 'again=second']);
    expect(failed.code).toBe(exitCode.wrong);
    expect(failed.stderr).toMatch(/^Stopped at run: .*no package matching frr/m);
    await sh(site.lab, 'ingress', 'rm /root/roles-fail');
    await site.run(['bgp-evpn-ansible', '--resume', '--yes']);
  }, 180_000);
});
