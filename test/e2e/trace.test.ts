/** `evpn-tui trace` as a process of its own, on the embedded fabric: exit codes, and JSON that keeps its schema, healthy and under faults. */
import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {apply, undo} from '../../src/simulator/faults/apply.ts';
import {startEmbedded, type Embedded} from './embedded.ts';

vi.setConfig({testTimeout: 120_000, hookTimeout: 120_000}); // each is a few seconds on a machine that has nothing else to do

interface Document {
  readonly trace: {
    readonly reaches: string; readonly reachesFull: string; readonly says: string; readonly mtu: number | null; readonly missing: readonly {readonly source: string}[];
    readonly there: {readonly breaksAt: number | null; readonly limitedBy: number | null; readonly hops: readonly {readonly kind: string; readonly host: string | null; readonly verdict: string; readonly says: string}[]};
  };
}
const validate = new Ajv2020({strict: false, validateFormats: false}).compile(JSON.parse(readFileSync('docs/schema/trace.schema.json', 'utf8')) as object);
const limitMs = 60_000;

let fabric: Embedded;
beforeAll(async () => {
  fabric = await startEmbedded();
}, limitMs);
afterAll(() => fabric.close());

async function traced(...args: readonly string[]): Promise<{readonly code: number; readonly trace: Document['trace']}> {
  const {code, stdout} = await fabric.run(['trace', ...args, '-o', 'json']);
  const document = JSON.parse(stdout) as Document;
  expect(validate(document), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return {code, trace: document.trace};
}
async function under<T>(fault: string, read: () => Promise<T>): Promise<T> {
  const {host} = apply(fabric.simulator.world, fault);
  try {
    return await read();
  } finally {
    undo(fabric.simulator.world, fault, host);
  }
}

describe('healthy', () => {
  it('VM to VM on another host: exit 0, at full size, over the underlay', async () => {
    const {code, trace} = await traced('sr1', 'sr2');
    expect([code, trace.reaches, trace.reachesFull, trace.there.breaksAt]).toEqual([0, 'yes', 'yes', null]);
    expect(trace.there.hops.map(({kind}) => kind)).toEqual(expect.arrayContaining(['guest', 'tap', 'bridge', 'vxlan', 'flood', 'fdb']));
    expect(trace.there.hops.filter(({verdict}) => verdict === 'breaks' || verdict === 'unknown')).toEqual([]);
  }, limitMs);
  it('from the outside over SDNAT: exit 0', async () => {
    const {code, trace} = await traced('outside', 'sr2');
    expect([code, trace.reaches]).toEqual([0, 'yes']);
  }, limitMs);
  it('as text: one line that says it, then both ways', async () => {
    const {code, stdout, stderr} = await fabric.run(['trace', 'db1', 'db2']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/db1 reaches db2, up to 1370 B/);
    expect(stdout).not.toContain('\x1b');
  }, limitMs);
  it.each([
    [['sr1', 'nobody'], 'there is no VM, virtual router, IP or MAC "nobody"'],
    [['sr1', 'db1'], 'sr1 and db1 have no network in common'],
    [['outside', 'outside'], 'one end must be inside the fabric'],
    [['sr1', 'sr2', '--vni', 'two'], '--vni two: a VNI is a number'],
  ])('%j: exit 2, and why', async (args, words) => {
    const {code, stdout, stderr} = await fabric.run(['trace', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  }, limitMs);
});

describe('under a fault', () => {
  it.each([
    ['vxlan-gone', 'sr2', 'sr1', 'vxlan', 'kvm_ncalifornia', /no VXLAN device/],
    ['bridge-down', 'sr2', 'sr1', 'bridge', 'kvm_ncalifornia', /is down/],
    ['wg-wrong-key', 'sr2', 'sr1', 'wireguard', 'kvm_ncalifornia', /the peer for 192.168.0.2 has the key .* which no host has/],
    ['fdb-stale', 'sr2', 'sr1', 'fdb', 'kvm_ncalifornia', /sends .* to .* but sr1 is on kvm_london/],
  ])('%s: exit 4, and the hop where it breaks', async (fault, from, to, kind, host, says) => {
    const {code, trace} = await under(fault, () => traced(from, to));
    expect([code, trace.reaches]).toEqual([4, 'no']);
    expect(trace.there.hops[trace.there.breaksAt ?? -1]).toMatchObject({kind, host, verdict: 'breaks', says: expect.stringMatching(says)});
    expect(trace.says).toContain('does not reach');
  }, limitMs);
  it('vxlan-mtu: small packets pass, full ones do not: exit 4', async () => {
    const {code, trace} = await under('vxlan-mtu', () => traced('sr2', 'sr1'));
    expect([code, trace.reaches, trace.reachesFull, trace.mtu]).toEqual([4, 'yes', 'no', 1280]);
  }, limitMs);
  it('of another network than the one that is broken: exit 0', async () => {
    expect((await under('vxlan-gone', () => traced('db1', 'db2'))).code).toBe(0);
  }, limitMs);
  it('a host that is not read: exit 3, and what is missing', async () => {
    const {code, trace} = await under('ssh-refused', () => traced('sr1', 'sr2'));
    expect([code, trace.reaches]).toEqual([3, 'unknown']);
    expect(new Set(trace.missing.map(({source}) => source))).toContain('kvm_ncalifornia');
  }, limitMs);
});
