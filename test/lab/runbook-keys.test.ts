/** Runbooks by keys, in a pseudo-terminal on bare hosts: from the list through the plan to the report, and what they leave on the hosts. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {keys, openTerminal, type Terminal} from '../e2e/terminal.ts';
import {sh} from './independent.ts';
import {callOne} from './one.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();
const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');
const patience = 60_000;
/** One of the operator's own: an action in it wants a name typed. */
const endVm = `runbook: 1
name: end-vm
title: End a VM
inputs:
  vm: {type: string, title: its name}
steps:
  - id: end
    title: it is terminated
    uses: vm.terminate
    with: {vm: '{{ inputs.vm }}'}
`;

describe.skipIf(why)(`runbooks by keys${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  let terminal: Terminal;
  beforeAll(async () => {
    site = await openSite('keys');
    const {lab, folder} = site;
    mkdirSync(join(folder, 'config/evpn-tui/runbooks'), {recursive: true});
    writeFileSync(join(folder, 'config/evpn-tui/runbooks/end-vm.yaml'), endVm);
    const {oneAuth, oneEndpoint} = lab.cloud()!;
    const [command = '', ...prefix] = lab.prefix('ops');
    terminal = openTerminal(command, [...prefix, process.execPath, bin], {columns: 120, rows: 40, env: {HOME: folder, XDG_STATE_HOME: `${folder}/state`, XDG_CONFIG_HOME: `${folder}/config`, XDG_CACHE_HOME: `${folder}/cache`, ONE_AUTH: oneAuth, ONE_XMLRPC: readFileSync(oneEndpoint, 'utf8').trim()}});
    await until((text) => /kvm2/.test(text) && text.includes('Overview'), 'the hosts');
  });
  afterAll(async () => {
    await terminal?.close();
    await site?.close();
  });
  const until = (fits: (text: string) => boolean, what: string, ms = patience): Promise<void> => terminal.until(fits, what, ms);

  /** From wherever it is into the plan of a runbook, made to its end. `inputs`: typed over what is there. */
  async function plan(name: string, inputs: Readonly<Record<string, string>> = {}): Promise<void> {
    await openList(name);
    await until((text) => text.includes(`Plan of ${name}`), `the plan of ${name}`);
    for (const [input, value] of Object.entries(inputs)) {
      await until((text) => text.includes('gives the value') || isPlanned(text), 'the plan, or what it waits for');
      const there = (): boolean => terminal.screen().some((line) => line.startsWith(`▸  ${input} `));
      if (!there()) {
        terminal.type('g');
        await until(() => terminal.screen()[2]?.startsWith('▸') === true, 'the cursor on the first line');
      }
      for (let i = 0; i < 40 && !there(); i++) {
        const before = terminal.text();
        terminal.type(keys.down);
        await until((text) => text !== before, 'the cursor moved');
      }
      terminal.type(keys.enter);
      await until((text) => text.includes(`${input} = `), `the question for ${input}`);
      terminal.type('\x15');
      await until((text) => text.includes(`${input} = █`), 'an empty line');
      terminal.type(`${value}${keys.enter}`);
      await until((text) => text.split('\n').some((line) => line.includes(` ${input} `) && line.includes(' given')), `${input} is given`);
    }
    await planned();
  }
  /** Enter on a runbook in the list. */
  async function openList(name: string): Promise<void> {
    terminal.type('R');
    await until((text) => text.includes(' Runbooks') && text.includes('RUNBOOK'), 'the list');
    terminal.type('/');
    await until((text) => text.includes('Enter keep'), 'the filter');
    terminal.type('\x15');
    await until((text) => text.includes(' /█'), 'an empty filter');
    terminal.type(name);
    await until((text) => text.split('\n').some((line) => line.startsWith('▸') && line.includes(` ${name} `)), name);
    terminal.type(keys.enter);
    await until((text) => text.includes('Enter open'), 'the list, filtered');
    terminal.type(keys.enter);
  }
  const isPlanned = (text: string): boolean => / already so *$/m.test(text) && / to do,/.test(text);
  const planned = (): Promise<void> => until(isPlanned, 'the whole plan');

  /** `meanwhile`: what is seen before its end. */
  async function runAll(name: string, {ms = patience, meanwhile = () => Promise.resolve()}: {readonly ms?: number; readonly meanwhile?: () => Promise<void>} = {}): Promise<void> {
    terminal.type('a');
    await meanwhile();
    await until((text) => text.includes(`Run of ${name}`) && /(Done: every step is so|y next step)/.test(text), `the end of ${name}`, ms);
    expect(terminal.text(), name).toContain('Done: every step is so');
    terminal.type('o');
    await until((text) => text.includes(`Report of ${name}`) && text.includes('| Step | State | What |'), 'its report');
  }

  it('readiness, step by step', async () => {
    await plan('readiness');
    terminal.type('y');
    await until((text) => text.includes('Run of readiness') && text.includes('Done: every step is so'), 'the end: nothing of it changes anything, so nothing is asked');
    expect(terminal.text()).toMatch(/1 ● (already so|not needed)/);
  }, 120_000);

  it('a backup: an archive on each host', async () => {
    await plan('backup');
    await runAll('backup');
    for (const host of ['ingress', 'kvm1', 'kvm2']) expect(await sh(site.lab, host, 'ls /var/backups/evpn-tui'), host).toBe('before-evpn.tgz\n');
  }, 120_000);

  it('a WireGuard mesh: planned as diffs without a secret, its first change asked for, then all at once', async () => {
    await plan('wireguard-mesh');
    terminal.type('y');
    await until((text) => text.includes('Run of wireguard-mesh') && /to do +a key on each host/.test(text) && text.includes('y runs it'), 'the first question');
    expect(await sh(site.lab, 'kvm1', 'ls /etc/wireguard')).toBe('');
    terminal.type('y');
    await until((text) => /done +a key on each host/.test(text) && /to do +a configuration for each host/.test(text) && text.includes('y runs it'), 'the second question');
    await runAll('wireguard-mesh');
    for (const host of ['ingress', 'kvm1', 'kvm2']) {
      const key = (await sh(site.lab, host, 'cat /etc/wireguard/wg0.key')).trim();
      expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      expect(terminal.raw()).not.toContain(key);
      expect((await sh(site.lab, host, 'wg show wg0 peers')).trim().split('\n')).toHaveLength(2);
    }
  }, 120_000);

  it('BGP EVPN over it; until it is confirmed, the time that is left is shown and counts down', async () => {
    await plan('firewall-fabric');
    await runAll('firewall-fabric');
    await plan('bgp-evpn', {keepalive: '3', hold: '9', connect: '3'});
    const left = (text: string): number | undefined => {
      const shown = /commit-confirmed: (?:\w+ takes|\d+ hosts take) it back in (\d+) s unless it is confirmed/.exec(text)?.[1];
      return shown === undefined ? undefined : Number(shown);
    };
    await runAll('bgp-evpn', {meanwhile: async () => {
      await until((text) => left(text) !== undefined, 'the time that is left');
      const first = left(terminal.text())!;
      expect(first).toBeLessThanOrEqual(90);
      await until((text) => (left(text) ?? first) < first, 'less of it');
    }});
    expect(left(terminal.text())).toBeUndefined();
    for (const host of ['kvm1', 'kvm2']) expect(await sh(site.lab, host, "vtysh -c 'show bgp l2vpn evpn summary json'")).toMatch(/"state":\s*"Established"/);
  }, 180_000);

  it('networks, clusters, appliances, the virtual router, test VMs', async () => {
    await plan('evpn-network');
    await runAll('evpn-network');
    await plan('multi-edge-cluster', {vnets: 'private_evpn,public'});
    await runAll('multi-edge-cluster');
    for (const name of ['appliances', 'virtual-router', 'test-vms']) {
      await plan(name);
      await runAll(name);
    }
  }, 240_000);

  it('acceptance: VMs move under ping, SDNAT from outside', async () => {
    await plan('acceptance');
    await runAll('acceptance', {ms: 360_000});
    for (let page = 0; page < 4 && !terminal.text().includes('without an answer'); page++) {
      const before = terminal.text();
      terminal.type('\x06'); // a page down
      await until((text) => text !== before, 'the next page');
    }
    expect(terminal.text(), 'what was measured').toContain('without an answer');
  }, 480_000);

  it('the lock of a console that has ended: refused, then taken over by T; its own session is gone on with', async () => {
    // After the intent to change a host: the lock is held.
    expect((await site.console(['run', 'backup', '--input', 'name=killed', '--yes'], {killAt: 5})).code).toBe(137);
    await plan('evpn-network');
    terminal.type('y');
    await until((text) => /T takes it over, then y runs it: the lock of this fabric was left by/.test(text), 'refused, with the way out');
    terminal.type('T');
    await until((text) => text.includes('a lock that was left by a console which has ended is taken over'), 'it will be taken over');
    terminal.type('y');
    await until((text) => text.includes('Run of evpn-network') && text.includes('Done: every step is so'), 'it ran');
    await openList('backup');
    await until((text) => text.includes('Run of backup') && text.includes('uncertain'), 'the session that was cut off');
    terminal.type('a');
    await until((text) => text.includes('Run of backup') && text.includes('Done: every step is so'), 'it is gone on with');
    expect(await sh(site.lab, 'kvm1', 'ls /var/backups/evpn-tui')).toBe('before-evpn.tgz\nkilled.tgz\n');
  }, 240_000);

  it('what ends a VM for good runs when its name was typed, and not before', async () => {
    await plan('end-vm', {vm: 'test-kvm2'});
    terminal.type('y');
    await until((text) => text.includes('Run of end-vm') && text.includes('y runs it'), 'the question');
    terminal.type('y');
    await until((text) => text.includes('"test-kvm2" has to be typed to run this: y'), 'the name is asked for');
    terminal.type('y');
    await until((text) => text.includes('Type test-kvm2 to run it: █'), 'the line to type on');
    terminal.type(`test-kvm1${keys.enter}`);
    await until((text) => text.includes('only test-kvm2 confirms it'), 'another name does not');
    expect(await callOne(site.lab, 'one.vmpool.info', -2, -1, -1, -1)).toContain('<NAME>test-kvm2</NAME>');
    terminal.type('\x15');
    await until((text) => text.includes('Type test-kvm2 to run it: █'), 'an empty line');
    terminal.type(`test-kvm2${keys.enter}`);
    await until((text) => text.includes('Done: every step is so'), 'it is done');
    expect(await callOne(site.lab, 'one.vmpool.info', -2, -1, -1, -1)).not.toContain('<NAME>test-kvm2</NAME>');
    terminal.type('q');
  }, 180_000);
});
