/** From one combination to the other, begun anew or taken up again in any stage: never over a stage. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {bgpBlock, rolesOf, type Stage} from '../../../src/runbooks/builtin/bgp-render.ts';
import {builtinFunctions} from '../../../src/runbooks/builtin/index.ts';
import {evaluate, truthy, type Scope} from '../../../src/runbooks/engine/expression.ts';
import {fillScript, fillValue, loneExpression, parseScript} from '../../../src/runbooks/engine/template.ts';
import {knownTo} from '../../../src/runbooks/library.ts';
import {loadRunbook} from '../../../src/runbooks/load.ts';
import type {RunbookStep} from '../../../src/runbooks/model.ts';

const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-switching-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
writeFileSync(join(folder, 'vtysh'), `#!/bin/sh\ncat ${folder}/running\n`, {mode: 0o755});

const file = join(import.meta.dirname, '../../../src/runbooks/builtin/switch-combination.yaml');
const {steps} = loadRunbook(readFileSync(file, 'utf8'), file, knownTo(actions, new Map(builtinFunctions.map((one) => [one.name, one]))));
const hosts = ['ingress', 'kvm1', 'kvm2', 'kvm3'];
const members = hosts.map((host, at) => ({host, address: `192.168.0.${at + 1}`, reflector: at === 0, vtep: at > 0}));
const settings = {as: 65_000, network: '192.168.0.0/24', clusterId: '', keepaliveS: undefined, holdS: undefined, connectS: 10};
const order = ['1', 'mesh', 'bridge', 'both', '2'] as const;
type At = (typeof order)[number];
/** The stage of each host: not all are in the same where a change was confirmed by some only. */
type Fabric = Readonly<Record<string, At>>;
const all = (at: At): Fabric => Object.fromEntries(hosts.map((host) => [host, at]));
const stageOf = (at: At): readonly [1 | 2, Stage] => (at === '1' ? [1, ''] : at === '2' ? [2, ''] : [2, at]);

const scopeOf = (to: string, values: ReadonlyMap<string, ReadonlyMap<string, string>>): Scope => ({
  names: {inputs: {to, as: 65_000}, hosts: hosts.map((name, at) => ({name, role: at === 0 ? 'reflector' : 'vtep'}))},
  value: (step, work) => values.get(step)!.get(work)!,
});
const blockOf = (host: string, at: At): string => {
  const [combination, stage] = stageOf(at);
  return `${bgpBlock(rolesOf(members, combination, stage).find((one) => one.host === host)!, settings).join('\n')}\n`;
};
/** What the steps that only look print on each host, by sh and what FRR would show there. */
const printed = new Map<string, string>();
function print(script: string, host: string, at: At): string {
  const known = printed.get(`${script} ${host} ${at}`);
  if (known !== undefined) return known;
  writeFileSync(join(folder, 'running'), blockOf(host, at));
  const value = execFileSync('sh', ['-c', script], {encoding: 'utf8', env: {...process.env, PATH: `${folder}:${process.env['PATH']!}`}}).trim();
  printed.set(`${script} ${host} ${at}`, value);
  return value;
}
const read = (fabric: Fabric, to: string): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  new Map(steps.filter(({value}) => value !== undefined).map(({id, value}) => [id, new Map(hosts.map((host) => [host, print(fillScript(parseScript(value!), scopeOf(to, new Map())), host, fabric[host]!)] as const))]));
const changing = steps.filter(({run}) => run === 'bgp.evpn');
const wanted = (step: RunbookStep, to: string): At => (fillValue(step.with['stage'] ?? '', scopeOf(to, new Map())) || to) as At;

/** The stages that are gone through, from the step `from` on; values are read once, as a session does when it is begun or taken up. */
function stages(fabric: Fabric, to: string, from = 0): readonly At[] {
  const scope = scopeOf(to, read(fabric, to));
  return changing.slice(from).filter(({when}) => when === undefined || truthy(evaluate(loneExpression(when), scope))).map((step) => wanted(step, to));
}
/** Where a host would go over a stage. Some stages are the same on it. */
const jumps = (fabric: Fabric, way: readonly At[]): readonly string[] => hosts.flatMap((host) => way.flatMap((to, at) => {
  const from = at === 0 ? fabric[host]! : way[at - 1]!;
  return order.some((one, place) => blockOf(host, one) === blockOf(host, from) && Math.abs(place - order.indexOf(to)) < 2) ? [] : [`${host}: ${from} → ${to}`];
}));

test.each(['1', '2'])('to combination %s, begun anew in any stage, it goes through those that are left, one after the other', (to) => {
  for (const at of order) {
    const way = stages(all(at), to);
    expect(jumps(all(at), way), `from ${at}: ${way.join(', ')}`).toEqual([]);
    expect(way.at(-1), at).toBe(to);
  }
  expect(stages(all(to === '1' ? '2' : '1'), to)).toEqual(to === '1' ? ['both', 'bridge', 'mesh', '1'] : ['mesh', 'bridge', 'both', '2']);
});

test.each(['1', '2'])('to combination %s, taken up again after any step, or where only some hosts have confirmed it, no stage is left out', (to) => {
  const way = to === '1' ? order.toReversed() : order;
  for (let step = 0; step < 4; step++) {
    const [before, after] = [way[step]!, way[step + 1]!];
    if (step < 3) expect(jumps(all(after), stages(all(after), to, step + 1)), `after ${after}`).toEqual([]);
    for (let mask = 1; mask < 15; mask++) {
      const half = Object.fromEntries(hosts.map((host, at) => [host, mask & (1 << at) ? after : before]));
      for (const from of [0, step]) {
        const left = stages(half, to, from);
        expect(jumps(half, left), `${JSON.stringify(half)}, step ${from}: ${left.join(', ')}`).toEqual([]);
      }
    }
  }
});
