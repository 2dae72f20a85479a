/** A diagnosis for other programs: JUnit XML, and the text format of Prometheus. */
import {rename, writeFile} from 'node:fs/promises';
import process from 'node:process';
import {findCheck} from '../../checks/catalogue.ts';
import {flatten} from '../../checks/fold.ts';
import type {Diagnosis, Finding} from '../../model/finding.ts';

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;'};
// XML 1.0 has no way to say a control character.
const xml = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, '?').replace(/[&<>"\n]/g, (c) => entities[c] ?? c);

const details = ({evidence, remedy, missing}: Finding): string => [...evidence.map(({text}) => text), ...missing.map(({source, probe, why}) => `${probe} of ${source}: ${why}`), ...(remedy ? [remedy.text] : []), ...(remedy?.command ? [`${remedy.command.host}# ${remedy.command.script}`] : [])].join('\n');

/** One suite per family, one case per check for its passes, one more for each subject that does not pass. */
export function junit(name: string, diagnosis: Diagnosis): string {
  const found = new Map<string, string[]>();
  for (const cause of diagnosis.causes) for (const finding of flatten([cause])) {
    const message = `${finding.says}${finding === cause ? '' : ` (explained by ${cause.id})`}`;
    const tag = finding.outcome === 'fail' ? 'failure' : finding.outcome === 'unknown' ? 'error' : undefined;
    const inner = tag ? `<${tag} message="${xml(message)}">${xml(details(finding))}</${tag}>` : `<system-out>${xml(`warning: ${message}\n${details(finding)}`)}</system-out>`;
    const line = `    <testcase classname="${xml(finding.check)}" name="${xml(finding.subject.label)}">${inner}</testcase>`;
    const list = found.get(finding.check);
    if (list) list.push(line);
    else found.set(finding.check, [line]);
  }
  const suites = Map.groupBy(Object.keys(diagnosis.counts), (id) => findCheck(id)?.family ?? 'other');
  const body = [...suites].map(([family, ids]) => {
    const cases = ids.flatMap((id) => {
      const pass = diagnosis.counts[id]?.pass ?? 0;
      return [...(pass > 0 ? [`    <testcase classname="${xml(id)}" name="${xml(`${findCheck(id)?.title ?? id}: ${pass} pass`)}"/>`] : []), ...(found.get(id) ?? [])];
    });
    const count = (tag: string): number => cases.filter((line) => line.includes(`<${tag} message=`)).length;
    return [`  <testsuite name="${xml(family)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}">`, ...cases, '  </testsuite>'].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}" timestamp="${new Date(diagnosis.at).toISOString()}">\n${body.join('\n')}\n</testsuites>\n`;
}

const label = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Exposition format 0.0.4: counts by check and outcome, one series for each cause, and when it was. */
export function prometheus(context: string, diagnosis: Diagnosis, now: number): string {
  const lines = ['# HELP evpn_tui_check_results Subjects by check and outcome in the last run.', '# TYPE evpn_tui_check_results gauge'];
  for (const [check, counts] of Object.entries(diagnosis.counts)) for (const outcome of ['pass', 'warn', 'fail', 'unknown'] as const) {
    lines.push(`evpn_tui_check_results{context="${label(context)}",check="${label(check)}",family="${findCheck(check)?.family ?? ''}",outcome="${outcome}"} ${counts[outcome]}`);
  }
  lines.push('# HELP evpn_tui_finding Root causes of the last run; symptoms are folded under them.', '# TYPE evpn_tui_finding gauge');
  for (const {check, family, outcome, subject} of diagnosis.causes) lines.push(`evpn_tui_finding{context="${label(context)}",check="${label(check)}",family="${family}",outcome="${outcome}",subject="${label(subject.id)}"} 1`);
  lines.push('# HELP evpn_tui_last_run_timestamp_seconds When the checks last ran.', '# TYPE evpn_tui_last_run_timestamp_seconds gauge', `evpn_tui_last_run_timestamp_seconds{context="${label(context)}"} ${(now / 1000).toFixed(3)}`);
  return `${lines.join('\n')}\n`;
}

/** Put in place at once: who reads the folder never sees half a file. */
export async function writeTextfile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`; // the node exporter reads *.prom only
  await writeFile(draft, text, {mode: 0o644});
  await rename(draft, path);
}
