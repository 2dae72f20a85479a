/** Every check against its cases; and every check's cases against a check that does nothing, and one that always passes. */
import {existsSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {catalogue} from '../../../src/checks/catalogue.ts';
import type {Check} from '../../../src/checks/check.ts';
import {faultsOf, type Cases} from './case.ts';

const families = ['access', 'firewall', 'wireguard', 'bgp', 'evpn', 'vxlan', 'fdb', 'mtu', 'mobility', 'opennebula', 'nat', 'versions'] as const;
const none: Cases = {cases: []};
const tables = await Promise.all(families.map(async (family) => {
  const file = new URL(`cases/${family}.ts`, import.meta.url);
  return {family, table: existsSync(file) ? ((await import(/* @vite-ignore */ file.href)) as Cases) : none};
}));

const nothing: Check['run'] = () => undefined;
const alwaysPasses = (run: Check['run']): Check['run'] => (view, out) =>
  run(view, {pass: (subject) => out.pass(subject), passAll: (count, subjects) => out.passAll(count, subjects), fail: ({subject}) => out.pass(() => subject), warn: ({subject}) => out.pass(() => subject), unknown: (subject) => out.pass(() => subject)});

it('each family is in the catalogue, under its own name', () => {
  const ids = catalogue.map(({id}) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(catalogue.filter(({id, family}) => !id.startsWith(`${family}.`)).map(({id}) => id)).toEqual([]);
  expect([...new Set(catalogue.map(({family}) => family))].filter((family) => !(families as readonly string[]).includes(family))).toEqual([]);
});

for (const {family, table} of tables) {
  const {cases, noUnknown = {}} = table;
  const checks = catalogue.filter((check) => check.family === family);
  if (checks.length === 0) continue;
  describe(family, () => {
    it('no case is of a check that does not exist', () => {
      const known = new Set(checks.map(({id}) => id));
      expect([...cases.map(({check}) => check), ...Object.keys(noUnknown)].filter((id) => !known.has(id))).toEqual([]);
    });
    describe.each(checks.map((check) => [check.id, check] as const))('%s', (id, check) => {
      const mine = cases.filter((each) => each.check === id);
      it('says what it is', () => {
        expect(check.title).not.toMatch(/^\s*$|\.$/);
        for (const text of [check.explanation, check.remedy]) expect(text).toMatch(/^[\s\S]{20,}\.$/);
        expect(check.origin.length).toBeGreaterThan(3);
        expect(check.holdS).toBeGreaterThanOrEqual(0);
      });
      it('has a case for each outcome', () => {
        const outcomes = new Set(mine.map(({expect: {outcome}}) => outcome));
        expect([...outcomes]).toContain('pass');
        expect(outcomes.has('fail') || outcomes.has('warn'), 'a case that fails or warns').toBe(true);
        expect(outcomes.has('unknown') || (noUnknown[id]?.length ?? 0) > 10, 'a case for unknown, or the reason in noUnknown').toBe(true);
      });
      it.each(mine.map((each) => [each.name, each] as const))('%s', (_, each) => {
        expect(faultsOf(check.run, each)).toEqual([]);
      });
      it('its cases notice when it does nothing, and when it lets everything pass', () => {
        expect(mine.some((each) => faultsOf(nothing, each).length > 0)).toBe(true);
        expect(mine.some((each) => faultsOf(alwaysPasses(check.run), each).length > 0)).toBe(true);
      });
    });
  });
}
