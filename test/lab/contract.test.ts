/** The contract that the embedded fabric is held to, held against the real one: the same expectations, the same reading. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {applyFault, labFault, labFaults, undoFault} from '../../lab/faults/index.ts';
import {sessionLost} from '../../lab/faults/daemons.ts';
import {down, up, type Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {lastSurprises} from '../contract/faults/console.ts';
import {expectations, migrated, surprises} from '../contract/faults/expectations.ts';
import type {Facts} from '../contract/faults/facts.ts';
import {spec} from '../contract/faults/lab-world.ts';
import {factsOfLab, type FactsOfLab} from './facts.ts';

const why = whyNoLab();
const name = 'contract';
const settleMs = 20_000;

describe.skipIf(why)(`the contract on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let lab: Lab;
  let terminal: FactsOfLab;
  let healthy: Facts;

  beforeAll(async () => {
    await down(name);
    lab = await up({name, hosts: spec.hosts, vnis: [...spec.vnis], vms: spec.vms});
    await lab.converge();
    terminal = factsOfLab(lab);
    await terminal.read();
    healthy = await terminal.read();
  });
  afterAll(async () => {
    await terminal?.close();
    await lab?.down();
  });

  it('reads a healthy fabric: all probes, sessions, tunnels, VNIs, MACs', () => {
    expect(Object.entries(healthy).filter(([key, value]) => (key.startsWith('read ') && value !== 'value') || (key.startsWith('trouble ') && value !== 'none') || (key.startsWith('session ') && !value.startsWith('established')))).toEqual([]);
    expect(Object.keys(healthy).length).toBeGreaterThan(100);
  });

  it.each(labFaults().map(({name: fault}) => fault).filter((fault) => expectations[fault]?.only?.where !== 'embedded'))('%s', async (fault) => {
    const expectation = expectations[fault];
    if (!expectation) throw new Error(`what ${fault} looks like is not said in expectations.ts`);
    let first = true;
    const read = async (): Promise<readonly string[]> => {
      const facts = await terminal.read(first && expectation.afresh);
      first = false;
      return surprises(healthy, facts, expectation);
    };
    const stage = await applyFault(lab, fault);
    try {
      await (expectation.afterHoldTime ? sessionLost(stage) : labFault(fault)?.noticed?.(stage));
      expect(await lastSurprises(read, settleMs)).toEqual([]);
    } finally {
      await undoFault(lab, fault);
    }
  });

  it('is as before when all are undone', async () => {
    expect(await lastSurprises(async () => surprises(healthy, await terminal.read(), {changes: {}}), settleMs)).toEqual([]);
  });

  it('a live migration: the MAC, its forwarding and its tap are elsewhere, on every host', async () => {
    await lab.migrate('vm4', 'kvm1');
    expect(await lastSurprises(async () => surprises(healthy, await terminal.read(), migrated(false)), settleMs)).toEqual([]);
  });
});
