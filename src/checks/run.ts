/** Runs checks over one view: what does not pass as results, passes as counts. */
import type {CheckCounts, Missing, Result, Subject} from '../model/finding.ts';
import type {Fabric} from '../model/fabric.ts';
import {catalogue} from './catalogue.ts';
import type {Check, Out, Said} from './check.ts';
import {node} from './node.ts';
import {View} from './view.ts';

/** Which checks run, and whose subjects count. */
export interface Selection {
  readonly checks?: readonly Check[] | undefined; // undefined: the whole catalogue
  /** Only subjects that concern one of these hosts are counted; results are of all, because a cause may be elsewhere. */
  readonly hosts?: readonly string[] | undefined;
}

export interface Verdicts {
  readonly results: readonly Result[]; // all but passes, in the order of the catalogue
  readonly counts: Readonly<Record<string, CheckCounts>>; // by check id
}

export const findingId = ({check, subject}: Pick<Result, 'check' | 'subject'>): string => `${check}@${subject.id}`;

/** Everything that the checks say of a fabric. Linear in what the checks visit; a pass costs a counter. */
export function runChecks(fabric: Fabric, now: number, {checks = catalogue, hosts}: Selection = {}): Verdicts {
  const view = new View(fabric, now);
  const wanted = hosts && new Set(hosts);
  const results: Result[] = [];
  const counts: Record<string, CheckCounts> = {};
  for (const check of checks) counts[check.id] = runOne(check, view, wanted, results);
  return {results, counts};
}

/** The subjects that a check passes, by id: what it costs to make them all is paid only when somebody asks. */
export function passesOf(check: Check, view: View): ReadonlySet<string> {
  const passed = new Set<string>();
  const pass: Out['pass'] = (subject) => void passed.add(subject().id);
  const nothing = (): void => undefined;
  try {
    check.run(view, {pass, passAll: (_, subjects) => [...subjects()].forEach((subject) => pass(() => subject)), fail: nothing, warn: nothing, unknown: nothing});
  } catch {
    // runOne has said so, as unknown.
  }
  return passed;
}

function runOne(check: Check, view: View, hosts: ReadonlySet<string> | undefined, results: Result[]): CheckCounts {
  const counts = {pass: 0, warn: 0, fail: 0, unknown: 0};
  const counted = (subject: Subject): boolean => hosts === undefined || subject.hosts.some((host) => hosts.has(host));
  const seen = new Set<string>();
  const say = (outcome: Result['outcome'], said: Said, missing: readonly Missing[]): void => {
    const {subject, says, evidence = [], remedy, breaks = [], needs = [], facts} = said;
    if (seen.has(subject.id)) return; // one verdict for each subject: the first
    seen.add(subject.id);
    if (counted(subject)) counts[outcome]++;
    results.push({check: check.id, family: check.family, outcome, subject, says, evidence, remedy, missing, breaks, needs, facts});
  };
  const out: Out = {
    pass: (subject) => {
      if (hosts === undefined || counted(subject())) counts.pass++;
    },
    passAll: (count, subjects) => {
      if (hosts === undefined) counts.pass += count;
      else for (const subject of subjects()) if (counted(subject)) counts.pass++;
    },
    fail: (said) => say('fail', said, []),
    warn: (said) => say('warn', said, []),
    unknown: (subject, missing, needs = []) => say('unknown', {subject, says: unknownSays(subject, missing), needs: [...needs, ...missing.map(readingOf)]}, missing),
  };
  try {
    check.run(view, out);
  } catch (error) {
    // A bug in one check must not hide what the others have found, nor count as a pass.
    const subject: Subject = {id: 'check', label: check.id, hosts: [], rows: []};
    say('unknown', {subject, says: `${check.id} could not be run to its end`}, [{source: 'evpn-tui', probe: check.id, why: error instanceof Error ? error.message : String(error)}]);
  }
  return counts;
}

export const readingOf = ({source, probe}: Missing): string => (probe === 'ssh' ? node.access(source) : node.reading(source, probe));

function unknownSays(subject: Subject, missing: readonly Missing[]): string {
  const [first] = missing;
  const what = first ? `${first.probe} of ${first.source} (${first.why})${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}` : 'what it takes';
  return `${subject.label}: not known, lacks ${what}`;
}

/** Families ("bgp"), ids ("bgp.session") and globs ("bgp.*") to checks. `unmatched`: what names nothing. */
export function selectChecks(include: readonly string[], exclude: readonly string[], all: readonly Check[] = catalogue): {readonly checks: readonly Check[]; readonly unmatched: readonly string[]} {
  const matches = (pattern: string): ((check: Check) => boolean) => {
    const glob = new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
    return ({id, family}) => family === pattern || glob.test(id);
  };
  const unmatched = [...include, ...exclude].filter((pattern) => !all.some(matches(pattern)));
  const some = (patterns: readonly string[]) => {
    const tests = patterns.map(matches);
    return (check: Check): boolean => tests.some((test) => test(check));
  };
  const [included, excluded] = [some(include), some(exclude)];
  return {checks: all.filter((check) => (include.length === 0 || included(check)) && !excluded(check)), unmatched};
}
