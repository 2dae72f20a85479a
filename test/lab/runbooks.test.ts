/**
 * Runbooks on bare hosts of the lab, through the command line: they build the fabric, do it once, take it back, and end
 * at the same wherever the console dies. What takes long is in runbooks-long.test.ts.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {exitCode} from '../../src/cli/exit.ts';
import {sh} from './independent.ts';
import {broken, until} from './reach.ts';
import {argsOf, chainOf, firstStep} from './runbooks/chain.ts';
import {lostDuring, type Lost} from './runbooks/pinging.ts';
import {found, secretsOf} from './runbooks/secrets.ts';
import {changeable, differences, shapeOf, type Shape} from './runbooks/shape.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();

describe.skipIf(why)(`runbooks on bare hosts${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  let built: Shape;
  const before = new Map<string, Shape>();
  beforeAll(async () => {
    site = await openSite('books');
  });
  afterAll(() => site?.close());

  it('one after the other, they make a fabric out of them: VMs on both hypervisors reach each other with full frames', async () => {
    for (const link of chainOf(site)) {
      before.set(link.runbook, await shapeOf(site.lab));
      const {stdout} = await site.run([...argsOf(link), '--yes', '--report', `md:${site.folder}/${link.runbook}.md`, '--report', `junit:${site.folder}/${link.runbook}.xml`, '--report', `json:${site.folder}/${link.runbook}.json`]);
      expect(stdout, link.runbook).toMatch(/^Done \(session /m);
    }
    await until('the VMs reach each other', async () => {
      const all = await broken(site.lab);
      return all.tried === 2 && all.broken.length === 0;
    }, 60_000);
    built = await shapeOf(site.lab);
  }, 900_000);

  it('a second time, every step is already so, and nothing is touched', async () => {
    for (const link of chainOf(site)) {
      const {stdout} = await site.run([...argsOf(link), '--yes', '-o', 'json']);
      const {steps} = (JSON.parse(stdout) as {steps: readonly {step: string; state: string}[]});
      expect(steps.map(({step, state}) => `${step}: ${state}`), link.runbook).toEqual(steps.map(({step}) => `${step}: already so`));
    }
    expect(differences(built, await shapeOf(site.lab))).toEqual([]);
  }, 900_000);

  it('combination 1 → 2 → 1 costs a ping between two VMs no more than the same change by hand', async () => {
    const {lab} = site;
    const [from, to] = lab.plan().vms;
    const hosts = changeable(lab);
    const keep = (name: string) => Promise.all(hosts.map((host) => sh(lab, host, `cp -p /etc/frr/frr.conf /tmp/${name}.conf`)));
    const combination = (which: string) => site.run(['bgp-evpn', ...timers, '--input', `combination=${which}`, '--yes']);
    const timers = argsOf(chainOf(site).find(({runbook}) => runbook === 'bgp-evpn')!).slice(1);
    await keep('one');
    const byRunbook = [await lostDuring(lab, from!.name, to!.address, () => combination('2'))];
    await keep('two');
    byRunbook.push(await lostDuring(lab, from!.name, to!.address, () => combination('1')));
    // By hand: the files, and FRR started anew everywhere at once.
    const byHand = [];
    for (const name of ['two', 'one']) byHand.push(await lostDuring(lab, from!.name, to!.address, () => Promise.all(hosts.map((host) => sh(lab, host, `cp -p /tmp/${name}.conf /etc/frr/frr.conf && HOME=/dev/null /usr/lib/frr/frrinit.sh restart </dev/null >/dev/null 2>&1`)))));
    const sum = (all: readonly Lost[]): number => all.reduce((total, {lostMs}) => total + lostMs, 0);
    expect(sum(byRunbook), `runbook ${JSON.stringify(byRunbook)}, by hand ${JSON.stringify(byHand)}`).toBeLessThanOrEqual(sum(byHand));
    await site.run(['bgp-evpn', ...timers, '--yes']);
    // watchfrr starts staticd beside bgpd: who is ready first is not said.
    await until('staticd answers', () => sh(lab, 'ingress', "HOME=/dev/null vtysh -H /dev/null -d staticd -c 'show version' >/dev/null && echo yes || true").then((text) => text.includes('yes')), 30_000);
  }, 900_000);

  it('a configuration of BGP that cuts the console off is taken back by the host itself, and the console says so', async () => {
    const {lab} = site;
    const text = readFileSync(new URL('../../src/runbooks/builtin/bgp-evpn.yaml', import.meta.url), 'utf8');
    const hasty = text.replace('commit-confirmed: 90', 'commit-confirmed: 12\n    deadline: 6');
    expect(hasty).not.toBe(text);
    const file = join(site.folder, 'bgp-evpn.yaml');
    writeFileSync(file, hasty);
    const before = await shapeOf(lab);
    const way = `ip route ${lab.plan().ops.address}/32 Null0`;
    const {code, stderr} = await site.console(['run', file, '--input', 'keepalive=3', '--input', 'hold=9', '--input', 'connect=3', '--input', `extra=${way}`, '--yes']);
    // Failed, or not known, by whether the host was back when it was asked.
    expect([exitCode.wrong, exitCode.unread]).toContain(code);
    expect(stderr).toMatch(/^Stopped at bgp: .*ingress has taken it back by itself/m);
    expect(differences(before, await shapeOf(lab), {restarted: true})).toEqual([]);
  }, 900_000);

  it('what was done last is taken back, each runbook to what was there before it', async () => {
    for (const {runbook} of chainOf(site).slice(-3).toReversed()) {
      const first = firstStep(runbook);
      await site.run([runbook, '--undo-to', first, '--yes']);
      expect(differences(before.get(runbook)!, await shapeOf(site.lab), {restarted: true}), runbook).toEqual([]);
    }
  }, 900_000);

  // Once here: when an effect is there and not on record. Every other point is in runbooks-long.test.ts.
  it.each([6])('a console killed at point %i of its journal: the next one goes on, to the same end', async (killAt) => {
    const {lab} = site;
    const args = ['backup', '--input', `name=killed-${killAt}`];
    expect((await site.console(['run', ...args, '--yes'], {killAt})).code).toBe(137);
    await site.run(['backup', '--resume', '--yes']);
    const hosts = changeable(lab);
    for (const host of hosts) expect(await sh(lab, host, 'ls /var/backups/evpn-tui'), host).toBe(`before-evpn.tgz\nkilled-${killAt}.tgz\n`);
    await site.run(['backup', '--undo-to', 'archive', '--yes']);
    for (const host of hosts) expect(await sh(lab, host, 'ls /var/backups/evpn-tui'), host).toBe('before-evpn.tgz\n');
  }, 900_000);

  it('no key and no password is in the journal, in a report, or was on the screen', async () => {
    const secrets = await secretsOf(site);
    expect([...secrets.values()].every((one) => one.length > 12)).toBe(true);
    const publicKey = (await sh(site.lab, 'kvm1', 'wg show wg0 public-key')).trim();
    expect(found(site.folder, new Map([['public', publicKey]])).hits.length, 'what may be seen is found').toBeGreaterThan(1);
    const {files, hits} = found(site.folder, secrets);
    expect(files).toBeGreaterThan(20);
    expect(hits).toEqual([]);
  });
});
