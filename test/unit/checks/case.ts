/** A case of a check: the recorded healthy fabric, edited, and what the check then says. One table per family in cases/. */
import type {Check, Out, Said} from '../../../src/checks/check.ts';
import {View} from '../../../src/checks/view.ts';
import type {Missing, Outcome, Subject} from '../../../src/model/finding.ts';
import {fabricWith, type Edit} from './recorded.ts';

export interface Case {
  readonly check: string; // id
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly expect: {
    /** With `subject`: of that subject. Without: `pass` means that there are passes and nothing else; any other, that at least one says it. */
    readonly outcome: Outcome;
    readonly subject?: string; // Subject.id
    readonly says?: RegExp; // matched against the sentence, evidence, remedy and command; for unknown against what is missing
    /** Names among its `breaks` and `needs`. */
    readonly breaks?: readonly string[];
    readonly needs?: readonly string[];
    /** No subject but this one says anything but pass. */
    readonly only?: true;
  };
}

/** A family's table. `noUnknown`: check id → why this check cannot lack data. */
export interface Cases {
  readonly cases: readonly Case[];
  readonly noUnknown?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly outcome: Exclude<Outcome, 'not-applicable'>;
  readonly subject: Subject;
  readonly said: Said | undefined;
  readonly missing: readonly Missing[];
  readonly needs: readonly string[];
}

/** Everything that a check says, passes with it. */
export function answers(run: Check['run'], edits: readonly Edit[]): readonly Answer[] {
  const {fabric, now} = fabricWith(...edits);
  const all: Answer[] = [];
  const pass: Out['pass'] = (subject) => void all.push({outcome: 'pass', subject: subject(), said: undefined, missing: [], needs: []});
  const say = (outcome: 'fail' | 'warn') => (said: Said): void => void all.push({outcome, subject: said.subject, said, missing: [], needs: said.needs ?? []});
  const out: Out = {
    pass,
    passAll: (count, subjects) => {
      const each = [...subjects()];
      if (each.length !== count) throw new Error(`${count} passes, ${each.length} subjects`);
      for (const subject of each) pass(() => subject);
    },
    fail: say('fail'),
    warn: say('warn'),
    unknown: (subject, missing, needs = []) => void all.push({outcome: 'unknown', subject, said: undefined, missing, needs}),
  };
  run(new View(fabric, now), out);
  return all;
}

const wordsOf = ({said, missing}: Answer): string =>
  [said?.says, ...(said?.evidence ?? []).map(({text}) => text), said?.remedy?.text, said?.remedy?.command?.script, ...missing.map(({source, probe, why}) => `${source} ${probe}: ${why}`)].filter(Boolean).join('\n');
const brief = ({outcome, subject, said, missing}: Answer): string => `${outcome} ${subject.id}${said ? `: ${said.says}` : ''}${missing.length > 0 ? ` (${missing.map(({source, probe}) => `${source} ${probe}`).join(', ')})` : ''}`;

/** What is not as the case says. Empty: it holds. */
export function faultsOf(run: Check['run'], {edits, expect}: Case): readonly string[] {
  const all = answers(run, edits);
  const ids = all.map(({subject}) => subject.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `said twice of ${id}`);
  const told = all.filter(({outcome}) => outcome !== 'pass');
  const list = (which: readonly Answer[]): string => which.map(brief).join('; ') || 'nothing';
  const mine = expect.subject === undefined ? all : all.filter(({subject}) => subject.id === expect.subject);
  if (expect.outcome === 'not-applicable') return [...twice, ...(mine.length > 0 ? [`expected nothing, said: ${list(mine)}`] : [])];
  if (expect.outcome === 'pass') {
    const others = expect.subject === undefined ? told : mine.filter(({outcome}) => outcome !== 'pass');
    return [...twice, ...(others.length > 0 ? [`expected passes, said: ${list(others)}`] : mine.length === 0 ? ['expected passes, nothing was said'] : [])];
  }
  const found = mine.find((answer) => answer.outcome === expect.outcome && (expect.says?.test(wordsOf(answer)) ?? true));
  if (!found) return [...twice, `expected ${expect.outcome} ${expect.subject ?? ''} ${expect.says ?? ''}, said: ${list(told)}${expect.says ? `\n${mine.map(wordsOf).join('\n')}` : ''}`];
  const others = expect.only ? told.filter((answer) => answer !== found) : [];
  const lacks = (what: string, has: readonly string[], wanted: readonly string[] = []): readonly string[] => wanted.filter((name) => !has.includes(name)).map((name) => `${what} lacks "${name}": ${has.join(', ')}`);
  return [...twice, ...(others.length > 0 ? [`said besides: ${list(others)}`] : []), ...lacks('breaks', found.said?.breaks ?? [], expect.breaks), ...lacks('needs', found.needs, expect.needs)];
}
