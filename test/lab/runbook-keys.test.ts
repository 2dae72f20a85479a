/** Runbooks by keys, in a pseudo-terminal on bare hosts: from the list through the plan to the report, and what they leave on the hosts. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {whyNoLab} from '../../lab/requirements.ts';
import {keys, openTerminal, type Terminal} from '../e2e/terminal.ts';
import {sh} from './independent.ts';
import {openSite, type Site} from './runbooks/site.ts';

const why = whyNoLab();
const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');
const patience = 60_000;

describe.skipIf(why)(`runbooks by keys${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let site: Site;
  let terminal: Terminal;
  beforeAll(async () => {
    site = await openSite('keys');
    const {lab, folder} = site;
    const {oneAuth, oneEndpoint} = lab.cloud()!;
    const [command = '', ...prefix] = lab.prefix('ops');
    terminal = openTerminal(command, [...prefix, process.execPath, bin, '--inventory', lab.files.inventory, '--ssh-config', lab.files.sshConfig], {columns: 120, rows: 40, env: {HOME: folder, XDG_STATE_HOME: `${folder}/state`, XDG_CONFIG_HOME: `${folder}/config`, XDG_CACHE_HOME: `${folder}/cache`, ONE_AUTH: oneAuth, ONE_XMLRPC: readFileSync(oneEndpoint, 'utf8').trim()}});
    await until((text) => /kvm2/.test(text) && text.includes('Overview'), 'the hosts');
  });
  afterAll(async () => {
    await terminal?.close();
    await site?.close();
  });
  const until = (fits: (text: string) => boolean, what: string): Promise<void> => terminal.until(fits, what, patience);

  /** From wherever it is into the plan of a runbook, made to its end. `inputs`: typed over what is there. */
  async function plan(name: string, inputs: Readonly<Record<string, string>> = {}): Promise<void> {
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
    await until((text) => text.includes(`Plan of ${name}`), `the plan of ${name}`);
    for (const [input, value] of Object.entries(inputs)) {
      await planned();
      terminal.type('g');
      for (let i = 0; i < 40 && !terminal.screen().some((line) => line.startsWith(`▸  ${input} `)); i++) {
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
  const planned = (): Promise<void> => until((text) => / already so *$/m.test(text) && / to do,/.test(text), 'the whole plan');

  async function runAll(name: string): Promise<void> {
    terminal.type('a');
    await until((text) => text.includes(`Run of ${name}`) && /(Done: every step is so|y next step)/.test(text), `the end of ${name}`);
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

  it('BGP EVPN over it', async () => {
    await plan('firewall-fabric');
    await runAll('firewall-fabric');
    await plan('bgp-evpn', {keepalive: '3', hold: '9', connect: '3'});
    await runAll('bgp-evpn');
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
    terminal.type('q');
  }, 240_000);
});
