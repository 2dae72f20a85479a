/** From the lines of the journal to runs. Pure: a record that makes no sense where it stands is passed over. */
import type {ActionRun} from '../model/action.ts';
import type {JournalRecord, RecordedRun, RecordedStep} from './records.ts';

type Begin = Extract<JournalRecord, {type: 'begin'}>;

export function foldRecords(records: readonly JournalRecord[]): readonly RecordedRun[] {
  const byRun = new Map<string, {readonly begin: Begin; readonly rest: JournalRecord[]}>();
  for (const record of records) {
    const known = byRun.get(record.run);
    if (known) known.rest.push(record);
    else if (record.type === 'begin' && Array.isArray(record.plan?.plan?.steps)) byRun.set(record.run, {begin: record, rest: []});
  }
  const undoneBy = new Map([...byRun.values()].flatMap(({begin, rest}) => (begin.plan.undoes === undefined || endedUnbegun(rest) ? [] : [[begin.plan.undoes, begin.run] as const])));
  return [...byRun.values()].map(({begin, rest}) => recorded(begin, rest, undoneBy.get(begin.run)));
}

/** An undoing that ended before it sent anything (stale, given up) has taken nothing back: what it was for can still be resumed. */
const endedUnbegun = (rest: readonly JournalRecord[]): boolean =>
  rest.some(({type}) => type === 'end') && !rest.some((one) => one.type === 'intent' || one.type === 'result' || (one.type === 'end' && one.status === 'done'));

function recorded(begin: Begin, rest: readonly JournalRecord[], undoneBy: string | undefined): RecordedRun {
  const steps = begin.plan.plan.steps.map(({id}): RecordedStep => {
    const intent = rest.findLast((one) => one.type === 'intent' && one.step === id);
    const result = rest.findLast((one) => one.type === 'result' && one.step === id);
    const answered = result?.type === 'result' && rest.indexOf(result) > (intent ? rest.indexOf(intent) : -1) ? result : undefined;
    return {id, state: answered?.outcome ?? (intent ? 'open' : 'not begun'), says: answered?.says ?? '', intentAt: intent?.at, resultAt: answered?.at, value: answered?.value};
  });
  const last = <T extends JournalRecord['type']>(type: T) => rest.findLast((one): one is Extract<JournalRecord, {type: T}> => one.type === type);
  const end = last('end');
  const again = rest.filter((one) => one.type === 'again');
  // An end before a later resumption is no end any more.
  const resumed = again.findLast(({how}) => how === 'resume');
  const over = end && resumed && rest.indexOf(resumed) > rest.indexOf(end) ? undefined : end;
  const values = Object.fromEntries(steps.flatMap(({id, value}) => (value === undefined ? [] : [[id, value] as const])));
  const done = steps.filter(({state}) => state === 'ok' || state === 'already').map(({id}) => id);
  const run: ActionRun = {...begin.plan, done, values};
  return {
    run, who: begin.who, context: begin.context, preflight: begin.preflight, overridden: begin.overridden, steps, undoneBy,
    notes: rest.flatMap((one) => (one.type === 'note' ? [{at: one.at, kind: one.kind, data: one.data}] : [])),
    verified: last('verify')?.conditions,
    again: again.map(({at, who, how}) => ({at, who, how})),
    end: over && {at: over.at, status: over.status, says: over.says},
  };
}

/** Runs that ended nowhere, or of which nobody can say what they did: to be verified, resumed or undone. */
export const unfinished = (runs: readonly RecordedRun[]): readonly RecordedRun[] =>
  runs.filter(({end, undoneBy}) => undoneBy === undefined && (end === undefined || end.status === 'uncertain'));

/** It came to none of its steps: stale, or given up before the first. Nothing was sent. */
export const neverBegun = ({steps}: RecordedRun): boolean => steps.length > 0 && steps.every(({state}) => state === 'not begun');
