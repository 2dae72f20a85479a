/** A diagnosis as it is printed: its schema, JUnit, Prometheus, text, and the page that lists the checks. */
import {mkdtempSync, readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Ajv2020} from 'ajv/dist/2020.js';
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import {describe, expect, it} from 'vitest';
import {withCatalogue} from '../../../scripts/docs-checks.ts';
import {catalogue} from '../../../src/checks/catalogue.ts';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {checkJson} from '../../../src/cli/checks.ts';
import {codeOf} from '../../../src/cli/diagnose.ts';
import type {Finding} from '../../../src/model/finding.ts';
import {apiVersion} from '../../../src/cli/output/document.ts';
import {diagnosisDocument, diagnosisText} from '../../../src/cli/output/findings.ts';
import {junit, prometheus, writeTextfile} from '../../../src/cli/output/reports.ts';
import {fabricWith, lost, reads, unread, type Edit} from './recorded.ts';

const validate = new Ajv2020({strict: false, validateFormats: false}).compile(JSON.parse(readFileSync('docs/schema/findings.schema.json', 'utf8')) as object);
const diagnosed = (...edits: Edit[]) => {
  const {fabric, now} = fabricWith(...edits);
  return {fabric, now, diagnosis: createDiagnoser({hold: false})(fabric, now)};
};
const down = reads('kvm2', 'ip.links', (links) => links.map((link) => (link.name === 'wg0' ? {...link, up: false, flags: []} : link)));
const worlds = {healthy: diagnosed(), down: diagnosed(down), lost: diagnosed(lost('kvm2')), unread: diagnosed(unread('kvm2', 'ip.links'))};

it('the recorded healthy fabric passes every check that applies', () => {
  expect(worlds.healthy.diagnosis.causes.map(({id, says}) => `${id}: ${says}`)).toEqual([]);
});

it.each(Object.entries(worlds))('%s keeps its schema as JSON', (_, {fabric, diagnosis}) => {
  const document = JSON.parse(JSON.stringify(diagnosisDocument(fabric, diagnosis))) as object;
  expect(validate(document), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  expect(validate({...document, more: 1})).toBe(false);
});
it('so does the catalogue', () => {
  expect(validate(JSON.parse(JSON.stringify({apiVersion, kind: 'checks', items: catalogue.map(checkJson)}))), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
});

it('exits 0 when all pass or are warned of, 3 for what is not known, 4 for a failure, whatever else there is', () => {
  expect(codeOf(worlds.healthy.diagnosis)).toBe(0);
  expect(codeOf(worlds.healthy.diagnosis, ['kvm2'])).toBe(3);
  expect(codeOf(worlds.unread.diagnosis)).toBe(3);
  expect(codeOf(worlds.down.diagnosis, ['kvm2'])).toBe(4);
  const [cause] = worlds.down.diagnosis.causes;
  const warned = (symptoms: readonly Finding[]): number => codeOf({...worlds.down.diagnosis, causes: [{...cause!, outcome: 'warn', symptoms}]});
  expect(warned([])).toBe(0);
  expect(warned([{...cause!, outcome: 'warn', symptoms: [{...cause!, outcome: 'unknown', symptoms: []}]}])).toBe(3);
});

it('text: what it is, what was read and when, what to do, what it explains', () => {
  const text = diagnosisText('lab', worlds.down.diagnosis, 2);
  expect(text).toMatch(/^lab at \d\d:\d\d:\d\d: \d+ checks: \d+ pass, \d+ fail/);
  expect(text).toMatch(/\nFAIL {2}wg0 of kvm2 is down\n {8}wireguard\.interface@kvm2\n/);
  expect(text).toMatch(/\(kvm2 ip\.links, \d\d:\d\d:\d\d\)/);
  expect(text).toContain('kvm2# ip link set dev wg0 up');
});

describe('JUnit', () => {
  it('is XML, whatever a host says, and counts as it says', () => {
    const {diagnosis} = worlds.down;
    const [cause] = diagnosis.causes;
    const hostile = {...diagnosis, causes: [{...cause!, says: '<b>&"\u0001\u001b[31m]]>', subject: {...cause!.subject, label: '"><x'}}]};
    for (const each of [diagnosis, hostile, worlds.lost.diagnosis, worlds.healthy.diagnosis]) {
      const xml = junit('lab', each);
      expect(XMLValidator.validate(xml)).toBe(true);
      expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    }
    const {testsuites} = new XMLParser({ignoreAttributes: false, isArray: (name) => name === 'testsuite' || name === 'testcase'}).parse(junit('lab', worlds.lost.diagnosis)) as {testsuites: {testsuite: Record<string, string | object[]>[]}};
    const sum = (attribute: string) => testsuites.testsuite.reduce((total, suite) => total + Number(suite[attribute]), 0);
    const counts = Object.values(worlds.lost.diagnosis.counts);
    expect(sum('@_failures')).toBe(counts.reduce((total, {fail}) => total + fail, 0));
    expect(sum('@_errors')).toBe(counts.reduce((total, {unknown}) => total + unknown, 0));
  });
});

describe('Prometheus', () => {
  it('has a count for each check and outcome, and 1 for each cause, with labels escaped', () => {
    const text = prometheus('a"b\\c', worlds.down.diagnosis, 1_700_000_000_000);
    expect(text.split('\n').filter((line) => line.startsWith('evpn_tui_check_results{'))).toHaveLength(catalogue.length * 4);
    expect(text).toContain('evpn_tui_finding{context="a\\"b\\\\c",check="wireguard.interface",family="wireguard",outcome="fail",subject="kvm2"} 1\n');
    expect(text).toContain('evpn_tui_last_run_timestamp_seconds{context="a\\"b\\\\c"} 1700000000.000\n');
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+\{(\w+="(?:[^"\\]|\\.)*",?)+\} [\d.]+)$/);
  });
  it('is put in place whole, and leaves no draft', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-prom-'));
    await writeTextfile(join(folder, 'evpn.prom'), 'old 1\n');
    await writeTextfile(join(folder, 'evpn.prom'), 'new 1\n');
    expect(readdirSync(folder)).toEqual(['evpn.prom']);
    expect(readFileSync(join(folder, 'evpn.prom'), 'utf8')).toBe('new 1\n');
  });
});

it('docs/DIAGNOSIS.md lists the checks that there are (npm run docs)', () => {
  const page = readFileSync('docs/DIAGNOSIS.md', 'utf8');
  expect(withCatalogue(page)).toBe(page);
});
