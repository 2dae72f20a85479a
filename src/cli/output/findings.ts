/** A diagnosis as text, and as the document of `check -o json`. */
import {findCheck} from '../../checks/catalogue.ts';
import {flatten} from '../../checks/fold.ts';
import type {CheckCounts, Diagnosis, Evidence, Finding} from '../../model/finding.ts';
import type {Fabric} from '../../model/fabric.ts';
import {clock} from '../../text/age.ts';
import {documentOf, type Document} from './document.ts';

const word = {fail: 'FAIL', warn: 'WARN', unknown: '?', pass: 'ok'} as const;
const shownSymptoms = 6;

const origin = ({stamp}: Evidence): string => (stamp ? ` (${stamp.source} ${stamp.probe}${stamp.at === undefined ? '' : `, ${clock(stamp.at)}`})` : '');

/** One finding with all that is known about it. */
export function findingText(finding: Finding, options: {readonly symptoms?: number; readonly transient?: string} = {}): readonly string[] {
  const {outcome, id, says, evidence, remedy, missing, symptoms} = finding;
  const all = [...flatten(symptoms)];
  const shown = all.slice(0, options.symptoms ?? shownSymptoms);
  return [
    `${word[outcome].padEnd(6)}${says}`,
    `        ${id}`,
    ...(options.transient ? [`        ${options.transient}`] : []),
    ...evidence.map((each) => `        - ${each.text}${origin(each)}`),
    ...missing.map(({source, probe, why}) => `        - not read: ${probe} of ${source}: ${why}`),
    ...(remedy ? [`        do: ${remedy.text}`] : []),
    ...(remedy?.command ? remedy.command.script.split('\n').map((line, i) => `        ${i === 0 ? `${remedy.command?.host}#` : ' '} ${line}`) : []),
    ...(all.length > 0 ? [`        explains ${all.length}:`, ...shown.map((symptom) => `          ${word[symptom.outcome].padEnd(6)}${symptom.says}`)] : []),
    ...(all.length > shown.length ? [`          and ${all.length - shown.length} more (-o json, or explain ${id})`] : []),
  ];
}

/** What a single reading cannot tell from a transient is said with it. */
export function transientNote({check, outcome}: Finding, rounds: number): string | undefined {
  const holdS = outcome === 'unknown' ? 0 : (findCheck(check)?.holdS ?? 0);
  if (holdS === 0) return undefined;
  return `seen ${rounds === 1 ? 'once' : 'in two readings'}; may be a transient for up to ${holdS} s (a migration, a start): look again`;
}

export const totals = ({counts}: Diagnosis): CheckCounts => {
  const sum = {pass: 0, warn: 0, fail: 0, unknown: 0};
  for (const each of Object.values(counts)) for (const key of ['pass', 'warn', 'fail', 'unknown'] as const) sum[key] += each[key];
  return sum;
};

export function diagnosisText(name: string, diagnosis: Diagnosis, rounds: number): string {
  const {pass, warn, fail, unknown} = totals(diagnosis);
  const checks = Object.keys(diagnosis.counts).length;
  const head = `${name} at ${clock(diagnosis.at)}: ${checks} checks: ${pass} pass, ${fail} fail, ${warn} warn, ${unknown} unknown; ${diagnosis.causes.length} ${diagnosis.causes.length === 1 ? 'cause' : 'causes'}`;
  const parts = diagnosis.causes.map((cause) => {
    const transient = transientNote(cause, rounds);
    return findingText(cause, transient === undefined ? {} : {transient}).join('\n');
  });
  return `${[head, ...parts].join('\n\n')}\n`;
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

export const findingJson = ({id, check, family, outcome, subject, says, since, evidence, remedy, missing, symptoms}: Finding): unknown => ({
  id, check, family, outcome, says, since: iso(since),
  subject: {id: subject.id, label: subject.label, hosts: subject.hosts, rows: subject.rows},
  evidence: evidence.map(({text, stamp}) => ({text, source: stamp?.source ?? null, probe: stamp?.probe ?? null, at: iso(stamp?.at)})),
  remedy: remedy ? {text: remedy.text, command: remedy.command ?? null, action: remedy.action ?? null} : null,
  missing,
  symptoms: symptoms.map(findingJson),
});

export function diagnosisDocument(fabric: Fabric, diagnosis: Diagnosis): Document {
  return documentOf('check', fabric, {
    totals: totals(diagnosis),
    checks: Object.entries(diagnosis.counts).map(([id, counts]) => ({id, family: findCheck(id)?.family ?? null, ...counts})),
    causes: diagnosis.causes.map(findingJson),
  });
}
